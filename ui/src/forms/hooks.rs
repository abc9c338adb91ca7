//! Hooks of the workflow and of its tasks: who is told of what beside those that the settings tell of every workflow, and
//! which tasks run on what.

use std::collections::HashSet;
use std::rc::Rc;

use egui::{Ui, vec2};
use millrace_model::document::{Hook, HookAction, HookOn, Join, Json, Task, Workflow};
use millrace_model::ident::Ident;
use millrace_model::notice::Notice;

use super::form::{Form, names_at_end, names_key};
use super::scope::{Help, Names, Reading};
use super::state::Hookable;
use crate::app::{App, SettingsPage};
use crate::command::{Command, SettingCommand};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{
    Button, ExprHelp, Field, dropdown, help_mark, label, mark, preview_ui, section_start, wrapped,
};

/// The occasions of a workflow, in words that follow "When".
const OCCASIONS: [(HookOn, &str); 8] = [
    (HookOn::Failure, "it fails"),
    (HookOn::Success, "it succeeds"),
    (HookOn::Recovery, "it works again"),
    (HookOn::Finish, "it ends"),
    (HookOn::Retry, "a task is retried"),
    (HookOn::Waiting, "a task asks a person"),
    (HookOn::Slow, "it takes long"),
    (HookOn::Missed, "it did not start"),
];

/// Those of a task.
const OF_TASK: [(HookOn, &str); 6] = [
    (HookOn::Failure, "it fails"),
    (HookOn::Success, "it succeeds"),
    (HookOn::Recovery, "it works again"),
    (HookOn::Finish, "it ends"),
    (HookOn::Retry, "it is retried"),
    (HookOn::Waiting, "it asks a person"),
];

/// Whose hooks they are.
#[derive(Clone, Copy)]
pub(super) struct Of<'w> {
    pub(super) workflow: &'w Workflow,
    /// None = the workflow's own.
    pub(super) task: Option<&'w Task>,
}

/// Draws them.
pub(super) fn hooks_ui(
    app: &mut App,
    form: &mut Form,
    ui: &mut Ui,
    of: Of<'_>,
    hooks: &mut Vec<Hook>,
) {
    if form.read_only && hooks.is_empty() {
        return;
    }
    form.has_rows = true;
    section_start(ui, "Hooks");
    let p = Palette::of(ui);
    if hooks.is_empty() {
        let text = match of.task {
            None => {
                "The settings say who is told when it fails. Here somebody else can be told, in \
                     words of your own, or nobody; and a task without dependencies can be run."
            }
            Some(_) => {
                "When something happens to this task, somebody can be told, or a task \
                        without dependencies be run."
            }
        };
        wrapped(ui, text, theme::sans(theme::SMALL), p.faint);
    }
    let tasks = candidates(app, of);
    let mut channels = channels(app);
    channels.extend(
        tasks.iter().map(|(name, title)| (Chosen::Task(name.clone()), format!("Run {title}"))),
    );
    let names = names_at_end(app);
    let before = hooks.clone();
    let mut removed = None;
    for (index, hook) in hooks.iter_mut().enumerate() {
        let part = ui
            .push_id(("hook", index), |ui| hook_ui(form, ui, of, (index, hook), &channels, &names));
        if part.inner {
            removed = Some(index);
        }
    }
    if let Some(index) = removed {
        hooks.remove(index);
    }
    if !form.read_only {
        ui.horizontal(|ui| {
            if Button::quiet("Add notification").icon(icon::PLUS).flush().show(ui).clicked() {
                hooks.push(fresh(app));
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let tip = "Channels are set up in the settings of this machine";
                if Button::quiet("Channels…").tip(tip).show(ui).clicked() {
                    form.send(Command::Setting(SettingCommand::Show(SettingsPage::Notifications)));
                }
            });
        });
        if let Some((task, _)) = tasks.first() {
            let tip = "A task without dependencies runs only when a hook calls it";
            if Button::quiet("Run a task").icon(icon::PLAY).flush().tip(tip).show(ui).clicked() {
                let action = HookAction::Task(task.clone());
                hooks.push(Hook { on: HookOn::Failure, action, extra: Vec::new() });
            }
        }
    }
    form.own_problems_ui(ui, "hooks");
    if hooks.len() != before.len() {
        // What stands in the fields belongs to rows by their number.
        form.drop_drafts("hooks");
        form.send(Command::EndStep);
    }
    if *hooks != before {
        form.edited("hooks");
    }
}

/// What a hook can do: tell people by a channel, or run a task.
#[derive(Debug, Clone, PartialEq)]
enum Chosen {
    Channel(String),
    Task(Ident),
}

