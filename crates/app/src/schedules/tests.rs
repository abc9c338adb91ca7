//! No tick is lost and none is doubled, whatever dies at whatever moment.
//!
//! A real home with a real store and engine, a clock that the test sets, and tasks that end when it says so. The
//! scheduler's turns are called one by one.

mod begun;
mod crash;
mod flood;
mod ledger;
mod listed;
mod month;
mod site;
