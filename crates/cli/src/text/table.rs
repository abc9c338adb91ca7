//! Tables with aligned columns.
//!
//! Cells may hold colours: only what is seen counts for the width.

use unicode_width::UnicodeWidthChar;

/// A table: a heading and rows of as many cells.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
    right: Vec<usize>,
    /// The column that gives way where the terminal is too narrow.
    elastic: Option<usize>,
}

impl Table {
    pub(crate) fn new(heading: Vec<String>) -> Self {
        Self { rows: vec![heading], right: Vec::new(), elastic: None }
    }

    /// These columns end at the same place instead of starting there.
    pub(crate) fn right(mut self, columns: &[usize]) -> Self {
        self.right = columns.to_vec();
        self
    }

    /// This column is cut where the terminal is too narrow.
    pub(crate) fn elastic(mut self, column: usize) -> Self {
        self.elastic = Some(column);
        self
    }

    pub(crate) fn row(&mut self, cells: Vec<String>) {
        self.rows.push(cells);
    }

    /// The table, at most `max` columns wide where the elastic column allows it.
    pub(crate) fn render(mut self, max: Option<usize>, ellipsis: &str) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let mut widths: Vec<usize> = (0..columns)
            .map(|at| {
                self.rows
                    .iter()
                    .filter_map(|row| row.get(at))
                    .map(|cell| width(cell))
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        let total: usize = widths.iter().sum::<usize>() + 2 * columns.saturating_sub(1);
        if let (Some(max), Some(elastic)) = (max, self.elastic)
            && total > max
            && elastic < columns
        {
            widths[elastic] = widths[elastic].saturating_sub(total - max).max(8);
            for row in &mut self.rows {
                if let Some(cell) = row.get_mut(elastic) {
                    *cell = cut(cell, widths[elastic], ellipsis);
                }
            }
        }
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (at, cell) in row.iter().enumerate() {
                let gap = " ".repeat(widths[at].saturating_sub(width(cell)));
                if self.right.contains(&at) {
                    line.push_str(&gap);
                    line.push_str(cell);
                } else {
                    line.push_str(cell);
                    line.push_str(&gap);
                }
                if at + 1 < row.len() {
                    line.push_str("  ");
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// How many columns of a terminal `text` takes; colours take none.
pub(crate) fn width(text: &str) -> usize {
    pieces(text).map(|(_, columns)| columns).sum()
}

/// `text` cut to at most `max` columns, with a sign that something is missing. Colours are ended.
pub(crate) fn cut(text: &str, max: usize, ellipsis: &str) -> String {
    if width(text) <= max {
        return text.to_owned();
    }
    let sign = if width(ellipsis) > max { "" } else { ellipsis };
    let room = max - width(sign);
    let mut used = 0;
    let mut kept = String::new();
    let mut colored = false;
    for (piece, columns) in pieces(text) {
        if used + columns > room {
            break;
        }
        colored |= piece.starts_with('\x1b');
        used += columns;
        kept.push_str(piece);
    }
    kept.push_str(sign);
    if colored {
        kept.push_str("\x1b[0m");
    }
    kept
}

/// The characters and colour sequences of a text, with the columns that each takes.
fn pieces(text: &str) -> impl Iterator<Item = (&str, usize)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let length = match first {
            '\x1b' => rest.find('m').map_or(1, |at| at + 1),
            _ => first.len_utf8(),
        };
        let (piece, tail) = rest.split_at(length);
        rest = tail;
        let columns = if first == '\x1b' { 0 } else { first.width().unwrap_or(0) };
        Some((piece, columns))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_whatever_is_in_them() {
        let mut table = Table::new(vec!["NAME".into(), "N".into()]).right(&[1]);
        table.row(vec!["\x1b[32m日本\x1b[0m".into(), "7".into()]);
        table.row(vec!["longer".into(), "123".into()]);
        assert_eq!(
            table.render(None, "…"),
            "NAME      N\n\x1b[32m日本\x1b[0m      7\nlonger  123\n"
        );
    }

    #[test]
    fn the_elastic_column_gives_way() {
        let mut table = Table::new(vec!["A".into(), "B".into()]).elastic(0);
        table.row(vec!["a long text that is cut".into(), "b".into()]);
        assert_eq!(table.render(Some(15), "…"), "A             B\na long text…  b\n");
    }

    #[test]
    fn cutting_counts_what_is_seen() {
        assert_eq!(cut("abc", 3, "…"), "abc");
        assert_eq!(cut("abcd", 3, "…"), "ab…");
        assert_eq!(cut("日本語", 5, "…"), "日本…");
        assert_eq!(cut("\x1b[31mabcd\x1b[0m", 3, "…"), "\x1b[31mab…\x1b[0m");
        assert_eq!(cut("abcd", 2, "..."), "ab");
    }
}
