//! How runs are looked up: along which indexes, with which conditions beside them.

use millrace_model::event::{RunState, TriggerKind};
use rusqlite::types::Value;

use super::needle::{Needle, id_range};
use super::{Condition, Key, RunSearch};
use crate::tables::codes::{run_state, signed, task_state, trigger_kind};

/// More walks than these cost more than one along an index that fits less well.
const MOST_WALKS: usize = 24;

/// The walks for a search.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) walks: Vec<Walk>,
    /// Texts that are compared here; true: it must not be there.
    pub(super) needles: Vec<(bool, Vec<Needle>)>,
    /// Without an index, for what was accepted after the mark.
    newer: Walk,
}

/// A walk along one index, newest first.
#[derive(Debug, Clone)]
pub(super) struct Walk {
    /// None: through the whole table.
    index: Option<&'static str>,
    /// What the index can tell.
    within: Vec<String>,
    /// What only the row can tell.
    beside: Vec<String>,
    /// For the `?` in `beside`.
    pub(super) values: Vec<Value>,
}

impl Plan {
    /// The workflows are those that fit; none: any.
    pub(super) fn new(
        search: &RunSearch,
        workflows: Option<&[i64]>,
        not_workflows: &[i64],
        mark: u64,
    ) -> Self {
        let mut beside = Vec::new();
        let mut values = Vec::new();
        let mut needles = Vec::new();
        if !not_workflows.is_empty() {
            beside.push(format!("workflow_no NOT IN ({})", list(not_workflows)));
        }
        for (negated, condition) in &search.conditions {
            match condition {
                Condition::Text(texts) => {
                    needles.push((*negated, texts.iter().map(|text| Needle::new(text)).collect()));
                }
                other => {
                    let sql = other.sql(&mut values);
                    beside.push(if *negated { format!("NOT ({sql})") } else { format!("({sql})") });
                }
            }
        }
        let times = [
            search.since.map(|at| format!("queued_at >= {}", at.0)),
            search.until.map(|at| format!("queued_at < {}", at.0)),
        ];
        let times: Vec<String> = times.into_iter().flatten().collect();
        let states = search
            .states
            .as_ref()
            .map(|states| codes(states, |state: &RunState| run_state(*state)));
        let triggers = search
            .triggers
            .as_ref()
            .map(|kinds| codes(kinds, |kind: &TriggerKind| trigger_kind(*kind)));
        let one_of = |column: &str, codes: Option<&[i64]>| {
            codes.map(|codes| format!("{column} IN ({})", list(codes)))
        };
        let plain = [
            one_of("workflow_no", workflows),
            one_of("state", states.as_deref()),
            one_of("trigger", triggers.as_deref()),
        ];
        let plain: Vec<String> = plain.into_iter().flatten().collect();
        let everything = [times.clone(), beside.clone(), plain.clone()].concat();
        let newer = Walk {
            index: None,
            within: vec![format!("run_no > {}", signed(mark))],
            beside: everything,
            values: values.clone(),
        };
        let upto = format!("run_no <= {}", signed(mark));
        let ids = search
            .conditions
            .iter()
            .any(|(negated, condition)| !negated && matches!(condition, Condition::Id(_)));
        let has_needles = !needles.is_empty();
        let mut walks = Vec::new();
        let mut walk = |index: Option<&'static str>, exact: &[String], rest: &[Option<String>]| {
            let mut within = exact.to_vec();
            within.extend(times.iter().cloned());
            within.push(upto.clone());
            let mut beside = beside.clone();
            beside.extend(rest.iter().flatten().cloned());
            walks.push(Walk { index, within, beside, values: values.clone() });
        };
        let is = |column: &str, code: i64| format!("{column} = {code}");
        match (workflows, &states, &triggers) {
            _ if ids => walk(
                Some("sqlite_autoindex_runs_1"),
                &[],
                &plain.iter().cloned().map(Some).collect::<Vec<_>>(),
            ),
            (Some(some), Some(of), _) if some.len() * of.len() <= MOST_WALKS => {
                for workflow in some {
                    for state in of {
                        let exact = [is("workflow_no", *workflow), is("state", *state)];
                        walk(
                            Some("runs_by_workflow_state"),
                            &exact,
                            &[one_of("trigger", triggers.as_deref())],
                        );
                    }
                }
            }
            (Some(some), _, _) if some.len() <= MOST_WALKS => {
                for workflow in some {
                    let rest = [
                        one_of("state", states.as_deref()),
                        one_of("trigger", triggers.as_deref()),
                    ];
                    walk(Some("runs_by_workflow"), &[is("workflow_no", *workflow)], &rest);
                }
            }
            (_, Some(of), _) => {
                for state in of {
                    let rest =
                        [one_of("workflow_no", workflows), one_of("trigger", triggers.as_deref())];
                    walk(Some("runs_by_state"), &[is("state", *state)], &rest);
                }
            }
            (_, None, Some(kinds)) => {
                for kind in kinds {
                    let rest = [one_of("workflow_no", workflows)];
                    walk(Some("runs_by_trigger"), &[is("trigger", *kind)], &rest);
                }
            }
            (_, None, None) => {
                let rest = [one_of("workflow_no", workflows)];
                let whole =
                    times.is_empty() && (has_needles || rest[0].is_some() || !beside.is_empty());
                let index = if whole { None } else { Some("runs_by_time") };
                walk(index, &[], &rest);
            }
        }
        Self { walks, needles, newer }
    }

    /// Whether indexes tell everything.
    pub(super) fn is_indexed(&self) -> bool {
        self.needles.is_empty() && self.walks.iter().all(|walk| walk.beside.is_empty())
    }

    /// Those that were accepted after the mark.
    pub(super) fn newer_sql(&self) -> (String, &[Value]) {
        (self.newer.look_sql(false, !self.needles.is_empty()), &self.newer.values)
    }
}

