//! What can be done with the places of cards and notes.

use crate::canvas::layout::{Axis, Side};

/// A way to put cards and notes in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arrange {
    /// In columns from left to right: what is selected where that is more than one card, else all.
    Tidy,
    /// In line.
    Align(Side),
    /// With the same room between neighbours.
    Spread(Axis),
}

impl Arrange {
    /// What it does, as a person reads it.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Tidy => "Tidy up",
            Self::Align(Side::Left) => "Align left",
            Self::Align(Side::Centre) => "Align centres",
            Self::Align(Side::Right) => "Align right",
            Self::Align(Side::Top) => "Align top",
            Self::Align(Side::Middle) => "Align middles",
            Self::Align(Side::Bottom) => "Align bottom",
            Self::Spread(Axis::Horizontal) => "Distribute horizontally",
            Self::Spread(Axis::Vertical) => "Distribute vertically",
        }
    }
}
