//! Settings that change while the app runs: by a client, or in an editor.
//!
//! Everything but durability and the sizes of logs holds at once. A file with an error changes nothing and is told of.

use std::fs::File;
use std::sync::Weak;

use millrace_api::settings::{ChangeSettings, HomeSettings};
use millrace_api::{ApiError, Code};
use millrace_engine::Settings as Limits;
use rustix::fs::inotify;
use tokio::net::unix::pipe;

use crate::app::{App, blocking};
use crate::errors::engine_error;
use crate::settings::{self, ConfigFile, Settings};

/// The name of the file in the home.
const FILE: &[u8] = b"config.toml";

/// What the engine is to keep to.
pub(crate) fn limits(settings: &Settings) -> Limits {
    Limits {
        parallel_tasks: settings.parallel_tasks.get(),
        pools: settings.pools.clone(),
        prefetch: Limits::DEFAULT_PREFETCH,
    }
}

impl App {
    /// The settings as the file has them now; they are in force from here on.
    ///
    /// # Errors
    /// `Environment` where the file cannot be read or has an error; then those from before stay in force.
    pub(crate) async fn read_settings_now(&self) -> Result<HomeSettings, ApiError> {
        let _alone = self.changing.lock().await;
        let home = self.home.clone();
        match blocking(move || ConfigFile::read(&home)).await {
            Ok(file) => self.put_in_force(file).await,
            Err(error) => {
                self.settings.keep(&error.message);
                Err(error)
            }
        }
    }

    /// Changes the file and puts what it says in force.
    ///
    /// # Errors
    /// Those of [`settings::change`].
    pub(crate) async fn change_settings_now(
        &self,
        args: ChangeSettings,
    ) -> Result<HomeSettings, ApiError> {
        let _alone = self.changing.lock().await;
        let home = self.home.clone();
        let file = blocking(move || settings::change(&home, &args)).await?;
        self.put_in_force(file).await
    }

    async fn put_in_force(&self, file: ConfigFile) -> Result<HomeSettings, ApiError> {
        let wanted = Settings::of(file.settings.clone(), &self.home);
        let new = limits(&wanted);
        if new != limits(&self.settings.get()) {
            self.engine.settings(new).await.map_err(|error| engine_error(&error))?;
        }
        let at_next_start = self.settings.at_next_start(&wanted);
        self.settings.put(wanted);
        // The library may be another one.
        self.schedules.touch();
        let digest = file.digest();
        let path = file.path.display().to_string();
        let troubles = self.notifier.troubles();
        Ok(HomeSettings { settings: file.settings, path, digest, at_next_start, troubles })
    }
}

/// Reads the settings again whenever somebody has written their file, until the app is gone. Where files cannot be
/// watched they are read when a client asks for them.
pub(crate) async fn follow(app: Weak<App>) {
    let (watch, mut is_it) = {
        let Some(app) = app.upgrade() else { return };
        let watch = match watch_home(&app) {
            Ok(watch) => watch,
            Err(error) => return tracing::warn!(%error, "config.toml is not watched"),
        };
        // It may have been written since it was read for the start.
        let home = app.home.clone();
        let now = blocking(move || Settings::load(&home)).await;
        (watch, now.ok().as_ref() != Some(&*app.settings.get()))
    };
    loop {
        let Some(app) = app.upgrade() else { return };
        if is_it {
            match app.read_settings_now().await {
                Ok(_) => tracing::info!("config.toml was read again"),
                Err(error) if error.code == Code::ShuttingDown => return,
                Err(error) => tracing::warn!(%error, "config.toml has an error"),
            }
        }
        drop(app);
        if watch.readable().await.is_err() {
            return;
        }
        is_it = mentions(&watch);
    }
}

/// Editors write the file in place, or another one that they give its name. What the system tells of it is read like a
/// pipe. Not by the crate that watches documents: it asks to be told of every write in a folder, and in this one the history
/// is written all the time.
fn watch_home(app: &App) -> std::io::Result<pipe::Receiver> {
    let watch = inotify::init(inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC)?;
    let ways = inotify::WatchFlags::CLOSE_WRITE
        | inotify::WatchFlags::MOVED_TO
        | inotify::WatchFlags::MOVED_FROM
        | inotify::WatchFlags::DELETE;
    inotify::add_watch(&watch, app.home.root(), ways)?;
    pipe::Receiver::from_file_unchecked(File::from(watch))
}

/// Whether what was told names the file; takes all of it. Once too often does no harm.
fn mentions(watch: &pipe::Receiver) -> bool {
    let mut told = [0; 4096];
    let mut found = false;
    while let Ok(length) = watch.try_read(&mut told)
        && length > 0
    {
        found |= told[..length].windows(FILE.len()).any(|name| name == FILE);
    }
    found
}
