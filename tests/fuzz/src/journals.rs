//! What the daemon and its keepers tell each other: frames on a socket, records in a journal.

use std::cell::RefCell;
use std::fs;

use millrace_keeper::journal::{JournalReader, JournalWriter, MAGIC, RawRecord, unfinished};
use millrace_keeper::protocol::{
    Ended, Entry, Event, Exit, Frame, FrameReader, FromKeeper, LeftBehind, Started, ToKeeper,
};
use tempfile::TempDir;

use crate::reading::Draw;

/// Any bytes are frames, in whatever cuts they come; what can be read of one is written as it was, and read as the same.
pub fn frames(data: &[u8]) {
    let mut draw = Draw::new(data);
    let cut = draw.below(40) + 1;
    let stream = match draw.coin() {
        true => framed(&mut draw),
        false => draw.rest().to_vec(),
    };
    let whole = read(stream.chunks(stream.len().max(1)));
    assert_eq!(whole, read(stream.chunks(cut)), "other frames in other cuts");
    for frame in &whole.0 {
        if let Ok(Some(message)) = ToKeeper::decode(frame) {
            let mut written = Vec::new();
            message.encode(&mut written);
            let again = ToKeeper::decode(&only_frame(&written)).expect("what was written is read");
            assert_eq!(again.as_ref(), Some(&message));
        }
        if let Ok(Some(message)) = FromKeeper::decode(frame) {
            let mut written = Vec::new();
            message.encode(&mut written);
            let again =
                FromKeeper::decode(&only_frame(&written)).expect("what was written is read");
            assert_eq!(again.as_ref(), Some(&message));
        }
    }
}

/// A stream of frames whose lengths fit.
fn framed(draw: &mut Draw<'_>) -> Vec<u8> {
    let mut stream = Vec::new();
    while !draw.is_empty() {
        let kind = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 101, 102, 103, 104, 105, 106][draw.below(16)];
        let body = draw.bytes();
        stream.extend_from_slice(&u32::try_from(body.len() + 2).unwrap().to_le_bytes());
        stream.extend_from_slice(&u16::to_le_bytes(kind));
        stream.extend_from_slice(body);
    }
    stream
}

fn read<'d>(parts: impl Iterator<Item = &'d [u8]>) -> (Vec<Frame>, bool) {
    let mut reader = FrameReader::default();
    let mut frames = Vec::new();
    for part in parts {
        reader.push(part);
        loop {
            match reader.next_frame() {
                Ok(Some(frame)) => frames.push(frame),
                Ok(None) => break,
                Err(_) => return (frames, true),
            }
        }
    }
    (frames, false)
}

fn only_frame(bytes: &[u8]) -> Frame {
    let (mut frames, broken) = read(std::iter::once(bytes));
    assert!(frames.len() == 1 && !broken, "one message is one frame");
    frames.remove(0)
}

/// Any file is a journal up to where it is torn. A keeper that goes on with it keeps all that was whole, numbers on from
/// there, and what it adds is read.
pub fn journal(data: &[u8]) {
    let mut draw = Draw::new(data);
    let what = draw.below(4);
    let bytes = match what {
        0 => draw.rest().to_vec(),
        1 => [MAGIC, draw.rest()].concat(),
        _ => records(&mut draw),
    };
    FOLDER.with_borrow(|folder| {
        let path = folder.path().join("journal");
        fs::write(&path, &bytes).unwrap();
        let Ok(before) = raw(&path) else { return };
        let read = JournalReader::open(&path).unwrap().collect::<Result<Vec<Entry>, _>>();
        let open = unfinished(&path);
        assert_eq!(read.is_ok(), open.is_ok());
        if let (Ok(entries), Ok(open)) = (&read, &open) {
            assert_eq!(entries.last().map_or(0, |entry| entry.record), open.last_record);
        }
        let mut writer = JournalWriter::open(&path).expect("a torn journal is gone on with");
        let added = writer.append(Event::Started(Started { attempt_id: 7, ..Started::default() }));
        writer.flush(false).unwrap();
        drop(writer);
        let after = raw(&path).unwrap();
        assert_eq!(after[..before.len()], before[..], "a whole record was lost");
        assert_eq!(after.len(), before.len() + 1);
        assert_eq!(Entry::from_payload(&after[before.len()].payload).as_ref(), Ok(&added));
    });
}

fn raw(path: &std::path::Path) -> std::io::Result<Vec<RawRecord>> {
    let mut reader = JournalReader::open(path)?;
    let mut records = Vec::new();
    while let Some(record) = reader.next_raw()? {
        records.push(record);
    }
    Ok(records)
}

/// Records whose sums fit, some of them of our making, and a torn end.
fn records(draw: &mut Draw<'_>) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    let mut number = 0;
    while !draw.is_empty() {
        let mut payload = Vec::new();
        match draw.below(6) {
            0 => {
                payload.extend_from_slice(&draw.number().to_le_bytes());
                payload.extend_from_slice(draw.bytes());
            }
            1 => {
                file.extend_from_slice(draw.bytes());
                continue;
            }
            which => {
                number += 1;
                let event = event(draw, which);
                Entry { record: number, event }.put_payload(&mut payload);
            }
        }
        file.extend_from_slice(&u32::try_from(payload.len()).unwrap().to_le_bytes());
        file.extend_from_slice(&crc32fast::hash(&payload).to_le_bytes());
        file.extend_from_slice(&payload);
    }
    file
}

fn event(draw: &mut Draw<'_>, which: usize) -> Event {
    let attempt_id = draw.number();
    match which {
        2 => Event::Started(Started { attempt_id, at_us: draw.number(), ..Started::default() }),
        3 => Event::LeftBehind(LeftBehind { attempt_id, ..LeftBehind::default() }),
        _ => {
            let mut ended = Ended::new(attempt_id, Exit::Exited(i32::from(draw.byte())));
            ended.outputs = draw.bytes().to_vec();
            ended.last_output = draw.bytes().to_vec();
            let _line = ended.last_line();
            Event::Ended(Box::new(ended))
        }
    }
}

thread_local! {
    static FOLDER: RefCell<TempDir> = RefCell::new(folder());
}

/// In memory where that can be had.
pub(crate) fn folder() -> TempDir {
    let memory = std::path::Path::new("/dev/shm");
    if memory.is_dir() { TempDir::new_in(memory).unwrap() } else { TempDir::new().unwrap() }
}
