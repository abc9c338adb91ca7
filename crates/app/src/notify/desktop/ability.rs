//! What the session's service can show.

use std::thread;

use tokio::sync::{Mutex, oneshot};

type Answer = Result<Vec<String>, String>;

/// Asks the session's service what it can show: anew each time, as it may be another one by now.
///
/// notify-rust only has a question that blocks. A thread of its own asks it, one at a time: where the service hangs, the
/// thread does so alone, and whoever comes next waits for the same answer.
#[derive(Debug, Default)]
pub(super) struct Ability {
    asked: Mutex<Option<oneshot::Receiver<Answer>>>,
}

impl Ability {
    /// Its capabilities, in the words of the Desktop Notifications Specification.
    ///
    /// # Errors
    /// There is no session bus, or nobody shows notifications on it.
    pub(super) async fn ask(&self) -> Answer {
        let mut asked = self.asked.lock().await;
        let question = match asked.take() {
            Some(question) => question,
            None => question()?,
        };
        let answer = asked.insert(question).await;
        *asked = None;
        answer.unwrap_or_else(|_gone| Err("nobody asked the desktop what it can show".to_owned()))
    }
}

fn question() -> Result<oneshot::Receiver<Answer>, String> {
    let (answer, question) = oneshot::channel();
    let ask = move || {
        let able = notify_rust::get_capabilities().map_err(|error| error.to_string());
        // Nobody waits any more where the app has ended.
        let _heard = answer.send(able);
    };
    match thread::Builder::new().name("notifications".to_owned()).spawn(ask) {
        Ok(_alone) => Ok(question),
        Err(error) => Err(format!("there is no thread to ask the desktop: {error}")),
    }
}
