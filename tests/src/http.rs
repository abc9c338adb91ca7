//! A web server that writes down what is posted to it, and answers as it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::LIMIT;
use serde_json::Value;

use crate::tls::{Authority, Stream};

/// What was posted.
#[derive(Debug)]
pub struct Posted {
    /// The address, without the host.
    pub path: String,
    /// The headers, in small letters or not.
    pub headers: Vec<String>,
    /// What was sent.
    pub body: Value,
    stream: Box<dyn Stream>,
}

/// The server. Each request waits for its answer.
#[derive(Debug)]
pub struct Server {
    posted: Mutex<Receiver<Posted>>,
    /// Where it is, with its scheme.
    pub address: String,
}

impl Server {
    /// Begins to listen.
    ///
    /// # Panics
    /// When it cannot.
    #[must_use]
    pub fn start() -> Self {
        Self::start_by(None)
    }

    /// One that is spoken to encrypted.
    ///
    /// # Panics
    /// When it cannot listen.
    #[must_use]
    pub fn encrypted(authority: &Authority) -> Self {
        Self::start_by(Some(authority.clone()))
    }

    fn start_by(authority: Option<Authority>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let scheme = if authority.is_some() { "https" } else { "http" };
        let address = format!("{scheme}://{}", listener.local_addr().unwrap());
        let (sender, posted) = channel();
        // Ends with the process: nothing tells it that nobody listens any more.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (sender, stream) = (sender.clone(), stream.unwrap());
                let stream: Box<dyn Stream> = match &authority {
                    Some(authority) => Box::new(authority.encrypt(stream)),
                    None => Box::new(stream),
                };
                thread::spawn(move || serve(stream, &sender));
            }
        });
        Self { posted: Mutex::new(posted), address }
    }

    /// The next request.
    ///
    /// # Panics
    /// When there is none in time.
    #[must_use]
    pub fn next(&self) -> Posted {
        self.posted.lock().unwrap().recv_timeout(LIMIT).unwrap()
    }

    /// Whether nothing has been asked that was not looked at.
    ///
    /// # Panics
    /// When a test that used it has failed.
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.posted.lock().unwrap().try_recv().is_err()
    }
}

impl Posted {
    /// Answers, such as `200 OK`, and gives what was posted.
    pub fn answer(mut self, status: &str) -> Self {
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: 0\r\nLocation: http://elsewhere.invalid/\r\nConnection: close\r\n\r\n"
        );
        // Who was killed does not read it.
        let _read = self.stream.write_all(head.as_bytes()).and_then(|()| self.stream.flush());
        self
    }
}

fn serve(stream: Box<dyn Stream>, posted: &Sender<Posted>) {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    // Who does not trust the certificate says nothing.
    let _said = reader.read_line(&mut line);
    let Some(path) = line.split(' ').nth(1).map(str::to_owned) else { return };
    let mut headers = Vec::new();
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        headers.push(line);
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    // A request may have none.
    let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
    // The test may be over.
    let _heard = posted.send(Posted { path, headers, body, stream: reader.into_inner() });
}
