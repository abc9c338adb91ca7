//! Dependencies: ends that exist, no doubles, no circles.

use std::collections::HashMap;

use super::Checker;
use crate::problem::{Code, Path, Problem};

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    let mut first_of: HashMap<(&str, &str), usize> = HashMap::new();
    for (at, edge) in workflow.dependencies.iter().enumerate() {
        let path = || Path::dependency(at);
        for (key, name) in [("from", &edge.from), ("to", &edge.to)] {
            if !checker.index.contains_key(name.as_str()) {
                let message = format!("there is no task `{name}`");
                checker.missing_task(
                    Code::DanglingDependency,
                    path().key(key),
                    name.as_str(),
                    message,
                );
            }
        }
        if edge.from == edge.to {
            checker.push(
                Problem::new(
                    Code::SelfDependency,
                    path(),
                    format!("the task `{}` depends on itself and would never start", edge.from),
                )
                .help("delete this dependency; to run a task again, use `retry` or `repeat`"),
            );
        }
        let first = *first_of.entry((edge.from.as_str(), edge.to.as_str())).or_insert(at);
        if first != at {
            checker.push(
                Problem::new(
                    Code::DuplicateDependency,
                    path(),
                    format!("`{}` depends on `{}` twice", edge.to, edge.from),
                )
                .related(Path::dependency(first), "the first dependency is here")
                .help("keep one of them; its `on` can list several endings"),
            );
        }
        if edge.on.is_empty() {
            checker.push(
                Problem::new(
                    Code::EmptyOn,
                    path().key("on"),
                    format!(
                        "the dependency of `{}` on `{}` waits for no ending at all",
                        edge.to, edge.from
                    ),
                )
                .help("list at least one ending, such as [\"succeeded\"], or write \"finished\""),
            );
        }
    }
    cycles(checker, &first_of);
}

fn cycles(checker: &mut Checker<'_>, edges: &HashMap<(&str, &str), usize>) {
    for cycle in checker.graph.cycles() {
        let names: Vec<&str> =
            cycle.iter().map(|task| checker.workflow.tasks[*task].name.as_str()).collect();
        let (Some(first), Some(last)) = (names.first(), names.last()) else { continue };
        // The edge that closes the circle; a teardown's implied one is where it names its setup.
        let path = match edges.get(&(*last, *first)) {
            Some(edge) => Path::dependency(*edge),
            None => Path::task(cycle[0]).key("teardown_for"),
        };
        let mut shown: Vec<&str> = names.iter().take(30).copied().collect();
        if names.len() > shown.len() {
            shown.push("…");
        }
        shown.push(first);
        checker.push(
            Problem::new(
                Code::Cycle,
                path,
                format!("these tasks wait for each other in a circle: {}", shown.join(" → ")),
            )
            .help("delete one of the dependencies on the way"),
        );
    }
}
