//! Later starts: they hand over to the window that is open. A link runs nothing before a click.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use serde_json::json;

use super::stage::Stage;
use crate::process::announce;
use crate::webdriver::Window;

/// An empty workflow to begin with, and one in the library.
pub(super) fn document(stage: &Stage) -> anyhow::Result<PathBuf> {
    let library = stage.home().join("workflows");
    fs::create_dir_all(&library)?;
    let task = json!({ "name": "say", "kind": "shell", "env": { "WHO": "${params.who}" }, "spec": { "script": "echo hello $WHO" } });
    let greeting = json!({
        "millrace": 1, "name": "greeting", "title": "Greeting",
        "params": [{ "name": "who", "type": "string", "default": "you" }],
        "tasks": [task],
    });
    fs::write(library.join("greeting.json"), serde_json::to_vec_pretty(&greeting)?)?;
    let document = stage.file("first.json");
    let first =
        json!({ "millrace": 1, "name": "first", "tasks": [{ "name": "a", "kind": "noop" }] });
    fs::write(&document, serde_json::to_vec_pretty(&first)?)?;
    Ok(document)
}

pub(super) fn play(stage: &Stage, window: &Window, document: &Path) -> anyhow::Result<()> {
    announce("a second start with a file hands it over and ends");
    let second = stage.file("second.json");
    fs::copy(document, &second)?;
    stage.start_again(&second.to_string_lossy())?;
    window.wait(
        "the second document",
        "s.tabs.length === 2 && s.document.path.endsWith('second.json')",
    )?;

    announce("a link asks and runs nothing");
    stage.start_again("millrace://run/greeting?who=ada")?;
    window.wait("the question", "s.dialog")?;
    let runs = stage.millrace(&["runs", "--workflow", "greeting", "--json"])?;
    ensure!(!runs.contains("greeting"), "the link has run something: {runs}");

    announce("it runs after a click");
    window.click("Run")?;
    window.wait("the run of the link", "s.run && s.run.state === 'succeeded'")?;
    let log = stage.millrace(&["logs", "last", "say"])?;
    ensure!(log.contains("hello ada"), "the parameter of the link did not arrive: {log}");
    Ok(())
}
