//! Starting one attempt, and saying in words why it could not be started.

use std::fs;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use millrace_keeper::files::open_linked;
use millrace_keeper::identity::now_ticks;
use millrace_keeper::log::{LogLimits, LogWriter, Stream};
use millrace_keeper::mark::run_number;
use millrace_keeper::mask::MaskStream;
use millrace_keeper::protocol::{EndedBy, SpawnFailed, Start};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::pipe::{PipeFlags, pipe_with};

use super::command::{BaseEnv, Prepared};
use super::sys::{CloneError, Image, Spawner, Stage};
use super::task::{Pipe, StrayStage, Task};
use super::wall_us;

/// Why there is no process.
#[derive(Debug)]
pub(crate) enum NotStarted {
    /// Something is short that will be there again.
    Short {
        errno: i32,
        what: &'static str,
    },
    Failed(SpawnFailed),
}

/// What all starts of a run share.
pub(crate) struct Ground<'a> {
    pub(crate) run_id: &'a str,
    pub(crate) base: &'a BaseEnv,
    pub(crate) log_dir: &'a Path,
    pub(crate) limits: LogLimits,
    pub(crate) null: BorrowedFd<'a>,
    pub(crate) nofile: Option<(u64, u64)>,
}

pub(crate) fn spawn(
    spawner: &mut Spawner,
    ground: &Ground<'_>,
    start: &Start,
) -> Result<Task, NotStarted> {
    let prepared = Prepared::new(start, ground.base, ground.run_id).map_err(NotStarted::Failed)?;
    let (out_read, out_write) = pipe()?;
    let (err_read, err_write) = pipe()?;
    if let Some(dir) = &start.artifacts_dir {
        make_dir(dir)?;
    }
    let env = prepared.env(ground.base);
    let image = Image {
        candidates: &prepared.candidates,
        argv: &prepared.argv,
        envp: &env,
        cwd: &prepared.cwd,
        stdin: ground.null,
        stdout: out_write.as_fd(),
        stderr: err_write.as_fd(),
        nofile: ground.nofile,
        mark: (start.attempt_id, run_number(ground.run_id)),
    };
    let (start_ticks, started_us, started) = (now_ticks(), wall_us(), Instant::now());
    let pid = spawner.spawn(&image).map_err(|e| explain(&e, start, &prepared))?;
    let pipe = |fd, stream| Some(Pipe { fd, stream, mask: MaskStream::default(), grown: false });
    let time_out = (start.timeout_ms > 0).then(|| Duration::from_millis(start.timeout_ms));
    Ok(Task {
        attempt_id: start.attempt_id,
        pid,
        start_ticks,
        started_us,
        started,
        pipes: [pipe(out_read, Stream::Stdout), pipe(err_read, Stream::Stderr)],
        log: LogWriter::new(ground.log_dir.join(&start.log_path), ground.limits),
        last_output: Vec::new(),
        outputs_path: start.outputs_path.clone(),
        artifacts_dir: start.artifacts_dir.clone(),
        deadline: time_out.and_then(|t| started.checked_add(t)),
        grace: Duration::from_millis(start.grace_ms),
        ended_by: EndedBy::Itself,
        kill_at: None,
        killed: false,
        exited: None,
        strays: StrayStage::Unknown,
        left_processes: false,
    })
}

/// A pipe whose reading end never blocks.
fn pipe() -> Result<(OwnedFd, OwnedFd), NotStarted> {
    let short =
        |e: rustix::io::Errno| NotStarted::Short { errno: e.raw_os_error(), what: "making a pipe" };
    let (read, write) = pipe_with(PipeFlags::CLOEXEC).map_err(short)?;
    fcntl_setfl(&read, OFlags::NONBLOCK).map_err(short)?;
    Ok((read, write))
}

fn make_dir(dir: &Path) -> Result<(), NotStarted> {
    fs::create_dir_all(dir).map_err(|e| {
        NotStarted::Failed(SpawnFailed {
            errno: e.raw_os_error().unwrap_or(0),
            what: format!("the artifacts folder can't be made: {e}"),
            path: dir.to_owned(),
        })
    })
}

