//! The `depends` of Argo Workflows and the conditions of Kubeflow Pipelines, each with what says the same here.
//!
//! What Argo calls *Omitted* (its own condition was false) is told apart here by the reason: *upstream failed* after a
//! failure, else *skipped*. *Daemoned* has no counterpart: no task goes on in the background after it has ended.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::allow_attributes,
    reason = "tests; which of them a file needs differs"
)]

mod support;

use millrace_model::document::{Join, Workflow};
use millrace_model::event::RunState;
use serde_json::json;
use support::*;

/// How a task of Argo can have ended.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Argo {
    Succeeded,
    Failed,
    Errored,
    Skipped,
    Omitted,
}

use Argo::{Errored, Failed, Omitted, Skipped, Succeeded};

const ALL: [Argo; 5] = [Succeeded, Failed, Errored, Skipped, Omitted];

/// What a name without an ending means to Argo: `(A.Succeeded || A.Skipped || A.Daemoned)`.
fn plain(of: Argo) -> bool {
    [Succeeded, Skipped].contains(&of)
}

/// A condition of Argo, how it is said here, and what it means.
type Row = (&'static str, &'static str, fn(&[Argo]) -> bool);

const DEPENDS: [Row; 22] = [
    ("A", "a.succeeded || a.skipped", |of| plain(of[0])),
    ("A.Succeeded", "a.succeeded", |of| of[0] == Succeeded),
    ("A.Failed || A.Errored", "a.failed", |of| [Failed, Errored].contains(&of[0])),
    ("A.Skipped", "a.skipped", |of| of[0] == Skipped),
    ("A.Omitted", "a.upstream_failed", |of| of[0] == Omitted),
    ("!A.Succeeded", "!a.succeeded", |of| of[0] != Succeeded),
    ("!A.Skipped", "!a.skipped", |of| of[0] != Skipped),
    ("!!A.Succeeded", "!!a.succeeded", |of| of[0] == Succeeded),
    ("A.Succeeded || !A.Succeeded", "a.finished", |_| true),
    ("A && B", "(a.succeeded || a.skipped) && (b.succeeded || b.skipped)", |of| {
        plain(of[0]) && plain(of[1])
    }),
    ("A || B", "a.succeeded || a.skipped || b.succeeded || b.skipped", |of| {
        plain(of[0]) || plain(of[1])
    }),
    ("A.Succeeded && B.Succeeded", "a.succeeded && b.succeeded", |of| {
        of[0] == Succeeded && of[1] == Succeeded
    }),
    ("A.Succeeded && (B.Failed || B.Errored)", "a.succeeded && b.failed", |of| {
        of[0] == Succeeded && [Failed, Errored].contains(&of[1])
    }),
    (
        "A.Succeeded && (B.Failed || B.Errored || B.Skipped)",
        "a.succeeded && (b.failed || b.skipped)",
        |of| of[0] == Succeeded && [Failed, Errored, Skipped].contains(&of[1]),
    ),
    ("A.Skipped || B.Omitted", "a.skipped || b.upstream_failed", |of| {
        of[0] == Skipped || of[1] == Omitted
    }),
    ("!(A.Succeeded && B.Succeeded)", "!(a.succeeded && b.succeeded)", |of| {
        !(of[0] == Succeeded && of[1] == Succeeded)
    }),
    ("!(A.Succeeded || B.Succeeded)", "!(a.succeeded || b.succeeded)", |of| {
        of[0] != Succeeded && of[1] != Succeeded
    }),
    ("!A.Succeeded && B.Succeeded", "!a.succeeded && b.succeeded", |of| {
        of[0] != Succeeded && of[1] == Succeeded
    }),
    // `&&` before `||`, as in Argo.
    (
        "A.Succeeded || B.Succeeded && C.Succeeded",
        "a.succeeded || b.succeeded && c.succeeded",
        |of| of[0] == Succeeded || of[1] == Succeeded && of[2] == Succeeded,
    ),
    (
        "(A.Succeeded || B.Succeeded) && C.Succeeded",
        "(a.succeeded || b.succeeded) && c.succeeded",
        |of| (of[0] == Succeeded || of[1] == Succeeded) && of[2] == Succeeded,
    ),
    (
        "(A.Succeeded || A.Skipped) && !B.Skipped || C.Omitted",
        "(a.succeeded || a.skipped) && !b.skipped || c.upstream_failed",
        |of| plain(of[0]) && of[1] != Skipped || of[2] == Omitted,
    ),
    (
        "A.Succeeded && !(B.Succeeded || C.Succeeded)",
        "a.succeeded && !(b.succeeded || c.succeeded)",
        |of| of[0] == Succeeded && of[1] != Succeeded && of[2] != Succeeded,
    ),
];

