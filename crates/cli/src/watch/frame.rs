//! The live view as text: which tasks are shown and how. Pure: state in, lines out.

use std::collections::BTreeMap;

use millrace_model::event::{Run, TaskRun, TaskState};
use millrace_model::ids::TaskKey;
use millrace_model::time::Timestamp;

use crate::text::style::Style;
use crate::text::table::{cut, width};
use crate::text::{escape, human, states};

/// All that a frame shows.
pub(super) struct Scene<'a> {
    pub(super) run: &'a Run,
    pub(super) now: Timestamp,
    /// What running tasks printed last, and why others wait.
    pub(super) remarks: &'a BTreeMap<TaskKey, String>,
    /// About the watching itself: cancelling, reconnecting.
    pub(super) notice: Option<&'a str>,
    pub(super) style: Style,
    pub(super) columns: usize,
    pub(super) rows: usize,
}

impl Scene<'_> {
    /// The lines, at most `rows` of at most `columns`.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![self.head()];
        let room = self.rows.saturating_sub(1 + usize::from(self.notice.is_some()));
        lines.extend(self.tasks(room));
        if let Some(notice) = self.notice {
            lines.push(format!("  {}", self.style.warning(notice)));
        }
        lines.truncate(self.rows.max(1));
        lines.iter().map(|line| cut(line, self.columns, self.style.ellipsis())).collect()
    }

    /// The tasks that are worth their line, folded to `room` lines.
    pub(super) fn tasks(&self, room: usize) -> Vec<String> {
        let tasks: Vec<_> = self.run.tasks.iter().collect();
        let chosen = choose(&tasks, room);
        let pad = chosen.iter().map(|at| width(&tasks[*at].0.to_string())).max().unwrap_or(0);
        let pad = pad.min(self.columns * 2 / 5).max(4);
        let mut lines: Vec<String> =
            chosen.iter().map(|at| self.task(tasks[*at].0, tasks[*at].1, pad)).collect();
        if chosen.len() < tasks.len() && room > 0 {
            lines.push(self.folded(&tasks, &chosen));
        }
        lines
    }

    fn head(&self) -> String {
        let run = self.run;
        let title = run.head.title.as_deref().unwrap_or(run.head.workflow.as_str());
        let title = self.style.bold(&escape::one_line(title));
        let counts = run.counts();
        let of = |state: TaskState| counts[state as usize];
        let ended: u32 = TaskState::ALL.iter().filter(|s| s.is_final()).map(|s| of(*s)).sum();
        let tasks = run.tasks.len() - run.of_hooks().count();
        let mut parts = vec![format!("{ended} of {tasks} tasks")];
        let failed = of(TaskState::Failed) + of(TaskState::Error);
        if failed > 0 {
            parts.push(self.style.task(TaskState::Failed, &format!("{failed} failed")));
        }
        if of(TaskState::Running) > 0 && !run.state.is_final() {
            parts.push(format!("{} running", of(TaskState::Running)));
        }
        if let Some(decided) = &run.decided {
            parts.push(format!("{}, hooks run", decided.state));
        }
        if run.stopping && !run.state.is_final() {
            parts.push("stopping".to_owned());
        }
        if run.state == millrace_model::event::RunState::Paused {
            parts.push("paused".to_owned());
        }
        if let Some(started) = run.started {
            parts.push(human::duration(run.ended.unwrap_or(self.now).since(started)));
        }
        let dot = if self.style.unicode { " · " } else { ", " };
        let icon = self.style.run(run.state, self.style.run_icon(run.state));
        let short = self.style.dim(&format!("{:.8}", run.run));
        format!("{icon} {title}  {short}  {}", parts.join(dot))
    }

    fn task(&self, key: &TaskKey, task: &TaskRun, pad: usize) -> String {
        let style = self.style;
        let name = cut(&key.to_string(), pad, style.ellipsis());
        let name = format!("{name}{}", " ".repeat(pad.saturating_sub(width(&name))));
        let name = match task.state {
            TaskState::Pending | TaskState::Skipped => style.dim(&name),
            TaskState::Failed | TaskState::Error => style.task(task.state, &name),
            _ => name,
        };
        let took = states::took(task, self.now).unwrap_or_default();
        let mut remark = states::remark(task, self.now);
        if let Some(more) = self.remarks.get(key)
            && !task.state.is_final()
            && task.state != TaskState::UpForRetry
        {
            if !remark.is_empty() {
                remark.push_str("; ");
            }
            remark.push_str(more);
        }
        if task.state == TaskState::Running && task.attempts.len() > 1 {
            remark = format!("try {}  {remark}", task.attempts.len());
        }
        let remark = escape::one_line(&remark);
        let remark = match task.state {
            TaskState::Failed | TaskState::Error => remark,
            _ => style.dim(&remark),
        };
        let icon = style.task(task.state, style.task_icon(task.state));
        format!("  {icon} {name}  {took:>8}  {remark}").trim_end().to_owned()
    }

    /// What the tasks without a line of their own are.
    fn folded(&self, tasks: &[(&TaskKey, &TaskRun)], chosen: &[usize]) -> String {
        let mut counts = [0_u32; TaskState::ALL.len()];
        for (at, (_, task)) in tasks.iter().enumerate() {
            if chosen.binary_search(&at).is_err() {
                counts[task.state as usize] += 1;
            }
        }
        let parts: Vec<String> = TaskState::ALL
            .iter()
            .zip(counts)
            .rev()
            .filter(|(_, count)| *count > 0)
            .map(|(state, count)| format!("{count} {}", state.label()))
            .collect();
        let more = tasks.len() - chosen.len();
        let text = format!("  {} {more} more: {}", self.style.ellipsis(), parts.join(", "));
        self.style.dim(&text)
    }
}

/// The tasks that get a line, in the order of the document.
fn choose(tasks: &[(&TaskKey, &TaskRun)], room: usize) -> Vec<usize> {
    if tasks.len() <= room {
        return (0..tasks.len()).collect();
    }
    let mut ranked: Vec<usize> = (0..tasks.len()).collect();
    // Of equal interest the ones that moved last: what ended a moment ago should not vanish at once.
    ranked.sort_by_key(|at| {
        (interest(tasks[*at].1.state), std::cmp::Reverse(tasks[*at].1.ended), *at)
    });
    ranked.truncate(room.saturating_sub(1));
    ranked.sort_unstable();
    ranked
}

/// What a person wants to see first.
fn interest(state: TaskState) -> u8 {
    match state {
        TaskState::Running => 0,
        TaskState::Failed | TaskState::Error => 1,
        TaskState::UpForRetry | TaskState::Waiting => 2,
        TaskState::Canceled => 3,
        TaskState::Queued => 4,
        TaskState::UpstreamFailed => 5,
        TaskState::Succeeded => 6,
        TaskState::Pending => 7,
        TaskState::Skipped => 8,
    }
}
