//! Random graphs × conditions × joins × outcomes × cancel times.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests; which of them a file needs differs"
)]

mod support;

use std::collections::BTreeMap;

use millrace_engine::Plan;
use millrace_engine::core::{AttemptReport, Input, Settings};
use millrace_model::document::{
    Atom, AtomSet, Dependency, ForEach, Hook, HookAction, HookOn, Join, PoolUse, RetryPolicy, Task,
    Workflow,
};
use millrace_model::event::{Run, RunEventKind, RunState, TaskRun, TaskState};
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::report::Progress;
use proptest::collection::vec;
use proptest::prelude::*;
use support::*;

/// A task: join, disabled, priority, allow_failure, tries, outcome, what a branch task chooses of `x` and `y`, whether it
/// is a delay, and its edges
/// as (upstream, on, label).
#[derive(Debug, Clone)]
struct Node {
    join: u8,
    min: u32,
    disabled: bool,
    tolerated: bool,
    priority: i32,
    tries: u32,
    ends: char,
    pool: bool,
    lock: bool,
    setup: bool,
    branch: Option<(bool, bool)>,
    waits: bool,
    map: Option<Map>,
    edges: Vec<(prop::sample::Index, u8, Option<bool>)>,
}

/// A mapped task: how many items, how many at a time, whether the first failure ends the others, and whether items are
/// skipped.
#[derive(Debug, Clone)]
struct Map {
    count: u32,
    max_parallel: Option<u32>,
    fail_fast: bool,
    skips: bool,
}

fn map() -> impl Strategy<Value = Map> {
    (0u32..5, prop::option::of(1u32..4), any::<bool>(), prop::bool::weighted(0.3)).prop_map(
        |(count, max_parallel, fail_fast, skips)| Map { count, max_parallel, fail_fast, skips },
    )
}

/// How an attempt of this task or item ends: not all items of a task end alike.
fn ending(nodes: &[Node], name: &str) -> char {
    let key = key(name);
    if key.task.as_str().starts_with('h') {
        return if key.item.unwrap_or_default() % 3 == 1 { 'F' } else { 'S' };
    }
    let at: usize = key.task.as_str()[1..].parse().unwrap();
    if key.item.is_some_and(|item| item % 2 == 1) { 'S' } else { nodes[at].ends }
}

fn node() -> impl Strategy<Value = Node> {
    (
        (0u8..10, 0u32..3, prop::bool::weighted(0.1), prop::bool::weighted(0.2), -1i32..2, 1u32..3),
        prop::sample::select(vec!['S', 'S', 'S', 'F', 'E', 'K', 'T']),
        (prop::bool::weighted(0.2), prop::bool::weighted(0.2), prop::bool::weighted(0.1)),
        (
            prop::option::weighted(0.3, any::<(bool, bool)>()),
            prop::bool::weighted(0.15),
            prop::option::weighted(0.4, map()),
        ),
        vec((any::<prop::sample::Index>(), 1u8..32, any::<Option<bool>>()), 0..4),
    )
        .prop_map(
            |(
                (join, min, disabled, tolerated, priority, tries),
                ends,
                (pool, lock, setup),
                (branch, waits, map),
                edges,
            )| {
                Node {
                    join,
                    min,
                    disabled,
                    tolerated,
                    priority,
                    tries,
                    ends,
                    pool,
                    lock,
                    setup,
                    branch,
                    waits,
                    map,
                    edges,
                }
            },
        )
}

