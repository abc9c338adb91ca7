//! The daemon at login: as a service of the user's systemd, or where there is none as an entry of the desktop's autostart.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use millrace_api::home::Home;
use millrace_api::{ApiError, Code};

/// What starts the daemon at login.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Starter {
    /// This unit of systemd.
    Service(PathBuf),
    /// This entry of the desktop's autostart.
    Entry(PathBuf),
}

/// Where a login's files belong, and which of both kinds this machine has.
#[derive(Debug, Clone)]
pub struct Login {
    config: PathBuf,
    name: String,
    has_systemd: bool,
}

impl Login {
    /// That of this user, for `home`.
    ///
    /// # Errors
    /// `Environment` where the user has no folder for settings.
    pub fn of_user(home: &Home) -> Result<Self, ApiError> {
        let config = dirs::config_dir().ok_or_else(|| {
            ApiError::new(Code::Environment, "this user has no folder for settings")
                .help("set XDG_CONFIG_HOME, or HOME")
        })?;
        let usual = Home::usual().and_then(|usual| usual.canonicalize().ok());
        let name = name_of(home.root(), usual.as_deref());
        Ok(Self { config, name, has_systemd: has_systemd() })
    }

    /// Whether the daemon starts at login, and by what.
    pub fn installed(&self) -> Option<Starter> {
        let (service, entry) = (self.service(), self.entry());
        match (service.is_file(), entry.is_file()) {
            (true, _) => Some(Starter::Service(service)),
            (false, true) => Some(Starter::Entry(entry)),
            (false, false) => None,
        }
    }

    /// Whether [`Login::install`] makes a service.
    pub fn would_be_service(&self, autostart: bool) -> bool {
        self.has_systemd && !autostart
    }

    /// Has the daemon start at login. A service starts at once.
    ///
    /// # Errors
    /// `File`; `Environment` where systemd refuses.
    pub fn install(&self, home: &Home, autostart: bool) -> Result<Starter, ApiError> {
        let program = std::env::current_exe()
            .map_err(|error| ApiError::internal("find this program", &error))?;
        if !self.would_be_service(autostart) {
            let path = self.entry();
            write(&path, &entry(&program, home.root()))?;
            return Ok(Starter::Entry(path));
        }
        let path = self.service();
        let is_new = !path.exists();
        write(&path, &unit(&program, home.root()))?;
        let enabled = systemctl(&["daemon-reload"])
            .and_then(|()| systemctl(&["enable", "--now", &format!("{}.service", self.name)]));
        if let Err(error) = enabled {
            // What is not enabled starts nothing, and must not look as if it did.
            if is_new {
                let _gone = std::fs::remove_file(&path);
            }
            return Err(error);
        }
        Ok(Starter::Service(path))
    }

    /// Has it start at login no more; gives what did. A service ends; what runs goes on.
    ///
    /// # Errors
    /// `File`; `Environment` where systemd refuses.
    pub fn uninstall(&self) -> Result<Option<Starter>, ApiError> {
        let found = self.installed();
        if let Some(Starter::Service(_)) = &found {
            systemctl(&["disable", "--now", &format!("{}.service", self.name)])?;
        }
        for path in [self.service(), self.entry()] {
            match std::fs::remove_file(&path) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(cannot("remove", &path, &error)),
            }
        }
        if let Some(Starter::Service(_)) = &found {
            systemctl(&["daemon-reload"])?;
        }
        Ok(found)
    }

    fn service(&self) -> PathBuf {
        self.config.join("systemd/user").join(format!("{}.service", self.name))
    }

    fn entry(&self) -> PathBuf {
        self.config.join("autostart").join(format!("{}-daemon.desktop", self.name))
    }
}

/// The name of the service of a home. A second home has one of its own. Whether a variable names the home says nothing: for the
/// daemon it always does.
fn name_of(home: &Path, usual: Option<&Path>) -> String {
    match usual == Some(home) {
        true => "millrace".to_owned(),
        false => {
            let root = home.display().to_string();
            format!("millrace-{:08x}", crc32fast::hash(root.as_bytes()))
        }
    }
}

