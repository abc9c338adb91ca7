//! Tasks whose results are taken over where the same was done before. Named after what Kubeflow's caching and Argo's
//! memoization promise.

use std::fs;

use millrace_api::document::Source;
use millrace_model::event::{Cause, Run, RunState, TaskState};
use millrace_model::ids::RunId;
use serde_json::{Value, json};

use crate::document::{shell, workflow};
use crate::site::{Site, again, key, start};

/// `extract` → `load`: the first has a cache, counts its runs in a file, gives an output and leaves an artifact.
fn sales(cache: &Value) -> Value {
    let mut extract = shell(
        "extract",
        "echo x >> ran; millrace-task output rows:=3; echo \"$DAY\" > \"$MILLRACE_ARTIFACTS/day\"",
    );
    extract["env"] = json!({ "DAY": "${params.day}" });
    extract["cache"] = cache.clone();
    let mut load = shell("load", "cat \"$(millrace-task artifact-path extract day)\"; echo $ROWS");
    load["env"] = json!({ "ROWS": "${string(tasks.extract.outputs.rows)}" });
    let mut document = workflow("sales", &[extract, load], &[("extract", "load")]);
    document["params"] = json!([{ "name": "day", "type": "string", "default": "mon" }]);
    document
}

async fn run_on(site: &Site, document: &Value, day: &str) -> Run {
    let path = site.write("sales.json", document.to_string());
    let mut request = start(Source::Path(path));
    request.param_texts.insert("day".to_owned(), day.to_owned());
    let run = site.api().start_run(request).await.unwrap().run;
    let ended = site.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded, "{ended:?}");
    ended
}

/// From which run the result of `extract` was taken over.
fn from(run: &Run) -> Option<RunId> {
    match run.tasks[&key("extract")].cause {
        Some(Cause::Reused { from, cached: true }) => from,
        None => None,
        ref other => panic!("{other:?}"),
    }
}

fn times(site: &Site) -> usize {
    fs::read_to_string(site.path("ran")).unwrap().lines().count()
}

pub(crate) async fn the_same_component_with_the_same_inputs_is_not_run_again(site: &mut Site) {
    let document = sales(&json!({}));
    let first = run_on(site, &document, "mon").await;
    assert_eq!(from(&first), None);
    let printed = site.printed(first.run, "load").await;
    for _ in 0..2 {
        let run = run_on(site, &document, "mon").await;
        assert_eq!(from(&run), Some(first.run), "the one that ran, not the one that took it over");
        let extract = &run.tasks[&key("extract")];
        assert_eq!((extract.state, extract.attempts[0].started), (TaskState::Succeeded, None));
        assert_eq!((&extract.outputs["rows"], extract.artifacts.len()), (&json!(3), 1));
        assert_eq!(site.printed(run.run, "load").await, printed);
    }
    // Also for the next host.
    site.replace_host(false).await;
    assert_eq!(from(&run_on(site, &document, "mon").await), Some(first.run));
    assert_eq!(times(site), 1);
}

pub(crate) async fn other_arguments_or_another_component_miss_the_cache(site: &mut Site) {
    let document = sales(&json!({}));
    run_on(site, &document, "mon").await;
    assert_eq!(from(&run_on(site, &document, "tue").await), None, "another parameter");
    let mut script = document.clone();
    script["tasks"][0]["spec"]["script"] = json!(
        "echo x >> ran; millrace-task output rows:=4; \
        touch \"$MILLRACE_ARTIFACTS/day\""
    );
    assert_eq!(from(&run_on(site, &script, "mon").await), None, "another script");
    let mut env = document.clone();
    env["tasks"][0]["env"]["MORE"] = json!("1");
    assert_eq!(from(&run_on(site, &env, "mon").await), None, "another variable");
    let mut title = document.clone();
    title["tasks"][0]["title"] = json!("Extract");
    assert!(
        from(&run_on(site, &title, "mon").await).is_some(),
        "what only people read counts for nothing"
    );
    assert_eq!(times(site), 4);
}

pub(crate) async fn a_key_tells_apart_what_millrace_cannot_see(site: &mut Site) {
    let first = run_on(site, &sales(&json!({ "key": "v1 ${params.day}" })), "mon").await;
    let other = run_on(site, &sales(&json!({ "key": "v2 ${params.day}" })), "mon").await;
    assert_eq!(from(&other), None);
    let again = run_on(site, &sales(&json!({ "key": "v1 ${params.day}" })), "mon").await;
    assert_eq!(from(&again), Some(first.run));
}

