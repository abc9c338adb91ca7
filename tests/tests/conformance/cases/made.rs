//! Tasks that make files: reused where all are there, failed where one is missing, and run again when they are asked to.

use std::fs;
use std::path::Path;

use millrace_api::document::Source;
use millrace_api::run::RetryRun;
use millrace_model::event::{Cause, Outcome, Run, RunState, TaskState};
use serde_json::{Value, json};

use crate::document::{shell, workflow};
use crate::site::{Site, again, key, start};

/// `extract` → `load`: the first makes a file of a day and says how many rows it has, the second prints that.
fn sales() -> Value {
    let mut extract =
        shell("extract", "mkdir -p out; echo x >> \"out/$DAY.csv\"; millrace-task output rows:=3");
    extract["env"] = json!({ "DAY": "${params.day}" });
    extract["produces"] = json!(["out", "out/${params.day}.c*"]);
    let mut load = shell("load", "echo $ROWS; millrace-task input extract.rows");
    load["env"] = json!({ "ROWS": "${string(tasks.extract.outputs.rows)}" });
    let mut document = workflow("sales", &[extract, load], &[("extract", "load")]);
    document["params"] = json!([{ "name": "day", "type": "string", "default": "mon" }]);
    document
}

fn cause<'r>(run: &'r Run, task: &str) -> Option<&'r Cause> {
    run.tasks[&key(task)].cause.as_ref()
}

fn lines(path: &Path) -> usize {
    fs::read_to_string(path).unwrap().lines().count()
}

pub(crate) async fn a_task_whose_files_are_there_is_reused(site: &mut Site) {
    let path = site.write("sales.json", sales().to_string());
    let day = async |day: &str| {
        let mut request = start(Source::Path(path.clone()));
        request.param_texts.insert("day".to_owned(), day.to_owned());
        let run = site.api().start_run(request).await.unwrap().run;
        site.ended(run).await
    };
    let first = day("mon").await;
    assert_eq!((first.state, cause(&first, "extract")), (RunState::Succeeded, None), "{first:?}");
    let printed = site.printed(first.run, "load").await;
    assert_eq!(day("tue").await.tasks[&key("extract")].cause, None, "another day, another file");

    let file = site.path("out/mon.csv");
    for _ in 0..2 {
        let run = day("mon").await;
        assert_eq!(run.state, RunState::Succeeded, "{run:?}");
        let extract = &run.tasks[&key("extract")];
        let Some(Cause::Reused { from: Some(_), .. }) = extract.cause else {
            panic!("{extract:?}")
        };
        assert_eq!(extract.state, TaskState::Succeeded);
        assert_eq!(extract.outputs["rows"], 3, "what it gave when it ran");
        assert_eq!(extract.attempts[0].started, None, "no process");
        assert_eq!(site.printed(run.run, "extract").await.as_deref(), Some(""));
        assert_eq!(
            site.printed(run.run, "load").await,
            printed,
            "what comes after it sees no difference"
        );
    }
    assert_eq!(lines(&file), 1);

    let run = site.api().rerun(again(first.run)).await.unwrap().run;
    assert_eq!(cause(&site.ended(run).await, "extract"), None, "a rerun runs");
    assert_eq!(lines(&file), 2);

    fs::remove_file(&file).unwrap();
    assert_eq!(cause(&day("mon").await, "extract"), None, "what is gone is made again");
}

pub(crate) async fn a_task_that_leaves_out_a_file_has_failed(site: &mut Site) {
    let mut late = shell("late", "touch one; test $MILLRACE_TRY = 1 || touch two");
    late["produces"] = json!(["one", "two"]);
    late["retry"] = json!({ "attempts": 2 });
    let mut never = shell("never", "millrace-task output rows:=3");
    never["produces"] = json!(["one", "three", "*.four"]);
    let run = site.run("w.json", &workflow("w", &[late, never], &[("late", "never")])).await;
    let ended = site.ended(run).await;
    assert_eq!(ended.state, RunState::Failed);
    let late = &ended.tasks[&key("late")];
    assert_eq!((late.state, late.attempts.len()), (TaskState::Succeeded, 2));
    let end = late.attempts[0].end.as_ref().unwrap();
    assert_eq!(end.outcome, Outcome::Missing { patterns: vec!["two".to_owned()] });
    let never = &ended.tasks[&key("never")];
    assert_eq!((never.state, never.outputs.len()), (TaskState::Failed, 0));
    let said = never.cause.as_ref().unwrap().to_string();
    assert_eq!(said, "it ended well but did not produce three, *.four");

    // What failed runs again, whatever is there.
    site.open_gates(&["three", "x.four"]);
    site.api().retry_run(RetryRun { run }).await.unwrap();
    let ended = site.fold_until(run, |fold| fold.state.is_final() && fold.round == 2).await;
    let never = &ended.tasks[&key("never")];
    assert_eq!((never.state, &never.cause), (TaskState::Succeeded, &None));
    assert!(never.attempts[1].started.is_some() && never.outputs["rows"] == 3);
}

pub(crate) async fn files_that_cannot_be_looked_for_are_an_error(site: &mut Site) {
    let mut up = shell("up", "touch ran");
    up["produces"] = json!(["${params.folder}/x"]);
    let mut made = shell("made", "touch ran");
    made["produces"] = json!(["there"]);
    let mut reader = shell("reader", "true");
    reader["env"] = json!({ "ROWS": "${string(tasks.made.outputs.rows)}" });
    let mut document = workflow("w", &[up, made, reader], &[("made", "reader")]);
    document["params"] = json!([{ "name": "folder", "type": "string", "default": ".." }]);
    site.write("there", "");
    let run = site.run("w.json", &document).await;
    let ended = site.ended(run).await;
    for (task, words) in [("up", ["`../x`", "workdir"]), ("reader", ["ROWS", "rows"])] {
        let found = &ended.tasks[&key(task)];
        assert_eq!(found.state, TaskState::Error, "{task}: {found:?}");
        let said = found.cause.as_ref().unwrap().to_string();
        assert!(words.iter().all(|word| said.contains(word)), "{task}: {said}");
    }
    assert_eq!(cause(&ended, "made"), Some(&Cause::Reused { from: None, cached: false }));
    assert!(!site.path("ran").exists(), "none of them ran");
}
