//! Quantiles of a few measured values: the middle, the slow tenth. No statistics beyond that.

/// The value below which this part of the values lies, of values in rising order; none where there are none.
///
/// Between two values it is interpolated: definition 7 of Hyndman and Fan, "Sample Quantiles in Statistical Packages",
/// The American Statistician 50 (1996), which R, NumPy and spreadsheets have as their default.
#[must_use]
pub fn quantile(rising: &[u64], part: f64) -> Option<u64> {
    let last = rising.len().checked_sub(1)?;
    let place = part.clamp(0.0, 1.0) * last as f64;
    let below = (place.floor() as usize).min(last);
    let (low, high) = (rising[below], rising[(below + 1).min(last)]);
    let rest = place - below as f64;
    let between = high.saturating_sub(low) as f64 * rest;
    Some(low.saturating_add(between.round() as u64))
}

/// The middle value.
#[must_use]
pub fn median(rising: &[u64]) -> Option<u64> {
    quantile(rising, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_lie_between_the_values_around_them() {
        assert_eq!(quantile(&[], 0.5), None);
        assert_eq!(quantile(&[7], 0.9), Some(7));
        assert_eq!(median(&[1, 2, 9]), Some(2));
        assert_eq!(median(&[10, 20, 40, 90]), Some(30));
        // numpy.quantile(range(0, 110, 10), 0.9) and of ten values.
        let eleven: Vec<u64> = (0..=10).map(|n| n * 10).collect();
        assert_eq!(quantile(&eleven, 0.9), Some(90));
        let ten: Vec<u64> = (1..=10).map(|n| n * 100).collect();
        assert_eq!(quantile(&ten, 0.9), Some(910));
    }

    #[test]
    fn the_ends_are_the_smallest_and_the_largest() {
        let values = [3, 5, u64::MAX];
        assert_eq!(quantile(&values, 0.0), Some(3));
        assert_eq!(quantile(&values, 1.0), Some(u64::MAX));
        assert_eq!(quantile(&values, 7.0), Some(u64::MAX));
        assert_eq!(quantile(&values, -1.0), Some(3));
    }
}
