//! What would hang, fill the memory or end the process, by name: each is refused or answered, soon.

use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use millrace_model::Values;
use millrace_model::expr::{Expr, Scope};
use millrace_model::join_expr::JoinExpr;
use millrace_model::template::Template;
use serde_json::json;

/// Far above what any of them takes in a build without optimisation, far below what they would take unbounded.
const SOON: Duration = Duration::from_secs(60);
/// The most memory that all of them together may have taken.
#[cfg(target_os = "linux")]
const MEMORY_KIB: u64 = 1024 * 1024;

/// What becomes of an attack: the words that its error has, or nothing where it has a value.
type Expected = &'static str;

const STEPS: Expected = "steps";
const LEVELS: Expected = "levels";
const BYTES: Expected = "bytes; at most";
const LONGER: Expected = "longer than 4 MiB";
const LARGER: Expected = "larger than 4 MiB";
const VALUE: Expected = "";

/// The values that they are let loose on: a long list, a long text, one in capitals, something deep.
fn scope() -> Scope {
    let list: Vec<u32> = (0..100_000).collect();
    let mut deep = json!(1);
    for _ in 0..120 {
        deep = json!([deep]);
    }
    let rows: Vec<Vec<u32>> =
        (0..1500).map(|row| (0..1000).map(|n| if n < 999 { n } else { row }).collect()).collect();
    // Neither letter can be told from those before it.
    let xy: String = (0..1024 * 1024_u32)
        .map(|n| if n.wrapping_mul(2_654_435_761) >> 31 == 0 { 'x' } else { 'y' })
        .collect();
    let params = json!({
        "l": list,
        "s": "x".repeat(1024 * 1024),
        "t": "A".repeat(1024 * 1024),
        "xy": xy,
        "deep": deep,
        "rows": rows,
    });
    let params: Values = params.as_object().unwrap().clone();
    Scope { params: Arc::new(params), ..Scope::default() }
}

