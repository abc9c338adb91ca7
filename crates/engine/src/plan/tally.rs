//! What is known of a task's upstreams, and what its join makes of it.
//!
//! Pure counting: no names, no events. A negative answer is given as soon as no ending of the pending upstreams can
//! change it (each of them is taken as able to end in any atom), a positive one as soon as the join holds.

use millrace_model::document::{Atom, AtomSet};

/// How the edges of a task combine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EdgeJoin {
    /// Every edge holds.
    All,
    /// One edge holds.
    Any,
    /// Waits for nothing.
    None,
}

/// Edges of a task that a pending upstream cannot tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct EdgeClass {
    /// The atoms of `on`, as bits.
    bits: u8,
    /// The upstream is disabled: it never counts in `min_succeeded`.
    disabled: bool,
}

impl EdgeClass {
    pub(crate) fn new(on: AtomSet, disabled: bool) -> Self {
        Self { bits: on.iter().fold(0, |bits, atom| bits | atom as u8), disabled }
    }

    fn has(self, atom: Atom) -> bool {
        self.bits & atom as u8 != 0
    }

    /// It could succeed and so count.
    fn counts_when_held(self) -> bool {
        !self.disabled && self.has(Atom::Succeeded)
    }

    /// It asks for success: where its upstream fails, the failure goes on.
    fn passes_failure(self) -> bool {
        self.has(Atom::Succeeded) && !self.has(Atom::Failed)
    }

    fn can_hold_with_failure(self) -> bool {
        self.has(Atom::Failed) || self.has(Atom::UpstreamFailed)
    }

    fn can_hold_without_failure(self) -> bool {
        self.has(Atom::Succeeded) || self.has(Atom::Skipped) || self.has(Atom::Canceled)
    }

    /// It could fail to hold without passing a failure on.
    fn can_break_softly(self) -> bool {
        if self.passes_failure() {
            !(self.has(Atom::Skipped) && self.has(Atom::Canceled))
        } else {
            self.bits != 31
        }
    }
}

/// What a join makes of the upstreams so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Not decided.
    Wait,
    /// The task can start.
    Start,
    /// It can no longer start, because of a failure before it.
    UpstreamFailed,
    /// It can no longer start, and no failure is to blame.
    Skipped,
}

/// What is known of a task's upstreams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Tally {
    /// Upstreams that have not ended.
    pub(crate) pending: u32,
    /// Edges that hold.
    pub(crate) holding: u32,
    /// Edges whose upstream ended otherwise.
    pub(crate) broken: u32,
    /// Upstreams that succeeded, disabled ones not counted.
    pub(crate) succeeded: u32,
    /// Of the pending ones, those named in `teardown_for`.
    pub(crate) setups_pending: u32,
    /// Setups that succeeded.
    pub(crate) setups_succeeded: u32,
    /// An edge that asks for success had an upstream that failed.
    pub(crate) failure_passed: bool,
    /// An upstream is Failed, Error or UpstreamFailed.
    pub(crate) failure_seen: bool,
    /// A setup is Failed, Error or UpstreamFailed.
    pub(crate) setup_failed: bool,
}

impl Tally {
    /// Takes in the end of an upstream over an edge of this class.
    pub(crate) fn note(&mut self, class: EdgeClass, atom: Atom, counts: bool, setup: bool) {
        let failed = matches!(atom, Atom::Failed | Atom::UpstreamFailed);
        self.pending -= 1;
        if class.has(atom) {
            self.holding += 1;
        } else {
            self.broken += 1;
            self.failure_passed |= failed && class.passes_failure();
        }
        self.succeeded += u32::from(counts && atom == Atom::Succeeded);
        self.failure_seen |= failed;
        if setup {
            self.setups_pending -= 1;
            self.setups_succeeded += u32::from(atom == Atom::Succeeded);
            self.setup_failed |= failed;
        }
    }