/// Where `hasty`, the first item that fails may end the others: then it matters who ends first.
fn build(nodes: &[Node], expressions: bool, hasty: bool) -> Workflow {
    let mut flow = Workflow::new(ident("w"));
    for (at, node) in nodes.iter().enumerate() {
        let mut task = Task::new(ident(&format!("t{at}")), "noop");
        if let Some((x, y)) = node.branch {
            let conditions = serde_json::json!({ "x": x.to_string(), "y": y.to_string() });
            task.kind = "branch".to_owned();
            let spec = serde_json::json!({ "branches": conditions, "all": true });
            task.spec = millrace_model::document::Json::from_value(&spec);
        }
        if node.waits && node.branch.is_none() {
            task.kind = "delay".to_owned();
            let spec = serde_json::json!({ "duration": "1s" });
            task.spec = millrace_model::document::Json::from_value(&spec);
        }
        if let (None, Some(map)) = (node.branch, &node.map) {
            task.for_each = Some(ForEach {
                items: format!("range({})", map.count),
                max_parallel: map.max_parallel,
                fail_fast: map.fail_fast && hasty,
                ..ForEach::default()
            });
            if map.skips && !(node.setup && at > 0) {
                task.when = Some("item != 0".to_owned());
            }
        }
        let mut ups: BTreeMap<usize, (u8, Option<bool>)> = BTreeMap::new();
        if at > 0 {
            ups.extend(node.edges.iter().map(|(up, on, label)| (up.index(at), (*on, *label))));
        }
        let count = u32::try_from(ups.len()).unwrap();
        let teardown = node.setup && at > 0;
        if teardown {
            task.teardown_for = vec![ident(&format!("t{}", at - 1))];
        } else {
            task.join = match node.join {
                0..=4 => Join::All,
                5..=7 => Join::Any,
                8 if expressions && count > 0 => Join::Expr(
                    ups.keys()
                        .map(|up| format!("t{up}.succeeded"))
                        .collect::<Vec<_>>()
                        .join(" || "),
                ),
                8 => Join::All,
                _ => Join::None,
            };
            if task.join != Join::None && node.min > 0 && node.min <= count {
                task.min_succeeded = Some(node.min);
            }
        }
        task.disabled = node.disabled;
        task.allow_failure = node.tolerated;
        task.priority = node.priority;
        task.retry = Some(RetryPolicy { attempts: node.tries, ..RetryPolicy::default() });
        if node.pool {
            task.pool =
                Some(PoolUse { name: "p".to_owned(), slots: 1 + node.min % 2, extra: Vec::new() });
        }
        if node.lock {
            task.lock = Some("l".to_owned());
        }
        for (up, (on, label)) in ups {
            let mut edge = Dependency::new(ident(&format!("t{up}")), task.name.clone());
            edge.on = AtomSet::of(Atom::ALL.into_iter().filter(|atom| on & *atom as u8 != 0));
            if nodes[up].branch.is_some() && !teardown {
                edge.branch = label.map(|x| if x { "x" } else { "y" }.to_owned());
            }
            flow.dependencies.push(edge);
        }
        flow.tasks.push(task);
    }
    flow
}

/// A hook of the workflow, or of one of its tasks, that runs one of two tasks.
#[derive(Debug, Clone)]
struct Hooked {
    of: Option<prop::sample::Index>,
    on: HookOn,
    second: bool,
}

fn hooked() -> impl Strategy<Value = Hooked> {
    let on = vec![
        HookOn::Success,
        HookOn::Failure,
        HookOn::Recovery,
        HookOn::Retry,
        HookOn::Finish,
        HookOn::Waiting,
        HookOn::Slow,
    ];
    let parts = (any::<Option<prop::sample::Index>>(), prop::sample::select(on), any::<bool>());
    parts.prop_map(|(of, on, second)| Hooked { of, on, second })
}

/// The same workflow with these hooks.
fn with_hooks(flow: &Workflow, hooks: &[Hooked]) -> Workflow {
    let mut flow = flow.clone();
    let count = flow.tasks.len();
    for hooked in hooks {
        let action = HookAction::Task(ident(if hooked.second { "h1" } else { "h0" }));
        let hook = Hook { on: hooked.on, action, extra: Vec::new() };
        match &hooked.of {
            Some(of) => flow.tasks[of.index(count)].hooks.push(hook),
            None => flow.hooks.push(hook),
        }
    }
    for name in ["h0", "h1"] {
        if flow.hooks_that_run(name).next().is_some() {
            let mut task = Task::new(ident(name), "noop");
            task.when = Some("hook.state != 'skipped'".to_owned());
            task.retry = Some(RetryPolicy { attempts: 2, ..RetryPolicy::default() });
            flow.tasks.push(task);
        }
    }
    flow
}

/// The states of the tasks that no hook runs.
fn own_states(home: &Home, run: RunId) -> Vec<String> {
    let states = home.states(run);
    states.split(' ').filter(|it| !it.starts_with('h')).map(str::to_owned).collect()
}

fn home(prefetch: u32) -> Home {
    let mut settings = Settings { prefetch, ..Settings::with_places(3) };
    settings.pools.insert("p".to_owned(), 2);
    Home::with(settings)
}

