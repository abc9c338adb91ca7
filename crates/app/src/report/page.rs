//! How a report looks: one page, light or dark as whoever reads it likes, without a script and without anything from
//! elsewhere. Every text is escaped by the templates.

mod drawing;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use millrace_model::event::{Run, TaskRun, TaskState};
use millrace_model::ids::TaskKey;
use serde_json::Value;

use super::{Report, words};

const STYLE: &str = include_str!("style.css");
/// Nothing is loaded and nothing runs; the picture and the style are in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";
/// So many rows of tasks and items.
const MAX_ROWS: usize = 2_000;
/// Of a mapped task so many items that did not succeed.
const MAX_ITEMS: usize = 100;
/// So many letters of a value.
const MAX_VALUE: usize = 2_000;

/// The page.
pub(super) fn html(report: &Report) -> String {
    let run = &report.run;
    let title = run.head.title.as_deref().unwrap_or_else(|| run.head.workflow.as_str());
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="referrer" content="no-referrer";
                meta name="generator" content=(format!("Millrace {}", report.version));
                title { (title) " · run " (short(run)) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    (head(report, title))
                    (failures(report))
                    @if let Some(svg) = &report.svg {
                        h2 { "Graph" }
                        div.panel {
                            img alt="The graph of the workflow" src=(format!("data:image/svg+xml;base64,{}", STANDARD.encode(svg)));
                        }
                    }
                    h2 { "Timeline" }
                    div.panel { (drawing::timeline(report)) }
                    (tasks(report))
                    (outputs(report))
                    (artifacts(report))
                    (provenance(report))
                    footer {
                        "Made by Millrace " (report.version) " on " (words::instant(report.made))
                        @if !run.state.is_final() { ", while the run was still under way" }
                        ". Times are those of the machine that ran it."
                    }
                }
            }
        }
    };
    page.into_string()
}

fn head(report: &Report, title: &str) -> Markup {
    let run = &report.run;
    let us = |length: std::time::Duration| u64::try_from(length.as_micros()).unwrap_or(u64::MAX);
    let took = run.started.map(|started| us(run.ended.unwrap_or(report.made).since(started)));
    let usual = report.usual.whole;
    let beyond = took.and_then(|took| usual.and_then(|usual| usual.beyond(took)));
    html! {
        h1 { (title) }
        p.dim.mono { "run " (run.run) }
        p {
            span class={ "state " (run.state.word()) } { (run.state.word()) }
            @if let Some(cause) = &run.cause { ": " (cause) }
        }
        div.panel {
            dl.facts {
                (fact("Started", &words::instant(run.started.unwrap_or(run.queued))))
                @if let Some(ended) = run.ended { (fact("Ended", &words::instant(ended))) }
                @if let Some(took) = took {
                    div {
                        dt { "Took" }
                        dd {
                            (words::micros(took))
                            @if let Some(more) = beyond { " " span.beyond { "+" (words::micros(more)) } }
                            @if let Some(usual) = usual {
                                " " span.faint { "usually " (words::micros(usual.median_us)) }
                            }
                        }
                    }
                }
                (fact("Started by", &words::trigger(&run.head.trigger)))
                (fact("Tasks", &counts(run)))
            }
        }
    }
}

fn fact(name: &str, value: &str) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}

fn counts(run: &Run) -> String {
    let counts = run.counts();
    let parts = TaskState::ALL.iter().zip(counts).filter(|(_, count)| *count > 0);
    parts.map(|(state, count)| format!("{count} {}", state.label())).collect::<Vec<_>>().join(", ")
}

fn failures(report: &Report) -> Markup {
    html! {
        @if !report.failures.is_empty() {
            h2 { "What failed" }
            @for failure in &report.failures {
                div.panel.failure {
                    h3 { (title_of(report, &failure.key)) }
                    p { (failure.cause) }
                    @if failure.tries > 1 { p.dim { (failure.tries) " tries" } }
                    @if !failure.lines.is_empty() {
                        pre { (failure.lines.join("\n")) }
                    }
                }
            }
            @if report.more_failures > 0 {
                p.dim { (report.more_failures) " more failed; they are in the table below." }
            }
        }
    }
}

fn tasks(report: &Report) -> Markup {
    let rows = rows(&report.run);
    let left_out = rows.len().saturating_sub(MAX_ROWS);
    html! {
        h2 { "Tasks" }
        div.panel {
            table {
                thead {
                    tr {
                        th { "Task" } th { "State" } th.right { "Took" } th.right { "Usual" } th.right { "Tries" }
                        th.right { "CPU" } th.right { "Memory" } th.right { "Printed" } th { "Why" }
                    }
                }
                tbody {
                    @for (key, task) in rows.into_iter().take(MAX_ROWS) { (task_row(report, &key, task)) }
                }
            }
        }
        @if left_out > 0 { p.dim { (left_out) " more rows are left out." } }
    }
}

/// The tasks, and below mapped ones those items that did not succeed.
fn rows(run: &Run) -> Vec<(TaskKey, &TaskRun)> {
    let mut rows = Vec::with_capacity(run.tasks.len());
    for (key, task) in &run.tasks {
        rows.push((key.clone(), task));
        let items = task.mapped.iter().flat_map(|mapped| mapped.runs.iter().zip(0..));
        let others = items.filter(|(run, _)| run.state != TaskState::Succeeded).take(MAX_ITEMS);
        rows.extend(
            others.map(|(run, item)| (TaskKey { task: key.task.clone(), item: Some(item) }, run)),
        );
    }
    rows
}

