//! One look for something outside.

use std::collections::BTreeMap;
use std::net::ToSocketAddrs as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use millrace_model::Values;
use millrace_model::action::{ResolvedOutside, StatusSet};
use millrace_model::expr::Scope;
use millrace_model::time::Span;
use serde_json::Value;
use tokio::net::TcpStream;

use super::ask::Asker;
use crate::find::all_there;
use crate::http::Web;
use crate::ports::Connections;
use crate::secrets::Secrets;

/// A look that takes longer found nothing.
pub(super) const LIMIT: Duration = Duration::from_secs(30);
/// So many files are looked at.
const MOST_FILES: usize = 10_000;
/// So many are named in the outputs.
const MOST_NAMED: usize = 1_000;

/// What a look needs beside what is looked for.
#[derive(Clone)]
pub(super) struct Around {
    pub(super) web: Arc<Web>,
    pub(super) connections: Arc<dyn Connections>,
    pub(super) secrets: Arc<dyn Secrets>,
    /// What expressions see.
    pub(super) scope: Scope,
    /// The task's folder.
    pub(super) folder: PathBuf,
}

/// What a look came to.
#[derive(Debug, PartialEq)]
pub(super) enum Looked {
    /// It is there, and this is what the task gives.
    There(Values),
    /// It is not; what was found instead.
    NotYet(String),
    /// Nobody could be asked, and why.
    Unreachable(String),
}

/// Looks again and again for one thing.
pub(super) struct Looker {
    what: What,
    around: Around,
}

/// What is looked for.
enum What {
    File {
        pattern: String,
        stable: Span,
        /// What each file was when it was seen to change last.
        seen: BTreeMap<PathBuf, Seen>,
    },
    Answer {
        url: String,
        expect: StatusSet,
    },
    Port {
        host: String,
        port: u16,
    },
    Rows(Box<Asker>),
}

/// A file as it was, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    size: u64,
    changed: Option<SystemTime>,
    since: Instant,
}

/// A file as it was found.
type Found = (PathBuf, u64, Option<SystemTime>);

impl Looker {
    pub(super) fn new(outside: ResolvedOutside, around: Around) -> Self {
        let what = match outside {
            ResolvedOutside::File { pattern, stable } => {
                What::File { pattern, stable, seen: BTreeMap::new() }
            }
            ResolvedOutside::Http { url, expect } => What::Answer { url, expect },
            ResolvedOutside::Port { host, port } => What::Port { host, port },
            ResolvedOutside::Rows { query, resolved, until } => {
                What::Rows(Box::new(Asker::new(*query, *resolved, until)))
            }
        };
        Self { what, around }
    }

    /// Looks once.
    ///
    /// # Errors
    /// It cannot be looked for.
    pub(super) async fn look(&mut self) -> Result<Looked, String> {
        let around = &self.around;
        match &mut self.what {
            What::File { pattern, stable, seen } => {
                let found = files(around.folder.clone(), pattern.clone()).await?;
                Ok(steady(seen, found, *stable, Instant::now()))
            }
            What::Answer { url, expect } => answer(&around.web, url, expect).await,
            What::Port { host, port } => Ok(match takes_connections(host, *port).await {
                true => Looked::There(Values::new()),
                false => Looked::NotYet("nobody takes connections there".to_owned()),
            }),
            What::Rows(asker) => asker.ask(around).await,
        }
    }
}

/// The files, once none of them has changed for so long.
fn steady(
    seen: &mut BTreeMap<PathBuf, Seen>,
    found: Vec<Found>,
    stable: Span,
    now: Instant,
) -> Looked {
    let mut new = BTreeMap::new();
    for (path, size, changed) in found {
        let same = seen.get(&path).filter(|it| it.size == size && it.changed == changed).copied();
        // One that has not changed for long by its own time need not be watched for as long again.
        let quiet = changed.and_then(|at| at.elapsed().ok());
        let since = quiet.and_then(|quiet| now.checked_sub(quiet)).unwrap_or(now);
        new.insert(path, same.unwrap_or(Seen { size, changed, since }));
    }
    *seen = new;
    let is_steady = |of: &Seen| now.duration_since(of.since) >= stable.to_std();
    if seen.is_empty() {
        return Looked::NotYet("there is none".to_owned());
    }
    if let Some((path, _)) = seen.iter().find(|(_, of)| !is_steady(of)) {
        return Looked::NotYet(format!("{} has just changed", path.display()));
    }
    let names = seen.keys().take(MOST_NAMED);
    let names = names.map(|path| path.to_string_lossy().into()).collect();
    Looked::There(named("files", Value::Array(names)))
}

async fn answer(web: &Web, url: &str, expect: &StatusSet) -> Result<Looked, String> {
    let client = web.client().map_err(|error| format!("cannot speak HTTP: {error}"))?;
    let url = reqwest::Url::parse(url)
        .ok()
        .filter(|it| matches!(it.scheme(), "http" | "https") && it.has_host())
        .ok_or_else(|| format!("`{url}` is no address that can be used"))?;
    let request = client.get(url).timeout(LIMIT).send();
    Ok(match request.await {
        Ok(response) => {
            let status = response.status().as_u16();
            match expect.contains(status) {
                true => Looked::There(named("status", Value::from(status))),
                false => Looked::NotYet(format!("it answered with status {status}")),
            }
        }
        Err(error) => {
            let mut root: &dyn std::error::Error = &error;
            while let Some(source) = root.source() {
                root = source;
            }
            Looked::Unreachable(format!("it cannot be reached: {root}"))
        }
    })
}

fn named(name: &str, value: Value) -> Values {
    Values::from_iter([(name.to_owned(), value)])
}

