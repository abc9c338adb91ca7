//! `millrace import`: workflows from a crontab, a Makefile or a shell script. Needs no daemon.
//!
//! What a file means is the model's to say; here files are read and written.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use millrace_api::{ApiError, Code};
use millrace_model::import::{self, Imported, Remark, Source};
use millrace_model::write::{canonical_text, tree};
use serde_json::json;

use crate::args::Import;
use crate::failure::{Exit, Failure};
use crate::out::Out;
use crate::text::escape::one_line;
use crate::text::input::read_document;

pub(crate) fn run(args: &Import, out: &mut Out) -> Result<Exit, Failure> {
    let bytes = read_document(&args.file)?;
    let text = String::from_utf8_lossy(&bytes);
    let source = source(args, &text)?;
    let path = full_path(&args.file);
    let mut import = import::import(source, &path, &text);
    if matches!(text, std::borrow::Cow::Owned(_)) {
        let message = "bytes that are no UTF-8 text were replaced by \u{fffd}".to_owned();
        let what = import::RemarkKind::Changed;
        import.remarks.insert(0, Remark { line: 0, what, message });
    }
    let places = match &args.output {
        Some(output) => places(output, &import.workflows, args.force)?,
        None if import.workflows.len() > 1 && !args.json => {
            let message = format!("{} makes {} workflows", args.file, import.workflows.len());
            return Err(Failure::usage(message, "say where they go: -o FOLDER"));
        }
        None => Vec::new(),
    };
    if import.workflows.is_empty() {
        report(args, out, &import.remarks, &[])?;
        let error = ApiError::new(
            Code::NothingToImport,
            format!("{} has nothing that a workflow can be made of", args.file),
        );
        let help = format!("it was read as {}; --from says otherwise", source.word());
        return Err(error.help(help).into());
    }
    for (made, place) in import.workflows.iter().zip(&places) {
        write(place, &canonical_text(&made.workflow), args.force)?;
    }
    if args.json {
        out.json(&as_json(source, &import, &places))?;
    } else {
        match &args.output {
            Some(_) => {
                for (made, place) in import.workflows.iter().zip(&places) {
                    let tasks = match made.workflow.tasks.len() {
                        1 => "1 task".to_owned(),
                        count => format!("{count} tasks"),
                    };
                    let line = format!("{}: {tasks}\n", one_line(&place.display().to_string()));
                    out.write(&line)?;
                }
            }
            None => {
                for made in &import.workflows {
                    out.write(&canonical_text(&made.workflow))?;
                }
            }
        }
        report(args, out, &import.remarks, &import.workflows)?;
    }
    Ok(Exit::Succeeded)
}

fn source(args: &Import, text: &str) -> Result<Source, Failure> {
    if let Some(from) = args.from {
        return Ok(from.source());
    }
    Source::guess(&full_path(&args.file), text).ok_or_else(|| {
        let words = Source::ALL.map(Source::word).join(", ");
        ApiError::new(Code::UnknownSource, format!("what {} is cannot be told", args.file))
            .help(format!("say it: --from with one of {words}"))
            .into()
    })
}

/// A Makefile is named by its folder.
fn full_path(file: &str) -> String {
    match std::path::absolute(file) {
        Ok(path) if file != "-" => path.display().to_string(),
        _ => file.to_owned(),
    }
}

/// Where each workflow goes. Nothing is written where one of them cannot be.
fn places(output: &Path, made: &[Imported], force: bool) -> Result<Vec<PathBuf>, Failure> {
    let is_file = output.extension().is_some_and(|ending| ending == "json") && !output.is_dir();
    if is_file && made.len() > 1 {
        let message =
            format!("{} is one file, and there are {} workflows", output.display(), made.len());
        return Err(Failure::usage(message, "name a folder"));
    }
    let places: Vec<PathBuf> = match is_file {
        true => made.iter().map(|_| output.to_owned()).collect(),
        false => made.iter().map(|it| output.join(format!("{}.json", it.workflow.name))).collect(),
    };
    if let Some(taken) = places.iter().find(|place| !force && place.symlink_metadata().is_ok()) {
        let message = format!("{} is there already, so nothing was written", taken.display());
        return Err(Failure::usage(message, "choose another place, or replace it by --force"));
    }
    if !is_file && !made.is_empty() {
        std::fs::create_dir_all(output).map_err(|error| cannot("make", output, &error))?;
    }
    Ok(places)
}

/// Writes a file whole or not at all.
fn write(place: &Path, text: &str, force: bool) -> Result<(), Failure> {
    let folder = match place.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let written = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(".millrace-import")
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))
            .tempfile_in(folder)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        match force {
            true => file.persist(place).map_err(|failed| failed.error)?,
            false => file.persist_noclobber(place).map_err(|failed| failed.error)?,
        };
        Ok(())
    };
    written().map_err(|error| cannot("write", place, &error))
}

fn cannot(what: &str, place: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Code::File, format!("cannot {what} {}: {error}", place.display()))
}

/// What was not understood, on standard error.
fn report(args: &Import, out: &mut Out, file: &[Remark], made: &[Imported]) -> Result<(), Failure> {
    let name = if args.file == "-" { "<stdin>" } else { &args.file };
    let mut lines: Vec<(&Remark, Option<&str>)> =
        file.iter().map(|remark| (remark, None)).collect();
    for it in made {
        // Of a single workflow it goes without saying.
        let of = (made.len() > 1).then(|| it.workflow.name.as_str());
        lines.extend(it.remarks.iter().map(|remark| (remark, of)));
    }
    lines.sort_by_key(|(remark, _)| remark.line);
    for (remark, workflow) in lines {
        let line = if remark.line > 0 { format!(":{}", remark.line) } else { String::new() };
        let label = out.err_style().warning(remark.what.words());
        let of = workflow.map(|name| format!("{name}: ")).unwrap_or_default();
        let message = one_line(&remark.message);
        out.err(&format!("{}{line}: {label}: {of}{message}\n", one_line(name)))?;
    }
    Ok(())
}

fn as_json(source: Source, import: &import::Import, places: &[PathBuf]) -> serde_json::Value {
    let workflows: Vec<_> = import
        .workflows
        .iter()
        .enumerate()
        .map(|(at, made)| {
            json!({
                "name": made.workflow.name,
                "file": places.get(at),
                "document": tree(&made.workflow).to_value(),
                "remarks": made.remarks,
            })
        })
        .collect();
    json!({ "from": source.word(), "workflows": workflows, "remarks": import.remarks })
}
