//! The environment that every task starts with: an allow-list of the user's own, and the PATH of the user's
//! login shell, so that a task finds the same programs whoever started the daemon.
//!
//! A task's own variables are put on top elsewhere.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::sync::{OnceCell, oneshot};

/// Variables that tasks get from the environment of the daemon. Everything else stays out: a task must not depend
/// on where somebody happened to start Millrace, nor see what was not meant for it.
const ALLOWED: &[&str] = &[
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "HOME",
    "LANG",
    "LANGUAGE",
    "LOGNAME",
    "SHELL",
    "SSH_AUTH_SOCK",
    "TMPDIR",
    "TZ",
    "USER",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
    "XDG_RUNTIME_DIR",
    "XDG_STATE_HOME",
];
/// All variables that start so are allowed too: the locale's.
const ALLOWED_PREFIX: &str = "LC_";
/// What a task finds where no PATH is known.
const DEFAULT_PATH: &str = "/usr/local/bin:/usr/bin:/bin";
/// How long the login shell may take; files like `.profile` do strange things.
const SHELL_LIMIT: Duration = Duration::from_secs(3);
/// How long it may take to leave when it is asked to.
const LEAVE_LIMIT: Duration = Duration::from_secs(2);
/// Between two looks whether it has.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// Stands before the PATH in the shell's output, after whatever the user's files print.
const MARK: &str = "\u{1}millrace-path\u{1}";

/// The environment that every task starts with: found once, and waited for only by who needs it.
#[derive(Debug)]
pub struct BaseEnv {
    shell: OsString,
    programs: Option<PathBuf>,
    found: OnceCell<BTreeMap<String, String>>,
}

impl BaseEnv {
    /// `programs` (the folder of `millrace-task`) comes first in its PATH.
    #[must_use]
    pub fn new(programs: Option<&Path>) -> Self {
        Self {
            shell: std::env::var_os("SHELL").unwrap_or_else(|| "/bin/sh".into()),
            programs: programs.map(Path::to_owned),
            found: OnceCell::new(),
        }
    }

    /// The variables. The first time it takes as long as the user's login shell does, three seconds at most; where that
    /// cannot be run or prints no PATH, it is the daemon's own.
    pub async fn get(&self) -> &BTreeMap<String, String> {
        self.found.get_or_init(|| self.find()).await
    }

    async fn find(&self) -> BTreeMap<String, String> {
        let shell = self.shell.clone();
        let (tell, told) = oneshot::channel();
        // A thread of its own: a daemon that is told to stop meanwhile does not wait for somebody's shell.
        std::thread::spawn(move || drop(tell.send(path_of_login_shell(&shell, SHELL_LIMIT))));
        base(told.await.ok().flatten(), self.programs.as_deref())
    }
}

