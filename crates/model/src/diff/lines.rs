//! Two texts line by line, and the words that differ within a line.
//!
//! Bounded on any input: lines that both sides have once tie them together, and what lies between two ties and is still
//! too much to be compared is taken as replaced.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use similar::{Algorithm, DiffOp, TextDiff, capture_diff_slices};

/// What lies between two ties is compared up to so many pairs of lines.
const MOST_PAIRS: usize = 2_000_000;
/// Between two ties others are looked for, so many times.
const DEPTH: usize = 8;
/// Lines that differ are put beside what is like them where no more than so many of a side lie together.
const MOST_ALIKE: usize = 24;
/// So much of two lines is the same words, in percent, where they are taken for one line.
const ALIKE: usize = 30;
/// Words within lines are compared in lines of up to so many bytes.
const LONGEST: usize = 2_000;

/// A row of two texts side by side: the places of lines, counted from 0. What stands in place of something else is beside
/// it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// The line of the older text.
    pub before: Option<usize>,
    /// The line of the newer text.
    pub after: Option<usize>,
    /// Both have it, and it is the same.
    pub same: bool,
}

/// All lines of both texts, side by side.
#[must_use]
pub fn compare(before: &[&str], after: &[&str]) -> Vec<Row> {
    compare_by(before, after, Cow::Borrowed)
}

/// The same for lines that count as equal where their `key` is.
#[must_use]
pub fn compare_by<'t>(
    before: &[&'t str],
    after: &[&'t str],
    key: impl Fn(&'t str) -> Cow<'t, str>,
) -> Vec<Row> {
    let mut numbers: HashMap<Cow<'t, str>, usize> = HashMap::new();
    let mut number = |line: &&'t str| {
        let next = numbers.len();
        *numbers.entry(key(line)).or_insert(next)
    };
    let old: Vec<usize> = before.iter().map(&mut number).collect();
    let new: Vec<usize> = after.iter().map(&mut number).collect();
    let mut rows = Vec::with_capacity(old.len().max(new.len()));
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old[start..].iter().rev().zip(new[start..].iter().rev());
    let end = rest.take_while(|(a, b)| a == b).count();
    let same = |rows: &mut Vec<Row>, before: usize, after: usize, count: usize| {
        rows.extend((0..count).map(|at| Row {
            before: Some(before + at),
            after: Some(after + at),
            same: true,
        }));
    };
    same(&mut rows, 0, 0, start);
    between(&mut rows, &old, start..old.len() - end, &new, start..new.len() - end, DEPTH);
    same(&mut rows, old.len() - end, new.len() - end, end);
    beside_what_is_like_it(&rows, before, after)
}

/// A line in which numbers count as equal: for logs, in which times, sizes and process numbers always differ.
#[must_use]
pub fn without_numbers(line: &str) -> Cow<'_, str> {
    if !line.bytes().any(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(line);
    }
    let mut text = String::with_capacity(line.len());
    for char in line.chars() {
        match char.is_ascii_digit() {
            true if text.ends_with('0') => {}
            true => text.push('0'),
            false => text.push(char),
        }
    }
    Cow::Owned(text)
}

/// Which parts of two lines differ, as ranges of bytes; none where they have too little in common for that to help.
#[must_use]
pub fn marks(before: &str, after: &str) -> Option<[Vec<Range<usize>>; 2]> {
    if before.len().max(after.len()) > LONGEST {
        return None;
    }
    let diff = TextDiff::from_words(before, after);
    let mut marks = [Vec::new(), Vec::new()];
    let mut at = [0, 0];
    let mut in_common = 0;
    for change in diff.iter_all_changes() {
        let length = change.value().len();
        let mut step = |side: usize, differs: bool| {
            let range = at[side]..at[side] + length;
            at[side] = range.end;
            if differs {
                push(&mut marks[side], range);
            }
        };
        match change.tag() {
            similar::ChangeTag::Equal => {
                in_common += change.value().trim().len();
                step(0, false);
                step(1, false);
            }
            similar::ChangeTag::Delete => step(0, true),
            similar::ChangeTag::Insert => step(1, true),
        }
    }
    // Two lines that share a word or two are two lines.
    (in_common * 4 >= before.trim().len().max(after.trim().len())).then_some(marks)
}

