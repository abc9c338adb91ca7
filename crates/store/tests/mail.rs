//! Writes of other threads that come before the writer's thread listens.
#![expect(clippy::unwrap_used, reason = "tests")]

mod common;

use std::sync::mpsc::channel;
use std::time::Duration;

use common::open;
use millrace_store::{Mailbox, StoreError};

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

#[test]
fn who_finds_the_mailbox_full_waits_for_room_and_then_for_the_answer() {
    let home = tempfile::tempdir().unwrap();
    let (_store, mut writer) = open(home.path());
    let mailbox = writer.mailbox();
    for _ in 0..Mailbox::CAPACITY {
        mailbox.post(|_| {}).unwrap();
    }
    let waiting = Mailbox::CAPACITY;
    assert_eq!(mailbox.post(|_| {}), Err(StoreError::MailboxFull { waiting }), "does not wait");
    let (began, beginning) = channel();
    let thread = std::thread::spawn(move || {
        began.send(()).unwrap();
        mailbox.call(|writer| Ok(writer.counters()))
    });
    beginning.recv().unwrap();
    while !thread.is_finished() {
        writer.poll();
        std::thread::yield_now();
    }
    assert_eq!(thread.join().unwrap(), Ok(writer.counters()));
}

#[test]
fn who_finds_no_room_in_time_is_told_so_and_nothing_is_done() {
    let home = tempfile::tempdir().unwrap();
    let (_store, mut writer) = open(home.path());
    let mailbox = writer.mailbox();
    for _ in 0..Mailbox::CAPACITY {
        mailbox.post(|_| {}).unwrap();
    }
    let late = mailbox
        .call_within(Duration::from_millis(1), |_| -> Result<(), _> { panic!("must not be done") });
    let error = late.unwrap_err();
    assert_eq!(error, StoreError::MailboxFull { waiting: Mailbox::CAPACITY });
    assert!(error.is_temporary());
    assert_eq!(writer.poll(), Mailbox::CAPACITY);
    assert_eq!(writer.poll(), 0);
}

#[test]
fn who_waits_when_the_writer_goes_is_told_so() {
    let home = tempfile::tempdir().unwrap();
    let (_store, writer) = open(home.path());
    let mailbox = writer.mailbox();
    mailbox.post(|_| {}).unwrap();
    let thread = std::thread::spawn(move || mailbox.call(|_| Ok(())));
    drop(writer);
    assert_eq!(thread.join().unwrap(), Err(StoreError::Closed));
}
