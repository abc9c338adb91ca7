//! `millrace calendar`: how the runs of a workflow ended, a sign for each day.

use std::collections::BTreeMap;

use millrace_api::days::{DayFared, DaysFared, WorkflowDays};
use millrace_model::event::RunState;
use millrace_model::time::Day;

use crate::args;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::style::Style;
use crate::text::{escape, human};

/// Weeks in view where no year was asked for: all of the last twelve months, whichever day it is.
const WEEKS: i64 = 53;
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

pub(crate) fn run(args: &args::Calendar, out: &mut Out) -> Result<Exit, Failure> {
    let (from, until) = span(args.year)?;
    let (workflow, workflow_id) = (args.workflow.clone(), None);
    let fared = block_on(read(WorkflowDays { workflow, workflow_id, from, until }))??;
    if args.json {
        out.json(&fared)?;
        return Ok(Exit::Succeeded);
    }
    let style = out.style();
    let title = fared.title.as_deref().unwrap_or(&args.workflow);
    let when = match args.year {
        Some(year) => year.to_string(),
        None => "the last twelve months".to_owned(),
    };
    out.write(&format!("{}\n\n", head(title, &when, &fared, style)))?;
    out.write(&map(&fared, (from, until), style))?;
    Ok(Exit::Succeeded)
}

async fn read(request: WorkflowDays) -> Result<DaysFared, Failure> {
    let link = Link::to_daemon().await?;
    Ok(link.backend().workflow_days(request).await?)
}

/// The days of the year, or the weeks up to today.
fn span(year: Option<i32>) -> Result<(Day, Day), Failure> {
    let days = match year {
        Some(year) => Day::new(year, 1, 1).zip(Day::new(year, 12, 31)),
        None => {
            let today = jiff::Timestamp::now().to_zoned_datetime(jiff::tz::TimeZone::system());
            let today = Day::read(&today.date().to_string());
            today.and_then(|today| {
                let monday = today.plus(-i64::from(today.of_week()))?;
                Some((monday.plus(-7 * (WEEKS - 1))?, today))
            })
        }
    };
    days.ok_or_else(|| {
        let message = "the clock of this machine shows no day that a calendar has";
        Failure::usage(message, "set the clock, or name a year with --year")
    })
}

/// `Daily sales  2026: 240 runs on 180 days, 92 % succeeded`
fn head(title: &str, when: &str, fared: &DaysFared, style: Style) -> String {
    let sum = |of: fn(&DayFared) -> u32| fared.days.iter().map(|day| u64::from(of(day))).sum();
    let (runs, ended): (u64, u64) = (sum(DayFared::runs), sum(DayFared::ended));
    let succeeded: u64 = sum(|day| day.succeeded);
    let words = |count: u64, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{} {many}", human::count(count)),
    };
    let text = match runs {
        0 => format!("{when}: no runs"),
        _ => {
            let days = words(fared.days.len() as u64, "day", "days");
            let rate = succeeded * 100 / ended.max(1);
            let rate = if ended > 0 { format!(", {rate} % succeeded") } else { String::new() };
            format!("{when}: {} on {days}{rate}", words(runs, "run", "runs"))
        }
    };
    format!("{}  {}", style.bold(&escape::one_line(title)), style.dim(&text))
}

/// A column for each week, a row for each day of it, and the months above.
fn map(fared: &DaysFared, (from, until): (Day, Day), style: Style) -> String {
    let days: BTreeMap<Day, &DayFared> = fared.days.iter().map(|day| (day.day, day)).collect();
    let lead = i64::from(from.of_week());
    let weeks = (until.days_since(from) + lead) / 7 + 1;
    let mut text = format!("     {}\n", style.dim(months(from, until, weeks).trim_end()));
    for (row, name) in (0_i64..).zip(WEEKDAYS) {
        let signs = (0..weeks).map(|week| {
            let day = from.plus(week * 7 + row - lead);
            match day.filter(|day| (from..=until).contains(day) && *day <= fared.today) {
                Some(day) => sign(days.get(&day).copied(), style),
                None => " ".to_owned(),
            }
        });
        let signs: String = signs.collect();
        text.push_str(&format!("{}  {}\n", style.dim(name), signs.trim_end()));
    }
    text
}

/// The name of a month above the first week that begins in it, where there is room until the next.
fn months(from: Day, until: Day, weeks: i64) -> String {
    let lead = i64::from(from.of_week());
    let mut starts: Vec<(i64, u32)> = Vec::new();
    for week in 0..weeks {
        let first = from.plus((week * 7 - lead).max(0)).filter(|day| *day <= until);
        let Some(month) = first.map(Day::month) else { break };
        if starts.last().is_none_or(|(_, before)| *before != month) {
            starts.push((week, month));
        }
    }
    let ends: Vec<i64> = starts.iter().skip(1).map(|(week, _)| *week).chain([weeks]).collect();
    let mut line = String::new();
    for ((week, month), end) in starts.into_iter().zip(ends) {
        if end - week >= 3 {
            let at = usize::try_from(week).unwrap_or_default();
            line.push_str(&" ".repeat(at.saturating_sub(line.len())));
            line.push_str(MONTHS[(month as usize + 11) % 12]);
        }
    }
    line
}

fn sign(day: Option<&DayFared>, style: Style) -> String {
    let Some(day) = day.filter(|day| day.runs() > 0) else {
        return style.dim(if style.unicode { "·" } else { "." });
    };
    let of = |state| style.run(state, style.run_icon(state));
    match (day.succeeded, day.failed) {
        (0, 0) if day.under_way > 0 => of(RunState::Running),
        (0, 0) => of(RunState::Canceled),
        (_, 0) => of(RunState::Succeeded),
        (0, _) => of(RunState::Failed),
        _ => style.warning("~"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::ids::RunId;

    fn day(text: &str) -> Day {
        Day::read(text).unwrap()
    }

    fn fared(text: &str, [succeeded, failed, canceled, under_way]: [u32; 4]) -> DayFared {
        let first_failed = (failed > 0).then_some(RunId(7));
        let median_us = (succeeded > 0).then_some(2_000_000);
        let day = day(text);
        DayFared { day, succeeded, failed, canceled, under_way, median_us, first_failed }
    }

    #[test]
    fn a_week_is_a_column() {
        let all = DaysFared {
            title: Some("Daily sales".to_owned()),
            today: day("2026-11-24"),
            oldest: Some(day("2026-01-01")),
            days: vec![
                fared("2026-01-01", [1, 0, 0, 0]),
                fared("2026-01-05", [0, 2, 0, 0]),
                fared("2026-03-01", [3, 1, 0, 0]),
                fared("2026-11-23", [0, 0, 1, 0]),
                fared("2026-11-24", [0, 0, 0, 1]),
            ],
        };
        let span = span(Some(2026)).unwrap();
        let head = head("Daily sales", "2026", &all, Style::PLAIN);
        insta::assert_snapshot!(format!("{head}\n\n{}", map(&all, span, Style::PLAIN)));
        let none = DaysFared { days: Vec::new(), ..all };
        assert!(super::head("w", "2020", &none, Style::PLAIN).ends_with("2020: no runs"));
    }

    #[test]
    fn without_a_year_it_ends_today() {
        let (from, until) = span(None).unwrap();
        assert_eq!((from.of_week(), until.days_since(from) / 7), (0, WEEKS - 1));
    }
}
