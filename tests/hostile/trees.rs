//! Modes that hide in the tree of processes, multiply there, or do not listen.

use std::ffi::OsString;
use std::thread;
use std::time::{Duration, Instant};

use super::sys::{
    self, LIFE, Ledger, be_traced, become_mode, close_all_but, deaf, end_this_thread, exit, fork,
    ignore, new_namespaces, new_session, stay, try_fork, vfork_and_hang,
};

/// How deep bombs go: each process makes two more.
const DEPTH: u32 = 6;
/// Every so often a chain looks at the clock.
const HOPS_A_LOOK: u32 = 64;

/// Does what it is told.
pub(crate) fn plain(ledger: &Ledger) -> ! {
    ledger.note("begins");
    stay()
}

/// Does not listen to the signal that asks.
pub(crate) fn ignores_term(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    ledger.note("begins");
    stay()
}

/// Listens to nothing.
pub(crate) fn ignores_all(ledger: &Ledger) -> ! {
    deaf();
    ledger.note("begins");
    stay()
}

/// Ends well, about when the cancel comes.
pub(crate) fn ends(ledger: &Ledger) -> ! {
    ledger.note("begins");
    let moment = u64::from(std::process::id()) * 7 % 300;
    thread::sleep(Duration::from_millis(moment));
    ledger.leave()
}

/// Children of children, each in a session of its own.
pub(crate) fn sessions(ledger: &Ledger) -> ! {
    for _ in 0..4 {
        if fork() {
            new_session();
            deaf();
        } else {
            break;
        }
    }
    ledger.note("begins");
    stay()
}

/// A daemon beside a task that goes on.
pub(crate) fn daemon(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    daemonise(|| {
        close_all_but(ledger.fd());
        ledger.note("begins");
        stay()
    });
    stay()
}

/// A daemon that the task leaves.
pub(crate) fn daemon_leaves(ledger: &Ledger) -> ! {
    daemonise(|| {
        close_all_but(ledger.fd());
        ledger.note("begins");
        stay()
    });
    ledger.leave()
}

/// A daemon without an environment, beside a task that goes on.
pub(crate) fn hidden(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    daemonise(|| become_mode("quiet", ledger, &[]));
    stay()
}

/// A daemon without an environment, which the task leaves.
pub(crate) fn hidden_leaves(ledger: &Ledger) -> ! {
    daemonise(|| become_mode("quiet", ledger, &[]));
    ledger.leave()
}

/// A daemon that says that it belongs to another attempt of the run.
pub(crate) fn liar(ledger: &Ledger) -> ! {
    let mark = std::env::var("MILLRACE_MARK").unwrap_or_default();
    let (run, attempt) = mark.rsplit_once(':').unwrap_or_default();
    let other = if attempt == "1" { 2 } else { 1 };
    let lie = [(OsString::from("MILLRACE_MARK"), OsString::from(format!("{run}:{other}")))];
    daemonise(|| become_mode("quiet", ledger, &lie));
    ledger.leave()
}

/// What hidden ones become.
pub(crate) fn quiet(ledger: &Ledger) -> ! {
    deaf();
    close_all_but(ledger.fd());
    ledger.note("begins");
    stay()
}

/// Names that look like the end of a line in `/proc`, and nobody may read our environment.
pub(crate) fn renamed(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    daemonise(|| {
        sys::rename("a) Z 1 (\n b");
        close_all_but(ledger.fd());
        ledger.note("begins");
        stay()
    });
    sys::rename("b) Z 0 0 0 0");
    stay()
}

/// A daemon that holds the task's pipe.
pub(crate) fn pipe_holder(ledger: &Ledger) -> ! {
    daemonise(|| {
        ledger.note("begins");
        stay()
    });
    ledger.leave()
}

/// Children that do not listen, in the task's own group.
pub(crate) fn leaves(ledger: &Ledger) -> ! {
    for _ in 0..3 {
        if fork() {
            deaf();
            stay();
        }
    }
    ledger.note("begins");
    ledger.leave()
}