fn push(ranges: &mut Vec<Range<usize>>, range: Range<usize>) {
    match ranges.last_mut() {
        Some(last) if last.end == range.start => last.end = range.end,
        _ => ranges.push(range),
    }
}

/// The rows between two ties.
fn between(
    rows: &mut Vec<Row>,
    old: &[usize],
    before: Range<usize>,
    new: &[usize],
    after: Range<usize>,
    depth: usize,
) {
    if is_comparable(&before, &after) {
        return small(rows, old, before, new, after);
    }
    let (mut old_at, mut new_at) = (before.start, after.start);
    let ties = ties(old, &before, new, &after);
    let is_tied = !ties.is_empty();
    let ends = std::iter::once((before.end, after.end));
    for (tie_old, tie_new) in ties.into_iter().chain(ends) {
        let (gap_old, gap_new) = (old_at..tie_old, new_at..tie_new);
        if is_comparable(&gap_old, &gap_new) {
            small(rows, old, gap_old, new, gap_new);
        } else if is_tied && depth > 0 {
            // Between two ties there may be lines that are single there.
            between(rows, old, gap_old, new, gap_new, depth - 1);
        } else {
            replaced(rows, gap_old, gap_new);
        }
        if tie_old < before.end && tie_new < after.end {
            rows.push(Row { before: Some(tie_old), after: Some(tie_new), same: true });
        }
        (old_at, new_at) = (tie_old + 1, tie_new + 1);
    }
}

/// Whether these are few enough pairs of lines. In the page a length has 32 bits, and the product of two may have more.
fn is_comparable(before: &Range<usize>, after: &Range<usize>) -> bool {
    before.len().saturating_mul(after.len()) <= MOST_PAIRS
}

fn small(
    rows: &mut Vec<Row>,
    old: &[usize],
    before: Range<usize>,
    new: &[usize],
    after: Range<usize>,
) {
    let ops = capture_diff_slices(Algorithm::Myers, &old[before.clone()], &new[after.clone()]);
    for op in ops {
        let (from_old, from_new) = (op.old_range(), op.new_range());
        let shifted = |range: Range<usize>, by: usize| range.start + by..range.end + by;
        let (from_old, from_new) =
            (shifted(from_old, before.start), shifted(from_new, after.start));
        if matches!(op, DiffOp::Equal { .. }) {
            let both = from_old.zip(from_new);
            rows.extend(both.map(|(before, after)| Row {
                before: Some(before),
                after: Some(after),
                same: true,
            }));
        } else {
            replaced(rows, from_old, from_new);
        }
    }
}

/// Puts lines that differ beside the line of the other side that is most like them, where few lie together.
fn beside_what_is_like_it(rows: &[Row], before: &[&str], after: &[&str]) -> Vec<Row> {
    let mut better = Vec::with_capacity(rows.len());
    let mut at = 0;
    while let Some(row) = rows.get(at) {
        if row.same {
            better.push(*row);
            at += 1;
            continue;
        }
        let count = rows[at..].iter().take_while(|row| !row.same).count();
        let part = &rows[at..at + count];
        at += count;
        let old: Vec<usize> = part.iter().filter_map(|row| row.before).collect();
        let new: Vec<usize> = part.iter().filter_map(|row| row.after).collect();
        let is_small = old.len() <= MOST_ALIKE && new.len() <= MOST_ALIKE;
        if old.is_empty() || new.is_empty() || !is_small {
            better.extend_from_slice(part);
            continue;
        }
        let (mut old_at, mut new_at) = (0, 0);
        let pairs = alike(&old, before, &new, after);
        for (pair_old, pair_new) in pairs.into_iter().chain([(old.len(), new.len())]) {
            let (gap_old, gap_new) = (&old[old_at..pair_old], &new[new_at..pair_new]);
            better.extend((0..gap_old.len().max(gap_new.len())).map(|row| Row {
                before: gap_old.get(row).copied(),
                after: gap_new.get(row).copied(),
                same: false,
            }));
            if let (Some(old), Some(new)) = (old.get(pair_old), new.get(pair_new)) {
                better.push(Row { before: Some(*old), after: Some(*new), same: false });
            }
            (old_at, new_at) = (pair_old + 1, pair_new + 1);
        }
    }
    better
}

