//! Characters that no font here can draw: found in what is drawn, and drawn with the system's fonts from then on.
//!
//! The ui brings fonts for Latin, Greek and Cyrillic texts, code and common signs. When another character is shown the
//! host is asked, once for each character, for fonts that have it; they stay behind our own. Until they are there, and
//! where there are none, egui draws its sign for what is missing.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use egui::epaint::ClippedShape;
use egui::epaint::text::{FontInsert, FontPriority, InsertFontFamily, VariationCoords};
use egui::{Context, FontData, FontFamily, FullOutput, Galley, Plugin, Shape};

use crate::bridge::SystemFont;
use crate::theme;

/// So many characters are asked for at a time.
const MOST: usize = 256;

/// What is known about characters and fonts.
#[derive(Default)]
pub(crate) struct Glyphs {
    /// What the fonts that come with the ui have; gathered when it is needed for the first time.
    own: Option<HashSet<char>>,
    /// What was met and is not looked at again: asked for, or not missing.
    known: HashSet<char>,
    /// What has to be asked for.
    missing: BTreeSet<char>,
    is_asking: bool,
    /// Fonts of the system that were added, by the host's number.
    fonts: BTreeSet<usize>,
}

impl Glyphs {
    /// Begins to watch what is drawn. Call it once.
    pub(crate) fn install(ctx: &Context) {
        ctx.add_plugin(Watch::default());
    }

    /// What was drawn and could not be: the characters to ask for now, and the fonts that are here already.
    pub(crate) fn wanted(&mut self, ctx: &Context) -> Option<(String, BTreeSet<usize>)> {
        for character in ctx.with_plugin(Watch::take).unwrap_or_default() {
            if self.known.insert(character) && is_drawn(character) {
                self.missing.insert(character);
            }
        }
        if self.is_asking || self.missing.is_empty() {
            return None;
        }
        // Looked at only now: a font that came meanwhile may have it.
        let mut missing = std::mem::take(&mut self.missing);
        missing.retain(|character| !self.has(ctx, *character));
        let asked: String = missing.iter().take(MOST).collect();
        self.missing = missing.into_iter().skip(MOST).collect();
        self.is_asking = !asked.is_empty();
        self.is_asking.then(|| (asked, self.fonts.clone()))
    }

    /// Takes fonts in; they are there from the next frame on.
    pub(crate) fn take(&mut self, ctx: &Context, fonts: Vec<SystemFont>) {
        self.is_asking = false;
        for font in fonts {
            if self.fonts.insert(font.font) {
                ctx.add_font(insert(font));
            }
        }
        ctx.request_repaint();
    }

    /// How many fonts of the system are in use.
    pub(crate) fn fonts(&self) -> usize {
        self.fonts.len()
    }

    fn has(&mut self, ctx: &Context, character: char) -> bool {
        let family = FontFamily::Proportional;
        let own = self.own.get_or_insert_with(|| {
            ctx.fonts_mut(|fonts| fonts.fonts.font(&family).characters().keys().copied().collect())
        });
        own.contains(&character)
            || ctx.fonts_mut(|fonts| fonts.has_glyph(&theme::sans(theme::BODY), character))
    }
}

/// Behind our own fonts in each family.
fn insert(font: SystemFont) -> FontInsert {
    let mut data = FontData::from_owned(font.bytes);
    data.index = font.index;
    // The face that a variable font shows by itself may be its thinnest.
    if data.variation_axes().iter().any(|axis| axis.tag == "wght") {
        data.tweak.coords = VariationCoords::new([(b"wght", 400.0)]);
    }
    let families = theme::families();
    let behind = |family| InsertFontFamily { family, priority: FontPriority::Lowest };
    FontInsert::new(
        &format!("system-{}", font.font),
        data,
        families.into_iter().map(behind).collect(),
    )
}

/// Whether a character is a sign of its own, and of a script: not a control, not part of another, not private.
fn is_drawn(character: char) -> bool {
    !character.is_control()
        && !character.is_whitespace()
        && !matches!(
            u32::from(character),
            0x300..=0x36f                   // combining marks
            | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0xfeff  // joiners, directions
            | 0xfe00..=0xfe0f | 0xe0000..=0xe0fff                           // variations, tags
            | 0xe000..=0xf8ff | 0xf0000..=0x10_ffff                         // private: our icons
        )
}

/// Collects the characters of what is drawn, apart from ASCII.
#[derive(Default)]
struct Watch {
    met: BTreeSet<char>,
    /// Texts of the last frame by their addresses. They are kept, so that an address stands for one text.
    seen: HashMap<usize, Arc<Galley>>,
}

impl Watch {
    fn take(&mut self) -> BTreeSet<char> {
        std::mem::take(&mut self.met)
    }

    /// Looks at the texts of a shape that were not in the last frame.
    fn look_at(&mut self, shape: &Shape, now: &mut HashMap<usize, Arc<Galley>>) {
        match shape {
            Shape::Vec(shapes) => shapes.iter().for_each(|shape| self.look_at(shape, now)),
            Shape::Text(text) if !text.galley.job.text.is_ascii() => {
                let address = Arc::as_ptr(&text.galley).addr();
                if !self.seen.contains_key(&address) && !now.contains_key(&address) {
                    let characters = text.galley.job.text.chars();
                    self.met.extend(characters.filter(|character| !character.is_ascii()));
                }
                now.insert(address, Arc::clone(&text.galley));
            }
            _ => {}
        }
    }
}

impl Plugin for Watch {
    fn debug_name(&self) -> &'static str {
        "glyphs"
    }

    fn output_hook(&mut self, ctx: &Context, output: &mut FullOutput) {
        let before = self.met.len();
        let mut now = HashMap::with_capacity(self.seen.len());
        for ClippedShape { shape, .. } in &output.shapes {
            self.look_at(shape, &mut now);
        }
        self.seen = now;
        if self.met.len() > before {
            ctx.request_repaint();
        }
    }
}
