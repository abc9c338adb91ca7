//! Regular expressions of the `regex` crate: linear time, no look-around, no back references.

use super::args::{Args, Built, MAX_BUILT, bool, list, text, texts};
use super::{Function, Group, own};
use cel::common::types::{CelNull, CelString};
use cel::common::value::Val;

pub(super) const FUNCTIONS: &[Function] = &[
    own(
        "matches",
        Group::Regexes,
        (2, 2),
        &["text.matches(pattern)"],
        "Whether the pattern is found anywhere in the text; anchor it by `^` and `$`.",
        ("'sales-2026.csv'.matches(r'-\\d{4}\\.csv$')", "true"),
        |args| bool(args.budget.regex(args.text(1)?)?.is_match(args.text(0)?)),
    ),
    own(
        "extract",
        Group::Regexes,
        (2, 3),
        &["text.extract(pattern)", "text.extract(pattern, group)"],
        "What the pattern matches first: its first group where it has one, else all of it; or the group of this number. Null where it is not found.",
        ("'sales-2026.csv'.extract(r'-(\\d+)')", "2026"),
        extract,
    ),
    own(
        "extract_all",
        Group::Regexes,
        (2, 2),
        &["text.extract_all(pattern)"],
        "All that the pattern matches, as a list: of each match the first group where there is one, else all of it.",
        ("'a=1 b=22'.extract_all(r'=(\\d+)')", "[\"1\",\"22\"]"),
        |args| {
            let regex = args.budget.regex(args.text(1)?)?;
            let group = usize::from(regex.captures_len() > 1);
            let found = regex
                .captures_iter(args.text(0)?)
                .filter_map(|found| found.get(group).map(|m| m.as_str().to_owned()));
            texts(found.collect::<Vec<_>>())
        },
    ),
    own(
        "replace_all",
        Group::Regexes,
        (3, 3),
        &["text.replace_all(pattern, new)"],
        "With all that the pattern matches replaced; `$1` in `new` stands for the first group, `$$` for a dollar.",
        ("'a1b22'.replace_all(r'(\\d+)', '<$1>')", "a<1>b<22>"),
        replace_all,
    ),
    own(
        "split_by",
        Group::Regexes,
        (2, 2),
        &["text.split_by(pattern)"],
        "The parts between what the pattern matches.",
        ("'a, b;c'.split_by(r'[,;]\\s*')", "[\"a\",\"b\",\"c\"]"),
        |args| {
            let regex = args.budget.regex(args.text(1)?)?;
            list(
                regex
                    .split(args.text(0)?)
                    .map(|part| Box::new(CelString::from(part.to_owned())) as Box<dyn Val>)
                    .collect(),
            )
        },
    ),
];

fn extract<'v>(args: &Args<'_, '_, 'v>) -> Built<'v> {
    let regex = args.budget.regex(args.text(1)?)?;
    let group =
        if args.count() > 2 { args.length(2)? } else { usize::from(regex.captures_len() > 1) };
    if group >= regex.captures_len() {
        return Err(format!(
            "the pattern has {} groups, and none of number {group}",
            regex.captures_len() - 1
        ));
    }
    match regex.captures(args.text(0)?).and_then(|found| found.get(group)) {
        Some(found) => text(found.as_str()),
        None => Ok(Box::new(CelNull)),
    }
}

fn replace_all<'v>(args: &Args<'_, '_, 'v>) -> Built<'v> {
    let (source, new) = (args.text(0)?, args.text(2)?);
    let regex = args.budget.regex(args.text(1)?)?;
    let mut built = String::new();
    let mut last = 0;
    for found in regex.captures_iter(source) {
        let Some(whole) = found.get(0) else { continue };
        built.push_str(&source[last..whole.start()]);
        found.expand(new, &mut built);
        last = whole.end();
        if built.len() > MAX_BUILT {
            break;
        }
    }
    built.push_str(&source[last..]);
    text(built)
}
