//! The rules of a Makefile, and what else stands in it.

use std::collections::{BTreeMap, BTreeSet};

use super::expand::Variables;
use super::lines::{Line, lines};
use crate::import::Remark;

/// What was read.
#[derive(Debug, Default)]
pub(super) struct Read {
    /// In the order of the file, each name once.
    pub(super) targets: Vec<Target>,
    pub(super) phony: BTreeSet<String>,
    pub(super) variables: Variables,
    /// Names of variables that commands see.
    pub(super) exported: BTreeSet<String>,
    /// `.DEFAULT_GOAL`
    pub(super) goal: Option<String>,
    /// `.ONESHELL`
    pub(super) one_shell: bool,
    /// `.IGNORE` without targets.
    pub(super) ignores_errors: bool,
    pub(super) remarks: Vec<Remark>,
    index: BTreeMap<String, usize>,
    /// So many prerequisites and lines were given to targets: each of a rule has them all.
    given: usize,
}

/// What a rule says is copied for each of its targets; beyond this a file is no Makefile that a person wrote.
const MOST_GIVEN: usize = 1_000_000;

impl Read {
    /// Whether more would be given to targets than is read.
    pub(super) fn is_too_large(&self) -> bool {
        self.given > MOST_GIVEN
    }
}

/// A target with a name.
#[derive(Debug, Default)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) help: Option<String>,
    /// The order-only ones come last.
    pub(super) prerequisites: Vec<String>,
    /// So many of them are not order-only.
    pub(super) normal: usize,
    /// Lines with their numbers.
    pub(super) recipe: Vec<(usize, String)>,
    /// Variables of its own: name, operator, value.
    pub(super) variables: Vec<(String, String, String)>,
}

/// Operators of assignment, longer ones first.
const OPERATORS: [&str; 6] = ["::=", ":=", "?=", "+=", "!=", "="];
/// Special targets that change nothing here.
const WITHOUT_EFFECT: [&str; 9] = [
    ".SUFFIXES",
    ".SILENT",
    ".PRECIOUS",
    ".SECONDARY",
    ".INTERMEDIATE",
    ".NOTPARALLEL",
    ".POSIX",
    ".DELETE_ON_ERROR",
    ".LOW_RESOLUTION_TIME",
];

/// Reads a Makefile.
pub(super) fn read(text: &str) -> Read {
    let mut reader = Reader { read: Read::default(), current: Vec::new(), export_all: false };
    let mut rest = lines(text).into_iter();
    while let Some(line) = rest.next() {
        if reader.read.is_too_large() {
            break;
        }
        let word = line.text.split_whitespace().next().unwrap_or_default();
        if !line.is_recipe && word == "define" {
            let end = rest.by_ref().find(|line| line.text.trim() == "endef");
            let name = line.text.split_whitespace().nth(1).unwrap_or_default();
            let last = end.map_or(line.number, |end| end.number);
            let message = format!("`define {name:.40}` (to line {last}) is not understood");
            reader.read.remarks.push(Remark::left_out(line.number, message));
            reader.read.variables.unset(name);
        } else if !line.is_recipe && matches!(word, "ifeq" | "ifneq" | "ifdef" | "ifndef") {
            let mut depth = 1_usize;
            let end = rest.by_ref().find(|line| {
                match line.text.split_whitespace().next().unwrap_or_default() {
                    "ifeq" | "ifneq" | "ifdef" | "ifndef" => depth += 1,
                    "endif" => depth -= 1,
                    _ => {}
                }
                depth == 0
            });
            let last = end.map_or(line.number, |end| end.number);
            let message = format!(
                "the part under `{}` (to line {last}) depends on a condition; none of it was taken",
                line.text.trim()
            );
            reader.read.remarks.push(Remark::left_out(line.number, message));
        } else {
            reader.line(&line);
        }
    }
    let mut read = reader.read;
    if reader.export_all {
        let names: Vec<String> = read.variables.names();
        read.exported.extend(names);
    }
    read
}

struct Reader {
    read: Read,
    /// The targets whose recipe follows.
    current: Vec<usize>,
    export_all: bool,
}

