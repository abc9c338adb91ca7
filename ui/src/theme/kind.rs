//! The icon and the colour of each kind of task.

use egui::Color32;
use millrace_model::kinds;

use super::icons::icon;
use super::palette::hex;

/// How a kind is shown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KindLook {
    /// Its icon.
    pub(crate) icon: &'static str,
    /// The colour behind the icon.
    pub(crate) tile: Color32,
}

/// How the kind of this id is shown; one that this version does not know gets a piece of a puzzle.
pub(crate) fn kind_look(id: &str) -> KindLook {
    match kinds::kind(id) {
        Some(kind) => by_icon(kind.icon),
        None => KindLook { icon: icon::PUZZLE_PIECE, tile: hex(0x7b_6f5a) },
    }
}

/// The words for a person: the kind's title, or the id that is not known.
pub(crate) fn kind_title(id: &str) -> &str {
    kinds::kind(id).map_or(id, |kind| kind.title)
}

fn by_icon(name: &str) -> KindLook {
    let (icon, rgb) = match name {
        "terminal" => (icon::TERMINAL, 0x5b_6b80),
        "command" => (icon::CARET_RIGHT, 0x4d_7a8c),
        "python" => (icon::FILE_CODE, 0x3d_7dd8),
        "notebook" => (icon::NOTEBOOK, 0xc0_7a2a),
        "cube" => (icon::CUBE, 0x3f_7fb5),
        "circle" => (icon::CIRCLE_DASHED, 0x8a_63d2),
        "eye" => (icon::EYE, 0x5c_6fc4),
        "timer" => (icon::TIMER, 0x7a_5fc0),
        "approval" => (icon::SEAL_CHECK, 0x9a_4fb5),
        "branch" => (icon::GIT_BRANCH, 0xb0_6f2a),
        "workflow" => (icon::TREE_STRUCTURE, 0x2f_8f8a),
        "database" => (icon::DATABASE, 0x2f_9e6f),
        "globe" => (icon::GLOBE, 0x8a_5bd6),
        "files" => (icon::FOLDER, 0x9a_7b2f),
        "mail" => (icon::ENVELOPE_SIMPLE, 0xb8_5a4a),
        "bell" => (icon::BELL, 0xc8_5080),
        _ => (icon::CUBE, 0x7b_6f5a),
    };
    KindLook { icon, tile: hex(rgb) }
}
