//! Older versions of the format, brought up to this one as trees, before anything is typed.
//!
//! Version 1 is the first, so there are no steps yet; a step for a new version is one function more in `STEPS`.

use crate::document::{Json, Workflow};

/// `STEPS[n]` turns a tree of version n + 1 into one of version n + 2.
const STEPS: &[fn(&mut Json)] = &[];

const _: () = assert!(
    STEPS.len() + 1 == Workflow::FORMAT_VERSION as usize,
    "there is one step from each version to the next"
);

/// Brings `tree` from version `from` to the version of this release. True where it has changed.
pub fn migrate(tree: &mut Json, from: u32) -> bool {
    apply(tree, from, STEPS)
}

fn apply(tree: &mut Json, from: u32, steps: &[fn(&mut Json)]) -> bool {
    let done = from.saturating_sub(1) as usize;
    let due = steps.get(done..).unwrap_or_default();
    for (at, step) in due.iter().enumerate() {
        step(tree);
        set_version(tree, from + 1 + u32::try_from(at).unwrap_or(0));
    }
    !due.is_empty()
}

fn set_version(tree: &mut Json, version: u32) {
    if let Json::Object(members) = tree
        && let Some((_, value)) = members.iter_mut().find(|(key, _)| key == "millrace")
    {
        *value = Json::Number(version.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rename_a(tree: &mut Json) {
        if let Json::Object(members) = tree {
            for (key, _) in members.iter_mut().filter(|(key, _)| key == "a") {
                *key = "b".to_owned();
            }
        }
    }

    fn mark(tree: &mut Json) {
        if let Json::Object(members) = tree {
            members.push(("marked".to_owned(), Json::Bool(true)));
        }
    }

    fn tree(version: u32, key: &str) -> Json {
        Json::Object(vec![
            ("millrace".to_owned(), Json::Number(version.to_string())),
            (key.to_owned(), Json::Null),
        ])
    }

    #[test]
    fn each_version_takes_only_the_steps_that_it_lacks() {
        let steps: &[fn(&mut Json)] = &[rename_a, mark];
        let mut first = tree(1, "a");
        assert!(apply(&mut first, 1, steps));
        assert_eq!(first.get("millrace"), Some(&Json::Number("3".to_owned())));
        assert!(first.get("b").is_some() && first.get("marked").is_some());
        let mut second = tree(2, "a");
        assert!(apply(&mut second, 2, steps));
        assert!(second.get("a").is_some() && second.get("marked").is_some());
        let mut third = tree(3, "a");
        assert!(!apply(&mut third, 3, steps));
        assert_eq!(third, tree(3, "a"));
    }
}
