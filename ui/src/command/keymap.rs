//! Which keys do what: the defaults, and what a person chose instead.

use std::collections::BTreeMap;
use std::sync::Arc;

use egui::{Context, Id, KeyboardShortcut};

use super::shortcut::{parse_key, plain};
use super::{Command, key_words, keys};

/// A key of a command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Binding {
    /// Names the command in the settings.
    pub(crate) id: &'static str,
    /// The key.
    pub(crate) key: KeyboardShortcut,
    /// What it does.
    pub(crate) command: Command,
}

/// The keys that a person chose, in words, by the command's id. A command that is missing has its defaults.
pub(crate) type Chosen = BTreeMap<String, Vec<String>>;

/// All keys that are in force. No key stands for two commands.
#[derive(Debug, Clone)]
pub(crate) struct Keymap {
    /// Those with more modifiers first: egui takes `Ctrl+Shift+S` for a `Ctrl+S` otherwise.
    bindings: Vec<Binding>,
}

/// A command that can have keys.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    /// Names it in the settings.
    pub(crate) id: &'static str,
    /// What it does.
    pub(crate) command: Command,
    /// Its keys.
    pub(crate) keys: Vec<KeyboardShortcut>,
    /// They are not those it came with.
    pub(crate) is_changed: bool,
}

impl Keymap {
    /// The defaults, with these in their place. What cannot be read is left out; a chosen key wins over a default.
    pub(crate) fn new(chosen: &Chosen) -> Self {
        let defaults = keys::defaults();
        let mut bindings: Vec<Binding> = Vec::new();
        let mut add = |id, key: KeyboardShortcut, command: &Command| {
            if !bindings.iter().any(|known| known.key == key) {
                bindings.push(Binding { id, key, command: command.clone() });
            }
        };
        for (id, command) in commands(&defaults) {
            let words = chosen.get(id).into_iter().flatten();
            for key in words.filter_map(|words| parse_key(words)) {
                add(id, key, command);
            }
        }
        for default in defaults.iter().filter(|default| !chosen.contains_key(default.id)) {
            add(default.id, plain(&default.key), &default.command);
        }
        bindings.sort_by_key(|binding| {
            let held = binding.key.modifiers;
            std::cmp::Reverse(
                usize::from(held.alt) + usize::from(held.shift) + usize::from(held.command),
            )
        });
        Self { bindings }
    }

    /// Those in force in this window.
    pub(crate) fn of(ctx: &Context) -> Arc<Self> {
        let put = ctx.data(|data| data.get_temp::<Arc<Self>>(Id::NULL));
        put.unwrap_or_else(|| {
            let map = Self::new(&Chosen::new());
            map.put(ctx)
        })
    }

    /// Brings them into force.
    pub(crate) fn put(self, ctx: &Context) -> Arc<Self> {
        let map = Arc::new(self);
        ctx.data_mut(|data| data.insert_temp(Id::NULL, Arc::clone(&map)));
        map
    }

    /// All keys, in the order in which they are looked at.
    pub(crate) fn bindings(&self) -> &[Binding] {
        &self.bindings
    }

    /// The first key of a command, in words; empty where it has none.
    pub(crate) fn keys_of(&self, command: &Command) -> String {
        let found = self.bindings.iter().find(|binding| binding.command == *command);
        found.map(|binding| key_words(&binding.key)).unwrap_or_default()
    }

    /// The shortest of a command's keys, in words, for where there is little room.
    pub(crate) fn short_keys_of(&self, command: &Command) -> String {
        let all = self.bindings.iter().filter(|binding| binding.command == *command);
        let words = all.map(|binding| key_words(&binding.key));
        words.min_by_key(|words| words.chars().count()).unwrap_or_default()
    }

    /// The command that has this key.
    pub(crate) fn owner(&self, key: &KeyboardShortcut) -> Option<&Binding> {
        let key = plain(key);
        self.bindings.iter().find(|binding| binding.key == key)
    }

