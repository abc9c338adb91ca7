//! The ui's own controls: buttons, fields, tabs, chips, rows, labels that end in "…".
//!
//! They draw and report clicks; none of them knows what the app is about.

mod button;
mod choice;
mod code_area;
mod field;
mod menu;
mod paint;
mod row;
mod search_list;
mod splitter;
mod tabs;
mod text;

pub(crate) use button::Button;
pub(crate) use choice::{checkbox, dropdown, segmented};
pub(crate) use code_area::code_area;
pub(crate) use field::{Field, code_field, field_label, problem_line};
pub(crate) use menu::{menu_frame, menu_item, menu_line};
pub(crate) use paint::{dashed_rect, dot, glyph, hairline_h, hairline_v};
pub(crate) use row::list_row;
pub(crate) use search_list::{SearchList, SearchRow};
pub(crate) use splitter::{Edge, splitter};
pub(crate) use tabs::{Tab, tab_strip};
pub(crate) use text::{elide, label, section_head, wrapped};
