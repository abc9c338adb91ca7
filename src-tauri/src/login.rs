//! Start at login: a desktop entry in the autostart folder of XDG.
//!
//! The file is the only truth, so a person may also delete it, or switch it off in the desktop's own settings.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The name of the entry.
const NAME: &str = "app.millrace.desktop.desktop";

/// The entry of this user; none where there is no folder for it.
pub(crate) fn entry() -> Option<PathBuf> {
    let config = std::env::var_os("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty());
    let config = config.map(PathBuf::from).filter(|folder| folder.is_absolute());
    let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".config"));
    Some(config.or_else(home)?.join("autostart").join(NAME))
}

/// Whether the window is started at login.
pub(crate) fn is_on(entry: &Path) -> bool {
    let Ok(text) = std::fs::read_to_string(entry) else { return false };
    let has = |key: &str, value: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once('='));
        lines.any(|(name, is)| name.trim() == key && is.trim().eq_ignore_ascii_case(value))
    };
    !has("Hidden", "true") && !has("X-GNOME-Autostart-enabled", "false")
}

/// Writes the entry for this program, or takes it away.
///
/// # Errors
/// When the file cannot be written or deleted; the message names it.
pub(crate) fn set(entry: &Path, program: &Path, on: bool) -> Result<(), String> {
    let told = |error: std::io::Error| format!("{} cannot be changed: {error}", entry.display());
    if on {
        let text = text(program)?;
        entry.parent().map_or(Ok(()), std::fs::create_dir_all).map_err(told)?;
        return std::fs::write(entry, text).map_err(told);
    }
    match std::fs::remove_file(entry) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(told(error)),
        _ => Ok(()),
    }
}

fn text(program: &Path) -> Result<String, String> {
    let name = program.to_str().filter(|name| !name.contains('\n'));
    let name = name.ok_or_else(|| format!("{} is no name for an entry", program.display()))?;
    Ok(format!(
        "[Desktop Entry]\nType=Application\nName=Millrace\nComment=Runs workflows on this machine\n\
         Exec={} --in-background\nIcon=millrace\nTerminal=false\n",
        quoted(name)
    ))
}

/// One argument of `Exec`, quoted twice: as an argument, and as a value of the file.
fn quoted(argument: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in argument.chars() {
        match letter {
            '"' | '`' | '$' => quoted.extend(["\\\\", letter.encode_utf8(&mut [0; 4])]),
            '\\' => quoted.push_str("\\\\\\\\"),
            '%' => quoted.push_str("%%"),
            letter => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_the_truth() {
        let folder = tempfile::tempdir().unwrap();
        let entry = folder.path().join("autostart").join(NAME);
        let program = Path::new("/opt/my apps/millrace-desktop");
        assert!(!is_on(&entry));
        set(&entry, program, true).unwrap();
        assert!(is_on(&entry));
        let text = std::fs::read_to_string(&entry).unwrap();
        assert!(
            text.contains("\nExec=\"/opt/my apps/millrace-desktop\" --in-background\n"),
            "{text}"
        );
        for off in ["Hidden=true", "X-GNOME-Autostart-enabled=false"] {
            std::fs::write(&entry, format!("{text}{off}\n")).unwrap();
            assert!(!is_on(&entry), "{off}");
        }
        set(&entry, program, true).unwrap();
        assert!(is_on(&entry));
        set(&entry, program, false).unwrap();
        assert!(!entry.exists());
        set(&entry, program, false).unwrap();
    }

    #[test]
    fn signs_that_mean_something_are_quoted() {
        assert_eq!(quoted("/a b"), "\"/a b\"");
        assert_eq!(quoted("50%$\""), r#""50%%\\$\\"""#);
        assert_eq!(quoted("\\"), r#""\\\\""#);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        let entry = folder.path().join("file/autostart/x.desktop");
        let error = set(&entry, Path::new("/bin/true"), true).unwrap_err();
        assert!(error.contains("x.desktop"), "{error}");
    }
}
