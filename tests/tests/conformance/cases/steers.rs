//! Steering runs: retry, cancel, pause, resume.

use millrace_api::Code;
use millrace_api::bulk::{CancelRuns, RetryRuns};
use millrace_api::run::{CancelRun, PauseRun, ResumeRun, RetryRun};
use millrace_model::event::{Outcome, RunState, TaskState};
use millrace_model::ids::RunId;
use serde_json::json;

use crate::document::{calling, gated, noop, shell, workflow};
use crate::site::{NO_RUN, Site, code, key};

pub(crate) async fn a_retry_reopens_what_failed(site: &mut Site) {
    let gate = site.path("mended");
    let b = shell("b", &format!("test -e '{}'", gate.display()));
    let document = workflow("w", &[noop("a"), b, noop("c")], &[("a", "b"), ("b", "c")]);
    let run = site.run("w.json", &document).await;
    let failed = site.ended(run).await;
    assert_eq!(failed.state, RunState::Failed);
    assert_eq!(failed.tasks[&key("c")].state, TaskState::UpstreamFailed);
    site.open_gates(&["mended"]);
    site.api().retry_run(RetryRun { run }).await.unwrap();
    let ended = site.fold_until(run, |fold| fold.state.is_final() && fold.round == 2).await;
    assert_eq!(ended.state, RunState::Succeeded);
    let attempts = |task| ended.tasks[&key(task)].attempts.len();
    assert_eq!((attempts("b"), ended.tasks[&key("c")].state), (2, TaskState::Succeeded));
    assert_eq!(ended.tasks[&key("a")].ended, failed.tasks[&key("a")].ended, "a did not run again");
}

pub(crate) async fn a_retry_needs_a_failure_that_is_over(site: &mut Site) {
    let retry = async |run| code(site.api().retry_run(RetryRun { run }).await);
    assert_eq!(retry(NO_RUN).await, Code::NotFound);
    let run = site.run("w.json", &workflow("w", &[gated(site, "a")], &[])).await;
    assert_eq!(retry(run).await, Code::WrongState, "it is under way");
    site.open_gates(&["a"]);
    assert_eq!(site.ended(run).await.state, RunState::Succeeded);
    assert_eq!(retry(run).await, Code::WrongState, "nothing of it failed");
}

pub(crate) async fn a_cancel_stops_what_runs_and_what_waits(site: &mut Site) {
    let tasks = [gated(site, "a"), noop("b"), noop("c")];
    let run = site.run("w.json", &workflow("w", &tasks, &[("a", "b"), ("b", "c")])).await;
    site.until_printed(run, "a", "a begins\n").await;
    site.api().cancel_run(CancelRun { run, kill: false }).await.unwrap();
    let ended = site.ended(run).await;
    assert_eq!(ended.state, RunState::Canceled);
    assert!(ended.tasks.values().all(|task| task.state == TaskState::Canceled), "{ended:?}");
    let end = ended.tasks[&key("a")].attempts[0].end.as_ref().unwrap();
    assert_eq!(end.outcome, Outcome::Canceled);
}

pub(crate) async fn a_kill_grants_no_grace(site: &mut Site) {
    let run = deaf(site).await;
    site.api().cancel_run(CancelRun { run, kill: true }).await.unwrap();
    assert_eq!(site.ended(run).await.state, RunState::Canceled);
}

pub(crate) async fn a_second_cancel_grants_none_either(site: &mut Site) {
    let run = deaf(site).await;
    for _ in 0..2 {
        site.api().cancel_run(CancelRun { run, kill: false }).await.unwrap();
    }
    assert_eq!(site.ended(run).await.state, RunState::Canceled);
}

pub(crate) async fn a_cancel_needs_a_run_under_way(site: &mut Site) {
    let cancel = async |run| code(site.api().cancel_run(CancelRun { run, kill: false }).await);
    assert_eq!(cancel(NO_RUN).await, Code::NotFound);
    assert_eq!(cancel(over(site).await).await, Code::WrongState);
}

pub(crate) async fn a_paused_run_starts_nothing_new(site: &mut Site) {
    let run = paused(site).await;
    site.open_gates(&["a"]);
    let after_a = site.reached(run, "a", TaskState::Succeeded).await;
    assert_eq!(after_a.state, RunState::Paused);
    let detail = site.get(run).await;
    assert!(!detail.tasks[&key("b")].state.is_final(), "{detail:?}");
    // Once more changes nothing.
    site.api().pause_run(PauseRun { run }).await.unwrap();
    assert_eq!(site.get(run).await.state, RunState::Paused);
}

pub(crate) async fn a_pause_needs_a_run_under_way(site: &mut Site) {
    let pause = async |run| code(site.api().pause_run(PauseRun { run }).await);
    assert_eq!(pause(NO_RUN).await, Code::NotFound);
    assert_eq!(pause(over(site).await).await, Code::WrongState);
    assert_eq!(pause(stopping(site).await).await, Code::WrongState);
}

