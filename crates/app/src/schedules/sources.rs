//! The documents that start by themselves: those of the library, and those that were saved or ran here from elsewhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono_tz::Tz;
use millrace_api::schedule::Held;
use millrace_api::{ApiError, document::Severity};
use millrace_model::document::{
    Schedule, ScheduleRule, TriggerRule, TriggerSource, Workflow as Document, WorkflowNames,
};
use millrace_model::ids::WorkflowId;
use millrace_model::schedule::Ticks;
use millrace_model::time::Timestamp;
use millrace_store::{
    Mailbox, Reader, StarterKey, StarterRow, StarterRule, Store, Trusted, WorkflowKey,
};

use super::standing::{Clock, Starter, Workflow};
use crate::errors::store_error;
use crate::ports::{WallClock, random_u64};
use crate::settings::Settings;
use crate::stat::Look;
use crate::{files, library, load, trust};

/// Documents that were read: read again only where the file looks different, or is to be read in another way.
#[derive(Debug, Default)]
pub(super) struct Cache {
    /// What their meaning depends on beside themselves.
    ground: Option<(Tz, BTreeMap<String, u32>)>,
    read: HashMap<PathBuf, (Look, Option<Arc<Read>>)>,
}

/// What a scheduler needs of a document with schedules or triggers. The document itself is read again when it fires.
#[derive(Debug)]
struct Read {
    name: String,
    title: Option<String>,
    meaning: Trusted,
    starters: Vec<Found>,
    /// Its first error.
    error: Option<String>,
}

/// A schedule or trigger as its document has it.
#[derive(Debug)]
struct Found {
    rule: StarterRule,
    words: String,
    clock: Option<Arc<Clock>>,
    trigger: Option<Arc<TriggerRule>>,
}

/// Where documents are looked for besides the library.
pub(super) fn known_paths(reader: &Reader) -> Result<Vec<PathBuf>, millrace_store::StoreError> {
    Ok(reader.workflows()?.into_iter().filter_map(|row| row.path).map(PathBuf::from).collect())
}

/// All documents that start by themselves, in order of their paths, with their schedules and triggers brought into the
/// store. Blocks on files and the store.
///
/// # Errors
/// Those of the store.
pub(super) fn find(
    settings: &Settings,
    store: &Store,
    mailbox: &Mailbox,
    cache: &mut Cache,
    before: &[Arc<Workflow>],
    clock: &WallClock,
) -> Result<Vec<Arc<Workflow>>, ApiError> {
    let known = store.read(known_paths).map_err(|error| store_error(&error))?;
    let paths: BTreeSet<PathBuf> = library::documents(settings).into_iter().chain(known).collect();
    let zone = cache.begin(settings, &paths);
    let read = |reader: &Reader| Ok((reader.starters()?, reader.trusted_folders()?));
    let (rows, folders) = store.read(read).map_err(|error| store_error(&error))?;
    let rows = by_workflow(rows);
    let before: HashMap<&Path, &Arc<Workflow>> =
        before.iter().map(|it| (it.path.as_path(), it)).collect();
    let mut found = Vec::new();
    for path in paths {
        let before = before.get(path.as_path()).copied();
        let Some(read) = cache.look_at(settings, &path, zone) else {
            let now = clock.now();
            found.extend(without(settings, (store, mailbox), &rows, &path, before, now)?);
            continue;
        };
        let is_trusted = store
            .read(|reader| {
                trust::is_meaning_trusted(reader, &read.meaning, Some((&path, &folders)))
            })
            .map_err(|error| store_error(&error))?;
        let held = match (&read.error, is_trusted) {
            (Some(error), _) => Some(Held::Broken(error.clone())),
            (None, false) => Some(Held::Untrusted),
            (None, true) => None,
        };
        // After it was read: files that were written before their document are not newer than their trigger.
        let now = clock.now();
        let (id, states) = synced(mailbox, &rows, before, (&path, &read), now)?;
        let starters = starters(&read, &states);
        // What did not fire while it was held never does.
        if held.is_none() && before.is_some_and(|before| before.held.is_some()) {
            begin_now(mailbox, id, now)?;
        }
        let (name, title) = (read.name.clone(), read.title.clone());
        found.push(Arc::new(Workflow { id, name, title, path, held, starters }));
    }
    Ok(found)
}

