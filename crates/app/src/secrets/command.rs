//! A secret that a program prints, such as `pass show api`. No shell, no input, and an end to waiting.

use std::ffi::OsStr;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use millrace_api::ApiError;
use millrace_exec::secrets::SecretValue;
use tokio::io::AsyncReadExt;
use tokio::process::Command;

use super::cannot_read;

/// How long a program may take; one that asks a person for a password is given the time to type it.
const LIMIT: Duration = Duration::from_secs(30);

/// What the program prints, without the newline at its end.
///
/// # Errors
/// `Secret`: it cannot be started, fails, prints too much, or takes too long.
pub(super) async fn read(
    name: &str,
    argv: &[String],
    path: Option<&OsStr>,
) -> Result<Vec<u8>, ApiError> {
    read_within(LIMIT, name, argv, path).await
}

async fn read_within(
    limit: Duration,
    name: &str,
    argv: &[String],
    path: Option<&OsStr>,
) -> Result<Vec<u8>, ApiError> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(cannot_read(name, "its command has no program", "store it anew"));
    };
    let cannot = |why: &str| {
        let help = "run that command in a terminal to see why; what it complains of is not kept";
        cannot_read(name, &format!("its command `{program}` {why}"), help)
    };
    let mut command = Command::new(program);
    command
        .args(arguments)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        // It may quote what it was about to print.
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    let mut child =
        command.spawn().map_err(|error| cannot(&format!("cannot be started: {error}")))?;
    let group = child.id().and_then(|id| rustix::process::Pid::from_raw(id.cast_signed()));
    let mut printed = Vec::new();
    let finished = tokio::time::timeout(limit, async {
        if let Some(stdout) = child.stdout.take() {
            let most = SecretValue::MAX_BYTES as u64 + 2;
            stdout.take(most).read_to_end(&mut printed).await?;
        }
        child.wait().await
    })
    .await;
    match finished {
        Err(_) => {
            // Its group is its own, and it was not waited for, so the number still names it.
            if let Some(group) = group {
                let _ended =
                    rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
            }
            Err(cannot(&format!("did not end within {} s", limit.as_secs())))
        }
        Ok(Err(error)) => Err(cannot(&format!("cannot be read: {error}"))),
        Ok(Ok(status)) if !status.success() => Err(cannot(&how(status))),
        Ok(Ok(_)) => {
            if printed.ends_with(b"\n") {
                printed.pop();
            }
            Ok(printed)
        }
    }
}

fn how(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("failed with exit code {code}"),
        None => format!("failed: {status}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read_shell(script: &str, limit: Duration) -> Result<Vec<u8>, ApiError> {
        let argv = ["sh", "-c", script].map(str::to_owned);
        read_within(limit, "api", &argv, None).await
    }

    #[tokio::test]
    async fn one_newline_is_taken_off() {
        assert_eq!(read_shell("printf 'a b\\n\\n'", LIMIT).await.unwrap(), b"a b\n");
        assert_eq!(read_shell("printf 'a b'", LIMIT).await.unwrap(), b"a b");
    }

    #[tokio::test]
    async fn a_failure_says_what_failed_and_quotes_nothing() {
        let error = read_shell("echo hunter2 >&2; echo hunter2; exit 3", LIMIT).await.unwrap_err();
        assert!(error.message.contains("`sh` failed with exit code 3"), "{error}");
        assert!(!format!("{error:?}").contains("hunter2"));
        let argv = ["/no/such/program".to_owned()];
        let error = read("api", &argv, None).await.unwrap_err();
        assert!(error.message.contains("cannot be started"), "{error}");
    }

    #[tokio::test]
    async fn one_that_hangs_is_ended() {
        let error = read_shell("exec tail -f /dev/null", Duration::from_millis(50)).await;
        assert!(error.unwrap_err().message.contains("did not end within"));
    }
}
