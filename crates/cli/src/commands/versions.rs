//! `millrace versions`: what a workflow was before.

use jiff::tz::TimeZone;
use millrace_api::document::ReadDocument;
use millrace_api::version::{ListVersions, VersionList, VersionReason};
use millrace_model::time::Timestamp;
use serde::Serialize;

use crate::args;
use crate::failure::{Exit, Failure};
use crate::link::{self, Link, block_on};
use crate::out::Out;
use crate::text::style::Style;
use crate::text::table::Table;
use crate::text::{escape, human};

pub(crate) fn run(args: &args::Versions, out: &mut Out) -> Result<Exit, Failure> {
    let list = block_on(async {
        let link = Link::to_daemon().await?;
        list(&link, &args.workflow).await
    })??;
    if args.json {
        out.json(&rows(&list))?;
    } else if list.versions.is_empty() {
        let name = escape::one_line(&args.workflow);
        out.note(&format!("{name} has no versions: it was neither saved in Millrace nor run yet"))?;
    } else {
        let table = table(&list, human::now(), &TimeZone::system(), out.style());
        out.write(&table.render(out.width(), out.style().ellipsis()))?;
    }
    Ok(Exit::Succeeded)
}

/// The versions of the workflow that this names.
///
/// # Errors
/// When there is no such workflow.
pub(super) async fn list(link: &Link, workflow: &str) -> Result<VersionList, Failure> {
    let source = link::source(workflow)?;
    let found = link.backend().read_document(ReadDocument { source }).await?;
    let path = found.path.ok_or_else(|| {
        Failure::usage("a text that is in no file has no versions", "name a file")
    })?;
    Ok(link.backend().list_versions(ListVersions { path }).await?)
}

/// A version, as a program reads it.
#[derive(Debug, Serialize)]
struct VersionRow {
    number: usize,
    version: u64,
    kept: Timestamp,
    reason: VersionReason,
}

fn rows(list: &VersionList) -> Vec<VersionRow> {
    let rows = list.versions.iter().enumerate().map(|(row, it)| VersionRow {
        number: list.number(row),
        version: it.version,
        kept: it.kept,
        reason: it.reason,
    });
    rows.collect()
}

fn table(list: &VersionList, now: Timestamp, zone: &TimeZone, style: Style) -> Table {
    let head = ["VERSION", "KEPT", "WHEN IT WAS"];
    let mut table = Table::new(head.map(|cell| style.dim(cell)).to_vec()).right(&[0]);
    for row in rows(list) {
        let reason = match row.reason {
            VersionReason::Saved => "saved",
            VersionReason::Run => "run",
        };
        let kept = human::date_time_and_relative(row.kept, now, zone);
        table.row(vec![row.number.to_string(), kept, reason.to_owned()]);
    }
    table
}
