//! What a keeper saw of an attempt's end, in the words of the model.

use std::time::{SystemTime, UNIX_EPOCH};

use millrace_keeper::protocol::{Ended, EndedBy, Exit as KeeperExit};
use millrace_model::event::{AttemptEnd, Exit, LogSummary, Outcome};
use millrace_model::time::Timestamp;
use millrace_model::{Values, outputs};

/// The longest last line that is kept, in characters.
const LINE_CHARS: usize = 400;

/// The end of an attempt of a process whose `skip_exit_code` is given.
#[must_use]
pub(crate) fn attempt_end(ended: &Ended, skip_exit_code: Option<i32>) -> AttemptEnd {
    let mut outcome = outcome(ended, skip_exit_code);
    let mut given = Values::new();
    if matches!(outcome, Outcome::Succeeded) {
        match read_outputs(ended) {
            Ok(values) => given = values,
            Err(message) => outcome = Outcome::Error { message },
        }
    }
    let printed = ended.stdout_bytes + ended.stderr_bytes;
    AttemptEnd {
        outcome,
        started: (ended.started_us > 0).then(|| timestamp(ended.started_us)),
        ended: timestamp(ended.ended_us),
        duration_us: ended.duration_us,
        outputs: given,
        artifacts: Vec::new(),
        metrics: Vec::new(),
        notes: Vec::new(),
        fingerprint: None,
        log: (printed > 0).then(|| LogSummary {
            bytes: printed,
            cut: ended.log_dropped_bytes,
            last_line: last_line(ended),
        }),
        left_processes: ended.left_processes,
        out_of_memory: ended.oom,
        cpu_us: ended.user_us + ended.system_us,
        max_rss: ended.max_rss_bytes,
    }
}

/// Now, by the machine's clock.
#[must_use]
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Microseconds since the epoch as an instant.
#[must_use]
pub(crate) fn timestamp(micros: u64) -> Timestamp {
    Timestamp(i64::try_from(micros).unwrap_or(i64::MAX))
}

fn outcome(ended: &Ended, skip_exit_code: Option<i32>) -> Outcome {
    match ended.ended_by {
        EndedBy::TimeOut => return Outcome::TimedOut,
        EndedBy::Stop => return Outcome::Canceled,
        EndedBy::Shutdown => {
            let message = "stopped because the session or the machine was shut down".to_owned();
            return Outcome::Lost { message };
        }
        EndedBy::Itself => {}
    }
    match &ended.exit {
        KeeperExit::Exited(code) if Some(*code) == skip_exit_code => {
            Outcome::Skipped { reason: String::new() }
        }
        KeeperExit::Exited(0) => Outcome::Succeeded,
        KeeperExit::Exited(code) => Outcome::Failed { exit: Exit::Code(*code) },
        KeeperExit::Signaled { signal, .. } => Outcome::Failed { exit: Exit::Signal(*signal) },
        KeeperExit::SpawnFailed(failure) => Outcome::Error { message: failure.to_string() },
        KeeperExit::Lost { reason } => Outcome::Lost { message: reason.clone() },
    }
}

fn read_outputs(ended: &Ended) -> Result<Values, String> {
    if ended.outputs_too_large {
        let message = "its outputs are larger than 1 MiB or cannot be read as a plain file; write large results to files";
        return Err(message.to_owned());
    }
    outputs::parse(&ended.outputs).map_err(|error| error.to_string())
}

fn last_line(ended: &Ended) -> String {
    ended.last_line().unwrap_or_default().chars().take(LINE_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(exit: KeeperExit, ended_by: EndedBy) -> Ended {
        Ended { ended_by, ended_us: 5, ..Ended::new(1, exit) }
    }

    #[test]
    fn exits_become_outcomes() {
        let skipped = || Outcome::Skipped { reason: String::new() };
        let signal = KeeperExit::Signaled { signal: 9, core: false };
        for (exit, by, skip, expected) in [
            (KeeperExit::Exited(0), EndedBy::Itself, None, Outcome::Succeeded),
            (KeeperExit::Exited(0), EndedBy::Itself, Some(0), skipped()),
            (KeeperExit::Exited(99), EndedBy::Itself, Some(99), skipped()),
            (
                KeeperExit::Exited(137),
                EndedBy::Itself,
                None,
                Outcome::Failed { exit: Exit::Code(137) },
            ),
            (signal.clone(), EndedBy::Itself, None, Outcome::Failed { exit: Exit::Signal(9) }),
            (signal, EndedBy::Stop, None, Outcome::Canceled),
            (KeeperExit::Exited(0), EndedBy::TimeOut, None, Outcome::TimedOut),
        ] {
            let text = format!("{exit:?} by {by:?}");
            assert_eq!(attempt_end(&ended(exit, by), skip).outcome, expected, "{text}");
        }
    }

    #[test]
    fn bad_outputs_are_an_error_although_the_process_succeeded() {
        let mut bad = ended(KeeperExit::Exited(0), EndedBy::Itself);
        bad.outputs = b"{\"rows\": 3}\nnot json\n".to_vec();
        let end = attempt_end(&bad, None);
        let Outcome::Error { message } = &end.outcome else { panic!("{end:?}") };
        assert!(message.contains('2'), "names the line: {message}");
        bad.outputs = b"{\"rows\": 3}\n".to_vec();
        assert_eq!(attempt_end(&bad, None).outputs["rows"], 3);
        bad.outputs_too_large = true;
        assert!(matches!(attempt_end(&bad, None).outcome, Outcome::Error { .. }));
    }
}
