//! `millrace-task output`: appends JSON lines to the outputs file. One write with O_APPEND under a lock, so that
//! parts of a script that run side by side neither mix their lines nor pass the limit together.

use std::fs::OpenOptions;
use std::io::Write;

use rustix::fs::{FlockOperation, flock};
use serde_json::{Map, Value};

use crate::{Problem, file_of};

/// All outputs of a task together, in bytes of the file.
const MAX_BYTES: u64 = 1 << 20;
const MAX_NAME_BYTES: usize = 128;

pub(crate) fn set(pairs: &[String]) -> Result<(), Problem> {
    if pairs.is_empty() {
        return Err(Problem::Usage("output takes at least one NAME=TEXT or NAME:=JSON".to_owned()));
    }
    // Everything is checked before anything is written.
    let mut lines = Vec::new();
    for pair in pairs {
        let (name, value) = parse(pair)?;
        let line = Value::Object(Map::from_iter([(name, value)]));
        lines.extend_from_slice(line.to_string().as_bytes());
        lines.push(b'\n');
    }
    let path = file_of("MILLRACE_OUTPUTS")?;
    let fail = |what: &str, e: std::io::Error| {
        Problem::Environment(format!("can't {what} the outputs file {}: {e}", path.display()))
    };
    let mut file =
        OpenOptions::new().append(true).create(true).open(&path).map_err(|e| fail("open", e))?;
    flock(&file, FlockOperation::LockExclusive).map_err(|e| fail("lock", e.into()))?;
    let used = file.metadata().map_err(|e| fail("look at", e))?.len();
    if used + lines.len() as u64 > MAX_BYTES {
        return Err(Problem::Usage(format!(
            "outputs would take {} bytes and a task may give {MAX_BYTES}; make large values artifacts and output \
             their names",
            used + lines.len() as u64
        )));
    }
    file.write_all(&lines).map_err(|e| fail("write to", e))
}

fn parse(pair: &str) -> Result<(String, Value), Problem> {
    let Some((left, right)) = pair.split_once('=') else {
        return Err(Problem::Usage(format!("{pair:?} is not NAME=TEXT or NAME:=JSON")));
    };
    let (name, value) = match left.strip_suffix(':') {
        Some(name) => {
            let value = serde_json::from_str(right).map_err(|e| {
                Problem::Usage(format!(
                    "the value of {name} is not JSON: {e}; for a string write {name}={right}"
                ))
            })?;
            (name, value)
        }
        None => (left, Value::String(right.to_owned())),
    };
    check_name(name)?;
    Ok((name.to_owned(), value))
}

fn check_name(name: &str) -> Result<(), Problem> {
    let mut bytes = name.bytes();
    let first = bytes.next().is_some_and(|b| b.is_ascii_alphabetic() || b == b'_');
    let rest = bytes.all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    if first && rest && name.len() <= MAX_NAME_BYTES {
        return Ok(());
    }
    Err(Problem::Usage(format!(
        "output name {name:?} is not usable: a letter or _, then letters, digits, _ or -, at most {MAX_NAME_BYTES}"
    )))
}
