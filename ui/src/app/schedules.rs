//! What starts workflows by itself, as the window knows it: the list of schedules and triggers, and their switches.

use chrono_tz::Tz;
use millrace_api::document::Source;
use millrace_api::run::Done;
use millrace_api::schedule::{
    FireRow, ListSchedules, MoveFire, MoveTo, ScheduleList, ScheduleRow, SwitchSchedules,
};
use millrace_api::{ApiError, Command as _};
use millrace_model::ident::Ident;
use millrace_model::time::Timestamp;

use super::{App, Purpose, Sheet};
use crate::command::{Command, Place, ScheduleCommand};
use crate::forms::WorkflowTab;
use crate::state::{Moving, days};

/// What is known of schedules and triggers.
#[derive(Debug, Default)]
pub(crate) struct Schedules {
    /// As last answered.
    pub(crate) list: Option<ScheduleList>,
    /// Why there is no list.
    pub(crate) error: Option<String>,
    /// The daemon was asked at this instant.
    asked: Timestamp,
    is_fresh: bool,
}

impl Schedules {
    /// The list may be another one by now.
    pub(super) fn outdated(&mut self) {
        self.is_fresh = false;
    }

    /// When the list that is known was asked for.
    pub(super) fn asked(&self) -> Timestamp {
        self.asked
    }

    /// The time zone of this system.
    pub(crate) fn zone(&self) -> Tz {
        let name = self.list.as_ref().map(|list| list.timezone.as_str());
        name.and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC)
    }

    /// What starts the workflow in this file.
    pub(crate) fn of_path<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a ScheduleRow> {
        let rows = self.list.iter().flat_map(|list| &list.schedules);
        rows.filter(move |row| row.path == path)
    }

    /// Gives fires the titles of their workflows, where the daemon knew only names.
    pub(super) fn name_fires<'a>(&self, fires: impl Iterator<Item = &'a mut FireRow>) {
        for fire in fires.filter(|fire| fire.title.is_none()) {
            let path = fire.path.as_deref().unwrap_or_default();
            fire.title = self.of_path(path).next().and_then(|row| row.title.clone());
        }
    }

    /// Seconds until a schedule fires, from `now` on.
    fn due_in(&self, now: Timestamp) -> Option<f64> {
        let rows = self.list.iter().flat_map(|list| &list.schedules);
        let next = rows.filter_map(|row| row.next).filter(|next| *next > now).min()?;
        Some(next.since(now).as_secs_f64())
    }

    /// Whether something fired since the list was asked for.
    fn has_fired(&self, now: Timestamp) -> bool {
        let rows = self.list.iter().flat_map(|list| &list.schedules);
        rows.filter_map(|row| row.next).any(|next| self.asked < next && next <= now)
    }
}

impl App {
    pub(super) fn apply_to_schedule(&mut self, ctx: &egui::Context, command: ScheduleCommand) {
        match command {
            ScheduleCommand::Show => {
                self.send(Command::Go(Place::Editor));
                self.show_schedules(None);
            }
            ScheduleCommand::ShowOf { path, name } => {
                self.send(Command::OpenFile(path));
                self.show_schedules(name);
            }
            ScheduleCommand::Switch { path, name, on } => {
                let request = SwitchSchedules { source: Source::Path(path), name, on };
                self.backend.ask(request.into_request(), Purpose::Switched);
            }
            ScheduleCommand::Move { tick, to } => self.move_tick(tick, to, true),
            ScheduleCommand::PutBack { tick, to } => self.move_tick(tick, to, false),
            ScheduleCommand::AskMove(tick) => {
                let form = super::MoveForm::new(*tick, self.schedules.zone());
                self.sheet = Some(Sheet::MoveTick(Box::new(form)));
            }
            ScheduleCommand::AskBackfill { path, name } => self.ask_backfill(path, name),
            ScheduleCommand::Backfill => self.start_backfill(),
            of_calendar => self.apply_to_calendar(ctx, of_calendar),
        }
    }

