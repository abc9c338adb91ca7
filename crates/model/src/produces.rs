//! The patterns of the files that a task makes (`produces`): which texts are patterns.

/// What is wrong with a pattern into which values have been put, in half a sentence; nothing is read from the disk.
///
/// # Errors
/// Why no file can be found by it.
pub fn check(pattern: &str) -> Result<(), String> {
    if pattern.trim().is_empty() {
        return Err("a pattern of files is empty".to_owned());
    }
    if pattern.contains('\0') {
        return Err(format!("`{pattern:.64}` has a NUL character, which no path has"));
    }
    if pattern.split('/').any(|part| part == "..") {
        return Err(format!(
            "`{pattern:.64}` leads out of the task's folder by `..`; write the whole path, or set the task's `workdir`"
        ));
    }
    check_parts(pattern)
}

/// What is wrong with the parts of a pattern between its slashes, in half a sentence.
///
/// # Errors
/// Why one of them is none.
pub(crate) fn check_parts(pattern: &str) -> Result<(), String> {
    match pattern.split('/').find_map(|part| glob::Pattern::new(part).err()) {
        None => Ok(()),
        Some(error) => Err(format!("`{pattern:.64}` is not a pattern of files: {}", error.msg)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_and_what_is_none() {
        for good in ["a.csv", "out/*.csv", "**/x", "/data/[a-c]?.txt", "a..b", ".hidden"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, why) in [
            ("", "empty"),
            (" ", "empty"),
            ("../x", "`..`"),
            ("out/../../x", "`..`"),
            ("a[", "not a pattern"),
            ("a**", "not a pattern"),
            ("[a/b]", "not a pattern"),
            ("a\0", "NUL"),
        ] {
            assert!(check(bad).unwrap_err().contains(why), "{bad:?}");
        }
    }
}
