//! Errors as clients see them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::document::Problem;

/// Why a command was refused or failed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// For callers that act on it.
    pub code: Code,
    /// What happened, to which thing. A lower-case fragment.
    pub message: String,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// The problems of the document, where that is why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<Problem>,
}

impl ApiError {
    /// An error with this code and message.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None, problems: Vec::new() }
    }

    /// The same error with what to do next.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same error with the problems of a document.
    #[must_use]
    pub fn problems(mut self, problems: Vec<Problem>) -> Self {
        self.problems = problems;
        self
    }

    /// Millrace could not do its own work.
    #[must_use]
    pub fn internal(doing: &str, error: &dyn fmt::Display) -> Self {
        Self::new(Code::Internal, format!("could not {doing}: {error}"))
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $title:literal;)+) => {
        /// What kind of error it is. Each has a row in `docs/errors.md`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum Code {
            $($(#[$doc])* #[serde(rename = $code)] $name,)+
        }

        impl Code {
            /// All codes, in order of their numbers.
            pub const ALL: &[Self] = &[$(Self::$name),+];

            /// The code as users see it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// What it means, in a few words.
            #[must_use]
            pub fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }
        }
    };
}

codes! {
    /// No such file, workflow, run, task or attempt.
    NotFound = "MR2001", "the named thing does not exist";
    /// A name or a prefix fits several things.
    Ambiguous = "MR2002", "the name fits several things";
    /// The document has errors; they are in `problems`.
    InvalidDocument = "MR2003", "the document has errors";
    /// A parameter is missing, unknown or of the wrong type.
    InvalidParams = "MR2004", "a parameter is missing, unknown or wrong";
    /// The request itself is wrong.
    InvalidRequest = "MR2005", "the request is wrong";
    /// It cannot be done in the state that the thing is in.
    WrongState = "MR2006", "that cannot be done in this state";
    /// The file changed outside since it was read.
    ChangedOutside = "MR2007", "the file changed outside";
    /// The document is of a newer format or its file is read-only.
    ReadOnly = "MR2008", "the document can only be read";
    /// A file could not be read or written.
    File = "MR2009", "a file could not be read or written";
    /// The store cannot take writes: disk full, busy, read-only, corrupt.
    Store = "MR2010", "the store cannot be used";
    /// The daemon cannot be reached or started.
    Unreachable = "MR2011", "the daemon cannot be reached";
    /// Another daemon or process has this home.
    HomeTaken = "MR2012", "another process has this home";
    /// Client and daemon are of different versions.
    Version = "MR2013", "client and daemon are of different versions";
    /// The result of an earlier run cannot be taken over.
    CannotCarry = "MR2014", "a result cannot be taken over from the old run";
    /// The daemon is shutting down.
    ShuttingDown = "MR2015", "the daemon is shutting down";
    /// The machine lacks what is needed.
    Environment = "MR2016", "the machine lacks something that is needed";
    /// A secret cannot be read or stored: the keyring is locked or absent, a variable is missing, a command failed.
    Secret = "MR2017", "a secret cannot be read or stored";
    /// A notification did not get through: no session bus, a server that refuses, an address that does not answer.
    NotDelivered = "MR2018", "a notification did not get through";
    /// Whoever asks has not shown that they may, or a document is not trusted and nobody vouches for it.
    Denied = "MR2019", "that is not allowed: the token is another one, or the document is not trusted";
    /// It was asked for sooner than its rate allows.
    TooSoon = "MR2020", "that was asked for too soon";
    /// The task asks nothing, or somebody has answered already.
    NotAsked = "MR2021", "no answer is waited for there";
    /// A task cannot be marked so in the state that it is in.
    CannotMark = "MR2022", "the task cannot be marked so";
    /// A connection does not work: no server, a login that is refused, a file that cannot be opened.
    NotConnected = "MR2023", "a connection does not work";
    /// Somebody took the content of an artifact out of the home.
    ContentGone = "MR2026", "the content of an artifact is gone";
    /// There is nothing in the file that a workflow can be made of.
    NothingToImport = "MR2028", "there is nothing to import";
    /// Neither the name of the file nor its text tells what it is.
    UnknownSource = "MR2029", "what is to be imported cannot be told";
    /// A query of runs has something in it that is not understood.
    BadQuery = "MR2035", "a query of runs is not understood";
    /// The file is no backup of a home, is damaged, or of a newer release.
    NotABackup = "MR2039", "that is no backup, or it is damaged";
    /// Something is in the home already.
    HomeNotEmpty = "MR2040", "something is in the home";
    /// Somebody gave it up before it was done.
    Canceled = "MR2041", "it was cancelled";
    /// A defect of Millrace.
    Internal = "MR2099", "a defect of Millrace";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
