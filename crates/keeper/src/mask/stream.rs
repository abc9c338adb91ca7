//! Masking of a byte stream. Holds back only bytes that may be the beginning of a secret whose rest has not come yet;
//! never more than the longest secret.

use aho_corasick::{AhoCorasick, Input, MatchKind};

use super::REPLACEMENT;

/// The byte strings to mask, compiled once for all streams.
#[derive(Debug, Clone, Default)]
pub struct MaskSet {
    patterns: Vec<Vec<u8>>,
    search: Option<AhoCorasick>,
}

/// The state of one stream between two chunks.
#[derive(Debug, Default)]
pub struct MaskStream {
    /// Bytes that may still become part of a match.
    held: Vec<u8>,
    /// How many of them a match that began earlier already covers; its replacement is written.
    covered: usize,
    /// Whether the byte just before `held` was covered, so that a match touching it belongs to the same stretch.
    in_stretch: bool,
}

impl MaskSet {
    /// Compiles byte strings; empty ones and repetitions are left out.
    #[must_use]
    pub fn new(patterns: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let mut patterns: Vec<_> = patterns.into_iter().filter(|p| !p.is_empty()).collect();
        patterns.sort_unstable();
        patterns.dedup();
        let search = if patterns.is_empty() {
            None
        } else {
            // Fails only beyond billions of states; the wire's frame limit keeps us far away. Were it to fail,
            // `MaskStream::push` falls back to comparing at every position.
            AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&patterns).ok()
        };
        Self { patterns, search }
    }

    /// This set and more byte strings.
    #[must_use]
    pub fn with(&self, more: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self::new(self.patterns.iter().cloned().chain(more))
    }

    /// Whether there is nothing to mask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// A whole text with its secrets replaced.
    #[must_use]
    pub fn mask(&self, text: &[u8]) -> Vec<u8> {
        let (mut stream, mut masked) = (MaskStream::default(), Vec::with_capacity(text.len()));
        stream.push(self, text, &mut masked);
        stream.finish(self, &mut masked);
        masked
    }

    /// The longest match at the first position from `at` on that has one.
    fn find(&self, data: &[u8], at: usize) -> Option<(usize, usize)> {
        if let Some(search) = &self.search {
            return search.find(Input::new(data).range(at..)).map(|m| (m.start(), m.end()));
        }
        (at..data.len()).find_map(|start| {
            let rest = &data[start..];
            let hits = self.patterns.iter().filter(|p| rest.starts_with(p));
            hits.map(Vec::len).max().map(|len| (start, start + len))
        })
    }

    /// Where the longest suffix begins that is the beginning, but not the whole, of a byte string to mask.
    fn open_suffix(&self, data: &[u8]) -> usize {
        let mut from = data.len();
        for pattern in &self.patterns {
            let window = data.len().saturating_sub(pattern.len() - 1);
            let hit = memchr::memchr_iter(pattern[0], &data[window..from.max(window)])
                .map(|i| window + i)
                .find(|start| pattern.starts_with(&data[*start..]));
            from = hit.unwrap_or(from);
        }
        from
    }
}

impl MaskStream {
    /// Takes a chunk and appends what may be shown of the stream so far.
    pub fn push(&mut self, set: &MaskSet, chunk: &[u8], out: &mut Vec<u8>) {
        if self.held.is_empty() {
            let held = self.advance(set, chunk, false, out);
            self.held.extend_from_slice(&chunk[held..]);
        } else {
            let mut data = std::mem::take(&mut self.held);
            data.extend_from_slice(chunk);
            let held = self.advance(set, &data, false, out);
            data.drain(..held);
            self.held = data;
        }
    }

    /// Ends the stream: appends what was held back.
    pub fn finish(&mut self, set: &MaskSet, out: &mut Vec<u8>) {
        let data = std::mem::take(&mut self.held);
        self.advance(set, &data, true, out);
        *self = Self::default();
    }

    /// Shows everything before the place from which on bytes are to be held, and returns that place.
    fn advance(&mut self, set: &MaskSet, data: &[u8], last: bool, out: &mut Vec<u8>) -> usize {
        let hold = if last { data.len() } else { set.open_suffix(data) };
        // How far the stretch of masked bytes reaches that the stream may be in.
        let (mut covered, mut from) = (self.covered, 0);
        let mut in_stretch = self.in_stretch;
        // Every match that begins before `hold` is certain and the longest at its place: a longer one would be an
        // open suffix that begins there. Each further search begins one byte later, so overlaps are found too.
        while let Some((start, end)) = set.find(data, from).filter(|(start, _)| *start < hold) {
            if start > covered || !in_stretch {
                out.extend_from_slice(&data[covered..start]);
                out.extend_from_slice(REPLACEMENT);
                in_stretch = true;
            }
            covered = covered.max(end);
            from = start + 1;
        }
        if covered < hold {
            out.extend_from_slice(&data[covered..hold]);
        }
        self.in_stretch = in_stretch && covered >= hold;
        self.covered = covered.saturating_sub(hold);
        hold
    }
}
