//! Lends the page the system's fonts, for characters that its own lack. Which are chosen is in [`millrace_client`].

use millrace_client::{FoundFont, SystemFonts};
use tauri::State;
use tauri::async_runtime::spawn_blocking;
use tauri::ipc::Response;

/// Finds fonts for characters, the one that is preferred for each first.
#[tauri::command]
pub(crate) async fn find_fonts(
    fonts: State<'_, SystemFonts>,
    characters: String,
) -> Result<Vec<FoundFont>, String> {
    let fonts = fonts.inner().clone();
    spawn_blocking(move || fonts.find(&characters)).await.map_err(|error| error.to_string())?
}

/// The bytes of the file of a font that was found.
#[tauri::command]
pub(crate) async fn read_font(
    fonts: State<'_, SystemFonts>,
    font: usize,
) -> Result<Response, String> {
    let fonts = fonts.inner().clone();
    let read = spawn_blocking(move || fonts.read(font)).await.map_err(|error| error.to_string())?;
    read.map(Response::new)
}
