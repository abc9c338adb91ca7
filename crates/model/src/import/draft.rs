//! A workflow that is being made: free names, texts that are no templates, and the notes on its canvas.

use std::collections::HashSet;

use crate::document::{Dependency, EnvValue, Json, Note, Task, Workflow};
use crate::edit::{free_name, fresh_name, suggested_name};
use crate::ident::Ident;
use crate::template::Template;

use super::{Imported, Remark};

/// The width of the note with the remarks.
const NOTE_WIDTH: f64 = 432.0;
/// Between the note and the first column of cards.
const NOTE_GAP: f64 = 48.0;
/// The remarks that a note lists; all of them are in the report.
const NOTE_REMARKS: usize = 12;
/// The longest title that is taken over, in characters.
const TITLE: usize = 120;

/// A workflow of this name, or what a name can be made of; `taken` are the names that are not free.
pub(super) fn workflow(name: &str, taken: &HashSet<Ident>) -> Workflow {
    let base = suggested_name(name).unwrap_or_else(Ident::untitled);
    Workflow::new(free_name(&base, |name| taken.contains(name)))
}

/// The last part of a path, without its ending.
pub(super) fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    match file.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => file,
    }
}

/// A text as a title: on one line, not too long; none where there is nothing in it.
pub(super) fn title(text: &str) -> Option<String> {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = plain.chars().take(TITLE).collect();
    (!short.is_empty()).then_some(short)
}

/// A task with a free name like this one.
pub(super) fn task(workflow: &Workflow, name: &str, kind: &str) -> Task {
    let base = suggested_name(name)
        .unwrap_or_else(|| suggested_name("task").unwrap_or_else(Ident::untitled));
    let mut task = Task::new(fresh_name(workflow, &base), kind);
    task.title = title(name).filter(|title| title != task.name.as_str());
    task
}

/// The spec of a shell task.
pub(super) fn shell_spec(script: &str, shell: &str, stop_on_error: bool) -> Json {
    let mut members = vec![("script".to_owned(), Json::from(script))];
    if shell != "sh" && shell != "/bin/sh" {
        members.push(("shell".to_owned(), Json::from(shell)));
    }
    if !stop_on_error {
        members.push(("stop_on_error".to_owned(), Json::Bool(false)));
    }
    Json::Object(members)
}

/// A text as the value of a variable: `${` in it stays what it is.
pub(super) fn value(text: &str) -> EnvValue {
    EnvValue::Template(Template::literal(text).source().to_owned())
}

/// A dependency on the ends in `on`.
pub(super) fn dependency(from: &Ident, to: &Ident) -> Dependency {
    Dependency::new(from.clone(), to.clone())
}

/// The workflow with its remarks, which stand on its canvas as well.
pub(super) fn finish(mut workflow: Workflow, mut remarks: Vec<Remark>) -> Imported {
    remarks.sort_by_key(|remark| remark.line);
    remarks.dedup();
    // As they are saved.
    workflow.dependencies.sort_by(|a, b| (&a.from, &a.to).cmp(&(&b.from, &b.to)));
    if !remarks.is_empty() {
        workflow.layout.notes.push(note(&remarks));
    }
    Imported { workflow, remarks }
}

fn note(remarks: &[Remark]) -> Note {
    let mut text = "**To look at**\n".to_owned();
    for remark in remarks.iter().take(NOTE_REMARKS) {
        let line = if remark.line > 0 { format!("line {}, ", remark.line) } else { String::new() };
        text.push_str(&format!("\n- {line}{}: {}", remark.what.words(), remark.message));
    }
    if remarks.len() > NOTE_REMARKS {
        text.push_str(&format!("\n- and {} more", remarks.len() - NOTE_REMARKS));
    }
    Note {
        at: [-NOTE_WIDTH - NOTE_GAP, 0.0],
        size: [NOTE_WIDTH, height(&text)],
        text,
        colour: None,
        ..Note::default()
    }
}

/// About as high as the text is when it is drawn.
fn height(text: &str) -> f64 {
    const LETTERS_A_LINE: usize = 60;
    const LINE: f64 = 16.0;
    let lines: usize = text.lines().map(|line| line.chars().count() / LETTERS_A_LINE + 1).sum();
    let lines = u32::try_from(lines).unwrap_or(u32::MAX);
    (f64::from(lines) * LINE + 48.0).min(640.0)
}
