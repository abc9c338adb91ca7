//! `millrace graph`: a workflow's graph as text, for Graphviz or for Mermaid. Needs no daemon.

use millrace_api::document::Problem;
use millrace_api::{ApiError, Code};
use millrace_model::document::Workflow;
use millrace_model::graph;
use millrace_model::read::Document;
use millrace_model::validate::Surroundings;

use super::validate::has_errors;
use crate::args::{Graph, GraphFormat};
use crate::failure::{Exit, Failure};
use crate::out::Out;
use crate::text::input::read_document;
use crate::text::problems;

pub(crate) fn run(args: &Graph, out: &mut Out) -> Result<Exit, Failure> {
    let (workflow, found, text) = read(&args.file)?;
    // An invalid workflow can be drawn all the same: that may be how somebody finds the circle in it.
    for problem in found.iter().filter(|problem| has_errors(std::slice::from_ref(problem))) {
        let shown = problems::render(problem, &args.file, text.as_deref(), out.err_style());
        out.err(&shown)?;
    }
    let drawn = match args.format {
        GraphFormat::Text => graph::text(&workflow),
        GraphFormat::Dot => graph::dot(&workflow),
        GraphFormat::Mermaid => graph::mermaid(&workflow),
    };
    out.write(&drawn)?;
    Ok(if has_errors(&found) { Exit::Usage } else { Exit::Succeeded })
}

/// The workflow of a document with all its problems and its text.
///
/// # Errors
/// When the file cannot be read, or nothing in it can be shown.
pub(super) fn read(file: &str) -> Result<(Workflow, Vec<Problem>, Option<String>), Failure> {
    let bytes = read_document(file)?;
    let document = Document::parse(&bytes);
    let found: Vec<Problem> =
        document.check(&Surroundings::default()).iter().map(Problem::from).collect();
    let text = String::from_utf8(bytes).ok();
    match document.workflow {
        Some(workflow) => Ok((workflow, found, text)),
        None => {
            let error = ApiError::new(Code::InvalidDocument, format!("{file} is no workflow"));
            Err(Failure::from(error.problems(found))
                .in_document(file, Some(text.unwrap_or_default())))
        }
    }
}
