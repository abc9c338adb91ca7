//! The lines of a Makefile as make sees them: joined where they end in a backslash, recipes apart from the rest.

/// A line, joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins, from 1.
    pub(super) number: usize,
    /// A recipe's line without its tab; of others, without the comment.
    pub(super) text: String,
    /// It begins with a tab.
    pub(super) is_recipe: bool,
    /// What stands behind `##` in it: a word of help, by a common habit.
    pub(super) help: Option<String>,
}

/// Splits a text into lines.
pub(super) fn lines(text: &str) -> Vec<Line> {
    let mut found = Vec::new();
    let mut raw = text.lines().enumerate().peekable();
    while let Some((index, first)) = raw.next() {
        let number = index + 1;
        let first = first.trim_end_matches('\r');
        let (is_recipe, start) = match first.strip_prefix('\t') {
            Some(rest) => (true, rest),
            None => (false, first),
        };
        let mut text = start.to_owned();
        while ends_in_backslash(&text)
            && let Some((_, next)) = raw.next()
        {
            let next = next.trim_end_matches('\r');
            if is_recipe {
                // The shell gets the backslash and the line's end, without the tab.
                text.push('\n');
                text.push_str(next.strip_prefix('\t').unwrap_or(next));
            } else {
                text.pop();
                let kept = text.trim_end().len();
                text.truncate(kept);
                text.push(' ');
                text.push_str(next.trim_start());
            }
        }
        if is_recipe {
            found.push(Line { number, text, is_recipe, help: None });
            continue;
        }
        let help = text.split_once("##").map(|(_, help)| help.trim().to_owned());
        let help = help.filter(|help| !help.is_empty());
        found.push(Line { number, text: without_comment(&text), is_recipe, help });
    }
    found
}

fn ends_in_backslash(text: &str) -> bool {
    let count = text.bytes().rev().take_while(|byte| *byte == b'\\').count();
    count % 2 == 1
}

fn without_comment(text: &str) -> String {
    let mut before = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if letters.peek() == Some(&'#') => {
                letters.next();
                before.push('#');
            }
            '#' => break,
            other => before.push(other),
        }
    }
    before
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_and_comments_cut() {
        let found = lines("A = b \\\n   c # no\nx: y ## build it\n\techo a \\\n\t  b # c\n");
        let shown: Vec<(usize, &str, bool)> =
            found.iter().map(|line| (line.number, line.text.as_str(), line.is_recipe)).collect();
        assert_eq!(
            shown,
            [(1, "A = b c ", false), (3, "x: y ", false), (4, "echo a \\\n  b # c", true)]
        );
        assert_eq!(found[1].help.as_deref(), Some("build it"));
    }
}
