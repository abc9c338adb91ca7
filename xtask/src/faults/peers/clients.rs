//! Clients of the daemon that no program of ours is.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use crate::faults::dice::Dice;
use crate::faults::site::API_VERSION;

/// What a client does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// Sends half a request, and no more.
    Half,
    /// Sends a request byte by byte.
    Trickle,
    /// Asks for much, again and again, and reads nothing.
    Deaf,
    /// Subscribes to everything that happens, and reads nothing.
    DeafSubscriber,
    /// Sends part of a request or reads part of an answer, and is gone.
    Dying,
    /// Sends noise.
    Noise,
    /// Sends a request whose body has no end.
    Endless,
}

/// Behaves in a manner until it is enough.
pub(super) fn behave(manner: Manner, socket: &Path, mut dice: Dice, enough: &AtomicBool) {
    while !enough.load(Ordering::Relaxed) {
        let Ok(mut stream) = UnixStream::connect(socket) else {
            thread::sleep(Duration::from_millis(10));
            continue;
        };
        let _set = stream.set_write_timeout(Some(Duration::from_millis(50)));
        let _set = stream.set_read_timeout(Some(Duration::from_millis(50)));
        // Who is hung up on comes again, and not so fast that there is time for nobody else.
        let _hung_up = act(manner, &mut stream, &mut dice, enough);
        thread::sleep(Duration::from_millis(20 + dice.below(80)));
    }
}

fn act(
    manner: Manner,
    stream: &mut UnixStream,
    dice: &mut Dice,
    enough: &AtomicBool,
) -> std::io::Result<()> {
    let request = request("/v1/call", r#"{"command":"list_runs","limit":1000}"#);
    match manner {
        Manner::Half => {
            let half = usize::try_from(dice.below(request.len() as u64)).unwrap_or(0);
            stream.write_all(&request[..half])?;
            wait(stream, enough)
        }
        Manner::Trickle => {
            for byte in request {
                stream.write_all(&[byte])?;
                if enough.load(Ordering::Relaxed) {
                    return Ok(());
                }
                thread::sleep(Duration::from_millis(1 + dice.below(20)));
            }
            let mut answer = [0; 64];
            stream.read(&mut answer).map(drop)
        }
        Manner::Deaf => {
            for _ in 0..200 {
                stream.write_all(&request)?;
            }
            wait(stream, enough)
        }
        Manner::DeafSubscriber => {
            let body = r#"{"runs":"all","after":0}"#;
            stream.write_all(&self::request("/v1/events", body))?;
            wait(stream, enough)
        }
        Manner::Dying => {
            let part = usize::try_from(1 + dice.below(request.len() as u64)).unwrap_or(1);
            stream.write_all(&request[..part])?;
            if part == request.len() {
                let mut answer = [0; 16];
                let _some = stream.read(&mut answer)?;
            }
            Ok(())
        }
        Manner::Noise => {
            let noise: Vec<u8> =
                (0..1 + dice.below(20_000)).map(|_| dice.below(256) as u8).collect();
            stream.write_all(&noise)?;
            let mut answer = [0; 64];
            stream.read(&mut answer).map(drop)
        }
        Manner::Endless => {
            let head = format!(
                "POST /v1/call HTTP/1.1\r\nhost: millrace\r\nmillrace-api: {API_VERSION}\r\n\
                 content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
            );
            stream.write_all(head.as_bytes())?;
            let chunk = [b"10000\r\n".as_slice(), &[b' '; 1 << 16], b"\r\n"].concat();
            while !enough.load(Ordering::Relaxed) {
                stream.write_all(&chunk)?;
            }
            Ok(())
        }
    }
}

/// Until it is enough, or somebody hangs up; what comes is not read.
fn wait(stream: &UnixStream, enough: &AtomicBool) -> std::io::Result<()> {
    while !enough.load(Ordering::Relaxed) {
        thread::sleep(Duration::from_millis(5));
        if let Some(error) = stream.take_error()? {
            return Err(error);
        }
    }
    Ok(())
}

fn request(path: &str, body: &str) -> Vec<u8> {
    format!(
        "POST {path} HTTP/1.1\r\nhost: millrace\r\nmillrace-api: {API_VERSION}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
