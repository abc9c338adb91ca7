//! What the store gives back is the fold of what was put in, whatever the batches.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::collections::BTreeMap;

use common::{Script, open};
use millrace_model::event::{Run, RunEvent, TaskState};
use millrace_model::ids::TaskKey;
use millrace_store::{Persist, Reader, TaskCounts};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn the_history_is_the_fold_of_its_events(
        steps in proptest::collection::vec((0_usize..4, 1_usize..7, 0_u8..20), 1..60),
        first_run in any::<u64>(),
    ) {
        let home = tempfile::tempdir().unwrap();
        let (mut store, mut writer) = open(home.path());
        let mut scripts: Vec<Script> =
            (0..4).map(|n| Script::new(first_run.wrapping_add(n), 1_000 * n as i64)).collect();
        let mut batch: Vec<RunEvent> = Vec::new();
        let mut all = Vec::new();
        for (which, count, action) in steps {
            for _ in 0..count {
                batch.push(scripts[which].step());
            }
            if action < 12 {
                let before = store.read(Reader::last_position).unwrap();
                let done = writer.commit(&batch, Persist::Soon).unwrap();
                prop_assert_eq!(done.last_position, before + batch.len() as u64);
                all.append(&mut batch);
            }
            if action == 0 {
                drop((store, writer));
                (store, writer) = open(home.path());
            }
        }
        writer.commit(&batch, Persist::Soon).unwrap();
        all.append(&mut batch);
        let live: BTreeMap<u64, &Run> = scripts
            .iter()
            .filter_map(|script| script.fold.as_ref())
            .map(|fold| (fold.run.0, fold))
            .collect();
        store.read(|reader| {
            for script in scripts.iter().filter(|script| script.fold.is_some()) {
                assert_eq!(reader.events(script.run, 0, usize::MAX)?, script.events);
                let half = script.events.len() as u64 / 2;
                assert_eq!(reader.events(script.run, half, 3)?,
                    script.events.iter().skip(half as usize).take(3).cloned().collect::<Vec<_>>());
                check_run(reader, script.fold.as_ref().unwrap());
            }
            let stream = reader.events_since(0, usize::MAX)?.events;
            assert!(stream.iter().map(|event| event.position).eq(1..=all.len() as u64));
            assert!(stream.iter().map(|event| &event.event).eq(&all));
            let some = reader.events_since(all.len() as u64 / 3, 5)?.events;
            let from = all.len() / 3;
            assert_eq!(some, stream[from..(from + 5).min(all.len())]);
            let unfinished = reader.unfinished_runs()?;
            let expected = live.values().filter(|run| !run.state.is_final()).count();
            assert_eq!(unfinished.len(), expected);
            for one in unfinished {
                assert_eq!(&&one.run, &live[&one.run.run.0]);
                assert_eq!(one.snapshot, common::DOCUMENT);
            }
            Ok(())
        }).unwrap();
    }
}

fn check_run(reader: &Reader, live: &Run) {
    assert_eq!(&reader.run(live.run).unwrap(), live);
    let row = reader.run_row(live.run).unwrap();
    assert_eq!((row.state, row.started, row.ended), (live.state, live.started, live.ended));
    assert_eq!((row.queued, row.round, row.last_seq), (live.queued, live.round, live.seq));
    assert_eq!(row.cause, live.cause.as_ref().map(ToString::to_string));
    let of = |wanted: TaskState| {
        live.tasks.values().filter(|task| task.state == wanted).count().try_into().unwrap()
    };
    let counts = TaskCounts {
        tasks: live.tasks.len().try_into().unwrap(),
        succeeded: of(TaskState::Succeeded),
        failed: of(TaskState::Failed),
        errors: of(TaskState::Error),
        skipped: of(TaskState::Skipped),
        upstream_failed: of(TaskState::UpstreamFailed),
        canceled: of(TaskState::Canceled),
    };
    assert_eq!(row.counts, counts);
    let rows = reader.ended_tasks(live.run).unwrap();
    let with_items = live.tasks.iter().flat_map(|(key, task)| {
        let runs = task.mapped.iter().flat_map(|mapped| &mapped.runs).zip(0..);
        let items =
            runs.map(|(run, item)| (TaskKey { task: key.task.clone(), item: Some(item) }, run));
        std::iter::once((key.clone(), task)).chain(items)
    });
    let all: Vec<_> = with_items.collect();
    let ended: Vec<_> = all.iter().filter(|(_, task)| task.state.is_final()).collect();
    assert_eq!(rows.len(), ended.len());
    for (row, (key, task)) in rows.iter().zip(ended) {
        assert_eq!(row.task, key.task.as_str());
        assert_eq!(row.item, key.item);
        assert_eq!(live.tasks.get_index_of(&key.whole()), Some(row.ordinal as usize));
        assert_eq!((row.state, Some(row.ended)), (task.state, task.ended));
        assert_eq!(row.cause, task.cause.as_ref().map(ToString::to_string));
        assert_eq!(row.attempts as usize, task.attempts.len());
        assert_eq!(row.duration_us, task.duration_us());
    }
    let carried =
        live.head.carried.iter().flat_map(|it| {
            it.artifacts.iter().map(|artifact| (it.task.clone(), 0, artifact.clone()))
        });
    let tried = all.iter().flat_map(|(key, task)| {
        task.attempts
            .iter()
            .filter_map(move |it| Some((key, it.number, it.end.as_ref()?)))
            .flat_map(|(key, number, end)| {
                end.artifacts.iter().map(move |it| (key.clone(), number, it.clone()))
            })
    });
    let left: Vec<_> = reader
        .artifacts(live.run)
        .unwrap()
        .into_iter()
        .map(|row| {
            let task = millrace_model::ident::Ident::new(&row.task).unwrap();
            (TaskKey { task, item: row.item }, row.number, row.artifact)
        })
        .collect();
    let kept = reader.kept_contents().unwrap();
    for expected in carried.chain(tried) {
        assert!(left.contains(&expected), "{expected:?} is not in {left:?}");
        assert!(kept.contains(&expected.2.sha256));
    }
    for (key, task) in &all {
        let outputs = if task.state.is_final() { task.outputs.clone() } else { Default::default() };
        assert_eq!(reader.outputs(live.run, key).unwrap(), outputs, "{key}");
    }
}
