//! What the expressions of a task, or of the workflow, can name, and what they gave in the last run.

use std::collections::{BTreeMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use millrace_model::document::{Atom, EnvMap, EnvValue, HookAction, Task, Workflow};
use millrace_model::event::{Run, Trigger};
use millrace_model::expr::{Expr, ExprError, FUNCTIONS, RunScope, Scope, TaskScope, to_text};
use millrace_model::graph::Graph;
use millrace_model::ident::Ident;
use millrace_model::ids::TaskKey;
use millrace_model::join_expr::JoinExpr;
use millrace_model::kinds;
use millrace_model::template::Template;

use crate::app::sentence;
use crate::widgets::{Completion, ExprHelp, Preview, Suggestion};

/// Names that are offered at most.
const MOST: usize = 60;
/// Characters of a value that are shown.
const MOST_CHARS: usize = 300;

/// What can be named, and the values of the last run.
#[derive(Debug, Default)]
pub(crate) struct Names {
    names: Vec<Suggestion>,
    /// Of the join: the tasks right before, with how they can have ended.
    endings: Vec<Suggestion>,
    /// None where nothing has run.
    scope: Option<Scope>,
}

/// How a text is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// Text with `${…}` in it.
    Template,
    /// An expression.
    Expression,
    /// The expression of a join.
    Join,
}

/// The names, for a text that is read in one way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Help<'n> {
    pub(crate) names: &'n Names,
    pub(crate) reading: Reading,
}

impl Names {
    /// Those of a task, or of what belongs to all of them.
    pub(crate) fn of(workflow: &Workflow, task: Option<&Task>, run: Option<&Run>) -> Self {
        let index =
            task.and_then(|task| workflow.tasks.iter().position(|other| other.name == task.name));
        let graph = Graph::of(workflow);
        let run_by_hooks = workflow.all_hooks().filter_map(|(_, hook)| match &hook.action {
            HookAction::Task(task) => Some(task),
            HookAction::Notify(_) => None,
        });
        let run_by_hooks: HashSet<&Ident> = run_by_hooks.collect();
        let is_hooked = |task: &Task| run_by_hooks.contains(&task.name);
        if task.is_some_and(is_hooked) {
            // It sees all tasks of the run, and why it runs.
            let others: Vec<&Task> = workflow.tasks.iter().filter(|it| !is_hooked(it)).collect();
            let mut names = Self::after(workflow, task, &others, run);
            names.name_hook();
            return names;
        }
        let before: Vec<&Task> = index
            .map(|index| graph.ancestors(index))
            .unwrap_or_default()
            .into_iter()
            .map(|ancestor| &workflow.tasks[ancestor])
            .collect();
        let names = Self::after(workflow, task, &before, run);
        let upstreams = index.into_iter().flat_map(|index| graph.upstreams(index));
        let endings = upstreams.flat_map(|upstream| {
            let name = &workflow.tasks[upstream].name;
            let words = Atom::ALL.into_iter().map(Atom::word).chain(["finished"]);
            words.map(move |word| suggestion(format!("{name}.{word}"), String::new()))
        });
        Self { endings: endings.collect(), ..names }
    }

    /// Those of what is told when the workflow has ended: all its tasks.
    pub(crate) fn at_end(workflow: &Workflow, run: Option<&Run>) -> Self {
        let all: Vec<&Task> = workflow.tasks.iter().collect();
        let mut names = Self::after(workflow, None, &all, run);
        names.name_hook();
        names
    }

    /// What a hook says of its occasion.
    fn name_hook(&mut self) {
        for (name, aside) in [
            ("hook.on", "the occasion, such as failure"),
            ("hook.task", "the task that it is about, or null"),
            ("hook.state", "how that stands, or ended"),
            ("hook.reason", "why"),
            ("hook.attempt", "the try that it is about, or null"),
        ] {
            self.names.push(suggestion(name.to_owned(), aside.to_owned()));
        }
    }

