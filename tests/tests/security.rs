//! Strangers on the same machine, and texts of strangers: what others may read, who is answered, and what a terminal obeys.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use millrace_tests::programs::program;

/// A home, and a runtime folder, that are made by the programs themselves: under a umask that takes no right away.
struct Site(tempfile::TempDir);

impl Site {
    fn new() -> Self {
        let site = Self(tempfile::tempdir().unwrap());
        fs::create_dir(site.path("run")).unwrap();
        site
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", "umask 000; exec \"$0\" \"$@\""]).arg(program("millrace"));
        self.prepared(command, arguments)
    }

    fn prepared(&self, mut command: Command, arguments: &[&str]) -> Command {
        command
            .args(arguments)
            .current_dir(self.0.path())
            .env("MILLRACE_HOME", self.path("home"))
            .env("XDG_RUNTIME_DIR", self.path("run"))
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm-256color")
            .env("TOKEN_OF_TEST", "Can4ry-umask-7531")
            .env_remove("DBUS_SESSION_BUS_ADDRESS")
            .stdin(Stdio::null());
        command
    }

    fn call(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// A call that has to go well.
    fn done(&self, arguments: &[&str]) -> String {
        let output = self.call(arguments);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same on a terminal: what it would have to show.
    fn on_a_terminal(&self, arguments: &[&str]) -> String {
        let mut python = Command::new("python3");
        let spawn =
            "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
        python.args(["-c", spawn]).arg(program("millrace"));
        let output = self.prepared(python, arguments).output().unwrap();
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn write(&self, name: &str, document: &Value) -> String {
        fs::write(self.path(name), document.to_string()).unwrap();
        self.path(name).display().to_string()
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ended = self.command(&["daemon", "stop", "--cancel-runs"]).output();
    }
}

/// All that lies below a folder, with it.
fn all_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = vec![folder.to_owned()];
    let mut at = 0;
    while at < found.len() {
        if fs::symlink_metadata(&found[at]).unwrap().is_dir() {
            found.extend(fs::read_dir(&found[at]).unwrap().map(|entry| entry.unwrap().path()));
        }
        at += 1;
    }
    found
}

#[test]
fn under_no_umask_others_read_anything_of_a_home() {
    let site = Site::new();
    let script = "echo out; echo err >&2; millrace-task output rows=3; echo x > made.csv\n\
                  cp made.csv \"$MILLRACE_ARTIFACTS/made.csv\"; millrace-task progress 0.5 half\n";
    let long = format!("{script}{}", "# a script that is too long for an argument\n".repeat(4000));
    let document = json!({
        "millrace": 1, "name": "w",
        "env": { "TOKEN": { "secret": "canary" } },
        "tasks": [
            { "name": "a", "kind": "shell", "spec": { "script": script }, "produces": ["made.csv"] },
            { "name": "b", "kind": "shell", "spec": { "script": long }, "cache": { "key": "k" } },
            { "name": "c", "kind": "shell", "spec": { "script": "cat \"$MILLRACE_INPUTS\"" } },
        ],
        "dependencies": [{ "from": "a", "to": "b" }, { "from": "b", "to": "c" }],
    });
    let file = site.write("w.json", &document);
    site.done(&["secret", "set", "canary", "--from-env", "TOKEN_OF_TEST"]);
    site.done(&["run", &file]);
    let backup = site.path("backup.tar.gz");
    site.done(&["backup", backup.to_str().unwrap()]);
    site.done(&["doctor", "--bundle", "bundle.tar.gz"]);
    site.done(&["delete", "last"]);
    let mode = |path: &Path| fs::symlink_metadata(path).unwrap().permissions().mode() & 0o777;
    // Nobody else gets through these folders, so what lies below them is out of reach however it was made.
    assert_eq!(mode(&site.path("home")), 0o700);
    let mut reached = Vec::new();
    let mut seen = 0;
    let runtime = fs::read_dir(site.path("run")).unwrap().map(|entry| entry.unwrap().path());
    for folder in [site.path("home")].into_iter().chain(runtime) {
        for path in all_below(&folder) {
            let above = path.ancestors().skip(1).take_while(|it| it.starts_with(&folder));
            let is_open = above.into_iter().all(|it| mode(it) & 0o011 != 0);
            seen += 1;
            if is_open
                && mode(&path) & 0o077 != 0
                && !fs::symlink_metadata(&path).unwrap().is_symlink()
            {
                reached.push(format!("{} {:o}", path.display(), mode(&path)));
            }
        }
    }
    // And those with a value of their own say it of themselves, wherever they may be moved.
    for name in ["home/history.db", "home/config.toml"] {
        let path = site.path(name);
        assert!(!path.exists() || mode(&path) & 0o077 == 0, "{name} {:o}", mode(&path));
    }
    assert!(seen > 30, "only {seen} things were there");
    assert_eq!(reached, Vec::<String>::new());
    for name in ["backup.tar.gz", "bundle.tar.gz"] {
        assert_eq!(mode(&site.path(name)), 0o600, "{name}");
    }
    // What is gone back to is as private as what was kept.
    site.done(&["daemon", "stop"]);
    site.done(&["restore", backup.to_str().unwrap(), "--replace"]);
    assert_eq!(mode(&site.path("home")), 0o700);
}

#[test]
fn another_user_of_the_machine_gets_no_answer() {
    if !rustix::process::geteuid().is_root() {
        // Nobody can be another user; `another_user_is_turned_away` of the server looks at the same with one of its own.
        return;
    }
    const NOBODY: u32 = 65_534;
    let site = Site::new();
    site.done(&["list"]);
    let sockets: Vec<PathBuf> = all_below(&site.path("run"))
        .into_iter()
        .filter(|path| fs::symlink_metadata(path).unwrap().file_type().is_socket())
        .collect();
    assert!(!sockets.is_empty(), "the daemon listens");
    let as_nobody = |script: &str, path: &Path| {
        let mut python = Command::new("python3");
        python.args(["-c", script]).arg(path).current_dir("/").uid(NOBODY).gid(NOBODY);
        let output = python.output().unwrap();
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    let ask = "import socket, sys\n\
               s = socket.socket(socket.AF_UNIX)\n\
               s.connect(sys.argv[1])\n\
               s.settimeout(30)\n\
               try:\n\
               \x20   s.sendall(b'POST /v1/call HTTP/1.1\\r\\nhost: x\\r\\nmillrace-api: 1\\r\\n'\n\
               \x20             b'content-length: 26\\r\\n\\r\\n{\"command\":\"daemon_state\"}')\n\
               \x20   print('answer', s.recv(100))\n\
               except (BrokenPipeError, ConnectionResetError):\n\
               \x20   print('answer', b'')\n";
    for socket in &sockets {
        let said = as_nobody(ask, socket);
        assert!(said.contains("Permission"), "{}: {said}", socket.display());
    }
    // Also where somebody opened the doors: who comes is looked at.
    let above: Vec<PathBuf> = sockets[0].ancestors().map(Path::to_owned).collect();
    for folder in above.iter().filter(|path| path.starts_with(site.0.path())) {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
    }
    let said = as_nobody(ask, &sockets[0]);
    assert_eq!(said.trim(), "answer b''");
    // The one it belongs to is answered, by the same words.
    let mut own = UnixStream::connect(&sockets[0]).unwrap();
    own.write_all(b"POST /v1/call HTTP/1.1\r\nhost: x\r\nconnection: close\r\nmillrace-api: 1\r\ncontent-length: 26\r\n\r\n{\"command\":\"daemon_state\"}").unwrap();
    let mut answer = String::new();
    own.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

/// Sets the title, moves the cursor, asks the terminal to type, turns text around, rings; and in one byte for old ones.
const OBEYED: &str =
    "\u{1b}]0;pwned\u{7}\u{1b}[2J\u{1b}[6n\u{1b}P+q\u{1b}\\\u{1b}c\u{202e}\u{9b}5n\u{8}\u{7f}end";

/// Nothing but text, line ends and colours.
fn is_harmless(shown: &str) -> bool {
    let obeyed = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let text = without_colours(&shown.replace("\r\n", "\n"));
    !text.contains(obeyed)
}

/// The text without `ESC [ digits m`.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
        match rest.strip_prefix('m') {
            Some(rest) => all + rest,
            None => all + "\u{1b}[" + part,
        }
    })
}

