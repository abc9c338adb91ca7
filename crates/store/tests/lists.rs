//! Lists, pages, names of runs, statistics.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use millrace_model::event::{Cause, RunEvent, RunEventKind, RunState, TaskState, TriggerKind};
use millrace_model::ids::{RunId, TaskKey, WorkflowId};
use millrace_model::time::Timestamp;
use millrace_store::seed::{Fill, fill};
use millrace_store::{
    DayTally, GivenRow, Options, Persist, ResolveError, RunFilter, RunRow, Store, WorkflowKey,
    Writer,
};

fn filled(home: &std::path::Path) -> (Store, Writer, Vec<RunRow>) {
    let store = Store::open(home, Options::default()).unwrap();
    let mut writer = store.writer().unwrap();
    let wanted = Fill { runs: 700, tasks: 4, seed: 3, until: Timestamp(1_800_000_000_000_000) };
    let mut told = 0;
    fill(&mut writer, &wanted, |stored| told = stored).unwrap();
    assert_eq!(told, 700);
    let all = store.read(|r| r.list_runs(&RunFilter::default(), None, 10_000)).unwrap();
    assert_eq!(all.len(), 700);
    assert!(all.is_sorted_by(|a, b| a.queued > b.queued), "newest first");
    (store, writer, all)
}

#[test]
fn every_filter_gives_what_a_plain_search_gives_page_by_page() {
    let home = tempfile::tempdir().unwrap();
    let (store, _writer, all) = filled(home.path());
    let name = WorkflowKey::Name("daily_sales".into());
    let middle = all[350].queued;
    let bad = vec![RunState::Canceled, RunState::Failed];
    for bits in 0..32 {
        let bit = |n: u32, yes: bool| bits & (1 << n) != 0 && yes;
        let filter = RunFilter {
            workflow: bit(0, true).then(|| name.clone()),
            states: if bit(1, true) { bad.clone() } else { Vec::new() },
            trigger: bit(2, true).then_some(TriggerKind::Schedule),
            since: bit(3, true).then_some(middle),
            until: bit(4, true).then_some(Timestamp(middle.0 + 200 * 600_000_000)),
        };
        let expected: Vec<&RunRow> = all
            .iter()
            .filter(|row| filter.workflow.is_none() || row.workflow == "daily_sales")
            .filter(|row| filter.states.is_empty() || filter.states.contains(&row.state))
            .filter(|row| filter.trigger.is_none_or(|trigger| row.trigger == trigger))
            .filter(|row| filter.since.is_none_or(|since| row.queued >= since))
            .filter(|row| filter.until.is_none_or(|until| row.queued < until))
            .collect();
        assert!(!expected.is_empty(), "{filter:?}");
        let mut pages: Vec<RunRow> = Vec::new();
        loop {
            let before = pages.last().map(|row| row.run);
            let page = store.read(|r| r.list_runs(&filter, before, 9)).unwrap();
            let done = page.len() < 9;
            pages.extend(page);
            if done {
                break;
            }
        }
        assert!(pages.iter().eq(expected), "{filter:?}");
    }
}

#[test]
fn what_a_task_gave_last_is_of_the_newest_run_in_which_it_succeeded() {
    let home = tempfile::tempdir().unwrap();
    let (store, _writer, all) = filled(home.path());
    let reader = store.reader().unwrap();
    let of_workflow: Vec<&RunRow> =
        all.iter().filter(|row| row.workflow_id == all[0].workflow_id).collect();
    let workflow = all[0].workflow_id.unwrap();
    let run = reader.run(all[0].run).unwrap();
    assert!(!run.tasks.is_empty());
    for key in run.tasks.keys() {
        let succeeded = |row: &&&RunRow| {
            let run = reader.run(row.run).unwrap();
            let task = run.tasks.get(key);
            task.is_some_and(|task| task.state == TaskState::Succeeded && !task.attempts.is_empty())
        };
        let newest = of_workflow.iter().find(succeeded).unwrap().run;
        let given = GivenRow {
            run: newest,
            outputs: reader.outputs(newest, key).unwrap(),
            artifacts: Vec::new(),
        };
        assert_eq!(reader.newest_given(workflow, key).unwrap(), Some(given), "{key}");
    }
    let nobody = TaskKey::plain(millrace_model::ident::Ident::new("nobody").unwrap());
    assert_eq!(reader.newest_given(workflow, &nobody).unwrap(), None);
    let key = run.tasks.keys().next().unwrap();
    assert_eq!(reader.newest_given(WorkflowId(1), key).unwrap(), None);
}