    /// Those of a text that is read when the tasks of `before` have ended.
    fn after(
        workflow: &Workflow,
        task: Option<&Task>,
        before: &[&Task],
        run: Option<&Run>,
    ) -> Self {
        let scope = run.map(|run| scope_of(workflow, task, before, run));
        let mut names = Vec::new();
        let known = scope.as_ref();
        for param in &workflow.params {
            let last = known.and_then(|scope| scope.params.get(param.name.as_str()));
            let aside = last.map_or_else(|| param.kind.word().to_owned(), to_text);
            names.push(suggestion(format!("params.{}", param.name), aside));
        }
        for task in before {
            name_outputs(&mut names, task, known);
        }
        for (name, aside) in [
            ("run.logical_time", "the instant that it stands for"),
            ("run.id", "the run's id"),
            ("run.trigger", "what started it"),
            ("run.event", "the file or run that made a trigger fire"),
            ("run.try", "counts the tries"),
        ] {
            names.push(suggestion(name.to_owned(), aside.to_owned()));
        }
        for (name, value) in variables(workflow, task) {
            if let EnvValue::Template(text) = value {
                names.push(suggestion(format!("env.{name}"), text));
            }
        }
        if task.is_some_and(|task| task.repeat.is_some()) {
            names.push(suggestion(
                "outputs".to_owned(),
                "what it gave, in “again until”".to_owned(),
            ));
        }
        if task.is_some_and(|task| task.for_each.is_some()) {
            names.push(suggestion("item".to_owned(), "the item".to_owned()));
            names.push(suggestion("index".to_owned(), "its number, from 0".to_owned()));
        }
        Self { names, endings: Vec::new(), scope }
    }
}

fn suggestion(text: String, aside: String) -> Suggestion {
    Suggestion { text, aside }
}

fn name_outputs(names: &mut Vec<Suggestion>, task: &Task, scope: Option<&Scope>) {
    let known = scope.and_then(|scope| scope.tasks.get(&task.name));
    let outputs = known.and_then(|task| task.outputs.as_deref());
    for (name, value) in outputs.into_iter().flatten() {
        names.push(suggestion(format!("tasks.{}.outputs.{name}", task.name), to_text(value)));
    }
    let natural = kinds::kind(&task.kind).map(|kind| kind.outputs).unwrap_or_default();
    for output in natural.iter().filter(|o| outputs.is_none_or(|all| !all.contains_key(o.name))) {
        let text = format!("tasks.{}.outputs.{}", task.name, output.name);
        names.push(suggestion(text, output.help.to_owned()));
    }
    let state = known.map(|task| task.state.word().to_owned()).unwrap_or_default();
    names.push(suggestion(format!("tasks.{}.state", task.name), state));
    if outputs.is_none() && natural.is_empty() {
        let text = format!("tasks.{}.outputs.", task.name);
        names.push(suggestion(text, "what it gives".to_owned()));
    }
}

