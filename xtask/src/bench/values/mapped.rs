//! A task mapped over 10,000 items against 10,000 tasks that are written down, both of which do nothing.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::super::daemon::Daemon;
use super::super::measure::{Contender, median, ratio, rounds, time};

/// As many items as a task can have.
const ITEMS: usize = 10_000;
const ROUNDS: usize = 5;

pub(super) fn rows(daemon: &Daemon, folder: &Path, quick: bool) -> anyhow::Result<String> {
    let items = if quick { ITEMS / 10 } else { ITEMS };
    let task = |name: String| json!({ "name": name, "kind": "noop" });
    let plain: Vec<Value> = (0..items).map(|at| task(format!("t{at}"))).collect();
    let mut each = task("each".to_owned());
    each["for_each"] = json!({ "items": format!("range({items})") });
    let write = |name: &str, tasks: Vec<Value>| -> anyhow::Result<String> {
        let path = folder.join(format!("{name}.json"));
        fs::write(&path, json!({ "millrace": 1, "name": name, "tasks": tasks }).to_string())?;
        Ok(path.display().to_string())
    };
    let (plain, mapped) = (write("plain", plain)?, write("mapped", vec![each])?);
    let contender = |name, file: String| Contender {
        name,
        run: Box::new(move || time(&mut daemon.millrace(&["run", "--color", "never", &file]))),
    };
    let times = rounds(&mut [contender("mapped", mapped), contender("plain", plain)], ROUNDS)?;
    let [mapped, plain] = times.as_slice() else { anyhow::bail!("two contenders were timed") };
    let mut text = String::new();
    writeln!(
        text,
        "| a task of {items} items that do nothing, against {items} tasks | {:.0} / {:.0} ms, {:.2} |",
        median(mapped) * 1e3,
        median(plain) * 1e3,
        ratio(mapped, plain)
    )?;
    Ok(text)
}
