//! Colours of code: which parts are keywords, texts, numbers, comments.
//!
//! The grammars are read when the first code is shown. What was worked out for a text is kept while it is shown.

use std::ops::Range;
use std::sync::{Arc, LazyLock};

use egui::cache::{ComputerMut, FrameCache};
use egui::text::{LayoutJob, LayoutSection, TextFormat};
use egui::{Color32, FontId, Ui};
use syntect::parsing::{ParseState, Scope, ScopeStack, SyntaxSet};

use crate::theme::{self, Palette};

/// Longer texts stay plain: working them out would be felt at every key.
const MOST_BYTES: usize = 128 * 1024;

/// A language that is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Language {
    /// POSIX shell and its kin.
    Shell,
    Python,
    Sql,
    Json,
}

/// What a part of code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ink {
    Plain,
    Keyword,
    Text,
    Number,
    Comment,
    Function,
    Variable,
}

impl Language {
    /// The language of a field's declaration: `sh`, `python`, `sql`, `json`.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        match word {
            "sh" => Some(Self::Shell),
            "python" => Some(Self::Python),
            "sql" => Some(Self::Sql),
            "json" => Some(Self::Json),
            _ => None,
        }
    }

    /// One step of indentation where a text has none yet.
    pub(crate) fn indent(self) -> &'static str {
        match self {
            Self::Python => "    ",
            Self::Shell | Self::Sql | Self::Json => "  ",
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Shell => "sh",
            Self::Python => "py",
            Self::Sql => "sql",
            Self::Json => "json",
        }
    }
}

/// Whether a text gets colours.
pub(super) fn is_coloured(text: &str) -> bool {
    (1..=MOST_BYTES).contains(&text.len())
}

/// The text with its colours, not broken into lines yet.
pub(super) fn highlighted(ui: &Ui, text: &str, language: Option<Language>) -> Arc<LayoutJob> {
    type Cache = FrameCache<Arc<LayoutJob>, Highlighter>;
    let key = (text, language, Palette::of(ui).dark);
    ui.memory_mut(|memory| Arc::clone(memory.caches.cache::<Cache>().get(key)))
}

#[derive(Default)]
struct Highlighter;

impl ComputerMut<(&str, Option<Language>, bool), Arc<LayoutJob>> for Highlighter {
    fn compute(&mut self, key: (&str, Option<Language>, bool)) -> Arc<LayoutJob> {
        let (text, language, dark) = key;
        let theme = if dark { egui::Theme::Dark } else { egui::Theme::Light };
        let p = Palette::by_theme(theme);
        let parts = match language.filter(|_| is_coloured(text)) {
            Some(language) => parts(text, language),
            None => vec![(0..text.len(), Ink::Plain)],
        };
        let font = theme::mono(theme::SMALL);
        let section = |(range, ink): (Range<usize>, Ink)| section(p, range, ink, font.clone());
        Arc::new(LayoutJob {
            text: text.to_owned(),
            sections: parts.into_iter().map(section).collect(),
            ..LayoutJob::default()
        })
    }
}

fn section(p: &Palette, range: Range<usize>, ink: Ink, font: FontId) -> LayoutSection {
    let format = TextFormat { font_id: font, color: color(p, ink), ..TextFormat::default() };
    LayoutSection { leading_space: 0.0, byte_range: range.start.into()..range.end.into(), format }
}

fn color(p: &Palette, ink: Ink) -> Color32 {
    match ink {
        Ink::Plain => p.text,
        Ink::Keyword => p.waiting,
        Ink::Text => p.ok,
        Ink::Number | Ink::Variable => p.retry,
        Ink::Comment => p.faint,
        Ink::Function => p.accent,
    }
}

static GRAMMARS: LazyLock<SyntaxSet> = LazyLock::new(SyntaxSet::load_defaults_newlines);

