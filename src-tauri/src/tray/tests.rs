//! The icon on a bus of the test's own, with a tray of the test's own.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use tauri::async_runtime::block_on;
use zbus::OwnedVariant;
use zbus::interface;

use super::menu::{Node, entries};
use super::*;
use crate::awake::Awake;
use crate::watch::Failure;

const DEADLINE: Duration = Duration::from_secs(10);

/// A bus that ends with the test.
struct Bus {
    daemon: Child,
    address: String,
}

impl Bus {
    fn start() -> Self {
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--nopidfile", "--print-address=1"]);
        let mut daemon = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Self { daemon, address: address.trim().to_owned() }
    }

    fn builder(&self) -> connection::Builder<'static> {
        connection::Builder::address(&*self.address)
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        drop(self.daemon.kill());
        drop(self.daemon.wait());
    }
}

/// A tray: hears of icons.
struct Tray1(Sender<String>);

#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Tray1 {
    fn register_status_notifier_item(&self, service: String) {
        self.0.send(service).unwrap();
    }
}

async fn tray(bus: &Bus) -> (Connection, Receiver<String>) {
    let (sender, heard) = channel();
    let builder = bus.builder().serve_at("/StatusNotifierWatcher", Tray1(sender));
    (builder.name(WATCHER).build().await.unwrap(), heard)
}

async fn icon(bus: &Bus) -> (Tray, Receiver<Action>) {
    let (sender, acts) = channel();
    let sender = Mutex::new(sender);
    let act: Act = Arc::new(move |action| sender.lock().unwrap().send(action).unwrap());
    let pixmap = Pixmap::of_rgba(8, 8, &[1, 2, 3, 4].repeat(64));
    (Tray::start(bus.builder(), pixmap, act).await.unwrap(), acts)
}

fn seen() -> Seen {
    let failure =
        Failure { run: RunId(7), title: "Daily_sales".to_owned(), cause: "load failed".to_owned() };
    Seen { runs: 2, tasks: 3, waiting: 4, failures: vec![failure] }
}

#[test]
fn the_menu_says_what_goes_on_and_what_failed() {
    let shown = |seen: &Seen| {
        let entries = entries(seen).into_iter();
        let labels = entries.map(|entry| entry.line.map_or("-".to_owned(), |line| line.label));
        labels.collect::<Vec<_>>()
    };
    assert_eq!(shown(&Seen::default()), ["Open Millrace", "-", "Nothing runs", "-", "Quit"]);
    assert_eq!(
        shown(&seen()),
        [
            "Open Millrace",
            "-",
            "2 runs are running",
            "4 things wait for you",
            "-",
            "Failed, not seen yet",
            "Daily_sales: load failed",
            "-",
            "Quit"
        ]
    );
}

#[test]
fn an_entry_keeps_its_number_when_others_come_and_go() {
    let numbers = |seen: &Seen| {
        let entries = entries(seen).into_iter();
        entries.map(|entry| (entry.line.and_then(|line| line.action), entry.id)).collect()
    };
    let before: Vec<(Option<Action>, i32)> = numbers(&seen());
    let mut more = seen();
    let newer = Failure { run: RunId(8), title: "Newer".to_owned(), cause: String::new() };
    more.failures.insert(0, newer);
    let after = numbers(&more);
    assert!(before.iter().all(|entry| after.contains(entry)), "{before:?} {after:?}");
    assert_eq!(after.len(), before.len() + 1);
    let quit = *before.last().unwrap();
    assert_eq!(quit.0, Some(Action::Quit));
    assert!(numbers(&Seen::default()).contains(&quit));
}