/// Runs to the end; `choose` says which of the running attempts ends next. `stop_at` gives the steps of cancels.
fn run(
    home: &mut Home,
    flow: &Workflow,
    nodes: &[Node],
    mut choose: impl FnMut(usize) -> usize,
    stop_at: &[usize],
) -> RunId {
    let run = home.submit(1, flow);
    let mut step = 0;
    while home.ended.is_empty() {
        assert!(step < 10_000, "does not end");
        for _ in stop_at.iter().filter(|at| **at == step) {
            if home.core.is_active(run) {
                home.cancel(run, false);
            }
        }
        step += 1;
        // What was asked back and has not started.
        let mut recalled = std::mem::take(&mut home.recalls);
        let places = home.core.places_of(run).0.max(1) as usize;
        let running: Vec<_> =
            home.handed.get(&run).into_iter().flatten().take(places).map(|s| s.attempt).collect();
        recalled.retain(|attempt| !running.contains(attempt));
        for attempt in recalled {
            let known = home.handed[&run].iter().any(|start| start.attempt == attempt);
            if known {
                let name = home.handed[&run]
                    .iter()
                    .find(|s| s.attempt == attempt)
                    .unwrap()
                    .key
                    .to_string();
                home.take(run, &name);
                home.report(attempt, AttemptReport::Recalled);
            }
        }
        if !home.ended.is_empty() {
            break;
        }
        let running: Vec<String> = home.running(run).into_iter().take(places).collect();
        if running.is_empty() {
            assert!(
                !home.timers.is_empty(),
                "stuck: {}\n{:?}",
                home.states(run),
                home.core.why(run, home.now)
            );
            home.fire();
            continue;
        }
        let name = running[choose(running.len())].clone();
        let stopped = home.stops.iter().any(|(attempt, _)| {
            home.handed[&run].iter().any(|s| s.attempt == *attempt && s.key.to_string() == name)
        });
        if step % 3 == 0 {
            // Whatever it says of itself on the way changes nothing.
            let mut handed = home.handed[&run].iter();
            let attempt = handed.find(|start| start.key.to_string() == name).unwrap().attempt;
            home.report(attempt, AttemptReport::Started { pid: None });
            let progress = Progress { fraction: 0.5, text: String::new() };
            home.report(attempt, AttemptReport::Progressed(progress));
        }
        home.end(run, &name, if stopped { 'C' } else { ending(nodes, &name) });
    }
    run
}

/// Tasks that run again on what was torn down: between a setup that succeeded and stays so, and a teardown that ran.
fn without_setup(flow: &Workflow, plan: &Plan, before: &Run, again: &[TaskKey]) -> Vec<String> {
    let mut found = Vec::new();
    for teardown in flow.tasks.iter().filter(|task| !task.teardown_for.is_empty()) {
        let of = &before.tasks[&TaskKey::plain(teardown.name.clone())];
        let ran = of.tries() > 0 || of.mapped.is_some();
        let ahead = plan.upstream_closure(plan.index_of(teardown.name.as_str()));
        for setup in teardown.teardown_for.iter().map(|name| TaskKey::plain(name.clone())) {
            let stays =
                before.tasks[&setup].state == TaskState::Succeeded && !again.contains(&setup);
            let behind = plan.downstream_closure(plan.index_of(setup.task.as_str()));
            let between = again.iter().filter(|key| key.task != teardown.name).filter(|key| {
                let at = plan.index_of(key.task.as_str()).unwrap() as usize;
                behind[at] && ahead[at]
            });
            found.extend(between.filter(|_| ran && stays).map(ToString::to_string));
        }
    }
    found
}

