//! What the scripted daemon knows of the order of runs.

use millrace_api::queue::{MoveRun, PoolUse, Queue, QueuePlace, QueuedRun};
use millrace_api::run::Done;
use millrace_model::event::{Actor, Run, RunEventKind, TaskState};
use millrace_model::ids::RunId;

use super::{World, json, row_of};

fn rank(run: &Run) -> i64 {
    run.rank.unwrap_or(run.queued.0)
}

impl World {
    /// The runs that have not ended, in order.
    pub fn queue(&self) -> Vec<RunId> {
        let mut runs: Vec<&Run> = self.runs.iter().filter(|run| !run.state.is_final()).collect();
        runs.sort_by_key(|run| (rank(run), run.run));
        runs.into_iter().map(|run| run.run).collect()
    }

    fn known(&self, run: RunId) -> &Run {
        self.runs.iter().find(|known| known.run == run).unwrap()
    }

    pub(super) fn read_queue(&self) -> Result<String, String> {
        let queued = |run: RunId| {
            let known = self.known(run);
            let running = known.tasks.values().filter(|task| task.state == TaskState::Running);
            let why = self.queue_whys.get(&run).cloned();
            let waiting = u32::from(why.is_some() && known.started.is_some());
            QueuedRun { row: row_of(known), running: running.count() as u32, waiting, why }
        };
        let runs: Vec<QueuedRun> = self.queue().into_iter().map(queued).collect();
        let running_tasks = runs.iter().map(|run| run.running).sum();
        let pools = match self.pools.is_empty() {
            true => vec![PoolUse { name: "db".to_owned(), used: 1, slots: 2, holders: Vec::new() }],
            false => self.pools.clone(),
        };
        json(&Queue { runs, running_tasks, parallel_tasks: 8, pools })
    }

    pub(super) fn move_run(&mut self, args: &MoveRun) -> Result<String, String> {
        let queue: Vec<RunId> = self.queue().into_iter().filter(|run| *run != args.run).collect();
        let rank_of = |run: &RunId| rank(self.known(*run));
        let rank = match args.to {
            QueuePlace::First => queue.first().map_or(0, |run| rank_of(run) - 10),
            QueuePlace::Last => queue.last().map_or(0, |run| rank_of(run) + 10),
            QueuePlace::Before(next) => {
                let at = queue.iter().position(|run| *run == next).unwrap();
                let before = at.checked_sub(1).map_or(i64::MIN / 4, |at| rank_of(&queue[at]));
                before.midpoint(rank_of(&queue[at]))
            }
        };
        self.happen(args.run, RunEventKind::RunMoved { rank, by: Actor::Person });
        json(&Done {})
    }
}
