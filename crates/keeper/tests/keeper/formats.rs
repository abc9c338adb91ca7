//! Protocol, journal, log and masks against models: random content in random cuts, torn files, messages of other
//! releases. No processes.

use std::fs;
use std::os::unix::fs::FileExt;
use std::time::Instant;

use millrace_keeper::journal::{
    JournalReader, JournalWriter, Unfinished, journal_path, unfinished,
};
use millrace_keeper::log::{BLOCK_BYTES, LogLimits, LogReader, LogWriter, Stream};
use millrace_keeper::mask::{MaskSet, MaskStream, REPLACEMENT};
use millrace_keeper::protocol::{
    Configure, Delayed, Ended, EndedBy, Entry, Event, Exit, Frame, FrameReader, FromKeeper,
    KeeperHello, SpawnFailed, Start, Started, ToKeeper,
};
use proptest::prelude::*;

/// Every byte of every occurrence is covered; touching stretches are one.
fn mask_model(patterns: &[Vec<u8>], data: &[u8]) -> Vec<u8> {
    let mut covered = vec![false; data.len()];
    for pattern in patterns.iter().filter(|p| !p.is_empty()) {
        for start in 0..data.len() {
            if data[start..].starts_with(pattern) {
                covered[start..start + pattern.len()].fill(true);
            }
        }
    }
    let mut out = Vec::new();
    for (i, byte) in data.iter().enumerate() {
        if !covered[i] {
            out.push(*byte);
        } else if i == 0 || !covered[i - 1] {
            out.extend_from_slice(REPLACEMENT);
        }
    }
    out
}

fn in_cuts(data: &[u8], cuts: &[usize]) -> Vec<Vec<u8>> {
    let mut rest = data;
    let mut parts = Vec::new();
    for cut in cuts {
        let (head, tail) = rest.split_at((*cut).min(rest.len()));
        parts.push(head.to_vec());
        rest = tail;
    }
    parts.push(rest.to_vec());
    parts
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]
    #[test]
    fn masking_a_stream_in_any_cut_equals_masking_the_whole(
        patterns in prop::collection::vec(prop::collection::vec(b'a'..b'd', 1..6), 0..5),
        data in prop::collection::vec(b'a'..b'e', 0..60),
        cuts in prop::collection::vec(0_usize..8, 0..20),
    ) {
        let set = MaskSet::new(patterns.clone());
        let mut stream = MaskStream::default();
        let mut out = Vec::new();
        for part in in_cuts(&data, &cuts) {
            stream.push(&set, &part, &mut out);
        }
        stream.finish(&set, &mut out);
        prop_assert_eq!(out, mask_model(&patterns, &data));
    }
}

#[test]
fn harmless_output_is_not_held_back() {
    let set = MaskSet::new([b"s3cret".to_vec()]);
    let mut stream = MaskStream::default();
    let mut out = Vec::new();
    stream.push(&set, b"password: ", &mut out);
    assert_eq!(out, b"password: ");
    stream.push(&set, b"s3c", &mut out);
    assert_eq!(out, b"password: ");
    stream.push(&set, b"ret!", &mut out);
    assert_eq!(out, b"password: ***!");
}

/// What was given to a log, byte by byte.
type Written = Vec<(Stream, u8)>;

fn collect(reader: &LogReader, from: u64, max: usize) -> Vec<(u64, Stream, u8)> {
    collect_of(reader, None, from, max)
}

fn collect_of(
    reader: &LogReader,
    only: Option<Stream>,
    from: u64,
    max: usize,
) -> Vec<(u64, Stream, u8)> {
    let chunks = reader.read_range_of(only, from, max).unwrap();
    let of = |c: millrace_keeper::log::LogChunk| {
        let (offset, stream) = (c.offset, c.stream);
        c.bytes.into_iter().enumerate().map(move |(i, b)| (offset + i as u64, stream, b))
    };
    chunks.into_iter().flat_map(of).collect()
}

