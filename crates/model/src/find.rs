//! Finding tasks by what is in them: words, and what a task is (`is:invalid`, `is:disabled`, `kind:shell`).
//!
//! The same in the workflow in view and over all documents. Knows no order of what is found, and no files.

use serde_json::Value;

use crate::document::Workflow;
use crate::write;

/// What is looked for: every word has to fit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// In the order in which they were typed.
    pub words: Vec<Word>,
}

/// One word of a query, in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// It stands in a text.
    Text(String),
    /// The task's kind begins so.
    Kind(String),
    /// The task has an error.
    Invalid,
    /// The task is switched off.
    Disabled,
}

impl Query {
    /// Reads what was typed. Any text is a query.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let text = text.to_lowercase();
        let words = text.split_whitespace().map(|word| match word.split_once(':') {
            Some(("is", "invalid")) => Word::Invalid,
            Some(("is", "disabled")) => Word::Disabled,
            Some(("kind", kind)) => Word::Kind(kind.to_owned()),
            _ => Word::Text(word.to_owned()),
        });
        Self { words: words.collect() }
    }

    /// The words that stand in texts.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.words.iter().filter_map(|word| match word {
            Word::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Whether a task is what the words ask for that look at no text.
    #[must_use]
    pub fn admits(&self, kind: &str, is_invalid: impl Fn() -> bool, is_disabled: bool) -> bool {
        self.words.iter().all(|word| match word {
            Word::Text(_) => true,
            Word::Kind(wanted) => kind.to_lowercase().starts_with(wanted),
            Word::Invalid => is_invalid(),
            Word::Disabled => is_disabled,
        })
    }

    /// Whether it asks for what only a task can be.
    #[must_use]
    pub fn is_of_tasks(&self) -> bool {
        self.words.iter().any(|word| !matches!(word, Word::Text(_)))
    }
}

/// A text of a document: where it stands, such as `spec.script`, and what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundText {
    /// Its path; within its task where it is one of a task.
    pub field: String,
    /// What it says.
    pub text: String,
}

/// The texts of a workflow: those of itself, and those of each task in the order of the document. Keys are no texts.
#[must_use]
pub fn texts_of(workflow: &Workflow) -> (Vec<FoundText>, Vec<Vec<FoundText>>) {
    let all = write::tree(workflow).to_value();
    let (mut own, mut of_tasks) = (Vec::new(), Vec::new());
    let Value::Object(members) = &all else { return (own, of_tasks) };
    for (key, value) in members {
        match (key.as_str(), value) {
            ("tasks", Value::Array(tasks)) => {
                for task in tasks {
                    let mut texts = Vec::new();
                    collect(task, &mut String::new(), &mut texts);
                    of_tasks.push(names_first(texts));
                }
            }
            // How the graph hangs together and where cards lie is not read by people.
            ("millrace" | "dependencies", _) => {}
            ("layout", layout) => {
                for (list, text) in [("groups", "name"), ("notes", "text")] {
                    let items = layout.get(list).and_then(Value::as_array).into_iter().flatten();
                    for item in items {
                        if let Some(text) = item.get(text) {
                            collect(text, &mut format!("layout.{list}"), &mut own);
                        }
                    }
                }
            }
            (key, value) => collect(value, &mut key.to_owned(), &mut own),
        }
    }
    (names_first(own), of_tasks)
}

/// What it is called is what people look for first.
fn names_first(mut texts: Vec<FoundText>) -> Vec<FoundText> {
    texts.sort_by_key(|text| match text.field.as_str() {
        "title" => 0,
        "name" => 1,
        "description" => 2,
        _ => 3,
    });
    texts
}

fn collect(value: &Value, path: &mut String, texts: &mut Vec<FoundText>) {
    let length = path.len();
    let mut put = |text: String| texts.push(FoundText { field: path.clone(), text });
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                if length > 0 {
                    path.push('.');
                }
                path.push_str(key);
                collect(member, path, texts);
                path.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                path.push_str(&format!("[{index}]"));
                collect(item, path, texts);
                path.truncate(length);
            }
        }
        Value::String(text) => put(text.clone()),
        Value::Null => {}
        other => put(other.to_string()),
    }
}

/// Where a word stands first in a text: its line, and from which to which character of that line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub line_number: u32,
    /// Without the white space around it, and cut where it is long.
    pub line: String,
    /// The first character of the word, from 0.
    pub from: u32,
    /// The character after it.
    pub to: u32,
}

/// Of a long line so many characters are shown.
const MOST_SHOWN: usize = 160;
/// So many of them stand before what was found.
const BEFORE: usize = 40;

