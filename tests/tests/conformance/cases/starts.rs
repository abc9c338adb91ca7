//! Accepting runs: plans, starts, reruns.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use futures_util::future::join_all;
use millrace_api::document::{Severity, Source, Validate};
use millrace_api::run::{GetRun, ListRuns, PlanRun, Rerun, StartRun};
use millrace_api::schedule::{Held, ListSchedules};
use millrace_api::version::ListVersions;
use millrace_api::{ApiError, Code};
use millrace_model::event::{Cause, Run, RunState, TaskState, Trigger};
use millrace_model::ids::RunId;
use serde_json::{Value, json};

pub(crate) use super::artifacts::{
    a_rerun_takes_artifacts_over,
    a_task_says_how_far_it_is_what_it_measured_and_that_there_is_nothing_to_do,
};
pub(crate) use super::cached::{
    a_failure_is_not_memoized_and_a_rerun_runs, a_file_that_is_run_counts_with_what_is_in_it,
    a_key_tells_apart_what_millrace_cannot_see, a_result_older_than_its_max_age_is_not_used,
    a_result_whose_files_are_gone_is_made_again, items_are_reused_by_value,
    other_arguments_or_another_component_miss_the_cache,
    the_same_component_with_the_same_inputs_is_not_run_again,
};
pub(crate) use super::made::{
    a_task_that_leaves_out_a_file_has_failed, a_task_whose_files_are_there_is_reused,
    files_that_cannot_be_looked_for_are_an_error,
};
pub(crate) use super::requests::{
    a_request_gives_its_answer_to_later_tasks, a_secret_reaches_its_server_and_no_log,
    a_status_that_was_not_expected_is_the_cause,
};
use crate::document::{calling, noop, shell, workflow};
use crate::site::{NO_RUN, Site, again, code, ident, key, start};

/// `a` → `b` → `c`; `b` prints and gives the parameter `word`, of which there must be one.
fn echo() -> Value {
    let mut b = shell("b", "echo \"$WORD\"; millrace-task output said=\"$WORD\" times:=\"$TIMES\"");
    b["env"] = json!({ "WORD": "${params.word}", "TIMES": "${string(params.times)}" });
    let mut document = workflow("echo", &[noop("a"), b, noop("c")], &[("a", "b"), ("b", "c")]);
    document["params"] = json!([
        { "name": "word", "type": "string", "required": true },
        { "name": "times", "type": "int", "default": 1, "max": 9 },
    ]);
    document
}

fn said(document: &str, word: &str) -> StartRun {
    let mut request = start(Source::Path(document.to_owned()));
    request.param_texts.insert("word".to_owned(), word.to_owned());
    request
}

pub(crate) async fn a_plan_says_what_would_happen(site: &mut Site) {
    let mut document = echo();
    document["tasks"][2]["disabled"] = true.into();
    let path = site.write("echo.json", document.to_string());
    let plan = site.api().plan_run(PlanRun { start: said(&path, "hello") }).await.unwrap();
    assert_eq!(plan.workflow.as_str(), "echo");
    assert_eq!((&plan.params["word"], &plan.params["times"]), (&json!("hello"), &json!(1)));
    let names: Vec<_> = plan.tasks.iter().map(|task| (task.task.as_str(), task.level)).collect();
    assert_eq!(names, [("a", 0), ("b", 1), ("c", 2)]);
    let [a, b, c] = plan.tasks.as_slice() else { panic!("{plan:?}") };
    assert_eq!((a.kind.as_str(), a.waits_for.as_str(), a.action.as_str()), ("noop", "", "nothing"));
    assert_eq!((b.kind.as_str(), b.waits_for.as_str()), ("shell", "a succeeded"));
    assert!(b.action.contains("echo \"$WORD\""), "{}", b.action);
    assert_eq!((b.left_out.as_deref(), c.left_out.as_deref()), (None, Some("disabled")));
    let mut part = said(&path, "hello");
    part.until = Some(vec![ident("a")]);
    let plan = site.api().plan_run(PlanRun { start: part }).await.unwrap();
    let names: Vec<_> = plan.tasks.iter().map(|task| task.task.as_str()).collect();
    assert_eq!(names, ["a"], "the others would not run");
    let listed = site.api().list_runs(Default::default()).await.unwrap();
    assert!(listed.runs.is_empty(), "a plan starts nothing");
}

