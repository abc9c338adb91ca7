//! Shapes of egui as elements of SVG.
//!
//! Knows the shapes that cards, wires and pieces are made of. A mesh has no element there and is left out: on the canvas only
//! the dots of the grid are one, and a picture is better without them.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use egui::epaint::{
    CircleShape, CubicBezierShape, EllipseShape, PathShape, QuadraticBezierShape, RectShape,
    TextShape,
};
use egui::{Color32, CornerRadius, FontDefinitions, FontId, Pos2, Rect, Shape, StrokeKind, Vec2};

use super::outline::Outlines;

/// A picture of this size with these shapes over this ground.
pub(super) fn write(
    shapes: &[Shape],
    (size, ground): (Vec2, Option<Color32>),
    fonts: &FontDefinitions,
    title: &str,
) -> String {
    let mut pen =
        Pen { body: String::new(), outlines: Outlines::new(fonts), blurs: BTreeSet::new() };
    // Writing into a String cannot fail.
    _ = shapes.iter().try_for_each(|shape| pen.shape(shape));
    let mut out = String::new();
    _ = pen.finish(&mut out, size, ground, title);
    out
}

struct Pen<'a> {
    body: String,
    outlines: Outlines<'a>,
    /// Widths of blurred edges, in tenths of a point.
    blurs: BTreeSet<u32>,
}

