//! Running other programs, with errors that name them.

use std::ffi::OsStr;
use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};

/// Runs a command to its end, its output going where ours goes.
///
/// # Errors
/// When it cannot be started or does not succeed.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let line = line_of(command);
    let status = command.status().with_context(|| format!("could not start {line}"))?;
    if !status.success() {
        bail!("{line} ended with {status}");
    }
    Ok(())
}

/// Runs a command and answers its standard output.
///
/// # Errors
/// When it cannot be started or does not succeed; with what it wrote to standard error.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let line = line_of(command);
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("could not start {line}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{line} ended with {}: {}", output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The same of a command that must not take longer than this; then it is killed.
///
/// # Errors
/// As above, and when it does.
pub(crate) fn output_within(command: &mut Command, limit: Duration) -> anyhow::Result<String> {
    let line = line_of(command);
    let output = answer_within(command, limit)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{line} ended with {}: {}", output.status, said.trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whatever a command answers that must not take longer than this; then it is killed.
///
/// # Errors
/// When it cannot be started, and when it takes longer.
pub(crate) fn answer_within(command: &mut Command, limit: Duration) -> anyhow::Result<Output> {
    let line = line_of(command);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.with_context(|| format!("could not start {line}"))?;
    let (stdout, stderr) = (gather(child.stdout.take()), gather(child.stderr.take()));
    let deadline = Instant::now() + limit;
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        if Instant::now() > deadline {
            let _gone = child.kill();
            let _reaped = child.wait();
            bail!("{line} did not end within {limit:?}");
        }
        thread::sleep(Duration::from_millis(1));
    };
    Ok(Output { status, stdout: stdout()?, stderr: stderr()? })
}

/// Reads a stream to its end beside us; the answer waits for that.
fn gather(stream: Option<impl Read + Send + 'static>) -> impl FnOnce() -> anyhow::Result<Vec<u8>> {
    let reader = thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            stream.read_to_end(&mut bytes)?;
        }
        Ok::<_, std::io::Error>(bytes)
    });
    move || Ok(reader.join().map_err(|_| anyhow::anyhow!("reading an output failed"))??)
}

/// The program's path when it is in `PATH`.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The command as a person would type it, without its environment.
pub(crate) fn line_of(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(OsStr::to_string_lossy)
        .map(|word| if word.contains(' ') { format!("'{word}'") } else { word.into_owned() })
        .collect::<Vec<_>>()
        .join(" ")
}

/// Tells the user what is being done now.
#[expect(clippy::print_stderr, reason = "progress is for people, not for pipes")]
pub(crate) fn announce(what: &str) {
    eprintln!("==> {what}");
}

/// Prints a result.
#[expect(clippy::print_stdout, reason = "what the command was called for")]
pub(crate) fn print(text: &str) {
    println!("{text}");
}
