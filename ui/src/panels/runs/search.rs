//! The field of the query with its chips: two views of one text. And the queries that are kept.

use egui::{Id, Key as Keys, Modifiers, Popup, PopupCloseBehavior, Ui};
use millrace_model::run_query::{self, Filter, Key, Parsed, RunQuery};

use super::help::{self, QueryHelp};
use super::{chips as chip, command};
use crate::app::{App, full_sentence};
use crate::command::{Command, GridCommand, RunsCommand};
use crate::theme::icons::icon;
use crate::theme::{self, Palette};
use crate::widgets::{Button, Field, chips, label, menu_frame, menu_line, wrapped};

const FIELD: &str = "runs_query";

/// Draws the field, the chips, and what is wrong with the query.
pub(super) fn search_ui(app: &mut App, ui: &mut Ui) {
    let p = Palette::of(ui);
    let id = Id::new(FIELD);
    let mut typed = std::mem::take(&mut app.runs_shown.typed);
    let is_bad = app.runs_shown.problem.is_some();
    let helper = QueryHelp(app);
    let field = Field::new(&mut typed, "Find runs")
        .hint("Find runs: state:failed since:2d, or words of the reason")
        .id(id)
        .bad(is_bad)
        .help(Some(&helper))
        .show(ui);
    app.runs_shown.typed = typed;
    if field.changed() {
        // What is typed is asked for at once.
        app.runs_shown.follow_typed();
    }
    if !egui::Popup::is_any_open(ui.ctx())
        && ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Keys::F))
    {
        field.request_focus();
    }
    if let Some(problem) = &app.runs_shown.problem {
        let text = format!("{} {}", full_sentence(&problem.message), full_sentence(&problem.help));
        ui.add_space(4.0);
        wrapped(ui, &text, theme::sans(theme::SMALL), p.bad);
    }
    ui.add_space(8.0);
    chips(ui, |ui| chips_ui(app, ui));
    ui.add_space(4.0);
}

/// The chips: each shows its own terms, and its menu changes them.
fn chips_ui(app: &mut App, ui: &mut Ui) {
    let typed = app.runs_shown.typed.clone();
    let parsed = run_query::parse(&typed);
    for (name, keys) in chip::CHIPS {
        let shown = chip::value(&parsed, keys);
        let (response, cleared) = chip::chip_ui(ui, name, shown.as_deref());
        if cleared {
            let rest =
                keys.iter().fold(typed.clone(), |text, key| run_query::without_key(&text, *key));
            app.send(command(RunsCommand::Filter(rest)));
            continue;
        }
        let mut new = None;
        Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
            new = menu_ui(app, ui, keys[0], &typed, &parsed);
        });
        if let Some(query) = new {
            app.send(command(RunsCommand::Filter(query)));
        }
    }
    let mut workflows = parsed.query.of(run_query::Key::Workflow);
    if let (Some(term), None) = (workflows.next(), workflows.next())
        && let (false, run_query::Filter::Workflow(names)) = (term.negated, &term.filter)
        && let [name] = names.as_slice()
        && !name.contains('*')
    {
        let button = Button::quiet("How it fares").icon(icon::GRID_FOUR);
        if button.tip("The runs of this workflow beside each other").show(ui).clicked() {
            app.send(Command::Grid(GridCommand::Of(name.clone(), None)));
        }
    }
    if !typed.trim().is_empty() {
        let button = Button::quiet_icon(icon::X, "Show all runs").tip("Clears the filter");
        if button.show(ui).clicked() {
            app.send(command(RunsCommand::Filter(String::new())));
        }
    }
}

