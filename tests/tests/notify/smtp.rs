//! A mail server that knows as much SMTP as is needed, and writes down what it hears.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use millrace_tests::LIMIT;

/// The server. It encrypts nothing and offers no STARTTLS.
pub(crate) struct Server {
    talks: Receiver<Vec<String>>,
    pub(crate) port: u16,
}

impl Server {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, talks) = channel();
        // Ends with the process: nothing tells it that nobody listens any more.
        thread::spawn(move || {
            for stream in listener.incoming() {
                talk(&stream.unwrap(), &sender);
            }
        });
        Self { talks, port }
    }

    /// What was said in the next talk, when it is over: lines of commands and of the mail.
    pub(crate) fn next(&self) -> Vec<String> {
        self.talks.recv_timeout(LIMIT).unwrap()
    }
}

fn talk(stream: &TcpStream, talks: &Sender<Vec<String>>) {
    let mut out = stream;
    let mut said = Vec::new();
    let mut is_mail = false;
    out.write_all(b"220 sink\r\n").unwrap();
    for line in BufReader::new(stream).lines().map_while(Result::ok) {
        said.push(line.clone());
        let answer = match line.split(' ').next().unwrap_or_default() {
            "." if is_mail => {
                is_mail = false;
                "250 taken"
            }
            _ if is_mail => continue,
            "EHLO" => "250-sink\r\n250 AUTH PLAIN LOGIN",
            "AUTH" => "235 welcome",
            "DATA" => {
                is_mail = true;
                "354 go on"
            }
            "QUIT" => "221 bye",
            _ => "250 fine",
        };
        if out.write_all(format!("{answer}\r\n").as_bytes()).is_err() || line == "QUIT" {
            break;
        }
    }
    // The test may be over.
    let _heard = talks.send(said);
}