#[test]
fn a_terminal_obeys_neither_names_nor_output() {
    let site = Site::new();
    let script = "printf '%s\\n' \"$EVIL\"; printf '%s' \"$EVIL\" >&2; millrace-task output x=\"$EVIL\"; exit 3";
    let document = json!({
        "millrace": 1, "name": "w", "title": OBEYED, "description": OBEYED,
        "params": [{ "name": "p", "type": "string", "default": OBEYED, "description": OBEYED }],
        "env": { "EVIL": OBEYED },
        "tags": [OBEYED],
        "tasks": [
            { "name": "a", "kind": "shell", "title": OBEYED, "spec": { "script": script } },
            { "name": "b", "kind": OBEYED, "spec": {}, "disabled": true },
            { "name": "c", "kind": "shell", "when": format!("'{}' == 1", OBEYED), "spec": { "script": "true" } },
        ],
        "layout": { "groups": [{ "name": OBEYED, "tasks": ["a"] }] },
    });
    let library = site.path("home/workflows");
    site.done(&["list"]);
    fs::create_dir_all(&library).unwrap();
    let good = json!({
        "millrace": 1, "name": "w", "title": OBEYED, "description": OBEYED,
        "params": document["params"], "env": document["env"], "tags": document["tags"],
        "tasks": [document["tasks"][0], { "name": "d", "kind": "noop", "title": OBEYED }],
        "dependencies": [{ "from": "a", "to": "d" }],
    });
    fs::write(library.join("w.json"), good.to_string()).unwrap();
    let file = library.join("w.json").display().to_string();
    let bad = site.write("bad.json", &document);
    let named = site.path(&format!("{}.json", OBEYED.replace('/', "_")));
    fs::write(&named, "{ \u{1b}[2J").unwrap();
    let named = named.display().to_string();
    let nowhere = format!("{OBEYED}nowhere");
    let bad_param = format!("{OBEYED}=1");
    let ended = site.call(&["run", &file]);
    assert_eq!(ended.status.code(), Some(1), "{}", String::from_utf8_lossy(&ended.stderr));
    let calls: Vec<Vec<&str>> = vec![
        vec!["runs"],
        vec!["runs", OBEYED],
        vec!["show", "last"],
        vec!["show", "last", "a"],
        vec!["logs", "last", "a"],
        vec!["logs", "last"],
        vec!["outputs", "last"],
        vec!["outputs", "last", "a"],
        vec!["artifacts", "last"],
        vec!["compare", "last", "last"],
        vec!["list"],
        vec!["search", "end"],
        vec!["grid", "w"],
        vec!["calendar", "w"],
        vec!["graph", &file],
        vec!["graph", &file, "--format", "dot"],
        vec!["graph", &file, "--format", "mermaid"],
        vec!["graph", &bad],
        vec!["validate", &file],
        vec!["validate", &bad],
        vec!["validate", &named],
        vec!["validate", &nowhere],
        vec!["diff", &file, &bad],
        vec!["versions", &file],
        vec!["run", &bad],
        vec!["run", &file, "--dry-run"],
        vec!["run", &file, "-p", &bad_param],
        vec!["run", &nowhere],
        vec!["import", &named],
        vec!["queue"],
        vec!["storage"],
        vec!["trust"],
        vec!["schedule", "list"],
        vec!["secret", "rm", OBEYED],
        vec!["show", OBEYED],
        vec!["eval", OBEYED],
    ];
    let (mut hostile, mut obeyed) = (0, Vec::new());
    for call in calls {
        let shown = site.on_a_terminal(&call);
        hostile += usize::from(shown.contains("end"));
        if !is_harmless(&shown) {
            obeyed.push(format!("{call:?}: {shown:?}"));
        }
    }
    assert!(obeyed.is_empty(), "{}", obeyed.join("\n"));
    assert!(hostile >= 15, "only {hostile} of them showed what was put in");
    // What is written for a program is the text, and JSON says control characters in its own way.
    let json = site.done(&["show", "last", "--json"]);
    assert!(!json.contains('\u{1b}') && json.contains("\\u001b]0;pwned"), "{json}");
}
