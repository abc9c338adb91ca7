//! The window as its users meet it: drawn without a display, driven by names and by the mouse.
//!
//! The daemon is a scripted one (`world`); the clock stands still but for what a test moves.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    unreachable_pub,
    reason = "a test of its own: nobody imports it, and it may panic"
)]

mod world;

mod add;
mod arrange;
mod artifacts;
mod backfill;
mod badges;
mod branches;
mod callee;
mod canvas;
mod changes;
mod clipboard;
mod commands;
mod connections;
mod containers;
mod diagnostics;
mod drafts;
mod durations;
mod edges;
mod edit;
mod export;
mod extract;
mod files;
mod film;
mod find;
mod finder;
mod forms;
mod gestures;
mod grid;
mod groups;
mod hands;
mod heat;
mod hooks;
mod host;
mod import;
mod inbox;
mod inspector;
mod inspector_expr;
mod inspector_schedules;
mod inspector_triggers;
mod inspector_workflow;
mod journey;
mod json;
mod keys;
mod leave;
mod logs;
mod mapped;
mod minimap;
mod notes;
mod notify;
mod outline;
mod outside;
mod pictures;
mod pictures_of_canvas;
mod pictures_of_files;
mod pictures_of_starters;
mod pinned;
mod places;
mod queue;
mod run;
mod run_place;
mod runs;
mod runs_selected;
mod schedules;
mod scripts;
mod secrets;
mod shelf;
mod states;
mod storage;
mod trust;
mod two_items;
mod two_runs;
mod typed_paths;
mod values;
mod versions;
mod waits;
mod workflows;
