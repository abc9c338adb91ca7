//! A Makefile: targets become tasks, prerequisites dependencies, recipes shell scripts that do what make would do with them.
//!
//! What make works out from rules without names (patterns, suffixes), from functions and from other files is not. Text is
//! read; make is never called, because it runs parts of a Makefile whatever it is asked.

mod expand;
mod lines;
mod recipe;
mod rules;

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::document::{Json, Workflow};
use crate::ident::{Ident, is_variable};
use crate::produces;
use crate::template::Template;

use super::draft;
use super::{Import, Remark};
use expand::Variables;
use rules::{Read, Target};

/// The most targets of one file.
const MAX_TARGETS: usize = 5_000;

pub(super) fn import(path: &str, text: &str) -> Import {
    let mut read = rules::read(text);
    let mut remarks = std::mem::take(&mut read.remarks);
    if read.targets.len() > MAX_TARGETS || read.is_too_large() {
        let message = match read.is_too_large() {
            true => "its rules have more targets and prerequisites than are read; nothing was made of them".to_owned(),
            false => format!("there are more than {MAX_TARGETS} targets; nothing was made of them"),
        };
        return Import { workflows: Vec::new(), remarks: vec![Remark::left_out(0, message)] };
    }
    drop_unmade(&mut read);
    if read.targets.is_empty() {
        return Import { workflows: Vec::new(), remarks };
    }
    drop_circles(&mut read, &mut remarks);
    let mut workflow = draft::workflow(name_of(path), &HashSet::new());
    workflow.description = Some("From a Makefile.".to_owned());
    for name in &read.exported {
        // What refers to the environment of make itself is there anyway.
        if is_variable(name)
            && let Some(value) = read.variables.plain(name)
        {
            workflow.env.insert(name.clone(), draft::value(&value));
        }
    }
    let names = add_tasks(&mut workflow, &read, &mut remarks);
    add_dependencies(&mut workflow, &read, &names);
    disable_others(&mut workflow, &read, &names, &mut remarks);
    if workflow.tasks.iter().any(|task| !task.produces.is_empty()) {
        let message = "make does a target again when a prerequisite is newer than its file; here a task with `produces` is only done again when its file is missing";
        remarks.push(Remark::changed(0, message));
    }
    Import { workflows: vec![draft::finish(workflow, remarks)], remarks: Vec::new() }
}

/// A Makefile has no name of its own; its folder has.
fn name_of(path: &str) -> &str {
    let stem = draft::stem(path);
    let folder = path.rsplit('/').nth(1).filter(|folder| !folder.is_empty() && *folder != ".");
    match stem.to_ascii_lowercase().as_str() {
        "makefile" | "gnumakefile" => folder.unwrap_or("make"),
        _ => stem,
    }
}

/// What has neither a recipe nor prerequisites is a file that is there, or nothing at all.
fn drop_unmade(read: &mut Read) {
    let phony = &read.phony;
    read.targets.retain(|target| {
        !target.recipe.is_empty()
            || !target.prerequisites.is_empty()
            || phony.contains(&target.name)
    });
}

/// make drops the prerequisite that would close a circle, and so do we.
fn drop_circles(read: &mut Read, remarks: &mut Vec<Remark>) {
    let index: BTreeMap<String, usize> =
        read.targets.iter().enumerate().map(|(at, target)| (target.name.clone(), at)).collect();
    // 0 = not seen, 1 = on the way, 2 = done. No recursion: a file may have thousands of targets in a row.
    let mut seen = vec![0_u8; read.targets.len()];
    for root in 0..read.targets.len() {
        let mut way = vec![(root, 0)];
        while let Some((at, next)) = way.last().copied() {
            if next == 0 {
                if seen[at] != 0 {
                    way.pop();
                    continue;
                }
                seen[at] = 1;
            }
            let Some(name) = read.targets[at].prerequisites.get(next).cloned() else {
                seen[at] = 2;
                way.pop();
                continue;
            };
            let below = index.get(&name).copied();
            let advance = |way: &mut Vec<(usize, usize)>| {
                if let Some(last) = way.last_mut() {
                    last.1 += 1;
                }
            };
            match below {
                Some(below) if seen[below] == 1 => {
                    let target = &mut read.targets[at];
                    target.prerequisites.remove(next);
                    target.normal -= usize::from(next < target.normal);
                    let message = format!(
                        "`{}` waits for `{}` and the other way round; this dependency was dropped, as make does",
                        target.name, name
                    );
                    remarks.push(Remark::left_out(target.line, message));
                    if next == 0 {
                        // It is looked at from its first prerequisite again.
                        seen[at] = 0;
                    }
                }
                Some(below) if seen[below] == 0 => {
                    advance(&mut way);
                    way.push((below, 0));
                }
                _ => advance(&mut way),
            }
        }
    }
}

