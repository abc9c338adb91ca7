//! Events of a run, and the state that they fold to.
