//! The tasks of a run as a table: which rows there are, in which order, and what stands in them. Made anew only where
//! something of that changed.

use std::cmp::Ordering;
use std::collections::HashSet;

use millrace_api::usual::Usual;
use millrace_model::event::{Exit, Outcome, Run, TaskRun, TaskState};
use millrace_model::ident::Ident;
use millrace_model::time::Timestamp;
use millrace_model::timeline::{BarKind, bars};

use super::{ItemsView, RunNames};

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Column {
    /// What people call it.
    Task,
    /// Where it stands.
    State,
    /// How long it ran.
    Took,
    /// How long it usually does.
    Usual,
    /// How many tries it had.
    Tries,
    /// How long it waited for a place, a next try or something outside.
    Waited,
    /// How its process ended.
    Exit,
    /// How much its last try printed.
    Printed,
    /// User and system time of its last try.
    Cpu,
    /// The most memory that its last try had.
    Memory,
    /// When its first try started.
    Started,
}

impl Column {
    /// All of them, in their order.
    pub(crate) const ALL: [Self; 11] = [
        Self::Task,
        Self::State,
        Self::Took,
        Self::Usual,
        Self::Tries,
        Self::Waited,
        Self::Exit,
        Self::Printed,
        Self::Cpu,
        Self::Memory,
        Self::Started,
    ];

    /// Its head.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Task => "Task",
            Self::State => "State",
            Self::Took => "Took",
            Self::Usual => "Usual",
            Self::Tries => "Tries",
            Self::Waited => "Waited",
            Self::Exit => "Exit",
            Self::Printed => "Printed",
            Self::Cpu => "CPU",
            Self::Memory => "Memory",
            Self::Started => "Started",
        }
    }

    /// Whether the largest is what people look for first.
    fn begins_with_most(self) -> bool {
        !matches!(self, Self::Task | Self::State | Self::Started)
    }
}

/// What stands in a row, as far as it is known. Lengths of what goes on are those when the row was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Facts {
    pub(crate) took_us: Option<u64>,
    pub(crate) usual_us: Option<u64>,
    pub(crate) tries: usize,
    pub(crate) waited_us: u64,
    pub(crate) exit: Option<Exit>,
    pub(crate) printed: Option<u64>,
    pub(crate) cpu_us: Option<u64>,
    pub(crate) memory: Option<u64>,
    pub(crate) started: Option<Timestamp>,
}

/// A row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TableRow {
    /// Where the task stands in the run.
    pub(crate) place: usize,
    /// Which item of it.
    pub(crate) item: Option<u32>,
    /// What stands in it.
    pub(crate) facts: Facts,
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct TaskTable {
    /// What stands in the box above it.
    pub(crate) filter: String,
    /// By which column it is sorted, and whether from the largest; none = in the run's order.
    sort: Option<(Column, bool)>,
    /// Its rows.
    pub(crate) rows: Vec<TableRow>,
    key: Option<Key>,
}

type Key = (u64, String, Option<(Column, bool)>, HashSet<Ident>, bool, usize);

impl TaskTable {
    /// By which column it is sorted, and whether from the largest.
    pub(crate) fn sort(&self) -> Option<(Column, bool)> {
        self.sort
    }

    /// Sorts by a column; again: the other way round; a third time: in the run's order.
    pub(crate) fn sort_by(&mut self, column: Column) {
        let first = column.begins_with_most();
        self.sort = match self.sort {
            Some((by, falling)) if by == column && falling == first => Some((column, !first)),
            Some((by, _)) if by == column => None,
            _ => Some((column, first)),
        };
    }