pub(crate) async fn a_plan_is_refused_like_its_run(site: &mut Site) {
    for (what, start, expected) in refused(site) {
        let asked = site.api().plan_run(PlanRun { start }).await;
        assert_eq!(code(asked), expected, "{what}");
    }
}

pub(crate) async fn a_run_gets_its_parameters_and_ends(site: &mut Site) {
    let path = site.write("echo.json", echo().to_string());
    let mut request = said(&path, "it's; $(text)");
    request.params.insert("times".to_owned(), json!(3));
    let started = site.api().start_run(request).await.unwrap();
    assert_eq!(started.problems, []);
    let run = site.ended(started.run).await;
    assert_eq!(run.state, RunState::Succeeded, "{run:?}");
    assert_eq!(run.head.path.as_deref(), Some(path.as_str()));
    let outputs = &run.tasks[&key("b")].outputs;
    assert_eq!((&outputs["said"], &outputs["times"]), (&json!("it's; $(text)"), &json!(3)));
    assert_eq!(site.printed(run.run, "b").await.unwrap(), "it's; $(text)\n");
}

pub(crate) async fn thousands_that_are_started_at_once_all_start(site: &mut Site) {
    const MANY: usize = 2_000;
    // They need not run: who is first holds the others' turn.
    let mut document = workflow("many", &[crate::document::gated(site, "a")], &[]);
    document["limits"] = json!({ "active_runs": 1 });
    let path = site.write("many.json", document.to_string());
    let starts = (0..MANY).map(|_| site.api().start_run(start(Source::Path(path.clone()))));
    let started = join_all(starts).await;
    let runs: BTreeSet<RunId> = started.into_iter().map(|it| it.unwrap().run).collect();
    assert_eq!(runs.len(), MANY);
    let mut listed = BTreeSet::new();
    let mut before = None;
    loop {
        let request = ListRuns { before, limit: 1_000, ..ListRuns::default() };
        let page = site.api().list_runs(request).await.unwrap();
        listed.extend(page.runs.into_iter().map(|row| row.run));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(listed, runs, "each that was acknowledged is in the history");
    let versions = site.api().list_versions(ListVersions { path }).await.unwrap().versions;
    assert_eq!(versions.len(), 1, "and what they ran is kept");
}

pub(crate) async fn a_run_keeps_to_the_tasks_that_were_asked_for(site: &mut Site) {
    let path = site.write("echo.json", echo().to_string());
    let mut until = said(&path, "x");
    until.until = Some(vec![ident("b")]);
    let run = site.api().start_run(until).await.unwrap().run;
    let names = |run: &Run| run.tasks.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&site.ended(run).await), ["a", "b"]);
    let mut only = said(&path, "x");
    only.only = Some(vec![ident("c")]);
    let run = site.api().start_run(only).await.unwrap().run;
    let ended = site.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded);
    assert!(ended.tasks[&key("c")].cause.is_none(), "it ran");
    for task in ["a", "b"] {
        let taken = &ended.tasks[&key(task)];
        assert!(matches!(taken.cause, Some(Cause::CarriedOver { .. })), "{task}: {taken:?}");
    }
}

