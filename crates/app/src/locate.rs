//! Where things lie on this machine.

use std::io;
use std::path::{Path, PathBuf};

use millrace_api::artifact::ListArtifacts;
use millrace_api::place::{FindPlace, FoundPlace, PlaceOf};
use millrace_api::{ApiError, Code};
use millrace_store::Reader;

use crate::app::{App, blocking};
use crate::artifacts;
use crate::errors::store_error;
use crate::hub::on_store;

impl App {
    /// Where something lies.
    ///
    /// # Errors
    /// `NotFound` where it is not there, with the place where it was looked for; `ContentGone` where it was given up.
    pub(crate) async fn locate(&self, args: FindPlace) -> Result<FoundPlace, ApiError> {
        let path = match args.of {
            PlaceOf::Home {} => self.home.root().to_owned(),
            PlaceOf::File { path } => PathBuf::from(path),
            PlaceOf::Run { run } => {
                // A run that nobody knows has no folder either.
                on_store(&self.store, move |reader| reader.run_row(run).map(drop))
                    .await
                    .map_err(|error| store_error(&error))?;
                self.run_dir(run).root().to_owned()
            }
            PlaceOf::DocumentOfRun { run } => {
                let (run, _) = self.run_with_snapshot(run).await?;
                let path = self.path_now(&run).await?;
                path.map(PathBuf::from).ok_or_else(|| {
                    let message = format!("run {:.8} ran a text that lies in no file", run.run);
                    ApiError::new(Code::NotFound, message)
                })?
            }
            PlaceOf::Artifact { artifact } => {
                let (contents, name) = (self.artifacts.clone(), artifact.clone());
                let list = move |reader: &Reader| {
                    let asked = ListArtifacts { run: name.run, task: Some(name.task.clone()) };
                    artifacts::list(reader, &contents, &asked)
                };
                let list =
                    on_store(&self.store, list).await.map_err(|error| store_error(&error))?;
                let row = artifacts::find(list, &artifact)?;
                match row.gone() {
                    Some(gone) => return Err(gone),
                    None => PathBuf::from(row.path),
                }
            }
        };
        blocking(move || found(&path)).await
    }
}

/// What is there. Blocks on files.
fn found(path: &Path) -> Result<FoundPlace, ApiError> {
    if !path.is_absolute() {
        let message = format!("{} is not an absolute path", path.display());
        return Err(ApiError::new(Code::InvalidRequest, message));
    }
    let real = path.canonicalize().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            ApiError::new(Code::NotFound, format!("there is no {} any more", path.display()))
                .help("it was moved or removed since")
        }
        _ => ApiError::new(Code::File, format!("cannot look at {}: {error}", path.display())),
    })?;
    let Some(text) = real.to_str() else {
        let message = format!("the name of {} is not valid UTF-8", real.display());
        return Err(ApiError::new(Code::File, message).help("rename it"));
    };
    Ok(FoundPlace { path: text.to_owned(), is_folder: real.is_dir() })
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    #[test]
    fn only_what_is_there_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::write(root.join("日报.json"), "{}").unwrap();
        std::os::unix::fs::symlink(root.join("日报.json"), root.join("link")).unwrap();
        let at = |name: &str| found(&root.join(name));
        assert!(at("").unwrap().is_folder);
        let file = at("link").unwrap();
        assert_eq!((Path::new(&file.path), file.is_folder), (&*root.join("日报.json"), false));
        let gone = at("gone").unwrap_err();
        assert!(gone.code == Code::NotFound && gone.message.contains("/gone"), "{gone}");
        assert_eq!(found(Path::new("x")).unwrap_err().code, Code::InvalidRequest);
        let odd = std::ffi::OsStr::from_bytes(b"\xff");
        std::fs::write(root.join(odd), "").unwrap();
        assert_eq!(found(&root.join(odd)).unwrap_err().code, Code::File);
    }
}
