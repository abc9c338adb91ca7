//! What starts workflows beside the clock: files, the ends of other workflows' runs, calls.

use std::fs;

use millrace_api::document::Source;
use millrace_api::run::{ListRuns, RunRow};
use millrace_api::schedule::{ListSchedules, SwitchSchedules};
use millrace_api::secret::HiddenText;
use millrace_api::trigger::{CallTrigger, MakeToken};
use millrace_api::{ApiError, Code};
use millrace_model::Values;
use millrace_model::event::{Run, RunState, Trigger};
use millrace_model::ids::RunId;
use serde_json::{Value, json};

use super::schedules::put;
use crate::document::{noop, shell, workflow};
use crate::site::{Site, code, ident, start, until};

/// A workflow that gives what made its trigger fire.
fn triggered(name: &str, triggers: Value) -> Value {
    let mut task = shell("a", "millrace-task output what=\"$WHAT\"");
    task["env"] = json!({ "WHAT": "${run.event} ${params.who}" });
    let mut document = workflow(name, &[task], &[]);
    document["params"] = json!([{ "name": "who", "type": "string", "default": "nobody" }]);
    document["triggers"] = triggers;
    document["limits"] = json!({ "overlap": "queue" });
    document
}

async fn runs_of(site: &Site, name: &str) -> Vec<RunRow> {
    let request = ListRuns { workflow: Some(name.to_owned()), limit: 100, ..ListRuns::default() };
    match site.api().list_runs(request).await {
        Ok(page) => page.runs,
        Err(error) if error.code == Code::NotFound => Vec::new(),
        Err(error) => panic!("{error}"),
    }
}

/// The runs of this workflow in their order, when there are so many and all have ended.
async fn all_ended(site: &Site, name: &str, many: usize) -> Vec<Run> {
    let rows = until("the runs are there", async || {
        let rows = runs_of(site, name).await;
        (rows.len() >= many).then_some(rows)
    })
    .await;
    let mut runs = Vec::new();
    for row in rows.iter().rev() {
        runs.push(site.ended(row.run).await);
    }
    assert_eq!(runs.len(), many);
    runs
}

fn what(run: &Run) -> String {
    let (_, task) = run.tasks.get_index(0).unwrap();
    task.outputs["what"].as_str().unwrap().to_owned()
}

/// Everything that was there before this was called is known to the scheduler.
async fn looked(site: &Site, document: &str) {
    let request = ListSchedules { source: Some(Source::Path(document.to_owned())) };
    site.api().list_schedules(request).await.unwrap();
}

pub(crate) async fn each_version_of_a_file_starts_one_run(site: &mut Site) {
    let folder = site.home().workflows().canonicalize().unwrap();
    fs::create_dir(folder.join("in")).unwrap();
    fs::write(folder.join("in/old.csv"), "old").unwrap();
    let file = json!([{ "name": "arrived", "file": { "glob": "in/*.csv", "stable": "100ms" } }]);
    let document = put(site, "load.json", &triggered("load", file)).await;
    looked(site, &document).await;
    let path = |name: &str| folder.join("in").join(name).display().to_string();
    fs::write(path("one.csv"), "1").unwrap();
    fs::write(path("other.txt"), "no").unwrap();
    let runs = all_ended(site, "load", 1).await;
    assert_eq!(what(&runs[0]), format!("{} nobody", path("one.csv")));
    assert!(
        matches!(&runs[0].head.trigger, Trigger::Event { trigger, .. } if trigger.as_str() == "arrived")
    );
    // Changed: another version. Moved here: new, however old it is.
    fs::write(path("one.csv"), "1 and more").unwrap();
    all_ended(site, "load", 2).await;
    let before = site.write("two.tmp", "2");
    fs::rename(before, path("two.csv")).unwrap();
    let runs = all_ended(site, "load", 3).await;
    assert_eq!(what(&runs[2]), format!("{} nobody", path("two.csv")));
    // What comes while nobody looks is found, and what was acted upon is not again.
    site.stop_host(false).await;
    fs::write(path("three.csv"), "3").unwrap();
    site.start_host().await;
    let runs = all_ended(site, "load", 4).await;
    assert_eq!(what(&runs[3]), format!("{} nobody", path("three.csv")));
    looked(site, &document).await;
    assert_eq!(runs_of(site, "load").await.len(), 4);
}

