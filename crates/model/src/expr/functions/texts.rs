//! Texts, JSON, hashes and encodings. Positions count characters from 0, as everywhere in CEL.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cel::common::types::CelBytes;
use sha2::{Digest, Sha256};

use super::super::convert::from_cel;
use super::super::values::owned_to_cel;
use super::args::{Args, Built, MAX_BUILT, bool, int, text, too_long};
use super::{Function, Group, own};

pub(super) const FUNCTIONS: &[Function] = &[
    own(
        "trim",
        Group::Texts,
        (1, 1),
        &["text.trim()"],
        "Without white space at both ends.",
        ("'  a b\\n'.trim()", "a b"),
        |args| text(args.text(0)?.trim()),
    ),
    own(
        "upper",
        Group::Texts,
        (1, 1),
        &["text.upper()"],
        "In capitals.",
        ("'straße'.upper()", "STRASSE"),
        |args| text(args.text(0)?.to_uppercase()),
    ),
    own(
        "lower",
        Group::Texts,
        (1, 1),
        &["text.lower()"],
        "In small letters.",
        ("'ÄB'.lower()", "äb"),
        |args| text(args.text(0)?.to_lowercase()),
    ),
    own(
        "replace",
        Group::Texts,
        (3, 3),
        &["text.replace(old, new)"],
        "With every `old` turned to `new`.",
        ("'a-b-c'.replace('-', '_')", "a_b_c"),
        replace,
    ),
    own(
        "split",
        Group::Texts,
        (2, 3),
        &["text.split(separator)", "text.split(separator, most)"],
        "The parts between separators, at most so many; the last part holds the rest.",
        ("'a,b,c'.split(',')", "[\"a\",\"b\",\"c\"]"),
        split,
    ),
    own(
        "lines",
        Group::Texts,
        (1, 1),
        &["text.lines()"],
        "Its lines, without their ends.",
        ("'a\\r\\nb\\n'.lines()", "[\"a\",\"b\"]"),
        |args| args.texts_of(args.text(0)?.lines().map(str::to_owned)),
    ),
    own(
        "join",
        Group::Texts,
        (1, 2),
        &["list.join()", "list.join(separator)"],
        "The texts of a list in one, a separator between them.",
        ("['a', 'b'].join('-')", "a-b"),
        join,
    ),
    own(
        "substring",
        Group::Texts,
        (2, 3),
        &["text.substring(start)", "text.substring(start, end)"],
        "From the character `start` up to, and without, the character `end`.",
        ("'2026-11-23'.substring(0, 4)", "2026"),
        substring,
    ),
    own(
        "index_of",
        Group::Texts,
        (2, 2),
        &["text.index_of(part)"],
        "Where the part stands first; -1 where it does not.",
        ("'a-b-c'.index_of('-')", "1"),
        |args| {
            let source = args.text(0)?;
            int(source.find(args.text(1)?).map_or(-1, |at| source[..at].chars().count() as i64))
        },
    ),
    own(
        "pad_start",
        Group::Texts,
        (2, 3),
        &["text.pad_start(length)", "text.pad_start(length, fill)"],
        "Filled at the start to so many characters, with blanks where no other character is given.",
        ("string(7).pad_start(3, '0')", "007"),
        |args| {
            let (filling, source) = padding(args)?;
            text(filling + source)
        },
    ),
    own(
        "pad_end",
        Group::Texts,
        (2, 3),
        &["text.pad_end(length)", "text.pad_end(length, fill)"],
        "Filled at the end to so many characters.",
        ("'a'.pad_end(3, '.')", "a.."),
        |args| {
            let (filling, source) = padding(args)?;
            text(source.to_owned() + &filling)
        },
    ),
    own(
        "shell_quote",
        Group::Texts,
        (1, 1),
        &["text.shell_quote()"],
        "In quotes, so that a POSIX shell reads it as one word. Better: pass values as arguments or environment variables.",
        ("\"it's\".shell_quote()", "'it'\\''s'"),
        |args| text(format!("'{}'", args.text(0)?.replace('\'', "'\\''"))),
    ),
    own(
        "is_blank",
        Group::Texts,
        (1, 1),
        &["text.is_blank()"],
        "Whether it has nothing but white space.",
        ("' '.is_blank()", "true"),
        |args| bool(args.text(0)?.trim().is_empty()),
    ),
];

