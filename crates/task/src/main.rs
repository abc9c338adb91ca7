//! `millrace-task`: how a script gives outputs and artifacts to Millrace, reads inputs, and says how far it is.
//!
//! Small files named by the environment, nothing else: no daemon, no socket, a few milliseconds. It is not the
//! `millrace` command and starts nothing.

mod artifact;
mod input;
mod output;
mod python_env;
mod say;

use std::ffi::OsString;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// All commands, for messages.
const COMMANDS: &str =
    "output, input, artifact, artifact-path, progress, metric, skip and python-env";

const HELP: &str = "\
Give outputs and files to Millrace, read inputs, and say how far you are, from inside a task.

Usage: millrace-task output NAME=TEXT | NAME:=JSON ...
       millrace-task input NAME
       millrace-task artifact FILE... | FILE --name NAME
       millrace-task artifact-path TASK NAME
       millrace-task progress FRACTION [TEXT]
       millrace-task metric NAME VALUE [--step N]
       millrace-task skip [REASON]
       millrace-task python-env FOLDER REQUIREMENT... -- ARGUMENT...

output   Sets outputs of this task; later tasks see them. Several at once are kept together.
           millrace-task output day=2024-05-01 note='two words'     strings
           millrace-task output rows:=41 ok:=true files:='[\"a\",\"b\"]'  typed: any JSON value
         A name is a letter or _ followed by letters, digits, _ or -. Setting a name again replaces it.
         All outputs of a task may take 1 MiB; make larger things artifacts.

input    Prints a value: a string as it is, anything else as JSON.
           millrace-task input params.day
           millrace-task input extract.rows          output `rows` of the task `extract` (any ancestor)
           millrace-task input extract.state         how it ended, if it gave outputs and this task depends on it directly
           millrace-task input extract.report.items.0  further into the value

artifact Keeps files beyond the run, each under its own name or another one: copies them into $MILLRACE_ARTIFACTS, where
         you can also write them yourself. They are taken in when the task ends.
           millrace-task artifact report.csv loss.png
           millrace-task artifact out.csv --name daily/sales.csv
artifact-path
         Prints where an artifact of a task before this one lies. It can be read, not written.
           cut -d, -f2 \"$(millrace-task artifact-path extract report.csv)\"

progress Says how far the task is, from 0 to 1 or in percent, and what it is about.
           millrace-task progress 0.4 'loading part 3'
metric   Records a number that was measured; with a step, one of a series.
           millrace-task metric loss 0.12 --step 3
skip     Says that there is nothing to do: with exit code 0 the task ends as skipped.
           millrace-task skip 'no new files'; exit 0

python-env
         Runs Python with ARGUMENTs in an environment with these requirements, which is made in FOLDER the first time
         and kept. Millrace itself calls it for Python tasks with requirements; by uv where that is installed.

Options:
  -h, --help      this text
  -V, --version   the version

Environment (set by Millrace): MILLRACE_OUTPUTS, MILLRACE_INPUTS, MILLRACE_RUN_OUTPUTS, MILLRACE_ARTIFACTS,
MILLRACE_RUN_ARTIFACTS, MILLRACE_PROGRESS, MILLRACE_METRICS, MILLRACE_SKIP
Exit codes: 0 done, 1 there is no such input or file, 2 wrong usage, 4 not inside a task or its files can't be used
";

/// What went wrong, and with it the exit code.
#[derive(Debug)]
enum Problem {
    /// There is no such input or file.
    Missing(String),
    /// The command line is wrong.
    Usage(String),
    /// Not inside a task, or its files can't be used.
    Environment(String),
}

impl Problem {
    fn exit_code(&self) -> u8 {
        match self {
            Self::Missing(_) => 1,
            Self::Usage(_) => 2,
            Self::Environment(_) => 4,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(text) | Self::Environment(text) => f.write_str(text),
            Self::Usage(text) => write!(f, "{text}; see millrace-task --help"),
        }
    }
}

fn main() -> ExitCode {
    match run(std::env::args_os().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            let _ = writeln!(std::io::stderr(), "millrace-task: {problem}");
            ExitCode::from(problem.exit_code())
        }
    }
}

fn run(args: impl Iterator<Item = OsString>) -> Result<(), Problem> {
    let mut words = Vec::new();
    for arg in args {
        let shown = arg.to_string_lossy().into_owned();
        let word = arg.into_string().map_err(|_| {
            Problem::Usage(format!("argument {shown:?} is not UTF-8; write such bytes to a file"))
        })?;
        words.push(word);
    }
    let (command, rest) = match words.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => return Err(Problem::Usage(format!("say what to do: there are {COMMANDS}"))),
    };
    match command {
        "-h" | "--help" | "help" => print(HELP.as_bytes()),
        "-V" | "--version" => {
            print(concat!("millrace-task ", env!("CARGO_PKG_VERSION"), "\n").as_bytes())
        }
        "output" | "input" | "artifact" | "artifact-path" | "progress" | "metric" | "skip" if matches!(rest, [only] if only == "-h" || only == "--help") => {
            print(HELP.as_bytes())
        }
        "artifact" => artifact::keep(rest),
        "artifact-path" => match rest {
            [task, name] => print(&artifact::path_of(task, name)?),
            _ => Err(Problem::Usage("artifact-path takes a task and a name".to_owned())),
        },
        "progress" => say::progress(rest),
        "metric" => say::metric(rest),
        "skip" => say::skip(rest),
        "output" => output::set(rest),
        "python-env" => python_env::run(rest),
        "input" => match rest {
            [name] => print(&input::get(name)?),
            _ => Err(Problem::Usage("input takes exactly one name".to_owned())),
        },
        other => Err(Problem::Usage(format!("unknown command {other:?}; there are {COMMANDS}"))),
    }
}

fn print(bytes: &[u8]) -> Result<(), Problem> {
    match std::io::stdout().write_all(bytes) {
        // The reader has seen enough.
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        Err(e) => Err(Problem::Environment(format!("can't write to standard output: {e}"))),
        Ok(()) => Ok(()),
    }
}

/// The path that an environment variable names.
fn file_of(variable: &str) -> Result<std::path::PathBuf, Problem> {
    match std::env::var_os(variable) {
        Some(path) if !path.is_empty() => Ok(path.into()),
        _ => Err(Problem::Environment(format!(
            "{variable} is not set: this works only inside a task that Millrace runs"
        ))),
    }
}
