//! Where the values of a tree stand in its text.
//!
//! Kept apart from the tree, so that trees can be compared without regard to where they stand.

use std::ops::Range;
use std::sync::Arc;

use crate::document::Json;
use crate::problem::{Aim, Path, Place, Problem, Step};

/// The spans of a value and of everything below it, in bytes of the text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SpanTree {
    /// The key, where the value is a member; else empty.
    pub key: Range<u32>,
    /// The value.
    pub value: Range<u32>,
    /// Members or elements, in order.
    pub children: Vec<SpanTree>,
}

/// A text with its tree and spans: answers where a path leads.
#[derive(Debug, Clone)]
pub struct Source {
    text: Arc<str>,
    tree: Json,
    spans: SpanTree,
    line_starts: Vec<u32>,
}

impl Source {
    pub(super) fn new(text: &str, tree: Json, spans: SpanTree) -> Self {
        let line_starts = std::iter::once(0)
            .chain(
                text.bytes()
                    .enumerate()
                    .filter(|(_, byte)| *byte == b'\n')
                    .map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX)),
            )
            .collect();
        Self { text: text.into(), tree, spans, line_starts }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The tree.
    #[must_use]
    pub fn tree(&self) -> &Json {
        &self.tree
    }

    /// Where `path` leads, or as far as it can be followed.
    #[must_use]
    pub fn place(&self, path: &Path, aim: Aim) -> Place {
        let (mut tree, mut spans) = (&self.tree, &self.spans);
        let mut whole = true;
        for step in path.steps() {
            let next = match (step, tree) {
                (Step::Index(index), Json::Array(elements)) => {
                    elements.get(*index).zip(spans.children.get(*index))
                }
                (Step::Key(key), Json::Object(members)) => members
                    .iter()
                    .position(|(name, _)| **name == **key)
                    .and_then(|at| Some((&members.get(at)?.1, spans.children.get(at)?))),
                _ => None,
            };
            let Some(next) = next else {
                whole = false;
                break;
            };
            (tree, spans) = next;
        }
        let is_container = matches!(tree, Json::Object(_) | Json::Array(_));
        let range = match aim {
            Aim::Key if whole && !spans.key.is_empty() => spans.key.clone(),
            // A whole object is no helpful mark: point at its opening bracket.
            _ if is_container => spans.value.start..spans.value.start + 1,
            _ => spans.value.clone(),
        };
        self.place_of(range.start as usize, (range.end - range.start) as usize)
    }

    /// The place of `length` bytes from `offset`.
    #[must_use]
    pub fn place_of(&self, offset: usize, length: usize) -> Place {
        let line = self.line_starts.partition_point(|start| *start as usize <= offset).max(1) - 1;
        let start = self.line_starts.get(line).map_or(0, |start| *start as usize);
        let column = self.text.get(start..offset).map_or(0, |before| before.chars().count());
        Place { line: to_u32(line) + 1, column: to_u32(column) + 1, offset, length }
    }

    /// Gives each problem its place in the text, where it has none yet.
    pub fn locate(&self, problems: &mut [Problem]) {
        for problem in problems {
            if problem.place.is_none() {
                problem.place = Some(self.place(&problem.path, problem.aim));
            }
            for related in &mut problem.related {
                if related.place.is_none() {
                    related.place = Some(self.place(&related.path, Aim::Value));
                }
            }
        }
    }
}

/// The place of `length` bytes from `offset` in `text`, for texts that have no tree.
pub(super) fn place_in(text: &str, offset: usize, length: usize) -> Place {
    let before = text.get(..offset).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count();
    let column = before[start..].chars().count();
    Place { line: to_u32(line) + 1, column: to_u32(column) + 1, offset, length }
}

fn to_u32(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX - 1)
}
