//! Random documents.

use indexmap::IndexMap;
use millrace_model::document::*;
use millrace_model::event::RunState;
use millrace_model::ident::Ident;
use millrace_model::kinds::{self, FieldShape};
use millrace_model::time::Span;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

pub(super) fn ident() -> impl Strategy<Value = Ident> {
    "[a-z][a-z0-9_]{0,5}".prop_filter_map("reserved", |text| Ident::new(&text).ok())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[ -~]{0,12}", ".{0,8}", Just("a\n\t\"\\\u{1}ü😀".to_owned())]
}

fn span() -> impl Strategy<Value = Span> {
    (0..=Span::MAX.as_millis()).prop_map(Span::from_millis)
}

pub(super) fn tree() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        any::<i64>().prop_map(|number| Json::Number(number.to_string())),
        "-?(0|[1-9][0-9]{0,3})\\.[0-9]{1,3}(e[+-]?[0-9])?".prop_map(Json::Number),
        text().prop_map(Json::String),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Json::Array),
            vec((text(), inner), 0..5).prop_map(object),
        ]
    })
}

fn object(members: Vec<(String, Json)>) -> Json {
    let members: IndexMap<String, Json> = members.into_iter().collect();
    Json::Object(members.into_iter().collect())
}

/// An object with some of a workflow's keys, each with any value.
pub(super) fn broken_workflow() -> impl Strategy<Value = Json> {
    let key = prop::sample::select(vec![
        "name", "title", "params", "env", "defaults", "limits", "tasks", "tags", "layout",
        "workdir", "odd",
    ]);
    vec((key, tree()), 0..6).prop_map(|members| {
        let known = [("millrace", Json::Number("1".to_owned())), ("name", Json::from("w"))];
        object(
            known.into_iter().chain(members).map(|(key, value)| (key.to_owned(), value)).collect(),
        )
    })
}

fn atoms() -> impl Strategy<Value = AtomSet> {
    (1u8..32)
        .prop_map(|bits| AtomSet::of(Atom::ALL.into_iter().filter(|atom| bits & *atom as u8 != 0)))
}

fn env() -> impl Strategy<Value = EnvMap> {
    let value =
        prop_oneof![text().prop_map(EnvValue::Template), "[a-z]{1,5}".prop_map(EnvValue::Secret)];
    vec(("[A-Z_]{1,6}", value), 0..3).prop_map(|pairs| pairs.into_iter().collect())
}

fn retry() -> impl Strategy<Value = RetryPolicy> {
    let on = prop_oneof![
        Just(RetryOn::Failed),
        Just(RetryOn::Timeout),
        Just(RetryOn::Lost),
        Just(RetryOn::Unknown),
        Just(RetryOn::Error),
        (0..=255i32).prop_map(RetryOn::Exit),
        (100..=599u16).prop_map(RetryOn::Status),
    ];
    (any::<u32>(), span(), -9.0..9.0f64, option::of(span()), any::<bool>(), vec(on, 0..3)).prop_map(
        |(attempts, delay, backoff, max_delay, jitter, on)| RetryPolicy {
            attempts,
            delay,
            backoff,
            max_delay,
            jitter,
            on,
            extra: Vec::new(),
        },
    )
}

fn pool() -> impl Strategy<Value = PoolUse> {
    (text(), any::<u32>()).prop_map(|(name, slots)| PoolUse { name, slots, extra: Vec::new() })
}

fn hook() -> impl Strategy<Value = Hook> {
    let action =
        prop_oneof![tree().prop_map(HookAction::Notify), ident().prop_map(HookAction::Task)];
    (prop::sample::select(vec![HookOn::Success, HookOn::Slow]), action)
        .prop_map(|(on, action)| Hook { on, action, extra: Vec::new() })
}

