//! The files that a task leaves behind on purpose: which names they may have, how many there may be, of which type they are.
//!
//! Only rules. Who takes them in and where they lie is the runner's matter.

/// The most files that one attempt may leave.
pub const MAX_ARTIFACTS: usize = 1_000;
/// The most that they may have together, in bytes.
pub const MAX_ARTIFACT_BYTES: u64 = 64 << 30;
/// The longest name, in bytes.
pub const MAX_ARTIFACT_NAME: usize = 512;

/// What is wrong with a name, in half a sentence. A name is a path within the attempt's folder; it is used as one
/// again on every machine that takes the file out, so it must not lead anywhere else, however it is read.
///
/// # Errors
/// Why no artifact can have this name.
pub fn check_name(name: &str) -> Result<(), String> {
    let refuse =
        |why: &str| Err(format!("`{}` {why}", name.escape_debug().take(80).collect::<String>()));
    if name.is_empty() {
        return Err("the name is empty".to_owned());
    }
    if name.len() > MAX_ARTIFACT_NAME {
        return refuse(&format!("is longer than {MAX_ARTIFACT_NAME} bytes"));
    }
    if name.chars().any(|c| c.is_control() || is_direction(c)) {
        return refuse("has control characters");
    }
    if name.starts_with('/') {
        return refuse("is an absolute path");
    }
    if name.contains('\\') {
        return refuse("has a backslash, which parts a path elsewhere");
    }
    if let [letter, b':', ..] = name.as_bytes()
        && letter.is_ascii_alphabetic()
    {
        return refuse("begins with the letter of a drive");
    }
    let plain = name.to_ascii_lowercase();
    if ["%2e", "%2f", "%5c", "%00"].iter().any(|escaped| plain.contains(escaped)) {
        return refuse("has an escaped dot or slash");
    }
    for part in name.split('/') {
        match part {
            "" => return refuse("has an empty part"),
            "." | ".." => return refuse("leads out of its folder"),
            _ if part.len() > 255 => return refuse("has a part of more than 255 bytes"),
            _ if part.trim() != part => {
                return refuse("has a part that begins or ends with a space");
            }
            _ => {}
        }
    }
    Ok(())
}

/// Characters that change in which direction the text after them is shown.
pub(crate) fn is_direction(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The type of a file, by its name and by how it begins. What begins otherwise than its name says is of no known type.
#[must_use]
pub fn media_type(name: &str, head: &[u8]) -> &'static str {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let by_name = match ending.as_deref() {
        Some("csv") => "text/csv",
        Some("tsv") => "text/tab-separated-values",
        Some("json" | "ipynb" | "geojson") => "application/json",
        Some("jsonl" | "ndjson") => "application/x-ndjson",
        Some("md" | "markdown") => "text/markdown",
        Some("html" | "htm") => "text/html",
        Some("xml") => "application/xml",
        Some("yaml" | "yml") => "application/yaml",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("gif") => "image/gif",
        Some("webp") => "image/webp",
        Some("pdf") => "application/pdf",
        Some("zip") => "application/zip",
        Some("gz" | "tgz") => "application/gzip",
        Some("parquet") => "application/vnd.apache.parquet",
        _ => "",
    };
    let by_head = match head {
        [0x89, b'P', b'N', b'G', ..] => "image/png",
        [0xff, 0xd8, 0xff, ..] => "image/jpeg",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'%', b'P', b'D', b'F', ..] => "application/pdf",
        [b'P', b'K', 3, 4, ..] => "application/zip",
        [0x1f, 0x8b, ..] => "application/gzip",
        _ => "",
    };
    let is_text = is_text(head);
    let names_text = by_name.starts_with("text/")
        || matches!(
            by_name,
            "application/json"
                | "application/x-ndjson"
                | "application/xml"
                | "application/yaml"
                | "image/svg+xml"
        );
    match (by_name, by_head) {
        (_, by_head) if !by_head.is_empty() => by_head,
        (by_name, _) if names_text && is_text => by_name,
        (_, _) if is_text => "text/plain",
        ("image/webp" | "application/vnd.apache.parquet", _) => by_name,
        _ => "application/octet-stream",
    }
}

/// Whether the beginning of a file is text: UTF-8, but for a character that is cut off at its end, without NUL.
fn is_text(head: &[u8]) -> bool {
    let valid = match std::str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    valid && !head.contains(&0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for good in ["a.csv", "plots/loss.png", "Größe 1.txt", ".hidden", "a..b", "100%.txt"] {
            assert_eq!(check_name(good), Ok(()), "{good}");
        }
        let long = "a".repeat(256);
        for bad in [
            "",
            "..",
            ".",
            "../x",
            "a/../b",
            "a/./b",
            "/etc/passwd",
            "a//b",
            "a/",
            "..\\x",
            "C:x",
            "%2e%2e/x",
            "a%2Fb",
            "a\nb",
            "a\0",
            "\u{1b}[31m",
            "a\u{202e}gpj.exe",
            " a",
            "a /b",
            &long,
        ] {
            assert!(check_name(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_type_needs_a_name_and_content_that_agree() {
        for (name, head, expected) in [
            ("a.csv", b"a,b\n".as_slice(), "text/csv"),
            ("a.csv", b"\xff\xfe", "application/octet-stream"),
            ("a.txt", b"x", "text/plain"),
            ("a", b"", "text/plain"),
            ("a.png", b"\x89PNG\r\n", "image/png"),
            ("a.png", b"<svg/>", "text/plain"),
            ("a.txt", b"\x89PNG\r\n", "image/png"),
            ("a.json", b"{}", "application/json"),
            ("a.bin", b"a\0b", "application/octet-stream"),
            ("a.md", "größ".as_bytes(), "text/markdown"),
            ("a.md", &"größ".as_bytes()[..3], "text/markdown"),
        ] {
            assert_eq!(media_type(name, head), expected, "{name} {head:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_passes_stays_below_its_folder(name in "[a-z./\\\\%2eE ]{0,12}") {
            if check_name(&name).is_ok() {
                let path = std::path::Path::new(&name);
                let plain = path.components().all(|c| matches!(c, std::path::Component::Normal(_)));
                proptest::prop_assert!(plain);
            }
        }
    }
}
