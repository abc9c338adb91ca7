//! What runs ask and what a person answers; and marks on tasks.

use millrace_api::answer::{AnswerTask, MarkAs, MarkTask};
use millrace_api::run::Done;
use millrace_api::{ApiError, Command as _};
use millrace_model::Values;
use millrace_model::document::{Json, Param};
use millrace_model::event::{TaskState, WaitFor};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::record::{Member as _, Reader};

use super::{App, Purpose, Sheet};
use crate::command::AnswerCommand;
use crate::forms::RunForm;

/// The sheet with a question.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AnswerForm {
    /// Of which run.
    pub(crate) run: RunId,
    /// Of which task.
    pub(crate) task: TaskKey,
    /// The workflow, as a person calls it.
    pub(crate) workflow: String,
    /// What is asked: Markdown.
    pub(crate) message: String,
    /// What is entered with a yes.
    pub(crate) fields: RunForm,
    /// A word with the answer.
    pub(crate) note: String,
}

impl AnswerForm {
    /// What is to be said.
    pub(crate) fn answer(&self, approve: bool) -> AnswerTask {
        AnswerTask {
            run: self.run,
            task: self.task.clone(),
            approve,
            values: Values::new(),
            texts: if approve { self.fields.texts() } else { Default::default() },
            note: Some(self.note.trim().to_owned()).filter(|note| !note.is_empty()),
            by: None,
        }
    }
}

impl App {
    pub(super) fn apply_to_answer(&mut self, command: AnswerCommand) {
        match command {
            AnswerCommand::Ask(run, task) => match self.question(run, &task) {
                Some(form) => self.sheet = Some(Sheet::Answer(Box::new(form))),
                None => self.toasts.fail("it does not wait for an answer any more", None),
            },
            AnswerCommand::Give(answer) => {
                let said = if answer.approve { "Approved" } else { "Rejected" };
                self.backend.ask(answer.into_request(), Purpose::Answered(said));
            }
            AnswerCommand::Mark(mark) => {
                let said = match mark.mark {
                    MarkAs::Succeeded => "Marked as succeeded",
                    MarkAs::Failed => "Marked as failed",
                };
                self.backend.ask(mark.into_request(), Purpose::Answered(said));
            }
        }
    }

    /// What a task of the run in view or of the inbox asks.
    fn question(&self, run: RunId, task: &TaskKey) -> Option<AnswerForm> {
        self.asked_in_view(run, task).or_else(|| self.asked_in_inbox(run, task))
    }

    fn asked_in_view(&self, run: RunId, key: &TaskKey) -> Option<AnswerForm> {
        let live = self.shown_watch()?.live.as_ref().filter(|live| live.id == run)?;
        let fold = live.run.as_ref()?;
        let WaitFor::Answer { message, form } = &fold.task(key)?.waits()?.wait else {
            return None;
        };
        let snapshot = live.snapshot.as_ref()?;
        let spec = &snapshot.task(key.task.as_str())?.spec;
        let params = spec.get("params").map(declared).unwrap_or_default();
        Some(AnswerForm {
            run,
            task: key.clone(),
            workflow: snapshot.shown_name().to_owned(),
            message: message.clone(),
            fields: fields(params, form),
            note: String::new(),
        })
    }

    fn asked_in_inbox(&self, run: RunId, key: &TaskKey) -> Option<AnswerForm> {
        let questions = &self.inbox.inbox.as_ref()?.questions;
        let question = questions.iter().find(|it| it.run == run && it.task == *key)?;
        let params = declared(&Json::from_value(&question.params));
        Some(AnswerForm {
            run,
            task: key.clone(),
            workflow: question.title.clone().unwrap_or_else(|| question.workflow.clone()),
            message: question.message.clone(),
            fields: fields(params, &question.form),
            note: String::new(),
        })
    }

    pub(super) fn take_answered(
        &mut self,
        said: &'static str,
        answer: Result<Done, ApiError>,
        time: f64,
    ) {
        match answer {
            Ok(_) => {
                self.sheet = self.sheet.take().filter(|it| !matches!(it, Sheet::Answer(_)));
                self.toasts.say(said.to_owned(), time);
            }
            Err(error) => self.fail(error),
        }
        self.inbox.outdated();
    }

    /// The question of the task in the run that is in view.
    pub(crate) fn asks(&self, task: &Ident) -> Option<(RunId, TaskKey)> {
        let live = self.shown_watch()?.live.as_ref()?;
        let (key, run) = live.task(task)?;
        let asks = matches!(run.waits()?.wait, WaitFor::Answer { .. });
        asks.then(|| (live.id, key.clone()))
    }

    /// How the task of the run in view can be marked.
    pub(crate) fn marks(&self, task: &Ident) -> Vec<MarkTask> {
        let live = self.shown_watch().and_then(|watch| watch.live.as_ref());
        let Some((live, (key, run))) = live.and_then(|live| Some((live, live.task(task)?))) else {
            return Vec::new();
        };
        if run.is_of_hooks() {
            // Of what hooks run, single times can be marked, by the command line.
            return Vec::new();
        }
        let has_begun = live.run.as_ref().is_some_and(|run| run.started.is_some() && !run.stopping);
        let can = |mark: MarkAs| match mark {
            MarkAs::Succeeded if run.state.is_final() => run.state != TaskState::Succeeded,
            MarkAs::Succeeded => has_begun,
            MarkAs::Failed => has_begun && !run.state.is_final(),
        };
        let mark = |mark| MarkTask {
            run: live.id,
            task: key.clone(),
            mark,
            outputs: Values::new(),
            by: None,
        };
        [MarkAs::Succeeded, MarkAs::Failed].into_iter().filter(|it| can(*it)).map(mark).collect()
    }
}

/// The declarations of a form, as far as they can be read.
fn declared(json: &Json) -> Vec<Param> {
    Vec::<Param>::read(json, &mut Reader::default()).unwrap_or_default()
}

/// The form with what stands in it.
fn fields(params: Vec<Param>, form: &Values) -> RunForm {
    let begun = params.into_iter().map(|param| {
        let default = form.get(param.name.as_str()).map(Json::from_value);
        Param { default, ..param }
    });
    RunForm::of_params(begun.collect())
}
