//! Standard output and standard error: what they can show, and writing to them.
//!
//! Not what is written: see `text`.

use std::io::{self, IsTerminal, Write};

use anstream::AutoStream;

use crate::args::ColorWhen;
use crate::text::escape;
use crate::text::style::Style;

/// Where a command writes.
pub(crate) struct Out {
    style: Style,
    err_style: Style,
    terminal: bool,
    live: bool,
    reader: Reader,
}

/// Whoever reads stdout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// When it goes away, so do we.
    Needed,
    /// When it goes away, we go on in silence.
    Welcome,
    /// It has gone.
    Gone,
}

impl Out {
    pub(crate) fn new(color: ColorWhen) -> Self {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let unicode = speaks_unicode();
        let terminal = stdout.is_terminal();
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb" || term.is_empty());
        let colored = |auto| match color {
            ColorWhen::Always => true,
            ColorWhen::Never => false,
            ColorWhen::Auto => auto != anstream::ColorChoice::Never,
        };
        Self {
            style: Style { color: colored(AutoStream::choice(&stdout)), icons: terminal, unicode },
            err_style: Style {
                color: colored(AutoStream::choice(&stderr)),
                icons: stderr.is_terminal(),
                unicode,
            },
            terminal,
            live: terminal && !dumb,
            reader: Reader::Needed,
        }
    }

    /// How stdout is to be styled.
    pub(crate) fn style(&self) -> Style {
        self.style
    }

    /// How stderr is to be styled.
    pub(crate) fn err_style(&self) -> Style {
        self.err_style
    }

    /// Whether a person reads stdout.
    pub(crate) fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Whether stdout is a terminal that can move its cursor.
    pub(crate) fn is_live(&self) -> bool {
        self.live && size().is_some_and(|(columns, rows)| columns >= 20 && rows >= 5)
    }

    /// The width for texts on stdout: the terminal's, or none where it is a file or a pipe.
    pub(crate) fn width(&self) -> Option<usize> {
        if self.terminal { size().map(|(columns, _)| columns) } else { None }
    }

    /// Writes to stdout at once.
    pub(crate) fn write(&mut self, text: &str) -> io::Result<()> {
        self.write_bytes(text.as_bytes())
    }

    /// From now on a reader that goes away is no reason to stop.
    pub(crate) fn outlive_reader(&mut self) {
        if self.reader == Reader::Needed {
            self.reader = Reader::Welcome;
        }
    }

    /// Writes bytes to stdout at once.
    pub(crate) fn write_bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.reader == Reader::Gone {
            return Ok(());
        }
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(bytes).and_then(|()| stdout.flush());
        match written {
            Err(error)
                if error.kind() == io::ErrorKind::BrokenPipe && self.reader == Reader::Welcome =>
            {
                self.reader = Reader::Gone;
                Ok(())
            }
            written => written,
        }
    }

    /// Writes a value to stdout as one line of JSON.
    pub(crate) fn json_line<T: serde::Serialize>(&mut self, value: &T) -> io::Result<()> {
        let mut line = serde_json::to_vec(value)?;
        line.push(b'\n');
        self.write_bytes(&line)
    }

    /// Writes a value to stdout as JSON that a person can read.
    pub(crate) fn json<T: serde::Serialize>(&mut self, value: &T) -> io::Result<()> {
        let mut text = serde_json::to_vec_pretty(value)?;
        text.push(b'\n');
        self.write_bytes(&text)
    }

    /// Writes to stderr.
    pub(crate) fn err(&mut self, text: &str) -> io::Result<()> {
        io::stderr().lock().write_all(text.as_bytes())
    }

    /// `error[CODE]: message` and `help: …` on stderr.
    pub(crate) fn error_line(
        &mut self,
        code: &str,
        message: &str,
        help: Option<&str>,
    ) -> io::Result<()> {
        let style = self.err_style;
        let code = if code.is_empty() { String::new() } else { format!("[{code}]") };
        let message = escape::lines(message);
        let mut text = format!("{}: {message}\n", style.error(&format!("error{code}")));
        if let Some(help) = help {
            text.push_str(&format!("  {}: {}\n", style.help("help"), escape::lines(help)));
        }
        self.err(&text)
    }

    /// A remark on stderr, for the person at the terminal.
    pub(crate) fn note(&mut self, text: &str) -> io::Result<()> {
        let line = format!("{}\n", self.err_style.dim(&escape::for_terminal(text.as_bytes())));
        self.err(&line)
    }
}

/// Columns and rows of the terminal.
pub(crate) fn size() -> Option<(usize, usize)> {
    let (width, height) = terminal_size::terminal_size_of(io::stdout())?;
    Some((usize::from(width.0), usize::from(height.0)))
}

/// Whether the locale is a UTF-8 one: else icons and lines are drawn in ASCII.
fn speaks_unicode() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
    locale.is_some_and(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}