    /// Every command that can have keys, in the order of the defaults.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let defaults = keys::defaults();
        commands(&defaults)
            .into_iter()
            .map(|(id, command)| {
                let keys = self.keys_by_id(id);
                let is_changed = !is_same(&keys, &default_keys(&defaults, id));
                Row { id, command: command.clone(), keys, is_changed }
            })
            .collect()
    }

    /// The choice with one key more. Whoever had the key loses it.
    pub(crate) fn with_key(&self, chosen: &Chosen, id: &str, key: &KeyboardShortcut) -> Chosen {
        let key = plain(key);
        let mut all = chosen.clone();
        if let Some(owner) = self.owner(&key).filter(|owner| owner.id != id) {
            all = self.without_key(&all, owner.id, &key);
        }
        let mut keys = self.keys_by_id(id);
        if !keys.contains(&key) {
            keys.push(key);
        }
        put_keys(&mut all, id, &keys);
        all
    }

    /// The choice without this key of a command.
    pub(crate) fn without_key(&self, chosen: &Chosen, id: &str, key: &KeyboardShortcut) -> Chosen {
        let key = plain(key);
        let keys: Vec<KeyboardShortcut> =
            self.keys_by_id(id).into_iter().filter(|known| *known != key).collect();
        let mut all = chosen.clone();
        put_keys(&mut all, id, &keys);
        all
    }

    /// The choice with a command's defaults again. Whoever has one of them now loses it.
    pub(crate) fn with_defaults(&self, chosen: &Chosen, id: &str) -> Chosen {
        let defaults = keys::defaults();
        let mut all = chosen.clone();
        all.remove(id);
        for key in default_keys(&defaults, id) {
            if let Some(owner) = self.owner(&key).filter(|owner| owner.id != id) {
                all = self.without_key(&all, owner.id, &key);
            }
        }
        all
    }

    fn keys_by_id(&self, id: &str) -> Vec<KeyboardShortcut> {
        self.bindings.iter().filter(|binding| binding.id == id).map(|binding| binding.key).collect()
    }
}

/// Each command once, in the order of the list.
fn commands(defaults: &[Binding]) -> Vec<(&'static str, &Command)> {
    let mut all: Vec<(&'static str, &Command)> = Vec::new();
    for default in defaults {
        if !all.iter().any(|(id, _)| *id == default.id) {
            all.push((default.id, &default.command));
        }
    }
    all
}

fn default_keys(defaults: &[Binding], id: &str) -> Vec<KeyboardShortcut> {
    let of_id = defaults.iter().filter(|default| default.id == id);
    of_id.map(|default| plain(&default.key)).collect()
}

fn is_same(some: &[KeyboardShortcut], others: &[KeyboardShortcut]) -> bool {
    some.len() == others.len() && some.iter().all(|key| others.contains(key))
}

/// Keys that are the defaults are not a choice.
fn put_keys(chosen: &mut Chosen, id: &str, keys: &[KeyboardShortcut]) {
    if is_same(keys, &default_keys(&keys::defaults(), id)) {
        chosen.remove(id);
    } else {
        chosen.insert(id.to_owned(), keys.iter().map(key_words).collect());
    }
}

#[cfg(test)]
mod tests {
    use egui::{Key, Modifiers};

    use super::*;

    fn key(words: &str) -> KeyboardShortcut {
        parse_key(words).unwrap_or(KeyboardShortcut::new(Modifiers::NONE, Key::F35))
    }

    #[test]
    fn no_default_stands_for_two_commands_and_each_command_has_one_id() {
        let defaults = keys::defaults();
        for (index, one) in defaults.iter().enumerate() {
            for other in &defaults[..index] {
                let same = plain(&one.key) == plain(&other.key);
                assert!(!same || one.command == other.command, "{one:?} and {other:?}");
                assert_eq!(one.id == other.id, one.command == other.command, "{one:?}, {other:?}");
            }
        }
    }

    #[test]
    fn a_chosen_key_wins_and_its_owner_loses_it() {
        let chosen = Chosen::new();
        let map = Keymap::new(&chosen);
        let chosen = map.with_key(&chosen, "undo", &key("Ctrl+D"));
        let map = Keymap::new(&chosen);
        assert_eq!(map.owner(&key("Ctrl+D")).map(|owner| owner.id), Some("undo"));
        assert_eq!(map.keys_of(&Command::Duplicate), "");
        assert_eq!(chosen["undo"], ["Ctrl+Z", "Ctrl+D"]);
        assert_eq!(chosen["duplicate"], Vec::<String>::new());

        let chosen = map.with_defaults(&chosen, "duplicate");
        let map = Keymap::new(&chosen);
        assert_eq!(map.keys_of(&Command::Duplicate), "Ctrl+D");
        assert!(chosen.is_empty(), "all is as it came: {chosen:?}");
    }

    #[test]
    fn a_command_can_be_without_keys_and_words_that_are_no_key_are_left_out() {
        let map = Keymap::new(&Chosen::new());
        let chosen = map.without_key(&Chosen::new(), "save", &key("Ctrl+S"));
        assert_eq!(Keymap::new(&chosen).keys_of(&Command::Save), "");
        let broken =
            Chosen::from([("save".to_owned(), vec!["Hyper+S".to_owned(), "F9".to_owned()])]);
        assert_eq!(Keymap::new(&broken).keys_of(&Command::Save), "F9");
    }

    #[test]
    fn more_modifiers_come_first() {
        let map = Keymap::new(&Chosen::new());
        assert_eq!(map.keys_of(&Command::Find), "Ctrl+Shift+P");
        assert_eq!(map.short_keys_of(&Command::Find), "Ctrl+K", "where there is little room");
        let place = |words| map.bindings().iter().position(|binding| binding.key == key(words));
        assert!(place("Ctrl+Shift+S") < place("Ctrl+S"));
        assert!(place("Shift+←") < place("←"));
    }
}
