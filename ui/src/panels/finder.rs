//! One box that finds everything: tasks, commands with their keys, workflows, runs.

use egui::{Id, Modal, Ui};
use millrace_model::document::Workflow;
use millrace_model::ident::Ident;

use crate::app::App;
use crate::canvas::Piece;
use crate::command::{Command, Keymap, LibraryCommand, PieceCommand, Place, key_words};
use crate::state::fit;
use crate::theme::icons::icon;
use crate::theme::{Hue, Palette, kind_look, run_look};
use crate::widgets::{Markdown, Picture, SearchRow};

const WIDTH: f32 = 560.0;
/// Rows that are seen at once.
const ROWS: usize = 12;
/// Rows at most; more are found by typing more.
const MOST: usize = 60;

/// Draws the box where it is open.
pub(crate) fn finder_ui(app: &mut App, ui: &mut Ui) {
    let Some(mut list) = app.finder.take() else { return };
    let p = Palette::of(ui);
    let mut found: Vec<(u8, usize, SearchRow, Command)> = Vec::new();
    for (place, (text, row, command)) in
        everything(app, p, &Keymap::of(ui.ctx())).into_iter().enumerate()
    {
        if let Some(fit) = fit(&text, &list.query) {
            found.push((fit, place, row, command));
        }
    }
    found.sort_by_key(|(fit, place, ..)| (*fit, *place));
    found.truncate(MOST);
    found.extend(search_all(&list.query));
    let rows: Vec<SearchRow> = found.iter().map(|(_, _, row, _)| row.clone()).collect();
    let frame = egui::Frame::new()
        .fill(p.panel)
        .stroke(egui::Stroke::new(1.0, p.line))
        .corner_radius(egui::CornerRadius::same(10))
        .inner_margin(egui::Margin::same(12))
        .shadow(p.shadow(32, 12));
    // Its upper edge stays where it is while the list grows and shrinks.
    let area = Modal::default_area(Id::new("finder"))
        .anchor(egui::Align2::CENTER_TOP, egui::vec2(0.0, 96.0));
    let words = ("Find anything", "Find workflows, runs, tasks and commands");
    let modal = Modal::new(Id::new("finder")).area(area).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(WIDTH);
        list.show(ui, Id::new("finder_list"), words, &rows, ROWS)
    });
    match modal.inner.and_then(|index| found.into_iter().nth(index)) {
        Some((.., command)) => app.send(command),
        None if modal.should_close() => ui.ctx().request_repaint(),
        None => app.finder = Some(list),
    }
}

/// All that can be found: the text that is searched, the row, what choosing it does.
fn everything(app: &App, p: &Palette, keymap: &Keymap) -> Vec<(String, SearchRow, Command)> {
    let mut all = tasks(app);
    all.extend(pieces(app));
    all.extend(commands(app, keymap));
    all.extend(workflows(app));
    all.extend(runs(app, p));
    all
}

fn in_view(app: &App) -> Option<&Workflow> {
    match app.place {
        Place::Editor => app.tabs.current().map(|editor| editor.doc.workflow.as_ref()),
        Place::Run => app.run.as_ref().and_then(|run| run.workflow()),
        _ => None,
    }
}

/// Groups and notes, by their words.
fn pieces(app: &App) -> Vec<(String, SearchRow, Command)> {
    let p = Palette::by_theme(egui::Theme::Light);
    let Some(layout) = in_view(app).map(|workflow| &workflow.layout) else { return Vec::new() };
    let row = |picture, title: String, aside: &str, piece| {
        let row = SearchRow { picture, title: title.clone(), aside: aside.to_owned() };
        (title, row, Command::Piece(PieceCommand::Reveal(piece)))
    };
    let groups = layout.groups.iter().enumerate().filter(|(_, group)| !group.name.is_empty());
    let groups = groups.map(|(index, group)| {
        let hue = Hue::named(group.colour.as_deref(), Hue::Grey).base(p);
        row(Picture::Tile(icon::STACK, hue), group.name.clone(), "Group", Piece::Group(index))
    });
    let notes = layout.notes.iter().enumerate().filter(|(_, note)| !note.text.trim().is_empty());
    let notes = notes.map(|(index, note)| {
        let hue = Hue::named(note.colour.as_deref(), Hue::Yellow).base(p);
        let title = Markdown::parse(&note.text).first_line();
        row(Picture::Tile(icon::NOTE, hue), title, "Note", Piece::Note(index))
    });
    groups.chain(notes).collect()
}

