//! Renaming a task everywhere: edges, teardowns, hooks, layout, joins, expressions and templates.

use super::change::{Change, Session};
use super::tokens::{Tokens, in_template};
use super::{EditError, existing_task, is_taken};
use crate::document::{Hook, HookAction, Task};
use crate::expr::Expr;
use crate::ident::Ident;
use crate::join_expr::JoinExpr;
use crate::notice::Notice;
use crate::template::Template;
use crate::texts::{TextUse, visit_texts, visit_texts_mut};

pub(super) fn rename_task(
    session: &mut Session<'_>,
    from: &Ident,
    to: &Ident,
) -> Result<(), EditError> {
    let renamed = existing_task(session.workflow(), from)?;
    if from == to {
        return Ok(());
    }
    if is_taken(session.workflow(), to) {
        return Err(EditError::NameTaken(to.clone()));
    }
    for index in 0..session.workflow().tasks.len() {
        let task = &session.workflow().tasks[index];
        if index == renamed || mentions(task, from) {
            let mut task = Box::new(task.clone());
            if index == renamed {
                task.name = to.clone();
            }
            rename_in_task(&mut task, from, to);
            session.run(Change::SwapTask(index, task))?;
        }
    }
    for index in 0..session.workflow().dependencies.len() {
        let edge = &session.workflow().dependencies[index];
        if edge.from == *from || edge.to == *from {
            let mut edge = edge.clone();
            for end in [&mut edge.from, &mut edge.to] {
                replace(end, from, to);
            }
            session.run(Change::SwapDependency(index, edge))?;
        }
    }
    if name_in_hooks(&session.workflow().hooks, from) {
        let mut fields = Box::new(session.workflow().clone());
        rename_in_hooks(&mut fields.hooks, from, to);
        session.run(Change::Fields(fields))?;
    }
    let positions = &session.workflow().layout.tasks;
    if let Some((index, _, at)) = positions.get_full(from) {
        let at = *at;
        if positions.contains_key(to) {
            session.run(Change::RemovePosition(to.clone()))?;
        }
        let index = session.workflow().layout.tasks.get_index_of(from).unwrap_or(index);
        session.run(Change::RemovePosition(from.clone()))?;
        session.run(Change::InsertPosition(index, to.clone(), at))?;
    }
    let groups = &session.workflow().layout.groups;
    if groups.iter().any(|group| group.tasks.contains(from)) {
        let mut groups = groups.clone();
        for name in groups.iter_mut().flat_map(|group| &mut group.tasks) {
            replace(name, from, to);
        }
        session.run(Change::Groups(groups))?;
    }
    Ok(())
}

fn replace(name: &mut Ident, from: &Ident, to: &Ident) {
    if name == from {
        *name = to.clone();
    }
}

/// Whether hooks run the task, or could name it in what they tell.
fn name_in_hooks(hooks: &[Hook], task: &Ident) -> bool {
    hooks.iter().any(|hook| match &hook.action {
        HookAction::Task(name) => name == task,
        HookAction::Notify(value) => {
            Notice::text_in(value).is_some_and(|text| text.contains(task.as_str()))
        }
    })
}

fn rename_in_hooks(hooks: &mut [Hook], from: &Ident, to: &Ident) {
    for hook in hooks {
        match &mut hook.action {
            HookAction::Task(name) => replace(name, from, to),
            HookAction::Notify(value) => {
                if let Some(text) = Notice::text_in_mut(value)
                    && let Some(renamed) = rename_in_template(text, from, to)
                {
                    *text = renamed;
                }
            }
        }
    }
}

/// Whether anything in `task` could name `name`; says yes too often rather than too seldom.
fn mentions(task: &Task, name: &Ident) -> bool {
    let mut found = task.teardown_for.contains(name) || name_in_hooks(&task.hooks, name);
    visit_texts(task, &mut |_, _, text| found |= text.contains(name.as_str()));
    found
}

fn rename_in_task(task: &mut Task, from: &Ident, to: &Ident) {
    task.teardown_for.iter_mut().for_each(|name| replace(name, from, to));
    rename_in_hooks(&mut task.hooks, from, to);
    visit_texts_mut(task, &mut |usage, _, text| {
        let renamed = match usage {
            TextUse::Join => JoinExpr::parse(text)
                .ok()
                .filter(|join| join.upstreams().contains(from))
                .map(|join| join.renamed(from, to).to_string()),
            TextUse::Template | TextUse::Secret => rename_in_template(text, from, to),
            TextUse::When | TextUse::Items | TextUse::Until | TextUse::Expression => {
                rename_in_expression(text, from, to)
            }
        };
        if let Some(renamed) = renamed {
            *text = renamed;
        }
    });
}

