//! The keys that commands have from the start.

use egui::{Key, KeyboardShortcut, Modifiers};

use super::keymap::Binding;
use super::{Arrange, Command, FileCommand, PieceCommand, Place, RunTab, Walk};
use crate::canvas::layout::{Axis, Side};
use crate::state::Spot;

const NONE: Modifiers = Modifiers::NONE;
const CTRL: Modifiers = Modifiers::COMMAND;
const CTRL_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
const CTRL_ALT: Modifiers = Modifiers::COMMAND.plus(Modifiers::ALT);
const ALT: Modifiers = Modifiers::ALT;
const SHIFT: Modifiers = Modifiers::SHIFT;
const SHIFT_ALT: Modifiers = Modifiers::SHIFT.plus(Modifiers::ALT);

/// All of them, in the order in which lists show them. The words at the left stand in people's settings: they never
/// change.
pub(super) fn defaults() -> Vec<Binding> {
    let file = |command| Command::File(command);
    let align = |side| Command::Arrange(Arrange::Align(side));
    let spread = |axis| Command::Arrange(Arrange::Spread(axis));
    vec![
        bind("run", CTRL, Key::Enter, Command::Run),
        bind("run_with", CTRL_SHIFT, Key::Enter, Command::RunWith),
        bind("stop", CTRL_ALT, Key::Enter, Command::Stop),
        bind("new_workflow", CTRL, Key::N, file(FileCommand::New)),
        bind("open", CTRL, Key::O, file(FileCommand::Open)),
        bind("save", CTRL, Key::S, Command::Save),
        bind("save_as", CTRL_SHIFT, Key::S, file(FileCommand::SaveAs)),
        bind("find_in_workflow", CTRL, Key::F, file(FileCommand::Find)),
        bind("reopen_tab", CTRL_SHIFT, Key::T, file(FileCommand::ReopenTab)),
        bind("find_anything", CTRL_SHIFT, Key::P, Command::Find),
        bind("find_anything", CTRL, Key::K, Command::Find),
        bind("menu", NONE, Key::F10, Command::ShowMenu),
        bind("shortcuts", NONE, Key::Questionmark, Command::ShowShortcuts),
        bind("workflows", CTRL, Key::Num1, Command::Go(Place::Workflows)),
        bind("runs", CTRL, Key::Num2, Command::Go(Place::Runs)),
        bind("schedules", CTRL, Key::Num3, Command::Go(Place::Schedules)),
        bind("inbox", CTRL, Key::Num4, Command::Go(Place::Inbox)),
        bind("settings", CTRL, Key::Comma, Command::Go(Place::Settings)),
        bind("run_canvas", ALT, Key::Num1, Command::ShowRun(RunTab::Canvas)),
        bind("run_timeline", ALT, Key::Num2, Command::ShowRun(RunTab::Timeline)),
        bind("run_tasks", ALT, Key::Num3, Command::ShowRun(RunTab::Tasks)),
        bind("run_events", ALT, Key::Num4, Command::ShowRun(RunTab::Events)),
        bind("palette", CTRL, Key::B, Command::TogglePalette),
        bind("next_tab", CTRL, Key::Tab, Command::NextTab { forward: true }),
        bind("previous_tab", CTRL_SHIFT, Key::Tab, Command::NextTab { forward: false }),
        bind("close_tab", CTRL, Key::W, Command::CloseTab(None)),
        bind("undo", CTRL, Key::Z, Command::Undo),
        bind("redo", CTRL_SHIFT, Key::Z, Command::Redo),
        bind("redo", CTRL, Key::Y, Command::Redo),
        bind("add_task", NONE, Key::N, Command::PickTask(None, Spot::default())),
        bind("rename", NONE, Key::F2, Command::EditTitle),
        bind("open_task", NONE, Key::Enter, Command::OpenTask),
        bind("duplicate", CTRL, Key::D, Command::Duplicate),
        bind("disable", NONE, Key::D, Command::ToggleDisabled),
        bind("delete", NONE, Key::Delete, Command::Delete),
        bind("delete", NONE, Key::Backspace, Command::Delete),
        bind("delete_and_reconnect", CTRL, Key::Delete, Command::DeleteAndReconnect),
        bind("delete_and_reconnect", CTRL, Key::Backspace, Command::DeleteAndReconnect),
        bind("note", SHIFT, Key::S, Command::Piece(PieceCommand::AddNote(None))),
        bind("group", CTRL, Key::G, Command::Piece(PieceCommand::Group)),
        bind("ungroup", CTRL_SHIFT, Key::G, Command::Piece(PieceCommand::Ungroup)),
        bind("to_sub_workflow", ALT, Key::X, Command::AskExtract),
        bind("tidy", SHIFT_ALT, Key::T, Command::Arrange(Arrange::Tidy)),
        bind("align_left", ALT, Key::A, align(Side::Left)),
        bind("align_centres", ALT, Key::H, align(Side::Centre)),
        bind("align_right", ALT, Key::D, align(Side::Right)),
        bind("align_top", ALT, Key::W, align(Side::Top)),
        bind("align_middles", ALT, Key::V, align(Side::Middle)),
        bind("align_bottom", ALT, Key::S, align(Side::Bottom)),
        bind("distribute_horizontally", SHIFT_ALT, Key::H, spread(Axis::Horizontal)),
        bind("distribute_vertically", SHIFT_ALT, Key::V, spread(Axis::Vertical)),
        bind("move_left", NONE, Key::ArrowLeft, Command::Nudge(-1, 0)),
        bind("move_right", NONE, Key::ArrowRight, Command::Nudge(1, 0)),
        bind("move_up", NONE, Key::ArrowUp, Command::Nudge(0, -1)),
        bind("move_down", NONE, Key::ArrowDown, Command::Nudge(0, 1)),
        bind("select_all", CTRL, Key::A, Command::SelectAll),
        bind("select_none", NONE, Key::Escape, Command::SelectNone),
        bind("select_before", SHIFT, Key::ArrowLeft, Command::SelectReach { upstream: true }),
        bind("select_after", SHIFT, Key::ArrowRight, Command::SelectReach { upstream: false }),
        bind("walk_before", ALT, Key::ArrowLeft, Command::Walk(Walk::Up)),
        bind("walk_after", ALT, Key::ArrowRight, Command::Walk(Walk::Down)),
        bind("walk_above", ALT, Key::ArrowUp, Command::Walk(Walk::Previous)),
        bind("walk_below", ALT, Key::ArrowDown, Command::Walk(Walk::Next)),
        bind("zoom_100", NONE, Key::Num0, Command::Zoom100),
        bind("zoom_fit", NONE, Key::Num1, Command::ZoomFit),
        bind("zoom_selection", NONE, Key::Period, Command::ZoomSelection),
        bind("zoom_in", NONE, Key::Plus, Command::ZoomIn),
        bind("zoom_in", NONE, Key::Equals, Command::ZoomIn),
        bind("zoom_out", NONE, Key::Minus, Command::ZoomOut),
        bind("minimap", ALT, Key::M, Command::ToggleMinimap),
    ]
}

fn bind(id: &'static str, modifiers: Modifiers, key: Key, command: Command) -> Binding {
    Binding { id, key: KeyboardShortcut::new(modifiers, key), command }
}