fn tasks(app: &App) -> Vec<(String, SearchRow, Command)> {
    let tasks = in_view(app).into_iter().flat_map(|workflow| &workflow.tasks);
    tasks
        .map(|task| {
            let look = kind_look(&task.kind);
            let row = SearchRow {
                picture: Picture::Tile(look.icon, look.tile),
                title: task.shown_name().to_owned(),
                aside: "Task".to_owned(),
            };
            let name: &Ident = &task.name;
            (format!("{} {name}", task.shown_name()), row, Command::Reveal(name.clone()))
        })
        .collect()
}

fn commands(app: &App, keymap: &Keymap) -> Vec<(String, SearchRow, Command)> {
    let all =
        commands_now(app, keymap).into_iter().filter(|(command, _)| *command != Command::Find);
    all.map(|(command, keys)| {
        let title = command.label().to_owned();
        let picture = Picture::Plain(icon::CARET_RIGHT);
        let row = SearchRow { picture, title: title.clone(), aside: keys };
        (title, row, command)
    })
    .collect()
}

/// Commands that can be given now, with their keys.
pub(super) fn commands_now(app: &App, keymap: &Keymap) -> Vec<(Command, String)> {
    let on_canvas = matches!(app.place, Place::Editor | Place::Run);
    let mut all: Vec<(Command, String)> = Vec::new();
    for row in keymap.rows() {
        if matches!(row.command, Command::ShowRun(_)) && app.run.is_none() {
            continue;
        }
        all.push((row.command, row.keys.first().map(key_words).unwrap_or_default()));
    }
    let of_run = |command: &Command| match command {
        Command::OpenRunsDocument | Command::CloseRun | Command::OfRun(_) => {
            app.place == Place::Run
        }
        Command::Grid(_) => app.place == Place::Workflow,
        Command::TwoRuns(_) => app.place == Place::TwoRuns,
        Command::Changes(_) => app.place == Place::Changes,
        Command::RetryRun | Command::Rerun => {
            app.shown_watch().is_some_and(|watch| watch.live.is_some())
        }
        _ => true,
    };
    let others = Command::without_keys().into_iter().filter(of_run);
    all.extend(others.map(|command| (command, String::new())));
    all.retain(|(command, _)| on_canvas || !command.is_of_canvas());
    all
}

/// The last row: the words are looked for in all documents.
fn search_all(query: &str) -> Option<(u8, usize, SearchRow, Command)> {
    let words = query.trim();
    if words.chars().count() < 2 {
        return None;
    }
    let title = format!("Search all workflows for “{words}”");
    let picture = Picture::Plain(icon::MAGNIFYING_GLASS);
    let row = SearchRow { picture, title, aside: "Names, scripts, fields".to_owned() };
    let command = Command::Library(LibraryCommand::SearchFor(words.to_owned()));
    Some((u8::MAX, usize::MAX, row, command))
}

fn workflows(app: &App) -> Vec<(String, SearchRow, Command)> {
    let rows = app.library.rows.iter().flatten();
    rows.filter_map(|row| {
        let title = row.title.clone().unwrap_or_else(|| row.name.clone());
        let picture = Picture::Plain(icon::TREE_STRUCTURE);
        let shown = SearchRow { picture, title: title.clone(), aside: "Workflow".to_owned() };
        Some((format!("{title} {}", row.name), shown, Command::OpenFile(row.path.clone()?)))
    })
    .collect()
}

fn runs(app: &App, p: &Palette) -> Vec<(String, SearchRow, Command)> {
    let now = app.backend.now();
    let rows = app.runs.rows.iter().take(MOST);
    rows.map(|row| {
        let title = row.title.clone().unwrap_or_else(|| row.workflow.to_string());
        let id = row.run.to_string();
        let offset = app.backend.local_offset_secs(row.queued);
        let when = crate::words::day_and_clock(row.queued, now, offset);
        let aside = format!("Run {} · {} · {when}", &id[..4], row.state.word());
        let text = format!("{title} run {id} {}", row.state.word());
        let look = run_look(p, row.state);
        let shown = SearchRow { picture: Picture::State(look.icon, look.color), title, aside };
        (text, shown, Command::OpenRun(row.run))
    })
    .collect()
}