fn menu_ui(app: &App, ui: &mut Ui, key: Key, typed: &str, parsed: &Parsed) -> Option<String> {
    menu_frame(ui);
    if key == Key::Since {
        return chip::when_ui(ui, typed, parsed);
    }
    let choices = match key {
        Key::State => chip::states(),
        Key::Trigger => chip::triggers(),
        Key::Workflow => chip::plain(help::workflows(app)),
        _ => chip::plain(help::tasks(app)),
    };
    if choices.is_empty() {
        let words = if key == Key::Failed { "No failed task is known" } else { "None is known" };
        label(ui, words, theme::sans(theme::SMALL), Palette::of(ui).dim);
        return None;
    }
    let chosen = values(&parsed.query, key);
    let mut new = None;
    egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
        for (value, words) in &choices {
            let on = chosen.iter().any(|other| other == value);
            if chip::check_item(ui, words, on) {
                let mut values: Vec<&str> = chosen.iter().map(String::as_str).collect();
                match on {
                    true => values.retain(|other| other != value),
                    false => values.push(value),
                }
                new = Some(run_query::set_values(typed, key, &values));
            }
        }
    });
    new
}

/// The values of a key that stand without a minus.
pub(super) fn values(query: &RunQuery, key: Key) -> Vec<String> {
    let terms = query.of(key).filter(|term| !term.negated);
    terms
        .flat_map(|term| match &term.filter {
            Filter::State(all) => all.iter().map(|state| state.word().to_owned()).collect(),
            Filter::Trigger(all) => all.iter().map(|kind| kind.word().to_owned()).collect(),
            Filter::Workflow(all) | Filter::Task(all) | Filter::Failed(all) => all.clone(),
            Filter::Since(when) | Filter::Until(when) => vec![when.to_string()],
            _ => Vec::new(),
        })
        .collect()
}

/// The menu of queries that are kept.
pub(super) fn kept_ui(app: &mut App, ui: &mut Ui) {
    let button = Button::icon_only(icon::BOOKMARK_SIMPLE, "Kept filters")
        .tip("Filters that are kept, and keeping this one");
    let response = button.show(ui);
    Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        menu_frame(ui);
        if app.runs_shown.naming.is_some() {
            return naming_ui(app, ui);
        }
        let mut sent = None;
        for filter in &app.settings.filters {
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = 0.0;
                let (show, rename, forget) = chip::kept_row(ui, &filter.name, &filter.query);
                if show {
                    sent = Some(RunsCommand::Filter(filter.query.clone()));
                } else if rename {
                    let name = filter.name.clone();
                    app.runs_shown.naming = Some((name.clone(), Some(name)));
                } else if forget {
                    sent = Some(RunsCommand::ForgetFilter(filter.name.clone()));
                }
            });
        }
        let query = app.runs_shown.list.query();
        if app.settings.filters.is_empty() {
            let words =
                if query.is_empty() { "Filters that you keep stand here" } else { "None yet" };
            label(ui, words, theme::sans(theme::SMALL), Palette::of(ui).dim);
        }
        if !query.is_empty() {
            menu_line(ui);
            if chip::plain_item(ui, icon::PLUS, "Keep this filter…") {
                app.runs_shown.naming = Some((String::new(), None));
            }
        }
        if let Some(sent) = sent {
            if matches!(sent, RunsCommand::Filter(_)) {
                ui.close();
            }
            app.send(command(sent));
        }
    });
    if !Popup::is_id_open(ui.ctx(), Popup::default_response_id(&response)) {
        app.runs_shown.naming = None;
    }
}

/// The name of a kept query is typed.
fn naming_ui(app: &mut App, ui: &mut Ui) {
    let Some((name, before)) = &mut app.runs_shown.naming else { return };
    let id = Id::new("runs_filter_name");
    let enter = ui.input(|input| input.key_pressed(Keys::Enter));
    let field = Field::new(name, "Name of the filter").hint("Name of the filter").id(id).show(ui);
    field.request_focus();
    ui.add_space(6.0);
    let trimmed = name.trim().to_owned();
    let why = trimmed.is_empty().then(|| "Type a name first".to_owned());
    let done = Button::primary("Keep").refused(why).show(ui).clicked() || enter;
    if done && !trimmed.is_empty() {
        let sent = match before.clone() {
            Some(from) => RunsCommand::RenameFilter { from, to: trimmed },
            None => RunsCommand::KeepFilter(trimmed),
        };
        app.send(command(sent));
        ui.close();
    }
}
