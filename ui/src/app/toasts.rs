//! Short messages that go away by themselves, and errors that stay until they are closed.

use crate::command::Command;

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Toast {
    pub(crate) text: String,
    /// What to do next.
    pub(crate) help: Option<String>,
    pub(crate) is_error: bool,
    /// What can be done about it, and the words for that.
    pub(crate) action: Option<(&'static str, Command)>,
    /// Counts all messages, as an id.
    pub(crate) number: u64,
    /// Seconds of the ui at which it goes; none = when it is closed.
    pub(crate) until: Option<f64>,
}

/// Seconds for which a message that is no error stays.
const SHOWN_SECS: f64 = 4.0;
/// Seconds for which something can be taken back.
const OFFERED_SECS: f64 = 10.0;
/// More at once would cover the window.
const MOST: usize = 4;

/// The messages, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Toasts {
    pub(crate) list: Vec<Toast>,
    next: u64,
}

impl Toasts {
    /// Says something that went well; said again, it stays longer.
    pub(crate) fn say(&mut self, text: impl Into<String>, time: f64) {
        let text = text.into();
        self.list.retain(|toast| toast.text != text);
        self.push(text, None, false, Some(time + SHOWN_SECS));
    }

    /// Says something that can be taken back for a while.
    pub(crate) fn offer(
        &mut self,
        text: impl Into<String>,
        action: (&'static str, Command),
        time: f64,
    ) {
        self.push(text.into(), None, false, Some(time + OFFERED_SECS));
        if let Some(toast) = self.list.last_mut() {
            toast.action = Some(action);
        }
    }

    /// Says what went wrong; the same text is not shown twice.
    pub(crate) fn fail(&mut self, text: impl Into<String>, help: Option<String>) {
        let text = sentence(&text.into());
        if !self.list.iter().any(|toast| toast.text == text) {
            self.push(text, help.map(|help| sentence(&help)), true, None);
        }
    }

    /// Drops what has been shown long enough. Before a frame is drawn: the next may be long in coming.
    pub(crate) fn expire(&mut self, time: f64) {
        self.list.retain(|toast| toast.until.is_none_or(|until| until > time));
    }

    /// The seconds until the next goes by itself.
    pub(crate) fn next_goes_in(&self, time: f64) -> Option<f64> {
        self.list.iter().filter_map(|toast| toast.until).map(|until| until - time).reduce(f64::min)
    }

    fn push(&mut self, text: String, help: Option<String>, is_error: bool, until: Option<f64>) {
        self.next += 1;
        if self.list.len() == MOST {
            self.list.remove(0);
        }
        self.list.push(Toast { text, help, is_error, action: None, number: self.next, until });
    }
}

/// Messages of the program are fragments; standing alone they begin with a capital, and names in them are quoted as in
/// prose.
pub(crate) fn sentence(text: &str) -> String {
    let text = &quoted(text);
    // A name of a task or a file stays as it is written.
    if text.split_whitespace().next().is_some_and(|word| word.contains(['_', '/', '.'])) {
        return text.to_owned();
    }
    let mut chars = text.chars();
    match chars.next() {
        Some(first) => first.to_uppercase().chain(chars).collect(),
        None => String::new(),
    }
}

/// The same with a full stop, where it stands as a sentence among others.
pub(crate) fn full_sentence(text: &str) -> String {
    let sentence = sentence(text);
    if sentence.is_empty() || sentence.ends_with(['.', '?', '!', '…', ':']) {
        sentence
    } else {
        format!("{sentence}.")
    }
}

/// Messages name things in back quotes, as is read in a terminal; here they have quotation marks.
fn quoted(text: &str) -> String {
    if !text.matches('`').count().is_multiple_of(2) {
        return text.to_owned();
    }
    let mut is_open = false;
    let mark = |letter: char| match letter {
        '`' => {
            is_open = !is_open;
            if is_open { '“' } else { '”' }
        }
        other => other,
    };
    text.chars().map(mark).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_become_sentences() {
        assert_eq!(sentence("no such file"), "No such file");
        assert_eq!(sentence("load_rows failed"), "load_rows failed", "a name stays as it is");
        assert_eq!(sentence("the secret `mail` is locked"), "The secret “mail” is locked");
        assert_eq!(sentence("unexpected ` in a script"), "Unexpected ` in a script");
        assert_eq!(full_sentence("unlock it"), "Unlock it.");
        assert_eq!(full_sentence("is it there?"), "Is it there?");
        assert_eq!(full_sentence(""), "");
    }
}
