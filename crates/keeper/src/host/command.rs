//! Prepares what a start needs as C strings: paths to try, arguments, the merged environment. Starts nothing.

use std::collections::HashMap;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use millrace_keeper::protocol::{MARK_VARIABLE, SpawnFailed, Start};

/// The run's base environment, as `NAME=value` strings.
#[derive(Debug, Default)]
pub(crate) struct BaseEnv {
    vars: Vec<CString>,
    /// Where each name is in `vars`.
    names: HashMap<Vec<u8>, usize>,
    path: Vec<u8>,
}

impl BaseEnv {
    /// Variables that can't be expressed (a NUL in them) are left out, as every shell does.
    pub(crate) fn new(vars: &[(OsString, OsString)]) -> Self {
        let mut base = Self::default();
        for (name, value) in vars {
            let Some(var) = join(name, value) else { continue };
            if name == "PATH" {
                base.path = value.as_bytes().to_vec();
            }
            match base.names.get(name.as_bytes()) {
                Some(at) => base.vars[*at] = var,
                None => {
                    base.names.insert(name.as_bytes().to_vec(), base.vars.len());
                    base.vars.push(var);
                }
            }
        }
        base
    }
}

fn join(name: &OsStr, value: &OsStr) -> Option<CString> {
    let mut var = Vec::with_capacity(name.len() + value.len() + 2);
    var.extend_from_slice(name.as_bytes());
    var.push(b'=');
    var.extend_from_slice(value.as_bytes());
    CString::new(var).ok()
}

/// A start, ready to be executed.
pub(crate) struct Prepared {
    pub(crate) candidates: Vec<CString>,
    pub(crate) argv: Vec<CString>,
    pub(crate) cwd: CString,
    extra: Vec<CString>,
    hidden: Vec<usize>,
}

impl Prepared {
    pub(crate) fn new(start: &Start, base: &BaseEnv, run_id: &str) -> Result<Self, SpawnFailed> {
        let program = start.argv.first().filter(|p| !p.is_empty()).ok_or_else(|| SpawnFailed {
            errno: libc::EINVAL,
            what: "the command is empty".to_owned(),
            path: "".into(),
        })?;
        let has_nul = |what: &str, text: &OsStr| SpawnFailed {
            errno: libc::EINVAL,
            what: format!("the {what} has a NUL byte in it"),
            path: text.to_string_lossy().replace('\0', "\u{fffd}").into(),
        };
        let mut argv = Vec::with_capacity(start.argv.len());
        for arg in &start.argv {
            argv.push(CString::new(arg.as_bytes()).map_err(|_| has_nul("argument", arg))?);
        }
        let cwd = CString::new(start.cwd.as_os_str().as_bytes())
            .map_err(|_| has_nul("working folder", start.cwd.as_os_str()))?;
        let mut extra = Vec::with_capacity(start.env.len() + 1);
        let mut hidden = Vec::new();
        let mut path = base.path.as_slice();
        for (name, value) in &start.env {
            let Some(var) = join(name, value) else {
                return Err(has_nul("environment variable", name));
            };
            extra.push(var);
            hidden.extend(base.names.get(name.as_bytes()).copied());
            if name == "PATH" {
                path = value.as_bytes();
            }
        }
        extra.extend(CString::new(format!("{MARK_VARIABLE}={run_id}:{}", start.attempt_id)).ok());
        hidden.sort_unstable();
        let candidates = candidates(program.as_bytes(), path);
        Ok(Self { candidates, argv, cwd, extra, hidden })
    }

    /// The environment: the base without what is replaced, and what replaces it.
    pub(crate) fn env<'a>(&'a self, base: &'a BaseEnv) -> Vec<&'a CStr> {
        let kept = base.vars.iter().enumerate();
        let kept = kept.filter(|(i, _)| self.hidden.binary_search(i).is_err());
        kept.map(|(_, v)| v.as_c_str()).chain(self.extra.iter().map(CString::as_c_str)).collect()
    }
}

/// Where a program may be: itself if it has a slash, else in every folder of the search path.
fn candidates(program: &[u8], path: &[u8]) -> Vec<CString> {
    if program.contains(&b'/') {
        return CString::new(program).into_iter().collect();
    }
    let folders = if path.is_empty() { b"/usr/local/bin:/usr/bin:/bin".as_slice() } else { path };
    let joined = folders.split(|b| *b == b':').map(|folder| {
        let mut full = if folder.is_empty() { b".".to_vec() } else { folder.to_vec() };
        full.push(b'/');
        full.extend_from_slice(program);
        full
    });
    joined.filter_map(|p| CString::new(p).ok()).collect()
}
