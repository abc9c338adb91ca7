//! Notifications that can still be clicked, and what each is about.

use std::collections::BTreeMap;

use millrace_model::ids::{RunId, TaskKey};

use crate::notify::click::Click;

/// The action of a click on the notification itself.
pub(super) const OPEN: &str = "default";
/// The action of the second button.
pub(super) const RETRY: &str = "retry";

/// So many are remembered; an older one can no longer be clicked to any effect.
const MOST: usize = 64;

/// What a notification is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Target {
    /// The workflow whose next message takes its place.
    pub(super) workflow: Option<String>,
    pub(super) run: Option<RunId>,
    pub(super) task: Option<TaskKey>,
    pub(super) token: Option<String>,
}

/// Notifications that can still be clicked.
#[derive(Debug, Default)]
pub(super) struct Shown {
    /// By the service's number, with our own count of when it was shown.
    by_id: BTreeMap<u32, (u64, Target)>,
    count: u64,
}

impl Shown {
    /// The notification of this workflow that is there still; 0 where there is none.
    pub(super) fn of_workflow(&self, workflow: Option<&str>) -> u32 {
        let Some(workflow) = workflow else { return 0 };
        let is_its = |target: &Target| target.workflow.as_deref() == Some(workflow);
        self.by_id.iter().find(|(_, (_, target))| is_its(target)).map_or(0, |(id, _)| *id)
    }

    /// One was shown, perhaps in place of an earlier one.
    pub(super) fn put(&mut self, id: u32, target: Target) {
        self.count += 1;
        self.by_id.insert(id, (self.count, target));
        if self.by_id.len() > MOST
            && let Some((oldest, _)) = self.by_id.iter().min_by_key(|(_, (count, _))| *count)
        {
            let oldest = *oldest;
            self.by_id.remove(&oldest);
        }
    }

    /// What a click on it means; none where it is not ours.
    pub(super) fn click(&mut self, id: u32, action: &str) -> Option<Click> {
        let (_, target) = self.by_id.get(&id)?;
        match action {
            OPEN => Some(Click::Open {
                run: target.run,
                task: target.task.clone(),
                token: target.token.clone(),
            }),
            RETRY => target.run.map(|run| Click::Retry { run }),
            _ => None,
        }
    }

    /// What lets a window come to the front for it.
    pub(super) fn token(&mut self, id: u32, token: &str) {
        if let Some((_, target)) = self.by_id.get_mut(&id) {
            target.token = Some(token.to_owned());
        }
    }

    /// It is gone.
    pub(super) fn forget(&mut self, id: u32) {
        self.by_id.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(workflow: &str, run: u64) -> Target {
        Target { workflow: Some(workflow.to_owned()), run: Some(RunId(run)), ..Target::default() }
    }

    #[test]
    fn a_click_leads_to_the_run_that_is_shown_now() {
        let mut shown = Shown::default();
        assert_eq!(shown.of_workflow(Some("daily")), 0);
        shown.put(7, target("daily", 1));
        assert_eq!((shown.of_workflow(Some("daily")), shown.of_workflow(Some("other"))), (7, 0));
        shown.put(7, target("daily", 2));
        shown.token(7, "front");
        assert_eq!(shown.click(7, RETRY), Some(Click::Retry { run: RunId(2) }));
        let open = Click::Open { run: Some(RunId(2)), task: None, token: Some("front".to_owned()) };
        assert_eq!(shown.click(7, OPEN), Some(open));
        assert_eq!(shown.click(8, OPEN), None, "another program's");
        shown.forget(7);
        assert_eq!((shown.click(7, OPEN), shown.of_workflow(Some("daily"))), (None, 0));
    }

    #[test]
    fn only_so_many_are_remembered() {
        let mut shown = Shown::default();
        for id in (1..=100).rev() {
            shown.put(id, target(&id.to_string(), 1));
        }
        assert_eq!(shown.by_id.len(), MOST);
        assert!(shown.click(100, OPEN).is_none() && shown.click(1, OPEN).is_some());
    }
}
