//! `millrace move`: a document to another place, or a folder of the library to another name.

use std::path::{Path, PathBuf};

use millrace_api::document::{MoveDocument, ReadDocument, Source};
use millrace_api::library::RenameFolder;

use crate::args::Move;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on, source};
use crate::out::Out;

pub(crate) fn run(args: &Move, out: &mut Out) -> Result<Exit, Failure> {
    let from = Path::new(&args.from);
    match from.is_dir() {
        true => rename_folder(args, from, out),
        false => move_document(args, out),
    }
}

fn rename_folder(args: &Move, from: &Path, out: &mut Out) -> Result<Exit, Failure> {
    let from = from.canonicalize().map_err(|error| cannot_find(from, &error))?;
    let to = absolute(&args.to)?;
    let (Some(above), Some(name)) = (to.parent(), to.file_name()) else {
        return Err(other_folder(&from));
    };
    if above.canonicalize().ok().as_deref() != from.parent() || to.is_dir() {
        return Err(other_folder(&from));
    }
    let request = RenameFolder { path: text(&from)?, name: name.to_string_lossy().into_owned() };
    let renamed = block_on(async {
        let link = Link::to_daemon().await?;
        Ok::<_, Failure>(link.backend().rename_folder(request).await?)
    })??;
    if args.json {
        out.json(&renamed)?;
        return Ok(Exit::Succeeded);
    }
    tell(&renamed.path, &renamed.callers, &renamed.left, out)
}

fn move_document(args: &Move, out: &mut Out) -> Result<Exit, Failure> {
    if args.from == "-" {
        return Err(Failure::usage("standard input cannot be moved".to_owned(), "name a file"));
    }
    let named = source(&args.from)?;
    let moved = block_on(async {
        let link = Link::to_daemon().await?;
        let path = match named {
            Source::Path(path) => path,
            named => {
                let read = link.backend().read_document(ReadDocument { source: named }).await?;
                read.path.unwrap_or_default()
            }
        };
        let mut to = absolute(&args.to)?;
        if let (true, Some(name)) = (to.is_dir(), Path::new(&path).file_name()) {
            to.push(name);
        }
        let request = MoveDocument { path, to: Some(text(&to)?), name: None, title: None };
        Ok::<_, Failure>(link.backend().move_document(request).await?)
    })??;
    if args.json {
        out.json(&moved)?;
        return Ok(Exit::Succeeded);
    }
    tell(&moved.path, &moved.callers, &moved.left, out)
}

fn tell(path: &str, callers: &[String], left: &[String], out: &mut Out) -> Result<Exit, Failure> {
    out.note(&format!("moved to {path}"))?;
    for caller in callers {
        out.note(&format!("{caller} names it so too"))?;
    }
    for why in left {
        out.note(why)?;
    }
    Ok(Exit::Succeeded)
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path).map_err(|error| cannot_find(path, &error))
}

fn text(path: &Path) -> Result<String, Failure> {
    path.to_str().map(str::to_owned).ok_or_else(|| {
        let message = format!("the path {} is not UTF-8", path.display());
        Failure::usage(message, "rename it first")
    })
}

fn cannot_find(path: &Path, error: &std::io::Error) -> Failure {
    let message = format!("{} cannot be found: {error}", path.display());
    Failure::usage(message, "name a workflow document or a folder of the library")
}

fn other_folder(from: &Path) -> Failure {
    let message = format!("{} can only get another name where it lies", from.display());
    Failure::usage(message, "move the documents in it one by one to move them elsewhere")
}
