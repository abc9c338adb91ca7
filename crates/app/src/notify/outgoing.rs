//! What goes through a channel at once: one message, or several together.

use millrace_model::document::HookOn;

use super::message::{Kind, Message};

/// So many messages of a group are listed.
const LISTED: usize = 10;

/// What goes through a channel at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outgoing {
    /// At least one, oldest first.
    pub(crate) messages: Vec<Message>,
    /// So many more were held back and are not listed.
    pub(crate) more: u32,
}

impl Outgoing {
    /// One message by itself.
    pub(crate) fn of(message: Message) -> Self {
        Self { messages: vec![message], more: 0 }
    }

    /// The message, where it is one by itself.
    pub(crate) fn single(&self) -> Option<&Message> {
        match self.messages.as_slice() {
            [message] => Some(message),
            _ => None,
        }
    }

    /// What happened, in a line.
    pub(crate) fn title(&self) -> String {
        let more = match self.more {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        match self.single() {
            Some(message) => format!("{}{more}", message.title),
            None => format!("{} {}{more}", self.messages.len(), self.noun()),
        }
    }

    /// What is said below the title, by line.
    pub(crate) fn lines(&self) -> Vec<String> {
        if let Some(message) = self.single() {
            return message.details().into_iter().map(str::to_owned).collect();
        }
        let of = |message: &Message| match message.details().first() {
            Some(detail) => format!("{}: {detail}", message.title),
            None => message.title.clone(),
        };
        let mut lines: Vec<String> = self.messages.iter().take(LISTED).map(of).collect();
        let left = (self.messages.len() - lines.len()) as u64 + u64::from(self.more);
        if left > 0 {
            lines.push(format!("and {left} more"));
        }
        lines
    }

    fn noun(&self) -> &'static str {
        let kind = self.messages.first().map_or(Kind::Test, |message| message.kind);
        let all = self.messages.iter().all(|message| message.kind == kind);
        match kind {
            Kind::Failure if all => "runs failed",
            Kind::Recovery if all => "workflows work again",
            Kind::Success if all => "runs succeeded",
            Kind::Canceled if all => "runs were cancelled",
            Kind::Missed if all => "schedules were missed",
            Kind::Waiting if all => "questions wait for an answer",
            Kind::OfTask(HookOn::Failure) if all => "tasks failed",
            Kind::OfTask(HookOn::Retry) if all => "tasks are tried again",
            Kind::Slow if all => "runs take unusually long",
            _ => "things happened",
        }
    }
}

#[cfg(test)]
mod tests {
    use millrace_model::time::Timestamp;

    use super::*;

    fn failure(workflow: &str) -> Message {
        Message {
            kind: Kind::Failure,
            title: format!("{workflow} failed"),
            reason: "load failed: exit code 3".to_owned(),
            last_line: "connection refused".to_owned(),
            ..Message::test(Timestamp(0))
        }
    }

    #[test]
    fn one_says_all_and_several_a_line_each() {
        let one = Outgoing::of(failure("Daily"));
        assert_eq!(one.title(), "Daily failed");
        assert_eq!(one.lines(), ["load failed: exit code 3", "connection refused"]);
        let late = Outgoing { more: 12, ..one };
        assert_eq!(late.title(), "Daily failed, and 12 more");
        let two = Outgoing { messages: vec![failure("Daily"), failure("Weekly")], more: 0 };
        assert_eq!(two.title(), "2 runs failed");
        assert_eq!(
            two.lines(),
            ["Daily failed: load failed: exit code 3", "Weekly failed: load failed: exit code 3"]
        );
        let many = Outgoing { messages: vec![failure("Daily"); 13], more: 4 };
        assert_eq!(many.title(), "13 runs failed, and 4 more");
        assert_eq!((many.lines().len(), many.lines()[10].as_str()), (11, "and 7 more"));
        let slow = Message { kind: Kind::Slow, ..failure("Daily") };
        let mixed = Outgoing { messages: vec![failure("Daily"), slow], more: 0 };
        assert_eq!(mixed.title(), "2 things happened");
    }
}
