//! Lists.

use std::cmp::Ordering;

use cel::common::types::{CelInt, CelList, CelString};
use cel::common::value::Val;

use super::args::{Args, Built, Exact, charge_for, int, list, number_of};
use super::{Function, Group, own};

/// The longest list that `range` makes: as many items as a mapped task may have.
const MAX_RANGE: i64 = 10_000;

pub(super) const FUNCTIONS: &[Function] = &[
    own(
        "range",
        Group::Lists,
        (1, 2),
        &["range(count)", "range(from, to)"],
        "The whole numbers from 0, or `from`, up to and without the last; at most 10,000.",
        ("range(2, 5)", "[2,3,4]"),
        |args| {
            let (from, to) =
                if args.count() > 1 { (args.int(0)?, args.int(1)?) } else { (0, args.int(0)?) };
            if to.saturating_sub(from) > MAX_RANGE {
                return Err(format!("more than {MAX_RANGE} numbers"));
            }
            list((from..to).map(|number| Box::new(CelInt::from(number)) as Box<dyn Val>).collect())
        },
    ),
    own(
        "sort",
        Group::Lists,
        (1, 1),
        &["list.sort()"],
        "In ascending order; all numbers, or all texts.",
        ("[3, 1, 2].sort()", "[1,2,3]"),
        sort,
    ),
    own(
        "distinct",
        Group::Lists,
        (1, 1),
        &["list.distinct()"],
        "Each value once, at its first place.",
        ("['b', 'a', 'b'].distinct()", "[\"b\",\"a\"]"),
        |args| {
            let mut kept: Vec<Box<dyn Val>> = Vec::new();
            for item in args.list(0)? {
                let once = args.budget.taken_by(|budget| charge_for(item.as_ref(), budget));
                let steps = once.map_err(|error| error.to_string())?.saturating_add(1);
                let steps = steps.saturating_mul(kept.len() as u64).saturating_add(1);
                args.budget.charge(steps).map_err(|error| error.to_string())?;
                if !kept.iter().any(|other| other.equals(item.as_ref())) {
                    kept.push(item.clone_as_boxed());
                }
            }
            list(kept)
        },
    ),
    own(
        "flatten",
        Group::Lists,
        (1, 1),
        &["list.flatten()"],
        "With the elements of its lists in their place; one level.",
        ("[[1, 2], [3]].flatten()", "[1,2,3]"),
        |args| {
            let mut flat = Vec::new();
            for item in args.list(0)? {
                match item.downcast_ref::<CelList<'_>>() {
                    Some(inner) => {
                        flat.extend(inner.inner().iter().map(|item| item.clone_as_boxed()));
                    }
                    None => flat.push(item.clone_as_boxed()),
                }
            }
            list(flat)
        },
    ),
    own(
        "reverse",
        Group::Lists,
        (1, 1),
        &["list.reverse()"],
        "The other way round.",
        ("[1, 2].reverse()", "[2,1]"),
        |args| list(args.list(0)?.iter().rev().map(|item| item.clone_as_boxed()).collect()),
    ),
    own(
        "slice",
        Group::Lists,
        (3, 3),
        &["list.slice(start, end)"],
        "The elements from `start` up to, and without, `end`; as many as there are.",
        ("[1, 2, 3].slice(1, 9)", "[2,3]"),
        |args| {
            let (start, end) = (args.length(1)?, args.length(2)?);
            let items = args.list(0)?.iter().take(end).skip(start);
            list(items.map(|item| item.clone_as_boxed()).collect())
        },
    ),
    own(
        "first",
        Group::Lists,
        (1, 1),
        &["list.first()"],
        "The first element; an error where there is none.",
        ("[1, 2].first()", "1"),
        |args| args.list(0)?.first().map(|item| item.clone_as_boxed()).ok_or_else(empty),
    ),
    own(
        "last",
        Group::Lists,
        (1, 1),
        &["list.last()"],
        "The last element; an error where there is none.",
        ("[1, 2].last()", "2"),
        |args| args.list(0)?.last().map(|item| item.clone_as_boxed()).ok_or_else(empty),
    ),
    own(
        "sum",
        Group::Lists,
        (1, 1),
        &["list.sum()"],
        "The sum of its numbers; 0 where there is none.",
        ("[1, 2, 3].sum()", "6"),
        sum,
    ),
    own(
        "min",
        Group::Lists,
        (1, 8),
        &["list.min()", "min(a, b, …)"],
        "The smallest number.",
        ("min(3, 1.5)", "1.5"),
        |args| extreme(args, Ordering::Less),
    ),
    own(
        "max",
        Group::Lists,
        (1, 8),
        &["list.max()", "max(a, b, …)"],
        "The largest number.",
        ("[3, 1].max()", "3"),
        |args| extreme(args, Ordering::Greater),
    ),
];

fn empty() -> String {
    "the list is empty".to_owned()
}

fn sort<'v>(args: &Args<'_, '_, 'v>) -> Built<'v> {
    let items = args.list(0)?;
    let steps = items.len() as u64 * u64::from(items.len().max(2).ilog2());
    args.budget.charge(steps + 1).map_err(|error| error.to_string())?;
    let mixed = || "all elements must be numbers, or all texts".to_owned();
    if items.iter().all(|item| item.downcast_ref::<CelString<'_>>().is_some()) {
        let mut sorted = args.texts(0)?;
        sorted.sort_unstable();
        return args.texts_of(sorted.into_iter().map(str::to_owned));
    }
    let mut sorted = Vec::with_capacity(items.len());
    for item in items {
        sorted.push((Exact::of(item.as_ref()).ok_or_else(mixed)?, item));
    }
    sorted.sort_by(|a, b| a.0.order(b.0));
    list(sorted.into_iter().map(|(_, item)| item.clone_as_boxed()).collect())
}

fn sum<'v>(args: &Args<'_, '_, 'v>) -> Built<'v> {
    let items = args.list(0)?;
    let mut whole: Option<i64> = Some(0);
    let mut total = 0.0;
    for item in items {
        let number =
            number_of(item.as_ref()).ok_or_else(|| "all elements must be numbers".to_owned())?;
        total += number;
        whole = match (whole, item.downcast_ref::<CelInt>()) {
            (Some(sum), Some(number)) => Some(
                sum.checked_add(*number.inner())
                    .ok_or_else(|| "the sum is beyond 64 bits".to_owned())?,
            ),
            _ => None,
        };
    }
    whole.map_or_else(|| super::args::float(total), int)
}

/// The number that stands so to all others.
fn extreme<'v>(args: &Args<'_, '_, 'v>, wanted: Ordering) -> Built<'v> {
    let items: Vec<&(dyn Val + 'v)> = match args.count() {
        1 => args.list(0)?.iter().map(AsRef::as_ref).collect(),
        count => (0..count).map(|index| args.value(index)).collect(),
    };
    let mut found: Option<(Exact, &(dyn Val + 'v))> = None;
    for item in items {
        let number = Exact::of(item).ok_or_else(|| "all must be numbers".to_owned())?;
        if found.is_none_or(|(best, _)| number.order(best) == wanted) {
            found = Some((number, item));
        }
    }
    found.map(|(_, item)| item.clone_as_boxed()).ok_or_else(empty)
}
