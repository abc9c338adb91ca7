//! The harness around the window and its [`World`]: what a test does with its hands and sees.

use std::cell::RefCell;
use std::rc::Rc;

use egui::{Pos2, Rect, Vec2, pos2};
use egui_kittest::Harness;
use millrace_ui::{App, Settings, ThemeChoice};
use serde_json::Value;

use super::bridge::FakeBridge;
use super::{SALES, SALES_TEXT, World};

/// A window over a scripted daemon.
pub struct Window {
    pub world: Rc<RefCell<World>>,
    pub harness: Harness<'static, App>,
}

impl Window {
    /// A window of 1440 × 900 in the dark theme with the daily sales open.
    pub fn sales() -> Self {
        Self::with(ThemeChoice::Dark, Vec2::new(1440.0, 900.0), 1.0, Some(SALES), |world| {
            world.files.insert(SALES.to_owned(), SALES_TEXT.to_owned());
        })
    }

    /// The next window over what this one left behind: its settings and the daemon's world.
    pub fn again(self, open: Option<&str>) -> Self {
        let settings = self.harness.state().settings().clone();
        let world = Rc::clone(&self.world);
        // Killed: nothing of it hears of its end.
        drop(self);
        world.borrow_mut().incoming.clear();
        Self::over(world, settings, Vec2::new(1440.0, 900.0), 1.0, open)
    }

    /// A window over a world.
    pub fn with(
        theme: ThemeChoice,
        size: Vec2,
        pixels_per_point: f32,
        open: Option<&str>,
        make: impl FnOnce(&mut World),
    ) -> Self {
        let settings = Settings {
            theme,
            reduced_motion: true,
            first_steps_closed: true,
            greeted: true,
            ..Settings::default()
        };
        Self::with_settings(settings, size, pixels_per_point, open, make)
    }

    /// The same as a person left its settings.
    pub fn with_settings(
        settings: Settings,
        size: Vec2,
        pixels_per_point: f32,
        open: Option<&str>,
        make: impl FnOnce(&mut World),
    ) -> Self {
        let world = Rc::new(RefCell::new(World::default()));
        make(&mut world.borrow_mut());
        Self::over(world, settings, size, pixels_per_point, open)
    }

    fn over(
        world: Rc<RefCell<World>>,
        settings: Settings,
        size: Vec2,
        pixels_per_point: f32,
        open: Option<&str>,
    ) -> Self {
        let bridge = Box::new(FakeBridge(Rc::clone(&world)));
        let app = App::new(bridge, settings, open.map(str::to_owned));
        let harness = Harness::builder()
            .with_size(size)
            .with_pixels_per_point(pixels_per_point)
            .with_step_dt(0.05)
            .with_max_steps(64)
            .wgpu()
            .build_ui_state(|ui, app: &mut App| app.ui(ui), app);
        let mut window = Self { world, harness };
        window.settle();
        window
    }

    /// Lets a few frames go by: whatever was answered is taken in and drawn.
    pub fn settle(&mut self) {
        self.harness.run_steps(8);
    }

    /// The daemon goes, and the window has seen that it does not answer.
    pub fn leave(&mut self) {
        self.world.borrow_mut().leave();
        for _ in 0..4 {
            self.settle();
        }
        assert_eq!(self.probe()["engine"], "unreachable");
    }

    /// It answers again, and the window has asked what it wanted to know.
    pub fn come_back(&mut self) {
        self.world.borrow_mut().come_back();
        for _ in 0..6 {
            self.settle();
        }
        assert_eq!(self.probe()["engine"], "running");
    }

    /// The ui's state as it tells it.
    pub fn probe(&self) -> Value {
        serde_json::from_str(&self.harness.state().probe()).unwrap()
    }

