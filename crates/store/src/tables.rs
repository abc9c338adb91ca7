//! The tables: one file each, with its SQL, its row and its queries.
//!
//! Runs carry a number of their own (`run_no`, in order of acceptance) so that everything of a run lies together and
//! new rows go to the end; the random id that people see is a column of `runs` alone.

pub(crate) mod artifacts;
pub(crate) mod codes;
pub(crate) mod deleted_runs;
pub(crate) mod events;
pub(crate) mod meta;
pub(crate) mod moves;
pub(crate) mod outputs;
pub(crate) mod runs;
pub(crate) mod skips;
pub(crate) mod snapshots;
pub(crate) mod starters;
pub(crate) mod task_runs;
pub(crate) mod trigger_files;
pub(crate) mod trust;
pub(crate) mod versions;
pub(crate) mod workflows;

/// The first format.
pub(crate) const FORMAT_1: &[&str] = &[
    meta::CREATE,
    workflows::CREATE,
    snapshots::CREATE,
    runs::CREATE,
    runs::CREATE_INDEXES,
    task_runs::CREATE,
    outputs::CREATE,
    events::CREATE,
];

/// The second: versions of documents.
pub(crate) const FORMAT_2: &[&str] = &[versions::CREATE];

/// The third: what runs by itself.
pub(crate) const FORMAT_3: &[&str] = &[
    starters::CREATE,
    moves::CREATE,
    trigger_files::CREATE,
    skips::CREATE,
    trust::CREATE,
    runs::CREATE_FIRE_INDEXES,
];

/// The fourth: what makes up for missed ticks, artifacts, results that can be taken over, deleted runs.
pub(crate) const FORMAT_4: &[&str] =
    &[runs::ADD_CAUGHT_UP, artifacts::CREATE, task_runs::ADD_FINGERPRINT, deleted_runs::CREATE];