#[test]
fn runs_are_named_by_prefix_and_by_last() {
    let home = tempfile::tempdir().unwrap();
    let (store, _writer, all) = filled(home.path());
    let reader = store.reader().unwrap();
    assert_eq!(reader.resolve("last", None).unwrap(), all[0].run);
    let failed = all.iter().find(|row| row.state == RunState::Failed).unwrap();
    assert_eq!(reader.resolve("last-failed", None).unwrap(), failed.run);
    let key = WorkflowKey::Name("mirror_repos".into());
    let last = all.iter().find(|row| row.workflow == "mirror_repos").unwrap();
    assert_eq!(reader.resolve("last", Some(&key)).unwrap(), last.run);
    for row in &all {
        assert_eq!(reader.resolve(&row.run.to_string()[..12], None).unwrap(), row.run);
    }
    // 700 ids, 16 first digits: every one of them is ambiguous.
    let error = reader.resolve("f", None).unwrap_err();
    let ResolveError::Ambiguous { candidates, more, .. } = &error else { unreachable!("{error}") };
    assert!(candidates.len() == 10 && *more);
    assert!(candidates.iter().all(|row| row.run.to_string().starts_with('f')));
    assert!(error.to_string().ends_with("and others; give more digits"), "{error}");
    assert_eq!(reader.resolve("xyz", None), Err(ResolveError::NotAName("xyz".into())));
    let key = WorkflowKey::Name("nobody".into());
    assert_eq!(reader.resolve("last", Some(&key)), Err(ResolveError::NotFound("last".into())));
}

#[test]
fn failures_are_remembered_by_task_and_line_and_seen_once() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer, all) = filled(home.path());
    let failed: Vec<&RunRow> = all.iter().filter(|row| row.state == RunState::Failed).collect();
    for row in &failed {
        let task = row.failed_task.clone().unwrap();
        assert_eq!(row.cause, Some(format!("{task} failed")));
        assert!(row.last_line.is_some());
        assert_eq!(row.counts.failed, 1);
        assert_eq!(row.counts.ended(), row.counts.tasks);
    }
    let unseen = store.read(|r| r.unseen_failures(1_000)).unwrap();
    assert!(unseen.iter().eq(failed.iter().copied()));
    assert!(writer.mark_seen(failed[0].run, Some(Timestamp(1))).unwrap());
    assert!(!writer.mark_seen(RunId(1), Some(Timestamp(1))).unwrap());
    let unseen = store.read(|r| r.unseen_failures(1_000)).unwrap();
    assert!(unseen.iter().eq(failed[1..].iter().copied()));
    // Taken back, and that once more.
    assert!(writer.mark_seen(failed[0].run, None).unwrap());
    assert!(!writer.mark_seen(failed[0].run, None).unwrap());
    let unseen = store.read(|r| r.unseen_failures(1_000)).unwrap();
    assert!(unseen.iter().eq(failed.iter().copied()));
}

#[test]
fn statistics_are_of_the_last_runs() {
    let home = tempfile::tempdir().unwrap();
    let (store, _writer, all) = filled(home.path());
    let key = WorkflowKey::Name("site_health".into());
    let mine: Vec<&RunRow> =
        all.iter().filter(|row| row.workflow == "site_health").take(20).collect();
    let stats = store.read(|r| r.workflow_stats(&key, 20)).unwrap();
    assert!(stats.recent.iter().map(|mark| mark.run).eq(mine.iter().map(|row| row.run)));
    let mut durations: Vec<_> = mine
        .iter()
        .filter(|row| row.state == RunState::Succeeded)
        .map(|row| row.ended.unwrap().since(row.started.unwrap()))
        .collect();
    durations.sort_unstable();
    let (low, high) = (durations[(durations.len() - 1) / 2], durations[durations.len() / 2]);
    assert_eq!(stats.median, Some((low + high) / 2));
    let history = store.read(|r| r.task_history(&key, "fetch", 20)).unwrap();
    assert!(history.iter().map(|(run, _)| run).eq(mine.iter().map(|row| &row.run)));
    assert!(history.iter().all(|(_, task)| task.task == "fetch" && task.duration_us.is_some()));
}

