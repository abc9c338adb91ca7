//! Each target over its seeds, its findings and some thousand changes of them: the same ones each time, on any machine.
//!
//! `MILLRACE_FUZZ_SEED` plays others. `cargo xtask fuzz` looks longer and with more sense.

#![expect(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use millrace_fuzz::TARGETS;
use rustix::time::{ClockId, clock_gettime};

/// No input needs more of a processor in a build without optimisation. What else the machine does is not counted, and an
/// input that waits for ever is the runner's to end.
const LIMIT: Duration = Duration::from_secs(20);
/// A change of a longer input is cut.
const LONGEST: usize = 1 << 14;

macro_rules! short {
    ($($name:ident: $count:expr;)+) => {
        const PLAYED: &[&str] = &[$(stringify!($name)),+];
        $(#[test]
        fn $name() {
            play(stringify!($name), $count);
        })+
    };
}

// So many that all of it takes about ten seconds on two processors.
short! {
    document: 1_500;
    edits: 150;
    expressions: 4_000;
    schedule: 1_000;
    run_query: 500;
    frames: 20_000;
    journal: 3_000;
    log: 1_500;
    requests: 4_000;
    http: 1_500;
    clipboard: 500;
    link: 20_000;
    import: 250;
    log_text: 4_000;
    markdown: 150;
    backup: 1_000;
    unpack: 500;
    task_files: 8_000;
}

#[test]
fn every_target_is_played_and_driven() {
    let names: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, PLAYED);
    let manifest = fs::read_to_string(folder("driver/Cargo.toml")).unwrap();
    for name in &names {
        let driver = fs::read_to_string(folder(&format!("driver/fuzz_targets/{name}.rs"))).unwrap();
        assert!(driver.contains(&format!("millrace_fuzz::{name}(data)")), "{name}");
        assert!(manifest.contains(&format!("path = \"fuzz_targets/{name}.rs\"")), "{name}");
        assert!(!kept(name).is_empty(), "{name} has no seeds");
    }
    for kind in ["seeds", "findings", "words", "driver/fuzz_targets"] {
        for path in files(&folder(kind), false) {
            let name = path.file_stem().unwrap().to_str().unwrap();
            assert!(names.contains(&name), "{} is of no target", path.display());
        }
    }
    for (name, _) in borrowed() {
        assert!(names.contains(&name.as_str()), "{name} borrows seeds and is no target");
    }
}

fn play(name: &str, count: usize) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).unwrap();
    let kept = kept(name);
    for (path, data) in &kept {
        run(target, name, data, &path.display().to_string());
    }
    let seed = std::env::var("MILLRACE_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut dice = Dice(seed.unwrap_or(1_u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let inputs: Vec<&[u8]> = kept.iter().map(|(_, data)| data.as_slice()).collect();
    let words = words(name);
    for nth in 0..count {
        let data = dice.changed(&inputs, &words);
        run(target, name, &data, &format!("change {nth}"));
    }
}

/// Plays one; where it fails, it is written down so that it can be kept.
fn run(target: &fn(&[u8]), name: &str, data: &[u8], what: &str) {
    let begun = processor_time();
    let outcome = catch_unwind(AssertUnwindSafe(|| target(data)));
    let took = processor_time().saturating_sub(begun);
    if outcome.is_ok() && took < LIMIT {
        return;
    }
    let file = std::env::temp_dir().join(format!("millrace-fuzz-{name}-{}", std::process::id()));
    let _written = fs::write(&file, data);
    let why = if outcome.is_err() { "failed".to_owned() } else { format!("took {took:?}") };
    let file = file.display();
    panic!(
        "{what} {why}: {:?}\nkeep {file} as tests/fuzz/findings/{name}/…",
        String::from_utf8_lossy(data)
    );
}

/// What this thread has used of a processor.
fn processor_time() -> Duration {
    let used = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(used.tv_sec.cast_unsigned(), u32::try_from(used.tv_nsec).unwrap())
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Seeds and findings, and what is borrowed from elsewhere in the checkout; sorted, so that a seed means the same everywhere.
fn kept(name: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let mut paths = files(&folder("seeds").join(name), true);
    paths.extend(files(&folder("findings").join(name), true));
    for (_, from) in borrowed().into_iter().filter(|(target, _)| target == name) {
        paths.extend(files(&folder("../..").join(from), true));
    }
    paths.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Target and folder, a line each.
fn borrowed() -> Vec<(String, String)> {
    let text = fs::read_to_string(folder("borrowed.txt")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| line.split_once(' ').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap())
        .collect()
}

/// What is in a folder, sorted; only files where asked for. Nothing where there is none.
fn files(folder: &Path, only_files: bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = entries.filter(|path| !only_files || path.is_file()).collect();
    paths.sort();
    paths
}

/// The words of a dictionary of libFuzzer: `"text"` a line, with `\xHH`, `\\` and `\"`.
fn words(name: &str) -> Vec<Vec<u8>> {
    let text = fs::read_to_string(folder("words").join(name).with_extension("dict"));
    let text = text.unwrap_or_default();
    let quoted = |line: &str| Some(unescaped(line.trim().strip_prefix('"')?.strip_suffix('"')?));
    text.lines().filter_map(quoted).collect()
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'\\', [b'x', high, low, after @ ..]) => {
                let digits = [*high, *low];
                let digits = std::str::from_utf8(&digits).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
                rest = after;
            }
            (b'\\', [plain, after @ ..]) => {
                bytes.push(*plain);
                rest = after;
            }
            _ => bytes.push(*first),
        }
    }
    bytes
}

/// xorshift64*
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, count: usize) -> usize {
        (self.next() >> 33) as usize % count.max(1)
    }

    /// One of the inputs with one to eight changes.
    fn changed(&mut self, inputs: &[&[u8]], words: &[Vec<u8>]) -> Vec<u8> {
        let mut data = inputs[self.below(inputs.len())].to_vec();
        for _ in 0..=self.below(8) {
            self.change(&mut data, inputs, words);
        }
        data.truncate(LONGEST);
        data
    }

    fn change(&mut self, data: &mut Vec<u8>, inputs: &[&[u8]], words: &[Vec<u8>]) {
        let at = self.below(data.len() + 1);
        let end = at + self.below(data.len() - at + 1).min(1 + self.below(32));
        match self.below(9) {
            0 if at < data.len() => data[at] ^= 1 << self.below(8),
            1 if at < data.len() => data[at] = self.next() as u8,
            2 => data.insert(at, self.next() as u8),
            3 => drop(data.drain(at..end)),
            4 => {
                let again = data[at..end].repeat(1 + self.below(8));
                data.splice(at..at, again);
            }
            5 | 6 if !words.is_empty() => {
                let word = words[self.below(words.len())].clone();
                data.splice(at..if self.below(2) == 0 { at } else { end }, word);
            }
            7 => {
                let other = inputs[self.below(inputs.len())];
                let from = self.below(other.len() + 1);
                let to = from + self.below(other.len() - from + 1).min(64);
                data.splice(at..end, other[from..to].iter().copied());
            }
            _ => data.truncate(at.max(1)),
        }
    }
}
