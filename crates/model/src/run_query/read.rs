//! Reads a query. What is not understood is told with its place, and the rest is read all the same.

use std::ops::Range;

use super::scan::{Raw, Value, scan};
use super::{Bound, Filter, Key, MAX_QUERY, Parsed, QueryProblem, Term, When};
use crate::event::{RunState, TriggerKind};
use crate::suggest::{did_you_mean, listed};

/// Reads a query.
#[must_use]
pub fn parse(text: &str) -> Parsed {
    let mut parsed = Parsed::default();
    if text.len() > MAX_QUERY {
        let message = format!("the query has {} bytes; at most {MAX_QUERY} are read", text.len());
        parsed.problems.push(QueryProblem {
            at: 0..text.len(),
            message,
            help: "ask for less at once".to_owned(),
        });
        return parsed;
    }
    for raw in scan(text) {
        match term(text, &raw) {
            Ok(term) => {
                parsed.query.terms.push(term);
                parsed.spans.push(raw.span);
            }
            Err(problem) => parsed.problems.push(problem),
        }
    }
    parsed
}

fn term(text: &str, raw: &Raw) -> Result<Term, QueryProblem> {
    if let Some(at) = raw.values.iter().find_map(|value| value.unclosed) {
        return Err(QueryProblem {
            at: at..raw.span.end,
            message: "the quotation mark is not closed".to_owned(),
            help: "write another \" behind the text".to_owned(),
        });
    }
    let key = match &raw.key {
        None => Key::Text,
        Some(span) => Key::from_word(&text[span.clone()])
            .ok_or_else(|| unknown_key(&text[span.clone()], span.clone()))?,
    };
    if let Some(empty) = raw.values.iter().find(|value| value.text.is_empty()) {
        return Err(QueryProblem {
            at: raw.span.clone(),
            message: match (raw.key.is_some(), empty.span.is_empty()) {
                (true, true) => format!("`{}:` has no value", key.word()),
                _ => "the quotation marks are empty".to_owned(),
            },
            help: example(key).to_owned(),
        });
    }
    let filter = filter(key, &raw.values)?;
    if raw.negated && matches!(key, Key::Since | Key::Until | Key::Took) {
        return Err(QueryProblem {
            at: raw.span.clone(),
            message: format!("`{}:` cannot have a minus", key.word()),
            help: match key {
                Key::Since => "runs of before are `until:`",
                Key::Until => "runs of after are `since:`",
                _ => "write the opposite, such as `took:<5m`",
            }
            .to_owned(),
        });
    }
    Ok(Term { negated: raw.negated, filter })
}

fn filter(key: Key, values: &[Value]) -> Result<Filter, QueryProblem> {
    let texts = || values.iter().map(|value| value.text.clone()).collect();
    Ok(match key {
        Key::State => {
            Filter::State(words(key, values, state_of, RunState::ALL.map(RunState::word))?)
        }
        Key::Trigger => {
            let kinds = TriggerKind::ALL.map(TriggerKind::word);
            let kind_of =
                |word: &str| TriggerKind::ALL.into_iter().find(|kind| kind.word() == word);
            Filter::Trigger(words(key, values, kind_of, kinds)?)
        }
        Key::Since | Key::Until => {
            let value = only(key, values)?;
            let when = When::read(&value.text).ok_or_else(|| QueryProblem {
                at: value.span.clone(),
                message: format!("`{}` is not a time", value.text),
                help:
                    "write how long ago (90m, 6h, 2d, 1w), today, yesterday, a date (2026-11-01) \
                       or a date with a time (2026-11-01T06:00)"
                        .to_owned(),
            })?;
            if key == Key::Since { Filter::Since(when) } else { Filter::Until(when) }
        }
        Key::Took => {
            let (bound, span) = took(only(key, values)?)?;
            Filter::Took(bound, span)
        }
        Key::Id => {
            for value in values {
                let is_hex = value.text.bytes().all(|b| b.is_ascii_hexdigit());
                if !is_hex || value.text.len() > 16 {
                    return Err(QueryProblem {
                        at: value.span.clone(),
                        message: format!("`{}` is not the start of a run's id", value.text),
                        help: "ids are 16 digits from 0 to 9 and a to f, such as `id:8f2c`"
                            .to_owned(),
                    });
                }
            }
            Filter::Id(values.iter().map(|value| value.text.to_ascii_lowercase()).collect())
        }
        Key::Workflow => Filter::Workflow(texts()),
        Key::Task => Filter::Task(texts()),
        Key::Failed => Filter::Failed(texts()),
        Key::Text => Filter::Text(texts()),
    })
}