fn chunk() -> impl Strategy<Value = (bool, usize, u8)> {
    let size = prop_oneof![4 => 0_usize..200, 2 => 0_usize..70_000, 1 => 60_000_usize..200_000];
    (any::<bool>(), size, any::<u8>())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn a_log_gives_back_its_head_and_tail_at_any_offset_and_any_moment(
        chunks in prop::collection::vec(chunk(), 1..20),
        head_blocks in 1_u64..4,
        tail_blocks in 2_u64..5,
        probes in prop::collection::vec((any::<prop::sample::Index>(), 1_usize..100_000), 1..8),
    ) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/er/a.log");
        let block = BLOCK_BYTES as u64;
        let limits = LogLimits { head_bytes: head_blocks * block, tail_bytes: tail_blocks * block };
        let mut writer = LogWriter::new(path.clone(), limits);
        let mut written: Written = Vec::new();
        let now = Instant::now();
        for (i, (err, size, seed)) in chunks.iter().enumerate() {
            let stream = if *err { Stream::Stderr } else { Stream::Stdout };
            let data: Vec<u8> = (0..*size).map(|n| (n as u8).wrapping_mul(31) ^ seed).collect();
            writer.append(stream, 1000 + i as u64, now, &data);
            written.extend(data.iter().map(|b| (stream, *b)));
            if !path.exists() {
                prop_assert!(written.is_empty());
                continue;
            }
            // Readable at any moment, without help from the writer.
            let reader = LogReader::open(&path).unwrap();
            let summary = reader.summary().unwrap();
            prop_assert_eq!(summary.total_bytes, written.len() as u64);
            let newlines = written.iter().filter(|(_, b)| *b == b'\n').count() as u64;
            prop_assert_eq!(summary.lines, newlines);
            let err_bytes = written.iter().filter(|(s, _)| *s == Stream::Stderr).count() as u64;
            prop_assert_eq!(summary.stderr_bytes, err_bytes);
            let cut = summary.cut.map_or((0, 0), |c| (c.offset, c.offset + c.stdout + c.stderr));
            prop_assert_eq!(writer.dropped(), cut.1 - cut.0);
            for (index, max) in &probes {
                let from = index.index(written.len() + 1) as u64;
                let got = collect(&reader, from, *max);
                let kept = |o: &u64| *o < cut.0 || *o >= cut.1;
                let expected: Vec<_> = (from..written.len() as u64)
                    .filter(kept)
                    .take(*max)
                    .map(|o| (o, written[o as usize].0, written[o as usize].1))
                    .collect();
                prop_assert!(got == expected, "from {} max {} cut {:?}", from, max, cut);
                for only in [Stream::Stdout, Stream::Stderr] {
                    // Where each byte of the stream stands in the whole.
                    let of_stream: Vec<usize> =
                        (0..written.len()).filter(|o| written[*o].0 == only).collect();
                    let from = index.index(of_stream.len() + 1);
                    let expected: Vec<_> = (from..of_stream.len())
                        .filter(|n| kept(&(of_stream[*n] as u64)))
                        .take(*max)
                        .map(|n| (n as u64, only, written[of_stream[n]].1))
                        .collect();
                    let got = collect_of(&reader, Some(only), from as u64, *max);
                    prop_assert!(got == expected, "{:?} from {} max {}", only, from, max);
                    prop_assert_eq!(summary.bytes_of(Some(only)), of_stream.len() as u64);
                }
            }
        }
        if let Ok(reader) = LogReader::open(&path) {
            let summary = reader.summary().unwrap();
            // As much as was asked for is kept, but for headers and one block that is being refilled.
            let cut = summary.cut;
            if let Some(cut) = cut {
                prop_assert!(cut.offset + 1500 * head_blocks >= head_blocks * block * 9 / 10);
                let tail = summary.total_bytes - (cut.offset + cut.stdout + cut.stderr);
                prop_assert!(tail >= (tail_blocks - 1) * block / 2, "tail {}", tail);
                prop_assert!(fs::metadata(&path).unwrap().len() <= (head_blocks + tail_blocks) * block);
            }
        }
    }
}

