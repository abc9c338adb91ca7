//! What a person should look at.

use millrace_api::inbox::{Inbox, MarkSeen, ReadInbox};
use millrace_api::schedule::FireState;
use serde_json::json;

use super::schedules::{put, scheduled};
use crate::document::{gated, shell, workflow};
use crate::site::{Site, until};

async fn inbox(site: &Site) -> Inbox {
    site.api().read_inbox(ReadInbox {}).await.unwrap()
}

pub(crate) async fn failures_skips_and_questions_are_in_the_inbox(site: &mut Site) {
    assert_eq!(
        inbox(site).await,
        Inbox {
            questions: Vec::new(),
            failures: Vec::new(),
            skips: Vec::new(),
            untrusted: Vec::new()
        }
    );
    let bad = workflow("bad", &[shell("a", "exit 3")], &[]);
    let failed = site.run("bad.json", &bad).await;
    site.ended(failed).await;
    let gift = scheduled("gift", json!([{ "name": "nightly", "cron": "0 2 * * *" }]));
    let gift = site.write_to_library("gift.json", gift.to_string());
    let mut slow = workflow("slow", &[gated(site, "gate")], &[]);
    slow["schedules"] = json!([{ "name": "often", "every": "1s" }]);
    put(site, "slow.json", &slow).await;
    let found = until("a tick is skipped", async || {
        let found = inbox(site).await;
        (!found.skips.is_empty() && !found.untrusted.is_empty()).then_some(found)
    })
    .await;
    assert_eq!(found.failures.iter().map(|run| run.run).collect::<Vec<_>>(), [failed]);
    assert_eq!(found.failures[0].failed_task.as_deref(), Some("a"));
    let skip = &found.skips[0];
    assert_eq!((skip.fire.workflow.as_str(), skip.fire.name.as_str()), ("slow", "often"));
    assert!(matches!(skip.fire.what, FireState::Skipped { .. }));
    let [question] = found.untrusted.as_slice() else { panic!("{found:?}") };
    assert_eq!((question.workflow.as_str(), &question.path), ("gift", &gift));
    assert!(question.starters[0].contains("02:00"), "{question:?}");
    site.open_gates(&["gate"]);
}

pub(crate) async fn what_was_seen_is_gone(site: &mut Site) {
    let bad = workflow("bad", &[shell("a", "exit 3")], &[]);
    let failed = site.run("bad.json", &bad).await;
    site.ended(failed).await;
    assert_eq!(inbox(site).await.failures.len(), 1);
    let seen = MarkSeen { runs: vec![failed], skips: vec![4_711], unseen: false };
    // Twice, and with what is not there: nothing is wrong with that.
    site.api().mark_seen(seen.clone()).await.unwrap();
    site.api().mark_seen(seen.clone()).await.unwrap();
    assert_eq!(inbox(site).await.failures, []);
    // Taken back, it is there again.
    let taken_back = MarkSeen { unseen: true, ..seen.clone() };
    site.api().mark_seen(taken_back).await.unwrap();
    assert_eq!(inbox(site).await.failures.len(), 1);
    site.api().mark_seen(seen).await.unwrap();
    site.replace_host(false).await;
    assert_eq!(inbox(site).await.failures, []);
}
