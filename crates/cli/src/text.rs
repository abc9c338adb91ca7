//! Texts for people: styles, times, tables, problems.

pub(crate) mod differences;
pub(crate) mod escape;
pub(crate) mod human;
pub(crate) mod input;
pub(crate) mod problems;
pub(crate) mod states;
pub(crate) mod style;
pub(crate) mod table;
