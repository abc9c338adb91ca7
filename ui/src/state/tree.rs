//! Values in values as rows: what is open is laid out, and only when something changed.

use std::collections::BTreeSet;

use serde_json::Value;

/// So much of a text stands in a row.
const SHOWN: usize = 400;
/// A table has no more columns, and no more cells: each object may have members of its own.
const COLUMNS: usize = 60;
const CELLS: usize = 200_000;

/// Which rows are open, and the rows.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    /// Paths of what was opened, or closed where it is open from the start.
    turned: BTreeSet<String>,
    rows: Vec<TreeRow>,
    /// What the rows were made of.
    of: Option<String>,
}

/// Values with a title.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Section<'a> {
    /// In capitals above them; empty for none.
    pub(crate) title: &'a str,
    /// What stands there where there are none.
    pub(crate) none: &'a str,
    /// The values by their names, each with how an expression names it.
    pub(crate) values: &'a [(String, String, &'a Value)],
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TreeRow {
    /// How deep it lies; 0 for the values of a section.
    pub(crate) depth: usize,
    /// Its name, or its place in a list.
    pub(crate) name: String,
    /// What it is, as far as a row has room; of a list or an object, how much is in it.
    pub(crate) text: String,
    /// How an expression names it.
    pub(crate) path: String,
    pub(crate) kind: RowKind,
    /// Where its value is: the section, the value, then from member to member.
    at: Vec<usize>,
}

/// What a row stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowKind {
    /// The title of a section.
    Title,
    /// That a section is empty.
    None,
    /// A text.
    Text,
    /// A number.
    Number,
    /// True, false or null.
    Word,
    /// A list or an object.
    Many {
        /// What is in it is shown below.
        is_open: bool,
        /// It is a list of objects.
        is_table: bool,
    },
}

impl Tree {
    /// The rows of these values; `of` tells whether they are others than before.
    pub(crate) fn update(&mut self, of: &str, sections: &[Section<'_>]) {
        if self.of.as_deref() == Some(of) {
            return;
        }
        self.of = Some(of.to_owned());
        self.rows.clear();
        for (nth, section) in sections.iter().enumerate() {
            if !section.title.is_empty() {
                self.rows.push(TreeRow::plain(section.title, RowKind::Title));
            }
            if section.values.is_empty() {
                self.rows.push(TreeRow::plain(section.none, RowKind::None));
            }
            for (index, (name, path, value)) in section.values.iter().enumerate() {
                add(&mut self.rows, &self.turned, &[nth, index], name.clone(), path, value);
            }
        }
    }

    pub(crate) fn rows(&self) -> &[TreeRow] {
        &self.rows
    }

    /// Opens or closes what has this path.
    pub(crate) fn turn(&mut self, path: &str) {
        if !self.turned.remove(path) {
            self.turned.insert(path.to_owned());
        }
        self.of = None;
    }
}

impl TreeRow {
    fn plain(name: &str, kind: RowKind) -> Self {
        let (text, path) = (String::new(), String::new());
        Self { depth: 0, name: name.to_owned(), text, path, kind, at: Vec::new() }
    }
}

/// The value that stands in a row.
pub(crate) fn value_of<'a>(sections: &[Section<'a>], row: &TreeRow) -> Option<&'a Value> {
    let (section, rest) = row.at.split_first()?;
    let (first, rest) = rest.split_first()?;
    let mut value = sections.get(*section)?.values.get(*first)?.2;
    for nth in rest {
        value = match value {
            Value::Array(list) => list.get(*nth)?,
            Value::Object(map) => map.values().nth(*nth)?,
            _ => return None,
        };
    }
    Some(value)
}

/// A list of objects as a table: the names of all members, then a row each. What is too much for it ends in "…".
pub(crate) fn table_of(value: &Value) -> Option<Vec<Vec<String>>> {
    let Value::Array(list) = value else { return None };
    let mut names: Vec<&String> = Vec::new();
    let mut has_more = false;
    for element in list {
        for name in element.as_object()?.keys() {
            if names.contains(&name) {
                continue;
            }
            match names.len() < COLUMNS {
                true => names.push(name),
                false => has_more = true,
            }
        }
    }
    let cell = |value: Option<&Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let more = || "…".to_owned();
    let head = names.iter().map(|name| (*name).clone()).chain(has_more.then(more)).collect();
    let most = CELLS / names.len().max(1);
    let rows = list.iter().take(most).map(|element| {
        names.iter().map(|name| cell(element.get(name.as_str()))).collect::<Vec<_>>()
    });
    let rest = (list.len() > most).then(|| vec![more()]);
    Some(std::iter::once(head).chain(rows).chain(rest).collect())
}

