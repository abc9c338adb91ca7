//! Composition root: engine, exec, store and notifications behind the api's Backend.
