//! Terminal escapes in a line of a log: colours are kept, everything else is dropped.
//!
//! Nothing of a log is ever interpreted beyond colour and weight: no cursor moves, no titles, no links.

/// A piece of a line in one style.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Span {
    /// Printable text.
    pub(crate) text: String,
    /// Its style.
    pub(crate) style: Style,
}

/// How a piece of a line looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Style {
    /// Its colour; none = the line's own.
    pub(crate) color: Option<Ink>,
    /// Less prominent.
    pub(crate) faint: bool,
}

/// The colours that a terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ink {
    /// One of the eight, dark or bright alike.
    Named(u8),
    /// Any other.
    Rgb(u8, u8, u8),
}

/// Splits a line without its end into styled pieces; `style` carries over from line to line.
pub(crate) fn spans(line: &str, style: &mut Style) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::new();
    let mut text = String::new();
    let mut chars = line.chars().peekable();
    let flush = |text: &mut String, style: Style, out: &mut Vec<Span>| {
        if !text.is_empty() {
            out.push(Span { text: std::mem::take(text), style });
        }
    };
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => match chars.peek() {
                Some('[') => {
                    chars.next();
                    let mut parameters = String::new();
                    let mut end = None;
                    for c in chars.by_ref() {
                        if ('\u{40}'..='\u{7e}').contains(&c) {
                            end = Some(c);
                            break;
                        }
                        parameters.push(c);
                    }
                    if end == Some('m') {
                        flush(&mut text, *style, &mut out);
                        set_style(style, &parameters);
                    }
                }
                Some(']' | 'P' | '_' | '^') => {
                    // A string such as a window title: up to BEL or ESC \.
                    chars.next();
                    while let Some(c) = chars.next() {
                        if c == '\u{7}' {
                            break;
                        }
                        if c == '\u{1b}' {
                            chars.next_if_eq(&'\\');
                            break;
                        }
                    }
                }
                Some('(' | ')' | '#' | ' ') => {
                    chars.next();
                    chars.next();
                }
                Some(_) => {
                    chars.next();
                }
                None => {}
            },
            // A carriage return within a line rewrites it: what is seen at last is what stands after it.
            '\r' => {
                if chars.peek().is_some() {
                    out.clear();
                    text.clear();
                }
            }
            '\u{8}' => {
                text.pop();
            }
            '\t' => text.push_str("    "),
            c if c.is_control() => text.push('·'),
            c => text.push(c),
        }
    }
    flush(&mut text, *style, &mut out);
    out
}

/// The line without any style.
pub(crate) fn plain(line: &str) -> String {
    spans(line, &mut Style::default()).into_iter().map(|span| span.text).collect()
}

fn set_style(style: &mut Style, parameters: &str) {
    let mut codes = parameters.split([';', ':']).map(|part| part.parse::<u16>().unwrap_or(0));
    while let Some(code) = codes.next() {
        match code {
            0 => *style = Style::default(),
            2 => style.faint = true,
            22 => style.faint = false,
            30..=37 => style.color = Some(Ink::Named((code - 30) as u8)),
            90..=97 => style.color = Some(Ink::Named((code - 90) as u8)),
            39 => style.color = None,
            38 | 48 => {
                let color = match codes.next() {
                    Some(5) => codes.next().map(|index| indexed(index as u8)),
                    Some(2) => {
                        let mut part = || codes.next().unwrap_or(0).min(255) as u8;
                        Some(Ink::Rgb(part(), part(), part()))
                    }
                    _ => None,
                };
                if code == 38 && color.is_some() {
                    style.color = color;
                }
            }
            _ => {}
        }
    }
}

/// A colour of the table of 256.
fn indexed(index: u8) -> Ink {
    match index {
        0..=15 => Ink::Named(index % 8),
        16..=231 => {
            let cube = index - 16;
            let part = |step: u8| if step == 0 { 0 } else { 55 + step * 40 };
            Ink::Rgb(part(cube / 36), part(cube / 6 % 6), part(cube % 6))
        }
        232..=255 => {
            let grey = 8 + (index - 232) * 10;
            Ink::Rgb(grey, grey, grey)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(line: &str) -> String {
        spans(line, &mut Style::default()).into_iter().map(|span| span.text).collect()
    }

    #[test]
    fn nothing_raw_is_left() {
        assert_eq!(text("\u{1b}[31mred\u{1b}[0m plain"), "red plain");
        assert_eq!(text("\u{1b}]0;title\u{7}after"), "after");
        assert_eq!(text("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\"), "link");
        assert_eq!(text("a\u{1b}[2Kb\u{1b}[10;3Hc"), "abc");
        assert_eq!(text("10%\r50%\r100%"), "100%");
        assert_eq!(text("end\r"), "end");
        assert_eq!(text("a\tb\u{0}c"), "a    b·c");
        assert_eq!(text("cut\u{1b}["), "cut");
        assert_eq!(text("cut\u{1b}"), "cut");
    }

    #[test]
    fn colours_are_kept_and_carry_over() {
        let mut style = Style::default();
        let line =
            spans("\u{1b}[1;32mok\u{1b}[39m \u{1b}[38;5;196mx\u{1b}[38;2;1;2;3my", &mut style);
        let colors: Vec<_> = line.iter().map(|span| span.style.color).collect();
        assert_eq!(
            colors,
            [Some(Ink::Named(2)), None, Some(Ink::Rgb(255, 0, 0)), Some(Ink::Rgb(1, 2, 3))]
        );
        assert_eq!(spans("next", &mut style)[0].style.color, Some(Ink::Rgb(1, 2, 3)));
    }
}