fn add(
    rows: &mut Vec<TreeRow>,
    turned: &BTreeSet<String>,
    at: &[usize],
    name: String,
    path: &str,
    value: &Value,
) {
    let (text, kind) = match value {
        Value::String(text) => (shortened(text), RowKind::Text),
        Value::Number(number) => (number.to_string(), RowKind::Number),
        Value::Bool(word) => (word.to_string(), RowKind::Word),
        Value::Null => ("null".to_owned(), RowKind::Word),
        Value::Array(list) => {
            let is_table = !list.is_empty() && list.iter().all(Value::is_object);
            let text = crate::words::count(list.len(), "item", "items");
            (text, RowKind::Many { is_open: turned.contains(path), is_table })
        }
        Value::Object(map) => {
            let text = crate::words::count(map.len(), "member", "members");
            (text, RowKind::Many { is_open: turned.contains(path), is_table: false })
        }
    };
    let below = |nth| [at, &[nth]].concat();
    let depth = at.len() - 2;
    rows.push(TreeRow { depth, name, text, path: path.to_owned(), kind, at: at.to_vec() });
    if !matches!(kind, RowKind::Many { is_open: true, .. }) {
        return;
    }
    match value {
        Value::Array(list) => {
            for (index, value) in list.iter().enumerate() {
                let path = format!("{path}[{index}]");
                add(rows, turned, &below(index), index.to_string(), &path, value);
            }
        }
        Value::Object(map) => {
            for (index, (name, value)) in map.iter().enumerate() {
                add(rows, turned, &below(index), name.clone(), &member(path, name), value);
            }
        }
        _ => {}
    }
}

/// `a.b`, or `a["b c"]` where the name is none that an expression can spell.
pub(crate) fn member(path: &str, name: &str) -> String {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    match is_plain && !name.is_empty() {
        true if path.is_empty() => name.to_owned(),
        true => format!("{path}.{name}"),
        false => format!("{path}[{name:?}]"),
    }
}

fn shortened(text: &str) -> String {
    let one_line: String =
        text.chars().take(SHOWN).map(|c| if c.is_control() { ' ' } else { c }).collect();
    match text.chars().nth(SHOWN) {
        Some(_) => format!("{one_line}…"),
        None => one_line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rows(tree: &mut Tree, value: &Value) -> Vec<String> {
        let path = "tasks.a.outputs.v".to_owned();
        let values = [("v".to_owned(), path, value)];
        let section = Section { title: "OUTPUTS", none: "", values: &values };
        tree.update("same", &[section]);
        let line = |row: &TreeRow| format!("{}{}: {}", " ".repeat(row.depth), row.name, row.text);
        tree.rows().iter().map(line).collect()
    }

    #[test]
    fn what_is_open_shows_what_is_in_it() {
        let value = json!({"list": [1, "two\nlines"], "a b": null});
        let mut tree = Tree::default();
        assert_eq!(rows(&mut tree, &value), ["OUTPUTS: ", "v: 2 members"]);
        tree.turn("tasks.a.outputs.v");
        tree.turn("tasks.a.outputs.v.list");
        let shown = rows(&mut tree, &value);
        let expected = [
            "OUTPUTS: ",
            "v: 2 members",
            " a b: null",
            " list: 2 items",
            "  0: 1",
            "  1: two lines",
        ];
        assert_eq!(shown, expected);
        let paths: Vec<_> = tree.rows().iter().map(|row| row.path.as_str()).collect();
        assert_eq!(paths[5], "tasks.a.outputs.v.list[1]");
        assert_eq!(paths[2], "tasks.a.outputs.v[\"a b\"]");
        let values = [(String::new(), String::new(), &value)];
        let sections = [Section { title: "", none: "", values: &values }];
        assert_eq!(value_of(&sections, &tree.rows()[5]), Some(&json!("two\nlines")));
        assert_eq!(value_of(&sections, &tree.rows()[2]), Some(&Value::Null));
        assert_eq!(value_of(&sections, &tree.rows()[0]), None);
        tree.turn("tasks.a.outputs.v");
        assert_eq!(rows(&mut tree, &value).len(), 2);
    }

    #[test]
    fn a_list_of_objects_is_a_table() {
        let table = table_of(&json!([{"a": 1, "b": "x"}, {"b": null, "c": [2]}])).unwrap();
        assert_eq!(table, [vec!["a", "b", "c"], vec!["1", "x", ""], vec!["", "", "[2]"]]);
        assert_eq!(table_of(&json!([{"a": 1}, 2])), None);
    }

    #[test]
    fn a_table_has_a_bound() {
        let each = (0..20_000).map(|at| json!({ format!("k{at}"): at }));
        let table = table_of(&Value::Array(each.collect())).unwrap();
        assert_eq!((table[0].len(), table[0][COLUMNS].as_str()), (COLUMNS + 1, "…"));
        assert!(table.iter().map(Vec::len).sum::<usize>() <= CELLS + COLUMNS + 2);
        assert_eq!(table.last().unwrap(), &["…"]);
    }
}
