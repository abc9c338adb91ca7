//! A run that was under way and cannot be gone on with, because what it runs cannot be read any more: what is left of it is
//! ended, and so is the run.

use millrace_api::ApiError;
use millrace_model::event::{
    AttemptEnd, Cause, Outcome, Run, RunEvent, RunEventKind, RunState, TaskRun, TaskState, Then,
};
use millrace_model::ids::TaskKey;
use millrace_model::time::Timestamp;
use millrace_store::Persist;

use crate::app::App;

impl App {
    /// Ends a run that nobody can go on with, and its processes. Where the end cannot be stored now, the next daemon does it.
    pub(crate) async fn forsake(&self, run: &Run, why: &ApiError) {
        let killed = millrace_exec::end_leftovers(&self.run_dir(run.run), run.run).await;
        let message = format!("it cannot be gone on with: {why}; run the workflow again");
        match killed {
            Ok(killed) => tracing::error!(run = %run.run, killed, message, "a run was ended"),
            Err(error) => tracing::error!(run = %run.run, %error, message, "a run was ended"),
        }
        let events = ending(run, &message, self.clock.now());
        let stored = self.write(move |writer| writer.commit(&events, Persist::Now)).await;
        if let Err(error) = stored {
            tracing::error!(run = %run.run, %error, "the end of a run could not be stored");
        }
    }
}

/// The events that end everything of a run.
fn ending(run: &Run, message: &str, now: Timestamp) -> Vec<RunEvent> {
    let error = Cause::Error { message: message.to_owned() };
    let mut kinds = Vec::new();
    for (key, task) in &run.tasks {
        let items = task.mapped.iter().flat_map(|mapped| (0..).zip(&mapped.runs));
        // What a task ends by its items it does after them.
        let items = items.map(|(item, of)| (TaskKey { item: Some(item), ..key.clone() }, of));
        for (key, of) in items.chain([(key.clone(), task)]) {
            kinds.extend(end_of(key, of, &error, now));
        }
    }
    kinds.push(RunEventKind::RunEnded { state: RunState::Failed, cause: Some(error) });
    let numbered = (run.seq + 1..).zip(kinds);
    numbered.map(|(seq, kind)| RunEvent { run: run.run, seq, at: now, kind }).collect()
}

/// How a task ends that has not.
fn end_of(key: TaskKey, task: &TaskRun, error: &Cause, now: Timestamp) -> Option<RunEventKind> {
    if let Some(attempt) = task.attempts.last().filter(|attempt| attempt.end.is_none()) {
        let outcome = Outcome::Lost { message: error.to_string() };
        let then = Then::End { state: TaskState::Error, cause: Some(error.clone()) };
        let end = Box::new(AttemptEnd::unmeasured(outcome, now));
        return Some(RunEventKind::AttemptEnded { serial: attempt.serial, end, then });
    }
    (!task.state.is_final()).then(|| RunEventKind::TaskEnded {
        task: key,
        state: TaskState::Canceled,
        cause: error.clone(),
    })
}

#[cfg(test)]
mod tests {
    use millrace_model::Values;
    use millrace_model::event::{RunHead, Trigger};
    use millrace_model::ident::Ident;
    use millrace_model::ids::RunId;

    use super::*;

    const NOW: Timestamp = Timestamp(7);

    #[test]
    fn whatever_was_under_way_has_ended_items_and_tries_too() {
        let plain = |name: &str| TaskKey::plain(Ident::new(name).unwrap());
        let item = |item| TaskKey { item: Some(item), ..plain("each") };
        let head = RunHead {
            workflow: Ident::new("w").unwrap(),
            title: None,
            workflow_id: None,
            path: None,
            snapshot: String::new(),
            trigger: Trigger::Manual,
            logical_time: NOW,
            params: Values::new(),
            tasks: ["each", "again", "after"].map(|name| Ident::new(name).unwrap()).to_vec(),
            only: None,
            rerun_of: None,
            failed_before: None,
            origin: None,
            carried: Vec::new(),
        };
        let failed = Box::new(AttemptEnd::unmeasured(Outcome::TimedOut, NOW));
        let dispatched = |task, serial| RunEventKind::AttemptDispatched { task, serial, number: 1 };
        let kinds = [
            RunEventKind::RunQueued(Box::new(head)),
            RunEventKind::RunStarted,
            RunEventKind::TaskMapped { task: plain("each"), items: vec![1.into(), 2.into()] },
            dispatched(item(0), 1),
            dispatched(plain("again"), 2),
            RunEventKind::AttemptEnded { serial: 2, end: failed, then: Then::Retry { due: NOW } },
        ];
        let event = |seq, kind| RunEvent { run: RunId(1), seq, at: NOW, kind };
        let mut events = (1..).zip(kinds).map(|(seq, kind)| event(seq, kind));
        let mut run = Run::begin(&events.next().unwrap()).unwrap();
        events.for_each(|event| run.apply(&event).unwrap());

        for event in ending(&run.clone(), "gone", NOW) {
            run.apply(&event).unwrap();
        }
        assert_eq!(run.state, RunState::Failed);
        let state = |key: &TaskKey| run.task(key).unwrap().state;
        assert_eq!(state(&item(0)), TaskState::Error, "it may have begun");
        for key in [item(1), plain("each"), plain("again"), plain("after")] {
            assert_eq!(state(&key), TaskState::Canceled, "{key}");
        }
    }
}
