//! Checks of the home: the folder, its settings, its disk, its lock, its daemon.

use millrace_api::diagnostics::Check;
use millrace_api::home::Home;
use millrace_model::size;

use super::DaemonSeen;
use crate::login::{self, Login, Starter};
use crate::secrets::{self, KeyringState};
use crate::settings::Settings;

/// Below this nothing should be started, in bytes.
const LITTLE_SPACE: u64 = 100 << 20;
/// Below this a person should know, in bytes.
const SOME_SPACE: u64 = 1 << 30;

/// The folder, and whether it can be written to.
pub(super) fn place(home: &Home) -> Check {
    let shown = home.root().display().to_string();
    let probe = home.root().join(format!(".doctor-{}", std::process::id()));
    let written = std::fs::write(&probe, b"?").and_then(|()| std::fs::remove_file(&probe));
    match written {
        Ok(()) => Check::ok("home", shown),
        Err(error) => Check::error(
            "home",
            format!("{shown} cannot be written to: {error}"),
            format!("mend that, or set {} to another folder", Home::VARIABLE),
        ),
    }
}

/// `config.toml`.
pub(super) fn settings(home: &Home) -> Check {
    match Settings::load(home) {
        Ok(settings) => {
            let (tasks, pools) = (settings.parallel_tasks, settings.pools.len());
            Check::ok("settings", format!("{tasks} tasks at a time, {pools} pools"))
        }
        Err(error) => Check::error("settings", error.message, error.help.unwrap_or_default()),
    }
}

/// Free space where the home is.
pub(super) fn disk(home: &Home) -> Check {
    let free = match rustix::fs::statvfs(home.root()) {
        Ok(found) => found.f_bavail.saturating_mul(found.f_frsize),
        Err(error) => {
            let message = format!("free space cannot be told: {error}");
            return Check::warning("disk", message, "look at it with `df`");
        }
    };
    let found = format!("{} free", size::in_words(free));
    let help = "free some space: history, logs and scratch files of runs are in the home";
    match free {
        0..LITTLE_SPACE => Check::error("disk", found, help),
        LITTLE_SPACE..SOME_SPACE => Check::warning("disk", found, help),
        _ => Check::ok("disk", found),
    }
}

/// The lock and who has it, the daemon and whether it speaks our version.
pub(super) fn daemon(home: &Home, seen: &DaemonSeen) -> Vec<Check> {
    let report = match &seen.state {
        None => return vec![lock(home)],
        Some(Ok(report)) => report,
        Some(Err(error)) => {
            let look = || format!("look into {}", home.daemon_log().display());
            let help = error.help.clone().unwrap_or_else(look);
            return vec![Check::error("daemon", error.message.clone(), help)];
        }
    };
    let ours = env!("CARGO_PKG_VERSION");
    let found = format!("process {}, version {}", report.pid, report.version);
    let daemon = if report.version == ours {
        Check::ok("daemon", found)
    } else {
        let found = format!("{found}; this program is {ours}");
        Check::warning("daemon", found, "`millrace daemon stop`: runs go on meanwhile")
    };
    let warnings = report.warnings.iter();
    let warnings = warnings.map(|text| Check::warning("daemon", text.as_str(), ""));
    std::iter::once(daemon).chain(warnings).collect()
}

/// The keyring, where a secret of this home is kept in it.
pub(super) async fn keyring(home: &Home) -> Option<Check> {
    let in_keyring = secrets::in_keyring(home).ok()?;
    let count = match in_keyring {
        0 => return None,
        1 => "1 secret".to_owned(),
        many => format!("{many} secrets"),
    };
    Some(match secrets::keyring_state().await {
        KeyringState::Unlocked => Check::ok("keyring", format!("unlocked; {count} in it")),
        KeyringState::Locked => Check::warning(
            "keyring",
            format!("locked; {count} cannot be read"),
            "unlock it: log in at the desktop, or `millrace secret check NAME` asks for its password",
        ),
        KeyringState::Absent => Check::warning(
            "keyring",
            format!("there is none in this session; {count} cannot be read"),
            "start GNOME Keyring, KWallet or KeePassXC, or store the secrets with --from-env or --from-command",
        ),
    })
}

/// Whether the daemon starts at login, and goes on after the logout.
pub(super) fn login(home: &Home, seen: &DaemonSeen) -> Check {
    let about = "at login";
    let installed = match Login::of_user(home) {
        Ok(login) => login.installed(),
        Err(error) => {
            return Check::warning(about, error.message, error.help.unwrap_or_default());
        }
    };
    let only = "schedules and triggers fire only while you are logged in";
    match installed {
        Some(Starter::Service(_)) if login::lingers() == Some(true) => {
            Check::ok(about, "the daemon starts with the machine")
        }
        Some(Starter::Service(_)) => Check::warning(
            about,
            format!("the daemon starts at login; {only}"),
            "`loginctl enable-linger` lets it run when you are not",
        ),
        Some(Starter::Entry(_)) => {
            Check::ok(about, format!("the daemon starts with the desktop; {only}"))
        }
        None if seen.has_schedules => Check::warning(
            about,
            "nothing starts the daemon, and there are schedules: they fire only after a window or a command started it",
            "`millrace daemon install` starts it at login",
        ),
        None => Check::ok(about, "nothing starts the daemon, and nothing needs it then"),
    }
}

/// Without a daemon the lock must be free, or else none can start.
fn lock(home: &Home) -> Check {
    match crate::lock::holder(home) {
        None => Check::ok("daemon", "does not run; the first command starts it"),
        Some(who) => Check::warning(
            "daemon",
            format!("does not answer, but {who} has the home"),
            "it is starting, ending, or `millrace run --no-daemon`; else end that process",
        ),
    }
}
