//! Every error code in the code is in the table of `docs/errors.md`, and the other way round.
//!
//! Codes are found where they are defined: as `"MR1234"` in a string, or as a line `1234 Name …` of a `codes!` list.

use std::collections::BTreeMap;

use super::sources::{Source, Sources};

const TABLE: &str = "docs/errors.md";

pub(super) fn check(sources: &Sources) -> Vec<String> {
    let mut defined = BTreeMap::new();
    for source in sources.rust().filter(|source| is_product(&source.path)) {
        for code in codes_of(source) {
            defined.entry(code).or_insert(source.path.as_str());
        }
    }
    let table = sources.text(TABLE).unwrap_or_default();
    let listed: Vec<String> = table
        .lines()
        .filter_map(|line| line.strip_prefix('|'))
        .flat_map(|row| codes_in(row.split('|').next().unwrap_or_default()))
        .collect();

    let missing = defined
        .iter()
        .filter(|(code, _)| !listed.contains(code))
        .map(|(code, path)| format!("{path}: {code} is not in the table of {TABLE}"));
    let left_over = listed
        .iter()
        .filter(|code| !defined.contains_key(*code))
        .map(|code| format!("{TABLE}: {code} is in the table, but no code has it"));
    missing.chain(left_over).collect()
}

fn is_product(path: &str) -> bool {
    ["crates/", "ui/src/", "src-tauri/src/"].iter().any(|folder| path.starts_with(folder))
        && !path.contains("/tests")
}

fn codes_of(source: &Source) -> Vec<String> {
    let mut codes = Vec::new();
    let mut in_list = false;
    for line in source.text.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
        if line.starts_with("codes! {") {
            in_list = true;
        } else if line == "}" {
            in_list = false;
        }
        if in_list {
            let first = line.split_whitespace().next().unwrap_or_default();
            if first.len() == 4 && first.bytes().all(|byte| byte.is_ascii_digit()) {
                codes.push(format!("MR{first}"));
            }
        }
        // Only whole literals: a code in a sentence is a mention.
        codes.extend(
            line.split('"').skip(1).step_by(2).filter(|word| is_code(word)).map(str::to_owned),
        );
    }
    codes
}

fn codes_in(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| is_code(word))
        .map(str::to_owned)
        .collect()
}

fn is_code(word: &str) -> bool {
    word.strip_prefix("MR")
        .is_some_and(|rest| rest.len() == 4 && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: (&str, &str) = (
        "crates/api/src/error.rs",
        "codes! {\n    1001 TooLarge Error \"too large\";\n}\nconst NOT_FOUND: &str = \"MR2001\";\n// \"MR9999\"\n",
    );

    #[test]
    fn both_ways_of_defining_a_code_are_found() {
        let complaints = check(&Sources::of(&[CODE]));
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert!(complaints[0].contains("MR1001") && complaints[1].contains("MR2001"));
    }

    #[test]
    fn a_complete_table_is_fine_and_a_row_too_many_is_told() {
        let rows = "| code | meaning |\n|---|---|\n| `MR1001` | a |\n| MR2001 | see MR7777 |\n";
        assert!(check(&Sources::of(&[CODE, (TABLE, rows)])).is_empty());
        let more = format!("{rows}| MR3000 | gone |\n");
        let complaints = check(&Sources::of(&[CODE, (TABLE, &more)]));
        assert!(complaints[0].contains("MR3000"), "{complaints:?}");
    }
}
