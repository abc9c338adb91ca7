//! What a driver of the page finds by name.

use millrace_ui::Outline;
use serde_json::Value;

use crate::world::Window;

fn read(window: &Window) -> Vec<Value> {
    let text = Outline::read(&window.harness.ctx);
    serde_json::from_str::<Vec<Value>>(&text).unwrap()
}

#[test]
fn widgets_are_found_by_the_names_that_assistive_technology_reads() {
    let mut window = Window::sales();
    Outline::add(&window.harness.ctx);
    assert!(read(&window).is_empty(), "nothing is gathered before somebody asks");
    window.settle();
    let widgets = read(&window);
    let run = widgets.iter().find(|w| w["name"] == "Run" && w["role"] == "Button").unwrap();
    assert_eq!(run["disabled"], false);
    let rect = window.rect_of(&run["rect"]);
    window.click(rect.center());
    assert_eq!(window.world.borrow().asked("start_run"), 1, "the place is that of the button");
    assert!(widgets.iter().all(|widget| widget["name"] != ""));
}
