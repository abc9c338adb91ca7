//! The forms of containers and notebooks.

use millrace_ui::ThemeChoice;

use crate::inspector::SIZE;
use crate::pictures::{check, themes};
use crate::world::Window;

const PATH: &str = "/home/ada/workflows/report.json";
const TEXT: &str = r#"{
  "millrace": 1,
  "name": "report",
  "params": [{ "name": "day", "type": "string", "default": "Monday" }],
  "tasks": [
    { "name": "convert", "title": "Convert", "kind": "container", "spec": {
        "image": "docker.io/library/debian:12", "script": "wc -l < /in/sales.csv > /out/count.txt",
        "mounts": { "/out": "results" }, "read_only_mounts": { "/in": "sales" } } },
    { "name": "draw", "title": "Draw", "kind": "notebook", "spec": {
        "notebook": "report.ipynb", "parameters": { "day": "params.day", "top": "10" } } }
  ],
  "dependencies": [{ "from": "convert", "to": "draw" }],
  "layout": { "tasks": { "convert": [0, 0], "draw": [288, 0] } }
}
"#;

fn window(theme: ThemeChoice) -> Window {
    Window::with(theme, SIZE, 1.0, Some(PATH), |world| {
        world.files.insert(PATH.to_owned(), TEXT.to_owned());
    })
}

#[test]
fn an_image_and_a_notebook_are_typed() {
    let mut window = window(ThemeChoice::Dark);
    window.select("convert");
    window.fill("Image", "docker.io/library/busybox:1.36");
    window.select("draw");
    window.fill("Notebook", "other.ipynb");
    let spec = |task: &str, key: &str| {
        let workflow = window.workflow();
        workflow.task(task).unwrap().spec.get(key).and_then(|it| it.as_str()).map(str::to_owned)
    };
    assert_eq!(spec("convert", "image").as_deref(), Some("docker.io/library/busybox:1.36"));
    assert_eq!(spec("draw", "notebook").as_deref(), Some("other.ipynb"));
}

#[test]
fn pictures_of_the_forms_of_containers_and_notebooks() {
    for (theme, word) in themes() {
        for (task, name) in [("convert", "container"), ("draw", "notebook")] {
            let mut window = window(theme);
            window.select(task);
            check(&mut window, &format!("form_{name}_{word}"));
        }
    }
}
