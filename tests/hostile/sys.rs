//! What the modes are made of: processes, signals, descriptors, as the kernel has them.
//!
//! The only module with `unsafe` code. The program has one thread whenever it forks.

use std::ffi::{CString, OsStr, OsString};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsRawFd, IntoRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Nobody lives for longer, whoever forgets to end us.
pub(crate) const LIFE: Duration = Duration::from_secs(60);

/// The file that all our processes hold.
#[derive(Debug)]
pub(crate) struct Ledger {
    file: File,
    path: PathBuf,
}

impl Ledger {
    /// Opens it so that children, also through `exec`, hold the same lock.
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().append(true).create(true).open(path)?;
        // SAFETY: the descriptor is open, and both calls take plain numbers.
        let locked = unsafe {
            libc::fcntl(file.as_raw_fd(), libc::F_SETFD, 0);
            libc::flock(file.as_raw_fd(), libc::LOCK_SH)
        };
        if locked < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { file, path: path.to_owned() })
    }

    /// Writes a line of one word.
    pub(crate) fn note(&self, word: &str) {
        let _full = (&self.file).write_all(format!("{word}\n").as_bytes());
    }

    /// Its descriptor.
    pub(crate) fn fd(&self) -> RawFd {
        self.file.as_raw_fd()
    }

    /// Its path.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Tells that the end is by our own will, and exits with 0.
    pub(crate) fn leave(&self) -> ! {
        self.note("done");
        exit()
    }
}

/// Exits with 0 at once, without a word.
pub(crate) fn exit() -> ! {
    // SAFETY: does not return.
    unsafe { libc::_exit(0) }
}

/// Waits for signals until the life is over.
pub(crate) fn stay() -> ! {
    stay_until(Instant::now() + LIFE)
}

/// The same with an end of its own.
pub(crate) fn stay_until(end: Instant) -> ! {
    while let Some(left) = end.checked_duration_since(Instant::now()) {
        std::thread::sleep(left);
    }
    exit()
}

/// Splits the process. True in the child; also where there can be no child, so that every mode does something.
pub(crate) fn fork() -> bool {
    // SAFETY: there is one thread, so everything may be called in the child.
    unsafe { libc::fork() <= 0 }
}

/// The same, and false where there can be no child.
pub(crate) fn try_fork() -> Option<bool> {
    // SAFETY: as above.
    match unsafe { libc::fork() } {
        0 => Some(true),
        n if n > 0 => Some(false),
        _ => None,
    }
}

/// A session of our own.
pub(crate) fn new_session() {
    // SAFETY: no arguments; refused to the leader of a group, who has one already.
    unsafe { libc::setsid() };
}

/// Ignores these signals.
pub(crate) fn ignore(signals: impl IntoIterator<Item = i32>) {
    for signal in signals {
        // SAFETY: refused for what is no signal or cannot be ignored.
        unsafe { libc::signal(signal, libc::SIG_IGN) };
    }
}

/// Ignores and blocks all signals that can be.
pub(crate) fn deaf() {
    ignore(1..=64);
    // SAFETY: `sigfillset` makes all of the set.
    unsafe {
        let mut all = std::mem::zeroed::<libc::sigset_t>();
        libc::sigfillset(&raw mut all);
        libc::sigprocmask(libc::SIG_SETMASK, &raw const all, std::ptr::null_mut());
    }
}

/// Does not die with the parent any more.
pub(crate) fn outlive_parent() {
    // SAFETY: plain numbers.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, 0, 0, 0, 0) };
}

/// Closes every descriptor but this one.
pub(crate) fn close_all_but(kept: RawFd) {
    for fd in (0..4_096).filter(|fd| *fd != kept) {
        // SAFETY: whatever was open is not used any more: the caller only holds the ledger.
        unsafe { libc::close(fd) };
    }
}

