//! `millrace validate`: every problem of documents, with its place. Needs no daemon.
//!
//! Pools are defined in a home's settings, so whether they exist is only checked when a workflow is run.

use millrace_api::document::{Problem, Severity};
use millrace_model::read::Document;
use millrace_model::validate::Surroundings;
use millrace_model::write::canonical_text;

use crate::args::Validate;
use crate::failure::{Exit, Failure};
use crate::out::Out;
use crate::text::input::read_document;
use crate::text::{escape, problems};

/// A document that was looked at.
struct Checked {
    name: String,
    text: Option<String>,
    problems: Vec<Problem>,
    /// It is written as the editor would write it.
    canonical: bool,
}

pub(crate) fn run(args: &Validate, out: &mut Out) -> Result<Exit, Failure> {
    let mut all = Vec::new();
    for name in &args.files {
        all.push(check(name, read_document(name)?));
    }
    if args.json {
        let documents: Vec<_> = all.iter().map(as_json).collect();
        out.json(&serde_json::json!({ "documents": documents }))?;
    } else {
        for checked in &all {
            let text = render(checked, out.style());
            out.write(&text)?;
        }
    }
    let invalid = all.iter().any(|checked| has_errors(&checked.problems));
    Ok(if invalid { Exit::Usage } else { Exit::Succeeded })
}

fn check(name: &str, bytes: Vec<u8>) -> Checked {
    let document = Document::parse(&bytes);
    let problems: Vec<Problem> =
        document.check(&Surroundings::default()).iter().map(Problem::from).collect();
    let text = String::from_utf8(bytes).ok();
    let canonical = document.workflow.as_ref().map(canonical_text) == text;
    let name = if name == "-" { "<stdin>" } else { name };
    Checked { name: name.to_owned(), text, problems, canonical }
}

fn render(checked: &Checked, style: crate::text::style::Style) -> String {
    let mut text: String = checked
        .problems
        .iter()
        .map(|problem| problems::render(problem, &checked.name, checked.text.as_deref(), style))
        .collect();
    let verdict =
        if has_errors(&checked.problems) { style.error("invalid") } else { style.good("valid") };
    let tally = problems::tally(&checked.problems).map(|tally| format!(" ({tally})"));
    text.push_str(&format!(
        "{}: {verdict}{}\n",
        escape::one_line(&checked.name),
        tally.unwrap_or_default()
    ));
    text
}

fn as_json(checked: &Checked) -> serde_json::Value {
    serde_json::json!({
        "file": checked.name,
        "valid": !has_errors(&checked.problems),
        "canonical": checked.canonical,
        "problems": checked.problems,
    })
}

pub(super) fn has_errors(problems: &[Problem]) -> bool {
    problems.iter().any(|problem| problem.severity == Severity::Error)
}
