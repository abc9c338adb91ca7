//! Numbers.

use cel::common::types::CelInt;

use super::args::{Args, Built, float, int};
use super::{Function, Group, own};

pub(super) const FUNCTIONS: &[Function] = &[
    own(
        "abs",
        Group::Numbers,
        (1, 1),
        &["abs(number)"],
        "Without its sign.",
        ("abs(-3)", "3"),
        |args| match args.value(0).downcast_ref::<CelInt>() {
            Some(number) => int(number.inner().checked_abs().ok_or_else(too_large)?),
            None => float(args.number(0)?.abs()),
        },
    ),
    own(
        "round",
        Group::Numbers,
        (1, 2),
        &["round(number)", "round(number, digits)"],
        "The nearest whole number, or number with so many digits after the point; half away from zero.",
        ("round(2.5) + int(round(1.005, 1))", "4"),
        round,
    ),
    own(
        "floor",
        Group::Numbers,
        (1, 1),
        &["floor(number)"],
        "The largest whole number not above it.",
        ("floor(-1.5)", "-2"),
        |args| whole(args.number(0)?.floor()),
    ),
    own(
        "ceil",
        Group::Numbers,
        (1, 1),
        &["ceil(number)"],
        "The smallest whole number not below it.",
        ("ceil(1.2)", "2"),
        |args| whole(args.number(0)?.ceil()),
    ),
];

fn too_large() -> String {
    "not a whole number of 64 bits".to_owned()
}

fn whole<'v>(number: f64) -> Built<'v> {
    // 2^63 itself is one too large.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) {
        return int(number as i64);
    }
    Err(too_large())
}

fn round<'v>(args: &Args<'_, '_, 'v>) -> Built<'v> {
    if args.count() == 1 {
        return whole(args.number(0)?.round());
    }
    let digits = args.length(1)?;
    if digits > 15 {
        return Err("more than 15 digits after the point".to_owned());
    }
    let rounded = format!("{:.digits$}", args.number(0)?);
    rounded.parse().map_or_else(|_| Err(too_large()), float)
}
