//! Pages, places and searches over logs that a made-up daemon has.

use super::page::PAGE;
use super::*;
use millrace_api::log::{FoundLine, FoundLines, LogChunk, LogData, LogStream};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};
use millrace_model::time::Timestamp;
use proptest::prelude::*;

fn key() -> LogKey {
    LogKey::last(RunId(1), TaskKey::plain(Ident::new("a").unwrap()))
}

/// What a daemon has.
#[derive(Debug, Default)]
struct Printed {
    chunks: Vec<(LogStream, Vec<u8>)>,
    cut: Option<LogCut>,
    complete: bool,
}

impl Printed {
    fn of(chunks: &[(LogStream, &str)]) -> Self {
        let chunks = chunks.iter().map(|(stream, text)| (*stream, text.as_bytes().to_vec()));
        Self { chunks: chunks.collect(), ..Self::default() }
    }

    fn total(&self) -> u64 {
        self.chunks.iter().map(|(_, bytes)| bytes.len() as u64).sum()
    }

    /// As the daemon answers; what is cut is left out.
    fn answer(&self, request: &ReadLog) -> LogSlice {
        let total = self.total();
        let start = match request.from {
            LogFrom::Offset(offset) => offset,
            LogFrom::LastBytes(bytes) => total.saturating_sub(bytes),
            LogFrom::Line(line) => self.offset_of_line(line),
            LogFrom::LastLines(_) => unreachable!(),
        };
        let (mut chunks, mut room, mut offset) = (Vec::new(), request.max_bytes as usize, 0);
        let (mut line, mut newlines, mut next) = (None, 0, start.min(total));
        let mut is_after_cut = false;
        for (stream, bytes) in &self.chunks {
            for byte in bytes {
                let is_cut = self
                    .cut
                    .is_some_and(|cut| (cut.offset..cut.offset + cut.bytes).contains(&offset));
                is_after_cut |= is_cut;
                if offset >= start && room > 0 && !is_cut {
                    line.get_or_insert(newlines);
                    let at = Timestamp(offset as i64);
                    if std::mem::take(&mut is_after_cut) {
                        let cut = self.cut.unwrap();
                        let stream = LogStream::Gap { bytes: cut.bytes };
                        let data = LogData::Bytes(Vec::new());
                        chunks.push(LogChunk { offset: cut.offset, at, stream, data });
                    }
                    let data = LogData::Bytes(vec![*byte]);
                    chunks.push(LogChunk { offset, at, stream: *stream, data });
                    room -= 1;
                    next = offset + 1;
                }
                newlines += u64::from(*byte == b'\n');
                offset += 1;
            }
        }
        let (cut, complete) = (self.cut, self.complete);
        LogSlice { number: 1, chunks, line: line.unwrap_or(newlines), next, total, cut, complete }
    }

    fn offset_of_line(&self, line: u64) -> u64 {
        let bytes = self.chunks.iter().flat_map(|(_, bytes)| bytes);
        let ends =
            bytes.enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at as u64 + 1);
        std::iter::once(0).chain(ends).nth(line as usize).unwrap_or(self.total())
    }

    /// Asks until nothing is missing that is to be seen.
    fn load(&self, log: &mut Log) {
        loop {
            log.approach();
            if !log.is_behind() {
                break;
            }
            let request = log.request();
            log.take(&self.answer(&request));
        }
    }
}

fn texts(log: &Log) -> Vec<String> {
    log.lines().map(LogLine::text).collect()
}

#[test]
fn lines_are_joined_over_chunks_and_streams_kept_apart() {
    let mut printed = Printed::of(&[
        (LogStream::Stdout, "one\ntw"),
        (LogStream::Stderr, "bad\n"),
        (LogStream::Stdout, "o\nrest"),
    ]);
    let mut log = Log::new(key());
    printed.load(&mut log);
    assert_eq!(texts(&log), ["one", "bad", "two", "rest"], "what has begun is shown");
    let numbers: Vec<_> = log.lines().map(|line| line.number).collect();
    assert_eq!(numbers, [Some(0), Some(1), Some(2), Some(3)]);
    assert_eq!(log.lines().nth(1).unwrap().source, LineSource::Stderr);
    printed.chunks.push((LogStream::Stdout, b" of it\nmore".to_vec()));
    let request = log.request();
    assert_eq!(request.from, LogFrom::Offset(16));
    log.take(&printed.answer(&request));
    printed.complete = true;
    printed.load(&mut log);
    assert_eq!(texts(&log), ["one", "bad", "two", "rest of it", "more"]);
    assert!(log.is_done());
}

#[test]
fn any_place_is_reached_without_loading_what_is_before_it() {
    let text: String = (0..200_000).map(|n| format!("line {n}\n")).collect();
    let mut printed = Printed::of(&[(LogStream::Stdout, &text)]);
    printed.complete = true;
    let mut log = Log::new(key());
    printed.load(&mut log);
    let last = log.last().and_then(|last| log.line(last)).unwrap();
    assert_eq!((last.text().as_str(), last.number), ("line 199999", Some(199_999)));
    log.view.line = Some(77_777);
    printed.load(&mut log);
    let top = log.line(log.view.top).unwrap();
    assert_eq!((top.text().as_str(), top.number), ("line 77777", Some(77_777)));
    assert!(log.pages.len() <= 5, "{:?}", log.pages.keys());
    log.view.goal = Some(Goal::to(log.offset_below(0.5)));
    printed.load(&mut log);
    let top = log.line(log.view.top).unwrap().start;
    assert!((log.part_above(top) - 0.5).abs() < 1e-3);
}

