//! Storage, pools and the list of pages in the settings.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::backup::RunningBackup;
use millrace_api::queue::{PoolHolder, PoolUse};
use millrace_api::storage::{Cleaned, Storage, WorkflowStorage};
use millrace_api::{ApiError, Code, Request};
use millrace_model::event::RunEventKind;
use millrace_model::ids::RunId;
use millrace_ui::ThemeChoice;

use crate::pictures::{check, themes};
use crate::world::{Window, World};

const MIB: u64 = 1 << 20;

fn storage(workflows: usize) -> Storage {
    let of = |at: usize| WorkflowStorage {
        workflow: match at {
            1 => "夜间报表🌙".to_owned(),
            at => format!("workflow_{at}"),
        },
        runs: 5_000 / (at as u64 + 1),
        run_bytes: 900 * MIB / (at as u64 + 1),
        artifact_bytes: 100 * MIB / (at as u64 + 1),
    };
    Storage {
        home: "/home/ada/.local/share/millrace".to_owned(),
        history: 340 * MIB,
        runs: 2_400 * MIB,
        artifacts: 1_100 * MIB,
        cache: 620 * MIB,
        workflows: MIB / 4,
        trash: 40 << 10,
        drafts: 0,
        other: 3 * MIB,
        free: 80 << 30,
        disk: 400 << 30,
        run_count: 12_408,
        deleted_count: 3,
        by_workflow: (0..workflows).map(of).collect(),
        unmeasured: 0,
    }
}

fn over(theme: ThemeChoice, size: egui::Vec2, scale: f32, make: impl FnOnce(&mut World)) -> Window {
    let mut window = Window::with(theme, size, scale, None, |world| {
        world.storage = storage(20);
        world.expendable = Cleaned { runs: 312, deleted: 3, artifacts: 14, bytes: 480 * MIB };
        make(world);
    });
    window.press(Modifiers::COMMAND, Key::Comma);
    window
}

fn window() -> Window {
    let mut window = over(ThemeChoice::Dark, vec2(1280.0, 1400.0), 1.0, |_| {});
    window.push("Storage");
    window
}

#[test]
fn what_takes_space_is_shown_and_what_is_too_much_goes() {
    let mut window = window();
    window.harness.get_by_label("Runs: 2.3 GiB");
    window.harness.get_by_label("4.4 GiB taken; 80.0 GiB of 400.0 GiB are free on that disk.");
    window.harness.get_by_label("夜间报表🌙");
    window.harness.get_by_label(
        "Would go now: 312 runs beyond the limits, 3 deleted runs, 14 artifacts, 480.0 MiB.",
    );
    window.push("Clean now");
    window.harness.get_by_label_contains("Removed 312 runs beyond the limits");
    window.harness.get_by_label("Runs: 1.9 GiB");
    window.harness.get_by_label("Nothing is beyond the limits just now.");
    window.did(&["Setting::Show", "Setting::Clean"]);
}

#[test]
fn limits_of_runs_are_typed() {
    let mut window = window();
    let kept = |window: &Window| window.world.borrow().settings.clone().unwrap().settings.retention;
    for (name, text) in [
        ("Keep runs for", "90 d"),
        ("Runs of each workflow at most", "500"),
        ("The whole home, in GiB at most", "20"),
    ] {
        window.fill(name, text);
        window.press(Modifiers::NONE, Key::Enter);
    }
    let limits = kept(&window);
    assert_eq!(limits.runs_for, "90d".parse().ok());
    assert_eq!(limits.runs_count.map(std::num::NonZeroU32::get), Some(500));
    assert_eq!(limits.bytes, Some(20 << 30));
    window.fill("Runs of each workflow at most", "0");
    window.harness.get_by_label("A number of runs from 1 on.");
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(kept(&window), limits, "what makes no sense is not sent");
}