/// Finds a word, which is in lower case.
#[must_use]
pub fn place_of(text: &str, word: &str) -> Option<Place> {
    text.lines().enumerate().find_map(|(number, line)| {
        // In lower case a letter may be several: what is found there is led back to the letters as they were written.
        let mut lower = String::with_capacity(line.len());
        let mut starts = Vec::new();
        for (index, letter) in line.chars().enumerate() {
            for small in letter.to_lowercase() {
                starts.push((lower.len(), index));
                lower.push(small);
            }
        }
        let at = lower.find(word)?;
        let char_at = |byte: usize| {
            let next = starts.partition_point(|(start, _)| *start <= byte);
            starts.get(next.saturating_sub(1)).map_or(0, |(_, index)| *index)
        };
        let from = char_at(at);
        let to = if word.is_empty() { from } else { char_at(at + word.len() - 1) + 1 };
        let letters: Vec<char> = line.chars().collect();
        let blank = letters.iter().take_while(|letter| letter.is_whitespace()).count().min(from);
        let begin =
            if to > blank + MOST_SHOWN { from.saturating_sub(BEFORE).max(blank) } else { blank };
        let end = letters.len().min(begin + MOST_SHOWN.max(to - begin));
        let shown: String = letters[begin..end].iter().collect();
        let shown = shown.trim_end();
        let (mut line, mut shift) = (String::new(), 0);
        if begin > blank {
            line.push('…');
            shift = 1;
        }
        line.push_str(shown);
        if end < letters.len() {
            line.push('…');
        }
        let number_of = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
        Some(Place {
            line_number: number_of(number + 1),
            line,
            from: number_of(from - begin + shift),
            to: number_of(to - begin + shift),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Document;

    #[test]
    fn words_are_read_as_people_type_them() {
        let query = Query::read(" Get IT  kind:SQL is:invalid is:odd a:b ");
        let text = |word: &str| Word::Text(word.to_owned());
        let expected = [
            text("get"),
            text("it"),
            Word::Kind("sql".to_owned()),
            Word::Invalid,
            text("is:odd"),
            text("a:b"),
        ];
        assert_eq!(query.words, expected);
        assert!(query.is_of_tasks() && !Query::read("a b").is_of_tasks());
        assert!(Query::read("kind:s").admits("SQL", || false, false));
        assert!(!query.admits("sql", || false, true));
    }

    #[test]
    fn texts_say_where_they_stand() {
        let text = br#"{"millrace": 1, "name": "w", "title": "A title",
            "params": [{"name": "day", "type": "string", "default": "today"}],
            "tasks": [{"name": "fetch", "kind": "shell", "env": {"URL": "x"}, "spec": {"script": "one\ntwo"}},
                {"name": "b", "kind": "noop", "timeout": "15m"}],
            "dependencies": [{"from": "fetch", "to": "b"}],
            "layout": {"notes": [{"at": [0, 0], "text": "Mind the gap"}]}}"#;
        let workflow = Document::parse(text).workflow.unwrap();
        let (own, tasks) = texts_of(&workflow);
        let own: Vec<_> = own.iter().map(|it| (it.field.as_str(), it.text.as_str())).collect();
        assert!(own.contains(&("title", "A title")), "{own:?}");
        assert!(own.contains(&("params[0].default", "today")), "{own:?}");
        assert!(own.contains(&("layout.notes", "Mind the gap")), "{own:?}");
        assert!(!own.iter().any(|(field, _)| field.starts_with("dependencies")));
        let fetch: Vec<_> = tasks[0].iter().map(|it| it.field.as_str()).collect();
        assert_eq!(fetch, ["name", "env.URL", "kind", "spec.script"]);
        assert!(tasks[1].iter().any(|it| it.text == "15m"));
    }

    #[test]
    fn a_place_is_a_line_and_letters_of_it() {
        let place = place_of("first\n  the Second LINE  \n", "line").unwrap();
        assert_eq!((place.line_number, place.line.as_str()), (2, "the Second LINE"));
        assert_eq!((place.from, place.to), (11, 15));
        assert_eq!(place_of("abc", "x"), None);
        // Letters that are longer in lower case, and such that are no letters of the alphabet.
        let place = place_of("İİ 每日 x", "每日").unwrap();
        assert_eq!((place.from, place.to), (3, 5));
        let place = place_of("İ", "i").unwrap();
        assert_eq!((place.from, place.to), (0, 1));
    }

    #[test]
    fn a_long_line_is_cut_around_what_was_found() {
        let line = format!("{}needle{}", "a".repeat(1_000), "b".repeat(1_000));
        let place = place_of(&line, "needle").unwrap();
        assert!(place.line.starts_with("…a") && place.line.ends_with("b…"), "{place:?}");
        let found: String = place.line.chars().skip(place.from as usize).take(6).collect();
        assert_eq!((found.as_str(), place.to - place.from), ("needle", 6));
        assert!(place.line.chars().count() < 170);
        let long = "n".repeat(500);
        let place = place_of(&format!("  {long}"), &long).unwrap();
        assert_eq!((place.from, place.to), (0, 500));
    }
}
