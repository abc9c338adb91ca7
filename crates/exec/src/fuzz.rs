//! What the fuzz targets see of this crate: archives that come from elsewhere. Nothing else uses it.

use std::path::Path;

use millrace_keeper::log::LogLimits;
use millrace_keeper::mask::MaskSet;
use millrace_model::action::Action;
use millrace_model::document::{Json, Task};
use millrace_model::expr::Scope;
use millrace_model::ident::Ident;
use serde_json::json;

use crate::deed::{Brake, Log};
use crate::files::Work;

/// Does what a task of kind `files` does that unpacks `archive` into the folder `to`, both within `root`; the log lies at
/// `log`.
///
/// # Errors
/// Why it could not be done.
pub fn unpack(root: &Path, archive: &str, to: &str, log: &Path) -> Result<(), String> {
    let name = Ident::new("unpack").map_err(|error| error.to_string())?;
    let mut task = Task::new(name, "files");
    task.spec = Json::from_value(&json!({
        "operation": "unpack", "from": [archive], "to": to, "if_exists": "replace",
        "max_size": 1, "max_entries": 100,
    }));
    let action = Action::for_task(&task).map_err(|problems| format!("{problems:?}"))?;
    let Action::Files(action) = action else { return Err("no files".to_owned()) };
    let resolved = action.resolve(&Scope::default()).map_err(|error| format!("{error:?}"))?;
    let work =
        Work { resolved, action: *action, workdir: root.to_owned(), mark: "1-unpack".to_owned() };
    let log = Log::new(log.to_owned(), LogLimits::default(), MaskSet::new([]));
    work.carry_out(&log, &Brake::default()).map(drop).map_err(|fault| format!("{fault:?}"))
}
