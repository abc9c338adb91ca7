//! `millrace backfill`: a run for each tick of a past span of time.

use jiff::tz::TimeZone;

use millrace_api::schedule::{Backfill as Request, BackfillPlan, ListSchedules, StarterKind};
use millrace_model::time::Timestamp;

use crate::args::Backfill;
use crate::failure::{Exit, Failure};
use crate::link::{self, Link, block_on};
use crate::out::Out;
use crate::text::human;
use crate::text::table::Table;

pub(crate) fn run(args: &Backfill, out: &mut Out) -> Result<Exit, Failure> {
    block_on(backfill(args, out))?
}

async fn backfill(args: &Backfill, out: &mut Out) -> Result<Exit, Failure> {
    let source = link::source(&args.workflow)?;
    let link = Link::to_daemon().await?;
    let listed =
        link.backend().list_schedules(ListSchedules { source: Some(source.clone()) }).await?;
    // A day is a day of the schedule's zone.
    let schedules = listed.schedules.iter().filter(|row| row.kind == StarterKind::Schedule);
    let named = |name: &str| args.schedule.as_ref().is_none_or(|it| it.as_str() == name);
    let zone = schedules.into_iter().find(|row| named(&row.name));
    let zone = zone.and_then(|row| TimeZone::get(row.timezone.as_deref()?).ok());
    let zone = zone.unwrap_or_else(TimeZone::system);
    let now = human::now();
    let instant = |text: &str| {
        human::since(text, now, &zone).map_err(|message| {
            Failure::usage(message, "for example `millrace backfill daily 2026-11-01 2026-11-07`")
        })
    };
    let to = match is_date(&args.to) {
        true => end_of_day(instant(&args.to)?, &zone).min(now),
        false => instant(&args.to)?,
    };
    let request = Request {
        source,
        schedule: args.schedule.clone(),
        from: instant(&args.from)?,
        to,
        reverse: args.reverse,
        skip_done: args.skip_done,
        parallel: args.parallel,
        dry_run: args.dry_run,
    };
    let plan = link.backend().backfill(request).await?;
    if args.json {
        out.json(&plan)?;
        return Ok(Exit::Succeeded);
    }
    let zone = TimeZone::get(&plan.timezone).unwrap_or(zone);
    out.write(&table(&plan, &zone).render(out.width(), out.style().ellipsis()))?;
    out.note(&summary(&plan, args.dry_run))?;
    Ok(Exit::Succeeded)
}

fn table(plan: &BackfillPlan, zone: &TimeZone) -> Table {
    let mut table = Table::new(["TICK", "RUN"].map(str::to_owned).to_vec());
    for tick in &plan.ticks {
        let run = match (tick.run, tick.done) {
            (Some(run), _) => format!("{run:.8}"),
            (None, Some(done)) => format!("done by {done:.8}"),
            (None, None) => "would run".to_owned(),
        };
        table.row(vec![human::date_time(tick.tick, zone), run]);
    }
    table
}

fn summary(plan: &BackfillPlan, dry_run: bool) -> String {
    let done = plan.ticks.iter().filter(|tick| tick.done.is_some()).count();
    let runs = plan.ticks.len() - done;
    let left_out = match done {
        0 => String::new(),
        many => format!("; {many} are done already"),
    };
    match (dry_run, runs) {
        (_, 0) => format!("nothing to run{left_out}"),
        (true, 1) => format!("1 run would start{left_out}"),
        (true, many) => format!("{many} runs would start{left_out}"),
        (false, 1) => format!("started 1 run{left_out}"),
        (false, many) => format!("started {many} runs{left_out}; `millrace runs` shows them"),
    }
}

/// `2026-11-23`: the whole day is meant.
fn is_date(text: &str) -> bool {
    let is_written = text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok();
    is_written || matches!(text, "today" | "yesterday")
}

/// The last instant of the day that begins at `start`.
fn end_of_day(start: Timestamp, zone: &TimeZone) -> Timestamp {
    let next = jiff::Timestamp::from_microsecond(start.0)
        .map(|at| at.to_zoned_datetime(zone.clone()))
        .and_then(|day| day.tomorrow())
        .and_then(|next| next.start_of_day());
    next.map_or(start, |next| Timestamp(next.timestamp().as_microsecond() - 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_where_the_next_begins_whatever_the_clocks_do() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let start = human::since("2026-10-25", Timestamp(0), &zone).unwrap();
        let hours = (end_of_day(start, &zone).0 - start.0 + 1) / 3_600_000_000;
        assert_eq!(hours, 25);
        assert!(is_date("2026-10-25") && is_date("yesterday") && is_date("today"));
        assert!(!is_date("2026-10-25T06:00:00Z") && !is_date("2h"));
    }
}
