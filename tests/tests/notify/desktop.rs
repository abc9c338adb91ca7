//! Notifications on the desktop: what it is shown, and what clicks do.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::sync::mpsc::{Receiver, Sender, channel};

use millrace_tests::bus::Bus;
use millrace_tests::{LIMIT, until};
use serde_json::json;
use zbus::object_server::SignalEmitter;
use zbus::{Connection, OwnedVariant, connection, interface};

use crate::{Site, workflow};

const PATH: &str = "/org/freedesktop/Notifications";

/// A desktop that writes down what it is to show.
struct Desktop {
    shown: Sender<Shown>,
    last: u32,
}

/// What it is to show.
#[derive(Debug)]
struct Shown {
    id: u32,
    replaces: u32,
    summary: String,
    body: String,
    actions: Vec<String>,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Desktop {
    #[expect(clippy::too_many_arguments, reason = "the specification has so many")]
    fn notify(
        &mut self,
        _app_name: String,
        replaces: u32,
        _icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        _hints: HashMap<String, OwnedVariant>,
        _timeout: i32,
    ) -> u32 {
        let id = if replaces == 0 { self.last + 1 } else { replaces };
        self.last = self.last.max(id);
        self.shown.send(Shown { id, replaces, summary, body, actions }).unwrap();
        id
    }

    fn get_capabilities(&self) -> Vec<String> {
        ["actions", "body", "body-markup"].map(str::to_owned).to_vec()
    }

    #[zbus(signal)]
    async fn action_invoked(
        emitter: &SignalEmitter<'_>,
        id: u32,
        action_key: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn activation_token(
        emitter: &SignalEmitter<'_>,
        id: u32,
        activation_token: &str,
    ) -> zbus::Result<()>;
}

/// The desktop on its bus.
struct Session {
    shown: Receiver<Shown>,
    runtime: tokio::runtime::Runtime,
    connection: Connection,
    // Last: what speaks on it goes first.
    bus: Bus,
}

impl Session {
    fn start(site: &Site) -> Self {
        let bus = Bus::start(&site.path("session"));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (shown, told) = channel();
        let desktop = Desktop { shown, last: 0 };
        let connection = runtime.block_on(async {
            let bus = connection::Builder::address(bus.address().as_str());
            let bus = bus.serve_at(PATH, desktop).name("org.freedesktop.Notifications");
            bus.build().await.unwrap()
        });
        Self { shown: told, runtime, connection, bus }
    }

    fn next(&self) -> Shown {
        self.shown.recv_timeout(LIMIT).unwrap()
    }

    fn click(&self, id: u32, action: &str) {
        self.runtime.block_on(async {
            let desktop =
                self.connection.object_server().interface::<_, Desktop>(PATH).await.unwrap();
            let emitter = desktop.signal_emitter();
            Desktop::activation_token(emitter, id, "to the front").await.unwrap();
            Desktop::action_invoked(emitter, id, action).await.unwrap();
        });
    }
}

#[test]
fn a_failure_is_shown_and_a_click_leads_to_it() {
    let mut site = Site::new("");
    let session = Session::start(&site);
    site.variables = session.bus.variables();
    // Stands in for the window: writes down what it was started with.
    let window = site.path("window");
    let script = "#!/bin/sh\nprintf '%s|' \"$@\" \"$MILLRACE_HOME\" \"$XDG_ACTIVATION_TOKEN\" \
                  > \"$0.new\" && mv \"$0.new\" \"$0.args\"\n";
    fs::write(&window, script).unwrap();
    fs::set_permissions(&window, fs::Permissions::from_mode(0o700)).unwrap();
    site.variables.push(("MILLRACE_DESKTOP", window.display().to_string()));
    let gate = site.path("gate");
    let script = format!("echo 'no <route> & no'; test -e '{}' || exit 3", gate.display());
    assert!(!site.run(&workflow("daily", &script, &json!([]))));
    let failed = session.next();
    assert_eq!((failed.summary.as_str(), failed.replaces), ("Daily <sales> failed", 0));
    assert_eq!(failed.body, "load failed: exit code 3\nno &lt;route&gt; &amp; no");
    assert_eq!(failed.actions, ["default", "Open", "retry", "Retry"]);
    let run = site.last_run();

    session.click(failed.id, "default");
    let args = site.path("window.args");
    let args = until("the window is started", || fs::read_to_string(&args).ok());
    let home = site.path("home").canonicalize().unwrap();
    assert_eq!(args, format!("--run|{run}|--task|load|{}|to the front|", home.display()));

    // It fails again: its notification is replaced.
    session.click(failed.id, "retry");
    let again = session.next();
    assert_eq!((again.replaces, again.summary.as_str()), (failed.id, "Daily <sales> failed"));
    assert_eq!(site.last_run(), run, "it is the same run");

    fs::write(&gate, "").unwrap();
    session.click(again.id, "retry");
    let well = session.next();
    assert_eq!((well.replaces, well.summary.as_str()), (failed.id, "Daily <sales> works again"));
    assert_eq!(well.actions, ["default", "Open"]);
    assert_eq!(site.warnings(), "[]");
}

#[test]
fn without_a_session_bus_a_run_is_unharmed_and_a_warning_says_so() {
    let site = Site::new("");
    assert!(!site.run(&workflow("daily", "exit 3", &json!([]))));
    let warnings = until("it did not get through", || {
        let warnings = site.warnings();
        (warnings != "[]").then_some(warnings)
    });
    assert!(warnings.contains("desktop notifications do not get through: "), "{warnings}");
    assert!(site.run(&workflow("daily", "true", &json!([]))));
    // Who does not want any is not warned.
    site.settings("[notify]\ndesktop = false\n");
    until("the settings are read", || (site.warnings() == "[]").then_some(()));
}
