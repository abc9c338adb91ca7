//! What a notification on the desktop looks like.

use millrace_model::document::HookOn;
use notify_rust::{Hint, Notification, Urgency};

use super::shown::{OPEN, RETRY, Target};
use crate::notify::click::Click;
use crate::notify::message::{Kind, Message};
use crate::notify::outgoing::Outgoing;

/// What a notification on the desktop looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bubble {
    summary: String,
    body: String,
    category: &'static str,
    target: Target,
    can_retry: bool,
    stands_alone: bool,
}

impl Bubble {
    /// Bodies are markup by the specification, where the desktop has that; a log's line stays text in either case.
    pub(super) fn of(outgoing: &Outgoing, is_markup: bool) -> Self {
        let lines: Vec<String> = outgoing.lines().iter().map(|line| plain(line)).collect();
        let body = lines.join("\n");
        let single = outgoing.single();
        let named = single.filter(|message| !message.name.is_empty());
        let target = Target {
            workflow: named.map(|message| message.name.clone()),
            opens: match single {
                Some(&Message { run: Some(run), ref task, .. }) => {
                    Click::Run { run, task: task.clone() }
                }
                Some(message) if message.kind == Kind::Test => Click::Window,
                _ => Click::Inbox,
            },
        };
        let kind = single.map_or(Kind::Failure, |message| message.kind);
        Self {
            summary: plain(&outgoing.title()),
            body: if is_markup { escape(&body) } else { body },
            category: match kind {
                Kind::Failure | Kind::Missed | Kind::Slow | Kind::Canceled => "transfer.error",
                Kind::Recovery | Kind::Success | Kind::Task | Kind::Test => "transfer.complete",
                Kind::OfTask(HookOn::Failure | HookOn::Retry) => "transfer.error",
                Kind::OfTask(_) => "transfer.complete",
                Kind::Waiting => "im.received",
            },
            stands_alone: matches!(kind, Kind::Task | Kind::OfTask(_)),
            can_retry: matches!(target.opens, Click::Run { .. }) && kind == Kind::Failure,
            target,
        }
    }

    /// It takes nobody's place: what a task tells is not what became of its workflow.
    pub(super) fn stands_alone(&self) -> bool {
        self.stands_alone
    }

    /// It as notify-rust has it, with buttons where the desktop has those.
    pub(super) fn notification(&self, has_buttons: bool) -> Notification {
        let mut notification = Notification::new();
        notification
            .appname("Millrace")
            .icon("millrace")
            .summary(&self.summary)
            .body(&self.body)
            .urgency(Urgency::Normal)
            .hint(Hint::Category(self.category.to_owned()))
            .hint(Hint::DesktopEntry("millrace".to_owned()));
        if has_buttons {
            notification.action(OPEN, "Open");
        }
        if has_buttons && self.can_retry {
            notification.action(RETRY, "Retry");
        }
        notification
    }

    /// Whose next one takes its place.
    pub(super) fn workflow(&self) -> Option<&str> {
        self.target.workflow.as_deref()
    }

    /// What a click on it is about.
    pub(super) fn target(&self) -> Target {
        self.target.clone()
    }
}

/// The text without control characters.
fn plain(text: &str) -> String {
    text.chars().filter(|c| matches!(c, '\n' | '\t') || !c.is_control()).collect()
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use millrace_model::ids::RunId;
    use millrace_model::time::Timestamp;

    use super::*;
    use crate::notify::message::Missed;

    #[test]
    fn a_logs_line_stays_text() {
        let failure = Message {
            kind: Kind::Failure,
            name: "daily".to_owned(),
            title: "Daily <b> failed".to_owned(),
            reason: "load failed: exit code 3".to_owned(),
            last_line: "<a href='x'>&\u{1b}[31m".to_owned(),
            run: Some(RunId(1)),
            ..Message::test(Timestamp(0))
        };
        let bubble = Bubble::of(&Outgoing::of(failure.clone()), true);
        assert_eq!(bubble.summary, "Daily <b> failed");
        assert_eq!(bubble.body, "load failed: exit code 3\n&lt;a href='x'&gt;&amp;[31m");
        assert_eq!(bubble.notification(true).actions, ["default", "Open", "retry", "Retry"]);
        assert!(bubble.notification(false).actions.is_empty());
        let run = Click::Run { run: RunId(1), task: None };
        assert_eq!(bubble.target().opens, run);
        let bubble = Bubble::of(&Outgoing::of(failure), false);
        assert_eq!(bubble.body, "load failed: exit code 3\n<a href='x'>&[31m");
    }

    #[test]
    fn what_is_about_no_single_run_leads_to_the_inbox() {
        let missed = Missed {
            workflow: "daily".to_owned(),
            title: None,
            schedule: "nightly".to_owned(),
            count: 2,
            first: Timestamp(0),
            last: Timestamp(1),
            reason: String::new(),
        };
        let opens = |message| Bubble::of(&Outgoing::of(message), false).target().opens;
        assert_eq!(opens(Message::of_missed(&missed)), Click::Inbox);
        assert_eq!(opens(Message::test(Timestamp(0))), Click::Window);
    }
}
