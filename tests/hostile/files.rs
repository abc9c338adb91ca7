//! Modes that turn against the files of their run: what they are to write, and what others write there.

use std::ffi::OsString;
use std::fs::{self, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use super::sys::{Ledger, ignore, make_fifo, stay, write_to};

/// Above what an outputs file may hold.
const HUGE: usize = 64 << 20;

/// More than can be taken.
pub(crate) fn outputs_huge(ledger: &Ledger) -> ! {
    ledger.note("begins");
    if let Ok(mut file) = File::create(outputs()) {
        let _full = file.write_all(b"value=");
        let _full = file.write_all(&vec![b'x'; HUGE]);
    }
    ledger.leave()
}

/// No outputs, but noise.
pub(crate) fn outputs_garbage(ledger: &Ledger) -> ! {
    ledger.note("begins");
    let noise: Vec<u8> =
        (0..4_096_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let _full = fs::write(outputs(), noise);
    ledger.leave()
}

/// A file that has no end.
pub(crate) fn outputs_link(ledger: &Ledger) -> ! {
    ledger.note("begins");
    replace(&outputs(), |path| symlink("/dev/zero", path).unwrap_or_default());
    ledger.leave()
}

/// A file that nobody ever writes to: whoever opens it waits.
pub(crate) fn outputs_fifo(ledger: &Ledger) -> ! {
    ledger.note("begins");
    replace(&outputs(), |path| make_fifo(path.as_os_str()));
    ledger.leave()
}

/// A folder.
pub(crate) fn outputs_folder(ledger: &Ledger) -> ! {
    ledger.note("begins");
    replace(&outputs(), |path| fs::create_dir(path).unwrap_or_default());
    ledger.leave()
}

/// The same with all that a task may say while it runs.
pub(crate) fn progress_fifo(ledger: &Ledger) -> ! {
    for name in ["MILLRACE_PROGRESS", "MILLRACE_METRICS", "MILLRACE_SKIP"] {
        replace(&path(name), |path| make_fifo(path.as_os_str()));
    }
    ledger.note("begins");
    // For so long that somebody looks.
    std::thread::sleep(std::time::Duration::from_millis(600));
    ledger.leave()
}

/// An artifact that whoever opens it waits.
pub(crate) fn artifacts_fifo(ledger: &Ledger) -> ! {
    ledger.note("begins");
    make_fifo(path("MILLRACE_ARTIFACTS").join("report").as_os_str());
    ledger.leave()
}

/// Its own log, and much to put into it.
pub(crate) fn log_fifo(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    let _cut = write_to(1, b"first\n");
    let logs = run_folder().join("logs");
    for folder in fs::read_dir(&logs).into_iter().flatten().flatten() {
        for log in fs::read_dir(folder.path()).into_iter().flatten().flatten() {
            replace(&log.path(), |path| make_fifo(path.as_os_str()));
        }
    }
    ledger.note("begins");
    let block = [b'x'; 64 << 10];
    for _ in 0..4_096 {
        let _cut = write_to(1, &block);
    }
    stay()
}

/// All of the run's folder.
pub(crate) fn folder_deleted(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    let _some = fs::remove_dir_all(run_folder());
    ledger.note("begins");
    let _cut = write_to(1, b"still here\n");
    stay()
}

/// Nobody may look into the run's folder.
pub(crate) fn folder_closed(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    let _refused = fs::set_permissions(run_folder(), Permissions::from_mode(0o0));
    ledger.note("begins");
    let _cut = write_to(1, b"still here\n");
    stay()
}

fn outputs() -> PathBuf {
    path("MILLRACE_OUTPUTS")
}

fn path(variable: &str) -> PathBuf {
    std::env::var_os(variable).unwrap_or_else(|| OsString::from("/nowhere")).into()
}

/// The folder with the journal, above that of the outputs.
fn run_folder() -> PathBuf {
    let outputs = outputs();
    let mut folder = outputs.as_path();
    while let Some(above) = folder.parent() {
        if above.join("keeper.journal").exists() {
            return above.to_owned();
        }
        folder = above;
    }
    PathBuf::from("/nowhere")
}

fn replace(path: &Path, make: impl FnOnce(&Path)) {
    let _none = fs::remove_file(path);
    make(path);
}
