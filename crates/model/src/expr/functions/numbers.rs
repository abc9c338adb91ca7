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
        |args| whole(args, f64::floor),
    ),
    own(
        "ceil",
        Group::Numbers,
        (1, 1),
        &["ceil(number)"],
        "The smallest whole number not below it.",
        ("ceil(1.2)", "2"),
        |args| whole(args, f64::ceil),
    ),
];

fn too_large() -> String {
    "not a whole number of 64 bits".to_owned()
}

/// The first argument as a whole number, by `nearest` where it is none yet: an `f64` would change large ones.
fn whole<'v>(args: &Args<'_, '_, 'v>, nearest: fn(f64) -> f64) -> Built<'v> {
    if let Ok(number) = args.int(0) {
        return int(number);
    }
    let number = nearest(args.number(0)?);
    // 2^63 itself is one too large.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) {
        return int(number as i64);
    }
    Err(too_large())
}

fn round<'v>(args: &Args<'_, '_, 'v>) -> Built<'v> {
    if args.count() == 1 {
        return whole(args, f64::round);
    }
    let digits = args.length(1)?;
    if digits > 15 {
        return Err("more than 15 digits after the point".to_owned());
    }
    let rounded = format!("{:.digits$}", off_the_middle(args.number(0)?, digits));
    rounded.parse().map_or_else(|_| Err(too_large()), float)
}

/// A number that lies exactly between two with so many digits, a little further from zero: writing it down would take the
/// one whose last digit is even.
fn off_the_middle(number: f64, digits: usize) -> f64 {
    let bits = i32::try_from(digits + 1).unwrap_or(i32::MAX);
    // Only such a number has no more binary places than that, and then its decimal places can be looked at.
    let is_short = (number * 2_f64.powi(bits)).fract() == 0.0;
    match is_short && format!("{number:.0$}", digits + 1).ends_with('5') {
        false => number,
        true if number > 0.0 => number.next_up(),
        true => number.next_down(),
    }
}
