//! Documents for cases, and scripts that wait at gates which the case opens.

use serde_json::{Value, json};

use crate::site::Site;

/// A workflow of these tasks, and edges from the first of each pair to the second.
pub(crate) fn workflow(name: &str, tasks: &[Value], edges: &[(&str, &str)]) -> Value {
    let edges: Vec<Value> =
        edges.iter().map(|(from, to)| json!({ "from": from, "to": to })).collect();
    json!({ "millrace": 1, "name": name, "tasks": tasks, "dependencies": edges })
}

/// A task that does nothing.
pub(crate) fn noop(name: &str) -> Value {
    json!({ "name": name, "kind": "noop" })
}

/// A task that runs a script.
pub(crate) fn shell(name: &str, script: &str) -> Value {
    json!({ "name": name, "kind": "shell", "spec": { "script": script } })
}

/// A task that says that it has begun, waits at the gate of its name, and says that it ends.
pub(crate) fn gated(site: &Site, name: &str) -> Value {
    let gate = site.path(name);
    let gate = gate.display();
    let script = format!(
        "echo {name} begins\nwhile ! test -e '{gate}'; do sleep 0.01; done\necho {name} ends\n"
    );
    shell(name, &script)
}

/// A task that runs another workflow.
pub(crate) fn calling(name: &str, callee: &str) -> Value {
    json!({ "name": name, "kind": "workflow", "spec": { "workflow": callee } })
}