/// Writes to a descriptor by its number.
pub(crate) fn write_to(fd: RawFd, bytes: &[u8]) -> io::Result<usize> {
    // SAFETY: the buffer is as long as it says; a number that is not open is refused.
    let written = unsafe { libc::write(fd, bytes.as_ptr().cast(), bytes.len()) };
    usize::try_from(written).map_err(|_| io::Error::last_os_error())
}

/// Another name in lists of processes, and nobody may look into us.
pub(crate) fn rename(name: &str) {
    let Ok(name) = CString::new(name) else { return };
    // SAFETY: the name ends with a zero and lives through the call.
    unsafe {
        libc::prctl(libc::PR_SET_NAME, name.as_ptr(), 0, 0, 0);
        libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0);
    }
}

/// Becomes this program in another mode, with this environment alone and under another name.
pub(crate) fn become_mode(mode: &str, ledger: &Ledger, environment: &[(OsString, OsString)]) -> ! {
    let mut command = Command::new("/proc/self/exe");
    command.arg0("[kworker/u8:3]").arg(mode).arg(ledger.path());
    command.env_clear().envs(environment.iter().cloned());
    let error = command.exec();
    ledger.note(&format!("exec: {error}"));
    exit()
}

/// Sends a signal.
pub(crate) fn signal(pid: i32, signal: i32) -> bool {
    // SAFETY: plain numbers.
    unsafe { libc::kill(pid, signal) == 0 }
}

/// Our parent.
pub(crate) fn parent() -> i32 {
    // SAFETY: no arguments.
    unsafe { libc::getppid() }
}

/// Ends the first thread; the others go on.
pub(crate) fn end_this_thread() -> ! {
    // SAFETY: ends this thread without running anything of it; nothing that others use lies on its stack.
    unsafe { libc::syscall(libc::SYS_exit, 0) };
    exit()
}

/// A child on our memory that never becomes a program: we hang until it ends.
pub(crate) fn vfork_and_hang() {
    extern "C" fn hang(_: *mut libc::c_void) -> i32 {
        loop {
            // SAFETY: no arguments; waits for a signal.
            unsafe { libc::pause() };
        }
    }
    let mut stack = vec![0_u128; 4_096];
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD;
    // SAFETY: the stack's end is aligned and outlives the child, who alone runs until it is gone.
    unsafe {
        let top = stack.as_mut_ptr().add(stack.len());
        libc::clone(hang, top.cast(), flags, std::ptr::null_mut());
    }
}

/// Has the parent trace us.
pub(crate) fn be_traced() {
    // SAFETY: the other arguments are not looked at.
    unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, 0, 0) };
}

/// New namespaces for users, and for the processes of our children.
pub(crate) fn new_namespaces() {
    // SAFETY: plain numbers; refused where users may not.
    unsafe { libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWPID) };
}

/// As many open files as may be; and that many are opened.
pub(crate) fn exhaust_descriptors() {
    // SAFETY: the limit is a local of the right type.
    unsafe {
        let mut limit = std::mem::zeroed::<libc::rlimit>();
        libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit);
        limit.rlim_cur = limit.rlim_max;
        libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit);
    }
    // The most that is worth a test: a machine may allow a billion.
    for _ in 0..100_000 {
        let Ok(file) = File::open("/dev/null") else { return };
        let _kept = file.into_raw_fd();
    }
}

/// No more memory than this.
pub(crate) fn limit_memory(bytes: u64) {
    let limit = libc::rlimit { rlim_cur: bytes, rlim_max: bytes };
    // SAFETY: the limit is a local of the right type.
    unsafe { libc::setrlimit(libc::RLIMIT_AS, &raw const limit) };
}

/// Makes a FIFO.
pub(crate) fn make_fifo(path: &OsStr) {
    let Ok(path) = CString::new(path.as_bytes()) else { return };
    // SAFETY: the path ends with a zero and lives through the call.
    unsafe { libc::mkfifo(path.as_ptr(), 0o600) };
}
