//! `millrace queue`: what runs, what waits, why, and in which order.

use millrace_api::queue::{MoveRun, PoolUse, Queue as Listed, QueuePlace, QueuedRun, ReadQueue};
use millrace_model::time::Timestamp;

use crate::args::{Queue, QueueCommand, QueueMove};
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::style::Style;
use crate::text::table::Table;
use crate::text::{escape, human};

pub(crate) fn run(args: &Queue, out: &mut Out) -> Result<Exit, Failure> {
    match &args.command {
        None => block_on(list(args.json, out))?,
        Some(QueueCommand::Move(args)) => block_on(move_run(args, out))?,
    }
}

async fn list(json: bool, out: &mut Out) -> Result<Exit, Failure> {
    let link = Link::to_daemon().await?;
    let queue = link.backend().read_queue(ReadQueue {}).await?;
    if json {
        out.json(&queue)?;
        return Ok(Exit::Succeeded);
    }
    if queue.runs.is_empty() {
        out.note("nothing runs and nothing waits")?;
    } else {
        let table = table(&queue.runs, human::now(), out.style());
        out.write(&table.render(out.width(), out.style().ellipsis()))?;
        out.note(&places(&queue))?;
        for line in queue.pools.iter().flat_map(held) {
            out.note(&line)?;
        }
    }
    Ok(Exit::Succeeded)
}

async fn move_run(args: &QueueMove, out: &mut Out) -> Result<Exit, Failure> {
    let link = Link::to_daemon().await?;
    let run = link.find_run(&args.run).await?;
    let to = match &args.before {
        Some(before) => QueuePlace::Before(link.find_run(before).await?),
        None if args.last => QueuePlace::Last,
        None => QueuePlace::First,
    };
    link.backend().move_run(MoveRun { run, to }).await?;
    out.note(&format!("moved {run:.8}"))?;
    Ok(Exit::Succeeded)
}

fn table(runs: &[QueuedRun], now: Timestamp, style: Style) -> Table {
    let head = ["RUN", "WORKFLOW", "STATE", "QUEUED", "RUN", "WAIT", "WHY"];
    let mut table = Table::new(head.map(|cell| style.dim(cell)).to_vec()).right(&[4, 5]).elastic(6);
    for run in runs {
        let why = run.why.as_ref().map(|wait| format!("{}: {}", wait.task, wait.why));
        table.row(vec![
            format!("{:.8}", run.row.run),
            run.row.workflow.to_string(),
            style.run_state(run.row.state),
            human::relative(run.row.queued, now),
            run.running.to_string(),
            run.waiting.to_string(),
            style.dim(&escape::one_line(&why.unwrap_or_default())),
        ]);
    }
    table
}

/// `pool db: load of daily_sales in 8f2c41d9`
fn held(pool: &PoolUse) -> impl Iterator<Item = String> {
    pool.holders.iter().map(|held| {
        let slots = if held.slots > 1 { format!(", {} slots", held.slots) } else { String::new() };
        let line = format!(
            "pool {}: {} of {} in {:.8}{slots}",
            pool.name, held.task, held.workflow, held.run
        );
        escape::one_line(&line)
    })
}

/// `2 of 4 tasks at a time; pool db 1 of 2`.
fn places(queue: &Listed) -> String {
    let pools =
        queue.pools.iter().map(|it| format!("; pool {} {} of {}", it.name, it.used, it.slots));
    format!(
        "{} of {} tasks at a time{}",
        queue.running_tasks,
        queue.parallel_tasks,
        pools.collect::<String>()
    )
}
