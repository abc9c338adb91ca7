//! Every sample of `workflows/` is run as it stands there, by the command line and a daemon of its own; and every kind of
//! task is complete: schema, page, form and a sample that is run.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod complete;
mod runs;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use millrace_tests::kitchen::Kitchen;

/// Makes a test of each sample, named after it, and a list of those that have one.
macro_rules! run {
    ($($name:ident),+ $(,)?) => {
        const RUN: &[&str] = &[$(stringify!($name)),+];

        $(#[test]
        fn $name() {
            runs::$name(&kitchen(stringify!($name)));
        })+
    };
}

run! {
    ask_first,
    ask_service,
    backup,
    check_files,
    clean_up,
    compare_folders,
    container_report,
    csv_report,
    drop_box,
    folder_size,
    grid,
    health_check,
    hello,
    notebook_report,
    sales_report,
    tidy_folder,
    work_off,
}

#[test]
fn every_sample_is_run() {
    let names: BTreeSet<String> = samples().iter().map(|path| stem(path)).collect();
    assert_eq!(names, RUN.iter().map(|name| (*name).to_owned()).collect());
}

/// The files of the samples.
fn samples() -> Vec<PathBuf> {
    let entries = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|suffix| suffix == "json")).collect()
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows")
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

/// A kitchen with all samples and their data, in which this one is run.
fn kitchen(name: &str) -> Kitchen {
    let documents: Vec<(String, String)> = samples()
        .iter()
        .map(|path| (format!("{}.json", stem(path)), fs::read_to_string(path).unwrap()))
        .collect();
    let kitchen = Kitchen::with(&format!("{name}.json"), &documents);
    for entry in fs::read_dir(folder().join("data")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        kitchen.write(&format!("data/{name}"), &fs::read_to_string(&path).unwrap());
    }
    kitchen
}
