//! The settings of the home: read, changed by a client, edited by hand, all while the host runs.

use std::fs;
use std::num::NonZeroU32;

use millrace_api::Code;
use millrace_api::document::{Source, Validate};
use millrace_api::run::DaemonState;
use millrace_api::settings::{
    ChangeSettings, HomeSettings, ReadSettings, SettingChange, TestNotifier,
};
use millrace_model::event::{RunState, TaskState};
use serde_json::json;

use crate::document::{gated, noop, workflow};
use crate::site::{Site, code, key, start, until};

async fn read(site: &Site) -> HomeSettings {
    site.api().read_settings(ReadSettings {}).await.unwrap()
}

async fn places(site: &Site) -> u32 {
    site.api().daemon_state(DaemonState {}).await.unwrap().parallel_tasks
}

pub(crate) async fn settings_are_read_with_their_defaults(site: &mut Site) {
    let found = read(site).await;
    assert_eq!(found.path, site.home().config().to_str().unwrap());
    assert!(found.digest.is_some());
    assert_eq!(found.settings.parallel_tasks.get(), 2);
    assert_eq!(found.settings.pools["db"], 2);
    assert!(!found.settings.notify.desktop);
    assert_eq!(found.settings.notify.send, ["desktop"]);
    assert_eq!(found.settings.log.head, 64 << 20);
    assert_eq!(found.at_next_start, Vec::<String>::new());
}

pub(crate) async fn a_file_that_was_edited_holds_at_once(site: &mut Site) {
    let text = "parallel_tasks = 5\ndurability = \"full\"\n[notify]\ndesktop = false\n";
    fs::write(site.home().config(), text).unwrap();
    // Nobody asks for it: the host sees by itself that the file was written.
    until("the file is followed", async || (places(site).await == 5).then_some(())).await;
    assert_eq!(read(site).await.at_next_start, ["durability"]);
}

pub(crate) async fn a_broken_file_leaves_what_was_in_force(site: &mut Site) {
    let before = fs::read(site.home().config()).unwrap();
    fs::write(site.home().config(), "parallel_tasks = 0\n").unwrap();
    let error = site.api().read_settings(ReadSettings {}).await.unwrap_err();
    assert_eq!(error.code, Code::Environment);
    assert!(error.message.contains("config.toml:1:18: parallel_tasks: "), "{error}");
    let report = site.api().daemon_state(DaemonState {}).await.unwrap();
    assert_eq!(report.parallel_tasks, 2);
    assert!(report.warnings[0].ends_with("; the settings from before hold"), "{report:?}");
    let run = site.run("w.json", &workflow("w", &[noop("a")], &[])).await;
    assert_eq!(site.ended(run).await.state, RunState::Succeeded);
    fs::write(site.home().config(), before).unwrap();
    read(site).await;
    assert!(site.api().daemon_state(DaemonState {}).await.unwrap().warnings.is_empty());
}

pub(crate) async fn a_change_keeps_what_people_wrote_and_holds_at_once(site: &mut Site) {
    let config = site.home().config();
    let written = "parallel_tasks = 1 # for now\n[notify]\ndesktop = false\n";
    fs::write(&config, written).unwrap();
    let digest = read(site).await.digest;
    let tasks = ["a", "b"].map(|name| gated(site, name));
    let run = site.run("gates.json", &workflow("gates", &tasks, &[])).await;
    site.reached(run, "a", TaskState::Running).await;
    assert_eq!(site.get(run).await.tasks[&key("b")].state, TaskState::Queued);
    let changes = vec![
        SettingChange::ParallelTasks { value: NonZeroU32::new(2) },
        SettingChange::Pool { name: "api".to_owned(), value: Some(1) },
    ];
    let change = ChangeSettings { expected_digest: digest.clone(), changes };
    let changed = site.api().change_settings(change).await.unwrap();
    assert_ne!(changed.digest, digest);
    assert_eq!(changed, read(site).await);
    let text = fs::read_to_string(&config).unwrap();
    assert!(text.starts_with("parallel_tasks = 2 # for now\n[notify]\n"), "{text}");
    // There is a place for it now.
    site.reached(run, "b", TaskState::Running).await;
    site.open_gates(&["a", "b"]);
    assert_eq!(site.ended(run).await.state, RunState::Succeeded);
    let mut task = noop("a");
    task["pool"] = json!({ "name": "api" });
    let source = Source::Text { text: workflow("w", &[task], &[]).to_string(), path: None };
    let validated = site.api().validate(Validate { source }).await.unwrap();
    assert_eq!(validated.problems, [], "the pool is known at once");
}

pub(crate) async fn a_change_of_an_older_file_is_refused(site: &mut Site) {
    let config = site.home().config();
    let digest = read(site).await.digest;
    fs::write(&config, "parallel_tasks = 3\n").unwrap();
    let changes = vec![SettingChange::ParallelTasks { value: NonZeroU32::new(9) }];
    let change = ChangeSettings { expected_digest: digest, changes };
    assert_eq!(code(site.api().change_settings(change).await), Code::ChangedOutside);
    assert_eq!(fs::read_to_string(&config).unwrap(), "parallel_tasks = 3\n");
    // One that makes no sense is refused, too.
    let expected_digest = read(site).await.digest;
    let changes = vec![SettingChange::NotifySend { value: Some(vec!["pager".to_owned()]) }];
    let change = ChangeSettings { expected_digest, changes };
    assert_eq!(code(site.api().change_settings(change).await), Code::InvalidRequest);
    assert_eq!(fs::read_to_string(&config).unwrap(), "parallel_tasks = 3\n");
    let text = workflow("w", &[noop("a")], &[]).to_string();
    let source = Source::Text { text, path: None };
    site.api().start_run(start(source)).await.unwrap();
}

pub(crate) async fn a_test_says_why_it_was_not_delivered(site: &mut Site) {
    let test = |channel: &str| TestNotifier { channel: channel.to_owned() };
    let error = site.api().test_notifier(test("pager")).await.unwrap_err();
    assert_eq!(error.code, Code::NotFound);
    assert!(error.message.contains("there is no channel `pager`"), "{error}");
}
