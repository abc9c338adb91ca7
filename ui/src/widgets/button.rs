//! Buttons: primary, secondary, quiet, with an icon, a text or both.

use egui::{
    CornerRadius, Rect, Response, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, WidgetType,
};

use super::text::elide;
use crate::theme::{self, Palette, icons};

/// Between the side of a button and what stands in it.
const INSET: f32 = 12.0;

/// A button. Build it, then [`Button::show`] it.
pub(crate) struct Button<'a> {
    text: &'a str,
    icon: Option<&'static str>,
    name: Option<&'a str>,
    kind: Kind,
    tip: Option<String>,
    refused: Option<String>,
    held: Option<String>,
    asks: bool,
    square: bool,
    flush: bool,
    width: Option<f32>,
    corners: CornerRadius,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Primary,
    Secondary,
    Quiet,
    Danger,
}

impl<'a> Button<'a> {
    /// The one thing that a person most likely wants to do here.
    pub(crate) fn primary(text: &'a str) -> Self {
        Self::new(text, Kind::Primary)
    }

    /// Any other thing to do.
    pub(crate) fn secondary(text: &'a str) -> Self {
        Self::new(text, Kind::Secondary)
    }

    /// Without a frame until the pointer is on it.
    pub(crate) fn quiet(text: &'a str) -> Self {
        Self::new(text, Kind::Quiet)
    }

    /// A secondary button that stops or removes something.
    pub(crate) fn danger(text: &'a str) -> Self {
        Self::new(text, Kind::Danger)
    }

    /// A square button of an icon alone; `name` is what assistive technology reads.
    pub(crate) fn icon_only(icon: &'static str, name: &'a str) -> Self {
        Self { square: true, name: Some(name), ..Self::new("", Kind::Secondary) }.icon(icon)
    }

    /// As [`Button::icon_only`], without a frame.
    pub(crate) fn quiet_icon(icon: &'static str, name: &'a str) -> Self {
        Self { square: true, name: Some(name), ..Self::new("", Kind::Quiet) }.icon(icon)
    }

    fn new(text: &'a str, kind: Kind) -> Self {
        Self {
            text,
            icon: None,
            name: None,
            kind,
            tip: None,
            refused: None,
            held: None,
            asks: false,
            square: false,
            flush: false,
            width: None,
            corners: CornerRadius::same(theme::RADIUS),
        }
    }

    /// An icon before the text.
    pub(crate) fn icon(mut self, icon: &'static str) -> Self {
        self.icon = Some(icon);
        self
    }

    /// Shown on hover.
    pub(crate) fn tip(mut self, tip: impl Into<String>) -> Self {
        self.tip = Some(tip.into());
        self
    }

    /// It can't be used now; says why on hover.
    pub(crate) fn refused(mut self, why: Option<String>) -> Self {
        self.refused = why;
        self
    }

    /// It would be refused, and says why on hover. It looks so, and yet a click is reported: it brings up what can be done.
    pub(crate) fn held(mut self, why: Option<String>) -> Self {
        self.held = why;
        self
    }

    /// It needs an answer of whoever may be away; while they are, it can't be used.
    pub(crate) fn asks(mut self) -> Self {
        self.asks = true;
        self
    }

    /// A fixed width.
    pub(crate) fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// Its icon or text begins where it does, in line with the labels above; its ground reaches further.
    pub(crate) fn flush(mut self) -> Self {
        self.flush = true;
        self
    }

    /// What assistive technology reads, where it is not the text.
    pub(crate) fn name(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }

    /// Corners, for buttons that touch each other.
    pub(crate) fn corners(mut self, corners: CornerRadius) -> Self {
        self.corners = corners;
        self
    }

