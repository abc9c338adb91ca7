//! `millrace diff`: what differs between two documents. Files alone need no daemon.

use millrace_api::document::{ReadDocument, Source};
use millrace_api::version::ReadVersion;
use millrace_api::{ApiError, Code};
use millrace_model::diff::{Difference, compare};
use millrace_model::document::Workflow;
use millrace_model::read::Document;
use serde::Serialize;

use super::versions;
use crate::args;
use crate::failure::{Exit, Failure};
use crate::link::{self, Link, block_on};
use crate::out::Out;
use crate::text::differences;
use crate::text::input::read_document;

pub(crate) fn run(args: &args::Diff, out: &mut Out) -> Result<Exit, Failure> {
    let [before, after] = [read(&args.before)?, read(&args.after)?];
    let found = compare(&before, &after);
    if args.json {
        let (before, after) = (args.before.as_str(), args.after.as_str());
        out.json(&Compared { before, after, differences: &found })?;
    } else if found.is_empty() {
        out.note(&format!("{} and {} are the same", args.before, args.after))?;
    } else {
        let style = out.style();
        let texts = found.iter().map(|it| differences::difference(it, style));
        out.write(&texts.collect::<String>())?;
    }
    Ok(Exit::Succeeded)
}

/// What differs, as JSON.
#[derive(Debug, Serialize)]
struct Compared<'a> {
    before: &'a str,
    after: &'a str,
    differences: &'a [Difference],
}

/// The workflow that a text names: a file, a name, or a version of either.
fn read(named: &str) -> Result<Workflow, Failure> {
    let is_file = |name: &str| name == "-" || std::path::Path::new(name).is_file();
    let text = match (versioned(named), is_file(named)) {
        (Some((workflow, number)), false) => block_on(version(workflow, number))??,
        (None, false) => match link::source(named)? {
            source @ Source::Name(_) => block_on(async {
                let link = Link::to_daemon().await?;
                let found = link.backend().read_document(ReadDocument { source }).await?;
                Ok::<_, Failure>(found.text.into_bytes())
            })??,
            _ => read_document(named)?,
        },
        (_, true) => read_document(named)?,
    };
    Document::parse(&text).workflow.ok_or_else(|| {
        let error = ApiError::new(Code::InvalidDocument, format!("{named} is no workflow"));
        error.help("`millrace validate` says what is wrong").into()
    })
}

/// `daily_sales@13`
fn versioned(named: &str) -> Option<(&str, usize)> {
    let (workflow, number) = named.rsplit_once('@')?;
    Some((workflow, number.parse().ok()?))
}

async fn version(workflow: &str, number: usize) -> Result<Vec<u8>, Failure> {
    let link = Link::to_daemon().await?;
    let list = versions::list(&link, workflow).await?;
    let version = list.numbered(number).ok_or_else(|| {
        let message = match list.versions.len() {
            0 => format!("{workflow} has no versions yet"),
            most => format!("{workflow} has no version {number}: they go from 1 to {most}"),
        };
        ApiError::new(Code::NotFound, message).help("`millrace versions` lists them")
    })?;
    let request = ReadVersion { version: version.version };
    Ok(link.backend().read_version(request).await?.text.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_named_by_its_number() {
        assert_eq!(versioned("daily@13"), Some(("daily", 13)));
        assert_eq!(versioned("a@b/c.json@2"), Some(("a@b/c.json", 2)));
        assert_eq!(versioned("daily"), None);
        assert_eq!(versioned("me@home"), None);
    }
}
