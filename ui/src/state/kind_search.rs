//! Kinds of tasks by what a person types, the most used first.

use std::collections::BTreeMap;

use millrace_model::kinds::{self, Kind};

use super::fit::fit;

/// The kinds that fit the query, best first: by where it matches, then by how often each was used.
pub(crate) fn ranked(query: &str, used: &BTreeMap<String, u32>) -> Vec<&'static Kind> {
    let mut found: Vec<(u8, u32, usize, &'static Kind)> = kinds::all()
        .iter()
        .enumerate()
        .filter_map(|(place, kind)| {
            let fit = fit_of(kind, query)?;
            let uses = used.get(kind.id).copied().unwrap_or(0);
            Some((fit, u32::MAX - uses, place, *kind))
        })
        .collect();
    found.sort_by_key(|(fit, unused, place, _)| (*fit, *unused, *place));
    found.into_iter().map(|(_, _, _, kind)| kind).collect()
}

/// How well a kind fits; smaller is better. Its name before what it does.
fn fit_of(kind: &Kind, query: &str) -> Option<u8> {
    let names = [kind.title, kind.id].into_iter().filter_map(|text| fit(text, query)).min();
    let texts = [kind.summary, kind.category.title()];
    names.or_else(|| texts.into_iter().any(|text| fit(text, query).is_some()).then_some(3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(query: &str, used: &[(&str, u32)]) -> Vec<&'static str> {
        let used = used.iter().map(|(id, uses)| ((*id).to_owned(), *uses)).collect();
        ranked(query, &used).into_iter().map(|kind| kind.id).collect()
    }

    #[test]
    fn the_most_used_comes_first_and_a_better_match_before_it() {
        assert_eq!(ids("", &[("python", 3)])[0], "python");
        assert_eq!(ids("sh", &[("python", 3)])[0], "shell");
        assert_eq!(ids("script", &[])[0], "shell");
        assert!(ids("no such kind", &[]).is_empty());
    }
}
