//! Reports: a run as one page of HTML. What goes into it is gathered here, and written; `page` says how it looks.

mod page;
#[cfg(test)]
mod tests;
mod words;

use std::path::Path;

use millrace_api::artifact::ArtifactRow;
use millrace_api::log::{LogFrom, LogName, LogStream, ReadLog};
use millrace_api::report::{MAX_REPORT_PICTURE, SaveReport, SavedReport};
use millrace_api::usual::Usual;
use millrace_api::{ApiError, Code};
use millrace_exec::RunDir;
use millrace_model::document::Workflow;
use millrace_model::event::{Run, TaskRun, TaskState};
use millrace_model::ids::TaskKey;
use millrace_model::read::Document;
use millrace_model::time::Timestamp;

use crate::{files, logs};

/// Of so many failures the last lines of the log are shown.
const MAX_LOGS: usize = 20;
/// So many items of each mapped task: what is wrong with one is mostly wrong with all.
const MAX_ITEM_LOGS: usize = 3;
/// So many lines of each.
const LINES: usize = 40;
/// So many bytes of each are looked at.
const LINE_BYTES: u32 = 16 << 10;

/// All that a report tells.
struct Report {
    run: Run,
    workflow: Option<Workflow>,
    usual: Usual,
    artifacts: Vec<ArtifactRow>,
    failures: Vec<Failure>,
    /// Failures whose logs are left out.
    more_failures: usize,
    svg: Option<String>,
    made: Timestamp,
    version: &'static str,
}

/// A task or an item that failed, with the end of what it printed.
struct Failure {
    key: TaskKey,
    cause: String,
    tries: usize,
    lines: Vec<String>,
}

/// What of the report is known from the history.
pub(crate) struct Known {
    pub(crate) run: Run,
    pub(crate) snapshot: String,
    pub(crate) usual: Usual,
    pub(crate) artifacts: Vec<ArtifactRow>,
    pub(crate) now: Timestamp,
}

/// Makes the report and writes it by temporary file and rename. Blocks on files.
///
/// # Errors
/// `InvalidRequest` where the path or the picture is not as it must be; `File` where it cannot be written.
pub(crate) fn save(
    dir: &RunDir,
    known: Known,
    request: SaveReport,
) -> Result<SavedReport, ApiError> {
    let path = Path::new(&request.path);
    if !path.is_absolute() {
        return Err(refused(format!("{} is not an absolute path", request.path)));
    }
    let ending = path.extension().and_then(std::ffi::OsStr::to_str);
    if !matches!(ending, Some("html" | "htm")) {
        let message = format!("{} does not end in .html", request.path);
        return Err(refused(message).help("name the report so that a browser opens it"));
    }
    if request.svg.as_ref().is_some_and(|svg| svg.len() > MAX_REPORT_PICTURE) {
        let most = MAX_REPORT_PICTURE >> 20;
        return Err(refused(format!("the picture of the graph has more than {most} MiB")));
    }
    let target = files::target_of(path)?;
    let html = page::html(&gather(dir, known, request.svg));
    files::replace(&target, html.as_bytes(), target.exists())
        .map_err(|error| files::cannot_write(&target, &error))?;
    Ok(SavedReport { path: target.display().to_string(), bytes: html.len() as u64 })
}

fn gather(dir: &RunDir, known: Known, svg: Option<String>) -> Report {
    let workflow = Document::parse(known.snapshot.as_bytes()).workflow;
    let (all, passed_over) = failed(&known.run);
    let more_failures = passed_over + all.len().saturating_sub(MAX_LOGS);
    let failures = all.into_iter().take(MAX_LOGS).map(|(key, task)| Failure {
        cause: task.cause.as_ref().map(ToString::to_string).unwrap_or_default(),
        tries: task.attempts.len(),
        lines: last_lines(dir, &known.run, &key),
        key,
    });
    let failures = failures.collect();
    Report {
        workflow,
        usual: known.usual,
        artifacts: known.artifacts,
        failures,
        more_failures,
        svg,
        made: known.now,
        version: env!("CARGO_PKG_VERSION"),
        run: known.run,
    }
}

/// What failed by itself: tasks, and of mapped ones the first items that did; and how many more of these there are.
fn failed(run: &Run) -> (Vec<(TaskKey, &TaskRun)>, usize) {
    let is_failure = |task: &TaskRun| matches!(task.state, TaskState::Failed | TaskState::Error);
    let mut all = Vec::new();
    let mut passed_over = 0;
    for (key, task) in &run.tasks {
        match &task.mapped {
            Some(mapped) => {
                let items = mapped.runs.iter().zip(0..).filter(|(run, _)| is_failure(run));
                let count = items.clone().count();
                passed_over += count.saturating_sub(MAX_ITEM_LOGS);
                all.extend(items.take(MAX_ITEM_LOGS).map(|(run, item)| {
                    (TaskKey { task: key.task.clone(), item: Some(item) }, run)
                }));
            }
            None if is_failure(task) => all.push((key.clone(), task)),
            None => {}
        }
    }
    (all, passed_over)
}

/// The end of what the last try printed; a log that cannot be read is no reason to have no report.
fn last_lines(dir: &RunDir, run: &Run, key: &TaskKey) -> Vec<String> {
    let request = ReadLog {
        log: LogName::last(run.run, key.clone()),
        from: LogFrom::LastBytes(u64::from(LINE_BYTES)),
        max_bytes: LINE_BYTES,
    };
    let slice = match logs::read(dir, run, &request) {
        Ok(slice) => slice,
        Err(error) => return vec![format!("({})", error.message)],
    };
    let is_cut = slice.total > u64::from(LINE_BYTES);
    let mut text = String::new();
    for chunk in &slice.chunks {
        match chunk.stream {
            LogStream::Gap { bytes } => text.push_str(&format!("\n({bytes} bytes are missing)\n")),
            _ => text.push_str(&String::from_utf8_lossy(chunk.data.as_bytes())),
        }
    }
    let text = words::plain(&text);
    let lines: Vec<&str> = text.lines().collect();
    // The first is only the end of a line where the beginning was cut off.
    let first = usize::from(is_cut).max(lines.len().saturating_sub(LINES));
    lines.into_iter().skip(first).map(str::to_owned).collect()
}

fn refused(message: String) -> ApiError {
    ApiError::new(Code::InvalidRequest, message)
}
