//! Bytes as choices: what a target draws when it makes something of a shape, instead of reading the bytes as they are.
//!
//! Never fails: where the bytes end, everything drawn is 0 and empty. So every input means something, and a shorter one
//! means something smaller.

/// The bytes that are left.
pub(crate) struct Draw<'d>(&'d [u8]);

impl<'d> Draw<'d> {
    pub(crate) fn new(data: &'d [u8]) -> Self {
        Self(data)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    /// 0 up to `count`, without it.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::from(self.byte()) % count.max(1)
    }

    pub(crate) fn one<'l, T>(&mut self, list: &'l [T]) -> &'l T {
        &list[self.below(list.len())]
    }

    pub(crate) fn coin(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    /// Small numbers often, any number sometimes.
    pub(crate) fn number(&mut self) -> u64 {
        let count = match self.byte() {
            0..=199 => 1,
            200..=229 => 2,
            230..=239 => 4,
            _ => 8,
        };
        (0..count).fold(0, |number, _| number << 8 | u64::from(self.byte()))
    }

    /// As many bytes as the first of them says, at most 255.
    pub(crate) fn bytes(&mut self) -> &'d [u8] {
        let length = usize::from(self.byte()).min(self.0.len());
        let (taken, rest) = self.0.split_at(length);
        self.0 = rest;
        taken
    }

    /// The same as text.
    pub(crate) fn text(&mut self) -> String {
        String::from_utf8_lossy(self.bytes()).into_owned()
    }

    /// All that is left.
    pub(crate) fn rest(self) -> &'d [u8] {
        self.0
    }
}
