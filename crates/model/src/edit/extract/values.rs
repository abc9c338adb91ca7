//! Values over the border: what the tasks read of outside becomes parameters, what others read of them is read through the
//! new task.

use std::collections::{BTreeMap, BTreeSet};

use super::Cut;
use super::border::Border;
use crate::document::{EnvMap, EnvValue, Join, Json, Param, ParamKind, Task};
use crate::edit::tokens::{chains, in_template};
use crate::expr::{Expr, References};
use crate::ident::Ident;
use crate::template::Template;
use crate::texts::{TextUse, visit_texts, visit_texts_mut};

/// The tasks of both sides as they are afterwards.
#[derive(Debug, Default)]
pub(super) struct Moved {
    /// The tasks that were taken out.
    pub(super) inner: Vec<Task>,
    /// The tasks that stay and read something else now.
    pub(super) outer: Vec<Task>,
    /// The parameters of the new workflow.
    pub(super) params: Vec<Param>,
    /// What it is given for them.
    pub(super) arguments: Vec<(String, Json)>,
}

/// A value of a task outside that is read inside: the task, then `state` or the output's name.
type Foreign = (Ident, Option<String>);

pub(super) fn move_all(cut: &mut Cut<'_>, call: &Ident, border: &Border) -> Moved {
    refuse_files(cut);
    let reads = inner_reads(cut);
    let mut moved = Moved::default();
    for param in &cut.workflow.params {
        if reads.params.contains(param.name.as_str()) {
            if param.kind == ParamKind::Secret {
                cut.refuse(format!("the secret parameter “{}” cannot be passed on yet: leave the tasks out that use it", param.name));
            }
            moved.arguments.push(argument(&param.name, &format!("params.{}", param.name)));
            moved.params.push(passed(param));
        }
    }
    let mut names = BTreeMap::new();
    for (task, output) in &reads.foreign {
        if border.join != Join::All {
            cut.refuse(format!("what they read of “{task}” may not be there when they start: select “{task}” as well"));
        }
        let (field, path) = match output {
            Some(name) => (name.as_str(), format!("tasks.{task}.outputs.{name}")),
            None => ("state", format!("tasks.{task}.state")),
        };
        let taken = |name: &str| moved.params.iter().any(|param| param.name.as_str() == name);
        let base = format!("{task}_{field}");
        let free = std::iter::once(base.clone())
            .chain((2..).map(|number| format!("{base}_{number}")))
            .find(|name| !taken(name));
        let Some(Ok(name)) = free.map(|name| Ident::new(&name)) else {
            cut.refuse(format!(
                "no parameter can be named after {path}: give the task or the output a shorter name"
            ));
            continue;
        };
        moved.arguments.push(argument(&name, &path));
        moved.params.push(Param {
            kind: if output.is_some() { ParamKind::Json } else { ParamKind::String },
            required: true,
            description: Some(format!("What was `{path}`.")),
            ..Param::new(name.clone(), ParamKind::String)
        });
        names.insert((task.clone(), output.clone()), name);
    }
    let inner: Vec<&Task> = cut.inner().collect();
    for task in inner {
        let mut task = task.clone();
        if border.begins.contains(&task.name) {
            (task.join, task.min_succeeded) = (Join::All, None);
        }
        rewrite(cut, &mut task, |cut, reader, path| inward(cut, reader, path, &names));
        moved.inner.push(task);
    }
    let outer: Vec<&Task> = cut.outer().collect();
    for task in outer {
        let mut next = task.clone();
        rewrite(cut, &mut next, |cut, reader, path| outward(cut, reader, path, call, border));
        if next != *task {
            moved.outer.push(next);
        }
    }
    moved
}

/// What the texts inside read of the workflow around them.
#[derive(Debug, Default)]
struct Reads {
    params: BTreeSet<String>,
    foreign: BTreeSet<Foreign>,
}