/// Pairs of lines in the order of both sides that are together as much alike as can be.
fn alike(old: &[usize], before: &[&str], new: &[usize], after: &[&str]) -> Vec<(usize, usize)> {
    let score: Vec<Vec<usize>> = old
        .iter()
        .map(|line| new.iter().map(|other| likeness(before[*line], after[*other])).collect())
        .collect();
    // The best sum from each pair of places to the ends.
    let mut best = vec![vec![0; new.len() + 1]; old.len() + 1];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            let with = if score[i][j] > 0 { score[i][j] + best[i + 1][j + 1] } else { 0 };
            best[i][j] = with.max(best[i + 1][j]).max(best[i][j + 1]);
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut pairs = Vec::new();
    while i < old.len() && j < new.len() {
        if score[i][j] > 0 && best[i][j] == score[i][j] + best[i + 1][j + 1] {
            pairs.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if best[i][j] == best[i + 1][j] {
            i += 1;
        } else {
            j += 1;
        }
    }
    pairs
}

/// How much of two lines is the same words, in percent; 0 where it is too little to say that they are one line.
fn likeness(before: &str, after: &str) -> usize {
    if before.len().max(after.len()) > LONGEST {
        return 0;
    }
    let mut words: HashMap<&str, usize> = HashMap::new();
    for word in before.split_whitespace() {
        *words.entry(word).or_default() += 1;
    }
    let mut in_common = 0;
    let mut all: usize = before.split_whitespace().map(str::len).sum();
    for word in after.split_whitespace() {
        all += word.len();
        if let Some(left) = words.get_mut(word).filter(|left| **left > 0) {
            *left -= 1;
            in_common += word.len();
        }
    }
    let percent = 200 * in_common / all.max(1);
    if percent >= ALIKE { percent } else { 0 }
}

/// The lines of both sides beside each other, as far as there are any. What was left open right before goes on.
fn replaced(rows: &mut Vec<Row>, before: Range<usize>, after: Range<usize>) {
    let mut after = after;
    let open = rows.iter().rev().take_while(|row| !row.same && row.after.is_none()).count();
    let first_open = rows.len() - open;
    if before.is_empty() {
        for row in &mut rows[first_open..] {
            row.after = after.next();
        }
    }
    let mut before = before;
    loop {
        let row = Row { before: before.next(), after: after.next(), same: false };
        if row.before.is_none() && row.after.is_none() {
            return;
        }
        rows.push(row);
    }
}

/// Lines that are once on each side, as many as can be in the order of both.
fn ties(
    old: &[usize],
    before: &Range<usize>,
    new: &[usize],
    after: &Range<usize>,
) -> Vec<(usize, usize)> {
    // Per line: how often it is on each side, and where on the older one.
    let mut seen: HashMap<usize, (u32, u32, usize)> = HashMap::new();
    for at in before.clone() {
        let entry = seen.entry(old[at]).or_default();
        entry.0 += 1;
        entry.2 = at;
    }
    for at in after.clone() {
        seen.entry(new[at]).or_default().1 += 1;
    }
    let pairs: Vec<(usize, usize)> = after
        .clone()
        .filter_map(|at| match seen.get(&new[at]) {
            Some((1, 1, place)) => Some((*place, at)),
            _ => None,
        })
        .collect();
    // The longest rise of the older places, in the order of the newer ones.
    let mut tails: Vec<usize> = Vec::new();
    let mut previous: Vec<Option<usize>> = vec![None; pairs.len()];
    for (at, (place, _)) in pairs.iter().enumerate() {
        let slot = tails.partition_point(|tail| pairs[*tail].0 < *place);
        previous[at] = slot.checked_sub(1).map(|slot| tails[slot]);
        match tails.get_mut(slot) {
            Some(tail) => *tail = at,
            None => tails.push(at),
        }
    }
    let mut rise = Vec::new();
    let mut next = tails.last().copied();
    while let Some(at) = next {
        rise.push(pairs[at]);
        next = previous[at];
    }
    rise.reverse();
    rise
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(before: &str, after: &str) -> String {
        let [old, new] = [before, after].map(|text| text.split(' ').collect::<Vec<_>>());
        let word = |at: Option<usize>, of: &[&str]| at.map_or("-".to_owned(), |at| of[at].into());
        let rows = compare(&old, &new);
        let rows = rows.iter().map(|row| word(row.before, &old) + &word(row.after, &new));
        rows.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_differs_stands_beside_what_it_replaces() {
        assert_eq!(shown("a b c", "a b c"), "aa bb cc");
        assert_eq!(shown("a b c", "a x c"), "aa bx cc");
        assert_eq!(shown("a b c d", "a x d"), "aa bx c- dd");
        assert_eq!(shown("a d", "a b c d"), "aa -b -c dd");
        // What is like it stands beside it, whatever is between them.
        let rows = compare(&["set -eu", "run --all now"], &["run --all later", "done"]);
        let told: Vec<_> = rows.iter().map(|row| (row.before, row.after)).collect();
        assert_eq!(told, [(Some(0), None), (Some(1), Some(0)), (None, Some(1))]);
    }

    #[test]
    fn words_within_a_line_are_marked() {
        let [old, new] = marks("cp -r data out", "cp -a data target").unwrap();
        assert_eq!((old, new), (vec![3..5, 11..14], vec![3..5, 11..17]));
        assert_eq!(marks("alpha beta", "gamma delta"), None);
        assert_eq!(marks(&"x ".repeat(2000), "x"), None);
    }

    #[test]
    fn numbers_can_count_as_equal() {
        let (old, new) = (["took 12 ms", "done"], ["took 7 ms", "done"]);
        assert!(!compare(&old, &new)[0].same);
        assert!(compare_by(&old, &new, without_numbers).iter().all(|row| row.same));
    }

    #[test]
    fn large_texts_are_tied_by_what_is_there_once() {
        let line = |at: usize| format!("line {at}");
        let old: Vec<String> = (0..20_000).map(line).collect();
        let mut new = old.clone();
        new[5_000] = "other".to_owned();
        new.insert(15_000, "more".to_owned());
        // Where nothing is there once on both sides, all is replaced, at once.
        let chaos: Vec<String> = (0..20_000).map(|at| (at % 7).to_string()).collect();
        let rows = compare(&strs(&old), &strs(&new));
        assert_eq!(rows.iter().filter(|row| !row.same).count(), 2);
        let rows = compare(&strs(&old), &strs(&chaos));
        assert_eq!(rows.len(), 20_000);
    }

    fn strs(lines: &[String]) -> Vec<&str> {
        lines.iter().map(String::as_str).collect()
    }

    proptest! {
        #[test]
        fn every_line_stands_once_in_its_order(
            old in prop::collection::vec("[a-d]", 0..40), new in prop::collection::vec("[a-d]", 0..40)
        ) {
            let [old, new] = [&old, &new].map(|side| strs(side));
            let rows = compare(&old, &new);
            let before: Vec<usize> = rows.iter().filter_map(|row| row.before).collect();
            let after: Vec<usize> = rows.iter().filter_map(|row| row.after).collect();
            prop_assert_eq!(before, (0..old.len()).collect::<Vec<_>>());
            prop_assert_eq!(after, (0..new.len()).collect::<Vec<_>>());
            for row in &rows {
                let texts = (row.before.map(|at| old[at]), row.after.map(|at| new[at]));
                prop_assert_eq!(row.same, texts.0 == texts.1);
            }
        }

        #[test]
        fn marks_are_parts_of_lines(old in "[ab 中]{0,20}", new in "[ab 中]{0,20}") {
            if let Some([before, after]) = marks(&old, &new) {
                let rest = |text: &str, marks: &[Range<usize>]| {
                    let mut left = String::new();
                    let mut at = 0;
                    for mark in marks {
                        left.push_str(&text[at..mark.start]);
                        at = mark.end;
                    }
                    left + &text[at..]
                };
                prop_assert_eq!(rest(&old, &before), rest(&new, &after));
            }
        }
    }
}