fn explain(error: &CloneError, start: &Start, prepared: &Prepared) -> NotStarted {
    let errno = error.errno;
    let short = |what| NotStarted::Short { errno, what };
    match errno {
        libc::EAGAIN | libc::ENOMEM | libc::ENFILE | libc::EMFILE => {
            return short("starting a process");
        }
        // Someone is still writing the program; a moment later it can be run.
        libc::ETXTBSY => return short("the program is being written"),
        _ => {}
    }
    let failed =
        |what: String, path: PathBuf| NotStarted::Failed(SpawnFailed { errno, what, path });
    let said = std::io::Error::from_raw_os_error(errno);
    match error.stage {
        Stage::Clone | Stage::SetUp => {
            failed(format!("no process could be made: {said}"), "/".into())
        }
        Stage::Chdir => failed(
            match errno {
                libc::ENOENT => "the working folder does not exist".to_owned(),
                libc::ENOTDIR => "the working folder is not a folder".to_owned(),
                libc::EACCES => "the working folder may not be entered".to_owned(),
                _ => format!("the working folder can't be entered: {said}"),
            },
            start.cwd.clone(),
        ),
        Stage::Exec => explain_exec(errno, &said, error, start, prepared),
    }
}

fn explain_exec(
    errno: i32,
    said: &std::io::Error,
    error: &CloneError,
    start: &Start,
    prepared: &Prepared,
) -> NotStarted {
    let asked = PathBuf::from(start.argv.first().cloned().unwrap_or_default());
    let by_name = !asked.as_os_str().as_encoded_bytes().contains(&b'/');
    let tried = prepared.candidates.get(error.candidate).map_or_else(
        || asked.clone(),
        |c| PathBuf::from(String::from_utf8_lossy(c.as_bytes()).into_owned()),
    );
    // What it is from the task's point of view: relative to its working folder.
    let place = start.cwd.join(&tried);
    let (what, path) = match errno {
        libc::ENOENT if by_name => ("no such program on the task's PATH".to_owned(), asked),
        libc::ENOENT => match interpreter(&place) {
            Some(missing) => {
                (format!("its interpreter {} does not exist", missing.display()), place)
            }
            None if place.exists() => {
                ("its loader or interpreter does not exist".to_owned(), place)
            }
            None => ("no such program".to_owned(), place),
        },
        libc::EACCES if place.is_dir() => ("is a folder, not a program".to_owned(), place),
        libc::EACCES => match interpreter(&place) {
            Some(interpreter) if is_executable(&place) => {
                (format!("its interpreter {} may not be executed", interpreter.display()), place)
            }
            _ => ("is not executable; chmod +x it or name its interpreter".to_owned(), place),
        },
        libc::ENOEXEC => (
            "is neither a program nor a script with a #! line; name its interpreter".to_owned(),
            place,
        ),
        libc::E2BIG => {
            let bytes: usize = prepared.argv.iter().map(|a| a.as_bytes().len() + 1).sum();
            let what = format!(
                "argument list and environment are too long ({bytes} bytes of arguments); put them into a file"
            );
            (what, place)
        }
        _ => (format!("can't be executed: {said}"), place),
    };
    NotStarted::Failed(SpawnFailed { errno, what, path })
}

fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|m| m.permissions().mode() & 0o111 != 0)
}

/// The interpreter that a script's first line names.
fn interpreter(script: &Path) -> Option<PathBuf> {
    let mut first = [0; 256];
    let n = open_linked(script).ok()?.read(&mut first).ok()?;
    let line = first[..n].strip_prefix(b"#!")?.split(|b| *b == b'\n').next()?;
    let name = line.trim_ascii().split(u8::is_ascii_whitespace).next()?;
    (!name.is_empty()).then(|| PathBuf::from(String::from_utf8_lossy(name).into_owned()))
}