#[test]
fn a_path_leads_to_one_workflow() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = common::open(home.path());
    // Run before it had an identity: the identity takes the run over.
    let mut events = common::smooth(1, 1, 0);
    if let millrace_model::event::RunEventKind::RunQueued(head) = &mut events[0].kind {
        head.workflow_id = None;
    }
    writer.commit(&events, Persist::Soon).unwrap();
    let path = "/flows/nightly.json";
    assert_eq!(writer.bind_workflow(path, "nightly", WorkflowId(5)).unwrap(), WorkflowId(5));
    assert_eq!(writer.bind_workflow(path, "nightly_2", WorkflowId(6)).unwrap(), WorkflowId(5));
    let rows = store.read(|r| r.workflow(&WorkflowKey::Path(path.into()))).unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].name.as_str(), rows[0].workflow_id), ("nightly_2", Some(WorkflowId(5))));
    let by_id = RunFilter { workflow: Some(WorkflowKey::Id(WorkflowId(5))), ..Default::default() };
    assert_eq!(store.read(|r| r.list_runs(&by_id, None, 9)).unwrap().len(), 1);
    // A run of another identity at the same path takes the path, not the history.
    writer.commit(&common::smooth(2, 1, 0), Persist::Soon).unwrap();
    let rows = store.read(|r| r.workflow(&WorkflowKey::Path(path.into()))).unwrap();
    assert_eq!(rows[0].workflow_id, Some(WorkflowId(7)));
    assert_eq!(store.read(|r| r.list_runs(&by_id, None, 9)).unwrap().len(), 1);
    assert_eq!(store.read(millrace_store::Reader::workflows).unwrap().len(), 2);
}

#[test]
fn a_history_goes_along_when_its_document_moves() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = common::open(home.path());
    let (old, new) = ("/flows/nightly.json", "/flows/weekly.json");
    writer.commit(&common::smooth(1, 1, 0), Persist::Soon).unwrap();
    let at = |path: &str| {
        let rows = store.read(|r| r.workflow(&WorkflowKey::Path(path.into()))).unwrap();
        rows.first().map(|row| (row.workflow_id.unwrap(), row.name.clone()))
    };
    let (id, _) = at(old).unwrap();
    // Another workflow lay there and is gone.
    writer.bind_workflow(new, "gone", WorkflowId(99)).unwrap();
    writer.move_workflow(old, new, "weekly").unwrap();
    assert_eq!(at(old), None);
    assert_eq!(at(new), Some((id, "weekly".to_owned())));
    assert_eq!(writer.bind_workflow(new, "weekly", WorkflowId(5)).unwrap(), id);
    let of = |id| RunFilter { workflow: Some(WorkflowKey::Id(id)), ..Default::default() };
    assert_eq!(store.read(|r| r.list_runs(&of(id), None, 9)).unwrap().len(), 1);
    // What is put at the old path is another workflow.
    assert_eq!(writer.bind_workflow(old, "nightly", WorkflowId(6)).unwrap(), WorkflowId(6));
    assert_eq!(store.read(|r| r.list_runs(&of(WorkflowId(6)), None, 9)).unwrap().len(), 0);
    // One that never ran has nothing to take along.
    writer.move_workflow("/flows/unknown.json", "/flows/other.json", "x").unwrap();
    assert_eq!(at("/flows/other.json"), None);
    assert_eq!(at(new), Some((id, "weekly".to_owned())));
}

