//! A reply of JSON lines as a stream of events.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use bytes::{Buf, BytesMut};
use futures_core::Stream;
use hyper::body::{Body, Incoming};

use millrace_api::error::ApiError;
use millrace_api::stream::StreamItem;

use crate::socket::broken;

/// The longest line that is taken, in bytes.
const MAX_LINE: usize = 64 << 20;

pub(crate) struct JsonLines {
    body: Incoming,
    pending: BytesMut,
    ended: bool,
}

impl JsonLines {
    pub(crate) fn new(body: Incoming) -> Self {
        Self { body, pending: BytesMut::new(), ended: false }
    }

    fn next_line(&mut self) -> Option<Result<StreamItem, ApiError>> {
        let end = self.pending.iter().position(|byte| *byte == b'\n')?;
        let line = self.pending.split_to(end);
        self.pending.advance(1);
        Some(read_line(&line))
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
            if let Some(item) = this.next_line() {
                this.ended = item.is_err();
                return Poll::Ready(Some(item));
            }
            if this.pending.len() > MAX_LINE {
                this.ended = true;
                return Poll::Ready(Some(Err(broken(&"a line is too long"))));
            }
            match ready!(pin!(&mut this.body).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Some(data) = frame.data_ref() {
                        this.pending.extend_from_slice(data);
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
    if let Ok(last) = serde_json::from_slice::<Last>(line) {
        return Err(last.error);
    }
    serde_json::from_slice(line).map_err(|error| ApiError::internal("read an event", &error))
}