pub(super) fn task() -> impl Strategy<Value = Task> {
    let join = prop_oneof![
        Just(Join::All),
        Just(Join::Any),
        Just(Join::None),
        text().prop_map(Join::Expr)
    ];
    let for_each = (text(), option::of(any::<u32>()), any::<bool>()).prop_map(
        |(items, max_parallel, fail_fast)| ForEach {
            items,
            max_parallel,
            fail_fast,
            extra: Vec::new(),
        },
    );
    let repeat = (text(), span(), any::<u32>()).prop_map(|(until, delay, limit)| Repeat {
        until,
        delay,
        limit,
        extra: Vec::new(),
    });
    let cache = (option::of(text()), option::of(span())).prop_map(|(key, max_age)| Cache {
        key,
        max_age,
        extra: Vec::new(),
    });
    let first =
        (ident(), option::of(text()), "[a-z]{1,6}", vec((text(), tree()), 0..3), env(), join);
    let second = (option::of(for_each), option::of(repeat), option::of(retry()), option::of(cache));
    let third = (option::of(span()), span(), option::of(pool()), any::<i32>(), any::<bool>());
    let fourth = (vec(text(), 0..2), vec(ident(), 0..2), vec(hook(), 0..2), option::of(tree()));
    (first, second, third, fourth, option::of(any::<u32>()), option::of(text())).prop_map(
        |(first, second, third, fourth, min_succeeded, when)| {
            let mut task = Task::new(first.0, &first.2);
            (task.title, task.env, task.join) = (first.1, first.4, first.5);
            task.spec = object(first.3);
            (task.for_each, task.repeat, task.retry, task.cache) = second;
            (task.timeout, task.grace, task.pool, task.priority, task.disabled) = third;
            task.allow_failure = task.disabled;
            (task.produces, task.teardown_for, task.hooks, task.pinned_outputs) = fourth;
            (task.min_succeeded, task.when) = (min_succeeded, when.clone());
            (task.lock, task.workdir, task.description) = (when.clone(), when.clone(), when);
            task
        },
    )
}

fn dependency() -> impl Strategy<Value = Dependency> {
    (ident(), ident(), atoms(), option::of(text())).prop_map(|(from, to, on, branch)| Dependency {
        from,
        to,
        on,
        branch,
        extra: Vec::new(),
    })
}

fn param() -> impl Strategy<Value = Param> {
    let bounds = (option::of(tree()), option::of(tree()), option::of(tree()));
    let kind = prop::sample::select(ParamKind::ALL.to_vec());
    (ident(), kind, bounds, any::<bool>(), vec(tree(), 0..3), option::of(text())).prop_map(
        |(name, kind, (default, min, max), required, choices, pattern)| Param {
            name,
            kind,
            default,
            required,
            choices,
            min,
            max,
            description: pattern.clone(),
            pattern,
            extra: Vec::new(),
        },
    )
}

fn schedule() -> impl Strategy<Value = Schedule> {
    let rule = prop_oneof![
        text().prop_map(ScheduleRule::Cron),
        span().prop_map(ScheduleRule::Every),
        text().prop_map(ScheduleRule::At)
    ];
    let catch_up = prop::sample::select(vec![CatchUp::None, CatchUp::Latest, CatchUp::All]);
    (ident(), rule, option::of(text()), catch_up, option::of(span()), option::of(tree())).prop_map(
        |(name, rule, timezone, catch_up, jitter, params)| Schedule {
            name,
            rule,
            start: timezone.clone(),
            end: timezone.clone(),
            timezone,
            catch_up,
            jitter,
            params,
            extra: Vec::new(),
        },
    )
}

fn trigger() -> impl Strategy<Value = TriggerRule> {
    let names = prop_oneof![
        vec(ident(), 0..3).prop_map(WorkflowNames::All),
        vec(ident(), 0..3).prop_map(WorkflowNames::Any)
    ];
    let source = prop_oneof![
        (text(), span()).prop_map(|(glob, stable)| {
            TriggerSource::File(FileTrigger { glob, stable, extra: Vec::new() })
        }),
        (names, vec(prop::sample::select(RunState::ALL.to_vec()), 0..3)).prop_map(|(names, on)| {
            TriggerSource::Workflow(WorkflowTrigger { names, on, extra: Vec::new() })
        }),
        Just(TriggerSource::Http(HttpTrigger::default())),
    ];
    (ident(), source, option::of(span())).prop_map(|(name, source, rate)| TriggerRule {
        name,
        source,
        rate,
        params: None,
        extra: Vec::new(),
    })
}

fn layout() -> impl Strategy<Value = Layout> {
    let point = || (-9e4..9e4f64, -9e4..9e4f64).prop_map(|(x, y)| [x, y]);
    let note = (point(), point(), text(), option::of(text()))
        .prop_map(|(at, size, text, colour)| Note { at, size, text, colour, extra: Vec::new() });
    let group = (text(), vec(ident(), 0..3), any::<bool>()).prop_map(|(name, tasks, collapsed)| {
        Group { name, tasks, collapsed, colour: None, extra: Vec::new() }
    });
    (vec((ident(), point()), 0..4), vec(note, 0..2), vec(group, 0..2)).prop_map(
        |(tasks, notes, groups)| Layout {
            tasks: tasks.into_iter().collect(),
            notes,
            groups,
            extra: Vec::new(),
        },
    )
}

