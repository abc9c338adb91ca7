//! A table of cron: each line becomes a workflow of its own with a schedule, because schedules belong to workflows.
//!
//! Both forms are read, a user's and the system's, which has a column for the user. Lines that are commented out are not.

use std::collections::HashSet;

use crate::action::is_simple_command;
use crate::document::{CatchUp, Schedule, ScheduleRule, Workflow};
use crate::ident::{Ident, is_variable};
use crate::schedule::{ScheduleError, Ticks};
use crate::time::Span;

use super::draft;
use super::{Import, Imported, Remark};

const PRESETS: [&str; 8] =
    ["@reboot", "@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/// The most lines of one file that start something.
const MAX_ENTRIES: usize = 1_000;

/// What holds for the lines that follow.
#[derive(Default)]
struct Settings {
    env: Vec<(String, String)>,
    shell: Option<String>,
    zone: Option<String>,
    /// In minutes.
    random_delay: Option<u64>,
}

/// One line that starts something.
struct Entry<'a> {
    rule: String,
    command: &'a str,
}

pub(super) fn import(path: &str, text: &str) -> Import {
    let has_user = has_user_column(path, text);
    let mut settings = Settings::default();
    let mut import = Import { workflows: Vec::new(), remarks: Vec::new() };
    let mut taken = HashSet::new();
    let mut comment: Option<&str> = None;
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let line = line.trim();
        if line.is_empty() {
            comment = None;
        } else if let Some(text) = line.strip_prefix('#') {
            let text = text.trim();
            if entry(text).is_some_and(|entry| is_rule(&entry.rule)) {
                comment = None;
                let message = "commented out, so no workflow was made of it";
                import.remarks.push(Remark::left_out(number, message));
            } else {
                comment = Some(text)
                    .filter(|text| text.chars().any(char::is_alphanumeric) && !is_head(text));
            }
        } else if let Some((name, value)) = assignment(line) {
            set(&mut settings, number, name, value, &mut import.remarks);
        } else if let Some(entry) = entry(line) {
            if import.workflows.len() == MAX_ENTRIES {
                let message = format!(
                    "there are more than {MAX_ENTRIES} lines with commands; nothing was made of them"
                );
                let remarks = vec![Remark::left_out(0, message)];
                return Import { workflows: Vec::new(), remarks };
            }
            match workflow(&entry, number, comment.take(), has_user, &settings, &taken) {
                Ok(made) => {
                    taken.insert(made.workflow.name.clone());
                    import.workflows.push(made);
                }
                Err(remark) => import.remarks.push(remark),
            }
        } else {
            comment = None;
            let message = "this is neither a variable nor five fields of time and a command";
            import.remarks.push(Remark::left_out(number, message));
        }
    }
    import
}

/// Whether a line starts something at times.
pub(super) fn is_entry(line: &str) -> bool {
    entry(line.trim()).is_some_and(|entry| is_rule(&entry.rule))
}

/// Whether a line sets something for those that follow.
pub(super) fn is_setting(line: &str) -> bool {
    assignment(line).is_some()
}

/// The lines of /etc/crontab and /etc/cron.d name the user before the command.
fn has_user_column(path: &str, text: &str) -> bool {
    if path == "/etc/crontab" || path.contains("/cron.d/") {
        return true;
    }
    let comments = text.lines().filter_map(|line| line.trim().strip_prefix('#'));
    let says_so = comments
        .filter(|text| is_head(text))
        .any(|head| has_word(head, &["user", "user-name", "username"]));
    let mut users = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with('#') && assignment(line).is_none())
        .filter_map(entry)
        .map(|entry| entry.command.split_whitespace().next() == Some("root"))
        .peekable();
    says_so || users.peek().is_some() && users.all(|is_root| is_root)
}

/// The names of the columns.
fn is_head(comment: &str) -> bool {
    has_word(comment, &["command"]) && has_word(comment, &["dom", "dow", "hour", "minute", "day"])
}

fn has_word(text: &str, words: &[&str]) -> bool {
    text.split_whitespace().any(|it| words.contains(&it.to_ascii_lowercase().as_str()))
}

/// `NAME = value`, with or without quotes.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once('=')?;
    let name = name.trim().trim_matches(['"', '\'']);
    if !is_variable(name) {
        return None;
    }
    let value = value.trim();
    let quoted = |quote: char| value.strip_prefix(quote).and_then(|it| it.strip_suffix(quote));
    Some((name, quoted('"').or_else(|| quoted('\'')).unwrap_or(value)))
}

