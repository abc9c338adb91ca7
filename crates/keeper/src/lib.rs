//! The small parent process of a run's tasks, and its protocol.
