//! A run that takes unusually long, in a history that knows how long it usually takes.

use std::fs;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use millrace_model::event::{RunEvent, RunEventKind, RunHead, RunState, Trigger};
use millrace_model::ident::Ident;
use millrace_model::ids::RunId;
use millrace_model::time::Timestamp;
use millrace_store::{Options, Persist, Store, Writer};
use millrace_tests::until;
use serde_json::{Value, json};

use crate::service::{Session, Tells};
use crate::{Site, workflow};

/// What is in the history before the daemon starts.
struct Past {
    writer: Writer,
    snapshot: String,
    now: Timestamp,
}

impl Past {
    fn new(site: &Site, document: &Value) -> Self {
        let store = Store::open(&site.path("home"), Options::default()).unwrap();
        let mut writer = store.writer().unwrap();
        let snapshot = writer.put_snapshot(&document.to_string()).unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
        Self { writer, snapshot, now: Timestamp(i64::try_from(now).unwrap()) }
    }

    /// A run that was begun so many minutes ago, and succeeded after so many if at all.
    fn run(&mut self, number: u64, ago: u64, took: Option<u64>) -> RunId {
        let (run, minutes) = (RunId(number), |count: u64| Duration::from_secs(60 * count));
        let begun = self.now.minus(minutes(ago));
        let head = RunHead {
            workflow: Ident::new("daily").unwrap(),
            title: Some("Daily <sales>".to_owned()),
            workflow_id: None,
            path: None,
            snapshot: self.snapshot.clone(),
            trigger: Trigger::Manual,
            logical_time: begun,
            params: Default::default(),
            tasks: vec![Ident::new("load").unwrap()],
            only: None,
            rerun_of: None,
            failed_before: None,
            origin: None,
            carried: Vec::new(),
        };
        let mut events = vec![
            RunEvent { run, seq: 1, at: begun, kind: RunEventKind::RunQueued(Box::new(head)) },
            RunEvent { run, seq: 2, at: begun, kind: RunEventKind::RunStarted },
        ];
        if let Some(took) = took {
            let kind = RunEventKind::RunEnded { state: RunState::Succeeded, cause: None };
            events.push(RunEvent { run, seq: 3, at: begun.plus(minutes(took)), kind });
        }
        self.writer.commit(&events, Persist::Now).unwrap();
        run
    }
}

#[test]
fn a_run_that_takes_unusually_long_is_shown_while_it_runs() {
    let mut site = Site::new("");
    let session = Session::start(&mut site, Tells::Sender);
    let gate = site.path("gate");
    let script = format!("while ! test -e '{}'; do sleep 0.02; done", gate.display());
    let mut document = workflow("daily", &script, &json!([{ "on": "slow", "task": "nudge" }]));
    document["tasks"].as_array_mut().unwrap().push(json!({
        "name": "nudge", "kind": "shell", "spec": { "script": "echo \"$MILLRACE_HOOK_REASON\"" },
    }));
    let mut past = Past::new(&site, &document);
    for number in 1..=5 {
        past.run(number, 10_000 - number * 1_000, Some(10));
    }
    let run = past.run(6, 180, None);
    drop(past);
    // The daemon goes on with it.
    assert_eq!(site.last_run(), run.to_string());
    let slow = session.next();
    assert_eq!(slow.summary, "Daily <sales> takes unusually long");
    assert_eq!(slow.body, "under way for more than 20 min, longer than it usually takes");
    assert_eq!(slow.actions, ["default", "Open"]);
    let state = || site.json(&["runs", "--json"])["runs"][0]["state"].clone();
    assert_eq!(state(), "running");
    fs::write(&gate, "").unwrap();
    until("the run has ended", || (state() == "succeeded").then_some(()));
    let nudged = site.call(&["logs", "last", "nudge[0]"]);
    assert_eq!(nudged.1, format!("{}\n", slow.body), "the hook ran its task");
    // The next thing that is told is another one.
    assert!(!site.run(&workflow("weekly", "exit 3", &json!([]))));
    assert_eq!(session.next().body, "load failed: exit code 3");
}
