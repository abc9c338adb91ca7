//! Looking at runs: lists, names, details, why they wait, their events.

use millrace_api::Code;
use millrace_api::bulk::SelectRuns;
use millrace_api::days::{DayFared, WorkflowDays};
use millrace_api::deletion::DeleteRuns;
use millrace_api::document::Source;
use millrace_api::grid::{Fared, GridStates, WorkflowGrid};
use millrace_api::run::{FindRun, GetRun, ListRuns, ReadEvents, WhyRun};
use millrace_api::usual::UsualRun;
use millrace_model::event::{Run, RunEventKind, RunState, TaskState};
use millrace_model::ids::RunId;
use millrace_model::time::{Day, Timestamp};

use crate::document::{gated, noop, shell, workflow};
use crate::site::{NO_RUN, Site, code, key, seqs, start};

pub(crate) async fn runs_are_paged_from_new_to_old(site: &mut Site) {
    let mut runs = Vec::new();
    for _ in 0..5 {
        let run = site.run("w.json", &workflow("w", &[noop("a")], &[])).await;
        site.ended(run).await;
        runs.push(run);
    }
    runs.reverse();
    let mut seen = Vec::new();
    let mut before = None;
    loop {
        let page = ListRuns { limit: 2, before, ..ListRuns::default() };
        let page = site.api().list_runs(page).await.unwrap();
        assert!(page.runs.len() <= 2);
        seen.extend(page.runs.iter().map(|row| row.run));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(seen, runs);
}

pub(crate) async fn runs_are_listed_by_workflow_state_and_time(site: &mut Site) {
    let good = site.run("good.json", &workflow("good", &[noop("a"), noop("b")], &[])).await;
    let good = site.ended(good).await;
    let bad = site.run("bad.json", &workflow("bad", &[shell("a", "exit 3")], &[])).await;
    let bad = site.ended(bad).await;
    let list = async |request: ListRuns| {
        let page = site.api().list_runs(ListRuns { limit: 10, ..request }).await.unwrap();
        page.runs.iter().map(|row| row.run).collect::<Vec<RunId>>()
    };
    let of = |name: &str| ListRuns { workflow: Some(name.to_owned()), ..ListRuns::default() };
    let in_state = |state| ListRuns { states: vec![state], ..ListRuns::default() };
    let since = |at| ListRuns { since: Some(at), ..ListRuns::default() };
    assert_eq!(list(ListRuns::default()).await, [bad.run, good.run]);
    assert_eq!(list(of("good")).await, [good.run]);
    assert_eq!(list(of("nothing")).await, []);
    assert_eq!(list(in_state(RunState::Failed)).await, [bad.run]);
    assert_eq!(list(in_state(RunState::Running)).await, []);
    assert_eq!(list(since(bad.queued)).await, [bad.run]);
    assert_eq!(list(since(Timestamp(bad.queued.0 + 1))).await, []);
    let all = site.api().list_runs(ListRuns { limit: 10, ..ListRuns::default() }).await.unwrap();
    let [bad, good] = all.runs.as_slice() else { panic!("{all:?}") };
    assert_eq!((bad.failed_task.as_deref(), bad.failed, bad.tasks), (Some("a"), 1, 1));
    assert!(!bad.cause.is_empty());
    assert_eq!((good.succeeded, good.tasks, good.cause.as_str()), (2, 2, ""));
    assert_eq!((good.trigger.as_str(), good.workflow.as_str()), ("manual", "good"));
}

pub(crate) async fn a_run_is_found_by_what_people_call_it(site: &mut Site) {
    let bad = site.run("bad.json", &workflow("bad", &[shell("a", "exit 3")], &[])).await;
    site.ended(bad).await;
    let good = site.run("good.json", &workflow("good", &[noop("a")], &[])).await;
    site.ended(good).await;
    for (name, run) in [
        ("last".to_owned(), good),
        ("last-failed".to_owned(), bad),
        (bad.to_string(), bad),
        (good.to_string()[..15].to_owned(), good),
    ] {
        let found = site.api().find_run(FindRun { name: name.clone() }).await.unwrap();
        assert_eq!(found.run, run, "{name}");
    }
}

pub(crate) async fn names_of_no_run_or_several_are_refused(site: &mut Site) {
    let find =
        async |name: &str| code(site.api().find_run(FindRun { name: name.to_owned() }).await);
    assert_eq!(find("last").await, Code::NotFound);
    assert_eq!(find(&NO_RUN.to_string()).await, Code::NotFound);
    assert_eq!(find("my run").await, Code::InvalidRequest);
    assert_eq!(find("").await, Code::InvalidRequest);
    // Of seventeen runs, two begin with the same of sixteen digits.
    let text = workflow("w", &[noop("a")], &[]).to_string();
    let mut digits = Vec::new();
    for _ in 0..17 {
        let source = Source::Text { text: text.clone(), path: None };
        let run = site.api().start_run(start(source)).await.unwrap().run;
        digits.push(run.to_string()[..1].to_owned());
    }
    digits.sort();
    let twice = digits.windows(2).find(|two| two[0] == two[1]).unwrap();
    assert_eq!(find(&twice[0]).await, Code::Ambiguous);
}

pub(crate) async fn a_run_has_its_tasks_and_its_snapshot(site: &mut Site) {
    let document = workflow("w", &[gated(site, "a"), noop("b")], &[("a", "b")]);
    let run = site.run("w.json", &document).await;
    site.until_printed(run, "a", "a begins\n").await;
    let detail = site.api().get_run(GetRun { run, snapshot: true }).await.unwrap();
    assert_eq!((detail.run.run, detail.run.state), (run, RunState::Running));
    assert_eq!(detail.run.tasks[&key("a")].state, TaskState::Running);
    assert_eq!(detail.waits.len(), 1, "{:?}", detail.waits);
    assert_eq!(detail.waits[0].task, key("b"));
    let snapshot = detail.snapshot.unwrap();
    let pinned: serde_json::Value = serde_json::from_str(&snapshot).unwrap();
    assert_eq!(pinned["tasks"], document["tasks"]);
    site.open_gates(&["a"]);
    site.ended(run).await;
    let detail = site.api().get_run(GetRun { run, snapshot: false }).await.unwrap();
    assert_eq!((detail.snapshot, detail.waits), (None, Vec::new()));
    assert_eq!(detail.run, site.ended(run).await, "the fold of its events");
}

pub(crate) async fn an_unknown_run_cannot_be_got(site: &mut Site) {
    let asked = site.api().get_run(GetRun { run: NO_RUN, snapshot: true }).await;
    assert_eq!(code(asked), Code::NotFound);
}

pub(crate) async fn what_waits_says_why(site: &mut Site) {
    let tasks = [gated(site, "a"), noop("b"), noop("c")];
    let run = site.run("w.json", &workflow("w", &tasks, &[("a", "b"), ("b", "c")])).await;
    site.until_printed(run, "a", "a begins\n").await;
    let waits = site.api().why_run(WhyRun { run }).await.unwrap().waits;
    let tasks: Vec<_> = waits.iter().map(|wait| wait.task.clone()).collect();
    assert_eq!(tasks, [key("b"), key("c")]);
    assert!(waits[0].why.contains("waits for a"), "{waits:?}");
    site.open_gates(&["a"]);
    site.ended(run).await;
    assert_eq!(site.api().why_run(WhyRun { run }).await.unwrap().waits, []);
}

pub(crate) async fn an_unknown_run_does_not_wait(site: &mut Site) {
    assert_eq!(code(site.api().why_run(WhyRun { run: NO_RUN }).await), Code::NotFound);
}

pub(crate) async fn events_are_paged_without_gaps(site: &mut Site) {
    let tasks = [noop("a"), noop("b"), noop("c")];
    let run = site.run("w.json", &workflow("w", &tasks, &[("a", "b"), ("b", "c")])).await;
    let last = site.ended(run).await.seq;
    let read = async |after, limit| {
        site.api().read_events(ReadEvents { run, after, limit }).await.unwrap().events
    };
    let all = read(0, 10_000).await;
    assert_eq!(seqs(&all), (1..=last).collect::<Vec<u64>>());
    assert!(matches!(all.last().unwrap().kind, RunEventKind::RunEnded { .. }));
    let mut paged = Vec::new();
    while let Some(page) = Some(read(paged.len() as u64, 2).await).filter(|page| !page.is_empty()) {
        assert!(page.len() <= 2);
        paged.extend(page);
    }
    assert_eq!(paged, all);
    assert_eq!(read(last, 10).await, [], "nothing comes after the end");
    assert_eq!(read(0, 0).await.len(), 1, "a page has at least one event");
    let mut fold = Run::begin(&all[0]).unwrap();
    all[1..].iter().for_each(|event| fold.apply(event).unwrap());
    assert_eq!(fold, site.get(run).await);
}

pub(crate) async fn an_unknown_run_has_no_events(site: &mut Site) {
    let asked = site.api().read_events(ReadEvents { run: NO_RUN, after: 0, limit: 1 }).await;
    assert_eq!(code(asked), Code::NotFound);
}

pub(crate) async fn what_is_usual_is_said_of_three_runs_on(site: &mut Site) {
    let text = workflow("w", &[shell("a", "true"), shell("b", "echo b")], &[]);
    let mut runs = Vec::new();
    for _ in 0..4 {
        let run = site.run("w.json", &text).await;
        site.ended(run).await;
        runs.push(run);
    }
    let usual = async |run| site.api().usual_run(UsualRun { run }).await.unwrap();
    let first = usual(runs[0]).await;
    assert_eq!((first.runs, first.whole, first.tasks.len()), (0, None, 0));
    let third = usual(runs[2]).await;
    assert_eq!((third.runs, third.whole, third.tasks.len()), (2, None, 0));
    let fourth = usual(runs[3]).await;
    assert_eq!(fourth.runs, 3);
    let whole = fourth.whole.unwrap();
    assert_eq!(whole.runs, 3);
    assert!(0 < whole.median_us && whole.median_us <= whole.p90_us, "{whole:?}");
    let names: Vec<&str> = fourth.tasks.iter().map(|usual| usual.task.as_str()).collect();
    assert_eq!(names, ["a", "b"]);
    assert!(fourth.task("b").unwrap().median_us <= whole.p90_us);
}

pub(crate) async fn nothing_is_usual_of_an_unknown_run(site: &mut Site) {
    let asked = site.api().usual_run(UsualRun { run: NO_RUN }).await;
    assert_eq!(code(asked), Code::NotFound);
}

pub(crate) async fn runs_of_a_workflow_stand_beside_each_other(site: &mut Site) {
    let fails = workflow("w", &[noop("gone"), shell("b", "exit 3"), noop("c")], &[("b", "c")]);
    let old = site.run("w.json", &fails).await;
    site.ended(old).await;
    let mut good = Vec::new();
    for _ in 0..3 {
        let run = site.run("w.json", &workflow("w", &[noop("c"), shell("b", "true")], &[])).await;
        site.ended(run).await;
        good.push(run);
    }
    let other = site.run("other.json", &workflow("other", &[noop("x")], &[])).await;
    site.ended(other).await;
    let asked =
        |before, limit| WorkflowGrid { workflow: "w".to_owned(), workflow_id: None, before, limit };
    let grid = site.api().workflow_grid(asked(None, 10)).await.unwrap();
    let rows: Vec<_> = grid.tasks.iter().map(|task| (task.task.as_str(), task.gone)).collect();
    assert_eq!(rows, [("c", false), ("b", false), ("gone", true)]);
    let runs: Vec<RunId> = grid.runs.iter().map(|run| run.run).collect();
    assert_eq!(runs, [good[2], good[1], good[0], old]);
    assert_eq!(grid.next, None);
    let (ok, bad) = (Some(TaskState::Succeeded), Some(TaskState::Failed));
    assert_eq!(grid.runs[0].states, GridStates(vec![ok, ok, None]));
    assert!(grid.runs[0].tasks_us[1] > 0, "a program takes time");
    assert_eq!(grid.runs[3].states, GridStates(vec![Some(TaskState::UpstreamFailed), bad, ok]));
    assert_eq!(grid.runs[3].state, RunState::Failed);
    let fared = Fared::of(&grid.runs);
    assert_eq!((fared.percent(), fared.median_us.is_some()), (Some(75), true));
    // Page by page, each with the same rows.
    let first = site.api().workflow_grid(asked(None, 3)).await.unwrap();
    assert_eq!((first.runs.len(), first.next), (3, Some(good[0])));
    let second = site.api().workflow_grid(asked(first.next, 3)).await.unwrap();
    assert_eq!((&second.tasks, second.next), (&grid.tasks, None));
    assert_eq!(second.runs, grid.runs[3..]);
}

pub(crate) async fn an_unknown_workflow_has_no_grid(site: &mut Site) {
    let request = WorkflowGrid { workflow: "nobody".to_owned(), limit: 5, ..Default::default() };
    assert_eq!(code(site.api().workflow_grid(request).await), Code::NotFound);
    let run = site.run("w.json", &workflow("w", &[noop("a")], &[])).await;
    site.ended(run).await;
    let before = Some(NO_RUN);
    let request = WorkflowGrid { workflow: "w".to_owned(), before, ..Default::default() };
    assert_eq!(code(site.api().workflow_grid(request).await), Code::NotFound);
}

pub(crate) async fn a_day_counts_the_runs_of_a_workflow(site: &mut Site) {
    let bad = site.run("w.json", &workflow("w", &[shell("b", "exit 3")], &[])).await;
    site.ended(bad).await;
    let mut good = Vec::new();
    for _ in 0..3 {
        let run = site.run("w.json", &workflow("w", &[shell("b", "true")], &[])).await;
        site.ended(run).await;
        good.push(run);
    }
    let other = site.run("other.json", &workflow("other", &[noop("x")], &[])).await;
    site.ended(other).await;
    let asked = |from: &str, until: &str| WorkflowDays {
        workflow: "w".to_owned(),
        workflow_id: None,
        from: Day::read(from).unwrap(),
        until: Day::read(until).unwrap(),
    };
    let all = site.api().workflow_days(asked("2020-01-01", "2029-12-31")).await.unwrap();
    // Midnight may come between two runs.
    let sum = |of: fn(&DayFared) -> u32| all.days.iter().map(of).sum::<u32>();
    assert_eq!((sum(|day| day.succeeded), sum(|day| day.failed), sum(DayFared::runs)), (3, 1, 4));
    assert_eq!(all.days.iter().find_map(|day| day.first_failed), Some(bad));
    assert!(all.days.iter().any(|day| day.median_us.is_some_and(|us| us > 0)));
    assert_eq!((all.days.first().map(|it| it.day), all.title), (all.oldest, None));
    assert!(all.days.iter().all(|day| day.day <= all.today));
    // Another span has none of them, and says all the same how far the history goes back.
    let none = site.api().workflow_days(asked("2000-01-01", "2000-12-31")).await.unwrap();
    assert_eq!((none.days, none.oldest), (Vec::new(), all.oldest));
    let gone = DeleteRuns { runs: good };
    site.api().delete_runs(gone).await.unwrap();
    let left = site.api().workflow_days(asked("2020-01-01", "2029-12-31")).await.unwrap();
    assert_eq!(left.days.iter().map(DayFared::runs).sum::<u32>(), 1);
}

pub(crate) async fn days_that_make_no_sense_are_refused(site: &mut Site) {
    let asked = |workflow: &str, from: &str, until: &str| WorkflowDays {
        workflow: workflow.to_owned(),
        workflow_id: None,
        from: Day::read(from).unwrap(),
        until: Day::read(until).unwrap(),
    };
    let unknown = asked("nobody", "2026-01-01", "2026-12-31");
    assert_eq!(code(site.api().workflow_days(unknown).await), Code::NotFound);
    let run = site.run("w.json", &workflow("w", &[noop("a")], &[])).await;
    site.ended(run).await;
    for (from, until) in [("2026-01-02", "2026-01-01"), ("1970-01-01", "9999-12-31")] {
        let refused = site.api().workflow_days(asked("w", from, until)).await;
        assert_eq!(code(refused), Code::InvalidRequest, "{from} to {until}");
    }
}

pub(crate) async fn runs_are_found_by_a_query(site: &mut Site) {
    let mut good = Vec::new();
    for _ in 0..4 {
        let run = site.run("good.json", &workflow("good", &[noop("a"), noop("b")], &[])).await;
        site.ended(run).await;
        good.push(run);
    }
    good.reverse();
    let loud = shell("a", "echo 'no such TABLE: x' >&2; exit 3");
    let bad = site.run("bad.json", &workflow("bad", &[loud], &[])).await;
    site.ended(bad).await;
    let list = async |query: &str| {
        let request =
            ListRuns { query: query.to_owned(), limit: 10, count: true, ..ListRuns::default() };
        let page = site.api().list_runs(request).await.unwrap();
        let counted = page.counted.unwrap();
        assert_eq!((counted.found, counted.all), (page.runs.len() as u64, 5), "{query}");
        page.runs.iter().map(|row| row.run).collect::<Vec<RunId>>()
    };
    for query in
        ["state:failed", "-workflow:go*", "failed:a", "\"No such table\"", "since:today bad"]
    {
        assert_eq!(list(query).await, [bad], "{query}");
    }
    for query in ["-state:failed", "workflow:good", "task:b", "-table", "until:today -bad"] {
        assert_eq!(list(query).await, good, "{query}");
    }
    for query in ["workflow:nothing", "until:1d", "task:b failed:a", "took:>1d", "trigger:schedule"]
    {
        assert_eq!(list(query).await, [], "{query}");
    }
    let part = ListRuns { query: "good".to_owned(), skip: 1, limit: 2, ..ListRuns::default() };
    let page = site.api().list_runs(part.clone()).await.unwrap();
    assert_eq!(page.runs.iter().map(|row| row.run).collect::<Vec<_>>(), good[1..3]);
    let newer = site.run("good.json", &workflow("good", &[noop("a")], &[])).await;
    site.ended(newer).await;
    let part = ListRuns { mark: Some(page.mark), count: true, ..part };
    let same = site.api().list_runs(part).await.unwrap();
    assert_eq!((same.runs, same.counted.unwrap().newer), (page.runs, 1));
    let error = site.api().list_runs(ListRuns { query: "sate:x".into(), ..ListRuns::default() });
    let error = error.await.unwrap_err();
    assert_eq!(error.code, Code::BadQuery);
    assert!(error.message.ends_with("did you mean `state`?"), "{error}");
}

pub(crate) async fn the_runs_of_a_query_are_named(site: &mut Site) {
    let mut runs = Vec::new();
    for exit in ["0", "3", "0"] {
        let task = shell("a", &format!("exit {exit}"));
        let run = site.run("w.json", &workflow("w", &[task], &[])).await;
        site.ended(run).await;
        runs.push(run);
    }
    let select = async |query: &str, skip, limit| {
        let request = SelectRuns { query: query.to_owned(), mark: None, skip, limit };
        let found = site.api().select_runs(request).await.unwrap();
        found.states.into_iter().map(|of| (of.state, of.runs)).collect::<Vec<_>>()
    };
    let (good, bad) = (vec![runs[2], runs[0]], vec![runs[1]]);
    assert_eq!(
        select("", 0, None).await,
        [(RunState::Succeeded, good), (RunState::Failed, bad.clone())]
    );
    assert_eq!(select("", 1, Some(1)).await, [(RunState::Failed, bad.clone())]);
    assert_eq!(select("state:failed", 0, None).await, [(RunState::Failed, bad)]);
    assert_eq!(select("state:queued", 0, None).await, []);
    let wrong = SelectRuns { query: "\"".into(), ..SelectRuns::default() };
    assert_eq!(code(site.api().select_runs(wrong).await), Code::BadQuery);
}