impl Walk {
    /// The keys of one part, from the index alone.
    pub(super) fn keys_sql(&self, before: Option<Key>, limit: usize, skip: usize) -> String {
        let before =
            before.map(|(at, run_no)| format!(" AND (queued_at, run_no) < ({at}, {run_no})"));
        format!(
            "SELECT queued_at, run_no {}{} ORDER BY queued_at DESC, run_no DESC LIMIT {limit} OFFSET {skip}",
            self.from(false),
            before.unwrap_or_default(),
            limit = i64::try_from(limit).unwrap_or(i64::MAX),
            skip = i64::try_from(skip).unwrap_or(i64::MAX),
        )
    }

    /// How many there are.
    pub(super) fn count_sql(&self) -> String {
        format!("SELECT count(*) {}", self.from(false))
    }

    /// The keys of all of them, in order where that is asked, with the texts that are compared.
    pub(super) fn look_sql(&self, in_order: bool, with_texts: bool) -> String {
        let texts = ", run_id, workflow, title, cause, failed_task, last_line";
        let order = " ORDER BY queued_at DESC, run_no DESC";
        format!(
            "SELECT queued_at, run_no{} {}{}",
            if with_texts { texts } else { "" },
            self.from(in_order),
            if in_order { order } else { "" },
        )
    }

    fn from(&self, in_order: bool) -> String {
        let index = match self.index {
            Some(index) => format!("INDEXED BY {index}"),
            None if in_order => "INDEXED BY runs_by_time".to_owned(),
            None => "NOT INDEXED".to_owned(),
        };
        let all: Vec<&str> = self.within.iter().chain(&self.beside).map(String::as_str).collect();
        format!("FROM runs {index} WHERE {}", all.join(" AND "))
    }
}

impl Condition {
    /// As SQL, with its values at the end of `values`.
    fn sql(&self, values: &mut Vec<Value>) -> String {
        match self {
            // Compared in the program.
            Self::Text(_) => "1".to_owned(),
            Self::Task(names) => task_sql(names, "", values),
            Self::Failed(names) => {
                let [failed, error] = [
                    millrace_model::event::TaskState::Failed,
                    millrace_model::event::TaskState::Error,
                ]
                .map(task_state);
                let states = format!(" AND task_runs.state IN ({failed}, {error})");
                // Most runs have no failure at all, which their own row tells.
                format!("failed + errors > 0 AND {}", task_sql(names, &states, values))
            }
            Self::Id(prefixes) => {
                let ranges: Vec<String> = prefixes
                    .iter()
                    .filter_map(|prefix| id_range(prefix))
                    .map(|(low, high)| {
                        format!("run_id BETWEEN {} AND {}", signed(low), signed(high))
                    })
                    .collect();
                if ranges.is_empty() { "0".to_owned() } else { ranges.join(" OR ") }
            }
            Self::Took(bound, span) => {
                let micros = i128::from(span.as_millis()) * 1_000;
                format!(
                    "ended_at IS NOT NULL AND started_at IS NOT NULL AND ended_at - started_at {bound} {micros}"
                )
            }
        }
    }
}

