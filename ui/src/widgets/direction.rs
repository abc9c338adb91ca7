//! Lines with words from right to left, in the order in which they are drawn.
//!
//! egui sets the letters of a word from right to left where its script runs so, and the words of a line always from left
//! to right. Here the words change places first (Unicode's bidirectional algorithm, UAX 9); within a word nothing does.

use std::borrow::Cow;

use unicode_bidi::{BidiInfo, Direction, Level};

/// Lays a line out with `lay`, which says whether all of it fits. A line with words from right to left that does not is
/// cut at its end, which is not where the line ends on the screen: there only so much is laid out as fits with a "…".
pub(super) fn fit<T>(text: &str, lay: impl Fn(&str) -> (bool, T)) -> T {
    let Cow::Owned(drawn) = in_order(text) else { return lay(text).1 };
    let (fits, whole) = lay(&drawn);
    if fits {
        return whole;
    }
    let ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let leads = unicode_bidi::get_base_direction(text) == Direction::Rtl;
    let cut = |end: usize| {
        let kept = in_order(text[..end].trim_end());
        // Where the line begins at the right, its end is at the left.
        lay(&if leads { format!("…{kept}") } else { format!("{kept}…") })
    };
    let most = ends.partition_point(|end| cut(*end).0);
    ends.get(most.saturating_sub(1)).map_or(whole, |end| cut(*end).1)
}

/// The words as they stand on the screen from left to right; unchanged where none runs from right to left.
fn in_order(text: &str) -> Cow<'_, str> {
    // Most lines: no letter below U+0590 runs from right to left.
    if text.chars().all(|letter| letter < '\u{590}') {
        return Cow::Borrowed(text);
    }
    let bidi = BidiInfo::new(text, None);
    if !bidi.has_rtl() {
        return Cow::Borrowed(text);
    }
    let mut drawn = String::with_capacity(text.len());
    for paragraph in &bidi.paragraphs {
        let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
        for run in runs {
            let level = levels.get(run.start).copied().unwrap_or(Level::ltr());
            let piece = &text[run];
            if level.is_rtl() {
                drawn.extend(pieces(piece).into_iter().rev());
            } else {
                drawn.push_str(piece);
            }
        }
    }
    Cow::Owned(drawn)
}

/// Words and the space between them.
fn pieces(text: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let space = first.is_whitespace();
        let end = rest.find(|c: char| c.is_whitespace() != space).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_from_right_to_left_change_places_and_others_do_not() {
        for (text, drawn) in [
            ("Clean rows", "Clean rows"),
            ("清理 数据", "清理 数据"),
            ("تقرير المبيعات", "المبيعات تقرير"),
            ("Load تقرير المبيعات now", "Load المبيعات تقرير now"),
            ("תקציר v2 שבועי", "שבועי v2 תקציר"),
            ("", ""),
        ] {
            assert_eq!(in_order(text), drawn, "{text}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_loses_its_end() {
        let lay = |most: usize| move |text: &str| (text.chars().count() <= most, text.to_owned());
        assert_eq!(fit("תקציר שבועי", lay(20)), "שבועי תקציר");
        assert_eq!(fit("תקציר שבועי", lay(8)), "…ש תקציר");
        assert_eq!(fit("תקציר שבועי", lay(1)), "…");
        assert_eq!(fit("Load תקציר שבועי", lay(13)), "Load ש תקציר…");
        // Of other lines the layout itself cuts the end.
        assert_eq!(fit("Clean rows", lay(3)), "Clean rows");
    }
}
