//! Bringing messages to their channels: each has a task of its own, so that none waits for another.
//!
//! What does not get through is tried again twice; what comes meanwhile is gathered and goes along.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use millrace_api::settings::Notify;
use millrace_api::{ApiError, Code};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::gate::Gate;
use super::message::Message;
use super::outgoing::Outgoing;
use super::told::Ticket;

/// So many messages may wait for a channel; its gate takes them out at once and counts what it cannot hold.
const WAITING: usize = 256;
/// Before the second try and before the third.
const AGAIN: [Duration; 2] = [Duration::from_secs(15), Duration::from_secs(120)];

/// What brings a message to where it leads.
pub(super) trait Deliver: Send + Sync + 'static {
    /// Tries once.
    fn deliver(
        &self,
        channel: &str,
        outgoing: &Outgoing,
    ) -> impl Future<Output = Result<(), ApiError>> + Send;

    /// What became of it in the end.
    fn note(&self, channel: &str, error: Option<&ApiError>);

    /// So many messages an hour go through a channel.
    fn per_hour(&self) -> u32;
}

/// A message for a channel.
struct Letter {
    message: Message,
    is_old: bool,
    /// Dropped when it was delivered, or given up.
    ticket: Ticket,
}

/// Brings messages to their channels.
pub(super) struct Post<D> {
    deliver: Arc<D>,
    channels: HashMap<String, mpsc::Sender<Letter>>,
    tasks: JoinSet<()>,
}

impl<D: Deliver> Post<D> {
    /// Nothing is on its way yet. Dropping it drops what is.
    pub(super) fn new(deliver: Arc<D>) -> Self {
        Self { deliver, channels: HashMap::new(), tasks: JoinSet::new() }
    }

    /// Sends a message on its way. Never waits.
    pub(super) fn send(&mut self, channel: &str, message: Message, is_old: bool, ticket: Ticket) {
        let sender = self.channels.entry(channel.to_owned()).or_insert_with(|| {
            let (sender, waiting) = mpsc::channel(WAITING);
            self.tasks.spawn(serve(channel.to_owned(), Arc::clone(&self.deliver), waiting));
            sender
        });
        if let Err(error) = sender.try_send(Letter { message, is_old, ticket }) {
            tracing::warn!(channel, %error, "a notification was dropped");
        }
    }
}

async fn serve<D: Deliver>(channel: String, deliver: Arc<D>, mut waiting: mpsc::Receiver<Letter>) {
    let mut gate = Gate::default();
    let mut tickets = Vec::new();
    loop {
        let due = gate.due(Instant::now(), deliver.per_hour());
        tokio::select! {
            biased;
            letter = waiting.recv() => match letter {
                Some(letter) => take_in(&mut gate, &mut tickets, letter),
                None => return,
            },
            () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
        }
        let Some(outgoing) = gate.take(Instant::now(), deliver.per_hour()) else { continue };
        let sent = std::mem::take(&mut tickets);
        bring(&channel, &*deliver, &outgoing, &mut waiting, &mut |letter| {
            take_in(&mut gate, &mut tickets, letter);
        })
        .await;
        drop(sent);
    }
}

fn take_in(gate: &mut Gate, tickets: &mut Vec<Ticket>, letter: Letter) {
    gate.offer(letter.message, letter.is_old, Instant::now());
    tickets.push(letter.ticket);
}

/// Delivers, trying again where that can help, while `take_in` gets what comes.
async fn bring<D: Deliver>(
    channel: &str,
    deliver: &D,
    outgoing: &Outgoing,
    waiting: &mut mpsc::Receiver<Letter>,
    take_in: &mut impl FnMut(Letter),
) {
    let mut again = AGAIN.iter();
    loop {
        let error = match deliver.deliver(channel, outgoing).await {
            Ok(()) => return deliver.note(channel, None),
            Err(error) => error,
        };
        // A session without a desktop has none in two minutes either.
        let is_lasting = channel == Notify::DESKTOP || error.code == Code::NotFound;
        let Some(pause) = again.next().filter(|_| !is_lasting) else {
            return deliver.note(channel, Some(&error));
        };
        tracing::info!(channel, %error, "a notification is tried again");
        let until = Instant::now() + *pause;
        loop {
            tokio::select! {
                () = sleep_until(until) => break,
                Some(letter) = waiting.recv() => take_in(letter),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use millrace_model::time::Timestamp;

    use super::*;
    use crate::notify::told::Told;

    /// Writes down what it is given; fails so many times first.
    struct Script {
        failures: Mutex<u32>,
        log: mpsc::UnboundedSender<String>,
        start: Instant,
    }

    impl Script {
        fn say(&self, text: &str) {
            let at = self.start.elapsed().as_secs();
            self.log.send(format!("{at} s: {text}")).unwrap();
        }
    }

    impl Deliver for Script {
        async fn deliver(&self, channel: &str, outgoing: &Outgoing) -> Result<(), ApiError> {
            let mut failures = self.failures.lock().unwrap();
            let fails = *failures > 0;
            *failures = failures.saturating_sub(1);
            let title = outgoing.title();
            self.say(&format!("{channel}: {title}{}", if fails { " fails" } else { "" }));
            match fails {
                true => Err(ApiError::new(Code::NotDelivered, "it was refused")),
                false => Ok(()),
            }
        }

        fn note(&self, channel: &str, error: Option<&ApiError>) {
            match error {
                None => self.say(&format!("{channel} works")),
                Some(error) => self.say(&format!("{channel}: {error}")),
            }
        }

        fn per_hour(&self) -> u32 {
            20
        }
    }

    fn post(failures: u32) -> (Post<Script>, mpsc::UnboundedReceiver<String>) {
        let (log, said) = mpsc::unbounded_channel();
        let script = Script { failures: Mutex::new(failures), log, start: Instant::now() };
        (Post::new(Arc::new(script)), said)
    }

    async fn next(said: &mut mpsc::UnboundedReceiver<String>) -> String {
        said.recv().await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_is_tried_three_times_and_takes_along_what_comes() {
        let (mut post, mut said) = post(3);
        let told = Told::default();
        post.send("ops", Message::test(Timestamp(0)), false, told.ticket(1));
        assert_eq!(next(&mut said).await, "0 s: ops: A test of Millrace fails");
        for position in 2..4 {
            post.send("ops", Message::test(Timestamp(0)), false, told.ticket(position));
        }
        assert_eq!(next(&mut said).await, "15 s: ops: A test of Millrace fails");
        assert_eq!(told.position(9), 0, "it is on its way still");
        assert_eq!(next(&mut said).await, "135 s: ops: A test of Millrace fails");
        assert_eq!(next(&mut said).await, "135 s: ops: it was refused");
        assert_eq!(next(&mut said).await, "135 s: ops: 2 things happened");
        assert_eq!(next(&mut said).await, "135 s: ops works");
        tokio::task::yield_now().await;
        assert_eq!(told.position(9), 9);
    }

    #[tokio::test(start_paused = true)]
    async fn no_channel_waits_for_another_and_the_desktop_for_nothing() {
        let (mut post, mut said) = post(1);
        let told = Told::default();
        post.send("ops", Message::test(Timestamp(0)), false, told.ticket(1));
        assert_eq!(next(&mut said).await, "0 s: ops: A test of Millrace fails");
        post.send("desktop", Message::test(Timestamp(0)), false, told.ticket(1));
        assert_eq!(next(&mut said).await, "0 s: desktop: A test of Millrace");
        assert_eq!(next(&mut said).await, "0 s: desktop works");
        assert_eq!(next(&mut said).await, "15 s: ops: A test of Millrace");
    }
}
