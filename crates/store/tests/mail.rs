//! Writes of other threads that come before the writer's thread listens.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::sync::mpsc::channel;
use std::time::Duration;

use common::open;

#[test]
fn a_write_that_came_before_anybody_listened_is_announced() {
    let home = tempfile::tempdir().unwrap();
    let (_store, mut writer) = open(home.path());
    writer.mailbox().post(|_| {}).unwrap();
    let (wake, woken) = channel();
    writer.on_mail(move || wake.send(()).unwrap());
    woken.recv_timeout(Duration::from_secs(30)).unwrap();
    assert_eq!(writer.poll(), 1);
}
