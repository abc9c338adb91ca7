//! Whether a wire may be drawn, and if not, why: said at the pointer while it hangs.

use std::collections::VecDeque;

use super::scene::{Port, Scene};

/// Whether a wire from `from` at `port` to `to` may be drawn; `without` is the wire that it takes the place of.
///
/// # Errors
/// The reason in words.
pub(crate) fn check(
    scene: &Scene,
    from: usize,
    port: Port,
    to: usize,
    without: Option<usize>,
) -> Result<(), String> {
    let name = |index: usize| scene.cards[index].title.as_str();
    if let Some(group) = [from, to].into_iter().find(|card| scene.cards[*card].group.is_some()) {
        return Err(format!("expand {} to connect its tasks", name(group)));
    }
    if from == to {
        return Err(format!("{} cannot wait for itself", name(from)));
    }
    let others = || scene.wires.iter().enumerate().filter(|(wire, _)| Some(*wire) != without);
    if let Some((_, wire)) = others().find(|(_, wire)| wire.from == from && wire.to == to) {
        let how = if Port::of(wire.on) == port {
            format!("already follows {} {}", name(from), port.words())
        } else {
            format!(
                "already follows {} {}; select that line to change its condition",
                name(from),
                Port::of(wire.on).words()
            )
        };
        return Err(format!("{} {how}", name(to)));
    }
    let mut next: Vec<Vec<usize>> = vec![Vec::new(); scene.cards.len()];
    for (_, wire) in others() {
        next[wire.from].push(wire.to);
    }
    match path(&next, to, from) {
        Some(path) => {
            let mut names: Vec<&str> = path.iter().map(|&index| name(index)).collect();
            names.push(name(to));
            if names.len() > 6 {
                let left_out = names.len() - 5;
                let tail = names.split_off(names.len() - 2);
                names.truncate(3);
                let dots = format!("… {left_out} more …");
                return Err(format!(
                    "That would close a circle: {} → {dots} → {}",
                    names.join(" → "),
                    tail.join(" → ")
                ));
            }
            Err(format!("That would close a circle: {}", names.join(" → ")))
        }
        None => Ok(()),
    }
}

/// The shortest way from `start` to `goal`, both included; `next` are the cards after each.
fn path(next: &[Vec<usize>], start: usize, goal: usize) -> Option<Vec<usize>> {
    let mut came_from = vec![usize::MAX; next.len()];
    came_from[start] = start;
    let mut queue = VecDeque::from([start]);
    while let Some(card) = queue.pop_front() {
        if card == goal {
            let mut path = vec![goal];
            let mut at = goal;
            while at != start {
                at = came_from[at];
                path.push(at);
            }
            path.reverse();
            return Some(path);
        }
        for &to in &next[card] {
            if came_from[to] == usize::MAX {
                came_from[to] = card;
                queue.push_back(to);
            }
        }
    }
    None
}
