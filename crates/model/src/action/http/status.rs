//! Which statuses are a success: `200-299, 404`.

/// A set of HTTP statuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusSet(Vec<(u16, u16)>);

impl StatusSet {
    /// Reads statuses and ranges of them, with commas between.
    ///
    /// # Errors
    /// What cannot be read, and what was expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let ranges: Result<Vec<_>, String> = text.split(',').map(range).collect();
        ranges.map(Self)
    }

    /// Whether `status` is one of them.
    #[must_use]
    pub fn contains(&self, status: u16) -> bool {
        self.0.iter().any(|(least, most)| (*least..=*most).contains(&status))
    }
}

fn range(text: &str) -> Result<(u16, u16), String> {
    let text = text.trim();
    let (least, most) = text.split_once('-').unwrap_or((text, text));
    match (status(least), status(most)) {
        (Some(least), Some(most)) if least <= most => Ok((least, most)),
        _ => Err(format!(
            "`{text}` is no status: numbers from 100 to 599 and ranges are expected, such as `200-299, 404`"
        )),
    }
}

fn status(text: &str) -> Option<u16> {
    text.trim().parse().ok().filter(|status| (100..=599).contains(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_and_ranges() {
        let set = StatusSet::parse(" 200-204,404 , 500 - 503").unwrap();
        let inside: Vec<u16> = (100..600).filter(|status| set.contains(*status)).collect();
        assert_eq!(inside, [200, 201, 202, 203, 204, 404, 500, 501, 502, 503]);
        for bad in ["", "200,", "99", "600", "299-200", "2xx", "200-299-300", "-1", "70000"] {
            assert!(StatusSet::parse(bad).unwrap_err().contains("such as"), "{bad}");
        }
    }
}