impl Pen<'_> {
    fn finish(
        &self,
        out: &mut String,
        size: Vec2,
        ground: Option<Color32>,
        title: &str,
    ) -> fmt::Result {
        let (width, height) = (N(size.x), N(size.y));
        write!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\">\n<title>{}</title>\n<defs>\n",
            Escaped(title)
        )?;
        for tenths in &self.blurs {
            let deviation = N(blur_deviation(*tenths));
            writeln!(
                out,
                "<filter id=\"b{tenths}\" x=\"-50%\" y=\"-50%\" width=\"200%\" height=\"200%\">\
                 <feGaussianBlur stdDeviation=\"{deviation}\"/></filter>"
            )?;
        }
        for (number, path) in self.outlines.paths().iter().enumerate() {
            writeln!(out, "<path id=\"g{number}\" d=\"{path}\"/>")?;
        }
        out.push_str("</defs>\n");
        if let Some(ground) = ground {
            writeln!(out, "<rect width=\"{width}\" height=\"{height}\"{}/>", Fill(ground))?;
        }
        out.push_str(&self.body);
        out.push_str("</svg>\n");
        Ok(())
    }

    fn shape(&mut self, shape: &Shape) -> fmt::Result {
        match shape {
            Shape::Vec(shapes) => shapes.iter().try_for_each(|shape| self.shape(shape)),
            Shape::Circle(circle) => self.circle(circle),
            Shape::Ellipse(ellipse) => self.ellipse(ellipse),
            Shape::LineSegment { points: [from, to], stroke } => {
                let line = Points(&[*from, *to]);
                self.element(
                    "polyline",
                    &format!("points=\"{line}\""),
                    None,
                    stroke.width,
                    stroke.color,
                )
            }
            Shape::Path(path) => self.path(path),
            Shape::Rect(rect) => self.rect(rect),
            Shape::Text(text) => self.text(text),
            Shape::QuadraticBezier(QuadraticBezierShape { points, fill, stroke, .. }) => {
                let [a, b, c] = points.map(P);
                let d = format!("d=\"M{a}Q{b} {c}\"");
                self.element("path", &d, Some(*fill), stroke.width, solid(&stroke.color))
            }
            Shape::CubicBezier(CubicBezierShape { points, fill, stroke, .. }) => {
                let [a, b, c, d] = points.map(P);
                let d = format!("d=\"M{a}C{b} {c} {d}\"");
                self.element("path", &d, Some(*fill), stroke.width, solid(&stroke.color))
            }
            Shape::Noop | Shape::Mesh(_) | Shape::Callback(_) => Ok(()),
        }
    }

    /// An element with a fill and a stroke; none where neither has ink.
    fn element(
        &mut self,
        name: &str,
        place: &str,
        fill: Option<Color32>,
        width: f32,
        color: Color32,
    ) -> fmt::Result {
        let fill = fill.unwrap_or(Color32::TRANSPARENT);
        let strokes = width > 0.0 && color.a() > 0;
        if fill.a() == 0 && !strokes {
            return Ok(());
        }
        write!(self.body, "<{name} {place}{}", Fill(fill))?;
        if strokes {
            let (ink, opacity) = (Ink(color), Opacity("stroke-opacity", color));
            write!(self.body, " stroke=\"{ink}\"{opacity} stroke-width=\"{}\"", N(width))?;
        }
        self.body.push_str("/>\n");
        Ok(())
    }

    fn circle(&mut self, circle: &CircleShape) -> fmt::Result {
        let Pos2 { x, y } = circle.center;
        let place = format!("cx=\"{}\" cy=\"{}\" r=\"{}\"", N(x), N(y), N(circle.radius));
        self.element("circle", &place, Some(circle.fill), circle.stroke.width, circle.stroke.color)
    }

    fn ellipse(&mut self, ellipse: &EllipseShape) -> fmt::Result {
        let (Pos2 { x, y }, Vec2 { x: rx, y: ry }) = (ellipse.center, ellipse.radius);
        let place = format!("cx=\"{}\" cy=\"{}\" rx=\"{}\" ry=\"{}\"", N(x), N(y), N(rx), N(ry));
        self.element(
            "ellipse",
            &place,
            Some(ellipse.fill),
            ellipse.stroke.width,
            ellipse.stroke.color,
        )
    }

    fn path(&mut self, path: &PathShape) -> fmt::Result {
        let name = if path.closed { "polygon" } else { "polyline" };
        let place = format!("points=\"{}\"", Points(&path.points));
        self.element(name, &place, Some(path.fill), path.stroke.width, solid(&path.stroke.color))
    }

    fn rect(&mut self, shape: &RectShape) -> fmt::Result {
        let mut fill = format!("d=\"{}\"", Rounded(shape.rect, shape.corner_radius));
        if shape.blur_width > 0.0 {
            let tenths = (shape.blur_width * 10.0).round() as u32;
            self.blurs.insert(tenths);
            _ = write!(fill, " filter=\"url(#b{tenths})\"");
        }
        self.element("path", &fill, Some(shape.fill), 0.0, Color32::TRANSPARENT)?;
        let width = shape.stroke.width;
        // SVG strokes along the middle of a line.
        let grow = match shape.stroke_kind {
            StrokeKind::Inside => -width / 2.0,
            StrokeKind::Middle => 0.0,
            StrokeKind::Outside => width / 2.0,
        };
        let corners = grown(shape.corner_radius, grow);
        let line = format!("d=\"{}\"", Rounded(shape.rect.expand(grow), corners));
        self.element("path", &line, None, width, shape.stroke.color)
    }

    fn text(&mut self, text: &TextShape) -> fmt::Result {
        let job = &text.galley.job;
        let mut letters = job.text.char_indices().peekable();
        for row in &text.galley.rows {
            let from = text.pos + row.pos.to_vec2();
            for glyph in &row.row.glyphs {
                // Letters stand in the order of the text. Those of a cut or broken line may be missing in the row, and the "…" at its
                // end is not in the text.
                let at = match letters.peek() {
                    Some((at, letter)) if *letter == glyph.chr => {
                        let at = *at;
                        letters.next();
                        at
                    }
                    _ => job.text.len(),
                };
                let section =
                    job.sections.iter().find(|s| s.byte_range.contains(&egui::text::ByteIndex(at)));
                let Some(section) = section.or(job.sections.last()) else { continue };
                let vertices = &row.row.visuals.mesh.vertices;
                let drawn = vertices.get(glyph.first_vertex as usize).map(|vertex| vertex.color);
                let color = match (text.override_text_color, drawn) {
                    (Some(color), _) => color,
                    (None, Some(Color32::PLACEHOLDER) | None) => text.fallback_color,
                    (None, Some(color)) => color,
                };
                let color = color.gamma_multiply(text.opacity_factor);
                self.letter(&section.format.font_id, glyph.chr, from + glyph.pos.to_vec2(), color)?;
            }
            if row.ends_with_newline {
                letters.next();
            }
        }
        Ok(())
    }

    /// A letter with its base line at `at`.
    fn letter(&mut self, font: &FontId, letter: char, at: Pos2, color: Color32) -> fmt::Result {
        let Some(number) = self.outlines.number(&font.family, letter) else { return Ok(()) };
        let (Pos2 { x, y }, size) = (at, N(font.size));
        writeln!(
            self.body,
            "<use href=\"#g{number}\" transform=\"translate({} {}) scale({size})\"{}/>",
            N(x),
            N(y),
            Fill(color)
        )
    }
}

