//! The desktop host: one window around the ui.
//!
//! It opens the window, hands the page's requests to the daemon through [`backend`], shows the system's file dialogs,
//! opens links outside, and lends the page the system's fonts. It decides nothing and stores nothing; closing or crashing it never touches a run.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
mod awake;
mod backend;
mod commands;
mod companion;
mod daemon;
mod desktop;
mod dialogs;
mod events;
mod folders;
mod fonts;
#[cfg(target_os = "linux")]
mod heap;
mod instance;
mod links;
mod login;
mod memory;
mod place;
#[cfg(test)]
mod policy;
mod streams;
mod tray;
mod watch;
mod window;

use std::process::ExitCode;
use std::sync::Arc;

use arguments::Arguments;
use instance::{Instance, Start};
use memory::Memory;
use millrace_api::home::Home;
use tauri::{Manager as _, RunEvent};

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => return fail(&message, 2),
    };
    if arguments.help {
        return say(arguments::HELP);
    }
    #[cfg(target_os = "linux")]
    heap::bound();
    // Where this user can have no home, the page says why.
    let home = Home::of_user().ok();
    let start = home.as_ref().map(|home| instance::start(home, &arguments.handover()));
    let instance = match start {
        Some(Ok(Start::HandedOver)) => return ExitCode::SUCCESS,
        Some(Ok(Start::First(instance))) => Some(instance),
        Some(Err(message)) => return fail(&message, 4),
        None => None,
    };
    match run(arguments, home, instance) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("the window could not be opened: {error}"), 4),
    }
}

fn run(arguments: Arguments, home: Option<Home>, instance: Option<Instance>) -> tauri::Result<()> {
    let memory = Memory::open(home.as_ref().map(|home| home.root().join("window.json")));
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .manage(Arc::new(daemon::Daemon) as backend::SharedBackend)
        .manage(streams::Streams::default())
        .manage(millrace_client::SystemFonts::default())
        .manage(events::Events::default())
        .manage(memory)
        .manage(desktop::Closing::default())
        .manage(commands::Startup::from(&arguments))
        .invoke_handler(tauri::generate_handler![
            commands::call,
            commands::subscribe,
            commands::watch,
            commands::unsubscribe,
            commands::startup,
            events::attend,
            desktop::desktop,
            links::open_link,
            folders::open_folder,
            dialogs::pick_open,
            dialogs::pick_path,
            dialogs::pick_save,
            fonts::find_fonts,
            fonts::read_font,
        ])
        .setup(move |app| {
            window::open(app, &arguments)?;
            if let Some(instance) = instance {
                window::take_over_for(app.handle(), &instance)?;
                app.manage(instance);
            }
            if let Some(home) = home {
                companion::start(app.handle(), home, arguments.in_background);
            }
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(|app, event| {
        let is_end = matches!(event, RunEvent::ExitRequested { .. } | RunEvent::Exit);
        if let (true, Some(instance)) = (is_end, app.try_state::<Instance>()) {
            instance.leave();
        }
    });
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the text asked for by --help")]
fn say(text: &str) -> ExitCode {
    println!("{text}");
    ExitCode::SUCCESS
}

#[expect(clippy::print_stderr, reason = "there is no window to show it in")]
fn fail(message: &str, code: u8) -> ExitCode {
    eprintln!("millrace-desktop: {message}");
    ExitCode::from(code)
}
