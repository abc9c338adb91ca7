//! Tests of expressions as a whole: values, references, errors, bounds.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::Values;
use crate::event::TaskState;
use crate::ident::Ident;
use crate::time::Timestamp;

fn values(value: &Value) -> Arc<Values> {
    Arc::new(value.as_object().unwrap().clone())
}

fn task(state: TaskState, outputs: Option<&Value>) -> TaskScope {
    TaskScope { state, outputs: outputs.map(values) }
}

fn scope() -> Scope {
    let params = json!({
        "n": 3, "f": 1.5, "big": 18_446_744_073_709_551_615_u64, "day": "2026-11-23", "on": true, "none": null,
        "list": [1, 2, 3], "names": ["b", "a"], "map": {"k": {"deep": 1}}, "text": "it's ${x}; rm -rf"
    });
    let tasks = [
        (
            "extract",
            task(TaskState::Succeeded, Some(&json!({"rows": 7, "file": "/data/sales.csv"}))),
        ),
        ("quiet", task(TaskState::Succeeded, None)),
        ("slow", task(TaskState::Running, None)),
        ("broken", task(TaskState::Failed, None)),
    ];
    Scope {
        params: values(&params),
        run: RunScope {
            run: "8f2c41d900000001".to_owned(),
            logical_time: Timestamp(1_795_413_600_000_000),
            trigger: "schedule".to_owned(),
            event: String::new(),
            try_number: 2,
        },
        tasks: tasks.into_iter().map(|(name, task)| (Ident::new(name).unwrap(), task)).collect(),
        env: Arc::new(BTreeMap::from([("HOME".to_owned(), "/home/me".to_owned())])),
        ..Scope::default()
    }
}

fn eval(source: &str) -> Result<Value, ExprError> {
    Expr::parse(source)?.eval(&scope())
}

