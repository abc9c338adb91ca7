//! Paths, as texts with `/`: no file is looked at.

use super::args::text;
use super::{Function, Group, own};

pub(super) const FUNCTIONS: &[Function] = &[
    own(
        "basename",
        Group::Paths,
        (1, 1),
        &["basename(path)"],
        "The last part of a path.",
        ("basename('/data/2026/sales.csv')", "sales.csv"),
        |args| text(split(args.text(0)?).1),
    ),
    own(
        "dirname",
        Group::Paths,
        (1, 1),
        &["dirname(path)"],
        "A path without its last part; `.` where there is nothing before it.",
        ("dirname('/data/2026/sales.csv')", "/data/2026"),
        |args| text(split(args.text(0)?).0),
    ),
    own(
        "extension",
        Group::Paths,
        (1, 1),
        &["extension(path)"],
        "What follows the last dot of a path's last part; nothing where there is none.",
        ("extension('sales.tar.gz')", "gz"),
        |args| text(split_name(split(args.text(0)?).1).1),
    ),
    own(
        "stem",
        Group::Paths,
        (1, 1),
        &["stem(path)"],
        "A path's last part without its extension.",
        ("stem('/data/sales.tar.gz')", "sales.tar"),
        |args| text(split_name(split(args.text(0)?).1).0),
    ),
    own(
        "join_path",
        Group::Paths,
        (2, 8),
        &["join_path(path, part, …)"],
        "The parts with one `/` between them. A part that starts with `/` starts anew.",
        ("join_path('data/', '2026', 'sales.csv')", "data/2026/sales.csv"),
        |args| {
            let mut path = String::new();
            for index in 0..args.count() {
                let part = args.text(index)?;
                if part.starts_with('/') {
                    path.clear();
                } else if !path.is_empty() && !path.ends_with('/') && !part.is_empty() {
                    path.push('/');
                }
                path.push_str(part);
            }
            text(path)
        },
    ),
];

/// A path's folder and its last part, as POSIX's `dirname` and `basename` have them.
fn split(path: &str) -> (&str, &str) {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return if path.is_empty() { (".", "") } else { ("/", "/") };
    }
    match trimmed.rfind('/') {
        None => (".", trimmed),
        Some(at) => {
            let folder = trimmed[..at].trim_end_matches('/');
            (if folder.is_empty() { "/" } else { folder }, &trimmed[at + 1..])
        }
    }
}

/// A name before and after its last dot. A dot at the start hides a file and begins no extension.
fn split_name(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 && name != ".." => (&name[..at], &name[at + 1..]),
        _ => (name, ""),
    }
}
