//! `millrace list`: the workflows of the library, and those that ran from elsewhere.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::path::Path;

use millrace_api::document::{ListWorkflows, WorkflowList, WorkflowRow};
use millrace_api::git::{GitReport, GitState, ReadGit};
use millrace_api::{ApiError, Code};
use millrace_model::event::RunState;
use millrace_model::time::Timestamp;

use crate::args::{List, SortWord};
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::style::Style;
use crate::text::table::Table;
use crate::text::{escape, human};

pub(crate) fn run(args: &List, out: &mut Out) -> Result<Exit, Failure> {
    let (mut list, git) = block_on(read(!args.json))??;
    if let Some(folder) = &args.folder {
        keep_below(&mut list, folder)?;
    }
    sort(&mut list.workflows, args.sort);
    if args.json {
        out.json(&list)?;
    } else if list.workflows.is_empty() {
        let folders = list.library.join(" or ");
        out.note(&format!("no workflows here; put documents (.json) into {folders}"))?;
    } else {
        let style = out.style();
        let text = table(&list, &git, human::now(), style).render(out.width(), style.ellipsis());
        out.write(&text)?;
    }
    Ok(Exit::Succeeded)
}

async fn read(with_git: bool) -> Result<(WorkflowList, GitReport), Failure> {
    let link = Link::to_daemon().await?;
    let list = link.backend().list_workflows(ListWorkflows {}).await?;
    let git = match with_git {
        true => link.backend().read_git(ReadGit::default()).await?,
        false => GitReport::default(),
    };
    Ok((list, git))
}

/// Keeps what lies in a folder: one named from the library on, or by its path.
fn keep_below(list: &mut WorkflowList, named: &str) -> Result<(), Failure> {
    let wanted = named.trim_end_matches('/');
    let known = list.folders.iter().find(|folder| folder.path == wanted);
    let named_so = |path: &str| shown(list, path) == wanted;
    let folder = known.or_else(|| list.folders.iter().find(|folder| named_so(&folder.path)));
    let Some(folder) = folder.map(|folder| folder.path.clone()) else {
        let message = format!("the library has no folder {named}");
        let help = "`millrace list` shows the folders, in the column FOLDER";
        return Err(ApiError::new(Code::NotFound, message).help(help).into());
    };
    list.workflows
        .retain(|row| row.folder.as_ref().is_some_and(|path| Path::new(path).starts_with(&folder)));
    Ok(())
}

fn sort(rows: &mut [WorkflowRow], order: SortWord) {
    rows.sort_by_key(|row| row.name.to_lowercase());
    let last = |row: &WorkflowRow| row.recent.first().map(|run| run.queued);
    match order {
        SortWord::Name => {}
        SortWord::Last => rows.sort_by_key(|row| Reverse(last(row))),
        SortWord::State => rows.sort_by_key(|row| Reverse(row.concern())),
        SortWord::Slowest => rows.sort_by_key(|row| Reverse(row.usual_us())),
    }
}

fn table(list: &WorkflowList, git: &GitReport, now: Timestamp, style: Style) -> Table {
    let states: HashMap<&str, GitState> =
        git.documents.iter().map(|it| (it.path.as_str(), it.state)).collect();
    let mut head = vec!["NAME", "FOLDER", "LAST", "WHEN", "TOOK"];
    head.extend((!states.is_empty()).then_some("GIT"));
    head.push("TITLE");
    let elastic = head.len() - 1;
    let head = head.into_iter().map(|cell| style.dim(cell)).collect();
    let mut table = Table::new(head).right(&[4]).elastic(elastic);
    for row in &list.workflows {
        let last = row.recent.first();
        let state = match (row.errors, last) {
            (1.., _) => style.run(RunState::Failed, "invalid"),
            (0, Some(run)) => style.run_state(run.state),
            (0, None) => style.dim("never run"),
        };
        let folder = row.folder.as_deref().map_or_else(|| "-".to_owned(), |it| shown(list, it));
        let mut cells = vec![
            escape::one_line(&row.name),
            escape::one_line(&folder),
            state,
            last.map(|run| human::relative(run.queued, now)).unwrap_or_default(),
            last.and_then(|run| run.duration_us).map(human::duration_us).unwrap_or_default(),
        ];
        if !states.is_empty() {
            let state = row.path.as_deref().and_then(|path| states.get(path));
            cells.push(match state {
                None | Some(GitState::Unchanged) => String::new(),
                Some(GitState::Conflict) => style.error("conflict"),
                Some(other) => style.dim(other.word()),
            });
        }
        cells.push(style.dim(&escape::one_line(row.title.as_deref().unwrap_or_default())));
        table.row(cells);
    }
    table
}

