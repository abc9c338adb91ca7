//! What a file becomes that is dropped on the window: a document, or a task that runs it.

use millrace_model::edit::suggested_name;
use millrace_model::import::Source;
use serde_json::json;

/// What a dropped file is.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Dropped {
    /// A document to open.
    Document,
    /// What workflows are made of: a crontab or a Makefile.
    Import,
    /// A script: the text of a document with one task that runs it.
    Script(String),
    /// Nothing that Millrace knows.
    Other,
}

/// Tells by the ending of a file's name what it is.
pub(crate) fn dropped(path: &str) -> Dropped {
    let file = path.rsplit('/').next().unwrap_or(path);
    let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
    let (kind, spec) = match ending.to_ascii_lowercase().as_str() {
        "json" => return Dropped::Document,
        "py" => ("python", json!({ "file": path })),
        "ipynb" => ("notebook", json!({ "notebook": path })),
        "sh" => ("command", json!({ "argv": ["sh", path] })),
        "bash" => ("command", json!({ "argv": ["bash", path] })),
        _ => {
            return match Source::of_name(path) {
                Some(Source::Crontab | Source::Makefile) => Dropped::Import,
                Some(Source::Shell) | None => Dropped::Other,
            };
        }
    };
    let name = suggested_name(stem);
    let name = name.as_ref().map_or("script", |name| name.as_str());
    let task = json!({ "name": name, "title": file, "kind": kind, "spec": spec });
    Dropped::Script(json!({ "millrace": 1, "name": "dropped", "tasks": [task] }).to_string())
}

/// The text of a document with one task, which runs the workflow in the file at `path`, and calls it `named`.
pub(crate) fn task_that_runs(path: &str, named: &str) -> String {
    let file = path.rsplit('/').next().unwrap_or(path);
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let name = suggested_name(stem);
    let name = name.as_ref().map_or("workflow", |name| name.as_str());
    let task = json!({ "name": name, "kind": "workflow", "spec": { "workflow": named } });
    json!({ "millrace": 1, "name": "dropped", "tasks": [task] }).to_string()
}

#[cfg(test)]
mod tests {
    use millrace_model::read::Document;
    use millrace_model::validate::Surroundings;

    use super::*;

    #[test]
    fn the_ending_says_what_it_is() {
        assert_eq!(dropped("/a/daily.json"), Dropped::Document);
        assert_eq!(dropped("/a/notes.txt"), Dropped::Other);
        assert_eq!(dropped("/a/Makefile"), Dropped::Import);
        assert_eq!(dropped("/etc/cron.d/backup"), Dropped::Import);
    }

    #[test]
    fn a_script_is_a_task_without_problems() {
        for path in [
            "/a/clean rows.py",
            "/a/REPORT.SH",
            "/a/2nd.bash",
            "/a/报告.py",
            "/a/true.sh",
            "/a/report.ipynb",
        ] {
            let Dropped::Script(text) = dropped(path) else { panic!("{path} is a script") };
            let document = Document::parse(text.as_bytes());
            assert_eq!(document.check(&Surroundings::default()), [], "{path}");
            let workflow = document.workflow.unwrap();
            assert!(text.contains(path) && workflow.tasks.len() == 1);
        }
    }

    #[test]
    fn a_workflow_is_a_task_without_problems() {
        for path in ["/a/clean rows.json", "/a/2nd.json", "/a/报告.json", "/a/task"] {
            let document = Document::parse(task_that_runs(path, path).as_bytes());
            assert_eq!(document.check(&Surroundings::default()), [], "{path}");
            assert_eq!(document.workflow.unwrap().tasks[0].kind, "workflow");
        }
    }
}
