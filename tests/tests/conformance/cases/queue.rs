//! The queue: what runs, what waits, and in which order.

use millrace_api::Code;
use millrace_api::queue::{MoveRun, PoolHolder, PoolUse, Queue, QueuePlace, ReadQueue};
use millrace_model::event::{RunState, TaskState};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};
use serde_json::json;

use crate::document::{gated, noop, workflow};
use crate::site::{NO_RUN, Site, code};

async fn queue(site: &Site) -> Queue {
    site.api().read_queue(ReadQueue {}).await.unwrap()
}

async fn order(site: &Site) -> Vec<RunId> {
    queue(site).await.runs.into_iter().map(|run| run.row.run).collect()
}

async fn go(site: &Site, run: RunId, to: QueuePlace) {
    site.api().move_run(MoveRun { run, to }).await.unwrap();
}

/// Runs of one workflow, of which the first waits at its gate and the others for their turn.
async fn waiting(site: &Site, many: usize) -> Vec<RunId> {
    let document = workflow("one", &[gated(site, "gate")], &[]);
    let mut runs = Vec::new();
    for _ in 0..many {
        runs.push(site.run("one.json", &document).await);
    }
    site.reached(runs[0], "gate", TaskState::Running).await;
    runs
}

pub(crate) async fn the_queue_says_what_runs_and_what_waits(site: &mut Site) {
    assert_eq!(queue(site).await.runs, []);
    let runs = waiting(site, 2).await;
    let mut pooled = gated(site, "pooled");
    pooled["pool"] = json!({ "name": "db", "slots": 2 });
    let other = site.run("other.json", &workflow("other", &[pooled, noop("b")], &[])).await;
    site.reached(other, "pooled", TaskState::Running).await;
    site.reached(other, "b", TaskState::Queued).await;
    let found = queue(site).await;
    assert_eq!((found.running_tasks, found.parallel_tasks), (2, 2));
    let held = PoolHolder {
        run: other,
        workflow: "other".to_owned(),
        task: TaskKey::plain(Ident::new("pooled").unwrap()),
        slots: 2,
    };
    let pool = PoolUse { name: "db".to_owned(), used: 2, slots: 2, holders: vec![held] };
    assert_eq!(found.pools, [pool]);
    let [first, second, third] = found.runs.as_slice() else { panic!("{found:?}") };
    assert_eq!([first.row.run, second.row.run, third.row.run], [runs[0], runs[1], other]);
    assert_eq!((first.running, first.waiting, &first.why), (1, 0, &None));
    assert_eq!((second.row.state, second.running), (RunState::Queued, 0));
    assert!(second.why.is_some(), "{second:?}");
    assert_eq!((third.running, third.waiting), (1, 1));
    assert!(third.why.as_ref().unwrap().why.contains("the limit of this home"), "{third:?}");
    site.open_gates(&["gate", "pooled"]);
    site.ended(runs[1]).await;
    site.ended(other).await;
}

pub(crate) async fn a_run_is_moved_before_others_and_stays_there(site: &mut Site) {
    let runs = waiting(site, 4).await;
    let [a, b, c, d] = [runs[0], runs[1], runs[2], runs[3]];
    go(site, d, QueuePlace::Before(b)).await;
    assert_eq!(order(site).await, [a, d, b, c]);
    go(site, b, QueuePlace::Last).await;
    go(site, c, QueuePlace::First).await;
    assert_eq!(order(site).await, [c, a, d, b]);
    // The next host has the same order.
    site.replace_host(false).await;
    assert_eq!(order(site).await, [c, a, d, b]);
    site.open_gates(&["gate"]);
    let mut started = Vec::new();
    for run in runs {
        started.push((site.ended(run).await.started, run));
    }
    started.sort();
    let started: Vec<RunId> = started.into_iter().map(|(_, run)| run).collect();
    assert_eq!(started, [a, c, d, b], "what ran already went on");
}

pub(crate) async fn only_what_is_under_way_can_be_moved(site: &mut Site) {
    let runs = waiting(site, 1).await;
    let ask = async |site: &Site, run, to| code(site.api().move_run(MoveRun { run, to }).await);
    assert_eq!(ask(site, NO_RUN, QueuePlace::First).await, Code::NotFound);
    assert_eq!(ask(site, runs[0], QueuePlace::Before(NO_RUN)).await, Code::WrongState);
    assert_eq!(ask(site, runs[0], QueuePlace::Before(runs[0])).await, Code::WrongState);
    site.open_gates(&["gate"]);
    site.ended(runs[0]).await;
    assert_eq!(ask(site, runs[0], QueuePlace::First).await, Code::WrongState);
}