pub(crate) async fn a_resume_goes_on(site: &mut Site) {
    let run = paused(site).await;
    site.open_gates(&["a"]);
    site.reached(run, "a", TaskState::Succeeded).await;
    site.api().resume_run(ResumeRun { run }).await.unwrap();
    assert_eq!(site.ended(run).await.state, RunState::Succeeded);
}

pub(crate) async fn a_resume_needs_a_run_under_way(site: &mut Site) {
    let resume = async |run| code(site.api().resume_run(ResumeRun { run }).await);
    assert_eq!(resume(NO_RUN).await, Code::NotFound);
    assert_eq!(resume(over(site).await).await, Code::WrongState);
    assert_eq!(resume(stopping(site).await).await, Code::WrongState);
}

/// A run whose `a` stands at its gate, `b` after it; paused.
async fn paused(site: &Site) -> RunId {
    let document = workflow("w", &[gated(site, "a"), noop("b")], &[("a", "b")]);
    let run = site.run("w.json", &document).await;
    site.until_printed(run, "a", "a begins\n").await;
    site.api().pause_run(PauseRun { run }).await.unwrap();
    assert_eq!(site.get(run).await.state, RunState::Paused);
    run
}

/// A run that has ended.
async fn over(site: &Site) -> RunId {
    let run = site.run("over.json", &workflow("over", &[noop("a")], &[])).await;
    site.ended(run).await;
    run
}

/// A run that is being stopped and will not end before it is killed.
async fn stopping(site: &Site) -> RunId {
    let run = deaf(site).await;
    site.api().cancel_run(CancelRun { run, kill: false }).await.unwrap();
    run
}

/// A run whose task ignores SIGTERM for an hour.
async fn deaf(site: &Site) -> RunId {
    let mut task = shell("a", "trap '' TERM; echo deaf; while :; do sleep 0.01; done");
    task["grace"] = json!("1h");
    let run = site.run("deaf.json", &workflow("deaf", &[task], &[])).await;
    site.until_printed(run, "a", "deaf\n").await;
    run
}

/// A run whose only task has a child run, the first task of which waits at the gate `a`; and that child run.
async fn nested(site: &Site) -> (RunId, RunId) {
    let inner = workflow("inner", &[gated(site, "a"), noop("b")], &[("a", "b")]);
    site.write("inner.json", inner.to_string());
    let outer = workflow("outer", &[calling("call", "inner.json")], &[]);
    let run = site.run("outer.json", &outer).await;
    let started = site.reached(run, "call", TaskState::Running).await;
    let child = started.tasks[&key("call")].attempts[0].child.unwrap();
    site.until_printed(child, "a", "a begins\n").await;
    (run, child)
}

pub(crate) async fn a_cancel_reaches_child_runs(site: &mut Site) {
    let (run, child) = nested(site).await;
    site.api().cancel_run(CancelRun { run, kill: false }).await.unwrap();
    for run in [child, run] {
        assert_eq!(site.ended(run).await.state, RunState::Canceled);
    }
}

pub(crate) async fn a_pause_reaches_child_runs(site: &mut Site) {
    let (run, child) = nested(site).await;
    site.api().pause_run(PauseRun { run }).await.unwrap();
    site.fold_until(child, |fold| fold.state == RunState::Paused).await;
    site.open_gates(&["a"]);
    site.reached(child, "a", TaskState::Succeeded).await;
    assert_eq!(site.get(child).await.tasks[&key("b")].attempts.len(), 0);
    site.api().resume_run(ResumeRun { run }).await.unwrap();
    for run in [child, run] {
        assert_eq!(site.ended(run).await.state, RunState::Succeeded);
    }
}

pub(crate) async fn many_runs_are_retried_and_cancelled_at_once(site: &mut Site) {
    let broken = workflow("broken", &[shell("a", "exit 3")], &[]);
    let mut failed = Vec::new();
    for _ in 0..3 {
        let run = site.run("broken.json", &broken).await;
        site.ended(run).await;
        failed.push(run);
    }
    let good = over(site).await;
    let held = workflow("held", &[gated(site, "a")], &[]);
    let going = site.run("held.json", &held).await;
    let mut runs = failed.clone();
    runs.extend([good, going, NO_RUN, failed[0]]);
    let retried = site.api().retry_runs(RetryRuns { runs: runs.clone() }).await.unwrap();
    assert_eq!(retried.done, failed);
    let left: Vec<_> =
        retried.left.iter().map(|left| (left.why.as_str(), &left.runs[..])).collect();
    assert_eq!(
        left,
        [
            ("with nothing to retry", &[good][..]),
            ("still under way", &[going][..]),
            ("not in the history any more", &[NO_RUN][..]),
        ]
    );
    for run in failed {
        let fold = site.fold_until(run, |fold| fold.state.is_final() && fold.round == 2).await;
        assert_eq!(fold.state, RunState::Failed);
    }
    let canceled = site.api().cancel_runs(CancelRuns { runs, kill: false }).await.unwrap();
    assert_eq!(canceled.done, [going]);
    assert_eq!(
        canceled.words("cancelled"),
        "1 cancelled, 4 over already, 1 not in the history any more"
    );
    assert_eq!(site.ended(going).await.state, RunState::Canceled);
}
