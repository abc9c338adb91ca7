//! `millrace run`: starts a run and watches it.

use std::collections::BTreeMap;

use millrace_api::document::{Problem, Source};
use millrace_api::home::Home;
use millrace_api::run::{PlanRun, RunPlan, StartRun};
use millrace_app::App;
use millrace_model::ident::Ident;

use crate::args::{Params, Run};
use crate::failure::{Exit, Failure};
use crate::link::{self, Link, block_on};
use crate::out::Out;
use crate::text::escape;
use crate::text::input::read_params;
use crate::text::problems;
use crate::text::table::Table;
use crate::watch::{self, Interrupts, Watch};

pub(crate) fn run(args: &Run, out: &mut Out) -> Result<Exit, Failure> {
    let source = link::source(&args.workflow)?;
    let start = StartRun {
        source: source.clone(),
        params: params(&args.params)?,
        param_texts: param_texts(&args.params)?,
        until: selected(&args.until),
        only: selected(&args.only),
        pinned: args.pinned,
        // Who types it has chosen it.
        vouched: true,
    };
    let done = block_on(async {
        // Before anything starts: a Ctrl-C must never leave a run behind unnoticed.
        let mut interrupts = Interrupts::listen()?;
        if args.no_daemon {
            return within(args, start, interrupts, out).await;
        }
        let Some(mut link) = watch::connect(&mut interrupts).await? else {
            return Ok(Exit::Canceled);
        };
        start_and_watch(args, start, &mut link, interrupts, out).await
    })?;
    done.map_err(|failure| failure.in_document(&args.workflow, text_of(&source)))
}

/// In this process, which takes the home's lock: no daemon may have it.
async fn within(
    args: &Run,
    start: StartRun,
    interrupts: Interrupts,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let app = App::open(Home::of_user()?).await?;
    let mut link = Link::within(app.clone());
    let done = start_and_watch(args, start, &mut link, interrupts, out).await;
    // Also after a failure: what is in the journal must reach the disk.
    app.shutdown().await;
    done
}

async fn start_and_watch(
    args: &Run,
    start: StartRun,
    link: &mut Link,
    interrupts: Interrupts,
    out: &mut Out,
) -> Result<Exit, Failure> {
    if args.dry_run {
        let plan = link.backend().plan_run(PlanRun { start: start.clone() }).await?;
        show_problems(&plan.problems, &args.workflow, &start.source, out)?;
        print_plan(&plan, args.json, out)?;
        return Ok(Exit::Succeeded);
    }
    let source = start.source.clone();
    let started = link.backend().start_run(start).await?;
    if !args.json {
        show_problems(&started.problems, &args.workflow, &source, out)?;
    }
    if args.detach {
        return detached(started.run, args.json, out);
    }
    watch::watch(link, Watch::whole(started.run, args.json), interrupts, out).await
}

/// Prints the id of a run that nobody watches.
pub(crate) fn detached(
    run: millrace_model::ids::RunId,
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    if json {
        out.json_line(&serde_json::json!({ "run": run }))?;
    } else {
        out.write(&format!("{run}\n"))?;
    }
    Ok(Exit::Succeeded)
}

/// Parameters as values.
pub(crate) fn params(params: &Params) -> Result<millrace_model::Values, Failure> {
    let mut values = match &params.params_file {
        Some(path) => read_params(path)?,
        None => millrace_model::Values::new(),
    };
    // `-p` goes before the file.
    for (name, _) in &params.param {
        values.remove(name);
    }
    Ok(values)
}

/// Parameters as text.
pub(crate) fn param_texts(params: &Params) -> Result<BTreeMap<String, String>, Failure> {
    let mut texts = BTreeMap::new();
    for (name, value) in &params.param {
        if texts.insert(name.clone(), value.clone()).is_some() {
            return Err(Failure::usage(
                format!("the parameter {name} is given twice"),
                "give it once",
            ));
        }
    }
    Ok(texts)
}

fn selected(tasks: &[Ident]) -> Option<Vec<Ident>> {
    (!tasks.is_empty()).then(|| tasks.to_vec())
}

/// The text in which problems can be shown.
pub(crate) fn text_of(source: &Source) -> Option<String> {
    match source {
        Source::Path(path) => std::fs::read_to_string(path).ok(),
        Source::Text { text, .. } => Some(text.clone()),
        Source::Name(_) => None,
    }
}

/// Warnings and notices of a document that runs nevertheless.
fn show_problems(
    found: &[Problem],
    name: &str,
    source: &Source,
    out: &mut Out,
) -> Result<(), Failure> {
    if found.is_empty() {
        return Ok(());
    }
    let text = text_of(source);
    for problem in found {
        let shown = problems::render(problem, name, text.as_deref(), out.err_style());
        out.err(&shown)?;
    }
    Ok(())
}

fn print_plan(plan: &RunPlan, json: bool, out: &mut Out) -> Result<(), Failure> {
    if json {
        return Ok(out.json(plan)?);
    }
    let style = out.style();
    let mut text = format!("{} would run:\n", style.bold(plan.workflow.as_str()));
    if !plan.params.is_empty() {
        let mut table = Table::new(vec!["PARAMETER".into(), "VALUE".into()]);
        for (name, value) in &plan.params {
            // JSON leaves alone what lies beyond ASCII, and a terminal does not.
            table.row(vec![escape::one_line(name), escape::one_line(&value.to_string())]);
        }
        text.push('\n');
        text.push_str(&table.render(out.width(), style.ellipsis()));
    }
    let head = ["#", "TASK", "KIND", "WAITS FOR", "WHAT"];
    let mut table = Table::new(head.map(ToOwned::to_owned).to_vec()).right(&[0]).elastic(4);
    let (mut left_out, mut reused) = (Vec::new(), Vec::new());
    for task in &plan.tasks {
        if let Some(why) = &task.left_out {
            left_out.push(format!("  {}: {why}\n", task.task));
            continue;
        }
        if let Some(why) = &task.reuse {
            let why = crate::text::escape::one_line(why);
            reused.push(format!("  {}: {why}\n", task.task));
        }
        let what = crate::text::escape::one_line(&task.action);
        let level = (task.level + 1).to_string();
        table.row(vec![
            level,
            task.task.to_string(),
            task.kind.clone(),
            task.waits_for.clone(),
            what,
        ]);
    }
    text.push('\n');
    text.push_str(&table.render(out.width(), style.ellipsis()));
    if !plan.hooks.is_empty() {
        let head = ["ON", "HOOK RUNS", "KIND", "WHAT"];
        let mut table = Table::new(head.map(ToOwned::to_owned).to_vec()).elastic(3);
        for hook in &plan.hooks {
            let what = crate::text::escape::one_line(&hook.action);
            table.row(vec![hook.on.clone(), hook.task.to_string(), hook.kind.clone(), what]);
        }
        text.push('\n');
        text.push_str(&table.render(out.width(), style.ellipsis()));
    }
    if !reused.is_empty() {
        text.push_str(&format!("\nnot run again:\n{}", reused.concat()));
    }
    if !left_out.is_empty() {
        text.push_str(&format!("\nleft out:\n{}", left_out.concat()));
    }
    text.push_str(&style.dim("\ntasks of one number can run side by side; nothing was started\n"));
    Ok(out.write(&text)?)
}
