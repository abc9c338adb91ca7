//! The items of a mapped task in two runs: each beside its like, wherever that stands, and what both printed.

use egui_kittest::kittest::Queryable as _;
use millrace_model::event::{Cause, RunEventKind, RunState, TaskState};
use millrace_ui::ThemeChoice;
use serde_json::{Value, json};

use super::two_runs::{compared, wait};
use crate::pictures::{FULL, check, themes};
use crate::world::{World, key};

const IMAGES_TEXT: &str = r#"{
  "millrace": 1, "name": "images", "title": "Shrink all pictures",
  "tasks": [
    { "name": "shrink", "title": "Shrink one", "kind": "shell", "env": { "FILE": "${item}" },
      "spec": { "script": "./shrink.sh \"$FILE\"" }, "for_each": { "items": "params.files" } }
  ],
  "layout": { "tasks": { "shrink": [300, 0] } }
}"#;

/// A run over these; what ends in `!` fails.
fn over(world: &mut World, items: &[String], ms: u64) {
    let run = world.begin(IMAGES_TEXT);
    let values: Vec<Value> = items.iter().map(|it| json!(it.trim_end_matches('!'))).collect();
    world.happen(run, RunEventKind::TaskMapped { task: key("shrink"), items: values });
    let mut failed = false;
    for (at, item) in items.iter().enumerate() {
        let name = format!("shrink[{at}]");
        let file = item.trim_end_matches('!');
        if items.len() < 100 {
            world.print(run, &name, &[(&format!("reading {file}"), false)]);
        }
        if item.ends_with('!') {
            failed = true;
            world.print(run, &name, &[("cannot read it", true)]);
            world.fail(run, &name, ms, 2, "cannot read it");
        } else {
            world.succeed(run, &name, ms);
        }
    }
    let (state, of_task, cause) = match failed {
        true => {
            let first =
                key(&format!("shrink[{}]", items.iter().position(|it| it.ends_with('!')).unwrap()));
            (RunState::Failed, TaskState::Failed, Some(Cause::TasksFailed { first, count: 1 }))
        }
        false => (RunState::Succeeded, TaskState::Succeeded, None),
    };
    if let Some(cause) = cause {
        world.skip(run, "shrink", of_task, cause);
    }
    world.finish(run, state, failed.then_some("shrink"));
}

fn names(all: &[&str]) -> Vec<String> {
    all.iter().map(|name| format!("{name}.png")).collect()
}

/// The second run has the items in another order, one of them fails, one is new and one is gone.
fn two(world: &mut World) {
    world.fonts.push(("每日销售报告", include_bytes!("../fonts/han.otf")));
    over(world, &names(&["a", "b", "每日销售", "old"]), 400);
    let mut later = names(&["new", "每日销售", "b", "a"]);
    later[2].push('!');
    over(world, &later, 900);
}

#[test]
fn items_are_compared_with_their_like() {
    let mut window = compared(ThemeChoice::Dark, FULL, two);
    window.harness.get_by_label("5 items, 3 ended otherwise");
    // What ended otherwise comes first, and its logs are shown, though it stands elsewhere in each run.
    window.harness.get_by_label_contains("b.png: succeeded, failed");
    window.harness.get_by_label_contains("new.png: not there, succeeded");
    window.harness.get_by_label_contains("old.png: succeeded, not there");
    let row = window.harness.get_by_label_contains("b.png: succeeded, failed").rect().center();
    window.click(row);
    wait(&mut window);
    window.harness.get_by_label("+ cannot read it");
    let row = window.harness.get_by_label_contains("每日销售.png: succeeded, succeeded");
    let row = row.rect().center();
    window.click(row);
    wait(&mut window);
    window.harness.get_by_label("Both printed the same, but maybe for numbers.");
    let row = window.harness.get_by_label_contains("new.png: not there").rect().center();
    window.click(row);
    wait(&mut window);
    window.harness.get_by_label("+ reading new.png");
    window.did(&["TwoRuns::ShowItem"]);
}

#[test]
fn pictures_of_items() {
    for (theme, word) in themes() {
        let mut window = compared(theme, FULL, two);
        check(&mut window, &format!("two_items_{word}"));
    }
}

#[test]
fn thousands_of_items_are_compared() {
    let all: Vec<String> = (0..3_000).map(|at| format!("pictures/{at:05}.png")).collect();
    let turned: Vec<String> = all.iter().rev().cloned().collect();
    let mut window = compared(ThemeChoice::Dark, FULL, |world| {
        over(world, &all, 10);
        over(world, &turned, 20);
    });
    window.harness.get_by_label("3,000 items, all ended the same");
    check(&mut window, "two_items_huge");
}
