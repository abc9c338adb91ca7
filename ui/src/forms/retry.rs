//! Whether something that failed is tried again, how often and after how long.

use egui::Ui;
use millrace_model::document::{RetryOn, RetryPolicy};
use millrace_model::time::Span;

use super::controls::TextLook;
use super::form::{Form, Row};
use super::values::retry_words;
use crate::theme::{self, Palette};
use crate::widgets::{Field, chip, chips, wrapped};

/// Endings that can be tried again, with their words.
const ENDINGS: [(RetryOn, &str); 5] = [
    (RetryOn::Failed, "failed"),
    (RetryOn::Timeout, "timed out"),
    (RetryOn::Error, "could not run"),
    (RetryOn::Lost, "lost"),
    (RetryOn::Unknown, "unknown"),
];

/// Draws the rows of the policy at `path`. Says whether it changed. `inherited` is what holds where there is none.
pub(super) fn retry_ui(
    form: &mut Form,
    ui: &mut Ui,
    path: &str,
    policy: &mut Option<RetryPolicy>,
    inherited: Option<&RetryPolicy>,
) -> bool {
    let before = policy.clone();
    let fallback = inherited.cloned().unwrap_or_default();
    let mut next = before.clone().unwrap_or_else(|| fallback.clone());

    let help = "How often it is tried in all, the first try counted, until it succeeds.";
    let row = Row::new(path, "Tries", help).set(before.is_some()).head();
    let mut wants = before.is_some().then_some(i64::from(next.attempts));
    let reset = form.row(ui, &row, |form, ui| {
        let hint = fallback.attempts.to_string();
        let key = format!("{path}.attempts");
        let most = i64::from(u32::MAX);
        let from = i64::from(fallback.attempts);
        form.whole(ui, (&key, "Tries"), &mut wants, 1..=most, (from, &hint));
        form.problems_ui(ui, &key);
        let text = match (&before, inherited) {
            (Some(policy), _) => retry_words(policy),
            (None, Some(inherited)) => format!("From the workflow: {}", retry_words(inherited)),
            (None, None) => retry_words(&fallback),
        };
        let ink = Palette::of(ui).dim;
        wrapped(ui, &crate::app::sentence(&text), theme::sans(theme::SMALL), ink);
    });
    if let Some(attempts) = wants {
        next.attempts = u32::try_from(attempts).unwrap_or(u32::MAX);
    }
    if next.attempts > 1 && !(form.read_only && before.is_none()) {
        delays_ui(form, ui, path, &mut next);
        endings_ui(form, ui, path, &mut next);
    }
    let is_unset = wants.is_none() && before.is_some();
    *policy = if reset || is_unset || (inherited.is_none() && next == RetryPolicy::default()) {
        None
    } else if next != fallback || before.is_some() || wants.is_some() {
        Some(next)
    } else {
        None
    };
    *policy != before
}

fn delays_ui(form: &mut Form, ui: &mut Ui, path: &str, policy: &mut RetryPolicy) {
    ui.columns(2, |columns| {
        let key = format!("{path}.delay");
        let row = Row::new(&key, "Delay", "Before the second try.").set(policy.delay > Span::ZERO);
        let mut delay = (policy.delay > Span::ZERO).then_some(policy.delay);
        if form.row(&mut columns[0], &row, |form, ui| {
            form.duration(ui, &key, "Delay", &mut delay, "none");
        }) {
            delay = None;
        }
        policy.delay = delay.unwrap_or(Span::ZERO);

        let key = format!("{path}.backoff");
        let help = "From one delay to the next: 1 keeps it, 2 doubles it.";
        let is_set = (policy.backoff - 1.0).abs() > f64::EPSILON;
        let row = Row::new(&key, "Multiply delay by", help).set(is_set);
        let mut backoff = is_set.then_some(policy.backoff);
        if form.row(&mut columns[1], &row, |form, ui| {
            form.number(ui, (&key, "Multiply delay by"), &mut backoff, 1.0, "1");
        }) {
            backoff = None;
        }
        policy.backoff = backoff.unwrap_or(1.0);
    });
    let key = format!("{path}.max_delay");
    let row = Row::new(&key, "Longest delay", "However often it is multiplied.");
    if form.row(ui, &row.set(policy.max_delay.is_some()), |form, ui| {
        form.duration(ui, &key, "Longest delay", &mut policy.max_delay, "no limit");
    }) {
        policy.max_delay = None;
    }
    let key = format!("{path}.jitter");
    let help = "Each delay is changed by up to a fifth, so that many do not try again at once.";
    form.flag(ui, (&key, "Vary the delay a little", help), &mut policy.jitter, false);
}

