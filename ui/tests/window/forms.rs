//! Every kind's form with all its tabs, made from its declaration, in both themes.

use egui_kittest::kittest::Queryable as _;
use millrace_model::kinds::{self, FieldShape};
use millrace_ui::ThemeChoice;

use crate::pictures::{check_right, themes};
use crate::world::{SALES, Window};

#[test]
fn every_kind_has_a_form_with_all_its_fields() {
    for theme in [ThemeChoice::Dark, ThemeChoice::Light] {
        for kind in kinds::all() {
            let text = format!(
                r#"{{"millrace":1,"name":"w","tasks":[{{"name":"t","kind":"{}","spec":{{}}}}]}}"#,
                kind.id
            );
            let mut window =
                Window::with(theme, egui::vec2(1280.0, 900.0), 1.0, Some(SALES), |world| {
                    world.files.insert(SALES.to_owned(), text);
                });
            let at = window.spot("t", None);
            window.click(at);
            for field in kind.fields.iter().filter(|field| !field.advanced) {
                // A list of declarations is a section, with a head in capitals.
                let title = match field.shape {
                    FieldShape::Params => field.title.to_uppercase(),
                    _ => field.title.to_owned(),
                };
                assert!(
                    window.harness.query_all_by_label(&title).next().is_some(),
                    "{}: {}",
                    kind.id,
                    field.title
                );
            }
            let mut folded = kind.fields.iter().filter(|field| field.advanced).peekable();
            if folded.peek().is_some() {
                window.push("More");
            }
            for field in folded {
                assert!(window.has(field.title), "{}: {}", kind.id, field.title);
            }
            for (tab, field) in [
                ("Spec", "Title"),
                ("Control", "Tries"),
                ("Environment", "Variables"),
                ("Notes", "Description"),
            ] {
                window.push(tab);
                assert!(window.has(field), "{}: {tab} has no {field}", kind.id);
                let picture = window.harness.render().unwrap();
                let colors: std::collections::HashSet<_> = picture.pixels().map(|p| p.0).collect();
                assert!(colors.len() > 50, "{}, {tab}: the window is blank", kind.id);
            }
        }
    }
}

/// The form of each kind, as a new task has it; `tests/tests/samples/complete.rs` asks for all of them.
#[test]
fn pictures_of_the_form_of_every_kind() {
    for (theme, word) in themes() {
        for kind in kinds::all() {
            let id = kind.id;
            let text =
                format!(r#"{{"millrace":1,"name":"w","tasks":[{{"name":"t","kind":"{id}"}}]}}"#);
            let size = egui::vec2(1280.0, 760.0);
            let mut window = Window::with(theme, size, 1.0, Some(SALES), |world| {
                world.files.insert(SALES.to_owned(), text);
            });
            window.select("t");
            check_right(&mut window, &format!("kind_{id}_{word}"), 340);
        }
    }
}

#[test]
fn a_text_that_is_no_value_stays_in_its_field_and_changes_nothing() {
    let text = r#"{"millrace":1,"name":"w","tasks":[{"name":"t","kind":"shell","spec":{"script":"true","skip_exit_code":9}}]}"#;
    let mut window =
        Window::with(ThemeChoice::Dark, egui::vec2(1280.0, 900.0), 1.0, Some(SALES), |world| {
            world.files.insert(SALES.to_owned(), text.to_owned());
        });
    let at = window.spot("t", None);
    window.click(at);
    window.harness.get_all_by_label("Skip exit code").last().unwrap().focus();
    window.settle();
    window.harness.get_all_by_label("Skip exit code").last().unwrap().type_text("x");
    window.settle();
    window.harness.get_by_label_contains("not a whole number");
    assert_eq!(window.probe()["document"]["dirty"], false);
}