/// The names of the variables that tasks have from here, in order, without looking at a login shell.
#[must_use]
pub fn inherited_names() -> Vec<String> {
    let own = std::env::vars_os().filter_map(allowed).map(|(name, _)| name);
    let mut names: Vec<String> = own.chain(["PATH".to_owned()]).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn base(login_path: Option<String>, programs: Option<&Path>) -> BTreeMap<String, String> {
    let mut base: BTreeMap<String, String> = std::env::vars_os().filter_map(allowed).collect();
    let own = || std::env::var("PATH").ok().filter(|path| !path.is_empty());
    let path = login_path.or_else(own).unwrap_or_else(|| DEFAULT_PATH.to_owned());
    let path = match programs.and_then(Path::to_str) {
        Some(programs) => format!("{programs}:{path}"),
        None => path,
    };
    base.insert("PATH".to_owned(), path);
    base
}

fn allowed((name, value): (OsString, OsString)) -> Option<(String, String)> {
    let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
    let is_allowed = ALLOWED.contains(&name.as_str()) || name.starts_with(ALLOWED_PREFIX);
    is_allowed.then_some((name, value))
}

fn path_of_login_shell(shell: &OsString, limit: Duration) -> Option<String> {
    let mut child = Command::new(shell)
        .args(["-l", "-c", &format!("printf '%s%s' '{MARK}' \"$PATH\"")])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // Of its own, so that whatever its files start can be ended with it.
        .process_group(0)
        .spawn()
        .ok()?;
    let output = read_until(&mut child, Instant::now() + limit);
    // Nobody waits for its end.
    let _detached = std::thread::spawn(move || end(child));
    let text = String::from_utf8(output?).ok()?;
    let path = text.rsplit_once(MARK)?.1.trim_end_matches('\n');
    (!path.is_empty()).then(|| path.to_owned())
}

/// Ends the shell and what it started. Its files may hold locks (that of pyenv makes every later shell wait for a minute),
/// which it gives back when it is asked to leave.
fn end(mut child: Child) {
    let Some(group) = Pid::from_raw(child.id().cast_signed()) else { return };
    let asked = Instant::now();
    let _asked = kill_process_group(group, Signal::TERM);
    while asked.elapsed() < LEAVE_LIMIT && matches!(child.try_wait(), Ok(None)) {
        std::thread::sleep(LOOK_AGAIN);
    }
    let _ended = kill_process_group(group, Signal::KILL);
    let _reaped = child.wait();
}

/// What the child prints until it closes its output; none where the deadline comes first.
fn read_until(child: &mut Child, deadline: Instant) -> Option<Vec<u8>> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let mut stdout = child.stdout.take()?;
    let mut output = Vec::new();
    let mut block = [0; 4096];
    loop {
        let left = deadline.checked_duration_since(Instant::now())?;
        let left = Timespec::try_from(left).ok()?;
        let mut waiting = [PollFd::new(&stdout, PollFlags::IN)];
        match poll(&mut waiting, Some(&left)) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => continue,
            Err(_) => return None,
        }
        match stdout.read(&mut block).ok()? {
            0 => return Some(output),
            read => output.extend_from_slice(&block[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn shell(text: &str) -> (tempfile::TempDir, OsString) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("shell");
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        (dir, path.into_os_string())
    }

    #[test]
    fn finds_the_path_behind_what_the_users_files_print() {
        let (_dir, noisy) = shell("#!/bin/sh\necho Welcome\nPATH=/opt/x:/bin\neval \"$3\"\n");
        assert_eq!(path_of_login_shell(&noisy, SHELL_LIMIT).as_deref(), Some("/opt/x:/bin"));
    }

    #[test]
    fn gives_up_on_a_shell_that_hangs() {
        let (_dir, hanging) = shell("#!/bin/sh\nexec tail -f /dev/null\n");
        let begun = Instant::now();
        assert_eq!(path_of_login_shell(&hanging, Duration::from_millis(50)), None);
        assert!(begun.elapsed() < Duration::from_secs(30));
        assert_eq!(path_of_login_shell(&"/no/such/shell".into(), SHELL_LIMIT), None);
    }

    #[test]
    fn a_shell_that_takes_too_long_gives_back_its_locks() {
        let locked = "#!/bin/sh\ntrap 'rm $0.lock; exit' TERM\ntouch $0.lock\n\
                      while [ -e $0.lock ]; do sleep 0.01; done\n";
        let (dir, shell) = shell(locked);
        assert_eq!(path_of_login_shell(&shell, Duration::from_millis(500)), None);
        let begun = Instant::now();
        while dir.path().join("shell.lock").exists() {
            assert!(begun.elapsed() < Duration::from_secs(30), "it was killed without a word");
            std::thread::yield_now();
        }
    }

    #[tokio::test]
    async fn the_environment_is_found_once() {
        let (dir, shell) = shell("#!/bin/sh\necho x >> $0.asked\nPATH=/opt/x:/bin\neval \"$3\"\n");
        let env = BaseEnv { shell, ..BaseEnv::new(Some(Path::new("/opt/millrace"))) };
        let (first, second) = tokio::join!(env.get(), env.get());
        assert_eq!(first["PATH"], "/opt/millrace:/opt/x:/bin");
        assert_eq!(first, second);
        assert_eq!(std::fs::read_to_string(dir.path().join("shell.asked")).unwrap(), "x\n");
    }

    #[test]
    fn the_base_is_an_allow_list() {
        assert_eq!(allowed(("AWS_SECRET".into(), "x".into())), None);
        assert!(allowed(("LC_TIME".into(), "C".into())).is_some());
        let base = base(Some("/bin".into()), Some(Path::new("/opt/millrace")));
        assert_eq!(base["PATH"], "/opt/millrace:/bin");
        assert!(base.keys().all(|name| name == "PATH"
            || name.starts_with("LC_")
            || ALLOWED.contains(&name.as_str())));
    }
}
