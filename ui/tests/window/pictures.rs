//! The window as pictures, in both themes and several sizes.
//!
//! A changed picture is looked at by a person before it is accepted (`UPDATE_SNAPSHOTS=1 cargo test`).

use egui::Vec2;
use egui_kittest::SnapshotOptions;
use millrace_model::event::{Cause, Exit, Outcome, RunState, TaskState, Then};
use millrace_model::ident::Ident;
use millrace_ui::ThemeChoice;

use crate::world::{SALES, SALES_TEXT, START, Window, World};

pub(super) const FULL: Vec2 = Vec2::new(1440.0, 900.0);
pub(super) const SMALL: Vec2 = Vec2::new(1280.0, 720.0);

/// The run of the design's pictures: the load failed three times, the team is being told.
fn failing_run(world: &mut World) {
    let run = world.begin_as(millrace_model::ids::RunId(0x8f2c_41d9_0a55_1b2e), SALES_TEXT);
    world.succeed(run, "fetch_exports", 1_200);
    world.succeed(run, "clean_rows", 4_000);
    for attempt in 1..=3 {
        let serial = world.start(run, "load_warehouse");
        let failed = || Outcome::Failed { exit: Exit::Code(3) };
        let line =
            "ERROR 42P10: there is no unique constraint matching the ON CONFLICT specification";
        if attempt < 3 {
            let due = world.time().plus(std::time::Duration::from_secs(2));
            world.end_with(run, serial, 200, failed(), line, Then::Retry { due });
            world.pass(1_500);
        } else {
            world.print(
                run,
                "load_warehouse",
                &[
                    ("connecting to warehouse as \u{1b}[32mmillrace\u{1b}[0m", false),
                    ("begin", false),
                    ("insert into sales select * from staging where day = $1 [2026-11-22]", false),
                    (line, true),
                    ("rollback", false),
                    ("\u{1b}[1mfailed after 0.2 s, try 3 of 3: no more tries\u{1b}[0m", true),
                ],
            );
            world.end(run, serial, 200, failed(), line);
        }
    }
    let task = Ident::new("load_warehouse").unwrap();
    world.skip(run, "build_report", TaskState::UpstreamFailed, Cause::UpstreamFailed { task });
    world.start(run, "tell_the_team");
    world.pass(2_300);
}

pub(super) fn history(world: &mut World) {
    world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
    let backup = SALES_TEXT
        .replace("daily_sales", "nightly_backup")
        .replace("Daily sales report", "Nightly backup")
        .replace(
            "Loads yesterday's exports into the warehouse and builds the report.",
            "Copies the home folder and verifies the copy.",
        );
    world.files.insert("/home/ada/workflows/nightly_backup.json".to_owned(), backup.clone());
    let broken = SALES_TEXT
        .replace("daily_sales", "health_check")
        .replace("Daily sales report", "Health check")
        .replace("\"to\": \"clean_rows\"", "\"to\": \"clean_row\"");
    world.files.insert("/home/ada/workflows/health_check.json".to_owned(), broken);
    world.now = Some(millrace_model::time::Timestamp(START.0 - 200_000_000_000));
    for index in 0..14_u64 {
        let text = if index % 3 == 2 { &backup } else { SALES_TEXT };
        let run = world.begin(text);
        world.succeed(run, "fetch_exports", 900 + index * 37);
        world.succeed(run, "clean_rows", 3_000 + index * 211 % 1_700);
        if index == 4 || index == 9 {
            world.fail(run, "load_warehouse", 400, 3, "ERROR 42P10");
            world.finish(run, RunState::Failed, Some("load_warehouse"));
        } else if index == 7 {
            world.finish(run, RunState::Canceled, None);
        } else {
            world.succeed(run, "load_warehouse", 700);
            world.succeed(run, "build_report", 500);
            world.finish(run, RunState::Succeeded, None);
        }
        world.pass(14_000_000);
    }
    world.now = Some(START);
}

/// Compares the window with the picture of this name.
pub fn check(window: &mut Window, name: &str) {
    window.harness.remove_cursor();
    window.settle();
    check_as_it_is(window, name);
    crate::film::shoot(window, name);
}

/// The same with the pointer where it is, and what hangs from it.
pub fn check_as_it_is(window: &mut Window, name: &str) {
    if let Err(error) = window.harness.try_snapshot_options(name, &options()) {
        panic!("{error}");
    }
}

/// The same of the right edge of the window, so many points wide.
pub fn check_right(window: &mut Window, name: &str, width: u32) {
    window.harness.remove_cursor();
    window.settle();
    let image = window.harness.render().unwrap();
    let (left, height) = (image.width() - width, image.height());
    let part = image::imageops::crop_imm(&image, left, 0, width, height).to_image();
    if let Err(error) = egui_kittest::try_image_snapshot_options(&part, name, &options()) {
        panic!("{error}");
    }
}

