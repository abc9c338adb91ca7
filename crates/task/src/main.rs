//! `millrace-task`: how a script gives outputs to Millrace and reads inputs.
//!
//! Two small files named by the environment, nothing else: no daemon, no socket, a few milliseconds. It is not the
//! `millrace` command and starts nothing.

mod input;
mod output;
mod python_env;

use std::ffi::OsString;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

const HELP: &str = "\
Give outputs to Millrace and read inputs, from inside a task.

Usage: millrace-task output NAME=TEXT | NAME:=JSON ...
       millrace-task input NAME
       millrace-task python-env FOLDER REQUIREMENT... -- ARGUMENT...

output   Sets outputs of this task; later tasks see them. Several at once are kept together.
           millrace-task output day=2024-05-01 note='two words'     strings
           millrace-task output rows:=41 ok:=true files:='[\"a\",\"b\"]'  typed: any JSON value
         A name is a letter or _ followed by letters, digits, _ or -. Setting a name again replaces it.
         All outputs of a task may take 1 MiB; put larger things into a file in $MILLRACE_RUN_DIR.

input    Prints a value: a string as it is, anything else as JSON.
           millrace-task input params.day
           millrace-task input extract.rows          output `rows` of the task `extract` (any ancestor)
           millrace-task input extract.state         how it ended, if it gave outputs
           millrace-task input extract.report.items.0  further into the value

python-env
         Runs Python with ARGUMENTs in an environment with these requirements, which is made in FOLDER the first time
         and kept. Millrace itself calls it for Python tasks with requirements; by uv where that is installed.

Options:
  -h, --help      this text
  -V, --version   the version

Environment (set by Millrace): MILLRACE_OUTPUTS, MILLRACE_INPUTS, MILLRACE_RUN_OUTPUTS
Exit codes: 0 done, 1 there is no such input, 2 wrong usage, 4 not inside a task or its files can't be used
";

/// What went wrong, and with it the exit code.
#[derive(Debug)]
enum Problem {
    /// There is no such input.
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
        None => return Err(Problem::Usage("say output or input".to_owned())),
    };
    match command {
        "-h" | "--help" | "help" => print(HELP.as_bytes()),
        "-V" | "--version" => {
            print(concat!("millrace-task ", env!("CARGO_PKG_VERSION"), "\n").as_bytes())
        }
        "output" | "input" if matches!(rest, [only] if only == "-h" || only == "--help") => {
            print(HELP.as_bytes())
        }
        "output" => output::set(rest),
        "python-env" => python_env::run(rest),
        "input" => match rest {
            [name] => print(&input::get(name)?),
            _ => Err(Problem::Usage("input takes exactly one name".to_owned())),
        },
        other => {
            let known = "output, input and python-env";
            Err(Problem::Usage(format!("unknown command {other:?}; there are {known}")))
        }
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
