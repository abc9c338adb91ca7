//! `millrace approve`: what runs ask, and the answers.

use jiff::tz::TimeZone;

use millrace_api::answer::{AnswerTask, Question};
use millrace_api::inbox::ReadInbox;
use millrace_model::time::Timestamp;

use super::logs::task_key;
use super::run::{param_texts, params};
use crate::args::Approve;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::style::Style;
use crate::text::{escape, human};

pub(crate) fn run(args: &Approve, out: &mut Out) -> Result<Exit, Failure> {
    match (&args.run, &args.task) {
        (Some(run), Some(task)) => block_on(answer(args, run, task, out))?,
        _ => block_on(list(args.json, out))?,
    }
}

async fn answer(args: &Approve, run: &str, task: &str, out: &mut Out) -> Result<Exit, Failure> {
    let task = task_key(task)?;
    let (values, texts) = (params(&args.params)?, param_texts(&args.params)?);
    let link = Link::to_daemon().await?;
    let run = link.find_run(run).await?;
    let request = AnswerTask {
        run,
        task: task.clone(),
        approve: !args.reject,
        values,
        texts,
        note: args.note.clone(),
        by: None,
    };
    link.backend().answer_task(request).await?;
    let said = if args.reject { "rejected" } else { "approved" };
    if args.json {
        out.json(&serde_json::json!({ "run": run, "task": task.to_string(), "answer": said }))?;
    } else {
        out.note(&format!("{said} {task} of run {run:.8}"))?;
    }
    Ok(Exit::Succeeded)
}

async fn list(json: bool, out: &mut Out) -> Result<Exit, Failure> {
    let link = Link::to_daemon().await?;
    let questions = link.backend().read_inbox(ReadInbox {}).await?.questions;
    if json {
        out.json(&serde_json::json!({ "questions": questions }))?;
        return Ok(Exit::Succeeded);
    }
    if questions.is_empty() {
        out.note("nothing waits for an answer")?;
    }
    for (at, question) in questions.iter().enumerate() {
        let before = if at == 0 { "" } else { "\n" };
        let text = shown(question, human::now(), &TimeZone::system(), out.style());
        out.write(&format!("{before}{text}"))?;
    }
    Ok(Exit::Succeeded)
}

/// A question, and how it is answered.
fn shown(question: &Question, now: Timestamp, zone: &TimeZone, style: Style) -> String {
    let workflow = question.title.as_ref().unwrap_or(&question.workflow);
    let asked = human::relative(question.since, now);
    let mut text = format!("{}  {}  asked {asked}", escape::one_line(workflow), question.task);
    if let Some(until) = question.until {
        text.push_str(&format!(", until {}", human::date_time(until, zone)));
    }
    text.push('\n');
    for line in question.message.lines() {
        text.push_str(&format!("  {}\n", escape::one_line(line)));
    }
    let task = escape::shell_word(&question.task.to_string());
    let mut command = format!("millrace approve {:.8} {task}", question.run);
    for param in question.params.as_array().into_iter().flatten() {
        let Some(name) = param.get("name").and_then(serde_json::Value::as_str) else { continue };
        let given = match question.form.get(name) {
            Some(serde_json::Value::String(text)) => escape::shell_word(&format!("{name}={text}")),
            Some(value) => escape::shell_word(&format!("{name}={value}")),
            None => escape::one_line(&format!("{name}=…")),
        };
        command.push_str(&format!(" -p {given}"));
    }
    text.push_str(&format!("  {}\n", style.dim(&command)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::ids::{RunId, TaskKey};
    use serde_json::json;

    #[test]
    fn a_question_is_shown_with_the_command_that_answers_it() {
        let question = Question {
            run: RunId(0xabcd_0000_0000_0000),
            task: TaskKey::plain("ask".parse().unwrap()),
            workflow: "load".to_owned(),
            title: Some("Daily load".to_owned()),
            since: Timestamp(0),
            until: Some(Timestamp(7_200_000_000)),
            message: "Load **7** rows?\n\u{1b}[31mnow".to_owned(),
            form: json!({"n": 7, "of": "a; b"}).as_object().unwrap().clone(),
            params: json!([{"name": "n"}, {"name": "of"}, {"name": "why"}]),
        };
        let now = Timestamp(3_600_000_000);
        insta::assert_snapshot!(shown(&question, now, &TimeZone::UTC, Style::PLAIN));
    }
}
