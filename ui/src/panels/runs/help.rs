//! What the field of the query knows: names that can be written, and what of the text is not understood.

use std::ops::Range;

use millrace_model::run_query::{self, Filter, Known};

use crate::app::App;
use crate::widgets::{Completion, ExprHelp, Preview, Suggestion};

/// The query's help.
pub(super) struct QueryHelp<'a>(pub(super) &'a App);

impl ExprHelp for QueryHelp<'_> {
    fn complete(&self, text: &str, cursor: usize, _: bool) -> Option<Completion> {
        let byte = text.char_indices().nth(cursor).map_or(text.len(), |(at, _)| at);
        let (workflows, tasks) = (workflows(self.0), tasks(self.0));
        let workflows: Vec<&str> = workflows.iter().map(String::as_str).collect();
        let tasks: Vec<&str> = tasks.iter().map(String::as_str).collect();
        let known = Known { workflows: &workflows, tasks: &tasks };
        let found = run_query::complete(text, byte, known);
        let first = found.first()?.replaces.clone();
        let chars = |byte: usize| text.get(..byte).map_or(0, |before| before.chars().count());
        let names = found
            .into_iter()
            .map(|found| Suggestion { text: found.text, aside: found.words.to_owned() });
        Some(Completion { range: chars(first.start)..chars(first.end), names: names.collect() })
    }

    fn preview(&self, _: &str) -> Preview {
        Preview::Plain
    }

    fn wrong(&self, text: &str) -> Option<Range<usize>> {
        run_query::parse(text).problems.into_iter().next().map(|problem| problem.at)
    }

    /// The keys, which are shown apart.
    fn expressions(&self, text: &str) -> Vec<Range<usize>> {
        let parsed = run_query::parse(text);
        let terms = parsed.query.terms.iter().zip(&parsed.spans);
        terms
            .filter(|(term, _)| !matches!(&term.filter, Filter::Text(texts) if texts.len() == 1))
            .filter_map(|(_, span)| {
                let colon = text.get(span.clone())?.find(':')?;
                Some(span.start..span.start + colon + 1)
            })
            .collect()
    }
}

/// The names of workflows that runs can be of, in order.
pub(super) fn workflows(app: &App) -> Vec<String> {
    let mut names: Vec<String> =
        app.library.rows.iter().flatten().map(|row| row.name.clone()).collect();
    names.extend(app.runs.rows.iter().map(|row| row.workflow.to_string()));
    names.sort_unstable();
    names.dedup();
    names
}

/// Names of tasks: those that failed lately, and those of the open documents.
pub(super) fn tasks(app: &App) -> Vec<String> {
    let mut names: Vec<String> =
        app.runs.rows.iter().filter_map(|row| row.failed_task.clone()).collect();
    let open = app.tabs.iter().flat_map(|editor| &editor.doc.workflow.tasks);
    names.extend(open.map(|task| task.name.to_string()));
    names.sort_unstable();
    names.dedup();
    names
}
