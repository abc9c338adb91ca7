//! A mail server that knows as much SMTP as is needed, and writes down what it hears.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use crate::LIMIT;

use crate::tls::{Authority, Stream};

/// How a server is spoken to.
#[derive(Debug, Clone)]
pub enum By {
    /// In the clear, and it offers nothing else.
    Clear,
    /// In the clear until the other side asks for more.
    StartTls(Authority),
    /// Encrypted from the first byte.
    Tls(Authority),
}

/// The server.
#[derive(Debug)]
pub struct Server {
    talks: Receiver<Vec<String>>,
    /// Where it listens, on this machine.
    pub port: u16,
}

impl Server {
    /// Begins to listen.
    ///
    /// # Panics
    /// When it cannot.
    #[must_use]
    pub fn start(by: By) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, talks) = channel();
        // Ends with the process: nothing tells it that nobody listens any more.
        thread::spawn(move || {
            for stream in listener.incoming() {
                // The test may be over.
                let _heard = sender.send(talk(stream.unwrap(), &by));
            }
        });
        Self { talks, port }
    }

    /// What was said in the next talk, when it is over: lines of commands and of the mail.
    ///
    /// # Panics
    /// When there is none in time.
    #[must_use]
    pub fn next(&self) -> Vec<String> {
        self.talks.recv_timeout(LIMIT).unwrap()
    }
}

fn talk(mut stream: TcpStream, by: &By) -> Vec<String> {
    let mut said = Vec::new();
    match by {
        By::Clear => drop(hear(&mut stream, "220 sink\r\n", false, &mut said)),
        By::StartTls(authority) => {
            if hear(&mut stream, "220 sink\r\n", true, &mut said) {
                hear(&mut authority.encrypt(stream), "", false, &mut said);
            }
        }
        By::Tls(authority) => {
            hear(&mut authority.encrypt(stream), "220 sink\r\n", false, &mut said);
        }
    }
    said
}

/// Listens until the talk is over; true where it is to go on encrypted.
fn hear(stream: &mut dyn Stream, greeting: &str, offers: bool, said: &mut Vec<String>) -> bool {
    let mut reader = BufReader::new(stream);
    let mut is_mail = false;
    let mut answer = greeting.to_owned();
    loop {
        let sent = reader.get_mut().write_all(answer.as_bytes());
        let mut line = String::new();
        // Who does not trust the certificate, or is offered too little, says no more.
        match sent
            .and_then(|()| reader.get_mut().flush())
            .and_then(|()| reader.read_line(&mut line))
        {
            Ok(read) if read > 0 => {}
            _ => return false,
        }
        let line = line.trim_end_matches(['\r', '\n']).to_owned();
        said.push(line.clone());
        answer = match line.split(' ').next().unwrap_or_default() {
            "." if is_mail => {
                is_mail = false;
                "250 taken\r\n"
            }
            _ if is_mail => "",
            "EHLO" if offers => "250-sink\r\n250 STARTTLS\r\n",
            "EHLO" => "250-sink\r\n250 AUTH PLAIN LOGIN\r\n",
            "STARTTLS" if offers => "220 go on\r\n",
            "AUTH" => "235 welcome\r\n",
            "DATA" => {
                is_mail = true;
                "354 go on\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 fine\r\n",
        }
        .to_owned();
        if matches!(line.as_str(), "QUIT" | "STARTTLS") && !is_mail {
            let _read = reader.get_mut().write_all(answer.as_bytes());
            let _read = reader.get_mut().flush();
            return line == "STARTTLS" && offers;
        }
    }
}
