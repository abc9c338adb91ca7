//! The file for a report of a problem, and folders in the file manager.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::diagnostics::{Check, Diagnostics, DiagnosticsPart};
use millrace_api::place::PlaceOf;
use millrace_api::{ApiError, Code, Request};
use millrace_ui::ThemeChoice;

use crate::pictures::{check, themes};
use crate::world::{SALES, SALES_TEXT, Window, World};

fn diagnostics() -> Diagnostics {
    let part = |name: &str, what: &str, bytes| DiagnosticsPart {
        name: name.to_owned(),
        what: what.to_owned(),
        bytes,
    };
    Diagnostics {
        checks: vec![
            Check::ok("home", "/home/ada/.local/share/millrace"),
            Check::ok("disk", "80.0 GiB free"),
            Check::warning(
                "session bus",
                "there is none: no desktop notifications",
                "nothing, where nobody sits at this machine; else log in at a desktop",
            ),
            Check::error(
                "daemon",
                "the folder /home/ada/每日销售报告 cannot be written to",
                "mend that, or set MILLRACE_HOME to another folder",
            ),
        ],
        parts: vec![
            part("version.json", "versions of Millrace, of SQLite and of the system", 612),
            part("doctor.json", "what `millrace doctor` says", 2_048),
            part("settings.toml", "the settings without names, addresses and paths", 240),
            part("daemon.log", "the end of the engine's log", 1 << 20),
            part("schema.sql", "how the history is laid out", 9_400),
            part("storage.json", "what takes space", 480),
        ],
    }
}

fn over(theme: ThemeChoice, make: impl FnOnce(&mut World)) -> Window {
    let mut window = Window::with(theme, vec2(1280.0, 900.0), 1.0, None, |world| {
        world.diagnostics = diagnostics();
        world.fonts.push(("每日销售报告", include_bytes!("../fonts/han.otf")));
        make(world);
    });
    window.press(Modifiers::COMMAND, Key::Comma);
    window.push("About");
    window
}

#[test]
fn what_is_in_the_file_is_told_before_it_is_written_and_where_it_is_after() {
    let mut window = over(ThemeChoice::Dark, |world| {
        world.picks.push_back("/home/ada/report.tar.gz".to_owned());
    });
    window.push("Save diagnostics…");
    for label in [
        "settings.toml",
        "The settings without names, addresses and paths",
        "1.0 MiB",
        "No secrets, parameters, outputs, logs of tasks or documents are in it.",
        "2 things are well, 2 not:",
        "Session bus: there is none: no desktop notifications",
    ] {
        window.harness.get_by_label(label);
    }
    assert_eq!(window.world.borrow().asked("save_diagnostics"), 0, "nothing is written yet");
    window.push("Save…");
    let asked = window.world.borrow().requests.iter().find_map(|request| match request {
        Request::SaveDiagnostics(save) => Some((save.path.clone(), save.replace)),
        _ => None,
    });
    assert_eq!(asked, Some(("/home/ada/report.tar.gz".to_owned(), true)));
    window.harness.get_by_label("Diagnostics saved: /home/ada/report.tar.gz, 12.0 KiB");
    let folders = window.harness.get_all_by_label("Open folder").map(|node| node.rect().center());
    let of_toast = folders.max_by(|a, b| a.y.total_cmp(&b.y)).unwrap();
    window.click(of_toast);
    let path = "/home/ada/report.tar.gz".to_owned();
    assert_eq!(window.world.borrow().shown_places, [PlaceOf::File { path }]);
    window.did(&["Setting::AskDiagnostics", "Setting::SaveDiagnostics", "File::OpenFolder"]);
}

#[test]
fn who_changes_their_mind_writes_nothing() {
    let mut window = over(ThemeChoice::Dark, |_| {});
    window.push("Save diagnostics…");
    window.push("Save…");
    assert_eq!(window.world.borrow().asked("save_diagnostics"), 0);
    window.push("Save diagnostics…");
    window.push("Close");
    assert!(!window.has("settings.toml"));
}

#[test]
fn without_the_engine_the_command_line_is_named() {
    let mut window = over(ThemeChoice::Dark, |world| {
        let away = ApiError::new(Code::Unreachable, "the daemon does not answer");
        world.refuse.insert("read_diagnostics", away);
    });
    window.push("Save diagnostics…");
    window.harness.get_by_label("The daemon does not answer.");
    window.harness.get_by_label_contains("millrace doctor --bundle FILE");
    window.world.borrow_mut().refuse.clear();
    window.push("Try again");
    window.harness.get_by_label("settings.toml");
}

#[test]
fn what_cannot_be_written_or_shown_says_so() {
    let mut window = over(ThemeChoice::Dark, |world| {
        world.picks.push_back("/home/ada/report.tar.gz".to_owned());
        let full = ApiError::new(Code::File, "cannot write /home/ada/report.tar.gz: no space");
        world.refuse.insert("save_diagnostics", full);
        let none = "/home/ada/.local/share/millrace is not shown: no file manager was found";
        world.refuse.insert("find_place", ApiError::new(Code::Environment, none));
    });
    window.push("Save diagnostics…");
    window.push("Save…");
    window.harness.get_by_label_contains("annot write /home/ada/report.tar.gz");
    window.push("Open folder");
    window.harness.get_by_label_contains("no file manager was found");
    assert_eq!(window.world.borrow().shown_places, [PlaceOf::Home {}]);
}

#[test]
fn a_workflow_shows_its_folder_and_a_browser_has_no_file_manager() {
    for in_browser in [false, true] {
        let mut window = Window::with(ThemeChoice::Dark, vec2(1280.0, 900.0), 1.0, None, |world| {
            world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
            world.has_no_dialogs = in_browser;
        });
        window.push("More about Daily sales report");
        assert!(window.has("Copy path"));
        assert_eq!(window.has("Open folder"), !in_browser);
        if !in_browser {
            window.push("Open folder");
            let path = SALES.to_owned();
            assert_eq!(window.world.borrow().shown_places, [PlaceOf::File { path }]);
        }
    }
}

#[test]
fn a_run_shows_its_folder_and_that_of_its_workflow() {
    let mut window = Window::with(ThemeChoice::Dark, vec2(1440.0, 900.0), 1.0, None, |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        world.begin(SALES_TEXT);
        world.finish_last();
    });
    window.press(Modifiers::COMMAND, Key::Num2);
    window.harness.get_all_by_label_contains("Daily sales report, ").next().unwrap().click();
    window.settle();
    let run = window.world.borrow().runs[0].run;
    for (words, of) in [
        ("Open the run's folder", PlaceOf::Run { run }),
        ("Open its workflow's folder", PlaceOf::DocumentOfRun { run }),
    ] {
        window.push("More to do with this run");
        window.push(words);
        assert_eq!(window.world.borrow().shown_places.last(), Some(&of));
    }
}

#[test]
fn diagnostics_in_pictures() {
    for (theme, word) in themes() {
        let mut window = over(theme, |_| {});
        window.push("Save diagnostics…");
        check(&mut window, &format!("diagnostics_{word}"));
    }
    let mut window = over(ThemeChoice::Dark, |world| world.held = Some("read_diagnostics"));
    window.push("Save diagnostics…");
    check(&mut window, "diagnostics_loading_dark");
}
