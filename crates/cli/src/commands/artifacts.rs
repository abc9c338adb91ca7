//! `millrace artifacts`: the files that tasks left on purpose, listed or taken out.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use millrace_api::artifact::{
    ArtifactList, ArtifactName, ArtifactRow, ListArtifacts, SaveArtifact,
};
use millrace_api::run::GetRun;
use millrace_api::{ApiError, Code};
use millrace_model::ids::RunId;

use super::logs::task_key;
use crate::args::Artifacts;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::table::Table;
use crate::text::{escape, human};

/// Copied at a time.
const BLOCK: usize = 1 << 16;

pub(crate) fn run(args: &Artifacts, out: &mut Out) -> Result<Exit, Failure> {
    let task = args.task.as_deref().map(task_key).transpose()?;
    block_on(async {
        let link = Link::to_daemon().await?;
        let run = link.find_run(&args.run).await?;
        let list = link.backend().list_artifacts(ListArtifacts { run, task: task.clone() }).await?;
        if list.artifacts.is_empty()
            && let Some(task) = &task
        {
            // Whether it left nothing or is not there is not the same.
            let known = link.backend().get_run(GetRun { run, snapshot: false }).await?.run;
            if known.task(task).is_none() {
                return Err(Failure::new(
                    Code::NotFound,
                    format!("run {run:.8} has no task {task}"),
                ));
            }
        }
        match (&args.name, &args.save) {
            (Some(name), Some(to)) => {
                let rows = of_last_try(list, args.number);
                let row = find(rows, run, name)?;
                save(&link, run, &row, to, args.replace, out).await
            }
            (Some(name), None) => {
                let row = find(of_last_try(list, args.number), run, name)?;
                show(&ArtifactList { artifacts: vec![row] }, args.json, out)
            }
            (None, _) => show(&list, args.json, out),
        }
    })?
}

fn of_last_try(list: ArtifactList, number: Option<u32>) -> Vec<ArtifactRow> {
    let number = number.or_else(|| list.artifacts.iter().map(|row| row.number).max());
    list.artifacts.into_iter().filter(|row| Some(row.number) == number).collect()
}

fn find(mut rows: Vec<ArtifactRow>, run: RunId, name: &str) -> Result<ArtifactRow, Failure> {
    if let Some(at) = rows.iter().position(|row| row.artifact.name == name) {
        return Ok(rows.swap_remove(at));
    }
    let names: Vec<&str> = rows.iter().take(20).map(|row| row.artifact.name.as_str()).collect();
    let error =
        ApiError::new(Code::NotFound, format!("there is no artifact `{name}` in run {run:.8}"));
    Err(match names.is_empty() {
        true => error.help("the task left none"),
        false => error.help(format!("the task left {}", names.join(", "))),
    }
    .into())
}

fn show(list: &ArtifactList, json: bool, out: &mut Out) -> Result<Exit, Failure> {
    if json {
        out.json(list)?;
        return Ok(Exit::Succeeded);
    }
    if list.artifacts.is_empty() {
        out.write("no artifacts\n")?;
        return Ok(Exit::Succeeded);
    }
    let style = out.style();
    let head = ["TASK", "TRY", "SIZE", "TYPE", "NAME"];
    let mut table = Table::new(head.map(|cell| style.dim(cell)).to_vec()).right(&[1, 2]).elastic(4);
    for row in &list.artifacts {
        let number = match row.number {
            0 => String::new(),
            number => number.to_string(),
        };
        table.row(vec![
            row.task.to_string(),
            number,
            human::bytes(row.artifact.bytes),
            row.artifact.media_type.clone(),
            match row.removed {
                None => escape::one_line(&row.artifact.name),
                Some(at) => {
                    let name = escape::one_line(&row.artifact.name);
                    style.dim(&format!("{name}  (removed on {} by retention)", at.date()))
                }
            },
        ]);
    }
    let text = table.render(out.width(), style.ellipsis());
    out.write(&text)?;
    Ok(Exit::Succeeded)
}

async fn save(
    link: &Link,
    run: RunId,
    row: &ArtifactRow,
    to: &str,
    replace: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    if to == "-" {
        return print(row, out);
    }
    let path = target(to, &row.artifact.name)?;
    let artifact = ArtifactName {
        run,
        task: row.task.clone(),
        number: Some(row.number),
        name: row.artifact.name.clone(),
    };
    let request = SaveArtifact { artifact, path: path.display().to_string(), replace };
    let saved = link.backend().save_artifact(request).await?;
    out.write(&format!("{}\n", saved.path))?;
    Ok(Exit::Succeeded)
}

/// The path that is meant: in a folder, the file gets the last part of its own name.
fn target(to: &str, name: &str) -> Result<PathBuf, Failure> {
    let here = std::env::current_dir().map_err(|error| {
        Failure::new(Code::File, format!("there is no current folder: {error}"))
    })?;
    let path = here.join(to);
    match path.is_dir() {
        true => Ok(path.join(name.rsplit('/').next().unwrap_or(name))),
        false => Ok(path),
    }
}

fn print(row: &ArtifactRow, out: &mut Out) -> Result<Exit, Failure> {
    if let Some(gone) = row.gone() {
        return Err(gone.into());
    }
    let unreadable = |error: io::Error| {
        let code = match error.kind() {
            io::ErrorKind::NotFound => Code::ContentGone,
            _ => Code::File,
        };
        Failure::new(code, format!("the content of {} cannot be read: {error}", row.artifact.name))
    };
    let mut file = File::open(&row.path).map_err(unreadable)?;
    let mut block = vec![0; BLOCK];
    loop {
        match file.read(&mut block).map_err(unreadable)? {
            0 => return Ok(Exit::Succeeded),
            read => out.write_bytes(&block[..read])?,
        }
    }
}
