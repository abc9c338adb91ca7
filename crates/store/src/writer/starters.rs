//! What the writer keeps of schedules and triggers, beside the runs that they start.

use millrace_model::ids::WorkflowId;
use millrace_model::time::Timestamp;
use rusqlite::Connection;

use super::Writer;
use crate::StoreError;
use crate::options::Persist;
use crate::tables::skips::{self, NewSkip};
use crate::tables::starters::{self, StarterKey, StarterKind, StarterRow, StarterRule};
use crate::tables::trust::{self, Trusted};
use crate::tables::{moves, trigger_files, workflows};

impl Writer {
    /// Makes the schedules and triggers of the workflow at `path` those that its document has now: new and changed rules
    /// begin at `now`, all others stay as they are. New ones are on if `is_on`. `fresh` becomes the workflow's identity if
    /// the path is new. Gives the identity and what stands.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn sync_starters(
        &mut self,
        (path, name): (&str, &str),
        fresh: WorkflowId,
        rules: &[StarterRule],
        is_on: bool,
        now: Timestamp,
    ) -> Result<(WorkflowId, Vec<StarterRow>), StoreError> {
        self.write(Persist::Soon, |conn| {
            let id = workflows::bind(conn, path, name, fresh)?;
            if let Some(workflow_no) = starters::workflow_no(conn, id)? {
                starters::sync(conn, workflow_no, rules, is_on, now)?;
            }
            Ok((id, starters::of_workflow(conn, id)?))
        })
    }

    /// Switches a schedule or trigger of a workflow, or all of them; says how many there are.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn switch_starters(
        &mut self,
        workflow: WorkflowId,
        key: Option<&StarterKey>,
        is_on: bool,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        self.of_workflow(Persist::Now, workflow, |conn, workflow_no| {
            starters::switch(conn, workflow_no, key, is_on, now)
        })
    }

    /// These did not start, and were decided with that. One transaction, on the disk when it returns.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn skip(&mut self, workflow: WorkflowId, dropped: &[NewSkip]) -> Result<(), StoreError> {
        self.of_workflow(Persist::Now, workflow, |conn, workflow_no| {
            for skip in dropped {
                skips::insert(conn, workflow_no, skip)?;
                match (skip.key.kind, skip.count) {
                    (StarterKind::Schedule, 1) => {
                        starters::decide_tick(conn, workflow_no, &skip.key.name, skip.last)?;
                    }
                    _ => starters::advance(conn, workflow_no, &skip.key, skip.last)?,
                }
            }
            Ok(())
        })
    }

    /// This tick of a schedule was decided.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn decide_tick(
        &mut self,
        workflow: WorkflowId,
        schedule: &str,
        tick: Timestamp,
    ) -> Result<(), StoreError> {
        self.of_workflow(Persist::Now, workflow, |conn, workflow_no| {
            starters::decide_tick(conn, workflow_no, schedule, tick)
        })
    }

    /// A trigger did not start a run for this version of a file; it does not ask again.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn skip_file(
        &mut self,
        workflow: WorkflowId,
        skip: &NewSkip,
        file: (&str, &str),
    ) -> Result<(), StoreError> {
        self.of_workflow(Persist::Now, workflow, |conn, workflow_no| {
            skips::insert(conn, workflow_no, skip)?;
            trigger_files::put(conn, workflow_no, &skip.key.name, file)
        })
    }

    /// Forgets files of a trigger that are gone.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn forget_files(
        &mut self,
        workflow: WorkflowId,
        trigger: &str,
        paths: &[String],
    ) -> Result<(), StoreError> {
        self.of_workflow(Persist::Soon, workflow, |conn, workflow_no| {
            paths
                .iter()
                .try_for_each(|path| trigger_files::remove(conn, workflow_no, trigger, path))
        })
    }

    /// Everything up to `to` was decided.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn advance(
        &mut self,
        workflow: WorkflowId,
        key: &StarterKey,
        to: Timestamp,
    ) -> Result<(), StoreError> {
        self.of_workflow(Persist::Now, workflow, |conn, workflow_no| {
            starters::advance(conn, workflow_no, key, to)
        })
    }

    /// Everything that the workflow's schedules and triggers would have done up to `to` was decided.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn advance_all(&mut self, workflow: WorkflowId, to: Timestamp) -> Result<(), StoreError> {
        self.of_workflow(Persist::Now, workflow, |conn, workflow_no| {
            for row in starters::of_workflow(conn, workflow)? {
                starters::advance(conn, workflow_no, &row.key, to)?;
            }
            Ok(())
        })
    }

    /// The clock was far ahead: what was decided lies in the future. Decides anew from `to` on; what ran, ran.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn rewind(
        &mut self,
        workflow: WorkflowId,
        key: &StarterKey,
        to: Timestamp,
    ) -> Result<(), StoreError> {
        self.of_workflow(Persist::Now, workflow, |conn, workflow_no| {
            starters::rewind(conn, workflow_no, key, to)
        })
    }

    /// Has a tick of a schedule fire at another instant (`Some(Some(to))`), not at all (`Some(None)`), or as its rule says
    /// (`None`).
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn move_tick(
        &mut self,
        workflow: WorkflowId,
        schedule: &str,
        tick: Timestamp,
        to: Option<Option<Timestamp>>,
    ) -> Result<(), StoreError> {
        self.of_workflow(Persist::Now, workflow, |conn, workflow_no| match to {
            Some(to) => moves::put(conn, workflow_no, schedule, tick, to),
            None => moves::remove(conn, workflow_no, schedule, tick),
        })
    }

    /// Keeps the digest of a trigger's token in place of the one before.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_token(
        &mut self,
        workflow: WorkflowId,
        trigger: &str,
        digest: &str,
    ) -> Result<(), StoreError> {
        self.of_workflow(Persist::Now, workflow, |conn, workflow_no| {
            starters::set_token(conn, workflow_no, trigger, digest)
        })
    }

    /// Notes when somebody saw what did not start, none: that nobody did after all; false if it is unknown, or that is so
    /// already.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn mark_skip_seen(&mut self, skip: u64, at: Option<Timestamp>) -> Result<bool, StoreError> {
        self.write(Persist::Soon, |conn| skips::mark_seen(conn, skip, at))
    }

    /// Trusts a meaning or a folder.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn trust(&mut self, what: &Trusted, at: Timestamp) -> Result<(), StoreError> {
        self.write(Persist::Now, |conn| trust::add(conn, what, at))
    }

    /// Trusts it no more; false if it was not trusted.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn untrust(&mut self, what: &Trusted) -> Result<bool, StoreError> {
        self.write(Persist::Now, |conn| trust::remove(conn, what))
    }

    /// Writes for the workflow with this identity; nothing where it is unknown.
    fn of_workflow<T: Default>(
        &mut self,
        persist: Persist,
        workflow: WorkflowId,
        write: impl FnOnce(&Connection, i64) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.write(persist, |conn| match starters::workflow_no(conn, workflow)? {
            Some(workflow_no) => write(conn, workflow_no),
            None => Ok(T::default()),
        })
    }
}
