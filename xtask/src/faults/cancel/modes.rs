//! The modes of the hostile program, and what may truly become of a task in each.

/// A mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mode {
    /// As the program knows it.
    pub(super) name: &'static str,
    pub(super) nature: Nature,
}

/// How a task in a mode ends where nobody stops it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// It does not end by itself.
    Stays,
    /// It ends well.
    Ends,
    /// It ends with 0 and leaves outputs that cannot be taken: no success.
    Spoils,
    /// It kills its keeper: lost.
    KillsKeeper,
    /// It stops its keeper, which is continued with the next order that it gets.
    StopsKeeper,
}

impl Mode {
    /// Each of them, those in front that each call of `cargo xtask test` plays.
    pub(super) const ALL: &[Self] = &[
        stays("ignores_all"),
        ends("hidden_leaves"),
        stays("hop"),
        spoils("outputs_fifo"),
        Self { name: "kills_both", nature: Nature::KillsKeeper },
        stays("bomb_of_sessions"),
        ends("headless_leaves"),
        Self { name: "stops_keeper", nature: Nature::StopsKeeper },
        ends("ends"),
        stays("folder_closed"),
        stays("plain"),
        stays("ignores_term"),
        stays("sessions"),
        stays("daemon"),
        ends("daemon_leaves"),
        stays("hidden"),
        ends("liar"),
        stays("renamed"),
        ends("pipe_holder"),
        ends("leaves"),
        stays("bomb"),
        ends("hop_leaves"),
        stays("hop_hidden"),
        stays("swarm"),
        stays("stops_itself"),
        Self { name: "kills_keeper", nature: Nature::KillsKeeper },
        stays("kills_guard"),
        stays("threads"),
        stays("headless"),
        stays("vfork"),
        stays("zombies"),
        stays("traced"),
        stays("namespace"),
        stays("endless"),
        stays("garbage"),
        stays("descriptors"),
        stays("memory"),
        spoils("outputs_huge"),
        spoils("outputs_garbage"),
        spoils("outputs_link"),
        spoils("outputs_folder"),
        ends("progress_fifo"),
        ends("artifacts_fifo"),
        stays("log_fifo"),
        stays("folder_deleted"),
    ];

    /// In turn, so that a short series has many of them.
    pub(super) fn of_round(number: u64) -> Self {
        let at = usize::try_from(number % Self::ALL.len() as u64).unwrap_or(0);
        Self::ALL.get(at).copied().unwrap_or(stays("plain"))
    }
}

const fn stays(name: &'static str) -> Mode {
    Mode { name, nature: Nature::Stays }
}

const fn ends(name: &'static str) -> Mode {
    Mode { name, nature: Nature::Ends }
}

const fn spoils(name: &'static str) -> Mode {
    Mode { name, nature: Nature::Spoils }
}