/// What the store has of each workflow.
fn by_workflow(rows: Vec<StarterRow>) -> HashMap<WorkflowId, Vec<StarterRow>> {
    let mut known: HashMap<WorkflowId, Vec<StarterRow>> = HashMap::new();
    for row in rows {
        known.entry(row.workflow_id).or_default().push(row);
    }
    known
}

/// Of a document that has no schedules and no triggers any more, those that it had are forgotten: should they come back,
/// they begin then. One that cannot be read just now keeps them, held. Blocks on files and the store.
fn without(
    settings: &Settings,
    (store, mailbox): (&Store, &Mailbox),
    rows: &HashMap<WorkflowId, Vec<StarterRow>>,
    path: &Path,
    before: Option<&Arc<Workflow>>,
    now: Timestamp,
) -> Result<Option<Arc<Workflow>>, ApiError> {
    let shown = path.display().to_string();
    let key = WorkflowKey::Path(shown.clone());
    let known = store.read(|reader| reader.workflow(&key)).map_err(|error| store_error(&error))?;
    let mut ids = known.into_iter().filter_map(|row| row.workflow_id);
    let Some(id) = ids.find(|id| rows.contains_key(id)) else {
        return Ok(None);
    };
    let Ok(file) = files::read(path) else { return Ok(None) };
    let load::Checked { workflow, problems, .. } = load::check_alone(settings, &file.bytes);
    let error = problems.into_iter().find(|problem| problem.severity == Severity::Error);
    match (workflow, error) {
        (_, Some(error)) => {
            let held = Some(Held::Broken(error.message));
            Ok(before.map(|before| Arc::new(Workflow { held, ..Workflow::clone(before) })))
        }
        (Some(workflow), None) if workflow.schedules.is_empty() && workflow.triggers.is_empty() => {
            let name = workflow.name.to_string();
            let forgotten = mailbox
                .call(move |writer| writer.sync_starters((&shown, &name), id, &[], true, now));
            forgotten.map_err(|error| store_error(&error))?;
            Ok(None)
        }
        _ => Ok(None),
    }
}

/// The zone of this machine's clock; UTC where it has no name that we know.
pub(crate) fn system_zone() -> Tz {
    let zone = jiff::tz::TimeZone::system();
    zone.iana_name().and_then(|name| name.parse().ok()).unwrap_or(Tz::UTC)
}

/// The rule of a schedule as a text: another text is another rule.
pub(super) fn rule_of(schedule: &Schedule, zone: Tz) -> String {
    let rule = match &schedule.rule {
        ScheduleRule::Cron(text) => {
            let fields: Vec<&str> = text.split_whitespace().collect();
            format!("cron {}", fields.join(" "))
        }
        ScheduleRule::Every(span) => format!("every {span}"),
        ScheduleRule::At(text) => format!("at {text}"),
    };
    let zone = schedule.timezone.as_deref().unwrap_or(zone.name());
    let bound = |word: &str, text: &Option<String>| {
        text.as_ref().map(|text| format!(" {word} {text}")).unwrap_or_default()
    };
    format!("{rule} in {zone}{}{}", bound("from", &schedule.start), bound("to", &schedule.end))
}

impl Cache {
    /// Forgets what is gone, and all where documents mean something else now; gives the zone of the machine.
    fn begin(&mut self, settings: &Settings, paths: &BTreeSet<PathBuf>) -> Tz {
        let ground = (system_zone(), settings.pools.clone());
        let zone = ground.0;
        match self.ground.as_ref() == Some(&ground) {
            true => self.read.retain(|path, _| paths.contains(path)),
            false => self.read.clear(),
        }
        self.ground = Some(ground);
        zone
    }

    /// The document as a source of runs; none where it has no schedules and no triggers, or cannot be read.
    fn look_at(&mut self, settings: &Settings, path: &Path, zone: Tz) -> Option<Arc<Read>> {
        let found = fs::metadata(path).ok()?;
        let look = Look::of(&found);
        if let Some((before, read)) = self.read.get(path)
            && *before == look
        {
            return read.clone();
        }
        let read = read(settings, path, zone).map(Arc::new);
        // What was written a moment ago may be written again without looking different.
        match look.is_settled() {
            true => drop(self.read.insert(path.to_owned(), (look, read.clone()))),
            false => drop(self.read.remove(path)),
        }
        read
    }
}

