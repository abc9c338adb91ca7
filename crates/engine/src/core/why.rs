//! Why something waits, in one sentence.

use millrace_model::event::{TaskState, WaitFor};
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::{Span, Timestamp};

use super::map::Map;
use super::run::{ActiveRun, Phase};
use super::{Core, LineKey};

/// How many upstreams a sentence names.
const NAMED: usize = 3;

impl Core {
    /// Why each task of the run waits that neither runs nor has ended, in the order of the document. Empty for a run that
    /// is not active.
    #[must_use]
    pub fn why(&self, run: RunId, now: Timestamp) -> Vec<(TaskKey, String)> {
        let Some(run) = self.by_id.get(&run).and_then(|slot| self.run(*slot)) else {
            return Vec::new();
        };
        let queued = (!run.started).then(|| self.why_queued(run));
        (0..run.plan.count())
            .filter_map(|task| {
                let why = match &queued {
                    Some(why) if run.tasks[task as usize].phase == Phase::Idle => why.clone(),
                    _ => self.why_task(run, task, now)?,
                };
                Some((run.plan.key(task).clone(), why))
            })
            .collect()
    }

    fn why_queued(&self, run: &ActiveRun) -> String {
        if run.is_paused() {
            return "the run is paused".to_owned();
        }
        let line = self.lines.get(&LineKey::of(&run.context.head));
        let active = line.map_or(0, |line| line.active);
        let before = line.map_or(0, |line| line.waiting.range(..run.age).count());
        let turn = match before {
            0 => "this one is next".to_owned(),
            1 => "1 other is before this one".to_owned(),
            n => format!("{n} others are before this one"),
        };
        format!("the run waits for its turn: {} already, {turn}", runs(active))
    }

    fn why_task(&self, run: &ActiveRun, task: u32, now: Timestamp) -> Option<String> {
        let at = &run.tasks[task as usize];
        Some(match at.phase {
            Phase::Absent | Phase::Done | Phase::Mapped => return None,
            Phase::Idle => why_idle(run, task),
            Phase::Waiting => self.why_waiting(run, task),
            Phase::Blocked if run.is_paused() => "the run is paused".to_owned(),
            Phase::Blocked if run.map_of(task).is_some_and(Map::is_full) => {
                let limit = run.map_of(task).and_then(|map| map.limit).unwrap_or_default();
                match limit {
                    1 => "1 item runs already, the limit of this task".to_owned(),
                    limit => format!("{limit} items run already, the limit of this task"),
                }
            }
            Phase::Blocked => {
                format!("{} already, the limit of this run", tasks(run.placed))
            }
            Phase::Backoff => why_backoff(run, task, now),
            Phase::Ahead => "is next as soon as a task of this run ends".to_owned(),
            Phase::Called => return self.why_called(run, task),
            Phase::Asleep => why_asleep(run, task, now)?,
            Phase::Placed if at.state == TaskState::Running => {
                run.stop.as_ref().filter(|_| run.is_stopped(task))?;
                "is being stopped".to_owned()
            }
            Phase::Placed => "is being started".to_owned(),
        })
    }

    fn why_called(&self, run: &ActiveRun, task: u32) -> Option<String> {
        let child = run.attempt(task).child();
        let Some(of) = self.by_id.get(&child).and_then(|slot| self.run(*slot)) else {
            return Some("its run is being started".to_owned());
        };
        let name = format!("its run {child:.8}");
        if of.stop.is_some() {
            return Some(format!("{name} is being stopped"));
        }
        if !of.started {
            return Some(format!("{name}: {}", self.why_queued(of)));
        }
        Some(match of.is_paused() {
            true => format!("{name} is paused"),
            false => format!("waits for {name}"),
        })
    }

