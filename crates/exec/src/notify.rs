//! Tells people something through channels of the settings, one after the other.

use std::sync::Arc;
use std::time::Duration;

use millrace_model::Values;
use serde_json::json;

use crate::deed::{Fault, Log};
use crate::ports::{Notice, Notices};

/// How long it may take where its task has no time-out.
pub(crate) const WHOLE_LIMIT: Duration = Duration::from_mins(5);

/// Something to tell.
pub(crate) struct Work {
    pub(crate) notices: Arc<dyn Notices>,
    pub(crate) notice: Notice,
    /// Empty: those by which failures are told.
    pub(crate) channels: Vec<String>,
}

/// Tells it. One channel that takes it is enough.
pub(crate) async fn carry_out(work: Work, log: &Log) -> Result<Values, Fault> {
    let Work { notices, notice, mut channels } = work;
    if channels.is_empty() {
        channels = notices.usual();
    }
    channels.dedup();
    let (mut delivered, mut failed) = (Vec::new(), Values::new());
    for channel in channels {
        match notices.send(&channel, &notice).await {
            Ok(()) => {
                log.line(&format!("{channel}: delivered"));
                delivered.push(channel);
            }
            Err(why) => {
                log.bad(&format!("{channel}: {why}"));
                failed.insert(channel, json!(why));
            }
        }
    }
    if delivered.is_empty() {
        let why: Vec<String> = failed
            .iter()
            .map(|(channel, why)| format!("{channel}: {}", why.as_str().unwrap_or_default()))
            .collect();
        return Err(Fault::Unusable(match why.is_empty() {
            true => {
                "nobody is told: the settings send nothing (notify.send), and no channels are named"
                    .to_owned()
            }
            false => format!("nobody could be told: {}", why.join("; ")),
        }));
    }
    Ok(Values::from_iter([
        ("delivered".to_owned(), json!(delivered)),
        ("failed".to_owned(), json!(failed)),
    ]))
}