fn set(settings: &mut Settings, line: usize, name: &str, value: &str, remarks: &mut Vec<Remark>) {
    match name {
        "SHELL" if value.trim().is_empty() => {}
        "SHELL" => settings.shell = Some(value.to_owned()),
        "MAILTO" | "MAILFROM" => {
            if !value.is_empty() {
                let message = format!(
                    "{name}={value:.80}: no mail is sent with what a command prints; logs are kept, and a hook tells you of failures"
                );
                remarks.push(Remark::left_out(line, message));
            }
        }
        "CRON_TZ" => settings.zone = Some(value.to_owned()).filter(|zone| !zone.is_empty()),
        "RANDOM_DELAY" => match value.parse() {
            Ok(minutes) if minutes <= 1440 => settings.random_delay = Some(minutes),
            _ => {
                let message = format!("RANDOM_DELAY={value:.20} is not a number of minutes");
                remarks.push(Remark::left_out(line, message));
            }
        },
        _ => {
            settings.env.retain(|(known, _)| known != name);
            settings.env.push((name.to_owned(), value.to_owned()));
        }
    }
}

/// The rule and what follows it.
fn entry(line: &str) -> Option<Entry<'_>> {
    let count = if line.starts_with('@') { 1 } else { 5 };
    let mut rest = line;
    let mut fields = Vec::new();
    for _ in 0..count {
        let (field, after) = rest.split_once(char::is_whitespace)?;
        fields.push(field);
        rest = after.trim_start();
    }
    // What is no time at all is prose.
    let is_field = |field: &&str| {
        field.starts_with(|c: char| c.is_ascii_digit() || "*@?".contains(c))
            || field.get(..3).is_some_and(|it| NAMES.contains(&it.to_ascii_lowercase().as_str()))
    };
    let is_entry = !rest.is_empty() && fields.iter().all(is_field);
    is_entry.then(|| Entry { rule: fields.join(" "), command: rest })
}

const NAMES: [&str; 19] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec", "sun",
    "mon", "tue", "wed", "thu", "fri", "sat",
];

fn is_rule(rule: &str) -> bool {
    PRESETS.contains(&rule) || ticks(rule, None).is_ok()
}

fn ticks(rule: &str, zone: Option<&str>) -> Result<(), ScheduleError> {
    Ticks::faults(&schedule(rule, zone)).into_iter().next().map_or(Ok(()), Err)
}

fn schedule(rule: &str, zone: Option<&str>) -> Schedule {
    Schedule {
        name: Ident::new("cron").unwrap_or_else(|_| Ident::untitled()),
        rule: ScheduleRule::Cron(rule.to_owned()),
        timezone: zone.map(str::to_owned),
        start: None,
        end: None,
        // What cron missed while the machine was off, it does not make up for.
        catch_up: CatchUp::None,
        jitter: None,
        params: None,
        extra: Vec::new(),
    }
}

fn workflow(
    entry: &Entry<'_>,
    line: usize,
    comment: Option<&str>,
    has_user: bool,
    settings: &Settings,
    taken: &HashSet<Ident>,
) -> Result<Imported, Remark> {
    let mut remarks = Vec::new();
    let mut command = entry.command;
    if has_user {
        let (user, rest) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        command = rest.trim_start();
        if command.is_empty() {
            return Err(Remark::left_out(
                line,
                format!("there is no command after the user `{user:.40}`"),
            ));
        }
        let message =
            format!("it ran as the user `{user:.40}`; a workflow runs as whoever runs Millrace");
        remarks.push(Remark::changed(line, message));
    }
    let (command, input) = at_percent(command);
    let name = comment.map_or_else(|| program(&command).to_owned(), str::to_owned);
    let mut workflow = draft::workflow(&name, taken);
    workflow.title = comment.and_then(draft::title);
    workflow.description = Some(format!("From line {line} of a crontab: `{}`", entry.rule));
    for (name, value) in &settings.env {
        workflow.env.insert(name.clone(), draft::value(value));
    }
    add_schedule(&mut workflow, entry, line, settings, &mut remarks);
    let shell = settings.shell.as_deref().unwrap_or("sh");
    let mut task = draft::task(&workflow, program(&command), "shell");
    task.title = draft::title(&command).filter(|title| title != task.name.as_str());
    let is_simple = is_simple_command(&command);
    task.spec = draft::shell_spec(&script(&command, input.as_deref()), shell, is_simple);
    workflow.tasks.push(task);
    Ok(draft::finish(workflow, remarks))
}

