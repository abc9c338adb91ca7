//! `millrace schedule`: what starts by itself, when it fires next, and the switch of this machine.

use jiff::tz::TimeZone;

use millrace_api::document::{ReadDocument, Source};
use millrace_api::schedule::{
    Held, ListSchedules, ScheduleList, ScheduleRow, StarterKind, SwitchSchedules,
};
use millrace_model::document::Workflow;
use millrace_model::read::Document;
use millrace_model::schedule::{Moved, Tick, Ticks};
use millrace_model::time::Timestamp;
use serde::Serialize;

use crate::args::{Schedule, ScheduleCommand, ScheduleNext};
use crate::failure::{Exit, Failure};
use crate::link::{self, Link, block_on};
use crate::out::Out;
use crate::text::style::Style;
use crate::text::table::Table;
use crate::text::{escape, human};

pub(crate) fn run(args: &Schedule, out: &mut Out) -> Result<Exit, Failure> {
    match &args.command {
        ScheduleCommand::List { workflow, json } => {
            block_on(list(workflow.as_deref(), *json, out))?
        }
        ScheduleCommand::Next(args) => block_on(next(args, out))?,
        ScheduleCommand::Pause { workflow, name } => {
            block_on(switch(workflow, name.as_deref(), false, out))?
        }
        ScheduleCommand::Resume { workflow, name } => {
            block_on(switch(workflow, name.as_deref(), true, out))?
        }
    }
}

async fn list(workflow: Option<&str>, json: bool, out: &mut Out) -> Result<Exit, Failure> {
    let source = workflow.map(link::source).transpose()?;
    let link = Link::to_daemon().await?;
    let listed = link.backend().list_schedules(ListSchedules { source }).await?;
    if json {
        out.json(&listed)?;
    } else if listed.schedules.is_empty() {
        out.note("nothing starts by itself; add a schedule in the window, or to `schedules` of a workflow")?;
    } else {
        let zone = TimeZone::system();
        let table = table(&listed, &zone, out.style());
        out.write(&table.render(out.width(), out.style().ellipsis()))?;
    }
    Ok(Exit::Succeeded)
}

async fn switch(
    workflow: &str,
    name: Option<&str>,
    on: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let source = link::source(workflow)?;
    let link = Link::to_daemon().await?;
    let request = SwitchSchedules { source: source.clone(), name: name.map(str::to_owned), on };
    link.backend().switch_schedules(request).await?;
    let request = ListSchedules { source: Some(source) };
    let listed = link.backend().list_schedules(request).await?;
    let of_it = listed.schedules.iter().filter(|row| name.is_none_or(|name| row.name == name));
    for row in of_it {
        out.note(&format!("{} of {}: {}", row.name, row.workflow, state(row, listed.now)))?;
    }
    Ok(Exit::Succeeded)
}

fn table(listed: &ScheduleList, zone: &TimeZone, style: Style) -> Table {
    let head = ["WORKFLOW", "SCHEDULE", "NEXT", "LAST", "WHEN"];
    let mut table = Table::new(head.map(|cell| style.dim(cell)).to_vec()).elastic(4);
    for row in &listed.schedules {
        let next = match row.next {
            Some(next) => human::date_time_and_relative(next, listed.now, zone),
            None => state(row, listed.now),
        };
        let last = match &row.last {
            Some(last) => style.run_state(last.state),
            None => String::new(),
        };
        let zone = row.timezone.as_deref().filter(|zone| *zone != listed.timezone);
        let zone = zone.map(|zone| format!(" ({zone})")).unwrap_or_default();
        table.row(vec![
            escape::one_line(&row.workflow),
            escape::one_line(&row.name),
            next,
            last,
            style.dim(&escape::one_line(&format!("{}{zone}", row.words))),
        ]);
    }
    table
}

/// Whether it fires, and why not.
fn state(row: &ScheduleRow, now: Timestamp) -> String {
    match (&row.held, row.is_on, row.kind, row.next) {
        (Some(Held::Untrusted), ..) => "not trusted".to_owned(),
        (Some(Held::Broken(why)), ..) => format!("has errors: {}", escape::one_line(why)),
        (None, false, ..) => "off".to_owned(),
        (None, true, StarterKind::Trigger, _) => "on".to_owned(),
        (None, true, _, None) => "fires no more".to_owned(),
        (None, true, _, Some(next)) => format!("fires {}", human::relative(next, now)),
    }
}

/// The next ticks of a schedule.
#[derive(Debug, Serialize)]
struct NextTicks {
    schedule: String,
    words: String,
    timezone: String,
    ticks: Vec<NextTick>,
}

/// A tick.
#[derive(Debug, Serialize)]
struct NextTick {
    at: Timestamp,
    /// By the clock of the schedule's zone.
    local: String,
    /// What a change of the clocks does to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    clock_change: Option<String>,
}

