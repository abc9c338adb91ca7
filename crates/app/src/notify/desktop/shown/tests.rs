//! Numbers, clicks, and when connections go.

use std::rc::{Rc, Weak};

use super::*;
use millrace_model::ids::RunId;

type Held = Rc<()>;

fn target(workflow: &str, run: u64) -> Target {
    Target {
        workflow: Some(workflow.to_owned()),
        opens: Click::Run { run: RunId(run), task: None },
    }
}

/// Shows one for which somebody waits; gives our number of it and what becomes of its connection and its waiting.
fn show(
    shown: &mut Shown<Held, Held>,
    id: u32,
    replaced: Option<u32>,
    target: Target,
) -> (u64, Weak<()>, Weak<()>) {
    let (connection, waiting) = (Held::default(), Held::default());
    let held = (Rc::downgrade(&connection), Rc::downgrade(&waiting));
    let number = shown.put(id, replaced, target, connection);
    shown.wait(number, waiting);
    (number, held.0, held.1)
}

fn is_held(held: &Weak<()>) -> bool {
    held.upgrade().is_some()
}

#[test]
fn a_click_leads_to_the_run_that_is_shown_now() {
    let mut shown = Shown::default();
    assert_eq!(shown.of_workflow(Some("daily")), None);
    let (first, _, waiting) = show(&mut shown, 7, None, target("daily", 1));
    assert_eq!(
        (shown.of_workflow(Some("daily")), shown.of_workflow(Some("other"))),
        (Some(7), None)
    );
    assert_eq!(shown.of_workflow(None), None);
    let (second, ..) = show(&mut shown, 7, Some(7), target("daily", 2));
    assert!(!is_held(&waiting), "its clicks are the other's");
    shown.gone(first);
    assert_eq!(shown.of_workflow(Some("daily")), Some(7), "the first was replaced and is not gone");
    assert_eq!(shown.click(second, RETRY), Some(Click::Retry { run: RunId(2) }));
    shown.gone(second);
    assert_eq!(shown.of_workflow(Some("daily")), Some(7), "it may be on the screen still");
    let (third, ..) = show(&mut shown, 7, Some(7), target("daily", 3));
    assert_eq!(shown.click(third, "other"), None);
    let (fourth, ..) = show(&mut shown, 7, Some(7), target("daily", 4));
    shown.gone(fourth);
    assert_eq!((shown.of_workflow(Some("daily")), shown.click(fourth, OPEN)), (None, None));
}

#[test]
fn connections_go_when_nothing_waits_any_more() {
    let mut shown = Shown::default();
    let (first, one, _) = show(&mut shown, 1, None, target("daily", 1));
    let (second, two, _) = show(&mut shown, 2, None, target("weekly", 2));
    shown.gone(first);
    assert!(is_held(&one) && is_held(&two));
    assert_eq!(shown.click(second, OPEN), Some(Click::Run { run: RunId(2), task: None }));
    assert!(!is_held(&one) && !is_held(&two));
}

#[test]
fn another_services_numbers_are_other_notifications() {
    let mut shown = Shown::default();
    let (old, connection, _) = show(&mut shown, 7, None, target("daily", 1));
    show(&mut shown, 1, None, target("weekly", 2));
    assert!(!is_held(&connection));
    assert_eq!((shown.of_workflow(Some("daily")), shown.click(old, OPEN)), (None, None));
    // Asked for one that it does not have, it shows a new one.
    show(&mut shown, 9, None, target("monthly", 3));
    show(&mut shown, 10, Some(1), target("weekly", 4));
    assert_eq!(shown.of_workflow(Some("weekly")), Some(10));
    assert_eq!(shown.of_workflow(Some("monthly")), Some(9));
}

#[test]
fn only_so_many_are_remembered() {
    let mut shown = Shown::default();
    let held: Vec<_> =
        (1..=100).map(|id| show(&mut shown, id, None, target(&id.to_string(), 1))).collect();
    assert_eq!(shown.all.len(), MOST);
    let kept: Vec<usize> = (0..100).filter(|place| is_held(&held[*place].1)).collect();
    assert_eq!(kept, [0].into_iter().chain(37..100).collect::<Vec<_>>());
}
