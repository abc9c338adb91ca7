//! The expression of a join: `a.succeeded && (b.failed || c.skipped)`.
//!
//! A language of its own, much smaller than that of `when`: names of upstreams with how they ended, `&&`, `||`,
//! `!` and parentheses. It always ends, needs no values, and can be read for the upstreams that it names.

use std::fmt;

use crate::document::Atom;
use crate::ident::Ident;

/// The longest join expression, in bytes.
pub const MAX_LEN: usize = 64 * 1024;
/// The deepest nesting of parentheses and `!`.
pub const MAX_DEPTH: usize = 64;

/// A parsed join expression.
///
/// [`fmt::Display`] writes its one canonical form, with as few parentheses as its meaning allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinExpr {
    root: Node,
    upstreams: Vec<Ident>,
}

/// Why a text is not a join expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("join expression, column {column}: {message}")]
pub struct JoinExprError {
    /// What is wrong and what is expected instead.
    pub message: String,
    /// Where: counts characters from 1.
    pub column: usize,
}

/// What an upstream is asked: one atom, or whether it ended at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    Atom(Atom),
    Finished,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Ask(Ident, Ask),
    Not(Box<Node>),
    And(Vec<Node>),
    Or(Vec<Node>),
}

impl JoinExpr {
    /// Reads `source`.
    ///
    /// # Errors
    /// Says at which column what was expected.
    pub fn parse(source: &str) -> Result<Self, JoinExprError> {
        if source.len() > MAX_LEN {
            let message = format!("longer than {MAX_LEN} bytes; split the join over several tasks");
            return Err(JoinExprError { message, column: 1 });
        }
        let mut parser = Parser { source, at: 0 };
        let root = parser.or(0)?;
        parser.space();
        if parser.at < source.len() {
            return Err(parser.error("expected `&&`, `||` or the end"));
        }
        let mut upstreams = Vec::new();
        root.collect(&mut upstreams);
        upstreams.sort();
        upstreams.dedup();
        Ok(Self { root, upstreams })
    }

    /// The upstreams that it names, each once, sorted.
    #[must_use]
    pub fn upstreams(&self) -> &[Ident] {
        &self.upstreams
    }

    /// Whether it holds, given how each upstream ended. An upstream without an ending answers no to everything.
    #[must_use]
    pub fn eval(&self, ending: &dyn Fn(&Ident) -> Option<Atom>) -> bool {
        self.root.eval(ending)
    }

    /// The same expression with every mention of `from` turned to `to`.
    #[must_use]
    pub fn renamed(&self, from: &Ident, to: &Ident) -> Self {
        let mut root = self.root.clone();
        root.rename(from, to);
        let mut upstreams: Vec<Ident> = self
            .upstreams
            .iter()
            .map(|name| if name == from { to } else { name }.clone())
            .collect();
        upstreams.sort();
        upstreams.dedup();
        Self { root, upstreams }
    }
}

impl fmt::Display for JoinExpr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.root.write(f, Binding::Or)
    }
}

impl std::str::FromStr for JoinExpr {
    type Err = JoinExprError;

    fn from_str(source: &str) -> Result<Self, JoinExprError> {
        Self::parse(source)
    }
}

/// How tightly the place binds that a node is written in.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Binding {
    Or,
    And,
    Not,
}

impl Node {
    fn eval(&self, ending: &dyn Fn(&Ident) -> Option<Atom>) -> bool {
        match self {
            Self::Ask(name, Ask::Finished) => ending(name).is_some(),
            Self::Ask(name, Ask::Atom(atom)) => ending(name) == Some(*atom),
            Self::Not(node) => !node.eval(ending),
            Self::And(nodes) => nodes.iter().all(|node| node.eval(ending)),
            Self::Or(nodes) => nodes.iter().any(|node| node.eval(ending)),
        }
    }

    fn collect(&self, into: &mut Vec<Ident>) {
        match self {
            Self::Ask(name, _) => into.push(name.clone()),
            Self::Not(node) => node.collect(into),
            Self::And(nodes) | Self::Or(nodes) => nodes.iter().for_each(|node| node.collect(into)),
        }
    }

