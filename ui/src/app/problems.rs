//! From a problem to the place where it is mended.

use millrace_api::document::Problem;
use millrace_model::ident::Ident;

use super::App;
use crate::command::Drawer;

impl App {
    /// Shows what a problem is about: its edge, its task, the workflow's panel, or the text where nothing else can be shown.
    pub(super) fn show_problem(&mut self, problem: &Problem) {
        let Some(editor) = self.tabs.current_mut() else { return };
        if editor.doc.why_not_text().is_none() && editor.doc.read_only.is_some() {
            editor.watch.drawer = Drawer::Json;
            return;
        }
        let task = problem.task.as_deref().and_then(|name| Ident::new(name).ok());
        let edge = index_in(&problem.field, "dependencies")
            .and_then(|index| editor.doc.workflow.dependencies.get(index));
        match (task, edge) {
            (Some(task), _) => editor.watch.reveal_next = Some(task),
            (None, Some(edge)) => {
                let ends = (edge.from.clone(), edge.to.clone());
                let (canvas, scene) = editor.watch.canvas_and_scene();
                canvas.select_and_reveal_wire(scene, ends);
            }
            (None, None) => editor.watch.canvas.select_nothing(),
        }
    }
}

/// 3 for `dependencies[3].on`
fn index_in(field: &str, list: &str) -> Option<usize> {
    let rest = field.strip_prefix(list)?.strip_prefix('[')?;
    rest.split_once(']')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::index_in;

    #[test]
    fn an_edge_is_named_by_its_place_in_the_list() {
        assert_eq!(index_in("dependencies[3].on", "dependencies"), Some(3));
        assert_eq!(index_in("dependencies", "dependencies"), None);
        assert_eq!(index_in("tasks[1]", "dependencies"), None);
    }
}
