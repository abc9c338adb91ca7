//! Parts that get time, chance and the outside world passed in, and therefore never reach for them.

use crate::tidy::sources::Sources;

struct Pure {
    paths: &'static [&'static str],
    never: &'static [&'static str],
}

const PURE: &[Pure] = &[
    Pure {
        paths: &["crates/engine/src/core/", "crates/engine/src/core.rs"],
        never: &[
            "tokio::",
            "SystemTime",
            "Instant",
            "rand::",
            "getrandom",
            "std::fs",
            "std::net",
            "std::process",
            "std::thread",
            "std::env",
        ],
    },
    Pure {
        paths: &["crates/model/src/"],
        never: &[
            "SystemTime::now",
            "Instant::now",
            "rand::",
            "getrandom",
            "std::fs",
            "std::net",
            "std::process",
            "std::thread",
            "std::env",
        ],
    },
    // The api looks for the daemon's socket, and does no other I/O.
    Pure { paths: &["crates/api/src/"], never: &["tokio::", "rusqlite::", "std::net"] },
    Pure {
        paths: &["ui/src/"],
        never: &["tokio::", "rusqlite::", "std::fs", "std::net", "std::process", "std::thread"],
    },
];

/// Tests may do what the code may not: they read fixtures.
fn is_test(path: &str) -> bool {
    path.contains("/tests/")
        || ["/tests.rs", "_test.rs", "_tests.rs"].iter().any(|ending| path.ends_with(ending))
}

pub(super) fn check(sources: &Sources) -> Vec<String> {
    let mut complaints = Vec::new();
    for source in sources.rust().filter(|source| !is_test(&source.path)) {
        let rules =
            PURE.iter().filter(|rule| rule.paths.iter().any(|p| source.path.starts_with(p)));
        for rule in rules {
            for (number, line) in lines_outside_tests(&source.text) {
                let code = line.split("//").next().unwrap_or_default();
                for word in rule.never.iter().filter(|word| has_word(code, word)) {
                    let place = format!("{}:{}", source.path, number + 1);
                    complaints.push(format!("{place}: this part must never see {word}"));
                }
            }
        }
    }
    complaints
}

/// The numbered lines without what is there for tests: single items such as `mod tests;`, and all from their module on.
fn lines_outside_tests(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut lines = text.lines().enumerate();
    std::iter::from_fn(move || {
        loop {
            let (number, line) = lines.next()?;
            if !line.trim_start().starts_with("#[cfg(test)]") {
                return Some((number, line));
            }
            if !lines.next()?.1.ends_with(';') {
                return None;
            }
        }
    })
}

/// `operand::` is not `rand::`.
fn has_word(code: &str, word: &str) -> bool {
    let continues = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back().is_some_and(continues);
        let after =
            !word.ends_with(':') && code[at + word.len()..].chars().next().is_some_and(continues);
        !before && !after
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> usize {
        check(&Sources::of(&[(path, text)])).len()
    }

    #[test]
    fn the_core_sees_no_clock_runtime_or_chance() {
        for line in [
            "use tokio::time::sleep;",
            "let now = std::time::SystemTime::now();",
            "use std::time::Instant;",
            "let x = rand::random();",
            "std::thread::spawn(f);",
        ] {
            assert_eq!(complaints("crates/engine/src/core/reactor.rs", line), 1, "{line}");
            assert_eq!(complaints("crates/engine/src/driver.rs", line), 0, "{line}");
        }
    }

    #[test]
    fn durations_comments_tests_and_other_words_are_fine() {
        let core = "crates/engine/src/core/reactor.rs";
        assert_eq!(complaints(core, "use std::time::Duration;"), 0);
        assert_eq!(complaints(core, "/// Like tokio::time, but pure."), 0);
        assert_eq!(complaints(core, "operand::eval(); Instantaneous"), 0);
        assert_eq!(complaints(core, "fn a() {}\n#[cfg(test)]\nuse std::fs;\n"), 0);
        let tests_elsewhere = "#[cfg(test)]\nmod tests;\n\nuse std::fs;\n";
        assert_eq!(complaints("crates/model/src/read.rs", tests_elsewhere), 1);
        assert_eq!(complaints("crates/model/src/read/tests.rs", "std::fs::read(x)"), 0);
    }

    #[test]
    fn the_model_does_no_io() {
        assert_eq!(complaints("crates/model/src/read.rs", "std::fs::read_to_string(path)"), 1);
        assert_eq!(complaints("ui/src/canvas.rs", "std::thread::sleep(d)"), 1);
    }
}
