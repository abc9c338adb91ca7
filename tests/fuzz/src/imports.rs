//! Crontabs, Makefiles and shell scripts of strangers.

use millrace_model::import::{Source, import as import_text};
use millrace_model::problem::Severity;
use millrace_model::validate::{Surroundings, validate};

use crate::documents::{assert_runs, round_trip};

/// Any text gives workflows or remarks. What comes out is valid, can be saved, and can run; remarks name lines of the text.
pub fn import(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let lines = text.split('\n').count();
    let _guess = (Source::guess("x", &text), Source::guess("Makefile", &text));
    for (source, path) in Source::ALL.into_iter().zip(["crontab", "x/Makefile", "a b.sh"]) {
        let found = import_text(source, path, &text);
        let remarks = found.workflows.iter().flat_map(|made| &made.remarks).chain(&found.remarks);
        for remark in remarks {
            assert!(remark.line <= lines, "{remark} in {lines} lines");
            assert!(!remark.message.is_empty());
        }
        for made in &found.workflows {
            let workflow = &made.workflow;
            let problems = validate(workflow, &Surroundings::default());
            let error = problems.iter().find(|problem| problem.severity == Severity::Error);
            assert!(error.is_none(), "{source:?}: {error:?}");
            round_trip(workflow);
            assert_runs(workflow);
        }
    }
}
