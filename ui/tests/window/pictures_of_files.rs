//! Pictures of what is about documents as a whole: the gallery, lines over the canvas, sheets.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;

use millrace_api::version::VersionReason;

use crate::pictures::{SMALL, check, history, themes};
use crate::world::{SALES, SALES_TEXT, Window};

#[test]
fn pictures_of_files() {
    for (theme, word) in themes() {
        let mut window = Window::with(theme, SMALL, 1.0, Some(SALES), history);
        let at = window.spot("build_report", None);
        window.drag(at, at + vec2(64.0, 64.0));
        window.settle();
        window.press(Modifiers::COMMAND, Key::W);
        check(&mut window, &format!("workflows_recent_{word}"));
        window.harness.get_by_label("Daily sales report").click();
        window.settle();
        check(&mut window, &format!("restored_{word}"));
        window.press(Modifiers::COMMAND, Key::F);
        window.harness.get_by_label("Find in workflow").type_text("kind:shell");
        window.settle();
        window.press(Modifiers::NONE, Key::Enter);
        check(&mut window, &format!("find_{word}"));
        window.press(Modifiers::NONE, Key::Escape);
        window.harness.get_by_label("JSON").click();
        check(&mut window, &format!("json_{word}"));
        for (script, reason) in [
            ("make", VersionReason::Saved),
            ("make report", VersionReason::Run),
            ("exec ./report.sh", VersionReason::Saved),
        ] {
            let text = SALES_TEXT.replace("exec ./report.sh", script);
            let at = window.world.borrow().time();
            window.world.borrow_mut().versions.push((at, reason, text));
            window.world.borrow_mut().pass(3_600_000);
        }
        window.harness.get_by_label("Versions").click();
        window.settle();
        check(&mut window, &format!("versions_{word}"));
        window.press(Modifiers::COMMAND, Key::N);
        check(&mut window, &format!("gallery_{word}"));
        window.press(Modifiers::NONE, Key::Escape);
        let theirs = SALES_TEXT
            .replace("exec ./report.sh", "set -eu\\nexec ./report.sh --day \\\"$DAY\\\"")
            .replace("\"attempts\": 3", "\"attempts\": 5");
        window.world.borrow_mut().files.insert(SALES.to_owned(), theirs);
        for _ in 0..6 {
            window.settle();
        }
        check(&mut window, &format!("conflict_{word}"));
        window.harness.get_by_label("Compare").click();
        window.settle();
        check(&mut window, &format!("compare_{word}"));
        window.press(Modifiers::NONE, Key::Escape);
        window.press(Modifiers::COMMAND, Key::Num1);
        window.harness.get_by_label("More about Nightly backup").click();
        check(&mut window, &format!("row_menu_{word}"));
        window.harness.get_by_label("Rename…").click();
        check(&mut window, &format!("rename_{word}"));
        window.press(Modifiers::NONE, Key::Escape);
        window.harness.get_by_label("More about Nightly backup").click();
        window.settle();
        window.harness.get_by_label("Delete").click();
        check(&mut window, &format!("deleted_{word}"));
    }
}
