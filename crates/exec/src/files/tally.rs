//! What was done so far, for the outputs and for whoever watches.

use std::io::{self, Read, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use millrace_model::Values;
use serde_json::json;

use super::root::shown;
use crate::deed::{Brake, Fault, Log};

/// So many names are among the outputs, of so many bytes together.
const MOST_NAMES: usize = 1_000;
const MOST_BYTES: usize = 512 * 1024;
/// How often a large file tells how far it is.
const TELL_EACH: Duration = Duration::from_secs(5);
/// So much is copied between two looks at the brake.
const BLOCK: usize = 256 * 1024;

pub(super) struct Tally<'a> {
    log: &'a Log,
    brake: &'a Brake,
    names: Vec<String>,
    names_bytes: usize,
    count: u64,
    bytes: u64,
    told: Instant,
}

/// Why bytes were not copied.
pub(super) enum Uncopied {
    Stopped,
    /// There are more than there may be.
    TooMany,
    Read(io::Error),
    Write(io::Error),
}

impl<'a> Tally<'a> {
    pub(super) fn new(log: &'a Log, brake: &'a Brake) -> Self {
        let (count, bytes) = (0, 0);
        let names = Vec::new();
        Self { log, brake, names, names_bytes: 0, count, bytes, told: Instant::now() }
    }

    /// A file is done.
    pub(super) fn add(&mut self, name: &Path, bytes: u64) {
        self.count(bytes);
        self.name(name);
    }

    /// A file is done that is no output of its own.
    pub(super) fn count(&mut self, bytes: u64) {
        self.count += 1;
        self.bytes += bytes;
    }

    /// The name of an output.
    pub(super) fn name(&mut self, name: &Path) {
        let text = name.display().to_string();
        self.names_bytes += text.len();
        if self.names.len() < MOST_NAMES && self.names_bytes <= MOST_BYTES {
            self.names.push(text);
        }
    }

    pub(super) fn outputs(self) -> Values {
        let Self { log, mut names, count, bytes, .. } = self;
        log.line(&format!("{count} files, {}", size(bytes)));
        names.sort_unstable();
        Values::from_iter([
            ("files".to_owned(), json!(names)),
            ("count".to_owned(), json!(count)),
            ("bytes".to_owned(), json!(bytes)),
        ])
    }

    /// Copies all that comes, at most `most` bytes; how many it was.
    pub(super) fn copy(
        &mut self,
        name: &Path,
        from: &mut dyn Read,
        to: &mut dyn Write,
        most: u64,
    ) -> Result<u64, Uncopied> {
        let mut block = vec![0; BLOCK];
        let mut copied = 0;
        loop {
            if self.brake.is_pulled() {
                return Err(Uncopied::Stopped);
            }
            let read = match from.read(&mut block) {
                Ok(0) => return Ok(copied),
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Uncopied::Read(error)),
            };
            copied += read as u64;
            if copied > most {
                return Err(Uncopied::TooMany);
            }
            to.write_all(&block[..read]).map_err(Uncopied::Write)?;
            if self.told.elapsed() >= TELL_EACH {
                self.told = Instant::now();
                self.log.line(&format!("{}: {} so far", shown(name), size(copied)));
            }
        }
    }
}

impl Uncopied {
    /// What it means for whoever copied from one name to another.
    pub(super) fn fault(self, from: &Path, to: &Path) -> Fault {
        match self {
            Self::Stopped => Fault::Stopped,
            Self::TooMany => Fault::Unusable(format!("{} grows without end", shown(from))),
            Self::Read(error) => super::root::cannot("read", from, &error),
            Self::Write(error) => super::root::cannot("write", to, &error),
        }
    }
}

/// A number of bytes for people.
pub(super) fn size(bytes: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    match units.into_iter().find(|(shift, _)| bytes >> shift > 0) {
        Some((shift, unit)) => {
            let tenths = (u128::from(bytes) * 10) >> shift;
            format!("{}.{} {unit}", tenths / 10, tenths % 10)
        }
        None => format!("{bytes} bytes"),
    }
}
