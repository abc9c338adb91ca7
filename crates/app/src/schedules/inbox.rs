//! What a person should look at.

use millrace_api::ApiError;
use millrace_api::inbox::{Inbox, InboxSkip, MarkSeen, Untrusted};
use millrace_api::run::Done;
use millrace_api::schedule::Held;
use millrace_store::Reader;

use super::list::{by_id, of_skip};
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
        self.schedules.known().await;
        let (known, untrusted) = {
            let standing = self.schedules.standing();
            let known = by_id(standing.all());
            let held = standing.all().filter(|it| it.held == Some(Held::Untrusted));
            let untrusted = held.map(|workflow| Untrusted {
                workflow: workflow.name.clone(),
                title: workflow.title.clone(),
                path: workflow.path.display().to_string(),
                starters: workflow.starters.iter().map(|it| it.words.clone()).collect(),
            });
            (known, untrusted.collect())
        };
        let read =
            |reader: &Reader| Ok((reader.unseen_failures(MOST)?, reader.unseen_skips(MOST)?));
        let (runs, skips) =
            on_store(&self.store, read).await.map_err(|error| store_error(&error))?;
        let skips = skips.into_iter().map(|skip| InboxSkip {
            skip: skip.skip,
            decided: skip.what.decided,
            fire: of_skip(skip, &known),
        });
        Ok(Inbox {
            failures: runs.into_iter().filter_map(query::row).collect(),
            skips: skips.collect(),
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
