//! How documents stand in their git repositories: `git status` is asked, and its answer kept while nothing looks different.
//!
//! A repository may come from anywhere: nothing that it names is run, and nothing in it is written. Why not another way:
//! decision 42.

use std::collections::{BTreeMap, HashMap};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use millrace_api::git::{DocumentGit, GitReport, GitState, MAX_GIT_DOCUMENTS, Repository};
use millrace_api::{ApiError, Code};
use millrace_model::event::{Committed, InGit};
use tokio::io::AsyncReadExt;
use tokio::process::Command;
use tokio::sync::Mutex;

use crate::stat::Look;

/// How long `git` may take for a repository.
const LIMIT: Duration = Duration::from_secs(3);
/// After so long it is asked again, whatever its files look like: what is ignored changes without them.
const KEPT: Duration = Duration::from_secs(30);
/// So many files are named to it; where there are more, their folders are.
const MOST_NAMED: usize = 400;
/// How long a run that starts waits for what is known of its document.
const START_LIMIT: Duration = Duration::from_millis(500);
/// Of so many documents that ran or are open it is kept.
const MOST_RUN: usize = 1_000;
/// So much of its answer is read.
const MOST_BYTES: u64 = 16 << 20;

/// The repositories as they were last.
#[derive(Debug, Default)]
pub(crate) struct Git {
    known: Mutex<HashMap<PathBuf, Kept>>,
    /// Of documents that ran or are open, each by itself: a run does not wait until all of a library was looked at.
    ran: Mutex<HashMap<PathBuf, Kept>>,
}

#[derive(Debug)]
struct Kept {
    looks: Looks,
    at: Instant,
    answer: Answer,
}

/// What tells that a repository has changed, as far as its documents go.
type Looks = Vec<(PathBuf, Option<Look>)>;

/// What `git` said of a repository.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Answer {
    branch: Option<String>,
    /// Its whole name.
    commit: Option<String>,
    trouble: Option<String>,
    /// Of files that are not as in the commit; of what is ignored or untracked, also folders.
    states: BTreeMap<PathBuf, GitState>,
}

impl Git {
    /// How these documents stand.
    pub(crate) async fn read(&self, documents: Vec<PathBuf>) -> GitReport {
        // One at a time: whoever asks meanwhile has the same answer.
        let mut known = self.known.lock().await;
        let sorted = tokio::task::spawn_blocking(move || by_repository(documents)).await;
        let repositories = sorted.unwrap_or_default();
        known.retain(|root, _| repositories.contains_key(root));
        let mut report = GitReport::default();
        for (root, (looks, documents)) in repositories {
            let fresh = known
                .get(&root)
                .filter(|kept| kept.is_fresh(&looks))
                .map(|kept| kept.answer.clone());
            let answer = match fresh {
                Some(answer) => answer,
                None => {
                    let Some(answer) = ask(&root, &documents).await else {
                        // There is no git: nothing is shown of it.
                        return GitReport::default();
                    };
                    let kept = Kept { looks, at: Instant::now(), answer: answer.clone() };
                    known.insert(root.clone(), kept);
                    answer
                }
            };
            let repository = u32::try_from(report.repositories.len()).unwrap_or(u32::MAX);
            if answer.trouble.is_none() {
                report.documents.extend(documents.iter().map(|path| DocumentGit {
                    path: path.display().to_string(),
                    repository,
                    state: answer.state_of(path, &root),
                }));
            }
            report.repositories.push(Repository {
                path: root.display().to_string(),
                branch: answer.branch,
                commit: answer.commit.as_deref().map(short),
                trouble: answer.trouble,
            });
        }
        report.documents.sort_by(|a, b| a.path.cmp(&b.path));
        report
    }

    /// How these documents stand, each looked at by itself.
    ///
    /// # Errors
    /// `InvalidRequest` where they are too many.
    pub(crate) async fn read_these(&self, documents: Vec<String>) -> Result<GitReport, ApiError> {
        if documents.len() > MAX_GIT_DOCUMENTS {
            let message =
                format!("{} documents are more than {MAX_GIT_DOCUMENTS}", documents.len());
            return Err(ApiError::new(Code::InvalidRequest, message));
        }
        let mut report = GitReport::default();
        for path in documents {
            let document = PathBuf::from(&path);
            if !document.is_absolute() {
                return Err(ApiError::new(
                    Code::InvalidRequest,
                    format!("{path} is not an absolute path"),
                ));
            }
            let Some((root, answer)) = self.of_one(document.clone()).await else { continue };
            let state = answer.state_of(&document, &root);
            let root = root.display().to_string();
            let known = report.repositories.iter().position(|it| it.path == root);
            let at = known.unwrap_or(report.repositories.len());
            if known.is_none() {
                let (branch, commit) = (answer.branch, answer.commit.as_deref().map(short));
                let trouble = None;
                report.repositories.push(Repository { path: root, branch, commit, trouble });
            }
            let repository = u32::try_from(at).unwrap_or(u32::MAX);
            report.documents.push(DocumentGit { path, repository, state });
        }
        report.documents.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(report)
    }

