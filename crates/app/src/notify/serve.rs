//! The loop: follows the history and listens to clicks and the clock, until the app ends.

use std::sync::Weak;
use std::time::Duration;

use millrace_store::Reader;
use tokio::time::{Instant, sleep_until};

use super::feed::Feed;
use super::teller::{Teller, note};
use super::{Begin, click};
use crate::app::App;
use crate::hub::{Live, on_store};

/// Before the store is asked again that could not be read.
const AGAIN: Duration = Duration::from_secs(5);

/// Tells what happens until the app ends.
/// `now`: the position of the history when the app was opened.
pub(super) async fn serve(app: Weak<App>, begin: Begin, live: Live, now: u64) {
    let Begin { channels, mut missed, mut clicks, mut stop } = begin;
    let Some(first) = app.upgrade() else { return };
    let mut feed = Feed::new(live, start(&first, now).await);
    let mut teller = Teller::new(channels, &mut feed);
    teller.watch_running(&first).await;
    drop(first);
    while !*stop.borrow() {
        if feed.is_behind() {
            let Some(app) = app.upgrade() else { return };
            match feed.read(&app.store).await {
                Ok(batch) => teller.look_at(&app, batch).await,
                Err(error) => {
                    tracing::warn!(%error, "the history cannot be read for notifications");
                    drop(app);
                    tokio::select! {
                        () = tokio::time::sleep(AGAIN) => {}
                        _ = stop.changed() => {}
                    }
                }
            }
            continue;
        }
        let due = teller.due();
        tokio::select! {
            biased;
            _ = stop.changed() => break,
            Some(click) = clicks.recv() => {
                let Some(app) = app.upgrade() else { return };
                click::act(&app, click).await;
            }
            Some(missed) = missed.recv() => {
                let Some(app) = app.upgrade() else { return };
                teller.tell_missed(&app, &missed).await;
            }
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                let Some(app) = app.upgrade() else { return };
                teller.on_time(&app).await;
            }
            heard = feed.hear() => {
                let (Some(batch), Some(app)) = (heard, app.upgrade()) else { return };
                teller.look_at(&app, batch).await;
            }
        }
    }
    if let Some(app) = app.upgrade() {
        teller.finish(&app, &mut feed).await;
    }
}

/// From where on the history has not been told. In a home that never told anything it begins now.
async fn start(app: &App, now: u64) -> u64 {
    match on_store(&app.store, Reader::told).await {
        // A history that was put back from a copy may end before.
        Ok(Some(told)) => told.min(now),
        Ok(None) => {
            note(app, now);
            now
        }
        Err(_) => now,
    }
}
