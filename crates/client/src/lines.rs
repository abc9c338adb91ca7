//! A reply of JSON lines as a stream of events.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use futures_core::Stream;
use hyper::body::{Body, Incoming};

use millrace_api::error::ApiError;
use millrace_api::stream::StreamItem;

use crate::socket::{MAX_REPLY, broken};

pub(crate) struct JsonLines {
    body: Incoming,
    lines: Lines,
    ended: bool,
}

impl JsonLines {
    pub(crate) fn new(body: Incoming) -> Self {
        Self { body, lines: Lines::default(), ended: false }
    }
}

/// What has come of lines.
#[derive(Default)]
struct Lines {
    pending: BytesMut,
    /// So much of it was looked at, and no line ends there: a long line comes in many parts.
    searched: usize,
}

impl Lines {
    fn add(&mut self, part: &[u8]) {
        self.pending.extend_from_slice(part);
    }

    /// The next line that has come whole, without its end.
    fn next(&mut self) -> Option<BytesMut> {
        let found = self.pending[self.searched..].iter().position(|byte| *byte == b'\n');
        let Some(end) = found else {
            self.searched = self.pending.len();
            return None;
        };
        let line = self.pending.split_to(self.searched + end);
        self.pending.advance(1);
        self.searched = 0;
        Some(line)
    }

    /// How much of a line has come that has not ended.
    fn len(&self) -> usize {
        self.pending.len()
    }
}

impl Stream for JsonLines {
    type Item = Result<StreamItem, ApiError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if this.ended {
                return Poll::Ready(None);
            }
            if let Some(line) = this.lines.next() {
                let item = read_line(&line);
                this.ended = item.is_err();
                return Poll::Ready(Some(item));
            }
            if this.lines.len() > MAX_REPLY {
                this.ended = true;
                return Poll::Ready(Some(Err(broken(&"a line is too long"))));
            }
            match ready!(pin!(&mut this.body).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        this.lines.add(data);
                    }
                }
                Some(Err(error)) => {
                    this.ended = true;
                    return Poll::Ready(Some(Err(broken(&error))));
                }
                None => {
                    this.ended = true;
                    return Poll::Ready(None);
                }
            }
        }
    }
}

/// A line is an item, or `{"error": …}` as the last one.
fn read_line(line: &[u8]) -> Result<StreamItem, ApiError> {
    #[derive(serde::Deserialize)]
    struct Last {
        error: ApiError,
    }
    serde_json::from_slice(line).map_err(|error| match serde_json::from_slice::<Last>(line) {
        Ok(last) => last.error,
        Err(_) => ApiError::internal("read an event", &error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_whole_however_they_are_cut() {
        let text = b"{\"a\":1}\n\n{\"bb\":2}\n{\"c";
        for size in 1..text.len() {
            let mut lines = Lines::default();
            let mut found = Vec::new();
            for part in text.chunks(size) {
                lines.add(part);
                while let Some(line) = lines.next() {
                    found.push(line);
                }
            }
            assert_eq!(found, [&b"{\"a\":1}"[..], b"", b"{\"bb\":2}"], "{size}");
            assert_eq!(lines.len(), 3);
        }
    }

    #[test]
    fn a_long_line_is_looked_at_once() {
        let mut lines = Lines::default();
        for _ in 0..1_000 {
            lines.add(&[b'x'; 1_000]);
            assert!(lines.next().is_none());
            assert_eq!(lines.searched, lines.len());
        }
        lines.add(b"\n");
        assert_eq!(lines.next().map(|line| line.len()), Some(1_000_000));
        assert_eq!((lines.searched, lines.len()), (0, 0));
    }

    #[test]
    fn a_line_is_an_item_or_an_error() {
        let item = read_line(br#"{"position":7,"events":[]}"#);
        assert!(item.is_ok_and(|item| item.position == 7 && item.events.is_empty()));
        let last = read_line(br#"{"error":{"code":"MR2015","message":"gone"}}"#);
        assert!(last.is_err_and(|error| error.message == "gone"));
        assert!(read_line(b"{").is_err_and(|error| error.message.contains("read an event")));
    }
}
