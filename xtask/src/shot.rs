//! `cargo xtask shot`: a picture of the window, taken on a virtual display.
//!
//! For looking at the ui while writing it, and for pictures in reviews. It checks nothing.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::ValueEnum;

use crate::app;
use crate::display::{Display, Size};
use crate::process::print;
use crate::setup::{self, Group};
use crate::webdriver::Window;
use crate::workspace::Workspace;

/// Takes a picture of the window on a virtual display.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Where the PNG goes.
    #[arg(long, default_value = "shot.png")]
    out: PathBuf,
    /// The window's size before scaling.
    #[arg(long, default_value = "1280x800")]
    size: Size,
    /// Pixels per point. Whole numbers only: GTK knows no others.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=3))]
    scale: u32,
    /// The window's theme.
    #[arg(long, value_enum, default_value_t = Theme::Dark)]
    theme: Theme,
    /// Use the programs that were built last instead of building first.
    #[arg(long)]
    no_build: bool,
    /// The home folder of the Millrace that is shown (default: a new, empty one).
    #[arg(long)]
    home: Option<PathBuf>,
    /// A JavaScript expression to wait for before the picture is taken.
    #[arg(long)]
    until: Option<String>,
    /// Workflow documents to open.
    documents: Vec<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Theme {
    Dark,
    Light,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    setup::ensure(Group::ALL)?;
    if !arguments.no_build {
        app::build(workspace)?;
    }
    let scale = arguments.scale;
    let size = Size { width: arguments.size.width * scale, height: arguments.size.height * scale };
    let display = Display::start(size)?;
    let own_home = tempfile::tempdir().context("could not make a home for the window")?;
    let home = arguments.home.as_deref().unwrap_or(own_home.path());

    let theme = match arguments.theme {
        Theme::Dark => "dark",
        Theme::Light => "light",
    };
    let documents = arguments.documents.iter().map(absolute).collect::<Result<Vec<_>, _>>()?;
    let mut words = vec!["--theme", theme, "--fullscreen"];
    words.extend(documents.iter().map(String::as_str));
    let window = Window::open(
        &display,
        &app::window_program(workspace),
        &words,
        &[("GDK_SCALE", &scale.to_string()), ("MILLRACE_HOME", &home.to_string_lossy())],
    )?;
    if !documents.is_empty() {
        window.wait("the document on the canvas", "s.canvas")?;
    }
    if let Some(expression) = &arguments.until {
        window.wait_for_expression(expression)?;
    }
    window.wait_for_paint()?;
    display.screenshot(&arguments.out)?;
    print(&arguments.out.display().to_string());
    Ok(())
}

fn absolute(path: impl AsRef<Path>) -> anyhow::Result<String> {
    let path = std::path::absolute(path)?;
    path.into_os_string().into_string().map_err(|path| {
        anyhow::anyhow!("the driver takes only UTF-8 names, not {}", path.display())
    })
}
