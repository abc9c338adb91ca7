//! Documents as users meet them: text in, problems with places out, canonical text back.

mod arbitrary;
mod limits;
mod problems;
mod round_trip;
