//! The place Workflows as lines: folders that fold, the workflows in them in some order, what was found below each.
//!
//! Made anew when something of it changes, not in every frame; drawn is what is in view.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use millrace_api::document::WorkflowRow;
use millrace_api::library::{FolderRow, FoundWorkflow};
use millrace_model::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The name of the folds of what ran from elsewhere.
pub(crate) const ELSEWHERE: &str = "";
/// So many places in a workflow have lines of their own.
pub(crate) const HITS: usize = 4;

/// The order of workflows within a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ShelfOrder {
    /// By name.
    #[default]
    Name,
    /// The one that ran last first.
    LastRun,
    /// The one that starts next first.
    NextStart,
    /// What failed first.
    State,
    /// The one whose runs take longest first.
    Slowest,
}

impl ShelfOrder {
    /// All of them, as they are offered.
    pub(crate) const ALL: [Self; 5] =
        [Self::Name, Self::LastRun, Self::NextStart, Self::State, Self::Slowest];

    /// What it is called.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Name => "Name",
            Self::LastRun => "Last run",
            Self::NextStart => "Next start",
            Self::State => "State",
            Self::Slowest => "Slowest",
        }
    }
}

/// A line, and where it is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    /// From the top of all.
    pub(crate) top: f32,
    /// How high it is.
    pub(crate) height: f32,
    /// How deep its folder lies.
    pub(crate) depth: usize,
    /// What it shows.
    pub(crate) what: What,
}

/// What a line shows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum What {
    /// A folder: its place among the headings.
    Heading(usize),
    /// A workflow: its place in the list of all.
    Row(usize),
    /// Workflows beside each other: a part of [`Shelf::cards`].
    Cards(Range<usize>),
    /// A place in the workflow of this path's number among those found.
    Hit(usize, usize),
    /// How many more places there are in it.
    More(usize, u32),
}

/// A folder that stands over its workflows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heading {
    /// Its path; [`ELSEWHERE`] for what ran from elsewhere.
    pub(crate) path: String,
    /// Its name.
    pub(crate) name: String,
    /// The settings name it, so nothing can be done to it.
    pub(crate) is_root: bool,
    /// How many workflows lie in it and below.
    pub(crate) count: usize,
    /// How many of them have errors, or failed last.
    pub(crate) bad: usize,
    /// How many run.
    pub(crate) running: usize,
    /// What is in it is not shown.
    pub(crate) is_folded: bool,
}

/// What lines are made of.
pub(crate) struct Ground<'a> {
    pub(crate) rows: &'a [WorkflowRow],
    pub(crate) folders: &'a [FolderRow],
    /// Words, in lower case, that are looked for; empty: nothing is.
    pub(crate) words: &'a str,
    /// What the engine found of them.
    pub(crate) found: &'a [FoundWorkflow],
    pub(crate) order: ShelfOrder,
    pub(crate) folded: &'a BTreeSet<String>,
    /// When workflows start next, by path.
    pub(crate) next: &'a HashMap<&'a str, Timestamp>,
    /// How many cards stand beside each other; 0: a table.
    pub(crate) columns: usize,
}

/// Heights of lines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Heights {
    pub(crate) heading: f32,
    pub(crate) row: f32,
    pub(crate) cards: f32,
    pub(crate) hit: f32,
}

/// All lines.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Shelf {
    pub(crate) lines: Vec<Line>,
    pub(crate) headings: Vec<Heading>,
    /// The workflows of lines of cards.
    pub(crate) cards: Vec<usize>,
    /// How high all lines are.
    pub(crate) height: f32,
    /// How many workflows there are in it, those in folds too.
    pub(crate) count: usize,
}

