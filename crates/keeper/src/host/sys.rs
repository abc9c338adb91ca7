//! The system calls that no safe wrapper offers: a vfork-style clone that execs, `wait4`, `signalfd`, `fork`.
//! All `unsafe` code of the keeper is here; every function is safe to call.

use std::ffi::{CStr, CString, c_char, c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

/// Stack of the child between clone and exec; it calls a dozen system calls and no more.
const CHILD_STACK_BYTES: usize = 64 * 1024;

/// Where the child stopped when it could not become the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Making the process.
    Clone,
    /// Its session, streams or signals.
    SetUp,
    /// Entering the working folder.
    Chdir,
    /// Executing the program.
    Exec,
}

/// A failed start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CloneError {
    pub(crate) stage: Stage,
    pub(crate) errno: i32,
    /// Index of the candidate path the error is about.
    pub(crate) candidate: usize,
}

/// What to execute, all of it prepared beforehand: between clone and exec nothing may allocate.
pub(crate) struct Image<'a> {
    /// Paths to try in order, as `execvp` does.
    pub(crate) candidates: &'a [CString],
    pub(crate) argv: &'a [CString],
    pub(crate) envp: &'a [&'a CStr],
    pub(crate) cwd: &'a CStr,
    pub(crate) stdin: BorrowedFd<'a>,
    pub(crate) stdout: BorrowedFd<'a>,
    pub(crate) stderr: BorrowedFd<'a>,
    /// Limit on open files to give back to the task, where the keeper raised its own.
    pub(crate) nofile: Option<(u64, u64)>,
    /// Limits that mean nothing to the kernel and mark all that descends from the process.
    pub(crate) mark: (u64, u64),
}

/// Starts processes. Owns the stack that children use for the moment before they exec.
pub(crate) struct Spawner {
    stack: Box<[MaybeUninit<u128>]>,
    /// Signals that this process ignores, by its own will or by inheritance: tasks get their defaults back.
    ignored: Vec<c_int>,
    argv: Vec<*const c_char>,
    envp: Vec<*const c_char>,
}

/// What the child reads and, because it shares our memory, writes.
struct Shared {
    candidates: *const CString,
    candidate_count: usize,
    argv: *const *const c_char,
    envp: *const *const c_char,
    cwd: *const c_char,
    fds: [RawFd; 3],
    nofile: Option<libc::rlimit>,
    mark: libc::rlimit,
    ignored: *const c_int,
    ignored_count: usize,
    keeper: libc::pid_t,
    failed: Option<CloneError>,
}

impl Spawner {
    pub(crate) fn new() -> Self {
        let words = CHILD_STACK_BYTES / size_of::<u128>();
        Self {
            stack: vec![MaybeUninit::uninit(); words].into(),
            ignored: ignored_signals(),
            argv: Vec::new(),
            envp: Vec::new(),
        }
    }

