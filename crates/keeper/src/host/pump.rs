//! Moving output from pipes into logs. Takes a bounded amount at a time, so that one loud task starves nobody, and
//! holds no more than two buffers whatever comes.

use std::time::Instant;

use millrace_keeper::log::BLOCK_BYTES;
use millrace_keeper::mask::MaskSet;

use super::task::Task;
use super::wall_us;

/// Reads of one pipe before the next one's turn.
const READS_PER_TURN: usize = 16;
/// What a pipe is grown to once a task is seen to print a lot.
const LARGE_PIPE_BYTES: usize = 1 << 20;

/// The buffers all tasks share.
pub(crate) struct Pump {
    raw: Box<[u8]>,
    masked: Vec<u8>,
}

impl Pump {
    pub(crate) fn new() -> Self {
        Self { raw: vec![0; BLOCK_BYTES].into(), masked: Vec::new() }
    }

    /// Takes what waits in one of a task's pipes (0: standard output, 1: standard error). Closes it at its end.
    pub(crate) fn take(&mut self, task: &mut Task, which: usize, masks: &MaskSet) {
        for _ in 0..READS_PER_TURN {
            let Some(pipe) = &mut task.pipes[which] else { return };
            let want = task.log.best_chunk().min(self.raw.len());
            let got = match rustix::io::read(&pipe.fd, &mut self.raw[..want]) {
                Ok(0) => return self.close(task, which, masks),
                Ok(n) => n,
                Err(rustix::io::Errno::INTR) => continue,
                Err(rustix::io::Errno::AGAIN) => return,
                Err(_) => return self.close(task, which, masks),
            };
            if got > 32 * 1024 && !pipe.grown {
                pipe.grown = true;
                // Refused beyond the user's share of pipe memory: then it stays as it is.
                let _ = rustix::pipe::fcntl_setpipe_size(&pipe.fd, LARGE_PIPE_BYTES);
            }
            let stream = pipe.stream;
            if masks.is_empty() {
                let data = &self.raw[..got];
                task.log.append(stream, wall_us(), Instant::now(), data);
                task.remember(data);
            } else {
                self.masked.clear();
                pipe.mask.push(masks, &self.raw[..got], &mut self.masked);
                task.log.append(stream, wall_us(), Instant::now(), &self.masked);
                task.remember(&self.masked);
            }
            if got < want && want >= 4096 && task.exited.is_none() {
                return;
            }
        }
    }

    /// Closes both pipes after taking what is in them now. For a task whose pipes someone out of reach holds open.
    pub(crate) fn close_all(&mut self, task: &mut Task, masks: &MaskSet) {
        for which in 0..2 {
            self.take(task, which, masks);
            self.close(task, which, masks);
        }
    }

    fn close(&mut self, task: &mut Task, which: usize, masks: &MaskSet) {
        let Some(mut pipe) = task.pipes[which].take() else { return };
        self.masked.clear();
        pipe.mask.finish(masks, &mut self.masked);
        if !self.masked.is_empty() {
            task.log.append(pipe.stream, wall_us(), Instant::now(), &self.masked);
            task.remember(&self.masked);
        }
        self.masked.shrink_to(4 * BLOCK_BYTES);
    }
}
