//! CEL's own macros and functions: their docs and how many arguments they take. Their code is the crate's.

use super::{Function, Group};

const fn cel(
    name: &'static str,
    arity: (usize, usize),
    signatures: &'static [&'static str],
    summary: &'static str,
    example: (&'static str, &'static str),
) -> Function {
    Function { name, group: Group::Cel, signatures, summary, example, arity, run: None }
}

const fn of_macros(
    name: &'static str,
    arity: (usize, usize),
    signatures: &'static [&'static str],
    summary: &'static str,
    example: (&'static str, &'static str),
) -> Function {
    Function { group: Group::Macros, ..cel(name, arity, signatures, summary, example) }
}

pub(super) const MACROS: &[Function] = &[
    of_macros(
        "has",
        (1, 1),
        &["has(x.name)"],
        "Whether `x` has this entry: guards what may be missing.",
        ("has({'a': 1}.b) ? 1 : 2", "2"),
    ),
    of_macros(
        "all",
        (3, 3),
        &["list.all(x, condition)"],
        "Whether the condition holds for every element.",
        ("[1, 2].all(x, x > 0)", "true"),
    ),
    of_macros(
        "exists",
        (3, 3),
        &["list.exists(x, condition)"],
        "Whether it holds for any element.",
        ("[1, 2].exists(x, x > 1)", "true"),
    ),
    of_macros(
        "exists_one",
        (3, 3),
        &["list.exists_one(x, condition)"],
        "Whether it holds for exactly one element.",
        ("[1, 2].exists_one(x, x > 0)", "false"),
    ),
    of_macros(
        "filter",
        (3, 3),
        &["list.filter(x, condition)"],
        "The elements for which it holds.",
        ("[1, 2, 3].filter(x, x != 2)", "[1,3]"),
    ),
    of_macros(
        "map",
        (3, 4),
        &["list.map(x, value)", "list.map(x, condition, value)"],
        "A value for each element, or for each for which the condition holds.",
        ("[1, 2].map(x, x * 10)", "[10,20]"),
    ),
];