impl Reader {
    fn line(&mut self, line: &Line) {
        if line.is_recipe {
            return self.recipe_line(line.number, &line.text);
        }
        let text = line.text.trim();
        if text.is_empty() {
            return;
        }
        let (word, after) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        match word {
            "include" | "-include" | "sinclude" | "load" => {
                self.current.clear();
                self.left_out(line, format!("`{text:.80}`: other files are not read"));
            }
            "export" if self.export(after) => {}
            "unexport" => {
                for name in after.split_whitespace() {
                    self.read.exported.remove(name);
                }
            }
            "undefine" => self.read.variables.unset(after.trim()),
            "vpath" => self.left_out(line, "`vpath` is not understood".to_owned()),
            "endif" | "else" | "endef" => {
                self.left_out(line, format!("`{word}` without a beginning"));
            }
            "override" | "private" | "export" => {
                if word == "export"
                    && let Some((name, ..)) = assignment(after)
                {
                    self.read.exported.insert(name.to_owned());
                }
                let rest = Line { text: after.to_owned(), ..line.clone() };
                self.line(&rest);
            }
            _ => self.statement(line, text),
        }
    }

    /// `export` and `export NAME …`; not an assignment.
    fn export(&mut self, after: &str) -> bool {
        if assignment(after).is_some() {
            return false;
        }
        if after.trim().is_empty() {
            self.export_all = true;
        }
        self.read.exported.extend(after.split_whitespace().map(str::to_owned));
        true
    }

    fn statement(&mut self, line: &Line, text: &str) {
        if let Some((name, operator, value)) = assignment(text) {
            self.current.clear();
            return self.assign(line, name, operator, value);
        }
        let Some(colon) = colon(text) else {
            self.current.clear();
            return self.left_out(line, format!("`{text:.80}` is not understood"));
        };
        self.rule(line, &text[..colon], text[colon + 1..].trim_start_matches(':'));
    }

    fn assign(&mut self, line: &Line, name: &str, operator: &str, value: &str) {
        match name {
            ".DEFAULT_GOAL" => self.read.goal = Some(value.to_owned()),
            ".RECIPEPREFIX" | ".SHELLFLAGS" => {
                self.left_out(line, format!("`{name}` is not understood"));
            }
            _ if operator == "!=" => {
                let message =
                    format!("`{name}` is what a command prints; nothing is run to read a Makefile");
                self.left_out(line, message);
                self.read.variables.set(name, "=", &format!("$(shell {value})"));
            }
            _ => self.read.variables.set(name, operator, value),
        }
    }

    fn rule(&mut self, line: &Line, targets: &str, rest: &str) {
        self.current.clear();
        let names = self.read.variables.expand(targets.trim_end_matches('&'), &BTreeMap::new());
        if names.unknown.is_some() || names.from_environment || names.has_shell {
            let message = format!("the target `{}` is not understood", targets.trim());
            return self.left_out(line, message);
        }
        let names: Vec<String> = names.text.split_whitespace().map(str::to_owned).collect();
        if let [name] = names.as_slice()
            && name.starts_with('.')
            && !name.contains('/')
            && name[1..].chars().all(|c| c.is_ascii_uppercase() || c == '_')
        {
            return self.special(line, &name.clone(), rest);
        }
        if targets.trim_end().ends_with('&') {
            let message = "these targets are made together by one recipe; here each task runs it";
            self.read.remarks.push(Remark::changed(line.number, message));
        }
        if let Some((name, operator, value)) = assignment(rest) {
            for target in names.iter().filter(|target| !target.contains('%')) {
                let at = self.target(target, line);
                let own = (name.to_owned(), operator.to_owned(), value.to_owned());
                self.read.targets[at].variables.push(own);
            }
            return;
        }
        let (rest, first) = match rest.split_once(';') {
            Some((rest, first)) => (rest, Some(first)),
            None => (rest, None),
        };
        if is_suffix_rule(&names, rest)
            || names.iter().any(|it| it.contains('%'))
            || rest.contains('%')
        {
            let message = format!(
                "the rule `{}` is for many files; a task is one thing to do, so write those that you need",
                line.text.trim()
            );
            return self.left_out(line, message);
        }
        let (normal, order_only) = rest.split_once('|').unwrap_or((rest, ""));
        let normal = self.prerequisites(line, normal);
        let order_only = self.prerequisites(line, order_only);
        let each = 1 + normal.len() + order_only.len();
        self.read.given = self.read.given.saturating_add(names.len().saturating_mul(each));
        if self.read.is_too_large() {
            return;
        }
        for name in &names {
            let at = self.target(name, line);
            let target = &mut self.read.targets[at];
            let before = target.normal;
            target.prerequisites.splice(before..before, normal.iter().cloned());
            target.normal += normal.len();
            target.prerequisites.extend(order_only.iter().cloned());
            if line.help.is_some() {
                target.help.clone_from(&line.help);
            }
            self.current.push(at);
        }
        if let Some(first) = first {
            self.recipe_line(line.number, first.trim_start());
        }
    }

