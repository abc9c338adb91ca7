//! Up to which position of the history everything has been told.
//!
//! A message on its way holds a ticket; the position moves past it when the ticket is dropped.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What is on its way, by its position: how many tickets.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told(Arc<Mutex<BTreeMap<u64, usize>>>);

/// A message of this position is on its way.
#[derive(Debug)]
pub(crate) struct Ticket {
    told: Told,
    position: u64,
}

impl Told {
    /// A message of this position goes on its way.
    pub(crate) fn ticket(&self, position: u64) -> Ticket {
        *self.lock().entry(position).or_default() += 1;
        Ticket { told: self.clone(), position }
    }

    /// The last position before which nothing is on its way, when everything up to `seen` was looked at.
    pub(crate) fn position(&self, seen: u64) -> u64 {
        match self.lock().first_key_value() {
            Some((first, _)) => seen.min(first.saturating_sub(1)),
            None => seen,
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut waiting = self.told.lock();
        if let Some(count) = waiting.get_mut(&self.position) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(&self.position);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_position_waits_for_what_is_on_its_way() {
        let told = Told::default();
        assert_eq!(told.position(9), 9);
        let (early, late, twin) = (told.ticket(4), told.ticket(7), told.ticket(4));
        assert_eq!(told.position(9), 3);
        drop(early);
        assert_eq!(told.position(9), 3);
        drop(twin);
        assert_eq!(told.position(9), 6);
        drop(late);
        assert_eq!(told.position(9), 9);
    }
}