impl Shelf {
    /// Puts everything in its place.
    pub(crate) fn of(ground: &Ground<'_>, heights: Heights) -> Self {
        let found: HashMap<&str, usize> =
            ground.found.iter().enumerate().map(|(at, it)| (it.path.as_str(), at)).collect();
        let mut order: Vec<usize> = (0..ground.rows.len())
            .filter(|row| fits(&ground.rows[*row], ground.words, &found))
            .collect();
        sort(&mut order, ground);
        let mut in_folder: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for row in &order {
            let folder = ground.rows[*row].folder.as_deref().unwrap_or(ELSEWHERE);
            in_folder.entry(folder).or_default().push(*row);
        }
        let mut shelf = Self { count: order.len(), ..Self::default() };
        let has_elsewhere = ground.rows.iter().any(|row| row.folder.is_none());
        if ground.folders.len() < 2 && !(has_elsewhere && ground.folders.len() == 1) {
            shelf.put(ground, heights, &found, 0, &order);
            return shelf;
        }
        let mut children: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut roots = Vec::new();
        for (at, folder) in ground.folders.iter().enumerate() {
            match &folder.parent {
                Some(parent) => children.entry(parent).or_default().push(at),
                None => roots.push(at),
            }
        }
        for all in children.values_mut() {
            all.sort_by_key(|at| ground.folders[*at].name.to_lowercase());
        }
        let tree =
            Tree { ground, heights, found: &found, in_folder: &in_folder, children: &children };
        for root in roots {
            tree.put(&mut shelf, root, 0, false);
        }
        if let Some(rows) = in_folder.get(ELSEWHERE) {
            let is_folded = ground.words.is_empty() && ground.folded.contains(ELSEWHERE);
            shelf.heading(
                heights,
                0,
                Heading {
                    path: ELSEWHERE.to_owned(),
                    name: "Elsewhere".to_owned(),
                    is_root: true,
                    count: rows.len(),
                    bad: rows.iter().filter(|row| is_bad(&ground.rows[**row])).count(),
                    running: rows.iter().filter(|row| is_running(&ground.rows[**row])).count(),
                    is_folded,
                },
            );
            if !is_folded {
                shelf.put(ground, heights, &found, 1, rows);
            }
        }
        shelf
    }

    /// The lines that are in view between these heights.
    pub(crate) fn between(&self, from: f32, to: f32) -> Range<usize> {
        let first = self.lines.partition_point(|line| line.top + line.height <= from);
        let end = self.lines.partition_point(|line| line.top < to);
        first..end.max(first)
    }

    fn push(&mut self, height: f32, depth: usize, what: What) {
        self.lines.push(Line { top: self.height, height, depth, what });
        self.height += height;
    }

    fn heading(&mut self, heights: Heights, depth: usize, heading: Heading) {
        self.push(heights.heading, depth, What::Heading(self.headings.len()));
        self.headings.push(heading);
    }

    /// Workflows, and below each where the words stand in it.
    fn put(
        &mut self,
        ground: &Ground<'_>,
        heights: Heights,
        found: &HashMap<&str, usize>,
        depth: usize,
        rows: &[usize],
    ) {
        if ground.columns > 0 && ground.words.is_empty() {
            for part in rows.chunks(ground.columns) {
                let from = self.cards.len();
                self.cards.extend(part);
                self.push(heights.cards, depth, What::Cards(from..self.cards.len()));
            }
            return;
        }
        for row in rows {
            self.push(heights.row, depth, What::Row(*row));
            let path = ground.rows[*row].path.as_deref();
            let Some(at) = path.and_then(|path| found.get(path)).copied() else { continue };
            if ground.words.is_empty() {
                continue;
            }
            let workflow = &ground.found[at];
            // That the name fits shows in the row.
            let is_seen = |hit: usize| {
                let hit = &workflow.hits[hit];
                hit.task.is_some() || !matches!(hit.field.as_str(), "name" | "title")
            };
            let hits: Vec<usize> = (0..workflow.hits.len()).filter(|hit| is_seen(*hit)).collect();
            for hit in hits.iter().take(HITS) {
                self.push(heights.hit, depth, What::Hit(at, *hit));
            }
            let more = hits.len().saturating_sub(HITS);
            let more = u32::try_from(more).unwrap_or(u32::MAX).saturating_add(workflow.more_hits);
            if more > 0 {
                self.push(heights.hit, depth, What::More(at, more));
            }
        }
    }
}

/// What folders are put from.
struct Tree<'a> {
    ground: &'a Ground<'a>,
    heights: Heights,
    found: &'a HashMap<&'a str, usize>,
    in_folder: &'a BTreeMap<&'a str, Vec<usize>>,
    children: &'a HashMap<&'a str, Vec<usize>>,
}

