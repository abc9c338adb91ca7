//! There is nothing to call that reaches beyond the given values.

use std::collections::BTreeMap;
use std::sync::Arc;

use millrace_model::expr::{Expr, FUNCTIONS, Scope};
use proptest::prelude::*;
use serde_json::json;

/// What other languages have for it, and what the evaluator has inside.
const WAYS_OUT: [&str; 34] = [
    // The clock and chance.
    "now()",
    "timestamp()",
    "today()",
    "random()",
    "uuid()",
    "sleep(1)",
    // Files.
    "file('/etc/passwd')",
    "read_file('/etc/passwd')",
    "open('/etc/passwd')",
    "glob('*')",
    "exists('/etc/passwd')",
    "include('other.json')",
    // The environment and programs.
    "getenv('HOME')",
    "env('HOME')",
    "os.environ",
    "exec('id')",
    "system('id')",
    "shell('id')",
    "`id`",
    "process.exit(0)",
    // The network.
    "http.get('http://127.0.0.1')",
    "fetch('http://127.0.0.1')",
    "dns('localhost')",
    // Code.
    "eval('1 + 1')",
    "import('os')",
    "(() => 1)()",
    "params.constructor('return 1')()",
    "google.protobuf.Any{type_url: 'x'}",
    // Secrets.
    "secret('token')",
    "secrets.token",
    // What is inside.
    "@budget",
    "@call(0, 1)",
    "@charge(params, 1)",
    "__result__",
];

#[test]
fn there_is_no_way_out() {
    for source in WAYS_OUT {
        let refused = Expr::parse(source).expect_err(source);
        assert!(!refused.message.is_empty(), "{source}");
    }
}

#[test]
fn the_environment_is_the_given_one() {
    assert!(std::env::var_os("PATH").is_some());
    let env = BTreeMap::from([("GIVEN".to_owned(), "yes".to_owned())]);
    let scope = Scope { env: Arc::new(env), ..Scope::default() };
    let eval = |source: &str| Expr::parse(source).unwrap().eval(&scope);
    assert_eq!(eval("env"), Ok(json!({"GIVEN": "yes"})));
    assert_eq!(eval("has(env.PATH)"), Ok(json!(false)));
    eval("env.PATH").unwrap_err();
}

#[test]
fn a_value_is_never_read_as_an_expression() {
    let params = json!({"text": "${1 + 1}", "call": "range(3)"});
    let params = Arc::new(params.as_object().unwrap().clone());
    let scope = Scope { params, ..Scope::default() };
    let eval = |source: &str| Expr::parse(source).unwrap().eval(&scope);
    assert_eq!(eval("params.text + params.call"), Ok(json!("${1 + 1}range(3)")));
    assert_eq!(eval("[params.call].map(x, x)"), Ok(json!(["range(3)"])));
}

proptest! {
    /// Only what the table of functions has, which is pure, can be called; whatever the evaluator may have besides.
    #[test]
    fn nothing_is_called_that_is_not_in_the_table(name in "[a-zA-Z_]{1,12}", dotted in any::<bool>()) {
        prop_assume!(!FUNCTIONS.iter().any(|function| function.name == name));
        let call = if dotted { format!("'a'.{name}()") } else { format!("{name}('a')") };
        prop_assert!(Expr::parse(&call).is_err(), "{}", call);
    }
}
