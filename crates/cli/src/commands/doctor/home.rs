//! Checks of the home: the folder, its settings, its disk, its lock, its daemon.

use millrace_api::Backend;
use millrace_api::home::Home;
use millrace_api::run::DaemonState;
use millrace_api::schedule::ListSchedules;
use millrace_app::{KeyringState, Settings};

use super::Finding;
use crate::login::{self, Login, Starter};
use crate::text::human;

/// Below this nothing should be started, in bytes.
const LITTLE_SPACE: u64 = 100 << 20;
/// Below this a person should know, in bytes.
const SOME_SPACE: u64 = 1 << 30;

/// The folder, and whether it can be written to.
pub(super) fn place(home: &Home) -> Finding {
    let shown = home.root().display().to_string();
    let probe = home.root().join(format!(".doctor-{}", std::process::id()));
    let written = std::fs::write(&probe, b"?").and_then(|()| std::fs::remove_file(&probe));
    match written {
        Ok(()) => Finding::ok("home", shown),
        Err(error) => Finding::error(
            "home",
            format!("{shown} cannot be written to: {error}"),
            format!("mend that, or set {} to another folder", Home::VARIABLE),
        ),
    }
}

/// `config.toml`.
pub(super) fn settings(home: &Home) -> Finding {
    match Settings::load(home) {
        Ok(settings) => {
            let (tasks, pools) = (settings.parallel_tasks, settings.pools.len());
            Finding::ok("settings", format!("{tasks} tasks at a time, {pools} pools"))
        }
        Err(error) => Finding::error("settings", error.message, error.help.unwrap_or_default()),
    }
}

/// Free space where the home is.
pub(super) fn disk(home: &Home) -> Finding {
    let free = match rustix::fs::statvfs(home.root()) {
        Ok(found) => found.f_bavail.saturating_mul(found.f_frsize),
        Err(error) => {
            let message = format!("free space cannot be told: {error}");
            return Finding::warning("disk", message, "look at it with `df`");
        }
    };
    let found = format!("{} free", human::bytes(free));
    let help = "free some space: history, logs and scratch files of runs are in the home";
    match free {
        0..LITTLE_SPACE => Finding::error("disk", found, help),
        LITTLE_SPACE..SOME_SPACE => Finding::warning("disk", found, help),
        _ => Finding::ok("disk", found),
    }
}

/// The lock and who has it, the daemon and whether it speaks our version.
pub(super) async fn daemon(home: &Home) -> Vec<Finding> {
    match millrace_client::connect_running(home).await {
        Ok(Some(client)) => match client.daemon_state(DaemonState {}).await {
            Ok(report) => {
                let ours = env!("CARGO_PKG_VERSION");
                let found = format!("process {}, version {}", report.pid, report.version);
                let daemon = if report.version == ours {
                    Finding::ok("daemon", found)
                } else {
                    let found = format!("{found}; this program is {ours}");
                    Finding::warning(
                        "daemon",
                        found,
                        "`millrace daemon stop`: runs go on meanwhile",
                    )
                };
                let warnings = report.warnings.into_iter();
                let warnings = warnings.map(|text| Finding::warning("daemon", text, ""));
                std::iter::once(daemon).chain(warnings).collect()
            }
            Err(error) => {
                let help = format!("look into {}", home.daemon_log().display());
                vec![Finding::error("daemon", error.message, help)]
            }
        },
        Ok(None) => vec![lock(home)],
        Err(error) => vec![Finding::error("daemon", error.message, error.help.unwrap_or_default())],
    }
}

/// The keyring, where a secret of this home is kept in it.
pub(super) async fn keyring(home: &Home) -> Option<Finding> {
    let in_keyring = millrace_app::secrets_in_keyring(home).ok()?;
    let count = match in_keyring {
        0 => return None,
        1 => "1 secret".to_owned(),
        many => format!("{many} secrets"),
    };
    Some(match millrace_app::keyring_state().await {
        KeyringState::Unlocked => Finding::ok("keyring", format!("unlocked; {count} in it")),
        KeyringState::Locked => Finding::warning(
            "keyring",
            format!("locked; {count} cannot be read"),
            "unlock it: log in at the desktop, or `millrace secret check NAME` asks for its password",
        ),
        KeyringState::Absent => Finding::warning(
            "keyring",
            format!("there is none in this session; {count} cannot be read"),
            "start GNOME Keyring, KWallet or KeePassXC, or store the secrets with --from-env or --from-command",
        ),
    })
}

/// Whether the daemon starts at login, and goes on after the logout.
pub(super) async fn login(home: &Home) -> Finding {
    let about = "at login";
    let installed = match Login::of_user(home) {
        Ok(login) => login.installed(),
        Err(error) => {
            return Finding::warning(about, error.message, error.help.unwrap_or_default());
        }
    };
    let only = "schedules and triggers fire only while you are logged in";
    match installed {
        Some(Starter::Service(_)) if login::lingers() == Some(true) => {
            Finding::ok(about, "the daemon starts with the machine")
        }
        Some(Starter::Service(_)) => Finding::warning(
            about,
            format!("the daemon starts at login; {only}"),
            "`loginctl enable-linger` lets it run when you are not",
        ),
        Some(Starter::Entry(_)) => {
            Finding::ok(about, format!("the daemon starts with the desktop; {only}"))
        }
        None if has_schedules(home).await => Finding::warning(
            about,
            "nothing starts the daemon, and there are schedules: they fire only after a window or a command started it",
            "`millrace daemon install` starts it at login",
        ),
        None => Finding::ok(about, "nothing starts the daemon, and nothing needs it then"),
    }
}

/// Whether something would start by itself; only a daemon that runs can tell.
async fn has_schedules(home: &Home) -> bool {
    let Ok(Some(client)) = millrace_client::connect_running(home).await else { return false };
    let listed = client.list_schedules(ListSchedules { source: None }).await;
    listed.is_ok_and(|listed| listed.schedules.iter().any(|row| row.is_on && row.held.is_none()))
}

/// Without a daemon the lock must be free, or else none can start.
fn lock(home: &Home) -> Finding {
    match crate::lock::holder(home) {
        None => Finding::ok("daemon", "does not run; the first command starts it"),
        Some(who) => Finding::warning(
            "daemon",
            format!("does not answer, but {who} has the home"),
            "it is starting, ending, or `millrace run --no-daemon`; else end that process",
        ),
    }
}
