//! Watching a run until it ends: live on a terminal, one line or one JSON object for each event elsewhere.
//!
//! What is shown is always the fold of the run's events (`Run::apply`), so it agrees with the history.

mod end;
mod feed;
mod frame;
mod interrupt;
mod lines;
mod live;
mod probe;
#[cfg(test)]
mod tests;

use millrace_api::run::GetRun;
use millrace_model::event::{Run, RunEvent, RunState};
use millrace_model::ids::RunId;

use crate::failure::{Exit, Failure};
use crate::link::Link;
use crate::out::Out;

pub(crate) use interrupt::{Interrupts, connect};

use feed::{Feed, Update};
use interrupt::Wish;
use live::Live;

/// What is to be watched.
pub(crate) struct Watch {
    run: RunId,
    /// Its state so far; none = from its first event.
    known: Option<Box<Run>>,
    json: bool,
}

impl Watch {
    /// A run from its first event on.
    pub(crate) fn whole(run: RunId, json: bool) -> Self {
        Self { run, known: None, json }
    }

    /// A run from this state on.
    pub(crate) fn from(run: Run, json: bool) -> Self {
        Self { run: run.run, known: Some(Box::new(run)), json }
    }
}

/// Shows a run until it ends. Gives the exit code that its end stands for.
pub(crate) async fn watch(
    link: &mut Link,
    watch: Watch,
    mut interrupts: Interrupts,
    out: &mut Out,
) -> Result<Exit, Failure> {
    let after = watch.known.as_ref().map_or(0, |run| run.seq);
    let mut feed = Feed::open(link.clone(), watch.run, after);
    // A reader that goes away (`| head`) must not hide how the run ends: the exit code still says it.
    out.outlive_reader();
    let mut view = View::of(watch.json, out);
    let mut state = watch.known;
    loop {
        tokio::select! {
            // In this order: a flood of events must not drown Ctrl-C or the picture.
            biased;
            wish = interrupts.next() => match wish {
                Wish::Leave => {
                    view.leave();
                    out.note(&format!("left; `millrace show {:.8}` says how the run ends", watch.run))?;
                    return Ok(Exit::Canceled);
                }
                wish => {
                    view.notice(Some(wish.words()), out)?;
                    interrupt::ask(link.clone(), watch.run, wish == Wish::Kill);
                }
            },
            () = view.tick() => view.redraw(state.as_deref(), link, out)?,
            update = feed.next() => match update {
                Update::Events(events) => {
                    let ended = take_in(&mut state, &events, &mut view, link, out).await?;
                    if ended {
                        break;
                    }
                }
                Update::Reloaded(run) => {
                    let ended = run.state.is_final();
                    state = Some(run);
                    if ended {
                        break;
                    }
                }
                Update::Away => view.notice(Some("the daemon has gone; looking for the next one"), out)?,
                Update::Back => view.notice(None, out)?,
                Update::Failed(error) => {
                    view.leave();
                    return Err(error.into());
                }
            },
        }
    }
    let Some(run) = state else { return Ok(Exit::Environment) };
    view.finish(&run, link, out).await?;
    Ok(exit(run.state))
}

/// Folds events and shows them. True where the run has ended.
async fn take_in(
    state: &mut Option<Box<Run>>,
    events: &[RunEvent],
    view: &mut View,
    link: &Link,
    out: &mut Out,
) -> Result<bool, Failure> {
    let mut shown = String::new();
    for event in events {
        let folded = match state {
            Some(run) if event.seq <= run.seq => continue,
            Some(run) => run.apply(event),
            None => Run::begin(event).map(|run| *state = Some(Box::new(run))),
        };
        if folded.is_err() {
            // An event that does not fit: the store knows better.
            let run = link.backend().get_run(GetRun { run: event.run, snapshot: false }).await?.run;
            *state = Some(Box::new(run));
        }
        if let Some(run) = state {
            view.event(run, event, &mut shown)?;
        }
    }
    out.write(&shown)?;
    Ok(state.as_ref().is_some_and(|run| run.state.is_final()))
}

/// The exit code for a run that ended.
fn exit(state: RunState) -> Exit {
    match state {
        RunState::Succeeded => Exit::Succeeded,
        RunState::Canceled => Exit::Canceled,
        RunState::Failed | RunState::Queued | RunState::Running | RunState::Paused => Exit::Failed,
    }
}

/// How a run is shown.
enum View {
    Live(Box<Live>),
    Lines(lines::Lines),
    Json,
}

impl View {
    fn of(json: bool, out: &Out) -> Self {
        match (json, out.is_live()) {
            (true, _) => Self::Json,
            (false, true) => Self::Live(Box::new(Live::new(out.style()))),
            (false, false) => Self::Lines(lines::Lines::new()),
        }
    }

    fn event(&mut self, run: &Run, event: &RunEvent, shown: &mut String) -> Result<(), Failure> {
        match self {
            // The next frame shows it.
            Self::Live(_) => {}
            Self::Lines(lines) => {
                if let Some(line) = lines.line(run, event) {
                    shown.push_str(&line);
                    shown.push('\n');
                }
            }
            Self::Json => {
                let line = serde_json::to_string(event).map_err(std::io::Error::from)?;
                shown.push_str(&line);
                shown.push('\n');
            }
        }
        Ok(())
    }

    fn notice(&mut self, text: Option<&str>, out: &mut Out) -> Result<(), Failure> {
        match self {
            Self::Live(live) => live.notice(text),
            Self::Lines(_) | Self::Json => {
                if let Some(text) = text {
                    out.note(text)?;
                }
            }
        }
        Ok(())
    }

    /// Until something is to be drawn; forever where nothing moves.
    async fn tick(&mut self) {
        match self {
            Self::Live(live) => live.tick().await,
            Self::Lines(_) | Self::Json => std::future::pending().await,
        }
    }

    fn redraw(&mut self, run: Option<&Run>, link: &Link, out: &mut Out) -> Result<(), Failure> {
        match (self, run) {
            (Self::Live(live), Some(run)) => live.redraw(run, link, out),
            _ => Ok(()),
        }
    }

    /// What stands on the terminal stays there.
    fn leave(&mut self) {
        if let Self::Live(live) = self {
            live.leave();
        }
    }

    async fn finish(&mut self, run: &Run, link: &Link, out: &mut Out) -> Result<(), Failure> {
        match self {
            Self::Live(live) => {
                live.last(run, out)?;
                end::print(run, link, out).await
            }
            Self::Lines(_) => end::print(run, link, out).await,
            Self::Json => Ok(out.json_line(&end::summary(run))?),
        }
    }
}
