//! Hooks that tell people of tasks: those of the tasks themselves, and those of the workflow on what happens to any of them.
//!
//! Few workflows have any, so of most runs only that is known. No hooks that run a task: the engine has those.

use std::collections::HashMap;

use millrace_model::document::{Hook, HookAction, HookOn, Workflow};
use millrace_model::event::{RunEventKind, RunHead, TaskState, Then};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};
use millrace_store::{Reader, StoreError};

use super::occasion::Glance;
use super::teller::workflow_of;

/// So many runs are kept in mind; when there are more, it is looked up again.
const KEPT: usize = 4_096;

/// The runs that are followed, each with its hooks; none where it has none of this kind.
#[derive(Debug, Default)]
pub(super) struct Followed(HashMap<RunId, Option<Box<TaskHooks>>>);

/// The hooks of a run that tell of its tasks.
#[derive(Debug)]
pub(super) struct TaskHooks {
    pub(super) head: RunHead,
    /// Those of the workflow on `retry`.
    own: Vec<Hook>,
    by_task: HashMap<Ident, Vec<Hook>>,
    /// Which task each attempt is of, and which of its attempts it is, by serial − 1.
    serials: Vec<Option<(TaskKey, u32)>>,
}

/// Something that happened to a task, and the hooks that tell of it.
#[derive(Debug)]
pub(super) struct TaskNews {
    pub(super) key: TaskKey,
    pub(super) on: HookOn,
    pub(super) state: TaskState,
    pub(super) reason: String,
    /// Which of its attempts it was.
    pub(super) attempt: Option<u32>,
    pub(super) hooks: Vec<Hook>,
}

impl Followed {
    /// Whether anything has to be looked up before an event of this run.
    pub(super) fn knows(&self, run: RunId) -> bool {
        self.0.contains_key(&run)
    }

    pub(super) fn keep(&mut self, run: RunId, hooks: Option<Box<TaskHooks>>) {
        if self.0.len() >= KEPT {
            self.0.clear();
        }
        self.0.insert(run, hooks);
    }

    pub(super) fn forget(&mut self, run: RunId) {
        self.0.remove(&run);
    }

    pub(super) fn of(&mut self, run: RunId) -> Option<&mut TaskHooks> {
        self.0.get_mut(&run)?.as_deref_mut()
    }
}

impl TaskHooks {
    /// Looks up the hooks of a run; none where it has none that tell of tasks.
    pub(super) fn read(reader: &Reader, run: RunId) -> Result<Option<Box<Self>>, StoreError> {
        let head = Glance::at(reader, run)?.head;
        let Some(workflow) = workflow_of(reader, &head)? else { return Ok(None) };
        let Some(mut hooks) = Self::of(head, &workflow) else { return Ok(None) };
        let fold = reader.run(run)?;
        hooks.serials = fold.serials;
        Ok(Some(Box::new(hooks)))
    }

    fn of(head: RunHead, workflow: &Workflow) -> Option<Self> {
        let tells = |hook: &&Hook| matches!(hook.action, HookAction::Notify(_));
        let own = workflow.hooks.iter().filter(tells).filter(|hook| hook.on == HookOn::Retry);
        let own: Vec<Hook> = own.cloned().collect();
        let list = |hooks: &[Hook]| hooks.iter().filter(tells).cloned().collect::<Vec<Hook>>();
        let by_task: HashMap<Ident, Vec<Hook>> = workflow
            .tasks
            .iter()
            .map(|task| (task.name.clone(), list(&task.hooks)))
            .filter(|(_, hooks)| !hooks.is_empty())
            .collect();
        (!own.is_empty() || !by_task.is_empty()).then_some(Self {
            head,
            own,
            by_task,
            serials: Vec::new(),
        })
    }

    /// Takes in what happened; gives what hooks may tell of it.
    pub(super) fn take(&mut self, kind: &RunEventKind) -> Option<TaskNews> {
        match kind {
            RunEventKind::AttemptDispatched { task, serial, number } => {
                let at = usize::try_from(serial.checked_sub(1)?).ok()?;
                if self.serials.len() <= at {
                    self.serials.resize(at + 1, None);
                }
                self.serials[at] = Some((task.clone(), *number));
                None
            }
            RunEventKind::AttemptEnded { serial, end, then } => {
                let at = usize::try_from(serial.checked_sub(1)?).ok()?;
                let (key, number) = self.serials.get(at)?.clone()?;
                let news = match then {
                    Then::Retry { .. } => {
                        let reason = end.outcome.to_string();
                        self.news(key, HookOn::Retry, TaskState::UpForRetry, reason)
                    }
                    Then::Repeat { .. } => None,
                    Then::End { state, cause } => self.end(key, *state, cause.as_ref()),
                };
                Some(TaskNews { attempt: Some(number), ..news? })
            }
            RunEventKind::TaskEnded { task, state, cause } => {
                self.end(task.clone(), *state, Some(cause))
            }
            RunEventKind::ItemsEnded { task, state, cause } => {
                self.end(task.clone(), *state, cause.as_ref())
            }
            _ => None,
        }
    }