/// Hundreds of processes at once.
pub(crate) fn bomb(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    ledger.note("begins");
    multiply(DEPTH, false)
}

/// The same, each in a session of its own.
pub(crate) fn bomb_of_sessions(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    ledger.note("begins");
    multiply(DEPTH, true)
}

/// A chain: the parent exits and the child goes on, as fast as it can be done.
pub(crate) fn hop(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    daemonise(|| hopping(ledger));
    stay()
}

/// A chain that the task leaves.
pub(crate) fn hop_leaves(ledger: &Ledger) -> ! {
    daemonise(|| hopping(ledger));
    ledger.leave()
}

/// A chain without an environment.
pub(crate) fn hop_hidden(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    daemonise(|| become_mode("hopping", ledger, &[]));
    stay()
}

/// Several chains.
pub(crate) fn swarm(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    for _ in 0..6 {
        daemonise(|| hopping(ledger));
    }
    stay()
}

/// What chains do.
pub(crate) fn hopping(ledger: &Ledger) -> ! {
    ignore(1..=64);
    close_all_but(ledger.fd());
    ledger.note("begins");
    let end = Instant::now() + LIFE;
    loop {
        for _ in 0..HOPS_A_LOOK {
            match try_fork() {
                Some(true) => new_session(),
                Some(false) => exit(),
                None => {}
            }
        }
        if Instant::now() > end {
            exit();
        }
    }
}

/// Many threads.
pub(crate) fn threads(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    for _ in 0..200 {
        let _made = thread::Builder::new().stack_size(64 << 10).spawn(|| stay());
    }
    ledger.note("begins");
    stay()
}

/// A process whose first thread is gone: it looks like a zombie and lives.
pub(crate) fn headless(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    lose_head(ledger)
}

/// Such a one that the task leaves.
pub(crate) fn headless_leaves(ledger: &Ledger) -> ! {
    daemonise(|| {
        deaf();
        close_all_but(ledger.fd());
        lose_head(ledger)
    });
    // Till it has lost it.
    thread::sleep(Duration::from_millis(50));
    ledger.leave()
}

/// Hangs in the kernel until its child ends, which it does not.
pub(crate) fn vfork(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    ledger.note("begins");
    vfork_and_hang();
    stay()
}

/// Hundreds of dead children that it does not care for.
pub(crate) fn zombies(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    for _ in 0..300 {
        if try_fork() == Some(true) {
            exit();
        }
    }
    ledger.note("begins");
    stay()
}

/// A child that stops and is traced.
pub(crate) fn traced(ledger: &Ledger) -> ! {
    ignore([libc::SIGTERM]);
    if fork() {
        new_session();
        be_traced();
        ledger.note("begins");
        sys::signal(std::process::id().cast_signed(), libc::SIGSTOP);
    }
    stay()
}

/// Children that are the first of their own world.
pub(crate) fn namespace(ledger: &Ledger) -> ! {
    new_namespaces();
    if fork() {
        new_session();
        deaf();
        if fork() {
            stay();
        }
        ledger.note("begins");
    }
    stay()
}

/// Has a grandchild do this in a session of its own, where nobody waits for it.
fn daemonise(act: impl FnOnce() -> std::convert::Infallible) {
    if !fork() {
        return;
    }
    new_session();
    if fork() {
        deaf_to_hangups();
        act();
    }
    exit()
}

fn deaf_to_hangups() {
    ignore([libc::SIGHUP, libc::SIGTERM]);
}

fn multiply(depth: u32, apart: bool) -> ! {
    for _ in 0..2 {
        if depth > 0 && try_fork() == Some(true) {
            if apart {
                new_session();
            }
            multiply(depth - 1, apart);
        }
    }
    stay()
}

fn lose_head(ledger: &Ledger) -> ! {
    let _made = thread::spawn(|| stay());
    ledger.note("begins");
    end_this_thread()
}