#[test]
fn runs_stand_beside_each_other_task_by_task() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer, all) = filled(home.path());
    let key = WorkflowKey::Name("daily_sales".into());
    let mine: Vec<&RunRow> = all.iter().filter(|row| row.workflow == "daily_sales").collect();
    let mut before = None;
    let mut seen = Vec::new();
    loop {
        let page = store.read(|r| r.workflow_grid(&key, before, 40)).unwrap();
        before = page.last().map(|column| column.row.run);
        seen.extend(page);
        if before.is_none() {
            break;
        }
        assert!(seen.len() <= mine.len());
    }
    assert!(seen.iter().map(|column| &column.row).eq(mine.iter().copied()), "newest first");
    for column in &seen {
        let tasks = store.read(|r| r.ended_tasks(column.row.run)).unwrap();
        let mut plain: Vec<_> = tasks.iter().filter(|task| task.item.is_none()).collect();
        plain.sort_by(|a, b| a.task.cmp(&b.task));
        let plain = plain.iter().map(|task| (&task.task, task.state, task.duration_us));
        assert!(column.cells.iter().map(|it| (&it.task, it.state, it.duration_us)).eq(plain));
        assert!(!column.cells.is_empty());
    }
    // A deleted run is in no list.
    let gone = mine[0].run;
    writer.delete_runs(&[gone], Timestamp(9)).unwrap();
    let page = store.read(|r| r.workflow_grid(&key, None, 1)).unwrap();
    assert_eq!(page[0].row.run, mine[1].run);
    assert!(store.read(|r| r.snapshot_of(page[0].row.run)).unwrap().is_some());
    assert_eq!(store.read(|r| r.snapshot_of(gone)).unwrap(), None);
}

#[test]
fn a_mapped_task_is_one_cell() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = common::open(home.path());
    let mut script = common::Script::new(1, 0);
    script.push(RunEventKind::RunQueued(Box::new(common::head(3))));
    script.push(RunEventKind::RunStarted);
    let mapped = common::key(1);
    let items = (0..5).map(|item: i64| item.into()).collect();
    script.push(RunEventKind::TaskMapped { task: mapped.clone(), items });
    let end = |task: TaskKey, state| RunEventKind::TaskEnded {
        task,
        state,
        cause: Cause::ConditionFalse,
    };
    for item in 0..5 {
        script
            .push(end(TaskKey { task: mapped.task.clone(), item: Some(item) }, TaskState::Skipped));
    }
    script.push(end(common::key(2), TaskState::UpstreamFailed));
    writer.commit(&script.events, Persist::Soon).unwrap();
    let states = || {
        let grid =
            store.read(|r| r.workflow_grid(&WorkflowKey::Id(WorkflowId(7)), None, 9)).unwrap();
        let cells = grid[0].cells.iter().map(|cell| (cell.task.clone(), cell.state));
        cells.collect::<Vec<_>>()
    };
    let last = ("task_2".to_owned(), TaskState::UpstreamFailed);
    assert_eq!(states(), std::slice::from_ref(&last), "its items have ended, it has not");
    let ended = script.push(RunEventKind::ItemsEnded {
        task: mapped.whole(),
        state: TaskState::Succeeded,
        cause: None,
    });
    writer.commit(&[ended], Persist::Soon).unwrap();
    assert_eq!(states(), [("task_1".to_owned(), TaskState::Succeeded), last]);
}

