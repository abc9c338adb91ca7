//! Variables of make: what `$(NAME)` stands for.

use std::collections::BTreeMap;

/// How deep variables may name each other.
const DEPTH: usize = 24;
/// The longest text that one line may become.
const LONGEST: usize = 64 * 1024;
/// The most variables that are put into one text: each may name two others, which name two others, and all of them nothing.
const MOST: usize = 10_000;
/// What a variable holds that would be longer: nothing that is understood.
const TOO_LONG: &str = "$(longer than is read)";

/// What is known of variables.
#[derive(Debug, Clone, Default)]
pub(super) struct Variables {
    values: BTreeMap<String, String>,
}

/// A text with its variables put in.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Expanded {
    pub(super) text: String,
    /// The first thing in it that is not understood.
    pub(super) unknown: Option<String>,
    /// It has something of the environment in it, as the shell writes it.
    pub(super) from_environment: bool,
    /// `$(shell …)` became a substitution of the shell.
    pub(super) has_shell: bool,
    /// So many variables were put in.
    count: usize,
}

/// What make has by itself.
const BUILT_IN: [(&str, &str); 12] = [
    ("AR", "ar"),
    ("AS", "as"),
    ("CC", "cc"),
    ("CPP", "cc -E"),
    ("CXX", "g++"),
    ("LD", "ld"),
    ("LEX", "lex"),
    ("MAKE", "make"),
    ("MAKEFLAGS", ""),
    ("MAKECMDGOALS", ""),
    ("RM", "rm -f"),
    ("YACC", "yacc"),
];

impl Variables {
    /// `=`, `:=`, `?=` and `+=`; the last two look at what is there.
    pub(super) fn set(&mut self, name: &str, operator: &str, value: &str) {
        let known = self.values.get(name);
        let value = match (operator, known) {
            ("?=", Some(_)) => return,
            ("+=", Some(known)) if known.len() + value.len() < LONGEST => {
                format!("{known} {value}")
            }
            ("+=", Some(_)) => TOO_LONG.to_owned(),
            (":=" | "::=", _) => {
                let expanded = self.expand(value, &BTreeMap::new());
                // What can't be worked out stays as it is written, and is looked at where it is used.
                match expanded.unknown {
                    None if !expanded.from_environment && !expanded.has_shell => {
                        expanded.text.replace('$', "$$")
                    }
                    _ => own_value_put_in(name, value, known.map_or("", String::as_str)),
                }
            }
            _ => value.to_owned(),
        };
        self.values.insert(name.to_owned(), value);
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// The names of all.
    pub(super) fn names(&self) -> Vec<String> {
        self.values.keys().cloned().collect()
    }

    /// The same with those of one target on top.
    pub(super) fn with(&self, own: &[(String, String, String)]) -> Self {
        let mut all = self.clone();
        for (name, operator, value) in own {
            all.set(name, operator, value);
        }
        all
    }

    /// What a variable holds, where that is known and needs no environment.
    pub(super) fn plain(&self, name: &str) -> Option<String> {
        let value = self.values.get(name)?;
        let expanded = self.expand(value, &BTreeMap::new());
        let is_plain =
            expanded.unknown.is_none() && !expanded.from_environment && !expanded.has_shell;
        is_plain.then_some(expanded.text)
    }

    /// Puts variables in; `automatic` are those of a recipe (`@`, `<`, …).
    pub(super) fn expand(&self, text: &str, automatic: &BTreeMap<&str, String>) -> Expanded {
        let mut expanded = Expanded::default();
        self.put(text, automatic, 0, &mut expanded);
        expanded
    }

    fn put(
        &self,
        text: &str,
        automatic: &BTreeMap<&str, String>,
        depth: usize,
        out: &mut Expanded,
    ) {
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            out.text.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            out.count += 1;
            if depth > DEPTH || out.text.len() > LONGEST || out.count > MOST {
                out.unknown.get_or_insert_with(|| "variables that name themselves".to_owned());
                return;
            }
            let Some(first) = rest.chars().next() else {
                out.text.push('$');
                return;
            };
            let inside = match first {
                '$' => {
                    out.text.push('$');
                    rest = &rest[1..];
                    continue;
                }
                '(' | '{' => match closed(rest) {
                    Some(length) => {
                        let inside = &rest[1..length];
                        rest = &rest[length + 1..];
                        inside
                    }
                    None => {
                        out.unknown.get_or_insert_with(|| format!("${rest:.60}"));
                        return;
                    }
                },
                other => {
                    let inside = &rest[..other.len_utf8()];
                    rest = &rest[other.len_utf8()..];
                    inside
                }
            };
            self.put_one(inside, automatic, depth, out);
        }
        out.text.push_str(rest);
    }