pub(super) const ENCODINGS: &[Function] = &[
    own(
        "parse_json",
        Group::Encodings,
        (1, 1),
        &["parse_json(text)"],
        "The value that a JSON text stands for.",
        ("parse_json('{\"a\": [1, 2]}').a[1]", "2"),
        |args| {
            let value: serde_json::Value = serde_json::from_str(args.text(0)?)
                .map_err(|error| format!("not JSON: {error}"))?;
            owned_to_cel(value, args.budget).map_err(|error| error.to_string())
        },
    ),
    own(
        "to_json",
        Group::Encodings,
        (1, 1),
        &["to_json(value)"],
        "A value as JSON on one line.",
        ("to_json({'a': [1, true]})", "{\"a\":[1,true]}"),
        |args| text(from_cel(args.value(0))?.to_string()),
    ),
    own(
        "sha256",
        Group::Encodings,
        (1, 1),
        &["sha256(text)", "sha256(bytes)"],
        "The SHA-256 of a text's UTF-8 or of bytes, in hexadecimal.",
        ("sha256('abc')", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        |args| {
            let mut hex = String::new();
            for byte in Sha256::digest(bytes(args)?) {
                _ = write!(hex, "{byte:02x}");
            }
            text(hex)
        },
    ),
    own(
        "base64_encode",
        Group::Encodings,
        (1, 1),
        &["base64_encode(text)", "base64_encode(bytes)"],
        "Base64, with padding.",
        ("base64_encode('hello')", "aGVsbG8="),
        |args| text(STANDARD.encode(bytes(args)?)),
    ),
    own(
        "base64_decode",
        Group::Encodings,
        (1, 1),
        &["base64_decode(text)"],
        "The text that a Base64 text stands for.",
        ("base64_decode('aGVsbG8=')", "hello"),
        |args| {
            let decoded =
                STANDARD.decode(args.text(0)?.trim()).map_err(|_| "not Base64".to_owned())?;
            text(
                String::from_utf8(decoded)
                    .map_err(|_| "not the Base64 of a text in UTF-8".to_owned())?,
            )
        },
    ),
    own(
        "url_encode",
        Group::Encodings,
        (1, 1),
        &["url_encode(text)"],
        "Safe as a part of a URL: all but letters, digits and `-._~` become `%XX`.",
        ("url_encode('a b/ä')", "a%20b%2F%C3%A4"),
        |args| {
            let mut encoded = String::new();
            for byte in args.text(0)?.bytes() {
                match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                        encoded.push(char::from(byte));
                    }
                    _ => _ = write!(encoded, "%{byte:02X}"),
                }
            }
            text(encoded)
        },
    ),
];

fn bytes<'a>(args: &Args<'a, '_, '_>) -> Result<&'a [u8], String> {
    match args.value(0).downcast_ref::<CelBytes<'_>>() {
        Some(bytes) => Ok(bytes.inner()),
        None => args.text(0).map(str::as_bytes),
    }
}

/// Refuses to build a text that is too long, before it is built.
fn fits(length: Option<usize>) -> Result<(), String> {
    match length {
        Some(length) if length <= MAX_BUILT => Ok(()),
        _ => Err(too_long()),
    }
}

fn replace<'v>(args: &Args<'_, '_, 'v>) -> Built<'v> {
    let (source, old, new) = (args.text(0)?, args.text(1)?, args.text(2)?);
    if old.is_empty() {
        return Err("the text to replace is empty".to_owned());
    }
    let grown = source
        .matches(old)
        .count()
        .checked_mul(new.len())
        .and_then(|more| more.checked_add(source.len()));
    fits(grown)?;
    text(source.replace(old, new))
}

fn split<'v>(args: &Args<'_, '_, 'v>) -> Built<'v> {
    let (source, separator) = (args.text(0)?, args.text(1)?);
    let most = if args.count() > 2 { args.length(2)? } else { usize::MAX };
    if separator.is_empty() {
        let characters = source.chars().take(most).map(String::from);
        return args.texts_of(characters);
    }
    args.texts_of(source.splitn(most, separator).map(str::to_owned))
}

fn join<'v>(args: &Args<'_, '_, 'v>) -> Built<'v> {
    let (parts, separator) = (args.texts(0)?, args.text_or(1, "")?);
    let between = parts.len().saturating_sub(1).checked_mul(separator.len());
    fits(between.and_then(|length| {
        parts.iter().try_fold(length, |sum, part| sum.checked_add(part.len()))
    }))?;
    text(parts.join(separator))
}

fn substring<'v>(args: &Args<'_, '_, 'v>) -> Built<'v> {
    let (source, start) = (args.text(0)?, args.length(1)?);
    let length = source.chars().count();
    let end = if args.count() > 2 { args.length(2)? } else { length };
    if start > end || end > length {
        return Err(format!("{start} to {end} is not within a text of {length} characters"));
    }
    text(source.chars().skip(start).take(end - start).collect::<String>())
}

fn padding<'a>(args: &Args<'a, '_, '_>) -> Result<(String, &'a str), String> {
    let (source, length) = (args.text(0)?, args.length(1)?);
    let fill = args.text_or(2, " ")?;
    let mut characters = fill.chars();
    let (Some(fill), None) = (characters.next(), characters.next()) else {
        return Err(format!("`{fill:.20}` is not one character to fill with"));
    };
    let missing = length.saturating_sub(source.chars().count());
    fits(missing.checked_mul(fill.len_utf8()))?;
    Ok((fill.to_string().repeat(missing), source))
}
