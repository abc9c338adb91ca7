//! Markdown as a person reads it: headings, emphasis, lists, tasks, quotes, code, links.
//!
//! Parsed once, laid out at any width and scale. It draws and says which link lies where; it opens nothing. Pictures are
//! shown by their words, HTML as it is written.

use std::sync::Arc;

use egui::text::{CCursor, LayoutJob, TextFormat, TextWrapping};
use egui::{Color32, Context, CornerRadius, Galley, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};
use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::theme::icons::icon;
use crate::theme::{self, Palette};

/// How far a list is indented, at scale 1.
const INDENT: f32 = 16.0;
/// Between paragraphs, at scale 1.
const GAP: f32 = 7.0;

/// A text that was parsed.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Markdown {
    blocks: Vec<Block>,
}

/// A text that was laid out.
pub(crate) struct Laid {
    /// How large it is.
    pub(crate) size: Vec2,
    boxes: Vec<(Rect, Color32, u8)>,
    texts: Vec<(Pos2, Arc<Galley>)>,
    links: Vec<(Rect, String)>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Block {
    spans: Vec<Span>,
    kind: Kind,
    /// Lists around it.
    depth: u8,
    /// Before the first line: a bullet, a number.
    marker: Option<String>,
    quoted: bool,
    /// It goes on directly below the one before.
    tight: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
enum Kind {
    #[default]
    Text,
    Heading(u8),
    Code,
    Rule,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct Span {
    text: String,
    style: Style,
    link: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Style {
    strong: bool,
    emphasis: bool,
    struck: bool,
    code: bool,
}

impl Markdown {
    /// Parses `text`. Line breaks are kept as they are typed.
    pub(crate) fn parse(text: &str) -> Self {
        let mut reader = Reader::default();
        let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
        for event in Parser::new_ext(text, options) {
            reader.take(event);
        }
        reader.end_block();
        Self { blocks: reader.done }
    }

    /// The words of the first line, for a name.
    pub(crate) fn first_line(&self) -> String {
        let first = self.blocks.iter().find(|block| !block.spans.is_empty());
        let text: String =
            first.iter().flat_map(|block| &block.spans).map(|span| span.text.as_str()).collect();
        text.lines().next().unwrap_or_default().to_owned()
    }

    /// Lays it out in `width` points; `scale` is that of the type.
    pub(crate) fn lay_out(&self, ctx: &Context, p: &Palette, width: f32, scale: f32) -> Laid {
        let mut laid =
            Laid { size: Vec2::ZERO, boxes: Vec::new(), texts: Vec::new(), links: Vec::new() };
        let mut y = 0.0;
        for (index, block) in self.blocks.iter().enumerate() {
            if index > 0 {
                y += if block.tight { 2.0 } else { GAP } * scale;
            }
            y = block.lay_out(ctx, p, (width, scale), y, &mut laid);
        }
        laid.size = vec2(width, y);
        laid
    }
}

impl Laid {
    /// Its shapes with the left upper corner at `at`.
    pub(crate) fn shapes(&self, at: Pos2) -> Vec<Shape> {
        let by = at.to_vec2();
        let boxes = self.boxes.iter().map(|(rect, color, radius)| {
            Shape::rect_filled(rect.translate(by), CornerRadius::same(*radius), *color)
        });
        let texts = self.texts.iter().map(|(at, galley)| {
            Shape::galley((*at + by).round(), Arc::clone(galley), Color32::RED)
        });
        boxes.chain(texts).collect()
    }

    /// The link at a point, seen from the left upper corner.
    pub(crate) fn link_at(&self, at: Pos2) -> Option<&str> {
        let found = self.links.iter().find(|(rect, _)| rect.expand(1.0).contains(at));
        found.map(|(_, link)| link.as_str())
    }
}

impl Block {
    /// Lays it out below `y`; gives its lower edge.
    fn lay_out(
        &self,
        ctx: &Context,
        p: &Palette,
        (width, scale): (f32, f32),
        y: f32,
        laid: &mut Laid,
    ) -> f32 {
        let quote = if self.quoted { 10.0 * scale } else { 0.0 };
        let left = f32::from(self.depth) * INDENT * scale + quote;
        let pad = if self.kind == Kind::Code { 8.0 * scale } else { 0.0 };
        if self.kind == Kind::Rule {
            let line = Rect::from_min_size(pos2(left, y + 3.0 * scale), vec2(width - left, 1.0));
            laid.boxes.push((line, p.faint.gamma_multiply(0.5), 0));
            return y + 7.0 * scale;
        }
        let room = (width - left - 2.0 * pad).max(16.0);
        let galley = ctx.fonts_mut(|fonts| fonts.layout_job(self.job(p, room, scale)));
        let at = pos2(left + pad, y + pad);
        let bottom = at.y + galley.size().y + pad;
        if self.kind == Kind::Code {
            let ground = Rect::from_min_max(pos2(left, y), pos2(width, bottom));
            laid.boxes.push((ground, code_ground(p), 4));
        }
        if self.quoted {
            let bar = Rect::from_min_size(pos2(left - quote, y), vec2(2.0 * scale, bottom - y));
            laid.boxes.push((bar, p.faint.gamma_multiply(0.6), 1));
        }
        if let Some(marker) = &self.marker {
            let font = theme::sans(theme::BODY * scale);
            let marker = ctx.fonts_mut(|fonts| fonts.layout_no_wrap(marker.clone(), font, p.dim));
            let at = pos2(left - 5.0 * scale - marker.size().x, at.y);
            laid.texts.push((at, marker));
        }
        self.links(&galley, at, laid);
        laid.texts.push((at, galley));
        bottom
    }

    fn job(&self, p: &Palette, room: f32, scale: f32) -> LayoutJob {
        let size = match self.kind {
            Kind::Heading(1) => 16.0,
            Kind::Heading(2) => 14.0,
            Kind::Code => theme::SMALL,
            _ => theme::BODY,
        } * scale;
        let mut job = LayoutJob { wrap: TextWrapping::wrap_at_width(room), ..LayoutJob::default() };
        let mut was_inline = false;
        for span in &self.spans {
            let style = span.style;
            let bold = style.strong || matches!(self.kind, Kind::Heading(_));
            let is_code = style.code || self.kind == Kind::Code;
            let font = match (is_code, bold) {
                (true, _) => theme::mono(if self.kind == Kind::Code { size } else { size * 0.92 }),
                (false, true) => theme::semibold(size),
                (false, false) => theme::sans(size),
            };
            let color = match (&span.link, self.quoted) {
                (Some(_), _) => p.accent,
                (None, true) => p.dim,
                (None, false) => p.text,
            };
            let line = |drawn: bool| if drawn { Stroke::new(1.0, color) } else { Stroke::NONE };
            let inline = style.code && self.kind != Kind::Code;
            let format = TextFormat {
                font_id: font,
                color,
                italics: style.emphasis,
                underline: line(span.link.is_some()),
                strikethrough: line(style.struck),
                background: if inline { code_ground(p) } else { Color32::TRANSPARENT },
                ..TextFormat::default()
            };
            // The ground of code keeps off the words beside it.
            let gap = if inline || was_inline { 2.5 * scale } else { 0.0 };
            was_inline = inline;
            job.append(&span.text, gap, format);
        }
        job
    }

    /// Where the links of the block lie.
    fn links(&self, galley: &Galley, at: Pos2, laid: &mut Laid) {
        let mut start = 0;
        for span in &self.spans {
            let end = start + span.text.chars().count();
            if let Some(link) = &span.link {
                for index in start..end {
                    let here = galley.pos_from_cursor(CCursor::new(index));
                    let next = galley.pos_from_cursor(CCursor::new(index + 1));
                    // At the end of a row the next place is on another one.
                    let right = if next.top() > here.top() { galley.size().x } else { next.left() };
                    let letter = Rect::from_min_max(here.min, pos2(right, here.bottom()));
                    laid.links.push((letter.translate(at.to_vec2()), link.clone()));
                }
            }
            start = end;
        }
    }
}

fn code_ground(p: &Palette) -> Color32 {
    p.text.gamma_multiply(0.08)
}

/// Takes in the events of the parser.
#[derive(Default)]
struct Reader {
    done: Vec<Block>,
    block: Block,
    style: Style,
    /// Where links and pictures lead that are around it, the outermost first.
    links: Vec<String>,
    /// The number of the next item of each list around; none for bullets.
    lists: Vec<Option<u64>>,
    /// The marker of the item that has begun.
    marker: Option<String>,
    quotes: usize,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) => self.push(&text),
            Event::Html(text) | Event::InlineHtml(text) => self.push(&text),
            Event::Code(text) => {
                self.style.code = true;
                self.push(&text);
                self.style.code = false;
            }
            Event::SoftBreak | Event::HardBreak => self.push("\n"),
            Event::Rule => {
                self.end_block();
                self.done.push(Block { kind: Kind::Rule, ..Block::default() });
            }
            Event::TaskListMarker(is_done) => {
                // The box takes the place of the bullet.
                self.marker = None;
                self.block.marker =
                    Some(if is_done { icon::CHECK_SQUARE } else { icon::SQUARE }.to_owned());
            }
            Event::FootnoteReference(_) | Event::InlineMath(_) | Event::DisplayMath(_) => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.end_block();
                self.block.kind = Kind::Heading(match level {
                    HeadingLevel::H1 => 1,
                    HeadingLevel::H2 => 2,
                    _ => 3,
                });
            }
            Tag::CodeBlock(_) => {
                self.end_block();
                self.block.kind = Kind::Code;
            }
            Tag::BlockQuote(_) => {
                self.end_block();
                self.quotes += 1;
            }
            Tag::List(first) => {
                self.end_block();
                self.lists.push(first);
            }
            Tag::Item => {
                self.end_block();
                self.marker = Some(match self.lists.last_mut() {
                    Some(Some(number)) => {
                        *number += 1;
                        format!("{}.", *number - 1)
                    }
                    _ => "•".to_owned(),
                });
            }
            Tag::Paragraph | Tag::HtmlBlock => self.end_block(),
            Tag::Emphasis => self.style.emphasis = true,
            Tag::Strong => self.style.strong = true,
            Tag::Strikethrough => self.style.struck = true,
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => {
                self.links.push(dest_url.into_string());
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::HtmlBlock | TagEnd::Item => {
                self.end_block();
            }
            TagEnd::CodeBlock => {
                if let Some(last) = self.block.spans.last_mut() {
                    last.text.truncate(last.text.trim_end_matches('\n').len());
                }
                self.end_block();
            }
            TagEnd::BlockQuote(_) => {
                self.end_block();
                self.quotes = self.quotes.saturating_sub(1);
            }
            TagEnd::List(_) => {
                self.end_block();
                self.lists.pop();
            }
            TagEnd::Emphasis => self.style.emphasis = false,
            TagEnd::Strong => self.style.strong = false,
            TagEnd::Strikethrough => self.style.struck = false,
            TagEnd::Link | TagEnd::Image => drop(self.links.pop()),
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        // A picture within a link leads where the link does.
        let (style, link) = (self.style, self.links.first().cloned());
        match self.block.spans.last_mut() {
            Some(last) if last.style == style && last.link == link => last.text.push_str(text),
            _ => self.block.spans.push(Span { text: text.to_owned(), style, link }),
        }
    }

    fn end_block(&mut self) {
        let mut block = std::mem::take(&mut self.block);
        if block.spans.is_empty() {
            return;
        }
        block.depth = u8::try_from(self.lists.len()).unwrap_or(u8::MAX).min(6);
        block.tight = !self.lists.is_empty() && self.done.last().is_some_and(|b| b.depth > 0);
        block.quoted = self.quotes > 0;
        block.marker = block.marker.or(self.marker.take());
        self.done.push(block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let show = |block: &Block| {
            let spans: String = block
                .spans
                .iter()
                .map(|span| {
                    let s = span.style;
                    let marks =
                        [(s.strong, "b"), (s.emphasis, "i"), (s.code, "c"), (s.struck, "s")];
                    let marks: String =
                        marks.iter().filter(|(on, _)| *on).map(|(_, mark)| *mark).collect();
                    let link = span.link.as_ref().map(|link| format!("@{link}"));
                    match (marks.as_str(), link) {
                        ("", None) => span.text.clone(),
                        (marks, link) => {
                            format!("[{marks}:{}{}]", span.text, link.unwrap_or_default())
                        }
                    }
                })
                .collect();
            let marker = block.marker.as_deref().unwrap_or_default();
            format!("{:?} {} {marker}|{spans}", block.kind, block.depth)
        };
        Markdown::parse(text).blocks.iter().map(show).collect()
    }

    #[test]
    fn what_is_marked_is_told_apart() {
        let text = "# Before *you*\nfirst **b** and `c`\nsecond ~~old~~ [docs](https://x.example)\n\n---\n```sh\nls\n```";
        assert_eq!(
            shown(text),
            [
                "Heading(1) 0 |Before [i:you]",
                "Text 0 |first [b:b] and [c:c]\nsecond [s:old] [:docs@https://x.example]",
                "Rule 0 |",
                "Code 0 |ls",
            ]
        );
    }

    #[test]
    fn a_picture_within_a_link_leads_where_the_link_does() {
        let text = "[![state](badge.svg) of the build](https://ci.example) now";
        assert_eq!(shown(text), ["Text 0 |[:state of the build@https://ci.example] now"]);
    }

    #[test]
    fn lists_are_nested_numbered_and_ticked() {
        let text = "- a\n  1. one\n  2. two\n- [x] done\n- [ ] open\n\n> said";
        assert_eq!(
            shown(text),
            [
                "Text 1 •|a",
                "Text 2 1.|one",
                "Text 2 2.|two",
                &format!("Text 1 {}|done", icon::CHECK_SQUARE),
                &format!("Text 1 {}|open", icon::SQUARE),
                "Text 0 |said",
            ]
        );
    }

    #[test]
    fn any_text_can_be_shown_and_its_first_line_is_its_name() {
        for text in ["", "\n\n", "<b>x</b>", "![pic](a.png)", "| a | b |\n|---|---|", "\0", "***"] {
            Markdown::parse(text).first_line();
        }
        assert_eq!(Markdown::parse("\n## Mind\nthe gap").first_line(), "Mind");
        assert_eq!(Markdown::parse("one\ntwo").first_line(), "one");
    }

    #[test]
    fn a_link_is_found_where_it_is_drawn() {
        let ctx = Context::default();
        crate::theme::install(&ctx);
        let laid = std::cell::RefCell::new(None);
        let mut output = ctx.run_ui(egui::RawInput::default(), |ui| {
            let text = Markdown::parse("see [the docs](https://x.example) first");
            let p = Palette::by_theme(egui::Theme::Dark);
            *laid.borrow_mut() = Some(text.lay_out(ui.ctx(), p, 400.0, 1.0));
        });
        // Nobody draws it.
        output.textures_delta.clear();
        let laid = laid.into_inner().unwrap();
        let middle = laid.size.y / 2.0;
        assert_eq!(laid.link_at(pos2(40.0, middle)), Some("https://x.example"));
        assert_eq!(laid.link_at(pos2(4.0, middle)), None);
        assert_eq!(laid.link_at(pos2(390.0, middle)), None);
    }
}