/// The template with `tasks.<from>` turned to `tasks.<to>`; none where it does not name it or cannot be read.
fn rename_in_template(source: &str, from: &Ident, to: &Ident) -> Option<String> {
    let template = Template::parse(source).ok()?;
    if !template.references().tasks.contains_key(from.as_str()) {
        return None;
    }
    in_template(source, &mut |expression| {
        rename_in_expression(expression, from, to).unwrap_or_else(|| expression.to_owned())
    })
}

/// The expression with `tasks.<from>` turned to `tasks.<to>`; none where it does not name it or cannot be read.
fn rename_in_expression(source: &str, from: &Ident, to: &Ident) -> Option<String> {
    let expr = Expr::parse(source).ok()?;
    if !expr.references().tasks.contains_key(from.as_str()) {
        return None;
    }
    let mut out = String::with_capacity(source.len());
    // The last three tokens that are not white space, the newest last.
    let mut last = ["", "", ""];
    for token in Tokens::of(source) {
        let [third, second, first] = last;
        let follows_tasks = second == "tasks" && third != "." && third != "?";
        let is_field = follows_tasks && first == "." && token == from.as_str();
        let is_index = follows_tasks && first == "[" && unquoted(token) == Some(from.as_str());
        // `tasks.?a` and `tasks[?"a"]`
        let is_optional =
            second == "." && first == "?" && third == "tasks" && token == from.as_str()
                || second == "["
                    && first == "?"
                    && third == "tasks"
                    && unquoted(token) == Some(from.as_str());
        match token.chars().next() {
            Some('"' | '\'') if is_index || is_optional => {
                let quote = &token[..1];
                out.push_str(&format!("{quote}{to}{quote}"));
            }
            Some(_) if is_field || is_optional => out.push_str(to.as_str()),
            _ => out.push_str(token),
        }
        if !token.trim().is_empty() && !token.starts_with("//") {
            last = [second, first, token];
        }
    }
    // Only what still reads, and no longer names the old task, is better than before.
    let renamed = Expr::parse(&out).ok()?;
    (!renamed.references().tasks.contains_key(from.as_str())).then_some(out)
}

/// The content of a plain quoted text without escapes.
fn unquoted(token: &str) -> Option<&str> {
    let inner = token
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .or_else(|| token.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')))?;
    (!inner.contains('\\')).then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_change_in_expressions_and_nowhere_else() {
        let (from, to) = (Ident::new("a").unwrap(), Ident::new("fetch").unwrap());
        for (before, after) in [
            ("tasks.a.outputs.n > 0", "tasks.fetch.outputs.n > 0"),
            ("tasks . a .state == 'a'", "tasks . fetch .state == 'a'"),
            (
                "tasks[\"a\"].state == tasks['a'].state",
                "tasks[\"fetch\"].state == tasks['fetch'].state",
            ),
            (
                "has(tasks.a.outputs.a) && params.a == 1",
                "has(tasks.fetch.outputs.a) && params.a == 1",
            ),
            (
                "tasks.a.outputs.tasks.a == \"tasks.a\"",
                "tasks.fetch.outputs.tasks.a == \"tasks.a\"",
            ),
            ("tasks.b.outputs.a + tasks.a.outputs.b", "tasks.b.outputs.a + tasks.fetch.outputs.b"),
        ] {
            assert_eq!(rename_in_expression(before, &from, &to).as_deref(), Some(after));
        }
        for untouched in ["tasks.ab.state", "params.a", "tasks.", "\"tasks.a\" + r'tasks.a'"] {
            assert_eq!(rename_in_expression(untouched, &from, &to), None, "{untouched}");
        }
        assert_eq!(
            rename_in_template("$${tasks.a} ${tasks.a.state}-${\"}\" + tasks.a.state}", &from, &to)
                .as_deref(),
            Some("$${tasks.a} ${tasks.fetch.state}-${\"}\" + tasks.fetch.state}")
        );
    }
}