fn task_sql(names: &[String], states: &str, values: &mut Vec<Value>) -> String {
    values.extend(names.iter().map(|name| Value::Text(name.clone())));
    let marks = vec!["?"; names.len()].join(", ");
    format!(
        "EXISTS (SELECT 1 FROM task_runs WHERE task_runs.run_no = runs.run_no AND task_runs.task IN ({marks}){states})"
    )
}

/// Their codes, each once.
fn codes<T>(all: &[T], code: impl Fn(&T) -> i64) -> Vec<i64> {
    let mut codes: Vec<i64> = all.iter().map(code).collect();
    codes.sort_unstable();
    codes.dedup();
    codes
}

fn list(codes: &[i64]) -> String {
    codes.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use millrace_model::run_query::Bound;
    use millrace_model::time::{Span, Timestamp};
    use rusqlite::params_from_iter;

    use super::*;
    use crate::tables::{FORMAT_1, FORMAT_4};

    /// What SQLite would do, line by line.
    fn lines(conn: &rusqlite::Connection, sql: &str, values: &[Value]) -> Vec<String> {
        let mut query = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let rows = query.query_map(params_from_iter(values), |row| row.get(3)).unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn what_has_an_index_is_answered_by_it_alone_and_nothing_is_sorted() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        for statement in FORMAT_1.iter().chain(FORMAT_4) {
            conn.execute_batch(statement).unwrap();
        }
        for bits in 0..32_u8 {
            let bit = |n: u8| bits & (1 << n) != 0;
            let search = RunSearch {
                states: bit(0).then(|| vec![RunState::Failed, RunState::Canceled]),
                triggers: bit(1).then(|| vec![TriggerKind::Manual]),
                since: bit(2).then_some(Timestamp(1)),
                until: bit(3).then_some(Timestamp(9)),
                ..RunSearch::default()
            };
            let workflows = bit(4).then_some(&[1, 2][..]);
            let plan = Plan::new(&search, workflows, &[], 100);
            for walk in &plan.walks {
                let before = Some((5, 5));
                for sql in
                    [walk.keys_sql(before, 10, 90), walk.count_sql(), walk.look_sql(true, true)]
                {
                    let told = lines(&conn, &sql, &walk.values);
                    let is_sorted = told.iter().any(|line| line.contains("TEMP B-TREE"));
                    assert!(!is_sorted, "{sql}: {told:?}");
                }
                if plan.is_indexed() {
                    for sql in [walk.keys_sql(before, 10, 90), walk.count_sql()] {
                        let told = lines(&conn, &sql, &walk.values);
                        assert!(told[0].contains("COVERING INDEX"), "{sql}: {told:?}");
                    }
                }
            }
            let (sql, values) = plan.newer_sql();
            let told = lines(&conn, &sql, values);
            assert!(told[0].contains("INTEGER PRIMARY KEY"), "{sql}: {told:?}");
        }
    }

    #[test]
    fn what_has_none_is_looked_through_along_the_narrowest() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        for statement in FORMAT_1.iter().chain(FORMAT_4) {
            conn.execute_batch(statement).unwrap();
        }
        let text = (false, Condition::Text(vec!["x".to_owned()]));
        let long = (false, Condition::Took(Bound::Longer, Span::from_secs(5)));
        let task = (true, Condition::Failed(vec!["load".to_owned()]));
        let id = (false, Condition::Id(vec!["8f".to_owned()]));
        let with = |conditions: &[(bool, Condition)], states: Option<Vec<RunState>>| {
            let conditions = conditions.to_vec();
            let search = RunSearch { conditions, states, ..RunSearch::default() };
            let plan = Plan::new(&search, None, &[7], 100);
            assert!(!plan.is_indexed());
            lines(&conn, &plan.walks[0].look_sql(false, true), &plan.walks[0].values).join("; ")
        };
        let failed = Some(vec![RunState::Failed]);
        assert!(
            with(&[text.clone(), long], failed)
                .starts_with("SEARCH runs USING INDEX runs_by_state")
        );
        // Through the table in the order in which it lies.
        assert!(
            with(std::slice::from_ref(&text), None)
                .starts_with("SEARCH runs USING INTEGER PRIMARY KEY")
        );
        let told = with(&[task], None);
        assert!(
            told.contains("SEARCH task_runs USING PRIMARY KEY (run_no=? AND task=?)"),
            "{told}"
        );
        let told = with(&[text, id], None);
        assert!(told.starts_with("SEARCH runs USING INDEX sqlite_autoindex_runs_1"), "{told}");
    }
}