    /// How the document of a run stands that is about to start; `is_changed` where what runs is not what is in its file.
    /// None where it lies in no repository, or that is not known soon: the run does not wait for it.
    pub(crate) async fn of_run(&self, document: PathBuf, is_changed: bool) -> Option<Box<InGit>> {
        let found = tokio::time::timeout(START_LIMIT, self.of_one(document.clone())).await;
        let Ok(found) = found else {
            tracing::info!(path = %document.display(), "git was not waited for");
            return None;
        };
        let (root, answer) = found?;
        let document = match answer.state_of(&document, &root) {
            GitState::Untracked | GitState::Ignored => Committed::Absent,
            GitState::Unchanged if answer.commit.is_some() && !is_changed => Committed::Unchanged,
            GitState::Unchanged if answer.commit.is_none() => Committed::Absent,
            GitState::Unchanged | GitState::Modified | GitState::Conflict => Committed::Changed,
        };
        Some(Box::new(InGit { commit: answer.commit, branch: answer.branch, document }))
    }

    async fn of_one(&self, document: PathBuf) -> Option<(PathBuf, Answer)> {
        let key = document.clone();
        let sorted = tokio::task::spawn_blocking(move || by_repository(vec![document])).await;
        let (root, (looks, documents)) = sorted.ok()?.pop_first()?;
        let kept = self
            .ran
            .lock()
            .await
            .get(&key)
            .filter(|kept| kept.is_fresh(&looks))
            .map(|kept| kept.answer.clone());
        if let Some(answer) = kept {
            return Some((root, answer));
        }
        let answer = ask(&root, &documents).await.filter(|answer| answer.trouble.is_none())?;
        let mut ran = self.ran.lock().await;
        if ran.len() >= MOST_RUN {
            ran.clear();
        }
        ran.insert(key, Kept { looks, at: Instant::now(), answer: answer.clone() });
        Some((root, answer))
    }
}

impl Kept {
    fn is_fresh(&self, looks: &Looks) -> bool {
        self.looks == *looks && self.at.elapsed() < KEPT
    }
}

/// The start of a commit's name, which tells it from all others, mostly.
fn short(commit: &str) -> String {
    commit.get(..8).unwrap_or(commit).to_owned()
}

impl Answer {
    fn state_of(&self, path: &Path, root: &Path) -> GitState {
        let mut above = path.ancestors().take_while(|above| above.starts_with(root));
        let own = above.next().and_then(|path| self.states.get(path)).copied();
        // A whole folder is told in one line.
        let of_folder = || {
            above
                .filter_map(|path| self.states.get(path).copied())
                .find(|state| matches!(state, GitState::Untracked | GitState::Ignored))
        };
        own.or_else(of_folder).unwrap_or(GitState::Unchanged)
    }
}

/// The documents that lie in repositories, by these, with what tells that something has changed. Blocks on files.
fn by_repository(documents: Vec<PathBuf>) -> BTreeMap<PathBuf, (Looks, Vec<PathBuf>)> {
    let mut roots: HashMap<PathBuf, Option<PathBuf>> = HashMap::new();
    let mut found: BTreeMap<PathBuf, (Looks, Vec<PathBuf>)> = BTreeMap::new();
    for path in documents {
        let Some(folder) = path.parent() else { continue };
        let root = roots.entry(folder.to_owned()).or_insert_with(|| {
            let mut above = folder.ancestors();
            above.find(|above| above.join(".git").exists()).map(Path::to_owned)
        });
        if let Some(root) = root {
            found.entry(root.clone()).or_default().1.push(path);
        }
    }
    for (root, (looks, documents)) in &mut found {
        let own = git_dir(root);
        let inner = ["index", "HEAD", "logs/HEAD", "MERGE_HEAD", "config", "info/exclude"];
        let ignores = std::iter::once(root.join(".gitignore"));
        let paths = inner.iter().map(|name| own.join(name)).chain(ignores);
        let look = |path: PathBuf| {
            let look = fs::metadata(&path).ok().map(|found| Look::of(&found));
            (path, look)
        };
        *looks = paths.chain(documents.iter().cloned()).map(look).collect();
    }
    found
}

