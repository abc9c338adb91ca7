//! What runs and what waits: its order, seen and changed above the list of runs.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::run::Wait;
use millrace_api::{ApiError, Code, Request};
use millrace_model::event::{RunEventKind, RunState};
use millrace_model::ids::RunId;
use millrace_ui::ThemeChoice;

use crate::pictures::{SMALL, check, themes};
use crate::world::{SALES_TEXT, Window, World, key};

const FIRST: RunId = RunId(1 << 60);

fn run(number: u64) -> RunId {
    RunId(FIRST.0 + (number << 32))
}

/// One runs, one has tasks that wait, three wait for their turn.
fn busy(world: &mut World) {
    let names = ["daily_sales", "backup", "invoices", "health", "closing"];
    let titles = [
        "Daily sales report",
        "Nightly backup",
        "Invoices of the month",
        "Health check",
        "Closing",
    ];
    for (number, (name, title)) in names.into_iter().zip(titles).enumerate() {
        let text = SALES_TEXT.replace("daily_sales", name).replace("Daily sales report", title);
        world.pass(60_000);
        let run = run(number as u64);
        if number < 2 {
            world.begin_as(run, &text);
            world.succeed(run, "fetch_exports", 800);
            world.start(run, "clean_rows");
        } else {
            world.enqueue_as(run, &text);
        }
    }
    let mut waits = |number: u64, task: &str, why: &str| {
        let wait = Wait { task: key(task), why: why.to_owned() };
        world.queue_whys.insert(run(number), wait);
    };
    waits(1, "load_warehouse", "waits for a slot of the pool db: 2 of 2 are taken");
    waits(2, "fetch_exports", "the run waits for its turn: invoices runs once at a time");
    waits(3, "fetch_exports", "the run waits for its turn: health runs once at a time");
}

fn with(theme: ThemeChoice, scale: f32) -> Window {
    let mut window = Window::with(theme, SMALL, scale, None, busy);
    window.press(Modifiers::COMMAND, Key::Num2);
    window
}

fn window() -> Window {
    with(ThemeChoice::Dark, 1.0)
}

/// The titles of the rows, in their order on the screen.
fn shown(window: &Window) -> Vec<String> {
    let mut rows: Vec<(f32, String)> = window
        .harness
        .query_all_by_label_contains(" in the queue: ")
        .map(|node| {
            use egui_kittest::kittest::NodeT as _;
            (node.rect().top(), node.accesskit_node().label().unwrap())
        })
        .collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let title = |label: &str| {
        let rest = label.split_once(": ").unwrap().1;
        rest.split_once(", ").unwrap().0.to_owned()
    };
    rows.iter().map(|(_, label)| title(label)).collect()
}

fn moves(window: &Window) -> usize {
    window.world.borrow().asked("move_run")
}

#[test]
fn it_says_what_waits_and_why_in_its_order() {
    let window = window();
    let order = [
        "Daily sales report",
        "Nightly backup",
        "Invoices of the month",
        "Health check",
        "Closing",
    ];
    assert_eq!(shown(&window), order);
    assert!(window.has("2 of 8 tasks at a time · pool db 1 of 2"));
    window.harness.get_by_label_contains(
        "2 in the queue: Nightly backup, 1 task runs, 1 waits: load_warehouse: waits for a slot of the pool db",
    );
    window.harness.get_by_label_contains("3 in the queue: Invoices of the month, Queued: The run");
}

#[test]
fn the_counts_at_the_foot_of_the_window_lead_to_it() {
    let mut window = window();
    window.press(Modifiers::COMMAND, Key::Num1);
    window.push("5 running · 0 queued");
    assert_eq!(window.probe()["place"], "runs");
}

#[test]
fn it_is_reordered_by_buttons_the_menu_and_the_keys() {
    let mut window = window();
    window.push("Move Closing up");
    assert_eq!(shown(&window)[3..], ["Closing", "Health check"]);
    window.push("Move Closing down");
    assert_eq!(shown(&window)[3..], ["Health check", "Closing"]);
    window.push("More about Closing in the queue");
    window.push("Move first");
    assert_eq!(shown(&window)[0], "Closing");
    let row = |window: &Window| {
        window.harness.get_by_label_contains(" in the queue: Closing,").focus();
    };
    row(&window);
    window.settle();
    window.press(Modifiers::ALT, Key::ArrowDown);
    window.press(Modifiers::ALT, Key::ArrowDown);
    assert_eq!(shown(&window)[..3], ["Daily sales report", "Nightly backup", "Closing"]);
    window.press(Modifiers::ALT, Key::ArrowUp);
    assert_eq!(shown(&window)[1], "Closing", "the focus goes along");
    window.press(Modifiers::ALT, Key::End);
    assert_eq!(shown(&window)[4], "Closing");
    window.press(Modifiers::ALT, Key::Home);
    assert_eq!(shown(&window)[0], "Closing");
    let before = moves(&window);
    window.press(Modifiers::ALT, Key::ArrowUp);
    assert_eq!(moves(&window), before, "it is the first already");
    let queue = window.world.borrow().queue();
    assert_eq!(queue[..2], [run(4), run(0)], "the daemon has the same order");
    window.did(&["Queue::Move"]);
}

