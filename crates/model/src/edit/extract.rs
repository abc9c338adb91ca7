//! From some tasks of a workflow to a workflow of their own, and one task that runs it.
//!
//! Only where that keeps what the workflow means: which of the other tasks run, after what, and with which values. What
//! would not is refused, all reasons at once. Nothing is written here.

mod border;
mod values;

use std::collections::HashSet;

use super::{Edit, fresh_name};
use crate::document::{Hook, HookAction, Json, Task, Workflow};
use crate::graph::Graph;
use crate::ident::Ident;

/// What becomes of the tasks and of the workflow that they were in.
#[derive(Debug, Clone, PartialEq)]
pub struct Extraction {
    /// The new workflow: the tasks with their dependencies and places.
    pub child: Workflow,
    /// The task that runs it.
    pub task: Ident,
    /// Puts that task in the place of the others.
    pub edit: Edit,
}

/// The new workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewWorkflow {
    /// Its name, and the base of that of the task that runs it.
    pub name: Ident,
    /// What the task says to find it: a name or a path.
    pub callee: String,
}

/// Takes `tasks` out of `workflow`.
///
/// # Errors
/// Every reason why they cannot be: a sentence each.
pub fn extract(
    workflow: &Workflow,
    tasks: &[Ident],
    new: &NewWorkflow,
) -> Result<Extraction, Vec<String>> {
    let inside: HashSet<&Ident> = tasks.iter().collect();
    if inside.is_empty() {
        return Err(vec!["no task is selected".to_owned()]);
    }
    if let Some(missing) = inside.iter().find(|name| workflow.task(name.as_str()).is_none()) {
        return Err(vec![format!("there is no task {missing}")]);
    }
    let mut cut = Cut { workflow, inside, refusals: Vec::new() };
    cut.refuse_circle();
    cut.refuse_special();
    cut.refuse_limits();
    let border = border::find(&mut cut);
    let left = workflow.tasks.iter().filter(|task| !cut.inside.contains(&task.name));
    let rest = Workflow { tasks: left.cloned().collect(), ..Workflow::new(new.name.clone()) };
    let name = fresh_name(&rest, &new.name);
    let values = values::move_all(&mut cut, &name, &border);
    if !cut.refusals.is_empty() {
        cut.refusals.dedup();
        return Err(cut.refusals);
    }
    let mut call = Task::new(name.clone(), "workflow");
    call.join = border.join.clone();
    call.min_succeeded = border.min_succeeded;
    let mut spec = vec![("workflow".to_owned(), Json::from(new.callee.as_str()))];
    if !values.arguments.is_empty() {
        spec.push(("params".to_owned(), Json::Object(values.arguments)));
    }
    call.spec = Json::Object(spec);
    let child = cut.child(new, values.inner, values.params);
    let mut edits = vec![Edit::RemoveTasks(tasks.to_vec())];
    edits.push(Edit::AddTask { task: Box::new(call), at: corner(workflow, tasks) });
    edits.extend(values.outer.into_iter().map(|task| Edit::ReplaceTask(Box::new(task))));
    edits.extend(border.edges(&name).map(Edit::AddDependency));
    Ok(Extraction { child, task: name, edit: Edit::All(edits) })
}

/// Some tasks of a workflow that are to be taken out of it.
struct Cut<'w> {
    workflow: &'w Workflow,
    inside: HashSet<&'w Ident>,
    refusals: Vec<String>,
}

impl<'w> Cut<'w> {
    fn refuse(&mut self, why: impl Into<String>) {
        self.refusals.push(why.into());
    }

    fn is_inside(&self, name: &Ident) -> bool {
        self.inside.contains(name)
    }