    fn put_one(
        &self,
        inside: &str,
        automatic: &BTreeMap<&str, String>,
        depth: usize,
        out: &mut Expanded,
    ) {
        if let Some(value) = automatic.get(inside) {
            return out.text.push_str(value);
        }
        if let Some(value) = part_of_path(inside, automatic) {
            return out.text.push_str(&value);
        }
        if let Some(command) = inside.strip_prefix("shell ") {
            out.has_shell = true;
            out.text.push_str("$(");
            self.put(command.trim_start(), automatic, depth + 1, out);
            return out.text.push(')');
        }
        if inside == "CURDIR" {
            out.from_environment = true;
            return out.text.push_str("$PWD");
        }
        if let Some(value) = self.values.get(inside) {
            return self.put(value, automatic, depth + 1, out);
        }
        if let Some((_, value)) = BUILT_IN.iter().find(|(name, _)| *name == inside) {
            return out.text.push_str(value);
        }
        let is_name = !inside.is_empty()
            && inside.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            && !inside.starts_with(|first: char| first.is_ascii_digit());
        if is_name {
            // make takes it from the environment, or it is empty: so does the shell.
            out.from_environment = true;
            return out.text.push_str(&format!("${{{inside}}}"));
        }
        out.unknown.get_or_insert_with(|| format!("$({inside:.60})"));
    }
}

/// A variable's new text with its old one where it names itself.
fn own_value_put_in(name: &str, value: &str, known: &str) -> String {
    let own = format!("$({name})");
    let grown = value.matches(&own).count().saturating_mul(known.len());
    if grown > LONGEST { TOO_LONG.to_owned() } else { value.replace(&own, known) }
}

/// `$(@D)`, `$(<F)` and the like: the folders and the file names.
fn part_of_path(inside: &str, automatic: &BTreeMap<&str, String>) -> Option<String> {
    let split = inside.char_indices().nth(1)?.0;
    let (name, part) = inside.split_at(split);
    if !matches!(part, "D" | "F") {
        return None;
    }
    let paths = automatic.get(name)?;
    let of = |path: &str| match (part, path.rsplit_once('/')) {
        ("D", Some(("", _))) => "/".to_owned(),
        ("D", Some((folder, _))) => folder.to_owned(),
        ("D", None) => ".".to_owned(),
        (_, Some((_, file))) => file.to_owned(),
        (_, None) => path.to_owned(),
    };
    Some(paths.split_whitespace().map(of).collect::<Vec<_>>().join(" "))
}

/// The place of what closes the bracket that `text` begins with.
fn closed(text: &str) -> Option<usize> {
    let (open, close) = if text.starts_with('(') { ('(', ')') } else { ('{', '}') };
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        if letter == open {
            depth += 1;
        } else if letter == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        let mut variables = Variables::default();
        for (name, operator, value) in [
            ("OUT", "=", "build/$(DIR)"),
            ("DIR", "=", "x"),
            ("NOW", ":=", "$(OUT)"),
            ("DIR", "=", "y"),
            ("DIR", "?=", "z"),
            ("FLAGS", "=", "-a"),
            ("FLAGS", "+=", "-b"),
            ("SELF", "=", "$(SELF) x"),
            ("PRICE", ":=", "5$$"),
            ("LONG", "=", &"x".repeat(LONGEST)),
            ("LONG", "+=", "y"),
        ] {
            variables.set(name, operator, value);
        }
        variables
    }

    #[test]
    fn variables_are_put_in_as_make_does() {
        let automatic = BTreeMap::from([("@", "out/a.txt".to_owned()), ("<", "a.in".to_owned())]);
        for (text, expected) in [
            ("$(OUT) ${NOW} $(FLAGS)", "build/y build/x -a -b"),
            ("$@ $< $(@D) $(@F) $(<D)", "out/a.txt a.in out a.txt ."),
            ("cost $$5 $(PRICE) $$HOME", "cost $5 5$ $HOME"),
            ("$(HOME) $(CC) $(RM) x", "${HOME} cc rm -f x"),
            ("$(shell date +%F) $(CURDIR)", "$(date +%F) $PWD"),
        ] {
            let expanded = variables().expand(text, &automatic);
            assert_eq!((expanded.text.as_str(), expanded.unknown), (expected, None), "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (text, unknown) in [
            ("$(wildcard *.c)", "$(wildcard *.c)"),
            ("$(SRC:.c=.o)", "$(SRC:.c=.o)"),
            ("$(SELF)", "variables that name themselves"),
            ("$(open", "$(open"),
            ("$*", "$(*)"),
            ("$(LONG)", "$(longer than is read)"),
        ] {
            let expanded = variables().expand(text, &BTreeMap::new());
            assert_eq!(expanded.unknown.as_deref(), Some(unknown), "{text}");
        }
    }

    #[test]
    fn what_doubles_with_each_line_ends_soon() {
        // Lines of which each names the one before eight times: more variables than can be counted, and not a letter.
        let mut empty = Variables::default();
        empty.set("V0", "=", "");
        for at in 1..DEPTH {
            let before = format!("$(V{})", at - 1);
            empty.set(&format!("V{at}"), "=", &before.repeat(8));
        }
        let expanded = empty.expand(&format!("$(V{})", DEPTH - 1), &BTreeMap::new());
        assert_eq!(expanded.unknown.as_deref(), Some("variables that name themselves"));
        // What only the environment knows stays as it is written, and doubles.
        let mut long = Variables::default();
        long.set("A", ":=", "$(HOME)");
        for _ in 0..60 {
            long.set("A", ":=", "$(A)$(A)");
        }
        assert!(long.values["A"].len() <= 2 * LONGEST);
        let expanded = long.expand("$(A)", &BTreeMap::new());
        assert_eq!(expanded.unknown.as_deref(), Some(TOO_LONG));
    }
}