fn attacks() -> Vec<(&'static str, String, Expected)> {
    let own = |source: &str| source.to_owned();
    let long = "y".repeat(15_000);
    vec![
        // Loops in loops.
        ("map in map in map", own("params.l.map(a, params.l.map(b, params.l.map(c, 1)))"), STEPS),
        ("exists in exists", own("params.l.exists(a, params.l.exists(b, a + b == -1))"), STEPS),
        (
            "all whose errors are hidden",
            own("params.l.all(a, params.l.all(b, true) || true) || true"),
            STEPS,
        ),
        ("filter by membership", own("params.l.filter(a, a in params.l)"), STEPS),
        ("a long loop over a range", own("range(10000).all(a, range(10000).all(b, true))"), STEPS),
        (
            "a loop over a list as large as the source",
            format!("range(10000).all(a, [{}].all(b, b == 1))", "1,".repeat(7_000)),
            STEPS,
        ),
        (
            "loops as deep as may be",
            format!("{}1{}", "range(9).map(x,".repeat(12), ")".repeat(12)),
            STEPS,
        ),
        // Texts.
        (
            "doubling a text",
            {
                let deep: String =
                    (0..20).map(|n| format!("[x{n}+x{n}].map(x{},", n + 1)).collect();
                format!("['0123456789'].map(x0,{deep}size(x20){}", ")".repeat(21))
            },
            LONGER,
        ),
        ("texts by addition", own("params.s + params.s + params.s + params.s + params.s"), LONGER),
        (
            "a text in each element",
            format!("range(10000).map(a, range(100).map(b, '{long}')).size()"),
            STEPS,
        ),
        (
            "a text in each of some entries",
            format!("range(10000).map(a, range(100).map(b, {{'k': '{long}'}})).size()"),
            STEPS,
        ),
        (
            "a text behind a condition in each element",
            format!("range(10000).map(a, range(100).map(b, a > 5 ? '{long}' : 'b')).size()"),
            STEPS,
        ),
        (
            "comparing long texts",
            own("[params.s + 'x'].all(s, range(10000).all(a, range(100).all(b, s <= s)))"),
            STEPS,
        ),
        (
            "comparing long texts for equality",
            own("[params.s + 'x'].all(s, range(10000).all(a, range(100).all(b, s == s)))"),
            STEPS,
        ),
        (
            "taking a long text from a list",
            own("[[params.s + 'x']].all(s, range(10000).all(a, range(100).all(b, s[0] != 'y')))"),
            STEPS,
        ),
        (
            "taking a long text from a map",
            own(
                "[{'k': params.s + 'x'}].all(s, range(10000).all(a, range(100).all(b, s.k != 'y')))",
            ),
            STEPS,
        ),
        (
            "taking a long text from the scope",
            own("range(10000).all(a, range(100).all(b, params.s != 'y'))"),
            STEPS,
        ),
        (
            "a condition that hands on a long text",
            own(
                "[params.s + 'x'].all(s, range(10000).all(a, range(100).all(b, (a > b ? s : s) != 'y')))",
            ),
            STEPS,
        ),
        ("replacing each character by all", own("params.s.replace('x', params.s)"), LONGER),
        ("joining with all", own("params.s.split('').join(params.s)"), LONGER),
        ("padding", own("'a'.pad_start(9223372036854775807)"), LONGER),
        ("characters of characters", own("range(1000).map(a, params.s.split('')).size()"), STEPS),
        (
            "lines of lines",
            own(r"[params.s.replace('x', '\n')].all(s, range(1000).all(a, s.lines().size() > 0))"),
            STEPS,
        ),
        // Lists and maps.
        (
            "doubling a list",
            {
                let deep: String =
                    (0..20).map(|n| format!("[x{n}+x{n}].map(x{},", n + 1)).collect();
                format!("[range(1000)].map(x0,{deep}size(x20){}", ")".repeat(21))
            },
            STEPS,
        ),
        ("a list of numbers without end", own("range(1000000000)"), "more than 10000 numbers"),
        ("distinct of a long list", own("params.l.distinct()"), STEPS),
        ("distinct of lists that differ at their end", own("params.rows.distinct().size()"), STEPS),
        ("sorting again and again", own("range(10000).map(a, params.l.sort()).size()"), STEPS),
        ("the scope in each element", own("range(10000).map(a, params).size()"), STEPS),
        ("the scope compared", own("range(10000).all(a, params == params)"), STEPS),
        (
            "a result that is too large",
            format!("range(10000).map(a, 'n' + '{}')", "z".repeat(1000)),
            LARGER,
        ),
        // Regular expressions.
        (
            "a regular expression that explodes",
            own(r"'a'.matches(r'((\pL{100}){100}){100}')"),
            "is not a regular expression",
        ),
        (
            "a nest of repetitions",
            format!("'a'.matches('{}a{}')", "(".repeat(200), "){2}".repeat(200)),
            "is not a regular expression",
        ),
        ("backtracking", format!("('{}b').matches('^(a+)+$')", "a".repeat(10_000)), VALUE),
        (
            "backtracking over alternatives",
            format!("'{}'.matches('^((a|a)|(a|a))*b$')", "a".repeat(10_000)),
            VALUE,
        ),
        (
            "many regular expressions",
            own(r"range(9000).exists(i, 'a'.matches('(?:x{20}){' + string(i + 1) + '}'))"),
            STEPS,
        ),
        (
            "many that are too large, their errors hidden",
            own(r"range(9000).exists(i, 'a'.matches('(\\pL{50}){' + string(i + 200) + '}'))"),
            STEPS,
        ),
        (
            "many that are nearly too large",
            own(r"range(9000).exists(i, 'a'.matches('\\pL{30}' + string(i)))"),
            STEPS,
        ),
        (
            "many states over a long text",
            own(r"range(900).exists(i, params.xy.matches('[xy]*y[xy]{2000}' + string(i) + '$'))"),
            STEPS,
        ),
        (
            "one with many states, again and again",
            own(r"range(900).exists(i, (params.xy + string(i)).matches('[xy]*y[xy]{2000}$'))"),
            STEPS,
        ),
        (
            "groups with many states",
            own(
                r"range(900).exists(i, (params.xy + string(i)).extract('([xy]*)y([xy]{2000})$') != null)",
            ),
            STEPS,
        ),
        (
            "as many states as may be",
            own("range(900).exists(i, params.xy.extract('([xy]*)y([xy]{100})$') == 'z')"),
            STEPS,
        ),
        ("a long regular expression", own("'a'.matches(params.s)"), "longer than 16384 bytes"),
        (
            "matches that look to the end each",
            own("params.t.replace_all('.*[^A-Z]|[A-Z]', '')"),
            STEPS,
        ),
        (
            "all matches that look to the end each",
            own("params.t.extract_all('.*[^A-Z]|[A-Z]').size()"),
            STEPS,
        ),
        (
            "parts between matches that look to the end each",
            own("params.t.split_by('.*[^A-Z]|[A-Z]').size()"),
            STEPS,
        ),
        (
            "a replacement that is its match a thousand times",
            format!("params.s.replace_all('x+', '{}')", "$0".repeat(5_000)),
            LONGER,
        ),
        (
            "replacing each character by a long text",
            own("params.s.replace_all('x', params.s)"),
            LONGER,
        ),
        // Depth and length.
        ("brackets", "(".repeat(100_000), BYTES),
        ("brackets that fit", format!("{}1{}", "(".repeat(8_000), ")".repeat(8_000)), LEVELS),
        ("lists in lists", format!("{}1{}", "[".repeat(8_000), "]".repeat(8_000)), LEVELS),
        ("nots", format!("{}true", "!".repeat(16_000)), LEVELS),
        ("conditions in a row", format!("{}1", "true?1:".repeat(2_000)), LEVELS),
        ("an addition that never ends", format!("1{}", "+1".repeat(8_000)), LEVELS),
        (
            "something deep in something deep",
            own("[[[[[[[[[[params.deep]]]]]]]]]].map(x, [[[[x]]]])"),
            VALUE,
        ),
        (
            "texts that are nearly as long as may be",
            format!("range(10000).map(a, {}).size()", "(params.s + params.s)"),
            STEPS,
        ),
        ("deep JSON", format!("parse_json('{}')", "[".repeat(10_000)), "not JSON"),
        (
            "deep JSON that is closed",
            format!("parse_json('{}{}')", "[".repeat(5_000), "]".repeat(5_000)),
            "not JSON",
        ),
        // Numbers and dates.
        ("the smallest number by -1", own("(-9223372036854775807 - 1) / -1"), "too large"),
        ("its rest", own("(-9223372036854775807 - 1) % -1"), "too large"),
        ("its opposite", own("-(-9223372036854775807 - 1)"), "too large"),
        (
            "the end of time",
            own("timestamp('9999-12-31T23:59:59Z') + duration('9000000000s')"),
            "too large",
        ),
        ("a length that does not fit", own("duration('99999999999999999999h')"), "duration"),
        (
            "days beyond all",
            own("add_days('9999-12-31', 9223372036854775807)"),
            "beyond the calendar",
        ),
        ("a format that is none", own("format_time('2026-01-01', '%9999999999d')"), "not a format"),
    ]
}

