//! A save that is cut short leaves the old bytes or the new ones, nothing else: by `kill -9` at moments all over the
//! save, by a limit on the size of files, and by a disk that is full.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use millrace_api::document::SaveDocument;
use millrace_api::home::Home;
use millrace_api::{ApiError, Backend, Code};
use millrace_app::App;
use millrace_tests::mounts::with_own_mounts;
use millrace_tests::{LIMIT, programs};

const ROLE: &str = "SAVING_TEST_ROLE";
const FOLDER: &str = "SAVING_TEST_FOLDER";
/// So large that a save takes long enough to be met in the middle.
const SIZE: usize = 8 << 20;
/// How many moments of a save are tried.
const MOMENTS: usize = 16;
/// How a file begins that a save has not finished.
const UNFINISHED: &str = ".millrace-save-";

/// The text of the document's version `number`: its digits, again and again.
fn text(number: usize) -> String {
    format!("{number:07}\n").repeat(SIZE / 8)
}

/// Which version a file is; fails where it is none.
fn version(path: &Path) -> usize {
    let found = fs::read_to_string(path).unwrap();
    let number = found[..7].parse().unwrap();
    assert!(found == text(number), "neither the old bytes nor the new ones");
    number
}

/// The files of unfinished saves, with their sizes.
fn unfinished(folder: &Path) -> Vec<u64> {
    let entries = fs::read_dir(folder).unwrap().flatten();
    let temporary =
        entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(UNFINISHED));
    // It may be finished by now.
    temporary.filter_map(|entry| Some(entry.metadata().ok()?.len())).collect()
}

/// This test program as the one who plays `role`.
fn player(command: &mut Command, role: &str, folder: &Path) -> Child {
    command
        .args(["--exact", "plays_its_role", "--nocapture"])
        .env(ROLE, role)
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

fn this() -> PathBuf {
    std::env::current_exe().unwrap()
}

#[test]
fn kill_9_at_any_moment_of_a_save_leaves_the_old_bytes_or_the_new_ones() {
    for moment in 0..MOMENTS {
        let folder = tempfile::tempdir().unwrap();
        let document = folder.path().join("w.json");
        fs::write(&document, text(0)).unwrap();
        let mut child = player(&mut Command::new(this()), "save for ever", folder.path());
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(lines.any(|line| line == "saved 1"), "it never began");
        // So much of a later version is on its way; the last moment is the one before it gets its name.
        let wanted = (SIZE / MOMENTS * (moment + 1)) as u64;
        let deadline = Instant::now() + LIMIT;
        while !unfinished(folder.path()).iter().any(|size| *size >= wanted) {
            assert!(Instant::now() < deadline, "no save came so far: {wanted}");
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let told = lines.filter_map(|line| line.strip_prefix("saved ")?.parse::<usize>().ok());
        let acknowledged = told.last().unwrap_or(1);
        let found = version(&document);
        let is_old_or_new = found == acknowledged || found == acknowledged + 1;
        assert!(
            is_old_or_new,
            "moment {moment}: {acknowledged} was acknowledged, {found} is there"
        );
    }
}

#[test]
fn a_limit_on_the_size_of_files_leaves_the_old_bytes() {
    for (trap, kills) in [("trap '' XFSZ", false), ("", true)] {
        let folder = tempfile::tempdir().unwrap();
        let document = folder.path().join("w.json");
        fs::write(&document, text(0)).unwrap();
        let mut shell = Command::new("sh");
        // In blocks of 512 bytes, or of 1,024 in some shells: half of the document either way, and room for a history.
        shell.arg("-c").arg(format!("{trap}\nulimit -c 0; ulimit -f 4096\nexec \"$0\" \"$@\""));
        let child = player(shell.arg(this()), "save once in vain", folder.path());
        let output = child.wait_with_output().unwrap();
        match kills {
            // Without the trap it dies in the middle of the write.
            true => assert_eq!(output.status.signal(), Some(25), "SIGXFSZ"),
            false => {
                assert!(output.status.success());
                assert!(unfinished(folder.path()).is_empty(), "nothing is left behind");
            }
        }
        assert_eq!(version(&document), 0);
    }
}

#[test]
fn a_full_disk_leaves_the_old_bytes_and_room_for_another_try() {
    let folder = tempfile::tempdir().unwrap();
    let small = folder.path().join("small");
    fs::create_dir(&small).unwrap();
    fs::write(folder.path().join("old.json"), text(0)).unwrap();
    // Room for one and a half.
    let script = "mount -t tmpfs -o size=12m tmpfs \"$SAVING_TEST_FOLDER/small\"\n\
                  cp \"$SAVING_TEST_FOLDER/old.json\" \"$SAVING_TEST_FOLDER/small/w.json\"\n\
                  exec \"$0\" \"$@\"";
    let mut shell = match with_own_mounts(script) {
        Ok(shell) => shell,
        Err(reason) => {
            eprintln!("skipped: no mount namespace here: {reason}");
            return;
        }
    };
    let child = player(shell.arg(this()), "save on a full disk", folder.path());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains("kept what was there"), "{said}");
    assert!(!small.join("w.json").exists(), "the full disk was the child's own");
}

/// Not a test by itself: what the children of the others do.
#[test]
fn plays_its_role() {
    let (Ok(role), Ok(folder)) = (std::env::var(ROLE), std::env::var(FOLDER)) else { return };
    let folder = PathBuf::from(folder);
    programs::link_beside_this_test();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let home = Home::at(&folder.join("home")).unwrap();
        fs::write(home.config(), "[notify]\ndesktop = false\n").unwrap();
        let app = App::open(home).await.unwrap();
        let mut out = std::io::stdout();
        match role.as_str() {
            "save for ever" => {
                for number in 1.. {
                    save(&app, &folder.join("w.json"), text(number)).await.unwrap();
                    writeln!(out, "\nsaved {number}").unwrap();
                    out.flush().unwrap();
                }
            }
            "save once in vain" => {
                let error = save(&app, &folder.join("w.json"), text(1)).await.unwrap_err();
                assert_eq!(error.code, Code::File, "{error}");
                assert!(error.message.contains("w.json") && error.help.is_some(), "{error}");
            }
            _ => {
                let document = folder.join("small/w.json");
                let error = save(&app, &document, text(1)).await.unwrap_err();
                assert_eq!(error.code, Code::File, "{error}");
                assert!(error.message.contains("No space left"), "{error}");
                assert_eq!((version(&document), unfinished(&folder.join("small"))), (0, vec![]));
                // What was written in vain is gone: a smaller text fits at once.
                save(&app, &document, "smaller".to_owned()).await.unwrap();
                assert_eq!(fs::read_to_string(document).unwrap(), "smaller");
                writeln!(out, "\nkept what was there").unwrap();
            }
        }
        app.shutdown().await;
    });
}

async fn save(app: &App, path: &Path, text: String) -> Result<(), ApiError> {
    let path = path.to_str().unwrap().to_owned();
    let request =
        SaveDocument { path, text, expected_digest: None, overwrite: true, is_trusted: true };
    app.save_document(request).await.map(drop)
}