#[test]
fn folders_that_are_not_measured_yet_are_asked_for_again() {
    let mut window = over(ThemeChoice::Dark, vec2(1280.0, 1400.0), 1.0, |world| {
        world.storage.unmeasured = 2;
    });
    window.push("Storage");
    let asked =
        window.world.borrow().requests.iter().filter(|it| it.name() == "read_storage").count();
    assert_eq!(asked, 3, "until all are measured");
    window.harness.get_by_label("4.4 GiB taken; 80.0 GiB of 400.0 GiB are free on that disk.");
}

#[test]
fn a_backup_shows_how_far_it_is_and_can_be_given_up() {
    let mut window = window();
    window.world.borrow_mut().picks.push_back("/media/usb/b.tar.gz".to_owned());
    window.world.borrow_mut().backup = Some(RunningBackup {
        path: "/media/usb/b.tar.gz".to_owned(),
        done: 100 * MIB,
        total: 400 * MIB,
    });
    window.world.borrow_mut().held = Some("back_up");
    window.push("Back up…");
    window.harness.run_steps(2);
    window.harness.get_by_label_contains("Writing /media/usb/b.tar.gz");
    window.push("Cancel the backup");
    assert_eq!(window.world.borrow().asked("cancel_backup"), 1);
    window.did(&["Setting::BackUp", "Setting::CancelBackup"]);
}

#[test]
fn a_backup_that_was_written_says_where_it_is_and_what_is_not_in_it() {
    let mut window = window();
    window.world.borrow_mut().picks.push_back("/media/usb/b.tar.gz".to_owned());
    window.push("Back up…");
    window.harness.get_by_label_contains("Backed up: /media/usb/b.tar.gz, 3.0 MiB");
    let world = window.world.borrow();
    let asked = world.requests.iter().find_map(|request| match request {
        Request::BackUp(args) => Some(args.clone()),
        _ => None,
    });
    assert!(asked.is_some_and(|args| args.replace && !args.without_logs));
}

fn taken(name: &str, used: u32, slots: u32) -> PoolUse {
    let held = |at: u32| PoolHolder {
        run: RunId(0x8f2c_41d9_0000_0000 + u64::from(at)),
        workflow: "Nightly report".to_owned(),
        task: crate::world::key("load_warehouse"),
        slots: 1,
    };
    PoolUse { name: name.to_owned(), used, slots, holders: (0..used).map(held).collect() }
}

#[test]
fn how_much_of_a_pool_is_taken_is_shown_as_it_changes() {
    let mut window = over(ThemeChoice::Dark, vec2(1280.0, 800.0), 1.0, |world| {
        let mut home = crate::notify::settings_of_a_team();
        home.settings.pools.insert("db".to_owned(), 2);
        home.settings.pools.insert("idle".to_owned(), 1);
        world.settings = Some(home);
        world.pools = vec![taken("db", 1, 2), taken("idle", 0, 1)];
    });
    window.push("Pools");
    window.harness.get_by_label("1 of 2 taken now");
    window.harness.get_by_label("0 of 1 taken now");
    window.world.borrow_mut().pools = vec![taken("db", 2, 2)];
    window.push("More: Slots of idle");
    window.settle();
    window.harness.get_by_label("2 of 2 taken now");
    let held: Vec<_> =
        window.harness.query_all_by_label("load_warehouse of Nightly report, run 8f2c").collect();
    assert_eq!(held.len(), 2);
    drop(held);
    assert!(!window.has("0 of 2 taken now"), "what the engine does not name is not made up");
    {
        let mut world = window.world.borrow_mut();
        world.pools = vec![taken("db", 0, 2)];
        let run = world.begin(crate::world::SALES_TEXT);
        world.happen(run, RunEventKind::RunStarted);
    }
    window.settle();
    window.harness.get_by_label("0 of 2 taken now");
    let gone = ApiError::new(Code::Unreachable, "no daemon answers");
    window.world.borrow_mut().refuse.insert("daemon_state", gone);
    for _ in 0..12 {
        window.settle();
    }
    assert_eq!(window.probe()["engine"], "unreachable");
    assert!(!window.has("0 of 2 taken now"), "nobody says what is so now");
}

