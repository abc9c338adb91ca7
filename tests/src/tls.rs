//! Certificates of an authority that is trusted only by who is told to.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What a server speaks by, encrypted or not.
pub trait Stream: Read + Write + Send + std::fmt::Debug {}

impl<T: Read + Write + Send + std::fmt::Debug> Stream for T {}

/// An authority, and what a server on this machine needs to show that it is known to it.
#[derive(Debug, Clone)]
pub struct Authority {
    certificate: PathBuf,
    server: Arc<ServerConfig>,
}

impl Authority {
    /// A new one, whose certificate is in `file`.
    ///
    /// # Panics
    /// When the file cannot be written.
    #[must_use]
    pub fn new(file: &Path) -> Self {
        let mut own = CertificateParams::new(Vec::new()).unwrap();
        own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        fs::write(file, own.self_signed(&key).unwrap().pem()).unwrap();
        let authority = Issuer::new(own, key);
        let key = KeyPair::generate().unwrap();
        let names = CertificateParams::new(vec!["127.0.0.1".to_owned()]).unwrap();
        let certificate = names.signed_by(&key, &authority).unwrap().der().clone();
        let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let server = ServerConfig::builder_with_provider(ring);
        let server = server.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let server = server.with_single_cert(vec![certificate], key).unwrap();
        Self { certificate: file.to_owned(), server: Arc::new(server) }
    }

    /// The variable by which a program trusts it, and nobody else.
    #[must_use]
    pub fn trusted(&self) -> (&'static str, String) {
        ("SSL_CERT_FILE", self.certificate.display().to_string())
    }

    /// A server's side of a connection. The greetings are exchanged with the first bytes.
    ///
    /// # Panics
    /// When there can be none.
    #[must_use]
    pub fn encrypt(&self, stream: TcpStream) -> StreamOwned<ServerConnection, TcpStream> {
        StreamOwned::new(ServerConnection::new(Arc::clone(&self.server)).unwrap(), stream)
    }
}