fn task_row(report: &Report, key: &TaskKey, task: &TaskRun) -> Markup {
    let end = task.attempts.last().and_then(|last| last.end.as_ref());
    let usual = report.usual.task(key.task.as_str()).filter(|_| key.item.is_none());
    let word = task.state.word();
    let known = |value: u64, text: fn(u64) -> String| (value > 0).then(|| text(value));
    html! {
        tr {
            td { (title_of(report, key)) }
            td { span class={ "state " (word) } { (task.state.label()) } }
            td.right { (task.duration_us().map(words::micros).unwrap_or_default()) }
            td.right.dim { (usual.map(|usual| words::micros(usual.median_us)).unwrap_or_default()) }
            td.right { @if !task.attempts.is_empty() { (task.attempts.len()) } }
            td.right.dim { (end.and_then(|end| known(end.cpu_us, words::micros)).unwrap_or_default()) }
            td.right.dim { (end.and_then(|end| known(end.max_rss, words::bytes)).unwrap_or_default()) }
            td.right.dim { (end.and_then(|end| end.log.as_ref()).map(|log| words::bytes(log.bytes)).unwrap_or_default()) }
            td.dim {
                @if let Some(cause) = &task.cause { (cause) }
                @else if let Some(mapped) = &task.mapped {
                    (mapped.progress().0) " of " (mapped.runs.len()) " items"
                }
            }
        }
    }
}

fn outputs(report: &Report) -> Markup {
    let given = report.run.tasks.iter().filter(|(_, task)| !task.outputs.is_empty());
    let given: Vec<_> = given.collect();
    html! {
        @if !given.is_empty() {
            h2 { "Outputs" }
            div.panel {
                @for (key, task) in given {
                    h3 { (title_of(report, key)) }
                    dl.pairs {
                        @for (name, value) in &task.outputs {
                            dt { (name) } dd.mono { (shown(value)) }
                        }
                    }
                }
            }
        }
    }
}

fn artifacts(report: &Report) -> Markup {
    html! {
        @if !report.artifacts.is_empty() {
            h2 { "Artifacts" }
            div.panel {
                table {
                    thead { tr { th { "Task" } th { "File" } th.right { "Size" } th { "Type" } th { "SHA-256" } } }
                    tbody {
                        @for row in report.artifacts.iter().take(MAX_ROWS) {
                            tr {
                                td { (title_of(report, &row.task)) }
                                td {
                                    (row.artifact.name)
                                    @if let Some(removed) = row.removed {
                                        span.faint { " removed on " (removed.date()) }
                                    }
                                }
                                td.right { (words::bytes(row.artifact.bytes)) }
                                td.dim { (row.artifact.media_type) }
                                td.mono.faint { (row.artifact.sha256.get(..12).unwrap_or_default()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn provenance(report: &Report) -> Markup {
    let head = &report.run.head;
    let origin = head.origin.as_deref();
    let pair = |name: &str, value: &str| html! { dt { (name) } dd { (value) } };
    html! {
        h2 { "Where it came from" }
        div.panel {
            dl.pairs {
                (pair("Workflow", head.workflow.as_str()))
                @if let Some(path) = &head.path { (pair("File", path)) }
                @if let Some(git) = origin.and_then(|origin| origin.git.as_deref()) {
                    (pair("Commit", &git.in_words()))
                }
                dt { "Snapshot" } dd.mono { (head.snapshot) }
                (pair("Logical time", &words::instant(head.logical_time)))
                @if let Some(old) = head.rerun_of { dt { "Rerun of" } dd.mono { (old) } }
                @if report.run.round > 1 { (pair("Round", &report.run.round.to_string())) }
                @for (name, value) in &head.params {
                    dt { "Parameter " code { (name) } }
                    dd.mono { (param(report, name, value)) }
                }
                @if let Some(origin) = origin {
                    (pair("Millrace", &origin.version))
                    (pair("Machine", &origin.machine))
                    (pair("System", &origin.system))
                    (pair("User", &origin.user))
                    @if !origin.environment.is_empty() {
                        dt { "Inherited variables" } dd.mono { (origin.environment.join(" ")) }
                    }
                }
            }
        }
    }
}

/// A parameter's value; of a secret only its name.
fn param(report: &Report, name: &str, value: &Value) -> String {
    let declared = report.workflow.iter().flat_map(|workflow| &workflow.params);
    let mut declared = declared.filter(|param| param.name.as_str() == name);
    match declared.any(|param| param.kind == millrace_model::document::ParamKind::Secret) {
        true => format!("the secret {}", shown(value)),
        false => shown(value),
    }
}

/// A value as a person reads it, no longer than it must be.
fn shown(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(MAX_VALUE) {
        None => text,
        Some((end, _)) => format!("{}… ({} bytes in all)", &text[..end], text.len()),
    }
}

/// What people call a task: `Shrink one [3]`.
fn title_of(report: &Report, key: &TaskKey) -> String {
    let task = report.workflow.as_ref().and_then(|workflow| workflow.task(key.task.as_str()));
    let title = task.map_or_else(|| key.task.to_string(), |task| task.shown_name().to_owned());
    match key.item {
        None => title,
        Some(item) => format!("{title} [{item}]"),
    }
}

fn short(run: &Run) -> String {
    format!("{:.8}", run.run)
}
