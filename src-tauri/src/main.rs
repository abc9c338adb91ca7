//! The desktop host: one window around the ui.
//!
//! It opens the window, hands the page's requests to the daemon through [`backend`], and shows the system's file
//! dialogs and opens links outside. It decides nothing and stores nothing; closing or crashing it never touches a run.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod arguments;
mod backend;
mod commands;
mod daemon;
mod dialogs;
mod links;
mod streams;
mod window;

use std::process::ExitCode;
use std::sync::Arc;

use arguments::Arguments;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args_os().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => return fail(&message, 2),
    };
    if arguments.help {
        return say(arguments::HELP);
    }
    match run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&format!("the window could not be opened: {error}"), 4),
    }
}

fn run(arguments: Arguments) -> tauri::Result<()> {
    tauri::Builder::default()
        .plugin(tauri_plugin_dialog::init())
        .manage(Arc::new(daemon::Daemon) as backend::SharedBackend)
        .manage(streams::Streams::default())
        .manage(commands::Startup::from(&arguments))
        .invoke_handler(tauri::generate_handler![
            commands::call,
            commands::subscribe,
            commands::unsubscribe,
            commands::startup,
            links::open_link,
            dialogs::pick_open,
            dialogs::pick_path,
            dialogs::pick_save,
        ])
        .setup(move |app| Ok(window::open(app, &arguments)?))
        .run(tauri::generate_context!())
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
