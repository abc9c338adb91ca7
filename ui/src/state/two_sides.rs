//! Two texts line by line, ready to be drawn: side by side, or one after the other; what is the same for long is folded.

use millrace_model::diff::lines::{self, Row};

/// Lines that are the same are shown before and after those that differ, so many.
const AROUND: usize = 3;

/// Both forms of a comparison.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct TwoSides {
    /// What stands in place of something else is beside it.
    pub(crate) beside: Vec<Line>,
    /// What is gone stands above what came.
    pub(crate) unified: Vec<Line>,
    /// Something does.
    pub(crate) differs: bool,
}

/// A line of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Line {
    /// What follows is this field of what is compared.
    Field(String),
    /// Both sides of a line.
    Pair {
        /// The line of the older text, with its number.
        before: Option<(usize, String)>,
        /// The line of the newer text.
        after: Option<(usize, String)>,
        /// Nothing differs.
        same: bool,
    },
    /// So many lines are the same.
    Gap(usize),
}

impl TwoSides {
    /// Appends a field with both sides; none where a side does not have it.
    pub(crate) fn field(&mut self, name: &str, before: Option<&str>, after: Option<&str>) {
        self.both(Line::Field(name.to_owned()));
        let split = |text: Option<&str>| -> Vec<String> {
            text.into_iter().flat_map(str::lines).map(str::to_owned).collect()
        };
        let (before, after) = (split(before), split(after));
        let [old, new] =
            [&before, &after].map(|side| side.iter().map(String::as_str).collect::<Vec<_>>());
        let rows = lines::compare(&old, &new);
        self.rows(&rows, &before, &after);
    }

    /// Appends rows of two texts.
    pub(crate) fn rows(&mut self, rows: &[Row], before: &[String], after: &[String]) {
        let line = |at: Option<usize>, of: &[String]| {
            at.and_then(|at| Some((at + 1, of.get(at)?.clone())))
        };
        let near = near(rows);
        let mut at = 0;
        while let Some(row) = rows.get(at) {
            let gap = near[at..].iter().take_while(|near| !**near).count();
            // A line in place of one line hides it and saves nothing.
            if gap > 1 {
                self.both(Line::Gap(gap));
                at += gap;
                continue;
            }
            if row.same {
                let (before, after) = (line(row.before, before), line(row.after, after));
                self.both(Line::Pair { before, after, same: true });
                at += 1;
                continue;
            }
            let differ = rows[at..].iter().take_while(|row| !row.same).count();
            let differing = &rows[at..at + differ];
            self.differs = true;
            self.beside.extend(differing.iter().map(|row| Line::Pair {
                before: line(row.before, before),
                after: line(row.after, after),
                same: false,
            }));
            let gone = differing.iter().filter_map(|row| line(row.before, before));
            self.unified.extend(gone.map(|it| Line::Pair {
                before: Some(it),
                after: None,
                same: false,
            }));
            let came = differing.iter().filter_map(|row| line(row.after, after));
            self.unified.extend(came.map(|it| Line::Pair {
                before: None,
                after: Some(it),
                same: false,
            }));
            at += differ;
        }
    }

    fn both(&mut self, line: Line) {
        self.beside.push(line.clone());
        self.unified.push(line);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_stands_in_both_forms_and_the_rest_is_folded() {
        let old: String = (0..12).map(|at| format!("{at}\n")).collect();
        let new = old.replace("8\n", "eight\nand a half\n");
        let mut sides = TwoSides::default();
        sides.field("spec.script", Some(&old), Some(&new));
        let told = |lines: &[Line]| -> Vec<String> {
            let side = |side: &Option<(usize, String)>| {
                side.as_ref().map_or("-".to_owned(), |(number, text)| format!("{number}:{text}"))
            };
            let line = |line: &Line| match line {
                Line::Field(name) => name.clone(),
                Line::Gap(count) => format!("...{count}"),
                Line::Pair { before, after, .. } => format!("{} {}", side(before), side(after)),
            };
            lines.iter().map(line).collect()
        };
        assert_eq!(
            told(&sides.beside),
            [
                "spec.script",
                "...5",
                "6:5 6:5",
                "7:6 7:6",
                "8:7 8:7",
                "9:8 9:eight",
                "- 10:and a half",
                "10:9 11:9",
                "11:10 12:10",
                "12:11 13:11"
            ]
        );
        assert_eq!(told(&sides.unified)[5..8], ["9:8 -", "- 9:eight", "- 10:and a half"]);
        assert!(sides.differs);
        let mut same = TwoSides::default();
        same.field("title", Some("a"), Some("a"));
        assert!(!same.differs);
    }
}
