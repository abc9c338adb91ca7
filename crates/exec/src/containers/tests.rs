//! Words for podman and docker, which program there is, and how ends are read. With a real podman they are tested from
//! outside.

use std::ffi::OsString;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use millrace_model::action::Action;
use millrace_model::document::{Json, Task};
use millrace_model::expr::Scope;
use millrace_model::ident::Ident;
use millrace_model::ids::RunId;
use serde_json::json;

use super::*;
use crate::ended::attempt_end;

const ATTEMPT: AttemptId = AttemptId { run: RunId(0xab), serial: 3 };

fn words(
    spec: &serde_json::Value,
    cwd: &Path,
    env: &[(&str, &str)],
    secret: &str,
) -> Result<(Vec<String>, Vec<String>), String> {
    let mut task = Task::new(Ident::new("t").unwrap(), "container");
    task.spec = Json::from_value(spec);
    let Ok(Action::Container(action)) = Action::for_task(&task) else { panic!("{spec}") };
    let resolved = action.resolve(&Scope::default()).unwrap();
    let [inputs, outputs, scratch, artifacts, run_artifacts, said] =
        ["i", "o", "s", "a", "ra", "said"].map(|name| cwd.join(name));
    let given = Given {
        inputs: &inputs,
        outputs: &outputs,
        scratch: &scratch,
        artifacts: &artifacts,
        run_artifacts: &run_artifacts,
        said: &said,
        is_hooked: false,
    };
    let env = env.iter().map(|(name, value)| (name.into(), value.into())).collect();
    let (words, env) =
        arguments(&action, resolved, ATTEMPT, cwd, &given, env, |name| name == secret)?;
    let text = |word: &OsString| word.to_string_lossy().replace(&cwd.display().to_string(), "CWD");
    Ok((words.iter().map(text).collect(), env.iter().map(|(name, _)| text(name)).collect()))
}

#[test]
fn values_do_not_stand_in_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("a,b")).unwrap();
    let spec = json!({
        "image": "busybox", "script": "echo hi", "mounts": { "/x": "a,b" }, "pull": "never", "init": false,
        "cpus": "1.5", "user": "7", "options": ["--gpus=all"],
    });
    let env = [("TOKEN", "hush"), ("PATH", "/opt/bin"), ("DOCKER_HOST", "tcp://x")];
    let (words, kept) = words(&spec, folder.path(), &env, "TOKEN").unwrap();
    assert_eq!(
        words,
        [
            "run",
            "--rm",
            "--log-driver=none",
            "--name=millrace-00000000000000ab-3",
            "--label=millrace.attempt=00000000000000ab:3",
            "--pull=never",
            "--cpus=1.5",
            "--user=7",
            "--entrypoint=sh",
            "--mount=type=bind,\"source=CWD/a,b\",target=/x",
            "--mount=type=bind,source=CWD/i,target=/millrace/inputs.json,readonly",
            "--env=MILLRACE_INPUTS=/millrace/inputs.json",
            "--mount=type=bind,source=CWD/o,target=/millrace/outputs",
            "--env=MILLRACE_OUTPUTS=/millrace/outputs",
            "--mount=type=bind,source=CWD/s,target=/millrace/run",
            "--env=MILLRACE_RUN_DIR=/millrace/run",
            "--mount=type=bind,source=CWD/a,target=/millrace/artifacts",
            "--env=MILLRACE_ARTIFACTS=/millrace/artifacts",
            "--mount=type=bind,source=CWD/ra,target=/millrace/run-artifacts,readonly",
            "--env=MILLRACE_RUN_ARTIFACTS=/millrace/run-artifacts",
            "--mount=type=bind,source=CWD/said,target=/millrace/said",
            "--env=MILLRACE_PROGRESS=/millrace/said/progress",
            "--env=MILLRACE_METRICS=/millrace/said/metrics",
            "--env=MILLRACE_SKIP=/millrace/said/skip",
            "--env=MILLRACE_RUN",
            "--env=MILLRACE_WORKFLOW",
            "--env=MILLRACE_LOGICAL_TIME",
            "--env=MILLRACE_TASK",
            "--env=MILLRACE_TRY",
            "--env=TOKEN",
            "--env=PATH=/opt/bin",
            "--env=DOCKER_HOST=tcp://x",
            "--gpus=all",
            "busybox",
            "-ec",
            "echo hi",
        ]
    );
    assert_eq!(kept, ["TOKEN"]);
}