    /// Starts a process in a session of its own that dies with the keeper, and returns when it has become its
    /// program. Like `vfork` this does not copy the keeper's page tables, and unlike `pre_exec` in std it keeps that
    /// while setting a session and a parent-death signal.
    pub(crate) fn spawn(&mut self, image: &Image<'_>) -> Result<u32, CloneError> {
        self.argv.clear();
        self.argv.extend(image.argv.iter().map(|a| a.as_ptr()));
        self.argv.push(ptr::null());
        self.envp.clear();
        self.envp.extend(image.envp.iter().map(|e| e.as_ptr()));
        self.envp.push(ptr::null());
        let mut shared = Shared {
            candidates: image.candidates.as_ptr(),
            candidate_count: image.candidates.len(),
            argv: self.argv.as_ptr(),
            envp: self.envp.as_ptr(),
            cwd: image.cwd.as_ptr(),
            fds: [image.stdin.as_raw_fd(), image.stdout.as_raw_fd(), image.stderr.as_raw_fd()],
            nofile: image.nofile.map(|(cur, max)| libc::rlimit { rlim_cur: cur, rlim_max: max }),
            mark: libc::rlimit { rlim_cur: image.mark.0, rlim_max: image.mark.1 },
            ignored: self.ignored.as_ptr(),
            ignored_count: self.ignored.len(),
            keeper: own_pid(),
            failed: None,
        };
        let shared_ptr: *mut Shared = &raw mut shared;
        let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
        // SAFETY: the end of the stack is one past an allocation of 16-byte words, so it is aligned as the ABI asks,
        // and the allocation outlives the call: CLONE_VFORK suspends this (only) thread until the child has exec'd
        // or exited, after which it no longer uses our memory. `shared` and all it points to live as long.
        // `child_main` only makes async-signal-safe calls.
        let pid = unsafe {
            let top = self.stack.as_mut_ptr().add(self.stack.len());
            libc::clone(child_main, top.cast(), flags, shared_ptr.cast())
        };
        if pid < 0 {
            return Err(CloneError { stage: Stage::Clone, errno: last_errno(), candidate: 0 });
        }
        // SAFETY: points to the local above; the child that wrote through the same pointer is gone from our memory.
        match unsafe { (*shared_ptr).failed } {
            // The child that failed is reaped like any other; its caller forgets the pid.
            Some(error) => {
                let _ = wait_for(pid);
                Err(error)
            }
            None => Ok(u32::try_from(pid).unwrap_or(0)),
        }
    }
}

extern "C" fn child_main(arg: *mut c_void) -> c_int {
    let shared: *mut Shared = arg.cast();
    // SAFETY: `arg` is the `Shared` that `spawn` keeps alive while we run on its memory; all pointers in it are valid
    // and null-terminated where C asks for it. Only async-signal-safe functions are called, nothing allocates,
    // unwinds or touches a lock.
    unsafe {
        let (stage, candidate) = become_program(shared);
        (*shared).failed = Some(CloneError { stage, errno: *libc::__errno_location(), candidate });
        libc::_exit(127)
    }
}

/// Never returns when it succeeds. Leaves the reason in `errno`.
///
/// # Safety
/// As in `child_main`, which is its only caller.
unsafe fn become_program(shared: *mut Shared) -> (Stage, usize) {
    // SAFETY: see `child_main`.
    unsafe {
        let s = &*shared;
        if libc::setsid() < 0 || libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL, 0, 0, 0) < 0 {
            return (Stage::SetUp, 0);
        }
        // The keeper may have died before the line above took effect.
        if libc::getppid() != s.keeper {
            libc::_exit(127);
        }
        for (target, fd) in s.fds.iter().enumerate() {
            // The sources are close-on-exec and never 0, 1 or 2: the keeper holds those open itself.
            if libc::dup2(*fd, target as c_int) < 0 {
                return (Stage::SetUp, 0);
            }
        }
        if let Some(limit) = &s.nofile
            && libc::setrlimit(libc::RLIMIT_NOFILE, limit) < 0
        {
            return (Stage::SetUp, 0);
        }
        // Refused only under one that is lower still, within a task of another keeper: then the environment marks.
        libc::setrlimit(libc::RLIMIT_LOCKS, &raw const s.mark);
        if libc::chdir(s.cwd) < 0 {
            return (Stage::Chdir, 0);
        }
        // All zero is the default action. Through the kernel, because glibc refuses its two reserved signals, which
        // a launcher may have left ignored.
        let default = [0_u64; 4];
        for i in 0..s.ignored_count {
            let signal = *s.ignored.add(i);
            libc::syscall(
                libc::SYS_rt_sigaction,
                signal,
                default.as_ptr(),
                ptr::null::<u64>(),
                8_usize,
            );
        }
        let mut none = MaybeUninit::<libc::sigset_t>::uninit();
        libc::sigemptyset(none.as_mut_ptr());
        libc::sigprocmask(libc::SIG_SETMASK, none.as_ptr(), ptr::null_mut());
        let (mut told, mut told_at) = (libc::ENOENT, 0);
        for i in 0..s.candidate_count {
            libc::execve((*s.candidates.add(i)).as_ptr(), s.argv, s.envp);
            let errno = *libc::__errno_location();
            match errno {
                // Not here: look on. A forbidden one is told only when no other is found.
                libc::ENOENT | libc::ENOTDIR => {}
                libc::EACCES => (told, told_at) = (errno, i),
                _ => {
                    (told, told_at) = (errno, i);
                    break;
                }
            }
        }
        *libc::__errno_location() = told;
        (Stage::Exec, told_at)
    }
}