fn error(source: &str) -> String {
    match eval(source) {
        Ok(value) => panic!("{source} gives {value}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn reads_the_scope() {
    for (source, value) in [
        ("params.n + 1", json!(4)),
        ("params['n']", json!(3)),
        ("params.big", json!(18_446_744_073_709_551_615_u64)),
        ("params.none == null", json!(true)),
        ("params.map.k.deep", json!(1)),
        ("params.list[2]", json!(3)),
        ("params.text", json!("it's ${x}; rm -rf")),
        ("params.list.map(x, x * params.n)", json!([3, 6, 9])),
        ("run.id", json!("8f2c41d900000001")),
        ("run.trigger == 'schedule' && run.try == 2", json!(true)),
        ("run.logical_time", json!("2026-11-23T06:00:00Z")),
        ("date(run.logical_time)", json!("2026-11-23")),
        ("run.logical_time - duration('1h')", json!("2026-11-23T05:00:00Z")),
        ("run.logical_time.getDayOfWeek()", json!(1)),
        ("tasks.extract.outputs.rows > 0", json!(true)),
        ("tasks.extract.state", json!("succeeded")),
        ("tasks['extract'].outputs['rows']", json!(7)),
        ("tasks.extract.outputs", json!({"rows": 7, "file": "/data/sales.csv"})),
        ("size(tasks.extract.outputs)", json!(2)),
        ("'rows' in tasks.extract.outputs", json!(true)),
        (
            "tasks.extract",
            json!({"state": "succeeded", "outputs": {"rows": 7, "file": "/data/sales.csv"}}),
        ),
        ("(run.try > 1 ? tasks.extract : tasks.slow).outputs.rows", json!(7)),
        ("has(tasks.extract.outputs.rows)", json!(true)),
        ("has(tasks.extract.outputs.nope)", json!(false)),
        ("has(tasks.slow.outputs.rows) ? 1 : 0", json!(0)),
        ("tasks.slow.outputs.?rows.orValue(5)", json!(5)),
        ("tasks.extract.outputs.?rows.orValue(5)", json!(7)),
        ("tasks.slow.outputs", json!({})),
        ("['extract', 'slow'].map(t, tasks[t].state)", json!(["succeeded", "running"])),
        ("env.HOME", json!("/home/me")),
        ("env", json!({"HOME": "/home/me"})),
        ("env == {'HOME': '/home/me'} && {'HOME': '/home/me'} == env", json!(true)),
        ("params.list.filter(params, params > 1)", json!([2, 3])),
        ("[{'state': 1}].map(tasks, tasks.state)", json!([1])),
        ("{'a': 1, 'b': [true, null]}", json!({"a": 1, "b": [true, null]})),
        ("b'abc'", json!("YWJj")),
        ("duration('90s')", json!("90s")),
        ("duration('1500ms')", json!("1.5s")),
        ("// comment\n1", json!(1)),
    ] {
        assert_eq!(eval(source), Ok(value), "{source}");
    }
}

#[test]
fn item_index_and_own_outputs_are_there_when_given() {
    let scope = Scope {
        item: Some(json!({"name": "a", "size": 2})),
        index: Some(4),
        outputs: Some(values(&json!({"done": true}))),
        ..Scope::default()
    };
    let eval = |source: &str| Expr::parse(source).unwrap().eval(&scope);
    assert_eq!(eval("item.name + string(index)"), Ok(json!("a4")));
    assert_eq!(eval("item"), Ok(json!({"name": "a", "size": 2})));
    assert_eq!(eval("outputs.done"), Ok(json!(true)));
    assert_eq!(eval("has(outputs.other)"), Ok(json!(false)));
}

#[test]
fn a_condition_must_be_true_or_false() {
    let eval = |source: &str| Expr::parse(source).unwrap().eval_bool(&scope());
    assert_eq!(eval("params.on"), Ok(true));
    assert_eq!(eval("params.n > 3"), Ok(false));
    insta::assert_snapshot!(
        eval("params.n").unwrap_err(),
        @"`params.n` is an int, but a condition must be true or false; compare it, as in `… == 1`"
    );
}

#[test]
fn finds_what_is_read() {
    let read = |source: &str| Expr::parse(source).unwrap().references().clone();
    let all = read(
        "params.a + params['b'] + tasks.t.outputs.x + tasks.t.outputs.y + tasks.u.state + env.H + string(index)",
    );
    assert_eq!(all.params, BTreeMap::from([("a".to_owned(), 1), ("b".to_owned(), 12)]));
    assert_eq!(all.tasks.keys().collect::<Vec<_>>(), ["t", "u"]);
    assert_eq!(all.tasks["t"].outputs.iter().collect::<Vec<_>>(), ["x", "y"]);
    assert!(!all.tasks["t"].state && all.tasks["u"].state && all.index && !all.item && !all.run);
    assert_eq!(all.tasks["t"].column, 26);
    assert!(all.env.contains_key("H"));
    assert!(read("has(tasks.t.outputs.x)").tasks["t"].outputs.contains("x"));
    assert!(read("tasks.t.?outputs.?x.orValue(1)").tasks["t"].outputs.contains("x"));
    assert!(read("tasks.t").tasks["t"].any_output);
    assert!(read("tasks.t.outputs[params.k]").tasks["t"].any_output);
    assert!(read("tasks.t.outputs[params.k]").params.contains_key("k"));
    assert!(read("tasks").any_task && read("params").any_param && read("env").any_env);
    assert!(read("run.try").run_try && !read("run.id").run_try && read("run").run_try);
    assert!(read("params.list.map(item, item + 1)").params.contains_key("list"));
    assert!(!read("params.list.map(item, item + 1)").item);
    assert!(read("[item].map(x, x)").item);
    assert!(!read("item").is_constant_in_task() && read("params.x").is_constant_in_task());
}

#[test]
fn columns_count_characters() {
    for (source, column) in [
        ("'ä' + parms.x", 7),
        ("1 +", 4),
        ("'äöü' + 1 + nope(2)", 13),
        ("'ä' + date (1)", 7),
        ("params.n +\n  params.nope", 14),
    ] {
        let found = eval(source).unwrap_err();
        assert_eq!(found.column, Some(column), "{source}: {found}");
    }
}

#[test]
fn errors_of_reading_help() {
    let cases = [
        "",
        "1 +",
        "(1",
        "1 2",
        "'abc",
        "a b",
        "parms.x",
        "banana",
        "run.tri",
        "tasks.extract.rows",
        "tasks.extract.stat",
        "trmi('x')",
        "frobnicate(1)",
        "date()",
        "'a'.trim(1)",
        "[1].map(x)",
        "Foo{a: 1}",
        "upper",
        "1 = 1",
        "a && ",
        "if (x)",
        "math.greatest(1, 2)",
        "params.a ? 1",
        "@call(1)",
        "x.y.z",
    ];
    let text: Vec<String> = cases
        .iter()
        .map(|source| format!("{source:24} {}", Expr::parse(source).unwrap_err()))
        .collect();
    insta::assert_snapshot!(text.join("\n"));
}

#[test]
fn errors_of_evaluating_help() {
    let cases = [
        "tasks.extract.outputs.rws",
        "tasks.extract.outputs.banana",
        "tasks.quiet.outputs.rows > 0",
        "tasks.slow.outputs.rows > 0",
        "tasks.broken.outputs.rows",
        "tasks.other.outputs.rows",
        "tasks.other.state == 'x'",
        "params.nn",
        "params.map.x",
        "params.n.x",
        "env.PATH",
        "item",
        "outputs.x",
        "params.n + 'a'",
        "params.n + params.f",
        "params.n / 0",
        "9223372036854775807 + 1",
        "params.list[7]",
        "params.names < 3",
        "params.none > 3",
        "!params.n",
        "params.n ? 1 : 2",
        "params.n && true",
        "params.n.map(x, x)",
        "size(params.n)",
        "params.n.startsWith('a')",
        "1 + 2 + date('x')",
        "params.on ? [1, 2].map(x, x / 0) : []",
        "['a'].map(x, x.trim() + 1)",
        "'a'.matches('(')",
        "type(1)",
        "0.0 / 0.0",
        "timestamp('x')",
        "timestamp('9999-12-31T23:59:59Z') + duration('24h')",
        "int('x')",
        "'abc'.substring(2, 9)",
        "[].first()",
        "['a', 1].join()",
        "{'a': 1, 'a': 2}",
        "params.list + params.map",
    ];
    let text: Vec<String> =
        cases.iter().map(|source| format!("{source:52} {}", error(source))).collect();
    insta::assert_snapshot!(text.join("\n"));
}

/// What would take years or fill the memory is refused soon.
#[test]
fn work_is_bounded() {
    let long: Vec<u32> = (0..100_000).collect();
    let text = "x".repeat(1024 * 1024);
    let scope = Scope { params: values(&json!({"l": long, "s": text})), ..Scope::default() };
    let run = |source: &str| Expr::parse(source).unwrap().eval(&scope);
    assert_eq!(run("params.l.filter(x, x % 2 == 0).size()"), Ok(json!(50_000)));
    assert_eq!(run("size(params.s + params.s)"), Ok(json!(2 * 1024 * 1024)));
    for source in [
        "params.l.map(a, params.l.map(b, params.l.map(c, 1))).size()",
        "params.l.exists(a, params.l.exists(b, a + b == -1))",
        "params.l.all(a, params.l.all(b, true) || true) || true",
        "params.l.filter(a, a in params.l).size()",
        "[params.l].map(l, l.filter(a, a in l)).size()",
        "[params.l].map(l, params.l.filter(a, l == l)).size()",
        "params.l.map(a, [params.s + 'x']).size()",
        "[params.s + 'x'].map(s, params.l.map(a, [s, s, s])).size()",
        "[params.s + 'x'].map(s, params.l.map(a, size(s))).size()",
        "[params.s + 'x'].map(s, params.l.map(a, s == s)).size()",
        "[params.s + 'x'].map(s, params.l.map(a, s.upper())).size()",
        "params.l.map(a, 'a'.matches('(a|b)*' + string(a))).size()",
        "params.l.map(a, {'k': params.s + 'x'}).size()",
        "params.l.distinct().size()",
    ] {
        let error = run(source).unwrap_err().to_string();
        assert!(error.contains("steps"), "{source}: {error}");
    }
    let large = "params.l.map(a, 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx')";
    let error = run(large).unwrap_err().to_string();
    assert!(error.contains("larger than 4 MiB"), "{large}: {error}");
    for source in [
        "params.s.replace('x', params.s)",
        "params.s.split('').join(params.s)",
        "'a'.pad_start(9223372036854775807)",
        "params.s.replace_all('x', params.s)",
        "range(1000000000)",
        "params.s + params.s + params.s + params.s + params.s",
    ] {
        let error = run(source).unwrap_err().to_string();
        assert!(error.contains("longer than") || error.contains("more than"), "{source}: {error}");
    }
}

/// The deepest expressions that are allowed evaluate on a small stack.
#[test]
fn depth_is_bounded() {
    let deep = |count: usize| {
        [
            format!("{}1{}", "(".repeat(count), ")".repeat(count)),
            format!("{}1{}", "[".repeat(count), "]".repeat(count)),
            format!("{}{{}}{}", "{'a':".repeat(count / 2), "}".repeat(count / 2)),
            format!("{}true", "!".repeat(count)),
            format!("{}1", "-".repeat(count)),
            format!("1{}", "+1".repeat(count)),
            format!("'a'{}", "+'a'".repeat(count)),
            format!("{}1", "true ? 1 : ".repeat(count / 2)),
            format!("true{}", " && true".repeat(count)),
            format!("true{}", " || true".repeat(count)),
            format!("{{'a': 1}}{}", ".a".repeat(count)),
            format!("[1]{}", "[0]".repeat(count / 2)),
            format!("{}1{}", "abs(".repeat(count), ")".repeat(count)),
            format!("'a'{}", ".trim()".repeat(count / 2)),
            format!("{}1{}", "[1].map(x, ".repeat(count / 2), ")".repeat(count / 2)),
            format!("{}true{}", "[1].all(x, ".repeat(count / 2), ")".repeat(count / 2)),
            format!("{}1{}", "[1].filter(x, x == ".repeat(count / 3), ")".repeat(count / 3)),
        ]
    };
    let on_small_stack = |work: Box<dyn FnOnce() + Send>| {
        std::thread::Builder::new()
            .stack_size(2 * 1024 * 1024)
            .spawn(work)
            .unwrap()
            .join()
            .unwrap();
    };
    for source in deep(limits::MAX_DEPTH - 4).into_iter().chain(deep(limits::MAX_DEPTH * 3)) {
        on_small_stack(Box::new(move || {
            if let Ok(expr) = Expr::parse(&source) {
                let _value = expr.eval(&scope());
            }
        }));
    }
    for source in deep(5_000) {
        let error = Expr::parse(&source).unwrap_err().to_string();
        assert!(error.contains("levels") || error.contains("bytes"), "{error}");
    }
}

#[test]
fn an_expression_is_shared_and_sendable() {
    fn check<T: Send + Sync + Clone>() {}
    check::<Expr>();
    check::<crate::template::Template>();
}

/// Prints how fast a typical condition is; `cargo test --release -p millrace-model -- --ignored --nocapture speed`.
#[test]
#[ignore = "a measurement, not a check"]
fn speed() {
    let scope = scope();
    for source in [
        "tasks.extract.outputs.rows > 0",
        "params.day",
        "params.list.map(x, x + 1)",
        "date(run.logical_time)",
    ] {
        let started = std::time::Instant::now();
        for _ in 0..1_000 {
            Expr::parse(source).unwrap();
        }
        let parse = started.elapsed() / 1_000;
        let expr = Expr::parse(source).unwrap();
        let started = std::time::Instant::now();
        for _ in 0..100_000 {
            expr.eval(&scope).unwrap();
        }
        println!("{source}: parse {parse:?}, eval {:?}", started.elapsed() / 100_000);
    }
}

#[test]
fn macros_go_over_the_keys_of_an_object_in_their_order() {
    let keys = "{'c': 1, 'a': 2, 'e': 3, 'b': 4, 'd': 5}.map(k, k)";
    for _ in 0..20 {
        let value = Expr::parse(keys).unwrap().eval(&Scope::default()).unwrap();
        assert_eq!(value, serde_json::json!(["a", "b", "c", "d", "e"]));
    }
}

/// Sources that look like expressions.
fn sources() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[0-9]{1,19}u?",
        "[0-9]{1,3}\\.[0-9]{1,3}",
        "'[a-c${}]{0,4}'",
        Just("true".to_owned()),
        Just("null".to_owned()),
        Just("params.list".to_owned()),
        Just("params.n".to_owned()),
        Just("params.names".to_owned()),
        Just("params.text".to_owned()),
        Just("tasks.extract.outputs".to_owned()),
        Just("tasks.slow.outputs.x".to_owned()),
        Just("run.logical_time".to_owned()),
        Just("params".to_owned()),
        Just("duration('1h')".to_owned()),
        Just("duration('-9223372036s')".to_owned()),
        Just("timestamp('0001-01-01T00:00:00Z')".to_owned()),
        Just("timestamp('9999-12-31T23:59:59.999Z')".to_owned()),
        Just("-9223372036854775808".to_owned()),
        Just("1e308".to_owned()),
        Just("x".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        let functions: Vec<(&str, usize)> = FUNCTIONS
            .iter()
            .flat_map(|f| (f.arity.0..=f.arity.1.min(4)).map(|count| (f.name, count)))
            .collect();
        let call = (
            prop::sample::select(functions),
            prop::collection::vec(inner.clone(), 4),
            any::<bool>(),
        )
            .prop_map(|((name, count), args, member)| match (member, &args[..count]) {
                (true, [first, rest @ ..]) => format!("({first}).{name}({})", rest.join(", ")),
                (_, args) => format!("{name}({})", args.join(", ")),
            });
        let operators = prop::sample::select(vec![
            "+", "-", "*", "/", "%", "==", "!=", "<", ">=", "&&", "||", "in",
        ]);
        prop_oneof![
            (inner.clone(), operators, inner.clone())
                .prop_map(|(a, o, b)| format!("({a} {o} {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a})[{b}]")),
            (inner.clone(), inner.clone(), inner.clone())
                .prop_map(|(a, b, c)| format!("({a} ? {b} : {c})")),
            (
                inner.clone(),
                prop::sample::select(vec!["map", "filter", "all", "exists", "exists_one"]),
                inner.clone()
            )
                .prop_map(|(a, m, b)| format!("({a}).{m}(x, {b})")),
            prop::collection::vec(inner.clone(), 0..3)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            (inner.clone(), inner.clone()).prop_map(|(k, v)| format!("{{{k}: {v}}}")),
            inner.clone().prop_map(|a| format!("!({a})")),
            inner.clone().prop_map(|a| format!("-({a})")),
            inner.prop_map(|a| format!("({a}).x")),
            call,
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_text_is_read_or_refused(source in "\\PC{0,50}|[a-z0-9+().,'\"\\[\\]{}?:&|!<>= ]{0,50}") {
        if let Ok(expr) = Expr::parse(&source) {
            let _value = expr.eval(&scope());
        }
    }

    #[test]
    fn any_expression_gives_a_value_or_an_error(source in sources()) {
        if let Ok(expr) = Expr::parse(&source) {
            let first = expr.eval(&scope());
            // Pure: the same again.
            prop_assert_eq!(expr.eval(&scope()), first);
        }
    }
}
