//! The edges over the border: what leads in becomes what leads to the new task, what leads out what leads from it.
//!
//! The new task starts when its edges hold, and then all that is inside begins; it ends when all of it has ended. So all
//! beginnings inside must wait for the same, and whoever waits for something inside must wait for all of it.

use std::collections::{BTreeMap, HashSet};

use super::Cut;
use crate::document::{Atom, AtomSet, Dependency, Join, Task};
use crate::graph::Graph;
use crate::ident::Ident;

/// What the new task has of edges.
#[derive(Debug, Clone, Default)]
pub(super) struct Border {
    /// Its upstreams, with what it asks of each.
    sources: Vec<Dependency>,
    /// Its downstreams, with what they ask of it.
    targets: BTreeMap<Ident, AtomSet>,
    pub(super) join: Join,
    pub(super) min_succeeded: Option<u32>,
    /// The tasks inside that wait for nothing inside.
    pub(super) begins: HashSet<Ident>,
    /// Tasks outside that only run after the new task succeeded.
    pub(super) after_success: HashSet<Ident>,
}

impl Border {
    pub(super) fn edges(&self, task: &Ident) -> impl Iterator<Item = Dependency> {
        let into = self.sources.iter().map(|edge| Dependency { to: task.clone(), ..edge.clone() });
        let out = self
            .targets
            .iter()
            .map(|(to, on)| Dependency { on: *on, ..Dependency::new(task.clone(), to.clone()) });
        into.chain(out)
    }
}

pub(super) fn find(cut: &mut Cut<'_>) -> Border {
    let mut border = Border::default();
    let crossing = cut.workflow.dependencies.iter();
    let crossing = crossing.filter(|edge| cut.is_inside(&edge.from) != cut.is_inside(&edge.to));
    if let Some(edge) = crossing.clone().find(|edge| edge.branch.is_some()) {
        cut.refuse(format!(
            "“{}” chooses whether “{}” runs: select both or neither",
            edge.from, edge.to
        ));
    }
    into(cut, &mut border);
    if !border.sources.is_empty() {
        refuse_starts_without_the_first(cut, &border);
    }
    out(cut, &mut border);
    after_success(cut, &mut border);
    border
}

fn into(cut: &mut Cut<'_>, border: &mut Border) {
    let edges_into = |cut: &Cut<'_>, task: &Task| -> Vec<Dependency> {
        let edges = cut.workflow.dependencies.iter();
        let mut found: Vec<Dependency> = edges
            .filter(|edge| edge.to == task.name && !cut.is_inside(&edge.from))
            .map(|edge| Dependency { to: cut.workflow.name.clone(), ..edge.clone() })
            .collect();
        found.sort_by(|a, b| a.from.cmp(&b.from));
        found
    };
    let graph = Graph::of(cut.workflow);
    let tasks = &cut.workflow.tasks;
    let begins =
        |cut: &Cut<'_>, at: usize| !graph.upstreams(at).any(|up| cut.is_inside(&tasks[up].name));
    let inner: Vec<usize> = (0..tasks.len()).filter(|at| cut.is_inside(&tasks[*at].name)).collect();
    let Some(first) = inner.iter().copied().find(|at| begins(cut, *at)) else { return };
    let first = &tasks[first];
    border.sources = edges_into(cut, first);
    if !border.sources.is_empty() {
        border.join = first.join.clone();
        border.min_succeeded = first.min_succeeded;
    }
    for at in inner {
        let task = &tasks[at];
        let own = edges_into(cut, task);
        if begins(cut, at) {
            border.begins.insert(task.name.clone());
            let same = own == border.sources
                && (own.is_empty()
                    || task.join == border.join && task.min_succeeded == border.min_succeeded);
            if !same {
                cut.refuse(format!(
                    "“{}” and “{}” wait for different tasks: select what only one of them waits for as well, or leave one out",
                    first.name, task.name
                ));
            }
        } else if let Some(edge) = own.iter().find(|edge| !border.sources.contains(edge)) {
            cut.refuse(format!(
                "“{}” waits for “{}” in a way in which “{}” does not: select “{}” as well, or leave “{}” out",
                task.name, edge.from, first.name, edge.from, task.name
            ));
        } else if !own.is_empty() && (task.join != Join::All || task.min_succeeded.is_some()) {
            cut.refuse(format!(
                "“{}” does not wait for all of its dependencies, and “{}” is among them: select that as well",
                task.name, own[0].from
            ));
        }
    }
}

/// Where the new task does not start nothing inside does: so nothing may start there although what it waits for did not.
fn refuse_starts_without_the_first(cut: &mut Cut<'_>, border: &Border) {
    let inner: Vec<&Task> = cut.inner().collect();
    for task in inner.into_iter().filter(|task| !border.begins.contains(&task.name)) {
        let edges = cut.workflow.dependencies.iter();
        let mut edges = edges.filter(|edge| edge.to == task.name && cut.is_inside(&edge.from));
        let holds =
            |edge: &Dependency| edge.on.has(Atom::Skipped) || edge.on.has(Atom::UpstreamFailed);
        let loose =
            matches!(task.join, Join::None | Join::Expr(_)) || !task.teardown_for.is_empty();
        if let Some(edge) = edges.find(|edge| loose || holds(edge)) {
            let why = format!(
                "“{}” can run although “{}” did not: leave one of them out",
                task.name, edge.from
            );
            cut.refuse(why);
        }
    }
}

