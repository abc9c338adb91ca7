//! When schedules fire, seen from outside: against an oracle, and at random.

#![expect(clippy::unwrap_used, reason = "tests")]

mod oracle;
mod pattern;
mod properties;
mod zones;