async fn next(args: &ScheduleNext, out: &mut Out) -> Result<Exit, Failure> {
    let zone = TimeZone::system();
    let now = human::now();
    let after = match &args.after {
        None => now,
        Some(text) => human::since(text, now, &zone).map_err(|message| {
            Failure::usage(message, "for example `millrace schedule next daily --after 2027-03-27`")
        })?,
    };
    let workflow = document(link::source(&args.workflow)?).await?;
    let system = zone.iana_name().and_then(|name| name.parse().ok());
    let system = system.unwrap_or(chrono_tz::Tz::UTC);
    let mut found = Vec::new();
    let wanted = |name: &str| args.schedule.as_deref().is_none_or(|wanted| wanted == name);
    for schedule in workflow.schedules.iter().filter(|it| wanted(it.name.as_str())) {
        let ticks = Ticks::of(schedule, system).map_err(|error| {
            let message = format!("the schedule {}: {error}", schedule.name);
            Failure::usage(message, "`millrace validate` says where it is wrong")
        })?;
        let upcoming = ticks.between(after, Timestamp(i64::MAX)).take(args.count as usize);
        let upcoming = upcoming.map(|tick| NextTick {
            at: tick.at,
            local: local(tick.at, ticks.zone().name()),
            clock_change: clock_change(&ticks, &tick),
        });
        found.push(NextTicks {
            schedule: schedule.name.to_string(),
            words: ticks.words(),
            timezone: ticks.zone().name().to_owned(),
            ticks: upcoming.collect(),
        });
    }
    if let (Some(name), true) = (&args.schedule, found.is_empty()) {
        let message = format!("{} has no schedule `{name}`", workflow.name);
        return Err(Failure::usage(message, "`millrace schedule list` shows all"));
    }
    if args.json {
        out.json(&found)?;
        return Ok(Exit::Succeeded);
    }
    if found.is_empty() {
        out.note("it has no schedules")?;
    }
    for schedule in &found {
        out.write(&text(schedule, now, out.style()))?;
    }
    Ok(Exit::Succeeded)
}

async fn document(source: Source) -> Result<Workflow, Failure> {
    let link = Link::to_daemon().await?;
    let found = link.backend().read_document(ReadDocument { source }).await?;
    Document::parse(found.text.as_bytes()).workflow.ok_or_else(|| {
        let name = found.path.unwrap_or_else(|| "the document".to_owned());
        Failure::usage(format!("{name} is no workflow"), "`millrace validate` says why")
    })
}

fn text(schedule: &NextTicks, now: Timestamp, style: Style) -> String {
    let NextTicks { schedule: name, words, timezone, ticks } = schedule;
    let mut text = format!("{name}: {words} {}\n", style.dim(&format!("({timezone})")));
    let mut table = Table::new(Vec::new());
    for tick in ticks {
        table.row(vec![
            format!("  {}", tick.local),
            style.dim(&human::relative(tick.at, now)),
            tick.clock_change.clone().unwrap_or_default(),
        ]);
    }
    let rows = table.render(None, style.ellipsis());
    // The heading of the table is empty.
    text.push_str(rows.trim_start_matches('\n'));
    if ticks.is_empty() {
        text.push_str("  fires no more\n");
    }
    text
}

/// `Mon 2027-03-29 02:30:00 CEST`.
fn local(at: Timestamp, zone: &str) -> String {
    let zoned = jiff::Timestamp::from_microsecond(at.0)
        .and_then(|at| at.in_tz(zone))
        .map(|at| at.strftime("%a %Y-%m-%d %H:%M:%S %Z").to_string());
    zoned.unwrap_or_else(|_| at.0.to_string())
}

fn clock_change(ticks: &Ticks, tick: &Tick) -> Option<String> {
    let zone = ticks.zone().name();
    Some(match tick.moved? {
        Moved::Gap { wanted } => {
            format!("the clocks skip {}: at the first moment after", wanted.format("%H:%M"))
        }
        Moved::FirstPass => {
            let second = ticks.readings(tick).map(|[_, second]| local(second, zone));
            let second = second.map(|at| format!(", not again at {at}")).unwrap_or_default();
            format!("the clocks show it twice: the first time{second}")
        }
        Moved::SecondPass => "the clocks show it twice: the second time".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::event::RunState;
    use millrace_model::ids::{RunId, WorkflowId};

    const HOUR: i64 = 3_600_000_000;

    fn row(name: &str, next: Option<i64>) -> ScheduleRow {
        ScheduleRow {
            workflow_id: WorkflowId(1),
            workflow: "daily".to_owned(),
            title: None,
            path: "/w/daily.json".to_owned(),
            kind: StarterKind::Schedule,
            name: name.to_owned(),
            words: "At 06:00".to_owned(),
            timezone: Some("UTC".to_owned()),
            is_on: true,
            held: None,
            next: next.map(|hours| Timestamp(hours * HOUR)),
            last: None,
        }
    }

    #[test]
    fn a_list_says_when_or_why_not() {
        let failed = millrace_api::schedule::LastFire {
            tick: Timestamp(0),
            run: RunId(1),
            state: RunState::Failed,
        };
        let schedules = vec![
            ScheduleRow { last: Some(failed), ..row("a", Some(6)) },
            ScheduleRow { is_on: false, ..row("b", None) },
            ScheduleRow { held: Some(Held::Untrusted), ..row("c", None) },
            ScheduleRow { held: Some(Held::Broken("a circle".into())), ..row("d", None) },
            ScheduleRow { timezone: Some("Europe/Berlin".into()), ..row("e", None) },
            ScheduleRow { kind: StarterKind::Trigger, timezone: None, ..row("f", None) },
        ];
        let listed =
            ScheduleList { schedules, timezone: "UTC".to_owned(), now: Timestamp(3 * HOUR) };
        let text = table(&listed, &TimeZone::UTC, Style::PLAIN).render(None, "…");
        insta::assert_snapshot!(text);
    }
}
