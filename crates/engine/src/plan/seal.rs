//! From a document to a plan.

use std::collections::HashMap;
use std::sync::Arc;

use millrace_model::action::{Action, Doer};
use millrace_model::document::{AtomSet, Join, Task, Workflow};
use millrace_model::expr::Expr;
use millrace_model::ident::Ident;
use millrace_model::ids::TaskKey;
use millrace_model::join_expr::JoinExpr;
use millrace_model::template::Template;

use super::graph::{Rows, longest_paths, topological};
use super::tally::{EdgeClass, EdgeJoin};
use super::{
    Condition, Down, Needs, Plan, PlanHooks, PlanMap, PlanProblem, PlanRepeat, PlanTask, Selection,
    Up,
};

#[derive(Clone, Copy)]
struct Edge<'w> {
    from: u32,
    to: u32,
    on: AtomSet,
    setup: bool,
    label: Option<&'w str>,
}

pub(super) fn seal(
    workflow: Arc<Workflow>,
    selection: &Selection,
) -> Result<Plan, Vec<PlanProblem>> {
    let mut problems = Vec::new();
    // The edges borrow from the document, which the plan takes.
    let document = Arc::clone(&workflow);
    let index = index(&workflow, &mut problems);
    let edges = edges(&document, &index, &mut problems);
    let count = workflow.tasks.len();
    let upstreams = Rows::collect(count, edges.iter().map(|e| (e.to, e.from)).collect());
    let downstreams = Rows::collect(count, edges.iter().map(|e| (e.from, e.to)).collect());
    let order = match topological(count, &upstreams, &downstreams) {
        Ok(order) => order,
        Err(circle) => {
            problems.push(circle_problem(&workflow, &circle));
            return Err(problems);
        }
    };
    let paths = longest_paths(&order, &downstreams);
    let (hooks, is_hooked) = PlanHooks::read(&workflow, &index, &mut problems);
    let chosen = choose(&workflow, &index, selection, &upstreams, &is_hooked, &mut problems);

    let mut shared = Needs::default();
    shared.add_env(&workflow.env);
    shared.add_env(&workflow.defaults.env);
    let mut levels = vec![0u32; count];
    for task in &order {
        let above = upstreams.row(*task).iter().map(|up| levels[*up as usize] + 1).max();
        levels[*task as usize] = above.unwrap_or(0);
    }
    let ancestry = Ancestry { index: &index, upstreams: &upstreams, levels: &levels };

    let mut tasks = Vec::with_capacity(count);
    for (at, (task, path)) in workflow.tasks.iter().zip(paths).enumerate() {
        let own = u32::try_from(at).unwrap_or(u32::MAX);
        let above = upstreams.row(own);
        let left_out =
            above.iter().filter(|up| !chosen[**up as usize]).count().try_into().unwrap_or(0);
        let condition = condition(&workflow, task, above, left_out, &mut problems);
        let (when, lock) = expressions(task, &mut problems);
        let mut needs = shared.clone();
        needs.add_task(task);
        when.iter().for_each(|expr| needs.add(expr.references()));
        lock.iter().for_each(|template| needs.add(template.references()));
        let map = map_of(task, when.as_ref(), &mut problems);
        map.iter().for_each(|map| needs.add(map.items.references()));
        let repeat = repeat_of(task, &mut problems);
        repeat.iter().for_each(|repeat| needs.add(repeat.until.references()));
        let action = Action::for_task(task);
        let calls = matches!(action, Ok(Action::SubWorkflow(_)));
        let detached = matches!(&action, Ok(Action::SubWorkflow(sub)) if !sub.awaited);
        let needs_place = action.as_ref().is_ok_and(|action| action.doer() == Doer::Daemon);
        let (branch, wait) = match action {
            Ok(Action::Branch(branch)) => {
                branch.cases.iter().for_each(|(_, when)| needs.add(when.references()));
                (Some(branch), None)
            }
            Ok(Action::Wait(wait)) => {
                needs.add(&wait.references());
                (None, Some(wait))
            }
            _ => (None, None),
        };
        if is_hooked[at] {
            // It sees all tasks of the run that are no hooks' own.
            needs
                .tasks
                .retain(|name| index.get(name).is_some_and(|other| !is_hooked[*other as usize]));
        } else {
            ancestry.keep_ancestors(own, &mut needs);
        }
        // As the other defaults, that of pools is for what runs itself.
        let pool = task.pool.as_ref().or(workflow
            .defaults
            .pool
            .as_ref()
            .filter(|_| !calls && branch.is_none()));
        // What waits holds nothing that others could use.
        let pool = pool.filter(|_| wait.is_none());
        let lock = lock.filter(|_| wait.is_none());
        tasks.push(PlanTask {
            key: TaskKey::plain(task.name.clone()),
            selected: chosen[at],
            condition,
            when,
            lock,
            needs,
            path,
            pool: pool.map(|pool| (Arc::from(pool.name.as_str()), pool.slots)),
            setups: 0,
            calls,
            detached,
            wait,
            branch,
            repeat,
            map,
            is_hooked: is_hooked[at],
            on_call: is_hooked[at] && !chosen[at],
            needs_place,
        });
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(assemble(workflow, index, tasks, edges, order, hooks))
}

/// Builds the adjacency of what was chosen: edges from tasks that do not run are taken as met.
fn assemble(
    workflow: Arc<Workflow>,
    index: HashMap<Ident, u32>,
    mut tasks: Vec<PlanTask>,
    mut edges: Vec<Edge<'_>>,
    order: Vec<u32>,
    hooks: PlanHooks,
) -> Plan {
    let count = tasks.len();
    edges.retain(|edge| tasks[edge.from as usize].selected && tasks[edge.to as usize].selected);
    edges.sort_by_key(|edge| (edge.to, edge.from));
    let class_of =
        |edge: &Edge<'_>| EdgeClass::new(edge.on, workflow.tasks[edge.from as usize].disabled);
    let mut classes: Vec<(u32, (EdgeClass, u32))> = Vec::new();
    let mut ups: Vec<(u32, Up)> = Vec::with_capacity(edges.len());
    let mut labels: Vec<Box<str>> = Vec::new();
    for of_task in edges.chunk_by(|a, b| a.to == b.to) {
        let first = classes.len();
        for edge in of_task {
            let class = class_of(edge);
            let found = classes[first..].iter().position(|(_, (known, _))| *known == class);
            let at = match found {
                Some(at) => first + at,
                None => {
                    classes.push((edge.to, (class, 0)));
                    classes.len() - 1
                }
            };
            classes[at].1.1 += 1;
            tasks[edge.to as usize].setups += u32::from(edge.setup);
            let class_at = u32::try_from(at).unwrap_or(u32::MAX);
            let label = edge.label.map(|label| {
                labels.push(label.into());
                u32::try_from(labels.len() - 1).unwrap_or(u32::MAX)
            });
            let Edge { from: task, on, setup, .. } = *edge;
            let up = Up { task, on, class, class_at, setup, label };
            ups.push((edge.to, up));
        }
    }
    let downs = edges
        .iter()
        .zip(0u32..)
        .map(|(edge, at)| (edge.from, Down { task: edge.to, edge: at }))
        .collect();
    let selected = tasks.iter().filter(|task| task.selected).count();
    let on_call = tasks.iter().filter(|task| task.on_call).count();
    let only = (selected + on_call < count).then(|| {
        tasks.iter().filter(|task| task.selected).map(|task| task.key.task.clone()).collect()
    });
    Plan {
        index,
        up: Rows::collect(count, ups),
        down: Rows::collect(count, downs),
        classes: Rows::collect(count, classes),
        labels,
        tasks,
        workflow,
        order,
        hooks,
        selected,
        only,
    }
}

fn index(workflow: &Workflow, problems: &mut Vec<PlanProblem>) -> HashMap<Ident, u32> {
    let mut index = HashMap::with_capacity(workflow.tasks.len());
    for (task, at) in workflow.tasks.iter().zip(0u32..) {
        if index.insert(task.name.clone(), at).is_some() {
            problems.push(PlanProblem::of(&task.name, "the name stands twice; rename one of them"));
        }
    }
    index
}

fn edges<'w>(
    workflow: &'w Workflow,
    index: &HashMap<Ident, u32>,
    problems: &mut Vec<PlanProblem>,
) -> Vec<Edge<'w>> {
    let mut edges = Vec::with_capacity(workflow.dependencies.len());
    for dependency in &workflow.dependencies {
        let (from, to) = (&dependency.from, &dependency.to);
        let (Some(from_at), Some(to_at)) = (index.get(from), index.get(to)) else {
            let missing = if index.contains_key(from) { to } else { from };
            let message =
                format!("a dependency from {from} to {to} names it, but there is no such task");
            problems.push(PlanProblem::of(missing, message));
            continue;
        };
        if from_at == to_at {
            problems.push(PlanProblem::of(from, "it depends on itself; remove that dependency"));
            continue;
        }
        if dependency.on.is_empty() {
            problems.push(PlanProblem::of(
                to,
                format!("its dependency on {from} waits for no ending at all"),
            ));
        }
        if let Some(label) = &dependency.branch
            && !has_label(&workflow.tasks[*from_at as usize], label)
        {
            problems.push(PlanProblem::of(
                to,
                format!("its dependency on {from} asks for the branch {label}, which {from} does not have"),
            ));
        }
        let teardown = !workflow.tasks[*to_at as usize].teardown_for.is_empty();
        let on = if teardown { AtomSet::FINISHED } else { dependency.on };
        let label = dependency.branch.as_deref();
        edges.push(Edge { from: *from_at, to: *to_at, on, setup: false, label });
    }
    for (task, at) in workflow.tasks.iter().zip(0u32..) {
        for setup in &task.teardown_for {
            match index.get(setup) {
                Some(from) if *from != at => {
                    let on = AtomSet::FINISHED;
                    edges.push(Edge { from: *from, to: at, on, setup: true, label: None });
                }
                Some(_) => {
                    problems.push(PlanProblem::of(&task.name, "it cannot clean up after itself"));
                }
                None => problems
                    .push(PlanProblem::of(&task.name, format!("its setup {setup} does not exist"))),
            }
        }
    }
    // A setup may have an edge of its own to its teardown: one edge, the setup's.
    edges.sort_by_key(|edge| (edge.to, edge.from, !edge.setup));
    let mut twice = Vec::new();
    edges.dedup_by(|later, first| {
        let same = (later.from, later.to) == (first.from, first.to);
        if same && !first.setup {
            twice.push((first.from, first.to));
        }
        same
    });
    for (from, to) in twice {
        let [from, to] = [from, to].map(|at| &workflow.tasks[at as usize].name);
        problems.push(PlanProblem::of(
            to,
            format!("it depends on {from} twice; merge the two dependencies"),
        ));
    }
    edges
}

