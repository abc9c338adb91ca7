//! What people say to a run: answers to its questions, marks on its tasks.

use std::collections::BTreeMap;

use millrace_api::answer::{AnswerTask, MarkAs, MarkTask, Question};
use millrace_api::run::Done;
use millrace_api::{ApiError, Code};
use millrace_engine::{EngineError, Refusal};
use millrace_model::Values;
use millrace_model::action::{Action, Answer, Approval, Wait};
use millrace_model::document::Param;
use millrace_model::event::{Cause, Mark, Run, TaskRun, TaskState, WaitFor};
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::outputs::MAX_OUTPUTS;
use millrace_model::params;
use millrace_model::read::Document;
use millrace_store::Reader;

use crate::app::{App, plan_of};
use crate::errors::{engine_error, store_error};
use crate::hub::on_store;

/// The longest name and the longest note, in characters.
const MAX_NAME: usize = 200;
const MAX_NOTE: usize = 10_000;
/// The most questions that are listed.
const MOST: usize = 200;

impl App {
    /// Answers the question of a task.
    ///
    /// # Errors
    /// There is no such task, it asks nothing, somebody else was first, or the form is not filled in as declared.
    pub(crate) async fn answer(&self, args: AnswerTask) -> Result<Done, ApiError> {
        let (run, snapshot) = self.run_with_snapshot(args.run).await?;
        let task = task_of(&run, &args.task)?;
        let Some(WaitFor::Answer { form, .. }) = task.waits().map(|waits| &waits.wait) else {
            return Err(not_asked(&args.task, task));
        };
        let approval = approval_of(&snapshot, &args.task)?;
        let values = match args.approve {
            true => filled_in(&approval, form, args.values, &args.texts)?,
            false if args.values.is_empty() && args.texts.is_empty() => Values::new(),
            false => {
                let message = "the values of a form go with an approval, and this is a rejection";
                return Err(ApiError::new(Code::InvalidRequest, message));
            }
        };
        let note = args.note.filter(|note| !note.trim().is_empty());
        let answer = Answer {
            approved: args.approve,
            by: Some(name(args.by)?),
            note: note.map(|note| short(note, MAX_NOTE, "note")).transpose()?,
            values,
        };
        match self.engine.answer(args.run, args.task.clone(), answer).await {
            Ok(()) => Ok(Done {}),
            // Somebody was faster: the history says who.
            Err(EngineError::Refused(Refusal::NotAsked { .. } | Refusal::NotActive(_))) => {
                let (run, _) = self.run_with_snapshot(args.run).await?;
                Err(not_asked(&args.task, task_of(&run, &args.task)?))
            }
            Err(error) => Err(engine_error(&error)),
        }
    }

    /// Says how a task ends.
    ///
    /// # Errors
    /// There is no such task, or it cannot be marked so.
    pub(crate) async fn mark(&self, args: MarkTask) -> Result<Done, ApiError> {
        let _none_is_deleted = self.reopening.lock().await;
        let (run, snapshot) = self.run_with_snapshot(args.run).await?;
        task_of(&run, &args.task)?;
        let state = match args.mark {
            MarkAs::Succeeded => TaskState::Succeeded,
            MarkAs::Failed => TaskState::Failed,
        };
        if state == TaskState::Failed && !args.outputs.is_empty() {
            let message = "a task that failed gives nothing: leave the outputs out";
            return Err(ApiError::new(Code::InvalidRequest, message));
        }
        let bytes = serde_json::to_string(&args.outputs).map_or(0, |text| text.len());
        if bytes > MAX_OUTPUTS {
            let message =
                format!("the outputs have {bytes} bytes; at most {MAX_OUTPUTS} are allowed");
            return Err(ApiError::new(Code::InvalidRequest, message));
        }
        let mark = Mark { state, outputs: args.outputs, by: name(args.by)? };
        let asked = if run.state.is_final() {
            let plan = plan_of(&run, &snapshot)?;
            self.engine.mark_in_ended(run, plan, args.task, mark).await
        } else {
            self.engine.mark(args.run, args.task, mark).await
        };
        asked.map(|()| Done {}).map_err(|error| engine_error(&error))
    }

    /// The questions that nobody has answered yet, the oldest first.
    ///
    /// # Errors
    /// Those of the store.
    pub(crate) async fn questions(&self) -> Result<Vec<Question>, ApiError> {
        let mut asked = match self.engine.questions().await {
            Ok(asked) => asked,
            // Nothing runs where the history can only be read.
            Err(_) => return Ok(Vec::new()),
        };
        asked.truncate(MOST);
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let read = move |reader: &Reader| {
            let mut questions = Vec::with_capacity(asked.len());
            for asked in asked {
                let WaitFor::Answer { message, form } = asked.waits.wait else { continue };
                let row = reader.run_row(asked.run)?;
                let params = declared(reader, asked.run, &asked.task)?;
                questions.push(Question {
                    run: asked.run,
                    task: asked.task,
                    workflow: row.workflow,
                    title: row.title,
                    since: asked.since,
                    until: asked.waits.until,
                    message,
                    form,
                    params,
                });
            }
            Ok(questions)
        };
        on_store(&self.store, read).await.map_err(|error| store_error(&error))
    }
}

