//! The text of expressions in pieces, to change names in it and leave everything else as it was written.

use crate::expr::text_length;
use crate::template::expression_length;

/// The template with each of its expressions changed; none where one is not closed.
pub(super) fn in_template(source: &str, change: &mut dyn FnMut(&str) -> String) -> Option<String> {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(at) = rest.find("${") {
        let (before, tail) = rest.split_at(at + 2);
        out.push_str(before);
        rest = tail;
        if before.ends_with("$${") {
            continue;
        }
        let (expression, tail) = rest.split_at(expression_length(rest)?);
        out.push_str(&change(expression));
        rest = tail;
    }
    out.push_str(rest);
    Some(out)
}

/// What a chain of names becomes: how many of the names, and the root, which other text stands for.
pub(super) type ChangeChain<'a> = dyn FnMut(&[&str]) -> Option<(usize, String)> + 'a;

/// The expression with chains of names below `root` (`root.a.b.c`) changed: `change` gets the names and says how many of
/// them, and the root, some other text stands for.
pub(super) fn chains(source: &str, root: &str, change: &mut ChangeChain<'_>) -> String {
    let tokens: Vec<&str> = Tokens::of(source).collect();
    let is_blank = |token: &str| token.trim().is_empty() || token.starts_with("//");
    let next = |from: usize| (from..tokens.len()).find(|at| !is_blank(tokens[*at]));
    let mut out = String::with_capacity(source.len());
    let mut before = "";
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let mut after = at + 1;
        let mut new = None;
        if *token == root && before != "." && before != "?" {
            let (mut names, mut ends) = (Vec::new(), Vec::new());
            let mut end = after;
            while let Some(dot) = next(end)
                && tokens[dot] == "."
                && let Some(name) = next(dot + 1)
                && tokens[name]
                    .starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            {
                end = name + 1;
                names.push(tokens[name]);
                ends.push(end);
            }
            new = change(&names).and_then(|(count, text)| Some((*ends.get(count - 1)?, text)));
        }
        if !is_blank(token) {
            before = token;
        }
        match new {
            Some((end, text)) => {
                out.push_str(&text);
                after = end;
                before = "";
            }
            None => out.push_str(token),
        }
        at = after;
    }
    out
}

/// The tokens of an expression, as far as names, texts, comments and white space have to be told apart.
pub(super) struct Tokens<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Tokens<'s> {
    pub(super) fn of(source: &'s str) -> Self {
        Self { source, at: 0 }
    }
}

impl<'s> Iterator for Tokens<'s> {
    type Item = &'s str;

    fn next(&mut self) -> Option<&'s str> {
        let rest = self.source.get(self.at..)?;
        let first = rest.chars().next()?;
        let run = |keep: fn(char) -> bool| rest.find(|next| !keep(next)).unwrap_or(rest.len());
        let length = if first == '"' || first == '\'' {
            text_length(rest, false)
        } else if first.is_ascii_alphabetic() || first == '_' {
            let word = run(|next| next.is_ascii_alphanumeric() || next == '_');
            let is_prefix = rest[word..].starts_with(['"', '\'']);
            let is_raw = matches!(
                &rest[..word],
                "r" | "R" | "br" | "bR" | "Br" | "BR" | "rb" | "rB" | "Rb" | "RB"
            );
            match &rest[..word] {
                "b" | "B" if is_prefix => word + text_length(&rest[word..], false),
                _ if is_raw && is_prefix => word + text_length(&rest[word..], true),
                _ => word,
            }
        } else if first.is_whitespace() {
            run(char::is_whitespace)
        } else if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if first.is_ascii_digit() {
            run(|next| next.is_ascii_alphanumeric())
        } else {
            first.len_utf8()
        };
        self.at += length.max(1);
        Some(&rest[..length])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chains_change_and_all_else_stays() {
        let mut change = |names: &[&str]| match names {
            ["a", "outputs", ..] => Some((2, "params.a".to_owned())),
            _ => None,
        };
        for (before, after) in [
            ("tasks.a.outputs.x + 1", "params.a.x + 1"),
            ("tasks . a\n.outputs // a\n.x", "params.a // a\n.x"),
            ("tasks.b.outputs.a == 'tasks.a.outputs'", "tasks.b.outputs.a == 'tasks.a.outputs'"),
            ("x.tasks.a.outputs", "x.tasks.a.outputs"),
            ("tasks.a.state", "tasks.a.state"),
            ("[tasks.a.outputs, tasks]", "[params.a, tasks]"),
        ] {
            assert_eq!(chains(before, "tasks", &mut change), after);
        }
    }
}