#[test]
fn what_is_not_kept_is_stepped_over() {
    let text = "x\n".repeat(400_000);
    let mut printed = Printed::of(&[(LogStream::Stdout, &text)]);
    let cut = LogCut { offset: PAGE + 1_000, bytes: 4 * PAGE };
    printed.cut = Some(cut);
    let mut log = Log::new(key());
    printed.load(&mut log);
    log.view.goal = Some(Goal::to(cut.offset - 2));
    printed.load(&mut log);
    let mut at = log.view.top;
    let mut seen = Vec::new();
    for _ in 0..4 {
        log.want(at.page, at.page);
        printed.load(&mut log);
        seen.push(log.line(at).unwrap().clone());
        at = log.after(at).unwrap();
    }
    let notes: Vec<_> = seen.iter().map(|line| line.source == LineSource::Note).collect();
    assert_eq!(notes, [false, true, false, false], "{seen:?}");
    assert_eq!(seen[2].end, cut.offset + cut.bytes + 2);
    assert!(log.before(at).is_some_and(|before| log.line(before).unwrap().end == seen[3].end));
    assert_eq!(log.offset_below(log.part_above(cut.offset + cut.bytes)), cut.offset + cut.bytes);
}

#[test]
fn marked_lines_are_text() {
    let printed = Printed::of(&[(LogStream::Stdout, "a\nb\nc\nd\n")]);
    let mut log = Log::new(key());
    printed.load(&mut log);
    log.marked = Some((6, 4));
    assert_eq!(log.marked_text().as_deref(), Some("b\nc"));
}

#[test]
fn lines_that_were_marked_are_no_text_while_their_page_is_gone() {
    let text: String = (0..200_000).map(|n| format!("line {n}\n")).collect();
    let mut printed = Printed::of(&[(LogStream::Stdout, &text)]);
    printed.complete = true;
    let mut log = Log::new(key());
    printed.load(&mut log);
    let last = log.lines().last().unwrap().end;
    log.marked = Some((last, last));
    assert_eq!(log.marked_text().as_deref(), Some("line 199999"));
    log.pages.clear();
    assert_eq!(log.marked_text(), None);
}

fn found(at: &[u64], next: u64, total: u64) -> FoundLines {
    let line = |offset: &u64| FoundLine { offset: *offset, line: 0, stream: Output::Stdout };
    FoundLines { lines: at.iter().map(line).collect(), next, total }
}

#[test]
fn a_search_begins_at_the_view_and_goes_round() {
    let mut search = LogSearch::default();
    search.text.push('x');
    search.start(500, 1_000);
    let ask = |search: &LogSearch| search.request(&key(), None).map(|(ask, turn)| (ask.from, turn));
    assert_eq!(ask(&search), Some((500, 1)));
    assert_eq!(search.words(), "looking…");
    assert_eq!(search.take(1, &found(&[600, 700], 800, 1_000)).map(|it| it.offset), Some(600));
    assert_eq!(search.words(), "1 of 2+");
    assert_eq!(ask(&search), Some((800, 1)), "an answer ends where it ends");
    assert_eq!(search.take(1, &found(&[], 1_000, 1_000)), None);
    assert_eq!(ask(&search), Some((0, 1)));
    assert_eq!(search.take(1, &found(&[100, 600], 1_000, 1_000)), None);
    assert_eq!((search.words().as_str(), ask(&search)), ("2 of 3", None));
    let offset = |found: Option<Found>| found.map(|it| it.offset);
    assert_eq!(offset(search.step(true)), Some(700));
    assert_eq!(offset(search.step(true)), Some(100));
    assert_eq!(offset(search.step(false)), Some(700));
    search.grown(1_200);
    assert_eq!(ask(&search), Some((1_000, 1)), "what was printed meanwhile");
    search.text = "(".to_owned();
    search.is_pattern = true;
    search.start(0, 1_000);
    assert!(search.error.as_ref().is_some_and(|error| error.contains("unclosed")), "{search:?}");
    assert_eq!(search.take(1, &found(&[1], 2, 3)), None, "too late");
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => Just(b"\n".to_vec()),
        4 => "[a-zé漢]{0,40}".prop_map(String::into_bytes),
        2 => (1_usize..3_000).prop_map(|n| vec![b'x'; n]),
        1 => (1_usize..30_000).prop_map(|n| "ü漢".repeat(n / 5).into_bytes()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn pages_hold_every_byte_once_in_whatever_order_they_come(
        pieces in prop::collection::vec(piece(), 50..300),
        order in prop::collection::vec(any::<prop::sample::Index>(), 1..6),
    ) {
        let all = pieces.concat();
        let printed = Printed { chunks: vec![(LogStream::Stdout, all.clone())], ..Printed::default() };
        let mut log = Log::new(key());
        printed.load(&mut log);
        for index in &order {
            log.view.goal = Some(Goal::to(index.index(all.len().max(1)) as u64));
            printed.load(&mut log);
        }
        for page in 0..=all.len() as u64 / PAGE {
            log.want(page, page);
            printed.load(&mut log);
        }
        let text = String::from_utf8(all).unwrap();
        let joined: String = log.lines().map(|line| line.text()).collect();
        prop_assert!(joined == text.replace('\n', ""), "{} bytes of {}", joined.len(), text.len());
        let mut end = 0;
        for line in log.lines() {
            let (start, stop) = (line.start, line.end);
            prop_assert!(start == end && stop > start, "{} to {} after {}", start, stop, end);
            end = line.end;
        }
    }
}
