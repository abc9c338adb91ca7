//! Answers to questions, and marks.

use millrace_api::Code;
use millrace_api::answer::{AnswerTask, MarkAs, MarkTask};
use millrace_model::Values;
use millrace_model::event::{RunState, TaskState};
use millrace_model::ids::RunId;
use serde_json::json;

use crate::document::{noop, workflow};
use crate::site::{NO_RUN, Site, code, key};

pub(crate) async fn a_question_is_answered_once(site: &mut Site) {
    let run = asking(site).await;
    let wrong = AnswerTask { texts: [("days".to_owned(), "many".to_owned())].into(), ..yes(run) };
    assert_eq!(code(site.api().answer_task(wrong).await), Code::InvalidParams);
    let texts = [("days".to_owned(), "30".to_owned())].into();
    let by = Some("ada".to_owned());
    site.api().answer_task(AnswerTask { texts, by, ..yes(run) }).await.unwrap();
    let ended = site.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded);
    let outputs = &ended.tasks[&key("ask")].outputs;
    assert_eq!((&outputs["approved"], &outputs["by"]), (&json!(true), &json!("ada")));
    assert_eq!(outputs["answer"], json!({ "days": 30 }));
    let error = site.api().answer_task(yes(run)).await.unwrap_err();
    assert_eq!(error.code, Code::NotAsked);
    assert!(error.message.contains("ada"), "{error:?}");
}

pub(crate) async fn what_asks_nothing_takes_no_answer(site: &mut Site) {
    assert_eq!(code(site.api().answer_task(yes(NO_RUN)).await), Code::NotFound);
    let run = site.run("w.json", &workflow("w", &[noop("ask")], &[])).await;
    site.ended(run).await;
    assert_eq!(code(site.api().answer_task(yes(run)).await), Code::NotAsked);
}

pub(crate) async fn a_mark_ends_what_waits(site: &mut Site) {
    let run = asking(site).await;
    let outputs: Values = [("answer".to_owned(), json!({ "days": 1 }))].into_iter().collect();
    site.api().mark_task(MarkTask { outputs, ..mark(run, MarkAs::Succeeded) }).await.unwrap();
    let ended = site.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded);
    assert_eq!(ended.tasks[&key("ask")].outputs["answer"], json!({ "days": 1 }));
}

pub(crate) async fn what_has_succeeded_cannot_be_marked(site: &mut Site) {
    assert_eq!(code(site.api().mark_task(mark(NO_RUN, MarkAs::Failed)).await), Code::NotFound);
    let run = site.run("w.json", &workflow("w", &[noop("ask")], &[])).await;
    site.ended(run).await;
    assert_eq!(code(site.api().mark_task(mark(run, MarkAs::Failed)).await), Code::CannotMark);
}

/// A run whose only task waits for an answer.
async fn asking(site: &Site) -> RunId {
    let form = json!([{ "name": "days", "type": "int", "default": 7 }]);
    let ask = json!({ "name": "ask", "kind": "approval", "spec": { "message": "Go on?", "params": form } });
    let run = site.run("w.json", &workflow("w", &[ask], &[])).await;
    site.reached(run, "ask", TaskState::Waiting).await;
    run
}

fn yes(run: RunId) -> AnswerTask {
    let (values, texts) = (Values::new(), std::collections::BTreeMap::new());
    AnswerTask { run, task: key("ask"), approve: true, values, texts, note: None, by: None }
}

fn mark(run: RunId, mark: MarkAs) -> MarkTask {
    MarkTask { run, task: key("ask"), mark, outputs: Values::new(), by: None }
}