    fn rename(&mut self, from: &Ident, to: &Ident) {
        match self {
            Self::Ask(name, _) if name == from => *name = to.clone(),
            Self::Ask(..) => {}
            Self::Not(node) => node.rename(from, to),
            Self::And(nodes) | Self::Or(nodes) => {
                nodes.iter_mut().for_each(|node| node.rename(from, to));
            }
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, place: Binding) -> fmt::Result {
        match self {
            Self::Ask(name, Ask::Finished) => write!(f, "{name}.finished"),
            Self::Ask(name, Ask::Atom(atom)) => write!(f, "{name}.{}", atom.word()),
            Self::Not(node) => {
                f.write_str("!")?;
                node.write(f, Binding::Not)
            }
            Self::And(nodes) => write_list(f, nodes, " && ", Binding::And, place),
            Self::Or(nodes) => write_list(f, nodes, " || ", Binding::Or, place),
        }
    }
}

fn write_list(
    f: &mut fmt::Formatter<'_>,
    nodes: &[Node],
    between: &str,
    own: Binding,
    place: Binding,
) -> fmt::Result {
    let closed = place > own;
    if closed {
        f.write_str("(")?;
    }
    for (index, node) in nodes.iter().enumerate() {
        if index > 0 {
            f.write_str(between)?;
        }
        node.write(f, own)?;
    }
    if closed {
        f.write_str(")")?;
    }
    Ok(())
}

struct Parser<'a> {
    source: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn or(&mut self, depth: usize) -> Result<Node, JoinExprError> {
        let mut nodes = Vec::new();
        loop {
            // A parenthesised part of the same operator is the same list: `a || (b || c)`.
            match self.and(depth)? {
                Node::Or(inner) => nodes.extend(inner),
                node => nodes.push(node),
            }
            if !self.take("||") {
                return Ok(one_or(nodes, Node::Or));
            }
        }
    }

    fn and(&mut self, depth: usize) -> Result<Node, JoinExprError> {
        let mut nodes = Vec::new();
        loop {
            match self.unary(depth)? {
                Node::And(inner) => nodes.extend(inner),
                node => nodes.push(node),
            }
            if !self.take("&&") {
                return Ok(one_or(nodes, Node::And));
            }
        }
    }

    fn unary(&mut self, depth: usize) -> Result<Node, JoinExprError> {
        self.space();
        if depth > MAX_DEPTH {
            return Err(self.error(&format!("nested deeper than {MAX_DEPTH} levels")));
        }
        if self.take("!") {
            return Ok(match self.unary(depth + 1)? {
                Node::Not(inner) => *inner,
                node => Node::Not(Box::new(node)),
            });
        }
        if self.take("(") {
            let node = self.or(depth + 1)?;
            if !self.take(")") {
                return Err(self.error("expected `)`"));
            }
            return Ok(node);
        }
        self.ask()
    }

    fn ask(&mut self) -> Result<Node, JoinExprError> {
        let start = self.at;
        let word = self.word().to_owned();
        if word.is_empty() {
            return Err(
                self.error("expected a task with how it ended, such as `extract.succeeded`")
            );
        }
        let name = Ident::new(&word).map_err(|error| JoinExprError {
            message: error.to_string(),
            column: self.column(start),
        })?;
        if !self.take(".") {
            return Err(self.error(&format!(
                "expected `.` and how `{name}` ended, such as `{name}.succeeded`"
            )));
        }
        self.space();
        let start = self.at;
        let word = self.word().to_owned();
        if word == "finished" {
            return Ok(Node::Ask(name, Ask::Finished));
        }
        match Atom::from_word(&word) {
            Some(atom) => Ok(Node::Ask(name, Ask::Atom(atom))),
            None if word.is_empty() => {
                Err(self.error(&format!("expected how `{name}` ended, such as `{name}.succeeded`")))
            }
            None => {
                let message = format!(
                    "`{word}` is not how a task ends: use succeeded, failed, skipped, upstream_failed, canceled or finished"
                );
                Err(JoinExprError { message, column: self.column(start) })
            }
        }
    }

