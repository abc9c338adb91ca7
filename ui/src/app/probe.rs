//! The ui's state as JSON, for tests that drive the window from outside.
//!
//! The canvas is opaque to a browser's driver; this says where things are and what is shown. Read-only. Members:
//!
//! * `place`: `workflows`, `editor`, `runs`, `run`, `workflow`, `changes`, `two_runs`, `schedules`, `inbox`, `settings`
//! * `engine`: `running`, `unreachable`, `unknown`
//! * `document`: none, or `name`, `path`, `dirty`, `saving`, `drafted` (its draft is up to date), `conflict`, `restored`, `tasks`, `dependencies`
//!   (`from`, `to`, `on`), `errors`, `text` (what saving would write)
//! * `tabs`: `title`, `path`, `dirty` of each open document
//! * `problems`: none, or what is wrong with the document in view
//! * `canvas`: none, or `rect` and `zoom`, `selected`, and `tasks`: name → `rect` and `ports`
//!   (`succeeded`, `failed`, `finished`, `in`), all in points of the window; `selected_wire` and `wires`: `from`, `to`,
//!   and where it starts, ends and has its middle; `notes`: `rect`, `colour`; `groups`: `name`, `tasks`,
//!   `collapsed`, `head` (of the frame) or `card`; `edited`: what is typed in on the canvas; `dragging`: whether something hangs
//!   from the pointer
//! * `run`: none, or `run`, `state`, `tasks` (name → state)
//! * `log`: none, or `task`, `complete`, `lines` (the last 200)
//! * `timeline`: none, or which part of the shown run's time is in view, in microseconds from its beginning (`from`, `to`), and
//!   whether the critical path is marked (`critical`), and how many rows there are (`rows`)
//! * `form`: the tabs of a task's form (`task`) and of the workflow's (`workflow`), and whether code is shown
//!   large (`large`)
//! * `drawer`: `problems`, `last_run`, `log`, `values`, `json`, `versions`; `dialog`: whether one is open; `toasts`: their texts
//! * `runs`: ids, workflows and states of the first 50 rows of the list
//! * `run_list`: the place Runs: `query`, `typed`, how many runs are `found`, of `all`, how many are `selected`, the first row that is
//!   seen (`from`)
//! * `fonts`: how many fonts of the system are in use
//! * `scale`: CSS pixels for a point of the window

use egui::{Pos2, Rect};
use serde_json::{Value, json};

use super::App;
use super::watch::Watch;
use crate::canvas::{CARD, Piece, Port, frame, head, tasks_of};
use crate::command::{Drawer, Place};
use crate::state::log::LogLine;

