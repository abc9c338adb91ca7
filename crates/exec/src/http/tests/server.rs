//! A server that reads a request and then does what the test says.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use rcgen::{CertificateParams, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

trait Stream: Read + Write + Send {}

impl<T: Read + Write + Send> Stream for T {}

/// A server. It ends with the process.
pub(super) struct Server {
    scheme: &'static str,
    address: SocketAddr,
}

/// A request that was read, and the way back.
pub(super) struct Asked {
    pub(super) first_line: String,
    pub(super) body: Vec<u8>,
    headers: Vec<(String, String)>,
    stream: Box<dyn Stream>,
}

impl Server {
    /// Has each request answered by `answer`; the connection is closed after it.
    pub(super) fn start(answer: impl Fn(Asked) + Send + Sync + 'static) -> Self {
        Self::start_by(None, answer)
    }

    /// One that is spoken to encrypted, by a certificate that nobody trusts.
    pub(super) fn encrypted(answer: impl Fn(Asked) + Send + Sync + 'static) -> Self {
        let key = KeyPair::generate().unwrap();
        let names = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = names.self_signed(&key).unwrap().der().clone();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(ring);
        let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let config = config.with_single_cert(vec![certificate], key).unwrap();
        Self::start_by(Some(Arc::new(config)), answer)
    }

    fn start_by(
        config: Option<Arc<ServerConfig>>,
        answer: impl Fn(Asked) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let scheme = if config.is_some() { "https" } else { "http" };
        let answer = Arc::new(answer);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, stream) = (Arc::clone(&answer), stream.unwrap());
                let stream: Box<dyn Stream> = match &config {
                    Some(config) => Box::new(encrypt(config, stream)),
                    None => Box::new(stream),
                };
                thread::spawn(move || {
                    if let Some(asked) = read(stream) {
                        answer(asked);
                    }
                });
            }
        });
        Self { scheme, address }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.address)
    }
}

impl Asked {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// Who asked may have gone.
    pub(super) fn say(&mut self, bytes: &[u8]) {
        let _heard = self.try_say(bytes);
    }

    pub(super) fn try_say(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).and_then(|()| self.stream.flush()).is_ok()
    }

    /// Says nothing more until the other side has gone.
    pub(super) fn wait(mut self) {
        let _gone = self.stream.read_to_end(&mut Vec::new());
    }
}

fn encrypt(
    config: &Arc<ServerConfig>,
    stream: TcpStream,
) -> StreamOwned<ServerConnection, TcpStream> {
    StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream)
}

/// None where no request comes.
fn read(stream: Box<dyn Stream>) -> Option<Asked> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = Vec::new();
        reader.read_until(b'\n', &mut line).ok().filter(|read| *read > 0)?;
        let line = String::from_utf8(line).ok()?.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    let mut lines = lines.into_iter();
    let first_line = lines.next()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| {
            let (name, value) = line.split_once(": ")?;
            Some((name.to_lowercase(), value.to_owned()))
        })
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some(Asked { first_line, body, headers, stream: reader.into_inner() })
}
