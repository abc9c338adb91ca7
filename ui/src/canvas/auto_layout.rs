//! Where cards lie when the document does not say: levels become columns, crossings are kept few. It is asked often, so
//! it is quick; [`super::layout`] takes its time.
//!
//! Only cards without a place of their own are moved; the others stay where their author put them.

use std::collections::HashMap;

use egui::{Pos2, pos2};
use millrace_model::document::Workflow;

use super::scene::{CARD, GRID};

/// From one column to the next.
const COLUMN: f32 = 272.0;
/// From one row to the next.
const ROW: f32 = 96.0;
/// How often columns are reordered by the mean place of their neighbours.
const SWEEPS: usize = 4;

/// A place for each task, in the order of the document.
pub(crate) fn place_all(workflow: &Workflow) -> Vec<Pos2> {
    let given: Vec<Option<Pos2>> = workflow
        .tasks
        .iter()
        .map(|task| {
            let [x, y] = *workflow.layout.tasks.get(&task.name)?;
            let sane = |value: f64| value.is_finite().then_some(value.clamp(-1e6, 1e6) as f32);
            Some(pos2(sane(x)?, sane(y)?))
        })
        .collect();
    if given.iter().all(Option::is_some) {
        return given.into_iter().flatten().collect();
    }
    let free = layered(workflow);
    // Cards that have to be placed go below those that have a place, so that none covers another.
    let below = given.iter().flatten().map(|at| at.y + CARD.y).fold(f32::NEG_INFINITY, f32::max);
    let shift = if below.is_finite() { ((below + 64.0) / GRID).ceil() * GRID } else { 0.0 };
    given
        .into_iter()
        .zip(free)
        .map(|(given, free)| given.unwrap_or(pos2(free.x, free.y + shift)))
        .collect()
}

fn layered(workflow: &Workflow) -> Vec<Pos2> {
    let count = workflow.tasks.len();
    let index: HashMap<&str, usize> =
        workflow.tasks.iter().enumerate().map(|(i, task)| (task.name.as_str(), i)).collect();
    let mut above: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut below: Vec<Vec<usize>> = vec![Vec::new(); count];
    for edge in &workflow.dependencies {
        let ends = (index.get(edge.from.as_str()), index.get(edge.to.as_str()));
        if let (Some(&from), Some(&to)) = ends
            && from != to
        {
            above[to].push(from);
            below[from].push(to);
        }
    }
    let levels = levels(&above, &below);
    let columns = order_columns(&levels, &above, &below);
    let tallest = columns.iter().map(Vec::len).max().unwrap_or(0) as f32;
    let mut places = vec![Pos2::ZERO; count];
    for (level, column) in columns.iter().enumerate() {
        // Centred columns keep the wires of fans and joins short.
        let top = (tallest - column.len() as f32) * ROW / 2.0;
        let top = (top / GRID).round() * GRID;
        for (row, &task) in column.iter().enumerate() {
            places[task] = pos2(level as f32 * COLUMN, top + row as f32 * ROW);
        }
    }
    places
}

/// The longest path to each task. Tasks on a cycle get the level at which the cycle was met.
fn levels(above: &[Vec<usize>], below: &[Vec<usize>]) -> Vec<usize> {
    let mut level = vec![0; above.len()];
    let mut open: Vec<usize> = above.iter().map(Vec::len).collect();
    let mut ready: Vec<usize> = (0..above.len()).filter(|&i| open[i] == 0).collect();
    while let Some(task) = ready.pop() {
        for &next in &below[task] {
            level[next] = level[next].max(level[task] + 1);
            open[next] -= 1;
            if open[next] == 0 {
                ready.push(next);
            }
        }
    }
    level
}

fn order_columns(levels: &[usize], above: &[Vec<usize>], below: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let depth = levels.iter().max().map_or(0, |deepest| deepest + 1);
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); depth];
    for (task, &level) in levels.iter().enumerate() {
        columns[level].push(task);
    }
    let mut rank = vec![0.0_f32; levels.len()];
    let set_ranks = |column: &[usize], rank: &mut Vec<f32>| {
        for (row, &task) in column.iter().enumerate() {
            rank[task] = row as f32 - column.len() as f32 / 2.0;
        }
    };
    for column in &columns {
        set_ranks(column, &mut rank);
    }
    for sweep in 0..SWEEPS {
        let down = sweep % 2 == 0;
        for step in 0..depth {
            let level = if down { step } else { depth - 1 - step };
            let neighbours = if down { above } else { below };
            let mean = |task: usize| {
                let near = &neighbours[task];
                match near.len() {
                    0 => rank[task],
                    n => near.iter().map(|&other| rank[other]).sum::<f32>() / n as f32,
                }
            };
            let mut keyed: Vec<(f32, usize)> =
                columns[level].iter().map(|&task| (mean(task), task)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
            columns[level] = keyed.into_iter().map(|(_, task)| task).collect();
            set_ranks(&columns[level], &mut rank);
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::document::{Dependency, Task};
    use millrace_model::ident::Ident;

    fn workflow(tasks: &[&str], edges: &[(&str, &str)]) -> Workflow {
        let name = |text: &str| Ident::new(text).unwrap();
        let mut workflow = Workflow::new(name("w"));
        workflow.tasks = tasks.iter().map(|task| Task::new(name(task), "shell")).collect();
        workflow.dependencies =
            edges.iter().map(|(from, to)| Dependency::new(name(from), name(to))).collect();
        workflow
    }

    #[test]
    fn levels_become_columns_and_no_card_covers_another() {
        let w = workflow(&["a", "b", "c", "d"], &[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]);
        let at = place_all(&w);
        assert_eq!(at[1].x, at[2].x);
        assert!(at[0].x < at[1].x && at[1].x < at[3].x);
        assert_eq!(at[0].y, at[3].y);
        assert!((at[1].y - at[2].y).abs() >= CARD.y);
    }

    #[test]
    fn a_cycle_and_an_unknown_end_are_placed_all_the_same() {
        let w = workflow(&["a", "b", "c"], &[("a", "b"), ("b", "a"), ("x", "c"), ("c", "c")]);
        assert_eq!(place_all(&w).len(), 3);
    }

    #[test]
    fn given_places_stay_and_wild_ones_are_tamed() {
        let mut w = workflow(&["a", "b"], &[("a", "b")]);
        w.layout.tasks.insert(Ident::new("a").unwrap(), [320.0, 64.0]);
        let at = place_all(&w);
        assert_eq!(at[0], pos2(320.0, 64.0));
        assert!(at[1].y >= 64.0 + CARD.y);
        w.layout.tasks.insert(Ident::new("b").unwrap(), [f64::NAN, 1e300]);
        assert!(place_all(&w)[1].x.is_finite());
    }
}
