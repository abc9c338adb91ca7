//! More is due at once than can run.

use std::time::Duration;

use millrace_api::Backend;
use millrace_api::run::ListRuns;
use millrace_api::schedule::FireState;
use millrace_model::time::Timestamp;
use serde_json::json;

use super::site::Site;

/// 2026-01-01T00:00:00Z.
const MIDNIGHT: Timestamp = Timestamp(1_767_225_600_000_000);
const HOUR: Duration = Duration::from_secs(3_600);
const WORKFLOWS: usize = 100;

#[tokio::test(start_paused = true)]
async fn ten_thousand_at_once_are_queued_and_clients_get_answers_meanwhile() {
    let site = Site::new(MIDNIGHT);
    for number in 0..WORKFLOWS {
        let name = format!("work_{number}");
        let schedule =
            json!({ "name": "hourly", "cron": "0 * * * *", "timezone": "UTC", "catch_up": "all" });
        site.put(&name, json!({ "schedules": [schedule] }));
        site.tasks.hold(&name);
    }
    let mut life = site.open().await;
    assert!(!life.settle(&site).await);
    // Asleep for more hours than are made up for.
    site.clock.set(MIDNIGHT.plus(HOUR * 120 + HOUR / 2));
    let app = life.app.clone();
    let mut answers = 0;
    {
        let mut settled = std::pin::pin!(life.settle(&site));
        loop {
            let request = ListRuns { limit: 20, ..ListRuns::default() };
            tokio::select! {
                died = &mut settled => break assert!(!died),
                listed = app.list_runs(request) => {
                    listed.unwrap();
                    answers += 1;
                }
            }
        }
    }
    assert!(answers >= 50, "only {answers} answers");
    // The last answer comes a moment before the figures; whoever asks after it finds both.
    assert_eq!(app.engine.active_runs().await.unwrap().len(), 10_000);
    let load = app.engine.busy().borrow().load;
    assert_eq!(load.active_runs + load.queued_runs, 10_000);
    assert_eq!(
        load.active_runs,
        u32::try_from(WORKFLOWS).unwrap(),
        "one of each workflow at a time"
    );

    // The cut is told, with its size and its reason.
    let inbox = app.inbox().await.unwrap();
    assert_eq!(inbox.skips.len(), WORKFLOWS);
    for skip in inbox.skips {
        let why = "missed, and more than are made up for".to_owned();
        let cut = FireState::Skipped { why, count: 20, first: MIDNIGHT.plus(HOUR) };
        assert_eq!(skip.fire.what, cut);
    }
    drop(app);
    life.end().await;
}
