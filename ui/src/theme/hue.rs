//! The colours that a person chooses from for notes and groups: by name in the document, by theme on the screen.

use egui::Color32;

use super::Palette;

/// A colour of a note or a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hue {
    /// `yellow`: of notes without a colour.
    Yellow,
    /// `blue`
    Blue,
    /// `green`
    Green,
    /// `red`
    Red,
    /// `purple`
    Purple,
    /// `grey`: of groups without a colour.
    Grey,
}

impl Hue {
    /// All, in the order in which they are offered.
    pub(crate) const ALL: [Self; 6] =
        [Self::Yellow, Self::Blue, Self::Green, Self::Red, Self::Purple, Self::Grey];

    /// The colour of this name in a document; `or` where there is none or it is not known.
    pub(crate) fn named(name: Option<&str>, or: Self) -> Self {
        Self::ALL.into_iter().find(|hue| Some(hue.name()) == name).unwrap_or(or)
    }

    /// Its name in a document.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Yellow => "yellow",
            Self::Blue => "blue",
            Self::Green => "green",
            Self::Red => "red",
            Self::Purple => "purple",
            Self::Grey => "grey",
        }
    }

    /// The ground of a note.
    pub(crate) fn fill(self, p: &Palette) -> Color32 {
        mix(p.panel, self.base(p), if p.dark { 0.16 } else { 0.12 })
    }

    /// The border of a note, the frame of a group.
    pub(crate) fn line(self, p: &Palette) -> Color32 {
        mix(p.panel, self.base(p), if p.dark { 0.5 } else { 0.55 })
    }

    /// The colour itself: of swatches and tiles.
    pub(crate) fn base(self, p: &Palette) -> Color32 {
        match self {
            Self::Yellow if p.dark => Color32::from_rgb(0xd9, 0xa4, 0x41),
            Self::Yellow => Color32::from_rgb(0xb8, 0x80, 0x10),
            Self::Blue => p.run,
            Self::Green => p.ok,
            Self::Red => p.bad,
            Self::Purple => p.waiting,
            Self::Grey => p.idle,
        }
    }
}

/// `part` of `b` over `a`.
fn mix(a: Color32, b: Color32, part: f32) -> Color32 {
    let channel = |a: u8, b: u8| {
        let mixed = f32::from(a) * (1.0 - part) + f32::from(b) * part;
        mixed.round() as u8
    };
    Color32::from_rgb(channel(a.r(), b.r()), channel(a.g(), b.g()), channel(a.b(), b.b()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_colours_and_others_are_kept_out() {
        for hue in Hue::ALL {
            assert_eq!(Hue::named(Some(hue.name()), Hue::Grey), hue);
        }
        assert_eq!(Hue::named(None, Hue::Yellow), Hue::Yellow);
        assert_eq!(Hue::named(Some("mauve"), Hue::Grey), Hue::Grey);
    }
}
