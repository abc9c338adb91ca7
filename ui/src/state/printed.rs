//! What tasks printed as lines of plain text, where it is compared: both streams in the order in which they came.

use millrace_api::log::{LogChunk, LogStream};

use super::ansi;
use crate::words;

/// Appends what the chunks hold, and where bytes are missing that they are.
pub(super) fn append(bytes: &mut Vec<u8>, chunks: &[LogChunk]) {
    for chunk in chunks {
        match chunk.stream {
            LogStream::Gap { bytes: missing } => {
                let words = format!("\n({} are missing)\n", words::bytes(missing));
                bytes.extend_from_slice(words.as_bytes());
            }
            LogStream::Stdout | LogStream::Stderr => bytes.extend_from_slice(chunk.data.as_bytes()),
        }
    }
}

/// The lines of these bytes. The first is only the end of a line where the beginning was cut off, and is left out.
pub(super) fn lines(bytes: &[u8], is_cut: bool) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    text.lines().map(ansi::plain).skip(usize::from(is_cut)).collect()
}

#[cfg(test)]
mod tests {
    use millrace_api::log::LogData;
    use millrace_model::time::Timestamp;

    use super::*;

    #[test]
    fn a_letter_over_two_chunks_is_one_letter() {
        let chunk = |stream, bytes: &[u8]| LogChunk {
            offset: 0,
            at: Timestamp(0),
            stream,
            data: LogData::Bytes(bytes.to_vec()),
        };
        let (first, rest) = "half\nü".as_bytes().split_at(6);
        let chunks = [
            chunk(LogStream::Stdout, first),
            chunk(LogStream::Stdout, rest),
            chunk(LogStream::Gap { bytes: 2_048 }, b""),
            chunk(LogStream::Stderr, b"\x1b[31mend\n"),
        ];
        let mut bytes = Vec::new();
        append(&mut bytes, &chunks);
        assert_eq!(lines(&bytes, true), ["ü", "(2.0 KiB are missing)", "end"]);
    }
}
