//! The ui's own controls: buttons, fields, tabs, chips, rows, labels that end in "…".
//!
//! They draw and report clicks; none of them knows what the app is about.

mod away;
mod button;
mod chips;
mod choice;
mod code;
mod code_area;
mod code_keys;
mod complete;
mod direction;
mod field;
mod highlight;
mod key_cap;
mod mark;
mod markdown;
mod menu;
mod open_choice;
mod paint;
mod pairs;
mod row;
mod search_list;
mod splitter;
mod stepper;
mod switch;
mod tab_bar;
mod tabs;
mod text;
mod text_list;
mod tree;
mod virtual_rows;

pub(crate) use away::{asking_switch, away, set_away};
pub(crate) use button::Button;
pub(crate) use chips::{chip, chip_as_wide, chips};
pub(crate) use choice::{
    checkbox, checkbox_with_hint, choice_button, dropdown, segmented, segmented_in,
};
pub(crate) use code::CodeField;
pub(crate) use code_area::code_area;
pub(crate) use complete::{Completion, ExprHelp, Preview, Suggestion, keep_readable, preview_ui};
pub(crate) use field::{Field, field_label, label_words, problem_line, prose_field};
pub(crate) use highlight::Language;
pub(crate) use key_cap::key_cap;
pub(crate) use mark::{help_mark, mark};
pub(crate) use markdown::{Laid, Markdown};
pub(crate) use menu::{
    asking_menu_item, menu_choice, menu_frame, menu_item, menu_line, sub_menu_item,
};
pub(crate) use open_choice::open_choice;
pub(crate) use paint::{dashed_rect, dot, glyph, hairline_h, hairline_v};
pub(crate) use pairs::{Pair, Pairs, pairs};
pub(crate) use row::list_row;
pub(crate) use search_list::{Picture, SearchList, SearchRow};
pub(crate) use splitter::{Edge, splitter};
pub(crate) use stepper::stepper;
pub(crate) use switch::switch;
pub(crate) use tab_bar::tab_bar;
pub(crate) use tabs::{Tab, tab_strip};
pub(crate) use text::{elide, label, link, section_head, section_start, wrapped};
pub(crate) use text_list::{Done, text_list};
pub(crate) use tree::{TreeAct, TreeOffers, tree_ui};
pub(crate) use virtual_rows::{touching_rows, virtual_rows};