    fn why_waiting(&self, run: &ActiveRun, task: u32) -> String {
        if let Some((name, wanted)) = &run.plan.planned(task).pool {
            let used = self.pools.get(name).map_or(0, |pool| pool.used);
            match self.settings.pools.get(&**name) {
                None => return format!("pool {name} does not exist in the settings; add it there"),
                Some(all) if wanted > all => {
                    return format!(
                        "needs {wanted} slots of pool {name}, which has {all}; enlarge it in the settings"
                    );
                }
                Some(all) if used >= *all => {
                    return format!("pool {name} is full: {used} of {all}");
                }
                Some(all) if used + wanted > *all => {
                    return format!(
                        "needs {wanted} slots of pool {name}: {used} of {all} are taken"
                    );
                }
                Some(_) => {}
            }
        }
        if let Some(name) = run.locks.get(&task)
            && let Some(holder) = self.locks.get(name).and_then(|lock| lock.holder)
        {
            let holder = self.by_id.get(&holder.run).and_then(|slot| {
                let other = self.run(*slot)?;
                let key = other.plan.key(other.task_of(holder)?);
                Some(match other.run == run.run {
                    true => key.to_string(),
                    false => format!("{key} of run {:.8}", other.run),
                })
            });
            return match holder {
                Some(holder) => format!("the lock {name} is held by {holder}"),
                None => format!("the lock {name} is held"),
            };
        }
        if run.placed >= run.limit() {
            return format!("{} already, the limit of this run", tasks(run.placed));
        }
        if self.placed >= self.settings.parallel_tasks.max(1) {
            return format!("{} already, the limit of this home", tasks(self.placed));
        }
        "others come before it".to_owned()
    }
}

fn why_idle(run: &ActiveRun, task: u32) -> String {
    let open: Vec<String> = run
        .plan
        .upstreams(task)
        .filter(|up| run.tasks[*up as usize].phase != Phase::Done)
        .map(|up| format!("{} ({})", run.plan.key(up), run.tasks[up as usize].state.label()))
        .collect();
    if run.is_paused() && open.is_empty() {
        return "the run is paused".to_owned();
    }
    let named = open[..open.len().min(NAMED)].join(", ");
    match open.len().saturating_sub(NAMED) {
        0 => format!("waits for {named}"),
        n => format!("waits for {named} and {n} more"),
    }
}

fn why_backoff(run: &ActiveRun, task: u32, now: Timestamp) -> String {
    if let Some(repeat) = run.plan.planned(task).repeat.as_ref()
        && run.tasks[task as usize].state == TaskState::Waiting
    {
        let next = run.tasks[task as usize].iterations + 1;
        let left = left(run.due.get(&task).copied().unwrap_or(now), now);
        return format!("iteration {next} of at most {} starts in {left}", repeat.limit);
    }
    let tries = run.tasks[task as usize].tries;
    let all = run.plan.retry(task).map_or(1, |policy| policy.attempts);
    let left = left(run.due.get(&task).copied().unwrap_or(now), now);
    format!("try {} of {all} starts in {left}", tries + 1)
}

fn why_asleep(run: &ActiveRun, task: u32, now: Timestamp) -> Option<String> {
    let sleep = run.sleeps.get(&task)?;
    let waits = &sleep.waits;
    let what = match &waits.wait {
        WaitFor::Time => {
            return Some(format!("waits for {} more", left(waits.until?, now)));
        }
        WaitFor::Answer { .. } => "waits for an answer".to_owned(),
        WaitFor::Outside { what } => format!("waits for {what}"),
    };
    let what = match waits.until {
        Some(until) => format!("{what}, for {} more", left(until, now)),
        None => what,
    };
    Some(match &sleep.looked {
        Some(found) => format!("{what}; the last look: {found}"),
        None => what,
    })
}

/// The time until `due`, in whole seconds, so that it never says zero too early.
fn left(due: Timestamp, now: Timestamp) -> Span {
    let left = due.since(now);
    Span::from_secs(left.as_secs() + u64::from(left.subsec_nanos() > 0))
}

fn tasks(count: u32) -> String {
    if count == 1 { "1 task runs".to_owned() } else { format!("{count} tasks run") }
}

fn runs(count: u32) -> String {
    if count == 1 {
        "1 run of this workflow is active".to_owned()
    } else {
        format!("{count} runs of this workflow are active")
    }
}