pub(crate) async fn a_branch_decides_which_tasks_run(site: &mut Site) {
    let which = json!({ "name": "which", "kind": "branch", "spec": {
        "branches": { "full": "params.mode == 'full'", "delta": "tasks.first.outputs.rows > 0" },
        "otherwise": "nothing",
    } });
    let read = "test \"$CHOSEN\" = '[\"delta\"]'; millrace-task input which.branches > /dev/null";
    let mut delta = shell("delta", read);
    delta["env"] = json!({ "CHOSEN": "${to_json(tasks.which.outputs.branches)}" });
    let first = shell("first", "millrace-task output rows:=2");
    let mut document = workflow(
        "ways",
        &[first, which, noop("full"), delta, noop("nothing")],
        &[("first", "which")],
    );
    document["params"] = json!([{ "name": "mode", "type": "string", "default": "delta" }]);
    let edges = document["dependencies"].as_array_mut().unwrap();
    for label in ["full", "delta", "nothing"] {
        edges.push(json!({ "from": "which", "to": label, "branch": label }));
    }
    let path = site.write("ways.json", document.to_string());
    let plan = PlanRun { start: start(Source::Path(path.clone())) };
    let plan = site.api().plan_run(plan).await.unwrap();
    let of = |name: &str| plan.tasks.iter().find(|task| task.task.as_str() == name).unwrap();
    assert_eq!(of("full").waits_for, "which succeeded with the branch full");
    let action = of("which").action.as_str();
    assert!(action.contains("full if params.mode == 'full'"), "{action}");
    assert!(action.ends_with("else nothing"), "{action}");
    let run = site.api().start_run(start(Source::Path(path))).await.unwrap().run;
    let ended = site.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded, "{ended:?}");
    assert_eq!(ended.tasks[&key("which")].outputs["branches"], json!(["delta"]));
    assert_eq!(ended.tasks[&key("delta")].state, TaskState::Succeeded);
    for label in ["full", "nothing"] {
        let task = &ended.tasks[&key(label)];
        let cause = Cause::NotChosen { task: ident("which"), branch: label.to_owned() };
        assert_eq!((task.state, &task.cause), (TaskState::Skipped, &Some(cause)));
    }
}

pub(crate) async fn a_run_keeps_the_document_that_it_was_started_with(site: &mut Site) {
    let document = workflow("w", &[crate::document::gated(site, "a"), noop("b")], &[("a", "b")]);
    let run = site.run("w.json", &document).await;
    site.until_printed(run, "a", "a begins\n").await;
    fs::remove_file(site.path("w.json")).unwrap();
    site.open_gates(&["a"]);
    let ended = site.ended(run).await;
    assert_eq!((ended.state, ended.tasks.len()), (RunState::Succeeded, 2));
}

pub(crate) async fn a_run_is_refused_where_it_cannot_be(site: &mut Site) {
    for (what, start, expected) in refused(site) {
        let error = site.api().start_run(start).await.unwrap_err();
        assert_eq!(error.code, expected, "{what}");
        assert_eq!(!error.problems.is_empty(), expected == Code::InvalidDocument, "{what}");
    }
    let listed = site.api().list_runs(Default::default()).await.unwrap();
    assert!(listed.runs.is_empty(), "nothing of them was accepted");
}

pub(crate) async fn an_error_in_a_schedule_or_trigger_keeps_only_that_from_starting(
    site: &mut Site,
) {
    let mut document = workflow("clock", &[noop("a")], &[]);
    document["schedules"] = json!([
        { "name": "never", "cron": "61 * * * *" },
        { "name": "often", "every": "1s" },
        { "name": "often", "every": "a while" },
    ]);
    document["triggers"] = json!([{ "name": "files", "file": { "glob": "" } }]);
    let path = site.write("clock.json", document.to_string());
    let source = || Source::Path(path.clone());
    let found = site.api().validate(Validate { source: source() }).await.unwrap().problems;
    let errors: Vec<&str> = found
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(|problem| problem.code.as_str())
        .collect();
    for code in ["MR1105", "MR1201", "MR1801", "MR1802"] {
        assert!(errors.contains(&code), "{errors:?}");
    }
    // It runs by hand, is shown all the same, and starts nothing by itself.
    let started = site.api().start_run(start(source())).await.unwrap();
    assert_eq!(started.problems, found);
    assert_eq!(site.ended(started.run).await.state, RunState::Succeeded);
    site.api().plan_run(PlanRun { start: start(source()) }).await.unwrap();
    site.api().rerun(again(started.run)).await.unwrap();
    let request = ListSchedules { source: Some(source()) };
    let listed = site.api().list_schedules(request).await.unwrap().schedules;
    assert!(listed.iter().all(|row| matches!(row.held, Some(Held::Broken(_)))), "{listed:?}");
    // An error elsewhere keeps it from both.
    document["tasks"][0]["kind"] = "unheard_of".into();
    let path = site.write("clock.json", document.to_string());
    assert_eq!(code(site.api().start_run(start(Source::Path(path))).await), Code::InvalidDocument);
}