    fn inner(&self) -> impl Iterator<Item = &'w Task> {
        let workflow = self.workflow;
        workflow.tasks.iter().filter(|task| self.is_inside(&task.name))
    }

    fn outer(&self) -> impl Iterator<Item = &'w Task> {
        let workflow = self.workflow;
        workflow.tasks.iter().filter(|task| !self.is_inside(&task.name))
    }

    /// A way from a task to another over one that stays: it would have to run before and after the new task.
    fn refuse_circle(&mut self) {
        let graph = Graph::of(self.workflow);
        let tasks = &self.workflow.tasks;
        let chosen: Vec<bool> = tasks.iter().map(|task| self.is_inside(&task.name)).collect();
        let starts = (0..tasks.len()).filter(|task| chosen[*task]);
        let below =
            reached(&graph, starts.clone(), |graph, task| graph.downstreams(task).collect());
        let above = reached(&graph, starts, |graph, task| graph.upstreams(task).collect());
        let between = (0..tasks.len()).find(|task| !chosen[*task] && below[*task] && above[*task]);
        if let Some(task) = between {
            let name = &tasks[task].name;
            self.refuse(format!(
                "“{name}” runs between the selected tasks: select it as well, or leave out what is after it"
            ));
        }
    }

    /// What reaches over the border in other ways than by edges and values.
    fn refuse_special(&mut self) {
        for task in &self.workflow.tasks {
            let here = self.is_inside(&task.name);
            if let Some(setup) = task.teardown_for.iter().find(|it| self.is_inside(it) != here) {
                self.refuse(format!(
                    "“{}” cleans up after “{setup}”: select both or neither",
                    task.name
                ));
            }
            let hooked =
                |hooks: &[Hook]| hooked(hooks).find(|it| self.is_inside(it) != here).cloned();
            if let Some(other) = hooked(&task.hooks) {
                self.refuse(format!(
                    "a hook of “{}” runs “{other}”: select both or neither",
                    task.name
                ));
            }
        }
        let inside = hooked(&self.workflow.hooks).find(|name| self.is_inside(name)).cloned();
        if let Some(task) = inside {
            self.refuse(format!("a hook of the workflow runs “{task}”: leave that out"));
        }
    }

    /// A limit of the run holds for all its tasks together, and a child run has one of its own.
    fn refuse_limits(&mut self) {
        if self.workflow.limits.parallel_tasks.is_none() {
            return;
        }
        let graph = Graph::of(self.workflow);
        let tasks = &self.workflow.tasks;
        let starts = (0..tasks.len()).filter(|task| self.is_inside(&tasks[*task].name));
        let below =
            reached(&graph, starts.clone(), |graph, task| graph.downstreams(task).collect());
        let above = reached(&graph, starts, |graph, task| graph.upstreams(task).collect());
        if let Some(beside) = (0..tasks.len()).find(|task| !below[*task] && !above[*task]) {
            self.refuse(format!(
                "the limit of tasks at a time counts them together with “{}”, which can run beside them: select that as well",
                tasks[beside].name
            ));
        }
    }

    fn child(
        &self,
        new: &NewWorkflow,
        tasks: Vec<Task>,
        params: Vec<crate::document::Param>,
    ) -> Workflow {
        let from = self.workflow;
        let mut child = Workflow::new(new.name.clone());
        child.params = params;
        child.env.clone_from(&from.env);
        child.workdir.clone_from(&from.workdir);
        child.defaults.clone_from(&from.defaults);
        child.limits.parallel_tasks = from.limits.parallel_tasks;
        child.limits.fail_fast = from.limits.fail_fast;
        // Runs of the workflow that it was part of are not kept apart by it.
        child.limits.active_runs = from.limits.active_runs;
        let inner = |edge: &&crate::document::Dependency| {
            self.is_inside(&edge.from) && self.is_inside(&edge.to)
        };
        child.dependencies = from.dependencies.iter().filter(inner).cloned().collect();
        let [left, top] = tasks
            .iter()
            .filter_map(|task| from.layout.tasks.get(&task.name))
            .fold([f64::INFINITY; 2], |[x, y], at| [x.min(at[0]), y.min(at[1])]);
        for task in &tasks {
            if let Some([x, y]) = from.layout.tasks.get(&task.name) {
                child.layout.tasks.insert(task.name.clone(), [x - left, y - top]);
            }
        }
        let whole = |group: &&crate::document::Group| {
            !group.tasks.is_empty() && group.tasks.iter().all(|task| self.is_inside(task))
        };
        child.layout.groups = from.layout.groups.iter().filter(whole).cloned().collect();
        child.tasks = tasks;
        child
    }
}

fn hooked(hooks: &[Hook]) -> impl Iterator<Item = &Ident> {
    hooks.iter().filter_map(|hook| match &hook.action {
        HookAction::Task(task) => Some(task),
        HookAction::Notify(_) => None,
    })
}

fn reached(
    graph: &Graph,
    starts: impl Iterator<Item = usize>,
    next: fn(&Graph, usize) -> Vec<usize>,
) -> Vec<bool> {
    let mut seen = vec![false; graph.len()];
    let mut open: Vec<usize> = starts.collect();
    while let Some(task) = open.pop() {
        if !std::mem::replace(&mut seen[task], true) {
            open.extend(next(graph, task));
        }
    }
    seen
}

/// Where the leftmost of them began, level with their middle.
fn corner(workflow: &Workflow, tasks: &[Ident]) -> Option<[f64; 2]> {
    let places: Vec<[f64; 2]> =
        tasks.iter().filter_map(|task| workflow.layout.tasks.get(task)).copied().collect();
    let left = places.iter().map(|at| at[0]).reduce(f64::min)?;
    let top = places.iter().map(|at| at[1]).reduce(f64::min)?;
    let bottom = places.iter().map(|at| at[1]).reduce(f64::max)?;
    Some([left, ((top + bottom) / 2.0).round()])
}
