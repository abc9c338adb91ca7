//! Compiles the window's configuration in: what it may do, which commands its page may call, its icons.

use std::error::Error;

/// Every command the page may call; `capabilities/main.json` allows each of them to the main window alone.
const COMMANDS: &[&str] = &[
    "call",
    "subscribe",
    "watch",
    "unsubscribe",
    "startup",
    "attend",
    "desktop",
    "open_link",
    "open_folder",
    "pick_open",
    "pick_path",
    "pick_save",
    "find_fonts",
    "read_font",
];

fn main() -> Result<(), Box<dyn Error>> {
    let manifest = tauri_build::AppManifest::new().commands(COMMANDS);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(manifest))?;
    Ok(())
}