/// `a`, `b`, … end as said, and `x` has the join.
fn decide(join: &str, ends: &[Argo]) -> &'static str {
    let names = &["a", "b", "c"][..ends.len()];
    let mut edges: Vec<String> = names.iter().map(|name| format!("{name}>x")).collect();
    // What is omitted hangs on a task that fails.
    let omitted = names.iter().zip(ends).filter(|(_, end)| **end == Omitted);
    edges.extend(omitted.map(|(name, _)| format!("bad>{name}")));
    let mut flow = workflow(&format!("bad {} x", names.join(" ")), &edges.join(" "));
    task(&mut flow, "x").join = Join::Expr(join.to_owned());
    let mut home = Home::new(8);
    let run = home.submit(1, &flow);
    home.end(run, "bad", 'F');
    for (at, (name, end)) in names.iter().zip(ends).enumerate() {
        let letter = match end {
            Succeeded => 'S',
            Failed => 'F',
            Errored => 'E',
            Skipped => 'K',
            // It ended with the failure before it.
            Omitted => continue,
        };
        let state = home.state(run, "x");
        assert_ne!(state.word(), "queued", "{join} {ends:?}: begun before {at} of them had ended");
        home.end(run, name, letter);
    }
    home.state(run, "x").word()
}

/// All ways in which so many tasks can end.
fn endings(count: usize) -> Vec<Vec<Argo>> {
    let mut all = vec![Vec::new()];
    for _ in 0..count {
        all = all
            .iter()
            .flat_map(|before: &Vec<Argo>| ALL.map(|end| [before.as_slice(), &[end]].concat()))
            .collect();
    }
    all
}

#[test]
fn depends_of_argo_means_the_same_as_a_join() {
    for (argo, ours, holds) in DEPENDS {
        let count = 1 + ["B", "C"]
            .iter()
            .filter(|name| argo.contains(&format!("{name}.")) || argo.ends_with(**name))
            .count();
        for ends in endings(count) {
            // All that Argo omits has ended with the failure before it.
            if ends.iter().all(|end| *end == Omitted) {
                continue;
            }
            let expected = match holds(&ends) {
                true => "queued",
                false if ends.iter().any(|end| [Failed, Errored, Omitted].contains(end)) => {
                    "upstream_failed"
                }
                false => "skipped",
            };
            assert_eq!(decide(ours, &ends), expected, "{argo} as {ours}, {ends:?}");
        }
    }
}

/// Argo's `AnySucceeded` and `AllFailed` ask about the items of a mapped task; here a `when` looks at what they gave.
#[test]
fn any_succeeded_and_all_failed_of_argo_ask_for_what_items_gave() {
    let any = "has(tasks.a.outputs.n) && tasks.a.outputs.n.exists(n, n != null)";
    for (ends, any_succeeded) in
        [("SSS", true), ("FSF", true), ("FFS", true), ("FFF", false), ("EFE", false)]
    {
        let mut flow = workflow("a any none", "a-SF>any a-SF>none");
        mapped(&mut flow, "a", "[1, 2, 3]");
        task(&mut flow, "any").when = Some(any.to_owned());
        task(&mut flow, "none").when = Some(format!("!({any})"));
        let mut home = Home::new(8);
        let run = home.submit(1, &flow);
        for (at, end) in ends.chars().enumerate() {
            let outputs: &[(&str, i64)] = if end == 'S' { &[("n", 1)] } else { &[] };
            home.end_with(run, &format!("a[{at}]"), outcome(end), outputs);
        }
        let runs = if any_succeeded { "any" } else { "none" };
        assert_eq!(home.running(run), [runs], "{ends}");
    }
}

