//! What tasks say of themselves, in files that they write: how far they are while they run, and what they measured and
//! whether there was nothing to do once they ended.
//!
//! How far a task is, is looked at a few times a second, and told on the less often the longer it runs: at most
//! once for each hundredth of its time so far.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use millrace_keeper::mask::MaskSet;
use millrace_model::event::{AttemptEnd, Outcome};
use millrace_model::report::{MAX_METRICS, Progress, metrics, short};

use crate::artifacts::open_regular;
use crate::run_dir::RunDir;

/// Between two looks.
const LOOK: Duration = Duration::from_millis(500);
/// The most that is read of a progress or a reason, in bytes.
const MAX_FILE: u64 = 4_096;

/// Who runs and may say how far it is.
#[derive(Default)]
pub(crate) struct Listening {
    running: BTreeMap<u32, Seen>,
    next: Option<Instant>,
}

/// What is known of an attempt.
struct Seen {
    since: Instant,
    /// Tells two contents of the file apart.
    stamp: Option<(u64, i64, i64)>,
    told: Option<(Instant, Progress)>,
}

/// Keeps secrets out of what tasks say. Where they are not known any more, numbers and their names alone come through.
pub(crate) enum Hush<'a> {
    /// These byte strings.
    Masks(&'a MaskSet),
    /// All texts.
    Texts,
}

impl Hush<'_> {
    /// The text without secrets.
    pub(crate) fn text(&self, text: &str) -> String {
        match self {
            Self::Texts => String::new(),
            Self::Masks(masks) if masks.is_empty() => text.to_owned(),
            Self::Masks(masks) => {
                String::from_utf8_lossy(&masks.mask(text.as_bytes())).into_owned()
            }
        }
    }

    /// Whether a name holds a secret.
    pub(crate) fn is_secret(&self, name: &str) -> bool {
        match self {
            Self::Texts => false,
            Self::Masks(masks) => {
                !masks.is_empty() && masks.mask(name.as_bytes()) != name.as_bytes()
            }
        }
    }
}

impl Listening {
    /// An attempt runs.
    pub(crate) fn begin(&mut self, serial: u32, now: Instant) {
        let seen = Seen { since: now, stamp: None, told: None };
        self.running.entry(serial).or_insert(seen);
        self.next.get_or_insert(now + LOOK);
    }

    /// It does not any more.
    pub(crate) fn end(&mut self, serial: u32) {
        self.running.remove(&serial);
        if self.running.is_empty() {
            self.next = None;
        }
    }

    /// When to look next; never where nothing runs.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.next
    }

    /// What is new and worth telling.
    pub(crate) fn look(
        &mut self,
        dir: &RunDir,
        now: Instant,
        hush: &Hush<'_>,
    ) -> Vec<(u32, Progress)> {
        self.next = (!self.running.is_empty()).then_some(now + LOOK);
        let mut news = Vec::new();
        for (serial, seen) in &mut self.running {
            let wait = LOOK.max(now.saturating_duration_since(seen.since) / 100);
            if seen.told.as_ref().is_some_and(|(told, _)| now < *told + wait) {
                continue;
            }
            let path = dir.progress(*serial);
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            let stamp = Some((metadata.ino(), metadata.mtime(), metadata.mtime_nsec()));
            if stamp == seen.stamp {
                continue;
            }
            seen.stamp = stamp;
            let Some(mut progress) = read(&path).and_then(|bytes| Progress::parse(&bytes).ok())
            else {
                continue;
            };
            progress.text = hush.text(&progress.text);
            if seen.told.as_ref().is_none_or(|(_, told)| *told != progress) {
                seen.told = Some((now, progress.clone()));
                news.push((*serial, progress));
            }
        }
        news
    }
}