    /// Puts it into `ui`. Refused buttons never report a click.
    pub(crate) fn show(mut self, ui: &mut Ui) -> Response {
        let p = Palette::of(ui);
        if self.asks && self.refused.is_none() {
            self.refused = super::away(ui.ctx()).map(|why| why.to_string());
        }
        let enabled = self.refused.is_none();
        let font = match self.kind {
            Kind::Primary => theme::semibold(theme::BODY),
            _ => theme::sans(theme::BODY),
        };
        let galley = (!self.text.is_empty()).then(|| {
            let room = self.width.map_or(320.0, |width| width - 16.0);
            elide(ui.ctx(), self.text, font, egui::Color32::PLACEHOLDER, room)
        });
        let icon_width = if self.icon.is_some() { 16.0 } else { 0.0 };
        let gap = if self.icon.is_some() && galley.is_some() { 6.0 } else { 0.0 };
        let content = galley.as_ref().map_or(0.0, |g| g.size().x) + icon_width + gap;
        let width = match (self.width, self.square) {
            (Some(width), _) => width,
            (None, true) => theme::CONTROL,
            (None, false) if self.flush => content + INSET,
            (None, false) => content + 2.0 * INSET,
        };
        let sense = if enabled { Sense::click() } else { Sense::hover() };
        let (rect, mut response) =
            ui.allocate_exact_size(Vec2::new(width.round(), theme::CONTROL), sense);
        let name = self.name.unwrap_or(self.text).to_owned();
        response.widget_info(|| WidgetInfo::labeled(WidgetType::Button, enabled, &name));

        if ui.is_rect_visible(rect) {
            let hovered = enabled && response.hovered();
            let pressed = enabled && response.is_pointer_button_down_on();
            let looks_enabled = enabled && self.held.is_none();
            let (fill, border, ink) = self.colors(p, looks_enabled, hovered, pressed);
            let painter = ui.painter();
            let rect = if self.flush { rect.with_min_x(rect.left() - INSET) } else { rect };
            painter.rect(rect, self.corners, fill, Stroke::new(1.0, border), StrokeKind::Inside);
            if response.has_focus() {
                painter.rect_stroke(
                    rect.expand(2.0),
                    CornerRadius::same(theme::RADIUS + 2),
                    Stroke::new(1.5, p.accent),
                    StrokeKind::Outside,
                );
            }
            let mut x = rect.center().x - content / 2.0;
            if let Some(icon) = self.icon {
                let at = egui::pos2(x + icon_width / 2.0, rect.center().y);
                let quiet =
                    self.text.is_empty() && enabled && !hovered && self.kind != Kind::Primary;
                let ink = if quiet { p.dim } else { ink };
                super::glyph(painter, at, icon, icons::font(16.0), ink);
                x += icon_width + gap;
            }
            if let Some(galley) = galley {
                let at = text_origin(rect, x, galley.size().y);
                painter.galley(at, galley, ink);
            }
        }
        if let Some(why) = self.refused.or(self.held) {
            response = response.on_hover_text(why);
        } else if let Some(tip) = self.tip {
            response = response.on_hover_text(tip);
        }
        response
    }

    fn colors(
        &self,
        p: &Palette,
        enabled: bool,
        hovered: bool,
        pressed: bool,
    ) -> (egui::Color32, egui::Color32, egui::Color32) {
        let clear = egui::Color32::TRANSPARENT;
        if !enabled {
            return match self.kind {
                Kind::Quiet => (clear, clear, p.faint),
                _ => (p.panel, p.line, p.faint),
            };
        }
        match self.kind {
            Kind::Primary => {
                let fill = if hovered || pressed { p.primary_hover } else { p.primary };
                (fill, fill, p.on_accent)
            }
            Kind::Secondary | Kind::Danger => {
                let ink = if self.kind == Kind::Danger { p.bad } else { p.text };
                let fill = if hovered { p.hover } else { p.raised };
                (fill, if pressed { p.faint } else { p.line }, ink)
            }
            Kind::Quiet => {
                let fill = if hovered { p.hover } else { clear };
                (fill, clear, if hovered { p.text } else { p.dim })
            }
        }
    }
}

fn text_origin(rect: Rect, x: f32, height: f32) -> egui::Pos2 {
    egui::pos2(x.round(), (rect.center().y - height / 2.0).round())
}
