//! `millrace serve`: the window's page in a browser, over loopback, until Ctrl-C.

use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;

use millrace_api::home::Home;
use millrace_api::run::DaemonState;
use millrace_api::{ApiError, Backend, Code, Remote};
use millrace_client::{AnewTransport, Launch, SystemFonts};
use millrace_server::web::{Fonts, FoundFont, Links, WebPage};
use tokio::signal::unix::{SignalKind, signal};

use crate::args::Serve;
use crate::failure::{Exit, Failure};
use crate::link::block_on;
use crate::out::Out;

pub(crate) fn run(args: &Serve, out: &mut Out) -> Result<Exit, Failure> {
    let documents = args.documents.iter().map(|path| absolute(path)).collect::<Result<_, _>>()?;
    block_on(serve(args, documents, out))?
}

async fn serve(args: &Serve, documents: Vec<String>, out: &mut Out) -> Result<Exit, Failure> {
    let home = Home::of_user()?;
    let launch = Launch::beside_this_program()?;
    let page = WebPage::bind(args.port, documents).await?;
    let backend = Remote(AnewTransport::new(home.clone(), launch));
    // Whoever opens the page should find an engine, or be told here why there is none.
    backend.daemon_state(DaemonState {}).await?;
    let mut links = page.links();
    // Whoever reads the address may have read enough.
    out.outlive_reader();
    let Some(link) = links.next().await else { return Ok(Exit::Succeeded) };
    out.write(&format!("{link}\n"))?;
    out.note("The address is good once, in one browser. Ctrl-C ends the page; runs go on.")?;
    let opener = if args.open { Some(Opener::new(&home, &link)?) } else { None };
    if let Some(opener) = &opener {
        opener.open()?;
    }
    tokio::select! {
        () = page.serve(Arc::new(backend), Arc::new(MachineFonts::default())) => {}
        printed = print_others(&mut links, out) => printed?,
        () = told_to_end()? => {}
    }
    Ok(Exit::Succeeded)
}

/// Prints another address whenever one was used.
async fn print_others(links: &mut Links, out: &mut Out) -> Result<(), Failure> {
    while let Some(link) = links.next().await {
        out.note("A browser came in. The address for another one:")?;
        out.write(&format!("{link}\n"))?;
    }
    Ok(())
}

/// Resolves when somebody ends this process.
fn told_to_end() -> Result<impl Future<Output = ()>, Failure> {
    let listen =
        |kind| signal(kind).map_err(|error| ApiError::internal("listen to signals", &error));
    let mut signals = [listen(SignalKind::interrupt())?, listen(SignalKind::terminate())?];
    let mut hangup = listen(SignalKind::hangup())?;
    Ok(async move {
        let [interrupt, terminate] = &mut signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}

fn absolute(path: &Path) -> Result<String, Failure> {
    let found = path.canonicalize().map_err(|error| {
        let message = format!("cannot open {}: {error}", path.display());
        ApiError::new(Code::NotFound, message).help("name a workflow document (.json)")
    })?;
    found.to_str().map(str::to_owned).ok_or_else(|| {
        Failure::usage(format!("the path {} is not UTF-8", found.display()), "rename the file")
    })
}

/// This machine's fonts; the page may be shown on another, whose fonts it cannot have.
#[derive(Default)]
struct MachineFonts(SystemFonts);

impl Fonts for MachineFonts {
    fn find(&self, characters: &str) -> Result<Vec<FoundFont>, String> {
        let found = self.0.find(characters)?.into_iter();
        Ok(found.map(|found| FoundFont { font: found.font, index: found.index }).collect())
    }

    fn read(&self, font: usize) -> Result<Vec<u8>, String> {
        self.0.read(font)
    }
}

/// Opens the address in the browser without its code being an argument, which every process could read: by a private
/// file that leads there. The file goes with it.
struct Opener(PathBuf);

impl Opener {
    fn new(home: &Home, link: &str) -> Result<Self, Failure> {
        let write = || -> std::io::Result<PathBuf> {
            let name = format!("open-{}.html", std::process::id());
            let path = home.socket_dir()?.join(name);
            let mut options = std::fs::OpenOptions::new();
            let mut file =
                options.write(true).create(true).truncate(true).mode(0o600).open(&path)?;
            let text = format!("<meta http-equiv=\"refresh\" content=\"0; url={link}\">\n");
            std::io::Write::write_all(&mut file, text.as_bytes())?;
            Ok(path)
        };
        let path = write().map_err(|error| {
            ApiError::new(Code::File, format!("cannot hand the address to the browser: {error}"))
                .help("open the address above by hand")
        })?;
        Ok(Self(path))
    }

    fn open(&self) -> Result<(), Failure> {
        let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        let mut command = Command::new(program);
        command.arg(&self.0).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| {
            ApiError::new(Code::Environment, format!("{program} cannot be started: {error}"))
                .help("open the address above by hand")
        })?;
        // It may live as long as the browser does; somebody has to hear of its end.
        std::thread::spawn(move || child.wait());
        Ok(())
    }
}

impl Drop for Opener {
    fn drop(&mut self) {
        // The code in it is used up or ends with this process.
        let _gone = std::fs::remove_file(&self.0);
    }
}
