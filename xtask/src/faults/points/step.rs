//! Steps of a run, by names that hold in every run: who makes which call on what, for the how many-th time; and what can be
//! done to one.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use nix::errno::Errno;
use serde_json::{Value, json};

use crate::faults::tracer::{Call, Kind, Observer, Program, Verdict};

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step {
    pub(super) point: Point,
    /// From 1.
    pub(super) occurrence: u64,
}

/// Who makes which call on what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Point {
    /// The role, such as `daemon`; with a dash for each fork since it began: `keeper''`.
    pub(super) role: String,
    pub(super) call: String,
    /// The file, its path from the home on and without what is another in each run.
    pub(super) place: String,
}

/// What is done to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    CrashBefore,
    CrashAfter,
    /// The call is not made.
    Error(Errno),
    /// The call is made.
    ErrorAfterSuccess(Errno),
}

impl Mode {
    /// All that can happen to such a step on a real machine.
    #[rustfmt::skip]
    pub(super) fn of(point: &Point) -> Vec<Self> {
        let errors: &[Errno] = match point.call.as_str() {
            "open" | "openat" | "openat2" | "creat" => &[Errno::ENOSPC, Errno::EMFILE, Errno::EIO],
            "write" | "writev" | "sendto" | "sendmsg" if is_talk(&point.place) => &[Errno::EPIPE],
            "write" | "writev" | "pwrite64" | "pwritev" | "pwritev2" => &[Errno::ENOSPC, Errno::EIO],
            "ftruncate" | "truncate" | "fallocate" | "rename" | "renameat" | "renameat2" | "link" | "linkat" | "symlink"
            | "symlinkat" | "mkdir" | "mkdirat" | "bind" => &[Errno::ENOSPC, Errno::EIO],
            "copy_file_range" | "sendfile" => &[Errno::ENOSPC, Errno::EIO],
            "fsync" | "fdatasync" | "sync_file_range" | "unlink" | "unlinkat" | "rmdir" | "fchmod" | "chmod"
            | "fchmodat" | "ioctl" => &[Errno::EIO],
            "flock" => &[Errno::ENOLCK],
            "mmap" => &[Errno::ENOMEM],
            "connect" => &[Errno::ECONNREFUSED],
            "accept" | "accept4" => &[Errno::EMFILE],
            "clone" | "clone3" | "fork" | "vfork" => &[Errno::EAGAIN],
            "execve" | "execveat" => &[Errno::ENOMEM, Errno::EACCES],
            // A signal to a child of one's own is not refused; a wait may be interrupted.
            "wait4" | "waitid" => &[Errno::EINTR],
            _ => &[],
        };
        // A birth, a program that began and a connection that was taken cannot be undone by an error.
        let is_final = matches!(point.call.as_str(), "clone" | "clone3" | "fork" | "vfork" | "execve" | "execveat" | "accept"
            | "accept4" | "mmap" | "wait4" | "waitid" | "flock");
        let after = errors.first().filter(|_| !is_final).map(|errno| match point.call.as_str() {
            "write" | "writev" | "pwrite64" | "openat" | "open" => Self::ErrorAfterSuccess(Errno::EIO),
            _ => Self::ErrorAfterSuccess(*errno),
        });
        let after = after.map(|mode| if is_talk(&point.place) { Self::ErrorAfterSuccess(Errno::ECONNRESET) } else { mode });
        let errors = errors.iter().map(|errno| Self::Error(*errno));
        [Self::CrashBefore, Self::CrashAfter].into_iter().chain(errors).chain(after).collect()
    }

    /// In a word, for the table.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::CrashBefore => "crash before",
            Self::CrashAfter => "crash after",
            Self::Error(_) => "error instead",
            Self::ErrorAfterSuccess(_) => "error after success",
        }
    }

    pub(super) fn is_crash(self) -> bool {
        matches!(self, Self::CrashBefore | Self::CrashAfter)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        match self {
            Self::Error(errno) | Self::ErrorAfterSuccess(errno) => write!(f, " ({errno:?})"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Point { role, call, place } = &self.point;
        write!(f, "{role} {call} {place} #{}", self.occurrence)
    }
}

impl Step {
    pub(super) fn to_json(&self) -> Value {
        let Point { role, call, place } = &self.point;
        json!([role, call, place, self.occurrence])
    }

    pub(super) fn from_json(value: &Value) -> Option<Self> {
        let text = |at: usize| value.get(at)?.as_str().map(str::to_owned);
        let point = Point { role: text(0)?, call: text(1)?, place: text(2)? };
        Some(Self { point, occurrence: value.get(3)?.as_u64()? })
    }
}

/// Where the files of concern lie.
#[derive(Debug, Clone)]
pub(super) struct Territory {
    pub(super) home: PathBuf,
}

impl Territory {
    fn concerns(&self, path: &Path) -> bool {
        path.starts_with(&self.home) || runtime_place(path).is_some()
    }

    /// The point of a call.
    pub(super) fn point(&self, call: &Call) -> Point {
        let place = match (&call.target, call.kind) {
            (Some(path), Kind::Process) => {
                path.file_name().unwrap_or_default().to_string_lossy().into_owned()
            }
            (Some(path), _) => self.place(path),
            (None, Kind::Talk) => "socket".to_owned(),
            (None, _) => String::new(),
        };
        Point { role: call.role.to_string(), call: call.name.to_owned(), place }
    }

    fn place(&self, path: &Path) -> String {
        if let Ok(inside) = path.strip_prefix(&self.home) {
            return plain(inside);
        }
        match runtime_place(path) {
            Some(inside) => format!("runtime/{}", plain(&inside)),
            // Sockets and pipes are named by numbers.
            None => path.to_string_lossy().split(':').next().unwrap_or_default().to_owned(),
        }
    }
}

/// Notes every step.
#[derive(Clone)]
pub(super) struct Reference {
    pub(super) territory: Territory,
    pub(super) counts: Arc<Mutex<BTreeMap<Point, u64>>>,
}

/// Does something to one step.
#[derive(Clone)]
pub(super) struct Injector {
    pub(super) territory: Territory,
    pub(super) step: Step,
    pub(super) mode: Mode,
    pub(super) state: Arc<Mutex<Injection>>,
}

/// How far an injection is.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Injection {
    seen: u64,
    /// The thread that is within the step.
    inside: Option<u32>,
    pub(super) is_done: bool,
}