/// What the scopes of the grammars mean here; the first that fits the innermost scope counts.
static INKS: LazyLock<Vec<(Scope, Ink)>> = LazyLock::new(|| {
    [
        ("comment", Ink::Comment),
        ("constant.character.escape", Ink::Number),
        ("string", Ink::Text),
        ("constant", Ink::Number),
        ("keyword.operator", Ink::Plain),
        ("keyword", Ink::Keyword),
        ("storage", Ink::Keyword),
        ("entity.name.function", Ink::Function),
        ("support.function", Ink::Function),
        ("variable.parameter.option", Ink::Plain),
        ("variable.function", Ink::Function),
        ("variable.other.readwrite", Ink::Variable),
        ("punctuation.definition.variable", Ink::Variable),
    ]
    .into_iter()
    .filter_map(|(scope, ink)| Some((Scope::new(scope).ok()?, ink)))
    .collect()
});

/// The whole text in parts, in order and without gaps.
fn parts(text: &str, language: Language) -> Vec<(Range<usize>, Ink)> {
    let mut parts: Vec<(Range<usize>, Ink)> = Vec::new();
    let mut push = |range: Range<usize>, ink: Ink| match parts.last_mut() {
        Some((last, same)) if *same == ink => last.end = range.end,
        _ if range.is_empty() => {}
        _ => parts.push((range, ink)),
    };
    let Some(syntax) = GRAMMARS.find_syntax_by_extension(language.extension()) else {
        return vec![(0..text.len(), Ink::Plain)];
    };
    let mut state = ParseState::new(syntax);
    let mut stack = ScopeStack::new();
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let mut at = 0;
        // Grammars expect lines to end; the last one may not.
        let ended = if line.ends_with('\n') { line.to_owned() } else { format!("{line}\n") };
        // A grammar that fails leaves the line as it is.
        for (index, change) in state.parse_line(&ended, &GRAMMARS).unwrap_or_default() {
            let index = index.min(line.len());
            push(start + at..start + index, ink_of(&stack));
            at = index;
            if stack.apply(&change).is_err() {
                break;
            }
        }
        push(start + at..start + line.len(), ink_of(&stack));
        start += line.len();
    }
    parts
}

fn ink_of(stack: &ScopeStack) -> Ink {
    let meaning = |scope: &Scope| {
        INKS.iter().find(|(prefix, _)| prefix.is_prefix_of(*scope)).map(|(_, ink)| *ink)
    };
    stack.as_slice().iter().rev().find_map(meaning).unwrap_or(Ink::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ink_at(text: &str, language: Language, part: &str) -> Ink {
        let at = text.find(part).unwrap();
        parts(text, language).into_iter().find(|(range, _)| range.contains(&at)).unwrap().1
    }

    #[test]
    fn parts_are_what_they_look_like() {
        let shell = "# why\nif true; then echo \"x $HOME\"; fi\n";
        assert_eq!(ink_at(shell, Language::Shell, "# why"), Ink::Comment);
        assert_eq!(ink_at(shell, Language::Shell, "if"), Ink::Keyword);
        assert_eq!(ink_at("for x in 1; do\ndone", Language::Shell, "done"), Ink::Keyword);
        assert_eq!(ink_at(shell, Language::Shell, "x "), Ink::Text);
        assert_eq!(ink_at(shell, Language::Shell, "HOME"), Ink::Variable);
        let python = "def load(rows):\n    return len(rows) + 1\n";
        assert_eq!(ink_at(python, Language::Python, "return"), Ink::Keyword);
        assert_eq!(ink_at(python, Language::Python, "load"), Ink::Function);
        assert_eq!(ink_at(python, Language::Python, "1"), Ink::Number);
        assert_eq!(ink_at("SELECT * FROM t", Language::Sql, "SELECT"), Ink::Keyword);
        assert_eq!(ink_at("{\"a\": true}", Language::Json, "true"), Ink::Number);
    }

    #[test]
    fn the_parts_are_the_whole_text() {
        for text in ["", "\n", "echo ä\n\necho \"", "cat <<EOF\n${x}\nEOF"] {
            let mut end = 0;
            for (range, _) in parts(text, Language::Shell) {
                assert_eq!(range.start, end);
                end = range.end;
            }
            assert_eq!(end, text.len(), "{text:?}");
        }
    }
}
