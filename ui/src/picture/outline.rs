//! The outlines of letters, read from the fonts that the window has.
//!
//! Finds for a letter the first font of its family that has it, as egui does when it draws.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use egui::{FontDefinitions, FontFamily};
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, MetadataProvider as _};

/// Letters that were asked for, each once.
pub(super) struct Outlines<'a> {
    definitions: &'a FontDefinitions,
    fonts: BTreeMap<&'a str, Option<FontRef<'a>>>,
    known: BTreeMap<(FontFamily, char), Option<usize>>,
    /// The paths, in units of one em, y downwards.
    paths: Vec<String>,
}

impl<'a> Outlines<'a> {
    /// None yet.
    pub(super) fn new(definitions: &'a FontDefinitions) -> Self {
        Self { definitions, fonts: BTreeMap::new(), known: BTreeMap::new(), paths: Vec::new() }
    }

    /// The number of a letter's path; none where no font has it, or where it has no ink.
    pub(super) fn number(&mut self, family: &FontFamily, letter: char) -> Option<usize> {
        let key = (family.clone(), letter);
        if let Some(known) = self.known.get(&key) {
            return *known;
        }
        let path = self.path(family, letter).filter(|path| !path.is_empty());
        let number = path.map(|path| {
            self.paths.push(path);
            self.paths.len() - 1
        });
        self.known.insert(key, number);
        number
    }

    /// All paths, by number.
    pub(super) fn paths(&self) -> &[String] {
        &self.paths
    }

    fn path(&mut self, family: &FontFamily, letter: char) -> Option<String> {
        let definitions = self.definitions;
        for name in definitions.families.get(family)? {
            let Some((name, data)) = definitions.font_data.get_key_value(name) else { continue };
            let font = self
                .fonts
                .entry(name)
                .or_insert_with(|| FontRef::from_index(&data.font, data.index).ok());
            let Some(font) = font else { continue };
            let Some(glyph) = font.charmap().map(letter) else { continue };
            let outline = font.outline_glyphs().get(glyph)?;
            let mut pen = Pen { path: String::new(), em: f32::from(units(font)) };
            // Where a variable font is drawn: what it is by itself may be its thinnest.
            let location = font.axes().location(data.tweak.coords.as_ref());
            let settings = DrawSettings::unhinted(Size::unscaled(), &location);
            outline.draw(settings, &mut pen).ok()?;
            return Some(pen.path);
        }
        None
    }
}

fn units(font: &FontRef<'_>) -> u16 {
    font.metrics(Size::unscaled(), LocationRef::default()).units_per_em.max(1)
}

struct Pen {
    path: String,
    em: f32,
}

impl Pen {
    fn add(&mut self, letter: char, points: &[(f32, f32)]) {
        self.path.push(letter);
        for (index, (x, y)) in points.iter().enumerate() {
            let gap = if index == 0 { "" } else { " " };
            // Fonts count upwards, pictures downwards. Four digits are a tenth of a pixel on a wall.
            let (x, y) = (short(x / self.em), short(-y / self.em));
            // Writing into a String cannot fail.
            _ = write!(self.path, "{gap}{x} {y}");
        }
    }
}

/// A number with four digits after the point, none of them for nothing.
fn short(number: f32) -> f32 {
    let rounded = (number * 10_000.0).round() / 10_000.0;
    if rounded == 0.0 { 0.0 } else { rounded }
}

impl OutlinePen for Pen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.add('M', &[(x, y)]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.add('L', &[(x, y)]);
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.add('Q', &[(cx, cy), (x, y)]);
    }

    fn curve_to(&mut self, cx0: f32, cy0: f32, cx1: f32, cy1: f32, x: f32, y: f32) {
        self.add('C', &[(cx0, cy0), (cx1, cy1), (x, y)]);
    }

    fn close(&mut self) {
        self.path.push('Z');
    }
}
