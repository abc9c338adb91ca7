//! What is said when a run has ended: the result, and after a failure what failed, its last lines, what to do.

use millrace_api::log::{LogFrom, LogName, LogStream, ReadLog};
use millrace_model::event::{Run, RunState, TaskState};
use millrace_model::ids::{RunId, TaskKey};

use super::lines::failures;
use crate::failure::Failure;
use crate::link::Link;
use crate::out::Out;
use crate::text::{escape, human, states};

/// So many lines of the failed task's log are shown.
const LOG_LINES: u32 = 10;
/// Of so many failed tasks the reason is told.
const MAX_FAILURES: usize = 5;

/// Says how a run ended. The result of a run that did not succeed goes to stderr, so that stdout stays regular.
pub(super) async fn print(run: &Run, link: &Link, out: &mut Out) -> Result<(), Failure> {
    let style = if out.is_live() { out.style() } else { out.err_style() };
    let took = run.started.map_or_else(String::new, |started| {
        human::duration(run.ended.unwrap_or(started).since(started))
    });
    let icon = if style.icons { format!("{} ", style.run_icon(run.state)) } else { String::new() };
    let mut text = match run.state {
        RunState::Succeeded => {
            format!("{}\n", style.run(run.state, &format!("{icon}succeeded in {took}")))
        }
        RunState::Canceled => {
            format!("{}\n", style.run(run.state, &format!("{icon}cancelled after {took}")))
        }
        state => {
            let cause = run.cause.as_ref().map(|cause| format!(": {cause}")).unwrap_or_default();
            let head = format!("{icon}{state} after {took}{}", escape::one_line(&cause));
            format!("{}\n", style.run(state, &head))
        }
    };
    if run.state == RunState::Failed {
        text.push('\n');
        text.push_str(&reasons(run, link, style).await);
    }
    if run.state == RunState::Succeeded {
        text.push_str(&tolerated(run, style));
    }
    if out.is_live() {
        return Ok(out.write(&text)?);
    }
    // Without a terminal the lines have told the good ending already.
    if run.state != RunState::Succeeded {
        out.err(&text)?;
    }
    Ok(())
}

/// The last line of `--json`.
pub(super) fn summary(run: &Run) -> serde_json::Value {
    let counts: serde_json::Map<String, serde_json::Value> = TaskState::ALL
        .iter()
        .zip(run.counts())
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| (state.word().to_owned(), count.into()))
        .collect();
    let failed: Vec<serde_json::Value> = failures(run)
        .map(|(key, task)| {
            serde_json::json!({
                "task": key.to_string(),
                "state": task.state,
                "tries": task.attempts.len(),
                "why": task.cause.as_ref().map(ToString::to_string),
            })
        })
        .collect();
    let duration =
        run.started.zip(run.ended).map(|(start, end)| end.since(start).as_micros() as u64);
    serde_json::json!({ "summary": {
        "run": run.run,
        "workflow": run.head.workflow,
        "state": run.state,
        "why": run.cause.as_ref().map(ToString::to_string),
        "round": run.round,
        "duration_us": duration,
        "tasks": counts,
        "failed": failed,
    }})
}

async fn reasons(run: &Run, link: &Link, style: crate::text::style::Style) -> String {
    let mut text = String::new();
    let all: Vec<_> = failures(run).collect();
    for (key, task) in all.iter().take(MAX_FAILURES) {
        let why = escape::one_line(&states::remark(task, human::now()));
        text.push_str(&format!("{}: {why}\n", style.task(task.state, &key.to_string())));
    }
    if all.len() > MAX_FAILURES {
        text.push_str(&format!("and {} more\n", all.len() - MAX_FAILURES));
    }
    let Some((key, task)) = all.first() else { return text };
    let item = task.failed_item(key);
    let key = item.as_ref().unwrap_or(key);
    let task = run.task(key).unwrap_or(task);
    let retry = format!("millrace retry {:.8}", run.run);
    if let Some(child) = task.attempts.last().and_then(|last| last.child) {
        text.push_str(&format!("\n{} millrace show {child:.8}\n", style.help("what it ran:")));
        text.push_str(&format!("{}   {retry}\n", style.help("once more:")));
        return text;
    }
    // A log that cannot be read is missed in silence: the line below says where to look.
    let log = last_lines(run.run, key, LOG_LINES, link).await.unwrap_or_default();
    let bar = if style.unicode { "│" } else { "|" };
    for line in log.lines() {
        text.push_str(&format!("  {} {}\n", style.dim(bar), escape::one_line(line)));
    }
    let task = escape::shell_word(&key.to_string());
    let logs = format!("millrace logs {:.8} {task}", run.run);
    text.push_str(&format!("\n{} {logs}\n", style.help("all it printed:")));
    text.push_str(&format!("{}      {retry}\n", style.help("once more:")));
    text
}

/// Failures that the workflow allows do not change the result, but nobody should miss them.
fn tolerated(run: &Run, style: crate::text::style::Style) -> String {
    let names: Vec<String> = failures(run).map(|(key, _)| key.to_string()).collect();
    if names.is_empty() {
        return String::new();
    }
    style.warning(&format!("failed, as the workflow allows: {}", names.join(", "))) + "\n"
}

/// The last lines that a task printed in its last attempt.
pub(super) async fn last_lines(
    run: RunId,
    task: &TaskKey,
    lines: u32,
    link: &Link,
) -> Option<String> {
    let request = ReadLog {
        log: LogName::last(run, task.clone()),
        from: LogFrom::LastLines(lines),
        max_bytes: 16 << 10,
    };
    let slice = link.backend().read_log(request).await.ok()?;
    let bytes: Vec<u8> = slice
        .chunks
        .iter()
        .filter(|chunk| !matches!(chunk.stream, LogStream::Gap { .. }))
        .flat_map(|chunk| chunk.data.as_bytes().iter().copied())
        .collect();
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
