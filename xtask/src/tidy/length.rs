//! No hand-written Rust file is longer than 800 lines.

use super::sources::Sources;

const MOST: usize = 800;
/// A file that begins with this line was written by a program.
const GENERATED: &str = "// @generated";

pub(super) fn check(sources: &Sources) -> Vec<String> {
    sources
        .rust()
        .filter(|source| !source.text.starts_with(GENERATED))
        .filter_map(|source| {
            let lines = source.text.lines().count();
            (lines > MOST)
                .then(|| format!("{}: {lines} lines; split it, {MOST} is the most", source.path))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_too_many_is_told() {
        let text = "//! x\n".repeat(801);
        let complaints = check(&Sources::of(&[("a.rs", &text), ("b.rs", &"//!\n".repeat(800))]));
        assert_eq!(complaints, ["a.rs: 801 lines; split it, 800 is the most"]);
    }

    #[test]
    fn generated_files_may_be_long() {
        let text = format!("{GENERATED}\n{}", "//\n".repeat(900));
        assert!(check(&Sources::of(&[("table.rs", &text)])).is_empty());
    }
}
