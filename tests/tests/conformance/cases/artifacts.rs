//! What scripts leave and say: artifacts, progress, metrics, that there is nothing to do.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use millrace_api::Code;
use millrace_api::artifact::{ArtifactName, ListArtifacts, ReadArtifact, SaveArtifact};
use millrace_api::run::{Rerun, RetryRun};
use millrace_api::settings::{ChangeSettings, ReadSettings, SettingChange};
use millrace_model::event::{Cause, Outcome, RunState, TaskState};
use millrace_model::ids::RunId;
use serde_json::json;

use crate::document::{shell, workflow};
use crate::site::{NO_RUN, Site, again, code, ident, key, until};

const REPORT: &str = "mkdir -p \"$MILLRACE_ARTIFACTS/plots\"
printf 'day,rows\\nmon,3\\n' > sales.csv
millrace-task artifact sales.csv --name daily/sales.csv
printf 'x' > \"$MILLRACE_ARTIFACTS/plots/x.txt\"
ln -s /etc/passwd \"$MILLRACE_ARTIFACTS/passwd\"
";

fn name(run: RunId, task: &str, name: &str) -> ArtifactName {
    ArtifactName { run, task: key(task), number: None, name: name.to_owned() }
}

pub(crate) async fn what_a_task_leaves_is_kept_and_found_by_later_tasks(site: &mut Site) {
    let read = "cat \"$(millrace-task artifact-path report daily/sales.csv)\" && \
                ls \"$MILLRACE_RUN_ARTIFACTS/report/plots\" && millrace-task artifact-path report nothing";
    let document =
        workflow("w", &[shell("report", REPORT), shell("read", read)], &[("report", "read")]);
    let run = site.run("w.json", &document).await;
    let ended = site.ended(run).await;
    let printed = site.printed(run, "read").await.unwrap();
    assert!(printed.starts_with("day,rows\nmon,3\nx.txt\n"), "{printed}");
    assert!(printed.contains("there: daily/sales.csv, plots/x.txt"), "{printed}");
    let report = &ended.tasks[&key("report")];
    assert_eq!(report.state, TaskState::Succeeded);
    let names: Vec<_> = report.artifacts.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["daily/sales.csv", "plots/x.txt"]);
    let notes = &report.attempts[0].end.as_ref().unwrap().notes;
    assert!(notes.len() == 1 && notes[0].contains("`passwd` is a symbolic link"), "{notes:?}");

    // Also for the next host, after the folder of the attempt is gone.
    site.replace_host(false).await;
    let list = site.api().list_artifacts(ListArtifacts { run, task: None }).await.unwrap();
    assert_eq!(list.artifacts.len(), 2);
    let row = &list.artifacts[0];
    assert_eq!((&row.task, row.number, row.artifact.bytes), (&key("report"), 1, 15));
    assert_eq!(row.artifact.media_type, "text/csv");
    assert_eq!(fs::read_to_string(&row.path).unwrap(), "day,rows\nmon,3\n");
    assert!(row.path.contains(&row.artifact.sha256[2..]));
    let of_read = ListArtifacts { run, task: Some(key("read")) };
    assert!(site.api().list_artifacts(of_read).await.unwrap().artifacts.is_empty());
}

