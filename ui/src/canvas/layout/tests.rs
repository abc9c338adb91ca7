//! What holds for every tidied graph.

use egui::{Pos2, Rect, pos2, vec2};
use millrace_model::document::{Dependency, Task, Workflow};
use millrace_model::ident::Ident;
use proptest::prelude::*;

use super::super::auto_layout::place_all;
use super::super::scene::CARD;
use super::{Node, tidy};

type Edges = Vec<(usize, usize)>;

fn cards(places: &[Pos2], groups: &[Option<usize>]) -> Vec<Node> {
    let node = |(at, group): (&Pos2, &Option<usize>)| Node { at: *at, size: CARD, group: *group };
    places.iter().zip(groups).map(node).collect()
}

fn laid(places: &[Pos2], groups: &[Option<usize>], edges: &Edges) -> Vec<Pos2> {
    tidy(&cards(places, groups), edges)
}

fn plain(count: usize, edges: &[(usize, usize)]) -> Vec<Pos2> {
    laid(&vec![Pos2::ZERO; count], &vec![None; count], &edges.to_vec())
}

fn rect(at: Pos2) -> Rect {
    Rect::from_min_size(at, CARD)
}

/// How many wires cross, as straight lines from the right side of a card to the left side of another.
fn crossings(places: &[Pos2], edges: &Edges) -> usize {
    let line = |(from, to): (usize, usize)| {
        (rect(places[from]).right_center(), rect(places[to]).left_center())
    };
    let side =
        |(a, b): (Pos2, Pos2), c: Pos2| (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
    let crosses = |one: (Pos2, Pos2), other: (Pos2, Pos2)| {
        side(one, other.0) * side(one, other.1) < 0.0
            && side(other, one.0) * side(other, one.1) < 0.0
    };
    let lines: Vec<_> = edges.iter().map(|edge| line(*edge)).collect();
    let pairs = (0..lines.len()).flat_map(|one| (0..one).map(move |other| (one, other)));
    pairs.filter(|(one, other)| crosses(lines[*one], lines[*other])).count()
}

/// A graph without circles, places and groups for its nodes.
fn graphs(most: usize) -> impl Strategy<Value = (Vec<Pos2>, Vec<Option<usize>>, Edges)> {
    (1..most).prop_flat_map(|count| {
        let place = (-2000..2000_i32, -2000..2000_i32).prop_map(|(x, y)| pos2(x as f32, y as f32));
        let group = prop_oneof![3 => Just(None), 1 => (0..4_usize).prop_map(Some)];
        let edge = (0..count, 0..count).prop_map(|(one, other)| (one.min(other), one.max(other)));
        let edges = proptest::collection::btree_set(edge, 0..2 * count)
            .prop_map(|edges| edges.into_iter().filter(|(from, to)| from != to).collect());
        let places = proptest::collection::vec(place, count);
        (places, proptest::collection::vec(group, count), edges)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cards_are_apart_edges_run_right_and_frames_hold_nothing_else(
        (places, groups, edges) in graphs(40),
    ) {
        let tidied = laid(&places, &groups, &edges);
        for (from, to) in &edges {
            prop_assert!(tidied[*from].x + CARD.x < tidied[*to].x, "{from} → {to}: {tidied:?}");
        }
        let frame = |group: usize| {
            let within = (0..places.len()).filter(|node| groups[*node] == Some(group));
            let around = within.fold(Rect::NOTHING, |all, node| all.union(rect(tidied[node])));
            around.is_positive().then(|| Rect::from_min_max(around.min - vec2(16.0, 36.0), around.max + vec2(16.0, 16.0)))
        };
        for one in 0..tidied.len() {
            prop_assert_eq!(tidied[one].x.rem_euclid(16.0), 0.0);
            prop_assert_eq!(tidied[one].y.rem_euclid(16.0), 0.0);
            for other in 0..one {
                let (one, other) = (rect(tidied[one]), rect(tidied[other]));
                prop_assert!(!one.expand(8.0).intersects(other.expand(8.0)), "{one:?} and {other:?}");
            }
            for group in (0..4).filter(|group| groups[one] != Some(*group)) {
                if let Some(frame) = frame(group) {
                    prop_assert!(!frame.intersects(rect(tidied[one])), "{one} in {group}: {tidied:?}");
                }
            }
        }
        for one in 0..4 {
            for other in 0..one {
                if let (Some(one), Some(other)) = (frame(one), frame(other)) {
                    prop_assert!(!one.intersects(other), "{one:?} and {other:?}");
                }
            }
        }
    }

    #[test]
    fn what_is_tidy_stays_as_it_is((places, groups, edges) in graphs(40)) {
        let once = laid(&places, &groups, &edges);
        prop_assert_eq!(&laid(&places, &groups, &edges), &once, "the same again");
        prop_assert_eq!(laid(&once, &groups, &edges), once, "twice is once");
    }

    #[test]
    fn a_leaf_more_moves_nobody_past_another(
        parents in proptest::collection::vec(any::<proptest::sample::Index>(), 1..30),
        of in any::<proptest::sample::Index>(),
    ) {
        let count = parents.len() + 1;
        let edges = parents.iter().enumerate().map(|(child, parent)| (parent.index(child + 1), child + 1));
        let mut edges: Edges = edges.collect();
        let before = laid(&vec![Pos2::ZERO; count], &vec![None; count], &edges);
        let of = of.index(count);
        edges.push((of, count));
        let mut places = before.clone();
        places.push(before[of] + vec2(272.0, 8.0));
        let after = laid(&places, &vec![None; count + 1], &edges);
        prop_assert_eq!(crossings(&after, &edges), 0);
        if crossings(&places, &edges) > 0 {
            return Ok(());
        }
        for one in 0..count {
            for other in (0..one).filter(|other| before[one].x == before[*other].x) {
                let is_above = |places: &[Pos2]| places[one].y < places[other].y;
                prop_assert_eq!(is_above(&before), is_above(&after), "{} and {}", one, other);
            }
        }
    }
}

#[test]
fn fewer_edges_cross_than_in_the_simple_layout() {
    let mut dice = 88_172_645_463_325_252_u64;
    let mut roll = |sides: usize| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        (dice % sides as u64) as usize
    };
    let (mut simple, mut tidied) = (0, 0);
    for _ in 0..100 {
        let count = 5 + roll(40);
        let edge = |roll: &mut dyn FnMut(usize) -> usize| (roll(count), roll(count));
        let wanted = (0..count + roll(count)).map(|_| edge(&mut roll));
        let edges: std::collections::BTreeSet<(usize, usize)> = wanted
            .filter(|(one, other)| one != other)
            .map(|(one, other)| (one.min(other), one.max(other)))
            .collect();
        let edges: Edges = edges.into_iter().collect();
        simple += crossings(&simple_places(count, &edges), &edges);
        tidied += crossings(&plain(count, &edges), &edges);
    }
    assert!(tidied * 10 < simple * 8, "{tidied} of {simple}");
}

fn simple_places(count: usize, edges: &Edges) -> Vec<Pos2> {
    let name = |index: usize| Ident::new(&format!("t{index}")).unwrap();
    let mut workflow = Workflow::new(name(0));
    workflow.tasks = (0..count).map(|index| Task::new(name(index), "shell")).collect();
    let dependency = |&(from, to): &(usize, usize)| Dependency::new(name(from), name(to));
    workflow.dependencies = edges.iter().map(dependency).collect();
    place_all(&workflow)
}

#[test]
fn a_chain_is_a_line_and_a_fan_is_centred() {
    let places = plain(6, &[(0, 1), (1, 2), (2, 3), (1, 4), (4, 5)]);
    assert_eq!((places[0], places[1]), (pos2(0.0, 48.0), pos2(272.0, 48.0)));
    assert_eq!(places[2].y, places[3].y);
    assert_eq!(places[4].y, places[5].y);
    assert_eq!(places[2].y + places[4].y, 2.0 * places[1].y);
}

#[test]
fn a_frame_holds_nobody_else_even_where_a_path_leaves_it_and_comes_back() {
    // 0 and 2 are a group; 1 lies between them on the way.
    let groups = [Some(0), None, Some(0)];
    let places = laid(&[Pos2::ZERO; 3], &groups, &vec![(0, 1), (1, 2), (0, 2)]);
    assert!(places[0].x < places[1].x && places[1].x < places[2].x);
    let (low, high) = (places[0].y.min(places[2].y), places[0].y.max(places[2].y));
    assert!(
        places[1].y >= high + CARD.y + 16.0 || places[1].y + CARD.y <= low - 36.0,
        "{places:?}"
    );
}

#[test]
fn parts_keep_their_order_and_loose_cards_fill_rows() {
    let at = [(0.0, 900.0), (300.0, 900.0), (0.0, 100.0), (300.0, 100.0), (0.0, 0.0), (50.0, 0.0)];
    let at: Vec<Pos2> = at.into_iter().map(|(x, y)| pos2(x, y)).collect();
    let places = laid(&at, &[None; 6], &vec![(0, 1), (2, 3)]);
    assert_eq!(places[2], pos2(0.0, 0.0), "what lay above still does");
    assert_eq!(places[0], pos2(0.0, 128.0));
    assert_eq!((places[4], places[5]), (pos2(0.0, 256.0), pos2(272.0, 256.0)));
}
