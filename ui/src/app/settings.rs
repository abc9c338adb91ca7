//! What a person chose about the window: theme, size, motion.

use egui::{Context, ThemePreference};
use serde::{Deserialize, Serialize};

/// What a person chose about the window. The host keeps it between starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Light, dark, or as the system.
    pub theme: ThemeChoice,
    /// Size of everything, in percent: 80 to 200.
    pub scale_percent: u32,
    /// Nothing moves by itself.
    pub reduced_motion: bool,
    /// Width of the panel at the right, in points.
    pub inspector_width: f32,
    /// Height of the drawer at the bottom, in points.
    pub drawer_height: f32,
    /// The drawer shows only its tabs.
    pub drawer_closed: bool,
}

/// Light, dark, or as the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ThemeChoice {
    /// As the system.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::System,
            scale_percent: 100,
            reduced_motion: false,
            inspector_width: 336.0,
            drawer_height: 216.0,
            drawer_closed: false,
        }
    }
}

impl Settings {
    /// The sizes that are offered, in percent.
    pub(crate) const SCALES: [u32; 6] = [80, 90, 100, 125, 150, 200];

    /// Makes egui follow.
    pub(crate) fn apply(&self, ctx: &Context) {
        ctx.set_theme(match self.theme {
            ThemeChoice::System => ThemePreference::System,
            ThemeChoice::Light => ThemePreference::Light,
            ThemeChoice::Dark => ThemePreference::Dark,
        });
        let zoom = self.scale_percent.clamp(50, 300) as f32 / 100.0;
        if (ctx.zoom_factor() - zoom).abs() > 1e-3 {
            ctx.set_zoom_factor(zoom);
        }
    }
}
