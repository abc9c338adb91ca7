//! The stops of all traced threads, one after the other, until none is left.

use std::collections::{HashMap, HashSet};
use std::fs;

use anyhow::Context as _;
use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use super::calls::{self, Call};
use super::role::Role;
use super::{Observer, Verdict};

/// What `PTRACE_GET_SYSCALL_INFO` says of a stop at the entry of a call.
const AT_ENTRY: u8 = 1;
/// A number that no call has.
const NO_CALL: u64 = u64::MAX;

/// All traced threads.
pub(super) struct Threads<O> {
    observer: O,
    threads: HashMap<Pid, Thread>,
    roles: HashMap<Pid, Role>,
    /// The seized process, as long as it is the shell that waits to become the program: its own beginning may be seen, too.
    shell: Option<Pid>,
    /// Processes that wait at their birth until the event tells whose children they are.
    newborn: HashSet<Pid>,
}

/// A traced thread.
struct Thread {
    process: Pid,
    /// The call that it is in, where that is of concern.
    inside: Option<(Call, Verdict)>,
}

impl<O: Observer> Threads<O> {
    /// That of the seized process.
    pub(super) fn new(observer: O, pid: Pid) -> Self {
        let roles = HashMap::from([(pid, Role::of(pid.as_raw().cast_unsigned()))]);
        let threads = HashMap::from([(pid, Thread { process: pid, inside: None })]);
        Self { observer, threads, roles, shell: Some(pid), newborn: HashSet::new() }
    }

    /// Goes on until all have ended or were let go.
    pub(super) fn follow(mut self) -> anyhow::Result<O> {
        loop {
            match waitpid(None, Some(WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD)) {
                Ok(status) => match self.stopped(status) {
                    // It was killed meanwhile: its end is the next that is heard of it.
                    Err(Errno::ESRCH) | Ok(()) => {}
                    Err(errno) => {
                        return Err(errno).with_context(|| format!("ptrace at {status:?}"));
                    }
                },
                Err(Errno::ECHILD) => return Ok(self.observer),
                // A stop by a signal that has no name.
                Err(Errno::EINTR | Errno::EINVAL) => {}
                Err(errno) => return Err(errno).context("cannot wait for traced processes"),
            }
        }
    }

    fn stopped(&mut self, status: WaitStatus) -> nix::Result<()> {
        match status {
            WaitStatus::PtraceSyscall(thread) => self.call(thread),
            WaitStatus::PtraceEvent(thread, _, libc::PTRACE_EVENT_EXEC) => self.became(thread),
            WaitStatus::PtraceEvent(
                thread,
                _,
                libc::PTRACE_EVENT_CLONE | libc::PTRACE_EVENT_FORK | libc::PTRACE_EVENT_VFORK,
            ) => self.made(thread),
            WaitStatus::PtraceEvent(thread, ..) => {
                self.know(thread);
                if self.role_of(thread).is_none() {
                    self.newborn.insert(thread);
                    return Ok(());
                }
                ptrace::syscall(thread, None)
            }
            WaitStatus::Stopped(thread, signal) => ptrace::syscall(thread, signal),
            WaitStatus::Exited(thread, _) | WaitStatus::Signaled(thread, ..) => {
                self.threads.remove(&thread);
                // Other threads may be heard of later; a number is not used again before the parent has reaped it.
                if !self.threads.values().any(|other| other.process == thread) {
                    self.roles.remove(&thread);
                }
                self.orphaned()
            }
            _ => Ok(()),
        }
    }

    /// Before or after a call.
    fn call(&mut self, thread: Pid) -> nix::Result<()> {
        self.know(thread);
        let at_entry = ptrace::syscall_info(thread)?.op == AT_ENTRY;
        let verdict = if at_entry { self.enter(thread)? } else { self.leave(thread)? };
        if verdict == Verdict::Kill {
            let process = self.threads.get(&thread).map_or(thread, |known| known.process);
            return kill(process, Signal::SIGKILL);
        }
        ptrace::syscall(thread, None)
    }

