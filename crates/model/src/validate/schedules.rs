//! Schedules and triggers, as far as they can be checked without a clock.

use super::Checker;
use crate::document::{Json, ScheduleRule};
use crate::problem::{Code, Path, Problem};
use crate::time::Span;

/// Presets that stand for five fields.
const PRESETS: [&str; 7] =
    ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    for (at, schedule) in workflow.schedules.iter().enumerate() {
        let path = |key: &str| Path::root().key("schedules").index(at).key(key);
        match &schedule.rule {
            ScheduleRule::Cron(text) => cron(checker, path("cron"), text),
            ScheduleRule::Every(Span::ZERO) => {
                checker.report(Code::BadSchedule, path("every"), "0s is no spacing between runs");
            }
            ScheduleRule::Every(_) => {}
            ScheduleRule::At(text) => instant(checker, path("at"), text),
        }
        for (key, text) in [("start", &schedule.start), ("end", &schedule.end)] {
            if let Some(text) = text {
                instant(checker, path(key), text);
            }
        }
        if let Some(zone) = &schedule.timezone
            && zone.parse::<chrono_tz::Tz>().is_err()
        {
            let near =
                crate::suggest::nearest(zone, chrono_tz::TZ_VARIANTS.iter().map(|it| it.name()));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => "write a name of the IANA list, such as Europe/Berlin or UTC".to_owned(),
            };
            let message = format!("there is no time zone `{zone:.64}`");
            checker.push(Problem::new(Code::BadSchedule, path("timezone"), message).help(help));
        }
        if let Some(params) = &schedule.params {
            given_params(checker, path("params"), params);
        }
    }
    for (at, trigger) in workflow.triggers.iter().enumerate() {
        if let Some(params) = &trigger.params {
            given_params(checker, Path::root().key("triggers").index(at).key("params"), params);
        }
    }
}

fn cron(checker: &mut Checker<'_>, path: Path, text: &str) {
    let fields = text.split_whitespace().count();
    if text.starts_with('@') {
        if !PRESETS.contains(&text) {
            let message = format!("`{text:.40}` is not a preset: {} are", PRESETS.join(", "));
            checker.report(Code::BadSchedule, path, message);
        }
    } else if fields != 5 && fields != 6 {
        checker.push(
            Problem::new(
                Code::BadSchedule,
                path,
                format!("`{text:.40}` has {fields} fields, and a cron rule has 5 or 6"),
            )
            .help(
                "minute hour day month weekday, as in 0 6 * * 1-5; with 6 the first is the second",
            ),
        );
    }
}

fn instant(checker: &mut Checker<'_>, path: Path, text: &str) {
    if chrono::DateTime::parse_from_rfc3339(text).is_err() {
        let message = format!("`{text:.40}` is not an instant such as 2030-01-31T06:00:00Z");
        checker.report(Code::BadSchedule, path, message);
    }
}

fn given_params(checker: &mut Checker<'_>, path: Path, params: &Json) {
    let Json::Object(members) = params else {
        let message =
            format!("an object of parameters is expected, and {} is here", params.described());
        checker.report(Code::WrongType, path, message);
        return;
    };
    let workflow = checker.workflow;
    for (name, _) in members {
        if workflow.params.iter().all(|param| param.name.as_str() != name) {
            let message = format!("there is no parameter `{name}`");
            checker.push(Problem::new(Code::NoSuchParam, path.clone().key(name), message).at_key());
        }
    }
}
