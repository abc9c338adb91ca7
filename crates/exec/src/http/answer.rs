//! Takes an answer in: judged by its status, its body as an output or in a file, without secrets.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use millrace_keeper::mask::{MaskSet, MaskStream};
use millrace_model::Values;
use millrace_model::event::Exit;
use reqwest::Response;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use serde_json::{Value, json};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

use super::Call;
use super::exchange::root_of;
use super::unpack::Unpack;
use crate::deed::{Fault, Log};

/// The longest an output can be, as JSON; what is longer goes to a file. Leaves room for the headers.
const MAX_BODY: usize = 896 * 1024;
/// So much of an answer with a status that was not expected is written to the log.
const SHOWN: usize = 2_048;
/// How long is waited for that.
const SHOWN_LIMIT: Duration = Duration::from_secs(5);

/// Takes in the last answer of a request that was `begun` then.
pub(super) async fn take(
    call: &Call,
    log: &Log,
    mut response: Response,
    begun: Instant,
) -> Result<Values, Fault> {
    let status = response.status();
    let headers = response.headers().clone();
    let media_type = text_of(&headers, CONTENT_TYPE.as_str());
    if !call.action.expect.contains(status.as_u16()) {
        let shown = beginning(&call.masks, &mut response).await;
        if !shown.trim().is_empty() {
            log.line(shown.trim_end());
        }
        log.bad(&format!("{status} after {}, which is not expected", shown_time(begun)));
        return Err(Fault::Failed(Exit::Status(status.as_u16())));
    }
    let unpack =
        Unpack::of(&text_of(&headers, CONTENT_ENCODING.as_str())).map_err(Fault::Unusable)?;
    let (bytes, size) = match read(call, &mut response, unpack).await? {
        Body::Short(bytes) => {
            let size = bytes.len() as u64;
            (Some(bytes), size)
        }
        Body::Long(size) => (None, size),
    };
    let mut media_shown = String::new();
    if !media_type.is_empty() {
        media_shown = format!(", {media_type}");
    }
    log.line(&format!("{status} after {}{media_shown}, {size} bytes", shown_time(begun)));
    let mut outputs = Values::new();
    outputs.insert("status".to_owned(), json!(status.as_u16()));
    outputs.insert("headers".to_owned(), header_values(&headers));
    for name in ["json", "body", "file"] {
        outputs.insert(name.to_owned(), Value::Null);
    }
    let (name, value) = match bytes {
        None => ("file", path_value(&call.answer)),
        Some(bytes) => short(call, bytes, &media_type).await?,
    };
    outputs.insert(name.to_owned(), value);
    Ok(outputs)
}

enum Body {
    Short(Vec<u8>),
    /// It is in the call's file and has so many bytes.
    Long(u64),
}

/// Reads the body; what is too large for an output goes to the call's file.
async fn read(call: &Call, response: &mut Response, mut unpack: Unpack) -> Result<Body, Fault> {
    let most = call.action.max_bytes;
    if response.content_length().is_some_and(|length| length > most) {
        return Err(too_large(most));
    }
    let mut taken = Taken { call, most, bytes: Vec::new(), file: None, size: 0 };
    while let Some(chunk) = response.chunk().await.map_err(broke)? {
        for step in unpack.steps(&chunk) {
            let part = unpack.push(step).map_err(Fault::Unusable)?;
            taken.add(&part).await?;
        }
    }
    let last = unpack.finish().map_err(Fault::Unusable)?;
    taken.add(&last).await?;
    taken.finish().await
}

/// What has come of a body.
struct Taken<'c> {
    call: &'c Call,
    most: u64,
    bytes: Vec<u8>,
    file: Option<File>,
    size: u64,
}