pub(crate) async fn artifacts_that_were_given_up_say_so_and_are_not_taken_over(site: &mut Site) {
    let mut report = shell("report", REPORT);
    report["cache"] = json!({});
    let document = workflow("w", &[report, shell("read", "true")], &[("report", "read")]);
    let run = site.run("w.json", &document).await;
    site.ended(run).await;
    let settings = site.api().read_settings(ReadSettings {}).await.unwrap();
    let changes = vec![SettingChange::KeepArtifactsBytes { value: Some(0) }];
    let change = ChangeSettings { expected_digest: settings.digest, changes };
    site.api().change_settings(change).await.unwrap();
    let list = until("they are given up", async || {
        let list = site.api().list_artifacts(ListArtifacts { run, task: None }).await.unwrap();
        list.artifacts.iter().all(|row| row.removed.is_some()).then_some(list)
    })
    .await;
    assert_eq!(list.artifacts.len(), 2, "they are still named");
    // What was taken in just now stays for an hour: the next run may be about to name it again.
    let laid_out = format!("runs/{run}/artifacts/report/plots/x.txt");
    let laid_out = site.home().root().join(laid_out);
    until("the run's folder lacks it", async || (!laid_out.exists()).then_some(())).await;
    let artifact = name(run, "report", "plots/x.txt");
    let request = ReadArtifact { artifact: artifact.clone(), offset: 0, max_bytes: 10 };
    let error = site.api().read_artifact(request).await.unwrap_err();
    assert_eq!(error.code, Code::ContentGone);
    assert!(error.message.starts_with("plots/x.txt was removed on 20"), "{error}");
    let path = site.path("copy.txt").display().to_string();
    let request = SaveArtifact { artifact, path, replace: true };
    assert_eq!(code(site.api().save_artifact(request).await), Code::ContentGone);
    let error = site.api().retry_run(RetryRun { run }).await.unwrap_err();
    assert_eq!(error.code, Code::CannotCarry, "{error}");
    // Neither a rerun nor a cache gives over what is not there.
    for row in &list.artifacts {
        fs::remove_file(&row.path).unwrap();
    }
    let rerun = Rerun { from: Some(ident("read")), ..again(run) };
    let error = site.api().rerun(rerun).await.unwrap_err();
    assert_eq!(error.code, Code::CannotCarry, "{error}");
    let again = site.run("w.json", &document).await;
    let ended = site.ended(again).await;
    assert_eq!(ended.tasks[&key("report")].cause, None, "it ran itself");
}

pub(crate) async fn an_unknown_run_has_no_artifacts(site: &mut Site) {
    let request = ListArtifacts { run: NO_RUN, task: None };
    assert_eq!(code(site.api().list_artifacts(request).await), Code::NotFound);
}

pub(crate) async fn an_artifact_is_read_by_ranges(site: &mut Site) {
    let script = "seq -w 1 99 > \"$MILLRACE_ARTIFACTS/n\"";
    let run = site.run("w.json", &workflow("w", &[shell("a", script)], &[])).await;
    site.ended(run).await;
    let part = async |offset, max_bytes| {
        let request = ReadArtifact { artifact: name(run, "a", "n"), offset, max_bytes };
        site.api().read_artifact(request).await.unwrap()
    };
    assert_eq!(part(0, u32::MAX).await.data.as_bytes().len(), 297);
    let middle = part(3, 6).await;
    assert_eq!((middle.data.as_bytes(), middle.artifact.bytes), (b"02\n03\n".as_slice(), 297));
    assert!(part(297, 10).await.data.as_bytes().is_empty());
    assert!(part(u64::from(u32::MAX), 10).await.data.as_bytes().is_empty());
    for (wanted, help) in [("../n", "n"), ("m", "n")] {
        let artifact = name(run, "a", wanted);
        let request = ReadArtifact { artifact, offset: 0, max_bytes: 10 };
        let error = site.api().read_artifact(request).await.unwrap_err();
        assert_eq!(error.code, Code::NotFound);
        assert!(error.help.unwrap().ends_with(help));
    }
    let list = site.api().list_artifacts(ListArtifacts { run, task: None }).await.unwrap();
    fs::remove_file(&list.artifacts[0].path).unwrap();
    let request = ReadArtifact { artifact: name(run, "a", "n"), offset: 0, max_bytes: 10 };
    assert_eq!(code(site.api().read_artifact(request).await), Code::ContentGone);
}