/// Another version of the software renderer may round a few edges otherwise.
fn options() -> SnapshotOptions {
    SnapshotOptions::new().threshold(1.2).max_failed_pixels(400)
}

/// Both themes, with the words of their pictures.
pub fn themes() -> [(ThemeChoice, &'static str); 2] {
    [(ThemeChoice::Dark, "dark"), (ThemeChoice::Light, "light")]
}

#[test]
fn editor_with_a_failed_task() {
    for (theme, word) in themes() {
        let mut window = Window::with(theme, FULL, 1.0, Some(SALES), |world| {
            world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        });
        window.press(egui::Modifiers::COMMAND, egui::Key::Enter);
        assert_eq!(window.world.borrow().asked("start_run"), 1);
        // The scripted daemon began a run of its own; the one of the pictures takes its place.
        let run = window.world.borrow().runs[0].run;
        {
            let mut world = window.world.borrow_mut();
            play(&mut world, run);
        }
        window.settle();
        window.settle();
        check(&mut window, &format!("editor_{word}"));
    }
}

/// The story of [`failing_run`] for a run that the ui started.
fn play(world: &mut World, run: millrace_model::ids::RunId) {
    let mut scratch = World::default();
    failing_run(&mut scratch);
    let mut story = scratch.runs[0].clone();
    world.now = scratch.now;
    story.run = run;
    story.seq = world.runs[0].seq + 40;
    story.head = world.runs[0].head.clone();
    world.runs[0] = story;
    let logs: Vec<_> = scratch.logs.into_iter().collect();
    for ((_, task), chunks) in logs {
        world.logs.insert((run, task), chunks);
    }
    // An event that does not follow makes the ui ask for the whole run.
    let serial = world.start(run, "clean_rows");
    world.end(run, serial, 4_000, Outcome::Succeeded, "");
}

#[test]
fn editor_at_rest_small_and_sharp() {
    for (theme, word) in themes() {
        let mut window = Window::with(theme, SMALL, 2.0, Some(SALES), |world| {
            world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        });
        let at = window.spot("load_warehouse", None);
        window.click(at);
        check(&mut window, &format!("editor_small_{word}"));
    }
}

#[test]
fn run_place() {
    for (theme, word) in themes() {
        let mut window = Window::with(theme, FULL, 1.0, None, |world| {
            world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
            failing_run(world);
        });
        window.press(egui::Modifiers::COMMAND, egui::Key::Num2);
        use egui_kittest::kittest::Queryable as _;
        window.harness.get_by_label_contains("Daily sales report, running").click();
        window.settle();
        window.settle();
        check(&mut window, &format!("run_{word}"));
    }
}

#[test]
fn lists() {
    for (theme, word) in themes() {
        let mut window = Window::with(theme, SMALL, 1.0, None, history);
        check(&mut window, &format!("workflows_{word}"));
        window.press(egui::Modifiers::COMMAND, egui::Key::Num2);
        check(&mut window, &format!("runs_{word}"));
        window.press(egui::Modifiers::COMMAND, egui::Key::Comma);
        check(&mut window, &format!("settings_{word}"));
    }
}

#[test]
fn empty_places_and_the_dialog() {
    let mut window = Window::with(ThemeChoice::Light, SMALL, 1.0, None, |_| {});
    check(&mut window, "workflows_empty");
    window.press(egui::Modifiers::COMMAND, egui::Key::Num2);
    check(&mut window, "runs_empty");
    let mut window = Window::with(ThemeChoice::Dark, SMALL, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
    });
    window.press(egui::Modifiers::COMMAND | egui::Modifiers::SHIFT, egui::Key::Enter);
    check(&mut window, "params");
}

#[test]
fn what_floats_over_the_editor() {
    use egui_kittest::kittest::Queryable as _;
    for (theme, word) in themes() {
        let mut window = Window::with(theme, SMALL, 1.0, Some(SALES), history);
        window.press(egui::Modifiers::COMMAND, egui::Key::K);
        window.harness.get_by_label("Find anything").type_text("re");
        check(&mut window, &format!("finder_{word}"));
        window.press(egui::Modifiers::NONE, egui::Key::Escape);
        window.press(egui::Modifiers::NONE, egui::Key::Questionmark);
        check(&mut window, &format!("shortcuts_{word}"));
        window.press(egui::Modifiers::NONE, egui::Key::Escape);
        window.press(egui::Modifiers::NONE, egui::Key::N);
        check(&mut window, &format!("picker_{word}"));
        window.press(egui::Modifiers::NONE, egui::Key::Escape);
        let at = window.spot("clean_rows", None);
        window.right_click(at);
        check(&mut window, &format!("card_menu_{word}"));
    }
}