    fn enter(&mut self, thread: Pid) -> nix::Result<Verdict> {
        let Some(known) = self.threads.get(&thread) else { return Ok(Verdict::Pass) };
        let Some(role) = self.roles.get(&known.process) else { return Ok(Verdict::Pass) };
        let mut registers = ptrace::getregs(thread)?;
        let arguments = [
            registers.rdi,
            registers.rsi,
            registers.rdx,
            registers.r10,
            registers.r8,
            registers.r9,
        ];
        let process = known.process.as_raw().cast_unsigned();
        let observer = &self.observer;
        let who = (process, thread.as_raw().cast_unsigned());
        let call =
            calls::read(role, who, registers.orig_rax, arguments, &|path| observer.concerns(path));
        let Some(call) = call else { return Ok(Verdict::Pass) };
        let verdict = self.observer.enters(&call);
        if let Verdict::Fail(_) = verdict {
            registers.orig_rax = NO_CALL;
            ptrace::setregs(thread, registers)?;
        }
        if let Some(known) = self.threads.get_mut(&thread) {
            known.inside = Some((call, verdict));
        }
        Ok(verdict)
    }

    fn leave(&mut self, thread: Pid) -> nix::Result<Verdict> {
        let inside = self.threads.get_mut(&thread).and_then(|known| known.inside.take());
        let Some((call, decided)) = inside else { return Ok(Verdict::Pass) };
        let mut registers = ptrace::getregs(thread)?;
        let verdict = match decided {
            Verdict::Pass => self.observer.leaves(&call, result_of(registers.rax)),
            decided => decided,
        };
        if let Verdict::Fail(errno) = verdict {
            registers.rax = (-i64::from(errno as i32)).cast_unsigned();
            ptrace::setregs(thread, registers)?;
        }
        Ok(verdict)
    }

    /// A process runs another program now.
    fn became(&mut self, process: Pid) -> nix::Result<()> {
        // Its other threads are gone, and the one that called has the number of the process.
        let called = Pid::from_raw(i32::try_from(ptrace::getevent(process)?).unwrap_or(0));
        let inside = self.threads.remove(&called).and_then(|known| known.inside);
        self.threads.retain(|_, known| known.process != process);
        let role = Role::of(process.as_raw().cast_unsigned());
        let is_followed = self.observer.follows(&role.program);
        if !is_followed && self.shell != Some(process) {
            self.roles.remove(&process);
            return ptrace::detach(process, None);
        }
        self.roles.insert(process, role);
        self.threads.insert(process, Thread { process, inside });
        if !is_followed {
            return ptrace::cont(process, None);
        }
        self.shell = None;
        ptrace::syscall(process, None)
    }

    /// A thread made another one, or a process.
    fn made(&mut self, thread: Pid) -> nix::Result<()> {
        self.know(thread);
        let new = Pid::from_raw(i32::try_from(ptrace::getevent(thread)?).unwrap_or(0));
        let process = process_of(new);
        if process == new
            && let Some(role) = self.role_of(thread)
        {
            let role = role.forked();
            self.roles.insert(new, role);
        }
        if self.newborn.remove(&new) {
            // It may have been killed.
            let _goes_on = ptrace::syscall(new, None);
        }
        ptrace::syscall(thread, None)
    }

    /// Whoever made a process may have been killed before it was heard that it did.
    fn orphaned(&mut self) -> nix::Result<()> {
        for process in std::mem::take(&mut self.newborn) {
            self.roles.insert(process, Role::of(process.as_raw().cast_unsigned()).forked());
            // It may have been killed as well.
            let _goes_on = ptrace::syscall(process, None);
        }
        Ok(())
    }

    /// Threads may be heard of before the event of their birth.
    fn know(&mut self, thread: Pid) {
        self.threads.entry(thread).or_insert_with(|| {
            let process = process_of(thread);
            Thread { process, inside: None }
        });
    }

    fn role_of(&self, thread: Pid) -> Option<&Role> {
        self.roles.get(&self.threads.get(&thread)?.process)
    }
}

/// What a call gave.
fn result_of(register: u64) -> Result<u64, Errno> {
    match register.cast_signed() {
        error @ -4095..=-1 => Err(Errno::from_raw(i32::try_from(-error).unwrap_or(0))),
        _ => Ok(register),
    }
}

/// The process of a thread.
fn process_of(thread: Pid) -> Pid {
    let status = fs::read_to_string(format!("/proc/{thread}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Tgid:"));
    line.and_then(|number| number.trim().parse().ok()).map_or(thread, Pid::from_raw)
}
