//! A bug of the page itself: it says what happened, and after a reload everything is there again.

use std::path::Path;

use super::stage::Stage;
use crate::process::announce;
use crate::webdriver::{Gesture, Key, Window};

pub(super) fn play(_: &Stage, window: &Window, _: &Path) -> anyhow::Result<()> {
    announce("something is changed and not saved");
    let (x, y) = window.point("/canvas/tasks/clean/ports/in")?;
    window.perform(&Gesture::new().click(x + 40, y))?;
    window.wait("the task to be selected", "s.canvas.selected.includes('clean')")?;
    let (x, y) = window.widget("Title")?;
    let gesture = Gesture::new().click(x, y).chord(&[Key::Control], 'a').type_text("Kept");
    window.perform(&gesture)?;
    window
        .wait("the draft to be kept", "s.document.text.includes('Kept') && s.document.drafted")?;

    announce("the page panics and says so");
    window.panic()?;
    let text = "document.querySelector('.failure pre')?.textContent ?? ''";
    window.wait_for_expression(&format!("({text}).includes('a driver asked for this panic')"))?;
    window.wait_for_expression("document.activeElement?.textContent === 'Reload'")?;

    announce("after a reload what was changed is there");
    window.perform(&Gesture::new().key(Key::Enter))?;
    window.wait_for_expression(
        "!document.querySelector('.failure') && Boolean(window.millraceReady)",
    )?;
    window.wait("the change", "s.document && s.document.text.includes('Kept') && s.document.dirty")
}