#[test]
fn pools_are_added_changed_and_taken_out() {
    let mut window = window();
    window.push("Pools");
    let pools = |window: &Window| window.world.borrow().settings.clone().unwrap().settings.pools;
    window.fill("Name of the new pool", "warehouse");
    window.fill("Slots of the new pool", "2");
    window.push("Add pool");
    assert_eq!(pools(&window)["warehouse"], 2);
    window.push("More: Slots of warehouse");
    assert_eq!(pools(&window)["warehouse"], 3);
    window.fill("Slots of warehouse", "0");
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(pools(&window)["warehouse"], 3, "a pool has a slot");
    window.fill("Name of the new pool", "warehouse");
    window.harness.get_by_label("There is a pool of this name.");
    window.push("Remove warehouse");
    assert!(pools(&window).is_empty());
    window.push("Undo");
    assert_eq!(pools(&window)["warehouse"], 3);
    let at_a_time =
        |window: &Window| window.world.borrow().home_settings().settings.parallel_tasks.get();
    let before = at_a_time(&window);
    window.push("More: Tasks at a time");
    assert_eq!(at_a_time(&window), before + 1);
    window.push("Less: Tasks at a time");
    assert_eq!(at_a_time(&window), before);
    window.did(&["Setting::RemovePool"]);
}

#[test]
fn a_setting_is_found_by_a_word() {
    let mut window = window();
    window.fill("Search settings", "slack");
    assert!(!window.has("Pools") && window.has("Notifications"));
    window.press(Modifiers::NONE, Key::Enter);
    window.harness.get_by_label("Show notifications on the desktop");
    assert!(window.has("Pools"), "the list is whole again");
    window.fill("Search settings", "no such thing");
    window.harness.get_by_label("No setting is called so.");
}

#[test]
fn a_narrow_window_has_a_menu_of_pages() {
    let mut window = over(ThemeChoice::Dark, vec2(640.0, 360.0), 2.0, |_| {});
    window.push("Page of the settings");
    window.push("Storage");
    window.harness.get_by_label("Runs: 2.3 GiB");
    check(&mut window, "settings_narrow");
}

#[test]
fn an_engine_that_does_not_answer_is_said() {
    let mut window = over(ThemeChoice::Dark, vec2(1280.0, 1400.0), 1.0, |world| {
        let error = ApiError::new(Code::Store, "the history is busy");
        world.refuse.insert("read_storage", error);
    });
    window.push("Storage");
    window.harness.get_by_label("The history is busy.");
}

#[test]
fn pictures() {
    for (theme, word) in themes() {
        let mut shown = over(theme, vec2(1280.0, 1400.0), 1.0, |world| {
            let mut home = crate::notify::settings_of_a_team();
            home.settings.pools.insert("warehouse".to_owned(), 2);
            home.settings.pools.insert("licences".to_owned(), 4);
            world.pools = vec![taken("warehouse", 2, 2), taken("licences", 1, 4)];
            world.storage.by_workflow[1].workflow = "nightly_report".to_owned();
            home.settings.retention.runs_for = "90d".parse().ok();
            world.settings = Some(home);
        });
        shown.push("Storage");
        check(&mut shown, &format!("settings_storage_{word}"));
        shown.push("Pools");
        check(&mut shown, &format!("settings_pools_{word}"));
        shown.push("About");
        check(&mut shown, &format!("settings_about_{word}"));
        shown.push("Licences…");
        shown.fill("Search licences", "mpl");
        check(&mut shown, &format!("licences_{word}"));
    }
}

#[test]
fn the_licences_of_what_it_is_made_of_are_searched() {
    let mut shown = over(ThemeChoice::Dark, vec2(1280.0, 720.0), 1.0, |_| {});
    shown.push("About");
    shown.push("Licences…");
    shown.harness.get_by_label("JetBrains Mono");
    shown.fill("Search licences", "egui_graphs");
    assert!(!shown.has("JetBrains Mono"));
    shown.harness.get_by_label_contains("egui_graphs 0.");
    shown.fill("Search licences", "no such licence");
    shown.harness.get_by_label("Nothing has “no such licence” in its name or licence.");
    shown.push("Close");
    assert!(!shown.has("Licences"));
}