/// See the module's header.
pub(super) fn state(app: &App) -> Value {
    let watch = app.shown_watch();
    json!({
        "place": match app.place {
            Place::Workflows => "workflows",
            Place::Editor => "editor",
            Place::Runs => "runs",
            Place::Run => "run",
            Place::Workflow => "workflow",
            Place::Changes => "changes",
            Place::TwoRuns => "two_runs",
            Place::Schedules => "schedules",
            Place::Inbox => "inbox",
            Place::Settings => "settings",
        },
        "engine": match app.daemon.reachable {
            Some(true) => "running",
            Some(false) => "unreachable",
            None => "unknown",
        },
        "document": document(app),
        "tabs": app.tabs.iter().map(|editor| json!({
            "title": editor.title(),
            "path": editor.doc.path,
            "dirty": editor.doc.is_dirty(),
        })).collect::<Vec<_>>(),
        "problems": app.tabs.current().map(|editor| {
            let problems = editor.doc.problems.iter();
            problems.map(|problem| problem.message.as_str()).collect::<Vec<_>>()
        }),
        "canvas": watch.map(canvas),
        "run": watch.map(run),
        "log": watch.map(log),
        "timeline": app.run.as_ref().filter(|_| app.place == Place::Run).map(|shown| {
            let line = &shown.place.timeline;
            let length = (line.end(app.backend.now()).0 - line.from.0) as f64;
            let (from, to) = shown.place.window.shown(length);
            json!({ "from": from, "to": to, "critical": !shown.place.hides_critical, "rows": line.rows.len() })
        }),
        "grid": Some(&app.grid).filter(|_| app.place == Place::Workflow).map(|grid| json!({
            "workflow": grid.view.workflow,
            "runs": grid.view.runs.len(),
            "tasks": grid.view.tasks.iter().map(|task| task.task.as_str()).collect::<Vec<_>>(),
            "more": grid.view.has_more(),
            "from_newest": grid.from_newest,
            "tab": grid.tab.word(),
            "durations": { "runs": grid.durations.bars.len(), "shown": grid.durations_shown },
            "years": grid.heat.seen.as_ref().map(|seen| json!([seen.start(), seen.end()])),
            "day": grid.heat.view.cursor.map(|day| day.to_string()),
            "cursor": grid.view.cursor.as_ref().map(|cell| json!([cell.run, cell.task])),
        })),
        "changes": app.changes.as_ref().filter(|_| app.place == Place::Changes).map(|shown| {
            let rows = shown.changes.rows.iter();
            let words = |row: &crate::state::ChangeRow| {
                format!("{} {}: {}", row.fate.sign(), row.subject, row.about)
            };
            json!({ "rows": rows.map(words).collect::<Vec<_>>(), "selected": shown.selected })
        }),
        "two_runs": app.two_runs.as_ref().filter(|_| app.place == Place::TwoRuns).map(|shown| {
            let compared = shown.view.compared.as_ref();
            let tasks = compared.map(|it| {
                it.order.iter().map(|at| it.what.tasks[*at].task.as_str()).collect::<Vec<_>>()
            });
            json!({ "runs": shown.runs, "tasks": tasks, "selected": shown.selected })
        }),
        "form": {
            "task": app.forms.task_tab.name(),
            "workflow": app.forms.workflow_tab.name(),
            "large": app.forms.large.is_some(),
        },
        "drawer": watch.map(|watch| match watch.drawer {
            Drawer::Problems => "problems",
            Drawer::LastRun => "last_run",
            Drawer::Log => "log",
            Drawer::Values => "values",
            Drawer::Json => "json",
            Drawer::Versions => "versions",
        }),
        "dialog": app.dialog.is_some() || app.sheet.is_some(),
        "toasts": app.toasts.list.iter().map(|toast| toast.text.as_str()).collect::<Vec<_>>(),
        "run_list": {
            "query": app.runs_shown.list.query(),
            "typed": app.runs_shown.typed,
            "found": app.runs_shown.list.counted().map(|counted| counted.found),
            "all": app.runs_shown.list.counted().map(|counted| counted.all),
            "selected": app.runs_shown.selection.len(),
            "from": app.runs_shown.seen.start,
        },
        "runs": app.runs.rows.iter().take(50).map(|row| json!({
            "run": row.run.to_string(),
            "workflow": row.workflow.as_str(),
            "state": row.state.word(),
        })).collect::<Vec<_>>(),
        "fonts": app.glyphs.fonts(),
        "scale": f64::from(app.settings.scale_percent) / 100.0,
    })
}

