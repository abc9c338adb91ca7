//! The samples in `workflows/`: each is valid and canonical, and the grid is what its generator makes.
//!
//! `UPDATE_SAMPLES=1 cargo test -p millrace --test samples` writes the grid, and the others in canonical form.
//! Whether they run is tested in `tests/tests/samples`, with a daemon.
#![expect(clippy::expect_used, reason = "tests")]

use std::path::{Path, PathBuf};

use millrace_model::document::{Dependency, Json, Task, Workflow};
use millrace_model::ident::Ident;
use millrace_model::problem::Severity;
use millrace_model::read::Document;
use millrace_model::validate::Surroundings;
use millrace_model::write::canonical_text;

const COLUMNS: usize = 20;
const ROWS: usize = 10;

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../workflows")
}

fn updating() -> bool {
    std::env::var_os("UPDATE_SAMPLES").is_some()
}

/// 20 columns of 10 tasks; each waits for its neighbour to the left and the one below that.
fn grid() -> Workflow {
    let ident = |name: &str| Ident::new(name).expect("a name");
    let name = |column: usize, row: usize| ident(&format!("c{column:02}_r{row}"));
    let mut workflow = Workflow::new(ident("grid"));
    workflow.title = Some("Grid of 200".to_owned());
    workflow.description = Some(
        "Two hundred tasks in 20 columns: each waits for its neighbour to the left and the one below that. \
         The first column does nothing, the others start the smallest process there is. For looking at a large graph.\n\n\
         Made by `crates/cli/tests/samples.rs`."
            .to_owned(),
    );
    workflow.tags = vec!["sample".to_owned()];
    for column in 0..COLUMNS {
        for row in 0..ROWS {
            let task = name(column, row);
            let mut made = Task::new(task.clone(), if column == 0 { "noop" } else { "command" });
            if column > 0 {
                let argv = Json::Array(vec![Json::from("true")]);
                made.spec = Json::Object(vec![("argv".to_owned(), argv)]);
                for above in [row, (row + 1) % ROWS] {
                    workflow
                        .dependencies
                        .push(Dependency::new(name(column - 1, above), task.clone()));
                }
            }
            workflow.tasks.push(made);
            workflow.layout.tasks.insert(task, [column as f64 * 280.0, row as f64 * 96.0]);
        }
    }
    workflow
}

#[test]
fn the_grid_is_what_its_generator_makes() {
    let (path, text) = (samples().join("grid.json"), canonical_text(&grid()));
    if updating() {
        std::fs::write(&path, &text).expect("written");
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == text, "{} differs; UPDATE_SAMPLES=1 makes it anew", path.display());
}

#[test]
fn every_sample_is_valid_and_canonical() {
    let mut names: Vec<PathBuf> = std::fs::read_dir(samples())
        .expect("workflows/")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|suffix| suffix == "json"))
        .collect();
    names.sort();
    let stems: Vec<_> = names.iter().filter_map(|path| path.file_stem()?.to_str()).collect();
    for sample in [
        "ask_first",
        "ask_service",
        "backup",
        "check_files",
        "clean_up",
        "compare_folders",
        "csv_report",
        "drop_box",
        "folder_size",
        "grid",
        "health_check",
        "hello",
        "sales_report",
        "tidy_folder",
        "work_off",
    ] {
        assert!(stems.contains(&sample), "{sample} is missing in {stems:?}");
    }
    for path in names {
        let bytes = std::fs::read(&path).expect("readable");
        let document = Document::parse(&bytes);
        let problems = document.check(&Surroundings::default());
        let bad: Vec<_> = problems.iter().filter(|it| it.severity != Severity::Notice).collect();
        assert!(bad.is_empty(), "{}: {bad:?}", path.display());
        let workflow = document.workflow.expect("a workflow");
        assert!(workflow.description.is_some(), "{} has no description", path.display());
        for task in &workflow.tasks {
            assert!(
                workflow.layout.tasks.contains_key(&task.name),
                "{}: {} has no place",
                path.display(),
                task.name
            );
        }
        let text = canonical_text(&workflow);
        if updating() {
            std::fs::write(&path, &text).expect("written");
        } else {
            assert!(
                text.as_bytes() == bytes,
                "{} is not canonical; UPDATE_SAMPLES=1 mends it",
                path.display()
            );
        }
    }
}
