//! The window's own command line: documents and links to open, and a theme.
//!
//! Not a command-line interface: that is the `millrace` command. Parsed by hand because there is so little of it.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use tauri::{Theme, Url};

use crate::instance::{Handover, ShownRun};

/// What Millrace's own links begin with.
const SCHEME: &str = "millrace://";

/// The text of `--help`.
pub(crate) const HELP: &str = "\
Usage: millrace-desktop [--theme dark|light] [--fullscreen] [--in-background] [--inbox | --run RUN [--task TASK]]
                        [DOCUMENT|LINK]...

Opens the Millrace window, with the given workflow documents in it; where it is open already it comes to the front and
takes them. A link is millrace://run/NAME?PARAM=VALUE or millrace://open/NAME; it runs nothing before you say so.

  --theme dark|light  instead of the system's own choice
  --fullscreen        without frame, over the whole screen
  --in-background     only in the tray, where there is one and closing keeps the window there
  --inbox             show what waits for you
  --run RUN           show this run, by its whole id; --task TASK: and this task in it
  --help              this text

The command line is `millrace`.";

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    /// `--help` was given; nothing else matters then.
    pub(crate) help: bool,
    /// Without frame, over the whole screen.
    pub(crate) fullscreen: bool,
    /// Only in the tray, where there is one.
    pub(crate) in_background: bool,
    /// `None` follows the system.
    pub(crate) theme: Option<Theme>,
    /// Absolute paths, in the order given. Whether they can be read is the ui's question.
    pub(crate) documents: Vec<PathBuf>,
    /// Links of Millrace's own scheme. What they mean is the ui's question.
    pub(crate) links: Vec<String>,
    /// The inbox is to be shown.
    pub(crate) inbox: bool,
    /// The id of a run to show.
    pub(crate) run: Option<String>,
    /// A task in it.
    pub(crate) task: Option<String>,
}

impl Arguments {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// An unknown option, or an option without its value, as a sentence for the terminal.
    pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Self, String> {
        let mut parsed = Self::default();
        let mut rest = arguments;
        let mut only_documents = false;
        while let Some(argument) = rest.next() {
            match argument.to_str() {
                Some("--") if !only_documents => only_documents = true,
                Some("--help" | "-h") if !only_documents => parsed.help = true,
                Some("--fullscreen") if !only_documents => parsed.fullscreen = true,
                Some("--in-background") if !only_documents => parsed.in_background = true,
                Some("--inbox") if !only_documents => parsed.inbox = true,
                Some("--run") if !only_documents => {
                    parsed.run = Some(value("--run", "the id of a run", rest.next())?);
                }
                Some("--task") if !only_documents => {
                    parsed.task = Some(value("--task", "a task of that run", rest.next())?);
                }
                Some("--theme") if !only_documents => {
                    parsed.theme = Some(theme(rest.next().as_deref())?);
                }
                Some(option) if option.starts_with('-') && !only_documents => {
                    return Err(format!("unknown option {option}; --help lists what there is"));
                }
                Some(link) if link.starts_with(SCHEME) && !only_documents => {
                    parsed.links.push(link.to_owned());
                }
                Some(address) if address.starts_with("file://") && !only_documents => {
                    parsed.documents.push(path_of(address)?);
                }
                _ => parsed.documents.push(absolute(Path::new(&argument))),
            }
        }
        match (&parsed.run, &parsed.task) {
            (None, Some(_)) => Err("--task needs --run: of which run is it?".to_owned()),
            _ => Ok(parsed),
        }
    }

    /// What a window that is open already has to know of this start.
    pub(crate) fn handover(&self) -> Handover {
        let documents = self.documents.iter().map(|path| path.to_string_lossy().into_owned());
        let run = self.run.clone().map(|run| ShownRun { run, task: self.task.clone() });
        let documents = documents.collect();
        Handover { documents, links: self.links.clone(), run, inbox: self.inbox }
    }
}

/// Desktops name files by their addresses.
fn path_of(address: &str) -> Result<PathBuf, String> {
    let path = address.parse::<Url>().ok().and_then(|address| address.to_file_path().ok());
    path.ok_or_else(|| format!("{address} is no file of this machine"))
}

fn value(option: &str, takes: &str, value: Option<OsString>) -> Result<String, String> {
    let value = value.and_then(|value| value.into_string().ok());
    value.ok_or_else(|| format!("{option} takes {takes}"))
}

fn theme(value: Option<&OsStr>) -> Result<Theme, String> {
    match value.and_then(OsStr::to_str) {
        Some("dark") => Ok(Theme::Dark),
        Some("light") => Ok(Theme::Light),
        _ => Err("--theme takes dark or light".to_owned()),
    }
}

/// The page knows no working directory, so a relative path is completed here.
fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Arguments, String> {
        Arguments::parse(arguments.iter().map(OsString::from))
    }

    #[test]
    fn documents_become_absolute() {
        let parsed = parse(&["hello.json", "/tmp/other.json"]).unwrap();
        assert!(parsed.documents[0].is_absolute() && parsed.documents[0].ends_with("hello.json"));
        assert_eq!(parsed.documents[1], Path::new("/tmp/other.json"));
    }

    #[test]
    fn links_and_addresses_of_files_are_told_from_paths() {
        let link = "millrace://run/daily?day=2026-11-01";
        let parsed = parse(&[link, "file:///tmp/a%20b.json", "--", link]).unwrap();
        assert_eq!(parsed.links, [link]);
        assert_eq!(parsed.documents[0], Path::new("/tmp/a b.json"));
        assert!(parsed.documents[1].is_absolute() && parsed.documents.len() == 2);
        assert!(parse(&["file://elsewhere/a.json"]).unwrap_err().contains("elsewhere"));
    }

    #[test]
    fn a_run_is_handed_over_with_its_task() {
        let run = parse(&["--run", "feed", "--task", "load"]).unwrap().handover().run.unwrap();
        assert_eq!((run.run.as_str(), run.task.as_deref()), ("feed", Some("load")));
        assert!(parse(&["--inbox"]).unwrap().handover().inbox);
        assert!(parse(&["--run"]).unwrap_err().contains("the id of a run"));
        assert!(parse(&["--task", "load"]).unwrap_err().contains("needs --run"));
    }

    #[test]
    fn a_theme_is_one_of_two() {
        assert_eq!(parse(&["--theme", "light"]).unwrap().theme, Some(Theme::Light));
        assert!(parse(&["--theme", "pink"]).unwrap_err().contains("dark or light"));
        assert!(parse(&["--theme"]).unwrap_err().contains("dark or light"));
    }

    #[test]
    fn an_unknown_option_is_named_and_may_be_a_document_after_two_dashes() {
        assert!(parse(&["--colour"]).unwrap_err().contains("--colour"));
        assert!(parse(&["--", "--colour"]).unwrap().documents[0].ends_with("--colour"));
    }
}