/// Where a repository keeps its own files: `.git`, or what that file names.
fn git_dir(root: &Path) -> PathBuf {
    let git = root.join(".git");
    let named = fs::read_to_string(&git).ok();
    let named = named.as_deref().and_then(|text| text.strip_prefix("gitdir:"));
    named.map_or(git, |path| root.join(path.trim()))
}

/// Asks `git`; none where there is none.
async fn ask(root: &Path, documents: &[PathBuf]) -> Option<Answer> {
    let filters = match run(
        root,
        &[
            "config",
            "--null",
            "--show-scope",
            "--name-only",
            "--get-regexp",
            r"^filter\..*\.(clean|process)$",
        ]
        .map(OsString::from),
    )
    .await
    {
        // Without any, it says so by failing.
        Ran::Printed(_, printed) => own_filters(&printed),
        Ran::Missing => return None,
        Ran::Trouble(why) => return Some(Answer { trouble: Some(why), ..Answer::default() }),
    };
    if filters.iter().any(|name| name.as_bytes().contains(&b'=')) {
        // Git takes the first `=` for the end of a key, so that one could not be switched off.
        let why =
            "a filter in its settings has a name with `=`, and is not run: rename or remove it";
        return Some(Answer { trouble: Some(why.to_owned()), ..Answer::default() });
    }
    let mut arguments: Vec<OsString> = Vec::new();
    for name in filters {
        // What a repository would have its files go through is a program that it brings along.
        for (key, value) in [("clean", ""), ("process", ""), ("required", "false")] {
            let mut setting = OsString::from("filter.");
            setting.push(&name);
            setting.push(format!(".{key}={value}"));
            arguments.extend([OsString::from("-c"), setting]);
        }
    }
    let status = ["status", "--porcelain=v2", "--branch", "-z", "--no-renames"];
    let what = ["--untracked-files=all", "--ignored=matching", "--ignore-submodules=all", "--"];
    arguments.extend(status.into_iter().chain(what).map(OsString::from));
    arguments.extend(named(root, documents));
    Some(match run(root, &arguments).await {
        Ran::Printed(true, printed) => read(root, &printed),
        Ran::Printed(false, _) => Answer {
            trouble: Some(
                "git does not read this repository; `git status` in it says why".to_owned(),
            ),
            ..Answer::default()
        },
        Ran::Missing => return None,
        Ran::Trouble(why) => Answer { trouble: Some(why), ..Answer::default() },
    })
}

/// The documents, or the folders in which they lie.
fn named(root: &Path, documents: &[PathBuf]) -> Vec<OsString> {
    let below = |path: &Path| {
        let path = path.strip_prefix(root).unwrap_or(path);
        if path.as_os_str().is_empty() { OsString::from(".") } else { path.into() }
    };
    if documents.len() <= MOST_NAMED {
        return documents.iter().map(|path| below(path)).collect();
    }
    let folders: std::collections::BTreeSet<&Path> =
        documents.iter().filter_map(|path| path.parent()).collect();
    match folders.len() <= MOST_NAMED {
        true => folders.into_iter().map(below).collect(),
        false => vec![OsString::from(".")],
    }
}

enum Ran {
    /// Whether it succeeded, and what it printed.
    Printed(bool, Vec<u8>),
    /// There is no such program.
    Missing,
    /// It did not end, or could not be started.
    Trouble(String),
}