    /// Makes sure that the app carried these commands out, by their names in the code: `Undo`, `File::Trash`. What they
    /// did is for the test to look at; which of them no test plays, `commands` finds.
    #[track_caller]
    pub fn did(&self, commands: &[&str]) {
        let done = self.harness.state().carried_out();
        for command in commands {
            let is_it = |name: &&String| {
                name.strip_prefix(command)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
            };
            assert!(done.iter().any(|name| is_it(&name)), "no {command} among {done:?}");
        }
    }

    /// A point of a task: its card's middle, or a port.
    pub fn spot(&self, task: &str, port: Option<&str>) -> Pos2 {
        let shape = &self.probe()["canvas"]["tasks"][task];
        let number = |value: &Value| value.as_f64().unwrap() as f32;
        match port {
            Some(port) => {
                let at = &shape["ports"][port];
                pos2(number(&at[0]), number(&at[1]))
            }
            None => self.rect_of(&shape["rect"]).center(),
        }
    }

    /// A place of the canvas of the daily sales where nothing lies.
    pub fn nowhere(&self) -> Pos2 {
        let rect = self.rect_of(&self.probe()["canvas"]["rect"]);
        rect.left_bottom() + Vec2::new(320.0, -110.0)
    }

    /// A rectangle of the probe.
    pub fn rect_of(&self, value: &Value) -> Rect {
        let number = |index: usize| value[index].as_f64().unwrap() as f32;
        Rect::from_min_size(pos2(number(0), number(1)), Vec2::new(number(2), number(3)))
    }

    /// Drags with the left button.
    pub fn drag(&mut self, from: Pos2, to: Pos2) {
        self.drag_over(from, to);
        self.harness.drop_at(to);
        self.settle();
    }

    /// The same without letting go.
    pub fn drag_over(&mut self, from: Pos2, to: Pos2) {
        self.harness.hover_at(from);
        self.harness.run_steps(2);
        self.harness.drag_at(from);
        self.harness.run_steps(2);
        for part in [0.3_f32, 0.7, 1.0] {
            self.harness.hover_at(from + (to - from) * part);
            self.harness.run_steps(2);
        }
        self.harness.run_steps(2);
    }

    /// Clicks with the left button.
    pub fn click(&mut self, at: Pos2) {
        self.harness.hover_at(at);
        self.harness.run_steps(1);
        self.harness.drag_at(at);
        self.harness.run_steps(1);
        self.harness.drop_at(at);
        self.settle();
    }

    /// Clicks with the left button while keys are held.
    pub fn click_with(&mut self, at: Pos2, modifiers: egui::Modifiers) {
        self.harness.hover_at(at);
        self.harness.run_steps(1);
        self.harness.event(egui::Event::ModifiersChanged(modifiers));
        for pressed in [true, false] {
            let button = egui::PointerButton::Primary;
            let event = egui::Event::PointerButton { pos: at, button, pressed, modifiers };
            self.harness.event_modifiers(event, modifiers);
            self.harness.run_steps(1);
        }
        self.settle();
        self.harness.event(egui::Event::ModifiersChanged(egui::Modifiers::NONE));
        self.settle();
    }

    /// Clicks twice in quick succession.
    pub fn double_click(&mut self, at: Pos2) {
        self.harness.hover_at(at);
        self.harness.run_steps(1);
        for _ in 0..2 {
            self.harness.drag_at(at);
            self.harness.run_steps(1);
            self.harness.drop_at(at);
            self.harness.run_steps(1);
        }
        self.settle();
    }

    /// Opens the menu of what is there.
    pub fn right_click(&mut self, at: Pos2) {
        self.harness.hover_at(at);
        self.harness.run_steps(1);
        for pressed in [true, false] {
            self.harness.event(egui::Event::PointerButton {
                pos: at,
                button: egui::PointerButton::Secondary,
                pressed,
                modifiers: egui::Modifiers::NONE,
            });
            self.harness.run_steps(1);
        }
        self.settle();
    }

    /// Presses a key.
    pub fn press(&mut self, modifiers: egui::Modifiers, key: egui::Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }
}