fn inner_reads(cut: &mut Cut<'_>) -> Reads {
    let mut reads = Reads::default();
    let workflow = cut.workflow;
    let shared = [&workflow.env, &workflow.defaults.env].into_iter().flat_map(EnvMap::values);
    let mut texts: Vec<(String, TextUse, String)> = shared
        .map(|value| match value {
            EnvValue::Template(text) => {
                ("the workflow".to_owned(), TextUse::Template, text.clone())
            }
            EnvValue::Secret(text) => ("the workflow".to_owned(), TextUse::Secret, text.clone()),
        })
        .collect();
    texts.extend(
        workflow.workdir.clone().map(|text| ("the workflow".to_owned(), TextUse::Template, text)),
    );
    for task in cut.inner() {
        visit_texts(task, &mut |usage, _, text| {
            texts.push((format!("“{}”", task.name), usage, text.to_owned()));
        });
    }
    for (reader, usage, text) in texts {
        let Some(references) = read(usage, &text) else { continue };
        if references.any_task || references.any_param {
            cut.refuse(format!(
                "{reader} reads tasks or parameters by a name that is computed (write the name itself): {text}"
            ));
        }
        if references.run && names_the_run(&text) {
            cut.refuse(format!(
                "{reader} reads the id or the trigger of the run, and a run of its own has others (leave it out): {text}"
            ));
        }
        reads.params.extend(references.params.into_keys());
        for (name, used) in references.tasks {
            let Ok(name) = Ident::new(&name) else { continue };
            if workflow.task(name.as_str()).is_none() || cut.is_inside(&name) {
                continue;
            }
            if used.any_output {
                cut.refuse(format!(
                    "{reader} reads all outputs of “{name}” (name those that it needs): {text}"
                ));
            }
            if used.state {
                reads.foreign.insert((name.clone(), None));
            }
            reads
                .foreign
                .extend(used.outputs.into_iter().map(|output| (name.clone(), Some(output))));
        }
    }
    reads
}

fn read(usage: TextUse, text: &str) -> Option<References> {
    match usage {
        TextUse::Join => None,
        TextUse::Template | TextUse::Secret => {
            Template::parse(text).ok().map(|it| it.references().clone())
        }
        _ => Expr::parse(text).ok().map(|it| it.references().clone()),
    }
}

/// Whether more of `run` is read than what a child run has from its parent.
fn names_the_run(text: &str) -> bool {
    let rest = text.replace("run.logical_time", "").replace("run.try", "");
    rest.match_indices("run").any(|(at, _)| {
        let before = rest[..at].chars().next_back();
        let after = rest[at + 3..].chars().next();
        let is_word =
            |letter: Option<char>| letter.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !is_word(before) && before != Some('.') && !is_word(after)
    })
}

/// A path below `tasks` in a text inside: one of outside becomes a parameter.
fn inward(
    cut: &Cut<'_>,
    reader: &Ident,
    path: &[&str],
    names: &BTreeMap<Foreign, Ident>,
) -> Result<Option<(usize, String)>, String> {
    let Some((task, rest)) = path.split_first() else { return Ok(None) };
    let Ok(name) = Ident::new(task) else { return Ok(None) };
    if cut.is_inside(&name) || cut.workflow.task(task).is_none() {
        return Ok(None);
    }
    let (key, length) = match rest {
        ["outputs", output, ..] => ((name, Some((*output).to_owned())), 3),
        ["state", ..] => ((name, None), 2),
        _ => {
            return Err(format!(
                "“{reader}” reads “{task}” in a way that a parameter cannot stand for: select “{task}” as well"
            ));
        }
    };
    Ok(names.get(&key).map(|param| (length, format!("params.{param}"))))
}

/// A path below `tasks` in a text outside: one of inside leads through the new task.
fn outward(
    cut: &Cut<'_>,
    reader: &Ident,
    path: &[&str],
    call: &Ident,
    border: &Border,
) -> Result<Option<(usize, String)>, String> {
    let Some((task, rest)) = path.split_first() else { return Ok(None) };
    if !Ident::new(task).is_ok_and(|name| cut.is_inside(&name)) {
        return Ok(None);
    }
    if !border.after_success.contains(reader) {
        return Err(format!(
            "“{reader}” reads what “{task}” gave, and may run although not all of them succeeded: select “{reader}” as well"
        ));
    }
    match rest {
        ["outputs", _, ..] => Ok(Some((2, format!("tasks.{call}.outputs.tasks.{task}")))),
        _ => Err(format!(
            "“{reader}” reads “{task}” in a way that cannot be kept, only its outputs can: select “{reader}” as well"
        )),
    }
}

