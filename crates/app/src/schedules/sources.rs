//! The documents that start by themselves: those of the library, and those that were saved or ran here from elsewhere.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::os::unix::fs::MetadataExt;
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
use millrace_store::{Mailbox, Reader, StarterKey, StarterRow, StarterRule, Store, WorkflowKey};

use super::standing::{Clock, Starter, Workflow};
use crate::errors::store_error;
use crate::ports::random_u64;
use crate::settings::Settings;
use crate::{files, library, load, trust};

/// Documents that were read, by path: read again only where the file looks different.
pub(super) type Cache = HashMap<PathBuf, (Look, Option<Arc<Read>>)>;

/// What tells two contents of a file apart without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

/// A document with schedules or triggers, as it was read.
#[derive(Debug)]
pub(super) struct Read {
    workflow: Document,
    /// Its first error.
    error: Option<String>,
}

/// Where documents are looked for besides the library.
pub(super) fn known_paths(reader: &Reader) -> Result<Vec<PathBuf>, millrace_store::StoreError> {
    Ok(reader.workflows()?.into_iter().filter_map(|row| row.path).map(PathBuf::from).collect())
}

/// All documents that start by themselves, with their schedules and triggers brought into the store. Blocks on files and
/// the store.
///
/// # Errors
/// Those of the store.
pub(super) fn find(
    settings: &Settings,
    store: &Store,
    mailbox: &Mailbox,
    cache: &mut Cache,
    before: &BTreeMap<PathBuf, Workflow>,
    now: Timestamp,
) -> Result<BTreeMap<PathBuf, Workflow>, ApiError> {
    let zone = system_zone();
    let known = store.read(known_paths).map_err(|error| store_error(&error))?;
    let paths: BTreeSet<PathBuf> = library::documents(settings).into_iter().chain(known).collect();
    cache.retain(|path, _| paths.contains(path));
    let rows = store.read(Reader::starters).map_err(|error| store_error(&error))?;
    let mut found = BTreeMap::new();
    for path in paths {
        let Some(read) = look_at(settings, &path, cache) else {
            if let Some(kept) = without(settings, (store, mailbox), &rows, &path, before, now)? {
                found.insert(path, kept);
            }
            continue;
        };
        let is_trusted = store
            .read(|reader| trust::is_trusted(reader, &read.workflow, Some(&path)))
            .map_err(|error| store_error(&error))?;
        let held = match (&read.error, is_trusted) {
            (Some(error), _) => Some(Held::Broken(error.clone())),
            (None, false) => Some(Held::Untrusted),
            (None, true) => None,
        };
        let rules = rules(&read.workflow, zone);
        let (id, states) =
            synced(mailbox, &rows, before.get(&path), (&path, &read.workflow), &rules, now)?;
        let starters = starters(&read.workflow, zone, &states);
        // What did not fire while it was held never does.
        if held.is_none() && before.get(&path).is_some_and(|before| before.held.is_some()) {
            begin_now(mailbox, id, now)?;
        }
        let workflow = Workflow {
            id,
            name: read.workflow.name.to_string(),
            title: read.workflow.title.clone(),
            path: path.clone(),
            held,
            starters,
        };
        found.insert(path, workflow);
    }
    Ok(found)
}