#[test]
fn lines_are_found_from_either_end() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.log");
    let mut writer = LogWriter::new(path.clone(), LogLimits::default());
    let mut offsets = vec![0];
    let mut total = 0;
    for i in 0..30_000 {
        let line = format!("line {i}\n");
        total += line.len() as u64;
        offsets.push(total);
        writer.append(Stream::Stdout, i, Instant::now(), line.as_bytes());
    }
    writer.append(Stream::Stdout, 1, Instant::now(), b"no end");
    let reader = LogReader::open(&path).unwrap();
    for line in [0, 1, 2, 777, 15_000, 29_999, 30_000] {
        assert_eq!(reader.offset_of_line(line).unwrap(), Some(offsets[line as usize]), "{line}");
    }
    assert_eq!(reader.offset_of_line(30_001).unwrap(), None);
    for line in [0, 1, 777, 29_999] {
        let chunks = reader.read_range(offsets[line] + 3, 1).unwrap();
        assert_eq!(chunks[0].line, line as u64, "the line that a chunk begins in");
    }
    assert_eq!(reader.last_lines(2).unwrap(), [b"line 29999".to_vec(), b"no end".to_vec()]);
    assert_eq!(reader.last_lines(20_000).unwrap().len(), 20_000);
    assert_eq!(reader.last_lines(90_000).unwrap().len(), 30_001);
}

#[test]
fn a_log_torn_at_any_byte_gives_what_came_before() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.log");
    let mut writer = LogWriter::new(path.clone(), LogLimits::default());
    for i in 0..5_u64 {
        writer.append(Stream::Stdout, i, Instant::now(), b"0123456789");
    }
    let whole = fs::read(&path).unwrap();
    for len in 0..whole.len() {
        let torn = dir.path().join("torn.log");
        fs::write(&torn, &whole[..len]).unwrap();
        let got = collect(&LogReader::open(&torn).unwrap(), 0, 1000);
        assert_eq!(got.len(), len.saturating_sub(64) / 26 * 10, "{len}");
    }
    fs::write(&path, vec![0; whole.len()]).unwrap();
    let cut = LogReader::open(&path).unwrap();
    assert_eq!(collect(&cut, 0, 1000), [], "power failed when only the size was on the disk");
    assert_eq!(cut.summary().unwrap().total_bytes, 0);
    fs::write(
        &path,
        b"something else entirely, long enough to look like a block header, is it not",
    )
    .unwrap();
    assert!(LogReader::open(&path).unwrap().read_range(0, 10).is_err());
}

#[test]
fn a_place_that_cannot_be_written_becomes_a_gap_and_the_log_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    // A file where a folder should be: writing fails until it is out of the way.
    let blocked = dir.path().join("logs");
    fs::write(&blocked, "").unwrap();
    let path = blocked.join("a.log");
    let mut writer = LogWriter::new(path.clone(), LogLimits::default());
    let begun = Instant::now();
    writer.append(Stream::Stdout, 1, begun, b"lost\n");
    fs::remove_file(&blocked).unwrap();
    writer.append(Stream::Stderr, 2, begun, b"too early\n");
    let later = begun + std::time::Duration::from_secs(1);
    writer.append(Stream::Stdout, 3, later, b"kept\n");
    assert_eq!(writer.taken(), (10, 10));
    assert_eq!(writer.dropped(), 15);
    let reader = LogReader::open(&path).unwrap();
    let chunks = reader.read_range(0, 100).unwrap();
    assert_eq!(chunks.len(), 1);
    assert_eq!((chunks[0].offset, chunks[0].bytes.as_slice()), (15, &b"kept\n"[..]));
    let dropped = chunks[0].dropped.unwrap();
    assert_eq!((dropped.stdout, dropped.stderr), (5, 10));
    assert!(dropped.errno.is_some());
    assert_eq!(reader.summary().unwrap().lines, 3);
}

fn started(attempt_id: u64) -> Event {
    Event::Started(Started { attempt_id, pid: 42, start_ticks: 99, at_us: 1_000_000 })
}