/// A branch task that cannot be read is reported with the other actions.
fn has_label(task: &Task, label: &str) -> bool {
    match Action::for_task(task) {
        Ok(Action::Branch(branch)) => branch.labels().any(|known| known == label),
        _ => false,
    }
}

fn circle_problem(workflow: &Workflow, circle: &[u32]) -> PlanProblem {
    let shown =
        circle.iter().chain(circle.first()).map(|at| workflow.tasks[*at as usize].name.as_str());
    let names: Vec<&str> =
        if circle.len() > 20 { shown.take(20).chain(["…"]).collect() } else { shown.collect() };
    let message = format!(
        "tasks wait for each other in a circle: {}; remove one of these dependencies",
        names.join(" → ")
    );
    PlanProblem::workflow(message)
}

/// Which tasks run.
fn choose(
    workflow: &Workflow,
    index: &HashMap<Ident, u32>,
    selection: &Selection,
    upstreams: &Rows<u32>,
    is_hooked: &[bool],
    problems: &mut Vec<PlanProblem>,
) -> Vec<bool> {
    // A hook's task runs only when a hook calls it, or somebody by name.
    let mut chosen: Vec<bool> =
        is_hooked.iter().map(|hooked| matches!(selection, Selection::All) && !hooked).collect();
    if let Selection::Until(names) | Selection::Only(names) = selection {
        let mut open = Vec::new();
        for name in names {
            match index.get(name) {
                Some(at) => open.push(*at),
                None => problems.push(PlanProblem::of(name, "there is no such task to run")),
            }
        }
        let with_upstreams = matches!(selection, Selection::Until(_));
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut chosen[at as usize], true) && with_upstreams {
                open.extend(upstreams.row(at));
            }
        }
        if with_upstreams {
            let is_chosen = |name: &Ident| index.get(name).is_some_and(|at| chosen[*at as usize]);
            let teardowns: Vec<bool> =
                workflow.tasks.iter().map(|task| task.teardown_for.iter().any(is_chosen)).collect();
            chosen.iter_mut().zip(teardowns).for_each(|(chosen, teardown)| *chosen |= teardown);
        }
    }
    chosen
}

