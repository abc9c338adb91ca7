//! Trust: what came from elsewhere is looked at before it may start by itself.

use millrace_api::Code;
use millrace_api::document::{ReadDocument, SaveDocument, Source};
use millrace_api::draft::{Draft, KeepDraft, ListDrafts};
use millrace_api::run::{ListRuns, PlanRun, Rerun, RetryRun, StartRun};
use millrace_api::schedule::{Held, ListSchedules};
use millrace_api::trust::{ListTrust, Trust};
use millrace_model::event::RunState;
use serde_json::json;

use super::schedules::scheduled;
use crate::document::{calling, noop, shell, workflow};
use crate::site::{Site, again, code, key, start, until};

fn often(name: &str) -> String {
    scheduled(name, json!([{ "name": "often", "every": "1s" }])).to_string()
}

async fn trust(site: &Site, path: &str, on: bool) {
    site.api().trust(Trust { path: path.to_owned(), on }).await.unwrap();
}

async fn is_trusted(site: &Site, path: &str) -> bool {
    let request = ReadDocument { source: Source::Path(path.to_owned()) };
    let read = site.api().read_document(request).await.unwrap().is_trusted;
    let request = ListSchedules { source: Some(Source::Path(path.to_owned())) };
    let listed = site.api().list_schedules(request).await.unwrap();
    let held = listed.schedules.iter().all(|row| row.held == Some(Held::Untrusted));
    assert_eq!(read, !held, "the window and the scheduler agree");
    read
}

async fn save(site: &Site, path: &str, text: &str, is_trusted: bool) {
    let (path, text) = (path.to_owned(), text.to_owned());
    let request = SaveDocument { path, text, expected_digest: None, overwrite: true, is_trusted };
    site.api().save_document(request).await.unwrap();
}

pub(crate) async fn what_came_from_elsewhere_waits_for_trust(site: &mut Site) {
    let file = site.write_to_library("gift.json", often("gift"));
    assert!(!is_trusted(site, &file).await);
    // A person who runs it by its name trusts that one run.
    let run = site.api().start_run(start(Source::Path(file.clone()))).await.unwrap().run;
    site.ended(run).await;
    assert!(!is_trusted(site, &file).await);
    trust(site, &file, true).await;
    assert!(is_trusted(site, &file).await);
    // By what it means: laid out anew it is the same, and nothing else is.
    let laid_out = often("gift")
        .replace("\"tasks\":", "\"layout\": {\"tasks\": {\"a\": [16, 32]}},\n\"tasks\":");
    site.write_to_library("gift.json", laid_out);
    assert!(is_trusted(site, &file).await);
    site.write_to_library("gift.json", often("gift").replace("1s", "2s"));
    assert!(!is_trusted(site, &file).await);
    site.write_to_library("gift.json", often("gift"));
    trust(site, &file, false).await;
    assert!(!is_trusted(site, &file).await);
}

pub(crate) async fn what_starts_by_itself_runs_only_what_is_trusted(site: &mut Site) {
    let child =
        site.write_to_library("child.json", workflow("child", &[noop("a")], &[]).to_string());
    let mut parent = workflow("parent", &[calling("call", "child")], &[]);
    parent["schedules"] = json!([{ "name": "often", "every": "1s" }]);
    let parent = super::schedules::put(site, "parent.json", &parent).await;
    let fired = async |site: &Site, state: RunState| {
        until("a tick's run ends so", async || {
            let request =
                ListRuns { workflow: Some("parent".to_owned()), limit: 100, ..ListRuns::default() };
            let runs = site.api().list_runs(request).await.ok()?.runs;
            runs.into_iter().find(|run| run.state == state && run.trigger == "schedule")
        })
        .await
    };
    let failed = fired(site, RunState::Failed).await;
    let why = format!("{:?}", site.ended(failed.run).await.tasks[&key("call")].cause);
    assert!(why.contains("not trusted"), "{why}");
    // Who starts it by hand has chosen.
    let by_hand = site.api().start_run(start(Source::Path(parent))).await.unwrap().run;
    assert_eq!(site.ended(by_hand).await.state, RunState::Succeeded);
    trust(site, &child, true).await;
    fired(site, RunState::Succeeded).await;
}

pub(crate) async fn a_folder_trusts_what_comes_into_it(site: &mut Site) {
    std::fs::create_dir(site.path("team")).unwrap();
    let (folder, file) = (site.path("team").display().to_string(), site.path("team/a.json"));
    trust(site, &folder, true).await;
    let file = file.display().to_string();
    std::fs::write(&file, often("a")).unwrap();
    let read = ReadDocument { source: Source::Path(file.clone()) };
    assert!(site.api().read_document(read.clone()).await.unwrap().is_trusted);
    // A folder that only begins alike is another one.
    std::fs::create_dir(site.path("team2")).unwrap();
    let other = site.write("team2/a.json", often("a"));
    let other = ReadDocument { source: Source::Path(other) };
    assert!(!site.api().read_document(other).await.unwrap().is_trusted);
    trust(site, &folder, false).await;
    assert!(!site.api().read_document(read).await.unwrap().is_trusted);
}

pub(crate) async fn what_is_saved_here_is_trusted_unless_it_came_from_elsewhere(site: &mut Site) {
    let file = site.home().workflows().join("mine.json").canonicalize();
    assert!(file.is_err());
    let file = site.home().workflows().canonicalize().unwrap().join("mine.json");
    let file = file.display().to_string();
    save(site, &file, &often("mine"), true).await;
    assert!(is_trusted(site, &file).await);
    save(site, &file, &often("other"), false).await;
    assert!(!is_trusted(site, &file).await);
}

