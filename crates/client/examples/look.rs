//! Asks a daemon what people ask who look back, and measures how long they wait; prints JSON for `cargo xtask bench history`.
//!
//! `look history WORKFLOW` asks for runs, the grid and the calendar; `look log RUN TASK` reads and searches a log; `look
//! workflows WORD` searches the documents. The home is that of `MILLRACE_HOME`; its daemon must run. The answer has a member for
//! each question with all of its times in microseconds, beside what was found.
#![expect(clippy::panic, clippy::print_stdout, clippy::unwrap_used, reason = "a measuring program")]

use std::time::{Duration, Instant};

use millrace_api::days::{MAX_DAYS, WorkflowDays};
use millrace_api::grid::{MAX_GRID, WorkflowGrid};
use millrace_api::home::Home;
use millrace_api::library::SearchWorkflows;
use millrace_api::log::{LogFrom, LogName, LogSlice, ReadLog, SearchLog};
use millrace_api::run::ListRuns;
use millrace_api::{ApiError, Backend};
use millrace_client::{Client, connect_running};
use millrace_model::ident::Ident;
use millrace_model::ids::TaskKey;
use millrace_model::time::Day;
use serde_json::{Value, json};

/// How often a question is asked, after once to warm up.
const ROUNDS: u64 = 20;
/// At so many places a log is read.
const PLACES: u64 = 200;
/// What the window asks for at a time: rows of runs, and bytes of a log.
const ROWS: u32 = 200;
const BYTES: u32 = 128 << 10;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let client = connect_running(&Home::of_user().unwrap()).await.unwrap().unwrap();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let figures = match arguments[..] {
        ["history", workflow] => history(&client, workflow).await,
        ["log", run, task] => log(&client, run, task).await,
        ["workflows", word] => workflows(&client, word).await,
        _ => panic!("look history WORKFLOW | log RUN TASK | workflows WORD"),
    };
    println!("{figures}");
}

/// The times of a question, in microseconds, and its last answer.
async fn timed<T>(
    rounds: u64,
    mut ask: impl AsyncFnMut(u64) -> Result<T, ApiError>,
) -> (Vec<u64>, T) {
    let mut last = ask(0).await.unwrap();
    let mut times = Vec::new();
    for round in 0..rounds {
        let started = Instant::now();
        last = ask(round).await.unwrap();
        times.push(micros(started.elapsed()));
    }
    (times, last)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap()
}

async fn history(client: &Client, workflow: &str) -> Value {
    let list = async |query: &str, skip: u64| {
        let query = query.to_owned();
        let request = ListRuns { query, skip, count: true, limit: ROWS, ..ListRuns::default() };
        client.list_runs(request).await
    };
    let (all, page) = timed(ROUNDS, async |_| list("", 0).await).await;
    let known = page.counted.unwrap().all;
    // Each round at another place, as somebody who drags the bar.
    let (far, _) =
        timed(ROUNDS, async |round| list("", spread(round, known - u64::from(ROWS))).await).await;
    let (word, found) = timed(ROUNDS, async |_| list("refused", 0).await).await;
    let query = format!("state:failed workflow:{workflow} task:load");
    let (chips, chosen) = timed(ROUNDS, async |_| list(&query, 0).await).await;
    let grid =
        WorkflowGrid { workflow: workflow.to_owned(), limit: MAX_GRID, ..Default::default() };
    let (grid, columns) = timed(ROUNDS, async |_| client.workflow_grid(grid.clone()).await).await;
    let days = |from, until| WorkflowDays {
        workflow: workflow.to_owned(),
        workflow_id: None,
        from,
        until,
    };
    let any = Day::new(2026, 1, 1).unwrap();
    let today = client.workflow_days(days(any, any)).await.unwrap().today;
    let days = days(today.plus(1 - MAX_DAYS).unwrap(), today);
    let (days, fared) = timed(ROUNDS, async |_| client.workflow_days(days.clone()).await).await;
    json!({
        "runs": known,
        "first rows": all,
        "rows from any place": far,
        "a word": word, "a word found": found.counted.unwrap().found,
        "chips": chips, "chips found": chosen.counted.unwrap().found,
        "grid": grid, "grid runs": columns.runs.len(),
        "calendar": days, "calendar days": fared.days.len(),
    })
}

async fn log(client: &Client, run: &str, task: &str) -> Value {
    let run = run.parse().unwrap();
    let task = TaskKey::plain(Ident::new(task).unwrap());
    let read = async |from| {
        let log = LogName { run, task: task.clone(), number: None, only: None };
        client.read_log(ReadLog { log, from, max_bytes: BYTES }).await
    };
    let end: LogSlice = read(LogFrom::LastBytes(u64::from(BYTES))).await.unwrap();
    let (total, lines) = (end.total, end.line);
    let at = async |round| read(LogFrom::Offset(spread(round, total))).await;
    let (places, _) = timed(PLACES, at).await;
    let by_line = async |round| read(LogFrom::Line(spread(round, lines))).await;
    let (by_line, _) = timed(PLACES, by_line).await;
    let (last, _) = timed(ROUNDS, async |_| read(LogFrom::LastLines(200)).await).await;
    let started = Instant::now();
    let mut from = 0;
    while from < total {
        let search = SearchLog {
            log: LogName { run, task: task.clone(), number: None, only: None },
            pattern: "no such words".to_owned(),
            match_case: false,
            from,
            limit: 100,
        };
        from = client.search_log(search).await.unwrap().next;
    }
    let searched = [micros(started.elapsed())];
    json!({
        "bytes": total, "lines": lines,
        "any place": places, "any line": by_line, "its end": last, "searched": searched,
    })
}

async fn workflows(client: &Client, word: &str) -> Value {
    let search = async |_| {
        let text = word.to_owned();
        client.search_workflows(SearchWorkflows { text, limit: 100 }).await
    };
    let (times, found) = timed(ROUNDS, search).await;
    json!({ "search": times, "searched": found.searched, "found": found.found })
}

/// Places that fill a range evenly, in an order without steps of one size (a Weyl sequence by the golden ratio).
fn spread(round: u64, range: u64) -> u64 {
    let share = round.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    ((u128::from(share) * u128::from(range)) >> 64) as u64
}
