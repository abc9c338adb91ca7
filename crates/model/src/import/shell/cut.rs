//! Where the parts of a script begin and end, and what of its beginning only prepares.

/// A script in parts.
#[derive(Debug, Default)]
pub(super) struct Cut {
    pub(super) start: Start,
    pub(super) parts: Vec<Part>,
    /// Lines with a mark that stand within a command.
    pub(super) nested: Vec<usize>,
}

/// What stands before the first part.
#[derive(Debug, Default)]
pub(super) struct Start {
    /// Options, variables, functions: whole lines, each with its end.
    pub(super) carried: String,
    /// The lines that do more than prepare.
    pub(super) commands: String,
}

/// A part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) text: String,
}

/// What a line is within of, when it begins.
#[derive(Debug, Default, Clone)]
struct Within {
    /// `if`, `do`, `case`, `{` and `(` that are open.
    open: usize,
    /// The end of a here-document.
    here: Vec<(String, bool)>,
    quote: Option<char>,
    /// The last line ended in a backslash.
    is_joined: bool,
}

/// Cuts a script.
pub(super) fn cut(text: &str) -> Cut {
    let mut cut = Cut::default();
    let mut within = Within::default();
    let mut start = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let is_inside = within.is_inside();
        if let Some(name) = mark(line) {
            if !is_inside {
                let name = if name.is_empty() { format!("part {number}") } else { name };
                cut.parts.push(Part { name, line: number, text: String::new() });
                continue;
            }
            cut.nested.push(number);
        }
        within.take(line);
        match cut.parts.last_mut() {
            Some(part) => {
                part.text.push_str(line);
                part.text.push('\n');
            }
            None if number == 1 && line.starts_with("#!") => {}
            None => start.push((line, is_inside)),
        }
    }
    cut.start = beginning(&start);
    cut
}

/// The name behind `# ---`.
fn mark(line: &str) -> Option<String> {
    let rest = line.trim_start_matches('#');
    if rest.len() == line.len() {
        return None;
    }
    let rest = rest.trim_start().strip_prefix("---")?;
    Some(
        rest.trim_matches(|c: char| c == '-' || c == '#' || c == '=' || c.is_whitespace())
            .to_owned(),
    )
}

/// Words that begin a line which only prepares.
const PREPARES: [&str; 14] = [
    "set", "shopt", "export", "readonly", "declare", "typeset", "local", "umask", "ulimit", "trap",
    "alias", "source", ".", "setopt",
];

fn beginning(lines: &[(&str, bool)]) -> Start {
    let mut start = Start::default();
    let mut is_carried = true;
    for (line, is_inside) in lines {
        if !is_inside {
            is_carried = prepares(line);
        }
        if !is_carried {
            start.commands.push_str(line);
            start.commands.push('\n');
        } else if *is_inside || !is_comment(line) {
            start.carried.push_str(line);
            start.carried.push('\n');
        }
    }
    start
}

fn is_comment(line: &str) -> bool {
    let line = line.trim();
    line.is_empty() || line.starts_with('#')
}

fn prepares(line: &str) -> bool {
    let line = line.trim();
    let word = line.split(|c: char| c.is_whitespace() || c == ';').next().unwrap_or_default();
    is_comment(line)
        || PREPARES.contains(&word)
        || is_function(line)
        || super::names::assigned(line).is_some() && only_assigns(line)
}

fn is_function(line: &str) -> bool {
    if line.starts_with("function ") {
        return true;
    }
    let Some((name, rest)) = line.split_once('(') else { return false };
    let name = name.trim();
    !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || "_-.:".contains(c))
        && rest.trim_start().starts_with(')')
}

/// `NAME=value`, and no command after it.
fn only_assigns(line: &str) -> bool {
    let mut quote = None;
    let mut depth = 0_usize;
    let mut words = 1;
    let mut is_between = false;
    for letter in line.chars() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'' | '`') => quote = Some(letter),
            (None, '(' | '{') => depth += 1,
            (None, ')' | '}') => depth = depth.saturating_sub(1),
            (None, '#') if is_between => break,
            (None, ';' | '&' | '|') if depth == 0 => return false,
            (None, c) if c.is_whitespace() && depth == 0 => {
                is_between = true;
                continue;
            }
            _ => {}
        }
        if std::mem::take(&mut is_between) {
            words += 1;
        }
    }
    words == 1
}