pub(crate) async fn a_draft_is_judged_by_its_own_text(site: &mut Site) {
    let folder = site.home().workflows().canonicalize().unwrap();
    let file = folder.join("mine.json").display().to_string();
    save(site, &file, &often("mine"), true).await;
    let gift = site.write_to_library("gift.json", often("gift"));
    let keep = async |draft: &str, path: &str, text: String, is_trusted: bool| {
        let (draft, path, base_digest) = (draft.to_owned(), Some(path.to_owned()), None);
        let draft = Draft { draft, path, text, base_digest, is_trusted };
        site.api().keep_draft(KeepDraft { draft }).await.unwrap();
    };
    keep("a-known", &gift, often("mine"), false).await;
    keep("b-made", &gift, often("drawn"), true).await;
    keep("c-gift", &gift, often("gift").replace("1s", "2s"), false).await;
    keep("d-half", &file, "{ half".to_owned(), false).await;
    // Whatever becomes of the files.
    std::fs::remove_file(&gift).unwrap();
    std::fs::remove_file(&file).unwrap();
    let judged = async || -> Vec<(String, bool)> {
        let listed = site.api().list_drafts(ListDrafts {}).await.unwrap().drafts;
        listed.into_iter().map(|it| (it.draft.draft, it.draft.is_trusted)).collect()
    };
    let expected = |pairs: [(&str, bool); 4]| pairs.map(|(name, is)| (name.to_owned(), is));
    let by_text = [("a-known", true), ("b-made", true), ("c-gift", false), ("d-half", false)];
    assert_eq!(judged().await, expected(by_text));
    // Its own text is judged in the same way, kept or not.
    for (text, trusted) in [(often("mine"), true), (often("drawn"), false)] {
        let source = Source::Text { text, path: None };
        let read = site.api().read_document(ReadDocument { source }).await.unwrap();
        assert_eq!(read.is_trusted, trusted);
    }
    // A text lies in no folder.
    trust(site, &folder.display().to_string(), true).await;
    assert_eq!(judged().await, expected(by_text));
}

pub(crate) async fn what_nobody_vouches_for_is_not_started(site: &mut Site) {
    let gift = site.write_to_library("gift.json", often("gift"));
    let unasked = |source: Source| StartRun { vouched: false, ..start(source) };
    let by_path = || unasked(Source::Path(gift.clone()));
    let by_text = || unasked(Source::Text { text: often("gift"), path: None });
    for (what, request) in [
        ("a file", by_path()),
        ("a name", unasked(Source::Name("gift".to_owned()))),
        ("a text", by_text()),
    ] {
        let error = site.api().start_run(request).await.unwrap_err();
        assert_eq!(error.code, Code::Denied, "{what}");
        assert!(error.message.contains("is not trusted"), "{what}: {}", error.message);
        assert!(error.help.unwrap().contains("millrace trust"), "{what}");
    }
    let listed = site.api().list_runs(ListRuns::default()).await.unwrap();
    assert!(listed.runs.is_empty(), "nothing of them was accepted");
    // To look at what would run is no risk.
    site.api().plan_run(PlanRun { start: by_path() }).await.unwrap();
    trust(site, &gift, true).await;
    for request in [by_path(), by_text()] {
        let run = site.api().start_run(request).await.unwrap().run;
        assert_eq!(site.ended(run).await.state, RunState::Succeeded);
    }
}

pub(crate) async fn what_ran_here_may_run_again_as_it_was(site: &mut Site) {
    let document = |says: &str| {
        let mut document = workflow("gift", &[shell("a", &format!("exit {says}"))], &[]);
        document["schedules"] = json!([{ "name": "yearly", "cron": "@yearly" }]);
        document.to_string()
    };
    let gift = site.write_to_library("gift.json", document("3"));
    let run = site.api().start_run(start(Source::Path(gift.clone()))).await.unwrap().run;
    assert_eq!(site.ended(run).await.state, RunState::Failed);
    let again = |vouched| Rerun { vouched, ..again(run) };
    // It was vouched for then, and means the same now, however it is laid out.
    site.write_to_library("gift.json", document("3").replace("\"tasks\"", "\n\"tasks\""));
    let second = site.api().rerun(again(false)).await.unwrap().run;
    assert_eq!(site.ended(second).await.state, RunState::Failed);
    // Another script is another matter, but not for a retry: that runs what ran.
    site.write_to_library("gift.json", document("0"));
    assert_eq!(code(site.api().rerun(again(false)).await), Code::Denied);
    site.api().retry_run(RetryRun { run }).await.unwrap();
    assert_eq!(site.ended(run).await.state, RunState::Failed);
    let third = site.api().rerun(again(true)).await.unwrap().run;
    assert_eq!(site.ended(third).await.state, RunState::Succeeded);
    assert!(!is_trusted(site, &gift).await, "that was for one run");
}

pub(crate) async fn what_is_not_there_cannot_be_trusted(site: &mut Site) {
    let broken = site.write("broken.json", "{");
    for (what, path, on, expected) in [
        ("relative", "a.json".to_owned(), true, Code::InvalidRequest),
        ("missing", site.path("none.json").display().to_string(), true, Code::NotFound),
        ("no workflow", broken, true, Code::InvalidDocument),
        ("never trusted", site.path("none").display().to_string(), false, Code::NotFound),
    ] {
        assert_eq!(code(site.api().trust(Trust { path, on }).await), expected, "{what}");
    }
}

pub(crate) async fn trusted_folders_are_listed(site: &mut Site) {
    for name in ["b", "a"] {
        std::fs::create_dir(site.path(name)).unwrap();
        trust(site, &site.path(name).display().to_string(), true).await;
    }
    site.replace_host(false).await;
    let listed = site.api().list_trust(ListTrust {}).await.unwrap().folders;
    assert_eq!(listed, ["a", "b"].map(|name| site.path(name).display().to_string()));
}
