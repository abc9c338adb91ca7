//! The runs that something is done to: by their names, or all that a query finds.

use std::io::{IsTerminal, Write};

use millrace_api::bulk::{SelectRuns, Steered};
use millrace_api::{ApiError, Code};
use millrace_model::ids::RunId;
use millrace_model::run_query::{self, QueryProblem};

use crate::args::Chosen;
use crate::failure::{Exit, Failure};
use crate::link::Link;
use crate::out::Out;
use crate::text::human;

/// Which runs these are, each once. Asks before it takes what a query finds.
pub(super) async fn runs(
    link: &Link,
    chosen: &Chosen,
    verb: &str,
    out: &mut Out,
) -> Result<Vec<RunId>, Failure> {
    let Some(query) = &chosen.query else {
        // All names first: `last` is another run once one has been started again.
        let mut runs = Vec::new();
        for name in &chosen.runs {
            let run = link.find_run(name).await?;
            if !runs.contains(&run) {
                runs.push(run);
            }
        }
        return Ok(runs);
    };
    check(query)?;
    let request = SelectRuns { query: query.clone(), ..SelectRuns::default() };
    let found = link.backend().select_runs(request).await?;
    if found.count() == 0 {
        return Err(Failure::new(Code::NotFound, format!("no run is like `{query}`")));
    }
    if !chosen.yes {
        confirm(found.count(), verb, query, out)?;
    }
    Ok(found.ids().collect())
}

/// Says what was done with which; whether with all of them is the exit code.
pub(super) fn report(
    steered: &Steered,
    done: &str,
    json: bool,
    out: &mut Out,
) -> Result<Exit, Failure> {
    if json {
        out.json(steered)?;
    } else {
        out.note(&steered.words(done))?;
    }
    Ok(if steered.left.is_empty() { Exit::Succeeded } else { Exit::Failed })
}

/// Refuses a query that is not understood, with its place underlined.
pub(super) fn check(query: &str) -> Result<(), Failure> {
    match run_query::parse(query).problems.into_iter().next() {
        None => Ok(()),
        Some(problem) => Err(refused(query, &problem)),
    }
}

fn refused(query: &str, problem: &QueryProblem) -> Failure {
    let message = match query.contains(['\n', '\r', '\t']) {
        true => problem.message.clone(),
        false => {
            let before = query.get(..problem.at.start).unwrap_or_default().chars().count();
            let long = query.get(problem.at.clone()).unwrap_or_default().chars().count();
            let under = format!("{}{}", " ".repeat(before), "^".repeat(long.max(1)));
            format!("{}\n  {query}\n  {under}", problem.message)
        }
    };
    ApiError::new(Code::BadQuery, message).help(problem.help.clone()).into()
}

/// Whether all of them are meant.
fn confirm(count: usize, verb: &str, query: &str, out: &mut Out) -> Result<(), Failure> {
    let what =
        format!("{} {}", human::count(count as u64), if count == 1 { "run" } else { "runs" });
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        let message =
            format!("`{query}` finds {what}, and nobody can be asked whether all are meant");
        return Err(Failure::usage(message, "look with `millrace runs`, then say it with --yes"));
    }
    out.err(&format!("{verb} {what}? [y/N] "))?;
    std::io::stderr().flush()?;
    let mut answer = String::new();
    stdin.read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::usage("nothing was done", "answer y, or say --yes")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_a_mistake_is_underlined() {
        let Err(Failure::Api { error, .. }) = check("since:2d sate:failed") else { panic!() };
        assert_eq!(
            error.message,
            "`sate:` is not known here; did you mean `state`?\n  since:2d sate:failed\n           ^^^^"
        );
        assert!(check("state:failed").is_ok());
    }
}
