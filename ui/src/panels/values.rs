//! What the selected task read and gave, as a tree: the run's parameters, the item, what the tasks before it gave, its outputs.

use egui::Ui;
use millrace_model::document::Workflow;
use millrace_model::event::{Run, TaskRun};
use millrace_model::ids::TaskKey;
use serde_json::Value;

use crate::app::{App, ValueShown};
use crate::command::Command;
use crate::panels::padded;
use crate::state::preview::Shown;
use crate::state::{Section, member, table_of, value_of};
use crate::theme::{self, Palette, icons::icon};
use crate::widgets::{Button, TreeAct, TreeOffers, label, tree_ui};

/// A value with its name and how an expression names it.
type Named<'a> = (String, String, &'a Value);

/// Draws the tab.
pub(super) fn values_ui(app: &mut App, ui: &mut Ui) {
    let workflow = crate::forms::shown_workflow(app);
    let Some(watch) = app.shown_watch_mut() else { return };
    let Some(live) = &watch.live else {
        let text = "What tasks read and give shows here when the workflow has run.";
        return super::empty_ui(ui, icon::TABLE, "No values yet", text);
    };
    let (Some(run), Some(workflow)) = (&live.run, workflow) else {
        super::missing_run_ui(app, ui);
        return;
    };
    let one = watch.canvas.selected.first().filter(|_| watch.canvas.selected.len() == 1);
    let Some(name) = one else {
        let text = "Select a task to see what it read and gave.";
        return super::empty_ui(ui, icon::TABLE, "No task chosen", text);
    };
    let chosen = watch.items.chosen.clone().filter(|item| item.task == *name);
    let key = chosen.unwrap_or_else(|| TaskKey::plain(name.clone()));
    let Some(task) = run.task(&key) else {
        let text = "The workflow did not have this task when it ran.";
        return super::empty_ui(ui, icon::TABLE, "Not in this run", text);
    };
    let read = Read::of(run, &workflow, &key, task);
    let sections = read.sections();
    let of = format!("{} {key} {}", run.run, live.revision);
    watch.tree.update(&of, &sections);
    let tree = &mut watch.tree;
    let act = padded(ui, 8, 0, |ui| tree_ui(ui, tree, TreeOffers::All));
    let act = act.map(|act| match act {
        TreeAct::CopyPath(path) => Done::Copy(path),
        TreeAct::CopyValue(row) => Done::Copy(match value_of(&sections, &row) {
            Some(Value::String(text)) => text.clone(),
            Some(other) => format!("{other:#}"),
            None => String::new(),
        }),
        TreeAct::Enlarge(row) => {
            let shown = match value_of(&sections, &row) {
                Some(Value::String(text)) => {
                    Shown::Text(text.lines().map(crate::state::ansi::plain).collect())
                }
                Some(value) => table_of(value).map_or_else(
                    || Shown::Nothing("This is no list of objects.".to_owned()),
                    Shown::Table,
                ),
                None => Shown::Nothing("It is gone.".to_owned()),
            };
            Done::Enlarge(ValueShown { name: row.path, shown })
        }
    });
    match act {
        Some(Done::Copy(text)) => app.send(Command::Copy(text)),
        Some(Done::Enlarge(value)) => app.show_value(value),
        None => {}
    }
}

enum Done {
    Copy(String),
    Enlarge(ValueShown),
}

/// Draws the sheet that shows a value large.
pub(super) fn value_sheet_ui(app: &mut App, ui: &mut Ui) {
    let Some(value) = &app.value else {
        app.sheet = None;
        return;
    };
    let p = Palette::of(ui);
    let space = ui.ctx().content_rect().size() * 0.8;
    ui.set_width(space.x.min(860.0));
    label(ui, &value.name, theme::semibold(theme::TITLE), p.text);
    ui.add_space(4.0);
    super::artifacts::shown_ui(ui, (space.y - 120.0).max(160.0), &value.shown);
    super::sheet::buttons(ui, |ui| {
        if Button::secondary("Close").show(ui).clicked() {
            app.sheet = None;
        }
    });
}

/// What a task could read, and what it gave.
struct Read<'a> {
    params: Vec<Named<'a>>,
    item: Vec<Named<'a>>,
    before: Vec<Named<'a>>,
    outputs: Vec<Named<'a>>,
}

impl<'a> Read<'a> {
    fn of(run: &'a Run, workflow: &Workflow, key: &TaskKey, task: &'a TaskRun) -> Self {
        let named = |path: &str, values: &'a millrace_model::Values| {
            let each = |(name, value)| (String::clone(name), member(path, name), value);
            values.iter().map(each).collect::<Vec<Named<'a>>>()
        };
        let params = named("params", &run.head.params);
        let whole = run.tasks.get(&TaskKey::plain(key.task.clone()));
        let items = whole.and_then(|whole| whole.mapped.as_ref()).map(|mapped| &mapped.items);
        let item = key.item.and_then(|index| items?.get(usize::try_from(index).ok()?));
        let item = item.map(|item| ("item".to_owned(), "item".to_owned(), item));
        let mut before = Vec::new();
        for edge in workflow.dependencies.iter().filter(|edge| edge.to == key.task) {
            let from = run.tasks.get(&TaskKey::plain(edge.from.clone()));
            for (name, path, value) in from
                .map(|from| named(&format!("tasks.{}.outputs", edge.from), &from.outputs))
                .unwrap_or_default()
            {
                before.push((format!("{} · {name}", edge.from), path, value));
            }
        }
        let outputs = named(&format!("tasks.{}.outputs", key.task), &task.outputs);
        Self { params, item: item.into_iter().collect(), before, outputs }
    }

    fn sections(&self) -> Vec<Section<'_>> {
        let section = |title, none, values| Section { title, none, values };
        let mut sections = vec![section("OUTPUTS", "It gave nothing.", self.outputs.as_slice())];
        if !self.item.is_empty() {
            sections.push(section("ITEM", "", &self.item));
        }
        let none = "The tasks before it gave nothing.";
        sections.push(section("FROM THE TASKS BEFORE", none, &self.before));
        sections.push(section("PARAMETERS", "The workflow has none.", &self.params));
        sections
    }
}
