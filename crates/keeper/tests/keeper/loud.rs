//! Much output: the keeper's memory stays flat, head and tail are kept, secrets do not get through.

use crate::support::Host;
use millrace_keeper::log::LogReader;
use millrace_keeper::protocol::{Exit, ToKeeper};

/// The keeper's peak memory, KiB.
fn peak(host: &Host) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", host.keeper.pid)).unwrap();
    let line = status.lines().find(|l| l.starts_with("VmHWM")).unwrap();
    line.split_ascii_whitespace().nth(1).unwrap().parse().unwrap()
}

const NUMBERED: &str = "
import sys
n = int(sys.argv[1])
block = 1 << 20
sent = 0
while sent < n:
    part = b''.join(b'%0255d\\n' % i for i in range(sent // 256, (sent + block) // 256))
    sys.stdout.buffer.write(part)
    sent += len(part)
sys.stdout.buffer.flush()
";

#[test]
fn three_hundred_megabytes_keep_head_and_tail_and_flat_memory() {
    let mut host = Host::with(|c| {
        c.log_head_bytes = 1 << 20;
        c.log_tail_bytes = 1 << 20;
    });
    assert_eq!(host.sh(1, "echo warm").exit, Exit::Exited(0));
    let before = peak(&host);
    let total = 300_u64 << 20;
    let start = host.start(2, &["python3", "-c", NUMBERED, &total.to_string()]);
    let ended = host.run(start);
    assert_eq!((ended.exit.clone(), ended.stdout_bytes), (Exit::Exited(0), total));
    assert!(peak(&host) < before + 1024, "{before} KiB -> {} KiB", peak(&host));
    let path = host.logs().join("2.log");
    assert!(std::fs::metadata(&path).unwrap().len() <= 2 << 20);
    let reader = LogReader::open(&path).unwrap();
    let summary = reader.summary().unwrap();
    assert_eq!((summary.total_bytes, summary.lines), (total, total / 256));
    let cut = summary.cut.unwrap();
    assert_eq!(cut.stdout + cut.stderr, ended.log_dropped_bytes);
    let chunks = reader.read_range(0, usize::MAX).unwrap();
    let mut kept = 0;
    for chunk in &chunks {
        let (first, last) = (chunk.offset / 256, (chunk.offset + chunk.bytes.len() as u64) / 256);
        let lines: String = (first..=last).map(|n| format!("{n:0255}\n")).collect();
        let from = (chunk.offset % 256) as usize;
        assert!(lines.as_bytes()[from..].starts_with(&chunk.bytes), "at {}", chunk.offset);
        kept += chunk.bytes.len() as u64;
    }
    assert_eq!(kept + ended.log_dropped_bytes, total);
    assert!(kept > (2 << 20) * 9 / 10, "{kept}");
    assert_eq!(chunks.iter().filter(|c| c.dropped.is_some()).count(), 1, "the cut is stated");
    assert_eq!(reader.last_lines(1).unwrap(), [format!("{:0255}", total / 256 - 1).into_bytes()]);
    assert_eq!(ended.last_line().unwrap(), format!("{:0255}", total / 256 - 1));
}

#[test]
fn an_endless_line_with_secrets_is_streamed_and_masked() {
    let mut host = Host::with(|c| {
        c.masks = vec![b"s3cr3t-token".to_vec()];
        c.log_head_bytes = 64 << 20;
    });
    assert_eq!(host.sh(1, "echo warm s3cr3t-token").exit, Exit::Exited(0));
    assert_eq!(host.log(1), b"warm ***\n");
    let before = peak(&host);
    // 48 MiB without a newline; the period is prime, so the secret meets every possible border.
    let script = "
import sys
part = (b'x' * 1009 + b's3cr3t-token') * 1000
for _ in range(50): sys.stdout.buffer.write(part)
";
    let start = host.start(2, &["python3", "-c", script]);
    let ended = host.run(start);
    let expected = 50 * 1000 * (1009 + 3);
    assert_eq!((ended.exit.clone(), ended.stdout_bytes), (Exit::Exited(0), expected));
    assert!(peak(&host) < before + 1536, "{before} KiB -> {} KiB", peak(&host));
    let log = host.log(2);
    assert_eq!(log.len() as u64, expected);
    let unit = [b"x".repeat(1009), b"***".to_vec()].concat();
    assert!(log.chunks(unit.len()).all(|part| part == unit));
}

#[test]
fn masks_added_later_hold_from_then_on_and_loud_tasks_do_not_starve_others() {
    let mut host = Host::new(3);
    for id in 1..=2 {
        let start = host.start(id, &["sh", "-c", "exec yes"]);
        host.send(&ToKeeper::Start(Box::new(start)));
    }
    host.send(&ToKeeper::AddMasks { masks: vec![b"late-secret".to_vec()] });
    assert_eq!(host.sh(3, "echo a late-secret").exit, Exit::Exited(0));
    assert_eq!(host.log(3), b"a ***\n");
    host.send(&ToKeeper::StopAll { kill: false });
    for id in 1..=2 {
        assert_eq!(host.ended(id).exit, Exit::Signaled { signal: 15, core: false });
    }
}
