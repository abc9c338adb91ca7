//! Parameters, schedules, triggers and hooks.

use super::declare::{record, words};
use crate::document::{
    CatchUp, Extra, FileTrigger, Hook, HookAction, HookOn, HttpTrigger, Json, Overlap, Param,
    ParamKind, Schedule, ScheduleRule, TriggerRule, TriggerSource, WorkflowNames, WorkflowTrigger,
};
use crate::event::RunState;
use crate::ident::Ident;
use crate::time::Span;

record! {
    Param, "param", "A typed parameter: what a run can be given.",
    blank: Param {
        name: Ident::placeholder(),
        kind: ParamKind::String,
        default: None,
        required: false,
        choices: Vec::new(),
        min: None,
        max: None,
        pattern: None,
        description: None,
        extra: Extra::new(),
    },
    {
        need name "name": "Used as params.<name> in expressions.";
        should kind "type": "Its type.";
        maybe default "default": "Taken where a run gives none: a value of the type, or a text with ${ … } that gives one.";
        or (false) required "required": "Whether a run must give one.";
        or (Vec::<Json>::new()) choices "choices": "The values that are allowed.";
        maybe min "min": "Smallest number, earliest date, or least length.";
        maybe max "max": "Largest number, latest date, or greatest length.";
        maybe pattern "pattern": "A regular expression that the whole text must match.";
        maybe description "description": "Help, shown beside the field.";
    }
}

words! { ParamKind, "a type of parameters", [
    String = "string", Int = "int", Float = "float", Bool = "bool", Date = "date", Datetime = "datetime",
    Choice = "choice", File = "file", Directory = "directory", List = "list", Json = "json", Secret = "secret",
] }

record! {
    Schedule, "schedule", "A rule of the clock that starts runs.",
    blank: Schedule {
        name: Ident::placeholder(),
        rule: ScheduleRule::Cron(String::new()),
        timezone: None,
        start: None,
        end: None,
        catch_up: CatchUp::default(),
        jitter: None,
        params: None,
        extra: Extra::new(),
    },
    one_of: &["cron", "every", "at"],
    {
        need name "name": "Unique in the workflow.";
        case (String, ScheduleRule::Cron)
            rule "cron": "Five or six fields, or a preset such as @daily.";
        case (Span, ScheduleRule::Every)
            rule "every": "A fixed spacing, counted from `start`, else from 1970-01-01T00:00:00Z.";
        case (String, ScheduleRule::At)
            rule "at": "Once, at this instant (RFC 3339).";
        maybe timezone "timezone": "An IANA time zone such as Europe/Berlin; the system's by default.";
        maybe start "start": "Not before this instant (RFC 3339).";
        maybe end "end": "Not after this instant (RFC 3339).";
        or (CatchUp::Latest) catch_up "catch_up": "What becomes of missed ticks.";
        maybe jitter "jitter": "Each tick is late by a random time up to this.";
        maybe params "params": "The parameters of its runs: an object.";
    }
}

words! { CatchUp, "a way to catch up", [None = "none", Latest = "latest", All = "all"] }
words! { Overlap, "a way to overlap", [Skip = "skip", Queue = "queue", Replace = "replace"] }

record! {
    TriggerRule, "trigger", "What else starts runs.",
    blank: TriggerRule {
        name: Ident::placeholder(),
        source: TriggerSource::Http(HttpTrigger::default()),
        rate: None,
        params: None,
        extra: Extra::new(),
    },
    one_of: &["file", "workflow", "http"],
    {
        need name "name": "Unique in the workflow.";
        case (FileTrigger, TriggerSource::File)
            source "file": "New or changed files.";
        case (WorkflowTrigger, TriggerSource::Workflow)
            source "workflow": "The end of other workflows.";
        case (HttpTrigger, TriggerSource::Http)
            source "http": "A call with a token.";
        maybe rate "rate": "At most one run in this time.";
        maybe params "params": "The parameters of its runs: an object.";
    }
}

record! {
    FileTrigger, "file_trigger", "New or changed files.",
    blank: FileTrigger { stable: FileTrigger::DEFAULT_STABLE, ..FileTrigger::default() },
    {
        need glob "glob": "Which files.";
        or (FileTrigger::DEFAULT_STABLE) stable "stable": "How long a file must have been unchanged.";
    }
}

record! {
    WorkflowTrigger, "workflow_trigger", "The end of other workflows.",
    blank: WorkflowTrigger {
        names: WorkflowNames::All(Vec::new()),
        on: WorkflowTrigger::DEFAULT_ON.to_vec(),
        extra: Extra::new(),
    },
    one_of: &["all", "any"],
    {
        case (Vec<Ident>, WorkflowNames::All)
            names "all": "Workflows that must all have ended since the last run.";
        case (Vec<Ident>, WorkflowNames::Any)
            names "any": "Workflows of which one must have ended.";
        or (WorkflowTrigger::DEFAULT_ON.to_vec()) on "on": "The run states that count.";
    }
}

words! { RunState, "a state of runs", [
    Queued = "queued", Running = "running", Paused = "paused", Succeeded = "succeeded", Failed = "failed",
    Canceled = "canceled",
] }

record! {
    HttpTrigger, "http_trigger", "A call with a token.",
    blank: HttpTrigger::default(),
    {}
}

record! {
    Hook, "hook", "Who is told of what.",
    blank: Hook { on: HookOn::Failure, action: HookAction::Notify(Json::Null), extra: Extra::new() },
    one_of: &["notify", "task"],
    {
        should on "on": "What it waits for.";
        case (Json, HookAction::Notify)
            action "notify": "A channel of the settings, `desktop` or `none`; or an object with `channel` and `text`.";
        case (Ident, HookAction::Task)
            action "task": "A task without dependencies that is run for it.";
    }
}

words! { HookOn, "an occasion for hooks", [
    Success = "success", Failure = "failure", Recovery = "recovery", Retry = "retry", Finish = "finish",
    Waiting = "waiting", Missed = "missed", Slow = "slow",
] }
