//! `millrace runs`: a list of runs, newest first.

use millrace_api::run::{ListRuns, RunPage, RunRow};
use millrace_model::event::{RunState, TriggerKind};
use millrace_model::run_query::{Filter, RunQuery, When};
use millrace_model::time::Timestamp;

use super::chosen;
use crate::args::{Runs, StateWord};
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::style::Style;
use crate::text::table::Table;
use crate::text::{escape, human};

/// The most that one request gives.
const PAGE: u32 = 1_000;

pub(crate) fn run(args: &Runs, out: &mut Out) -> Result<Exit, Failure> {
    let now = human::now();
    let query = asked(args)?;
    let request =
        ListRuns { count: true, limit: args.limit.min(PAGE), query, ..ListRuns::default() };
    let page = block_on(list(request, args.limit))??;
    if args.json {
        out.json(&page)?;
        return Ok(Exit::Succeeded);
    }
    if page.runs.is_empty() {
        out.note(&match page.counted.map_or(0, |counted| counted.all) {
            0 => "nothing has run here yet; `millrace run FILE` runs a workflow".to_owned(),
            all => format!("no run is like that, of {}", human::count(all)),
        })?;
        return Ok(Exit::Succeeded);
    }
    let text = table(&page.runs, now, out.style()).render(out.width(), out.style().ellipsis());
    out.write(&text)?;
    if let Some(counted) = page.counted.filter(|_| page.next.is_some() && out.is_terminal()) {
        let (shown, found) = (human::count(page.runs.len() as u64), human::count(counted.found));
        out.note(&format!("{shown} of {found}: ask for more with --limit"))?;
    }
    Ok(Exit::Succeeded)
}

/// What the arguments ask for, as one query.
fn asked(args: &Runs) -> Result<String, Failure> {
    let mut query = args.query.join(" ");
    chosen::check(&query)?;
    let mut terms = Vec::new();
    if let Some(name) = &args.workflow {
        terms.push(Filter::Workflow(vec![name.clone()]));
    }
    if !args.state.is_empty() {
        terms.push(Filter::State(args.state.iter().copied().map(state).collect()));
    }
    if let Some(text) = &args.since {
        let when = When::read(text).ok_or_else(|| {
            let message = format!(
                "`{text}` is not a time: write how long ago (90m, 2h, 3d), today, yesterday, \
                 a date (2026-11-23), or an instant (2026-11-23T06:00:00+01:00)"
            );
            Failure::usage(message, "for example `millrace runs --since 2h`")
        })?;
        terms.push(Filter::Since(when));
    }
    for filter in terms {
        // Beside a term of the query a flag narrows; two states in one query would mean *or*.
        let key = filter.key();
        if !matches!(filter, Filter::Since(_))
            && RunQuery::read(&query).is_ok_and(|query| query.of(key).any(|term| !term.negated))
        {
            let (flag, key) = (format!("--{}", key.word()), key.word());
            let message = format!("`{flag}` and `{key}:` are both given");
            return Err(Failure::usage(message, format!("put it all into `{key}:`, with commas")));
        }
        query = format!("{query} {filter}").trim_start().to_owned();
    }
    Ok(query)
}

async fn list(mut request: ListRuns, limit: u32) -> Result<RunPage, Failure> {
    let link = Link::to_daemon().await?;
    let mut page = link.backend().list_runs(request.clone()).await?;
    while let Some(next) = page.next {
        let missing = limit.saturating_sub(u32::try_from(page.runs.len()).unwrap_or(u32::MAX));
        if missing == 0 {
            break;
        }
        request.before = Some(next);
        request.count = false;
        request.limit = missing.min(PAGE);
        let more = link.backend().list_runs(request.clone()).await?;
        if more.runs.is_empty() {
            page.next = None;
            break;
        }
        page.runs.extend(more.runs);
        page.next = more.next;
    }
    Ok(page)
}

