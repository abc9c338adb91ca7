//! A desktop on a bus of its own: writes down what it is to show, and says what a person does with it.

use std::collections::HashMap;
use std::sync::mpsc::{Receiver, Sender, channel};

use millrace_tests::LIMIT;
use millrace_tests::bus::Bus;
use tokio::runtime::Runtime;
use zbus::message::Header;
use zbus::names::{BusName, OwnedUniqueName};
use zbus::object_server::SignalEmitter;
use zbus::{Connection, OwnedVariant, connection, interface};

use crate::Site;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";

/// Whom a desktop tells of a click.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Tells {
    /// Everybody, as Plasma does.
    All,
    /// Only the connection that showed the notification, as dunst does.
    Sender,
    /// The same, right behind what lets a window come to the front, as GNOME does.
    SenderWithToken,
}

/// What it is to show.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) id: u32,
    pub(crate) replaces: u32,
    pub(crate) summary: String,
    pub(crate) body: String,
    pub(crate) actions: Vec<String>,
    pub(crate) hints: HashMap<String, OwnedVariant>,
    sender: OwnedUniqueName,
}

/// The desktop's session.
pub(crate) struct Session {
    tells: Tells,
    shown: Receiver<Shown>,
    desktop: Connection,
    runtime: Runtime,
    // Last: what speaks on it goes first.
    bus: Bus,
}

impl Session {
    /// Starts one, into which everything of the site is led from now on.
    pub(crate) fn start(site: &mut Site, tells: Tells) -> Self {
        let bus = Bus::start(&site.path("session"));
        site.variables.extend(bus.variables());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (desktop, shown) = runtime.block_on(serve(&bus));
        Self { tells, shown, desktop, runtime, bus }
    }

    /// Another desktop takes the place of this one; it knows of nothing that was shown.
    pub(crate) fn start_anew(&mut self) {
        let old = self.desktop.clone();
        self.runtime.block_on(async { old.close().await.unwrap() });
        (self.desktop, self.shown) = self.runtime.block_on(serve(&self.bus));
    }

    pub(crate) fn next(&self) -> Shown {
        self.shown.recv_timeout(LIMIT).unwrap()
    }

    /// A person clicks, and with that it is gone.
    pub(crate) fn click(&self, on: &Shown, action: &str) {
        self.runtime.block_on(async {
            let emitter = self.emitter(on);
            if let Tells::SenderWithToken = self.tells {
                Desktop::activation_token(&emitter, on.id, "to the front").await.unwrap();
            }
            Desktop::action_invoked(&emitter, on.id, action).await.unwrap();
            Desktop::notification_closed(&emitter, on.id, 2).await.unwrap();
        });
    }

    /// A person sends it away.
    pub(crate) fn dismiss(&self, on: &Shown) {
        let emitter = self.emitter(on);
        self.runtime.block_on(Desktop::notification_closed(&emitter, on.id, 2)).unwrap();
    }

    /// Waits until whoever showed it has let its connection go.
    pub(crate) fn until_let_go(&self, shown: &Shown) {
        let bus = self.runtime.block_on(zbus::fdo::DBusProxy::new(&self.desktop)).unwrap();
        millrace_tests::until("the connection is let go", || {
            let has_owner = bus.name_has_owner(BusName::from(shown.sender.clone()));
            (!self.runtime.block_on(has_owner).unwrap()).then_some(())
        });
    }

    fn emitter(&self, on: &Shown) -> SignalEmitter<'_> {
        let emitter = SignalEmitter::new(&self.desktop, PATH).unwrap();
        match self.tells {
            Tells::All => emitter,
            Tells::Sender | Tells::SenderWithToken => {
                emitter.set_destination(BusName::from(on.sender.clone()))
            }
        }
    }
}

async fn serve(bus: &Bus) -> (Connection, Receiver<Shown>) {
    let (shown, told) = channel();
    let desktop = Desktop { shown, last: 0 };
    let bus = connection::Builder::address(bus.address().as_str());
    let bus = bus.serve_at(PATH, desktop).name(NAME);
    (bus.build().await.unwrap(), told)
}

struct Desktop {
    shown: Sender<Shown>,
    last: u32,
}

#[interface(name = "org.freedesktop.Notifications")]
impl Desktop {
    #[expect(
        clippy::too_many_arguments,
        clippy::needless_pass_by_value,
        reason = "the specification has so many, and zbus hands the header over"
    )]
    fn notify(
        &mut self,
        #[zbus(header)] header: Header<'_>,
        _app_name: String,
        replaces: u32,
        _icon: String,
        summary: String,
        body: String,
        actions: Vec<String>,
        hints: HashMap<String, OwnedVariant>,
        _timeout: i32,
    ) -> u32 {
        let id = if replaces == 0 { self.last + 1 } else { replaces };
        self.last = self.last.max(id);
        let sender = header.sender().unwrap().to_owned().into();
        self.shown.send(Shown { id, replaces, summary, body, actions, hints, sender }).unwrap();
        id
    }

    fn get_capabilities(&self) -> Vec<String> {
        ["actions", "body", "body-markup"].map(str::to_owned).to_vec()
    }

    #[zbus(signal)]
    async fn activation_token(
        emitter: &SignalEmitter<'_>,
        id: u32,
        activation_token: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn action_invoked(
        emitter: &SignalEmitter<'_>,
        id: u32,
        action_key: &str,
    ) -> zbus::Result<()>;

    #[zbus(signal)]
    async fn notification_closed(
        emitter: &SignalEmitter<'_>,
        id: u32,
        reason: u32,
    ) -> zbus::Result<()>;
}

/// A desktop that has its name and answers nothing.
pub(crate) struct Hanging {
    _name: Connection,
    _runtime: Runtime,
    _bus: Bus,
}

impl Hanging {
    /// Starts one, into whose session everything of the site is led from now on.
    pub(crate) fn start(site: &mut Site) -> Self {
        let bus = Bus::start(&site.path("session"));
        site.variables.extend(bus.variables());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let name = runtime.block_on(async {
            let bus = connection::Builder::address(bus.address().as_str());
            bus.serve_at(PATH, Silent).name(NAME).build().await.unwrap()
        });
        Self { _name: name, _runtime: runtime, _bus: bus }
    }
}

struct Silent;

#[interface(name = "org.freedesktop.Notifications")]
impl Silent {
    async fn get_capabilities(&self) -> Vec<String> {
        std::future::pending().await
    }
}
