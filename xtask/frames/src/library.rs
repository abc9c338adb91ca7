//! A library of many workflows in many folders.

use millrace_api::document::{DocumentText, RecentRun, WorkflowList, WorkflowRow};
use millrace_api::library::FolderRow;
use millrace_model::event::RunState;
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;

const ROOT: &str = "/home/ada/workflows";
const FOLDERS: usize = 50;

/// So many workflows, each of which ran twenty times.
pub(crate) fn list(count: usize) -> WorkflowList {
    let folder = |number: usize| format!("{ROOT}/team_{:02}", number % FOLDERS);
    let root = FolderRow { path: ROOT.to_owned(), name: "workflows".to_owned(), parent: None };
    let folders = (0..FOLDERS.min(count)).map(|number| FolderRow {
        path: folder(number),
        name: format!("team_{number:02}"),
        parent: Some(ROOT.to_owned()),
    });
    let workflows = (0..count).map(|number| WorkflowRow {
        workflow_id: None,
        name: format!("flow_{number:05}"),
        title: Some(format!("Workflow {number:05}")),
        description: Some("Loads what came in over night.".to_owned()),
        path: Some(format!("{}/flow_{number:05}.json", folder(number))),
        folder: Some(folder(number)),
        digest: Some(format!("{number:064}")),
        tasks: 25,
        errors: 0,
        recent: (0..20).map(|age| recent(number * 20 + age, age)).collect(),
    });
    WorkflowList {
        workflows: workflows.collect(),
        library: vec![ROOT.to_owned()],
        folders: std::iter::once(root).chain(folders).collect(),
    }
}

fn recent(serial: usize, age: usize) -> RecentRun {
    RecentRun {
        run: RunId(((serial + 1) as u64) << 16),
        state: if serial % 9 == 4 { RunState::Failed } else { RunState::Succeeded },
        queued: Timestamp(1_795_000_000_000_000 - age as i64 * 600_000_000),
        duration_us: Some(1_000_000 + serial as u64 * 7_919 % 4_000_000),
    }
}

/// The document of one of them.
pub(crate) fn document(path: &str) -> Option<DocumentText> {
    let number = path.strip_prefix(ROOT)?.rsplit_once("flow_")?.1.strip_suffix(".json")?;
    Some(DocumentText {
        path: Some(path.to_owned()),
        text: crate::workflow::text(25),
        digest: format!("{number:0>64}"),
        read_only: None,
        problems: Vec::new(),
        is_trusted: true,
    })
}
