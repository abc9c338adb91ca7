//! From an empty canvas to a green run, a failure and its repair, by mouse for all but text, in few clicks. The film of it
//! is in the README.

use egui::accesskit::Role;
use egui::{Pos2, vec2};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use millrace_model::event::{Cause, RunState, TaskState};
use millrace_model::ids::RunId;
use millrace_ui::ThemeChoice;
use serde_json::json;

use crate::film::Film;
use crate::pictures::SMALL;
use crate::world::{SALES, SALES_TEXT, Window};

/// What the journey may cost: clicks, and drags.
const MOST: u32 = 25;

struct Hand {
    window: Window,
    film: Film,
    at: Pos2,
    clicks: u32,
}

impl Hand {
    fn look(&mut self, tenths: u32) {
        self.film.frame(&mut self.window, Some(self.at), tenths);
    }

    fn click_at(&mut self, at: Pos2) {
        self.at = at;
        self.window.harness.hover_at(at);
        self.window.harness.run_steps(2);
        self.look(4);
        self.window.click(at);
        self.clicks += 1;
        self.look(5);
    }

    fn click(&mut self, label: &str) {
        let all = self.window.harness.get_all_by_label(label);
        // A text beside a field has the field's name; it takes no input.
        let widget = all.rev().find(|node| node.accesskit_node().role() != Role::Label);
        let at = widget.unwrap().rect().center();
        self.click_at(at);
    }

    fn fill(&mut self, label: &str, text: &str) {
        self.click(label);
        self.window.press(egui::Modifiers::COMMAND, egui::Key::A);
        self.window.harness.event(egui::Event::Text(text.to_owned()));
        self.window.settle();
        self.look(8);
    }

    fn drag(&mut self, from: Pos2, to: Pos2) {
        self.at = from;
        self.look(3);
        self.window.drag_over(from, to);
        self.at = to;
        self.look(4);
        self.window.harness.drop_at(to);
        self.window.settle();
        self.clicks += 1;
        self.look(5);
    }

    /// Drags a kind of the palette to a place of the canvas, from its left upper corner.
    fn draw(&mut self, kind: &str, right: f32, down: f32) {
        let row = self.window.harness.get_all_by_label(kind).next().unwrap().rect().center();
        let canvas = self.window.rect_of(&self.window.probe()["canvas"]["rect"]);
        self.drag(row, canvas.min + vec2(right, down));
    }

    fn connect(&mut self, from: &str, to: &str) {
        let from = self.window.spot(from, Some("succeeded"));
        let to = self.window.spot(to, Some("in"));
        self.drag(from, to);
    }

    fn run(&self) -> RunId {
        self.window.world.borrow().runs.last().unwrap().run
    }

    /// Lets a task run and end well, with a look at each.
    fn succeed(&mut self, task: &str, gave: &serde_json::Value) {
        let run = self.run();
        let serial = self.window.world.borrow_mut().start(run, task);
        self.window.world.borrow_mut().pass(900);
        self.window.settle();
        self.look(5);
        self.window.world.borrow_mut().give(run, serial, gave.as_object().unwrap().clone());
        self.window.settle();
        self.look(2);
    }

    fn finish(&mut self, state: RunState, first: Option<&str>) {
        let run = self.run();
        self.window.world.borrow_mut().finish(run, state, first);
        self.window.settle();
        self.look(14);
    }
}

#[test]
fn from_an_empty_canvas_to_a_repaired_run_by_mouse() {
    let window = Window::with(ThemeChoice::Dark, SMALL, 1.0, None, |world| {
        world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
    });
    let mut hand = Hand { window, film: Film::new("tour"), at: Pos2::new(640.0, 400.0), clicks: 0 };
    hand.look(8);
    hand.click("New workflow");
    hand.click("New from Empty");

    for (index, (title, script)) in [
        ("Fetch", "curl -sS \"$URL\" > sales.csv"),
        ("Clean", "./clean.sh sales.csv"),
        ("Report", "./report.sh sales.csv"),
    ]
    .into_iter()
    .enumerate()
    {
        match index {
            // What stands on an empty canvas says how to begin.
            0 => hand.click("Add Shell script"),
            _ => hand.draw("Add Shell script", 560.0, 140.0 * index as f32),
        }
        hand.fill("Title", title);
        hand.fill("Script", script);
    }
    hand.connect("fetch", "clean");
    hand.connect("clean", "report");
    let edges = hand.window.probe()["document"]["dependencies"].as_array().unwrap().len();
    assert_eq!(edges, 2);

    for label in ["Menu", "Edit menu", "Tidy up"] {
        hand.click(label);
    }
    let place = "/home/ada/workflows/nightly.json".to_owned();
    hand.window.world.borrow_mut().picks.push_back(place.clone());
    hand.click("Save");
    assert_eq!(hand.window.probe()["document"]["path"], place);

    hand.click("Run");
    for (task, gave) in [
        ("fetch", json!({"rows": 1_204})),
        ("clean", json!({"rows": 1_187})),
        ("report", json!({})),
    ] {
        hand.succeed(task, &gave);
    }
    hand.finish(RunState::Succeeded, None);
    assert_eq!(hand.window.probe()["run"]["state"], "succeeded");

    let card = hand.window.spot("clean", None);
    hand.click_at(card);
    hand.fill("Script", "./clean.sh sale.csv");
    hand.click("Run");
    hand.succeed("fetch", &json!({"rows": 1_204}));
    let run = hand.run();
    {
        let mut world = hand.window.world.borrow_mut();
        world.print(run, "clean", &[("clean.sh: sale.csv: no such file", true)]);
        world.fail(run, "clean", 300, 2, "clean.sh: sale.csv: no such file");
    }
    hand.finish(RunState::Failed, Some("clean"));
    assert_eq!(hand.window.probe()["run"]["state"], "failed");
    assert_eq!(hand.window.probe()["canvas"]["selected"], json!(["clean"]));

    hand.fill("Script", "./clean.sh sales.csv");
    let broken = hand.run();
    hand.click("Rerun from here");
    let (run, cause) = (hand.run(), Cause::CarriedOver { run: broken });
    hand.window.world.borrow_mut().skip(run, "fetch", TaskState::Succeeded, cause);
    for (task, gave) in [("clean", json!({"rows": 1_187})), ("report", json!({}))] {
        hand.succeed(task, &gave);
    }
    hand.finish(RunState::Succeeded, None);
    assert_eq!(hand.window.probe()["run"]["state"], "succeeded");
    assert_eq!(hand.window.probe()["document"]["dirty"], false, "it is again as it was saved");
    assert!(hand.clicks <= MOST, "{} clicks and drags", hand.clicks);
}
