//! How a command can fail, and the exit codes.
//!
//! Not how a run fails: a run that failed is an [`Exit`], not a [`Failure`].

use std::io;
use std::process::ExitCode;

use millrace_api::{ApiError, Code};

use crate::out::Out;
use crate::text::problems;

/// The exit codes of `millrace`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; the run succeeded.
    Succeeded = 0,
    /// The run failed, or what was asked about is not so.
    Failed = 1,
    /// The document is invalid, or the command line is wrong.
    Usage = 2,
    /// The run was cancelled.
    Canceled = 3,
    /// The machine or the daemon did not let it happen.
    Environment = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command could not do what it was asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An error of the api, with the document that its problems are about.
    Api {
        /// The error.
        error: Box<ApiError>,
        /// The document's name and text, where its problems can be shown in it.
        document: Option<(String, String)>,
    },
    /// The reader of our output has gone: nothing more to say, and nobody to say it to.
    BrokenPipe,
    /// Our output could not be written.
    Output(io::Error),
}

impl Failure {
    /// Of this code, with this message.
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        ApiError::new(code, message).into()
    }

    /// Wrong usage, with what to do.
    pub(crate) fn usage(message: impl Into<String>, help: impl Into<String>) -> Self {
        ApiError::new(Code::InvalidRequest, message).help(help).into()
    }

    /// The same, with the document in which problems can be shown.
    pub(crate) fn in_document(self, name: &str, text: Option<String>) -> Self {
        match (self, text) {
            (Self::Api { error, .. }, Some(text)) => {
                Self::Api { error, document: Some((name.to_owned(), text)) }
            }
            (other, _) => other,
        }
    }

    /// What the process exits with.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::BrokenPipe => Exit::Succeeded,
            Self::Output(_) => Exit::Environment,
            Self::Api { error, .. } => match error.code {
                Code::NotFound
                | Code::Ambiguous
                | Code::InvalidDocument
                | Code::InvalidParams
                | Code::InvalidRequest
                | Code::BadQuery
                | Code::WrongState
                | Code::ChangedOutside
                | Code::ReadOnly
                | Code::CannotCarry
                | Code::Denied
                | Code::NothingToImport
                | Code::UnknownSource
                | Code::NotABackup
                | Code::HomeNotEmpty
                | Code::Canceled
                | Code::TooSoon
                | Code::NotAsked
                | Code::CannotMark => Exit::Usage,
                Code::File
                | Code::Store
                | Code::Unreachable
                | Code::HomeTaken
                | Code::Version
                | Code::ShuttingDown
                | Code::Environment
                | Code::Secret
                | Code::NotDelivered
                | Code::NotConnected
                | Code::ContentGone
                | Code::Internal => Exit::Environment,
            },
        }
    }

    /// Says it on stderr.
    pub(crate) fn print(&self, out: &mut Out) -> io::Result<()> {
        match self {
            Self::BrokenPipe => Ok(()),
            Self::Output(error) => out.error_line("", &format!("cannot write: {error}"), None),
            Self::Api { error, document } => {
                let (name, text) = match document {
                    Some((name, text)) => (name.as_str(), Some(text.as_str())),
                    None => ("", None),
                };
                for problem in &error.problems {
                    let shown = problems::render(problem, name, text, out.err_style());
                    out.err(&shown)?;
                }
                out.error_line(error.code.as_str(), &error.message, error.help.as_deref())
            }
        }
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::Api { error: Box::new(error), document: None }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Output(error),
        }
    }
}
