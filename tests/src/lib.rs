//! End-to-end tests: real processes and a real daemon. The tests are in the folder `tests` beside this one; this
//! library is empty.
