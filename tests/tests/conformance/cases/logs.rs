//! Logs, read by ranges.

use millrace_api::Code;
use millrace_api::log::{
    LogData, LogFrom, LogName, LogSlice, LogStream, Output, ReadLog, SaveLog, SearchLog,
};
use millrace_api::run::RetryRun;
use millrace_model::event::RunState;
use millrace_model::ids::RunId;

use crate::document::{gated, noop, shell, workflow};
use crate::site::{NO_RUN, Site, code, key};

pub(crate) async fn a_log_is_read_by_ranges(site: &mut Site) {
    let run = site.run("w.json", &workflow("w", &[shell("a", "seq -w 1 99")], &[])).await;
    site.ended(run).await;
    let all: String = (1..=99).map(|n| format!("{n:02}\n")).collect();
    let read = async |from, max_bytes| slice(site, run, None, from, max_bytes).await;

    let whole = read(LogFrom::Offset(0), u32::MAX).await;
    assert_eq!(text(&whole), all);
    assert_eq!((whole.number, whole.next, whole.total, whole.complete), (1, 297, 297, true));
    let mut paged = String::new();
    let mut next = 0;
    while next < 297 {
        let part = read(LogFrom::Offset(next), 50).await;
        assert!(!text(&part).is_empty() && text(&part).len() <= 50 && part.next > next);
        assert_eq!(part.chunks[0].offset, next);
        paged += &text(&part);
        next = part.next;
    }
    assert_eq!(paged, all);
    assert_eq!(text(&read(LogFrom::LastBytes(5), 100).await), "8\n99\n");
    assert_eq!(text(&read(LogFrom::LastLines(2), 100).await), "98\n99\n");
    assert_eq!(text(&read(LogFrom::LastLines(1_000), 1_000).await), all);
    let line = read(LogFrom::Line(41), 3).await;
    assert_eq!((text(&line).as_str(), line.line), ("42\n", 41));
    let beyond = read(LogFrom::Line(5_000), 100).await;
    assert_eq!((text(&beyond).as_str(), beyond.line, beyond.next), ("", 99, 297));
    let beyond = read(LogFrom::Offset(1_000), 100).await;
    assert_eq!((text(&beyond).as_str(), beyond.next, beyond.total), ("", 297, 297));
}

pub(crate) async fn a_log_says_what_is_not_text_and_where_it_came_from(site: &mut Site) {
    let script = "printf 'gr\\303\\274n\\n'; printf '\\377\\000\\033[31m' >&2";
    let run = site.run("w.json", &workflow("w", &[shell("a", script)], &[])).await;
    site.ended(run).await;
    let mut found = slice(site, run, None, LogFrom::Offset(0), 100).await.chunks;
    found.sort_by_key(|chunk| chunk.stream == LogStream::Stderr);
    let [out, err] = found.as_slice() else { panic!("{found:?}") };
    assert_eq!((out.stream, &out.data), (LogStream::Stdout, &LogData::Text("grün\n".to_owned())));
    assert_eq!(
        (err.stream, &err.data),
        (LogStream::Stderr, &LogData::Bytes(b"\xff\0\x1b[31m".to_vec()))
    );
    assert!(out.at.0 > 0);
}

pub(crate) async fn a_log_grows_until_its_attempt_ends(site: &mut Site) {
    let run = site.run("w.json", &workflow("w", &[gated(site, "a")], &[])).await;
    site.until_printed(run, "a", "a begins\n").await;
    let half = slice(site, run, None, LogFrom::Offset(0), 100).await;
    assert!(!half.complete);
    site.open_gates(&["a"]);
    site.ended(run).await;
    let rest = slice(site, run, None, LogFrom::Offset(half.next), 100).await;
    assert_eq!((text(&rest).as_str(), rest.complete), ("a ends\n", true));
}

pub(crate) async fn each_try_has_its_own_log(site: &mut Site) {
    let gate = site.path("mended");
    let script = format!("test -e '{}' && echo good || {{ echo bad; exit 1; }}", gate.display());
    let run = site.run("w.json", &workflow("w", &[shell("a", &script)], &[])).await;
    site.ended(run).await;
    site.open_gates(&["mended"]);
    site.api().retry_run(RetryRun { run }).await.unwrap();
    let ended = site.fold_until(run, |fold| fold.state.is_final() && fold.round == 2).await;
    assert_eq!(ended.state, RunState::Succeeded, "{ended:?}");
    for (number, expected) in [(Some(1), "bad\n"), (Some(2), "good\n"), (None, "good\n")] {
        let log = slice(site, run, number, LogFrom::Offset(0), 100).await;
        assert_eq!((text(&log).as_str(), log.number), (expected, number.unwrap_or(2)));
    }
}