    /// Brings it up to date; `revision` changes whenever the run does.
    pub(crate) fn update(
        &mut self,
        run: &Run,
        names: &RunNames,
        usual: Option<&Usual>,
        items: &ItemsView,
        revision: u64,
    ) {
        let (filter, open) = (self.filter.trim().to_lowercase(), items.open.clone());
        let key = (revision, filter.clone(), self.sort, open, usual.is_some(), run.tasks.len());
        if self.key.as_ref() == Some(&key) {
            return;
        }
        self.key = Some(key);
        let words: Vec<&str> = filter.split_whitespace().collect();
        let mut groups: Vec<(TableRow, Vec<TableRow>)> = Vec::with_capacity(run.tasks.len());
        for (place, (name, task)) in run.tasks.iter().enumerate() {
            let title = names.title(place);
            let of_task = usual.and_then(|usual| usual.task(name.task.as_str()));
            let mut facts = facts(task);
            facts.usual_us = of_task.map(|usual| usual.median_us);
            let row = TableRow { place, item: None, facts };
            let mut below = Vec::new();
            if let Some(mapped) = task.mapped.as_ref().filter(|_| items.open.contains(&name.task)) {
                for (run, item) in mapped.runs.iter().zip(0..) {
                    // Items may be large; they are written out only to be searched.
                    let value = mapped.items.get(item as usize).filter(|_| !words.is_empty());
                    let value = value.map(ToString::to_string).unwrap_or_default();
                    if fits(&words, &[title, &format!("[{item}]"), &value], run) {
                        let facts = self::facts(run);
                        below.push(TableRow { place, item: Some(item), facts });
                    }
                }
            }
            if !below.is_empty() || fits(&words, &[title, name.task.as_str()], task) {
                groups.push((row, below));
            }
        }
        if let Some(sort) = self.sort {
            let order = |a: &TableRow, b: &TableRow| order(run, names, sort, a, b);
            groups.sort_by(|(a, _), (b, _)| order(a, b));
            groups.iter_mut().for_each(|(_, below)| below.sort_by(&order));
        }
        self.rows.clear();
        for (row, below) in groups {
            self.rows.push(row);
            self.rows.extend(below);
        }
    }
}

/// Whether all words are in what people see of a row.
fn fits(words: &[&str], texts: &[&str], task: &TaskRun) -> bool {
    if words.is_empty() {
        return true;
    }
    let cause = task.cause.as_ref().map(ToString::to_string).unwrap_or_default();
    let all = format!("{}\n{}\n{cause}", texts.join("\n"), task.state.label()).to_lowercase();
    words.iter().all(|word| all.contains(word))
}

/// What is known of a task; of a mapped one, of all its items.
pub(crate) fn facts(task: &TaskRun) -> Facts {
    let waited_of = |task: &TaskRun| -> u64 {
        let waits = bars(task).into_iter().filter(|bar| !matches!(bar.kind, BarKind::Try(_)));
        waits.filter_map(|bar| Some(micros(bar.until?.since(bar.from)))).sum()
    };
    let end = task.attempts.last().and_then(|last| last.end.as_ref());
    let known = |value: u64| (value > 0).then_some(value);
    let mut facts = Facts {
        took_us: task.duration_us(),
        usual_us: None,
        tries: task.attempts.len(),
        waited_us: waited_of(task),
        exit: end.and_then(|end| match end.outcome {
            Outcome::Failed { exit } => Some(exit),
            Outcome::Succeeded if end.started.is_some() => Some(Exit::Code(0)),
            _ => None,
        }),
        printed: end.and_then(|end| end.log.as_ref()).map(|log| log.bytes),
        cpu_us: end.and_then(|end| known(end.cpu_us)),
        memory: end.and_then(|end| known(end.max_rss)),
        started: task.attempts.first().and_then(|first| first.started),
    };
    let Some(mapped) = &task.mapped else { return facts };
    facts.started = task.queued;
    facts.tries = mapped.runs.iter().map(|run| run.attempts.len()).sum();
    for run in &mapped.runs {
        facts.waited_us += waited_of(run);
        let Some(end) = run.attempts.last().and_then(|last| last.end.as_ref()) else { continue };
        let add = |sum: Option<u64>, value: u64| Some(sum.unwrap_or(0) + value);
        if let Some(log) = &end.log {
            facts.printed = add(facts.printed, log.bytes);
        }
        if end.cpu_us > 0 {
            facts.cpu_us = add(facts.cpu_us, end.cpu_us);
        }
        facts.memory = facts.memory.max(known(end.max_rss));
    }
    facts
}

fn micros(length: std::time::Duration) -> u64 {
    u64::try_from(length.as_micros()).unwrap_or(u64::MAX)
}

