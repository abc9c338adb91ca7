//! Prints what a task costs in the store, by size of the groups in which results come, and what a list costs.
//!
//! `cargo run --release -p millrace-store --example commit_bench [RUNS]`
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a measuring program")]

use std::time::{Duration, Instant};

use millrace_model::Values;
use millrace_model::event::{
    AttemptEnd, Outcome, RunEvent, RunEventKind, RunHead, TaskState, Then, Trigger,
};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;
use millrace_store::seed::{Fill, fill};
use millrace_store::{Durability, Options, Persist, RunFilter, Store, Writer};

const TASKS: u32 = 10_000;

fn main() {
    let runs = std::env::args().nth(1).map_or(100_000, |text| text.parse().unwrap());
    for durability in [Durability::Second, Durability::Full] {
        for group in [1, 2, 8, 64] {
            let home = tempfile::tempdir_in(".").unwrap();
            let options = Options { durability, ..Options::default() };
            let store = Store::open(home.path(), options).unwrap();
            let mut writer = store.writer().unwrap();
            let tasks = if durability == Durability::Full { 1_000 } else { TASKS };
            let (spent, cpu) = one_run(&mut writer, tasks, group);
            let (each, cpu) = (spent / tasks, cpu / tasks);
            println!(
                "{durability:?}, groups of {group:2}: {each:8.2?} a task, {cpu:8.2?} of them CPU; {:?}",
                writer.counters()
            );
        }
    }
    let home = tempfile::tempdir_in(".").unwrap();
    let store = Store::open(home.path(), Options::default()).unwrap();
    let mut writer = store.writer().unwrap();
    let (began, cpu) = (Instant::now(), cpu_time());
    let wanted = Fill { runs, tasks: 10, seed: 1, until: Timestamp(1_800_000_000_000_000) };
    fill(&mut writer, &wanted, |_| {}).unwrap();
    let cpu = cpu_time() - cpu;
    println!("{runs} runs of 10 tasks filled in {:.2?}, {cpu:.2?} of them CPU", began.elapsed());
    let began = Instant::now();
    writer.close().unwrap();
    drop(store);
    let size = std::fs::metadata(home.path().join(millrace_store::DATABASE_FILE)).unwrap().len();
    println!("closed in {:.2?}; {} MiB", began.elapsed(), size >> 20);

    let began = Instant::now();
    let store = Store::open(home.path(), Options::default()).unwrap();
    println!("opened in {:.2?}", began.elapsed());
    let failed =
        RunFilter { states: vec![millrace_model::event::RunState::Failed], ..RunFilter::default() };
    for (what, filter) in [("all", RunFilter::default()), ("failed", failed)] {
        for try_number in ["first", "again"] {
            let began = Instant::now();
            let rows = store.read(|reader| reader.list_runs(&filter, None, 50)).unwrap();
            println!("list {what}, {try_number}: {} rows in {:.2?}", rows.len(), began.elapsed());
        }
    }
    let began = Instant::now();
    let last =
        store.read(|reader| reader.resolve("last", None).map_err(|_| unreachable!())).unwrap();
    let run = store.read(|reader| reader.run(last)).unwrap();
    println!("last run of {} tasks folded in {:.2?}", run.tasks.len(), began.elapsed());
}

/// A run of `tasks` tasks whose results come in groups, each with the next group's dispatches.
fn one_run(writer: &mut Writer, tasks: u32, group: u32) -> (Duration, Duration) {
    let snapshot = writer.put_snapshot("{}").unwrap();
    let names: Vec<Ident> =
        (0..tasks).map(|number| Ident::new(&format!("task_{number}")).unwrap()).collect();
    let run = RunId(0x8000_0000_0000_0001);
    let mut seq = 0;
    let mut event = |kind| {
        seq += 1;
        RunEvent { run, seq, at: Timestamp(1_800_000_000_000_000), kind }
    };
    let head = RunHead {
        workflow: names[0].clone(),
        title: None,
        workflow_id: None,
        path: None,
        snapshot,
        trigger: Trigger::Manual,
        logical_time: Timestamp(0),
        params: Values::new(),
        tasks: names.clone(),
        only: None,
        rerun_of: None,
        failed_before: None,
        origin: None,
        carried: Vec::new(),
    };
    let first = event(RunEventKind::RunQueued(Box::new(head)));
    writer.commit(&[first, event(RunEventKind::RunStarted)], Persist::Soon).unwrap();
    let mut batches = Vec::new();
    let mut next = 0;
    let mut running = 0;
    while next < tasks || running < next {
        let mut batch = Vec::new();
        while running < next {
            running += 1;
            let end = AttemptEnd {
                started: Some(Timestamp(1_800_000_000_000_000)),
                duration_us: 1_234,
                cpu_us: 800,
                max_rss: 1 << 20,
                ..AttemptEnd::unmeasured(Outcome::Succeeded, Timestamp(1_800_000_000_001_234))
            };
            batch.push(event(RunEventKind::AttemptEnded {
                serial: running,
                end: Box::new(end),
                then: Then::End { state: TaskState::Succeeded, cause: None },
            }));
        }
        for _ in 0..group.min(tasks - next) {
            let task = TaskKey::plain(names[next as usize].clone());
            next += 1;
            batch.push(event(RunEventKind::AttemptDispatched { task, serial: next, number: 1 }));
        }
        batches.push(batch);
    }
    let (began, cpu) = (Instant::now(), cpu_time());
    for batch in &batches {
        writer.commit(batch, Persist::Soon).unwrap();
    }
    (began.elapsed(), cpu_time() - cpu)
}

/// What this thread has used: the honest figure on a machine that is busy with other things.
fn cpu_time() -> Duration {
    let used = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(used.tv_sec.try_into().unwrap(), used.tv_nsec.try_into().unwrap())
}