/// `dsl.If`, `dsl.Elif` and `dsl.Else` of Kubeflow as a branch, the tasks in each behind their label; `one_of` is the
/// task after `dsl.OneOf`.
fn conditions() -> Workflow {
    let mut flow = workflow(
        "flip choose if_1 if_2 elif other one_of",
        "flip>choose choose:1_if>if_1 if_1>if_2 choose:2_elif>elif choose:else>other \
         if_2-SK>one_of elif-SK>one_of other-SK>one_of",
    );
    let branches =
        json!({ "1_if": "tasks.flip.outputs.n == 1", "2_elif": "tasks.flip.outputs.n > 0" });
    branching(&mut flow, "choose", &json!({ "branches": branches, "otherwise": "else" }));
    task(&mut flow, "one_of").min_succeeded = Some(1);
    flow
}

#[test]
fn if_elif_and_else_of_kubeflow_are_a_branch() {
    const WAYS: [&str; 4] = ["if_1", "if_2", "elif", "other"];
    for (flipped, way) in [
        (1, &["if_1", "if_2"][..]),
        (2, &["elif"]),
        (99, &["elif"]),
        (0, &["other"]),
        (-1, &["other"]),
    ] {
        let mut home = Home::new(8);
        let run = home.submit(1, &conditions());
        home.end_with(run, "flip", outcome('S'), &[("n", flipped)]);
        for name in way {
            assert_eq!(home.running(run), [*name], "{flipped}");
            home.end(run, name, 'S');
        }
        for name in WAYS {
            let expected = if way.contains(&name) { "succeeded" } else { "skipped" };
            assert_eq!(home.state(run, name).word(), expected, "{flipped}: {name}");
        }
        // `dsl.OneOf`: whichever way was gone.
        assert_eq!(home.running(run), ["one_of"], "{flipped}");
        home.end(run, "one_of", 'S');
        assert_eq!(home.run_state(run), RunState::Succeeded);
    }
}

#[test]
fn a_failure_on_the_way_or_before_it_fails_what_needs_it() {
    let mut home = Home::new(8);
    let run = home.submit(1, &conditions());
    home.end_with(run, "flip", outcome('S'), &[("n", 1)]);
    home.end(run, "if_1", 'F');
    assert_eq!(
        home.states(run),
        "flip=succeeded choose=succeeded if_1=failed if_2=upstream_failed elif=skipped other=skipped one_of=upstream_failed"
    );

    let mut home = Home::new(8);
    let run = home.submit(1, &conditions());
    home.end(run, "flip", 'F');
    let after = "choose=upstream_failed if_1=upstream_failed if_2=upstream_failed elif=upstream_failed other=upstream_failed one_of=upstream_failed";
    assert_eq!(home.states(run), format!("flip=failed {after}"));
}

/// `dsl.If` within `dsl.If`, and one without `Else`.
#[test]
fn conditions_of_kubeflow_can_be_nested() {
    let mut flow =
        workflow("a outer inner x y z", "a>outer outer:in>inner inner:x>x inner:y>y outer>z");
    branching(&mut flow, "outer", &json!({ "branches": { "in": "tasks.a.outputs.n > 0" } }));
    let inner = json!({ "x": "tasks.a.outputs.n > 1", "y": "tasks.a.outputs.n > 2" });
    branching(&mut flow, "inner", &json!({ "branches": inner }));
    for (n, running, states) in [
        (0, &["z"][..], "inner=skipped x=skipped y=skipped"),
        (1, &["z"], "inner=succeeded x=skipped y=skipped"),
        (2, &["z", "x"], "inner=succeeded x=queued y=skipped"),
        (3, &["z", "x"], "inner=succeeded x=queued y=skipped"),
    ] {
        let mut home = Home::new(8);
        let run = home.submit(1, &flow);
        home.end_with(run, "a", outcome('S'), &[("n", n)]);
        let mut found = home.running(run);
        found.sort_by_key(|name| name != "z");
        assert_eq!(found, running, "{n}");
        assert!(home.states(run).contains(states), "{n}: {}", home.states(run));
    }
}

/// `dsl.Condition` of older pipelines: a `when`, where there is one way.
#[test]
fn a_single_condition_of_kubeflow_is_a_when() {
    for (n, state) in [(0, "skipped"), (1, "queued")] {
        let mut flow = workflow("a x", "a>x");
        task(&mut flow, "x").when = Some("tasks.a.outputs.n == 1".to_owned());
        let mut home = Home::new(8);
        let run = home.submit(1, &flow);
        home.end_with(run, "a", outcome('S'), &[("n", n)]);
        assert_eq!(home.state(run, "x").word(), state);
    }
}