/// Adds to the end of an attempt what it said: what it measured, and that there was nothing to do where it ended well.
pub(crate) fn add_said(dir: &RunDir, serial: u32, hush: &Hush<'_>, end: &mut AttemptEnd) {
    if let Some(bytes) = read_up_to(&dir.metrics(serial), MAX_METRICS) {
        let (mut found, bad) = metrics(&bytes);
        found.retain(|metric| !hush.is_secret(&metric.name));
        end.metrics = found;
        if bad > 0 {
            end.notes.push(format!(
                "{bad} lines of its metrics cannot be read, or are of too many names"
            ));
        }
    }
    if end.outcome == Outcome::Succeeded
        && let Some(reason) = read(&dir.skip(serial))
    {
        let reason = hush.text(&short(&String::from_utf8_lossy(&reason)));
        end.outcome = Outcome::Skipped { reason };
        end.outputs.clear();
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    read_up_to(path, MAX_FILE)
}

/// The beginning of a plain file; none where there is none. A task may put anything there at any moment.
fn read_up_to(path: &Path, most: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    open_regular(path).ok()?.take(most).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::ids::RunId;
    use millrace_model::time::Timestamp;

    fn place() -> (tempfile::TempDir, RunDir) {
        let root = tempfile::tempdir().unwrap();
        let dir = RunDir::of(root.path(), RunId(7));
        dir.create().unwrap();
        (root, dir)
    }

    fn say(dir: &RunDir, fraction: f64, text: &str) {
        let progress = Progress { fraction, text: text.to_owned() };
        let bytes = serde_json::to_vec(&progress).unwrap();
        crate::inputs::write_whole(&dir.progress(1), &bytes).unwrap();
    }

    #[test]
    fn progress_is_told_when_it_is_new_and_less_often_with_time() {
        let (_root, dir) = place();
        let none = MaskSet::new([]);
        let hush = Hush::Masks(&none);
        let mut listening = Listening::default();
        assert_eq!(listening.due(), None);
        let start = Instant::now();
        let at = |millis: u64| start + Duration::from_millis(millis);
        listening.begin(1, start);
        assert_eq!(listening.due(), Some(at(500)));
        assert!(listening.look(&dir, at(500), &hush).is_empty(), "it has said nothing");
        say(&dir, 0.25, "reading");
        let told = listening.look(&dir, at(1_000), &hush);
        assert_eq!((told[0].0, told[0].1.percent(), told[0].1.text.as_str()), (1, 25, "reading"));
        assert!(listening.look(&dir, at(1_500), &hush).is_empty(), "nothing new");
        say(&dir, 0.5, "");
        assert_eq!(listening.look(&dir, at(2_000), &hush).len(), 1);
        say(&dir, 0.6, "");
        // After 1,000 seconds at most every ten.
        assert_eq!(listening.look(&dir, at(1_000_000), &hush).len(), 1);
        say(&dir, 0.7, "");
        assert!(listening.look(&dir, at(1_009_000), &hush).is_empty());
        assert_eq!(listening.look(&dir, at(1_011_000), &hush).len(), 1);
        listening.end(1);
        assert_eq!(listening.due(), None);
    }

    #[test]
    fn what_is_no_progress_is_passed_over() {
        let (_root, dir) = place();
        let none = MaskSet::new([]);
        let mut listening = Listening::default();
        let start = Instant::now();
        listening.begin(1, start);
        for (at, bad) in (1..).zip(["", "{", "[]", "{\"fraction\": null}"]) {
            crate::inputs::write_whole(&dir.progress(1), bad.as_bytes()).unwrap();
            assert!(listening.look(&dir, start + LOOK * at, &Hush::Masks(&none)).is_empty());
        }
    }

    #[test]
    fn secrets_reach_neither_texts_nor_names() {
        let (_root, dir) = place();
        let masks = MaskSet::new([b"canary".to_vec()]);
        let mut listening = Listening::default();
        let start = Instant::now();
        listening.begin(1, start);
        say(&dir, 0.5, "with canary");
        let told = listening.look(&dir, start + LOOK, &Hush::Masks(&masks));
        assert_eq!(told[0].1.text, "with ***");
        fs::write(
            dir.metrics(1),
            "{\"metric\":\"canary\",\"value\":1}\n{\"metric\":\"a\",\"value\":1}\n",
        )
        .unwrap();
        fs::write(dir.skip(1), "canary is empty").unwrap();
        let mut end = AttemptEnd::unmeasured(Outcome::Succeeded, Timestamp(0));
        add_said(&dir, 1, &Hush::Masks(&masks), &mut end);
        assert_eq!((end.metrics.len(), end.metrics[0].name.as_str()), (1, "a"));
        assert_eq!(end.outcome, Outcome::Skipped { reason: "*** is empty".to_owned() });
        let mut end = AttemptEnd::unmeasured(Outcome::Succeeded, Timestamp(0));
        add_said(&dir, 1, &Hush::Texts, &mut end);
        assert_eq!(end.outcome, Outcome::Skipped { reason: String::new() });
    }

    #[test]
    fn a_task_that_failed_is_not_skipped() {
        let (_root, dir) = place();
        fs::write(dir.skip(1), "").unwrap();
        let none = MaskSet::new([]);
        let mut end = AttemptEnd::unmeasured(Outcome::TimedOut, Timestamp(0));
        add_said(&dir, 1, &Hush::Masks(&none), &mut end);
        assert_eq!(end.outcome, Outcome::TimedOut);
        assert!(end.metrics.is_empty() && end.notes.is_empty());
    }
}
