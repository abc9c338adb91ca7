//! The way to whoever answers: the daemon of the home, or the app within this process.
//!
//! A daemon may die and be replaced at any time; [`Link::again`] finds the new one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use millrace_api::document::Source;
use millrace_api::home::Home;
use millrace_api::run::FindRun;
use millrace_api::{ApiError, Backend, Code};
use millrace_client::Launch;
use millrace_model::ids::RunId;

use crate::failure::Failure;

/// How long a client looks for a daemon that went away.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// A way to a [`Backend`].
#[derive(Clone)]
pub(crate) struct Link {
    backend: Arc<dyn Backend>,
    /// Where the daemon is found again; none = the backend lives in this process.
    daemon: Option<(Home, Launch)>,
}

impl Link {
    /// To the daemon, which is started where none runs.
    pub(crate) async fn to_daemon() -> Result<Self, Failure> {
        let home = Home::of_user()?;
        let launch = Launch::beside_this_program()?;
        let client = millrace_client::connect(&home, &launch).await?;
        Ok(Self { backend: Arc::new(client), daemon: Some((home, launch)) })
    }

    /// To a backend in this process.
    pub(crate) fn within(backend: Arc<dyn Backend>) -> Self {
        Self { backend, daemon: None }
    }

    /// Whoever answers.
    pub(crate) fn backend(&self) -> &dyn Backend {
        self.backend.as_ref()
    }

    /// Whether `error` means that the daemon went away and another one can be found.
    pub(crate) fn is_lost(&self, error: &ApiError) -> bool {
        self.daemon.is_some() && matches!(error.code, Code::Unreachable | Code::ShuttingDown)
    }

    /// Looks for the daemon that takes over, for ten seconds; starts one where none runs.
    ///
    /// # Errors
    /// The last reason why there is none.
    pub(crate) async fn again(&mut self) -> Result<(), ApiError> {
        let Some((home, launch)) = &self.daemon else { return Ok(()) };
        let deadline = Instant::now() + PATIENCE;
        loop {
            match millrace_client::connect(home, launch).await {
                Ok(client) => {
                    self.backend = Arc::new(client);
                    return Ok(());
                }
                Err(error) if error.code == Code::Version || Instant::now() > deadline => {
                    return Err(error);
                }
                Err(_) => tokio::time::sleep(LOOK_AGAIN).await,
            }
        }
    }

    /// The run that a text names.
    pub(crate) async fn find_run(&self, name: &str) -> Result<RunId, Failure> {
        // A whole id needs nobody to look it up.
        if let Ok(run) = name.parse() {
            return Ok(run);
        }
        Ok(self.backend.find_run(FindRun { name: name.to_owned() }).await?.run)
    }
}

/// Runs a future on this thread, with all of tokio's parts.
pub(crate) fn block_on<F: Future>(future: F) -> Result<F::Output, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| ApiError::internal("start the runtime", &error))?;
    let output = runtime.block_on(future);
    // Nobody waits for tasks that only read what nobody wants any more.
    runtime.shutdown_background();
    Ok(output)
}

/// The document that a command names: `-`, a file, or a workflow of the library.
pub(crate) fn source(named: &str) -> Result<Source, Failure> {
    if named == "-" {
        let text = crate::text::input::read_stdin()?;
        let here = std::env::current_dir().ok().map(|dir| dir.join("stdin.json"));
        return Ok(Source::Text { text, path: here.map(|path| path.display().to_string()) });
    }
    let is_name = millrace_model::ident::Ident::new(named).is_ok();
    let path = std::path::Path::new(named);
    if is_name && !path.is_file() {
        return Ok(Source::Name(named.to_owned()));
    }
    let absolute = path.canonicalize().map_err(|error| {
        let code = match error.kind() {
            std::io::ErrorKind::NotFound => Code::NotFound,
            _ => Code::File,
        };
        let message = match code {
            Code::NotFound => format!("there is no file {named}"),
            _ => format!("cannot read {named}: {error}"),
        };
        ApiError::new(code, message)
            .help("name a workflow document (.json), or a workflow of the library")
    })?;
    Ok(Source::Path(absolute.to_str().map(ToOwned::to_owned).ok_or_else(|| {
        Failure::usage(
            format!("the path {} is not UTF-8", absolute.display()),
            "rename the file, or give its text by `millrace run - < FILE`",
        )
    })?))
}
