//! The menu of the icon: `com.canonical.dbusmenu`.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex};

use millrace_model::ids::RunId;
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

/// An entry of the menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Stays with what it does: a person chooses from the menu that the tray drew, which may be an older one.
    pub(super) id: i32,
    /// None: a line between groups.
    pub(super) line: Option<Line>,
}

/// What an entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) label: String,
    /// None: it only says something.
    pub(super) action: Option<Action>,
}

/// The numbers of the runs come after those of everything else.
const RUNS: i32 = 16;

/// The number of the entry for a run: of its random part.
fn of_run(run: RunId) -> i32 {
    RUNS + i32::try_from(run.0 & 0x3fff_ffff).unwrap_or_default()
}

/// The entries, from the top.
pub(super) fn entries(seen: &Seen) -> Vec<Entry> {
    let line = |id, label: &str, action| {
        let line = Line { label: label.to_owned(), action };
        Entry { id, line: Some(line) }
    };
    let between = |id| Entry { id, line: None };
    let mut entries = vec![line(1, "Open Millrace", Some(Action::Open)), between(2)];
    entries.push(line(3, &watch::words(seen), None));
    if let Some(waiting) = watch::waiting_words(seen) {
        entries.push(line(4, &waiting, Some(Action::Inbox)));
    }
    if !seen.failures.is_empty() {
        entries.extend([between(5), line(6, "Failed, not seen yet", None)]);
    }
    for failure in &seen.failures {
        let label = match failure.cause.as_str() {
            "" => failure.title.clone(),
            cause => format!("{}: {cause}", failure.title),
        };
        entries.push(line(of_run(failure.run), &label, Some(Action::Run(failure.run))));
    }
    entries.extend([between(7), line(8, "Quit", Some(Action::Quit))]);
    entries
}

/// What a tray asks.
pub(super) struct Menu {
    pub(super) state: Arc<Mutex<State>>,
    pub(super) act: Act,
}

impl Menu {
    fn entries(&self) -> Vec<Entry> {
        entries(&locked(&self.state).seen)
    }

    /// The entry with this number, if it is still there.
    fn entry(&self, id: i32) -> Option<Entry> {
        self.entries().into_iter().find(|entry| entry.id == id)
    }

    fn choose(&self, id: i32) {
        if let Some(action) = self.entry(id).and_then(|entry| entry.line?.action) {
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
        let failed = |error: zbus::Error| fdo::Error::Failed(error.to_string());
        let mut children = Vec::new();
        let mut own = Properties::new();
        if parent == 0 {
            own.insert("children-display".to_owned(), text("submenu"));
            for entry in self.entries() {
                let properties = properties(entry.line.as_ref());
                let node = Node { id: entry.id, properties, children: Vec::new() };
                children.push(OwnedVariant::try_from(Variant::from(node)).map_err(failed)?);
            }
        }
        Ok((revision, Node { id: parent, properties: own, children }))
    }

    /// What some entries look like; of all where none is named.
    fn get_group_properties(&self, ids: Vec<i32>, _names: Vec<String>) -> Vec<(i32, Properties)> {
        let ids: BTreeSet<i32> = ids.into_iter().collect();
        let mut entries = self.entries();
        entries.retain(|entry| ids.is_empty() || ids.contains(&entry.id));
        entries.iter().map(|entry| (entry.id, properties(entry.line.as_ref()))).collect()
    }

    fn get_property(&self, id: i32, name: &str) -> fdo::Result<OwnedVariant> {
        let value = self.entry(id).and_then(|entry| properties(entry.line.as_ref()).remove(name));
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
