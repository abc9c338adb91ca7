//! `millrace storage`: what takes space in the home.

use millrace_api::storage::{ReadStorage, Storage};

use crate::args;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::table::Table;
use crate::text::{escape, human};

pub(crate) fn run(args: &args::Storage, out: &mut Out) -> Result<Exit, Failure> {
    let storage = block_on(measured())??;
    match args.json {
        true => out.json(&storage)?,
        false => show(&storage, out)?,
    }
    Ok(Exit::Succeeded)
}

/// Asks until all folders were measured: each answer knows more than the one before.
async fn measured() -> Result<Storage, Failure> {
    let link = Link::to_daemon().await?;
    loop {
        let storage = link.backend().read_storage(ReadStorage {}).await?;
        if storage.unmeasured == 0 {
            return Ok(storage);
        }
    }
}

fn show(storage: &Storage, out: &mut Out) -> Result<(), Failure> {
    let style = out.style();
    let mut table = Table::new(vec![String::new(); 3]).right(&[1]).elastic(2);
    for part in storage.parts() {
        let row = [part.name.to_owned(), human::bytes(part.bytes), style.dim(part.what)];
        table.row(row.to_vec());
    }
    let text = table.render(out.width(), style.ellipsis());
    out.write(&format!("{}\n{}", escape::one_line(&storage.home), text.trim_start_matches('\n')))?;
    out.write(&format!(
        "\n{} in all, {} of {} free; {} runs, and {} deleted that can be put back\n",
        human::bytes(storage.total()),
        human::bytes(storage.free),
        human::bytes(storage.disk),
        storage.run_count,
        storage.deleted_count,
    ))?;
    if storage.by_workflow.is_empty() {
        return Ok(());
    }
    let head = ["WORKFLOW", "RUNS", "LOGS AND VALUES", "ARTIFACTS"];
    let head = head.map(|cell| style.dim(cell)).to_vec();
    let mut table = Table::new(head).right(&[1, 2, 3]).elastic(0);
    for row in &storage.by_workflow {
        table.row(vec![
            escape::one_line(&row.workflow),
            row.runs.to_string(),
            human::bytes(row.run_bytes),
            human::bytes(row.artifact_bytes),
        ]);
    }
    let text = table.render(out.width(), style.ellipsis());
    out.write(&format!("\n{text}"))?;
    Ok(())
}
