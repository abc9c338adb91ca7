//! Every function does what its docs say.

use std::path::Path;

use crate::expr::{Expr, FUNCTIONS, Group, Scope, functions_page, to_text};

fn eval(source: &str) -> Result<String, String> {
    let value = Expr::parse(source).and_then(|expr| expr.eval(&Scope::default()));
    value.map(|value| to_text(&value)).map_err(|error| error.to_string())
}

#[test]
fn examples_are_true() {
    for function in FUNCTIONS.iter() {
        let (source, value) = function.example;
        assert_eq!(eval(source).as_deref(), Ok(value), "{}: {source}", function.name);
        assert!(source.contains(function.name) || source.contains(".?"), "{}", function.name);
        assert!(!function.summary.is_empty() && !function.signatures.is_empty());
        assert!(function.arity.0 <= function.arity.1);
    }
}

#[test]
fn names_are_unique_and_every_group_is_used() {
    let mut names: Vec<&str> = FUNCTIONS.iter().map(|function| function.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
    for group in Group::ALL {
        assert!(FUNCTIONS.iter().any(|function| function.group == group), "{group:?}");
    }
}

#[test]
fn docs_page_is_up_to_date() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/expressions.md");
    crate::docs_test::compare(&file, &functions_page());
}

#[test]
fn edge_cases() {
    for (source, value) in [
        // Dates: DST, month ends, forms.
        ("start_of_day('2026-03-29', 'Europe/Berlin')", "2026-03-28T23:00:00Z"),
        ("start_of_day('2018-11-04', 'America/Sao_Paulo')", "2018-11-04T03:00:00Z"),
        ("start_of_day('2011-12-30', 'Pacific/Apia')", "2011-12-30T10:00:00Z"),
        ("add_days('2026-11-23', -23)", "2026-10-31"),
        ("add_months('2024-02-29', -12)", "2023-02-28"),
        ("add_days(timestamp('2026-11-23T06:00:00Z'), 1)", "2026-11-24T06:00:00Z"),
        ("weekday('2026-11-29')", "7"),
        ("days_between('2026-11-23T23:30:00Z', '2026-11-24', 'Europe/Berlin')", "0"),
        ("format_time('2026-01-01', '%G-W%V %A %j')", "2026-W01 Thursday 001"),
        ("format_time('2026-11-23', '%H:%M', 'Europe/Berlin')", "00:00"),
        ("parse_time('2026-11-23 07:05 +0100', '%Y-%m-%d %H:%M %z')", "2026-11-23T07:05:00+01:00"),
        ("parse_time('20261123', '%Y%m%d')", "2026-11-23T00:00:00Z"),
        ("parse_time('2026112307', '%Y%m%d%H')", "2026-11-23T07:00:00Z"),
        ("parse_time('2026-11-23 7 PM', '%Y-%m-%d %I %p')", "2026-11-23T19:00:00Z"),
        ("parse_time('2026-11-23 +0100', '%Y-%m-%d %z')", "2026-11-23T00:00:00+01:00"),
        ("parse_time('1795413600', '%s')", "2026-11-23T06:00:00Z"),
        ("parse_time('2026-03-29 02:15', '%F %H:%M', 'Europe/Berlin')", "2026-03-29T01:15:00Z"),
        // Midnights that clocks skip.
        ("format_time('2018-11-04', '%F %H:%M', 'America/Sao_Paulo')", "2018-11-04 01:00"),
        ("format_time('2026-09-06', '%F %H:%M', 'America/Santiago')", "2026-09-06 01:00"),
        ("date('2026-11-23T23:30:00-02:00')", "2026-11-24"),
        // Paths.
        ("basename('/')", "/"),
        ("basename('')", ""),
        ("basename('a/b/')", "b"),
        ("dirname('a')", "."),
        ("dirname('/a')", "/"),
        ("dirname('a//b')", "a"),
        ("extension('.bashrc')", ""),
        ("extension('a.d/b')", ""),
        ("stem('..')", ".."),
        ("join_path('a', '/b')", "/b"),
        ("join_path('', 'b')", "b"),
        // Texts.
        ("'aaa'.replace('aa', 'b')", "ba"),
        ("'a,b,c'.split(',', 2)", "[\"a\",\"b,c\"]"),
        ("'äb'.split('')", "[\"ä\",\"b\"]"),
        ("''.split(',')", "[\"\"]"),
        ("'äöü'.substring(1)", "öü"),
        ("'äöü'.index_of('ü')", "2"),
        ("'a'.index_of('b')", "-1"),
        ("[].join(',')", ""),
        ("'äx'.pad_start(4, '.')", "..äx"),
        ("'long'.pad_end(2)", "long"),
        ("\"\".shell_quote()", "''"),
        // Regular expressions.
        ("'abc'.extract('x') == null", "true"),
        ("'abc'.extract('(a)(b)', 2)", "b"),
        ("'abc'.extract('b')", "b"),
        ("'aaa'.replace_all('a', '$0$$')", "a$a$a$"),
        ("'abc'.replace_all('', '-')", "-a-b-c-"),
        // Encodings.
        ("sha256(b'\\xff')", "a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89"),
        ("parse_json('[1.5, 18446744073709551615, null]')", "[1.5,18446744073709551615,null]"),
        ("to_json(timestamp('2026-11-23T06:00:00Z'))", "\"2026-11-23T06:00:00Z\""),
        // Lists and numbers.
        ("range(3, 1)", "[]"),
        ("['b', 'a'].sort()", "[\"a\",\"b\"]"),
        ("[2, 1.5].sort()", "[1.5,2]"),
        ("[1, 1.0, 2].distinct()", "[1,2]"),
        ("[1, 2.5].sum()", "3.5"),
        ("[].sum()", "0"),
        ("round(-2.5)", "-3"),
        ("round(2.345, 2)", "2.35"),
        (
            "[round(0.25, 1), round(-0.25, 1), round(2.5, 0), round(1.115, 2)]",
            "[0.3,-0.3,3.0,1.11]",
        ),
        ("[round(1e300, 2) == 1e300, round(0.5, 1) == 0.5]", "[true,true]"),
        // Whole numbers that no number with a fraction can hold.
        ("round(9007199254740993)", "9007199254740993"),
        (
            "[floor(-9223372036854775807), ceil(9007199254740993u)]",
            "[-9223372036854775807,9007199254740993]",
        ),
        (
            "[9007199254740993, 9007199254740992, 9007199254740991.0].sort()",
            "[9007199254740991.0,9007199254740992,9007199254740993]",
        ),
        ("max(9007199254740992, 9007199254740993)", "9007199254740993"),
        ("min(18446744073709551615u, 1e30, 18446744073709551614u)", "18446744073709551614"),
        ("[2, 1.5, -0.5, -1, 1.75].sort()", "[-1,-0.5,1.5,1.75,2]"),
        ("abs(-1.5)", "1.5"),
        ("max(1, 2u, 1.5)", "2"),
    ] {
        assert_eq!(eval(source).as_deref(), Ok(value), "{source}");
    }
}

