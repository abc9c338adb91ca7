//! `cargo xtask soak`: Millrace at work for hours: schedules fire, people look, programs are killed. At the end the
//! books must balance, nothing may be left, and nothing may have grown.
//!
//! Trouble comes in the first half only: whether something grows is measured in the second, in which the same
//! processes live from its beginning to its end.

mod books;
mod load;
mod sample;
mod trouble;

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};

use crate::app;
use crate::faults::dice::Dice;
use crate::faults::site::Site;
use crate::process::{announce, print};
use crate::setup::{self, Group};
use crate::webdriver::{Gesture, Key, Window};
use crate::workspace::Workspace;
use load::Load;
use sample::{Growth, Sample};
use trouble::Trouble;

/// Something happens as often.
const BEAT: Duration = Duration::from_millis(700);
/// So many samples are taken in all.
const SAMPLES: u32 = 40;

/// Lets Millrace work for hours under schedules, kills and clients; then counts whether anything is lost, left or grown.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// For so long; parts of an hour are written as 0.5.
    #[arg(long, default_value_t = 1.0)]
    hours: f64,
    /// Another seed gives other moments.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Without the real window.
    #[arg(long)]
    without_window: bool,
    /// The programs are built already.
    #[arg(long)]
    no_build: bool,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    ensure!(
        arguments.hours.is_finite() && arguments.hours * 60.0 >= 1.0,
        "--hours takes at least a minute, 0.02"
    );
    setup::ensure(Group::ALL)?;
    if !arguments.no_build {
        app::build(workspace)?;
    }
    let length = Duration::from_secs_f64(arguments.hours * 3_600.0);
    play(workspace, length, arguments.seed, !arguments.without_window)
}

/// A minute without a window, with programs that are built already.
///
/// # Errors
/// Where something was lost, is left, or grew.
pub(crate) fn short(workspace: &Workspace) -> anyhow::Result<()> {
    play(workspace, Duration::from_secs(60), 1, false)
}

fn play(
    workspace: &Workspace,
    length: Duration,
    seed: u64,
    with_window: bool,
) -> anyhow::Result<()> {
    announce(&format!("soak of {} s, seed {seed}", length.as_secs()));
    let mut site = Site::new(workspace.programs())?;
    let played = go(&site, length, seed, with_window);
    if played.is_err() {
        let place = site.keep().display().to_string();
        return played.with_context(|| format!("what it left is in {place}"));
    }
    played
}

fn go(site: &Site, length: Duration, seed: u64, with_window: bool) -> anyhow::Result<()> {
    let load = Load::lay(site)?;
    site.ask(&["daemon"])?;
    let mut dice = Dice::of_round(seed, 0);
    let mut trouble = Trouble::default();
    let mut window = if with_window { Some(open(site)?) } else { None };
    let (mut samples, mut calm) = (Vec::new(), None);
    let began = Instant::now();
    print(Sample::TITLES);
    while began.elapsed() < length {
        let beat = Instant::now();
        if began.elapsed() * 2 < length {
            trouble.strike(site, &mut dice, &mut window)?;
        } else if calm.is_none() {
            calm = Some(samples.len());
        }
        if with_window && window.is_none() {
            window = Some(open(site)?);
        }
        trouble.look(site, &mut dice)?;
        if began.elapsed() >= length / SAMPLES * u32::try_from(samples.len())? {
            if let Some(window) = &window {
                look_around(window, samples.len())?;
            }
            let sample = Sample::take(site, began.elapsed(), window.is_some())?;
            print(&sample.to_string());
            samples.push(sample);
        }
        thread::sleep(BEAT.saturating_sub(beat.elapsed()));
    }
    drop(window);
    trouble.end();
    print(&trouble.to_string());

    let mut violations = Growth::of(samples.get(calm.unwrap_or(0)..).unwrap_or(&[])).violations();
    violations.extend(books::balance(site, &load)?);
    for violation in &violations {
        print(&format!("FAILED soak: {violation}"));
    }
    if !violations.is_empty() {
        bail!("the soak broke {} promises (repeat it: --seed {seed})", violations.len());
    }
    announce("soak: nothing is lost, nothing is left, nothing grew");
    Ok(())
}

fn open(site: &Site) -> anyhow::Result<Window> {
    Window::open(
        site.display()?,
        &site.program("millrace-desktop"),
        &["--fullscreen"],
        &[("MILLRACE_HOME", &site.home().to_string_lossy())],
    )
}

/// Another place each time, and now and then a run that goes on.
fn look_around(window: &Window, time: usize) -> anyhow::Result<()> {
    let key = ['1', '2', '3', '4'][time % 4];
    window.perform(&Gesture::new().chord(&[Key::Control], key))?;
    if time % 4 == 1 {
        window.wait("the runs", "s.place === 'runs' && s.run_list.all > 0")?;
        window.perform(&Gesture::new().key(Key::Down))?;
        window.wait_for_paint()?;
        window.perform(&Gesture::new().key(Key::Enter))?;
        window.wait("a run", "s.place === 'run' && s.run")?;
    }
    Ok(())
}
