//! From source to a checked, instrumented syntax tree.

use cel::common::ast::{IdedExpr, SourceInfo};

use super::error::ExprError;
use super::eval::ENV;
use super::references::{References, references};
use super::{check, instrument, limits};

/// A source with what was made of it.
pub(super) struct Parsed {
    pub(super) source: String,
    /// What is evaluated: the tree with charges in it.
    pub(super) ast: IdedExpr,
    pub(super) references: References,
    positions: SourceInfo,
}

impl Parsed {
    pub(super) fn parse(source: &str) -> Result<Self, ExprError> {
        if source.trim().is_empty() {
            return Err(ExprError::new("the expression is empty"));
        }
        limits::check_source(source)?;
        let (mut ast, positions) =
            ENV.parser().max_recursion_depth(limits::MAX_DEPTH as u16 * 2).parse_with_source_info(source).map_err(
                |errors| {
                    let first = errors.errors.into_iter().next();
                    first.map_or_else(|| ExprError::new("not an expression"), |error| syntax_error(source, &error))
                },
            )?;
        let column = |node: u64| column_of(&positions, source, node);
        check::check(&ast, &column)?;
        let references = references(&ast, &column);
        instrument::instrument(&mut ast);
        Ok(Self { source: source.to_owned(), ast, references, positions })
    }

    /// Where a node stands: counts characters from 1.
    pub(super) fn column(&self, node: u64) -> usize {
        column_of(&self.positions, &self.source, node)
    }
}

fn column_of(positions: &SourceInfo, source: &str, node: u64) -> usize {
    let (start, _) = positions.offset_for(node).unwrap_or_default();
    let _ = source;
    start as usize + 1
}

fn syntax_error(source: &str, error: &cel::ParseError) -> ExprError {
    let (line, column) = error.pos;
    let before: usize =
        source.split_inclusive('\n').take(usize::try_from(line - 1).unwrap_or(0)).map(|line| line.chars().count()).sum();
    let column = before + usize::try_from(column).unwrap_or(1).max(1);
    let text = error.msg.trim_start_matches("Syntax error: ");
    ExprError::at(column, text)
}
