//! From bytes to text, with an error of its own for each way in which a file can be something else.

use crate::problem::{Code, Path, Place, Problem};

/// The largest document, in bytes: 64 MiB.
pub const MAX_BYTES: usize = 64 * 1024 * 1024;

/// Checks that `bytes` are UTF-8 text of an acceptable size.
#[expect(clippy::result_large_err, reason = "one a document at most; boxed where it leaves")]
pub(super) fn decode(bytes: &[u8]) -> Result<&str, Problem> {
    let problem = |code, message: String| Problem::new(code, Path::root(), message);
    if bytes.len() > MAX_BYTES {
        let mib = bytes.len().div_ceil(1024 * 1024);
        return Err(problem(
            Code::TooLarge,
            format!("the document has {mib} MiB, more than the 64 MiB that are allowed"),
        )
        .help("keep data in files of their own and name them in the tasks"));
    }
    let start = |length| Place { line: 1, column: 1, offset: 0, length };
    let placed = |mut problem: Problem, place| {
        problem.place = Some(place);
        problem
    };
    let zeros = |skip: usize| {
        let pairs = bytes.len().min(64) / 2;
        pairs > 0 && (0..pairs).all(|pair| bytes[2 * pair + skip] == 0)
    };
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || zeros(0) || zeros(1)
    {
        return Err(placed(
            problem(Code::Utf16, "the document is UTF-16, and UTF-8 is expected".to_owned()),
            start(2.min(bytes.len())),
        )
        .help("save it again in your editor with the encoding UTF-8, without a byte order mark"));
    }
    if bytes.starts_with(&[0xef, 0xbb, 0xbf]) {
        return Err(placed(
            problem(
                Code::ByteOrderMark,
                "the document starts with a byte order mark, which JSON does not allow".to_owned(),
            ),
            start(3),
        )
        .help("save it again in your editor as UTF-8 without a byte order mark (BOM)"));
    }
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let good = String::from_utf8_lossy(&bytes[..offset]);
        let place = super::place::place_in(&good, offset, 1);
        let byte = bytes.get(offset).copied().unwrap_or(0);
        placed(
            problem(
                Code::NotUtf8,
                format!("the byte 0x{byte:02x} is not valid UTF-8 (byte {offset} of the file)"),
            ),
            place,
        )
        .help("save the document again in your editor with the encoding UTF-8")
    })
}