fn endings_ui(form: &mut Form, ui: &mut Ui, path: &str, policy: &mut RetryPolicy) {
    let key = format!("{path}.on");
    let is_set = policy.on != RetryPolicy::default().on;
    let help = "The endings after which it is tried again.";
    let row = Row::new(&key, "After these endings", help).set(is_set);
    let reset = form.row(ui, &row, |form, ui| {
        chips(ui, |ui| {
            for (ending, word) in ENDINGS {
                let on = policy.on.contains(&ending);
                if chip(ui, word, on, !form.read_only).clicked() {
                    toggle(&mut policy.on, ending);
                }
            }
        });
    });
    if reset {
        policy.on = RetryPolicy::default().on;
    }
    let codes: Vec<i32> = exit_codes(&policy.on);
    let key = format!("{path}.on.exit");
    let help = "Beside the endings above: these exit codes are tried again, others are not.";
    let row = Row::new(&key, "And after exit codes", help).set(!codes.is_empty());
    let mut next = None;
    let reset = form.row(ui, &row, |form, ui| {
        let read_only = form.read_only;
        let look = TextLook { hint: "e.g. 75, 111", mono: true, reading: None };
        next = form.typed(
            ui,
            &key,
            &codes,
            (|codes: &Vec<i32>| codes_text(codes), read_codes),
            |ui, id, text, bad| {
                let field = Field::new(text, "Exit codes").hint(look.hint).mono(look.mono);
                field.bad(bad).read_only(read_only).id(id).show(ui)
            },
        );
    });
    let next = if reset { Some(Vec::new()) } else { next };
    if let Some(next) = next {
        policy.on.retain(|ending| !matches!(ending, RetryOn::Exit(_)));
        policy.on.extend(next.into_iter().map(RetryOn::Exit));
    }
}

/// Switches an ending on or off; the order is that of the chips, exit codes last.
fn toggle(on: &mut Vec<RetryOn>, ending: RetryOn) {
    if on.contains(&ending) {
        on.retain(|other| *other != ending);
    } else {
        on.push(ending);
    }
    on.sort_by_key(|ending| {
        ENDINGS.iter().position(|(known, _)| known == ending).unwrap_or(ENDINGS.len())
    });
}

fn exit_codes(on: &[RetryOn]) -> Vec<i32> {
    on.iter()
        .filter_map(|ending| match ending {
            RetryOn::Exit(code) => Some(*code),
            _ => None,
        })
        .collect()
}

fn codes_text(codes: &[i32]) -> String {
    codes.iter().map(i32::to_string).collect::<Vec<_>>().join(", ")
}

fn read_codes(text: &str) -> Result<Vec<i32>, String> {
    text.split([',', ' '])
        .filter(|part| !part.is_empty())
        .map(|part| match part.parse::<i32>() {
            Ok(code) if (0..=255).contains(&code) => Ok(code),
            _ => Err(format!("“{part}” is not an exit code from 0 to 255")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exit_codes_read_back() {
        assert_eq!(read_codes("75, 111"), Ok(vec![75, 111]));
        assert_eq!(codes_text(&[75, 111]), "75, 111");
        assert!(read_codes("256").unwrap_err().contains("255"));
        assert_eq!(read_codes(""), Ok(Vec::new()));
    }

    #[test]
    fn endings_keep_their_order() {
        let mut on = vec![RetryOn::Failed, RetryOn::Exit(75)];
        toggle(&mut on, RetryOn::Lost);
        assert_eq!(on, [RetryOn::Failed, RetryOn::Lost, RetryOn::Exit(75)]);
        toggle(&mut on, RetryOn::Failed);
        assert_eq!(on, [RetryOn::Lost, RetryOn::Exit(75)]);
    }
}
