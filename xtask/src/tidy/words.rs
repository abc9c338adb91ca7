//! Words that must not be left behind: unfinished work, and paths of one machine.

use super::sources::Sources;

/// Put together at compile time, so that this file does not break its own rule.
const FORBIDDEN: &[(&str, &str)] = &[
    (concat!("TO", "DO"), "finish it or write an issue"),
    (concat!("FIX", "ME"), "fix it or write an issue"),
    (concat!("XX", "X"), "say what is meant"),
    (concat!("to", "do!"), "finish it"),
    (concat!("unimpl", "emented!"), "finish it"),
    (concat!("/wo", "rk/"), "no paths of one machine"),
    (concat!("/ro", "ot/"), "no paths of one machine"),
];

/// Where other people's texts are kept as they came.
const EXEMPT: &[&str] = &["tests/data/", "LICENSE"];

pub(super) fn check(sources: &Sources) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources.iter() {
        if EXEMPT.iter().any(|folder| source.path.starts_with(folder)) {
            continue;
        }
        for (number, line) in source.text.lines().enumerate() {
            for (word, advice) in FORBIDDEN {
                if contains_word(line, word) {
                    complaints.push(format!("{}:{}: {word}: {advice}", source.path, number + 1));
                }
            }
        }
    }
    complaints
}

/// A word is one only when no letter or digit continues it.
fn contains_word(line: &str, word: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word).any(|(at, _)| {
        let begins =
            !word.starts_with(char::is_alphanumeric) || !is_letter(line[..at].chars().next_back());
        let ends = !word.ends_with(char::is_alphanumeric)
            || !is_letter(line[at + word.len()..].chars().next());
        begins && ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_forbidden_word_is_found_with_its_line() {
        for (word, _) in FORBIDDEN {
            let text = format!("fine\nsome {word} here\n");
            let complaints = check(&Sources::of(&[("docs/a.md", &text)]));
            assert!(
                complaints.iter().any(|c| c.starts_with("docs/a.md:2:")),
                "{word}: {complaints:?}"
            );
        }
    }

    #[test]
    fn parts_of_other_words_are_not() {
        let text = concat!("mktemp /tmp/aX", "XX", "X", "\nframe", "work/x\n");
        assert!(check(&Sources::of(&[("a.sh", text)])).is_empty());
    }

    #[test]
    fn other_peoples_texts_are_left_alone() {
        let text = concat!("TO", "DO");
        assert!(check(&Sources::of(&[("tests/data/airflow.json", text)])).is_empty());
    }
}
