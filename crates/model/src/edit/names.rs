//! Names that are free, and the document that a new workflow starts as.

use std::collections::HashSet;

use crate::document::Workflow;
use crate::ident::Ident;

pub use crate::record::suggested_name;

/// The first free task name of `base`, `base_2`, `base_3`, …
#[must_use]
pub fn fresh_name(workflow: &Workflow, base: &Ident) -> Ident {
    let taken: HashSet<&str> = workflow.tasks.iter().map(|task| task.name.as_str()).collect();
    free_name(base, |name| taken.contains(name))
}

/// The first of `base`, `base_2`, `base_3`, … that is not taken.
pub(crate) fn free_name(base: &Ident, is_taken: impl Fn(&str) -> bool) -> Ident {
    if !is_taken(base.as_str()) {
        return base.clone();
    }
    let stem = base.as_str();
    let stem = match stem.rsplit_once('_') {
        Some((head, tail)) if !head.is_empty() && tail.parse::<u32>().is_ok() => head,
        _ => stem,
    };
    let room = Ident::MAX_LEN - 8;
    let stem = &stem[..stem.len().min(room)];
    (2_u32..)
        .map(|number| format!("{stem}_{number}"))
        .filter(|name| !is_taken(name))
        .find_map(|name| Ident::new(&name).ok())
        .unwrap_or_else(|| base.clone())
}

/// An empty workflow with this title, and a name made of it.
#[must_use]
pub fn new_document(title: &str) -> Workflow {
    let name = suggested_name(title);
    let mut workflow = Workflow::new(name.unwrap_or_else(Ident::untitled));
    let title = title.trim();
    if !title.is_empty() && title != workflow.name.as_str() {
        workflow.title = Some(title.to_owned());
    }
    workflow
}
