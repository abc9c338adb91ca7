//! Whole numbers in JSON that no whole number of 64 bits can hold. Read as floats they would lose digits without a word.

/// Looks through a text that is JSON.
///
/// # Errors
/// Names the first such number, and says what to do.
pub(crate) fn check(json: &str) -> Result<(), String> {
    match numbers(json).find(|number| loses_digits(number)) {
        None => Ok(()),
        Some(number) => Err(format!(
            "the whole number {number} does not fit into 64 bits; give it as a string, in quotes"
        )),
    }
}

/// The numbers in it, as they are written.
fn numbers(json: &str) -> impl Iterator<Item = &str> {
    let mut is_string = false;
    let mut is_escaped = false;
    let is_no_part_of_one = move |letter: char| {
        let was_string = is_string;
        match letter {
            _ if std::mem::take(&mut is_escaped) => {}
            '\\' => is_escaped = was_string,
            '"' => is_string = !was_string,
            _ => {}
        }
        was_string || !(letter.is_ascii_alphanumeric() || matches!(letter, '.' | '+' | '-'))
    };
    let begins_as_one = |word: &&str| word.starts_with(|at: char| at == '-' || at.is_ascii_digit());
    json.split(is_no_part_of_one).filter(begins_as_one)
}

/// Whether it is a whole number that only a float could hold, and not exactly.
fn loses_digits(number: &str) -> bool {
    let is_whole = !number.contains(['.', 'e', 'E']);
    is_whole && number.parse::<i64>().is_err() && number.parse::<u64>().is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_are_looked_at() {
        let found: Vec<&str> =
            numbers(r#"{"1": "2\"3", "\\": [-4, 5.0e+6,true,null], "é": 7}"#).collect();
        assert_eq!(found, ["-4", "5.0e+6", "7"]);
    }

    #[test]
    fn what_fits_is_kept_and_what_does_not_is_named() {
        for fits in ["[18446744073709551615]", "[-9223372036854775808]", "[1e30]", "\"1e9\"", "-0"]
        {
            assert_eq!(check(fits), Ok(()), "{fits}");
        }
        for bad in ["18446744073709551616", "-9223372036854775809"] {
            assert!(check(&format!("[1, {bad}]")).is_err_and(|why| why.contains(bad)));
        }
    }
}