fn sample_ended(attempt_id: u64) -> Ended {
    let mut ended = Ended::new(attempt_id, Exit::Signaled { signal: 11, core: true });
    ended.ended_by = EndedBy::TimeOut;
    ended.outputs = b"{\"a\": 1}\n".to_vec();
    ended.last_output = b"first\nlast line\n\n".to_vec();
    ended.left_processes = true;
    ended
}

#[test]
fn a_journal_torn_at_any_byte_loses_the_torn_record_only() {
    let dir = tempfile::tempdir().unwrap();
    let path = journal_path(dir.path());
    let mut ends = Vec::new();
    {
        let mut writer = JournalWriter::open(&path).unwrap();
        for id in 1..=4 {
            writer.append(if id % 2 == 0 {
                Event::Ended(Box::new(sample_ended(id - 1)))
            } else {
                started(id)
            });
            writer.flush(id == 4).unwrap();
            ends.push(writer.written());
        }
        assert!(JournalWriter::open(&path).is_err(), "one writer");
    }
    let whole = fs::read(&path).unwrap();
    for len in 0..=whole.len() {
        let torn_dir = tempfile::tempdir().unwrap();
        let torn = journal_path(torn_dir.path());
        fs::write(&torn, &whole[..len]).unwrap();
        let valid = ends.iter().filter(|e| **e <= len as u64).count();
        assert_eq!(JournalReader::open(&torn).unwrap().count(), valid, "{len}");
        let mut writer = JournalWriter::open(&torn).unwrap();
        assert_eq!(writer.append(started(9)).record, valid as u64 + 1);
        writer.flush(false).unwrap();
        let records: Vec<_> =
            JournalReader::open(&torn).unwrap().map(|e| e.unwrap().record).collect();
        assert_eq!(records, (1..=valid as u64 + 1).collect::<Vec<_>>());
    }
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(b"X", ends[1] + 12).unwrap();
    assert_eq!(JournalReader::open(&path).unwrap().count(), 2, "a flipped byte ends it");
    assert_eq!(unfinished(&path).unwrap().last_record, 2);
    assert!(unfinished(&path).unwrap().started.is_empty());
}

fn all_to_keeper() -> Vec<ToKeeper> {
    vec![
        ToKeeper::Hello(millrace_keeper::protocol::DaemonHello::default()),
        ToKeeper::Configure(Box::new(Configure {
            slots: 4,
            base_env: vec![("A".into(), "b=c".into()), ("E".into(), "".into())],
            log_dir: "/logs".into(),
            log_head_bytes: 1,
            log_tail_bytes: 2,
            masks: vec![b"x".to_vec(), vec![0, 255]],
            sync_journal: true,
        })),
        ToKeeper::SetSlots { slots: 9 },
        ToKeeper::AddMasks { masks: vec![b"y".to_vec()] },
        ToKeeper::Start(Box::new(Start {
            attempt_id: u64::MAX,
            argv: vec!["sh".into(), "-c".into(), "true".into()],
            cwd: "/tmp".into(),
            env: vec![("X".into(), "1".into())],
            log_path: "a/b.log".into(),
            outputs_path: Some("/o".into()),
            artifacts_dir: None,
            timeout_ms: 5,
            grace_ms: 6,
        })),
        ToKeeper::Recall { attempt_ids: vec![1, 2, 3] },
        ToKeeper::Stop { attempt_id: 3, kill: true },
        ToKeeper::StopAll { kill: false },
        ToKeeper::Resend { after_record: 77 },
        ToKeeper::Quit,
    ]
}

fn all_from_keeper() -> Vec<FromKeeper> {
    let failed = SpawnFailed { errno: 2, what: "no such program".into(), path: "/x".into() };
    let entry = |record, event| FromKeeper::Entry(Box::new(Entry { record, event }));
    let mut hello = KeeperHello { run_id: "r".into(), pid: 3, ..KeeperHello::default() };
    hello.running = vec![4, 5];
    hello.cgroup = Some("/sys/fs/cgroup/x".into());
    vec![
        FromKeeper::Hello(Box::new(hello)),
        entry(1, started(3)),
        entry(2, Event::Ended(Box::new(sample_ended(3)))),
        entry(3, Event::Ended(Box::new(Ended::new(4, Exit::SpawnFailed(failed))))),
        entry(4, Event::Ended(Box::new(Ended::new(5, Exit::Lost { reason: "shutdown".into() })))),
        FromKeeper::Recalled { attempt_ids: vec![] },
        FromKeeper::Delayed(Delayed {
            attempt_id: 1,
            errno: 24,
            what: "x".into(),
            tries: 2,
            next_ms: 3,
        }),
        FromKeeper::CaughtUp { record: 8 },
        FromKeeper::JournalStuck { errno: 28 },
    ]
}

