//! What deeds need of the home: the connections and channels of its settings. Implemented by whoever has the settings.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use millrace_model::connection::Connection;
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};

/// Finds connections in the settings as they are now. Blocks on nothing.
pub trait Connections: fmt::Debug + Send + Sync {
    /// The connection of this name; a mail channel of the notifications is one too.
    ///
    /// # Errors
    /// A sentence that says why there is none and what to do.
    fn find(&self, name: &str) -> Result<Connection, String>;

    /// The only way by which mail is sent, where there is only one.
    ///
    /// # Errors
    /// A sentence that says what there is and what to do.
    fn only_mail(&self) -> Result<Connection, String>;
}

/// Nothing where it was delivered, or a sentence that says why it was not; later.
pub type Delivery<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// Tells people through the channels of the settings.
pub trait Notices: fmt::Debug + Send + Sync {
    /// The channels by which failures are told.
    fn usual(&self) -> Vec<String>;

    /// Tells something through a channel, once. Takes a bounded time.
    fn send<'a>(&'a self, channel: &'a str, notice: &'a Notice) -> Delivery<'a>;
}

/// What a task has to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// The workflow's name.
    pub workflow: Ident,
    /// The workflow as a person calls it.
    pub workflow_title: String,
    /// The run.
    pub run: RunId,
    /// The task.
    pub task: TaskKey,
    /// The line above the text.
    pub title: String,
    /// What is told.
    pub text: String,
}

/// A home without connections and channels.
#[derive(Debug, Clone, Copy)]
pub struct Nothing;

impl Connections for Nothing {
    fn find(&self, name: &str) -> Result<Connection, String> {
        Err(format!("there is no connection `{name}`"))
    }

    fn only_mail(&self) -> Result<Connection, String> {
        Err("there is no connection to a mail server".to_owned())
    }
}

impl Notices for Nothing {
    fn usual(&self) -> Vec<String> {
        Vec::new()
    }

    fn send<'a>(&'a self, channel: &'a str, _: &'a Notice) -> Delivery<'a> {
        Box::pin(async move { Err(format!("there is no channel `{channel}`")) })
    }
}
