//! A web server that writes down what is posted to it, and answers as it is told.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use millrace_tests::LIMIT;
use serde_json::Value;

/// What was posted.
#[derive(Debug)]
pub(crate) struct Posted {
    pub(crate) path: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: Value,
    stream: TcpStream,
}

/// The server. Each request waits for its answer.
pub(crate) struct Server {
    posted: Mutex<Receiver<Posted>>,
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (sender, posted) = channel();
        // Ends with the process: nothing tells it that nobody listens any more.
        thread::spawn(move || {
            for stream in listener.incoming() {
                let sender = sender.clone();
                thread::spawn(move || serve(stream.unwrap(), &sender));
            }
        });
        Self { posted: Mutex::new(posted), address }
    }

    pub(crate) fn next(&self) -> Posted {
        self.posted.lock().unwrap().recv_timeout(LIMIT).unwrap()
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.posted.lock().unwrap().try_recv().is_err()
    }
}

impl Posted {
    /// Answers, such as `200 OK`, and gives what was posted.
    pub(crate) fn answer(mut self, status: &str) -> Self {
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Length: 0\r\nLocation: http://elsewhere.invalid/\r\nConnection: close\r\n\r\n"
        );
        // Who was killed does not read it.
        let _read = self.stream.write_all(head.as_bytes());
        self
    }
}

fn serve(stream: TcpStream, posted: &Sender<Posted>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
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
    let body = serde_json::from_slice(&body).unwrap();
    // The test may be over.
    let _heard = posted.send(Posted { path, headers, body, stream });
}