/// Of a document that has no schedules and no triggers any more, those that it had are forgotten: should they come back,
/// they begin then. One that cannot be read just now keeps them, held. Blocks on files and the store.
fn without(
    settings: &Settings,
    (store, mailbox): (&Store, &Mailbox),
    rows: &[StarterRow],
    path: &Path,
    before: &BTreeMap<PathBuf, Workflow>,
    now: Timestamp,
) -> Result<Option<Workflow>, ApiError> {
    let shown = path.display().to_string();
    let key = WorkflowKey::Path(shown.clone());
    let known = store.read(|reader| reader.workflow(&key)).map_err(|error| store_error(&error))?;
    let mut ids = known.into_iter().filter_map(|row| row.workflow_id);
    let Some(id) = ids.find(|id| rows.iter().any(|row| row.workflow_id == *id)) else {
        return Ok(None);
    };
    let Ok(file) = files::read(path) else { return Ok(None) };
    let load::Checked { workflow, problems, .. } = load::check_alone(settings, &file.bytes);
    let error = problems.into_iter().find(|problem| problem.severity == Severity::Error);
    match (workflow, error) {
        (_, Some(error)) => {
            let held = Some(Held::Broken(error.message));
            Ok(before.get(path).map(|before| Workflow { held, ..before.clone() }))
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

/// The document as a source of runs; none where it has no schedules and no triggers, or cannot be read.
fn look_at(settings: &Settings, path: &Path, cache: &mut Cache) -> Option<Arc<Read>> {
    let found = fs::metadata(path).ok()?;
    let look = Look {
        inode: found.ino(),
        size: found.size(),
        changed: (found.ctime(), found.ctime_nsec()),
    };
    if let Some((before, read)) = cache.get(path)
        && *before == look
    {
        return read.clone();
    }
    let read = read(settings, path).map(Arc::new);
    cache.insert(path.to_owned(), (look, read.clone()));
    read
}

fn read(settings: &Settings, path: &Path) -> Option<Read> {
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
    Some(Read { workflow, error: error.map(|problem| problem.message) })
}

fn rules(workflow: &Document, zone: Tz) -> Vec<StarterRule> {
    let schedules = workflow.schedules.iter().map(|schedule| StarterRule {
        key: StarterKey::schedule(schedule.name.as_str()),
        rule: rule_of(schedule, zone),
    });
    let triggers = workflow.triggers.iter().map(|trigger| StarterRule {
        key: StarterKey::trigger(trigger.name.as_str()),
        rule: trigger_words(trigger),
    });
    schedules.chain(triggers).collect()
}

/// The identity and the state of these rules; written only where something is new.
fn synced(
    mailbox: &Mailbox,
    rows: &[StarterRow],
    before: Option<&Workflow>,
    (path, workflow): (&Path, &Document),
    rules: &[StarterRule],
    now: Timestamp,
) -> Result<(WorkflowId, Vec<StarterRow>), ApiError> {
    if let Some(before) = before {
        let states: Vec<_> =
            rows.iter().filter(|row| row.workflow_id == before.id).cloned().collect();
        let same = |row: &StarterRow| {
            rules.iter().any(|rule| rule.key == row.key && rule.rule == row.rule)
        };
        if states.len() == rules.len()
            && states.iter().all(same)
            && before.name == workflow.name.as_str()
        {
            return Ok((before.id, states));
        }
    }
    let (path, name) = (path.display().to_string(), workflow.name.to_string());
    let rules = rules.to_vec();
    let fresh = WorkflowId(random_u64());
    let synced =
        mailbox.call(move |writer| writer.sync_starters((&path, &name), fresh, &rules, true, now));
    synced.map_err(|error| store_error(&error))
}

fn starters(workflow: &Document, zone: Tz, states: &[StarterRow]) -> Vec<Starter> {
    let state = |key: &StarterKey| states.iter().find(|row| row.key == *key);
    let schedules = workflow.schedules.iter().filter_map(|schedule| {
        let key = StarterKey::schedule(schedule.name.as_str());
        let is_on = state(&key)?.is_on;
        let ticks = Ticks::of(schedule, zone).ok();
        let words = ticks.as_ref().map(Ticks::words).unwrap_or_default();
        let clock = ticks.map(|ticks| Clock {
            schedule: schedule.clone(),
            ticks,
            next: Some(Timestamp(i64::MIN)),
        });
        Some(Starter { key, words, is_on, clock, trigger: None })
    });
    let triggers = workflow.triggers.iter().filter_map(|trigger| {
        let key = StarterKey::trigger(trigger.name.as_str());
        let is_on = state(&key)?.is_on;
        let words = trigger_words(trigger);
        Some(Starter { key, words, is_on, clock: None, trigger: Some(trigger.clone()) })
    });
    schedules.chain(triggers).collect()
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
