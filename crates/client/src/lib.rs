//! The api's Backend over the private socket; finds or starts the daemon.
