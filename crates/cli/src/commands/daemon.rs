//! `millrace daemon`: the background process of a home.

use std::io::{Read, Seek, SeekFrom};
use std::time::Duration;

use jiff::tz::TimeZone;

use millrace_api::home::Home;
use millrace_api::run::{DaemonReport, DaemonState, StopDaemon};
use millrace_api::{ApiError, Backend, Code};
use millrace_app::login::{self, Login, Starter};
use millrace_client::Launch;
use millrace_server::DaemonOptions;

use crate::args::{Daemon, DaemonCommand};
use crate::failure::{Exit, Failure};
use crate::link::block_on;
use crate::out::Out;
use crate::text::{escape, human};

/// How long a stopped daemon may take to be gone, where it has nothing to wait for.
const STOP_LIMIT: Duration = Duration::from_secs(20);
/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_millis(20);
/// So much of the end of the daemon's log is shown.
const LOG_TAIL: u64 = 64 << 10;

pub(crate) fn run(args: &Daemon, out: &mut Out) -> Result<Exit, Failure> {
    match &args.command {
        Some(DaemonCommand::Status { json }) => block_on(status(*json, out))?,
        Some(DaemonCommand::Stop { cancel_runs }) => block_on(stop(*cancel_runs, out))?,
        Some(DaemonCommand::Logs { follow }) => block_on(logs(*follow, out))?,
        Some(DaemonCommand::Install { autostart }) => block_on(install(*autostart, out))?,
        Some(DaemonCommand::Uninstall) => uninstall(out),
        None if args.foreground || args.started_by_client => serve(args, out),
        None => block_on(start(out))?,
    }
}

fn serve(args: &Daemon, out: &mut Out) -> Result<Exit, Failure> {
    let options =
        DaemonOptions { foreground: args.foreground, started_by_client: args.started_by_client };
    let done = Home::of_user().and_then(|home| millrace_server::run(&home, options));
    if let (Err(error), true) = (&done, args.started_by_client) {
        // The client that waits for the line `ready` hands this on as it is.
        out.json_line(error)?;
    }
    done?;
    Ok(Exit::Succeeded)
}

async fn start(out: &mut Out) -> Result<Exit, Failure> {
    let home = Home::of_user()?;
    let client = millrace_client::connect(&home, &Launch::beside_this_program()?).await?;
    let report = client.daemon_state(DaemonState {}).await?;
    out.note(&format!("the daemon runs (process {})", report.pid))?;
    Ok(Exit::Succeeded)
}

/// A daemon that a client started makes room for the service.
async fn install(autostart: bool, out: &mut Out) -> Result<Exit, Failure> {
    let home = Home::of_user()?;
    let login = Login::of_user(&home)?;
    if login.would_be_service(autostart) && millrace_client::connect_running(&home).await?.is_some()
    {
        stop(false, out).await?;
    }
    match login.install(&home, autostart)? {
        Starter::Service(path) => {
            out.note(&format!("the daemon runs, and starts when you log in: {}", path.display()))?;
            if login::lingers() == Some(false) {
                out.note("it runs only while you are logged in; `loginctl enable-linger` lets it run always")?;
            }
        }
        Starter::Entry(path) => {
            out.note(&format!(
                "the daemon starts when you log in to a desktop: {}",
                path.display()
            ))?;
        }
    }
    Ok(Exit::Succeeded)
}

fn uninstall(out: &mut Out) -> Result<Exit, Failure> {
    let home = Home::of_user()?;
    match Login::of_user(&home)?.uninstall()? {
        Some(_) => out.note("the daemon does not start at login any more")?,
        None => out.note("the daemon did not start at login")?,
    }
    Ok(Exit::Succeeded)
}