fn add_schedule(
    workflow: &mut Workflow,
    entry: &Entry<'_>,
    line: usize,
    settings: &Settings,
    remarks: &mut Vec<Remark>,
) {
    let rule = entry.rule.as_str();
    if rule == "@reboot" {
        let message = "@reboot: there is no schedule for the start of the machine; let the system start `millrace run`";
        return remarks.push(Remark::left_out(line, message));
    }
    let zone = settings.zone.as_deref().filter(|zone| {
        let is_known = ticks("@daily", Some(zone)).is_ok();
        if !is_known {
            let message =
                format!("CRON_TZ={zone:.40} is not a known time zone; the system's is used");
            remarks.push(Remark::changed(line, message));
        }
        is_known
    });
    if let Err(error) = ticks(rule, zone) {
        let help = error.help.map(|help| format!("; {help}")).unwrap_or_default();
        let message = format!("the schedule `{rule:.60}`: {}{help}", error.message);
        return remarks.push(Remark::left_out(line, message));
    }
    let fields: Vec<&str> = rule.split(' ').collect();
    if let [_, _, day, _, weekday] = fields.as_slice()
        && *day != "*"
        && *weekday != "*"
        && (day.starts_with('*') || weekday.starts_with('*'))
    {
        let message = format!(
            "the schedule `{rule:.60}`: cron wants the day of the month and the day of the week to match here, Millrace one of them"
        );
        remarks.push(Remark::changed(line, message));
    }
    let mut made = schedule(rule, zone);
    made.jitter = settings
        .random_delay
        .filter(|minutes| *minutes > 0)
        .map(|minutes| Span::from_secs(minutes * 60));
    workflow.schedules.push(made);
}

/// What stands before the first `%` is the command, what follows is its standard input, with a new line for each `%`.
fn at_percent(command: &str) -> (String, Option<String>) {
    let mut parts = vec![String::new()];
    let mut letters = command.chars().peekable();
    while let Some(letter) = letters.next() {
        let last = parts.len() - 1;
        match letter {
            '\\' if letters.peek() == Some(&'%') => {
                letters.next();
                parts[last].push('%');
            }
            '%' => parts.push(String::new()),
            other => parts[last].push(other),
        }
    }
    let command = parts.remove(0).trim_end().to_owned();
    let input = (!parts.is_empty()).then(|| parts.join("\n"));
    (command, input)
}

/// Cron starts commands in the home folder.
fn script(command: &str, input: Option<&str>) -> String {
    let goes_elsewhere = ["cd /", "cd ~"].iter().any(|start| command.starts_with(start));
    let home = if goes_elsewhere { "" } else { "cd\n" };
    let Some(input) = input else { return format!("{home}{command}") };
    let mut end = "END_OF_INPUT".to_owned();
    while input.lines().any(|line| line == end) {
        end.push('_');
    }
    format!("{home}{{\n{command}\n}} <<'{end}'\n{input}\n{end}")
}

/// The name of the first program in a command that is there for its own sake.
fn program(command: &str) -> &str {
    const ON_THE_WAY: [&str; 5] = ["cd", "test", "[", "[[", "."];
    const BEFORE: [&str; 9] =
        ["sudo", "nice", "ionice", "env", "exec", "sh", "bash", "nohup", "flock"];
    command
        .split([';', '&', '|'])
        .filter_map(|part| {
            let mut words =
                part.split_whitespace().map(|word| word.trim_matches(['(', ')', '{', '}', '!']));
            let is_program = |word: &&str| {
                !word.is_empty()
                    && !word.contains('=')
                    && !word.starts_with('-')
                    && !BEFORE.contains(word)
                    && !word.bytes().all(|byte| byte.is_ascii_digit())
            };
            let word = words.find(is_program).filter(|word| !ON_THE_WAY.contains(word))?;
            Some(draft::stem(word)).filter(|stem| stem.chars().any(char::is_alphanumeric))
        })
        .next()
        .unwrap_or("command")
}
