//! The event stream.

use futures_util::StreamExt;

use millrace_api::run::{ReadEvents, RetryRun};
use millrace_api::stream::{After, EventStream};
use millrace_api::{ApiError, Code, Subscribe};
use millrace_model::event::{RunEvent, RunEventKind};
use millrace_model::ids::RunId;

use crate::document::{gated, noop, shell, workflow};
use crate::site::{NO_RUN, Site, seqs};

pub(crate) async fn a_run_is_streamed_from_its_first_event_to_its_end(site: &mut Site) {
    let run = site.run("w.json", &chain(site)).await;
    let mut stream = open(site, Some(run), After::Seq(0)).await.unwrap();
    site.open_gates(&["a"]);
    let (events, _) = until_end(&mut stream).await;
    assert!(matches!(events[0].kind, RunEventKind::RunQueued(_)));
    assert!(matches!(events.last().unwrap().kind, RunEventKind::RunEnded { .. }));
    assert_eq!(seqs(&events), (1..=events.len() as u64).collect::<Vec<_>>());
    assert_eq!(events, stored(site, run).await, "nothing that is not kept, and all of it");
}

pub(crate) async fn a_stream_goes_on_after_the_last_seq(site: &mut Site) {
    let run = site.run("w.json", &chain(site)).await;
    let mut stream = open(site, Some(run), After::Seq(0)).await.unwrap();
    let before = next(&mut stream).await;
    drop(stream);
    let last = before.last().unwrap().seq;
    site.open_gates(&["a"]);
    site.ended(run).await;
    // All of the rest happened while nobody listened; then some more happens.
    let mut stream = open(site, Some(run), After::Seq(last)).await.unwrap();
    let (rest, _) = until_end(&mut stream).await;
    let all: Vec<RunEvent> = before.into_iter().chain(rest).collect();
    assert_eq!(all, stored(site, run).await);
}

pub(crate) async fn a_stream_goes_on_after_a_position_in_all_runs(site: &mut Site) {
    let first = site.run("one.json", &workflow("one", &[noop("a")], &[])).await;
    let mut stream = open(site, None, After::Position(0)).await.unwrap();
    let (mut seen, position) = until_end(&mut stream).await;
    drop(stream);
    let second = site.run("two.json", &workflow("two", &[noop("a")], &[])).await;
    site.ended(second).await;
    let mut stream = open(site, None, After::Position(position)).await.unwrap();
    let (missed, _) = until_end(&mut stream).await;
    assert!(missed.iter().all(|event| event.run == second), "the first was over");
    seen.extend(missed);
    // From here on it is live, and the same stream.
    let third = site.run("three.json", &workflow("three", &[noop("a")], &[])).await;
    seen.extend(until_end(&mut stream).await.0);
    for run in [first, second, third] {
        let mine: Vec<RunEvent> = seen.iter().filter(|event| event.run == run).cloned().collect();
        assert_eq!(mine, stored(site, run).await);
    }
}

pub(crate) async fn two_subscribers_see_the_same(site: &mut Site) {
    let run = site.run("w.json", &chain(site)).await;
    let other = site.run("other.json", &workflow("other", &[noop("a")], &[])).await;
    let mut early = open(site, Some(run), After::Seq(0)).await.unwrap();
    let mut seen = next(&mut early).await;
    let mut late = open(site, Some(run), After::Seq(0)).await.unwrap();
    site.ended(other).await;
    site.open_gates(&["a"]);
    let (all, position) = until_end(&mut late).await;
    let (rest, same) = until_end(&mut early).await;
    seen.extend(rest);
    assert_eq!(seen, all);
    assert_eq!(position, same);
    assert!(all.iter().all(|event| event.run == run), "the other run stays out");
}

pub(crate) async fn now_is_only_what_comes(site: &mut Site) {
    let run = site.run("w.json", &workflow("w", &[shell("a", "exit 1")], &[])).await;
    let ended = site.ended(run).await;
    let mut stream = open(site, Some(run), After::Now).await.unwrap();
    // The end of a run is no end of its stream: a retry reopens it.
    site.api().retry_run(RetryRun { run }).await.unwrap();
    let (events, _) = until_end(&mut stream).await;
    assert_eq!(events[0].seq, ended.seq + 1);
    assert!(matches!(events[0].kind, RunEventKind::Reopened { round: 2, .. }));
}

pub(crate) async fn a_long_run_is_streamed_without_gaps_to_one_who_comes_late(site: &mut Site) {
    // More events than one page has, and a subscriber who does not read until all is over.
    let tasks: Vec<_> = (0..1_500).map(|n| noop(&format!("t{n}"))).collect();
    let run = site.run("w.json", &workflow("w", &tasks, &[])).await;
    let mut stream = open(site, Some(run), After::Seq(0)).await.unwrap();
    let last = site.ended(run).await.seq;
    assert!(last > 2_000, "{last} events");
    let (events, _) = until_end(&mut stream).await;
    assert_eq!(seqs(&events), (1..=last).collect::<Vec<_>>());
}

pub(crate) async fn a_stream_of_nothing_is_refused(site: &mut Site) {
    for (run, after, expected) in [
        (Some(NO_RUN), After::Seq(0), Code::NotFound),
        (Some(NO_RUN), After::Now, Code::NotFound),
        (None, After::Seq(0), Code::InvalidRequest),
    ] {
        let error = open(site, run, after).await.err().unwrap();
        assert_eq!(error.code, expected, "{after:?}");
    }
}

/// `a`, which waits at its gate, and two after it.
fn chain(site: &Site) -> serde_json::Value {
    workflow("w", &[gated(site, "a"), noop("b"), noop("c")], &[("a", "b"), ("b", "c")])
}

async fn open(site: &Site, run: Option<RunId>, after: After) -> Result<EventStream, ApiError> {
    site.api().subscribe(Subscribe { run, after }).await
}

/// The next events; signs of life are no events.
async fn next(stream: &mut EventStream) -> Vec<RunEvent> {
    loop {
        let events = stream.next().await.unwrap().unwrap().events;
        if !events.is_empty() {
            return events;
        }
    }
}

/// Everything up to the end of a run, and the position then.
async fn until_end(stream: &mut EventStream) -> (Vec<RunEvent>, u64) {
    let mut seen: Vec<RunEvent> = Vec::new();
    loop {
        let item = stream.next().await.unwrap().unwrap();
        seen.extend(item.events);
        let is_end = |event: &RunEvent| matches!(event.kind, RunEventKind::RunEnded { .. });
        if seen.last().is_some_and(is_end) {
            return (seen, item.position);
        }
    }
}

async fn stored(site: &Site, run: RunId) -> Vec<RunEvent> {
    let request = ReadEvents { run, after: 0, limit: 10_000 };
    site.api().read_events(request).await.unwrap().events
}
