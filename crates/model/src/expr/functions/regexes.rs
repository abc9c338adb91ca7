//! Regular expressions of the `regex` crate: linear time, no look-around, no back references.

use cel::common::types::CelNull;

use super::super::pattern::Pattern;
use super::args::{Args, Built, MAX_BUILT, bool, text, too_long};
use super::{Function, Group, own};

/// The longest replacement of one match, before it is known how much of it is of use.
const MAX_EXPANDED: usize = 16 * MAX_BUILT;

pub(super) const FUNCTIONS: &[Function] = &[
    own(
        "matches",
        Group::Regexes,
        (2, 2),
        &["text.matches(pattern)"],
        "Whether the pattern is found anywhere in the text; anchor it by `^` and `$`.",
        ("'sales-2026.csv'.matches(r'-\\d{4}\\.csv$')", "true"),
        |args| bool(searched(args)?.regex.is_match(args.text(0)?)),
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
            let pattern = searched(args)?;
            let source = args.text(0)?;
            let group = usize::from(pattern.regex.captures_len() > 1);
            let mut all = Vec::new();
            for found in pattern.regex.captures_iter(source) {
                let end = found.get(0).map_or(source.len(), |whole| whole.end());
                pattern.charge_match(source.len() - end, args.budget)?;
                all.extend(found.get(group).map(|found| found.as_str().to_owned()));
            }
            args.texts_of(all)
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
            let pattern = searched(args)?;
            let source = args.text(0)?;
            let (mut parts, mut last) = (Vec::new(), 0);
            for found in pattern.regex.find_iter(source) {
                pattern.charge_match(source.len() - found.end(), args.budget)?;
                parts.push(source[last..found.start()].to_owned());
                last = found.end();
            }
            parts.push(source[last..].to_owned());
            args.texts_of(parts)
        },
    ),
];

fn extract<'v>(args: &Args<'_, '_, 'v>) -> Built<'v> {
    let regex = searched(args)?.regex;
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
    let pattern = searched(args)?;
    // At most what each group that `new` names can be: a match, over and over.
    let groups = new.matches('$').count();
    let mut built = String::new();
    let mut last = 0;
    for found in pattern.regex.captures_iter(source) {
        let Some(whole) = found.get(0) else { continue };
        pattern.charge_match(source.len() - whole.end(), args.budget)?;
        built.push_str(&source[last..whole.start()]);
        if groups.saturating_mul(whole.len()) > MAX_EXPANDED {
            return Err(too_long());
        }
        found.expand(new, &mut built);
        last = whole.end();
        if built.len() > MAX_BUILT {
            break;
        }
    }
    built.push_str(&source[last..]);
    text(built)
}

/// The pattern of a call, its search in the call's text paid for.
fn searched(args: &Args<'_, '_, '_>) -> Result<Pattern, String> {
    let pattern = args.budget.pattern(args.text(1)?)?;
    pattern.charge_search(args.text(0)?.len(), args.budget)?;
    Ok(pattern)
}
