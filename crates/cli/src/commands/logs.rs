//! `millrace logs`: what a task printed, byte for byte; with times where they are asked for.

use std::time::Duration;

use jiff::tz::TimeZone;
use millrace_api::log::{LogFrom, LogName, LogSlice, LogStream, Output, ReadLog};
use millrace_api::{ApiError, Code};
use millrace_model::ident::Ident;
use millrace_model::ids::{RunId, TaskKey};

use crate::args::{Logs, OutputStream};
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::{escape, human};

/// Asked for at once.
const SLICE: u32 = 1 << 20;
/// Between two looks at a log that grows.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

pub(crate) fn run(args: &Logs, out: &mut Out) -> Result<Exit, Failure> {
    let task = task_key(&args.task)?;
    block_on(async {
        let mut link = Link::to_daemon().await?;
        let run = link.find_run(&args.run).await?;
        let only = args.only.map(|only| match only {
            OutputStream::Stdout => Output::Stdout,
            OutputStream::Stderr => Output::Stderr,
        });
        let reader = Reader { run, task, number: args.number, only, follow: args.follow };
        reader.print(&mut link, args.times, out).await
    })?
}

struct Reader {
    run: RunId,
    task: TaskKey,
    number: Option<u32>,
    only: Option<Output>,
    follow: bool,
}

impl Reader {
    async fn print(mut self, link: &mut Link, times: bool, out: &mut Out) -> Result<Exit, Failure> {
        let mut offset = 0;
        let mut paper = Paper { at_line_start: true, times };
        loop {
            let slice = match self.read(link, offset).await {
                Ok(slice) => slice,
                Err(error) if self.follow && link.is_lost(&error) => {
                    link.again().await?;
                    continue;
                }
                // It has not started yet: with --follow we can wait for that.
                Err(error) if self.follow && self.is_still_to_come(link, &error).await? => {
                    tokio::time::sleep(LOOK_AGAIN).await;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            // A retry must not change the log under our feet.
            self.number = Some(slice.number);
            paper.print(&slice, out)?;
            let moved = slice.next > offset;
            offset = slice.next;
            let at_end = slice.chunks.is_empty() || offset >= slice.total;
            if at_end && (slice.complete || !self.follow) {
                return Ok(Exit::Succeeded);
            }
            if !moved {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
    }

    async fn read(&self, link: &Link, offset: u64) -> Result<LogSlice, ApiError> {
        let log = LogName {
            run: self.run,
            task: self.task.clone(),
            number: self.number,
            only: self.only,
        };
        let request = ReadLog { log, from: LogFrom::Offset(offset), max_bytes: SLICE };
        link.backend().read_log(request).await
    }

    /// Whether the attempt may still come: its run has not ended, and has the task.
    async fn is_still_to_come(&self, link: &Link, error: &ApiError) -> Result<bool, Failure> {
        if error.code != Code::NotFound {
            return Ok(false);
        }
        let request = millrace_api::run::GetRun { run: self.run, snapshot: false };
        let run = link.backend().get_run(request).await?.run;
        let task = run.task(&self.task);
        Ok(!run.state.is_final() && task.is_some_and(|task| !task.state.is_final()))
    }
}

/// What was printed so far.
struct Paper {
    at_line_start: bool,
    times: bool,
}

impl Paper {
    fn print(&mut self, slice: &LogSlice, out: &mut Out) -> Result<(), Failure> {
        for chunk in &slice.chunks {
            if let LogStream::Gap { bytes } = chunk.stream {
                let before = if self.at_line_start { "" } else { "\n" };
                let text = format!("[{} are missing here]", human::bytes(bytes));
                let mark = format!("{before}{}\n", out.style().warning(&text));
                out.write(&mark)?;
                self.at_line_start = true;
                continue;
            }
            let bytes = chunk.data.as_bytes();
            if !self.times {
                write(bytes, out)?;
            } else {
                let time = human::date_time_ms(chunk.at, &TimeZone::system());
                for line in bytes.split_inclusive(|byte| *byte == b'\n') {
                    if self.at_line_start {
                        out.write(&format!("{}  ", out.style().dim(&time)))?;
                    }
                    write(line, out)?;
                    self.at_line_start = line.ends_with(b"\n");
                }
            }
            if let Some(last) = bytes.last() {
                self.at_line_start = *last == b'\n';
            }
        }
        Ok(())
    }
}

fn write(bytes: &[u8], out: &mut Out) -> Result<(), Failure> {
    match out.is_terminal() {
        true => out.write(&escape::for_terminal(bytes))?,
        false => out.write_bytes(bytes)?,
    }
    Ok(())
}

/// `name` or `name[index]`.
pub(crate) fn task_key(text: &str) -> Result<TaskKey, Failure> {
    let (name, item) = match text.strip_suffix(']').and_then(|rest| rest.split_once('[')) {
        Some((name, index)) => (name, index.parse().ok().map(Some)),
        None => (text, Some(None)),
    };
    let task = Ident::new(name).map_err(|error| {
        Failure::usage(error.to_string(), "`millrace show RUN` lists the tasks of a run")
    })?;
    let item = item.ok_or_else(|| {
        Failure::usage(format!("`{text}` is not a task"), "write the index as a number: name[3]")
    })?;
    Ok(TaskKey { task, item })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tasks_are_named_as_they_are_shown() {
        for text in ["load", "load[0]", "load[17]"] {
            assert_eq!(task_key(text).unwrap().to_string(), text);
        }
        for bad in ["", "Load", "load[", "load[x]", "load[-1]"] {
            assert!(task_key(bad).is_err(), "{bad}");
        }
    }
}
