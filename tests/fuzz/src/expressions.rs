//! The three small languages of tasks: expressions, texts with expressions, joins.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use millrace_model::document::Atom;
use millrace_model::event::TaskState;
use millrace_model::expr::{Expr, MAX_RESULT, RunScope, Scope, TaskScope, to_text};
use millrace_model::ident::Ident;
use millrace_model::join_expr::JoinExpr;
use millrace_model::template::Template;
use millrace_model::time::Timestamp;
use serde_json::{Value, json};

/// What no evaluation takes, on however slow a machine: the budget is a few hundred milliseconds of work on a common one.
const LIMIT: Duration = Duration::from_secs(8);

/// Any text is read, or refused with a reason; what is read gives the same value twice, within its budget.
pub fn expressions(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    SCOPE.with_borrow(|scope| {
        expression(text, scope);
        template(text, scope);
    });
    join(text);
}

fn expression(text: &str, scope: &Scope) {
    let Ok(expr) = Expr::parse(text).inspect_err(|error| assert!(!error.to_string().is_empty()))
    else {
        return;
    };
    assert_eq!(expr.source(), text);
    let _read = (expr.references().is_constant_in_task(), expr.to_string());
    let begun = Instant::now();
    let first = expr.eval(scope);
    let took = begun.elapsed();
    assert!(took < LIMIT, "it took {took:?}: {text}");
    match &first {
        Ok(value) => {
            assert!(size(value) <= 2 * MAX_RESULT, "a value of {} bytes", size(value));
            let _shown = to_text(value);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    if let (Ok(first), Ok(second)) = (&first, expr.eval(scope)) {
        assert_eq!(*first, second, "two values of one expression: {text}");
    }
    let holds = expr.eval_bool(scope);
    assert_eq!(holds.ok().map(Value::Bool), first.ok().filter(Value::is_boolean));
}

fn template(text: &str, scope: &Scope) {
    // What is meant literally comes out as it is, whatever stands in it.
    let literal = Template::literal(text);
    assert_eq!(literal.render(scope).as_deref(), Ok(text));
    let read = Template::parse(literal.source()).expect("a literal's source is a template");
    assert_eq!(read.as_literal(), Some(text));
    let Ok(template) = Template::parse(text) else { return };
    assert_eq!(template.source(), text);
    let begun = Instant::now();
    let rendered = template.render(scope);
    assert!(begun.elapsed() < LIMIT, "it took {:?}: {text}", begun.elapsed());
    if let Some(literal) = template.as_literal() {
        assert_eq!(rendered.as_deref(), Ok(literal));
    }
}

fn join(text: &str) {
    let Ok(join) = JoinExpr::parse(text) else { return };
    let shown = join.to_string();
    let again = JoinExpr::parse(&shown).unwrap_or_else(|error| panic!("{shown}: {error}"));
    assert_eq!(join.upstreams(), again.upstreams());
    assert_eq!(shown, again.to_string());
    let ends = [None, Some(Atom::Succeeded), Some(Atom::Failed), Some(Atom::Skipped)];
    for end in ends {
        assert_eq!(join.eval(&|_| end), again.eval(&|_| end), "{text} is not {shown}");
    }
    let other = Ident::new("renamed_task").unwrap();
    for name in join.upstreams() {
        let renamed = join.renamed(name, &other);
        let there = |asked: &Ident| (*asked == other).then_some(Atom::Succeeded);
        let here = |asked: &Ident| (asked == name).then_some(Atom::Succeeded);
        if !join.upstreams().contains(&other) {
            assert_eq!(renamed.eval(&there), join.eval(&here), "{text} renamed is {renamed}");
        }
    }
}

/// About as many bytes as it takes.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(size).sum(),
        Value::Object(map) => map.iter().map(|(key, value)| key.len() + size(value)).sum(),
        _ => 8,
    }
}

thread_local! {
    static SCOPE: RefCell<Scope> = RefCell::new(scope());
}

fn scope() -> Scope {
    let object = |value: Value| match value {
        Value::Object(object) => Arc::new(object),
        _ => Arc::default(),
    };
    let outputs =
        object(json!({ "rows": 3, "name": "data.csv", "list": [1, 2, 3], "f": 0.5, "none": null }));
    let task = TaskScope { state: TaskState::Succeeded, outputs: Some(Arc::clone(&outputs)) };
    Scope {
        params: object(
            json!({ "day": "2026-11-23", "n": -7, "big": u64::MAX, "deep": { "a": [{ "b": "ü" }] } }),
        ),
        run: RunScope {
            run: "0193".to_owned(),
            logical_time: Timestamp(1_795_000_000_000_000),
            trigger: "manual".to_owned(),
            event: String::new(),
            try_number: 1,
        },
        tasks: [(Ident::new("a").unwrap(), task)].into(),
        item: Some(json!({ "path": "x/y.txt", "size": 12 })),
        index: Some(2),
        env: Arc::new(BTreeMap::from([("HOME".to_owned(), "/home/x".to_owned())])),
        outputs: Some(outputs),
        hook: None,
    }
}
