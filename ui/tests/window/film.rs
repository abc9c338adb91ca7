//! Pictures for the docs, where somebody asks for them: `cargo xtask screenshots` names the folder in `MILLRACE_SCREENSHOTS`.

use std::ffi::OsString;
use std::path::PathBuf;

use egui::Pos2;
use image::{Rgba, RgbaImage};

use crate::world::Window;

/// Where pictures go.
pub fn folder() -> Option<PathBuf> {
    std::env::var_os("MILLRACE_SCREENSHOTS")
        .filter(|name| *name != OsString::new())
        .map(PathBuf::from)
}

/// Writes the window as it is, at scale 1 and at scale 2.
pub fn shoot(window: &mut Window, name: &str) {
    let Some(folder) = folder() else { return };
    let before = window.harness.ctx.native_pixels_per_point().unwrap_or(1.0);
    for (scale, ending) in [(1.0, ""), (2.0, "@2x")] {
        scale_screen(window, scale);
        let image = window.harness.render().unwrap();
        image.save(folder.join(format!("{name}{ending}.png"))).unwrap();
    }
    scale_screen(window, before);
}

/// As if the window stood on a screen with so many pixels for a point.
fn scale_screen(window: &mut Window, scale: f32) {
    let input = window.harness.input_mut();
    let viewport = input.viewport_id;
    input.viewports.entry(viewport).or_default().native_pixels_per_point = Some(scale);
    window.settle();
}

/// A film of what a hand does, one picture a step.
pub struct Film {
    folder: Option<PathBuf>,
    frames: u32,
}

impl Film {
    /// An empty film of this name; nothing is filmed where nobody asked for pictures.
    pub fn new(name: &str) -> Self {
        let folder = folder().map(|folder| folder.join(name));
        if let Some(folder) = &folder {
            std::fs::create_dir_all(folder).unwrap();
        }
        Self { folder, frames: 0 }
    }

    /// Films the window as it is, with the pointer there, for so many tenths of a second.
    pub fn frame(&mut self, window: &mut Window, pointer: Option<Pos2>, tenths: u32) {
        let Some(folder) = &self.folder else { return };
        let mut image = window.harness.render().unwrap();
        if let Some(at) = pointer {
            draw_pointer(&mut image, at);
        }
        self.frames += 1;
        image.save(folder.join(format!("{:04}_{tenths}.png", self.frames))).unwrap();
    }
}

/// An arrow like that of a desktop: white with a black edge.
fn draw_pointer(image: &mut RgbaImage, at: Pos2) {
    const ARROW: [&str; 16] = [
        "#           ",
        "##          ",
        "#.#         ",
        "#..#        ",
        "#...#       ",
        "#....#      ",
        "#.....#     ",
        "#......#    ",
        "#.......#   ",
        "#........#  ",
        "#.....##### ",
        "#..#..#     ",
        "#.# #..#    ",
        "##  #..#    ",
        "#    #..#   ",
        "      ##    ",
    ];
    for (down, line) in (0..).zip(ARROW) {
        for (right, dot) in (0..).zip(line.chars()) {
            let color = match dot {
                '#' => Rgba([0, 0, 0, 255]),
                '.' => Rgba([255, 255, 255, 255]),
                _ => continue,
            };
            let (x, y) = (at.x as u32 + right, at.y as u32 + down);
            if x < image.width() && y < image.height() {
                image.put_pixel(x, y, color);
            }
        }
    }
}
