//! `millrace-task progress`, `metric` and `skip`: what a task says of itself, in three small files.
//!
//! Progress and a reason to skip are replaced as a whole, so that whoever reads them sees one or the other; metrics are
//! lines that are added under a lock.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use serde_json::json;

use crate::{Problem, file_of};

/// All metrics of a task together, in bytes of the file.
const MAX_METRICS: u64 = 8 << 20;
const MAX_NAME_BYTES: usize = 128;

pub(crate) fn progress(words: &[String]) -> Result<(), Problem> {
    let (fraction, text) = match words {
        [fraction] => (fraction, String::new()),
        [fraction, text @ ..] => (fraction, text.join(" ")),
        [] => {
            return Err(Problem::Usage(
                "progress takes a number from 0 to 1, such as 0.4".to_owned(),
            ));
        }
    };
    let (number, whole) = match fraction.strip_suffix('%') {
        Some(number) => (number, 100.0),
        None => (fraction.as_str(), 1.0),
    };
    let share = number.parse::<f64>().ok().map(|number| number / whole);
    let Some(share) = share.filter(|share| (0.0..=1.0).contains(share)) else {
        return Err(Problem::Usage(format!(
            "{fraction:?} is no progress: a number from 0 to 1 is expected, such as 0.4, or 40%"
        )));
    };
    let said = json!({ "fraction": share, "text": text });
    replace(&file_of("MILLRACE_PROGRESS")?, said.to_string().as_bytes())
}

pub(crate) fn metric(words: &[String]) -> Result<(), Problem> {
    let usage = || Problem::Usage("metric takes NAME VALUE [--step N]".to_owned());
    let (name, value, step) = match words {
        [name, value] => (name, value, None),
        [name, value, flag, step] if flag == "--step" => (name, value, Some(step)),
        _ => return Err(usage()),
    };
    let is_fit = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'/');
    if name.is_empty() || name.len() > MAX_NAME_BYTES || !name.bytes().all(is_fit) {
        return Err(Problem::Usage(format!(
            "metric name {name:?} is not usable: letters, digits, _, -, . and /, at most {MAX_NAME_BYTES}"
        )));
    }
    let number = value.parse::<f64>().ok().filter(|number| number.is_finite());
    let Some(number) = number else {
        return Err(Problem::Usage(format!("the value of {name} is no number: {value:?}")));
    };
    let step = step.map(|step| {
        step.parse::<i64>()
            .map_err(|_| Problem::Usage(format!("the step is no whole number: {step:?}")))
    });
    let line = match step.transpose()? {
        Some(step) => json!({ "metric": name, "value": number, "step": step }),
        None => json!({ "metric": name, "value": number }),
    };
    add(&file_of("MILLRACE_METRICS")?, format!("{line}\n").as_bytes())
}

pub(crate) fn skip(words: &[String]) -> Result<(), Problem> {
    replace(&file_of("MILLRACE_SKIP")?, words.join(" ").as_bytes())
}

fn add(path: &Path, line: &[u8]) -> Result<(), Problem> {
    let fail = |what: &str, e: std::io::Error| {
        Problem::Environment(format!("can't {what} {}: {e}", path.display()))
    };
    let mut file =
        OpenOptions::new().append(true).create(true).open(path).map_err(|e| fail("open", e))?;
    flock(&file, FlockOperation::LockExclusive).map_err(|e| fail("lock", e.into()))?;
    let used = file.metadata().map_err(|e| fail("look at", e))?.len();
    if used + line.len() as u64 > MAX_METRICS {
        return Err(Problem::Usage(format!(
            "the metrics would take {} bytes and a task may write {MAX_METRICS}; record fewer of them",
            used + line.len() as u64
        )));
    }
    file.write_all(line).map_err(|e| fail("write to", e))
}

/// Readers see what was there or this, nothing between.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Problem> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}", std::process::id()));
    let temporary = PathBuf::from(name);
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, path));
    written.map_err(|e| Problem::Environment(format!("can't write {}: {e}", path.display())))
}
