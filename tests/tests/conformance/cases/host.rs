//! The host itself: what it says of itself, and how it ends.

use std::fs;

use millrace_api::document::Source;
use millrace_api::run::DaemonState;
use millrace_api::{API_VERSION, Code};
use millrace_model::event::{Run, RunState, TaskState};
use millrace_tests::processes;

use crate::document::{gated, noop, workflow};
use crate::site::{Site, key, start, until};

pub(crate) async fn the_host_says_what_it_is(site: &mut Site) {
    let report = site.api().daemon_state(DaemonState {}).await.unwrap();
    assert_eq!(report.pid, std::process::id());
    assert_eq!(report.version, env!("CARGO_PKG_VERSION"));
    assert_eq!(report.api_version, API_VERSION);
    assert_eq!(report.home, site.home().root().to_str().unwrap());
    assert_eq!(report.parallel_tasks, 2);
    assert_eq!((report.running_runs, report.queued_runs, report.running_tasks), (0, 0, 0));
    assert_eq!(report.warnings, Vec::<String>::new());
    assert_eq!(report.position, 0, "nothing has happened in this home");
}

pub(crate) async fn the_host_counts_what_runs_and_waits(site: &mut Site) {
    let tasks = ["a", "b", "c"].map(|name| gated(site, name));
    let document = workflow("gates", &tasks, &[]);
    let first = site.run("gates.json", &document).await;
    let second = site.run("gates.json", &document).await;
    let report = until("both places are taken", async || {
        let report = site.api().daemon_state(DaemonState {}).await.unwrap();
        let counts = (report.running_runs, report.queued_runs, report.running_tasks);
        (counts == (1, 1, 2)).then_some(report)
    })
    .await;
    assert!(report.position > 0);
    site.open_gates(&["a", "b", "c"]);
    for run in [first, second] {
        assert_eq!(site.ended(run).await.state, RunState::Succeeded);
    }
    until("nothing is left", async || {
        let report = site.api().daemon_state(DaemonState {}).await.unwrap();
        let left = (report.running_runs, report.queued_runs, report.running_tasks);
        (left == (0, 0, 0)).then_some(())
    })
    .await;
}

pub(crate) async fn the_host_says_that_its_history_was_replaced(site: &mut Site) {
    let gate = site.run("gate.json", &workflow("gate", &[gated(site, "a")], &[])).await;
    site.until_printed(gate, "a", "a begins\n").await;
    let history = site.home().root().join("history.db");
    let other = site.path("other.db");
    fs::copy(&history, &other).unwrap();
    fs::rename(&other, &history).unwrap();
    let text = workflow("w", &[noop("a")], &[]).to_string();
    // It is noticed before the next write is synced, within a second or so.
    let error = until("a run is refused", async || {
        let source = Source::Text { text: text.clone(), path: None };
        site.api().start_run(start(source)).await.err()
    })
    .await;
    assert_eq!(error.code, Code::Store);
    assert!(error.message.contains("replaced by another file"), "{error}");
    // The end of a task is not acknowledged either, and whoever asks is told.
    site.open_gates(&["a"]);
    until("the host says why it starts nothing", async || {
        let warnings = site.api().daemon_state(DaemonState {}).await.unwrap().warnings;
        warnings.iter().any(|text| text.contains("replaced by another file")).then_some(())
    })
    .await;
    site.stop_host(false).await;
    // Its daemon will not come again.
    processes::kill(processes::keeper_of(&gate.to_string()).unwrap());
}

pub(crate) async fn a_stop_leaves_runs_to_the_next_host(site: &mut Site) {
    let document = workflow("gate", &[gated(site, "a"), noop("b")], &[("a", "b")]);
    let run = site.run("gate.json", &document).await;
    site.until_printed(run, "a", "a begins\n").await;
    let has_pid = |fold: &Run| {
        fold.tasks[&key("a")].attempts.first().is_some_and(|attempt| attempt.pid.is_some())
    };
    let pid = site.fold_until(run, has_pid).await.tasks[&key("a")].attempts[0].pid;
    site.replace_host(false).await;
    assert_eq!(site.get(run).await.state, RunState::Running);
    site.open_gates(&["a"]);
    let ended = site.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded);
    let attempts = &ended.tasks[&key("a")].attempts;
    assert_eq!((attempts.len(), attempts[0].pid), (1, pid), "the same attempt went on");
}

pub(crate) async fn a_stop_cancels_runs_where_it_is_asked_to(site: &mut Site) {
    let document = workflow("gate", &[gated(site, "a"), noop("b")], &[("a", "b")]);
    let run = site.run("gate.json", &document).await;
    site.until_printed(run, "a", "a begins\n").await;
    site.replace_host(true).await;
    let ended = site.get(run).await;
    assert_eq!(ended.state, RunState::Canceled);
    for task in ["a", "b"] {
        assert_eq!(ended.tasks[&key(task)].state, TaskState::Canceled, "{task}");
    }
}
