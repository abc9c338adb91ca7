//! Lists of runs, newest first, page by page.
//!
//! Every combination of filters is a walk along one index that stops when the page is full.

use millrace_model::event::{RunState, TriggerKind};
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use rusqlite::named_params;

use super::{Reader, WorkflowKey};
use crate::StoreError;
use crate::tables::codes::{run_state, trigger_kind};
use crate::tables::runs::{self, RunRow};

/// Which runs to list. By default all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunFilter {
    /// Of this workflow.
    pub workflow: Option<WorkflowKey>,
    /// In one of these states; empty for any.
    pub states: Vec<RunState>,
    /// Started by this.
    pub trigger: Option<TriggerKind>,
    /// Accepted at or after.
    pub since: Option<Timestamp>,
    /// Accepted before.
    pub until: Option<Timestamp>,
}

/// Which conditions a query has.
#[derive(Debug, Clone, Copy, Default)]
struct Shape {
    workflow: bool,
    state: bool,
    trigger: bool,
    since: bool,
    until: bool,
    before: bool,
}

impl Reader {
    /// At most `limit` runs, newest first; those that come after `before` in that order, where it is given (the last
    /// run of the page before).
    ///
    /// # Errors
    /// [`StoreError::NoRun`] when `before` is not in the history any more.
    pub fn list_runs(
        &self,
        filter: &RunFilter,
        before: Option<RunId>,
        limit: usize,
    ) -> Result<Vec<RunRow>, StoreError> {
        self.consistent(|| {
            let before = match before {
                None => None,
                Some(run) => {
                    let row = self.sql(runs::by_id(&self.conn, run))?;
                    let row = row.ok_or(StoreError::NoRun { run })?;
                    Some((row.queued, row.run_no))
                }
            };
            let workflows = match &filter.workflow {
                None => vec![None],
                Some(key) => {
                    self.workflow(key)?.into_iter().map(|row| Some(row.workflow_no)).collect()
                }
            };
            let mut states: Vec<Option<RunState>> =
                filter.states.iter().copied().map(Some).collect();
            states.sort_unstable();
            states.dedup();
            if states.is_empty() {
                states.push(None);
            }
            // One ordered walk for each workflow and state, then a merge: an index cannot order several at once.
            let walks = workflows.len() * states.len();
            let mut page = Vec::new();
            for workflow in &workflows {
                for state in &states {
                    page.extend(self.walk(filter, *workflow, *state, before, limit)?);
                }
            }
            if walks > 1 {
                page.sort_by_key(|row| std::cmp::Reverse((row.queued, row.run_no)));
                page.truncate(limit);
            }
            Ok(page)
        })
    }

    fn walk(
        &self,
        filter: &RunFilter,
        workflow: Option<i64>,
        state: Option<RunState>,
        before: Option<(Timestamp, i64)>,
        limit: usize,
    ) -> Result<Vec<RunRow>, StoreError> {
        let shape = Shape {
            workflow: workflow.is_some(),
            state: state.is_some(),
            trigger: filter.trigger.is_some(),
            since: filter.since.is_some(),
            until: filter.until.is_some(),
            before: before.is_some(),
        };
        let mut query = self.sql(self.conn.prepare_cached(&shape.sql()))?;
        let values = named_params! {
            ":workflow": workflow,
            ":state": state.map(run_state),
            ":trigger": filter.trigger.map(trigger_kind),
            ":since": filter.since.map(|at| at.0),
            ":until": filter.until.map(|at| at.0),
            ":before": before.map(|(at, _)| at.0),
            ":before_no": before.map(|(_, run_no)| run_no),
            ":limit": i64::try_from(limit).unwrap_or(i64::MAX),
        };
        let used: Vec<(&str, &dyn rusqlite::ToSql)> =
            values.iter().filter(|(name, _)| shape.uses(name)).copied().collect();
        let rows = self.sql(query.query_map(used.as_slice(), RunRow::read))?;
        rows.map(|row| self.sql(row)).collect()
    }
}

impl Shape {
    fn uses(self, name: &str) -> bool {
        match name {
            ":workflow" => self.workflow,
            ":state" => self.state,
            ":trigger" => self.trigger,
            ":since" => self.since,
            ":until" => self.until,
            ":before" | ":before_no" => self.before,
            _ => true,
        }
    }

