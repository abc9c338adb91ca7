//! The window under live events for as long as is said: whether its memory stays flat.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use serde_json::json;

use super::stage::Stage;
use crate::app;
use crate::faults::processes;
use crate::process::announce;
use crate::setup::{self, Group};
use crate::webdriver::{Gesture, Key, Window};
use crate::workspace::Workspace;

/// Between two measurements.
const STEP: Duration = Duration::from_secs(60);
/// Memory is flat where its last quarter is at most so much larger than its second one.
const FLAT: f64 = 1.10;
/// The first quarter fills caches.
const LEAST: usize = 8;

/// Watches the memory of the window while a run is started each second; an hour says something.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// For so many minutes, at least 8.
    #[arg(long, default_value_t = 60)]
    minutes: usize,
    /// The programs are built already.
    #[arg(long)]
    no_build: bool,
}

/// What was measured at one moment.
struct Sample {
    /// Memory of the page's processes in MiB, shared pages counted by their share.
    page: f64,
    /// Of the program around it.
    window: f64,
    /// Seconds of a processor that the page's processes had.
    busy: f64,
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<()> {
    ensure!(arguments.minutes >= LEAST, "--minutes takes at least {LEAST}");
    setup::ensure(Group::ALL)?;
    if !arguments.no_build {
        app::build(workspace)?;
    }
    let stage = Stage::set(workspace, None)?;
    let window = stage.window(Some(&document(&stage)?), &[])?;
    let began = Instant::now();
    let mut samples: Vec<Sample> = Vec::new();
    announce("minute  page MiB  window MiB  processor %  runs");
    for minute in 0..arguments.minutes {
        look_around(&window, minute)?;
        std::thread::sleep(STEP.saturating_sub(began.elapsed() - STEP * u32::try_from(minute)?));
        let sample = Sample::take(&stage)?;
        let before = samples.last().map_or(0.0, |sample| sample.busy);
        let share = (sample.busy - before) / STEP.as_secs_f64() * 100.0;
        let (page, around) = (sample.page, sample.window);
        let runs = window.state()?["run_list"]["all"].clone();
        announce(&format!("{minute:6}  {page:8.1}  {around:10.1}  {share:11.1}  {runs}"));
        samples.push(sample);
    }
    drop(window);
    stage.end_window()?;
    let quarter = samples.len() / 4;
    let of = |part: &[Sample]| median(part.iter().map(|sample| sample.page).collect());
    let early = of(&samples[quarter..2 * quarter]);
    let late = of(&samples[samples.len() - quarter..]);
    announce(&format!("page: {early:.1} MiB in the second quarter, {late:.1} MiB in the last one"));
    ensure!(late <= early * FLAT, "the page's memory is not flat");
    Ok(())
}

/// Six tasks, of which one fails now and then, started each second.
fn document(stage: &Stage) -> anyhow::Result<PathBuf> {
    let library = stage.home().join("workflows");
    fs::create_dir_all(&library)?;
    let document = library.join("pulse.json");
    let task = |name: &str, script: &str| json!({ "name": name, "kind": "shell", "spec": { "script": script } });
    let tasks = [
        task("begin", "echo begun"),
        task("left", "seq 1 20"),
        task("middle", "echo half"),
        task("right", "echo '{\"level\":\"warn\"}' >&2"),
        task("now_and_then", "test $(( $(date +%s) % 11 )) -ne 0"),
        task("end", "echo ended"),
    ];
    let edge = |from: &str, to: &str| json!({ "from": from, "to": to });
    let between = ["left", "middle", "right", "now_and_then"];
    let edges = between.iter().flat_map(|name| [edge("begin", name), edge(name, "end")]);
    let workflow = json!({
        "millrace": 1,
        "name": "pulse",
        "title": "Pulse",
        "schedules": [{ "name": "beat", "every": "1s" }],
        "tasks": tasks,
        "dependencies": edges.collect::<Vec<_>>(),
    });
    fs::write(&document, serde_json::to_vec_pretty(&workflow)?)?;
    Ok(document)
}

/// Another place each minute, and now and then a run that goes on.
fn look_around(window: &Window, minute: usize) -> anyhow::Result<()> {
    let key = ['1', '2', '3', '4'][minute % 4];
    window.perform(&Gesture::new().chord(&[Key::Control], key))?;
    if minute % 4 == 1 {
        window.wait("the runs", "s.place === 'runs' && s.run_list.all > 0")?;
        window.perform(&Gesture::new().key(Key::Down))?;
        window.wait_for_paint()?;
        window.perform(&Gesture::new().key(Key::Enter))?;
        window.wait("a run", "s.place === 'run' && s.run")?;
    }
    Ok(())
}

impl Sample {
    fn take(stage: &Stage) -> anyhow::Result<Self> {
        let home = stage.home();
        let pages = processes::helpers_of(&home)?;
        ensure!(!pages.is_empty(), "the window has no page");
        let window = processes::window_of(&home)?.context("the window is gone")?;
        let mut sample = Self { page: 0.0, window: memory(window)?, busy: 0.0 };
        for page in pages {
            sample.page += memory(page)?;
            sample.busy += busy(page)?;
        }
        Ok(sample)
    }
}

/// In MiB.
fn memory(pid: u32) -> anyhow::Result<f64> {
    let path = format!("/proc/{pid}/smaps_rollup");
    let text = fs::read_to_string(&path).with_context(|| path.clone())?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).with_context(|| path)?;
    let kib: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib / 1024.0)
}

/// In seconds.
fn busy(pid: u32) -> anyhow::Result<f64> {
    let path = format!("/proc/{pid}/stat");
    let text = fs::read_to_string(&path).with_context(|| path.clone())?;
    let (_, rest) = text.rsplit_once(')').with_context(|| path)?;
    let ticks = rest.split_whitespace().skip(11).take(2).map(str::parse::<f64>);
    let ticks: f64 = ticks.collect::<Result<Vec<_>, _>>()?.iter().sum();
    // The kernel tells programs hundredths, whatever it counts in itself.
    Ok(ticks / 100.0)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
