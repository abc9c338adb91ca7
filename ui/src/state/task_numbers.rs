//! Numbers for the tasks of an open document, which stay when a task gets another name.
//!
//! What the window remembers of a task's fields (where the keyboard is, what can be undone in them) hangs on them.

use std::collections::HashMap;

use millrace_model::ident::Ident;

/// The numbers that were given.
#[derive(Debug, Default)]
pub(crate) struct TaskNumbers {
    given: HashMap<Ident, u64>,
    next: u64,
}

impl TaskNumbers {
    /// The number of the task that has this name now.
    pub(crate) fn of(&mut self, task: &Ident) -> u64 {
        if let Some(number) = self.given.get(task) {
            return *number;
        }
        self.next += 1;
        self.given.insert(task.clone(), self.next);
        self.next
    }

    /// A task got another name.
    pub(crate) fn rename(&mut self, from: &Ident, to: &Ident) {
        if let Some(number) = self.given.remove(from) {
            self.given.insert(to.clone(), number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_goes_along_with_a_new_name_and_no_other_task_gets_it() {
        let ident = |name: &str| Ident::new(name).unwrap();
        let mut numbers = TaskNumbers::default();
        let first = numbers.of(&ident("shell"));
        numbers.rename(&ident("shell"), &ident("fetch"));
        assert_eq!(numbers.of(&ident("fetch")), first);
        assert_ne!(numbers.of(&ident("shell")), first, "a new task with the old name");
    }
}
