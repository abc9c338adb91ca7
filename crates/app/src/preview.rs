//! What a task would do, for a dry run: with the values that are known beforehand, the others as they stand.

use std::sync::Arc;

use millrace_model::action::{Action, ContainerRuns, Database, Delay, Program, SqlSource, Wait};
use millrace_model::document::{ForEach, Task};
use millrace_model::event::RunHead;
use millrace_model::expr::{Expr, RunScope, Scope};
use millrace_model::template::Template;

/// The longest text that is shown, in characters.
const MAX_CHARS: usize = 200;

/// One line that says what `task` would do.
pub(crate) fn action(task: &Task, head: &RunHead) -> String {
    let scope = Scope {
        params: Arc::new(head.params.clone()),
        run: RunScope {
            run: String::new(),
            logical_time: head.logical_time,
            trigger: "manual".to_owned(),
            event: String::new(),
            try_number: 1,
        },
        ..Scope::default()
    };
    let text = match Action::for_task(task) {
        Err(problems) => problems.first().map(ToString::to_string).unwrap_or_default(),
        Ok(Action::Noop) => "nothing".to_owned(),
        Ok(Action::Branch(branch)) => {
            let cases =
                branch.cases.iter().map(|(label, when)| format!("{label} if {}", when.source()));
            let last = branch.otherwise.iter().map(|label| format!("else {label}"));
            format!("chooses {}", cases.chain(last).collect::<Vec<_>>().join(", "))
        }
        Ok(Action::Wait(wait)) => match &*wait {
            Wait::Delay(Delay::For(length)) => {
                format!("waits for {}", rendered(length, &scope))
            }
            Wait::Delay(Delay::Until(at)) => format!("waits until {}", rendered(at, &scope)),
            Wait::Condition(condition) => match condition.resolve(&scope) {
                Ok(outside) => format!("waits for {outside}"),
                Err(_) => "waits for something that is not known before it runs".to_owned(),
            },
            Wait::Approval(approval) => {
                let message = rendered(&approval.message, &scope);
                format!("asks: {}", message.lines().next().unwrap_or_default())
            }
        },
        Ok(Action::SubWorkflow(sub)) => {
            let given = sub.params.iter().map(|(name, value)| {
                format!("{name}={}", join(std::slice::from_ref(value), &scope))
            });
            let words: Vec<String> = std::iter::once(sub.callee.to_string()).chain(given).collect();
            let after = if sub.awaited { "" } else { " and does not wait for its end" };
            format!("runs {}{after}", words.join(" "))
        }
        Ok(Action::Container(container)) => {
            let image = join(std::slice::from_ref(&container.image), &scope);
            let command = match &container.runs {
                ContainerRuns::Image => String::new(),
                ContainerRuns::Command(words) => format!(": {}", join(words, &scope)),
                ContainerRuns::Script(text) => {
                    let first = text.lines().map(str::trim).find(|line| !line.is_empty());
                    format!(": sh -ec: {}", first.unwrap_or_default())
                }
            };
            format!("runs a container of {image}{command}")
        }
        Ok(Action::Http(http)) => {
            let url = http.resolve(&scope).map(|resolved| resolved.url);
            let url = url.unwrap_or_else(|_| http.url.source().to_owned());
            format!("{} {url}", http.method.word())
        }
        Ok(Action::Sql(sql)) => {
            let database = match &sql.database {
                Database::Connection(name) | Database::File(name) => {
                    join(std::slice::from_ref(name), &scope)
                }
            };
            let asked = match &sql.source {
                SqlSource::Query(text) | SqlSource::Script(text) => {
                    text.split_whitespace().collect::<Vec<_>>().join(" ")
                }
                SqlSource::File(path) => join(std::slice::from_ref(path), &scope),
            };
            format!("{database}: {asked}")
        }
        Ok(Action::Mail(mail)) => {
            let to = join(&mail.to, &scope);
            format!("“{}” to {to}", join(std::slice::from_ref(&mail.subject), &scope))
        }
        Ok(Action::Notify(notify)) => {
            format!("tells {}", join(std::slice::from_ref(&notify.text), &scope))
        }
        Ok(Action::Files(files)) => {
            let from = join(&files.from, &scope);
            let to = files.to.as_ref().map(|to| join(std::slice::from_ref(to), &scope));
            match to {
                Some(to) if from.is_empty() => format!("{} {to}", files.operation.word()),
                Some(to) => format!("{} {from} → {to}", files.operation.word()),
                None => format!("{} {from}", files.operation.word()),
            }
        }
        Ok(Action::Process(process)) => match &process.program {
            Program::Argv(argv) => join(argv, &scope),
            Program::Script(script) => {
                let first = script.text.lines().map(str::trim).find(|line| !line.is_empty());
                let more = if script.text.trim().lines().count() > 1 { " …" } else { "" };
                format!(
                    "{}: {}{more}",
                    join(&script.interpreter, &scope),
                    first.unwrap_or_default()
                )
            }
        },
    };
    let text = match &task.for_each {
        None => text,
        Some(map) => format!("{}: {text}", for_each(map, &scope)),
    };
    match text.char_indices().nth(MAX_CHARS) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}

fn rendered(text: &Template, scope: &Scope) -> String {
    text.render(scope).unwrap_or_else(|_| text.source().to_owned())
}

/// Over what a task is mapped: how many items, where that is known beforehand.
fn for_each(map: &ForEach, scope: &Scope) -> String {
    let items = Expr::parse(&map.items).ok().and_then(|items| items.eval(scope).ok());
    let over = match items.as_ref().and_then(|items| items.as_array()) {
        Some(items) if items.len() == 1 => "for 1 item".to_owned(),
        Some(items) => format!("for each of {} items", items.len()),
        None => format!("for each of {}", map.items),
    };
    match map.max_parallel {
        Some(limit) => format!("{over}, {limit} at a time"),
        None => over,
    }
}

fn join(templates: &[Template], scope: &Scope) -> String {
    let words: Vec<String> = templates
        .iter()
        // A value of a task that has not run yet is not known: the template itself says what it will be.
        .map(|word| word.render(scope).unwrap_or_else(|_| word.source().to_owned()))
        .map(|word| match word.is_empty() || word.contains(char::is_whitespace) {
            true => format!("'{word}'"),
            false => word,
        })
        .collect();
    words.join(" ")
}
