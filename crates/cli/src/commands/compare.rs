//! `millrace compare`: two runs beside each other.

use jiff::tz::TimeZone;
use millrace_api::log::{LogFrom, LogName, LogStream, ReadLog};
use millrace_api::run::{GetRun, RunDetail};
use millrace_api::{ApiError, Code};
use millrace_model::diff::runs::{self, RunsCompared, TaskCompared, TaskFared};
use millrace_model::diff::values::ValueDifference;
use millrace_model::diff::{Difference, Subject, lines, summary};
use millrace_model::document::Workflow;
use millrace_model::event::{InGit, Run, RunState};
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::read::Document;
use millrace_model::time::Timestamp;
use serde::Serialize;

use super::logs::task_key;
use crate::args;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::style::Style;
use crate::text::table::Table;
use crate::text::{differences, escape, human};

/// So many tasks are shown where not all are asked for.
const SHOWN: usize = 40;
/// So much of the end of each log is compared.
const LOG_BYTES: u64 = 2 << 20;
/// Asked for at once.
const SLICE: u32 = 1 << 20;

pub(crate) fn run(args: &args::Compare, out: &mut Out) -> Result<Exit, Failure> {
    let key = args.log.as_deref().map(task_key).transpose()?;
    let ([before, after], logs) = block_on(async {
        let link = Link::to_daemon().await?;
        let runs = [link.find_run(&args.before).await?, link.find_run(&args.after).await?];
        let mut details = Vec::new();
        let mut logs = Vec::new();
        for run in runs {
            details.push(link.backend().get_run(GetRun { run, snapshot: true }).await?);
        }
        let details: [RunDetail; 2] =
            details.try_into().map_err(|_| Failure::usage("two runs are compared", ""))?;
        if let Some(key) = &key {
            for (run, key) in runs.into_iter().zip(keys(&details, key)?) {
                logs.push(log(&link, run, &key).await?);
            }
        }
        Ok::<_, Failure>((details, <[LogText; 2]>::try_from(logs).ok()))
    })??;
    if let (Some(key), Some(logs)) = (&key, &logs) {
        return print_logs(args, key, logs, out);
    }
    let compared = Compared {
        before: Head::of(&before.run),
        after: Head::of(&after.run),
        workflow: workflow(&before, &after),
        what: runs::compare(&before.run, &after.run),
    };
    if args.json {
        out.json(&compared)?;
    } else {
        let most = if args.all { usize::MAX } else { SHOWN };
        let zone = TimeZone::system();
        let style = out.style();
        let text = render(&compared, most, human::now(), &zone, style, out.width());
        out.write(&text)?;
    }
    Ok(Exit::Succeeded)
}

/// Two runs beside each other, as JSON.
#[derive(Debug, Serialize)]
struct Compared {
    before: Head,
    after: Head,
    /// What differs between what they ran; none where one of the documents cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<Vec<Difference>>,
    #[serde(flatten)]
    what: RunsCompared,
}

/// What is known of one run.
#[derive(Debug, Serialize)]
struct Head {
    run: RunId,
    workflow: String,
    state: RunState,
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    trigger: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    git: Option<InGit>,
    queued: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    took_us: Option<u64>,
}

impl Head {
    fn of(run: &Run) -> Self {
        let took = run.started.zip(run.ended).map(|(from, until)| until.since(from).as_micros());
        Self {
            run: run.run,
            workflow: run.head.workflow.to_string(),
            state: run.state,
            cause: run.cause.as_ref().map(ToString::to_string),
            trigger: run.head.trigger.kind().word(),
            git: run.head.origin.as_ref().and_then(|origin| origin.git.as_deref().cloned()),
            queued: run.queued,
            took_us: took.and_then(|us| u64::try_from(us).ok()),
        }
    }
}

/// What differs between what was run. Where cards lie changes nothing of a run.
fn workflow(before: &RunDetail, after: &RunDetail) -> Option<Vec<Difference>> {
    let read = |detail: &RunDetail| -> Option<Workflow> {
        Document::parse(detail.snapshot.as_ref()?.as_bytes()).workflow
    };
    let mut found = millrace_model::diff::compare(&read(before)?, &read(after)?);
    found.retain(|it| it.subject != Subject::Layout);
    Some(found)
}

fn render(
    all: &Compared,
    most: usize,
    now: Timestamp,
    zone: &TimeZone,
    style: Style,
    width: Option<usize>,
) -> String {
    let mut text = heads(all, now, zone, style, width);
    text.push('\n');
    let (tasks, more) = match all.what.tasks.len().checked_sub(most) {
        Some(more) => (&all.what.tasks[..most], more),
        None => (&all.what.tasks[..], 0),
    };
    text.push_str(&task_table(tasks, style, width));
    if more > 0 {
        let words =
            format!("{} {more} tasks that changed less; --all shows them\n", style.ellipsis());
        text.push_str(&style.dim(&words));
    }
    for task in tasks.iter().filter(|task| !task.outputs.is_empty()) {
        text.push_str(&format!("\noutputs of {}\n", style.bold(task.task.as_str())));
        text.push_str(&values(&task.outputs.found, task.outputs.more, style));
    }
    text
}

