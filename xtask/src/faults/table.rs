//! What rounds came to, as a table: a line for each group, a column for each number.

use std::collections::BTreeMap;

use super::campaign::{Column, Sums};
use super::record::Line;

/// The table, with a line for all groups together where there are several.
pub(super) fn of(columns: &[Column], lines: &[Line]) -> String {
    let mut groups: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in lines {
        groups.entry(&line.group).or_default().push(line);
    }
    let titles = ["rounds"].into_iter().chain(columns.iter().map(|column| column.title));
    let titles = titles.chain(["violations"]).map(str::to_owned);
    let mut rows = vec![row("", titles.collect())];
    rows.extend(groups.iter().map(|(group, lines)| row(group, cells(columns, lines))));
    if groups.len() > 1 {
        rows.push(row("all", cells(columns, &lines.iter().collect::<Vec<_>>())));
    }
    aligned(&rows)
}

fn row(group: &str, mut cells: Vec<String>) -> Vec<String> {
    cells.insert(0, group.to_owned());
    cells
}

fn cells(columns: &[Column], lines: &[&Line]) -> Vec<String> {
    let mut cells = vec![lines.len().to_string()];
    for column in columns {
        let numbers = lines.iter().filter_map(|line| line.numbers.get(column.title).copied());
        let sum = match column.kind {
            // The sum of nothing would be minus zero.
            Sums::Total => Some(numbers.fold(0.0, |sum, number| sum + number)),
            Sums::Most => numbers.reduce(f64::max),
        };
        cells.push(sum.map_or_else(|| "-".to_owned(), |sum: f64| format!("{sum:.0}")));
    }
    cells.push(lines.iter().map(|line| line.violations).sum::<usize>().to_string());
    cells
}

/// Names to the left, numbers to the right.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |at: usize| {
        rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max()
    };
    let widths: Vec<usize> = (0..columns).map(|at| width(at).unwrap_or(0)).collect();
    let line =
        |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate();
            let cells = cells.map(|(at, (cell, width))| {
                if at == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
            });
            cells.collect::<Vec<_>>().join("  ")
        };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_added_or_the_largest_counts() {
        let columns = [
            Column { title: "hits", kind: Sums::Total },
            Column { title: "longest ms", kind: Sums::Most },
        ];
        let line = |group: &str, longest: Option<f64>, violations| Line {
            group: group.to_owned(),
            numbers: [("hits".to_owned(), 1.0)]
                .into_iter()
                .chain(longest.map(|longest| ("longest ms".to_owned(), longest)))
                .collect(),
            violations,
        };
        let lines = [line("a", Some(7.0), 0), line("a", Some(12.0), 1), line("task", None, 0)];
        assert_eq!(
            of(&columns, &lines),
            "      rounds  hits  longest ms  violations\n\
             a          2     2          12           1\n\
             task       1     1           -           0\n\
             all        3     3          12           1"
        );
    }
}
