//! Documents as users meet them: text in, problems with places out, canonical text back.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod arbitrary;
mod differences;
mod docs;
mod edits;
mod extract;
mod faults;
mod graphs;
mod limits;
mod meaning;
mod problems;
mod round_trip;
mod schema;