pub(crate) async fn a_task_that_cannot_start_is_an_error_that_names_the_path(site: &mut Site) {
    let folder = site.path("");
    let script = |name: &str, text: &str, mode| {
        let path = site.write(name, text);
        fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        path
    };
    let plain = script("plain.sh", "echo hi\n", 0o644);
    let orphan = script("orphan.sh", "#!/no/such/interpreter\n", 0o755);
    let program = |name: &str, argv: &[&str]| json!({ "name": name, "kind": "command", "spec": { "argv": argv } });
    let mut elsewhere = shell("folder", "true");
    elsewhere["workdir"] = "no/such/folder".into();
    let long = "x".repeat(200_000);
    let tasks = [
        elsewhere,
        program("absent", &["/no/such/program"]),
        program("unknown", &["no-such-program"]),
        program("plain", &[&plain]),
        program("orphan", &[&orphan]),
        program("long", &["true", &long]),
        program("place", &[folder.to_str().unwrap()]),
    ];
    let run = site.run("w.json", &workflow("w", &tasks, &[])).await;
    let ended = site.ended(run).await;
    assert_eq!(ended.state, RunState::Failed);
    for (task, path, why) in [
        ("folder", "no/such/folder", "does not exist"),
        ("absent", "/no/such/program", "no such program"),
        ("unknown", "no-such-program", "PATH"),
        ("plain", plain.as_str(), "not executable"),
        ("orphan", orphan.as_str(), "/no/such/interpreter"),
        ("long", "true", "too long"),
        ("place", folder.to_str().unwrap(), "is a folder"),
    ] {
        let found = &ended.tasks[&key(task)];
        assert_eq!((found.state, found.attempts.len()), (TaskState::Error, 1), "{task}");
        let Some(Cause::Error { message }) = &found.cause else { panic!("{task}: {found:?}") };
        assert!(message.contains(path) && message.contains(why), "{task}: {message}");
    }
}

pub(crate) async fn a_rerun_takes_over_what_lies_before(site: &mut Site) {
    let path = site.write("echo.json", echo().to_string());
    let first = site.api().start_run(said(&path, "one")).await.unwrap().run;
    site.ended(first).await;
    let mut from_c = again(first);
    from_c.from = Some(ident("c"));
    let second = site.api().rerun(from_c).await.unwrap().run;
    let ended = site.ended(second).await;
    assert_eq!((ended.state, ended.head.rerun_of), (RunState::Succeeded, Some(first)));
    let taken = &ended.tasks[&key("b")];
    assert_eq!(taken.cause, Some(Cause::CarriedOver { run: first }));
    assert_eq!((taken.attempts.len(), &taken.outputs["said"]), (0, &json!("one")));
    let third = site.api().rerun(again(first)).await.unwrap().run;
    let ended = site.ended(third).await;
    assert_eq!(ended.tasks[&key("b")].attempts.len(), 1, "with no task named, everything runs");
    assert_eq!(ended.head.params["word"], json!("one"), "its parameters are kept");
}

