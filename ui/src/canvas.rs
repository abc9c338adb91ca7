//! The canvas: a workflow drawn as cards and wires by `egui_graphs`, and the hands that edit it.
//!
//! It draws a [`Scene`] and reports what a person did as [`Gesture`]s; it never changes the document. While
//! nothing changes it replays the shapes of the last drawn frame and asks for no repaint.

mod auto_layout;
mod badge;
mod belong;
mod bezier;
mod camera;
mod card;
mod connect;
mod draw;
mod far;
mod guides;
mod hands;
mod hit;
pub(crate) mod layout;
mod name_pieces;
mod name_wires;
mod names;
mod piece;
mod piece_hands;
mod plus;
mod reach;
mod reveal;
mod rewire;
mod scene;
mod still;
mod thumbnail;
mod under;
mod view;
mod wire;

pub(crate) use auto_layout::place_all;
pub(crate) use badge::{Badge, Tone};
pub(crate) use camera::Camera;
pub(crate) use card::{block_color, fate_color, sign as fate_sign};
pub(crate) use piece::{GroupView, LEAST_NOTE, NOTE_PAD, NOTE_WIDTH, NoteView, Piece, frame, head};
pub(crate) use piece_hands::tasks_of;
pub(crate) use reach::reach;
pub(crate) use scene::{CARD, CardView, Compared, GRID, Port, Scene, WireView};
pub(crate) use still::{draw_still, still_bounds};
pub(crate) use thumbnail::Thumbnail;
pub(crate) use view::{Canvas, Gesture, MenuOf};
