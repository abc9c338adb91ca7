//! A query as text: what is printed reads back as the same query.

use std::fmt;

use super::{Bound, Filter, RunQuery, Term};

impl fmt::Display for RunQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, term) in self.terms.iter().enumerate() {
            let space = if number == 0 { "" } else { " " };
            write!(f, "{space}{term}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.negated {
            f.write_str("-")?;
        }
        self.filter.fmt(f)
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Self::Text(texts) = self
            && let [text] = texts.as_slice()
        {
            return f.write_str(&word(text));
        }
        write!(f, "{}:", self.key().word())?;
        match self {
            Self::State(states) => list(f, states.iter().map(|state| state.word().to_owned())),
            Self::Trigger(kinds) => list(f, kinds.iter().map(|kind| kind.word().to_owned())),
            Self::Since(when) | Self::Until(when) => write!(f, "{when}"),
            Self::Workflow(texts)
            | Self::Task(texts)
            | Self::Failed(texts)
            | Self::Text(texts)
            | Self::Id(texts) => list(f, texts.iter().map(|text| value(text))),
            Self::Took(bound, span) => write!(f, "{bound}{span}"),
        }
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Longer => ">",
            Self::AtLeast => ">=",
            Self::Shorter => "<",
            Self::AtMost => "<=",
        })
    }
}

fn list(f: &mut fmt::Formatter<'_>, values: impl Iterator<Item = String>) -> fmt::Result {
    for (number, value) in values.enumerate() {
        let comma = if number == 0 { "" } else { "," };
        write!(f, "{comma}{value}")?;
    }
    Ok(())
}

/// A value after a key.
pub(super) fn value(text: &str) -> String {
    let plain =
        !text.is_empty() && !text.contains([',', '"']) && !text.contains(char::is_whitespace);
    if plain { text.to_owned() } else { quoted(text) }
}

/// A text without a key.
pub(super) fn word(text: &str) -> String {
    let plain = !text.is_empty()
        && !text.contains(['"', ':'])
        && !text.starts_with('-')
        && !text.contains(char::is_whitespace);
    if plain { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