pub(crate) async fn a_result_older_than_its_max_age_is_not_used(site: &mut Site) {
    let first = run_on(site, &sales(&json!({ "max_age": "1h" })), "mon").await;
    assert_eq!(
        from(&run_on(site, &sales(&json!({ "max_age": "1h" })), "mon").await),
        Some(first.run)
    );
    let ended = first.tasks[&key("extract")].attempts[0].end.as_ref().unwrap().ended;
    crate::site::until("a millisecond has passed", async || {
        (site.get(first.run).await.ended.unwrap() < now() && now().0 > ended.0 + 2_000)
            .then_some(())
    })
    .await;
    assert_eq!(from(&run_on(site, &sales(&json!({ "max_age": "1ms" })), "mon").await), None);
}

fn now() -> millrace_model::time::Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    millrace_model::time::Timestamp(i64::try_from(since.as_micros()).unwrap())
}

pub(crate) async fn a_file_that_is_run_counts_with_what_is_in_it(site: &mut Site) {
    let mut task = json!({ "name": "extract", "kind": "command", "cache": {} });
    task["spec"] = json!({ "argv": ["sh", "extract.sh"] });
    let document = workflow("sales", &[task], &[]);
    site.write("extract.sh", "echo x >> ran");
    let run = async || {
        let run = site.run("sales.json", &document).await;
        from(&site.ended(run).await)
    };
    assert_eq!(run().await, None);
    assert!(run().await.is_some());
    site.write("extract.sh", "echo x >> ran # changed");
    assert_eq!(run().await, None);
    assert_eq!(times(site), 2);
}

pub(crate) async fn a_failure_is_not_memoized_and_a_rerun_runs(site: &mut Site) {
    let mut task = shell("extract", "echo x >> ran; test -e good");
    task["cache"] = json!({});
    let document = workflow("sales", &[task], &[]);
    for _ in 0..2 {
        let run = site.run("sales.json", &document).await;
        assert_eq!(site.ended(run).await.state, RunState::Failed);
    }
    site.write("good", "");
    let good = site.run("sales.json", &document).await;
    assert_eq!(site.ended(good).await.state, RunState::Succeeded);
    assert_eq!(times(site), 3);
    let rerun = site.api().rerun(again(good)).await.unwrap().run;
    assert_eq!(from(&site.ended(rerun).await), None);
    assert_eq!(times(site), 4);
    // And what it gave is the newest.
    let run = site.run("sales.json", &document).await;
    assert_eq!(from(&site.ended(run).await), Some(rerun));
}

pub(crate) async fn a_result_whose_files_are_gone_is_made_again(site: &mut Site) {
    let document = sales(&json!({}));
    let first = run_on(site, &document, "mon").await;
    let sha256 = &first.tasks[&key("extract")].artifacts[0].sha256;
    let content = site.home().artifacts().join(&sha256[..2]).join(&sha256[2..]);
    fs::remove_file(content).unwrap();
    assert_eq!(from(&run_on(site, &document, "mon").await), None);
    assert_eq!(times(site), 2);
}

/// Items are known by what they are, and not by where they stand.
pub(crate) async fn items_are_reused_by_value(site: &mut Site) {
    let over = |items: &str| {
        let mut each = shell("each", "echo \"$X\" >> ran; millrace-task output got=\"$X\"");
        each["env"] = json!({ "X": "${item}" });
        each["cache"] = json!({});
        each["for_each"] = json!({ "items": items });
        workflow("items", &[each], &[])
    };
    let first = site.run("items.json", &over("['a', 'b']")).await;
    assert_eq!(site.ended(first).await.state, RunState::Succeeded);
    assert_eq!(times(site), 2);
    let second = site.run("items.json", &over("['c', 'b', 'a', 'b']")).await;
    let ended = site.ended(second).await;
    let outputs = &ended.tasks[&key("each")].outputs;
    assert_eq!(outputs["got"], json!(["c", "b", "a", "b"]));
    let causes: Vec<Option<RunId>> = (0..4)
        .map(|item| {
            let of = millrace_model::ids::TaskKey { item: Some(item), ..key("each") };
            match ended.task(&of).unwrap().cause {
                Some(Cause::Reused { from, cached: true }) => from,
                None => None,
                ref other => panic!("{other:?}"),
            }
        })
        .collect();
    assert_eq!(causes, [None, Some(first), Some(first), Some(first)]);
    assert_eq!(times(site), 3, "only the new one ran");
}
