//! The outputs that a task writes to `$MILLRACE_OUTPUTS`: JSON objects, one a line.
//!
//! Only the format. Who collects the file and when is the runner's matter.

use crate::{Values, exact};

/// The most that one task may give, in bytes of the file.
pub const MAX_OUTPUTS: usize = 1024 * 1024;

/// Why a file of outputs cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OutputsError {
    /// The file is too large.
    #[error(
        "the outputs have {bytes} bytes; at most {MAX_OUTPUTS} are allowed: write large results to a file in $MILLRACE_RUN_DIR"
    )]
    TooLarge {
        /// How large.
        bytes: usize,
    },
    /// A line is not what it should be.
    #[error("outputs, line {line}: {message}")]
    Line {
        /// Counts from 1.
        line: usize,
        /// What is wrong, and what was expected.
        message: String,
    },
}

/// Reads outputs. Blank lines count for nothing; where a key is given again the later value wins.
///
/// # Errors
/// The first line that is not a JSON object, or a file that is too large.
pub fn parse(bytes: &[u8]) -> Result<Values, OutputsError> {
    if bytes.len() > MAX_OUTPUTS {
        return Err(OutputsError::TooLarge { bytes: bytes.len() });
    }
    let mut outputs = Values::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let object =
            parse_line(line).map_err(|message| OutputsError::Line { line: index + 1, message })?;
        outputs.extend(object);
    }
    Ok(outputs)
}

fn parse_line(line: &[u8]) -> Result<Values, String> {
    let text = std::str::from_utf8(line).map_err(|_| "not UTF-8".to_owned())?;
    let object: Values = serde_json::from_str(text).map_err(|error| {
        let start: String = text.trim().chars().take(40).collect();
        if error.is_data() {
            return format!("a JSON object is expected, such as {{\"rows\": 3}}, not `{start}`");
        }
        let column = error.column();
        let what = error.to_string();
        let what = what.split(" at line ").next().unwrap_or(&what).to_owned();
        format!("not JSON, column {column}: {what}; a line is one object, such as {{\"rows\": 3}}, found `{start}`")
    })?;
    if let Some(key) = object.keys().find(|key| key.is_empty()) {
        return Err(format!("the name of an output is empty (`{key}`)"));
    }
    exact::check(text)?;
    Ok(object)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn error(bytes: &[u8]) -> String {
        parse(bytes).unwrap_err().to_string()
    }

    #[test]
    fn later_keys_win() {
        let outputs = parse(b"{\"a\":1,\"b\":[2]}\n\n  \r\n{\"a\":\"x\"}\r\n{}").unwrap();
        assert_eq!(serde_json::Value::Object(outputs), json!({"a": "x", "b": [2]}));
        assert_eq!(parse(b"").unwrap().len(), 0);
    }

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        let line = r#"{"a":18446744073709551615,"b":-9223372036854775808,"c":"118446744073709551616","d":0.1184467440737095516}"#;
        let outputs = parse(line.as_bytes()).unwrap();
        assert_eq!(outputs["a"], json!(u64::MAX));
        assert_eq!(outputs["b"], json!(i64::MIN));
        let again = parse(&serde_json::to_vec(&outputs).unwrap()).unwrap();
        assert_eq!(again, outputs);
        assert!(error(b"{\"a\":18446744073709551616}").contains("18446744073709551616"));
        // A float is what it says it is, however large.
        assert!(parse(b"{\"a\":1.0e30}").is_ok());
    }

    #[test]
    fn errors_name_the_line() {
        insta::assert_snapshot!(
            [
                error(b"{\"a\":1}\nrows=3"),
                error(b"[1]"),
                error(b"{\"a\":1}{\"b\":2}"),
                error(b"{\"a\":"),
                error(b"\n\n{\"\":1}"),
                error(b"{\"a\":\"\xff\"}"),
                error(b"{\"a\":1e999}"),
                error(b"{\"a\":[\"\\\"\",{\"b\":-118446744073709551616}]}"),
                error(&vec![b' '; MAX_OUTPUTS + 1]),
            ]
            .join("\n")
        );
        assert!(error("[".repeat(100_000).as_bytes()).contains("line 1"));
        assert!(
            error(format!("{{\"a\":{}", "[".repeat(100_000)).as_bytes())
                .contains("recursion limit")
        );
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _outputs = parse(&bytes);
        }

        #[test]
        fn what_is_written_reads_back(key in "[a-z]{1,8}", value in "\\PC{0,20}", number in proptest::num::i64::ANY) {
            let line = json!({ &key: value, "n_": number }).to_string();
            let outputs = parse(line.as_bytes()).unwrap();
            proptest::prop_assert_eq!(&outputs[&key], &json!(value));
            proptest::prop_assert_eq!(&outputs["n_"], &json!(number));
        }
    }
}
