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
    codes_ui(form, ui, &key, policy, &EXIT_CODES);
    codes_ui(form, ui, &key, policy, &STATUSES);
}

/// Endings that have numbers.
struct Numbered {
    key: &'static str,
    title: &'static str,
    help: &'static str,
    /// The name of the field, for those who do not see it.
    name: &'static str,
    hint: &'static str,
    /// One of them, and from where to where they go.
    noun: &'static str,
    range: std::ops::RangeInclusive<u16>,
    number: fn(&RetryOn) -> Option<u16>,
    ending: fn(u16) -> RetryOn,
}

const EXIT_CODES: Numbered = Numbered {
    key: "exit",
    title: "And after exit codes",
    help: "Beside the endings above: these exit codes are tried again, others are not.",
    name: "Exit codes",
    hint: "e.g. 75, 111",
    noun: "an exit code",
    range: 0..=255,
    number: |ending| match ending {
        RetryOn::Exit(code) => u16::try_from(*code).ok(),
        _ => None,
    },
    ending: |code| RetryOn::Exit(i32::from(code)),
};

const STATUSES: Numbered = Numbered {
    key: "status",
    title: "And after statuses",
    help: "Beside the endings above: requests that were answered with these HTTP statuses are tried again.",
    name: "Statuses",
    hint: "e.g. 429, 503",
    noun: "a status",
    range: 100..=599,
    number: |ending| match ending {
        RetryOn::Status(status) => Some(*status),
        _ => None,
    },
    ending: RetryOn::Status,
};

fn codes_ui(form: &mut Form, ui: &mut Ui, path: &str, policy: &mut RetryPolicy, of: &Numbered) {
    let codes: Vec<u16> = policy.on.iter().filter_map(of.number).collect();
    let key = format!("{path}.{}", of.key);
    let row = Row::new(&key, of.title, of.help).set(!codes.is_empty());
    let mut next = None;
    let reset = form.row(ui, &row, |form, ui| {
        let read_only = form.read_only;
        let look = TextLook { hint: of.hint, mono: true, reading: None };
        let read = |text: &str| read_codes(text, of);
        let write = |codes: &Vec<u16>| codes_text(codes);
        next = form.typed(ui, &key, &codes, (write, read), |ui, id, text, bad| {
            let field = Field::new(text, of.name).hint(look.hint).mono(look.mono);
            field.bad(bad).read_only(read_only).id(id).show(ui)
        });
    });
    let next = if reset { Some(Vec::new()) } else { next };
    if let Some(next) = next {
        policy.on.retain(|ending| (of.number)(ending).is_none());
        policy.on.extend(next.into_iter().map(of.ending));
    }
}

/// Switches an ending on or off; the order is that of the chips, numbers last.
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

fn codes_text(codes: &[u16]) -> String {
    codes.iter().map(u16::to_string).collect::<Vec<_>>().join(", ")
}

fn read_codes(text: &str, of: &Numbered) -> Result<Vec<u16>, String> {
    let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
    parts
        .map(|part| match part.parse::<u16>() {
            Ok(code) if of.range.contains(&code) => Ok(code),
            _ => {
                let (least, most) = (of.range.start(), of.range.end());
                Err(format!("“{part}” is not {} from {least} to {most}", of.noun))
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back() {
        assert_eq!(read_codes("75, 111", &EXIT_CODES), Ok(vec![75, 111]));
        assert_eq!(codes_text(&[75, 111]), "75, 111");
        assert!(read_codes("256", &EXIT_CODES).unwrap_err().contains("255"));
        assert_eq!(read_codes("", &EXIT_CODES), Ok(Vec::new()));
        assert_eq!(read_codes("429 503", &STATUSES), Ok(vec![429, 503]));
        let wrong = read_codes("5xx", &STATUSES).unwrap_err();
        assert_eq!(wrong, "“5xx” is not a status from 100 to 599");
        let on = [RetryOn::Status(503), RetryOn::Exit(7)];
        assert_eq!(on.iter().filter_map(STATUSES.number).collect::<Vec<_>>(), [503]);
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
