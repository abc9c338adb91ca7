//! How often a task is tried.

use super::Extra;
use crate::time::Span;

/// When a failed attempt is followed by another, and after how long.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryPolicy {
    /// Total tries, the first counted (1).
    pub attempts: u32,
    /// Before the second try.
    pub delay: Span,
    /// Factor from one delay to the next (1; at least 1).
    pub backoff: f64,
    /// Longest delay; none = no limit.
    pub max_delay: Option<Span>,
    /// Each delay is changed by up to ±20 %.
    pub jitter: bool,
    /// Which ends are tried again.
    pub on: Vec<RetryOn>,
    /// Unknown keys.
    pub extra: Extra,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts: 1,
            delay: Span::ZERO,
            backoff: 1.0,
            max_delay: None,
            jitter: false,
            on: vec![RetryOn::Failed, RetryOn::Timeout],
            extra: Extra::new(),
        }
    }
}

/// An end that is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RetryOn {
    /// `failed`: ran and said no, by whatever exit code or signal.
    Failed,
    /// `timeout`
    Timeout,
    /// `lost`: its keeper died.
    Lost,
    /// `unknown`: its outcome cannot be known.
    Unknown,
    /// `error`: it could not be run.
    Error,
    /// `exit:N`: exit code N.
    Exit(i32),
    /// `status:N`: answered with HTTP status N.
    Status(u16),
}