    /// Asks for the list where it may be another one. Gives the seconds until it will be.
    pub(super) fn ask_schedules(&mut self) -> Option<f64> {
        let now = self.backend.now();
        if self.schedules.has_fired(now) {
            // What was skipped is no event of a run.
            self.schedules.outdated();
            self.inbox.outdated();
        }
        if !self.schedules.is_fresh && !self.backend.is_asking(|p| *p == Purpose::Schedules) {
            self.schedules.is_fresh = true;
            self.schedules.asked = now;
            let request = ListSchedules { source: None };
            self.backend.ask(request.into_request(), Purpose::Schedules);
        }
        self.schedules.due_in(now)
    }

    pub(super) fn take_schedules(&mut self, answer: Result<ScheduleList, ApiError>) {
        match answer {
            Ok(list) => {
                self.schedules.list = Some(list);
                self.schedules.error = None;
            }
            Err(error) => self.schedules.error = Some(error.message),
        }
    }

    /// Something was switched, moved or trusted: what fires is another thing now.
    pub(super) fn starters_changed(&mut self) {
        self.schedules.outdated();
        self.fires.outdated();
        self.inbox.outdated();
    }

    pub(super) fn take_switched(&mut self, answer: Result<Done, ApiError>) {
        if let Err(error) = answer {
            self.fail(error);
        }
        self.starters_changed();
    }

    /// The tab of the form, with the named schedule open.
    fn show_schedules(&mut self, name: Option<String>) {
        self.forms.workflow_tab = WorkflowTab::Schedules;
        if let Some(name) = name.and_then(|name| Ident::new(&name).ok()) {
            // Which of both it is shows when the document is there.
            self.forms.open_trigger = Some(name.clone());
            self.forms.open_schedule = Some(name);
        }
        if let Some(editor) = self.tabs.current_mut() {
            editor.watch.canvas.select_nothing();
        }
    }

    /// `offers_undo`: a person did it, and may take it back.
    fn move_tick(&mut self, tick: Box<Moving>, to: MoveTo, offers_undo: bool) {
        self.sheet = None;
        let request = MoveFire {
            source: Source::Path(tick.path.clone()),
            schedule: tick.schedule.clone(),
            tick: tick.tick,
            to,
        };
        let purpose = Purpose::TickMoved(tick, to, offers_undo);
        self.backend.ask(request.into_request(), purpose);
    }

    pub(super) fn take_tick_moved(
        &mut self,
        (tick, to): (Box<Moving>, MoveTo),
        offers_undo: bool,
        answer: Result<Done, ApiError>,
        time: f64,
    ) {
        self.fires.outdated();
        self.schedules.outdated();
        if let Err(error) = answer {
            return self.fail(error);
        }
        // What was offered before leads back to something that is not so any more.
        self.toasts.list.retain(|toast| match &toast.action {
            Some((_, Command::Schedule(ScheduleCommand::PutBack { tick: other, .. }))) => {
                (&other.path, &other.schedule, other.tick)
                    != (&tick.path, &tick.schedule, tick.tick)
            }
            _ => true,
        });
        let words = self.moved_words(&tick, to);
        if !offers_undo {
            return self.toasts.say(words, time);
        }
        let was = tick.was;
        let undo = Command::Schedule(ScheduleCommand::PutBack { tick, to: was });
        self.toasts.offer(words, ("Undo", undo), time);
    }

    fn moved_words(&self, tick: &Moving, to: MoveTo) -> String {
        let (now, zone) = (self.backend.now(), self.schedules.zone());
        let when = |at| crate::words::when::next(at, now, zone);
        match to {
            MoveTo::At(at) => format!("{} fires {}", tick.title, when(at)),
            MoveTo::Nowhere => format!("{} is left out {}", tick.title, when(tick.tick)),
            MoveTo::Back => format!("{} fires {} again", tick.title, when(tick.tick)),
        }
    }

    /// When the document in view fires next; none where nothing of it does.
    pub(crate) fn next_of_document(&self) -> Option<Timestamp> {
        let path = self.tabs.current()?.doc.path.as_deref()?;
        self.schedules.of_path(path).filter_map(|row| row.next).min()
    }

    /// What the clock of this system shows.
    pub(crate) fn today(&self) -> chrono::NaiveDate {
        days::local(self.backend.now(), self.schedules.zone()).date()
    }
}
