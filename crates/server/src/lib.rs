//! The daemon: the app behind HTTP on a private socket.
