//! Two that come at the same moment to a home that has no daemon. `MILLRACE_ROUNDS` says how often it is tried.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Barrier;
use std::thread;

use serde_json::{Value, json};

use millrace_tests::processes::{self, command_line, has_variable};
use millrace_tests::programs::program;
use millrace_tests::until;

fn rounds() -> usize {
    std::env::var("MILLRACE_ROUNDS").map_or(10, |rounds| rounds.parse().unwrap())
}

fn command(home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program("millrace"));
    command.args(arguments).env("MILLRACE_HOME", home);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A home without anything but its settings.
fn fresh(folder: &Path) -> std::path::PathBuf {
    let home = folder.join("home");
    fs::create_dir(&home).unwrap();
    fs::write(home.join("config.toml"), "[notify]\ndesktop = false\n").unwrap();
    home
}

/// Two processes, started by two threads that wait for each other.
fn two(home: &Path, arguments: &[&str]) -> [Child; 2] {
    let both = Barrier::new(2);
    let start = || {
        let mut command = command(home, arguments);
        both.wait();
        command.spawn().unwrap()
    };
    thread::scope(|scope| [scope.spawn(start), scope.spawn(start)].map(|it| it.join().unwrap()))
}

/// The daemons of a home that live.
fn daemons(home: &Path) -> Vec<u32> {
    let variable = format!("MILLRACE_HOME={}", home.display());
    let is_daemon =
        |pid: &u32| has_variable(*pid, &variable) && command_line(*pid).contains(" daemon --");
    processes::all().into_iter().filter(is_daemon).collect()
}

fn card(home: &Path) -> Option<u32> {
    let card: Value = serde_json::from_slice(&fs::read(home.join("daemon.json")).ok()?).ok()?;
    u32::try_from(card["pid"].as_u64()?).ok()
}

fn text(output: Output) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {complaint}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

fn stop(home: &Path) {
    text(command(home, &["daemon", "stop"]).output().unwrap());
    until("the daemon has gone", || daemons(home).is_empty().then_some(()));
}

#[test]
fn two_clients_at_the_same_moment_get_their_answers_from_one_daemon() {
    for _ in 0..rounds() {
        let folder = tempfile::tempdir().unwrap();
        let home = fresh(folder.path());
        for client in two(&home, &["runs", "--json"]) {
            let answer = text(client.wait_with_output().unwrap());
            let answer: Value = serde_json::from_str(&answer).unwrap();
            assert_eq!(answer["runs"], json!([]));
        }
        let left = until("one daemon is left", || {
            let left = daemons(&home);
            (left.len() == 1).then_some(left)
        });
        assert_eq!(Some(left[0]), card(&home), "the one that lives is the one that is found");
        stop(&home);
    }
}

#[test]
fn of_two_daemons_at_the_same_moment_one_lives_and_the_other_says_why_it_does_not() {
    for _ in 0..rounds() {
        let folder = tempfile::tempdir().unwrap();
        let home = fresh(folder.path());
        let mut two = two(&home, &["daemon", "--foreground"]);
        let ended = until("one of them has ended", || {
            two.iter_mut().position(|daemon| daemon.try_wait().unwrap().is_some())
        });
        let [first, second] = two;
        let (loser, mut winner) = if ended == 0 { (first, second) } else { (second, first) };
        let loser = loser.wait_with_output().unwrap();
        let complaint = String::from_utf8_lossy(&loser.stderr);
        assert!(!loser.status.success() && complaint.contains("has the home"), "{complaint}");
        until("the other answers", || (card(&home) == Some(winner.id())).then_some(()));
        text(command(&home, &["daemon", "status"]).output().unwrap());
        assert!(winner.try_wait().unwrap().is_none());
        stop(&home);
        assert!(winner.wait().unwrap().success());
    }
}
