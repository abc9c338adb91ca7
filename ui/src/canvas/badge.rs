//! Small icons at the foot of a card: what is special about its task. Their words come on hover.

use egui::epaint::TextShape;
use egui::{Color32, Context, Pos2, Rect, Sense, Shape, Ui, WidgetInfo, WidgetType, vec2};

use super::card::{BLOCK, quantise};
use super::scene::{CARD, Scene};
use super::view::{Canvas, card_id};
use crate::theme::icons;
use crate::theme::{self, Palette};

/// From one badge to the next.
const PITCH: f32 = 17.0;
/// The middle of the row, from the card's left upper corner.
const ROW: f32 = 49.0;
/// So many fit; of more, the last place says how many there are besides.
const MOST: usize = 5;
/// Badges of so many cards are named at most.
const MOST_CARDS: usize = 100;

/// Something special about a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Badge {
    /// A filled icon.
    pub(crate) icon: &'static str,
    /// A number beside it.
    pub(crate) count: Option<usize>,
    /// What it means, on hover.
    pub(crate) words: String,
    /// The same in one line, for assistive technology.
    pub(crate) name: String,
    /// How much it asks for.
    pub(crate) tone: Tone,
}

/// How much a badge asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Good to know.
    Quiet,
    /// Worth a look.
    Warning,
    /// To be mended.
    Bad,
}

/// The badges' shapes on a card whose left upper corner is at `corner`.
pub(super) fn shapes(
    ctx: &Context,
    p: &Palette,
    corner: Pos2,
    zoom: f32,
    badges: &[Badge],
) -> Vec<Shape> {
    let mut out = Vec::new();
    let text = |text: String, font: egui::FontId, ink: Color32| {
        ctx.fonts_mut(|fonts| fonts.layout_no_wrap(text, font, ink))
    };
    for (badge, spot) in placed(badges) {
        let spot = Rect::from_min_size(corner + spot.min.to_vec2() * zoom, spot.size() * zoom);
        let (icon, count, ink) = match badge {
            Some(badge) => (badge.icon, badge.count, color(p, badge.tone)),
            None => ("", Some(badges.len() - (MOST - 1)), p.faint),
        };
        let mut left = spot.left() + 2.0 * zoom;
        if !icon.is_empty() {
            let glyph = text(icon.to_owned(), icons::fill_font(quantise(13.0 * zoom)), ink);
            let at = Pos2::new(left, spot.center().y - glyph.size().y / 2.0);
            left += glyph.size().x + 2.0 * zoom;
            out.push(TextShape::new(at, glyph, ink).into());
        }
        if let Some(count) = count {
            let plus = if icon.is_empty() { "+" } else { "" };
            let font = theme::semibold(quantise(10.5 * zoom));
            let number = text(format!("{plus}{count}"), font, ink);
            let at = Pos2::new(left, spot.center().y - number.size().y / 2.0);
            out.push(TextShape::new(at, number, ink).into());
        }
    }
    out
}

/// Names the badges of the visible cards, and shows their words on hover.
pub(super) fn name_badges(ui: &Ui, rect: Rect, canvas: &Canvas, scene: &Scene) {
    if canvas.camera.zoom < BLOCK {
        return;
    }
    let mut named = 0;
    for card in scene.cards.iter().filter(|card| !card.badges.is_empty()) {
        let seen = canvas.camera.rect_to_screen(rect.min, Rect::from_min_size(card.at, CARD));
        if !seen.intersects(rect) {
            continue;
        }
        named += 1;
        if named > MOST_CARDS {
            break;
        }
        for (index, (badge, spot)) in placed(&card.badges).enumerate() {
            let spot = spot.translate(card.at.to_vec2());
            let spot = canvas.camera.rect_to_screen(rect.min, spot).intersect(rect);
            if !spot.is_positive() {
                continue;
            }
            let all = match badge {
                Some(badge) => std::slice::from_ref(badge),
                None => &card.badges[MOST - 1..],
            };
            let join = |of: fn(&Badge) -> &str| all.iter().map(of).collect::<Vec<_>>().join("\n");
            let id = card_id(ui, &card.name).with(("badge", index));
            let response = ui.interact(spot, id, Sense::hover());
            response.widget_info(|| {
                let words = format!("{}: {}", card.title, join(|badge| &badge.name));
                WidgetInfo::labeled(WidgetType::Label, true, words)
            });
            let words = join(|badge| &badge.words);
            response.on_hover_text(words);
        }
    }
}

/// The badges that fit with their places on the card, from the right; none stands for those that do not.
fn placed(badges: &[Badge]) -> impl Iterator<Item = (Option<&Badge>, Rect)> {
    let shown = if badges.len() > MOST { MOST - 1 } else { badges.len() };
    let more = (badges.len() > MOST).then_some(None);
    let all = more.into_iter().chain(badges[..shown].iter().rev().map(Some));
    let mut right = CARD.x - 9.0;
    all.map(move |badge| {
        let digits = badge.map_or(2, |badge| badge.count.map_or(0, |n| n.to_string().len()));
        let width = if badge.is_none() { PITCH } else { PITCH + 7.0 * digits as f32 };
        right -= width;
        let min = Pos2::new(right, ROW - 8.0);
        (badge, Rect::from_min_size(min, vec2(width, 16.0)))
    })
}

fn color(p: &Palette, tone: Tone) -> Color32 {
    match tone {
        Tone::Quiet => p.dim,
        Tone::Warning => p.retry,
        Tone::Bad => p.bad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn badge(count: Option<usize>) -> Badge {
        Badge { icon: "x", count, words: "w".to_owned(), name: "n".to_owned(), tone: Tone::Quiet }
    }

    #[test]
    fn badges_lie_on_the_card_side_by_side_and_the_rest_is_counted() {
        for badges in [vec![badge(Some(12))], vec![badge(None); 5], vec![badge(None); 7]] {
            let spots: Vec<_> = placed(&badges).collect();
            assert_eq!(spots.len(), badges.len().min(MOST));
            assert_eq!(spots.iter().any(|(badge, _)| badge.is_none()), badges.len() > MOST);
            for pair in spots.windows(2) {
                assert!(pair[1].1.right() <= pair[0].1.left());
            }
            let card = Rect::from_min_size(Pos2::ZERO, CARD);
            assert!(spots.iter().all(|(_, spot)| card.contains_rect(*spot)));
        }
    }
}