    /// The answer for a task whose edges carry conditions. `pending` gives the pending edges by class.
    pub(crate) fn decide_edges(
        &self,
        join: EdgeJoin,
        min_succeeded: u32,
        pending: impl Iterator<Item = (EdgeClass, u32)> + Clone,
    ) -> Verdict {
        let pending = pending.filter(|(_, count)| *count > 0);
        let holds = match join {
            EdgeJoin::All => self.pending == 0 && self.broken == 0,
            EdgeJoin::Any => self.holding > 0,
            EdgeJoin::None => return Verdict::Start,
        };
        if holds && self.succeeded >= min_succeeded {
            return Verdict::Start;
        }
        match join {
            EdgeJoin::All => self.decide_all(min_succeeded, pending),
            EdgeJoin::Any | EdgeJoin::None => self.decide_any(min_succeeded, pending),
        }
    }

    /// The answer for a teardown.
    pub(crate) fn decide_teardown(&self) -> Verdict {
        if self.setups_succeeded > 0 {
            return if self.pending == 0 { Verdict::Start } else { Verdict::Wait };
        }
        match (self.setups_pending, self.setup_failed) {
            (0, true) => Verdict::UpstreamFailed,
            (0, false) => Verdict::Skipped,
            _ => Verdict::Wait,
        }
    }

    fn decide_all(
        &self,
        min_succeeded: u32,
        mut pending: impl Iterator<Item = (EdgeClass, u32)> + Clone,
    ) -> Verdict {
        let can_count: u32 =
            pending.clone().filter(|(class, _)| class.counts_when_held()).map(|(_, n)| n).sum();
        if self.broken == 0 && self.succeeded + can_count >= min_succeeded {
            return Verdict::Wait;
        }
        if self.failure_passed {
            return Verdict::UpstreamFailed;
        }
        let may_pass = pending.clone().any(|(class, _)| class.passes_failure());
        if self.broken > 0 {
            return verdict(may_pass, true);
        }
        // The join may come to hold, and `min_succeeded` cannot be met any more.
        let may_fail = may_pass
            || self.failure_seen
            || pending.clone().any(|(class, _)| class.can_hold_with_failure());
        let may_skip = !self.failure_seen
            && pending.clone().all(|(class, _)| class.can_hold_without_failure())
            || pending.any(|(class, _)| class.can_break_softly());
        verdict(may_fail, may_skip)
    }

    fn decide_any(
        &self,
        min_succeeded: u32,
        mut pending: impl Iterator<Item = (EdgeClass, u32)> + Clone,
    ) -> Verdict {
        let can_count: u32 =
            pending.clone().filter(|(class, _)| !class.disabled).map(|(_, n)| n).sum();
        let best = self.succeeded + can_count;
        let can_start = if self.holding > 0 {
            best >= min_succeeded
        } else {
            // One of the pending edges must hold; one that cannot hold with a success does not count then.
            pending.clone().any(|(class, _)| {
                let lost = u32::from(!class.disabled && !class.has(Atom::Succeeded));
                best - lost >= min_succeeded
            })
        };
        if can_start {
            return Verdict::Wait;
        }
        if self.failure_passed {
            return Verdict::UpstreamFailed;
        }
        if self.holding > 0 {
            return verdict(self.failure_seen || self.pending > 0, !self.failure_seen);
        }
        let may_fail = self.pending > 0
            && (self.failure_seen
                || self.pending > 1
                || pending
                    .clone()
                    .any(|(class, _)| class.passes_failure() || class.can_hold_with_failure()));
        let may_skip = !self.failure_seen || pending.all(|(class, _)| class.can_break_softly());
        verdict(may_fail, may_skip)
    }
}

