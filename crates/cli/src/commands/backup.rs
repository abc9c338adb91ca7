//! `millrace backup`: the home as one file, with how far it is on a terminal. Ctrl-C gives it up.

use std::time::Duration;

use millrace_api::backup::{BackUp, BackedUp, CancelBackup, ReadBackup, RunningBackup};
use millrace_api::{ApiError, Backend, Code};

use crate::args::Backup;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::{escape, human};

/// Between two looks how far it is.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

pub(crate) fn run(args: &Backup, out: &mut Out) -> Result<Exit, Failure> {
    let here = std::env::current_dir().map_err(|error| {
        Failure::new(Code::File, format!("there is no current folder: {error}"))
    })?;
    let request = BackUp {
        path: here.join(&args.file).display().to_string(),
        replace: args.replace,
        without_logs: args.without_logs,
        without_artifacts: args.without_artifacts,
    };
    let shows = out.is_live() && !args.json;
    let written = block_on(async {
        let link = Link::to_daemon().await?;
        Ok::<_, Failure>(write(link.backend(), request, shows, out).await?)
    })??;
    if args.json {
        out.json(&written)?;
        return Ok(Exit::Succeeded);
    }
    out.write(&format!("{}\n", escape::one_line(&written.path)))?;
    out.note(&said(&written))?;
    if !written.secrets.is_empty() {
        out.note(&format!(
            "these secrets are in the keyring of this machine and not in the backup: {}",
            written.secrets.join(", ")
        ))?;
    }
    Ok(Exit::Succeeded)
}

async fn write(
    backend: &dyn Backend,
    request: BackUp,
    shows: bool,
    out: &mut Out,
) -> Result<BackedUp, ApiError> {
    let mut writing = backend.back_up(request);
    let mut shown = false;
    let written = loop {
        tokio::select! {
            written = &mut writing => break written,
            _ = tokio::signal::ctrl_c() => {
                let _asked = backend.cancel_backup(CancelBackup {}).await;
            }
            () = tokio::time::sleep(LOOK_AGAIN), if shows => {
                if let Ok(progress) = backend.read_backup(ReadBackup {}).await
                    && let Some(running) = progress.running
                {
                    shown = true;
                    let _unread = out.err(&format!("\r\x1b[K{}", how_far(&running)));
                }
            }
        }
    };
    if shown {
        let _unread = out.err("\r\x1b[K");
    }
    written
}

fn how_far(running: &RunningBackup) -> String {
    match running.total {
        0 => "counting".to_owned(),
        total => format!(
            "{} of {} ({} %)",
            human::bytes(running.done),
            human::bytes(total),
            running.done.saturating_mul(100) / total
        ),
    }
}

fn said(written: &BackedUp) -> String {
    let left_out = match written.left_out {
        0 => String::new(),
        1 => "; 1 file was left out: a link, or it could not be read".to_owned(),
        many => format!("; {many} files were left out: links, or they could not be read"),
    };
    format!(
        "{} with {} runs and {} files{left_out}",
        human::bytes(written.bytes),
        written.runs,
        written.files
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_it_is_and_what_came_of_it() {
        let running = |done, total| RunningBackup { path: "/b".to_owned(), done, total };
        assert_eq!(how_far(&running(0, 0)), "counting");
        assert_eq!(how_far(&running(1 << 20, 4 << 20)), "1.0 MiB of 4.0 MiB (25 %)");
        let written = BackedUp {
            path: "/b".to_owned(),
            bytes: 1 << 20,
            files: 12,
            runs: 3,
            left_out: 1,
            secrets: Vec::new(),
        };
        let text = "1.0 MiB with 3 runs and 12 files; 1 file was left out: a link, or it could not be read";
        assert_eq!(said(&written), text);
    }
}
