//! What cannot be done for a while, because whoever would do it does not answer: buttons, switches and rows of menus that
//! need it look so, and say why.

use std::sync::Arc;

use egui::{Context, Id, Response, Ui};

use super::switch;

fn id() -> Id {
    Id::new("nobody answers")
}

/// Says why what needs an answer cannot be done from now on; none: it can.
pub(crate) fn set_away(ctx: &Context, why: Option<&str>) {
    if away(ctx).as_deref() != why {
        let why: Option<Arc<str>> = why.map(Arc::from);
        ctx.data_mut(|data| data.insert_temp(id(), why));
    }
}

/// Why what needs an answer cannot be done now.
pub(crate) fn away(ctx: &Context) -> Option<Arc<str>> {
    ctx.data(|data| data.get_temp::<Option<Arc<str>>>(id())).flatten()
}

/// A switch that needs an answer. Says whether it was clicked.
pub(crate) fn asking_switch(ui: &mut Ui, on: bool, name: &str, tip: &str) -> bool {
    let why = away(ui.ctx());
    let response: Response = switch(ui, on, name, why.as_deref());
    let clicked = response.clicked();
    if why.is_none() {
        response.on_hover_text(tip);
    }
    clicked
}
