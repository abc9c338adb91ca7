//! From source to a checked, instrumented syntax tree.

use cel::common::ast::{IdedExpr, SourceInfo};

use super::error::ExprError;
use super::eval::ENV;
use super::references::{References, references};
use super::{check, instrument, limits, stack};

/// A source with what was made of it.
pub(super) struct Parsed {
    pub(super) source: String,
    /// What is evaluated: the tree with charges in it.
    pub(super) ast: IdedExpr,
    pub(super) references: References,
    /// How deep the evaluator recurses for it.
    pub(super) depth: usize,
    positions: SourceInfo,
}

impl Parsed {
    pub(super) fn parse(source: &str) -> Result<Self, ExprError> {
        if source.trim().is_empty() {
            return Err(ExprError::new("the expression is empty"));
        }
        let depth = limits::check_source(source)?;
        stack::with_room(depth * stack::PARSER_FRAME, || Self::parse_checked(source))
    }

    fn parse_checked(source: &str) -> Result<Self, ExprError> {
        let (mut ast, positions) = ENV
            .parser()
            .max_recursion_depth(limits::MAX_DEPTH as u16 * 2)
            .parse_with_source_info(source)
            .map_err(|errors| {
                let first = errors.errors.into_iter().next();
                first.map_or_else(
                    || ExprError::new("not an expression"),
                    |error| syntax_error(source, &error),
                )
            })?;
        let column = |node: u64| column_of(&positions, source, node);
        check::check(&ast, &column)?;
        let references = references(&ast, &column);
        instrument::instrument(&mut ast);
        let depth = stack::depth(&ast);
        Ok(Self { source: source.to_owned(), ast, references, depth, positions })
    }

    /// Where a node stands: counts characters from 1.
    pub(super) fn column(&self, node: u64) -> usize {
        column_of(&self.positions, &self.source, node)
    }
}

fn column_of(positions: &SourceInfo, source: &str, node: u64) -> usize {
    let (start, _) = positions.offset_for(node).unwrap_or_default();
    let mut before = source.get(..start as usize).unwrap_or_default();
    // A call's place is its bracket; people look for its name.
    if source.get(start as usize..).is_some_and(|rest| rest.starts_with('(')) {
        let name = before.trim_end();
        before = name.trim_end_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    }
    before.chars().count() + 1
}

fn syntax_error(source: &str, error: &cel::ParseError) -> ExprError {
    let (line, column) = error.pos;
    let lines_before = usize::try_from(line - 1).unwrap_or(0);
    let before: usize =
        source.split_inclusive('\n').take(lines_before).map(|line| line.chars().count()).sum();
    let column = before + usize::try_from(column).unwrap_or(1).max(1);
    ExprError::at(column.min(source.chars().count() + 1), reworded(&error.msg))
}

/// The parser's message in words that help somebody who does not know the grammar.
fn reworded(message: &str) -> String {
    let message = message.trim_start_matches("Syntax error: ");
    let quoted = |prefix: &str| {
        let rest = message.strip_prefix(prefix)?.strip_prefix('\'')?;
        Some(rest.split("' ").next().unwrap_or(rest).trim_end_matches('\'').to_owned())
    };
    if let Some(found) =
        quoted("mismatched input ").or_else(|| quoted("no viable alternative at input "))
    {
        return match found.contains("<EOF>") {
            true => "the expression ends too soon: a value is expected".to_owned(),
            false => format!("`{found}` cannot stand here"),
        };
    }
    if let Some(found) = quoted("extraneous input ") {
        return format!("`{found}` is not expected here; is an operator missing before it?");
    }
    if let Some(missing) = quoted("missing ") {
        return format!("`{missing}` is missing");
    }
    if let Some(found) = message.strip_prefix("token recognition error at: '") {
        let found = found.strip_suffix('\'').unwrap_or(found).trim();
        return match found.chars().next() {
            Some('"' | '\'') => "a text is not closed".to_owned(),
            Some('=') => "`=` does not compare; write `==`".to_owned(),
            _ => format!("`{found}` cannot stand in an expression"),
        };
    }
    if let Some(word) = message.strip_prefix("reserved identifier: ") {
        return format!("`{word}` is a reserved word");
    }
    if message.starts_with("Incomplete") {
        return "the expression is not complete: a part of an operator is missing".to_owned();
    }
    message.to_owned()
}
