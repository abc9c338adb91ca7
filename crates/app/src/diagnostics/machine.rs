//! Checks of the machine: our programs, the system's services, interpreters.

use std::path::{Path, PathBuf};

use millrace_api::diagnostics::Check;
use rustix::fs::{Access, access};

/// This program.
pub(super) fn program() -> Check {
    let path = std::env::current_exe().map(|path| path.display().to_string());
    let path = path.unwrap_or_else(|_| "a program that cannot find itself".to_owned());
    Check::ok("program", format!("millrace {} ({path})", env!("CARGO_PKG_VERSION")))
}

/// The programs that must lie beside this one.
pub(super) fn companions() -> [Check; 2] {
    let beside = |name: &str| {
        let path = std::env::current_exe().ok()?.with_file_name(name);
        is_program(&path).then_some(path)
    };
    // Found as for running tasks.
    let keeper = crate::app::keeper_program().ok().filter(|path| is_program(path));
    let keeper = match keeper {
        Some(path) => Check::ok("keeper", path.display().to_string()),
        None => Check::error(
            "keeper",
            "millrace-keeper is not beside this program: tasks cannot be started",
            "install Millrace completely; its programs must lie side by side",
        ),
    };
    let task = match beside("millrace-task") {
        Some(path) => Check::ok("task command", path.display().to_string()),
        None => Check::warning(
            "task command",
            "millrace-task is not beside this program: scripts cannot set outputs with it",
            "install Millrace completely; its programs must lie side by side",
        ),
    };
    [keeper, task]
}

/// The SQLite that is built in.
pub(super) fn sqlite() -> Check {
    let version = millrace_store::sqlite_version();
    match millrace_store::old_sqlite() {
        None => Check::ok("SQLite", version),
        Some(why) => Check::error("SQLite", why, "build Millrace with its own SQLite"),
    }
}

/// The bus that desktop notifications go over.
pub(super) fn session_bus() -> Check {
    let named = std::env::var("DBUS_SESSION_BUS_ADDRESS").ok().filter(|text| !text.is_empty());
    let usual = std::env::var_os("XDG_RUNTIME_DIR").map(|dir| PathBuf::from(dir).join("bus"));
    let usual =
        usual.filter(|path| path.exists()).map(|path| format!("unix:path={}", path.display()));
    match named.or(usual) {
        Some(address) => Check::ok("session bus", address),
        None => Check::warning(
            "session bus",
            "there is none: no desktop notifications",
            "nothing, where nobody sits at this machine; else log in at a desktop",
        ),
    }
}

/// Whether tasks can get a cgroup of their own.
pub(super) fn cgroup() -> Check {
    let own = std::fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let folder = own
        .lines()
        .find_map(|line| line.strip_prefix("0::"))
        .map(|path| PathBuf::from("/sys/fs/cgroup").join(path.trim_start_matches('/')));
    let help =
        "nothing: process groups are used instead; under systemd, a user session has the right";
    match folder {
        Some(folder) if access(&folder, Access::WRITE_OK).is_ok() => {
            Check::ok("cgroup", folder.display().to_string())
        }
        Some(folder) => Check::warning(
            "cgroup",
            format!(
                "no right to make one in {}: a task that hides its processes is found later",
                folder.display()
            ),
            help,
        ),
        None => Check::warning("cgroup", "this system has no version 2 of them", help),
    }
}

/// The interpreter of `python` tasks.
pub(super) fn python() -> Check {
    match in_path("python3") {
        Some(path) => Check::ok("python", path.display().to_string()),
        None => Check::warning(
            "python",
            "there is no python3 on the PATH: `python` tasks cannot run",
            "install Python 3, or name an `interpreter` in the task",
        ),
    }
}

/// What makes Python environments fast.
pub(super) fn uv() -> Check {
    match in_path("uv") {
        Some(path) => Check::ok("uv", path.display().to_string()),
        None => Check::ok("uv", "not found; environments are made with python3 -m venv and pip"),
    }
}

/// The zone in which times are shown and schedules without one are read.
pub(super) fn time_zone() -> Check {
    let zone = jiff::tz::TimeZone::system();
    match zone.iana_name() {
        Some(name) => Check::ok("time zone", name),
        None if zone.is_unknown() => Check::warning(
            "time zone",
            "unknown: times are shown in UTC",
            "set TZ, or link /etc/localtime to a zone such as /usr/share/zoneinfo/Europe/Berlin",
        ),
        None => Check::ok("time zone", "a fixed rule without a name"),
    }
}

fn in_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(name)).find(|path| is_program(path))
}

fn is_program(path: &Path) -> bool {
    path.is_file() && access(path, Access::EXEC_OK).is_ok()
}
