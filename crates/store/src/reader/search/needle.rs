//! A text that is looked for in others, whatever the case of the letters.

/// What is looked for.
#[derive(Debug, Clone)]
pub(super) struct Needle {
    lower: String,
    /// The ids that begin so, where it can be the start of one.
    ids: Option<(u64, u64)>,
}

/// Fewer digits than these are no id that somebody looks for.
const SHORTEST_ID: usize = 4;

impl Needle {
    pub(super) fn new(text: &str) -> Self {
        let lower = text.to_lowercase();
        let ids = (lower.len() >= SHORTEST_ID).then(|| id_range(&lower)).flatten();
        Self { lower, ids }
    }

    /// Whether `text` has it.
    pub(super) fn is_in(&self, text: &str) -> bool {
        if text.len() < self.lower.len() && text.is_ascii() {
            return false;
        }
        if self.lower.is_ascii() {
            let (needle, text) = (self.lower.as_bytes(), text.as_bytes());
            return text.windows(needle.len()).any(|part| part.eq_ignore_ascii_case(needle));
        }
        !text.is_ascii() && text.to_lowercase().contains(&self.lower)
    }

    /// Whether the id begins so.
    pub(super) fn is_start_of(&self, id: u64) -> bool {
        self.ids.is_some_and(|(low, high)| (low..=high).contains(&id))
    }
}

/// The ids that start with these hexadecimal digits. All of them have the same sign as stored integers, because the first
/// digit fixes the highest bit.
pub(in crate::reader) fn id_range(prefix: &str) -> Option<(u64, u64)> {
    let digits = prefix.len();
    let hexadecimal = prefix.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
    if !(1..=16).contains(&digits) || !hexadecimal {
        return None;
    }
    let value = u64::from_str_radix(prefix, 16).ok()?;
    let free = u32::try_from(4 * (16 - digits)).ok()?;
    let low = value.checked_shl(free)?;
    Some((low, low | (1_u64.checked_shl(free)?.wrapping_sub(1))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_case_of_letters_does_not_matter() {
        for (needle, text, found) in [
            ("no such", "Error: NO SUCH table", true),
            ("ÄRGER", "ohne ärger", true),
            ("日報", "今日の日報です", true),
            ("x", "", false),
            ("longer than", "long", false),
        ] {
            assert_eq!(Needle::new(needle).is_in(text), found, "{needle} in {text}");
        }
        assert!(Needle::new("8F2c").is_start_of(0x8f2c_0000_0000_0001));
        assert!(!Needle::new("8f2").is_start_of(0x8f20_0000_0000_0001), "too short to mean an id");
    }

    #[test]
    fn a_prefix_is_a_range_of_ids() {
        assert_eq!(id_range("8f"), Some((0x8f00_0000_0000_0000, 0x8fff_ffff_ffff_ffff)));
        assert_eq!(id_range("0000000000000001"), Some((1, 1)));
        assert_eq!(id_range("f"), Some((0xf000_0000_0000_0000, u64::MAX)));
        for bad in ["", "g", "8F", "+1", "00000000000000001", "ä"] {
            assert_eq!(id_range(bad), None, "{bad}");
        }
    }
}
