//! The cases, by what the commands are about. Each gets a site of its own with a host that has just started.

pub(crate) mod answers;
pub(crate) mod artifacts;
pub(crate) mod backup;
pub(crate) mod cached;
pub(crate) mod connections;
pub(crate) mod deletion;
pub(crate) mod documents;
pub(crate) mod drafts;
pub(crate) mod host;
pub(crate) mod inbox;
pub(crate) mod logs;
pub(crate) mod looks;
pub(crate) mod made;
pub(crate) mod pictures;
pub(crate) mod places;
pub(crate) mod queue;
pub(crate) mod requests;
pub(crate) mod schedules;
pub(crate) mod secrets;
pub(crate) mod settings;
pub(crate) mod starts;
pub(crate) mod steers;
pub(crate) mod storage;
pub(crate) mod streams;
pub(crate) mod triggers;
pub(crate) mod trust;
