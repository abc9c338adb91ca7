//! What can be written next in a query.

use std::ops::Range;

use super::Key;
use super::print::value;
use super::scan::scan;
use crate::event::{RunState, TriggerKind};

/// The names that values can be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Known<'a> {
    /// Names of workflows.
    pub workflows: &'a [&'a str],
    /// Names of tasks.
    pub tasks: &'a [&'a str],
}

/// Something that can be written at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// What of the text it replaces, in bytes.
    pub replaces: Range<usize>,
    /// What is written there.
    pub text: String,
    /// What it means, in a few words; empty where it says that itself.
    pub words: &'static str,
}

/// The most that are offered.
const MOST: usize = 12;

/// What can be written at the cursor, which stands before the byte `cursor`. Nothing where all is written.
#[must_use]
pub fn complete(text: &str, cursor: usize, known: Known<'_>) -> Vec<Completion> {
    if !text.is_char_boundary(cursor) {
        return Vec::new();
    }
    let raw = scan(text).into_iter().find(|raw| raw.span.start <= cursor && cursor <= raw.span.end);
    let Some(raw) = raw else { return keys(cursor..cursor, "") };
    let Some(key) = &raw.key else {
        let start = raw.span.start + usize::from(raw.negated);
        if cursor < start || text[start..].starts_with('"') {
            return Vec::new();
        }
        return keys(start..raw.span.end, &text[start..cursor]);
    };
    if cursor <= key.end {
        return keys(key.start..key.end + 1, &text[key.start..cursor.max(key.start)]);
    }
    let Some(key) = Key::from_word(&text[key.clone()]) else { return Vec::new() };
    let at = raw.values.iter().find(|value| value.span.start <= cursor && cursor <= value.span.end);
    let Some(at) = at else { return Vec::new() };
    let typed = text[at.span.start..cursor].trim_start_matches('"');
    let others: Vec<&str> = raw
        .values
        .iter()
        .filter(|other| other.span != at.span)
        .map(|other| other.text.as_str())
        .collect();
    let mut found: Vec<Completion> = values(key, known)
        .into_iter()
        .filter(|(word, _)| fits(word, typed) && *word != at.text && !others.contains(word))
        .map(|(word, words)| Completion { replaces: at.span.clone(), text: value(word), words })
        .collect();
    found.sort_by_key(|found| !found.text.starts_with(typed));
    found.truncate(MOST);
    found
}

/// What stands here may be the start of a key.
fn keys(replaces: Range<usize>, typed: &str) -> Vec<Completion> {
    let lower = typed.to_ascii_lowercase();
    Key::ALL
        .into_iter()
        .filter(|key| key.word().starts_with(&lower))
        .map(|key| Completion {
            replaces: replaces.clone(),
            text: format!("{}:", key.word()),
            words: key.words(),
        })
        .collect()
}

fn fits(word: &str, typed: &str) -> bool {
    word.to_lowercase().contains(&typed.to_lowercase())
}

fn values<'a>(key: Key, known: Known<'a>) -> Vec<(&'a str, &'static str)> {
    let plain = |words: &[&'a str]| words.iter().map(|word| (*word, "")).collect();
    match key {
        Key::State => RunState::ALL.into_iter().rev().map(|state| (state.word(), "")).collect(),
        Key::Trigger => {
            TriggerKind::ALL.into_iter().map(|kind| (kind.word(), trigger_words(kind))).collect()
        }
        Key::Since | Key::Until => vec![
            ("1h", "an hour ago"),
            ("6h", "six hours ago"),
            ("today", ""),
            ("yesterday", ""),
            ("2d", "two days ago"),
            ("7d", "a week ago"),
            ("30d", "a month ago"),
        ],
        Key::Took => vec![
            (">10s", "longer than ten seconds"),
            (">1m", "longer than a minute"),
            (">10m", "longer than ten minutes"),
            (">1h", "longer than an hour"),
            ("<1s", "shorter than a second"),
            ("<1m", "shorter than a minute"),
        ],
        Key::Workflow => plain(known.workflows),
        Key::Task | Key::Failed => plain(known.tasks),
        Key::Text | Key::Id => Vec::new(),
    }
}

fn trigger_words(kind: TriggerKind) -> &'static str {
    match kind {
        TriggerKind::Manual => "a person",
        TriggerKind::Schedule => "the clock",
        TriggerKind::Event => "a file, or the end of another run",
        TriggerKind::Api => "a call",
        TriggerKind::Backfill => "a backfill",
        TriggerKind::Parent => "a task of another run",
    }
}