type Rewrite<'a> =
    dyn Fn(&Cut<'_>, &Ident, &[&str]) -> Result<Option<(usize, String)>, String> + 'a;

/// Rewrites the paths below `tasks` in all texts of a task.
fn rewrite(
    cut: &mut Cut<'_>,
    task: &mut Task,
    path: impl Fn(&Cut<'_>, &Ident, &[&str]) -> Result<Option<(usize, String)>, String>,
) {
    let reader = task.name.clone();
    let mut refusals = Vec::new();
    {
        let cut = &*cut;
        let path: &Rewrite<'_> = &path;
        visit_texts_mut(task, &mut |usage, _, text| {
            let mut found = false;
            let mut of_expression = |source: &str| {
                let mut map = |names: &[&str]| match path(cut, &reader, names) {
                    Ok(new) => {
                        found |= new.is_some();
                        new
                    }
                    Err(why) => {
                        refusals.push(why);
                        None
                    }
                };
                chains(source, "tasks", &mut map)
            };
            let next = match usage {
                TextUse::Join => return,
                TextUse::Template | TextUse::Secret => in_template(text, &mut of_expression),
                _ => Some(of_expression(text)),
            };
            if !found {
                return;
            }
            let is_asked = |word: &str| text.contains(word);
            if is_asked("has(") || is_asked(".?") || is_asked("[?") {
                refusals.push(format!(
                    "“{reader}” asks whether a value is there, which cannot be kept: {text}"
                ));
            }
            if let Some(next) = next {
                *text = next;
            }
        });
    }
    // What is left of the other side is spelled in a way that was not found.
    visit_texts(task, &mut |usage, _, text| {
        let here = cut.is_inside(&reader);
        let others = read(usage, text).map(|references| references.tasks).unwrap_or_default();
        let other = others.into_keys().find(|name| {
            Ident::new(name).is_ok_and(|name| {
                cut.workflow.task(name.as_str()).is_some() && cut.is_inside(&name) != here
            })
        });
        if let Some(other) = other
            && refusals.is_empty()
        {
            refusals.push(format!(
                "“{reader}” reads “{other}” in a way that cannot be rewritten: {text}"
            ));
        }
    });
    refusals.into_iter().for_each(|why| cut.refuse(why));
}

/// Files of the run, and values that reach a script by other ways than templates.
fn refuse_files(cut: &mut Cut<'_>) {
    let mentions = |task: &Task, words: &[&str]| {
        let mut found = false;
        visit_strings(&task.spec, &mut |text| {
            found |= words.iter().any(|word| text.contains(word));
        });
        for value in task.env.values() {
            let (EnvValue::Template(text) | EnvValue::Secret(text)) = value;
            found |= words.iter().any(|word| text.contains(word));
        }
        found
    };
    let files: &[&str] = &["MILLRACE_RUN_DIR", "MILLRACE_RUN_OUTPUTS"];
    let inner = cut.inner().find(|task| mentions(task, files)).map(|task| task.name.clone());
    let outer = cut.outer().find(|task| mentions(task, files)).map(|task| task.name.clone());
    if let (Some(inner), Some(outer)) = (inner, outer) {
        cut.refuse(format!(
            "“{inner}” and “{outer}” both use the run's folder ($MILLRACE_RUN_DIR), and a run of its own has another: select both or neither"
        ));
    }
    let inputs: &[&str] = &["MILLRACE_INPUTS", "millrace-task input"];
    let workflow = cut.workflow;
    let crosses = |cut: &Cut<'_>, task: &Task| {
        let mut up = vec![&task.name];
        let mut seen = BTreeSet::new();
        while let Some(name) = up.pop() {
            if seen.insert(name) {
                let edges = workflow.dependencies.iter().filter(|edge| edge.to == *name);
                up.extend(edges.map(|edge| &edge.from));
            }
        }
        seen.into_iter().any(|name| cut.is_inside(name) != cut.is_inside(&task.name))
    };
    let reader = workflow.tasks.iter().find(|task| mentions(task, inputs) && crosses(cut, task));
    if let Some(task) = reader {
        cut.refuse(format!(
            "“{}” reads its inputs by itself (millrace-task input, $MILLRACE_INPUTS), and some would be missing: select what is before it as well, or leave it out",
            task.name
        ));
    }
    let named = cut.inner().find(|task| {
        let mut found = false;
        visit_strings(&task.spec, &mut |text| found |= names_variable(text, "MILLRACE_RUN"));
        found
    });
    if let Some(task) = named.map(|task| task.name.clone()) {
        cut.refuse(format!(
            "“{task}” reads the run's id ($MILLRACE_RUN), and a run of its own has another: leave it out"
        ));
    }
}

fn names_variable(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let after = text[at + name.len()..].chars().next();
        after.is_none_or(|after| !after.is_ascii_alphanumeric() && after != '_')
    })
}

fn visit_strings(json: &Json, visit: &mut dyn FnMut(&str)) {
    match json {
        Json::String(text) => visit(text),
        Json::Array(elements) => elements.iter().for_each(|it| visit_strings(it, visit)),
        Json::Object(members) => members.iter().for_each(|(_, it)| visit_strings(it, visit)),
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

fn argument(name: &Ident, path: &str) -> (String, Json) {
    (name.to_string(), Json::String(format!("${{{path}}}")))
}

/// A parameter as the new workflow declares it: it is always given, so a default that reads others has no use.
fn passed(param: &Param) -> Param {
    let is_computed = |json: &Json| json.as_str().is_some_and(|text| text.contains("${"));
    let default = param.default.clone().filter(|default| !is_computed(default));
    Param { default, ..param.clone() }
}
