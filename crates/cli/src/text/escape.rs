//! Bytes of strangers on a terminal: what could move the cursor or worse is shown instead of obeyed.

/// `text` on one line: control characters become `\n`-like escapes, colours go.
pub(crate) fn one_line(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        if let Some(after) = color_length(rest.as_bytes()) {
            rest = &rest[after..];
            continue;
        }
        match next {
            '\t' => shown.push(' '),
            next if is_unsafe(next) => shown.extend(next.escape_default()),
            next => shown.push(next),
        }
        rest = &rest[next.len_utf8()..];
    }
    shown
}

/// The same for a text of several lines, such as a message with a name of a stranger in it.
pub(crate) fn lines(text: &str) -> String {
    text.split('\n').map(one_line).collect::<Vec<_>>().join("\n")
}

/// Bytes of a log for a terminal: line ends, tabs and colours stay, other control characters are shown.
pub(crate) fn for_terminal(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let mut shown = String::with_capacity(text.len());
    let mut rest: &str = &text;
    while let Some(next) = rest.chars().next() {
        let length = color_length(rest.as_bytes()).unwrap_or(0);
        if length > 0 {
            shown.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        match next {
            '\n' | '\t' => shown.push(next),
            // A progress bar that rewrites its line reads best as lines.
            '\r' if rest.as_bytes().get(1) == Some(&b'\n') => {}
            '\r' => shown.push('\n'),
            next if is_unsafe(next) => shown.extend(next.escape_default()),
            next => shown.push(next),
        }
        rest = &rest[next.len_utf8()..];
    }
    shown
}

/// `text` as one word of a shell, for a command that is shown to be copied: nothing in it means anything else there.
pub(crate) fn shell_word(text: &str) -> String {
    let text = one_line(text);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-=:,+@%".contains(c);
    match !text.is_empty() && text.chars().all(is_plain) && !text.starts_with('=') {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// Control characters, and those that turn the direction of text around.
fn is_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The length of the colour sequence (`ESC [ digits m`) that `bytes` starts with.
fn color_length(bytes: &[u8]) -> Option<usize> {
    let inner = bytes.strip_prefix(b"\x1b[")?;
    let digits =
        inner.iter().take_while(|b| b.is_ascii_digit() || matches!(b, b';' | b':')).count();
    (inner.get(digits) == Some(&b'm')).then_some(digits + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_moves_the_cursor() {
        assert_eq!(one_line("a\x1b[2Jb\x1b[31mc\x1b[0m\u{7}\n"), "a\\u{1b}[2Jbc\\u{7}\\n");
        assert_eq!(one_line("日本\t\u{202e}x"), "日本 \\u{202e}x");
    }

    #[test]
    fn a_shown_command_means_nothing_else_to_a_shell() {
        let words = ["n=7", "load[3]", "a b", "x=$(reboot)", "it's", "", "=ls"];
        let shown = ["n=7", "'load[3]'", "'a b'", "'x=$(reboot)'", r"'it'\''s'", "''", "'=ls'"];
        assert_eq!(words.map(shell_word), shown);
    }

    #[test]
    fn a_log_keeps_its_colours_and_lines() {
        let log = b"\x1b[1;31mred\x1b[0m\r\n 10%\r 20%\n\x1b]0;title\x07\xff";
        assert_eq!(
            for_terminal(log),
            "\x1b[1;31mred\x1b[0m\n 10%\n 20%\n\\u{1b}]0;title\\u{7}\u{fffd}"
        );
    }
}