#[test]
fn days_are_counted_and_what_was_deleted_is_not() {
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer, all) = filled(home.path());
    let key = WorkflowKey::Name("daily_sales".into());
    let count = |rows: &[&RunRow]| {
        let of = |state| rows.iter().filter(|row| row.state == state).count() as u32;
        let first =
            rows.iter().filter(|row| row.state == RunState::Failed).min_by_key(|r| r.queued);
        let mut lengths: Vec<u64> = rows
            .iter()
            .filter(|row| row.state == RunState::Succeeded)
            .filter_map(|row| Some(row.ended?.since(row.started?).as_micros() as u64))
            .collect();
        lengths.sort_unstable();
        DayTally {
            succeeded: of(RunState::Succeeded),
            failed: of(RunState::Failed),
            canceled: of(RunState::Canceled),
            under_way: rows.iter().filter(|row| !row.state.is_final()).count() as u32,
            median: millrace_model::quantile::median(&lengths)
                .map(std::time::Duration::from_micros),
            first_failed: first.map(|row| row.run),
        }
    };
    // From the oldest run on, days of 23, 24 and 25 hours and some of no length.
    let (begin, hour) = (all.last().unwrap().queued, 3_600_000_000);
    let mut bounds = vec![begin];
    for length in [23, 0, 24, 25, 24] {
        bounds.push(Timestamp(bounds.last().unwrap().0 + length * hour));
    }
    let expected = |without: Option<RunId>| {
        let mine =
            || all.iter().filter(|row| row.workflow == "daily_sales" && Some(row.run) != without);
        let days = bounds.windows(2).enumerate().map(|(at, pair)| {
            let of_day: Vec<_> =
                mine().filter(|row| (pair[0]..pair[1]).contains(&row.queued)).collect();
            (at, of_day)
        });
        days.filter(|(_, rows)| !rows.is_empty())
            .map(|(at, rows)| (at, count(&rows)))
            .collect::<Vec<_>>()
    };
    let found = store.read(|r| r.workflow_days(&key, &bounds)).unwrap();
    assert_eq!(found, expected(None));
    assert_eq!(found.iter().map(|(at, _)| *at).collect::<Vec<_>>(), [0, 2, 3, 4]);
    assert!(found.iter().any(|(_, day)| day.failed > 0 && day.median.is_some()));
    let first = found.iter().find_map(|(_, day)| day.first_failed).unwrap();
    writer.delete_runs(&[first], Timestamp(9)).unwrap();
    assert_eq!(store.read(|r| r.workflow_days(&key, &bounds)).unwrap(), expected(Some(first)));
    // Two workflows of one name stand together, and each alone.
    let oldest = |key: &WorkflowKey| store.read(|r| r.oldest_run(key)).unwrap();
    let mine = all.iter().rfind(|row| row.workflow == "daily_sales").map(|row| row.queued);
    assert_eq!(oldest(&key), mine);
    let unknown = WorkflowKey::Name("nobody".into());
    assert_eq!(oldest(&unknown), None);
    assert_eq!(store.read(|r| r.workflow_days(&unknown, &bounds)).unwrap(), []);
    assert_eq!(store.read(|r| r.workflow_days(&key, &[])).unwrap(), []);
}

#[test]
fn pages_of_large_events_are_short_and_leave_nothing_out() {
    const MIB: usize = 1 << 20;
    let home = tempfile::tempdir().unwrap();
    let (store, mut writer) = common::open(home.path());
    let mut events = common::smooth(1, 24, 0);
    for event in &mut events {
        if let RunEventKind::AttemptEnded { end, .. } = &mut event.kind {
            let text = serde_json::Value::String("x".repeat(MIB - 9));
            end.outputs = millrace_model::Values::from_iter([("text".to_owned(), text)]);
        }
    }
    for some in events.chunks(3) {
        writer.commit(some, Persist::Soon).unwrap();
    }
    let reader = store.reader().unwrap();
    let size = |events: &[RunEvent]| serde_json::to_vec(events).unwrap().len();

    let (mut found, mut pages): (Vec<RunEvent>, _) = (Vec::new(), 0);
    loop {
        let after = found.last().map_or(0, |last| last.seq);
        let page = reader.events_page(RunId(1), after, 2_000).unwrap();
        assert!(size(&page.events) < 11 * MIB);
        assert!(!page.events.is_empty());
        found.extend(page.events);
        pages += 1;
        if page.is_last {
            break;
        }
    }
    assert_eq!(found, events);
    assert!((3..=4).contains(&pages), "{pages}");
    assert!(reader.events_page(RunId(1), events.len() as u64, 2_000).unwrap().is_last);

    let (mut found, mut position): (Vec<RunEvent>, _) = (Vec::new(), 0);
    loop {
        let page = reader.events_since(position, 2_000).unwrap();
        position = page.events.last().unwrap().position;
        let of_page: Vec<RunEvent> = page.events.into_iter().map(|it| it.event).collect();
        assert!(size(&of_page) < 11 * MIB);
        found.extend(of_page);
        if page.is_last {
            break;
        }
    }
    assert_eq!(found, events);
}