/// The files of a pattern, each with its size and the time of its last change.
async fn files(folder: PathBuf, pattern: String) -> Result<Vec<Found>, String> {
    let look = move || {
        let deadline = Instant::now() + LIMIT;
        let found = all_there(&folder, &pattern, deadline, MOST_FILES)
            .map_err(|error| format!("cannot look for {pattern}: {error}"))?;
        Ok(found.into_iter().filter_map(|path| described(&path)).collect())
    };
    match tokio::task::spawn_blocking(look).await {
        Ok(found) => found,
        Err(error) => Err(format!("cannot look for files: {error}")),
    }
}

fn described(path: &Path) -> Option<Found> {
    // One that has gone meanwhile is not there.
    let found = std::fs::metadata(path).ok()?;
    Some((path.to_owned(), found.len(), found.modified().ok()))
}

/// Whether somebody takes connections there. The connection is closed at once.
async fn takes_connections(host: &str, port: u16) -> bool {
    let place = (host.to_owned(), port);
    let connect = async move {
        // Names are looked up by the system, which blocks.
        let found = tokio::task::spawn_blocking(move || place.to_socket_addrs()).await;
        let Ok(Ok(addresses)) = found else { return false };
        for address in addresses {
            if TcpStream::connect(address).await.is_ok() {
                return true;
            }
        }
        false
    };
    tokio::time::timeout(LIMIT, connect).await.unwrap_or(false)
}

#[cfg(test)]
impl Around {
    /// Without secrets.
    pub(super) fn of(folder: PathBuf, connections: Arc<dyn Connections>) -> Self {
        #[derive(Debug)]
        struct NoSecrets;
        impl Secrets for NoSecrets {
            fn read<'a>(&'a self, name: &'a str) -> crate::secrets::Reading<'a> {
                Box::pin(async move { Err(format!("there is no secret {name}")) })
            }
        }
        let (web, secrets) = (Arc::default(), Arc::new(NoSecrets));
        Self { web, connections, secrets, scope: Scope::default(), folder }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looker(outside: ResolvedOutside, folder: &Path) -> Looker {
        Looker::new(outside, Around::of(folder.to_owned(), Arc::new(crate::ports::Nothing)))
    }

    fn file(pattern: &str, stable: Span) -> ResolvedOutside {
        ResolvedOutside::File { pattern: pattern.to_owned(), stable }
    }

    async fn is_there(looker: &mut Looker) -> bool {
        matches!(looker.look().await, Ok(Looked::There(_)))
    }

    #[tokio::test]
    async fn files_are_found_by_their_pattern() {
        let folder = tempfile::tempdir().unwrap();
        let mut looker = looker(file("in/*.csv", Span::ZERO), folder.path());
        assert_eq!(looker.look().await, Ok(Looked::NotYet("there is none".to_owned())));
        std::fs::create_dir(folder.path().join("in")).unwrap();
        for name in ["b.csv", "a.csv", "c.txt", ".d.csv"] {
            std::fs::write(folder.path().join("in").join(name), name).unwrap();
        }
        let Ok(Looked::There(found)) = looker.look().await else { panic!("not there") };
        let names = ["in/a.csv", "in/b.csv"].map(|name| folder.path().join(name));
        let names: Vec<Value> =
            names.iter().map(|path| path.display().to_string().into()).collect();
        assert_eq!(found["files"], Value::Array(names));
    }

    #[test]
    fn a_file_that_changes_is_not_there_yet() {
        let second = Duration::from_secs(1);
        let begun = Instant::now();
        let mut seen = BTreeMap::new();
        let mut at = |secs: u32, size: u64| {
            let found = vec![(PathBuf::from("x"), size, None)];
            steady(&mut seen, found, Span::from_secs(10), begun + second * secs)
        };
        let changed = || Looked::NotYet("x has just changed".to_owned());
        assert_eq!(
            [at(0, 1), at(9, 1), at(9, 2), at(18, 2)],
            [changed(), changed(), changed(), changed()]
        );
        assert!(matches!(at(19, 2), Looked::There(_)));
        let none = steady(&mut seen, Vec::new(), Span::from_secs(10), begun + second * 60);
        assert!(matches!(none, Looked::NotYet(_)) && seen.is_empty());
    }

    #[tokio::test]
    async fn a_port_is_there_when_somebody_takes_connections() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let outside = ResolvedOutside::Port { host: "127.0.0.1".to_owned(), port };
        let mut looker = looker(outside, Path::new("/"));
        assert!(is_there(&mut looker).await);
        drop(listener);
        assert!(!is_there(&mut looker).await);
    }

    #[tokio::test]
    async fn an_answer_counts_by_its_status() {
        use std::io::{Read as _, Write as _};
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let server = std::thread::spawn(move || {
            for status in ["503 Service Unavailable", "200 OK"] {
                let (mut taken, _) = listener.accept().unwrap();
                let mut request = [0; 1024];
                let _read = taken.read(&mut request).unwrap();
                write!(
                    taken,
                    "HTTP/1.1 {status}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                )
                .unwrap();
            }
        });
        let url = format!("http://{address}/health");
        let expect = StatusSet::parse("200").unwrap();
        let mut looker = looker(ResolvedOutside::Http { url, expect }, Path::new("/"));
        let busy = Looked::NotYet("it answered with status 503".to_owned());
        assert_eq!(looker.look().await, Ok(busy));
        let Ok(Looked::There(found)) = looker.look().await else { panic!("not there") };
        assert_eq!(found["status"], 200);
        server.join().unwrap();
        // Nobody listens any more.
        let gone = looker.look().await;
        let Ok(Looked::Unreachable(why)) = gone else { panic!("{gone:?}") };
        assert!(why.contains("Connection refused"), "{why}");
    }
}
