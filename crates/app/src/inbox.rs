//! What a person should look at: runs that failed, what did not start, what asks for trust.

use millrace_api::ApiError;
use millrace_api::inbox::{Inbox, MarkSeen};
use millrace_api::run::Done;
use millrace_store::Reader;

use crate::app::App;
use crate::errors::store_error;
use crate::hub::on_store;
use crate::query;

/// The most of each kind.
const MOST: usize = 200;

impl App {
    /// What a person should look at.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn inbox(&self) -> Result<Inbox, ApiError> {
        let questions = self.questions().await?;
        let untrusted = self.schedules.untrusted().await;
        let read =
            |reader: &Reader| Ok((reader.unseen_failures(MOST)?, reader.unseen_skips(MOST)?));
        let (runs, skips) =
            on_store(&self.store, read).await.map_err(|error| store_error(&error))?;
        Ok(Inbox {
            questions,
            failures: runs.into_iter().filter_map(query::row).collect(),
            skips: self.schedules.not_started(skips),
            untrusted,
        })
    }

    /// Notes that a person has seen things, or has not after all.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn seen(&self, args: MarkSeen) -> Result<Done, ApiError> {
        let at = (!args.unseen).then(|| self.clock.now());
        self.write(move |writer| {
            for run in args.runs {
                writer.mark_seen(run, at)?;
            }
            for skip in args.skips {
                writer.mark_skip_seen(skip, at)?;
            }
            Ok(Done {})
        })
        .await
    }
}
