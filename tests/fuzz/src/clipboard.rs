//! What the window takes in by the clipboard, and by links of its own scheme.

use std::collections::HashSet;

use millrace_model::document::Workflow;
use millrace_model::read::Document;
use millrace_ui::fuzz;

use crate::documents::round_trip;

const INTO: &[u8] = include_bytes!("../../../crates/model/tests/document/edits.json");

/// Any text is pasted, or refused with a reason. What was pasted can be saved, has names of its own, goes away again
/// when it is taken back, and can be copied and pasted once more.
pub fn clipboard(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let into = Document::parse(INTO).workflow.expect("it is a document");
    for with_links in [false, true] {
        let (after, tasks, back) = match fuzz::pasted(&into, &text, with_links) {
            Ok(pasted) => pasted,
            Err(why) => return assert!(!why.is_empty()),
        };
        assert_eq!(back, into, "what was pasted was not taken back");
        assert_eq!(after.tasks.len(), into.tasks.len() + tasks.len());
        let names: HashSet<_> = after.tasks.iter().map(|task| &task.name).collect();
        assert_eq!(names.len(), after.tasks.len(), "two tasks of one name");
        round_trip(&after);
        let copied = fuzz::copied(&after);
        let empty = Workflow::new(into.name.clone());
        let (again, _, _) =
            fuzz::pasted(&empty, &copied, false).expect("what was copied is pasted");
        assert_eq!(again.tasks.len(), after.tasks.len());
    }
}

/// A link names a workflow and texts, or says why it does not.
pub fn link(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    match fuzz::link(&text) {
        Ok((_name, params)) => {
            assert!(text.starts_with("millrace://") && text.len() <= 4096);
            for (name, value) in params.into_iter().flatten() {
                let is_shown = |c: char| !c.is_control() || c == '\n' || c == '\t';
                assert!(value.chars().all(is_shown), "{value:?}");
                assert!(!name.contains(char::is_control), "{name:?}");
            }
        }
        Err(why) => assert!(!why.is_empty() && !why.contains('\u{1b}'), "{why:?}"),
    }
}
