//! The workflow that is drawn: layers of tasks, each with one to three of the layer before, and some from further away.

use serde_json::{Value, json};

/// How many tasks a layer has.
const LAYER: usize = 25;

/// The document's text.
pub(crate) fn text(tasks: usize) -> String {
    let mut dice = 88_172_645_463_325_252_u64;
    let mut roll = |sides: usize| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        (dice % sides as u64) as usize
    };
    let mut edges = std::collections::BTreeSet::new();
    for task in LAYER..tasks {
        for _ in 0..1 + roll(2) {
            let near = (task % LAYER + LAYER + roll(5) - 2) % LAYER;
            edges.insert(((task / LAYER - 1) * LAYER + near, task));
        }
        if roll(10) == 0 {
            edges.insert((roll(task / LAYER) * LAYER + roll(LAYER), task));
        }
    }
    let script = "set -e\n./fetch.sh \"$DAY\" > rows.csv\n";
    let of_task =
        |task: usize| json!({ "name": name(task), "kind": "shell", "spec": { "script": script } });
    let of_edge = |(from, to): &(usize, usize)| json!({ "from": name(*from), "to": name(*to) });
    let places =
        (0..tasks).map(|task| (name(task), json!([(task / LAYER) * 272, (task % LAYER) * 96])));
    json!({
        "millrace": 1,
        "name": "large",
        "tasks": (0..tasks).map(of_task).collect::<Vec<_>>(),
        "dependencies": edges.iter().map(of_edge).collect::<Vec<_>>(),
        "layout": { "tasks": Value::Object(places.collect()) },
    })
    .to_string()
}

/// The name of the task at this place.
pub(crate) fn name(task: usize) -> String {
    format!("task_{task:05}")
}
