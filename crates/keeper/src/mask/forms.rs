//! The shapes in which a secret turns up in output: as it is, line by line, and in base64, URL and JSON.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// Lines of a many-line secret (a private key) that are shorter than this are not masked alone: too many innocent
/// words would go.
const MIN_LINE_BYTES: usize = 8;
/// Encoded fragments shorter than this say too little of the secret and match too much else.
const MIN_FRAGMENT_BYTES: usize = 6;

/// All byte strings to mask for one secret, sorted. Empty for an empty secret.
///
/// Base64 comes in the three alignments that a secret can have inside a longer encoded text (as in `user:secret`), in
/// both alphabets and without the characters that also depend on its neighbours.
#[must_use]
pub fn mask_forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = BTreeSet::new();
    if secret.is_empty() {
        return Vec::new();
    }
    add_encodings(secret, &mut forms);
    let trimmed = secret.trim_ascii();
    if trimmed != secret && !trimmed.is_empty() {
        add_encodings(trimmed, &mut forms);
    }
    let lines = trimmed.split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    forms.extend(lines.filter(|l| l.len() >= MIN_LINE_BYTES).map(<[u8]>::to_vec));
    forms.into_iter().collect()
}

fn add_encodings(secret: &[u8], forms: &mut BTreeSet<Vec<u8>>) {
    forms.insert(secret.to_vec());
    forms.insert(percent(secret, b"0123456789ABCDEF", false));
    forms.insert(percent(secret, b"0123456789abcdef", false));
    forms.insert(percent(secret, b"0123456789ABCDEF", true));
    forms.insert(json_escaped(secret, false));
    forms.insert(json_escaped(secret, true));
    for shift in 0..3 {
        for text in
            [aligned(&STANDARD_NO_PAD, secret, shift), aligned(&URL_SAFE_NO_PAD, secret, shift)]
        {
            if text.len() >= MIN_FRAGMENT_BYTES {
                forms.insert(text.into_bytes());
            }
        }
    }
}

/// The part of the base64 text that depends on the secret alone when `shift` bytes stand before it.
fn aligned(
    engine: &base64::engine::general_purpose::GeneralPurpose,
    secret: &[u8],
    shift: usize,
) -> String {
    let mut padded = vec![0; shift];
    padded.extend_from_slice(secret);
    let text = engine.encode(&padded);
    let first = (shift * 8).div_ceil(6);
    // The last character holds bits of the next byte unless the length is a multiple of three.
    let last = padded.len() * 8 / 6;
    text.get(first..last).unwrap_or_default().to_owned()
}

fn percent(secret: &[u8], digits: &[u8; 16], form: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(secret.len() * 3);
    for byte in secret {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(*byte),
            b' ' if form => out.push(b'+'),
            _ => {
                out.extend([b'%', digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
            }
        }
    }
    out
}

fn json_escaped(secret: &[u8], ascii: bool) -> Vec<u8> {
    let text = String::from_utf8_lossy(secret);
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if u32::from(c) < 0x20 || (ascii && !c.is_ascii()) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    out.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => out.push(c),
        }
    }
    out.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn a_secret_inside_a_longer_base64_text_is_found_at_every_alignment() {
        let secret = b"hunter2-correct-horse";
        let forms = mask_forms(secret);
        for before in ["", "a", "ab", "user:", "abcd"] {
            for after in ["", "x", "yz", "end"] {
                let text = STANDARD.encode(format!("{before}hunter2-correct-horse{after}"));
                let hit = forms.iter().any(|f| {
                    f.as_slice() != secret && text.as_bytes().windows(f.len()).any(|w| w == f)
                });
                assert!(hit, "{before:?} {after:?} {text}");
            }
        }
    }

    #[test]
    fn forms_hold_url_json_and_lines() {
        let forms = mask_forms(b"p\"w /ny\xc3\xb6t\nsecond-line");
        let has = |s: &str| forms.iter().any(|f| f == s.as_bytes());
        assert!(has("p%22w%20%2Fny%C3%B6t%0Asecond-line"), "url");
        assert!(has("p%22w+%2Fny%C3%B6t%0Asecond-line"), "form");
        assert!(has("p\\\"w /ny\\u00f6t\\nsecond-line"), "json");
        assert!(has("second-line"), "line");
        assert!(mask_forms(b"").is_empty());
    }
}