/// A kind of this version and a spec for it: some of its fields, most with a value that fits.
pub(super) fn spec() -> impl Strategy<Value = (&'static str, Json)> {
    prop::sample::select(kinds::all().to_vec()).prop_flat_map(|kind| {
        let fields: Vec<_> = kind.fields.iter().map(spec_field).collect();
        let odd = option::weighted(0.1, (text(), tree()));
        (Just(kind.id), fields, odd).prop_map(|(id, fields, odd)| {
            (id, object(fields.into_iter().flatten().chain(odd).collect()))
        })
    })
}

fn spec_field(field: &kinds::Field) -> impl Strategy<Value = Option<(String, Json)>> + use<> {
    let texts = || vec(text().prop_map(Json::String), 0..3);
    let fitting = match field.shape {
        FieldShape::Text { .. } | FieldShape::Path { .. } | FieldShape::Connection { .. } => {
            text().prop_map(Json::String).boxed()
        }
        FieldShape::Int { min, max } => {
            (min..=max).prop_map(|number| Json::Number(number.to_string())).boxed()
        }
        FieldShape::Bool => any::<bool>().prop_map(Json::Bool).boxed(),
        FieldShape::Choice { choices, .. } => {
            prop::sample::select(choices).prop_map(Json::from).boxed()
        }
        FieldShape::TextList => texts().prop_map(Json::Array).boxed(),
        FieldShape::KeyValue => {
            vec((text(), text().prop_map(Json::String)), 0..3).prop_map(object).boxed()
        }
        FieldShape::Params => {
            let member = |key: &str, text: String| (key.to_owned(), Json::String(text));
            let declared = (ident(), prop::sample::select(vec!["int", "string", "choice"]));
            let declared = declared.prop_map(move |(name, kind)| {
                object(vec![member("name", name.to_string()), member("type", kind.to_owned())])
            });
            vec(declared, 0..3).prop_map(Json::Array).boxed()
        }
        FieldShape::KeyValueOrSecret => {
            let secret =
                text().prop_map(|name| object(vec![("secret".to_owned(), Json::String(name))]));
            let value = prop_oneof![text().prop_map(Json::String), secret];
            vec((text(), value), 0..3).prop_map(object).boxed()
        }
    };
    let value = prop_oneof![8 => fitting, 1 => Just(Json::Null), 1 => tree()];
    let key = field.key.to_owned();
    let is_given = if field.required { 0.95 } else { 0.5 };
    option::weighted(is_given, value).prop_map(move |value| value.map(|value| (key.clone(), value)))
}

pub(super) fn workflow() -> impl Strategy<Value = Workflow> {
    let lists =
        (vec(param(), 0..3), vec(schedule(), 0..2), vec(trigger(), 0..2), vec(hook(), 0..2));
    let graph = (vec(task(), 0..5), vec(dependency(), 0..5), layout());
    let overlap = prop::sample::select(vec![Overlap::Skip, Overlap::Queue, Overlap::Replace]);
    let limits =
        (option::of(any::<u32>()), any::<u32>(), overlap, option::of(span()), any::<bool>())
            .prop_map(|(parallel_tasks, active_runs, overlap, timeout, fail_fast)| Limits {
                parallel_tasks,
                active_runs,
                overlap,
                timeout,
                fail_fast,
                extra: Vec::new(),
            });
    let defaults = (option::of(retry()), option::of(span()), env(), option::of(pool())).prop_map(
        |(retry, timeout, env, pool)| Defaults { retry, timeout, env, pool, extra: Vec::new() },
    );
    (ident(), option::of(text()), env(), defaults, limits, lists, graph, vec(text(), 0..3))
        .prop_map(|(name, title, env, defaults, limits, lists, graph, tags)| {
            let mut workflow = Workflow::new(name);
            (workflow.params, workflow.schedules, workflow.triggers, workflow.hooks) = lists;
            (workflow.tasks, workflow.dependencies, workflow.layout) = graph;
            (workflow.env, workflow.defaults, workflow.limits) = (env, defaults, limits);
            (workflow.schema, workflow.description) = (title.clone(), title.clone());
            (workflow.title, workflow.tags) = (title, tags);
            workflow
        })
}
