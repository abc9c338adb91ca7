//! What fires in the days that the calendar shows: asked for while it is looked at, and for nothing else.

use std::rc::Rc;

use millrace_api::document::Source;
use millrace_api::schedule::{FireState, Fires, ListFires};
use millrace_api::{ApiError, Command as _};
use millrace_model::time::Timestamp;

use super::{App, Purpose};
use crate::command::{Place, ScheduleCommand};
use crate::state::{Asked, Calendar, Stretch, View, days};

/// Seconds between two questions about the same days.
const AGAIN_SECS: f64 = 1.0;

/// What the calendar shows, and when it was asked for.
#[derive(Debug, Default)]
pub(crate) struct FiresShown {
    /// What is shown.
    pub(crate) calendar: Calendar,
    asked: Option<(Asked, Timestamp, f64)>,
    is_stale: bool,
}

impl FiresShown {
    /// What was answered may be something else by now.
    pub(super) fn outdated(&mut self) {
        self.is_stale = true;
    }

    /// Whether the days in view are not the ones that were answered.
    pub(crate) fn is_loading(&self) -> bool {
        let answered = self.calendar.answer.as_ref().map(|(asked, _)| asked);
        self.asked.as_ref().map(|(asked, ..)| asked) != answered && self.calendar.error.is_none()
    }

    /// Whether the days in view are the ones that were answered last.
    pub(crate) fn is_of_view(&self) -> bool {
        let answered = self.calendar.answer.as_ref().map(|(asked, _)| asked);
        answered.is_some() && self.asked.as_ref().map(|(asked, ..)| asked) == answered
    }

    /// The next instant after `after` at which something that is shown fires.
    fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        let fires = self.calendar.answer.iter().flat_map(|(_, fires)| &fires.fires);
        let coming = fires.filter(|fire| fire.what == FireState::Coming).map(|fire| fire.at);
        coming.filter(|at| *at > after).min()
    }
}

impl App {
    /// The days in view.
    pub(crate) fn calendar_view(&self) -> View {
        let calendar = &self.fires.calendar;
        View::around(calendar.day.unwrap_or_else(|| self.today()), calendar.stretch)
    }

    pub(super) fn apply_to_calendar(&mut self, ctx: &egui::Context, command: ScheduleCommand) {
        let step = match command {
            ScheduleCommand::Earlier => -1,
            ScheduleCommand::Later => 1,
            _ => 0,
        };
        let today = self.today();
        let calendar = &mut self.fires.calendar;
        match command {
            ScheduleCommand::Look(stretch) => calendar.stretch = stretch,
            ScheduleCommand::Today => calendar.day = None,
            ScheduleCommand::Earlier | ScheduleCommand::Later => {
                let day = calendar.day.unwrap_or(today);
                calendar.day = Some(match calendar.stretch {
                    Stretch::Week => days::plus(day, 7 * i64::from(step)),
                    Stretch::Month => days::plus_months(day, step),
                });
            }
            ScheduleCommand::Only(only) => calendar.only = only,
            _ => {}
        }
        calendar.drag = None;
        ctx.request_repaint();
    }

    /// Asks for what the calendar shows where that is not known. Gives the seconds until it may be something else.
    pub(super) fn ask_fires(&mut self, time: f64) -> Option<f64> {
        if self.place != Place::Schedules || self.schedules.list.is_none() {
            return None;
        }
        let (from, to) = self.calendar_view().span(self.schedules.zone());
        let wanted = Asked { from, to, only: self.fires.calendar.only.clone() };
        let now = self.backend.now();
        let mut next = None;
        match &self.fires.asked {
            Some((asked, at, _)) if *asked == wanted => {
                let fires_next = self.fires.next_after(*at);
                if fires_next.is_some_and(|next| next <= now) {
                    self.fires.is_stale = true;
                }
                next = fires_next.map(|next| next.since(now).as_secs_f64());
            }
            _ => self.fires.is_stale = true,
        }
        if !self.fires.is_stale || self.backend.is_asking(|p| *p == Purpose::Fires) {
            return next;
        }
        let again = self.fires.asked.as_ref().filter(|(asked, ..)| *asked == wanted);
        let due = again.map_or(0.0, |(_, _, asked_at)| asked_at + AGAIN_SECS - time);
        if due > 0.0 {
            return Some(due);
        }
        self.fires.is_stale = false;
        let source = wanted.only.clone().map(Source::Path);
        self.fires.asked = Some((wanted, now, time));
        self.backend.ask(ListFires { from, to, source }.into_request(), Purpose::Fires);
        next
    }

    pub(super) fn take_fires(&mut self, answer: Result<Fires, ApiError>) {
        let Some((asked, ..)) = self.fires.asked.clone() else { return };
        match answer {
            Ok(mut fires) => {
                self.schedules.name_fires(fires.fires.iter_mut());
                self.fires.calendar.answer = Some((asked, Rc::new(fires)));
                self.fires.calendar.error = None;
            }
            Err(error) => self.fires.calendar.error = Some(error.message),
        }
    }
}
