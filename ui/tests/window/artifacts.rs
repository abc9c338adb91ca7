//! What tasks leave and say: files that are listed, looked at and saved, metrics, notes, how far a task is; and the rows of
//! the form that let results be taken over.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_api::artifact::SaveArtifact;
use millrace_api::{ApiError, Code, Request};
use millrace_model::event::{AttemptEnd, Outcome, RunEventKind, RunState, TaskState, Then};
use millrace_model::report::{Metric, Progress};
use millrace_ui::ThemeChoice;
use millrace_ui::bridge::{FileKind, Pick};

use crate::pictures::{SMALL, check, themes};
use crate::world::{SALES, SALES_TEXT, Window, artifact};

const CSV: &str = "day,region,rows\n2026-11-21,north,1204\n2026-11-22,\"south, west\",871\n";

/// A PNG with a gradient.
fn png() -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    let image = image::RgbImage::from_fn(320, 180, |x, y| {
        image::Rgb([(x * 255 / 320) as u8, (y * 255 / 180) as u8, 160])
    });
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn window() -> Window {
    window_in(ThemeChoice::Dark)
}

/// A run is over in which one task left files and measured something.
fn window_in(theme: ThemeChoice) -> Window {
    let mut window = Window::with(theme, SMALL, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
    });
    window.press(Modifiers::COMMAND, Key::Enter);
    {
        let mut world = window.world.borrow_mut();
        let run = world.runs[0].run;
        let files: [(&str, Vec<u8>); 5] = [
            ("daily/sales.csv", CSV.as_bytes().to_vec()),
            ("log.txt", "line\n".repeat(60_000).into_bytes()),
            ("plots/loss.png", png()),
            ("report.md", b"# Sales\n\n**1204** rows, [see](https://example.org)\n".to_vec()),
            (
                "shape.json",
                br#"{"rows": 1204, "days": ["Sat", "Sun"], "deep": {"a": [1, {"b": null}]}}"#
                    .to_vec(),
            ),
        ];
        let serial = world.start(run, "fetch_exports");
        world.pass(900);
        let mut end = AttemptEnd::unmeasured(Outcome::Succeeded, world.time());
        end.duration_us = 900_000;
        end.artifacts = files.iter().map(|(name, bytes)| artifact(name, bytes)).collect();
        end.metrics = vec![Metric {
            name: "loss".to_owned(),
            count: 12,
            last: 0.25,
            step: Some(12),
            min: 0.25,
            max: 3.5,
        }];
        end.notes =
            vec!["artifact refused: `link` is a symbolic link; copy what it leads to".to_owned()];
        let then = Then::End { state: TaskState::Succeeded, cause: None };
        world.happen(run, RunEventKind::AttemptEnded { serial, end: Box::new(end), then });
        world.artifacts.extend(files.map(|(name, bytes)| (name.to_owned(), bytes)));
        world.finish(run, RunState::Succeeded, None);
    }
    window.settle();
    window.select("fetch_exports");
    window
}

fn open(window: &mut Window, name: &str) {
    let label = format!("Show {name}");
    let row = window.harness.get_by_label(&label);
    row.scroll_to_me();
    window.settle();
    let at = window.harness.get_by_label(&label).rect().center();
    window.click(at);
    for _ in 0..4 {
        window.settle();
    }
}

#[test]
fn files_that_a_task_left_are_listed_with_what_it_measured() {
    let mut window = window();
    for words in ["Show daily/sales.csv", "Show plots/loss.png", "loss"] {
        window.harness.get_by_label(words);
    }
    window.harness.get_by_label("0.25  at step 12  (0.25 to 3.5)");
    let refused = "is a symbolic link; copy what it leads to";
    assert!(window.harness.query_all_by_label_contains(refused).next().is_some());
    open(&mut window, "daily/sales.csv");
    window.harness.get_by_label("2026-11-22, south, west, 871");
    window.did(&["Artifact::Open"]);
    window.press(Modifiers::NONE, Key::Escape);
    open(&mut window, "shape.json");
    window.harness.get_by_label("rows: 1204");
    window.harness.get_by_label("days: 2 items");
    window.press(Modifiers::NONE, Key::Escape);
    open(&mut window, "plots/loss.png");
    window.harness.get_by_label("Picture");
}