async fn status(json: bool, out: &mut Out) -> Result<Exit, Failure> {
    let home = Home::of_user()?;
    let Some(client) = millrace_client::connect_running(&home).await? else {
        if json {
            out.json(&serde_json::json!({ "running": false, "home": home.root() }))?;
        } else {
            out.write(&format!("no daemon runs for {}\n", home.root().display()))?;
        }
        return Ok(Exit::Failed);
    };
    let report = client.daemon_state(DaemonState {}).await?;
    if json {
        let mut value = serde_json::to_value(&report)
            .map_err(|error| ApiError::internal("print the report", &error))?;
        if let Some(fields) = value.as_object_mut() {
            fields.insert("running".to_owned(), true.into());
        }
        out.json(&value)?;
    } else {
        let text = describe(&report);
        out.write(&text)?;
        for warning in &report.warnings {
            let label = out.style().warning("warning");
            out.write(&format!("{label}: {warning}\n"))?;
        }
    }
    Ok(Exit::Succeeded)
}

fn describe(report: &DaemonReport) -> String {
    let now = human::now();
    let up = human::date_time_and_relative(report.started, now, &TimeZone::system());
    format!(
        "the daemon runs (process {}, version {})\n\
         home     {}\n\
         started  {up}\n\
         runs     {} running, {} queued\n\
         tasks    {} running, at most {} at a time\n",
        report.pid,
        report.version,
        report.home,
        report.running_runs,
        report.queued_runs,
        report.running_tasks,
        report.parallel_tasks
    )
}

async fn stop(cancel_runs: bool, out: &mut Out) -> Result<Exit, Failure> {
    let home = Home::of_user()?;
    let Some(client) = millrace_client::connect_running(&home).await? else {
        out.note("no daemon runs")?;
        return Ok(Exit::Succeeded);
    };
    let report = client.daemon_state(DaemonState {}).await?;
    client.stop_daemon(StopDaemon { cancel_runs }).await?;
    // It has gone when its lock is free. Runs that are cancelled may take their time to clean up.
    let asked = std::time::Instant::now();
    while millrace_app::home_holder(&home).is_some() {
        if !cancel_runs && asked.elapsed() > STOP_LIMIT {
            let message = format!("the daemon (process {}) does not end", report.pid);
            let log = home.daemon_log();
            let error = ApiError::new(Code::Unreachable, message);
            return Err(error.help(format!("look into {}", log.display())).into());
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
    let runs = match (report.running_runs, cancel_runs) {
        (0, _) => String::new(),
        (_, true) => "; its runs were cancelled".to_owned(),
        (1, false) => "; 1 run goes on without it".to_owned(),
        (many, false) => format!("; {many} runs go on without it"),
    };
    out.note(&format!("the daemon (process {}) has ended{runs}", report.pid))?;
    Ok(Exit::Succeeded)
}

async fn logs(follow: bool, out: &mut Out) -> Result<Exit, Failure> {
    let path = Home::of_user()?.daemon_log();
    let cannot = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => ApiError::new(
            Code::NotFound,
            format!("there is no log yet: no daemon has run for this home ({})", path.display()),
        ),
        _ => ApiError::new(Code::File, format!("cannot read {}: {error}", path.display())),
    };
    let mut file = std::fs::File::open(&path).map_err(cannot)?;
    let length = file.metadata().map_err(cannot)?.len();
    let mut at = length.saturating_sub(LOG_TAIL);
    let mut cut_line = at > 0;
    loop {
        // A log that became shorter was begun anew.
        if file.metadata().map_err(cannot)?.len() < at {
            at = 0;
        }
        file.seek(SeekFrom::Start(at)).map_err(cannot)?;
        let mut bytes = Vec::new();
        file.by_ref().take(1 << 20).read_to_end(&mut bytes).map_err(cannot)?;
        at += bytes.len() as u64;
        let shown = match bytes.iter().position(|byte| *byte == b'\n') {
            Some(end) if cut_line => &bytes[end + 1..],
            _ => &bytes[..],
        };
        cut_line &= bytes.is_empty();
        match out.is_terminal() {
            // It tells of what others named.
            true => out.write(&escape::for_terminal(shown))?,
            false => out.write_bytes(shown)?,
        }
        if !bytes.is_empty() {
            continue;
        }
        if !follow {
            return Ok(Exit::Succeeded);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}