    fn special(&mut self, line: &Line, name: &str, rest: &str) {
        let names = self.prerequisites(line, rest);
        match name {
            ".PHONY" => self.read.phony.extend(names),
            ".ONESHELL" => self.read.one_shell = true,
            ".IGNORE" if names.is_empty() => self.read.ignores_errors = true,
            ".EXPORT_ALL_VARIABLES" => self.export_all = true,
            _ if WITHOUT_EFFECT.contains(&name) => {}
            _ => self.left_out(line, format!("`{name}` is not understood")),
        }
    }

    fn prerequisites(&mut self, line: &Line, text: &str) -> Vec<String> {
        let expanded = self.read.variables.expand(text, &BTreeMap::new());
        if let Some(unknown) = &expanded.unknown {
            self.left_out(line, format!("the prerequisites in {unknown} are not understood"));
        } else if expanded.from_environment || expanded.has_shell {
            let message =
                format!("some prerequisites of `{}` are only known when make runs", text.trim());
            self.left_out(line, message);
        }
        let is_plain = |name: &&str| !name.contains(['$', '(', ')', '{', '}']);
        expanded.text.split_whitespace().filter(is_plain).map(str::to_owned).collect()
    }

    fn recipe_line(&mut self, number: usize, text: &str) {
        if self.current.is_empty() {
            // Of a rule that was left out, or below no rule at all.
            return;
        }
        self.read.given = self.read.given.saturating_add(self.current.len());
        for at in self.current.clone() {
            let target = &mut self.read.targets[at];
            let again = !target.recipe.is_empty()
                && target.recipe.iter().all(|(line, _)| *line < target.line);
            if again {
                let message = format!(
                    "`{}` has a second recipe, which replaces the first, as in make",
                    target.name
                );
                self.read.remarks.push(Remark::changed(number, message));
                target.recipe.clear();
            }
            target.recipe.push((number, text.to_owned()));
        }
    }

    /// The target of this name, which is there from now on.
    fn target(&mut self, name: &str, line: &Line) -> usize {
        let read = &mut self.read;
        let at = *read.index.entry(name.to_owned()).or_insert_with(|| {
            read.targets.push(Target { name: name.to_owned(), ..Target::default() });
            read.targets.len() - 1
        });
        // The newest rule for it: its recipe, if it has one, takes the place of an earlier one.
        read.targets[at].line = line.number;
        at
    }

    fn left_out(&mut self, line: &Line, message: String) {
        self.read.remarks.push(Remark::left_out(line.number, message));
    }
}

/// `NAME = value` and its relatives.
fn assignment(text: &str) -> Option<(&str, &str, &str)> {
    let at = text.find('=')?;
    let operator = OPERATORS.into_iter().find(|it| text[..=at].ends_with(it))?;
    let name = text[..=at].strip_suffix(operator)?.trim();
    let is_name = !name.is_empty()
        && !name.contains(char::is_whitespace)
        && !name.contains([':', ';', '#', '$', '(', ')', '\'', '"', '`', '|', '&', '<', '>']);
    is_name.then(|| (name, operator, text[at + 1..].trim()))
}

/// The colon after the targets, outside of brackets.
fn colon(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '{' => depth += 1,
            ')' | '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => return Some(at),
            _ => {}
        }
    }
    None
}

/// `.c.o:` and `.c:`
fn is_suffix_rule(names: &[String], rest: &str) -> bool {
    let [name] = names else { return false };
    let Some(first) = name.strip_prefix('.') else { return false };
    let parts: Vec<&str> = first.split('.').collect();
    let is_suffix = |part: &&str| {
        (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    rest.trim().is_empty() && parts.len() <= 2 && parts.iter().all(is_suffix)
}
