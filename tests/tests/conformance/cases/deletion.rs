//! Deleting runs and having them back.

use futures_util::StreamExt;
use millrace_api::deletion::{DeleteRuns, ListDeleted, RestoreRuns};
use millrace_api::run::{FindRun, GetRun, ListRuns, RetryRun};
use millrace_api::stream::After;
use millrace_api::{Code, Subscribe};
use millrace_model::event::RunState;
use millrace_model::ids::RunId;

use crate::document::{gated, noop, shell, workflow};
use crate::site::{NO_RUN, Site, again, code};

async fn listed(site: &Site) -> Vec<RunId> {
    let page = ListRuns { limit: 10, ..ListRuns::default() };
    let page = site.api().list_runs(page).await.unwrap();
    page.runs.iter().map(|row| row.run).collect()
}

pub(crate) async fn a_deleted_run_is_out_of_sight_and_can_come_back(site: &mut Site) {
    let run = site.run("w.json", &workflow("w", &[shell("a", "exit 3")], &[])).await;
    let before = site.ended(run).await;
    let deleted = site.api().delete_runs(DeleteRuns { runs: vec![run] }).await.unwrap();
    assert_eq!(deleted.count, 1);
    assert_eq!(listed(site).await, []);
    let get = async || code(site.api().get_run(GetRun { run, snapshot: false }).await);
    assert_eq!(get().await, Code::NotFound);
    let name = "last-failed".to_owned();
    assert_eq!(code(site.api().find_run(FindRun { name }).await), Code::NotFound);
    assert_eq!(code(site.api().retry_run(RetryRun { run }).await), Code::NotFound);
    assert_eq!(code(site.api().rerun(again(run)).await), Code::NotFound);
    assert!(site.run_folder(run).is_dir(), "its logs are there as long as it can come back");
    // Once more changes nothing, also under the next host.
    site.replace_host(false).await;
    let twice = site.api().delete_runs(DeleteRuns { runs: vec![run] }).await.unwrap();
    assert_eq!(twice.count, 0);
    site.api().restore_runs(RestoreRuns { runs: vec![run] }).await.unwrap();
    assert_eq!(listed(site).await, [run]);
    assert_eq!(site.get(run).await, before);
    site.api().retry_run(RetryRun { run }).await.unwrap();
    let ended = site.fold_until(run, |fold| fold.state.is_final() && fold.round == 2).await;
    assert_eq!(ended.state, RunState::Failed);
}

pub(crate) async fn all_are_deleted_or_none(site: &mut Site) {
    let over = site.run("over.json", &workflow("over", &[noop("a")], &[])).await;
    site.ended(over).await;
    let under_way = site.run("w.json", &workflow("w", &[gated(site, "a")], &[])).await;
    let delete = async |runs| code(site.api().delete_runs(DeleteRuns { runs }).await);
    assert_eq!(delete(vec![over, under_way]).await, Code::WrongState);
    assert_eq!(delete(vec![over, NO_RUN]).await, Code::NotFound);
    assert_eq!(delete(vec![over; 10_001]).await, Code::InvalidRequest);
    assert_eq!(listed(site).await, [under_way, over]);
    site.open_gates(&["a"]);
    site.ended(under_way).await;
}

pub(crate) async fn a_stream_of_all_runs_says_that_lists_have_changed(site: &mut Site) {
    let run = site.run("w.json", &workflow("w", &[noop("a")], &[])).await;
    site.ended(run).await;
    let subscribe = Subscribe { run: None, after: After::Now };
    let mut stream = site.api().subscribe(subscribe).await.unwrap();
    site.api().delete_runs(DeleteRuns { runs: vec![run] }).await.unwrap();
    while !stream.next().await.unwrap().unwrap().relist {}
}

pub(crate) async fn what_is_gone_does_not_come_back(site: &mut Site) {
    let restore = async |run| code(site.api().restore_runs(RestoreRuns { runs: vec![run] }).await);
    assert_eq!(restore(NO_RUN).await, Code::NotFound);
    let run = site.run("w.json", &workflow("w", &[noop("a")], &[])).await;
    site.ended(run).await;
    // It was never away.
    site.api().restore_runs(RestoreRuns { runs: vec![run] }).await.unwrap();
    assert_eq!(listed(site).await, [run]);
}

pub(crate) async fn deleted_runs_are_listed_from_the_last_one_on(site: &mut Site) {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let run = site.run("w.json", &workflow("w", &[noop("a")], &[])).await;
        site.ended(run).await;
        runs.push(run);
        site.api().delete_runs(DeleteRuns { runs: vec![run] }).await.unwrap();
    }
    runs.reverse();
    let list = site.api().list_deleted(ListDeleted {}).await.unwrap().runs;
    assert_eq!(list.iter().map(|it| it.row.run).collect::<Vec<_>>(), runs);
    assert!(list.iter().all(|it| it.row.workflow.as_str() == "w" && it.deleted < it.until));
}
