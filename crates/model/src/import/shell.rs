//! A shell script whose parts begin with `# --- name`: each part becomes a task, one after the other.
//!
//! What stands before the first part and only prepares (options, variables, functions) is put before each of them. Not a
//! shell parser: what parts share beyond that is looked for by its words and told.

mod cut;
mod names;

use std::collections::{BTreeMap, HashSet};

use crate::document::{AtomSet, Workflow};

use super::draft;
use super::{Import, Remark};
use cut::{Part, cut};

/// The most parts of one script.
const MAX_PARTS: usize = 1_000;
/// Shells that a script can be run by.
const SHELLS: [&str; 9] = ["sh", "bash", "dash", "ksh", "zsh", "ash", "mksh", "busybox", "rbash"];

pub(super) fn import(path: &str, text: &str) -> Import {
    let text = text.replace("\r\n", "\n");
    let mut remarks = Vec::new();
    let first = text.lines().next().unwrap_or_default();
    let shebang = first.starts_with("#!").then_some(first);
    let (shell, options) = match shebang.map(shell_of) {
        Some(Some(found)) => found,
        Some(None) => {
            let message = format!("`{first:.80}` is not a shell, so this is no shell script");
            return Import { workflows: Vec::new(), remarks: vec![Remark::left_out(1, message)] };
        }
        None => (by_ending(path), String::new()),
    };
    let cut = cut(&text);
    if cut.parts.is_empty() && cut.start.commands.trim().is_empty() {
        return Import { workflows: Vec::new(), remarks };
    }
    if cut.parts.len() > MAX_PARTS {
        let message = format!("there are more than {MAX_PARTS} parts; nothing was made of them");
        return Import { workflows: Vec::new(), remarks: vec![Remark::left_out(0, message)] };
    }
    for line in &cut.nested {
        let message = "this `# ---` stands within a command, so no part begins there";
        remarks.push(Remark::left_out(*line, message));
    }
    if cut.parts.is_empty() {
        let message = "there is no line `# --- name` at which a part begins: all of it is one task";
        remarks.push(Remark::changed(0, message));
    }
    let mut before = String::new();
    if !options.is_empty() {
        before.push_str(&format!("set {options}\n"));
    }
    before.push_str(&cut.start.carried);
    let stops = names::stops_on_error(&before);
    let workflow = build(path, &cut, &before, &shell, stops, &mut remarks);
    if !stops && workflow.tasks.len() > 1 {
        let message = "the script goes on after a command that fails, so each task starts however the one before ended";
        remarks.push(Remark::changed(0, message));
    }
    names::shared(&cut, &mut remarks);
    Import { workflows: vec![draft::finish(workflow, remarks)], remarks: Vec::new() }
}

fn build(
    path: &str,
    cut: &cut::Cut,
    before: &str,
    shell: &str,
    stops: bool,
    remarks: &mut Vec<Remark>,
) -> Workflow {
    let mut workflow = draft::workflow(draft::stem(path), &HashSet::new());
    workflow.description = Some("From a shell script.".to_owned());
    let mut parts: Vec<&Part> = Vec::new();
    let start;
    if !cut.start.commands.trim().is_empty() {
        let name = if cut.parts.is_empty() { draft::stem(path) } else { "start" };
        start = Part { name: name.to_owned(), line: 1, text: cut.start.commands.clone() };
        parts.push(&start);
    }
    parts.extend(&cut.parts);
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for part in parts {
        let mut task = draft::task(&workflow, &part.name, "shell");
        if let Some(line) = seen.insert(part.name.as_str(), part.line) {
            let message = format!("`{}` is also the name of the part in line {line}", part.name);
            remarks.push(Remark::changed(part.line, message));
        }
        let text = part.text.trim_matches('\n');
        let script = format!("{before}{}", if text.trim().is_empty() { ":" } else { text });
        task.spec = draft::shell_spec(&script, shell, stops);
        task.description = Some(format!("Line {} of the script.", part.line));
        if let Some(last) = workflow.tasks.last() {
            let mut edge = draft::dependency(&last.name, &task.name);
            if !stops {
                edge.on = AtomSet::FINISHED;
            }
            workflow.dependencies.push(edge);
        }
        workflow.tasks.push(task);
    }
    workflow
}

/// The shell that a first line names, and its options; none where it is another program.
pub(super) fn shell_of(first: &str) -> Option<(String, String)> {
    let mut words = first.strip_prefix("#!")?.split_whitespace().peekable();
    let program = words.next()?;
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let mut shell = program.to_owned();
    if name(program) == "env" {
        if words.peek() == Some(&"-S") {
            words.next();
        }
        shell = words.next()?.to_owned();
    }
    if !SHELLS.contains(&name(&shell).as_str()) || name(&shell) == "busybox" {
        return None;
    }
    // A shell in its usual place is found by its name wherever it is.
    let usual = ["/bin/", "/usr/bin/", "/usr/local/bin/"];
    if let Some(rest) = usual.iter().find_map(|folder| shell.strip_prefix(folder)) {
        shell = rest.to_owned();
    }
    let options: Vec<&str> =
        words.take_while(|word| word.starts_with('-') && *word != "--" && *word != "-").collect();
    Some((shell, options.join(" ")))
}

fn by_ending(path: &str) -> String {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some(ending @ ("bash" | "zsh" | "ksh" | "dash")) => ending.to_owned(),
        _ => "sh".to_owned(),
    }
}
