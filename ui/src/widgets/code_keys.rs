//! What keys do to code: Tab and Shift+Tab shift lines, Enter keeps the indentation; which bracket belongs to which.
//!
//! Pure: a text and what is marked in it, counted in characters.

use std::ops::Range;

/// Characters that are looked through for a bracket.
const MOST_CHARS: usize = 20_000;

/// Puts a step in: at the cursor, or before every line that is marked. Gives what is marked then.
pub(super) fn indent(text: &mut String, marked: Range<usize>, step: &str) -> Range<usize> {
    let width = step.chars().count();
    if !text.chars().skip(marked.start).take(marked.len()).any(|c| c == '\n') {
        let range = byte_of(text, marked.start)..byte_of(text, marked.end);
        text.replace_range(range, step);
        return marked.start + width..marked.start + width;
    }
    let lines = line_starts(text, &marked);
    for start in lines.iter().rev() {
        let at = byte_of(text, *start);
        text.insert_str(at, step);
    }
    marked.start + width..marked.end + width * lines.len()
}

/// Takes a step out before every line that is marked. Gives what is marked then.
pub(super) fn outdent(text: &mut String, marked: Range<usize>, step: &str) -> Range<usize> {
    let width = step.chars().count();
    let (mut start, mut end) = (marked.start, marked.end);
    for line in line_starts(text, &marked).into_iter().rev() {
        let at = byte_of(text, line);
        let rest = &text[at..];
        let blanks = rest.chars().take_while(|c| *c == ' ').count().min(width);
        let taken = if rest.starts_with('\t') { 1 } else { blanks };
        text.replace_range(at..at + taken, "");
        end -= taken.min(end.saturating_sub(line));
        if line < start {
            start -= taken.min(start - line);
        }
    }
    start..end.max(start)
}

/// Breaks the line in place of what is marked; the new one begins as deep as this one. Gives the cursor.
pub(super) fn break_line(text: &mut String, marked: Range<usize>, step: &str) -> usize {
    let at = byte_of(text, marked.start);
    let line = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let mut inset: String =
        text[line..at].chars().take_while(|c| *c == ' ' || *c == '\t').collect();
    if text[line..at].trim_end().ends_with([':', '{', '(', '[']) {
        inset.push_str(step);
    }
    let end = byte_of(text, marked.end);
    text.replace_range(at..end, &format!("\n{inset}"));
    marked.start + 1 + inset.chars().count()
}

/// One step of indentation as the text has it; `usual` where it has none.
pub(super) fn step_of<'t>(text: &'t str, usual: &'t str) -> &'t str {
    let inset = |line: &'t str| &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
    let first = text.lines().map(inset).find(|inset| !inset.is_empty());
    match first {
        Some(inset) if inset.starts_with('\t') => "\t",
        Some(inset) if matches!(inset.len(), 2 | 4 | 8) => inset,
        _ => usual,
    }
}

/// The brackets at the cursor and at its other end.
pub(super) fn bracket_pair(text: &str, cursor: usize) -> Option<(usize, usize)> {
    const PAIRS: [(char, char); 3] = [('(', ')'), ('[', ']'), ('{', '}')];
    let chars: Vec<char> = text.chars().take(MOST_CHARS).collect();
    let bracket = |at: usize| {
        let char = *chars.get(at)?;
        PAIRS.iter().find(|(open, close)| *open == char || *close == char).map(|pair| (at, *pair))
    };
    let before = cursor.checked_sub(1).and_then(bracket);
    let (at, (open, close)) = before.or_else(|| bracket(cursor))?;
    let mut depth = 0_i32;
    let mut count = |index: usize| {
        depth += i32::from(chars[index] == open) - i32::from(chars[index] == close);
        (depth == 0).then_some(index)
    };
    let other = if chars[at] == open {
        (at..chars.len()).find_map(&mut count)
    } else {
        (0..=at).rev().find_map(&mut count)
    };
    other.map(|other| (at, other))
}

/// The starts of the lines that are marked, at least of the one with the cursor.
fn line_starts(text: &str, marked: &Range<usize>) -> Vec<usize> {
    let mut starts = vec![0];
    let mut found = Vec::new();
    starts.extend(text.chars().enumerate().filter(|(_, c)| *c == '\n').map(|(at, _)| at + 1));
    for (index, start) in starts.iter().enumerate() {
        let next = starts.get(index + 1).copied().unwrap_or(usize::MAX);
        let is_touched = *start < marked.end || *start <= marked.start;
        if is_touched && next > marked.start {
            found.push(*start);
        }
    }
    found
}

fn byte_of(text: &str, char: usize) -> usize {
    text.char_indices().nth(char).map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tab_goes_in_at_the_cursor_or_shifts_lines() {
        let mut text = "ä b".to_owned();
        assert_eq!(indent(&mut text, 2..2, "  "), 4..4);
        assert_eq!(text, "ä   b");
        let mut text = "a\nb\nc".to_owned();
        assert_eq!(indent(&mut text, 0..3, "  "), 2..7);
        assert_eq!(text, "  a\n  b\nc");
        assert_eq!(outdent(&mut text, 2..7, "  "), 0..3);
        assert_eq!(text, "a\nb\nc");
        assert_eq!(outdent(&mut text, 0..5, "  "), 0..5);
        assert_eq!(text, "a\nb\nc");
    }

    #[test]
    fn shift_tab_never_takes_more_than_there_is() {
        let mut text = "x\n \tb".to_owned();
        assert_eq!(outdent(&mut text, 4..4, "    "), 3..3);
        assert_eq!(text, "x\n\tb");
        assert_eq!(outdent(&mut text, 3..3, "    "), 2..2);
        assert_eq!(text, "x\nb");
    }

    #[test]
    fn a_new_line_is_as_deep_as_the_one_before() {
        let mut text = "  a".to_owned();
        assert_eq!(break_line(&mut text, 3..3, "  "), 6);
        assert_eq!(text, "  a\n  ");
        let mut text = "def f():".to_owned();
        assert_eq!(break_line(&mut text, 8..8, "    "), 13);
        assert_eq!(text, "def f():\n    ");
    }

    #[test]
    fn the_step_is_that_of_the_text() {
        assert_eq!(step_of("a\n    b\n  c", "  "), "    ");
        assert_eq!(step_of("a\n\tb", "  "), "\t");
        assert_eq!(step_of("a", "  "), "  ");
    }

    #[test]
    fn brackets_know_their_other_end() {
        assert_eq!(bracket_pair("f(a[1])", 2), Some((1, 6)));
        assert_eq!(bracket_pair("f(a[1])", 7), Some((6, 1)));
        assert_eq!(bracket_pair("f(a", 2), None);
        assert_eq!(bracket_pair("abc", 1), None);
    }
}