fn state_of(word: &str) -> Option<RunState> {
    let word = if word == "cancelled" { "canceled" } else { word };
    RunState::from_word(word)
}

/// Values that are words of a closed list.
fn words<T, const N: usize>(
    key: Key,
    values: &[Value],
    read: impl Fn(&str) -> Option<T>,
    known: [&'static str; N],
) -> Result<Vec<T>, QueryProblem> {
    let mut read_values = Vec::with_capacity(values.len());
    for value in values {
        let lower = value.text.to_ascii_lowercase();
        let known_value = read(&lower).ok_or_else(|| QueryProblem {
            at: value.span.clone(),
            message: format!(
                "`{}` is no {}{}",
                value.text,
                key.word(),
                did_you_mean(&value.text, known)
            ),
            help: format!("write one of {}, or several with commas", listed(known)),
        })?;
        read_values.push(known_value);
    }
    Ok(read_values)
}

fn took(value: &Value) -> Result<(Bound, crate::time::Span), QueryProblem> {
    let text = value.text.as_str();
    let problem = |message: String| QueryProblem {
        at: value.span.clone(),
        message,
        help: "write `took:>5m`, `took:<10s` or both".to_owned(),
    };
    let bounds = [
        (">=", Bound::AtLeast),
        ("<=", Bound::AtMost),
        (">", Bound::Longer),
        ("<", Bound::Shorter),
    ];
    let (bound, rest) = bounds
        .into_iter()
        .find_map(|(sign, bound)| Some((bound, text.strip_prefix(sign)?)))
        .ok_or_else(|| problem(format!("`{text}` does not say whether longer or shorter")))?;
    let span = rest.parse().map_err(|error: crate::time::SpanError| problem(error.to_string()))?;
    Ok((bound, span))
}

/// The value of a key that takes only one.
fn only(key: Key, values: &[Value]) -> Result<&Value, QueryProblem> {
    match values {
        [first] => Ok(first),
        [first, .., last] => Err(QueryProblem {
            at: first.span.start..last.span.end,
            message: format!("`{}:` takes one value", key.word()),
            help: example(key).to_owned(),
        }),
        [] => Err(QueryProblem {
            at: 0..0,
            message: format!("`{}:` has no value", key.word()),
            help: example(key).to_owned(),
        }),
    }
}

fn unknown_key(word: &str, at: Range<usize>) -> QueryProblem {
    let known = Key::ALL.map(Key::word);
    QueryProblem {
        at,
        message: format!("`{word}:` is not known here{}", did_you_mean(word, known)),
        help: format!(
            "write one of {}; text that has a colon stands in quotation marks",
            listed(known)
        ),
    }
}

fn example(key: Key) -> &'static str {
    match key {
        Key::State => "for example `state:failed,canceled`",
        Key::Workflow => "for example `workflow:daily_sales` or `workflow:daily_*`",
        Key::Trigger => "for example `trigger:schedule`",
        Key::Since => "for example `since:2d`, `since:yesterday` or `since:2026-11-01`",
        Key::Until => "for example `until:6h`, `until:yesterday` or `until:2026-11-01`",
        Key::Task => "for example `task:load`",
        Key::Failed => "for example `failed:load`",
        Key::Text => "for example `\"no such table\"`",
        Key::Id => "for example `id:8f2c`",
        Key::Took => "for example `took:>5m`",
    }
}
