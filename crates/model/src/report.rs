//! What a task says of itself while it runs: how far it is, what it measured, that there is nothing to do.
//!
//! Only the formats of the three files. Who writes and who reads them, and when, is not known here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The longest text of a progress or a skip, in characters; what is longer is cut.
pub const MAX_TEXT: usize = 200;
/// The most that one attempt may write of metrics, in bytes of the file.
pub const MAX_METRICS: u64 = 8 << 20;
/// The most metrics with names of their own that one attempt may have.
pub const MAX_METRIC_NAMES: usize = 200;

/// How far a task is, as it says itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// From 0 to 1.
    pub fraction: f64,
    /// What it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// A number that a task measured, over all times that it gave one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// Its name.
    pub name: String,
    /// How often it was given.
    pub count: u64,
    /// The last value.
    pub last: f64,
    /// The step of the last value, where steps were given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<i64>,
    /// The smallest value.
    pub min: f64,
    /// The largest value.
    pub max: f64,
}

/// One value of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricPoint {
    /// The metric.
    pub metric: String,
    /// What it was.
    pub value: f64,
    /// Counts what the task counts: epochs, batches, files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<i64>,
}

impl Progress {
    /// The progress in a file that holds it alone: `{"fraction": 0.4, "text": "loading"}`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, String> {
        let found: Self = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        if !found.fraction.is_finite() {
            return Err("the fraction is no number".to_owned());
        }
        Ok(Self { fraction: found.fraction.clamp(0.0, 1.0), text: short(&found.text) })
    }

    /// In whole percent; only what is done is 100.
    #[must_use]
    pub fn percent(&self) -> u8 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is between 0 and 100"
        )]
        let percent = (self.fraction.clamp(0.0, 1.0) * 100.0).floor() as u8;
        percent
    }
}

/// A text as it is kept: one line, not too long.
#[must_use]
pub fn short(text: &str) -> String {
    // Spaces go last: what is taken out may leave some side by side, and the cut one at the end.
    let plain: String = text.chars().filter(|c| c.is_whitespace() || !c.is_control()).collect();
    let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let cut: String = line.chars().take(MAX_TEXT).collect();
    cut.trim_end().to_owned()
}

/// The metrics in a file of [`MetricPoint`]s, one a line, in the order in which they first stand there; and how many lines
/// cannot be read, or are of a metric too many. A last line without its end, of a task that was killed, is none.
#[must_use]
pub fn metrics(bytes: &[u8]) -> (Vec<Metric>, usize) {
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    let mut metrics: Vec<Metric> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut bad = 0;
    for line in bytes[..whole].split(|byte| *byte == b'\n') {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let point = serde_json::from_slice::<MetricPoint>(line).ok();
        let Some(point) = point.filter(|point| is_metric_name(&point.metric)) else {
            bad += 1;
            continue;
        };
        let MetricPoint { metric: name, value, step } = point;
        match places.get(&name) {
            Some(place) => {
                let metric = &mut metrics[*place];
                metric.count += 1;
                metric.last = value;
                metric.step = step.or(metric.step);
                metric.min = metric.min.min(value);
                metric.max = metric.max.max(value);
            }
            None if metrics.len() < MAX_METRIC_NAMES => {
                places.insert(name.clone(), metrics.len());
                metrics.push(Metric { name, count: 1, last: value, step, min: value, max: value });
            }
            None => bad += 1,
        }
    }
    (metrics, bad)
}

/// Whether a metric can have this name: letters, digits, `_`, `-`, `.` and `/`, at most 128.
#[must_use]
pub fn is_metric_name(name: &str) -> bool {
    let is_fit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    !name.is_empty() && name.len() <= 128 && name.chars().all(is_fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_a_share_and_a_line() {
        let progress = Progress::parse(br#"{"fraction": 0.419, "text": "two\n words"}"#).unwrap();
        assert_eq!(progress, Progress { fraction: 0.419, text: "two words".to_owned() });
        assert_eq!(progress.percent(), 41);
        assert_eq!(Progress::parse(br#"{"fraction": 7}"#).unwrap().percent(), 100);
        assert_eq!(Progress::parse(br#"{"fraction": 0.999}"#).unwrap().percent(), 99);
        for bad in
            [b"".as_slice(), b"{", b"0.5", br#"{"fraction": "x"}"#, br#"{"fraction": 1e999}"#]
        {
            assert!(Progress::parse(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn metrics_are_added_up_over_their_steps() {
        let text = b"{\"metric\":\"loss\",\"value\":3,\"step\":1}\n{\"metric\":\"acc\",\"value\":0.5}\n\
            {\"metric\":\"loss\",\"value\":1.5,\"step\":2}\nnonsense\n{\"metric\":\"a b\",\"value\":1}\n{\"metric\":\"lo";
        let (metrics, bad) = metrics(text);
        assert_eq!(bad, 2);
        let loss =
            Metric { name: "loss".into(), count: 2, last: 1.5, step: Some(2), min: 1.5, max: 3.0 };
        assert_eq!(metrics[0], loss);
        assert_eq!((metrics[1].name.as_str(), metrics[1].step, metrics.len()), ("acc", None, 2));
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let _progress = Progress::parse(&bytes);
            let (found, _) = metrics(&bytes);
            proptest::prop_assert!(found.len() <= MAX_METRIC_NAMES);
        }
    }
}