fn out(cut: &mut Cut<'_>, border: &mut Border) {
    let outer: Vec<&Task> = cut.outer().collect();
    for task in outer {
        let edges: Vec<&Dependency> = cut
            .workflow
            .dependencies
            .iter()
            .filter(|edge| edge.to == task.name && cut.is_inside(&edge.from))
            .collect();
        let Some(first) = edges.first() else { continue };
        if let Err(why) = check_target(cut, task, &edges) {
            cut.refuse(why);
        }
        border.targets.insert(task.name.clone(), first.on);
    }
}

fn check_target(cut: &Cut<'_>, task: &Task, edges: &[&Dependency]) -> Result<(), String> {
    let (name, on) = (&task.name, edges[0].on);
    let from = &edges[0].from;
    if matches!(task.join, Join::Expr(_)) {
        return Err(format!(
            "the join of “{name}” is an expression over “{from}”: select “{name}” as well, or leave “{from}” out"
        ));
    }
    if !task.teardown_for.is_empty() {
        return Err(format!("“{name}” cleans up and waits for “{from}”: select both or neither"));
    }
    if let Some(other) = edges.iter().find(|edge| edge.on != on) {
        return Err(format!(
            "“{name}” depends on “{from}” and on “{}” under different conditions: select “{name}” as well",
            other.from
        ));
    }
    if edges.len() > 1 && (task.join != Join::All || task.min_succeeded.is_some()) {
        return Err(format!(
            "“{name}” does not wait for all of its dependencies, and some are selected: select “{name}” as well"
        ));
    }
    if on == AtomSet::FINISHED {
        return Ok(());
    }
    if on.has(Atom::Failed) != on.has(Atom::UpstreamFailed) && on != AtomSet::SUCCEEDED {
        return Err(format!(
            "“{name}” tells a failure of “{from}” from one before it, and a run as a whole cannot: select both or neither"
        ));
    }
    if edges.len() > 1 && on != AtomSet::SUCCEEDED {
        return Err(format!(
            "“{name}” waits for how several of the selected tasks end, each by itself: select “{name}” as well"
        ));
    }
    let waits_for = upstream_inside(cut, edges);
    if let Some(other) = cut.inner().find(|other| !waits_for.contains(&other.name)) {
        return Err(format!(
            "“{name}” depends on “{from}” whatever becomes of “{}”: leave “{}” out, or select “{name}” as well",
            other.name, other.name
        ));
    }
    match cut.inner().find_map(|inner| not_plain(cut, inner)) {
        Some(why) => Err(format!(
            "“{name}” depends on how “{from}” ends, and {why}: select “{name}” as well"
        )),
        None => Ok(()),
    }
}

/// The tasks inside that these edges wait for, directly or through others inside.
fn upstream_inside<'w>(cut: &Cut<'w>, edges: &[&'w Dependency]) -> HashSet<&'w Ident> {
    let mut found = HashSet::new();
    let mut open: Vec<&Ident> = edges.iter().map(|edge| &edge.from).collect();
    while let Some(task) = open.pop() {
        if found.insert(task) {
            let up = cut.workflow.dependencies.iter().filter(|edge| edge.to == *task);
            open.extend(up.map(|edge| &edge.from).filter(|from| cut.is_inside(from)));
        }
    }
    found
}

/// Why a run of the tasks can succeed or fail although its last task does not; none where it cannot by this task.
fn not_plain(cut: &Cut<'_>, task: &Task) -> Option<String> {
    let name = &task.name;
    let begins = |edge: &&Dependency| edge.to == *name && cut.is_inside(&edge.from);
    let edges: Vec<&Dependency> = cut.workflow.dependencies.iter().filter(begins).collect();
    let is_odd = edges.iter().any(|edge| edge.on != AtomSet::SUCCEEDED || edge.branch.is_some());
    if is_odd || !edges.is_empty() && (task.join != Join::All || task.min_succeeded.is_some()) {
        return Some(format!("“{name}” may run or not without a failure of the run"));
    }
    let skips = task.when.is_some() || task.spec.get("skip_exit_code").is_some();
    if skips || task.for_each.is_some() || task.disabled {
        return Some(format!("“{name}” can be skipped, which is no failure of the run"));
    }
    if task.allow_failure {
        return Some(format!("“{name}” may fail, which is no failure of the run"));
    }
    (!task.teardown_for.is_empty()).then(|| format!("“{name}” cleans up"))
}

/// Outside tasks that cannot run unless the new task succeeded: they may read what is inside.
fn after_success(cut: &Cut<'_>, border: &mut Border) {
    let graph = Graph::of(cut.workflow);
    for at in graph.order() {
        let task = &cut.workflow.tasks[at];
        if cut.is_inside(&task.name) || task.join != Join::All || !task.teardown_for.is_empty() {
            continue;
        }
        let mut edges = cut.workflow.dependencies.iter().filter(|edge| edge.to == task.name);
        let needs = edges.any(|edge| {
            let known = cut.is_inside(&edge.from)
                || border.after_success.contains(&edge.from)
                    && cut.workflow.task(edge.from.as_str()).is_some_and(|up| !up.disabled);
            edge.on == AtomSet::SUCCEEDED && known
        });
        if needs {
            border.after_success.insert(task.name.clone());
        }
    }
}