fn document(app: &App) -> Value {
    let Some(editor) = app.tabs.current() else { return Value::Null };
    let workflow = &editor.doc.workflow;
    json!({
        "name": workflow.name.as_str(),
        "path": editor.doc.path,
        "dirty": editor.doc.is_dirty(),
        "saving": editor.saving.is_some(),
        "drafted": editor.draft.has(editor.doc.draft_revision()),
        "conflict": editor.conflict,
        "restored": editor.restored,
        "tasks": workflow.tasks.iter().map(|task| task.name.as_str()).collect::<Vec<_>>(),
        "dependencies": workflow.dependencies.iter().map(|edge| json!({
            "from": edge.from.as_str(),
            "to": edge.to.as_str(),
            "on": edge.on.iter().map(|atom| atom.word()).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "errors": editor.doc.errors(),
        "text": editor.doc.text(),
    })
}

fn canvas(watch: &Watch) -> Value {
    let Some(view) = watch.canvas.rect else { return Value::Null };
    let camera = watch.canvas.camera;
    let scene = watch.scene();
    let on_screen = |place: Rect| camera.rect_to_screen(view.min, place);
    let tasks: serde_json::Map<String, Value> = scene
        .cards
        .iter()
        .filter(|card| card.group.is_none())
        .map(|card| {
            let at = |offset| point(camera.to_screen(view.min, card.at + offset));
            let shape = json!({
                "rect": rect(camera.rect_to_screen(view.min, Rect::from_min_size(card.at, CARD))),
                "ports": {
                    "succeeded": at(Port::Succeeded.offset()),
                    "failed": at(Port::Failed.offset()),
                    "finished": at(Port::Finished.offset()),
                    "in": at(egui::vec2(0.0, CARD.y / 2.0)),
                },
            });
            (card.name.to_string(), shape)
        })
        .collect();
    json!({
        "rect": rect(view),
        "zoom": camera.zoom,
        "selected": watch.canvas.selected.iter().map(|name| name.as_str()).collect::<Vec<_>>(),
        "selected_wire": watch.canvas.selected_wire.as_ref().map(|(from, to)| {
            [from.as_str(), to.as_str()]
        }),
        "tasks": tasks,
        "wires": wires(watch, view),
        "notes": scene.notes.iter().enumerate().map(|(index, note)| {
            let place = watch.canvas.pieces.note_rect(scene, index);
            json!({ "rect": rect(on_screen(place)), "colour": note.hue.name() })
        }).collect::<Vec<_>>(),
        "groups": scene.groups.iter().enumerate().map(|(index, group)| {
            let head = frame(scene, index, |_| egui::Vec2::ZERO).map(head);
            let card = group.cards.first().filter(|_| group.collapsed);
            let card = card.map(|card| Rect::from_min_size(scene.cards[*card].at, CARD));
            let tasks = tasks_of(scene, Piece::Group(index));
            json!({
                "name": group.title,
                "tasks": tasks.iter().map(|task| task.as_str()).collect::<Vec<_>>(),
                "collapsed": group.collapsed,
                "head": head.map(|head| rect(on_screen(head))),
                "card": card.map(|card| rect(on_screen(card))),
            })
        }).collect::<Vec<_>>(),
        "dragging": watch.canvas.is_holding(),
        "edited": watch.canvas.pieces.edited.map(|piece| format!("{piece:?}")),
    })
}

fn wires(watch: &Watch, view: Rect) -> Vec<Value> {
    let (camera, scene) = (watch.canvas.camera, watch.scene());
    let wires = scene.ends.iter().enumerate();
    wires
        .map(|(wire, (from, to))| {
            let line = scene.line(wire);
            let at = |place: usize| point(camera.to_screen(view.min, line[place]));
            json!({
                "from": from.as_str(),
                "to": to.as_str(),
                "start": at(0),
                "middle": at(line.len() / 2),
                "end": at(line.len() - 1),
            })
        })
        .collect()
}

fn run(watch: &Watch) -> Value {
    let Some(run) = watch.live.as_ref().and_then(|live| live.run.as_ref()) else {
        return Value::Null;
    };
    let tasks: serde_json::Map<String, Value> =
        run.tasks.iter().map(|(key, task)| (key.to_string(), task.state.word().into())).collect();
    json!({ "run": run.run.to_string(), "state": run.state.word(), "tasks": tasks })
}

fn log(watch: &Watch) -> Value {
    let Some(log) = &watch.log else { return Value::Null };
    let lines: Vec<String> = log.lines().map(LogLine::text).collect();
    let top = log.line(log.view.top).map(|line| (line.text(), line.number));
    json!({
        "task": log.key.task.to_string(),
        "complete": log.complete,
        "total": log.total,
        "top": top,
        "search": log.search.words(),
        "lines": &lines[lines.len().saturating_sub(200)..],
    })
}

fn rect(rect: Rect) -> Value {
    json!([rect.left(), rect.top(), rect.width(), rect.height()])
}

fn point(at: Pos2) -> Value {
    json!([at.x, at.y])
}