/// A folder from the one on that the settings name; that one itself is `.`, or its name where there are several.
fn shown(list: &WorkflowList, path: &str) -> String {
    let roots: Vec<_> = list.folders.iter().filter(|folder| folder.parent.is_none()).collect();
    let root = roots.iter().find(|root| Path::new(path).starts_with(&root.path));
    let Some(root) = root else { return path.to_owned() };
    let rest = path.strip_prefix(&root.path).unwrap_or_default().trim_start_matches('/');
    match (roots.len(), rest) {
        (1, "") => ".".to_owned(),
        (1, rest) => rest.to_owned(),
        (_, "") => root.name.clone(),
        (_, rest) => format!("{}/{rest}", root.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_api::document::RecentRun;
    use millrace_api::git::DocumentGit;
    use millrace_api::library::FolderRow;
    use millrace_model::ids::RunId;

    fn row(name: &str, folder: Option<&str>, runs: &[(RunState, i64, u64)]) -> WorkflowRow {
        WorkflowRow {
            workflow_id: None,
            name: name.to_owned(),
            title: Some(format!("The {name}")),
            description: None,
            path: Some(format!("{}/{name}.json", folder.unwrap_or("/away"))),
            folder: folder.map(str::to_owned),
            digest: None,
            tasks: 1,
            errors: 0,
            recent: runs
                .iter()
                .map(|(state, queued, secs)| RecentRun {
                    run: RunId(1),
                    state: *state,
                    queued: Timestamp(*queued * 1_000_000),
                    duration_us: Some(secs * 1_000_000),
                })
                .collect(),
        }
    }

    fn list() -> WorkflowList {
        let folder = |path: &str, parent: Option<&str>| FolderRow {
            path: path.to_owned(),
            name: path.rsplit('/').next().unwrap_or_default().to_owned(),
            parent: parent.map(str::to_owned),
        };
        WorkflowList {
            workflows: vec![
                row(
                    "Beta",
                    Some("/lib"),
                    &[(RunState::Failed, 30, 4), (RunState::Succeeded, 1, 4)],
                ),
                row("alpha", Some("/lib/team"), &[(RunState::Succeeded, 50, 9)]),
                row("gone", None, &[]),
                row("half", Some("/lib/team/deep"), &[(RunState::Succeeded, 20, 900)]),
            ],
            library: vec!["/lib".to_owned()],
            folders: vec![
                folder("/lib", None),
                folder("/lib/team", Some("/lib")),
                folder("/lib/team/deep", Some("/lib/team")),
            ],
        }
    }

    #[test]
    fn workflows_are_sorted_by_what_is_asked_for() {
        for (order, expected) in [
            (SortWord::Name, "alpha Beta gone half"),
            (SortWord::Last, "alpha Beta half gone"),
            (SortWord::State, "Beta alpha half gone"),
            (SortWord::Slowest, "half alpha Beta gone"),
        ] {
            let mut rows = list().workflows;
            sort(&mut rows, order);
            let names: Vec<_> = rows.iter().map(|row| row.name.as_str()).collect();
            assert_eq!(names.join(" "), expected, "{order:?}");
        }
    }

    #[test]
    fn a_folder_is_named_from_the_library_on_or_by_its_path() {
        for named in ["team", "team/", "/lib/team"] {
            let mut list = list();
            keep_below(&mut list, named).unwrap();
            assert_eq!(list.workflows.len(), 2, "{named}");
        }
        assert!(keep_below(&mut list(), "te").is_err());
    }

    #[test]
    fn the_list_says_where_documents_lie_and_how_they_stand() {
        let mut git = GitReport::default();
        for (path, state) in
            [("/lib/Beta.json", GitState::Modified), ("/lib/team/alpha.json", GitState::Unchanged)]
        {
            let path = path.to_owned();
            git.documents.push(DocumentGit { path, repository: 0, state });
        }
        let now = Timestamp(90_000_000);
        let with = table(&list(), &git, now, Style::PLAIN).render(None, "…");
        let without = table(&list(), &GitReport::default(), now, Style::PLAIN).render(None, "…");
        insta::assert_snapshot!(format!("{with}\n{without}"));
    }
}
