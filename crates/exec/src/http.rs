//! Carries HTTP requests out. One attempt: sent, answered or not.
//!
//! Where an attempt stands in its run, and what its outcome means there, is not known here.

mod answer;
mod exchange;
mod unpack;
mod web;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use millrace_keeper::mask::MaskSet;
use millrace_model::Values;
use millrace_model::action::{HttpAction, ResolvedHttp};
use millrace_model::connection::HttpService;

use crate::deed::{Fault, Log};
use crate::secrets::SecretValues;

pub(crate) use web::Web;

/// How long a whole attempt may take where its task has no time-out.
pub(crate) const WHOLE_LIMIT: Duration = Duration::from_hours(1);

/// A request, ready to be sent.
pub(crate) struct Call {
    pub(crate) action: HttpAction,
    /// Where its address begins, and who asks.
    pub(crate) service: Option<HttpService>,
    pub(crate) resolved: ResolvedHttp,
    pub(crate) secrets: SecretValues,
    /// What must not show where an answer is cut.
    pub(crate) masks: MaskSet,
    pub(crate) web: Arc<Web>,
    /// Where relative paths begin.
    pub(crate) workdir: PathBuf,
    /// Where an answer goes that is too large for an output.
    pub(crate) answer: PathBuf,
}

/// Sends the request and takes in the answer.
pub(crate) async fn carry_out(call: Call, log: &Log) -> Result<Values, Fault> {
    let unless_good = RemoveOnDrop(Some(call.answer.clone()));
    let given = exchange::exchange(&call, log).await?;
    unless_good.keep();
    Ok(given)
}

/// What there is of an answer belongs to no success, also where a cancel ends it.
struct RemoveOnDrop(Option<PathBuf>);

impl RemoveOnDrop {
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Drop for RemoveOnDrop {
    fn drop(&mut self) {
        if let Some(path) = &self.0 {
            let _there_is_none = std::fs::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests;