impl Taken<'_> {
    async fn add(&mut self, part: &[u8]) -> Result<(), Fault> {
        self.size += part.len() as u64;
        if self.size > self.most {
            return Err(too_large(self.most));
        }
        let path = &self.call.answer;
        if self.file.is_none() && self.size > MAX_BODY as u64 {
            let mut made = create(path).await?;
            made.write_all(&self.bytes).await.map_err(|error| unwritten(path, &error))?;
            self.file = Some(made);
        }
        match &mut self.file {
            Some(file) => file.write_all(part).await.map_err(|error| unwritten(path, &error)),
            None => {
                self.bytes.extend_from_slice(part);
                Ok(())
            }
        }
    }

    async fn finish(self) -> Result<Body, Fault> {
        match self.file {
            None => Ok(Body::Short(self.bytes)),
            Some(mut file) => {
                file.flush().await.map_err(|error| unwritten(&self.call.answer, &error))?;
                Ok(Body::Long(self.size))
            }
        }
    }
}

fn too_large(most: u64) -> Fault {
    Fault::Unusable(format!("the answer is larger than {} MiB; raise `max_size`", most >> 20))
}

/// The output that a short body becomes, and its value.
async fn short(
    call: &Call,
    bytes: Vec<u8>,
    media_type: &str,
) -> Result<(&'static str, Value), Fault> {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = essence.ends_with("/json") || essence.ends_with("+json");
    if is_json && !bytes.is_empty() {
        let value: Value = serde_json::from_slice(&bytes).map_err(|error| {
            Fault::Unusable(format!(
                "the answer says that it is JSON, and it cannot be read: {error}"
            ))
        })?;
        if value.to_string().len() <= MAX_BODY {
            return Ok(("json", value));
        }
    } else if let Ok(text) = std::str::from_utf8(&bytes)
        // Escaped it may be several times as long.
        && json!(text).to_string().len() <= MAX_BODY
    {
        return Ok(("body", json!(text)));
    }
    let mut file = create(&call.answer).await?;
    let written = async {
        file.write_all(&bytes).await?;
        file.flush().await
    };
    written.await.map_err(|error| unwritten(&call.answer, &error))?;
    Ok(("file", path_value(&call.answer)))
}

async fn create(path: &Path) -> Result<File, Fault> {
    let made = async {
        let file = File::create(path).await?;
        file.set_permissions(Permissions::from_mode(0o600)).await?;
        Ok(file)
    };
    made.await.map_err(|error| unwritten(path, &error))
}

fn unwritten(path: &Path, error: &std::io::Error) -> Fault {
    Fault::Unusable(format!("the answer cannot be written to {}: {error}", path.display()))
}

fn broke(error: reqwest::Error) -> Fault {
    let error = error.without_url();
    if error.is_timeout() {
        return Fault::Broke("the answer stood still for too long".to_owned());
    }
    Fault::Broke(format!("the answer broke off: {}", root_of(&error)))
}

/// What can be read of a body within a short time. A secret is not cut through: half of one would not be found.
async fn beginning(masks: &MaskSet, response: &mut Response) -> String {
    let (mut stream, mut bytes) = (MaskStream::default(), Vec::new());
    let read = async {
        while bytes.len() < SHOWN {
            match response.chunk().await {
                Ok(Some(chunk)) => stream.push(masks, &chunk, &mut bytes),
                Ok(None) => return stream.finish(masks, &mut bytes),
                Err(_) => return,
            }
        }
    };
    // What came until then is shown.
    let _in_time = tokio::time::timeout(SHOWN_LIMIT, read).await;
    bytes.truncate(SHOWN);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn text_of(headers: &HeaderMap, name: &str) -> String {
    headers
        .get(name)
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .unwrap_or_default()
}

fn header_values(headers: &HeaderMap) -> Value {
    let values = headers.keys().map(|name| {
        let all = headers.get_all(name).iter();
        let all: Vec<_> = all.map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
        (name.as_str().to_owned(), json!(all.join(", ")))
    });
    Value::Object(values.collect())
}

fn path_value(path: &Path) -> Value {
    json!(path.display().to_string())
}

fn shown_time(begun: Instant) -> String {
    let millis = begun.elapsed().as_millis();
    match millis {
        0..10_000 => format!("{millis} ms"),
        _ => format!("{} s", millis / 1_000),
    }
}