fn condition(
    workflow: &Workflow,
    task: &Task,
    above: &[u32],
    left_out: u32,
    problems: &mut Vec<PlanProblem>,
) -> Condition {
    let mut problem = |message: String| problems.push(PlanProblem::of(&task.name, message));
    if !task.teardown_for.is_empty() {
        if task.join != Join::All || task.when.is_some() || task.min_succeeded.is_some() {
            problem("a teardown has no `join`, `min_succeeded` or `when`; remove them".to_owned());
        }
        return Condition::Teardown;
    }
    let given = task.min_succeeded.unwrap_or(0);
    if given > 0 && (task.join == Join::None || given as usize > above.len()) {
        problem(format!(
            "`min_succeeded` is {given} and can never be met: it has {} upstreams to wait for",
            if task.join == Join::None { 0 } else { above.len() }
        ));
    }
    // What does not run is taken as having succeeded.
    let min_succeeded = given.saturating_sub(left_out);
    let join = match &task.join {
        Join::All => EdgeJoin::All,
        Join::Any if above.is_empty() || left_out > 0 && min_succeeded == 0 => EdgeJoin::None,
        Join::Any => EdgeJoin::Any,
        Join::None => EdgeJoin::None,
        Join::Expr(source) => match JoinExpr::parse(source) {
            Ok(expr) => {
                for name in expr.upstreams() {
                    if !above.iter().any(|up| workflow.tasks[*up as usize].name == *name) {
                        problem(format!(
                            "its join names {name}, which is not an upstream; add the dependency"
                        ));
                    }
                }
                return Condition::Expr { expr, min_succeeded };
            }
            Err(error) => {
                problem(error.to_string());
                EdgeJoin::All
            }
        },
    };
    Condition::Edges { join, min_succeeded }
}

