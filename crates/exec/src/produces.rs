//! The files that a task makes: looks whether they are there, before the task would start and after it ended well.
//!
//! A folder is as good as a file. A pattern with wildcards needs one match; names that begin with a dot match only where
//! the pattern names the dot.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use millrace_engine::core::StartAttempt;
use millrace_model::Values;
use millrace_model::event::{AttemptEnd, Outcome};
use millrace_model::produces::check;
use millrace_model::template::Template;

use crate::find;
use crate::prepare::workdir;
use crate::run_dir::RunDir;

/// A disk or a server that answers no sooner is taken as gone.
const LIMIT: Duration = Duration::from_secs(60);

/// What a task makes, with values put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Produced {
    folder: PathBuf,
    patterns: Vec<String>,
}

/// What a task makes, nothing, or why that cannot be told.
pub(crate) type Made = Result<Option<Produced>, String>;

impl Produced {
    /// What the attempt's task makes; none where it names nothing.
    ///
    /// # Errors
    /// What is wrong with a pattern, or with the task's folder.
    pub(crate) fn of(dir: &RunDir, attempt: &StartAttempt) -> Result<Option<Self>, String> {
        let texts = &attempt.task().produces;
        if texts.is_empty() {
            return Ok(None);
        }
        let scope = attempt.scope();
        let render = |text: &String| {
            let pattern = Template::parse(text)
                .and_then(|template| template.render(&scope))
                .map_err(|error| format!("`produces`, `{text}`: {error}"))?;
            check(&pattern).map(|()| pattern).map_err(|error| format!("`produces`: {error}"))
        };
        let patterns = texts.iter().map(render).collect::<Result<_, _>>()?;
        Ok(Some(Self { folder: workdir(dir, attempt, &scope)?, patterns }))
    }

    /// The patterns by which nothing is found, in their order. Blocks no thread that others need.
    ///
    /// # Errors
    /// Where it cannot be told.
    pub(crate) async fn missing(&self) -> Result<Vec<String>, String> {
        let this = self.clone();
        let looking = tokio::task::spawn_blocking(move || this.look());
        match tokio::time::timeout(LIMIT, looking).await {
            Ok(Ok(found)) => found,
            Ok(Err(error)) => Err(format!("the files that it produces: {error}")),
            Err(_) => Err(format!(
                "looking for the files that it produces below {} took longer than a minute; name a folder with less in it, or see whether the disk is gone",
                self.folder.display()
            )),
        }
    }

    fn look(self) -> Result<Vec<String>, String> {
        let Self { folder, patterns } = self;
        let deadline = Instant::now() + LIMIT;
        let mut missing = Vec::new();
        for pattern in patterns {
            let is_there = find::is_there(&folder, &pattern, deadline).map_err(|error| {
                format!("cannot look for {pattern}, which it produces: {error}")
            })?;
            if !is_there {
                missing.push(pattern);
            }
        }
        Ok(missing)
    }
}

/// After a process that ended well: the attempt has failed where something is missing of what it should have made.
pub(crate) async fn check_made(made: &Made, end: &mut AttemptEnd) {
    if end.outcome != Outcome::Succeeded {
        return;
    }
    let missing = match made {
        Ok(None) => return,
        Ok(Some(produced)) => produced.missing().await,
        Err(message) => Err(message.clone()),
    };
    end.outcome = match missing {
        Ok(patterns) if patterns.is_empty() => return,
        Ok(patterns) => Outcome::Missing { patterns },
        Err(message) => Outcome::Error { message },
    };
    end.outputs = Values::new();
}

#[cfg(test)]
mod tests;
