//! What parts of a script share: variables, functions, folders. Found by words, so it can be too much and too little.

use std::collections::{BTreeMap, BTreeSet};

use super::cut::{Cut, Part};
use crate::ident::is_variable;
use crate::import::Remark;

/// Whether a beginning makes the script end at the first command that fails.
pub(super) fn stops_on_error(before: &str) -> bool {
    before.lines().map(str::trim).any(|line| {
        let mut words = line.split_whitespace();
        words.next() == Some("set")
            && words.clone().any(|word| {
                word == "errexit"
                    || word.starts_with('-') && !word.starts_with("--") && word.contains('e')
            })
    })
}

/// The variable that a line sets as its first word.
pub(super) fn assigned(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let line = ["export ", "readonly ", "declare ", "local ", "typeset "]
        .iter()
        .find_map(|word| line.strip_prefix(word))
        .unwrap_or(line)
        .trim_start();
    let (name, _) = line.split_once('=')?;
    let name = name.strip_suffix('+').unwrap_or(name);
    is_variable(name).then_some(name)
}

/// Tells what one part sets and another one uses.
pub(super) fn shared(cut: &Cut, remarks: &mut Vec<Remark>) {
    for line in cut.start.carried.lines() {
        if let Some(name) = assigned(line)
            && (line.contains("$(") || line.contains('`'))
            && cut.parts.len() > 1
        {
            let message =
                format!("`{name}` is what a command prints: it is worked out again in each task");
            remarks.push(Remark::changed(0, message));
        }
    }
    let mut variables: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut functions: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut moved: Option<(usize, usize)> = None;
    for (at, part) in cut.parts.iter().enumerate() {
        if let Some((_, line)) = moved.filter(|(from, _)| *from < at) {
            let message =
                "a `cd` of another part holds no longer: each task starts in the workflow's folder";
            remarks.push(Remark::changed(line, message));
            moved = None;
        }
        for (line, text) in numbered(part) {
            let plain = text.trim();
            for name in sets(plain) {
                variables.insert(name, (at, line));
            }
            for name in used(plain) {
                if let Some((_, set)) = variables.get(name).filter(|(from, _)| *from < at) {
                    let message = format!(
                        "`${name}` is set in line {set}, in another part: a task does not see it; give it as an output (`millrace-task output {name}=…`) and take it in by `env`"
                    );
                    remarks.push(Remark::changed(line, message));
                }
            }
            let words: BTreeSet<&str> = plain.split(|c: char| !is_letter(c)).collect();
            for name in words {
                if let Some((_, set)) = functions.get(name).filter(|(from, _)| *from < at) {
                    let message = format!(
                        "`{name}` is a function of another part (line {set}), which a task does not see; put it before the first part"
                    );
                    remarks.push(Remark::changed(line, message));
                }
            }
            if plain == "exit" || plain.starts_with("exit ") {
                let message = "`exit` ends its task and no longer the whole script";
                remarks.push(Remark::changed(line, message));
            }
            if (plain.starts_with("cd ") || plain.starts_with("pushd ")) && moved.is_none() {
                moved = Some((at, line));
            }
            if let Some(name) = function(plain) {
                functions.insert(name, (at, line));
            }
        }
    }
}

fn numbered(part: &Part) -> impl Iterator<Item = (usize, &str)> {
    let first = part.line + 1;
    part.text.lines().enumerate().map(move |(index, text)| (first + index, text))
}

/// Variables that a line sets, wherever a command can begin in it.
fn sets(line: &str) -> Vec<String> {
    let mut names = Vec::new();
    if line.starts_with('#') {
        return names;
    }
    for command in line.split([';', '&', '|']) {
        let command = command.trim();
        let command = ["then ", "do ", "else ", "if ", "while "]
            .iter()
            .find_map(|word| command.strip_prefix(word))
            .unwrap_or(command);
        // `A=1 program` sets it for the program alone.
        if let Some(name) = assigned(command)
            && !command.starts_with("local ")
        {
            names.push(name.to_owned());
        }
        let mut words = command.split_whitespace();
        match words.next() {
            Some("read") => {
                let read = words.filter(|word| is_variable(word));
                names.extend(read.map(str::to_owned));
            }
            Some("for") => {
                let name = words.next().filter(|word| is_variable(word));
                names.extend(name.map(str::to_owned));
            }
            _ => {}
        }
    }
    names
}

fn function(line: &str) -> Option<String> {
    let line = line.strip_prefix("function ").unwrap_or(line);
    let (name, rest) = line.split_once('(')?;
    let name = name.trim();
    let is_name = !name.is_empty() && name.chars().all(is_letter);
    (is_name && rest.trim_start().starts_with(')')).then(|| name.to_owned())
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The names that a line has as `$NAME` or `${NAME…}`, each once.
fn used(line: &str) -> BTreeSet<&str> {
    let names = line.match_indices('$').map(|(at, _)| {
        let rest = &line[at + 1..];
        let rest = match rest.strip_prefix('{') {
            Some(braced) => braced.trim_start_matches(['#', '!']),
            None => rest,
        };
        &rest[..rest.find(|c: char| !is_letter(c)).unwrap_or(rest.len())]
    });
    names.filter(|name| !name.is_empty()).collect()
}