    fn end(
        &self,
        key: TaskKey,
        state: TaskState,
        cause: Option<&millrace_model::event::Cause>,
    ) -> Option<TaskNews> {
        // Of a mapped task its own end is told, not that of each item.
        if key.item.is_some() {
            return None;
        }
        let on = match state {
            TaskState::Succeeded => HookOn::Success,
            TaskState::Failed | TaskState::Error => HookOn::Failure,
            _ => HookOn::Finish,
        };
        self.news(key, on, state, cause.map(ToString::to_string).unwrap_or_default())
    }

    fn news(&self, key: TaskKey, on: HookOn, state: TaskState, reason: String) -> Option<TaskNews> {
        let own = self.own.iter().filter(|_| on == HookOn::Retry);
        let hooks: Vec<Hook> =
            own.chain(self.by_task.get(&key.task).into_iter().flatten()).cloned().collect();
        // Whether a success is a recovery is for whoever has the history to say.
        let may_be = |hook: &Hook| match hook.on {
            HookOn::Recovery => on == HookOn::Success,
            HookOn::Finish => on != HookOn::Retry,
            other => other == on,
        };
        hooks.iter().any(may_be).then_some(TaskNews {
            key,
            on,
            state,
            reason,
            attempt: None,
            hooks,
        })
    }
}

#[cfg(test)]
mod tests {
    use millrace_model::event::{AttemptEnd, Cause, Exit, Outcome, Trigger};
    use millrace_model::read::Document;
    use millrace_model::time::Timestamp;

    use super::*;

    fn hooks(text: &str) -> Option<TaskHooks> {
        let workflow = Document::parse(text.as_bytes()).workflow.unwrap();
        let head = RunHead {
            workflow: workflow.name.clone(),
            title: None,
            workflow_id: None,
            path: None,
            snapshot: String::new(),
            trigger: Trigger::Manual,
            logical_time: Timestamp(0),
            params: Default::default(),
            tasks: Vec::new(),
            only: None,
            rerun_of: None,
            failed_before: None,
            origin: None,
            carried: Vec::new(),
        };
        TaskHooks::of(head, &workflow)
    }

    fn key(name: &str, item: Option<u32>) -> TaskKey {
        TaskKey { task: Ident::new(name).unwrap(), item }
    }

    fn ended(serial: u32, then: Then) -> RunEventKind {
        let outcome = Outcome::Failed { exit: Exit::Code(3) };
        let end = Box::new(AttemptEnd::unmeasured(outcome, Timestamp(0)));
        RunEventKind::AttemptEnded { serial, end, then }
    }

    #[test]
    fn most_workflows_have_none() {
        assert!(hooks(r#"{"millrace":1,"name":"w","hooks":[{"on":"failure","notify":"ops"}],"tasks":[{"name":"a","kind":"noop","hooks":[{"on":"failure","task":"b"}]},{"name":"b","kind":"noop"}]}"#).is_none());
    }

    #[test]
    fn tells_of_tasks_whose_hooks_ask_for_it() {
        let mut hooks = hooks(
            r#"{"millrace":1,"name":"w","hooks":[{"on":"retry","notify":"ops"}],"tasks":[{"name":"a","kind":"noop","hooks":[{"on":"failure","notify":"ops"}]},{"name":"b","kind":"noop"}]}"#,
        )
        .unwrap();
        let dispatched = |name: &str, serial| RunEventKind::AttemptDispatched {
            task: key(name, None),
            serial,
            number: 1,
        };
        for (serial, name) in [(1, "a"), (2, "b")] {
            assert!(hooks.take(&dispatched(name, serial)).is_none());
        }
        let news = hooks.take(&ended(2, Then::Retry { due: Timestamp(0) })).unwrap();
        assert_eq!((news.on, news.hooks.len()), (HookOn::Retry, 1), "the workflow's");
        assert_eq!((news.key.to_string().as_str(), news.reason.as_str()), ("b", "exit code 3"));
        let cause = Some(Cause::Exit { exit: Exit::Code(3) });
        let end = Then::End { state: TaskState::Failed, cause };
        assert!(hooks.take(&ended(2, end.clone())).is_none(), "b has no hooks");
        let news = hooks.take(&ended(1, end)).unwrap();
        assert_eq!((news.on, news.state), (HookOn::Failure, TaskState::Failed));
        assert_eq!(news.reason, "exit code 3");
        let succeeded = Then::End { state: TaskState::Succeeded, cause: None };
        assert!(hooks.take(&ended(1, succeeded)).is_none());
        assert!(hooks.take(&ended(9, Then::Retry { due: Timestamp(0) })).is_none(), "not known");
    }
}