pub(super) const FUNCTIONS: &[Function] = &[
    cel(
        "size",
        (1, 1),
        &["size(x)", "x.size()"],
        "How many characters, bytes, elements or entries.",
        ("size('äb')", "2"),
    ),
    cel(
        "contains",
        (2, 2),
        &["text.contains(part)"],
        "Whether a text has this part.",
        ("'abc'.contains('b')", "true"),
    ),
    cel(
        "startsWith",
        (2, 2),
        &["text.startsWith(part)"],
        "Whether it begins so.",
        ("'abc'.startsWith('ab')", "true"),
    ),
    cel(
        "endsWith",
        (2, 2),
        &["text.endsWith(part)"],
        "Whether it ends so.",
        ("'abc'.endsWith('bc')", "true"),
    ),
    cel(
        "int",
        (1, 1),
        &["int(x)"],
        "A whole number of a number, a text, or a timestamp (its Unix seconds).",
        ("int('42') + 1", "43"),
    ),
    cel("uint", (1, 1), &["uint(x)"], "A whole number that is not negative.", ("uint(3)", "3")),
    cel(
        "double",
        (1, 1),
        &["double(x)"],
        "A number with a fraction: whole and other numbers do not mix in `+ - * /`.",
        ("double(1) / 4.0", "0.25"),
    ),
    cel(
        "string",
        (1, 1),
        &["string(x)"],
        "A text of a number, a truth value, a timestamp, a duration or bytes.",
        ("string(3) + 'x'", "3x"),
    ),
    cel(
        "bool",
        (1, 1),
        &["bool(text)"],
        "The truth value of `true` or `false`.",
        ("bool('true')", "true"),
    ),
    cel("bytes", (1, 1), &["bytes(text)"], "A text's UTF-8.", ("size(bytes('ä'))", "2")),
    cel(
        "dyn",
        (1, 1),
        &["dyn(x)"],
        "The value itself; for expressions from elsewhere that use it.",
        ("dyn(1)", "1"),
    ),
    cel(
        "type",
        (1, 1),
        &["type(x)"],
        "The type of a value, to compare.",
        ("type(1) == int", "true"),
    ),
    cel(
        "timestamp",
        (1, 1),
        &["timestamp(text)"],
        "The instant of an RFC 3339 text. A timestamp minus another is a duration; a duration can be added.",
        ("timestamp('2026-11-23T06:00:00Z') + duration('1h30m')", "2026-11-23T07:30:00Z"),
    ),
    cel(
        "duration",
        (1, 1),
        &["duration(text)"],
        "A length of time with the units `h m s ms us ns`.",
        ("duration('90m') > duration('1h')", "true"),
    ),
    cel(
        "getFullYear",
        (1, 2),
        &["time.getFullYear()", "time.getFullYear(zone)"],
        "The year.",
        ("timestamp('2026-11-23T06:00:00Z').getFullYear()", "2026"),
    ),
    cel(
        "getMonth",
        (1, 2),
        &["time.getMonth()", "time.getMonth(zone)"],
        "The month, from 0.",
        ("timestamp('2026-11-23T06:00:00Z').getMonth()", "10"),
    ),
    cel(
        "getDate",
        (1, 2),
        &["time.getDate()", "time.getDate(zone)"],
        "The day of the month, from 1.",
        ("timestamp('2026-11-23T06:00:00Z').getDate()", "23"),
    ),
    cel(
        "getDayOfMonth",
        (1, 2),
        &["time.getDayOfMonth()", "time.getDayOfMonth(zone)"],
        "The day of the month, from 0.",
        ("timestamp('2026-11-23T06:00:00Z').getDayOfMonth()", "22"),
    ),
    cel(
        "getDayOfWeek",
        (1, 2),
        &["time.getDayOfWeek()", "time.getDayOfWeek(zone)"],
        "The day of the week, from 0 for Sunday.",
        ("timestamp('2026-11-23T06:00:00Z').getDayOfWeek()", "1"),
    ),
    cel(
        "getDayOfYear",
        (1, 2),
        &["time.getDayOfYear()", "time.getDayOfYear(zone)"],
        "The day of the year, from 0.",
        ("timestamp('2026-01-02T06:00:00Z').getDayOfYear()", "1"),
    ),
    cel(
        "getHours",
        (1, 2),
        &["time.getHours()", "time.getHours(zone)"],
        "The hour; of a duration all its hours.",
        ("timestamp('2026-11-23T06:00:00Z').getHours('Europe/Berlin')", "7"),
    ),
    cel(
        "getMinutes",
        (1, 2),
        &["time.getMinutes()", "time.getMinutes(zone)"],
        "The minute; of a duration all its minutes.",
        ("duration('2h').getMinutes()", "120"),
    ),
    cel(
        "getSeconds",
        (1, 2),
        &["time.getSeconds()", "time.getSeconds(zone)"],
        "The second; of a duration all its seconds.",
        ("duration('2m').getSeconds()", "120"),
    ),
    cel(
        "getMilliseconds",
        (1, 2),
        &["time.getMilliseconds()", "time.getMilliseconds(zone)"],
        "The milliseconds of its second.",
        ("timestamp('2026-11-23T06:00:00.250Z').getMilliseconds()", "250"),
    ),
    cel(
        "orValue",
        (2, 2),
        &["x.?name.orValue(other)"],
        "The entry of `x` that may be missing, else the other value.",
        ("{'a': 1}.?b.orValue(7)", "7"),
    ),
    cel(
        "hasValue",
        (1, 1),
        &["x.?name.hasValue()"],
        "Whether an entry that may be missing is there.",
        ("{'a': 1}.?a.hasValue()", "true"),
    ),
];
