//! The api's `Backend` over the private socket of a home's daemon.
//!
//! [`connect`] finds the daemon or starts it. Nothing is decided here: every command goes to the daemon. What else a client
//! with a window needs of the machine, its fonts, is here too.

mod anew;
mod fonts;
mod launch;
mod lines;
mod socket;

pub use anew::AnewTransport;
pub use fonts::{FoundFont, SystemFonts};
pub use launch::{Launch, connect, connect_running};
pub use socket::SocketTransport;

/// A [`millrace_api::Backend`] at the other end of the socket.
pub type Client = millrace_api::Remote<SocketTransport>;
