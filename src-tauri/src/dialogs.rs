//! The system's own open and save dialogs.
//!
//! They answer a path and touch no file: reading and writing documents is the daemon's work.

use std::path::PathBuf;

use tauri::{AppHandle, WebviewWindow};
use tauri_plugin_dialog::{DialogExt as _, FileDialogBuilder, FilePath};

/// Asks for a workflow document to open. `None`: the user changed their mind.
#[tauri::command]
pub(crate) async fn pick_open(
    app: AppHandle,
    window: WebviewWindow,
    folder: Option<PathBuf>,
) -> Result<Option<String>, String> {
    let dialog = dialog(&app, &window, folder)
        .add_filter("Workflow", &["json"])
        .add_filter("All files", &["*"])
        .set_title("Open workflow");
    answer(move |done| dialog.pick_file(done)).await
}

/// Asks where to save a file whose kind is called `words` and whose name has this `ending`; the system's dialog asks before an
/// existing file is chosen.
#[tauri::command]
pub(crate) async fn pick_save(
    app: AppHandle,
    window: WebviewWindow,
    folder: Option<PathBuf>,
    file_name: String,
    words: String,
    ending: String,
) -> Result<Option<String>, String> {
    let dialog = dialog(&app, &window, folder)
        .add_filter(&words, &[&ending])
        .add_filter("All files", &["*"])
        .set_title(format!("Save {}", words.to_lowercase()))
        .set_file_name(file_name);
    answer(move |done| dialog.save_file(done)).await
}

/// Asks for the path of a file or a folder for a field of a task. `None`: the user changed their mind.
#[tauri::command]
pub(crate) async fn pick_path(
    app: AppHandle,
    window: WebviewWindow,
    folder: bool,
    title: String,
    start: Option<PathBuf>,
) -> Result<Option<String>, String> {
    let mut dialog = app.dialog().file().set_parent(&window).set_title(title);
    if let Some(start) = start {
        dialog = dialog.set_directory(start);
    }
    answer(move |done| if folder { dialog.pick_folder(done) } else { dialog.pick_file(done) }).await
}

fn dialog(
    app: &AppHandle,
    window: &WebviewWindow,
    folder: Option<PathBuf>,
) -> FileDialogBuilder<tauri::Wry> {
    let dialog = app.dialog().file().set_parent(window);
    match folder {
        Some(folder) => dialog.set_directory(folder),
        None => dialog,
    }
}

/// The dialog's answer as a future: its call-back fills a channel of one.
async fn answer(
    show: impl FnOnce(Box<dyn FnOnce(Option<FilePath>) + Send>),
) -> Result<Option<String>, String> {
    let (sender, mut receiver) = tauri::async_runtime::channel(1);
    show(Box::new(move |picked| {
        // Nobody listens any more when the page was reloaded meanwhile.
        drop(sender.try_send(picked));
    }));
    match receiver.recv().await {
        Some(Some(FilePath::Path(path))) => {
            path.into_os_string().into_string().map(Some).map_err(|name| {
                format!("the name {} is not valid UTF-8; rename the file", name.display())
            })
        }
        Some(Some(FilePath::Url(url))) => Err(format!("{url} is not a file on this machine")),
        Some(None) => Ok(None),
        None => Err("the file dialog could not be shown".to_owned()),
    }
}