impl Within {
    fn is_inside(&self) -> bool {
        self.open > 0 || !self.here.is_empty() || self.quote.is_some() || self.is_joined
    }

    /// Goes over one line.
    fn take(&mut self, line: &str) {
        if let Some((end, is_indented)) = self.here.first() {
            let found = if *is_indented { line.trim_start_matches('\t') } else { line };
            if found == end {
                self.here.remove(0);
            }
            return;
        }
        self.is_joined = false;
        let mut word = String::new();
        let mut is_first = true;
        let mut letters = line.chars().peekable();
        let mut before = ' ';
        while let Some(letter) = letters.next() {
            if let Some(open) = self.quote {
                if letter == '\\' && open != '\'' {
                    letters.next();
                } else if letter == open {
                    self.quote = None;
                }
                before = letter;
                continue;
            }
            match letter {
                '\\' => {
                    self.is_joined = letters.next().is_none();
                    word.push('\\');
                }
                '"' | '\'' | '`' => {
                    self.quote = Some(letter);
                    word.push(letter);
                }
                '#' if word.is_empty() && before != '$' && before != '{' => break,
                '<' if letters.peek() == Some(&'<') => {
                    letters.next();
                    if letters.peek() == Some(&'<') {
                        letters.next();
                    } else {
                        self.here_document(&mut letters);
                    }
                }
                '(' => self.open += 1,
                ')' => self.open = self.open.saturating_sub(1),
                c if c.is_whitespace() || ";&|".contains(c) => {
                    self.word(&word, is_first);
                    is_first = !c.is_whitespace()
                        || (is_first && word.is_empty())
                        || LEADS.contains(&word.as_str());
                    word.clear();
                }
                other => word.push(other),
            }
            before = letter;
        }
        self.word(&word, is_first);
    }

    /// A word; one where a command begins may open or close something.
    fn word(&mut self, word: &str, is_first: bool) {
        match word {
            "if" | "do" | "case" | "{" if is_first => self.open += 1,
            // `name() {` and `function name {`
            "{" => self.open += 1,
            "fi" | "done" | "esac" | "}" if is_first => self.open = self.open.saturating_sub(1),
            _ => {}
        }
    }

    fn here_document(&mut self, letters: &mut std::iter::Peekable<std::str::Chars<'_>>) {
        let is_indented = letters.peek() == Some(&'-');
        if is_indented {
            letters.next();
        }
        while letters.peek() == Some(&' ') {
            letters.next();
        }
        let mut end = String::new();
        while let Some(letter) = letters.peek().copied() {
            if letter.is_whitespace() || ";&|<>()".contains(letter) {
                break;
            }
            letters.next();
            if !"\"'\\".contains(letter) {
                end.push(letter);
            }
        }
        if !end.is_empty() && !end.starts_with(|c: char| c.is_ascii_digit()) {
            self.here.push((end, is_indented));
        }
    }
}

/// Words after which a command begins.
const LEADS: [&str; 9] = ["then", "do", "else", "elif", "if", "while", "until", "!", "time"];

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> (Vec<String>, Vec<usize>) {
        let cut = cut(text);
        (cut.parts.into_iter().map(|part| part.name).collect(), cut.nested)
    }

    #[test]
    fn parts_begin_at_marks_outside_of_commands() {
        let text = "# --- one ---\nif true; then\n# --- not\nfi\n## ---- two\ncat <<EOF\n# --- nor\nEOF\nf() {\n# --- nor\n}\n#--- three\nx='\n# --- nor\n'\ncase $x in\na) echo ;;\nesac\n# --- four\n";
        assert_eq!(
            names(text),
            (vec!["one".into(), "two".into(), "three".into(), "four".into()], vec![3, 7, 10, 14])
        );
    }

    #[test]
    fn what_only_prepares_is_carried() {
        let found = cut(
            "#!/bin/sh\n# about\nset -eu\nDAY=$(date +%F)\nsay() {\n  echo \"$1\"\n}\n. ./lib.sh\n# --- a\nls\n",
        );
        assert_eq!(
            found.start.carried,
            "set -eu\nDAY=$(date +%F)\nsay() {\n  echo \"$1\"\n}\n. ./lib.sh\n"
        );
        assert_eq!(found.start.commands, "");
        let found = cut("A=1\nmkdir -p out\nA=2 env\n# --- a\nls\n");
        assert_eq!(found.start.carried, "A=1\n");
        assert_eq!(found.start.commands, "mkdir -p out\nA=2 env\n");
    }
}
