//! What differs, as text: signs before names and lines, so that no colour is needed.

use millrace_model::diff::lines::{self, Row};
use millrace_model::diff::{Difference, Fate, Subject};

use super::escape;
use super::style::Style;

/// Lines that are the same are shown before and after those that differ, so many.
const AROUND: usize = 3;

/// One difference: its name, and both sides below it.
pub(crate) fn difference(difference: &Difference, style: Style) -> String {
    let fate = difference.fate();
    let [before, after] = difference.texts();
    let name = match (fate, &difference.subject) {
        (Fate::Changed, Subject::Task(_) | Subject::Edge(..)) => {
            format!("{} of {}", difference.field, difference.subject)
        }
        _ => difference.words(),
    };
    let name = escape::one_line(&name);
    let only = match fate {
        Fate::Changed => None,
        Fate::Added => after.as_deref(),
        Fate::Removed => before.as_deref(),
    };
    let mut text = match only {
        Some(only) => format!("{name}: {}", escape::one_line(only)),
        None => name,
    };
    text = format!("{}\n", paint(fate, &format!("{} {text}", sign(fate, style)), style));
    if fate == Fate::Changed {
        let [before, after] = [before, after].map(Option::unwrap_or_default);
        let [before, after] = [&before, &after].map(|side| side.lines().collect::<Vec<_>>());
        let rows = lines::compare(&before, &after);
        text.push_str(&unified(&rows, &before, &after, "    ", style));
    }
    text
}

/// The lines of two texts one after the other, what is the same only near what differs.
pub(crate) fn unified(
    rows: &[Row],
    before: &[&str],
    after: &[&str],
    indent: &str,
    style: Style,
) -> String {
    let mut text = String::new();
    let near = near(rows);
    let mut at = 0;
    while at < rows.len() {
        if !near[at] {
            let gap = near[at..].iter().take_while(|near| !**near).count();
            let words = format!("{indent}{} {gap} lines that are the same\n", style.ellipsis());
            text.push_str(&style.dim(&words));
            at += gap;
            continue;
        }
        if rows[at].same {
            let line = rows[at].after.map_or("", |at| after[at]);
            text.push_str(&format!("{indent}  {}\n", escape::one_line(line)));
            at += 1;
            continue;
        }
        let differ = rows[at..].iter().take_while(|row| !row.same).count();
        let differing = &rows[at..at + differ];
        for line in differing.iter().filter_map(|row| row.before) {
            let line = format!("{} {}", sign(Fate::Removed, style), escape::one_line(before[line]));
            text.push_str(&format!("{indent}{}\n", paint(Fate::Removed, &line, style)));
        }
        for line in differing.iter().filter_map(|row| row.after) {
            let line = format!("{} {}", sign(Fate::Added, style), escape::one_line(after[line]));
            text.push_str(&format!("{indent}{}\n", paint(Fate::Added, &line, style)));
        }
        at += differ;
    }
    text
}

/// Which rows are shown.
fn near(rows: &[Row]) -> Vec<bool> {
    let mut near = vec![false; rows.len()];
    for at in (0..rows.len()).filter(|at| !rows[*at].same) {
        let from = at.saturating_sub(AROUND);
        let until = (at + AROUND + 1).min(rows.len());
        near[from..until].fill(true);
    }
    near
}

fn sign(fate: Fate, style: Style) -> &'static str {
    if fate == Fate::Removed && !style.unicode { "-" } else { fate.sign() }
}

fn paint(fate: Fate, text: &str, style: Style) -> String {
    match fate {
        Fate::Added => style.good(text),
        Fate::Removed => style.error(text),
        Fate::Changed => style.warning(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_a_difference_is_shown() {
        let old: Vec<String> = (0..30).map(|at| at.to_string()).collect();
        let mut new = old.clone();
        new[10] = "ten".to_owned();
        new.push("more".to_owned());
        let [old, new] = [&old, &new].map(|it| it.iter().map(String::as_str).collect::<Vec<_>>());
        let rows = lines::compare(&old, &new);
        insta::assert_snapshot!(unified(&rows, &old, &new, "", Style::PLAIN));
    }
}
