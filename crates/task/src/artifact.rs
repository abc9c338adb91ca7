//! `millrace-task artifact`: puts a file into the folder whose content is kept when the task ends. And
//! `artifact-path`: where the one of an earlier task lies.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::{Problem, file_of};

pub(crate) fn keep(words: &[String]) -> Result<(), Problem> {
    let usage = || Problem::Usage("artifact takes FILE... or FILE --name NAME".to_owned());
    let pairs: Vec<(&Path, PathBuf)> = match words {
        [file, flag, name] if flag == "--name" => vec![(Path::new(file), PathBuf::from(name))],
        [] => return Err(usage()),
        files if files.iter().any(|word| word.starts_with("--")) => return Err(usage()),
        files => files
            .iter()
            .map(|file| {
                let path = Path::new(file);
                let name = path.file_name().ok_or_else(usage)?;
                Ok((path, PathBuf::from(name)))
            })
            .collect::<Result<_, Problem>>()?,
    };
    let folder = file_of("MILLRACE_ARTIFACTS")?;
    for (at, (file, name)) in pairs.iter().enumerate() {
        if let Some((other, _)) = pairs[..at].iter().find(|(_, taken)| taken == name) {
            return Err(Problem::Usage(format!(
                "{} and {} would both be the artifact {}; give one of them another name by --name",
                other.display(),
                file.display(),
                name.display()
            )));
        }
        let is_plain = name.components().all(|part| matches!(part, Component::Normal(_)));
        if !is_plain || name.as_os_str().is_empty() {
            return Err(Problem::Usage(format!(
                "artifact name {:?} is not usable: it leads out of its folder",
                name.display().to_string()
            )));
        }
        if !file.is_file() {
            return Err(Problem::Missing(format!("there is no file {}", file.display())));
        }
    }
    for (file, name) in pairs {
        copy(file, &folder.join(name))
            .map_err(|e| Problem::Environment(format!("can't keep {}: {e}", file.display())))?;
    }
    Ok(())
}

/// Copied first and named then: what is there when the task is killed is whole.
fn copy(file: &Path, target: &Path) -> io::Result<()> {
    let parent = target.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(parent)?;
    // Beside the folder of artifacts, so that no half copy is taken for one.
    let scratch =
        std::env::var_os("MILLRACE_RUN_DIR").map_or_else(|| parent.to_owned(), PathBuf::from);
    let temporary = scratch.join(format!(".millrace-artifact-{}", std::process::id()));
    let copied = fs::copy(file, &temporary).and_then(|_| fs::rename(&temporary, target));
    if copied.is_err() {
        let _gone = fs::remove_file(&temporary);
    }
    copied
}

pub(crate) fn path_of(task: &str, name: &str) -> Result<Vec<u8>, Problem> {
    let folder = file_of("MILLRACE_RUN_ARTIFACTS")?;
    let is_plain = |path: &str| {
        !path.is_empty()
            && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
    };
    let path = folder.join(task).join(name);
    if !is_plain(task) || !is_plain(name) || !path.is_file() {
        let mut known = Vec::new();
        if is_plain(task) {
            list(&folder.join(task), "", &mut known);
        }
        let there = match known.is_empty() {
            true => format!("{task:?} is not before this task, or left none"),
            false => format!("there: {}", known.join(", ")),
        };
        return Err(Problem::Missing(format!("no artifact {name:?} of {task:?}; {there}")));
    }
    let mut bytes = path.into_os_string().into_encoded_bytes();
    bytes.push(b'\n');
    Ok(bytes)
}

fn list(folder: &Path, before: &str, known: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut entries: Vec<_> = entries.flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{before}{}", entry.file_name().to_string_lossy());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => list(&entry.path(), &format!("{name}/"), known),
            _ => known.push(name),
        }
    }
}
