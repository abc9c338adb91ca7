//! Titles in scripts that the window's own fonts lack, drawn with the system's; a character that an input method composes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::ensure;
use serde_json::json;

use super::stage::Stage;
use crate::process::{announce, run};
use crate::webdriver::{Gesture, Key, Window};
use crate::workspace::Workspace;

/// A workflow with a title in Han and one in Arabic, and a system with few fonts.
pub(super) fn document(stage: &Stage) -> anyhow::Result<PathBuf> {
    let task = |name: &str, title: &str| json!({ "name": name, "title": title, "kind": "shell", "spec": { "script": "true" } });
    let document = stage.file("scripts.json");
    let workflow = json!({
        "millrace": 1,
        "name": "scripts",
        "tasks": [task("clean", "清理数据"), task("report", "تقرير المبيعات")],
        "layout": { "tasks": { "clean": [0, 0], "report": [320, 0] } },
    });
    fs::write(&document, serde_json::to_vec_pretty(&workflow)?)?;
    Ok(document)
}

/// What makes the window see only the fonts that its own tests have.
pub(super) fn environment(
    stage: &Stage,
    workspace: &Workspace,
) -> anyhow::Result<(&'static str, String)> {
    let fonts = workspace.root().join("ui/tests/fonts");
    let configuration = stage.file("fonts.conf");
    let text = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE fontconfig SYSTEM \"fonts.dtd\">\n\
         <fontconfig><dir>{}</dir><cachedir>{}</cachedir></fontconfig>\n",
        fonts.display(),
        stage.file("font-cache").display(),
    );
    fs::write(&configuration, text)?;
    Ok(("FONTCONFIG_FILE", configuration.to_string_lossy().into_owned()))
}

pub(super) fn play(stage: &Stage, window: &Window, _: &Path) -> anyhow::Result<()> {
    announce("the titles are drawn with the system's fonts");
    window.wait("a font for each of both scripts", "s.fonts === 2")?;

    announce("a composed character arrives in a field");
    let (x, y) = window.point("/canvas/tasks/clean/ports/in")?;
    window.perform(&Gesture::new().click(x + 40, y))?;
    window.wait("the task to be selected", "s.canvas.selected.includes('clean')")?;
    let (x, y) = window.widget("Title")?;
    window.perform(&Gesture::new().click(x, y).chord(&[Key::Control], 'a'))?;
    // GTK's own input method: the number of a character, composed in the field and ended by a space.
    let keys = ["ctrl+shift+u", "4", "e", "2", "d", "space"];
    run(stage.display.command("xdotool").args(["key", "--delay", "40"]).args(keys))?;
    window.wait("the character", "s.document.text.includes('\"title\": \"中\"')")?;
    let state = window.state()?;
    let text = state["document"]["text"].as_str().unwrap_or_default();
    ensure!(!text.contains("4e2d"), "what was typed while composing stayed in the field: {text}");
    Ok(())
}