async fn run(root: &Path, arguments: &[OsString]) -> Ran {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        // Where a repository lies, and what its settings are, is not for the daemon's surroundings to say.
        if name.as_bytes().starts_with(b"GIT_") {
            command.env_remove(name);
        }
    }
    command
        .args(["--no-pager", "--literal-pathspecs", "-c", "core.fsmonitor=false"])
        .args(["-c", "core.hooksPath=/dev/null", "-c", "core.untrackedCache=keep"])
        .arg("-C")
        .arg(root)
        .args(arguments)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        // For those that do not know that yet: no way of fetching is allowed.
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ran::Missing,
        Err(error) => return Ran::Trouble(format!("git cannot be started: {error}")),
    };
    let group = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
    let mut printed = Vec::new();
    let finished = tokio::time::timeout(LIMIT, async {
        if let Some(stdout) = child.stdout.take() {
            stdout.take(MOST_BYTES).read_to_end(&mut printed).await?;
        }
        child.wait().await
    });
    match finished.await {
        Ok(Ok(status)) => Ran::Printed(status.success(), printed),
        Ok(Err(error)) => Ran::Trouble(format!("git cannot be read: {error}")),
        Err(_) => {
            // Its group is its own, and it was not waited for, so the number still names it.
            if let Some(group) = group {
                let _ended =
                    rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
            Ran::Trouble(format!("git did not answer within {} s", LIMIT.as_secs()))
        }
    }
}

/// The filters that the repository itself brings, of all that there are: `scope NUL filter.NAME.key NUL …`.
fn own_filters(printed: &[u8]) -> Vec<OsString> {
    let mut words = printed.split(|byte| *byte == 0);
    let mut own = Vec::new();
    while let (Some(scope), Some(key)) = (words.next(), words.next()) {
        let name = key.strip_prefix(b"filter.");
        let name =
            name.and_then(|rest| Some(&rest[..rest.iter().rposition(|byte| *byte == b'.')?]));
        if let Some(name) = name
            && !matches!(scope, b"system" | b"global")
        {
            own.push(OsString::from_vec(name.to_vec()));
        }
    }
    own.dedup();
    own
}

/// Reads what `git status --porcelain=v2 --branch -z` prints.
fn read(root: &Path, printed: &[u8]) -> Answer {
    let mut answer = Answer::default();
    for line in printed.split(|byte| *byte == 0) {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        if let Some(oid) = line.strip_prefix(b"# branch.oid ") {
            answer.commit = (oid != b"(initial)").then(|| text(oid));
        } else if let Some(head) = line.strip_prefix(b"# branch.head ") {
            answer.branch = (head != b"(detached)").then(|| text(head));
        }
        let (fields, state) = match line.first() {
            Some(b'1') => (8, GitState::Modified),
            Some(b'u') => (10, GitState::Conflict),
            Some(b'?') => (1, GitState::Untracked),
            Some(b'!') => (1, GitState::Ignored),
            _ => continue,
        };
        let Some(path) = line.splitn(fields + 1, |byte| *byte == b' ').nth(fields) else {
            continue;
        };
        let path = path.strip_suffix(b"/").unwrap_or(path);
        answer.states.insert(root.join(OsStr::from_bytes(path)), state);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_filter_that_cannot_be_switched_off_is_not_run_either() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().canonicalize().unwrap();
        let git = |arguments: &[&str]| {
            let mut command = std::process::Command::new("git");
            let command = command.arg("-C").arg(&root).args(arguments);
            let ended = command.env("GIT_CONFIG_GLOBAL", "/dev/null").output();
            assert!(ended.as_ref().is_ok_and(|it| it.status.success()), "{arguments:?}: {ended:?}");
        };
        if std::process::Command::new("git").arg("--version").output().is_err() {
            return eprintln!("SKIPPED: there is no git; `cargo xtask setup` installs it");
        }
        let (document, ran) = (root.join("a.json"), root.join("ran"));
        git(&["init", "--quiet"]);
        fs::write(&document, "one").unwrap();
        git(&["add", "a.json"]);
        fs::write(root.join(".gitattributes"), "* filter=a=b\n").unwrap();
        let settings = fs::read_to_string(root.join(".git/config")).unwrap();
        let filter = format!("[filter \"a=b\"]\nclean = \"touch '{}'; cat\"\n", ran.display());
        fs::write(root.join(".git/config"), format!("{settings}{filter}")).unwrap();
        // Of the same length, so that git has to look into it.
        fs::write(&document, "two").unwrap();
        let asked = Git::default();
        let report = asked.read(vec![document.clone()]).await;
        assert!(!ran.exists(), "a program of the repository was run");
        let trouble = report.repositories[0].trouble.as_deref().unwrap_or_default();
        assert!(trouble.contains("a name with `=`"), "{trouble}");
        // Once it is gone the repository is read.
        fs::write(root.join(".git/config"), settings).unwrap();
        let report = asked.read(vec![document]).await;
        assert_eq!(report.repositories[0].trouble, None);
        assert_eq!(report.documents[0].state, GitState::Modified);
    }
}
