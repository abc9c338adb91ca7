//! Runs by many conditions: every search gives what a plain one gives, part by part.
#![expect(clippy::unwrap_used, reason = "tests")]

use millrace_model::event::{RunState, TaskState, TriggerKind};
use millrace_model::ids::RunId;
use millrace_model::run_query::{Bound, is_like};
use millrace_model::time::{Span, Timestamp};
use millrace_store::seed::{Fill, fill};
use millrace_store::{
    Condition, Found, Options, Part, RunFilter, RunRow, RunSearch, Store, TaskRow, Writer,
};

const RUNS: u64 = 500;
const EVENING: Timestamp = Timestamp(1_800_000_000_000_000);

struct Filled {
    store: Store,
    writer: Writer,
    /// With their task runs, newest first.
    all: Vec<(RunRow, Vec<TaskRow>)>,
    _home: tempfile::TempDir,
}

fn filled() -> Filled {
    let home = tempfile::tempdir().unwrap();
    let store = Store::open(home.path(), Options::default()).unwrap();
    let mut writer = store.writer().unwrap();
    fill(&mut writer, &Fill { runs: RUNS, tasks: 4, seed: 3, until: EVENING }, |_| ()).unwrap();
    let rows = store.read(|r| r.list_runs(&RunFilter::default(), None, 10_000)).unwrap();
    let tasks = |row: &RunRow| store.read(|r| r.ended_tasks(row.run)).unwrap();
    let all = rows.into_iter().map(|row| (row.clone(), tasks(&row))).collect();
    Filled { store, writer, all, _home: home }
}

fn holds(condition: &Condition, row: &RunRow, tasks: &[TaskRow]) -> bool {
    let id = row.run.to_string();
    match condition {
        Condition::Text(texts) => {
            let own = [
                Some(row.workflow.as_str()),
                row.title.as_deref(),
                row.cause.as_deref(),
                row.failed_task.as_deref(),
                row.last_line.as_deref(),
            ];
            let has = |text: &String| {
                let text = text.to_lowercase();
                own.iter().flatten().any(|own| own.to_lowercase().contains(&text))
                    || (text.len() >= 4 && id.starts_with(&text))
            };
            texts.iter().any(has)
        }
        Condition::Task(names) => tasks.iter().any(|task| names.contains(&task.task)),
        Condition::Failed(names) => tasks
            .iter()
            .filter(|task| matches!(task.state, TaskState::Failed | TaskState::Error))
            .any(|task| names.contains(&task.task)),
        Condition::Id(prefixes) => prefixes.iter().any(|prefix| id.starts_with(prefix)),
        Condition::Took(bound, span) => {
            let Some((started, ended)) = row.started.zip(row.ended) else { return false };
            let (took, span) = (ended.since(started), span.to_std());
            match bound {
                Bound::Longer => took > span,
                Bound::AtLeast => took >= span,
                Bound::Shorter => took < span,
                Bound::AtMost => took <= span,
            }
        }
    }
}

fn is_found(search: &RunSearch, row: &RunRow, tasks: &[TaskRow]) -> bool {
    let like = |patterns: &[String]| patterns.iter().any(|it| is_like(it, &row.workflow));
    search.workflows.as_deref().is_none_or(like)
        && !like(&search.not_workflows)
        && search.states.as_ref().is_none_or(|states| states.contains(&row.state))
        && search.triggers.as_ref().is_none_or(|kinds| kinds.contains(&row.trigger))
        && search.since.is_none_or(|since| row.queued >= since)
        && search.until.is_none_or(|until| row.queued < until)
        && search.conditions.iter().all(|(negated, it)| holds(it, row, tasks) != *negated)
}

fn find(store: &Store, search: &RunSearch, part: Part) -> Found {
    store.read(|reader| reader.search_runs(search, &part)).unwrap()
}

/// The same list whole, by pages that follow each other, and by parts from anywhere.
fn check(filled: &Filled, search: &RunSearch) -> usize {
    let expected: Vec<&RunRow> = filled
        .all
        .iter()
        .filter(|(row, tasks)| is_found(search, row, tasks))
        .map(|(row, _)| row)
        .collect();
    let whole = find(&filled.store, search, Part { limit: 10_000, count: true, ..Part::default() });
    assert!(whole.rows.iter().eq(expected.iter().copied()), "{search:?}");
    let counted = whole.counted.unwrap();
    assert_eq!((counted.found, counted.all, counted.newer), (expected.len() as u64, RUNS, 0));
    assert!(!whole.has_more);

    let mut paged: Vec<RunRow> = Vec::new();
    loop {
        let before = paged.last().map(|row| row.run);
        let found = find(&filled.store, search, Part { before, limit: 37, ..Part::default() });
        assert_eq!(found.counted, None);
        paged.extend(found.rows);
        if !found.has_more {
            break;
        }
    }
    assert!(paged.iter().eq(expected.iter().copied()), "{search:?}");

    for skip in [0, 1, 20, expected.len().saturating_sub(3), expected.len(), 5_000] {
        let part = Part { skip, limit: 9, count: skip == 20, ..Part::default() };
        let found = find(&filled.store, search, part);
        let end = expected.len().min(skip + 9);
        let wanted = expected.get(skip..end).unwrap_or_default();
        assert!(found.rows.iter().eq(wanted.iter().copied()), "{search:?} from {skip}");
        assert_eq!(found.has_more, end < expected.len(), "{search:?} from {skip}");
        let ids = filled.store.read(|reader| reader.search_ids(search, &part)).unwrap();
        assert!(ids.into_iter().eq(wanted.iter().map(|row| (row.run, row.state))), "{search:?}");
    }
    expected.len()
}