fn heads(
    all: &Compared,
    now: Timestamp,
    zone: &TimeZone,
    style: Style,
    width: Option<usize>,
) -> String {
    let both = [&all.before, &all.after];
    let head = ["", "BEFORE", "AFTER"].map(|cell| style.dim(cell)).to_vec();
    let mut table = Table::new(head).elastic(2);
    let mut row = |name: &str, cells: [String; 2]| {
        let [before, after] = cells.map(|cell| escape::one_line(&cell));
        table.row(vec![style.dim(name), before, after]);
    };
    row("run", both.map(|it| format!("{:.8}", it.run)));
    if all.before.workflow != all.after.workflow {
        row("workflow", both.map(|it| it.workflow.clone()));
    }
    row("state", both.map(|it| it.state.word().to_owned()));
    if both.iter().any(|it| it.cause.is_some()) {
        row("cause", both.map(|it| it.cause.clone().unwrap_or_default()));
    }
    row("trigger", both.map(|it| it.trigger.to_owned()));
    if both.iter().any(|it| it.git.is_some()) {
        let words = |head: &Head| head.git.as_ref().map(InGit::in_words).unwrap_or_default();
        row("commit", both.map(words));
    }
    row("queued", both.map(|it| human::date_time_and_relative(it.queued, now, zone)));
    let took = |head: &Head| head.took_us.map(human::duration_us).unwrap_or_default();
    let mut cells = both.map(took);
    if let (Some(before), Some(after)) = (all.before.took_us, all.after.took_us) {
        cells[1].push_str(&format!(" ({})", longer(after as i64 - before as i64)));
    }
    row("took", cells);
    let mut text = table.render(width, style.ellipsis());
    text.push('\n');
    match all.workflow.as_deref() {
        None => {
            text.push_str("what they ran cannot be compared: a document of them cannot be read\n");
        }
        Some([]) => text.push_str("they ran the same\n"),
        Some(found) => {
            let words = escape::one_line(&summary(found));
            text.push_str(&style.warning(&format!("what they ran differs: {words}\n")));
        }
    }
    let params = &all.what.params;
    if !params.is_empty() {
        text.push_str("parameters\n");
        text.push_str(&values(&params.found, params.more, style));
    }
    if !all.what.same_params.is_empty() {
        let words = format!("the same in both: {}\n", all.what.same_params.join(", "));
        text.push_str(&style.dim(&words));
    }
    text
}

fn task_table(tasks: &[TaskCompared], style: Style, width: Option<usize>) -> String {
    let head = ["TASK", "BEFORE", "AFTER", "TOOK", "TOOK", "LONGER", "REMARK"];
    let head = head.map(|cell| style.dim(cell)).to_vec();
    let mut table = Table::new(head).right(&[3, 4, 5]).elastic(6);
    for task in tasks {
        let both = [&task.before, &task.after];
        let [before, after] = both.map(|side| match side {
            Some(fared) => style.task_state(fared.state),
            None => style.dim("not there"),
        });
        let [short, long] = both.map(|side| {
            side.as_ref().and_then(|it| it.took_us).map(human::duration_us).unwrap_or_default()
        });
        let longer = match (task.longer_us(), task.ratio()) {
            (Some(us), Some(ratio)) if ratio >= 1.995 => format!("{} ({ratio:.1}x)", longer(us)),
            (Some(us), _) => longer(us),
            (None, _) => String::new(),
        };
        let remark = style.dim(&escape::one_line(&remark(task)));
        table.row(vec![task.task.to_string(), before, after, short, long, longer, remark]);
    }
    table.render(width, style.ellipsis())
}

fn remark(task: &TaskCompared) -> String {
    let of = |side: &Option<TaskFared>| side.as_ref().map(|it| (it.tries, it.cause.clone()));
    let mut parts = Vec::new();
    match (of(&task.before), of(&task.after)) {
        (Some((one, was)), Some((two, is))) => {
            if one != two && one > 0 && two > 0 {
                parts.push(format!("{one} and {two} tries"));
            }
            match (was, is) {
                (was, is) if was == is => {}
                (Some(was), None) => parts.push(format!("before: {was}")),
                (_, Some(is)) => parts.push(is),
                (None, None) => {}
            }
        }
        (Some((_, Some(cause))), None) | (None, Some((_, Some(cause)))) => parts.push(cause),
        _ => {}
    }
    if !task.outputs.is_empty() {
        parts.push("outputs differ".to_owned());
    }
    parts.join(", ")
}

/// `+8.2 s`
fn longer(us: i64) -> String {
    let sign = if us < 0 { "-" } else { "+" };
    format!("{sign}{}", human::duration_us(us.unsigned_abs()))
}

