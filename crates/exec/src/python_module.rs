//! The Python module `millrace`, by which Python tasks talk to Millrace: written into the home once for each of its
//! versions, and on the path of Python tasks.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::artifacts::hex;
use crate::inputs::write_whole;

/// The module.
const MODULE: &str = include_str!("../../../assets/python/millrace.py");
/// What Python calls the list of folders in which it looks for modules.
const VARIABLE: &str = "PYTHONPATH";

/// The folder that holds the module and nothing else; made where it is not there.
pub(crate) fn folder(cache: &Path) -> io::Result<PathBuf> {
    let version = hex(&Sha256::digest(MODULE.as_bytes()));
    let folder = cache.join("python-module").join(&version[..16]);
    let file = folder.join("millrace.py");
    if !file.exists() {
        std::fs::create_dir_all(&folder)?;
        write_whole(&file, MODULE.as_bytes())?;
    }
    Ok(folder)
}

/// Adds the folder behind those that the document names, so that its own modules come first.
pub(crate) fn add(folder: &Path, env: &mut Vec<(OsString, OsString)>) {
    match env.iter_mut().find(|(name, _)| name == VARIABLE) {
        Some((_, folders)) if !folders.is_empty() => {
            folders.push(":");
            folders.push(folder);
        }
        Some((_, folders)) => *folders = folder.into(),
        None => env.push((VARIABLE.into(), folder.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_is_written_once_and_comes_last() {
        let cache = tempfile::tempdir().unwrap();
        let folder = folder(cache.path()).unwrap();
        assert_eq!(std::fs::read_to_string(folder.join("millrace.py")).unwrap(), MODULE);
        std::fs::write(folder.join("millrace.py"), "# seen").unwrap();
        assert_eq!(super::folder(cache.path()).unwrap(), folder);
        assert_eq!(std::fs::read_to_string(folder.join("millrace.py")).unwrap(), "# seen");
        let mut env = vec![("PYTHONPATH".into(), "/mine".into())];
        add(Path::new("/ours"), &mut env);
        assert_eq!(env[0].1, "/mine:/ours");
        let mut env = Vec::new();
        add(Path::new("/ours"), &mut env);
        assert_eq!(env, [(OsString::from("PYTHONPATH"), OsString::from("/ours"))]);
    }
}