#[test]
fn every_search_gives_what_a_plain_one_gives() {
    let filled = filled();
    let middle = filled.all[250].0.queued;
    let text = |text: &str| vec![text.to_owned()];
    let id = filled.all[123].0.run.to_string();
    let conditions = [
        vec![],
        vec![(false, Condition::Text(text("CONNECTION refused")))],
        vec![(true, Condition::Text(text("rows")))],
        vec![(false, Condition::Text(vec!["KeyError".into(), "rsync".into()]))],
        vec![(false, Condition::Task(text("fetch")))],
        vec![(true, Condition::Failed(text("check"))), (false, Condition::Text(text("e")))],
        vec![(false, Condition::Failed(vec!["fetch".into(), "unpack".into()]))],
        vec![(false, Condition::Took(Bound::Longer, Span::from_secs(8)))],
        vec![
            (false, Condition::Took(Bound::AtLeast, Span::from_secs(4))),
            (false, Condition::Took(Bound::AtMost, Span::from_secs(8))),
        ],
        vec![(false, Condition::Id(vec![id[..6].to_owned(), "f".into()]))],
        vec![(true, Condition::Id(vec!["0".into()]))],
        vec![(false, Condition::Text(text(&id[..8])))],
    ];
    let mut most = 0;
    for bits in 0..32_u32 {
        let bit = |n: u32| bits & (1 << n) != 0;
        let plain = RunSearch {
            workflows: bit(0).then(|| vec!["daily_*".to_owned(), "site_health".to_owned()]),
            states: bit(1).then(|| vec![RunState::Failed, RunState::Canceled, RunState::Failed]),
            triggers: bit(2).then(|| vec![TriggerKind::Manual, TriggerKind::Schedule]),
            since: bit(3).then_some(middle),
            until: bit(4).then_some(Timestamp(middle.0 + 200 * 600_000_000)),
            ..RunSearch::default()
        };
        // Each kind of condition with some of the plain ones; all of them alone.
        for (number, conditions) in conditions.iter().enumerate() {
            if number == 0 || bits == 0 || (bits as usize + number).is_multiple_of(7) {
                let search = RunSearch { conditions: conditions.clone(), ..plain.clone() };
                most = most.max(check(&filled, &search));
            }
        }
    }
    assert_eq!(most, 500);
    let only = |search: RunSearch| check(&filled, &search);
    let not = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert!(only(RunSearch { not_workflows: not(&["daily_*"]), ..RunSearch::default() }) > 300);
    assert_eq!(only(RunSearch { not_workflows: not(&["*"]), ..RunSearch::default() }), 0);
    assert_eq!(only(RunSearch { workflows: Some(not(&["no_such"])), ..RunSearch::default() }), 0);
    assert_eq!(only(RunSearch { states: Some(Vec::new()), ..RunSearch::default() }), 0);
    let triggers = Some(vec![TriggerKind::Manual]);
    assert!(only(RunSearch { triggers, ..RunSearch::default() }) > 50);
    let hostile = Condition::Task(text("x') OR 1 --"));
    assert_eq!(only(RunSearch { conditions: vec![(false, hostile)], ..RunSearch::default() }), 0);
}

#[test]
fn a_list_stays_as_it_was_while_new_runs_come() {
    let mut filled = filled();
    let search = RunSearch { states: Some(vec![RunState::Failed]), ..RunSearch::default() };
    let before = find(&filled.store, &search, Part { limit: 5, count: true, ..Part::default() });
    let more = Fill { runs: 300, tasks: 1, seed: 9, until: Timestamp(EVENING.0 + (1 << 50)) };
    fill(&mut filled.writer, &more, |_| ()).unwrap();
    let part = Part { mark: Some(before.mark), limit: 5, count: true, ..Part::default() };
    let after = find(&filled.store, &search, part);
    assert_eq!((&after.rows, after.mark), (&before.rows, before.mark));
    let (then, now) = (before.counted.unwrap(), after.counted.unwrap());
    assert_eq!((now.found, now.all), (then.found, 800));
    let all = find(&filled.store, &search, Part { limit: 1, count: true, ..Part::default() });
    assert_eq!(all.counted.unwrap().found, now.found + now.newer);
    assert!(now.newer > 0 && all.mark > before.mark);
    // The same with texts, which no index tells.
    let conditions = vec![(false, Condition::Text(vec!["failed".to_owned()]))];
    let search = RunSearch { conditions, ..RunSearch::default() };
    let part = Part { mark: Some(before.mark), limit: 5, count: true, ..Part::default() };
    assert_eq!(find(&filled.store, &search, part).counted.unwrap(), now);
}

#[test]
fn a_page_after_a_run_that_is_gone_is_an_error() {
    let filled = filled();
    let part = Part { before: Some(RunId(1)), limit: 5, ..Part::default() };
    let error = filled.store.read(|r| r.search_runs(&RunSearch::default(), &part)).unwrap_err();
    assert!(error.to_string().contains("0000000000000001"), "{error}");
}