/// What can be chosen, and its words.
type Choice = (Chosen, String);

/// The tasks that a hook can run, with what people call them. Made anew only where the workflow has changed: a large one is
/// not looked through in every frame.
fn candidates(app: &mut App, of: Of<'_>) -> Rc<[Hookable]> {
    let key = names_key(app, of.task.map_or("(workflow)", |task| task.name.as_str()));
    if let Some((_, tasks)) = app.forms.hookable.as_ref().filter(|(known, _)| *known == key) {
        return Rc::clone(tasks);
    }
    let tasks: Rc<[Hookable]> = hookable(of).into();
    app.forms.hookable = Some((key, Rc::clone(&tasks)));
    tasks
}

fn hookable(of: Of<'_>) -> Vec<Hookable> {
    let is_own = |task: &Task| of.task.is_some_and(|own| own.name == task.name);
    let workflow = of.workflow;
    let is_hooked =
        of.task.is_some_and(|own| workflow.hooks_that_run(own.name.as_str()).next().is_some());
    if is_hooked {
        // What a hook runs calls no other.
        return Vec::new();
    }
    let runs_one =
        |task: &Task| task.hooks.iter().any(|hook| matches!(hook.action, HookAction::Task(_)));
    let ends = workflow.dependencies.iter().flat_map(|edge| [&edge.from, &edge.to]);
    let set_up = workflow.tasks.iter().flat_map(|task| &task.teardown_for);
    let joined: HashSet<&Ident> = ends.chain(set_up).collect();
    let can_be_run = |task: &&Task| {
        !is_own(task)
            && !joined.contains(&task.name)
            && !runs_one(task)
            && task.teardown_for.is_empty()
            && task.for_each.is_none()
            && task.kind != "branch"
            && task.join == Join::All
            && task.min_succeeded.is_none()
    };
    let all = workflow.tasks.iter().filter(can_be_run);
    all.map(|task| (task.name.clone(), task.shown_name().to_owned())).collect()
}

/// The channels of this machine, where they are known, and nobody.
fn channels(app: &App) -> Vec<Choice> {
    let known = app.notify.notify().map(|notify| notify.channels()).unwrap_or_default();
    let named = known.into_iter().map(|name| (Chosen::Channel(name.to_owned()), name.to_owned()));
    let nobody = (Chosen::Channel(Notice::NONE.to_owned()), "nobody".to_owned());
    named.chain([nobody]).collect()
}

/// The first channel that does not tell of every workflow anyhow.
fn fresh(app: &App) -> Hook {
    let notify = app.notify.notify();
    let other = notify.and_then(|notify| {
        let all = notify.channels().into_iter();
        all.map(str::to_owned).find(|name| !notify.send.contains(name))
    });
    let channel = other.unwrap_or_else(|| "desktop".to_owned());
    let action = HookAction::Notify(Json::String(channel));
    Hook { on: HookOn::Failure, action, extra: Vec::new() }
}

/// A row. Says whether it is to be taken out.
fn hook_ui(
    form: &mut Form,
    ui: &mut Ui,
    of: Of<'_>,
    (index, hook): (usize, &mut Hook),
    channels: &[Choice],
    names: &Names,
) -> bool {
    let number = index + 1;
    let mut removes = false;
    let path = format!("hooks[{index}]");
    ui.spacing_mut().item_spacing.y = 4.0;
    ui.horizontal(|ui| {
        ui.set_height(18.0);
        ui.spacing_mut().item_spacing.x = 4.0;
        let p = Palette::of(ui);
        label(ui, &format!("Hook {number}"), theme::sans(theme::SMALL), p.dim);
        let help = match (of.task, &hook.action) {
            (_, HookAction::Task(_)) => {
                "The task runs in the same run, each time anew, and sees why as hook.on, hook.task, \
                 hook.state and hook.reason. However it ends, the run ends as it would have."
            }
            (None, _) => {
                "It is told beside what the settings say. “nobody” takes away what they would send \
                 for that occasion. It goes along with the workflow's file."
            }
            (Some(_), _) => "It goes along with the workflow's file.",
        };
        help_mark(ui, &format!("hook {number}"), help);
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            let remove = format!("Remove hook {number}");
            removes = !form.read_only && mark(ui, icon::X, &remove, &remove).clicked();
        });
    });
    let read_only = form.read_only;
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let half = (ui.available_width() - 4.0) * 0.56;
        part_ui(ui, half, |ui| occasion_ui(ui, number, of, hook, read_only));
        part_ui(ui, ui.available_width(), |ui| {
            channel_ui(ui, number, of, (&mut hook.action, channels), read_only);
        });
    });
    if let HookAction::Notify(value) = &mut hook.action {
        text_ui(form, ui, (number, &path), value, names);
    }
    form.problems_ui(ui, &path);
    ui.add_space(4.0);
    removes
}