#[test]
fn a_secret_that_would_be_seen_and_a_mount_that_cannot_be_named_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let spec = json!({ "image": "busybox" });
    let refused = words(&spec, folder.path(), &[("HOME", "hush")], "HOME").unwrap_err();
    assert!(refused.contains("HOME cannot be a secret"), "{refused}");
    let spec = json!({ "image": "busybox", "mounts": { "/x": "a\nb" } });
    let refused = words(&spec, folder.path(), &[], "").unwrap_err();
    assert!(refused.contains("its mount /x") && refused.contains("cannot be given"), "{refused}");
}

#[test]
fn podman_comes_before_docker() {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [first, second] = folders.each_ref().map(tempfile::TempDir::path);
    let put = |folder: &Path, name: &str, mode: u32| {
        std::fs::write(folder.join(name), "").unwrap();
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.join(name), mode).unwrap();
    };
    let path = format!("{}:{}", first.display(), second.display());
    let neither = engine::program(None, &path).unwrap_err();
    assert!(neither.contains("neither podman nor docker"), "{neither}");
    put(first, "docker", 0o755);
    put(first, "podman", 0o644);
    assert_eq!(engine::program(None, &path).unwrap(), first.join("docker"));
    put(second, "podman", 0o755);
    assert_eq!(engine::program(None, &path).unwrap(), second.join("podman"));
    assert_eq!(engine::program(Some("docker"), &path).unwrap(), first.join("docker"));
    let own = first.join("docker").display().to_string();
    assert_eq!(engine::program(Some(&own), "").unwrap(), first.join("docker"));
    for (wanted, why) in [("nerdctl", "no `nerdctl`"), ("bin/podman", "not a program")] {
        assert!(engine::program(Some(wanted), &path).unwrap_err().contains(why));
    }
}

#[test]
fn what_the_program_could_not_start_is_told_from_a_command_that_failed() {
    let container = Container {
        program: "/usr/bin/docker".into(),
        name: "n".to_owned(),
        base_env: Arc::new(BaseEnv::new(None)),
    };
    let outcome = |code, said: &str, skip| {
        let ended = Ended { last_output: said.into(), ..Ended::new(1, Exit::Exited(code)) };
        let mut end = attempt_end(&ended, skip);
        container.explain(&ended, &mut end);
        end.outcome
    };
    let said = "docker: Error: no such image.\nSee 'docker run --help'.\n";
    let Outcome::Error { message } = outcome(125, said, None) else { panic!() };
    assert_eq!(message, "docker could not run the container: docker: Error: no such image.");
    let Outcome::Error { message } = outcome(125, "Error: container-init binary not found", None)
    else {
        panic!()
    };
    assert!(message.contains("`init` to false"), "{message}");
    assert_eq!(outcome(125, said, Some(125)), Outcome::Skipped { reason: String::new() });
    let failed = Outcome::Failed { exit: millrace_model::event::Exit::Code(127) };
    assert_eq!(outcome(127, said, None), failed);
}

#[test]
fn only_one_that_ended_by_itself_leaves_nothing() {
    let ended = |exit, ended_by, killed| Ended { ended_by, killed, ..Ended::new(1, exit) };
    let signal = Exit::Signaled { signal: 9, core: false };
    for (ended, left) in [
        (ended(Exit::Exited(3), EndedBy::Itself, false), false),
        (ended(Exit::Exited(143), EndedBy::Stop, false), true),
        (ended(Exit::Exited(0), EndedBy::Itself, true), true),
        (ended(signal, EndedBy::Itself, false), true),
        (ended(Exit::Exited(0), EndedBy::Shutdown, false), true),
    ] {
        assert_eq!(Container::may_be_left(&ended), left, "{ended:?}");
    }
}