fn expressions(task: &Task, problems: &mut Vec<PlanProblem>) -> (Option<Expr>, Option<Template>) {
    let mut read = |key: &str, error: millrace_model::expr::ExprError| {
        problems.push(PlanProblem::of(&task.name, format!("`{key}`, {error}")));
    };
    let when = task
        .when
        .as_deref()
        .and_then(|source| Expr::parse(source).map_err(|error| read("when", error)).ok());
    let lock = task
        .lock
        .as_deref()
        .and_then(|source| Template::parse(source).map_err(|error| read("lock", error)).ok());
    (when, lock)
}

fn map_of(
    task: &Task,
    when: Option<&Expr>,
    problems: &mut Vec<PlanProblem>,
) -> Option<Box<PlanMap>> {
    let map = task.for_each.as_ref()?;
    let mut problem = |message: String| problems.push(PlanProblem::of(&task.name, message));
    if task.kind == "branch" {
        problem("a branch task chooses once and cannot be mapped; remove `for_each`".to_owned());
    }
    if map.max_parallel == Some(0) {
        problem("`for_each.max_parallel` is 0 and lets no item run; write at least 1".to_owned());
    }
    let when_per_item = when.is_some_and(|when| when.references().item || when.references().index);
    let (max_parallel, fail_fast) = (map.max_parallel, map.fail_fast);
    match Expr::parse(&map.items) {
        Ok(items) => Some(Box::new(PlanMap { items, max_parallel, fail_fast, when_per_item })),
        Err(error) => {
            problem(format!("`for_each.items`, {error}"));
            None
        }
    }
}

fn repeat_of(task: &Task, problems: &mut Vec<PlanProblem>) -> Option<Box<PlanRepeat>> {
    let repeat = task.repeat.as_ref()?;
    let mut problem = |message: String| problems.push(PlanProblem::of(&task.name, message));
    if task.kind == "branch" {
        problem("a branch task chooses once and cannot be repeated; remove `repeat`".to_owned());
    }
    if repeat.limit == 0 {
        problem("`repeat.limit` is 0 and lets it never run; write at least 1".to_owned());
    }
    match Expr::parse(&repeat.until) {
        Ok(until) => {
            let (delay, limit) = (repeat.delay, repeat.limit);
            Some(Box::new(PlanRepeat { until, delay, limit }))
        }
        Err(error) => {
            problem(format!("`repeat.until`, {error}"));
            None
        }
    }
}

/// Finds whether a task comes before another, looking no further up than it can be.
struct Ancestry<'a> {
    index: &'a HashMap<Ident, u32>,
    upstreams: &'a Rows<u32>,
    levels: &'a [u32],
}

impl Ancestry<'_> {
    /// Leaves only ancestors of `task`, all of them where a name is computed.
    fn keep_ancestors(&self, task: u32, needs: &mut Needs) {
        needs.tasks.retain(|name| match self.index.get(name) {
            Some(other) => self.is_before(*other, task),
            None => false,
        });
    }

    fn is_before(&self, ancestor: u32, task: u32) -> bool {
        let floor = self.levels[ancestor as usize];
        let mut open = vec![task];
        let mut seen = std::collections::HashSet::new();
        while let Some(at) = open.pop() {
            for up in self.upstreams.row(at) {
                if *up == ancestor {
                    return true;
                }
                if self.levels[*up as usize] > floor && seen.insert(*up) {
                    open.push(*up);
                }
            }
        }
        false
    }
}