fn frames(bytes: &[u8]) -> Vec<Frame> {
    let mut reader = FrameReader::default();
    let mut found = Vec::new();
    // In pieces of three bytes, as an unkind socket gives them.
    for piece in bytes.chunks(3) {
        reader.push(piece);
        found.extend(reader.next_frame().unwrap());
    }
    found
}

#[test]
fn every_message_survives_the_wire_and_both_directions_of_version_skew() {
    let mut bytes = Vec::new();
    all_to_keeper().iter().for_each(|m| m.encode(&mut bytes));
    let to = frames(&bytes);
    let decoded: Vec<_> = to.iter().map(|f| ToKeeper::decode(f).unwrap().unwrap()).collect();
    assert_eq!(decoded, all_to_keeper());
    let mut bytes = Vec::new();
    all_from_keeper().iter().for_each(|m| m.encode(&mut bytes));
    let from = frames(&bytes);
    let decoded: Vec<_> = from.iter().map(|f| FromKeeper::decode(f).unwrap().unwrap()).collect();
    assert_eq!(decoded, all_from_keeper());
    // A newer peer adds fields at the end: they are skipped. A newer kind is none of ours.
    for frame in to.iter().chain(&from) {
        let mut longer = frame.clone();
        longer.body.extend_from_slice(b"more fields");
        assert_eq!(ToKeeper::decode(&longer).unwrap(), ToKeeper::decode(frame).unwrap());
        assert_eq!(FromKeeper::decode(&longer).unwrap(), FromKeeper::decode(frame).unwrap());
    }
    assert_eq!(ToKeeper::decode(&Frame { kind: 999, body: vec![1] }).unwrap(), None);
    // An older peer leaves out the last fields: they have their defaults.
    let mut shorter = to[4].clone();
    shorter.body.truncate(shorter.body.len() - 16);
    let Some(ToKeeper::Start(start)) = ToKeeper::decode(&shorter).unwrap() else { panic!() };
    assert_eq!((start.attempt_id, start.timeout_ms, start.grace_ms), (u64::MAX, 0, 0));
    assert_eq!(sample_ended(1).last_line().unwrap(), "last line");
}

proptest! {
    #[test]
    fn no_bytes_make_the_decoders_fall(kind in 0_u16..120, body in prop::collection::vec(any::<u8>(), 0..200)) {
        let frame = Frame { kind, body };
        let _ = ToKeeper::decode(&frame);
        let _ = FromKeeper::decode(&frame);
        let mut reader = FrameReader::default();
        reader.push(&frame.body);
        while let Ok(Some(_)) = reader.next_frame() {}
    }
}

#[test]
fn a_journal_of_which_a_power_cut_left_only_the_size_is_empty_and_goes_on() {
    let dir = tempfile::tempdir().unwrap();
    let path = journal_path(dir.path());
    fs::write(&path, [0; 700]).unwrap();
    assert_eq!(JournalReader::open(&path).unwrap().count(), 0);
    assert_eq!(unfinished(&path).unwrap(), Unfinished::default());
    let mut writer = JournalWriter::open(&path).unwrap();
    assert_eq!(writer.append(started(1)).record, 1);
    writer.flush(false).unwrap();
    assert_eq!(JournalReader::open(&path).unwrap().count(), 1);
    fs::write(&path, "something else entirely").unwrap();
    assert!(
        JournalReader::open(&path).is_err(),
        "what is no journal is not taken for an empty one"
    );
}
