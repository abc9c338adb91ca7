//! Numbers and durations in range, pools that exist, names that can be environment variables.

use super::Checker;
use crate::document::{EnvMap, EnvValue, PoolUse, RetryPolicy};
use crate::ident::is_variable;
use crate::problem::{Code, Path, Problem, Severity};
use crate::time::Span;

pub(super) fn check(checker: &mut Checker<'_>) {
    let workflow = checker.workflow;
    let defaults = || Path::root().key("defaults");
    let limits = || Path::root().key("limits");
    env(checker, &Path::root().key("env"), &workflow.env);
    env(checker, &defaults().key("env"), &workflow.defaults.env);
    timeout(checker, defaults().key("timeout"), workflow.defaults.timeout);
    timeout(checker, limits().key("timeout"), workflow.limits.timeout);
    let counts = [
        ("parallel_tasks", workflow.limits.parallel_tasks),
        ("active_runs", Some(workflow.limits.active_runs)),
    ];
    for (key, count) in counts {
        at_least_one(checker, limits().key(key), count);
    }
    if let Some(policy) = &workflow.defaults.retry {
        retry(checker, &defaults().key("retry"), policy);
    }
    if let Some(used) = &workflow.defaults.pool {
        pool(checker, &defaults().key("pool"), used);
    }
    for (at, task) in workflow.tasks.iter().enumerate() {
        let path = |key| Path::task(at).key(key);
        env(checker, &path("env"), &task.env);
        timeout(checker, path("timeout"), task.timeout);
        if let Some(policy) = &task.retry {
            retry(checker, &path("retry"), policy);
        }
        if let Some(used) = &task.pool {
            pool(checker, &path("pool"), used);
        }
        if let Some(map) = &task.for_each {
            at_least_one(checker, path("for_each").key("max_parallel"), map.max_parallel);
        }
        if let Some(repeat) = &task.repeat {
            at_least_one(checker, path("repeat").key("limit"), Some(repeat.limit));
        }
    }
}

fn at_least_one(checker: &mut Checker<'_>, path: Path, count: Option<u32>) {
    if count == Some(0) {
        checker.report(Code::BadLimit, path, "0 lets nothing run; at least 1 is expected");
    }
}

fn timeout(checker: &mut Checker<'_>, path: Path, timeout: Option<Span>) {
    if timeout == Some(Span::ZERO) {
        checker.push(
            Problem::new(Code::BadTimeout, path, "a time limit of 0s stops everything at once")
                .help("write a longer one, or leave it out for no limit"),
        );
    }
}

fn retry(checker: &mut Checker<'_>, path: &Path, policy: &RetryPolicy) {
    let at = |key| path.clone().key(key);
    if policy.attempts == 0 {
        checker.push(
            Problem::new(Code::BadRetry, at("attempts"), "0 attempts would never run the task")
                .help("`attempts` counts all tries: 1 is once, without a retry"),
        );
    }
    if !policy.backoff.is_finite() || policy.backoff < 1.0 {
        let message = format!("the backoff {} is below 1: delays would shrink", policy.backoff);
        checker.push(
            Problem::new(Code::BadRetry, at("backoff"), message)
                .help("1 keeps the delay, 2 doubles it each time"),
        );
    }
    if let Some(longest) = policy.max_delay
        && longest < policy.delay
    {
        let message =
            format!("the longest delay {longest} is shorter than the first, {}", policy.delay);
        checker.report(Code::BadRetry, at("max_delay"), message);
    }
    if policy.on.is_empty() && policy.attempts > 1 {
        let mut problem = Problem::new(
            Code::BadRetry,
            at("on"),
            format!(
                "nothing is tried again although there are {} attempts: `on` is empty",
                policy.attempts
            ),
        )
        .help("leave `on` out for failures and time-outs");
        problem.severity = Severity::Warning;
        checker.push(problem);
    }
}

fn pool(checker: &mut Checker<'_>, path: &Path, used: &PoolUse) {
    if used.slots == 0 {
        checker.report(
            Code::BadPool,
            path.clone().key("slots"),
            "0 slots hold nothing; at least 1 is expected",
        );
    }
    let Some(pools) = checker.pools else { return };
    match pools.get(&used.name) {
        Some(slots) if used.slots > *slots => {
            let message = format!(
                "{} slots of the pool `{}` are asked for, and it has {slots}",
                used.slots, used.name
            );
            checker.report(Code::BadPool, path.clone().key("slots"), message);
        }
        Some(_) => {}
        None => {
            let near = crate::suggest::nearest(&used.name, pools.keys().map(String::as_str));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("define it in the settings, as in [pools] {} = 4", used.name),
            };
            let message = format!("there is no pool `{}`", used.name);
            checker.push(
                Problem::new(Code::UnknownPool, path.clone().key("name"), message).help(help),
            );
        }
    }
}

fn env(checker: &mut Checker<'_>, path: &Path, env: &EnvMap) {
    for (name, value) in env {
        let at = || path.clone().key(name);
        if !is_variable(name) {
            checker.push(
                Problem::new(
                    Code::BadEnv,
                    at(),
                    format!("`{name}` cannot be an environment variable"),
                )
                .help("use letters, digits and _, and no digit at the start")
                .at_key(),
            );
        } else if name.starts_with("MILLRACE_") {
            let mut problem = Problem::new(
                Code::BadEnv,
                at(),
                format!(
                    "`{name}` has no effect where Millrace sets a variable of that name itself"
                ),
            )
            .help("use a name without MILLRACE_ in front")
            .at_key();
            problem.severity = Severity::Warning;
            checker.push(problem);
        }
        if let EnvValue::Template(text) = value
            && text.contains('\0')
        {
            let message =
                format!("the value of `{name}` holds a NUL character, which no variable can");
            checker.report(Code::BadEnv, at(), message);
        }
    }
}
