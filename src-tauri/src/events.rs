//! What the host tells the page unasked: documents and links that a second start handed over, files that are dragged.
//!
//! The page opens one channel for them; what happens before waits here, and a page that is loaded again opens another.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use millrace_api::host::HostEvent;
use tauri::ipc::Channel;
use tauri::{DragDropEvent, PhysicalPosition, State};

/// The way to the page.
#[derive(Default)]
pub(crate) struct Events(Mutex<Way>);

/// Sends one event, and answers whether the page still listens.
type Sender = dyn Fn(&HostEvent) -> bool + Send;

#[derive(Default)]
struct Way {
    channel: Option<Box<Sender>>,
    waiting: Vec<HostEvent>,
}

impl Events {
    /// Tells the page, now or as soon as it listens.
    pub(crate) fn tell(&self, event: HostEvent) {
        let mut way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !way.channel.as_ref().is_some_and(|send| send(&event)) {
            way.channel = None;
            way.waiting.push(event);
        }
    }

    /// Whether a page listens.
    pub(crate) fn is_heard(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).channel.is_some()
    }

    /// The page that listened is gone.
    pub(crate) fn page_left(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).channel = None;
    }

    fn attend(&self, send: impl Fn(&HostEvent) -> bool + Send + 'static) {
        let mut way = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = std::mem::take(&mut way.waiting);
        way.channel = Some(Box::new(send));
        drop(way);
        for event in waiting {
            self.tell(event);
        }
    }
}

/// Sends everything that happens from now on into `channel`, in place of an earlier one.
#[tauri::command]
#[expect(clippy::needless_pass_by_value, reason = "tauri hands state over by value")]
pub(crate) fn attend(events: State<'_, Events>, channel: Channel<HostEvent>) {
    events.attend(move |event| channel.send(event.clone()).is_ok());
}

/// What files over the window mean to the page; a name that is no text is left out.
pub(crate) fn of_drag(event: &DragDropEvent, scale: f64) -> Option<HostEvent> {
    let place = |at: &PhysicalPosition<f64>| [at.x / scale, at.y / scale];
    match event {
        DragDropEvent::Enter { position, .. } | DragDropEvent::Over { position } => {
            Some(HostEvent::Dragged { at: place(position) })
        }
        DragDropEvent::Drop { paths, position } => {
            let paths = paths.iter().filter_map(|path| Path::to_str(path)).map(str::to_owned);
            Some(HostEvent::Dropped { paths: paths.collect(), at: place(position) })
        }
        DragDropEvent::Leave => Some(HostEvent::DragLeft),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    fn open(document: &str) -> HostEvent {
        HostEvent::Open { documents: vec![document.to_owned()] }
    }

    #[test]
    fn what_happens_before_the_page_listens_waits_for_it() {
        let events = Events::default();
        events.tell(open("/a"));
        let (sender, told) = channel();
        events.attend(move |event| sender.send(event.clone()).is_ok());
        events.tell(open("/b"));
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [open("/a"), open("/b")]);
        events.page_left();
        events.tell(open("/c"));
        let (sender, told) = channel();
        events.attend(move |event| sender.send(event.clone()).is_ok());
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [open("/c")]);
    }

    #[test]
    fn what_a_page_did_not_get_goes_to_the_next() {
        let events = Events::default();
        events.attend(|_| false);
        events.tell(open("/a"));
        let (sender, told) = channel();
        events.attend(move |event| sender.send(event.clone()).is_ok());
        assert_eq!(told.try_iter().collect::<Vec<_>>(), [open("/a")]);
    }

    #[test]
    fn places_are_the_pages_pixels() {
        let paths = vec!["/a.json".into()];
        let event = DragDropEvent::Drop { paths, position: PhysicalPosition::new(200.0, 50.0) };
        let told = serde_json::to_string(&of_drag(&event, 2.0)).unwrap();
        assert_eq!(told, r#"{"event":"dropped","paths":["/a.json"],"at":[100.0,25.0]}"#);
        assert_eq!(
            serde_json::to_string(&HostEvent::DragLeft).unwrap(),
            r#"{"event":"drag_left"}"#
        );
    }
}
