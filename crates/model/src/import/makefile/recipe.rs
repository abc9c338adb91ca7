//! A recipe as a shell script: each line has a shell of its own, and the first one that fails ends it.

use std::collections::BTreeMap;

use super::expand::{Expanded, Variables};
use super::rules::{Read, Target};
use crate::import::Remark;

/// The script of a target's recipe.
pub(super) fn script(
    target: &Target,
    variables: &Variables,
    read: &Read,
    remarks: &mut Vec<Remark>,
) -> String {
    let automatic = automatic(target);
    let mut parts = Vec::new();
    for (line, text) in &target.recipe {
        let (text, ignores_errors) = without_marks(text);
        if text.trim().is_empty() {
            continue;
        }
        let expanded = variables.expand(text, &automatic);
        if let Some(remark) = remark(target, *line, text, &expanded) {
            remarks.push(remark);
        }
        parts.push(match &expanded.unknown {
            Some(unknown) => refusal(*line, unknown),
            None if read.one_shell => expanded.text,
            None => own_shell(&expanded.text, ignores_errors || read.ignores_errors),
        });
    }
    if parts.is_empty() { ":".to_owned() } else { parts.join("\n") }
}

/// What stands for the target and its prerequisites in its recipe.
fn automatic(target: &Target) -> BTreeMap<&'static str, String> {
    let mut once: Vec<&str> = Vec::new();
    for name in target.prerequisites.iter().take(target.normal) {
        if !once.contains(&name.as_str()) {
            once.push(name);
        }
    }
    let all: Vec<&str> =
        target.prerequisites.iter().take(target.normal).map(String::as_str).collect();
    let order_only: Vec<&str> =
        target.prerequisites.iter().skip(target.normal).map(String::as_str).collect();
    BTreeMap::from([
        ("@", target.name.clone()),
        ("<", all.first().copied().unwrap_or_default().to_owned()),
        ("^", once.join(" ")),
        ("?", once.join(" ")),
        ("+", all.join(" ")),
        ("|", order_only.join(" ")),
    ])
}

/// Without `@`, `-` and `+` at the beginning; whether there was a `-`.
fn without_marks(text: &str) -> (&str, bool) {
    let rest = text.trim_start_matches([' ', '\t', '@', '-', '+']);
    // A dash that belongs to the command comes after its first word, so none of these is part of one.
    let marks = &text[..text.len() - rest.len()];
    (rest, marks.contains('-'))
}

fn remark(target: &Target, line: usize, text: &str, expanded: &Expanded) -> Option<Remark> {
    let name = &target.name;
    if let Some(unknown) = &expanded.unknown {
        let message = format!(
            "`{name}`: {unknown} is not understood; the task fails there until you write what is meant"
        );
        return Some(Remark::left_out(line, message));
    }
    if expanded.has_shell {
        let message = format!(
            "`{name}`: $(shell …) became $(…) of the shell, so it runs in its place and not before all else"
        );
        return Some(Remark::changed(line, message));
    }
    if expanded.from_environment && text.contains('\'') {
        let message = format!(
            "`{name}`: a variable of the environment stands between single quotes, where the shell does not put it in"
        );
        return Some(Remark::changed(line, message));
    }
    if text.contains("$(MAKE)") || text.contains("${MAKE}") {
        let message = format!("`{name}` calls make, which does its own work as before");
        return Some(Remark::changed(line, message));
    }
    if text.contains("$?") {
        let message =
            format!("`{name}`: `$?` stands for all prerequisites and not for the newer ones");
        return Some(Remark::changed(line, message));
    }
    None
}

/// Stands for a line that is not understood: better no result than another one.
fn refusal(line: usize, unknown: &str) -> String {
    let plain: String =
        unknown.chars().map(|c| if c == '\'' || c.is_control() { ' ' } else { c }).collect();
    format!("echo 'line {line} of the Makefile has {plain}: write what is meant' >&2\nexit 1")
}

/// A line that can change its shell (`cd`, variables) does so for itself only; one that is a list of commands fails as its
/// last command does.
fn own_shell(text: &str, ignores_errors: bool) -> String {
    let alone = if is_plain(text) && !(ignores_errors && text.contains('#')) {
        text.to_owned()
    } else if text.contains(';') || text.replace("\\\n", "").contains('\n') {
        format!("(\nset +e\n{text}\n)")
    } else {
        format!("(\n{text}\n)")
    };
    if ignores_errors { format!("{alone} || true") } else { alone }
}

/// Whether a line is one command that leaves its shell as it was, and whose failure ends a script with `-e`.
fn is_plain(text: &str) -> bool {
    const CHANGES: [&str; 25] = [
        ".", "alias", "cd", "case", "eval", "exec", "exit", "export", "for", "function", "if",
        "popd", "pushd", "read", "readonly", "return", "set", "shift", "source", "trap", "ulimit",
        "umask", "unset", "until", "while",
    ];
    let first = text.split_whitespace().next().unwrap_or_default();
    !CHANGES.contains(&first)
        && !first.contains('=')
        && !first.starts_with(['!', '(', '{', '['])
        && !text.contains([';', '&'])
        && !text.contains("||")
        && !text.replace("\\\n", "").contains('\n')
}