#[test]
fn of_a_long_text_the_beginning_is_read_and_a_link_leads_nowhere() {
    let mut window = window();
    open(&mut window, "log.txt");
    window.harness.get_by_label("fetch_exports · 293.0 KiB · text/plain · the beginning is shown");
    let read: u64 = window
        .world
        .borrow()
        .requests
        .iter()
        .filter_map(|request| match request {
            Request::ReadArtifact(read) => Some(u64::from(read.max_bytes)),
            _ => None,
        })
        .sum();
    assert_eq!(read, 256 << 10);
    window.press(Modifiers::NONE, Key::Escape);
    open(&mut window, "report.md");
    let drawn = crate::hands::drawn(&window);
    let (_, line) = drawn.iter().find(|(text, _)| text.ends_with("rows, see")).unwrap();
    window.click(line.right_center() - egui::vec2(8.0, 0.0));
    assert!(window.world.borrow().opened.is_empty());
    assert!(window.has("Save as…"), "the click was within the sheet");
}

#[test]
fn an_artifact_is_saved_where_the_person_says() {
    let mut window = window();
    open(&mut window, "daily/sales.csv");
    window.world.borrow_mut().picks.push_back("/home/ada/sales.csv".to_owned());
    window.push("Save as…");
    window.settle();
    let world = window.world.borrow();
    let asked = Pick::Save {
        folder: Some("/home/ada/workflows".to_owned()),
        file_name: "sales.csv".to_owned(),
        kind: FileKind::Any,
    };
    assert_eq!(world.picked.last(), Some(&asked));
    let saved = world.requests.iter().find_map(|request| match request {
        Request::SaveArtifact(save) => Some(save.clone()),
        _ => None,
    });
    let SaveArtifact { artifact, path, replace } = saved.unwrap();
    assert_eq!((artifact.name.as_str(), artifact.number), ("daily/sales.csv", Some(1)));
    assert_eq!((path.as_str(), replace), ("/home/ada/sales.csv", true));
    drop(world);
    window.did(&["Artifact::Save"]);
    window.harness.get_by_label("Saved: /home/ada/sales.csv");
}

#[test]
fn what_cannot_be_read_says_why() {
    let mut window = window();
    window.world.borrow_mut().artifacts.clear();
    open(&mut window, "report.md");
    window.harness.get_by_label("There is no report.md.");
    assert!(!window.has("Reading…") && !window.has("Save as…"));
}

#[test]
fn what_was_removed_by_retention_is_told_and_no_error() {
    for theme in [ThemeChoice::Dark, ThemeChoice::Light] {
        let mut window = window_in(theme);
        {
            let mut world = window.world.borrow_mut();
            world.artifacts.clear();
            let message = "report.md was removed on 2026-11-20 by retention";
            let gone = ApiError::new(Code::ContentGone, message).help("run its task again");
            world.gone = Some(gone);
        }
        open(&mut window, "report.md");
        window.harness.get_by_label("report.md was removed on 2026-11-20 by retention.");
        window.harness.get_by_label("Run its task again.");
        assert!(window.harness.query_by_label("Save as…").is_none(), "there is nothing to save");
    }
}

#[test]
fn a_task_that_says_how_far_it_is_shows_it() {
    let mut window = Window::sales();
    window.press(Modifiers::COMMAND, Key::Enter);
    {
        let mut world = window.world.borrow_mut();
        let run = world.runs[0].run;
        let serial = world.start(run, "fetch_exports");
        let progress = Progress { fraction: 0.417, text: "part 2 of 5".to_owned() };
        world.happen(run, RunEventKind::AttemptProgressed { serial, progress });
    }
    window.select("fetch_exports");
    window.harness.get_by_label("41 %  part 2 of 5");
}

#[test]
fn the_form_lets_results_be_taken_over() {
    let mut window = Window::sales();
    window.select("fetch_exports");
    window.push("Control");
    let flag = window.harness.get_by_label("Takes over earlier results");
    flag.scroll_to_me();
    window.settle();
    window.push("Takes over earlier results");
    window.settle();
    assert!(window.workflow().task("fetch_exports").unwrap().cache.is_some());
    assert!(window.harness.query_all_by_label("Key").next().is_some());
    assert!(window.harness.query_all_by_label("Not older than").next().is_some());
}

#[test]
fn pictures_of_artifacts() {
    for (theme, word) in themes() {
        let mut window = window_in(theme);
        check(&mut window, &format!("artifacts_list_{word}"));
        open(&mut window, "daily/sales.csv");
        check(&mut window, &format!("artifact_table_{word}"));
        window.press(Modifiers::NONE, Key::Escape);
        open(&mut window, "plots/loss.png");
        check(&mut window, &format!("artifact_picture_{word}"));
    }
}