#[test]
fn no_expression_takes_for_ever_or_all_memory() {
    let scope = Arc::new(scope());
    for (name, source, expected) in attacks() {
        let scope = Arc::clone(&scope);
        let found = soon(name, move || match Expr::parse(&source) {
            Ok(expr) => expr.eval(&scope).err().map(|error| error.to_string()),
            Err(error) => Some(error.to_string()),
        });
        judge(name, found, expected);
    }
    #[cfg(target_os = "linux")]
    assert!(peak_kib() < MEMORY_KIB, "{} KiB were taken", peak_kib());
}

#[test]
fn no_template_takes_for_ever() {
    let scope = Arc::new(scope());
    let costly = "${string(size(params.l.map(a, a + 1)))}";
    let many = "a text has at most 1000 expressions";
    for (name, source, expected) in [
        ("costly ones in a row", costly.repeat(900), STEPS),
        ("a thousand", "${1}".repeat(1_000), VALUE),
        ("a million", "${1}".repeat(1_000_000), many),
        ("long ones", "${params.s}".repeat(900), LONGER),
        ("none of which is closed", "${".repeat(1_000_000), "is not closed"),
        ("a million that are escaped", "$${".repeat(1_000_000), VALUE),
        ("brackets", format!("${{{}}}", "{".repeat(1_000_000)), "is not closed"),
        ("quotes", format!("${{{}}}", "'".repeat(1_000_001)), "is not closed"),
    ] {
        let scope = Arc::clone(&scope);
        let found = soon(name, move || match Template::parse(&source) {
            Ok(template) => template.render(&scope).err().map(|error| error.to_string()),
            Err(error) => Some(error.to_string()),
        });
        judge(name, found, expected);
    }
}

#[test]
fn no_join_takes_for_ever() {
    for (name, source, expected) in [
        ("brackets", "(".repeat(60_000), LEVELS),
        ("nots", "!".repeat(60_000), LEVELS),
        ("a long row", format!("a.failed{}", " || a.failed".repeat(5_000)), VALUE),
        ("as deep as may be", format!("{}a.failed{}", "!(".repeat(30), ")".repeat(30)), VALUE),
        ("too long", "a.failed && ".repeat(10_000), "longer than 65536 bytes"),
    ] {
        let found = soon(name, move || match JoinExpr::parse(&source) {
            Ok(join) => {
                assert!(!join.eval(&|_| None));
                None
            }
            Err(error) => Some(error.to_string()),
        });
        judge(name, found, expected);
    }
}

/// What `work` gives, on a thread of its own, so that one that hangs has a name.
fn soon<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = channel();
    thread::spawn(move || {
        // Nobody listens any more where it took too long.
        let _told = tell.send(work());
    });
    match told.recv_timeout(SOON) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => panic!("{name}: no end after {SOON:?}"),
        Err(RecvTimeoutError::Disconnected) => panic!("{name}: a panic"),
    }
}

fn judge(name: &str, found: Option<String>, expected: Expected) {
    match found {
        None => assert!(expected.is_empty(), "{name}: it has a value, and not: {expected}"),
        Some(error) => {
            assert!(!expected.is_empty() && error.contains(expected), "{name}: {error:.300}");
        }
    }
}

/// The most memory that this process has had.
#[cfg(target_os = "linux")]
fn peak_kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