fn values(found: &[ValueDifference], more: usize, style: Style) -> String {
    let mut table = Table::new(Vec::new());
    for it in found {
        let side = |value: &Option<serde_json::Value>| match value {
            Some(value) => escape::one_line(&value.to_string()),
            None => style.dim("not there"),
        };
        let path = format!("  {}", escape::one_line(&it.path));
        table.row(vec![path, side(&it.before), side(&it.after)]);
    }
    // The heading of the table is empty.
    let mut text = table.render(None, style.ellipsis()).trim_start_matches('\n').to_owned();
    if more > 0 {
        text.push_str(&style.dim(&format!("  and {more} more\n")));
    }
    text
}

/// The key of a task in both runs. An item is that of the newer run, and in the older one the one with the same value.
fn keys([before, after]: &[RunDetail; 2], key: &TaskKey) -> Result<[TaskKey; 2], Failure> {
    let Some(item) = key.item else { return Ok([key.clone(), key.clone()]) };
    let whole = TaskKey::plain(key.task.clone());
    let [old, new] =
        [before, after].map(|run| run.run.task(&whole).and_then(|task| task.mapped.as_deref()));
    let all = runs::items(old, new);
    let Some(found) = all.into_iter().find(|it| it.after == Some(item)) else {
        let message = format!("run {:.8} has no item {key}", after.run.run);
        return Err(Failure::new(Code::NotFound, message));
    };
    let Some(place) = found.before else {
        let message =
            format!("run {:.8} has no item {} of {}", before.run.run, found.item, key.task);
        return Err(ApiError::new(Code::NotFound, message)
            .help(format!("`millrace logs {:.8} {key}` shows that of the newer run", after.run.run))
            .into());
    };
    Ok([TaskKey { task: key.task.clone(), item: Some(place) }, key.clone()])
}

/// The end of a log.
struct LogText {
    text: String,
    /// What was printed before it.
    cut: u64,
}

async fn log(link: &Link, run: RunId, task: &TaskKey) -> Result<LogText, Failure> {
    let mut bytes = Vec::new();
    let mut from = LogFrom::LastBytes(LOG_BYTES);
    let (mut number, mut cut) = (None, 0);
    loop {
        let log = LogName { number, ..LogName::last(run, task.clone()) };
        let request = ReadLog { log, from, max_bytes: SLICE };
        let slice = link.backend().read_log(request).await?;
        // A retry must not change the log under our feet.
        number = Some(slice.number);
        if bytes.is_empty() {
            cut = slice.chunks.first().map_or(0, |chunk| chunk.offset);
        }
        for chunk in &slice.chunks {
            match chunk.stream {
                LogStream::Gap { bytes: missing } => {
                    let words = format!("\n({} are missing)\n", human::bytes(missing));
                    bytes.extend_from_slice(words.as_bytes());
                }
                _ => bytes.extend_from_slice(chunk.data.as_bytes()),
            }
        }
        // What is printed while it is read is not waited for.
        if slice.chunks.is_empty() || slice.next >= slice.total || bytes.len() as u64 >= LOG_BYTES {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            return Ok(LogText { text, cut });
        }
        from = LogFrom::Offset(slice.next);
    }
}

/// Which lines of two logs differ.
#[derive(Debug, Serialize)]
struct LogsCompared<'a> {
    task: &'a TaskKey,
    /// What was left out at the start of each.
    cut_bytes: [u64; 2],
    /// Both sides of each place where they differ, numbered from 1 within what is compared.
    lines: Vec<LineCompared<'a>>,
}

#[derive(Debug, Serialize)]
struct LineCompared<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    before: Option<(usize, &'a str)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<(usize, &'a str)>,
}

fn print_logs(
    args: &args::Compare,
    task: &TaskKey,
    logs: &[LogText; 2],
    out: &mut Out,
) -> Result<Exit, Failure> {
    let [before, after] = [&logs[0], &logs[1]].map(|log| log.text.lines().collect::<Vec<&str>>());
    let rows = match args.numbers {
        true => lines::compare(&before, &after),
        false => lines::compare_by(&before, &after, lines::without_numbers),
    };
    if args.json {
        let differing = rows.iter().filter(|row| !row.same);
        let lines = differing.map(|row| LineCompared {
            before: row.before.map(|at| (at + 1, before[at])),
            after: row.after.map(|at| (at + 1, after[at])),
        });
        let cut_bytes = [logs[0].cut, logs[1].cut];
        out.json(&LogsCompared { task, cut_bytes, lines: lines.collect() })?;
        return Ok(Exit::Succeeded);
    }
    for (log, word) in logs.iter().zip(["older", "newer"]).filter(|(log, _)| log.cut > 0) {
        let (cut, most) = (human::bytes(log.cut), human::bytes(LOG_BYTES));
        out.note(&format!("the {word} log is longer than {most}: its first {cut} are left out"))?;
    }
    if rows.iter().all(|row| row.same) {
        let numbers = if args.numbers { "" } else { ", but maybe for numbers" };
        out.note(&format!("{task} printed the same in both{numbers}"))?;
        return Ok(Exit::Succeeded);
    }
    out.write(&differences::unified(&rows, &before, &after, "", out.style()))?;
    Ok(Exit::Succeeded)
}
