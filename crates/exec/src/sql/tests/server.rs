//! A PostgreSQL server of the test's own, in a folder of its own, and a proxy before it that cuts the connection.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::Sender;
use std::thread;

use millrace_model::connection::PostgresDatabase;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};

pub(crate) struct Server {
    child: Child,
    user: String,
    pub(crate) port: u16,
    folder: tempfile::TempDir,
}

/// The certificate of who signed that of the server, in the server's folder.
const AUTHORITY: &str = "authority.pem";

/// The newest of Debian's folders with the server's programs, or wherever the PATH has them.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .filter(|folder| folder.join("initdb").exists())
        .collect();
    found.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).find(|folder| folder.join("initdb").exists());
    found.pop().or(on_path)
}

impl Server {
    /// Starts one; none where there is no PostgreSQL, which is told.
    pub(crate) fn start() -> Option<Self> {
        Self::start_by(None)
    }

    /// The same, encrypted by a certificate for this name, which an authority of its own has signed.
    pub(crate) fn encrypted(name: &str) -> Option<Self> {
        Self::start_by(Some(name))
    }

    /// The file of the authority that has signed its certificate.
    pub(crate) fn authority(&self) -> String {
        self.folder.path().join(AUTHORITY).display().to_string()
    }

    fn start_by(certificate_for: Option<&str>) -> Option<Self> {
        let Some(programs) = programs() else {
            eprintln!(
                "SKIPPED: there is no PostgreSQL on this machine; `cargo xtask setup` installs it"
            );
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        // The server does not run as root.
        let is_root = rustix::process::geteuid().is_root();
        let user = if is_root {
            "postgres".to_owned()
        } else {
            std::env::var("USER").unwrap_or_else(|_| "postgres".to_owned())
        };
        let command = |program: &str| {
            let program = programs.join(program);
            match is_root {
                false => Command::new(program),
                true => {
                    let mut command = Command::new("setpriv");
                    command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]);
                    command.arg(program);
                    command
                }
            }
        };
        if is_root {
            fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        }
        let mut made = command("initdb");
        made.args(["--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "--username"]);
        let made = made.arg(&user).arg("--pgdata").arg(&data).current_dir("/").output().unwrap();
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        if let Some(name) = certificate_for {
            certify(&data, &folder.path().join(AUTHORITY), name);
        }
        let port = free_port();
        let mut serving = command("postgres");
        serving.arg("-D").arg(&data).arg("-k").arg(folder.path());
        serving.args(["-h", "127.0.0.1", "-F", "-p", &port.to_string()]);
        serving.args([
            "-c",
            "logging_collector=off",
            "-c",
            "lc_messages=C",
            "-c",
            "max_connections=20",
        ]);
        if certificate_for.is_some() {
            serving.args(["-c", "ssl=on"]);
        }
        let mut child =
            serving.current_dir("/").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let is_ready = lines
            .by_ref()
            .map_while(Result::ok)
            .any(|line| line.contains("ready to accept connections"));
        assert!(is_ready, "the server has ended");
        // What it says is read on, so that it never waits for a reader.
        thread::spawn(move || lines.for_each(drop));
        Some(Self { child, user, port, folder })
    }

    /// A way to it, through this port.
    pub(crate) fn database(&self, port: u16) -> PostgresDatabase {
        PostgresDatabase {
            host: "127.0.0.1".to_owned(),
            port: Some(port),
            database: "postgres".to_owned(),
            user: Some(self.user.clone()),
            password: None,
            tls: None,
            certificates: None,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A fast shutdown; its own children end with it.
        let pid = i32::try_from(self.child.id()).ok().and_then(rustix::process::Pid::from_raw);
        let told = pid.map(|pid| rustix::process::kill_process(pid, rustix::process::Signal::INT));
        if !matches!(told, Some(Ok(()))) {
            let _killed = self.child.kill();
        }
        let _ended = self.child.wait();
    }
}

/// Puts a key and a certificate for this name into the server's folder, and who signed it into a file.
fn certify(data: &Path, authority: &Path, name: &str) {
    let mut own = CertificateParams::new(Vec::new()).unwrap();
    own.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    fs::write(authority, own.self_signed(&key).unwrap().pem()).unwrap();
    let issuer = Issuer::new(own, key);
    let key = KeyPair::generate().unwrap();
    let names = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = names.signed_by(&key, &issuer).unwrap().pem();
    let owner = fs::metadata(data).unwrap();
    for (file, text) in [("server.crt", certificate), ("server.key", key.serialize_pem())] {
        let file = data.join(file);
        fs::write(&file, text).unwrap();
        // The server takes no key that others can read.
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        chown(&file, Some(owner.uid()), Some(owner.gid())).unwrap();
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Stands before a server, and cuts the connection where these words come by.
pub(crate) struct Proxy {
    pub(crate) port: u16,
}

impl Proxy {
    /// The server gets the words and answers; nobody hears that.
    pub(crate) fn cut_after(server: &Server, words: &'static [u8], cut: Sender<()>) -> Self {
        Self::start(server.port, words, true, cut)
    }

    /// The server never gets them.
    pub(crate) fn cut_before(server: &Server, words: &'static [u8], cut: Sender<()>) -> Self {
        Self::start(server.port, words, false, cut)
    }

    fn start(to: u16, words: &'static [u8], is_after: bool, cut: Sender<()>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        // Ends with the process: nothing tells it that nobody connects any more.
        thread::spawn(move || {
            for client in listener.incoming() {
                let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
                let cut = cut.clone();
                thread::spawn(move || carry(client.unwrap(), server, words, is_after, &cut));
            }
        });
        Self { port }
    }
}

fn carry(
    mut client: TcpStream,
    mut server: TcpStream,
    words: &[u8],
    is_after: bool,
    cut: &Sender<()>,
) {
    let mut back = (server.try_clone().unwrap(), client.try_clone().unwrap());
    let (stop, stopped) = std::sync::mpsc::channel::<()>();
    let answers = thread::spawn(move || {
        let mut block = [0; 8_192];
        while let Ok(read @ 1..) = back.0.read(&mut block) {
            // Once it is to be cut nothing goes back any more, and the first answer is all that is waited for.
            if stopped.try_recv().is_ok() || back.1.write_all(&block[..read]).is_err() {
                return;
            }
        }
    });
    let mut block = [0; 8_192];
    while let Ok(read @ 1..) = client.read(&mut block) {
        let sent = &block[..read];
        if sent.windows(words.len()).any(|window| window == words) {
            if is_after {
                stop.send(()).unwrap();
                server.write_all(sent).unwrap();
                answers.join().unwrap();
            }
            let _gone = (client.shutdown(Shutdown::Both), server.shutdown(Shutdown::Both));
            // The test may be over.
            let _told = cut.send(());
            return;
        }
        if server.write_all(sent).is_err() {
            return;
        }
    }
}
