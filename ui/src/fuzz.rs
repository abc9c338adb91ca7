//! What the fuzz targets see of the page: texts that come from elsewhere, and what becomes of them. Nothing else uses it.

use std::collections::HashSet;

use egui::{Context, RawInput};
use millrace_model::document::Workflow;
use millrace_model::ident::Ident;

use crate::state::ansi::{Style, plain, spans};
use crate::state::{Change, Link, Paste, copy, paste};
use crate::theme::{self, Palette};
use crate::widgets::Markdown;

/// What is shown of a log's line: its pieces together, and without any style.
#[must_use]
pub fn log_line(line: &str) -> (String, String) {
    let pieces = spans(line, &mut Style::default());
    (pieces.into_iter().map(|piece| piece.text).collect(), plain(line))
}

/// Values of parameters by their names.
pub type Given = Vec<(String, String)>;

/// What a link asks for: the workflow, and parameters where it is to be run.
///
/// # Errors
/// Why it is none.
pub fn link(text: &str) -> Result<(Ident, Option<Given>), String> {
    Ok(match Link::read(text)? {
        Link::Open(name) => (name, None),
        Link::Run(name, params) => (name, Some(params.into_iter().collect())),
    })
}

/// The workflow with what a text of the clipboard holds, its new tasks, and the workflow after that was taken back.
///
/// # Errors
/// Why nothing can be pasted.
pub fn pasted(
    into: &Workflow,
    text: &str,
    with_links: bool,
) -> Result<(Workflow, Vec<Ident>, Workflow), String> {
    let how = Paste { at: None, with_links };
    let ((tasks, _notes), change) = paste(into, text, how)?;
    let Change::Edit { edit, .. } = change else { return Err("no edit".to_owned()) };
    let mut after = into.clone();
    let undo = edit.apply(&mut after).map_err(|error| error.to_string())?;
    let mut back = after.clone();
    undo.apply(&mut back).map_err(|error| error.to_string())?;
    Ok((after, tasks, back))
}

/// All tasks and notes of a workflow as a text for the clipboard.
#[must_use]
pub fn copied(workflow: &Workflow) -> String {
    let tasks: HashSet<Ident> = workflow.tasks.iter().map(|task| task.name.clone()).collect();
    let notes: Vec<usize> = (0..workflow.layout.notes.len()).collect();
    copy(workflow, &tasks, &notes)
}

/// A context in which Markdown can be laid out.
#[must_use]
pub fn context() -> Context {
    let ctx = Context::default();
    theme::install(&ctx);
    ctx
}

/// Lays a note out in `width` points: its size, how many shapes it has, and its first line.
pub fn markdown(ctx: &Context, text: &str, width: f32) -> ([f32; 2], usize, String) {
    let markdown = Markdown::parse(text);
    let mut found = ([0.0; 2], 0);
    let mut output = ctx.run_ui(RawInput::default(), |ui| {
        let palette = Palette::by_theme(egui::Theme::Dark);
        let laid = markdown.lay_out(ui.ctx(), palette, width, 1.0);
        found = ([laid.size.x, laid.size.y], laid.shapes(egui::Pos2::ZERO).len());
    });
    // Nobody paints.
    output.textures_delta.clear();
    (found.0, found.1, markdown.first_line())
}
