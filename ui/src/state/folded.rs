//! Groups of a document as they are on the canvas: frames, and single cards in place of those that are collapsed.

use std::collections::HashMap;

use egui::Pos2;
use millrace_model::document::{Group, Workflow};
use millrace_model::event::TaskState;

use crate::canvas::{Badge, CardView, GroupView, Tone};
use crate::theme::icons::icon;
use crate::theme::{Hue, Palette};
use crate::words;

/// The cards that are seen.
pub(super) struct Folded {
    /// One for each task that is seen, and one for each collapsed group.
    pub(super) cards: Vec<CardView>,
    /// The card of each task, in the order of the document.
    pub(super) card_of: Vec<usize>,
    /// The groups, in the order of the document.
    pub(super) groups: Vec<GroupView>,
}

/// Puts single cards in place of collapsed groups; `all` has a card for each task.
pub(super) fn fold(workflow: &Workflow, all: Vec<CardView>) -> Folded {
    let groups = &workflow.layout.groups;
    if groups.is_empty() {
        return Folded { card_of: (0..all.len()).collect(), cards: all, groups: Vec::new() };
    }
    let index: HashMap<&str, usize> =
        workflow.tasks.iter().enumerate().map(|(i, task)| (task.name.as_str(), i)).collect();
    // A task that a hand put into two groups is drawn in the first.
    let mut group_of: Vec<Option<usize>> = vec![None; all.len()];
    for (number, group) in groups.iter().enumerate() {
        for task in group.tasks.iter().filter_map(|name| index.get(name.as_str())) {
            group_of[*task] = group_of[*task].or(Some(number));
        }
    }
    let mut cards: Vec<CardView> = Vec::with_capacity(all.len());
    let mut card_of = vec![0; all.len()];
    let mut folded: HashMap<usize, usize> = HashMap::new();
    for (task, card) in all.iter().enumerate() {
        let collapsed = group_of[task].filter(|group| groups[*group].collapsed);
        card_of[task] = match collapsed {
            Some(group) => *folded.entry(group).or_insert_with(|| {
                let within = all.iter().zip(&group_of).filter(|(_, of)| **of == Some(group));
                let members: Vec<&CardView> = within.map(|(card, _)| card).collect();
                cards.push(summary(group, &groups[group], &members));
                cards.len() - 1
            }),
            None => {
                cards.push(card.clone());
                cards.len() - 1
            }
        };
    }
    let groups = groups
        .iter()
        .enumerate()
        .map(|(number, group)| {
            let tasks = (0..all.len()).filter(|task| group_of[*task] == Some(number));
            let mut within: Vec<usize> = tasks.clone().map(|task| card_of[task]).collect();
            within.dedup();
            GroupView {
                title: title(&group.name),
                hue: Hue::named(group.colour.as_deref(), Hue::Grey),
                cards: within,
                tasks: tasks.count(),
                collapsed: group.collapsed,
            }
        })
        .collect();
    Folded { cards, card_of, groups }
}

fn title(name: &str) -> String {
    let name = name.trim();
    if name.is_empty() { "Group".to_owned() } else { name.to_owned() }
}

/// The card of a collapsed group.
fn summary(index: usize, group: &Group, members: &[&CardView]) -> CardView {
    let hue = Hue::named(group.colour.as_deref(), Hue::Grey);
    let least = |of: fn(&Pos2) -> f32| {
        members.iter().map(|card| of(&card.at)).fold(f32::INFINITY, f32::min)
    };
    let state = members.iter().filter_map(|card| card.state).min_by_key(|state| rank(*state));
    let count = words::count(members.len(), "task", "tasks");
    let line = match state {
        Some(state) => {
            let alike = members.iter().filter(|card| card.state == Some(state)).count();
            let word = state.label();
            let alike = if alike == members.len() { String::new() } else { format!("{alike} ") };
            format!("{count} · {alike}{word}")
        }
        None => count,
    };
    CardView {
        // Of the first task: no other card has it.
        name: members[0].name.clone(),
        group: Some(index),
        is_stack: false,
        members: members.iter().map(|card| card.name.clone()).collect(),
        at: Pos2::new(least(|at| at.x), least(|at| at.y)),
        title: title(&group.name),
        line,
        line_is_state: state.is_some_and(|state| rank(state) < rank(TaskState::Waiting)),
        icon: icon::STACK,
        tile: hue.base(Palette::by_theme(egui::Theme::Light)),
        state,
        progress: state.filter(|state| *state == TaskState::Running).map(|_| {
            let ended = members.iter().filter(|card| card.state.is_some_and(TaskState::is_final));
            ended.count() as f32 / members.len() as f32
        }),
        dim: members.iter().all(|card| card.dim),
        compared: None,
        disabled: members.iter().all(|card| card.disabled),
        invalid: members.iter().any(|card| card.invalid),
        gave: String::new(),
        badges: [Tone::Bad, Tone::Warning]
            .into_iter()
            .filter_map(|tone| sum(members, tone))
            .collect(),
    }
}

/// One badge for all of a tone that the members have: of what asks for something, nothing is hidden.
fn sum(members: &[&CardView], tone: Tone) -> Option<Badge> {
    let all = || {
        members.iter().flat_map(|card| {
            let badges = card.badges.iter().filter(|badge| badge.tone == tone);
            badges.map(move |badge| (&card.title, badge))
        })
    };
    let (_, first) = all().next()?;
    let lines = |of: fn(&Badge) -> &str, between: &str| {
        let lines: Vec<String> =
            all().map(|(title, badge)| format!("{title}: {}", of(badge))).collect();
        lines.join(between)
    };
    Some(Badge {
        icon: first.icon,
        count: Some(all().map(|(_, badge)| badge.count.unwrap_or(1)).sum()),
        words: lines(|badge| &badge.words, "\n"),
        name: lines(|badge| &badge.name, "; "),
        tone,
    })
}

/// What of a group's tasks is said first.
fn rank(state: TaskState) -> u8 {
    match state {
        TaskState::Failed => 0,
        TaskState::Error => 1,
        TaskState::Running => 2,
        TaskState::UpForRetry => 3,
        TaskState::Waiting => 4,
        TaskState::Queued => 5,
        TaskState::Pending => 6,
        TaskState::UpstreamFailed => 7,
        TaskState::Canceled => 8,
        TaskState::Succeeded => 9,
        TaskState::Skipped => 10,
    }
}