#[test]
fn a_tray_gets_the_icon_its_menu_and_what_is_chosen_there_arrives() {
    let bus = Bus::start();
    block_on(async {
        let (tray, heard) = tray(&bus).await;
        let (icon, acts) = icon(&bus).await;
        assert!(icon.is_shown());
        let name = heard.recv_timeout(DEADLINE).unwrap();
        icon.show(&seen()).await;

        let ask = |path, interface| zbus::Proxy::new(&tray, name.clone(), path, interface);
        let item = ask(ITEM, "org.kde.StatusNotifierItem").await.unwrap();
        let pixmap: Vec<(i32, i32, Vec<u8>)> = item.get_property("IconPixmap").await.unwrap();
        let pixel = |pixmap: &[(i32, i32, Vec<u8>)], x: usize, y: usize| {
            pixmap[0].2.as_chunks::<4>().0[y * 8 + x]
        };
        assert_eq!(pixel(&pixmap, 5, 2), [255, 0xe5, 0x48, 0x4d], "something waits: a dot");
        assert_eq!(pixel(&pixmap, 0, 7), [4, 1, 2, 3]);
        assert_eq!(item.get_property::<String>("IconName").await.unwrap(), "");
        let tip: icon::ToolTip = item.get_property("ToolTip").await.unwrap();
        assert_eq!(tip.3, "2 runs are running\n4 things wait for you");
        icon.show(&Seen { waiting: 0, ..seen() }).await;
        // Trays ask anew when they hear of a new icon; this one remembers what it was told.
        let item = ask(ITEM, "org.kde.StatusNotifierItem").await.unwrap();
        let pixmap: Vec<(i32, i32, Vec<u8>)> = item.get_property("IconPixmap").await.unwrap();
        assert_eq!(pixel(&pixmap, 5, 2), [4, 1, 2, 3]);
        assert_eq!(item.get_property::<String>("IconName").await.unwrap(), "millrace");
        icon.show(&seen()).await;
        let _: () = item.call("Activate", &(0, 0)).await.unwrap();
        assert_eq!(acts.recv_timeout(DEADLINE).unwrap(), Action::Open);

        let menu = ask(MENU, "com.canonical.dbusmenu").await.unwrap();
        let names: Vec<String> = Vec::new();
        let (revision, layout): (u32, Node) =
            menu.call("GetLayout", &(0, -1, names.clone())).await.unwrap();
        assert_eq!((revision, layout.children()), (4, 9));
        let ids: Vec<i32> = vec![16 + 7];
        let rows: Vec<(i32, HashMap<String, OwnedVariant>)> =
            menu.call("GetGroupProperties", &(ids, names)).await.unwrap();
        let label: &str = rows[0].1["label"].downcast_ref().unwrap();
        assert_eq!(label, "Daily__sales: load failed");
        for id in [3, 4, 16 + 7, 8] {
            let data = zbus::Variant::from(0);
            let _: () = menu.call("Event", &(id, "clicked", data, 0_u32)).await.unwrap();
        }
        // The third only says something.
        assert_eq!(acts.recv_timeout(DEADLINE).unwrap(), Action::Inbox);
        assert_eq!(acts.recv_timeout(DEADLINE).unwrap(), Action::Run(RunId(7)));
        assert_eq!(acts.recv_timeout(DEADLINE).unwrap(), Action::Quit);
    });
}

#[test]
fn without_a_tray_there_is_no_icon_until_one_comes() {
    let bus = Bus::start();
    block_on(async {
        let (icon, _acts) = icon(&bus).await;
        assert!(!icon.is_shown());
        let (tray, heard) = tray(&bus).await;
        heard.recv_timeout(DEADLINE).unwrap();
        drop(tray);
    });
}

/// A session manager: hands out locks and tells what for.
struct Logind(Sender<(String, String)>);

#[interface(name = "org.freedesktop.login1.Manager")]
impl Logind {
    fn inhibit(&self, what: String, _who: String, _why: String, mode: String) -> zbus::OwnedFd {
        self.0.send((what, mode)).unwrap();
        let (ours, theirs) = std::io::pipe().unwrap();
        drop(ours);
        std::os::fd::OwnedFd::from(theirs).into()
    }
}

#[test]
fn the_machine_is_kept_awake_once_and_the_absence_of_a_session_manager_is_told() {
    let bus = Bus::start();
    block_on(async {
        let mut awake = Awake::default();
        awake.set(true, async || bus.builder().build().await).await;
        assert!(awake.problem().unwrap().contains("session manager"), "{:?}", awake.problem());

        let (sender, asked) = channel();
        let logind = bus.builder().serve_at("/org/freedesktop/login1", Logind(sender));
        let logind = logind.name("org.freedesktop.login1").build().await.unwrap();
        for _ in 0..2 {
            awake.set(true, async || bus.builder().build().await).await;
            assert_eq!(awake.problem(), None);
        }
        let asked: Vec<_> = asked.try_iter().collect();
        assert_eq!(asked, [("idle:sleep".to_owned(), "block".to_owned())]);
        awake.set(false, async || bus.builder().build().await).await;
        assert_eq!(awake.problem(), None);
        drop(logind);
    });
}