/// Reads which signals this process ignores; the keeper's own three where that can't be read.
fn ignored_signals() -> Vec<c_int> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|l| l.strip_prefix("SigIgn:"));
    match mask.and_then(|m| u64::from_str_radix(m.trim(), 16).ok()) {
        Some(mask) => (1..=64).filter(|n| mask & (1 << (n - 1)) != 0).collect(),
        None => vec![libc::SIGINT, libc::SIGHUP, libc::SIGPIPE],
    }
}

fn own_pid() -> libc::pid_t {
    // SAFETY: no arguments, can't fail.
    unsafe { libc::getpid() }
}

pub(crate) fn last_errno() -> i32 {
    io::Error::last_os_error().raw_os_error().unwrap_or(0)
}

/// A child that has ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reaped {
    pub(crate) pid: u32,
    pub(crate) status: WaitStatus,
    pub(crate) user_us: u64,
    pub(crate) system_us: u64,
    pub(crate) max_rss_bytes: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WaitStatus {
    Exited(i32),
    Signaled { signal: i32, core: bool },
}

/// What `wait4` found.
pub(crate) enum Wait {
    /// A child that ended; it is gone now.
    Reaped(Reaped),
    /// There are children, all of them alive.
    NoneYet,
    /// There is no child at all.
    NoChildren,
}

/// Reaps any child that has ended, without waiting.
pub(crate) fn reap_any() -> Wait {
    wait4(-1, libc::WNOHANG)
}

fn wait_for(pid: libc::pid_t) -> Wait {
    wait4(pid, 0)
}

fn wait4(pid: libc::pid_t, options: c_int) -> Wait {
    loop {
        let mut status: c_int = 0;
        let mut usage = MaybeUninit::<libc::rusage>::zeroed();
        // SAFETY: both pointers are to locals of the right types; an all-zero `rusage` is valid.
        let (got, usage) = unsafe {
            let got = libc::wait4(pid, &raw mut status, options, usage.as_mut_ptr());
            (got, usage.assume_init())
        };
        if got == 0 {
            return Wait::NoneYet;
        }
        if got < 0 {
            if last_errno() == libc::EINTR {
                continue;
            }
            return Wait::NoChildren;
        }
        let micros = |t: libc::timeval| {
            u64::try_from(t.tv_sec).unwrap_or(0) * 1_000_000 + u64::try_from(t.tv_usec).unwrap_or(0)
        };
        return Wait::Reaped(Reaped {
            pid: u32::try_from(got).unwrap_or(0),
            status: if libc::WIFSIGNALED(status) {
                WaitStatus::Signaled {
                    signal: libc::WTERMSIG(status),
                    core: libc::WCOREDUMP(status),
                }
            } else {
                WaitStatus::Exited(libc::WEXITSTATUS(status))
            },
            user_us: micros(usage.ru_utime),
            system_us: micros(usage.ru_stime),
            max_rss_bytes: u64::try_from(usage.ru_maxrss).unwrap_or(0) * 1024,
        });
    }
}

