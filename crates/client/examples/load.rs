//! Loads a daemon and measures what its clients see; prints JSON for `cargo xtask bench schedules`.
//!
//! `load burst DOCUMENTS` starts each document of a folder at the same moment; `load fired INSTANT COUNT` waits for the runs
//! that schedules start at an instant; `load follow RUN CLIENTS` follows a run with several clients. The home is that of
//! `MILLRACE_HOME`; its daemon must run. Times are in microseconds.
#![expect(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "a measuring program")]

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::StreamExt;
use futures_util::future::join_all;
use millrace_api::document::Source;
use millrace_api::home::Home;
use millrace_api::run::{ListRuns, RunRow, StartRun};
use millrace_api::stream::After;
use millrace_api::{Backend, Subscribe};
use millrace_client::{Client, connect_running};
use millrace_model::event::RunEventKind;
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use serde_json::json;

/// Between two looks at the list of runs.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let figures = match arguments[..] {
        ["burst", folder] => burst(Path::new(folder)).await,
        ["fired", at, count] => fired(Timestamp(at.parse().unwrap()), count.parse().unwrap()).await,
        ["follow", run, clients] => follow(run.parse().unwrap(), clients.parse().unwrap()).await,
        _ => panic!("load burst FOLDER | fired INSTANT COUNT | follow RUN CLIENTS"),
    };
    println!("{figures}");
}

async fn client() -> Client {
    let home = Home::of_user().unwrap();
    connect_running(&home).await.unwrap().unwrap()
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    Timestamp(i64::try_from(since.as_micros()).unwrap())
}

async fn burst(folder: &Path) -> serde_json::Value {
    let client = client().await;
    let files = std::fs::read_dir(folder).unwrap();
    let paths: Vec<String> = files.map(|file| file.unwrap().path().display().to_string()).collect();
    let begin = now();
    let start = |path: &String| {
        client.start_run(StartRun {
            source: Source::Path(path.clone()),
            params: Default::default(),
            param_texts: Default::default(),
            until: None,
            only: None,
            pinned: false,
            vouched: true,
        })
    };
    for started in join_all(paths.iter().map(start)).await {
        started.unwrap();
    }
    fired_by(&client, begin, paths.len(), |row| row.trigger == "manual").await
}

async fn fired(at: Timestamp, count: usize) -> serde_json::Value {
    fired_by(&client().await, at, count, |row| row.trigger == "schedule").await
}

/// How long after `at` each of so many runs left the queue.
async fn fired_by(
    client: &Client,
    at: Timestamp,
    count: usize,
    is_one: impl Fn(&RunRow) -> bool,
) -> serde_json::Value {
    loop {
        let mut rows: Vec<RunRow> = Vec::new();
        let mut before = None;
        loop {
            let request = ListRuns { since: Some(at), before, limit: 1_000, ..ListRuns::default() };
            let page = client.list_runs(request).await.unwrap();
            rows.extend(page.runs.into_iter().filter(&is_one));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        let lags: Vec<i64> = rows
            .iter()
            .filter(|row| row.ended.is_some())
            .map(|row| row.started.unwrap().0 - at.0)
            .collect();
        if lags.len() >= count {
            return json!({ "runs": lags.len(), "lags": lags });
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

async fn follow(run: RunId, clients: usize) -> serde_json::Value {
    let followed = join_all((0..clients).map(|_| follow_one(run))).await;
    let events: Vec<u64> = followed.iter().map(|(events, _)| *events).collect();
    let delays: Vec<i64> = followed.into_iter().flat_map(|(_, delays)| delays).collect();
    json!({ "events": events, "delays": delays })
}

/// How many events came, without gaps, and how old each was that came live.
async fn follow_one(run: RunId) -> (u64, Vec<i64>) {
    let client = client().await;
    let after = After::Seq(0);
    let mut followed = client.subscribe(Subscribe { run: Some(run), after }).await.unwrap();
    let (mut seq, mut delays) = (0, Vec::new());
    let mut is_live = false;
    while let Some(item) = followed.next().await {
        let arrived = now();
        for event in item.unwrap().events {
            assert_eq!(event.seq, seq + 1, "an event was missed");
            seq = event.seq;
            if is_live {
                delays.push(arrived.0 - event.at.0);
            }
            if let RunEventKind::RunEnded { .. } = event.kind {
                return (seq, delays);
            }
        }
        // What was before comes first.
        is_live = true;
    }
    panic!("the stream ended before the run");
}
