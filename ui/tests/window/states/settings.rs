//! The pages of the settings that belong to the home: with nothing on them, on their way, unreadable, with hundreds of things in
//! other scripts, and while nobody answers.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::queue::{PoolHolder, PoolUse};
use millrace_api::secret::SecretSource;
use millrace_api::settings::{Connection, HomeSettings, Settings, SqliteDatabase};
use millrace_api::storage::{Storage, WorkflowStorage};
use millrace_api::{ApiError, Code};
use millrace_model::ids::RunId;
use millrace_ui::ThemeChoice;

use super::{HAN, can, han};
use crate::grid::wait;
use crate::notify::settings_of_a_team;
use crate::pictures::{check, themes};
use crate::world::{Window, World, key};

/// The pages, what each shows while it has nothing, and what of it needs the engine.
const PAGES: [(&str, &str, &str); 5] = [
    ("Notifications", "Channels", "Any run succeeded"),
    ("Secrets", "No secrets are stored yet.", "Add secret"),
    ("Connections", "There are no connections yet.", "Add HTTP service"),
    ("Pools", "There are no pools yet.", "More: Tasks at a time"),
    ("Storage", "0 runs in the history, 0 deleted that can be put back.", "Back up…"),
];

fn page(theme: ThemeChoice, name: &str, make: impl FnOnce(&mut World)) -> Window {
    let mut window = Window::with(theme, vec2(1280.0, 800.0), 1.0, None, make);
    window.press(Modifiers::COMMAND, Key::Comma);
    window.push(name);
    for _ in 0..4 {
        window.settle();
    }
    window
}

fn picture(page: &str, state: &str) -> String {
    format!("settings_{}_{state}", page.to_lowercase())
}

#[test]
fn a_page_without_anything_says_so() {
    for (name, words, _) in PAGES {
        let mut window = page(ThemeChoice::Light, name, |_| {});
        assert!(window.says(words), "{name}");
        check(&mut window, &picture(name, "empty"));
    }
}

#[test]
fn a_page_that_is_on_its_way_says_so() {
    for (name, ..) in PAGES {
        let (held, words) = match name {
            "Secrets" => ("list_secrets", "Loading"),
            "Storage" => ("read_storage", "Measuring"),
            _ => ("read_settings", "Loading"),
        };
        let mut window = page(ThemeChoice::Dark, name, |world| world.held = Some(held));
        window.harness.get_by_label(words);
        check(&mut window, &picture(name, "loading"));
    }
}

#[test]
fn a_page_that_cannot_be_read_says_why_and_does_not_seem_to_load() {
    let broken = ApiError::new(Code::File, "config.toml: permission denied");
    for (name, ..) in PAGES {
        let mut window = page(ThemeChoice::Dark, name, |world| {
            for command in ["list_secrets", "read_storage", "read_settings"] {
                world.refuse.insert(command, broken.clone());
            }
        });
        assert!(window.has("config.toml: permission denied."), "{name}");
        assert!(!window.has("Loading") && !window.has("Measuring"), "{name}");
        check(&mut window, &picture(name, "error"));
        window.world.borrow_mut().refuse.clear();
        window.push("Try again");
        wait(&mut window);
        assert!(!window.has("config.toml: permission denied."), "{name}");
    }
}

/// Hundreds of each thing, with names in another script that are far too long.
fn crowd(world: &mut World) {
    han(world);
    let named = |at: usize| format!("{at:03} {} 🎉", HAN.repeat(1 + at % 4));
    let mut home = HomeSettings { settings: Settings::default(), ..settings_of_a_team() };
    for at in 0..300 {
        world.secrets.insert(named(at), SecretSource::Keyring {});
        let path = format!("/srv/{}.db", named(at));
        let file = SqliteDatabase { path, read_only: true };
        home.settings.connections.insert(named(at), Connection::Sqlite(file));
        home.settings.pools.insert(named(at), 4);
        let holder = |run| PoolHolder {
            run: RunId(run),
            workflow: HAN.repeat(3),
            task: key("load"),
            slots: 1,
        };
        let holders = (0..3).map(holder).collect();
        world.pools.push(PoolUse { name: named(at), used: 3, slots: 4, holders });
    }
    let channels = settings_of_a_team().settings.notify;
    for (at, mail) in channels.mail.values().cycle().take(60).enumerate() {
        home.settings.notify.mail.insert(named(at), mail.clone());
    }
    world.settings = Some(home);
    let of = |at: usize| WorkflowStorage {
        workflow: named(at),
        runs: 5_000 / (at as u64 + 1),
        run_bytes: (900 << 20) / (at as u64 + 1),
        artifact_bytes: 100 << 20,
    };
    world.storage = Storage { by_workflow: (0..2_000).map(of).collect(), ..Storage::default() };
}

#[test]
fn hundreds_of_things_with_long_names_in_other_scripts_fit() {
    for (name, ..) in PAGES {
        let mut window = page(ThemeChoice::Light, name, crowd);
        for _ in 0..4 {
            window.settle();
        }
        check(&mut window, &picture(name, "huge_cjk"));
    }
}

#[test]
fn while_nobody_answers_nothing_can_be_changed_and_that_is_said() {
    const WORDS: &str = "Nothing can be changed here until the engine answers.";
    for (name, _, control) in PAGES {
        for (theme, word) in themes() {
            let mut window = page(theme, name, |world| world.settings = Some(settings_of_a_team()));
            assert!(can(&window, control), "{name}");
            window.leave();
            assert!(window.has(WORDS) && !can(&window, control), "{name}");
            check(&mut window, &picture(name, &format!("disconnected_{word}")));
            window.come_back();
            assert!(!window.has(WORDS) && can(&window, control), "{name}");
        }
    }
    // What belongs to the window alone can still be chosen.
    let mut window = page(ThemeChoice::Dark, "Appearance", |_| {});
    window.leave();
    window.push("Light");
    assert_eq!(window.harness.state().settings().theme, ThemeChoice::Light);
    window.push("Keys");
    assert!(!window.has(WORDS));
}

#[test]
fn about_says_what_is_known_while_nobody_answers() {
    let mut window = page(ThemeChoice::Dark, "About", |world| world.leave());
    assert!(window.says("The engine does not answer"));
    check(&mut window, "settings_about_disconnected");
    window.come_back();
    assert!(window.says("(process 4711)"));
}
