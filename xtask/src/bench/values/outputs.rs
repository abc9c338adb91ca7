//! One task gives 1 MiB, a hundred tasks read it; beside the same with one byte.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::super::daemon::Daemon;
use super::super::measure::{Contender, median, rounds, time};

const READERS: usize = 100;
const ROUNDS: usize = 5;

pub(super) fn rows(daemon: &Daemon, folder: &Path) -> anyhow::Result<String> {
    let large = workflow(folder, "large", 1_000_000)?;
    let small = workflow(folder, "small", 1)?;
    let run = |path: &str| time(&mut daemon.millrace(&["run", path]));
    let mut contenders = [
        Contender { name: "1 MiB", run: Box::new(|| run(&large)) },
        Contender { name: "1 byte", run: Box::new(|| run(&small)) },
    ];
    let times = rounds(&mut contenders, ROUNDS)?;
    let (large, small) = (median(&times[0]), median(&times[1]));
    let more = (large - small) * 1_000.0 / READERS as f64;
    Ok(format!(
        "| an output of 1 MiB read by each of {READERS} tasks, beyond one of a byte | {more:.2} ms a task ({:.0} ms to {:.0} ms) |\n",
        large * 1_000.0,
        small * 1_000.0
    ))
}

fn workflow(folder: &Path, name: &str, bytes: usize) -> anyhow::Result<String> {
    let give = format!(
        "{{ printf '{{\"text\":\"'; head -c {bytes} /dev/zero | tr '\\0' x; printf '\"}}\\n'; }} >> \"$MILLRACE_OUTPUTS\""
    );
    let mut tasks = vec![json!({ "name": "give", "kind": "shell", "spec": { "script": give } })];
    let mut edges: Vec<Value> = Vec::new();
    for reader in 0..READERS {
        let name = format!("read_{reader}");
        let argv = ["millrace-task", "input", "give.text"];
        tasks.push(json!({ "name": name, "kind": "command", "spec": { "argv": argv } }));
        edges.push(json!({ "from": "give", "to": name }));
    }
    let path = folder.join(format!("{name}.json"));
    let document = json!({ "millrace": 1, "name": name, "tasks": tasks, "dependencies": edges });
    fs::write(&path, document.to_string())?;
    Ok(path.display().to_string())
}
