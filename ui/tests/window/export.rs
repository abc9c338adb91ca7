//! What the canvas says beside its ports, the picture of it, and the menu that leads there.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_api::Request;
use millrace_api::picture::SavePicture;
use millrace_model::event::RunState;
use millrace_ui::bridge::{FileKind, Pick};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use serde_json::json;

use crate::pictures::{SMALL, check, themes};
use crate::world::{SALES, SALES_TEXT, Window};

fn pick(window: &mut Window, group: &str, command: &str) {
    window.harness.get_by_label("Menu").click();
    window.settle();
    window.harness.get_by_label(&format!("{group} menu")).click();
    window.settle();
    window.harness.get_by_label(command).click();
    window.settle();
}

fn saved(window: &Window) -> SavePicture {
    let world = window.world.borrow();
    let asked = world.requests.iter().rev().find_map(|request| match request {
        Request::SavePicture(save) => Some(save.clone()),
        _ => None,
    });
    asked.unwrap()
}

/// One task gave something, the next failed.
fn run_with_values(window: &mut Window) {
    window.press(Modifiers::COMMAND, Key::Enter);
    let mut world = window.world.borrow_mut();
    let run = world.runs.last().unwrap().run;
    let serial = world.start(run, "fetch_exports");
    let gave = json!({"rows": 1_204, "file": "exports/2026-11-22.csv", "days": ["Sat", "Sun"]});
    world.give(run, serial, gave.as_object().unwrap().clone());
    world.fail(run, "clean_rows", 300, 2, "column 7 is missing");
    world.finish(run, RunState::Failed, Some("clean_rows"));
    drop(world);
    window.settle();
}

#[test]
fn a_picture_is_drawn_and_saved_where_the_person_says() {
    let mut window = Window::sales();
    pick(&mut window, "File", "Export as picture…");
    window.harness.get_by_label("SVG").click();
    window.settle();
    window.harness.get_by_label("Dark").click();
    window.settle();
    window.world.borrow_mut().picks.push_back("/home/ada/sales".to_owned());
    window.harness.get_by_label("Save picture…").click();
    window.settle();
    let asked = Pick::Save {
        folder: Some("/home/ada/workflows".to_owned()),
        file_name: "daily_sales.svg".to_owned(),
        kind: FileKind::Svg,
    };
    assert_eq!(window.world.borrow().picked, [asked]);
    let save = saved(&window);
    assert_eq!(save.path, "/home/ada/sales.svg");
    assert!(save.svg.contains("<title>Daily sales report</title>"));
    window.harness.get_by_label("Picture saved: /home/ada/sales.svg");
    let tree = Tree::from_str(&save.svg, &Options::default()).unwrap();
    assert!(tree.size().width() > 700.0, "five columns of cards: {:?}", tree.size());

    // What was chosen is proposed again; who changes their mind writes nothing.
    pick(&mut window, "File", "Export as picture…");
    window.harness.get_by_label("Save picture…").click();
    window.settle();
    assert_eq!(window.world.borrow().picked.len(), 2);
    assert_eq!(window.world.borrow().asked("save_picture"), 1);
    window.did(&["File::DrawPicture"]);
}

#[test]
fn an_empty_canvas_has_no_picture_and_says_so() {
    let mut window = Window::sales();
    window.press(Modifiers::COMMAND, Key::N);
    window.harness.get_by_label("New from Empty").click();
    window.settle();
    pick(&mut window, "File", "Export as picture…");
    window.harness.get_by_label("No picture: the canvas is empty");
    assert!(window.harness.query_by_label("Save picture…").is_none());
}

#[test]
fn the_menu_has_what_can_be_done_now_and_opens_by_its_key() {
    let mut window = Window::sales();
    window.press(Modifiers::NONE, Key::F10);
    window.harness.get_by_label("Run menu").click();
    window.settle();
    assert!(window.harness.query_by_label("Retry").is_none(), "nothing ran yet");
    window.harness.get_by_label("View menu").click();
    window.settle();
    window.harness.get_by_label("Show or hide the palette").click();
    window.settle();
    assert!(window.harness.state().settings().palette_closed);
    window.press(Modifiers::COMMAND, Key::Num2);
    window.press(Modifiers::NONE, Key::F10);
    assert!(window.harness.query_by_label("Select menu").is_none(), "there is no canvas in view");
}

#[test]
fn pictures_of_export() {
    for (theme, word) in themes() {
        let mut window = Window::with(theme, SMALL, 1.0, Some(SALES), |world| {
            world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        });
        run_with_values(&mut window);
        check(&mut window, &format!("values_{word}"));
        window.press(Modifiers::NONE, Key::F10);
        window.harness.get_by_label("File menu").click();
        check(&mut window, &format!("menu_{word}"));
        window.harness.get_by_label("Export as picture…").click();
        window.settle();
        check(&mut window, &format!("export_{word}"));
        let choice = if word == "dark" { "Dark" } else { "Light" };
        window.harness.get_by_label(choice).click();
        window.settle();
        window.world.borrow_mut().picks.push_back("/home/ada/sales.png".to_owned());
        window.harness.get_by_label("Save picture…").click();
        window.settle();
        let tree = Tree::from_str(&saved(&window).svg, &Options::default()).unwrap();
        let size = tree.size().to_int_size().scale_by(2.0).unwrap();
        let mut pixels = Pixmap::new(size.width(), size.height()).unwrap();
        resvg::render(&tree, Transform::from_scale(2.0, 2.0), &mut pixels.as_mut());
        let image = image::RgbaImage::from_raw(size.width(), size.height(), pixels.take()).unwrap();
        egui_kittest::image_snapshot(&image, format!("exported_{word}"));
    }
}