impl Tree<'_> {
    /// A folder with what lies in it; gives how many workflows there are, are bad, run.
    fn put(&self, shelf: &mut Shelf, at: usize, depth: usize, is_hidden: bool) -> [usize; 3] {
        let ground = self.ground;
        let folder = &ground.folders[at];
        let rows = self.in_folder.get(folder.path.as_str()).map_or(&[][..], Vec::as_slice);
        let is_searching = !ground.words.is_empty();
        let is_folded = !is_searching && ground.folded.contains(&folder.path);
        let (lines, headings, height) = (shelf.lines.len(), shelf.headings.len(), shelf.height);
        if !is_hidden {
            shelf.heading(
                self.heights,
                depth,
                Heading {
                    path: folder.path.clone(),
                    name: folder.name.clone(),
                    is_root: folder.parent.is_none(),
                    count: 0,
                    bad: 0,
                    running: 0,
                    is_folded,
                },
            );
        }
        let hides = is_hidden || is_folded;
        if !hides {
            shelf.put(ground, self.heights, self.found, depth + 1, rows);
        }
        let mut sums = [
            rows.len(),
            rows.iter().filter(|row| is_bad(&ground.rows[**row])).count(),
            rows.iter().filter(|row| is_running(&ground.rows[**row])).count(),
        ];
        for child in self.children.get(folder.path.as_str()).into_iter().flatten() {
            let below = self.put(shelf, *child, depth + 1, hides);
            for (sum, below) in sums.iter_mut().zip(below) {
                *sum += below;
            }
        }
        if is_searching && sums[0] == 0 {
            // A folder in which nothing was found does not stand there.
            shelf.lines.truncate(lines);
            shelf.headings.truncate(headings);
            shelf.height = height;
        } else if let Some(heading) = shelf.headings.get_mut(headings).filter(|_| !is_hidden) {
            [heading.count, heading.bad, heading.running] = sums;
        }
        sums
    }
}

fn is_bad(row: &WorkflowRow) -> bool {
    row.concern() >= 5
}

fn is_running(row: &WorkflowRow) -> bool {
    row.recent.first().is_some_and(|run| run.state == millrace_model::event::RunState::Running)
}

fn fits(row: &WorkflowRow, words: &str, found: &HashMap<&str, usize>) -> bool {
    if words.is_empty() || row.path.as_deref().is_some_and(|path| found.contains_key(path)) {
        return true;
    }
    let name = row.name.to_lowercase();
    let title = row.title.as_deref().unwrap_or_default().to_lowercase();
    words.split_whitespace().all(|word| name.contains(word) || title.contains(word))
}

