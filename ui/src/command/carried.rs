//! Which commands were carried out: their names in the code, without what they carry. Tests ask for them; the page
//! keeps none.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use super::Command;

/// Which commands were carried out since the start.
#[derive(Debug, Default)]
pub(crate) struct CarriedOut(BTreeSet<String>);

impl CarriedOut {
    /// One more.
    pub(crate) fn note(&mut self, command: &Command) {
        if cfg!(not(target_arch = "wasm32")) {
            self.0.insert(name(command));
        }
    }

    /// `Undo`, `File::Trash`, `Drawer::Log`, …
    pub(crate) fn names(&self) -> &BTreeSet<String> {
        &self.0
    }
}

/// What `Debug` writes up to the first thing that is no name.
fn name(command: &Command) -> String {
    struct Head(String);
    impl Write for Head {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for character in text.chars() {
                match character {
                    '(' => self.0.push_str("::"),
                    _ if character.is_alphanumeric() => self.0.push(character),
                    _ => return Err(fmt::Error),
                }
            }
            Ok(())
        }
    }
    let mut head = Head(String::new());
    // It stops where the name does, which is no error here.
    let _stopped = write!(head, "{command:?}");
    head.0.trim_end_matches(':').to_owned()
}

#[cfg(test)]
mod tests {
    use super::super::{FileCommand, Walk};
    use super::*;

    #[test]
    fn a_name_is_what_stands_in_the_code() {
        assert_eq!(name(&Command::Undo), "Undo");
        assert_eq!(name(&Command::Walk(Walk::Up)), "Walk::Up");
        assert_eq!(name(&Command::Nudge(-1, 0)), "Nudge");
        assert_eq!(name(&Command::NextTab { forward: true }), "NextTab");
        assert_eq!(name(&Command::OpenFile("a b".to_owned())), "OpenFile");
        assert_eq!(name(&Command::File(FileCommand::Trash("x".to_owned()))), "File::Trash");
    }
}