fn table(runs: &[RunRow], now: Timestamp, style: Style) -> Table {
    let head = ["RUN", "WORKFLOW", "STATE", "STARTED", "TOOK", "TASKS", "WHY"];
    let mut table = Table::new(head.map(|cell| style.dim(cell)).to_vec()).right(&[4, 5]).elastic(6);
    for run in runs {
        let began = run.started.unwrap_or(run.queued);
        let took = match (run.started, run.ended) {
            (Some(started), Some(ended)) => human::duration(ended.since(started)),
            (Some(started), None) => human::duration(now.since(started)),
            (None, _) => String::new(),
        };
        table.row(vec![
            format!("{:.8}", run.run),
            run.workflow.to_string(),
            style.run_state(run.state),
            human::relative(began, now),
            took,
            format!("{}/{}", run.succeeded, run.tasks),
            style.dim(&escape::one_line(&why(run))),
        ]);
    }
    table
}

/// Why it ended so, with what its first failed task said last; and for a run that another one started, which.
fn why(run: &RunRow) -> String {
    let parent = run.trigger_name.as_deref().filter(|_| run.trigger == TriggerKind::Parent.word());
    let parent = parent
        .and_then(|name| name.split_once(' '))
        .map(|(parent, task)| format!("by {task} of {parent:.8}"));
    let cause = [run.cause.as_str(), run.last_line.trim()];
    let cause: Vec<&str> = cause.into_iter().filter(|text| !text.is_empty()).collect();
    let cause = Some(cause.join(": ")).filter(|cause| !cause.is_empty());
    cause.into_iter().chain(parent).collect::<Vec<_>>().join("; ")
}

fn state(word: StateWord) -> RunState {
    match word {
        StateWord::Queued => RunState::Queued,
        StateWord::Running => RunState::Running,
        StateWord::Paused => RunState::Paused,
        StateWord::Succeeded => RunState::Succeeded,
        StateWord::Failed => RunState::Failed,
        StateWord::Canceled => RunState::Canceled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::ident::Ident;
    use millrace_model::ids::RunId;

    #[test]
    fn a_list_of_runs() {
        let second = 1_000_000;
        let row = |id: u64, state, started: Option<i64>, ended: Option<i64>, cause: &str| RunRow {
            run: RunId(id << 32),
            workflow: Ident::new("daily_sales").unwrap(),
            title: None,
            workflow_id: None,
            state,
            trigger: "manual".to_owned(),
            trigger_name: None,
            failed_task: None,
            last_line: String::new(),
            queued: Timestamp(0),
            started: started.map(|at| Timestamp(at * second)),
            ended: ended.map(|at| Timestamp(at * second)),
            cause: cause.to_owned(),
            tasks: 12,
            succeeded: 7,
            failed: 1,
        };
        let runs = [
            row(0x8f2c_41d9, RunState::Running, Some(990), None, ""),
            RunRow {
                last_line: "no such table: sales ".to_owned(),
                ..row(0x1111_0000, RunState::Failed, Some(400), Some(600), "load failed")
            },
            row(0x2222_0000, RunState::Queued, None, None, ""),
            RunRow {
                trigger: "parent".to_owned(),
                trigger_name: Some("8f2c41d900000000 load".to_owned()),
                ..row(0x3333_0000, RunState::Failed, Some(990), Some(995), "x failed")
            },
        ];
        let text = table(&runs, Timestamp(1_000 * second), Style::PLAIN).render(None, "…");
        insta::assert_snapshot!(text, @r"
        RUN       WORKFLOW     STATE    STARTED           TOOK  TASKS  WHY
        8f2c41d9  daily_sales  running  10 s ago        10.0 s   7/12
        11110000  daily_sales  failed   10 min ago  3 min 20 s   7/12  load failed: no such table: sales
        22220000  daily_sales  queued   16 min ago               7/12
        33330000  daily_sales  failed   10 s ago         5.0 s   7/12  x failed; by load of 8f2c41d9
        ");
    }
}