#[test]
fn bad_arguments_are_named() {
    let cases = [
        "date(1)",
        "date('2026-13-01')",
        "date('2026-11-23', 'Mars/Base')",
        "add_days('9999-12-31', 1)",
        "add_days('2026-11-23', 9223372036854775807)",
        "add_months('2026-11-23', -9223372036854775807)",
        "format_time('2026-11-23', '%Q')",
        "parse_time('x', '%Y')",
        "parse_time('2026-11-23 7', '%F %I')",
        "basename(1)",
        "'a'.replace('', 'b')",
        "'a'.pad_start(3, 'ab')",
        "'a'.pad_start(-1)",
        "'a'.extract('(', 1)",
        "'a'.extract('a', 3)",
        "parse_json('{')",
        "base64_decode('?')",
        "sha256(1)",
        "range(0, 20000)",
        "['a', 1].sort()",
        "[9223372036854775807, 1].sum()",
        "[].max()",
        "min('a', 1)",
        "round(1e300)",
        "round(1.5, 99)",
        "floor('a')",
        "abs(-9223372036854775807 - 1)",
    ];
    let text: Vec<String> =
        cases.iter().map(|source| format!("{source:50} {}", eval(source).unwrap_err())).collect();
    insta::assert_snapshot!(text.join("\n"));
}
