//! Room on the stack for recursion.
//!
//! The parser and the evaluator recurse once a level, and one frame of the evaluator takes about 30 KiB. How deep
//! they go is known before, so the room is made where it is not there. Where no stack can be made
//! (wasm), what is deep is refused.

use cel::common::ast::{EntryExpr, Expr as Ast, IdedExpr};

/// The parser's stack for one level of a source, in bytes: generously measured.
pub(super) const PARSER_FRAME: usize = 48 * 1024;
/// The evaluator's stack for one level of a tree, in bytes: generously measured.
pub(super) const EVALUATOR_FRAME: usize = 48 * 1024;
/// What is needed beside the recursion.
const MARGIN: usize = 256 * 1024;
/// The deepest tree that is evaluated where no stack can be made.
#[cfg(target_arch = "wasm32")]
const MAX_DEPTH_ON_WASM: usize = 20;

/// Runs `work`, which needs at most so many bytes of stack.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn with_room<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
    let bytes = bytes + MARGIN;
    stacker::maybe_grow(bytes, bytes, work)
}

/// Runs `work` on the stack that there is.
#[cfg(target_arch = "wasm32")]
pub(super) fn with_room<T>(_bytes: usize, work: impl FnOnce() -> T) -> T {
    _ = MARGIN;
    work()
}

/// Whether a tree of this depth can be evaluated here.
pub(super) fn is_evaluable(depth: usize) -> bool {
    #[cfg(target_arch = "wasm32")]
    return depth <= MAX_DEPTH_ON_WASM;
    #[cfg(not(target_arch = "wasm32"))]
    return depth < usize::MAX;
}

/// How deep the evaluator recurses for a tree.
pub(super) fn depth(expr: &IdedExpr) -> usize {
    let deepest = |parts: &mut dyn Iterator<Item = &IdedExpr>| parts.map(depth).max().unwrap_or(0);
    1 + match &expr.expr {
        Ast::Call(call) => deepest(&mut call.target.as_deref().into_iter().chain(&call.args)),
        Ast::Comprehension(fold) => deepest(
            &mut [
                &fold.iter_range,
                &fold.accu_init,
                &fold.loop_cond,
                &fold.loop_step,
                &fold.result,
            ]
            .into_iter(),
        ),
        Ast::List(list) => deepest(&mut list.elements.iter()),
        Ast::Map(map) => deepest(&mut map.entries.iter().flat_map(|entry| match &entry.expr {
            EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
            EntryExpr::StructField(field) => vec![&field.value],
        })),
        Ast::Select(select) => depth(&select.operand),
        Ast::Ident(_) | Ast::Literal(_) | Ast::Struct(_) | Ast::Unspecified => 0,
    }
}
