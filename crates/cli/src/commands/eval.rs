//! `millrace eval`: what an expression or a template gives. Needs a daemon only for the values of a run.

use std::collections::HashMap;
use std::sync::Arc;

use millrace_api::run::GetRun;
use millrace_api::{ApiError, Code};
use millrace_model::Values;
use millrace_model::event::Run;
use millrace_model::expr::{Expr, ExprError, References, RunScope, Scope, TaskScope};
use millrace_model::params;
use millrace_model::template::Template;
use serde_json::Value;

use super::graph::read;
use super::run::{param_texts, params as given_params};
use crate::args::Eval;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::escape;
use crate::text::human;

pub(crate) fn run(args: &Eval, out: &mut Out) -> Result<Exit, Failure> {
    let source = args.expression.as_str();
    let asked = match Asked::parse(source) {
        Ok(asked) => asked,
        Err(error) => return Err(pointing_at(source, &error, out)?),
    };
    let scope = match (&args.run, &args.file) {
        (Some(run), _) => of_run(run, args, &asked)?,
        (None, Some(file)) => of_file(file, args)?,
        (None, None) => without_document(args)?,
    };
    if args.run.is_none()
        && let Some(task) = asked.references().tasks.keys().next()
    {
        let message = format!("the task {task} has results only in a run, and none is named");
        return Err(Failure::usage(message, "name one, for example with `--run last`"));
    }
    match asked.eval(&scope) {
        Ok(Value::String(text)) => out.write(&format!("{text}\n"))?,
        Ok(value) => out.json(&value)?,
        Err(error) => return Err(pointing_at(source, &error, out)?),
    }
    Ok(Exit::Succeeded)
}

/// What is to be evaluated.
enum Asked {
    Expr(Expr),
    Template(Template),
}

impl Asked {
    fn parse(source: &str) -> Result<Self, ExprError> {
        match source.contains("${") {
            true => Template::parse(source).map(Self::Template),
            false => Expr::parse(source).map(Self::Expr),
        }
    }

    fn references(&self) -> &References {
        match self {
            Self::Expr(expr) => expr.references(),
            Self::Template(template) => template.references(),
        }
    }

    fn eval(&self, scope: &Scope) -> Result<Value, ExprError> {
        match self {
            Self::Expr(expr) => expr.eval(scope),
            Self::Template(template) => template.eval(scope),
        }
    }
}

/// The error, after the expression with a caret under the place.
fn pointing_at(source: &str, error: &ExprError, out: &mut Out) -> Result<Failure, Failure> {
    let column = error.column.filter(|_| !source.contains('\n'));
    if let Some(column) = column {
        let caret = out.err_style().error("^");
        let before: String = source.chars().take(column.saturating_sub(1)).collect();
        let place = " ".repeat(escape::one_line(&before).chars().count());
        out.err(&format!("  {}\n  {place}{caret}\n", escape::one_line(source)))?;
    }
    let failure = ApiError::new(Code::InvalidRequest, error.message.clone())
        .help("docs/expressions.md lists what expressions can see and do");
    Ok(failure.into())
}

/// As a run of this document would see it at its start.
fn of_file(file: &str, args: &Eval) -> Result<Scope, Failure> {
    let (workflow, _, _) = read(file)?;
    let mut scope = Scope { run: manual(), ..Scope::default() };
    let mut given = given_params(&args.params)?;
    let mut wrong = Vec::new();
    for (name, text) in param_texts(&args.params)? {
        let declared = workflow.params.iter().find(|param| param.name.as_str() == name);
        match declared.map(|param| params::parse_text(param, &text)) {
            Some(Ok(value)) => _ = given.insert(name, value),
            Some(Err(problem)) => wrong.push(problem),
            None => wrong.push(params::unknown_name(&workflow.params, &name)),
        }
    }
    let resolved = match params::resolve(&workflow.params, &given, &scope) {
        Ok(values) if wrong.is_empty() => values,
        Ok(_) => return Err(invalid(&wrong)),
        Err(problems) => {
            wrong.extend(problems);
            return Err(invalid(&wrong));
        }
    };
    scope.params = Arc::new(resolved);
    Ok(scope)
}

fn invalid(problems: &[params::ParamProblem]) -> Failure {
    let all: Vec<String> =
        problems.iter().map(|it| format!("parameter {}: {}", it.param, it.message)).collect();
    Failure::new(Code::InvalidParams, all.join("; "))
}

/// With nothing but the parameters that are given, as texts.
fn without_document(args: &Eval) -> Result<Scope, Failure> {
    let mut values = given_params(&args.params)?;
    for (name, text) in param_texts(&args.params)? {
        values.insert(name, Value::String(text));
    }
    Ok(Scope { params: Arc::new(values), run: manual(), ..Scope::default() })
}

/// With the parameters and outputs of a run.
fn of_run(name: &str, args: &Eval, asked: &Asked) -> Result<Scope, Failure> {
    let run = block_on(async {
        let link = Link::to_daemon().await?;
        let run = link.find_run(name).await?;
        Ok::<_, Failure>(link.backend().get_run(GetRun { run, snapshot: false }).await?.run)
    })??;
    let mut scope = scope_of(&run);
    let is_in_run = |task: &str| scope.tasks.keys().any(|name| name.as_str() == task);
    if let Some(task) = asked.references().tasks.keys().find(|task| !is_in_run(task)) {
        let has: Vec<&str> = run.tasks.keys().map(|key| key.task.as_str()).collect();
        let message = format!("run {:.8} has no task {task}", run.run);
        let error = ApiError::new(Code::NotFound, message);
        return Err(error.help(format!("it has {}", has.join(", "))).into());
    }
    let mut values: Values = run.head.params;
    values.extend(given_params(&args.params)?);
    for (name, text) in param_texts(&args.params)? {
        values.insert(name, Value::String(text));
    }
    scope.params = Arc::new(values);
    Ok(scope)
}

fn scope_of(run: &Run) -> Scope {
    let tasks: HashMap<_, _> = run
        .tasks
        .iter()
        .filter(|(key, _)| key.item.is_none())
        .map(|(key, task)| {
            let outputs = task.state.is_final().then(|| Arc::new(task.outputs.clone()));
            (key.task.clone(), TaskScope { state: task.state, outputs })
        })
        .collect();
    Scope {
        run: RunScope {
            run: run.run.to_string(),
            logical_time: run.head.logical_time,
            trigger: run.head.trigger.kind().word().to_owned(),
            event: run.head.trigger.event(),
            try_number: 1,
        },
        tasks,
        ..Scope::default()
    }
}

fn manual() -> RunScope {
    RunScope {
        run: "0".repeat(16),
        logical_time: human::now(),
        trigger: "manual".to_owned(),
        event: String::new(),
        try_number: 1,
    }
}