fn ended_badly(task: &TaskRun) -> bool {
    matches!(task.state, TaskState::Failed | TaskState::Error | TaskState::Canceled)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn every_run_ends_within_its_limits(
        nodes in vec(node(), 1..14),
        picks in vec(any::<prop::sample::Index>(), 64),
        stop_at in vec(0usize..20, 0..3),
        prefetch in 0u32..4,
    ) {
        let flow = build(&nodes, true, true);
        let mut home = home(prefetch);
        let mut turn = 0;
        let run = run(&mut home, &flow, &nodes, |count| { turn += 1; picks[turn % 64].index(count) }, &stop_at);
        prop_assert!(home.most_placed <= 3);
        prop_assert!(home.folds[&run].state.is_final());
        prop_assert!(home.folds[&run].tasks.values().all(|task| task.state.is_final()));
        prop_assert_eq!(home.core.load(), Default::default());
    }

    #[test]
    fn nothing_starts_before_its_join_holds(
        nodes in vec(node(), 1..14),
        picks in vec(any::<prop::sample::Index>(), 64),
    ) {
        let flow = build(&nodes, false, true);
        let mut home = home(0);
        let mut turn = 0;
        let run = run(&mut home, &flow, &nodes, |count| { turn += 1; picks[turn % 64].index(count) }, &[]);
        // Replay: at each dispatch the edges must hold.
        let mut fold = millrace_model::event::Run::begin(&home.events[0]).unwrap();
        for event in &home.events[1..] {
            if let RunEventKind::AttemptDispatched { task, .. } = &event.kind {
                let of = flow.task(task.task.as_str()).unwrap();
                let ends = |name: &millrace_model::ident::Ident| {
                    let up = &fold.tasks[&TaskKey::plain(name.clone())];
                    let passed = up.cause == Some(millrace_model::event::Cause::Disabled);
                    if passed { Some(Atom::Succeeded) } else { up.state.atom() }
                };
                // A branch that was not chosen is seen as skipped.
                let seen = |edge: &Dependency| {
                    let up = &fold.tasks[&TaskKey::plain(edge.from.clone())];
                    let at: usize = edge.from.as_str()[1..].parse().unwrap();
                    let chosen = nodes[at].branch.is_none_or(|(x, y)| match edge.branch.as_deref() {
                        Some("x") => x,
                        Some(_) => y,
                        None => true,
                    });
                    let chose = up.state == TaskState::Succeeded;
                    if chose && !chosen { Some(Atom::Skipped) } else { ends(&edge.from) }
                };
                let edges: Vec<_> = flow.dependencies.iter().filter(|edge| edge.to == task.task).collect();
                let holding = edges.iter().filter(|edge| seen(edge).is_some_and(|atom| edge.on.has(atom))).count();
                let holds = if !of.teardown_for.is_empty() {
                    edges.iter().all(|edge| ends(&edge.from).is_some())
                        && of.teardown_for.iter().any(|setup| ends(setup) == Some(Atom::Succeeded))
                } else {
                    match of.join {
                        Join::All => holding == edges.len(),
                        Join::Any => holding > 0 || edges.is_empty(),
                        _ => true,
                    }
                };
                prop_assert!(holds, "{} started too early", task);
            }
            fold.apply(event).unwrap();
        }
        prop_assert_eq!(&fold, &home.folds[&run]);
    }

    #[test]
    fn the_result_does_not_depend_on_who_finishes_first(
        nodes in vec(node(), 1..14),
        picks in vec(any::<prop::sample::Index>(), 64),
    ) {
        let flow = build(&nodes, true, false);
        let mut first = home(0);
        let run_a = run(&mut first, &flow, &nodes, |_| 0, &[]);
        let mut second = home(3);
        let mut turn = 0;
        let run_b = run(&mut second, &flow, &nodes, |count| { turn += 1; picks[turn % 64].index(count) }, &[]);
        prop_assert_eq!(first.states(run_a), second.states(run_b));
        prop_assert_eq!(first.run_state(run_a), second.run_state(run_b));
    }

    #[test]
    fn hooks_change_nothing_of_how_a_run_ends(
        nodes in vec(node(), 1..12),
        hooks in vec(hooked(), 1..6),
        picks in vec(any::<prop::sample::Index>(), 64),
        stop_at in prop::option::weighted(0.3, 0usize..12),
        dies_at in 1usize..60,
    ) {
        let plain = build(&nodes, true, false);
        let flow = with_hooks(&plain, &hooks);
        let mut home = home(2);
        let mut turn = 0;
        let stops: Vec<usize> = stop_at.into_iter().collect();
        let id = run(&mut home, &flow, &nodes, |count| { turn += 1; picks[turn % 64].index(count) }, &stops);
        let fold = &home.folds[&id];
        prop_assert!(fold.tasks.values().all(|task| task.state.is_final()));
        let firings: Vec<_> = fold.of_hooks().flat_map(|(_, task)| task.firings()).collect();
        prop_assert!(firings.iter().all(|firing| firing.round == 1));
        // Each hook at the end fires once, by how the run ended.
        let fires = |hook: &&Hook| match hook.on {
            HookOn::Finish => true,
            HookOn::Success => fold.state == RunState::Succeeded,
            HookOn::Failure => fold.state == RunState::Failed,
            _ => false,
        };
        let due = flow.hooks.iter().filter(fires).count();
        let done = firings.iter().filter(|it| it.task.is_none()).count();
        let is_killed = fold.stop.as_ref().is_some_and(|stop| stop.killed);
        prop_assert!(is_killed || due == done, "{due} but {done}");
        if stops.is_empty() {
            let mut without = self::home(0);
            let other = run(&mut without, &plain, &nodes, |_| 0, &[]);
            prop_assert_eq!(own_states(&home, id), own_states(&without, other));
            prop_assert_eq!(home.run_state(id), without.run_state(other));
            prop_assert_eq!(&fold.cause.is_some(), &without.folds[&other].cause.is_some());
        }
        // Whoever takes the run over between two instants ends it alike.
        let cuts: Vec<usize> = (1..home.events.len())
            .filter(|at| home.events[*at].at != home.events[at - 1].at)
            .collect();
        let Some(cut) = cuts.get(dies_at % cuts.len().max(1)).copied() else { return Ok(()) };
        let mut before = Run::begin(&home.events[0]).unwrap();
        home.events[1..cut].iter().for_each(|event| before.apply(event).unwrap());
        if before.state.is_final() || before.stopping {
            return Ok(());
        }
        let mut next = self::home(0);
        next.now = home.now;
        next.folds.insert(id, before.clone());
        next.give(Input::Recover { run: Box::new(before), plan: seal(&flow) }).unwrap();
        next.give(Input::Recovered).unwrap();
        let mut steps = 0;
        while next.core.is_active(id) {
            steps += 1;
            prop_assert!(steps < 5_000);
            match next.running(id).first().cloned() {
                Some(name) => next.end(id, &name, ending(&nodes, &name)),
                None => next.fire(),
            }
        }
        if stops.is_empty() {
            prop_assert_eq!(own_states(&next, id), own_states(&home, id));
            prop_assert_eq!(next.run_state(id), home.run_state(id));
            let all = next.folds[&id].of_hooks().map(|(_, task)| task.firings().len());
            prop_assert_eq!(all.sum::<usize>(), firings.len());
        }
    }

    #[test]
    fn a_run_can_be_recovered_at_any_instant_and_retried(
        nodes in vec(node(), 1..12),
        dies_after in 0usize..12,
    ) {
        let flow = build(&nodes, true, false);
        let mut before = home(0);
        let id = before.submit(1, &flow);
        for _ in 0..dies_after {
            let Some(name) = before.running(id).first().cloned() else { break };
            before.end(id, &name, ending(&nodes, &name));
        }
        let fold = before.folds[&id].clone();
        let mut after = home(0);
        after.now = before.now;
        after.folds.insert(id, fold.clone());
        let plan = seal(&flow);
        if !fold.state.is_final() {
            after.give(Input::Recover { run: Box::new(fold), plan: plan.clone() }).unwrap();
            after.give(Input::Recovered).unwrap();
            let mut steps = 0;
            while after.core.is_active(id) {
                steps += 1;
                prop_assert!(steps < 1_000);
                let Some(name) = after.running(id).first().cloned() else { after.fire(); continue };
                after.end(id, &name, ending(&nodes, &name));
            }
        }
        let mut straight = home(0);
        let other = run(&mut straight, &flow, &nodes, |_| 0, &[]);
        prop_assert_eq!(after.states(id), straight.states(other));

        let fold = after.folds[&id].clone();
        if after.retry(id, plan.clone()).is_ok() {
            let reopened = after.events.iter().find_map(|event| match &event.kind {
                RunEventKind::Reopened { tasks, .. } => Some(tasks.as_slice()),
                _ => None,
            });
            prop_assert_eq!(without_setup(&flow, &plan, &fold, reopened.unwrap()), Vec::<String>::new());
            for key in reopened.unwrap().iter().filter(|key| key.item.is_some()) {
                prop_assert!(ended_badly(fold.task(key).unwrap()), "{} ended well", key);
            }
            while after.core.is_active(id) {
                match after.running(id).first().cloned() {
                    Some(name) => after.end(id, &name, 'S'),
                    None => after.fire(),
                }
            }
            prop_assert!(!after.core.is_active(id));
            let kept = after.folds[&id].tasks.values().filter(|task| ended_badly(task)).count();
            prop_assert_eq!(kept, 0);
        }
    }
}