/// The declarations of a form, as the run's document has them.
fn declared(
    reader: &Reader,
    run: RunId,
    task: &TaskKey,
) -> Result<serde_json::Value, millrace_store::StoreError> {
    let text = reader.snapshot(&reader.run(run)?.head.snapshot)?.unwrap_or_default();
    let workflow = Document::parse(text.as_bytes()).workflow;
    let spec = workflow.as_ref().and_then(|it| it.task(task.task.as_str())).map(|it| &it.spec);
    let params = spec.and_then(|spec| spec.get("params"));
    Ok(params.map_or(serde_json::Value::Null, millrace_model::document::Json::to_value))
}

fn task_of<'r>(run: &'r Run, key: &TaskKey) -> Result<&'r TaskRun, ApiError> {
    run.task(key).ok_or_else(|| {
        let message = format!("run {:.8} has no task {key}", run.run);
        ApiError::new(Code::NotFound, message).help("`millrace show RUN` lists its tasks")
    })
}

fn approval_of(snapshot: &str, key: &TaskKey) -> Result<Approval, ApiError> {
    let workflow = Document::parse(snapshot.as_bytes()).workflow;
    let task = workflow.as_ref().and_then(|workflow| workflow.task(key.task.as_str()));
    match task.map(Action::for_task) {
        Some(Ok(Action::Wait(wait))) if matches!(*wait, Wait::Approval(_)) => match *wait {
            Wait::Approval(approval) => Ok(approval),
            Wait::Delay(_) | Wait::Condition(_) => {
                Err(ApiError::new(Code::NotAsked, format!("{key} asks nothing")))
            }
        },
        _ => Err(ApiError::new(Code::NotAsked, format!("{key} asks nothing"))),
    }
}

/// What the form holds in the end.
fn filled_in(
    approval: &Approval,
    form: &Values,
    mut entered: Values,
    texts: &BTreeMap<String, String>,
) -> Result<Values, ApiError> {
    let mut problems = Vec::new();
    for (name, text) in texts {
        let declared: Option<&Param> =
            approval.params.iter().find(|param| param.name.as_str() == name);
        let read = match declared {
            Some(param) => params::parse_text(param, text),
            None => Err(params::unknown_name(&approval.params, name)),
        };
        match read {
            Ok(value) => drop(entered.insert(name.clone(), value)),
            Err(problem) => problems.push(problem),
        }
    }
    let checked = match problems.is_empty() {
        true => approval.values(form, &entered),
        false => Err(problems),
    };
    checked.map_err(|problems| {
        let texts: Vec<String> = problems.iter().map(ToString::to_string).collect();
        ApiError::new(Code::InvalidParams, texts.join("; "))
    })
}

/// Why no answer is taken.
fn not_asked(key: &TaskKey, task: &TaskRun) -> ApiError {
    let text = |name: &str| task.outputs.get(name).and_then(serde_json::Value::as_str);
    let message = match &task.cause {
        Some(Cause::Rejected { by: Some(by), .. }) => format!("{by} has rejected {key} already"),
        Some(cause @ (Cause::Rejected { .. } | Cause::Marked { .. })) => {
            format!("{key} has ended: {cause}")
        }
        _ => match (text("by"), task.outputs.contains_key("approved")) {
            (Some(by), true) => format!("{by} has approved {key} already"),
            (None, true) => format!("{key} was approved when its time was over"),
            (_, false) => {
                format!("{key} does not wait for an answer: it is {}", task.state.label())
            }
        },
    };
    ApiError::new(Code::NotAsked, message)
}

/// Who says something, where they do not say so themselves: the person whose daemon this is.
fn name(given: Option<String>) -> Result<String, ApiError> {
    let given = given.filter(|name| !name.trim().is_empty());
    let own = || ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let name = given.or_else(own).filter(|name| !name.is_empty());
    short(name.unwrap_or_else(|| "somebody".to_owned()), MAX_NAME, "name")
}

fn short(text: String, most: usize, what: &str) -> Result<String, ApiError> {
    if text.chars().count() <= most && !text.contains('\0') {
        return Ok(text);
    }
    let message = format!("the {what} has more than {most} characters, or a NUL among them");
    Err(ApiError::new(Code::InvalidRequest, message))
}