/// The variables of a task, as they win over each other.
fn variables(workflow: &Workflow, task: Option<&Task>) -> EnvMap {
    let mut all = EnvMap::new();
    let own = task.map(|task| &task.env);
    for env in [Some(&workflow.env), Some(&workflow.defaults.env), own].into_iter().flatten() {
        all.extend(env.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    all
}

/// What an expression would have seen in a run.
fn scope_of(workflow: &Workflow, task: Option<&Task>, before: &[&Task], run: &Run) -> Scope {
    let trigger = match &run.head.trigger {
        Trigger::Manual => "manual",
        Trigger::Schedule { .. } => "schedule",
        Trigger::Event { .. } => "event",
        Trigger::Api { .. } => "api",
        Trigger::Backfill { .. } => "backfill",
        Trigger::Parent { .. } => "parent",
    };
    let tasks = before.iter().filter_map(|task| {
        let last = run.tasks.get(&TaskKey::plain(task.name.clone()))?;
        let outputs = last.state.is_final().then(|| Arc::new(last.outputs.clone()));
        Some((task.name.clone(), TaskScope { state: last.state, outputs }))
    });
    let mut scope = Scope {
        params: Arc::new(run.head.params.clone()),
        run: RunScope {
            run: run.run.to_string(),
            logical_time: run.head.logical_time,
            trigger: trigger.to_owned(),
            event: run.head.trigger.event(),
            try_number: 1,
        },
        tasks: tasks.collect(),
        ..Scope::default()
    };
    let mut env = BTreeMap::new();
    for (name, value) in variables(workflow, task) {
        let EnvValue::Template(text) = value else { continue };
        if let Ok(value) = Template::parse(&text).and_then(|parsed| parsed.render(&scope)) {
            env.insert(name, value);
        }
    }
    scope.env = Arc::new(env);
    scope
}

impl ExprHelp for Help<'_> {
    fn complete(&self, text: &str, cursor: usize, asked: bool) -> Option<Completion> {
        let chars: Vec<char> = text.chars().take(cursor).collect();
        let is_part = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        let length = chars.iter().rev().take_while(|c| is_part(c)).count();
        let start = chars.len() - length;
        let before: String = chars[..start].iter().collect();
        let written: String = chars[start..].iter().collect();
        let begins = before.ends_with("${");
        match self.reading {
            Reading::Template if !is_open(&before) => return None,
            _ if written.is_empty() && !asked && !begins => return None,
            _ if written.starts_with(|c: char| c.is_ascii_digit()) => return None,
            _ => {}
        }
        let range = start..cursor;
        let names = ranked(self.candidates(&written), &written);
        let is_done = matches!(names.as_slice(), [only] if only.text == written);
        (!is_done).then_some(Completion { range, names })
    }

    fn preview(&self, text: &str) -> Preview {
        match self.reading {
            Reading::Template if !text.contains("${") => Preview::Plain,
            Reading::Template => match Template::parse(text) {
                Ok(template) => self.value(|scope| template.render(scope)),
                Err(error) => Preview::Wrong(error.column),
            },
            _ if text.trim().is_empty() => Preview::Plain,
            Reading::Expression => match Expr::parse(text) {
                Ok(expr) => self.value(|scope| expr.eval(scope).map(|value| to_text(&value))),
                Err(error) => Preview::Wrong(error.column),
            },
            Reading::Join => match JoinExpr::parse(text) {
                Ok(_) => Preview::Plain,
                Err(error) => Preview::Wrong(Some(error.column)),
            },
        }
    }

    fn expressions(&self, text: &str) -> Vec<Range<usize>> {
        if self.reading != Reading::Template {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(at) = text[from..].find("${").map(|at| from + at) {
            if text[..at].ends_with('$') {
                from = at + 2;
                continue;
            }
            let mut depth = 0_i32;
            let end = text[at..].char_indices().find(|(_, c)| {
                depth += i32::from(*c == '{') - i32::from(*c == '}');
                *c == '}' && depth == 0
            });
            let end = end.map_or(text.len(), |(length, _)| at + length + 1);
            found.push(at..end);
            from = end;
        }
        found
    }
}

impl Help<'_> {
    fn candidates(&self, written: &str) -> Vec<Suggestion> {
        if self.reading == Reading::Join {
            return self.names.endings.clone();
        }
        let mut all = self.names.names.clone();
        if !written.is_empty() && !written.contains('.') {
            let functions = FUNCTIONS.iter().map(|function| {
                let form = function.signatures.first().copied().unwrap_or_default();
                suggestion(format!("{}(", function.name), form.to_owned())
            });
            all.extend(functions);
        }
        all
    }

    fn value(&self, eval: impl FnOnce(&Scope) -> Result<String, ExprError>) -> Preview {
        let Some(scope) = &self.names.scope else {
            return Preview::Unknown("Not run yet, so there is no value to show.".to_owned());
        };
        match eval(scope) {
            Ok(text) => {
                let short: String = text.chars().take(MOST_CHARS).collect();
                Preview::Value(if short.is_empty() { "(nothing)".to_owned() } else { short })
            }
            Err(error) => Preview::Unknown(format!(
                "No value from the last run: {}",
                sentence(&error.message)
            )),
        }
    }
}

/// Whether a template is within an expression at its end.
fn is_open(before: &str) -> bool {
    let Some(at) = before.rfind("${").filter(|at| !before[..*at].ends_with('$')) else {
        return false;
    };
    let depth = before[at + 1..]
        .chars()
        .fold(0_i32, |depth, c| depth + i32::from(c == '{') - i32::from(c == '}'));
    depth > 0
}

/// Those that begin as it is written, then those of which a part does.
fn ranked(all: Vec<Suggestion>, written: &str) -> Vec<Suggestion> {
    let (mut first, rest): (Vec<_>, Vec<_>) =
        all.into_iter().partition(|name| name.text.starts_with(written));
    let has_part =
        |name: &Suggestion| name.text.split('.').skip(1).any(|part| part.starts_with(written));
    if !written.contains('.') {
        first.extend(rest.into_iter().filter(has_part));
    }
    first.truncate(MOST);
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::read::Document;

    fn names() -> Names {
        let text = r#"{"millrace":1,"name":"w",
            "params":[{"name":"day","type":"date"},{"name":"mode","type":"string"}],
            "env":{"REGION":"eu","KEY":{"secret":"k"}},
            "tasks":[{"name":"a","kind":"noop","spec":{}},{"name":"b","kind":"noop","spec":{}},
                     {"name":"c","kind":"noop","spec":{}}],
            "dependencies":[{"from":"a","to":"b"}]}"#;
        let workflow = Document::parse(text.as_bytes()).workflow.unwrap();
        Names::of(&workflow, workflow.task("b"), None)
    }

    fn offered(names: &Names, reading: Reading, text: &str) -> Vec<String> {
        let help = Help { names, reading };
        let found = help.complete(text, text.chars().count(), false);
        found.map(|found| found.names.into_iter().map(|n| n.text).collect()).unwrap_or_default()
    }

    #[test]
    fn only_what_is_in_scope_is_offered() {
        let names = names();
        assert_eq!(
            offered(&names, Reading::Template, "x ${params."),
            ["params.day", "params.mode"]
        );
        assert_eq!(offered(&names, Reading::Template, "params."), [""; 0]);
        assert_eq!(offered(&names, Reading::Template, "${params.day} par"), [""; 0]);
        assert_eq!(offered(&names, Reading::Template, "$${params."), [""; 0]);
        assert_eq!(offered(&names, Reading::Expression, "env."), ["env.REGION"]);
        let tasks = offered(&names, Reading::Expression, "1 + tasks.");
        assert!(tasks.contains(&"tasks.a.state".to_owned()), "{tasks:?}");
        assert!(tasks.iter().all(|name| name.starts_with("tasks.a.")), "{tasks:?}");
        assert_eq!(offered(&names, Reading::Join, "a.suc"), ["a.succeeded"]);
        assert!(offered(&names, Reading::Expression, "siz").contains(&"size(".to_owned()));
        // What is written to its end needs no list.
        assert_eq!(offered(&names, Reading::Expression, "params.day"), [""; 0]);
        assert_eq!(offered(&names, Reading::Expression, "mod")[0], "params.mode");
    }

    #[test]
    fn expressions_of_a_template_are_found() {
        let names = names();
        let help = Help { names: &names, reading: Reading::Template };
        assert_eq!(help.expressions("a ${x} $${y} ${ {'a': 1} }b"), [2..6, 13..26]);
        assert_eq!(help.expressions("${x").first(), Some(&(0..3)));
        assert_eq!(help.preview("plain"), Preview::Plain);
        assert!(matches!(help.preview("ab ${1 +}"), Preview::Wrong(Some(_))));
        assert!(matches!(help.preview("${params.day}"), Preview::Unknown(_)));
    }
}
