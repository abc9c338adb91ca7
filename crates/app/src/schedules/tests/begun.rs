//! Runs that somebody begins: calls of triggers, and the first run of a document from elsewhere.

use std::collections::BTreeMap;
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use millrace_api::document::Source;
use millrace_api::run::StartRun;
use millrace_api::schedule::SwitchSchedules;
use millrace_api::trigger::{CallTrigger, MakeToken};
use millrace_api::{ApiError, Backend, Code};
use millrace_model::Values;
use millrace_model::ident::Ident;
use millrace_model::time::Timestamp;
use serde_json::json;

use super::site::{Life, Site, document};

/// 2026-01-01T00:00:00Z.
const MIDNIGHT: Timestamp = Timestamp(1_767_225_600_000_000);
const TICK: Duration = Duration::from_millis(1);

#[tokio::test(start_paused = true)]
async fn of_calls_at_once_a_rate_lets_one_through() {
    let site = Site::new(MIDNIGHT);
    let called = json!({ "triggers": [{ "name": "pushed", "http": {}, "rate": "1m" }] });
    let path = site.put("work", called);
    let mut life = site.open().await;
    assert!(!life.settle(&site).await);
    let (app, trigger) = (Arc::clone(&life.app), Ident::new("pushed").unwrap());
    let make = MakeToken { source: Source::Path(path), trigger: trigger.clone() };
    let made = answer(&mut life, &site, app.new_token(make)).await;
    let call = CallTrigger {
        workflow: Ident::new("work").unwrap(),
        trigger,
        token: made.unwrap().token,
        params: Values::new(),
    };
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let (app, call) = (Arc::clone(&app), call.clone());
        calls.spawn(async move { app.called(call).await });
    }
    let calls = answer(&mut life, &site, calls.join_all()).await;
    let (started, refused): (Vec<_>, Vec<_>) = calls.into_iter().partition(Result::is_ok);
    assert_eq!((started.len(), refused.len()), (1, 11), "{started:?} {refused:?}");
    assert!(refused.into_iter().all(|it| it.unwrap_err().code == Code::TooSoon));
    site.pass(Duration::from_secs(61)).await;
    let next = answer(&mut life, &site, app.called(call)).await;
    next.expect("the rate allows the next one");
    drop(app);
    life.end().await;
}

/// What is answered while the scheduler goes on.
async fn answer<T>(life: &mut Life, site: &Site, asked: impl Future<Output = T>) -> T {
    let mut asked = pin!(asked);
    loop {
        tokio::select! {
            biased;
            answer = &mut asked => return answer,
            // Not only given way to: some of it waits for the clock.
            () = tokio::time::sleep(TICK) => assert!(!life.turn(site).await),
        }
    }
}

/// Switches the schedules of the document on.
async fn switched(life: &mut Life, site: &Site, path: &str) -> Result<(), ApiError> {
    let source = Source::Path(path.to_owned());
    let switch = SwitchSchedules { source, name: None, on: true };
    let app = Arc::clone(&life.app);
    answer(life, site, app.switch_schedules(switch)).await.map(drop)
}

#[tokio::test(start_paused = true)]
async fn a_document_from_elsewhere_starts_by_itself_from_its_first_run_on() {
    let site = Site::new(MIDNIGHT);
    let hourly = json!({ "name": "hourly", "cron": "0 * * * *", "timezone": "UTC" });
    let path = site.home.root().join("elsewhere.json").display().to_string();
    let elsewhere = document("work", json!({ "schedules": [hourly] }));
    std::fs::write(&path, elsewhere.to_string()).unwrap();
    let plain = site.put("plain", json!({}));
    let mut life = site.open().await;
    assert!(!life.settle(&site).await);
    let unknown = switched(&mut life, &site, &path).await.unwrap_err();
    assert!(unknown.message.contains("never ran here"), "{unknown:?}");
    let nothing = switched(&mut life, &site, &plain).await.unwrap_err();
    assert!(nothing.message.contains("has no schedules"), "{nothing:?}");
    assert!(!life.settle(&site).await);

    life.app.start(start(&path)).await.unwrap();
    assert!(!life.settle(&site).await);
    assert!(life.app.schedules.standing().at(Path::new(&path)).is_some(), "without a wait");
    switched(&mut life, &site, &path).await.unwrap();
    life.end().await;
}

fn start(path: &str) -> StartRun {
    StartRun {
        source: Source::Path(path.to_owned()),
        params: Values::new(),
        param_texts: BTreeMap::new(),
        until: None,
        only: None,
        pinned: false,
        vouched: true,
    }
}