/// What a blur of egui, a linear ramp of this width, is as a Gaussian one: a ramp of width w has a deviation of w / √12.
fn blur_deviation(tenths: u32) -> f32 {
    tenths as f32 / 10.0 / 12.0_f32.sqrt()
}

fn solid(color: &egui::epaint::ColorMode) -> Color32 {
    match color {
        egui::epaint::ColorMode::Solid(color) => *color,
        // No shape of the canvas has a gradient.
        egui::epaint::ColorMode::UV(_) => Color32::TRANSPARENT,
    }
}

fn grown(corners: CornerRadius, by: f32) -> [f32; 4] {
    [corners.nw, corners.ne, corners.se, corners.sw]
        .map(|radius| if radius == 0 { 0.0 } else { (f32::from(radius) + by).max(0.0) })
}

/// A rectangle with its corners, clockwise from the upper left.
struct Rounded<C>(Rect, C);

impl fmt::Display for Rounded<CornerRadius> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Rounded(self.0, grown(self.1, 0.0)).fmt(f)
    }
}

impl fmt::Display for Rounded<[f32; 4]> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(rect, corners) = self;
        let most = rect.size().min_elem() / 2.0;
        let [nw, ne, se, sw] = corners.map(|radius| radius.min(most).max(0.0));
        let (l, t, r, b) = (rect.left(), rect.top(), rect.right(), rect.bottom());
        write!(f, "M{} {}H{}", N(l + nw), N(t), N(r - ne))?;
        corner(f, ne, (r, t + ne))?;
        write!(f, "V{}", N(b - se))?;
        corner(f, se, (r - se, b))?;
        write!(f, "H{}", N(l + sw))?;
        corner(f, sw, (l, b - sw))?;
        write!(f, "V{}", N(t + nw))?;
        corner(f, nw, (l + nw, t))?;
        f.write_char('Z')
    }
}

fn corner(f: &mut fmt::Formatter<'_>, radius: f32, (x, y): (f32, f32)) -> fmt::Result {
    if radius > 0.0 {
        write!(f, "A{0} {0} 0 0 1 {1} {2}", N(radius), N(x), N(y))?;
    }
    Ok(())
}

/// A number with at most two digits after the point.
struct N(f32);

impl fmt::Display for N {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = (self.0 * 100.0).round() / 100.0;
        write!(f, "{}", if rounded == 0.0 { 0.0 } else { rounded })
    }
}

struct P(Pos2);

impl fmt::Display for P {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", N(self.0.x), N(self.0.y))
    }
}

struct Points<'a>(&'a [Pos2]);

impl fmt::Display for Points<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, point) in self.0.iter().enumerate() {
            write!(f, "{}{}", if index == 0 { "" } else { " " }, P(*point))?;
        }
        Ok(())
    }
}

/// A colour without its opacity.
struct Ink(Color32);

impl fmt::Display for Ink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue, _] = self.0.to_srgba_unmultiplied();
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The attribute for the opacity of a colour, where it is not full.
struct Opacity(&'static str, Color32);

impl fmt::Display for Opacity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.1.a() {
            255 => Ok(()),
            alpha => write!(f, " {}=\"{}\"", self.0, N(f32::from(alpha) / 255.0)),
        }
    }
}

/// The attributes of a fill.
struct Fill(Color32);

impl fmt::Display for Fill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.a() == 0 {
            return f.write_str(" fill=\"none\"");
        }
        write!(f, " fill=\"{}\"{}", Ink(self.0), Opacity("fill-opacity", self.0))
    }
}

/// Text between tags.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|letter| match letter {
            '&' => f.write_str("&amp;"),
            '<' => f.write_str("&lt;"),
            '>' => f.write_str("&gt;"),
            // XML has no way to write these.
            letter if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => Ok(()),
            letter => f.write_char(letter),
        })
    }
}