pub(crate) async fn a_rerun_of_a_draft_has_parameters_of_its_own(site: &mut Site) {
    let path = site.write("echo.json", echo().to_string());
    let first = site.api().start_run(said(&path, "one")).await.unwrap().run;
    site.ended(first).await;
    let mut request = again(first);
    let mut draft = echo();
    draft["tasks"].as_array_mut().unwrap().push(noop("d"));
    request.source = Some(Source::Text { text: draft.to_string(), path: Some(path.clone()) });
    request.param_texts.insert("word".to_owned(), "two".to_owned());
    request.params.insert("times".to_owned(), json!(2));
    let second = site.api().rerun(request).await.unwrap().run;
    let ended = site.ended(second).await;
    assert_eq!(ended.tasks[&key("d")].state, TaskState::Succeeded);
    assert_eq!(ended.tasks[&key("b")].outputs["said"], json!("two"));
    assert_eq!(ended.head.params["times"], json!(2));
    assert_eq!(fs::read_to_string(path).unwrap(), echo().to_string(), "the file is as it was");
}

pub(crate) async fn a_rerun_is_refused_where_results_do_not_fit(site: &mut Site) {
    assert_eq!(code(site.api().rerun(again(NO_RUN)).await), Code::NotFound);
    let path = site.write("echo.json", echo().to_string());
    let first = site.api().start_run(said(&path, "one")).await.unwrap().run;
    site.ended(first).await;

    let mut nowhere = again(first);
    nowhere.from = Some(ident("nowhere"));
    assert_eq!(code(site.api().rerun(nowhere).await), Code::CannotCarry);

    let mut wrong = again(first);
    wrong.params.insert("times".to_owned(), json!(10));
    assert_eq!(code(site.api().rerun(wrong).await), Code::InvalidParams);

    let mut changed = echo();
    changed["tasks"][1]["spec"]["script"] = "echo changed".into();
    site.write("echo.json", changed.to_string());
    let mut from_c = again(first);
    from_c.from = Some(ident("c"));
    let refused: Result<_, ApiError> = site.api().rerun(from_c.clone()).await;
    assert!(refused.as_ref().unwrap_err().message.contains('b'), "{refused:?}");
    assert_eq!(code(refused), Code::CannotCarry);

    site.write("echo.json", "{");
    assert_eq!(code(site.api().rerun(from_c.clone()).await), Code::InvalidDocument);
    fs::remove_file(site.path("echo.json")).unwrap();
    assert_eq!(code(site.api().rerun(from_c).await), Code::NotFound);
    // What the old run was is still known.
    let old = site.api().get_run(GetRun { run: first, snapshot: true }).await.unwrap();
    assert!(old.snapshot.unwrap().contains("millrace-task output"));
}

pub(crate) async fn pinned_outputs_stand_in_where_it_is_asked_for(site: &mut Site) {
    let mut a = shell("a", "millrace-task output from=process");
    a["pinned_outputs"] = json!({ "from": "pin", "rows": [1, 2] });
    let mut b = shell("b", "millrace-task output got=\"$FROM\"");
    b["env"] = json!({ "FROM": "${tasks.a.outputs.from}" });
    let path = site.write("w.json", workflow("w", &[a, b], &[("a", "b")]).to_string());
    let pinned = || StartRun { pinned: true, ..start(Source::Path(path.clone())) };
    let got = |run: &Run| run.tasks[&key("b")].outputs["got"].clone();

    let run = site.api().start_run(pinned()).await.unwrap().run;
    let ended = site.ended(run).await;
    let of_a = &ended.tasks[&key("a")];
    assert_eq!((of_a.state, &of_a.cause), (TaskState::Succeeded, &Some(Cause::Pinned)));
    assert_eq!((of_a.attempts.len(), &of_a.outputs["rows"]), (0, &json!([1, 2])));
    assert_eq!(got(&ended), json!("pin"));

    let plan = site.api().plan_run(PlanRun { start: pinned() }).await.unwrap();
    assert_eq!(plan.tasks[0].left_out.as_deref(), Some("its outputs are pinned"));

    let run = site.api().start_run(start(Source::Path(path.clone()))).await.unwrap().run;
    assert_eq!(got(&site.ended(run).await), json!("process"), "others run the task");

    // One task by itself needs no earlier run; a task that is named is run whatever is pinned.
    let mut only = pinned();
    only.only = Some(vec![ident("b")]);
    let run = site.api().start_run(only).await.unwrap().run;
    assert_eq!(got(&site.ended(run).await), json!("pin"));
    let mut only = pinned();
    only.only = Some(vec![ident("a")]);
    let run = site.api().start_run(only).await.unwrap().run;
    let ended = site.ended(run).await;
    assert_eq!(ended.tasks[&key("a")].outputs["from"], json!("process"));

    let from_a = Rerun { from: Some(ident("a")), pinned: true, ..again(run) };
    let run = site.api().rerun(from_a).await.unwrap().run;
    assert_eq!(got(&site.ended(run).await), json!("process"));
    let from_b = Rerun { from: Some(ident("b")), pinned: true, ..again(run) };
    let run = site.api().rerun(from_b).await.unwrap().run;
    assert_eq!(got(&site.ended(run).await), json!("pin"));
}