/// Whether this user's services go on after the logout; none where systemd does not say.
pub fn lingers() -> Option<bool> {
    let user = rustix::process::getuid().as_raw().to_string();
    let asked = Command::new("loginctl")
        .args(["show-user", &user, "--property=Linger", "--value"])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    match String::from_utf8_lossy(&asked.stdout).trim() {
        "yes" => Some(true),
        "no" => Some(false),
        // Somebody who has never logged in has no answer.
        _ => None,
    }
}

/// The unit. Its end leaves keepers and tasks alone: they are adopted by the next daemon.
fn unit(program: &Path, home: &Path) -> String {
    format!(
        "# Written by `millrace daemon install`; `millrace daemon uninstall` takes it away.\n\
         [Unit]\n\
         Description=Millrace: runs workflows by schedules and triggers\n\
         Documentation=man:millrace(1)\n\
         StartLimitIntervalSec=0\n\
         \n\
         [Service]\n\
         Type=exec\n\
         Environment={}\n\
         ExecStart={} daemon --foreground\n\
         # Tasks belong to keepers, which outlive the daemon.\n\
         KillMode=process\n\
         # Another daemon may have the home for a while: then it is this one's turn when that has gone.\n\
         Restart=on-failure\n\
         RestartSec=30\n\
         \n\
         [Install]\n\
         WantedBy=default.target\n",
        unit_word(&format!("{}={}", Home::VARIABLE, home.display())),
        // Variables are put into command lines, and nowhere else.
        unit_word(&program.display().to_string()).replace('$', "$$"),
    )
}

fn entry(program: &Path, home: &Path) -> String {
    let variable = format!("{}={}", Home::VARIABLE, home.display());
    format!(
        "[Desktop Entry]\n\
         Type=Application\n\
         Name=Millrace daemon\n\
         Comment=Runs workflows by schedules and triggers\n\
         Exec=env {} {} daemon\n\
         NoDisplay=true\n\
         Terminal=false\n",
        entry_word(&variable),
        entry_word(&program.display().to_string()),
    )
}

/// A word of a unit: quoted, specifiers and escapes taken literally (systemd.syntax(7)).
fn unit_word(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%"))
}

/// A word of `Exec` (Desktop Entry Specification): quoted, and its backslashes once more as a value of the file.
fn entry_word(text: &str) -> String {
    let mut quoted = String::new();
    for character in text.chars() {
        if matches!(character, '"' | '`' | '$' | '\\') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    format!("\"{}\"", quoted.replace('\\', "\\\\").replace('%', "%%"))
}

fn has_systemd() -> bool {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    runtime.is_some_and(|runtime| runtime.join("systemd").is_dir())
}

fn systemctl(arguments: &[&str]) -> Result<(), ApiError> {
    let what = format!("systemctl --user {}", arguments.join(" "));
    let asked = Command::new("systemctl")
        .arg("--user")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| {
            ApiError::new(Code::Environment, format!("`{what}` cannot be run: {error}"))
                .help("`--autostart` does without systemd")
        })?;
    if asked.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&asked.stderr);
    let said = said.lines().next().unwrap_or("it did not say why").trim().to_owned();
    Err(ApiError::new(Code::Environment, format!("`{what}` failed: {said}"))
        .help("`--autostart` does without systemd"))
}

fn write(path: &Path, text: &str) -> Result<(), ApiError> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(folder).map_err(|error| cannot("make", folder, &error))?;
    std::fs::write(path, text).map_err(|error| cannot("write", path, &error))
}

fn cannot(what: &str, path: &Path, error: &std::io::Error) -> ApiError {
    ApiError::new(Code::File, format!("cannot {what} {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_home_has_the_plain_name_and_each_other_one_its_own() {
        let usual = Path::new("/home/me/.local/share/millrace");
        assert_eq!(name_of(usual, Some(usual)), "millrace");
        let other = name_of(Path::new("/tmp/a"), Some(usual));
        assert!(other.starts_with("millrace-") && other != name_of(Path::new("/tmp/b"), None));
    }

    #[test]
    fn a_unit_takes_paths_literally_and_spares_tasks() {
        let text = unit(Path::new("/opt/a $b/mill\"race"), Path::new("/home/me/50% $x"));
        insta::assert_snapshot!(text);
    }

    #[test]
    fn an_entry_takes_paths_literally() {
        let text = entry(Path::new("/opt/a b/mill\"race"), Path::new("/home/me/50% $x"));
        insta::assert_snapshot!(text);
    }
}
