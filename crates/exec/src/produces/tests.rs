//! The rules of Luigi's `complete()`, with files.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use millrace_model::time::Timestamp;

use super::*;

/// A folder with `out/a.csv`, `out/b.csv`, `out/.hidden.csv`, the empty folder `made`, and a link that leads nowhere.
fn site() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    // Its name would match nothing if it were read as a pattern.
    let folder = dir.path().join("a [b]");
    fs::create_dir_all(folder.join("out/deep")).unwrap();
    fs::create_dir(folder.join("made")).unwrap();
    for name in ["out/a.csv", "out/b.csv", "out/.hidden.csv", "out/deep/c.txt"] {
        fs::write(folder.join(name), name).unwrap();
    }
    fs::write(folder.join(OsStr::from_bytes(b"out/\xff.bin")), "").unwrap();
    symlink("..", folder.join("out/deep/circle")).unwrap();
    symlink("nowhere", folder.join("out/gone.lnk")).unwrap();
    symlink("a.csv", folder.join("out/there.lnk")).unwrap();
    dir
}

fn of(site: &tempfile::TempDir, patterns: &[&str]) -> Produced {
    let patterns = patterns.iter().map(|pattern| (*pattern).to_owned()).collect();
    Produced { folder: site.path().join("a [b]"), patterns }
}

#[tokio::test]
async fn what_is_complete_and_what_is_not() {
    let site = site();
    let absolute = site.path().join("a [b]/out/a.csv").display().to_string();
    let rows: &[(&str, &[&str], &[&str])] = &[
        ("up to date", &["out/a.csv", "out/b.csv"], &[]),
        ("partial", &["out/a.csv", "out/c.csv", "out/b.csv"], &["out/c.csv"]),
        ("nothing is there", &["x", "y"], &["x", "y"]),
        ("exists as a directory", &["made"], &[]),
        ("a directory with a slash", &["made/"], &[]),
        ("below a file", &["out/a.csv/x"], &["out/a.csv/x"]),
        ("a wildcard with a match", &["out/*.csv"], &[]),
        ("a wildcard that matches a directory", &["mad?"], &[]),
        ("a wildcard without a match", &["out/*.parquet"], &["out/*.parquet"]),
        ("a wildcard in a folder that is not there", &["no/*.csv"], &["no/*.csv"]),
        ("a wildcard at any depth", &["**/c.txt"], &[]),
        ("no circle of links", &["**/nothing"], &["**/nothing"]),
        ("a name that is not UTF-8", &["out/*.bin"], &[]),
        ("a wildcard does not cross folders", &["*/c.txt"], &["*/c.txt"]),
        ("a class", &["out/[ab].csv"], &[]),
        ("hidden files have to be named", &["out/.h*.csv"], &[]),
        ("and match nothing else", &["out/*hidden.csv"], &["out/*hidden.csv"]),
        ("a link that leads somewhere", &["out/there.lnk"], &[]),
        ("a link that leads nowhere", &["out/gone.lnk"], &["out/gone.lnk"]),
        ("and by a wildcard", &["out/gone.*"], &["out/gone.*"]),
    ];
    for (what, patterns, missing) in rows {
        assert_eq!(of(&site, patterns).missing().await.unwrap(), *missing, "{what}");
    }
    // In a whole path the brackets of a folder are a pattern, too.
    assert_eq!(of(&site, &[&absolute]).missing().await.unwrap(), [absolute]);
}

#[tokio::test]
async fn what_cannot_be_looked_for_is_an_error_that_names_it() {
    let site = site();
    let long = "x".repeat(300);
    let past = Instant::now();
    assert!(find::is_there(site.path(), "**/x", past).unwrap_err().contains("too much"));
    let error = of(&site, &["out/a.csv", &long]).missing().await.unwrap_err();
    assert!(error.contains(&long) && error.contains("cannot look for"), "{error}");
}

#[tokio::test]
async fn a_process_that_ended_well_has_failed_where_a_file_is_missing() {
    let site = site();
    let mut end = AttemptEnd::unmeasured(Outcome::Succeeded, Timestamp(0));
    end.outputs.insert("rows".to_owned(), 3.into());
    let before = end.clone();
    check_made(&Ok(Some(of(&site, &["out/*.csv"]))), &mut end).await;
    check_made(&Ok(None), &mut end).await;
    assert_eq!(end, before, "all is there");
    check_made(&Ok(Some(of(&site, &["out/a.csv", "x.csv"]))), &mut end).await;
    assert_eq!(end.outcome, Outcome::Missing { patterns: vec!["x.csv".to_owned()] });
    assert!(end.outputs.is_empty(), "a failed attempt gives nothing");
    for outcome in
        [Outcome::Skipped { reason: String::new() }, Outcome::TimedOut, Outcome::Canceled]
    {
        let mut end = AttemptEnd::unmeasured(outcome.clone(), Timestamp(0));
        check_made(&Ok(Some(of(&site, &["x.csv"]))), &mut end).await;
        assert_eq!(end.outcome, outcome, "nothing else asks for files");
    }
}
