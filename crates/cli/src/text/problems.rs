//! Problems of a document, as a compiler prints them: place, code, message, the line with a caret, help.

use millrace_api::document::{Problem, Severity};

use super::escape::one_line;
use super::style::Style;
use super::table::{cut, width};

/// The longest part of a source line that is shown, in columns.
const MAX_EXCERPT: usize = 96;

/// One problem of the document `name`, whose text is `text` where that is known. Ends with a newline.
pub(crate) fn render(problem: &Problem, name: &str, text: Option<&str>, style: Style) -> String {
    let mut shown = String::new();
    if !name.is_empty() {
        shown.push_str(&one_line(name));
        if problem.line > 0 {
            shown.push_str(&format!(":{}:{}", problem.line, problem.column.max(1)));
        }
        shown.push_str(": ");
    }
    let label = format!("{}[{}]", word(problem.severity), problem.code);
    let label = match problem.severity {
        Severity::Error => style.error(&label),
        Severity::Warning => style.warning(&label),
        Severity::Notice => style.help(&label),
    };
    shown.push_str(&format!("{label}: {}{}\n", subject(problem), one_line(&problem.message)));
    if let Some(line) = text.and_then(|text| source_line(text, problem.line)) {
        push_excerpt(&mut shown, problem, line, style);
    }
    if let Some(help) = &problem.help {
        shown.push_str(&format!("  {}: {}\n", style.help("help"), one_line(help)));
    }
    shown
}

/// What all problems together amount to: `2 errors, 1 warning`; none where there are no problems.
pub(crate) fn tally(problems: &[Problem]) -> Option<String> {
    let parts: Vec<String> = [Severity::Error, Severity::Warning, Severity::Notice]
        .into_iter()
        .filter_map(|severity| {
            match problems.iter().filter(|problem| problem.severity == severity).count() {
                0 => None,
                1 => Some(format!("1 {}", word(severity))),
                many => Some(format!("{many} {}s", word(severity))),
            }
        })
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// The word for how bad a problem is.
pub(crate) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Notice => "notice",
    }
}

/// Task and field, as far as the message does not name them already.
fn subject(problem: &Problem) -> String {
    let mut subject = String::new();
    if let Some(task) = &problem.task {
        subject.push_str(&format!("task {task}: "));
    }
    let field = problem.field.strip_prefix("tasks[").and_then(|rest| rest.split_once(']'));
    let field = field.map_or(problem.field.as_str(), |(_, rest)| rest.trim_start_matches('.'));
    if !field.is_empty() {
        subject.push_str(&format!("{field}: "));
    }
    subject
}

fn source_line(text: &str, line: u32) -> Option<&str> {
    let line = usize::try_from(line).ok()?.checked_sub(1)?;
    text.split('\n').nth(line).map(|line| line.trim_end_matches('\r'))
}

fn push_excerpt(shown: &mut String, problem: &Problem, line: &str, style: Style) {
    let number = problem.line.to_string();
    let margin = " ".repeat(number.len());
    let before = usize::try_from(problem.column).unwrap_or(1).saturating_sub(1);
    // Of a long line (a minified document), the part around the place.
    let skip = before.saturating_sub(MAX_EXCERPT / 2);
    let skip = if line.chars().count() > MAX_EXCERPT { skip } else { 0 };
    let excerpt: String = line.chars().skip(skip).collect();
    let excerpt = cut(&one_line(&excerpt), MAX_EXCERPT, style.ellipsis());
    let lead: String = line.chars().skip(skip).take(before - skip.min(before)).collect();
    let caret = style.error("^");
    let bar = style.dim("|");
    let place = " ".repeat(width(&one_line(&lead)));
    shown.push_str(&format!(" {margin} {bar}\n"));
    shown.push_str(&format!(" {} {bar} {excerpt}\n", style.dim(&number)));
    shown.push_str(&format!(" {margin} {bar} {place}{caret}\n"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(line: u32, column: u32) -> Problem {
        Problem {
            severity: Severity::Error,
            code: "MR1206".to_owned(),
            message: "there is no task `lod`".to_owned(),
            help: Some("did you mean `load`?".to_owned()),
            line,
            column,
            field: "tasks[3].retry.delay".to_owned(),
            task: Some("extract".to_owned()),
        }
    }

    #[test]
    fn points_at_the_place() {
        let text = "{\n\t\"日本\": \"lod\"\n}\n";
        insta::assert_snapshot!(render(&problem(2, 8), "a.json", Some(text), Style::PLAIN), @r#"
        a.json:2:8: error[MR1206]: task extract: retry.delay: there is no task `lod`
           |
         2 |  "日本": "lod"
           |          ^
          help: did you mean `load`?
        "#);
    }

    #[test]
    fn shows_the_part_of_a_long_line_that_matters() {
        let text = format!("{}\"lod\"{}", "x".repeat(5_000), "y".repeat(5_000));
        let shown = render(&problem(1, 5_001), "a.json", Some(&text), Style::PLAIN);
        let lines: Vec<&str> = shown.lines().collect();
        assert!(lines[2].contains("\"lod\"") && lines[2].len() < 120, "{shown}");
        assert_eq!(lines[2].find("\"lod\""), lines[3].find('^'), "{shown}");
    }

    #[test]
    fn a_problem_without_place_says_only_the_file() {
        let shown = render(&problem(0, 0), "a.json", Some("{}"), Style::PLAIN);
        assert!(shown.starts_with("a.json: error[MR1206]: "), "{shown}");
        assert!(!shown.contains('^'), "{shown}");
    }

    #[test]
    fn counts_by_severity() {
        let warning = Problem { severity: Severity::Warning, ..problem(1, 1) };
        let all = [problem(1, 1), problem(2, 1), warning];
        assert_eq!(tally(&all).as_deref(), Some("2 errors, 1 warning"));
        assert_eq!(tally(&[]), None);
    }
}