pub(crate) async fn the_end_of_other_workflows_starts_a_run(site: &mut Site) {
    let any = json!([{ "name": "after", "workflow": { "any": ["left", "right"] }, "params": { "who": "any" } }]);
    put(site, "any.json", &triggered("any_of", any)).await;
    let all = json!([{ "name": "after", "workflow": { "all": ["left", "right"] } }]);
    let document = put(site, "all.json", &triggered("all_of", all)).await;
    looked(site, &document).await;
    let run = async |site: &Site, name: &str, script: &str| -> RunId {
        let text = workflow(name, &[shell("a", script)], &[]).to_string();
        let path = site.write_to_library(&format!("{name}.json"), text);
        let run = site.api().start_run(start(Source::Path(path))).await.unwrap().run;
        site.ended(run).await.run
    };
    let left = run(site, "left", "true").await;
    let first = all_ended(site, "any_of", 1).await;
    assert_eq!(what(&first[0]), format!("{left} any"));
    run(site, "left", "true").await;
    // One that failed does not count.
    run(site, "right", "exit 1").await;
    all_ended(site, "any_of", 2).await;
    assert_eq!(runs_of(site, "all_of").await.len(), 0);
    // The next host knows what one of the two has done already.
    site.replace_host(false).await;
    let right = run(site, "right", "true").await;
    let both = all_ended(site, "all_of", 1).await;
    assert_eq!(what(&both[0]), format!("{right} nobody"));
    all_ended(site, "any_of", 3).await;
    // Both again, from here on.
    run(site, "right", "true").await;
    all_ended(site, "any_of", 4).await;
    assert_eq!(runs_of(site, "all_of").await.len(), 1);
    run(site, "left", "true").await;
    all_ended(site, "all_of", 2).await;
}

async fn token(site: &Site, document: &str, trigger: &str) -> Result<HiddenText, ApiError> {
    let request = MakeToken { source: Source::Path(document.to_owned()), trigger: ident(trigger) };
    site.api().make_token(request).await.map(|made| {
        assert_eq!(made.path, format!("/triggers/called/{trigger}"));
        made.token
    })
}

async fn call(
    site: &Site,
    trigger: &str,
    token: &HiddenText,
    params: Value,
) -> Result<RunId, ApiError> {
    let params: Values = params.as_object().cloned().unwrap_or_default().into_iter().collect();
    let (workflow, trigger, token) = (ident("called"), ident(trigger), token.clone());
    let request = CallTrigger { workflow, trigger, token, params };
    site.api().call_trigger(request).await.map(|started| started.run)
}

pub(crate) async fn a_new_token_ends_the_one_before(site: &mut Site) {
    let triggers =
        json!([{ "name": "push", "http": {} }, { "name": "file", "file": { "glob": "x" } }]);
    let document = put(site, "called.json", &triggered("called", triggers)).await;
    let first = token(site, &document, "push").await.unwrap();
    let second = token(site, &document, "push").await.unwrap();
    assert_ne!(first, second);
    assert_eq!(code(call(site, "push", &first, json!({})).await), Code::Denied);
    call(site, "push", &second, json!({})).await.unwrap();
    for trigger in ["file", "none"] {
        assert_eq!(code(token(site, &document, trigger).await), Code::NotFound);
    }
    // What is kept is not the token.
    let history = fs::read(site.home().root().join("history.db")).unwrap();
    let log = fs::read(site.home().root().join("history.db-wal")).unwrap();
    for bytes in [history, log] {
        let text = second.reveal().as_bytes();
        assert!(!bytes.windows(text.len()).any(|found| found == text));
    }
}

pub(crate) async fn a_call_starts_a_run_with_what_it_gives(site: &mut Site) {
    let push = json!([{ "name": "push", "http": {}, "params": { "who": "the trigger" } }]);
    let document = put(site, "called.json", &triggered("called", push)).await;
    let token = token(site, &document, "push").await.unwrap();
    let run = call(site, "push", &token, json!({})).await.unwrap();
    let run = site.ended(run).await;
    assert_eq!((run.state, what(&run)), (RunState::Succeeded, " the trigger".to_owned()));
    assert!(matches!(&run.head.trigger, Trigger::Api { trigger } if trigger.as_str() == "push"));
    let run = call(site, "push", &token, json!({ "who": "me" })).await.unwrap();
    assert_eq!(what(&site.ended(run).await), " me");
    site.replace_host(false).await;
    call(site, "push", &token, json!({})).await.unwrap();
}

pub(crate) async fn a_call_is_refused_where_it_cannot_be(site: &mut Site) {
    let triggers =
        json!([{ "name": "push", "http": {} }, { "name": "rare", "http": {}, "rate": "1h" }]);
    let document = put(site, "called.json", &triggered("called", triggers)).await;
    let push = token(site, &document, "push").await.unwrap();
    let rare = token(site, &document, "rare").await.unwrap();
    let none = HiddenText::new("");
    for (what, trigger, token) in
        [("no token", "push", &none), ("another's", "push", &rare), ("no trigger", "none", &push)]
    {
        assert_eq!(code(call(site, trigger, token, json!({})).await), Code::Denied, "{what}");
    }
    let unknown = call(site, "push", &push, json!({ "nobody": 1 })).await;
    assert_eq!(code(unknown), Code::InvalidDocument);
    call(site, "rare", &rare, json!({})).await.unwrap();
    assert_eq!(code(call(site, "rare", &rare, json!({})).await), Code::TooSoon);
    let source = Source::Path(document);
    let off = SwitchSchedules { source, name: Some("push".to_owned()), on: false };
    site.api().switch_schedules(off).await.unwrap();
    assert_eq!(code(call(site, "push", &push, json!({})).await), Code::WrongState);
    // A name that means two: whose token it is decides.
    let other = workflow("called", &[noop("a")], &[]);
    put(site, "other.json", &other).await;
    assert_eq!(code(call(site, "push", &push, json!({})).await), Code::WrongState);
}