fn part_ui(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui)) {
    ui.allocate_ui(vec2(width, theme::CONTROL), |ui| {
        ui.set_width(width);
        add(ui);
    });
}

fn occasion_ui(ui: &mut Ui, number: usize, of: Of<'_>, hook: &mut Hook, read_only: bool) {
    let mut all = if of.task.is_some() { OF_TASK.to_vec() } else { OCCASIONS.to_vec() };
    // What was not to be is shown all the same, so that it can be mended.
    if all.iter().all(|(on, _)| *on != hook.on) {
        all.extend(OCCASIONS.iter().filter(|(on, _)| *on == hook.on));
    }
    let words: Vec<String> = all.iter().map(|(_, words)| format!("When {words}")).collect();
    let now = all.iter().position(|(on, _)| *on == hook.on);
    let chosen = dropdown(ui, &format!("Occasion {number}"), &words, now);
    if let Some(index) = chosen.filter(|_| !read_only) {
        hook.on = all[index].0;
    }
}

fn channel_ui(
    ui: &mut Ui,
    number: usize,
    of: Of<'_>,
    (action, channels): (&mut HookAction, &[Choice]),
    read_only: bool,
) {
    let now = match action {
        HookAction::Notify(value) => Chosen::Channel(channel_of(value).to_owned()),
        HookAction::Task(task) => Chosen::Task(task.clone()),
    };
    let mut all = channels.to_vec();
    if !all.iter().any(|(choice, _)| *choice == now) {
        match &now {
            Chosen::Channel(name) if name.is_empty() => {}
            Chosen::Channel(name) => all.insert(0, (now.clone(), name.clone())),
            Chosen::Task(name) => {
                let task = of.workflow.task(name.as_str());
                let title = task.map_or(name.as_str(), |task| task.shown_name());
                all.push((now.clone(), format!("Run {title}")));
            }
        }
    }
    let words: Vec<String> = all.iter().map(|(_, words)| words.clone()).collect();
    let index = all.iter().position(|(choice, _)| *choice == now);
    let chosen = dropdown(ui, &format!("Channel {number}"), &words, index);
    let Some(index) = chosen.filter(|index| !read_only && all[*index].0 != now) else { return };
    *action = match (all[index].0.clone(), &*action) {
        (Chosen::Task(task), _) => HookAction::Task(task),
        (Chosen::Channel(channel), HookAction::Notify(value)) => {
            HookAction::Notify(written(channel, text_of(value).map(str::to_owned)))
        }
        (Chosen::Channel(channel), HookAction::Task(_)) => {
            HookAction::Notify(written(channel, None))
        }
    };
}

fn text_ui(
    form: &mut Form,
    ui: &mut Ui,
    (number, path): (usize, &str),
    value: &mut Json,
    names: &Names,
) {
    let channel = channel_of(value).to_owned();
    let now = text_of(value).map(str::to_owned);
    // Nobody is told anything; a text that is there can be taken out.
    if now.is_none() && (channel == Notice::NONE || form.read_only) {
        return;
    }
    let read_only = form.read_only;
    let key = format!("{path}.notify.text");
    let name = format!("Text {number}");
    let show = |text: &Option<String>| text.clone().unwrap_or_default();
    let read = |text: &str| Ok((!text.is_empty()).then(|| text.to_owned()));
    let next = form.typed(ui, &key, &now, (show, read), |ui, id, text, bad| {
        let help = Help { names, reading: Reading::Template };
        let field = Field::new(text, &name).hint("the usual text").bad(bad).id(id);
        let response = field.read_only(read_only).help(Some(&help as &dyn ExprHelp)).show(ui);
        preview_ui(ui, &help, text, response.has_focus());
        response
    });
    if let Some(text) = next {
        *value = written(channel, text);
    }
}

fn channel_of(value: &Json) -> &str {
    match value {
        Json::String(channel) => channel,
        object => object.get("channel").and_then(Json::as_str).unwrap_or_default(),
    }
}

fn text_of(value: &Json) -> Option<&str> {
    value.get("text").and_then(Json::as_str)
}

/// In its shortest form.
fn written(channel: String, text: Option<String>) -> Json {
    let channel = Json::String(channel);
    match text {
        None => channel,
        Some(text) => Json::Object(vec![
            ("channel".to_owned(), channel),
            ("text".to_owned(), Json::String(text)),
        ]),
    }
}
