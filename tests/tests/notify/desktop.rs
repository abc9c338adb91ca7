//! Notifications on the desktop: what it is shown, and what clicks do.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use millrace_tests::until;
use serde_json::json;
use zbus::Variant;

use crate::service::{Hanging, Session, Tells};
use crate::{Site, workflow};

/// Stands in for the window: writes down what it was started with.
fn stand_in(site: &mut Site) -> PathBuf {
    let window = site.path("window");
    let script = "#!/bin/sh\nprintf '%s|' \"$@\" \"$MILLRACE_HOME\" > \"$0.new\" && mv \"$0.new\" \"$0.args\"\n";
    fs::write(&window, script).unwrap();
    fs::set_permissions(&window, fs::Permissions::from_mode(0o700)).unwrap();
    site.variables.push(("MILLRACE_DESKTOP", window.display().to_string()));
    site.path("window.args")
}

fn a_failure_is_shown_and_a_click_leads_to_it(tells: Tells) {
    let mut site = Site::new("");
    let session = Session::start(&mut site, tells);
    let args = stand_in(&mut site);
    let gate = site.path("gate");
    let script = format!("echo 'no <route> & no'; test -e '{}' || exit 3", gate.display());
    assert!(!site.run(&workflow("daily", &script, &json!([]))));
    let failed = session.next();
    assert_eq!((failed.summary.as_str(), failed.replaces), ("Daily <sales> failed", 0));
    assert_eq!(failed.body, "load failed: exit code 3\nno &lt;route&gt; &amp; no");
    assert_eq!(failed.actions, ["default", "Open", "retry", "Retry"]);
    assert_eq!(*failed.hints["urgency"], Variant::from(1_u8));
    assert_eq!(*failed.hints["category"], Variant::from("transfer.error"));
    assert_eq!(*failed.hints["desktop-entry"], Variant::from("millrace"));
    let run = site.last_run();

    // It fails again: its notification is replaced.
    session.click(&failed, "retry");
    let again = session.next();
    assert_eq!((again.replaces, again.summary.as_str()), (failed.id, "Daily <sales> failed"));
    assert_eq!(site.last_run(), run, "it is the same run");

    session.click(&again, "default");
    let args = until("the window is started", || fs::read_to_string(&args).ok());
    let home = site.path("home").canonicalize().unwrap();
    assert_eq!(args, format!("--run|{run}|--task|load|{}|", home.display()));

    fs::write(&gate, "").unwrap();
    assert_eq!(site.call(&["retry", &run]).0, 0);
    let well = session.next();
    assert_eq!((well.replaces, well.summary.as_str()), (again.id, "Daily <sales> works again"));
    assert_eq!(well.actions, ["default", "Open"]);
    assert_eq!(site.warnings(), "[]");
}

#[test]
fn a_click_that_everybody_is_told_of_leads_to_the_run() {
    a_failure_is_shown_and_a_click_leads_to_it(Tells::All);
}

#[test]
fn a_click_that_only_the_sender_is_told_of_leads_to_the_run() {
    a_failure_is_shown_and_a_click_leads_to_it(Tells::Sender);
}

#[test]
fn a_click_right_behind_its_token_leads_to_the_run() {
    a_failure_is_shown_and_a_click_leads_to_it(Tells::SenderWithToken);
}

#[test]
fn connections_stay_as_long_as_a_notification_does() {
    let mut site = Site::new("");
    let session = Session::start(&mut site, Tells::Sender);
    let args = stand_in(&mut site);
    assert!(!site.run(&workflow("daily", "exit 3", &json!([]))));
    let daily = session.next();
    assert!(!site.run(&workflow("weekly", "exit 3", &json!([]))));
    let (weekly, run) = (session.next(), site.last_run());
    assert_eq!((daily.replaces, weekly.replaces), (0, 0));
    session.dismiss(&daily);
    // Its own was dismissed, so there is nothing to replace.
    assert!(!site.run(&workflow("daily", "exit 3", &json!([]))));
    let again = session.next();
    assert_eq!(again.replaces, 0);
    session.click(&weekly, "default");
    let args = until("the window is started", || fs::read_to_string(&args).ok());
    assert!(args.contains(&run), "{args}");
    session.dismiss(&again);
    for shown in [daily, weekly, again] {
        session.until_let_go(&shown);
    }
}

#[test]
fn a_desktop_that_was_started_anew_is_spoken_to_and_heard() {
    let mut site = Site::new("");
    let mut session = Session::start(&mut site, Tells::All);
    let args = stand_in(&mut site);
    assert!(!site.run(&workflow("daily", "exit 3", &json!([]))));
    let daily = session.next();
    session.start_anew();
    assert!(!site.run(&workflow("monthly", "exit 3", &json!([]))));
    let (monthly, run) = (session.next(), site.last_run());
    assert_eq!((monthly.id, monthly.replaces), (daily.id, 0), "it counts from its start");
    // The old numbers are about other notifications now, perhaps of other programs.
    session.until_let_go(&daily);
    session.click(&monthly, "default");
    let args = until("the window is started", || fs::read_to_string(&args).ok());
    assert!(args.contains(&run), "{args}");
    assert!(!site.run(&workflow("daily", "exit 3", &json!([]))));
    assert_eq!(session.next().replaces, 0);
}

#[test]
fn a_desktop_that_hangs_is_given_up_and_holds_up_nobody() {
    let mut site = Site::new("");
    let _hanging = Hanging::start(&mut site);
    let (code, text) = site.call(&["notify", "test", "desktop"]);
    assert_eq!(code, 4, "{text}");
    assert!(text.contains("the desktop did not answer within 10 s"), "{text}");
    assert!(text.contains("notify.desktop = false"), "{text}");
    assert!(site.run(&workflow("daily", "true", &json!([]))));
    assert_eq!(site.call(&["daemon", "stop"]).0, 0);
}

#[test]
fn without_a_session_bus_a_run_is_unharmed_and_a_warning_says_so() {
    let site = Site::new("");
    assert!(!site.run(&workflow("daily", "exit 3", &json!([]))));
    let warnings = until("it did not get through", || {
        let warnings = site.warnings();
        (warnings != "[]").then_some(warnings)
    });
    assert!(warnings.contains("desktop notifications do not get through: "), "{warnings}");
    assert!(site.run(&workflow("daily", "true", &json!([]))));
    // Who does not want any is not warned.
    site.settings("[notify]\ndesktop = false\n");
    until("the settings are read", || (site.warnings() == "[]").then_some(()));
}