fn add_tasks(
    workflow: &mut Workflow,
    read: &Read,
    remarks: &mut Vec<Remark>,
) -> BTreeMap<String, Ident> {
    let mut names = BTreeMap::new();
    for target in &read.targets {
        let kind = if target.recipe.is_empty() { "noop" } else { "shell" };
        let mut task = draft::task(workflow, &target.name, kind);
        if !target.recipe.is_empty() {
            let own;
            let variables = if target.variables.is_empty() {
                &read.variables
            } else {
                own = read.variables.with(&target.variables);
                &own
            };
            let script = recipe::script(target, variables, read, remarks);
            let shell = shell(variables);
            task.spec = draft::shell_spec(&script, &shell, !read.one_shell);
            task.produces.extend(made_file(target, read));
        } else {
            task.spec = Json::Object(Vec::new());
        }
        task.description = Some(match &target.help {
            Some(help) => format!("{help}\n\nTarget in line {}.", target.line),
            None => format!("Target in line {}.", target.line),
        });
        names.insert(target.name.clone(), task.name.clone());
        workflow.tasks.push(task);
    }
    names
}

fn shell(variables: &Variables) -> String {
    let shell = variables.plain("SHELL").unwrap_or_default();
    let shell = shell.trim();
    if shell.is_empty() { "sh".to_owned() } else { shell.to_owned() }
}

/// The pattern of the file that a target stands for. A target without a dot and a slash is as good as always a name for what
/// is to be done, whether or not it is said to be phony.
fn made_file(target: &Target, read: &Read) -> Option<String> {
    let name = target.name.as_str();
    let is_file = !read.phony.contains(name) && name.contains(['.', '/']) && !name.ends_with('/');
    let pattern = Template::literal(name.strip_prefix("./").unwrap_or(name)).source().to_owned();
    let is_plain = !name.contains(['*', '?', '[', ']', '$']);
    (is_file && is_plain && produces::check(&pattern).is_ok()).then_some(pattern)
}

fn add_dependencies(workflow: &mut Workflow, read: &Read, names: &BTreeMap<String, Ident>) {
    for target in &read.targets {
        let Some(to) = names.get(&target.name) else { continue };
        let mut seen = BTreeSet::new();
        for from in target.prerequisites.iter().filter_map(|name| names.get(name)) {
            if from != to && seen.insert(from) {
                workflow.dependencies.push(draft::dependency(from, to));
            }
        }
    }
}

/// make makes one goal; a run does everything. What does not belong to the goal stays there and does not run.
fn disable_others(
    workflow: &mut Workflow,
    read: &Read,
    names: &BTreeMap<String, Ident>,
    remarks: &mut Vec<Remark>,
) {
    let is_there = |name: &&String| names.contains_key(*name);
    let first = read.targets.iter().map(|target| &target.name).find(|it| !it.starts_with('.'));
    let goals: Vec<&String> = match &read.goal {
        Some(goal) => read.targets.iter().map(|it| &it.name).filter(|it| *it == goal).collect(),
        None => first.into_iter().collect(),
    };
    let by_name: BTreeMap<&str, &Target> =
        read.targets.iter().map(|target| (target.name.as_str(), target)).collect();
    let mut wanted: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&String> = goals.iter().copied().filter(is_there).collect();
    while let Some(name) = open.pop() {
        if wanted.insert(name)
            && let Some(target) = by_name.get(name.as_str())
        {
            open.extend(target.prerequisites.iter().filter(is_there));
        }
    }
    let Some(goal) = goals.first() else { return };
    let mut others = Vec::new();
    for (target, task) in read.targets.iter().zip(&mut workflow.tasks) {
        if !wanted.contains(target.name.as_str()) {
            task.disabled = true;
            others.push(format!("`{}`", target.name));
        }
    }
    if !others.is_empty() {
        let more = others.len().saturating_sub(8);
        others.truncate(8);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let message = format!(
            "not needed for the goal `{goal}` and therefore disabled: {}{more}",
            others.join(", ")
        );
        remarks.push(Remark::changed(0, message));
    }
}
