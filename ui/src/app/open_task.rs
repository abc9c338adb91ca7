//! What is selected on the canvas, opened as what it is: the workflow that a task runs, the code of a task, its form, a
//! note's text, a group.

use millrace_model::document::{Json, Task};
use millrace_model::ident::Ident;
use millrace_model::kinds::{self, FieldShape};

use super::App;
use crate::canvas::Piece;
use crate::command::{Command, PieceCommand};
use crate::{forms, panels};

impl App {
    pub(super) fn open_selected(&mut self) {
        let Some(watch) = self.shown_watch() else { return };
        let command = match (watch.only_piece(), watch.canvas.only_selected()) {
            (Some(Piece::Group(group)), _) => Command::Piece(PieceCommand::Fold(group)),
            (Some(note), _) => Command::Piece(PieceCommand::Edit(note)),
            (None, Some(task)) => self.way_into(task),
            (None, None) => {
                return self.toasts.fail("select one task, note or group to open it", None);
            }
        };
        self.send(command);
    }

    fn way_into(&self, name: Ident) -> Command {
        if let Some(callee) = panels::callee(self, &name) {
            return Command::OpenCallee(callee);
        }
        let workflow = forms::shown_workflow(self);
        match workflow.and_then(|workflow| code_of(workflow.task(name.as_str())?)) {
            Some(key) => Command::ShowLarge((name, key)),
            None => Command::EditTitle,
        }
    }
}

/// The field with a task's code, where it has any.
fn code_of(task: &Task) -> Option<&'static str> {
    let fields = kinds::kind(&task.kind)?.fields.iter();
    let mut code =
        fields.filter(|field| matches!(field.shape, FieldShape::Text { multiline: true, .. }));
    let code = code.find(|field| task.spec.get(field.key).is_some_and(|it| it != &Json::Null));
    code.map(|field| field.key)
}