/// What is not known comes last, whichever way it is sorted; what is the same stays in the run's order.
fn order(
    run: &Run,
    names: &RunNames,
    (column, falling): (Column, bool),
    a: &TableRow,
    b: &TableRow,
) -> Ordering {
    let turned = |order: Ordering| if falling { order.reverse() } else { order };
    if column == Column::Task {
        let title = |row: &TableRow| names.title(row.place).to_lowercase();
        return turned(title(a).cmp(&title(b)).then(a.item.cmp(&b.item)));
    }
    let state = |row: &TableRow| -> Option<TaskState> {
        let task = run.tasks.get_index(row.place)?.1;
        match row.item {
            None => Some(task.state),
            Some(item) => Some(task.mapped.as_ref()?.run(item)?.state),
        }
    };
    let value = |row: &TableRow| -> Option<i64> {
        let facts = &row.facts;
        let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
        match column {
            Column::Task => None,
            Column::State => state(row).map(|state| state as i64),
            Column::Took => facts.took_us.map(number),
            Column::Usual => facts.usual_us.map(number),
            Column::Tries => Some(facts.tries as i64),
            Column::Waited => Some(number(facts.waited_us)),
            Column::Exit => facts.exit.map(|exit| match exit {
                Exit::Code(code) => i64::from(code),
                Exit::Signal(signal) => 1_000 + i64::from(signal),
                Exit::Status(status) => 10_000 + i64::from(status),
            }),
            Column::Printed => facts.printed.map(number),
            Column::Cpu => facts.cpu_us.map(number),
            Column::Memory => facts.memory.map(number),
            Column::Started => facts.started.map(|at| at.0),
        }
    };
    match (value(a), value(b)) {
        (Some(a), Some(b)) => turned(a.cmp(&b)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use millrace_model::event::{Attempt, AttemptEnd};
    use serde_json::json;

    use super::super::fixture::name;
    use super::*;
    use millrace_model::event::{Mapped, RunEvent, RunEventKind, Trigger};
    use millrace_model::ids::RunId;

    fn run(tasks: &[&str]) -> Run {
        let head = json!({
            "workflow": "w", "snapshot": "", "trigger": Trigger::Manual, "logical_time": 0,
            "tasks": tasks,
        });
        let kind = RunEventKind::RunQueued(Box::new(serde_json::from_value(head).unwrap()));
        Run::begin(&RunEvent { run: RunId(1), seq: 1, at: Timestamp(0), kind }).unwrap()
    }

    fn took(task: &mut TaskRun, us: u64) {
        let mut end = AttemptEnd::unmeasured(Outcome::Succeeded, Timestamp(us as i64));
        end.duration_us = us;
        (task.state, task.ended) = (TaskState::Succeeded, Some(end.ended));
        task.queued = Some(Timestamp(0));
        task.attempts = vec![Attempt {
            serial: 1,
            number: 1,
            dispatched: Timestamp(0),
            started: Some(Timestamp(0)),
            pid: None,
            child: None,
            progress: None,
            waits: None,
            end: Some(end),
        }];
    }

    fn shown(table: &TaskTable) -> Vec<(usize, Option<u32>)> {
        table.rows.iter().map(|row| (row.place, row.item)).collect()
    }

    #[test]
    fn what_is_not_known_comes_last_both_ways() {
        let mut run = run(&["a", "b", "c"]);
        took(&mut run.tasks[0], 5);
        took(&mut run.tasks[2], 9);
        let (names, items) = (RunNames::default(), ItemsView::default());
        let mut table = TaskTable::default();
        table.sort_by(Column::Took);
        table.update(&run, &names, None, &items, 1);
        assert_eq!(shown(&table), [(2, None), (0, None), (1, None)]);
        table.sort_by(Column::Took);
        table.update(&run, &names, None, &items, 1);
        assert_eq!(shown(&table), [(0, None), (2, None), (1, None)]);
        table.sort_by(Column::Took);
        assert_eq!(table.sort(), None);
    }

    #[test]
    fn items_stay_below_their_task_and_are_found() {
        let mut run = run(&["a", "b"]);
        let items = vec![json!("x"), json!("needle"), json!("y")];
        let runs = vec![TaskRun::pending(); 3];
        let mut mapped = Mapped { items, runs, ..Mapped::default() };
        took(&mut mapped.runs[2], 7);
        took(&mut mapped.runs[0], 3);
        run.tasks[1].mapped = Some(Box::new(mapped));
        let names = RunNames::default();
        let mut items = ItemsView::default();
        items.open.insert(name("b"));
        let mut table = TaskTable::default();
        table.sort_by(Column::Took);
        table.update(&run, &names, None, &items, 1);
        let below = [(1, Some(2)), (1, Some(0)), (1, Some(1))];
        assert_eq!(shown(&table), [&[(0, None), (1, None)][..], &below].concat());
        table.filter = " NEEDLE ".to_owned();
        table.update(&run, &names, None, &items, 1);
        assert_eq!(shown(&table), [(1, None), (1, Some(1))]);
        table.filter = "pending".to_owned();
        table.update(&run, &names, None, &items, 1);
        assert_eq!(shown(&table), [(0, None), (1, None), (1, Some(1))]);
    }
}
