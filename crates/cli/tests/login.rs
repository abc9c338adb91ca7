//! Starting the daemon at login, with a `systemctl` that only writes down what it is asked.

#![expect(clippy::expect_used, clippy::panic, reason = "tests")]
#![expect(dead_code, reason = "not all of what the tests share is needed here")]

mod support;

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use support::Home;

/// A home whose user has folders for settings, and programs of systemd that note how they are called.
struct Machine {
    home: Home,
    variables: Vec<(String, String)>,
}

impl Machine {
    fn new(linger: &str) -> Self {
        let home = Home::new();
        let bin = home.path("bin");
        std::fs::create_dir(&bin).expect("a folder");
        let log = home.path("asked");
        for (name, does) in [
            ("systemctl", format!("echo \"systemctl $*\" >> '{}'", log.display())),
            ("loginctl", format!("echo {linger}")),
        ] {
            let path = bin.join(name);
            std::fs::write(&path, format!("#!/bin/sh\n{does}\n")).expect("written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("done");
        }
        let path = std::env::var("PATH").unwrap_or_default();
        let variables = vec![
            ("PATH".to_owned(), format!("{}:{path}", bin.display())),
            ("XDG_CONFIG_HOME".to_owned(), home.path("config").display().to_string()),
        ];
        Self { home, variables }
    }

    fn with_systemd(self) -> Self {
        std::fs::create_dir(self.home.path("run/systemd")).expect("a folder");
        self
    }

    fn call(&self, arguments: &[&str]) -> support::Called {
        let mut command = self.home.command(arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        support::called(&mut command)
    }

    fn asked(&self) -> String {
        std::fs::read_to_string(self.home.path("asked")).unwrap_or_default()
    }

    /// The only file below a folder of the settings.
    fn only(&self, folder: &str) -> Option<PathBuf> {
        let entries = std::fs::read_dir(self.home.path("config").join(folder)).ok()?;
        let files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        assert!(files.len() <= 1, "{files:?}");
        files.into_iter().next()
    }

    fn at_login(&self) -> (String, String) {
        let called = self.call(&["doctor", "--json"]);
        let report: serde_json::Value = serde_json::from_str(&called.stdout).expect("JSON");
        let checks = report["checks"].as_array().expect("a list");
        let check = checks.iter().find(|check| check["about"] == "at login").expect("one");
        let text = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
        (text("verdict"), format!("{}; {}", text("found"), text("help")))
    }
}

#[test]
fn a_service_is_enabled_and_goes_without_a_trace() {
    let machine = Machine::new("no").with_systemd();
    // A daemon that a client started makes room.
    assert_eq!(machine.call(&["daemon"]).code, Some(0));
    let called = machine.call(&["daemon", "install"]);
    assert_eq!(called.code, Some(0), "{}", called.stderr);
    assert!(called.stderr.contains("loginctl enable-linger"), "{}", called.stderr);
    assert_eq!(machine.call(&["daemon", "status"]).code, Some(1), "the service's turn");
    let unit = machine.only("systemd/user").expect("a unit");
    let name = unit.file_name().expect("a name").to_string_lossy().into_owned();
    let text = std::fs::read_to_string(&unit).expect("read");
    let home = machine.home.path("home");
    assert!(text.contains(&format!("Environment=\"MILLRACE_HOME={}\"", home.display())), "{text}");
    assert!(text.contains("KillMode=process") && text.contains("daemon --foreground"), "{text}");
    let expected =
        format!("systemctl --user daemon-reload\nsystemctl --user enable --now {name}\n");
    assert_eq!(machine.asked(), expected);
    let (verdict, found) = machine.at_login();
    assert_eq!(verdict, "warning");
    assert!(
        found.contains("only while you are logged in") && found.contains("enable-linger"),
        "{found}"
    );
    assert_eq!(machine.call(&["daemon", "uninstall"]).code, Some(0));
    assert_eq!(machine.only("systemd/user"), None);
    assert!(machine.asked().contains(&format!("systemctl --user disable --now {name}\n")));
    assert_eq!(machine.call(&["daemon", "uninstall"]).code, Some(0), "twice is nothing");
}

#[test]
fn a_service_of_somebody_who_lingers_is_well() {
    let machine = Machine::new("yes").with_systemd();
    assert_eq!(machine.call(&["daemon", "install"]).code, Some(0));
    assert_eq!(
        machine.at_login(),
        ("ok".to_owned(), "the daemon starts with the machine; ".to_owned())
    );
}

#[test]
fn without_systemd_the_desktop_starts_it() {
    let machine = Machine::new("no");
    assert_eq!(machine.call(&["daemon", "install"]).code, Some(0));
    assert_eq!(machine.asked(), "", "systemd is not asked");
    let entry = machine.only("autostart").expect("an entry");
    let text = std::fs::read_to_string(entry).expect("read");
    assert!(
        text.lines().any(|line| line.starts_with("Exec=env ") && line.ends_with(" daemon")),
        "{text}"
    );
    assert_eq!(machine.at_login().0, "ok");
    assert_eq!(machine.call(&["daemon", "uninstall"]).code, Some(0));
    assert_eq!(machine.only("autostart"), None);
}

#[test]
fn a_refusal_of_systemd_is_told() {
    let machine = Machine::new("no").with_systemd();
    let program = machine.home.path("bin/systemctl");
    std::fs::write(&program, "#!/bin/sh\necho 'Failed to connect to bus' >&2\nexit 1\n")
        .expect("written");
    let called = machine.call(&["daemon", "install"]);
    assert_eq!(called.code, Some(4));
    assert!(called.stderr.contains("Failed to connect to bus"), "{}", called.stderr);
    assert!(called.stderr.contains("--autostart"), "{}", called.stderr);
    assert_eq!(machine.only("systemd/user"), None, "what is not enabled does not look so");
    assert_eq!(machine.call(&["daemon", "install", "--autostart"]).code, Some(0));
}

#[test]
fn schedules_without_a_start_at_login_are_a_warning() {
    let machine = Machine::new("no");
    assert_eq!(machine.at_login().0, "ok");
    let workflow = r#"{"millrace": 1, "name": "nightly", "tasks": [],
        "schedules": [{"name": "night", "cron": "0 2 * * *"}]}"#;
    std::fs::create_dir_all(machine.home.path("home/workflows")).expect("a folder");
    let file = machine.home.write("home/workflows/nightly.json", workflow);
    assert_eq!(machine.call(&["trust", &file]).code, Some(0));
    assert_eq!(machine.call(&["schedule", "list", &file]).code, Some(0));
    let (verdict, found) = machine.at_login();
    assert_eq!(verdict, "warning");
    assert!(found.contains("millrace daemon install"), "{found}");
}
