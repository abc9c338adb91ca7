//! The menu of the icon: `com.canonical.dbusmenu`.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use zbus::object_server::SignalEmitter;
use zbus::{OwnedVariant, Str, Type, Variant};
use zbus::{fdo, interface};

use super::{Act, Action, State, locked};
use crate::watch::{self, Seen};

/// Properties of an entry.
type Properties = HashMap<String, OwnedVariant>;

/// An entry with those below it.
#[derive(Debug, Serialize, Deserialize, Type, Variant, OwnedVariant)]
pub(super) struct Node {
    id: i32,
    properties: Properties,
    children: Vec<OwnedVariant>,
}

#[cfg(test)]
impl Node {
    /// How many entries are below it.
    pub(super) fn children(&self) -> usize {
        self.children.len()
    }
}

/// A line of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) label: String,
    /// None: it only says something.
    pub(super) action: Option<Action>,
}

/// The lines, from the top. The place of a line, from 1, is its number; none is a line between groups.
pub(super) fn lines(seen: &Seen) -> Vec<Option<Line>> {
    let line = |label: &str, action| Some(Line { label: label.to_owned(), action });
    let mut lines = vec![line("Open Millrace", Some(Action::Open)), None];
    lines.push(line(&watch::words(seen), None));
    if let Some(waiting) = watch::waiting_words(seen) {
        lines.push(line(&waiting, Some(Action::Inbox)));
    }
    if !seen.failures.is_empty() {
        lines.extend([None, line("Failed, not seen yet", None)]);
    }
    for failure in &seen.failures {
        let label = match failure.cause.as_str() {
            "" => failure.title.clone(),
            cause => format!("{}: {cause}", failure.title),
        };
        lines.push(line(&label, Some(Action::Run(failure.run))));
    }
    lines.extend([None, line("Quit", Some(Action::Quit))]);
    lines
}

/// What a tray asks.
pub(super) struct Menu {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) act: Act,
}

impl Menu {
    fn lines(&self) -> Vec<Option<Line>> {
        lines(&locked(&self.state).seen)
    }

    fn choose(&self, id: i32) {
        let index = usize::try_from(id).ok().and_then(|id| id.checked_sub(1));
        let line = index.and_then(|index| self.lines().into_iter().nth(index).flatten());
        if let Some(action) = line.and_then(|line| line.action) {
            (self.act)(action);
        }
    }
}

fn properties(line: Option<&Line>) -> Properties {
    let mut properties = Properties::new();
    match line {
        // An underscore would mark the next letter as a key.
        Some(line) => {
            let label = line.label.replace('_', "__");
            properties.insert("label".to_owned(), text(&label));
            properties.insert("enabled".to_owned(), OwnedVariant::from(line.action.is_some()));
        }
        None => drop(properties.insert("type".to_owned(), text("separator"))),
    }
    properties
}

fn text(text: &str) -> OwnedVariant {
    OwnedVariant::from(Str::from(text.to_owned()))
}

#[interface(name = "com.canonical.dbusmenu")]
impl Menu {
    /// The menu below an entry.
    #[zbus(out_args("revision", "layout"))]
    fn get_layout(
        &self,
        parent: i32,
        _depth: i32,
        _names: Vec<String>,
    ) -> fdo::Result<(u32, Node)> {
        let revision = locked(&self.state).revision;
        let lines = self.lines();
        let failed = |error: zbus::Error| fdo::Error::Failed(error.to_string());
        let mut children = Vec::new();
        let mut own = Properties::new();
        if parent == 0 {
            own.insert("children-display".to_owned(), text("submenu"));
            for (id, line) in (1..).zip(&lines) {
                let properties = properties(line.as_ref());
                let node = Node { id, properties, children: Vec::new() };
                children.push(OwnedVariant::try_from(Variant::from(node)).map_err(failed)?);
            }
        }
        Ok((revision, Node { id: parent, properties: own, children }))
    }

    /// What some entries look like; of all where none is named.
    fn get_group_properties(&self, ids: Vec<i32>, _names: Vec<String>) -> Vec<(i32, Properties)> {
        let lines = self.lines();
        let ids: BTreeSet<i32> = ids.into_iter().collect();
        let all = (1..).zip(&lines).filter(|(id, _)| ids.is_empty() || ids.contains(id));
        all.map(|(id, line)| (id, properties(line.as_ref()))).collect()
    }

    fn get_property(&self, id: i32, name: &str) -> fdo::Result<OwnedVariant> {
        let index = usize::try_from(id).ok().and_then(|id| id.checked_sub(1));
        let lines = self.lines();
        let line = index.and_then(|index| lines.get(index));
        let value = line.and_then(|line| properties(line.as_ref()).remove(name));
        value.ok_or_else(|| fdo::Error::InvalidArgs(format!("entry {id} has no {name}")))
    }

    /// Something was done with an entry.
    fn event(&self, id: i32, event: &str, _data: OwnedVariant, _timestamp: u32) {
        if event == "clicked" {
            self.choose(id);
        }
    }

    /// The same for several; answers those that are not there.
    fn event_group(&self, events: Vec<(i32, String, OwnedVariant, u32)>) -> Vec<i32> {
        for (id, event, data, timestamp) in events {
            self.event(id, &event, data, timestamp);
        }
        Vec::new()
    }

    /// Whether the menu has to be asked for again before it is shown.
    fn about_to_show(&self, _id: i32) -> bool {
        false
    }

    #[zbus(out_args("updates_needed", "id_errors"))]
    fn about_to_show_group(&self, _ids: Vec<i32>) -> (Vec<i32>, Vec<i32>) {
        (Vec::new(), Vec::new())
    }

    #[zbus(property)]
    fn version(&self) -> u32 {
        3
    }

    #[zbus(property)]
    fn status(&self) -> &'static str {
        "normal"
    }

    #[zbus(property)]
    fn text_direction(&self) -> &'static str {
        "ltr"
    }

    #[zbus(property)]
    fn icon_theme_path(&self) -> Vec<String> {
        Vec::new()
    }

    #[zbus(signal)]
    pub(super) async fn layout_updated(
        emitter: &SignalEmitter<'_>,
        revision: u32,
        parent: i32,
    ) -> zbus::Result<()>;
}