fn read(settings: &Settings, path: &Path, zone: Tz) -> Option<Read> {
    let file = files::read(path).ok()?;
    let says = |key: &[u8]| file.bytes.windows(key.len()).any(|text| text == key);
    if !says(b"\"schedules\"") && !says(b"\"triggers\"") {
        return None;
    }
    let load::Checked { workflow, problems, .. } = load::check_alone(settings, &file.bytes);
    let workflow = workflow?;
    if workflow.schedules.is_empty() && workflow.triggers.is_empty() {
        return None;
    }
    let error = problems.into_iter().find(|problem| problem.severity == Severity::Error);
    Some(Read {
        name: workflow.name.to_string(),
        title: workflow.title.clone(),
        meaning: trust::meaning(&workflow),
        starters: found(workflow, zone),
        error: error.map(|problem| problem.message),
    })
}

fn found(workflow: Document, zone: Tz) -> Vec<Found> {
    let schedules = workflow.schedules.into_iter().map(|schedule| {
        let key = StarterKey::schedule(schedule.name.as_str());
        let rule = StarterRule { key, rule: rule_of(&schedule, zone) };
        let ticks = Ticks::of(&schedule, zone).ok();
        let words = ticks.as_ref().map(Ticks::words).unwrap_or_default();
        let clock = ticks.map(|ticks| Arc::new(Clock { schedule, ticks }));
        Found { rule, words, clock, trigger: None }
    });
    let triggers = workflow.triggers.into_iter().map(|trigger| {
        let key = StarterKey::trigger(trigger.name.as_str());
        let words = trigger_words(&trigger);
        let rule = StarterRule { key, rule: words.clone() };
        Found { rule, words, clock: None, trigger: Some(Arc::new(trigger)) }
    });
    schedules.chain(triggers).collect()
}

/// The identity and the state of these rules; written only where something is new.
fn synced(
    mailbox: &Mailbox,
    rows: &HashMap<WorkflowId, Vec<StarterRow>>,
    before: Option<&Arc<Workflow>>,
    (path, read): (&Path, &Read),
    now: Timestamp,
) -> Result<(WorkflowId, Vec<StarterRow>), ApiError> {
    if let Some(before) = before
        && let Some(states) = rows.get(&before.id)
    {
        let same = |row: &StarterRow| {
            read.starters.iter().any(|it| it.rule.key == row.key && it.rule.rule == row.rule)
        };
        if states.len() == read.starters.len()
            && states.iter().all(same)
            && before.name == read.name
        {
            return Ok((before.id, states.clone()));
        }
    }
    let (path, name) = (path.display().to_string(), read.name.clone());
    let rules: Vec<StarterRule> = read.starters.iter().map(|it| it.rule.clone()).collect();
    let fresh = WorkflowId(random_u64());
    let synced =
        mailbox.call(move |writer| writer.sync_starters((&path, &name), fresh, &rules, true, now));
    synced.map_err(|error| store_error(&error))
}

fn starters(read: &Read, states: &[StarterRow]) -> Vec<Starter> {
    let starters = read.starters.iter().filter_map(|found| {
        let key = found.rule.key.clone();
        let is_on = states.iter().find(|row| row.key == key)?.is_on;
        let (clock, trigger) = (found.clock.clone(), found.trigger.clone());
        Some(Starter { key, words: found.words.clone(), is_on, clock, trigger })
    });
    starters.collect()
}

fn begin_now(mailbox: &Mailbox, id: WorkflowId, now: Timestamp) -> Result<(), ApiError> {
    let begun = mailbox.call(move |writer| writer.advance_all(id, now));
    begun.map_err(|error| store_error(&error))
}

/// What a trigger waits for, in words.
pub(super) fn trigger_words(trigger: &TriggerRule) -> String {
    let list = |names: &[millrace_model::ident::Ident], word: &str| {
        let names: Vec<&str> = names.iter().map(millrace_model::ident::Ident::as_str).collect();
        names.join(word)
    };
    match &trigger.source {
        TriggerSource::File(file) => format!("New or changed files: {}", file.glob),
        TriggerSource::Workflow(of) => {
            let names = match &of.names {
                WorkflowNames::All(names) => list(names, " and "),
                WorkflowNames::Any(names) => list(names, " or "),
            };
            let on: Vec<String> = of.on.iter().map(ToString::to_string).collect();
            format!("After {names} {}", on.join(" or "))
        }
        TriggerSource::Http(_) => "A call with its token".to_owned(),
    }
}
