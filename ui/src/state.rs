//! What the ui knows: documents, runs, logs, lists. No drawing here.

pub(crate) mod ansi;
pub(crate) mod arrange;
mod backend;
mod badges;
mod change;
mod clipboard;
mod compare;
mod compose;
mod document;
mod edges;
mod find;
mod fit;
#[cfg(test)]
mod fixture;
mod folded;
mod history;
mod json_view;
mod kind_search;
mod live;
pub(crate) mod log;
mod pieces;
mod reconnect;
mod room;
mod scene_of;
mod templates;
mod versions;

pub(crate) use backend::{Back, Backend};
pub(crate) use change::Change;
pub(crate) use clipboard::{Paste, Pasted, copy, paste};
pub(crate) use compare::{Difference, Subject, compare};
pub(crate) use compose::{Spot, add, around};
pub(crate) use document::Document;
pub(crate) use edges::{rewire, splice};
pub(crate) use find::{Found, Texts};
pub(crate) use fit::fit;
pub(crate) use json_view::JsonView;
pub(crate) use kind_search::ranked;
pub(crate) use live::{LiveRun, Taken, running_since};
pub(crate) use pieces::{add_note, delete_all, group, move_all, place_note, ungroup};
pub(crate) use reconnect::delete_and_reconnect;
pub(crate) use scene_of::scene_of;
pub(crate) use templates::{copy_of, free_name, templates};
pub(crate) use versions::Versions;