#[test]
fn it_is_reordered_by_dragging() {
    let mut window = window();
    let handle = |title: &str| format!("Drag {title}");
    let at =
        |window: &Window, title: &str| window.harness.get_by_label(&handle(title)).rect().center();
    let (from, to) = (at(&window, "Health check"), at(&window, "Daily sales report"));
    window.drag(from, to - vec2(0.0, 12.0));
    assert_eq!(shown(&window)[0], "Health check");
    let (from, to) = (at(&window, "Health check"), at(&window, "Closing"));
    window.drag(from, to + vec2(0.0, 30.0));
    assert_eq!(shown(&window)[4], "Health check");
    // Let go where it was, or taken back with Escape, it stays.
    let before = moves(&window);
    window.drag(at(&window, "Closing"), at(&window, "Closing") + vec2(0.0, 10.0));
    let (from, to) = (at(&window, "Closing"), at(&window, "Daily sales report"));
    window.drag_over(from, to);
    window.press(Modifiers::NONE, Key::Escape);
    window.harness.drop_at(to);
    window.settle();
    assert_eq!(moves(&window), before);
}

#[test]
fn it_follows_events_and_asks_for_nothing_while_nothing_happens() {
    let mut window = window();
    let asked = |window: &Window| window.world.borrow().asked("read_queue");
    window.settle();
    let before = asked(&window);
    window.harness.run_steps(200);
    assert_eq!(asked(&window), before, "nothing happened");
    // Moved elsewhere.
    window.world.borrow_mut().happen(
        run(4),
        RunEventKind::RunMoved { rank: 0, by: millrace_model::event::Actor::Person },
    );
    window.settle();
    assert_eq!(shown(&window)[0], "Closing");
    window.world.borrow_mut().finish(run(0), RunState::Succeeded, None);
    window.settle();
    assert_eq!(shown(&window).len(), 4);
    // Elsewhere in the window it is not asked for.
    window.press(Modifiers::COMMAND, Key::Num1);
    let before = asked(&window);
    window.world.borrow_mut().finish(run(1), RunState::Succeeded, None);
    window.settle();
    assert_eq!(asked(&window), before);
    for number in 2..5 {
        window.world.borrow_mut().finish(run(number), RunState::Succeeded, None);
    }
    window.press(Modifiers::COMMAND, Key::Num2);
    assert!(shown(&window).is_empty());
    assert!(window.has("Nothing runs and nothing waits"));
}

#[test]
fn a_run_is_stopped_and_opened_from_it() {
    let mut window = window();
    let kills = |window: &Window| -> Vec<bool> {
        let world = window.world.borrow();
        let kill = |request: &Request| match request {
            Request::CancelRun(cancel) if cancel.run == run(2) => Some(cancel.kill),
            _ => None,
        };
        world.requests.iter().filter_map(kill).collect()
    };
    window.push("More about Invoices of the month in the queue");
    window.push("Stop");
    assert_eq!(kills(&window), [false]);
    window.harness.get_by_label_contains("Invoices of the month, Stopping");
    window.push("More about Invoices of the month in the queue");
    window.push("Stop now");
    assert_eq!(kills(&window), [false, true]);
    window.did(&["Queue::Cancel"]);
    let row = window.harness.get_by_label_contains("Nightly backup, 1 task runs").rect();
    window.click(row.left_center() + vec2(60.0, 0.0));
    assert_eq!(window.probe()["place"], "run");
}

#[test]
fn what_the_engine_refuses_is_said_and_nothing_moves() {
    let mut window = window();
    let error = ApiError::new(Code::WrongState, "the run has ended").help("refresh the list");
    window.world.borrow_mut().refuse.insert("move_run", error);
    window.push("Move Closing up");
    assert!(window.has("The run has ended"));
    assert_eq!(shown(&window)[4], "Closing");
}

#[test]
fn pictures_of_the_queue() {
    for (theme, word) in themes() {
        let mut window = with(theme, 1.0);
        check(&mut window, &format!("queue_{word}"));
    }
    let mut window = with(ThemeChoice::Dark, 2.0);
    window.push("More about Health check in the queue");
    check(&mut window, "queue_menu_sharp");
}