/// What the store says, word for word, of each trouble that a person has to do something about.
const TROUBLES: [(&str, &str, &str); 6] = [
    (
        "the history is busy: another program has held /h/history.db locked for 2000 ms; close programs \
         that have it open and try again",
        "The history is busy: another program has held /h/history.db locked for 2000 ms.",
        "Close programs that have it open and try again.",
    ),
    (
        "the history /h/history.db is damaged (row 7); stop Millrace with `millrace daemon stop`: the \
         next start sets the damaged file aside and begins a new history, workflows and logs are not touched",
        "The history /h/history.db is damaged (row 7).",
        "Stop Millrace with “millrace daemon stop”: the next start sets the damaged file aside and begins a \
         new history, workflows and logs are not touched.",
    ),
    (
        "the history /h/history.db was damaged (row 7) and is set aside since 2026-11-30 11:42 as /h/history.damaged-20261130-114200.db: \
         12 runs are not in the list any more; their logs are still in /h/runs. To go back to the backup of \
         2026-11-30 09:00: `millrace daemon stop`, then `millrace restore /backups/monday.tar.gz --replace`. This \
         is said until /h/history-damage.json is deleted",
        "The history /h/history.db was damaged (row 7) and is set aside since 2026-11-30 11:42 as /h/history.damaged-20261130-114200.db: \
         12 runs are not in the list any more.",
        "Their logs are still in /h/runs. To go back to the backup of 2026-11-30 09:00: “millrace daemon stop”, then \
         “millrace restore /backups/monday.tar.gz --replace”. This is said until /h/history-damage.json is deleted.",
    ),
    (
        "no room is left for the history /h/history.db; nothing was lost, but nothing can be recorded \
         until there is free space on that disk",
        "No room is left for the history /h/history.db.",
        "Nothing was lost, but nothing can be recorded until there is free space on that disk.",
    ),
    (
        "the history /h/history.db was written by a newer Millrace (format 9; this one knows up to 4); it \
         is read-only here: install the newer release to go on",
        "The history /h/history.db was written by a newer Millrace (format 9; this one knows up to 4).",
        "It is read-only here: install the newer release to go on.",
    ),
    (
        "the history /h/history.db was deleted while Millrace had it open; nothing more is recorded: stop \
         Millrace, put the right file back, and start again",
        "The history /h/history.db was deleted while Millrace had it open.",
        "Nothing more is recorded: stop Millrace, put the right file back, and start again.",
    ),
];

#[test]
fn trouble_with_the_history_is_told_in_every_place_with_what_to_do() {
    for (said, what, help) in TROUBLES {
        let mut window = over(ThemeChoice::Dark, vec2(1280.0, 800.0), 1.0, |world| {
            world.warnings = vec![said.to_owned()];
        });
        let told = format!("{what} {help}");
        for key in [Key::Num1, Key::Num2, Key::Num3, Key::Num4, Key::Comma] {
            window.press(Modifiers::COMMAND, key);
            window.harness.get_by_label(&told);
        }
    }
    let mut window = window();
    assert!(!window.has("Copy what happened"));
    window.world.borrow_mut().warnings = vec!["the desktop shows no notifications".to_owned()];
    window.press(Modifiers::COMMAND, Key::Num1);
    assert!(!window.has("Copy what happened"), "that is told at the bottom");
}

#[test]
fn pictures_of_trouble() {
    for (theme, word) in themes() {
        let mut shown = over(theme, vec2(1280.0, 800.0), 1.0, |world| {
            world.warnings = vec![TROUBLES[1].0.to_owned()];
        });
        shown.press(Modifiers::COMMAND, Key::Num2);
        check(&mut shown, &format!("trouble_{word}"));
    }
}
