//! Notifications that were shown, what each is about, and the connections by which they live.

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
    /// What a click on it means.
    pub(super) opens: Click,
}

/// Notifications that were shown. `C` is a connection, `W` somebody who waits for a click; both end when they are dropped.
#[derive(Debug)]
pub(super) struct Shown<C, W> {
    /// Oldest first.
    all: Vec<One<C, W>>,
    count: u64,
}

/// A notification that was shown.
#[derive(Debug)]
struct One<C, W> {
    /// Our own number: the service's may come again.
    number: u64,
    id: u32,
    target: Target,
    connection: Option<C>,
    /// None once it was clicked, replaced or closed.
    waiting: Option<W>,
}

impl<C, W> Default for Shown<C, W> {
    fn default() -> Self {
        Self { all: Vec::new(), count: 0 }
    }
}

impl<C, W> Shown<C, W> {
    /// The service's number of this workflow's notification, where it may be there still.
    pub(super) fn of_workflow(&self, workflow: Option<&str>) -> Option<u32> {
        let workflow = workflow?;
        let its = |one: &&One<C, W>| one.target.workflow.as_deref() == Some(workflow);
        self.all.iter().rfind(its).map(|one| one.id)
    }

    /// One was shown, as the service's `id`; it was to be in place of `replaced`. Gives our number of it.
    pub(super) fn put(
        &mut self,
        id: u32,
        replaced: Option<u32>,
        target: Target,
        connection: C,
    ) -> u64 {
        if Some(id) != replaced && self.all.iter().any(|one| one.id >= id) {
            // The service counts from its start: it is another one, and its numbers are about other notifications.
            self.all.clear();
        }
        if let Some(replaced) = replaced {
            self.all.iter_mut().filter(|one| one.id == replaced).for_each(One::end);
        }
        self.count += 1;
        let (number, connection) = (self.count, Some(connection));
        self.all.push(One { number, id, target, connection, waiting: None });
        if self.all.len() > MOST {
            // Not the first: GNOME takes away all of a program's notifications with the connection that began them.
            self.all.remove(1);
        }
        number
    }

    /// Somebody waits for a click on it.
    pub(super) fn wait(&mut self, number: u64, waiting: W) {
        if let Some(one) = self.all.iter_mut().find(|one| one.number == number) {
            one.waiting = Some(waiting);
        }
    }

    /// What a click on it means; none where it has no such button. Nobody waits for another.
    pub(super) fn click(&mut self, number: u64, action: &str) -> Option<Click> {
        let one = self.all.iter_mut().find(|one| one.number == number)?;
        one.waiting = None;
        let opens = one.target.opens.clone();
        self.tidy();
        match action {
            OPEN => Some(opens),
            RETRY => match opens {
                Click::Run { run, .. } => Some(Click::Retry { run }),
                _ => None,
            },
            _ => None,
        }
    }

    /// It is gone, unless it was clicked: some services leave it on the screen then, where it is replaced.
    pub(super) fn gone(&mut self, number: u64) {
        let waited = |one: &&mut One<C, W>| one.number == number && one.waiting.is_some();
        if let Some(one) = self.all.iter_mut().find(waited) {
            one.end();
        }
        self.tidy();
    }

    /// A connection may go when no notification is left that waits: GNOME would take the others with it.
    fn tidy(&mut self) {
        if self.all.iter().all(|one| one.waiting.is_none()) {
            self.all.iter_mut().for_each(|one| one.connection = None);
        }
        self.all.retain(|one| one.connection.is_some() || one.target.workflow.is_some());
    }
}

impl<C, W> One<C, W> {
    fn end(&mut self) {
        self.waiting = None;
        self.target.workflow = None;
    }
}

#[cfg(test)]
mod tests;