pub(crate) async fn what_has_no_log_is_refused(site: &mut Site) {
    let document =
        workflow("w", &[shell("a", "true"), shell("b", "exit 1"), noop("c")], &[("b", "c")]);
    let run = site.run("w.json", &document).await;
    site.ended(run).await;
    let refused = async |run, task: &str, number| {
        let (from, task) = (LogFrom::Offset(0), key(task));
        let log = LogName { number, ..LogName::last(run, task) };
        let request = ReadLog { log, from, max_bytes: 100 };
        code(site.api().read_log(request).await)
    };
    assert_eq!(refused(NO_RUN, "a", None).await, Code::NotFound);
    assert_eq!(refused(run, "nothing", None).await, Code::NotFound);
    assert_eq!(refused(run, "a", Some(2)).await, Code::NotFound);
    assert_eq!(refused(run, "c", None).await, Code::NotFound, "it never ran");
    let silent = slice(site, run, None, LogFrom::LastLines(5), 100).await;
    assert_eq!((silent.chunks.len(), silent.total, silent.complete), (0, 0, true));
}

pub(crate) async fn one_stream_of_a_log_is_read_alone(site: &mut Site) {
    let script = "echo out; echo err >&2; echo more; echo worse >&2";
    let run = site.run("w.json", &workflow("w", &[shell("a", script)], &[])).await;
    site.ended(run).await;
    for (only, expected) in [(Output::Stdout, "out\nmore\n"), (Output::Stderr, "err\nworse\n")] {
        let mut request = of_a(run, Some(only));
        let whole = site.api().read_log(request.clone()).await.unwrap();
        let total = expected.len() as u64;
        assert_eq!((text(&whole).as_str(), whole.next, whole.total), (expected, total, total));
        request.from = LogFrom::Offset(4);
        let rest = site.api().read_log(request.clone()).await.unwrap();
        assert_eq!(text(&rest), expected[4..]);
        request.from = LogFrom::Line(1);
        assert_eq!(code(site.api().read_log(request).await), Code::InvalidRequest);
    }
}

fn of_a(run: RunId, only: Option<Output>) -> ReadLog {
    let from = LogFrom::Offset(0);
    let log = LogName { only, ..LogName::last(run, key("a")) };
    ReadLog { log, from, max_bytes: 1_000 }
}

fn search(run: RunId, pattern: &str, from: u64) -> SearchLog {
    SearchLog {
        log: LogName::last(run, key("a")),
        pattern: pattern.to_owned(),
        match_case: false,
        from,
        limit: 2,
    }
}

pub(crate) async fn lines_of_a_log_are_found(site: &mut Site) {
    let script = "seq -w 1 99; printf 'the \\033[31mEND\\033[0m'";
    let run = site.run("w.json", &workflow("w", &[shell("a", script)], &[])).await;
    site.ended(run).await;
    let first = site.api().search_log(search(run, "^.7$", 0)).await.unwrap();
    let lines = |found: &[millrace_api::log::FoundLine]| {
        found.iter().map(|line| (line.line, line.offset)).collect::<Vec<_>>()
    };
    assert_eq!(lines(&first.lines), [(6, 18), (16, 48)]);
    let next = site.api().search_log(search(run, "^.7$", first.next)).await.unwrap();
    assert_eq!(lines(&next.lines), [(26, 78), (36, 108)]);
    let end = site.api().search_log(search(run, "the end", 0)).await.unwrap();
    assert_eq!((lines(&end.lines), end.next), (vec![(99, 297)], end.total));
}

pub(crate) async fn what_cannot_be_looked_for_is_refused(site: &mut Site) {
    let run = site.run("w.json", &workflow("w", &[shell("a", "echo x")], &[])).await;
    site.ended(run).await;
    assert_eq!(code(site.api().search_log(search(run, "(", 0)).await), Code::InvalidRequest);
    assert_eq!(code(site.api().search_log(search(NO_RUN, "x", 0)).await), Code::NotFound);
}

pub(crate) async fn a_log_is_written_to_a_file_and_replaces_only_what_it_may(site: &mut Site) {
    let script = "seq 1 400000; echo err >&2";
    let run = site.run("w.json", &workflow("w", &[shell("a", script)], &[])).await;
    site.ended(run).await;
    let path = site.path("a.log");
    let mut request = SaveLog {
        log: LogName { only: Some(Output::Stdout), ..LogName::last(run, key("a")) },
        path: path.display().to_string(),
        replace: false,
    };
    let saved = site.api().save_log(request.clone()).await.unwrap();
    let expected: String = (1..=400_000).map(|n| format!("{n}\n")).collect();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
    assert_eq!((saved.path.as_str(), saved.bytes), (request.path.as_str(), expected.len() as u64));
    assert_eq!(code(site.api().save_log(request.clone()).await), Code::File, "it is there");
    request.replace = true;
    request.log.only = Some(Output::Stderr);
    site.api().save_log(request.clone()).await.unwrap();
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "err\n");
    request.path = "a.log".to_owned();
    assert_eq!(code(site.api().save_log(request).await), Code::InvalidRequest);
}

/// A part of the log of `a`.
async fn slice(
    site: &Site,
    run: RunId,
    number: Option<u32>,
    from: LogFrom,
    max_bytes: u32,
) -> LogSlice {
    let log = LogName { number, ..LogName::last(run, key("a")) };
    let request = ReadLog { log, from, max_bytes };
    site.api().read_log(request).await.unwrap()
}

fn text(slice: &LogSlice) -> String {
    let bytes = slice.chunks.iter().flat_map(|chunk| chunk.data.as_bytes()).copied().collect();
    String::from_utf8(bytes).unwrap()
}