fn verdict(may_fail: bool, may_skip: bool) -> Verdict {
    match (may_fail, may_skip) {
        (true, false) => Verdict::UpstreamFailed,
        (false, true) => Verdict::Skipped,
        _ => Verdict::Wait,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATOMS: [Atom; 5] = Atom::ALL;

    /// The rule of the semantics in its own words, for upstreams that have all ended.
    fn label(join: EdgeJoin, min: u32, edges: &[(AtomSet, bool)], ends: &[Atom]) -> Verdict {
        let holds: Vec<bool> =
            edges.iter().zip(ends).map(|((on, _), atom)| on.has(*atom)).collect();
        let join_holds = match join {
            EdgeJoin::All => holds.iter().all(|h| *h),
            EdgeJoin::Any => holds.iter().any(|h| *h),
            EdgeJoin::None => true,
        };
        let succeeded = edges
            .iter()
            .zip(ends)
            .filter(|((_, disabled), atom)| **atom == Atom::Succeeded && !disabled)
            .count();
        let min_met = succeeded >= min as usize;
        if join_holds && min_met {
            return Verdict::Start;
        }
        let bad = |atom: &Atom| matches!(atom, Atom::Failed | Atom::UpstreamFailed);
        let rule_a = edges.iter().zip(ends).zip(&holds).any(|(((on, _), atom), held)| {
            !held && on.has(Atom::Succeeded) && !on.has(Atom::Failed) && bad(atom)
        });
        let rule_b = join_holds && !min_met && ends.iter().any(bad);
        if rule_a || rule_b { Verdict::UpstreamFailed } else { Verdict::Skipped }
    }

    fn tally(edges: &[(AtomSet, bool)], ends: &[Option<Atom>]) -> (Tally, Vec<(EdgeClass, u32)>) {
        let mut tally = Tally { pending: u32::try_from(edges.len()).unwrap(), ..Tally::default() };
        let mut pending = Vec::new();
        for ((on, disabled), end) in edges.iter().zip(ends) {
            let class = EdgeClass::new(*on, *disabled);
            match end {
                Some(atom) => tally.note(class, *atom, !disabled, false),
                None => pending.push((class, 1)),
            }
        }
        (tally, pending)
    }

    fn endings(known: &[Option<Atom>]) -> Vec<Vec<Atom>> {
        known.iter().fold(vec![Vec::new()], |all, end| {
            all.into_iter()
                .flat_map(|ends| {
                    let choices = end.map_or_else(|| ATOMS.to_vec(), |atom| vec![atom]);
                    choices.into_iter().map(move |atom| [ends.clone(), vec![atom]].concat())
                })
                .collect()
        })
    }

    fn check(join: EdgeJoin, min: u32, edges: &[(AtomSet, bool)], known: &[Option<Atom>]) {
        let possible: std::collections::HashSet<u8> =
            endings(known).iter().map(|ends| label(join, min, edges, ends) as u8).collect();
        let (tally, pending) = tally(edges, known);
        let got = tally.decide_edges(join, min, pending.into_iter());
        let described = format!("{join:?} min {min} {edges:?} {known:?}");
        match got {
            Verdict::Wait => {
                // Either it can still come out differently, or it will start but does not hold yet.
                let only_start = possible.len() == 1 && possible.contains(&(Verdict::Start as u8));
                assert!(possible.len() > 1 || only_start, "could be decided: {described}");
                if only_start {
                    assert!(known.iter().any(Option::is_none), "{described}");
                }
            }
            other => assert_eq!(possible, [other as u8].into(), "{described}"),
        }
    }

    #[test]
    fn decides_as_soon_as_and_not_before_nothing_can_change_it() {
        // All pairs of condition sets, with all known and pending endings.
        let known: Vec<Option<Atom>> = ATOMS.into_iter().map(Some).chain([None]).collect();
        let sets: Vec<AtomSet> = (1u8..32)
            .map(|bits| AtomSet::of(ATOMS.into_iter().filter(|atom| bits & *atom as u8 != 0)))
            .collect();
        for join in [EdgeJoin::All, EdgeJoin::Any] {
            for a in &sets {
                for b in &sets {
                    for disabled in [false, true] {
                        for x in &known {
                            for y in &known {
                                for min in 0..=2 {
                                    check(join, min, &[(*a, disabled), (*b, false)], &[*x, *y]);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn decides_exactly_for_more_upstreams(
            edges in proptest::collection::vec((1u8..32, proptest::bool::weighted(0.2), proptest::option::of(0usize..5)), 1..5),
            min in 0u32..5,
            any in proptest::bool::ANY,
        ) {
            let join = if any { EdgeJoin::Any } else { EdgeJoin::All };
            let known: Vec<Option<Atom>> = edges.iter().map(|(_, _, end)| end.map(|i| ATOMS[i])).collect();
            let edges: Vec<(AtomSet, bool)> = edges
                .iter()
                .map(|(bits, disabled, _)| (AtomSet::of(ATOMS.into_iter().filter(|a| bits & *a as u8 != 0)), *disabled))
                .collect();
            check(join, min, &edges, &known);
        }
    }
}