    fn index(self) -> &'static str {
        match (self.workflow, self.state, self.trigger) {
            (true, true, _) => "runs_by_workflow_state",
            (true, false, _) => "runs_by_workflow",
            (false, true, _) => "runs_by_state",
            (false, false, true) => "runs_by_trigger",
            (false, false, false) => "runs_by_time",
        }
    }

    fn sql(self) -> String {
        let conditions = [
            (self.workflow, "workflow_no = :workflow"),
            (self.state, "state = :state"),
            (self.trigger, "trigger = :trigger"),
            (self.since, "queued_at >= :since"),
            (self.until, "queued_at < :until"),
            (self.before, "(queued_at, run_no) < (:before, :before_no)"),
        ];
        let chosen: Vec<&str> =
            conditions.iter().filter(|(used, _)| *used).map(|(_, condition)| *condition).collect();
        let filter = if chosen.is_empty() { "1" } else { &chosen.join(" AND ") };
        format!(
            "{} INDEXED BY {} WHERE {filter} ORDER BY queued_at DESC, run_no DESC LIMIT :limit",
            runs::SELECT,
            self.index()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tables::{FORMAT_1, FORMAT_4};

    /// What SQLite would do, line by line.
    fn plan(conn: &rusqlite::Connection, sql: &str) -> Vec<String> {
        let mut query = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let mut rows = query.raw_query();
        let mut lines = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            lines.push(row.get(3).unwrap());
        }
        lines
    }

    #[test]
    fn every_list_is_a_walk_along_an_index_without_sorting() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        for statement in FORMAT_1.iter().chain(FORMAT_4) {
            conn.execute_batch(statement).unwrap();
        }
        for bits in 0..64_u8 {
            let bit = |n: u8| bits & (1 << n) != 0;
            let shape = Shape {
                workflow: bit(0),
                state: bit(1),
                trigger: bit(2),
                since: bit(3),
                until: bit(4),
                before: bit(5),
            };
            let lines = plan(&conn, &shape.sql());
            assert!(lines[0].contains(shape.index()), "{shape:?}: {lines:?}");
            for line in &lines {
                let walks = !line.starts_with("SCAN") || line.contains("USING INDEX");
                assert!(walks && !line.contains("TEMP B-TREE"), "{shape:?}: {lines:?}");
            }
            if shape.since || shape.until || shape.before {
                assert!(lines[0].starts_with("SEARCH"), "{shape:?}: {lines:?}");
            }
        }
    }

    #[test]
    fn every_other_query_searches_an_index_too() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        for statement in FORMAT_1.iter().chain(FORMAT_4) {
            conn.execute_batch(statement).unwrap();
        }
        let (run, event) = (runs::SELECT, crate::tables::events::SELECT);
        let task = crate::tables::task_runs::SELECT;
        for sql in [
            format!("{run} WHERE run_id = 1"),
            format!("{run} WHERE run_id BETWEEN 1 AND 2 ORDER BY run_id LIMIT 3"),
            super::super::stats::UNSEEN.replace("{}", run),
            super::super::run::UNFINISHED.to_owned(),
            super::super::lengths::BEFORE.to_owned(),
            super::super::lengths::TASKS.to_owned(),
            super::super::grid::CELLS.to_owned(),
            super::super::grid::SNAPSHOT.to_owned(),
            super::super::days::DAYS.to_owned(),
            super::super::days::OLDEST.to_owned(),
            super::super::given::NEWEST.to_owned(),
            super::super::given::SAME.to_owned(),
            format!("{event} WHERE events.run_no = 1 ORDER BY events.last_seq"),
            format!(
                "{event} WHERE events.run_no = 1 AND events.last_seq > 2 ORDER BY events.last_seq"
            ),
            format!("{event} WHERE events.last_position > 1 ORDER BY events.last_position"),
            "SELECT coalesce(max(last_position), 0) FROM events".to_owned(),
            format!("{task} WHERE run_no = 1"),
            format!("{task} WHERE run_no = 1 AND task = 'a' ORDER BY item"),
            "SELECT json FROM outputs WHERE run_no = 1 AND task = 'a' AND item = -1".to_owned(),
            "SELECT text FROM snapshots WHERE hash = 'x'".to_owned(),
            "SELECT name FROM workflows WHERE path = 'x'".to_owned(),
            crate::tables::workflows::BELOW.to_owned(),
            "SELECT name FROM workflows WHERE name = 'x' AND workflow_id IS NULL AND path IS NULL"
                .to_owned(),
            "UPDATE runs SET workflow_no = 2 WHERE workflow_no = 1".to_owned(),
            "UPDATE deleted_runs SET workflow_no = 2 WHERE workflow_no = 1".to_owned(),
            crate::tables::deleted_runs::DUE.to_owned(),
            super::super::expired::NEWEST_RUN.to_owned(),
            super::super::expired::NEWEST_GOOD.to_owned(),
            super::super::expired::BEYOND.to_owned(),
            crate::tables::deleted_runs::list_sql(),
            "SELECT 1 FROM runs WHERE snapshot_no = 1".to_owned(),
            "SELECT 1 FROM deleted_runs WHERE snapshot_no = 1".to_owned(),
        ] {
            for line in plan(&conn, &sql) {
                let walks = !line.starts_with("SCAN") || line.contains("USING INDEX ");
                assert!(walks && !line.contains("TEMP B-TREE"), "{sql}: {line}");
            }
        }
    }
}