pub(crate) async fn a_copy_of_an_artifact_replaces_only_what_it_may(site: &mut Site) {
    let script = "echo new > \"$MILLRACE_ARTIFACTS/a.txt\"";
    let run = site.run("w.json", &workflow("w", &[shell("a", script)], &[])).await;
    site.ended(run).await;
    let save = async |path: &str, replace| {
        let artifact = name(run, "a", "a.txt");
        let request = SaveArtifact { artifact, path: path.to_owned(), replace };
        site.api().save_artifact(request).await
    };
    let path = site.path("copy.txt");
    let path = path.to_str().unwrap();
    let saved = save(path, false).await.unwrap();
    assert_eq!((saved.path.as_str(), saved.bytes), (path, 4));
    assert_eq!(fs::read_to_string(path).unwrap(), "new\n");
    assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o200, 0o200);
    fs::write(path, "mine").unwrap();
    assert_eq!(code(save(path, false).await), Code::File);
    assert_eq!(fs::read_to_string(path).unwrap(), "mine");
    save(path, true).await.unwrap();
    assert_eq!(fs::read_to_string(path).unwrap(), "new\n");
    assert_eq!(code(save("relative.txt", false).await), Code::InvalidRequest);
    let nowhere = site.path("nowhere/copy.txt");
    assert_eq!(code(save(nowhere.to_str().unwrap(), false).await), Code::File);
}

pub(crate) async fn a_rerun_takes_artifacts_over(site: &mut Site) {
    let read = "cat \"$(millrace-task artifact-path report plots/x.txt)\"";
    let document =
        workflow("w", &[shell("report", REPORT), shell("read", read)], &[("report", "read")]);
    let first = site.run("w.json", &document).await;
    site.ended(first).await;
    let rerun = Rerun { from: Some(ident("read")), ..again(first) };
    let run = site.api().rerun(rerun).await.unwrap().run;
    let ended = site.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded, "{ended:?}");
    assert_eq!(site.printed(run, "read").await.as_deref(), Some("x"));
    let list = site.api().list_artifacts(ListArtifacts { run, task: None }).await.unwrap();
    let numbers: Vec<_> = list.artifacts.iter().map(|row| row.number).collect();
    assert_eq!(numbers, [0, 0], "taken over, and so kept as long as this run");
}

pub(crate) async fn a_task_says_how_far_it_is_what_it_measured_and_that_there_is_nothing_to_do(
    site: &mut Site,
) {
    let gate = site.path("gate");
    let script = format!(
        "millrace-task progress 41% 'part 2 of 5'\nmillrace-task metric loss 3 --step 1\n\
         millrace-task metric loss 1.5 --step 2\nwhile ! test -e '{}'; do sleep 0.01; done\n\
         millrace-task output rows:=3\nmillrace-task skip 'no new files'",
        gate.display()
    );
    let fails =
        shell("fails", "millrace-task skip; echo x > \"$MILLRACE_ARTIFACTS/why.txt\"; exit 3");
    let run = site.run("w.json", &workflow("w", &[shell("a", &script), fails], &[])).await;
    let halfway = site
        .fold_until(run, |fold| {
            fold.tasks[&key("a")].attempts.first().is_some_and(|it| it.progress.is_some())
        })
        .await;
    let progress = halfway.tasks[&key("a")].attempts[0].progress.clone().unwrap();
    assert_eq!((progress.percent(), progress.text.as_str()), (41, "part 2 of 5"));
    // The next host sees it too, and what is said to it.
    site.replace_host(false).await;
    assert_eq!(site.get(run).await.tasks[&key("a")].attempts[0].progress, Some(progress));
    site.open_gates(&["gate"]);
    let ended = site.ended(run).await;
    let a = &ended.tasks[&key("a")];
    let reason = "no new files".to_owned();
    assert_eq!(a.state, TaskState::Skipped);
    assert_eq!(a.cause, Some(Cause::SkippedItself { reason: reason.clone() }));
    let end = a.attempts[0].end.as_ref().unwrap();
    assert_eq!(end.outcome, Outcome::Skipped { reason });
    assert!(end.outputs.is_empty() && a.outputs.is_empty());
    let loss = &end.metrics[0];
    assert_eq!((loss.last, loss.step, loss.count, loss.max), (1.5, Some(2), 2, 3.0));
    let fails = &ended.tasks[&key("fails")];
    assert_eq!((fails.state, fails.artifacts.len()), (TaskState::Failed, 0));
    let left = &fails.attempts[0].end.as_ref().unwrap().artifacts;
    assert_eq!(left[0].name, "why.txt", "what a failed try left helps to see why");
}
