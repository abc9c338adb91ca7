//! `millrace delete`: deletes runs, lists those that can be put back, and puts them back.

use jiff::tz::TimeZone;

use millrace_api::deletion::{DeleteRuns, DeletedList, DeletedRun, ListDeleted, RestoreRuns};
use millrace_api::{ApiError, Code};
use millrace_model::ids::RunId;

use crate::args::Delete;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::human;
use crate::text::table::Table;

pub(crate) fn run(args: &Delete, out: &mut Out) -> Result<Exit, Failure> {
    block_on(async {
        let link = Link::to_daemon().await?;
        if args.list {
            let list = link.backend().list_deleted(ListDeleted {}).await?;
            return show(&list, args.json, out);
        }
        match args.restore {
            true => restore(&link, args, out).await,
            false => delete(&link, args, out).await,
        }
    })?
}

async fn delete(link: &Link, args: &Delete, out: &mut Out) -> Result<Exit, Failure> {
    // All names first: `last` is another run once one is gone.
    let mut runs = Vec::new();
    for name in &args.runs {
        let run = link.find_run(name).await?;
        // The same run can have two names.
        if !runs.contains(&run) {
            runs.push(run);
        }
    }
    let deleted = link.backend().delete_runs(DeleteRuns { runs: runs.clone() }).await?;
    if args.json {
        out.json(&deleted)?;
        return Ok(Exit::Succeeded);
    }
    out.note(&format!(
        "{}; until {} `millrace delete --restore {}` puts {} back",
        said(&runs, "deleted"),
        human::date_time(deleted.until, &TimeZone::system()),
        runs.iter().map(|run| format!("{run:.8}")).collect::<Vec<_>>().join(" "),
        if runs.len() == 1 { "it" } else { "them" },
    ))?;
    Ok(Exit::Succeeded)
}

async fn restore(link: &Link, args: &Delete, out: &mut Out) -> Result<Exit, Failure> {
    let list = link.backend().list_deleted(ListDeleted {}).await?.runs;
    let runs = args.runs.iter().map(|name| find(&list, name)).collect::<Result<Vec<_>, _>>()?;
    link.backend().restore_runs(RestoreRuns { runs: runs.clone() }).await?;
    if args.json {
        out.json(&RestoreRuns { runs })?;
        return Ok(Exit::Succeeded);
    }
    out.note(&said(&runs, "back"))?;
    Ok(Exit::Succeeded)
}

fn find(list: &[DeletedRun], name: &str) -> Result<RunId, Failure> {
    let fits: Vec<RunId> = list
        .iter()
        .map(|deleted| deleted.row.run)
        .filter(|run| !name.is_empty() && run.to_string().starts_with(name))
        .collect();
    match fits.as_slice() {
        [one] => Ok(*one),
        [] => Err(ApiError::new(Code::NotFound, format!("no deleted run is named `{name}`"))
            .help("`millrace delete --list` has those that can be put back")
            .into()),
        many => {
            let names: Vec<String> = many.iter().take(10).map(ToString::to_string).collect();
            let message = format!("`{name}` could be {}", names.join(", "));
            Err(ApiError::new(Code::Ambiguous, message).help("give more digits").into())
        }
    }
}

fn said(runs: &[RunId], how: &str) -> String {
    match runs {
        [one] => format!("run {one:.8} is {how}"),
        many => format!("{} runs are {how}", many.len()),
    }
}

fn show(list: &DeletedList, json: bool, out: &mut Out) -> Result<Exit, Failure> {
    if json {
        out.json(list)?;
        return Ok(Exit::Succeeded);
    }
    if list.runs.is_empty() {
        out.note("no deleted run can be put back")?;
        return Ok(Exit::Succeeded);
    }
    let (style, now) = (out.style(), human::now());
    let head = ["RUN", "WORKFLOW", "STATE", "DELETED", "GONE FOR GOOD"];
    let mut table = Table::new(head.map(|cell| style.dim(cell)).to_vec()).elastic(1);
    for DeletedRun { row, deleted, until } in &list.runs {
        table.row(vec![
            format!("{:.8}", row.run),
            row.workflow.to_string(),
            style.run_state(row.state),
            human::relative(*deleted, now),
            format!("after {}", human::date_time(*until, &TimeZone::system())),
        ]);
    }
    let text = table.render(out.width(), style.ellipsis());
    out.write(&text)?;
    Ok(Exit::Succeeded)
}
