//! Timing whole processes against each other in one run: machines are noisy, ratios less so.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

/// Something that is timed.
pub(super) struct Contender<'a> {
    pub(super) name: &'static str,
    pub(super) run: Box<dyn FnMut() -> anyhow::Result<Duration> + 'a>,
}

/// The times of each contender, in rounds: first all once, then all again, so that whatever slows the machine down
/// slows all of them.
pub(super) fn rounds(
    contenders: &mut [Contender<'_>],
    rounds: usize,
) -> anyhow::Result<Vec<Vec<f64>>> {
    let mut times = vec![Vec::new(); contenders.len()];
    for round in 0..=rounds {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            let took = (contender.run)().with_context(|| format!("{} failed", contender.name))?;
            // The first one warms up caches.
            if round > 0 {
                times.push(took.as_secs_f64());
            }
        }
    }
    Ok(times)
}

/// The time from the start of a process to its end. It must succeed; its output is thrown away.
pub(super) fn time(command: &mut Command) -> anyhow::Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let started = Instant::now();
    let output = command.spawn()?.wait_with_output()?;
    let took = started.elapsed();
    if !output.status.success() {
        bail!(
            "{command:?} ended with {}: {}",
            output.status,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(took)
}

/// The middle value; of an even number, the mean of the two in the middle.
pub(super) fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => sorted[odd / 2],
        even => f64::midpoint(sorted[even / 2 - 1], sorted[even / 2]),
    }
}

/// The median of the ratios round by round.
pub(super) fn ratio(times: &[f64], to: &[f64]) -> f64 {
    let ratios: Vec<f64> = times.iter().zip(to).map(|(time, other)| time / other).collect();
    median(&ratios)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_ratios() {
        assert!((median(&[3.0, 1.0, 2.0]) - 2.0).abs() < 1e-9);
        assert!((median(&[4.0, 1.0, 2.0, 3.0]) - 2.5).abs() < 1e-9);
        assert!((ratio(&[2.0, 9.0, 4.0], &[1.0, 3.0, 4.0]) - 2.0).abs() < 1e-9);
    }
}