fn follows(program: &Program) -> bool {
    !matches!(program, Program::Other(_))
}

fn is_counted(call: &Call) -> bool {
    !matches!(call.role.program, Program::Other(_))
}

impl Observer for Reference {
    fn follows(&mut self, program: &Program) -> bool {
        follows(program)
    }

    fn concerns(&self, path: &Path) -> bool {
        self.territory.concerns(path)
    }

    fn enters(&mut self, call: &Call) -> Verdict {
        if is_counted(call) {
            let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
            *counts.entry(self.territory.point(call)).or_default() += 1;
        }
        Verdict::Pass
    }

    fn leaves(&mut self, _call: &Call, _result: Result<u64, Errno>) -> Verdict {
        Verdict::Pass
    }
}

impl Observer for Injector {
    fn follows(&mut self, program: &Program) -> bool {
        follows(program)
    }

    fn concerns(&self, path: &Path) -> bool {
        self.territory.concerns(path)
    }

    fn enters(&mut self, call: &Call) -> Verdict {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_done || !is_counted(call) || self.territory.point(call) != self.step.point {
            return Verdict::Pass;
        }
        state.seen += 1;
        if state.seen != self.step.occurrence {
            return Verdict::Pass;
        }
        match self.mode {
            Mode::CrashBefore | Mode::Error(_) => state.is_done = true,
            Mode::CrashAfter | Mode::ErrorAfterSuccess(_) => state.inside = Some(call.thread),
        }
        match self.mode {
            Mode::CrashBefore => Verdict::Kill,
            Mode::Error(errno) => Verdict::Fail(errno),
            Mode::CrashAfter | Mode::ErrorAfterSuccess(_) => Verdict::Pass,
        }
    }

    fn leaves(&mut self, call: &Call, result: Result<u64, Errno>) -> Verdict {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_done || state.inside != Some(call.thread) {
            return Verdict::Pass;
        }
        state.is_done = true;
        match self.mode {
            Mode::CrashAfter => Verdict::Kill,
            Mode::ErrorAfterSuccess(errno) if result.is_ok() => Verdict::Fail(errno),
            _ => Verdict::Pass,
        }
    }
}

fn is_talk(place: &str) -> bool {
    place == "socket" || place == "pipe"
}

/// The place within a folder for sockets, which belongs to one home and has its hash in its name.
fn runtime_place(path: &Path) -> Option<PathBuf> {
    let mut inside = PathBuf::new();
    let mut components = path.components();
    components.find(|component| {
        matches!(component, Component::Normal(name) if is_runtime_folder(&name.to_string_lossy()))
    })?;
    inside.extend(components);
    Some(inside)
}

/// `millrace-HASH`, or with the user's number before the hash.
fn is_runtime_folder(name: &str) -> bool {
    let hash = name.strip_prefix("millrace-").map(|rest| rest.rsplit('-').next().unwrap_or(rest));
    hash.is_some_and(|hash| hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// A path without what is another in each run: ids, hashes, numbers, names of temporary files.
fn plain(path: &Path) -> String {
    let path = path.to_string_lossy();
    path.split('/').map(plain_name).collect::<Vec<_>>().join("/")
}

fn plain_name(name: &str) -> String {
    let (name, end) = name.strip_suffix(" (deleted)").map_or((name, ""), |name| (name, " gone"));
    if name.len() >= 16 && name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return format!("ID{end}");
    }
    for prefix in [".millrace-save-", ".secrets-", ".tmp"] {
        if name.starts_with(prefix) {
            return format!("{prefix}*{end}");
        }
    }
    if name.starts_with('.') && name.ends_with(".new") {
        return format!(".*.new{end}");
    }
    let mut plain = String::new();
    for letter in name.chars() {
        match letter {
            '0'..='9' if plain.ends_with('N') => {}
            '0'..='9' => plain.push('N'),
            letter => plain.push(letter),
        }
    }
    format!("{plain}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_one_name_in_every_run() {
        let names = [
            ("runs/0123456789abcdef/keeper.journal", "runs/ID/keeper.journal"),
            ("runs/0123456789abcdef/io/12.outputs", "runs/ID/io/N.outputs"),
            ("drafts/.aZ09xy.new", "drafts/.*.new"),
            (".millrace-save-aZ09xy", ".millrace-save-*"),
        ];
        for (path, name) in names {
            assert_eq!(plain(Path::new(path)), name);
        }
        let socket = Path::new("/tmp/millrace-0-01ab23cd/daemon.sock");
        assert_eq!(runtime_place(socket), Some(PathBuf::from("daemon.sock")));
        assert_eq!(runtime_place(Path::new("/tmp/millrace-faults-01ab2/home")), None);
    }

    #[test]
    fn a_step_is_read_as_it_was_written() {
        let point = Point { role: "keeper'".into(), call: "write".into(), place: "socket".into() };
        let step = Step { point, occurrence: 7 };
        assert_eq!(Step::from_json(&step.to_json()), Some(step));
    }
}
