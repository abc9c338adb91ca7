//! Expressions from a stranger: there is no way out of them, and none of them takes for ever.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod attacks;
mod way_out;