/// Starts that are refused, and by which code.
fn refused(site: &Site) -> Vec<(&'static str, StartRun, Code)> {
    let path = site.write("echo.json", echo().to_string());
    let text = |text: &str| start(Source::Text { text: text.to_owned(), path: None });
    let circle = workflow("w", &[noop("a"), noop("b")], &[("a", "b"), ("b", "a")]);
    let with = |change: fn(&mut StartRun)| {
        let mut request = said(&path, "x");
        change(&mut request);
        request
    };
    let nothing = site.path("nothing.json").to_str().unwrap().to_owned();
    vec![
        ("no such file", start(Source::Path(nothing)), Code::NotFound),
        ("no such workflow", start(Source::Name("nothing".to_owned())), Code::NotFound),
        ("a relative path", start(Source::Path("echo.json".to_owned())), Code::InvalidRequest),
        ("no JSON", text("{"), Code::InvalidDocument),
        ("a circle", text(&circle.to_string()), Code::InvalidDocument),
        ("a format to come", text(r#"{"millrace": 99, "name": "w"}"#), Code::InvalidDocument),
        ("a parameter is missing", start(Source::Path(path.clone())), Code::InvalidParams),
        (
            "an unknown parameter",
            with(|it| drop(it.params.insert("odd".to_owned(), json!(1)))),
            Code::InvalidParams,
        ),
        (
            "a text that is no number",
            with(|it| drop(it.param_texts.insert("times".to_owned(), "many".to_owned()))),
            Code::InvalidParams,
        ),
        ("an unknown task", with(|it| it.until = Some(vec![ident("odd")])), Code::NotFound),
        (
            "two selections",
            with(|it| (it.until, it.only) = (Some(vec![ident("a")]), Some(vec![ident("a")]))),
            Code::InvalidRequest,
        ),
    ]
}

pub(crate) async fn a_task_runs_another_workflow_as_a_run_of_its_own(site: &mut Site) {
    site.write_to_library("echo.json", echo().to_string());
    let mut call = calling("call", "echo");
    call["spec"]["params"] = json!({ "word": "${params.who}", "times": "2" });
    let mut document = workflow("outer", &[call], &[]);
    document["params"] = json!([{ "name": "who", "type": "string", "default": "ada" }]);
    let run = site.run("outer.json", &document).await;
    let ended = site.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded, "{ended:?}");
    let task = &ended.tasks[&key("call")];
    let child = task.attempts[0].child.unwrap();
    let given = json!({
        "run": child.to_string(), "state": "succeeded",
        "tasks": { "b": { "said": "ada", "times": 2 } },
    });
    assert_eq!(Value::Object(task.outputs.clone()), given);
    let child = site.get(child).await;
    assert_eq!((child.state, child.head.workflow.as_str()), (RunState::Succeeded, "echo"));
    assert_eq!(child.head.trigger, Trigger::Parent { run, task: key("call"), detached: false });
    assert_eq!(child.head.logical_time, ended.head.logical_time);
}
