//! `millrace grid`: the last runs of a workflow beside each other.

use millrace_api::grid::{Fared, Grid, WorkflowGrid};
use millrace_model::time::Timestamp;

use crate::args;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::style::Style;
use crate::text::table::Table;
use crate::text::{escape, human};

pub(crate) fn run(args: &args::Grid, out: &mut Out) -> Result<Exit, Failure> {
    let request = WorkflowGrid {
        workflow: args.workflow.clone(),
        limit: args.limit,
        ..WorkflowGrid::default()
    };
    let grid = block_on(read(request))??;
    if args.json {
        out.json(&grid)?;
    } else if grid.runs.is_empty() {
        out.note(&format!("{} has no runs", escape::one_line(&args.workflow)))?;
    } else {
        let style = out.style();
        let title = grid.title.as_deref().unwrap_or(&args.workflow);
        out.write(&format!("{}\n\n", head(title, &grid, human::now(), style)))?;
        out.write(&table(&grid, style).render(out.width(), style.ellipsis()))?;
    }
    Ok(Exit::Succeeded)
}

async fn read(request: WorkflowGrid) -> Result<Grid, Failure> {
    let link = Link::to_daemon().await?;
    Ok(link.backend().workflow_grid(request).await?)
}

/// `Daily sales  last 20 runs, 92 % succeeded, median 4.2 s, the newest 2 min ago`
fn head(title: &str, grid: &Grid, now: Timestamp, style: Style) -> String {
    let fared = Fared::of(&grid.runs);
    let mut parts = vec![match grid.runs.len() {
        1 => if grid.next.is_some() { "last run" } else { "1 run" }.to_owned(),
        count if grid.next.is_some() => format!("last {count} runs"),
        count => format!("all {count} runs"),
    }];
    parts.extend(fared.percent().map(|percent| format!("{percent} % succeeded")));
    parts.extend(fared.median_us.map(|us| format!("median {}", human::duration_us(us))));
    if let Some(newest) = grid.runs.first() {
        parts.push(format!(
            "the newest {:.8}, {}",
            newest.run,
            human::relative(newest.queued, now)
        ));
    }
    format!("{}  {}", style.bold(&escape::one_line(title)), style.dim(&parts.join(", ")))
}

/// A row for the runs and one for each task; the newest run at the right.
fn table(grid: &Grid, style: Style) -> Table {
    let runs = || grid.runs.iter().rev();
    let icons =
        runs().map(|run| style.run(run.state, style.run_icon(run.state))).collect::<String>();
    let mut table = Table::new(vec![style.dim("TASK"), icons, style.dim("LAST TOOK")]).right(&[2]);
    for (at, task) in grid.tasks.iter().enumerate() {
        let icon = |run: &millrace_api::grid::GridRun| match run.states.0.get(at).copied().flatten()
        {
            Some(state) => style.task(state, style.task_icon(state)),
            None => " ".to_owned(),
        };
        let took_us = grid.runs.iter().find_map(|run| run.tasks_us.get(at).filter(|us| **us > 0));
        let name = task.task.to_string();
        table.row(vec![
            if task.gone { style.dim(&name) } else { name },
            runs().map(icon).collect(),
            took_us.map(|us| human::duration_us(*us)).unwrap_or_default(),
        ]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_api::grid::{GridRun, GridStates, GridTask};
    use millrace_model::event::{RunState, TaskState};
    use millrace_model::ident::Ident;
    use millrace_model::ids::RunId;

    #[test]
    fn the_newest_run_is_at_the_right() {
        let task =
            |name: &str, gone| GridTask { task: Ident::new(name).unwrap(), title: None, gone };
        let run = |id: u64, state, states: [Option<TaskState>; 3]| GridRun {
            run: RunId(id << 32),
            state,
            queued: Timestamp(0),
            took_us: Some(2_000_000),
            states: GridStates(states.to_vec()),
            tasks_us: vec![1_200_000, 0, 0],
        };
        let (ok, bad) = (Some(TaskState::Succeeded), Some(TaskState::Failed));
        let grid = Grid {
            title: Some("Daily sales".to_owned()),
            tasks: vec![task("fetch", false), task("load_warehouse", false), task("old", true)],
            runs: vec![
                run(0x8f2c_41d9, RunState::Running, [Some(TaskState::Running), None, None]),
                run(2, RunState::Failed, [ok, bad, None]),
                run(3, RunState::Succeeded, [ok, ok, ok]),
                run(4, RunState::Succeeded, [ok, ok, Some(TaskState::Skipped)]),
            ],
            next: None,
        };
        let now = Timestamp(120_000_000);
        let head = head("Daily sales", &grid, now, Style::PLAIN);
        let text = table(&grid, Style::PLAIN).render(None, "…");
        insta::assert_snapshot!(format!("{head}\n\n{text}"));
    }
}