    fn space(&mut self) {
        let rest = &self.source[self.at..];
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
    }

    fn take(&mut self, token: &str) -> bool {
        self.space();
        let found = self.source[self.at..].starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    fn word(&mut self) -> &str {
        let rest = &self.source[self.at..];
        let length = rest
            .bytes()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
            .count();
        self.at += length;
        &rest[..length]
    }

    fn column(&self, at: usize) -> usize {
        self.source[..at].chars().count() + 1
    }

    fn error(&self, message: &str) -> JoinExprError {
        let found = match self.source[self.at..].chars().next() {
            Some(found) => format!(", found `{}`", found.escape_debug()),
            None => ", found the end".to_owned(),
        };
        JoinExprError { message: format!("{message}{found}"), column: self.column(self.at) }
    }
}

fn one_or(mut nodes: Vec<Node>, list: fn(Vec<Node>) -> Node) -> Node {
    match nodes.len() {
        1 => nodes.swap_remove(0),
        _ => list(nodes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(source: &str) -> JoinExpr {
        JoinExpr::parse(source).unwrap()
    }

    #[test]
    fn is_written_in_one_form() {
        for (source, canonical) in [
            ("a.succeeded", "a.succeeded"),
            ("  a . succeeded&&b.failed ", "a.succeeded && b.failed"),
            ("a.succeeded && (b.failed || c.skipped)", "a.succeeded && (b.failed || c.skipped)"),
            ("(a.failed && b.failed) || c.canceled", "a.failed && b.failed || c.canceled"),
            ("a.failed || (b.failed || (c.failed))", "a.failed || b.failed || c.failed"),
            ("!(a.failed || b.failed)", "!(a.failed || b.failed)"),
            ("!!a.finished", "a.finished"),
            ("!a.upstream_failed", "!a.upstream_failed"),
        ] {
            assert_eq!(parse(source).to_string(), canonical);
            assert_eq!(parse(canonical), parse(source));
        }
    }

    #[test]
    fn asks_how_upstreams_ended() {
        let join = parse("a.succeeded && (b.failed || !c.finished)");
        assert_eq!(join.upstreams().iter().map(Ident::as_str).collect::<Vec<_>>(), ["a", "b", "c"]);
        let with = |b: Option<Atom>, c: Option<Atom>| {
            join.eval(&|name| match name.as_str() {
                "a" => Some(Atom::Succeeded),
                "b" => b,
                _ => c,
            })
        };
        assert!(with(Some(Atom::Failed), Some(Atom::Skipped)));
        assert!(with(Some(Atom::Skipped), None));
        assert!(!with(Some(Atom::Skipped), Some(Atom::Canceled)));
    }

    #[test]
    fn renames_every_mention() {
        let join = parse("a.failed || b.failed && !a.skipped");
        let renamed = join.renamed(&Ident::new("a").unwrap(), &Ident::new("b").unwrap());
        assert_eq!(renamed.to_string(), "b.failed || b.failed && !b.skipped");
        assert_eq!(renamed.upstreams().len(), 1);
    }

    #[test]
    fn errors_say_where_and_what() {
        let text = |source: &str| JoinExpr::parse(source).unwrap_err().to_string();
        insta::assert_snapshot!(
            [
                "",
                "a",
                "a.",
                "a.done",
                "a.failed &&",
                "a.failed b",
                "(a.failed",
                "Load.failed",
                "if.failed",
                "a.failed & b.failed"
            ]
            .map(|source| format!("{source:20} {}", text(source)))
            .join("\n")
        );
        assert!(text(&"(".repeat(100_000)).contains("longer than"));
        assert!(text(&"(".repeat(60_000)).contains("nested deeper"));
        assert!(text(&"!".repeat(60_000)).contains("nested deeper"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(source in "[ab.!&|() ]{0,40}|\\PC{0,40}|((a|b)\\.(failed|skipped)|&&|\\|\\||!|\\(|\\)| ){0,12}") {
            if let Ok(join) = JoinExpr::parse(&source) {
                proptest::prop_assert_eq!(parse(&join.to_string()), join);
            }
        }
    }
}
