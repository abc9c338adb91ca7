//! One look for something outside.

use std::collections::BTreeMap;
use std::net::ToSocketAddrs as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use millrace_model::Values;
use millrace_model::action::{ResolvedOutside, StatusSet};
use millrace_model::time::Span;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::http::Web;
use crate::produces::all_there;

/// A look that takes longer found nothing.
const LIMIT: Duration = Duration::from_secs(30);
/// So many files are looked at.
const MOST_FILES: usize = 10_000;
/// So many are named in the outputs.
const MOST_NAMED: usize = 1_000;

/// Looks again and again for one thing.
pub(super) struct Looker {
    outside: ResolvedOutside,
    folder: PathBuf,
    web: Arc<Web>,
    /// What each file was when it was seen to change last.
    seen: BTreeMap<PathBuf, Seen>,
}

/// A file as it was, and since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    size: u64,
    changed: Option<SystemTime>,
    since: Instant,
}

impl Looker {
    pub(super) fn new(outside: ResolvedOutside, folder: PathBuf, web: Arc<Web>) -> Self {
        Self { outside, folder, web, seen: BTreeMap::new() }
    }

    /// What the task gives, where it is there.
    ///
    /// # Errors
    /// It cannot be looked for.
    pub(super) async fn look(&mut self) -> Result<Option<Values>, String> {
        match self.outside.clone() {
            ResolvedOutside::File { pattern, stable } => {
                let found = files(self.folder.clone(), pattern).await?;
                Ok(self.steady(found, stable, Instant::now()).map(|files| named("files", files)))
            }
            ResolvedOutside::Http { url, expect } => self.ask(&url, &expect).await,
            ResolvedOutside::Port { host, port } => {
                Ok(takes_connections(&host, port).await.then(Values::new))
            }
        }
    }

    /// The files, once none of them has changed for so long.
    fn steady(
        &mut self,
        found: Vec<(PathBuf, u64, Option<SystemTime>)>,
        stable: Span,
        now: Instant,
    ) -> Option<Value> {
        let mut seen = BTreeMap::new();
        for (path, size, changed) in found {
            let same = self
                .seen
                .get(&path)
                .filter(|before| before.size == size && before.changed == changed)
                .copied();
            // One that has not changed for long by its own time need not be watched for as long again.
            let quiet = changed.and_then(|at| at.elapsed().ok());
            let since = quiet.and_then(|quiet| now.checked_sub(quiet)).unwrap_or(now);
            seen.insert(path, same.unwrap_or(Seen { size, changed, since }));
        }
        self.seen = seen;
        let is_steady = |of: &Seen| now.duration_since(of.since) >= stable.to_std();
        if self.seen.is_empty() || !self.seen.values().all(is_steady) {
            return None;
        }
        let names = self.seen.keys().take(MOST_NAMED);
        Some(Value::Array(names.map(|path| path.to_string_lossy().into()).collect()))
    }

    async fn ask(&self, url: &str, expect: &StatusSet) -> Result<Option<Values>, String> {
        let client = self.web.client().map_err(|error| format!("cannot speak HTTP: {error}"))?;
        let url = reqwest::Url::parse(url)
            .ok()
            .filter(|it| matches!(it.scheme(), "http" | "https") && it.has_host())
            .ok_or_else(|| format!("`{url}` is no address that can be used"))?;
        let request = client.get(url).timeout(LIMIT).send();
        Ok(match request.await {
            Ok(response) if expect.contains(response.status().as_u16()) => {
                Some(named("status", Value::from(response.status().as_u16())))
            }
            Ok(_) | Err(_) => None,
        })
    }
}

fn named(name: &str, value: Value) -> Values {
    Values::from_iter([(name.to_owned(), value)])
}

/// The files of a pattern, each with its size and the time of its last change.
async fn files(
    folder: PathBuf,
    pattern: String,
) -> Result<Vec<(PathBuf, u64, Option<SystemTime>)>, String> {
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

fn described(path: &Path) -> Option<(PathBuf, u64, Option<SystemTime>)> {
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
mod tests {
    use super::*;

    fn looker(outside: ResolvedOutside, folder: &Path) -> Looker {
        Looker::new(outside, folder.to_owned(), Arc::default())
    }

    fn file(pattern: &str, stable: Span) -> ResolvedOutside {
        ResolvedOutside::File { pattern: pattern.to_owned(), stable }
    }

    #[tokio::test]
    async fn files_are_found_by_their_pattern() {
        let folder = tempfile::tempdir().unwrap();
        let mut looker = looker(file("in/*.csv", Span::ZERO), folder.path());
        assert_eq!(looker.look().await, Ok(None));
        std::fs::create_dir(folder.path().join("in")).unwrap();
        for name in ["b.csv", "a.csv", "c.txt", ".d.csv"] {
            std::fs::write(folder.path().join("in").join(name), name).unwrap();
        }
        let found = looker.look().await.unwrap().unwrap();
        let names = ["in/a.csv", "in/b.csv"].map(|name| folder.path().join(name));
        let names: Vec<Value> =
            names.iter().map(|path| path.display().to_string().into()).collect();
        assert_eq!(found["files"], Value::Array(names));
    }

    #[test]
    fn a_file_that_changes_is_not_there_yet() {
        let second = Duration::from_secs(1);
        let mut looker = looker(file("x", Span::from_secs(10)), Path::new("/"));
        let begun = Instant::now();
        let mut at = |secs: u32, size: u64| {
            let found = vec![(PathBuf::from("x"), size, None)];
            looker.steady(found, Span::from_secs(10), begun + second * secs).is_some()
        };
        assert_eq!(
            [at(0, 1), at(9, 1), at(9, 2), at(18, 2), at(19, 2)],
            [false, false, false, false, true]
        );
        let none = looker.steady(Vec::new(), Span::from_secs(10), begun + second * 60);
        assert!(none.is_none() && looker.seen.is_empty());
    }

    #[tokio::test]
    async fn a_port_is_there_when_somebody_takes_connections() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let outside = ResolvedOutside::Port { host: "127.0.0.1".to_owned(), port };
        let mut looker = looker(outside, Path::new("/"));
        assert_eq!(looker.look().await, Ok(Some(Values::new())));
        drop(listener);
        assert_eq!(looker.look().await, Ok(None));
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
        assert_eq!(looker.look().await, Ok(None));
        let found = looker.look().await.unwrap().unwrap();
        assert_eq!(found["status"], 200);
        server.join().unwrap();
        // Nobody listens any more.
        assert_eq!(looker.look().await, Ok(None));
    }
}