/// Ignores SIGINT, SIGHUP and SIGPIPE, blocks SIGCHLD and SIGTERM and returns a descriptor that becomes readable
/// when one of the two arrives.
pub(crate) fn signal_fd() -> io::Result<OwnedFd> {
    // SAFETY: the set is initialised by `sigemptyset`; the descriptor is new and ours alone.
    unsafe {
        for signal in [libc::SIGINT, libc::SIGHUP, libc::SIGPIPE] {
            libc::signal(signal, libc::SIG_IGN);
        }
        let mut set = MaybeUninit::<libc::sigset_t>::uninit();
        libc::sigemptyset(set.as_mut_ptr());
        libc::sigaddset(set.as_mut_ptr(), libc::SIGCHLD);
        libc::sigaddset(set.as_mut_ptr(), libc::SIGTERM);
        if libc::sigprocmask(libc::SIG_SETMASK, set.as_ptr(), ptr::null_mut()) < 0 {
            return Err(io::Error::last_os_error());
        }
        let fd = libc::signalfd(-1, set.as_ptr(), libc::SFD_CLOEXEC | libc::SFD_NONBLOCK);
        if fd < 0 { Err(io::Error::last_os_error()) } else { Ok(OwnedFd::from_raw_fd(fd)) }
    }
}

/// Which signals have arrived at a [`signal_fd`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Arrived {
    pub(crate) child: bool,
    pub(crate) terminate: bool,
}

/// Takes the signals that wait at a [`signal_fd`].
pub(crate) fn take_signals(fd: BorrowedFd<'_>) -> Arrived {
    const ONE: usize = size_of::<libc::signalfd_siginfo>();
    let mut arrived = Arrived::default();
    let mut buf = [0_u8; ONE * 4];
    while let Ok(n) = rustix::io::read(fd, &mut buf) {
        for info in buf[..n].chunks_exact(ONE) {
            // The signal's number is the structure's first field.
            let number = info.first_chunk::<4>().map_or(0, |b| u32::from_ne_bytes(*b));
            arrived.child |= number == libc::SIGCHLD as u32;
            arrived.terminate |= number == libc::SIGTERM as u32;
        }
        if n < buf.len() {
            break;
        }
    }
    arrived
}

/// Splits the process in two. `true` in the child.
pub(crate) fn fork() -> io::Result<bool> {
    // SAFETY: the keeper has one thread, so the child's memory is consistent and everything may be called in it.
    match unsafe { libc::fork() } {
        0 => Ok(true),
        n if n > 0 => Ok(false),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Closes every descriptor above standard error that was inherited, except one: whatever the daemon or a terminal left
/// open is no business of the keeper's or of its tasks. To be called first of all.
pub(crate) fn close_inherited(keep: Option<RawFd>) {
    let close = |first: libc::c_uint, last: libc::c_uint| {
        if first > last {
            return;
        }
        // SAFETY: called before this process has opened anything itself, so nothing here owns one of the numbers.
        let closed = unsafe { libc::syscall(libc::SYS_close_range, first, last, 0) };
        if closed < 0 {
            // Before Linux 5.9: one by one, as far as descriptors usually go.
            for fd in first..=last.min(4096) {
                // SAFETY: as above.
                unsafe { libc::close(fd.cast_signed()) };
            }
        }
    };
    match keep.and_then(|fd| libc::c_uint::try_from(fd).ok()) {
        Some(fd) if fd > 2 => {
            close(3, fd - 1);
            close(fd.saturating_add(1), libc::c_uint::MAX);
        }
        _ => close(3, libc::c_uint::MAX),
    }
}

/// Takes over a descriptor that was inherited under a number given on the command line.
pub(crate) fn inherited(fd: RawFd) -> io::Result<OwnedFd> {
    // SAFETY: `fcntl` with F_SETFD takes any number and fails with EBADF for one that is not open.
    if unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) } < 0 || fd < 3 {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    // SAFETY: it is open, and by the contract of `--fd` it was handed to this process to own; nothing else here
    // has opened descriptors yet that could have got the same number.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}