fn sort(order: &mut [usize], ground: &Ground<'_>) {
    let rows = ground.rows;
    order.sort_by_cached_key(|row| {
        let row = &rows[*row];
        (row.title.as_deref().unwrap_or(&row.name).to_lowercase(), row.path.clone())
    });
    let last = |row: &WorkflowRow| row.recent.first().map(|run| run.queued);
    match ground.order {
        ShelfOrder::Name => {}
        ShelfOrder::LastRun => order.sort_by_key(|row| Reverse(last(&rows[*row]))),
        ShelfOrder::NextStart => order.sort_by_key(|row| {
            let next = rows[*row].path.as_deref().and_then(|path| ground.next.get(path));
            next.map_or(i64::MAX, |next| next.0)
        }),
        ShelfOrder::State => order.sort_by_key(|row| Reverse(rows[*row].concern())),
        ShelfOrder::Slowest => {
            order.sort_by_cached_key(|row| Reverse(rows[*row].usual_us()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_api::document::RecentRun;
    use millrace_api::library::SearchHit;
    use millrace_model::event::RunState;
    use millrace_model::ids::RunId;

    const HEIGHTS: Heights = Heights { heading: 10.0, row: 20.0, cards: 100.0, hit: 5.0 };

    fn row(name: &str, folder: Option<&str>, runs: &[(RunState, i64, u64)]) -> WorkflowRow {
        WorkflowRow {
            workflow_id: None,
            name: name.to_owned(),
            title: None,
            description: None,
            path: Some(format!("{}/{name}", folder.unwrap_or("/away"))),
            folder: folder.map(str::to_owned),
            digest: None,
            tasks: 1,
            errors: 0,
            recent: runs
                .iter()
                .map(|(state, queued, took)| RecentRun {
                    run: RunId(1),
                    state: *state,
                    queued: Timestamp(*queued),
                    duration_us: Some(*took),
                })
                .collect(),
        }
    }

    fn folder(path: &str, parent: Option<&str>) -> FolderRow {
        let name = path.rsplit('/').next().unwrap().to_owned();
        FolderRow { path: path.to_owned(), name, parent: parent.map(str::to_owned) }
    }

    struct World {
        rows: Vec<WorkflowRow>,
        folders: Vec<FolderRow>,
        found: Vec<FoundWorkflow>,
        folded: BTreeSet<String>,
        words: &'static str,
        order: ShelfOrder,
        columns: usize,
    }

    impl World {
        fn shelf(&self) -> Shelf {
            let next = HashMap::from([("/l/b", Timestamp(5))]);
            let ground = Ground {
                rows: &self.rows,
                folders: &self.folders,
                words: self.words,
                found: &self.found,
                order: self.order,
                folded: &self.folded,
                next: &next,
                columns: self.columns,
            };
            Shelf::of(&ground, HEIGHTS)
        }

        fn shown(&self) -> String {
            let shelf = self.shelf();
            let name = |row: usize| self.rows[row].name.as_str();
            let line = |line: &Line| match &line.what {
                What::Heading(at) => {
                    let it = &shelf.headings[*at];
                    format!(
                        "{}{}:{}/{}",
                        it.name,
                        if it.is_folded { "+" } else { "" },
                        it.count,
                        it.bad
                    )
                }
                What::Row(row) => name(*row).to_owned(),
                What::Cards(part) => shelf.cards[part.clone()]
                    .iter()
                    .map(|row| name(*row))
                    .collect::<Vec<_>>()
                    .join("|"),
                What::Hit(_, hit) => format!("hit{hit}"),
                What::More(_, more) => format!("more{more}"),
            };
            shelf.lines.iter().map(line).collect::<Vec<_>>().join(" ")
        }
    }

    fn world() -> World {
        World {
            rows: vec![
                row("a", Some("/l"), &[(RunState::Succeeded, 9, 1)]),
                row("b", Some("/l"), &[(RunState::Failed, 5, 9), (RunState::Succeeded, 1, 9)]),
                row("c", Some("/l"), &[]),
                row("deep", Some("/l/team/x"), &[(RunState::Failed, 7, 5)]),
                row("far", None, &[]),
            ],
            folders: vec![
                folder("/l", None),
                folder("/l/empty", Some("/l")),
                folder("/l/team", Some("/l")),
                folder("/l/team/x", Some("/l/team")),
            ],
            found: Vec::new(),
            folded: BTreeSet::new(),
            words: "",
            order: ShelfOrder::Name,
            columns: 0,
        }
    }

    #[test]
    fn workflows_stand_below_their_folders_which_count_them() {
        let mut world = world();
        let expected = "l:4/2 a b c empty:0/0 team:1/1 x:1/1 deep Elsewhere:1/0 far";
        assert_eq!(world.shown(), expected);
        let depths: Vec<usize> = world.shelf().lines.iter().map(|line| line.depth).collect();
        assert_eq!(depths, [0, 1, 1, 1, 1, 1, 2, 3, 0, 1]);
        for path in ["/l/team", ELSEWHERE] {
            world.folded.insert(path.to_owned());
        }
        assert_eq!(world.shown(), "l:4/2 a b c empty:0/0 team+:1/1 Elsewhere+:1/0");
        world.folders.truncate(1);
        world.rows.truncate(3);
        assert_eq!(world.shown(), "a b c", "one folder needs no heading");
        world.columns = 2;
        assert_eq!(world.shown(), "a|b c");
    }

    #[test]
    fn every_order_keeps_folders_together() {
        let mut world = world();
        for (order, expected) in [
            (ShelfOrder::LastRun, "a b c"),
            (ShelfOrder::NextStart, "b a c"),
            (ShelfOrder::State, "b a c"),
            (ShelfOrder::Slowest, "b a c"),
        ] {
            world.order = order;
            assert!(world.shown().starts_with(&format!("l:4/2 {expected} empty")), "{order:?}");
        }
    }

    #[test]
    fn what_was_found_stands_below_its_workflow_and_folds_are_open() {
        let mut world = world();
        world.folded.insert("/l".to_owned());
        let hit = |task: Option<&str>, field: &str| SearchHit {
            task: task.map(|task| task.parse().unwrap()),
            title: String::new(),
            kind: String::new(),
            field: field.to_owned(),
            line_number: 1,
            line: "x".to_owned(),
            from: 0,
            to: 1,
        };
        world.words = "b";
        let mut hits = vec![hit(None, "name")];
        hits.extend((0..6).map(|_| hit(Some("t"), "spec.script")));
        world.found = vec![FoundWorkflow {
            path: "/l/team/x/deep".to_owned(),
            name: "deep".to_owned(),
            title: None,
            hits,
            more_hits: 3,
        }];
        let expected = "l:2/2 b team:1/1 x:1/1 deep hit1 hit2 hit3 hit4 more5";
        assert_eq!(world.shown(), expected);
        world.words = "nothing";
        world.found.clear();
        assert_eq!((world.shown().as_str(), world.shelf().height), ("", 0.0));
    }

    #[test]
    fn only_what_is_in_view_is_drawn() {
        let mut world = world();
        world.folders.truncate(1);
        world.rows =
            (0..5_000).map(|number| row(&format!("{number:04}"), Some("/l"), &[])).collect();
        let shelf = world.shelf();
        assert_eq!(shelf.height, 100_000.0);
        assert_eq!(shelf.between(0.0, 100.0), 0..5);
        assert_eq!(shelf.between(50_010.0, 50_050.0), 2_500..2_503);
        assert_eq!(shelf.between(200_000.0, 200_100.0), 5_000..5_000);
    }
}
