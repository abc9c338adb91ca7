//! What is missing at the very end of a log is said, as what is missing within it.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use millrace_keeper::log::{LogLimits, LogWriter};

use super::*;

fn attempt(path: &Path, printed: u64) -> AttemptLog {
    let ended = Timestamp(5);
    AttemptLog { number: 1, path: path.to_owned(), complete: true, printed, ended }
}

/// What is there, and how many bytes are said to be missing, page by page.
fn pages(log: &AttemptLog) -> (Vec<u8>, u64) {
    let (mut bytes, mut missing, mut next) = (Vec::new(), 0, 0);
    loop {
        let slice = read_file(log, None, LogFrom::Offset(next), 4).unwrap();
        for chunk in &slice.chunks {
            match (chunk.stream, &chunk.data) {
                (LogStream::Gap { bytes }, _) => missing += bytes,
                (_, LogData::Text(text)) => bytes.extend(text.as_bytes()),
                (_, LogData::Bytes(more)) => bytes.extend(more),
            }
        }
        assert!(slice.next > next || slice.next == slice.total, "it goes on: {slice:?}");
        next = slice.next;
        if next == slice.total {
            assert_eq!(next, bytes.len() as u64 + missing);
            return (bytes, missing);
        }
    }
}

#[test]
fn a_log_that_could_not_be_written_to_its_end_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("1.log");
    let mut writer = LogWriter::new(path.clone(), LogLimits::default());
    writer.append(Stream::Stdout, 1, Instant::now(), b"first");
    // The rest never came there: the keeper counted it.
    assert_eq!(pages(&attempt(&path, 105)), (b"first".to_vec(), 100));
    assert_eq!(pages(&attempt(&path, 5)), (b"first".to_vec(), 0));
    assert_eq!(pages(&attempt(&dir.path().join("none.log"), 7)), (Vec::new(), 7));
    let stdout = read_file(&attempt(&path, 105), Some(Output::Stdout), LogFrom::Offset(0), 100);
    assert_eq!(stdout.unwrap().total, 5, "how much of it is of one stream, nobody knows");
}

#[test]
fn a_log_that_ends_with_a_gap_says_so() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("logs");
    // In the way of the folder.
    fs::write(&folder, "").unwrap();
    let path = folder.join("1.log");
    let mut writer = LogWriter::new(path.clone(), LogLimits::default());
    let now = Instant::now();
    writer.append(Stream::Stdout, 1, now, b"lost\n");
    fs::remove_file(&folder).unwrap();
    writer.finish(2, now + Duration::from_secs(1));
    assert_eq!(pages(&attempt(&path, 5)), (Vec::new(), 5));
    let mut saved = tempfile::tempfile().unwrap();
    let reader = LogReader::open(&path).unwrap();
    let (written, end) = write_out(&reader, None, &mut saved).unwrap();
    assert_eq!((written, end, attempt(&path, 5).missing_after(end, None)), (0, 0, 5));
}
