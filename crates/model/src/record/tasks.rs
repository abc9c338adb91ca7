//! Tasks and what belongs to them.

use super::declare::record;
use crate::document::{Cache, EnvMap, Extra, ForEach, Hook, Join, Json, PoolUse, Repeat, Task};
use crate::ident::Ident;
use crate::time::Span;

record! {
    Task, "task", "One node of the graph.",
    blank: Task::new(Ident::placeholder(), ""),
    {
        need name "name": "Referred to by dependencies and expressions.";
        maybe title "title": "Free text, shown instead of the name.";
        should kind "kind": "What it does; `millrace kinds` lists them.";
        or (Json::Object(Vec::new())) spec "spec": "The kind's own fields.";
        maybe description "description": "What it is for, in Markdown.";
        or (EnvMap::new()) env "env": "Environment variables on top of the workflow's.";
        maybe workdir "workdir": "The folder in which it runs, seen from the workflow's.";
        or (Join::All) join "join": "When it starts, given its dependencies.";
        maybe min_succeeded "min_succeeded": "At least so many upstreams must have succeeded.";
        maybe when "when": "A condition (CEL); where it is false the task is skipped.";
        maybe for_each "for_each": "Runs it once for each item of a list.";
        maybe repeat "repeat": "Runs it again until a condition holds.";
        maybe retry "retry": "How often it is tried; the workflow's default otherwise.";
        maybe timeout "timeout": "An attempt that takes longer is stopped and has failed.";
        or (Task::DEFAULT_GRACE) grace "grace": "Time between asking it to stop and killing it.";
        maybe pool "pool": "Slots of a named pool that it holds while it runs.";
        maybe lock "lock": "A name: only one task with it runs at a time.";
        or (0) priority "priority": "Tasks with a higher one start first.";
        or (Vec::<String>::new()) produces "produces": "Patterns of the files that it makes, in its folder. Where all are there, it does not run; where one is missing after it, it has failed.";
        maybe cache "cache": "When an earlier result may be taken instead of running.";
        or (false) allow_failure "allow_failure": "Whether its failure leaves the run's state as it is.";
        or (Vec::<Ident>::new()) teardown_for "teardown_for": "The setups that it cleans up after.";
        or (Vec::<Hook>::new()) hooks "hooks": "Who is told of what.";
        or (false) disabled "disabled": "Whether it never runs.";
        maybe pinned_outputs "pinned_outputs": "Outputs that stand in for a run of it while editing: an object.";
    }
}

record! {
    ForEach, "for_each", "One task run for each item of a list.",
    blank: ForEach::default(),
    {
        need items "items": "An expression (CEL) that gives a list.";
        maybe max_parallel "max_parallel": "Items at a time.";
        or (false) fail_fast "fail_fast": "Whether the first failed item cancels the rest.";
    }
}

record! {
    Repeat, "repeat", "Again until a condition holds.",
    blank: Repeat { until: String::new(), delay: Span::ZERO, limit: Repeat::DEFAULT_LIMIT, extra: Extra::new() },
    {
        need until "until": "A condition (CEL) over the task's own `outputs`.";
        or (Span::ZERO) delay "delay": "Time between two iterations.";
        or (Repeat::DEFAULT_LIMIT) limit "limit": "At most so many iterations.";
    }
}

record! {
    PoolUse, "pool", "Slots of a named pool.",
    blank: PoolUse { name: String::new(), slots: 1, extra: Extra::new() },
    {
        need name "name": "The pool's name in the settings.";
        or (1) slots "slots": "How many slots.";
    }
}

record! {
    Cache, "cache", "When an earlier result may be taken instead of running.",
    blank: Cache::default(),
    {
        maybe key "key": "A text with ${ … }; the same key, spec and inputs give the same result.";
        maybe max_age "max_age": "Not older than this.";
    }
}
