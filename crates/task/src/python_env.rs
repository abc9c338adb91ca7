//! `millrace-task python-env`: Python in an environment that is made once and kept.
//!
//! It runs as the task's own process, so that the making shows in the task's log and its time-out and a cancel end it.
//! Which requirements share a folder is decided by the caller, who names it.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Problem;

/// Stands in a folder whose environment is complete.
const DONE: &str = ".millrace-complete";

pub(crate) fn run(words: &[String]) -> Result<(), Problem> {
    let usage = || {
        let form = "python-env takes FOLDER REQUIREMENT... -- ARGUMENT...";
        Problem::Usage(form.to_owned())
    };
    let (folder, rest) = words.split_first().ok_or_else(usage)?;
    let border = rest.iter().position(|word| word == "--").ok_or_else(usage)?;
    let (requirements, arguments) = (&rest[..border], &rest[border + 1..]);
    let folder = Path::new(folder);
    if !folder.join(DONE).exists() {
        make(folder, requirements)?;
    }
    let python = folder.join("bin/python");
    // Becomes Python: its exit code, its signals, its process are those of the task.
    let error = Command::new(&python).args(arguments).env("VIRTUAL_ENV", folder).exec();
    Err(Problem::Environment(format!("can't run {}: {error}", python.display())))
}

/// Makes the environment; of several tasks at once only one does.
fn make(folder: &Path, requirements: &[String]) -> Result<(), Problem> {
    let cannot = |what: &str, error: &dyn std::fmt::Display| {
        Problem::Environment(format!(
            "can't {what} the Python environment {}: {error}",
            folder.display()
        ))
    };
    let parent = folder.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(parent).map_err(|e| cannot("make", &e))?;
    let mut lock = folder.as_os_str().to_owned();
    lock.push(".lock");
    let lock = File::create(PathBuf::from(lock)).map_err(|e| cannot("lock", &e))?;
    // Let go by the system when this process ends in whatever way.
    lock.lock().map_err(|e| cannot("lock", &e))?;
    if folder.join(DONE).exists() {
        return Ok(());
    }
    // Half an environment, of a task that was stopped meanwhile.
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(|e| cannot("clear", &e))?;
    }
    let _told =
        writeln!(std::io::stderr(), "making a Python environment with {}", requirements.join(", "));
    let python = folder.join("bin/python");
    let uv = find_program("uv");
    match &uv {
        Some(uv) => step(Command::new(uv).args(["venv", "--quiet"]).arg(folder))?,
        None => step(Command::new("python3").args(["-m", "venv"]).arg(folder))?,
    }
    if !requirements.is_empty() {
        let mut install = match &uv {
            Some(uv) => {
                let mut install = Command::new(uv);
                install.args(["pip", "install", "--quiet", "--python"]).arg(&python);
                install
            }
            None => {
                let mut install = Command::new(&python);
                let quiet = ["--quiet", "--disable-pip-version-check", "--no-input"];
                install.args(["-m", "pip", "install"]).args(quiet);
                install
            }
        };
        step(install.arg("--").args(requirements))?;
    }
    File::create(folder.join(DONE))
        .and_then(|done| done.sync_all())
        .map_err(|e| cannot("finish", &e))
}

fn step(command: &mut Command) -> Result<(), Problem> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Problem::Environment(format!(
            "{program} could not make the Python environment ({status}); what it said stands above"
        ))),
        Err(error) => Err(Problem::Environment(format!(
            "can't run {program}: {error}; install uv, or Python with venv and pip"
        ))),
    }
}

fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}
