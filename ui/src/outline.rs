//! What assistive technology would be told of the window: role, name and place of each widget.
//!
//! A browser has no AccessKit adapter for a canvas yet, so a driver of the page could find nothing by its label. This
//! keeps the last frame's AccessKit tree for it. Nothing is gathered until somebody asks.

use egui::accesskit::{Node, Role, TreeUpdate};
use egui::{Context, FullOutput, Plugin};
use serde_json::{Value, json};

/// Keeps the tree of the last frame. Add it to a context with [`Outline::add`].
#[derive(Debug, Default)]
pub struct Outline {
    last: Option<TreeUpdate>,
}

impl Outline {
    /// Adds it to a context.
    pub fn add(ctx: &Context) {
        ctx.add_plugin(Self::default());
    }

    /// The widgets of the last frame as JSON: a list of `role`, `name`, `value`, `rect` (left, top, width, height in
    /// points of the window), `focused` and `disabled`. Nameless widgets are left out.
    ///
    /// The first call asks for the gathering and answers an empty list; the list is there after the next frame.
    #[must_use]
    pub fn read(ctx: &Context) -> String {
        ctx.enable_accesskit();
        let widgets = ctx.with_plugin(|outline: &mut Self| outline.last.as_ref().map(widgets));
        let Some(widgets) = widgets.flatten() else {
            ctx.request_repaint();
            return "[]".to_owned();
        };
        Value::Array(widgets).to_string()
    }
}

impl Plugin for Outline {
    fn debug_name(&self) -> &'static str {
        "outline"
    }

    fn output_hook(&mut self, _: &Context, output: &mut FullOutput) {
        if let Some(update) = &output.platform_output.accesskit_update {
            self.last = Some(update.clone());
        }
    }
}

fn widgets(update: &TreeUpdate) -> Vec<Value> {
    let named = update.nodes.iter().filter_map(|(id, node)| {
        let bounds = node.bounds()?;
        let name = name(node).filter(|name| !name.is_empty())?;
        Some(json!({
            "role": format!("{:?}", node.role()),
            "name": name,
            "value": node.value(),
            "rect": [bounds.x0, bounds.y0, bounds.width(), bounds.height()],
            "focused": *id == update.focus,
            "disabled": node.is_disabled(),
        }))
    });
    named.collect()
}

/// A text on the screen is its own name.
fn name(node: &Node) -> Option<&str> {
    match node.role() {
        Role::Label => node.value().or_else(|| node.label()),
        _ => node.label(),
    }
}
