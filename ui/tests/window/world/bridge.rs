//! The ui's end of a [`World`]: every question is answered at once, and arrives with the next frame.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;

use millrace_api::{ApiError, Code, Request};
use millrace_model::time::Timestamp;
use millrace_ui::bridge::{
    Bridge, DesktopAsk, DesktopChoice, Incoming, Pick, PickPath, SystemFont,
};

use super::{START, Watched, World, json};

impl World {
    /// The daemon goes: nothing is answered, and the stream of events breaks.
    pub fn leave(&mut self) {
        self.away =
            Some(ApiError::new(Code::Unreachable, "nobody listens at /run/user/1000/millrace"));
        if let Some(stream) = self.stream {
            self.incoming.push_back(Incoming::Broken { stream, error: "closed".to_owned() });
        }
    }

    /// It answers again.
    pub fn come_back(&mut self) {
        self.away = None;
    }
}

/// The ui's end of a [`World`].
pub struct FakeBridge(pub Rc<RefCell<World>>);

impl Bridge for FakeBridge {
    fn call(&mut self, call: u64, request: String) {
        let request: Request = serde_json::from_str(&request).unwrap();
        let mut world = self.0.borrow_mut();
        let result = world.answer_or_refuse(&request);
        let is_held = world.held == Some(request.name());
        world.requests.push(request);
        if !is_held {
            world.incoming.push_back(Incoming::Reply { call, result });
        }
    }

    fn watch(&mut self, call: u64, request: String) {
        let request = serde_json::from_str(&request).unwrap();
        self.0.borrow_mut().watched.push(Watched { call, request, last: None });
    }

    fn unwatch(&mut self, call: u64) {
        self.0.borrow_mut().watched.retain(|this| this.call != call);
    }

    fn pick(&mut self, call: u64, pick: Pick) {
        let mut world = self.0.borrow_mut();
        world.picked.push(pick);
        let result = json(&world.picks.pop_front());
        world.incoming.push_back(Incoming::Reply { call, result });
    }

    fn subscribe(&mut self, stream: u64, _request: String) {
        let mut world = self.0.borrow_mut();
        world.stream = Some(stream);
        if world.away.is_some() {
            world.incoming.push_back(Incoming::Broken { stream, error: "nobody".to_owned() });
        }
    }

    fn pick_path(&mut self, call: u64, pick: PickPath) {
        let mut world = self.0.borrow_mut();
        world.path_picks.push(pick);
        let result = Ok(world.path_picked.clone());
        world.incoming.push_back(Incoming::Picked { call, result });
    }

    fn open_link(&mut self, call: u64, link: String) {
        let mut world = self.0.borrow_mut();
        world.opened.push(link);
        world.incoming.push_back(Incoming::Reply { call, result: Ok(String::new()) });
    }

    fn open_folder(&mut self, call: u64, request: String) {
        let mut world = self.0.borrow_mut();
        let request: Request = serde_json::from_str(&request).unwrap();
        let Request::FindPlace(find) = &request else {
            panic!("{} names no place", request.name())
        };
        world.shown_places.push(find.of.clone());
        let result = match world.refuse.get("find_place") {
            Some(error) => Err(serde_json::to_string(error).unwrap()),
            None => Ok(String::new()),
        };
        world.incoming.push_back(Incoming::Reply { call, result });
    }

    fn desktop(&mut self, call: u64, ask: DesktopAsk) {
        let mut world = self.0.borrow_mut();
        if ask != DesktopAsk::Read {
            world.desktop_asks.push(ask);
        }
        if let (DesktopAsk::Choose { choice, on }, Some(state)) = (ask, &mut world.desktop) {
            match choice {
                DesktopChoice::Tray => state.tray = on,
                DesktopChoice::Login => state.login = on,
                DesktopChoice::Awake => state.awake = on,
            }
        }
        let result = match &world.desktop {
            Some(state) => json(state),
            None => Err("there is no desktop".to_owned()),
        };
        world.incoming.push_back(Incoming::Reply { call, result });
    }

    fn find_fonts(&mut self, characters: String, have: BTreeSet<usize>) {
        let mut world = self.0.borrow_mut();
        let fonts = world.fonts.iter().enumerate().filter(|(font, (has, _))| {
            !have.contains(font) && characters.chars().any(|character| has.contains(character))
        });
        let found =
            fonts.map(|(font, (_, bytes))| SystemFont { font, index: 0, bytes: bytes.to_vec() });
        let found = Incoming::Fonts(found.collect());
        world.incoming.push_back(found);
        world.asked_fonts.push(characters);
    }

    fn has_dialogs(&self) -> bool {
        !self.0.borrow().has_no_dialogs
    }

    fn has_file_manager(&self) -> bool {
        !self.0.borrow().has_no_dialogs
    }

    fn poll(&mut self) -> Option<Incoming> {
        let mut world = self.0.borrow_mut();
        if world.is_silent {
            return None;
        }
        world.look_at_watched();
        world.incoming.pop_front()
    }

    fn now(&self) -> Timestamp {
        self.0.borrow().now.unwrap_or(START)
    }

    fn local_offset_secs(&self, _at: Timestamp) -> i32 {
        3_600
    }
}
