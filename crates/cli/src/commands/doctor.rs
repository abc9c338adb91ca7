//! `millrace doctor`: what is well on this machine, what is not, and what to do about it.
//!
//! It looks and never mends. Each check is a function in a file beside this one.

mod bundle;
mod home;
mod machine;

use millrace_api::home::Home;
use serde::Serialize;

use crate::args::Doctor;
use crate::failure::{Exit, Failure};
use crate::link::block_on;
use crate::out::Out;
use crate::text::escape::one_line;

/// How a check went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    /// As it should be.
    Ok,
    /// Something will not work, or not as well as it could.
    Warning,
    /// Nothing will run.
    Error,
}

/// One line of the report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Finding {
    /// What was looked at.
    about: &'static str,
    /// How it went.
    verdict: Verdict,
    /// What was found.
    found: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl Finding {
    fn ok(about: &'static str, found: impl Into<String>) -> Self {
        Self { about, verdict: Verdict::Ok, found: found.into(), help: None }
    }

    fn warning(about: &'static str, found: impl Into<String>, help: impl Into<String>) -> Self {
        Self { about, verdict: Verdict::Warning, found: found.into(), help: Some(help.into()) }
    }

    fn error(about: &'static str, found: impl Into<String>, help: impl Into<String>) -> Self {
        Self { about, verdict: Verdict::Error, found: found.into(), help: Some(help.into()) }
    }
}

pub(crate) fn run(args: &Doctor, out: &mut Out) -> Result<Exit, Failure> {
    let findings = look()?;
    if let Some(to) = &args.bundle {
        bundle::write(&findings, to, out)?;
        return Ok(Exit::Succeeded);
    }
    if args.json {
        out.json(&serde_json::json!({ "checks": findings }))?;
    } else {
        let text = render(&findings, out.style());
        out.write(&text)?;
    }
    let bad = findings.iter().any(|finding| finding.verdict == Verdict::Error);
    Ok(if bad { Exit::Environment } else { Exit::Succeeded })
}

fn look() -> Result<Vec<Finding>, Failure> {
    let mut findings = vec![machine::program()];
    findings.extend(machine::companions());
    match Home::of_user() {
        Ok(found) => {
            findings.extend([home::place(&found), home::settings(&found), home::disk(&found)]);
            findings.extend(block_on(home::daemon(&found))?);
            findings.extend(block_on(home::keyring(&found))?);
            findings.push(block_on(home::login(&found))?);
        }
        Err(error) => {
            let help = error.help.unwrap_or_default();
            findings.push(Finding::error("home", error.message, help));
        }
    }
    findings.extend([
        machine::sqlite(),
        machine::session_bus(),
        machine::cgroup(),
        machine::python(),
        machine::uv(),
        machine::time_zone(),
    ]);
    Ok(findings)
}

fn render(findings: &[Finding], style: crate::text::style::Style) -> String {
    let pad = findings.iter().map(|finding| finding.about.len()).max().unwrap_or(0);
    let mut text = String::new();
    for finding in findings {
        let word = match finding.verdict {
            Verdict::Ok => style.good("ok     "),
            Verdict::Warning => style.warning("warning"),
            Verdict::Error => style.error("error  "),
        };
        let found = one_line(&finding.found);
        text.push_str(&format!("{word}  {:<pad$}  {found}\n", finding.about));
        if let Some(help) = finding.help.as_deref().filter(|help| !help.is_empty()) {
            text.push_str(&format!("         {:<pad$}  {}: {help}\n", "", style.help("help")));
        }
    }
    let count = |verdict| findings.iter().filter(|finding| finding.verdict == verdict).count();
    let verdict = match (count(Verdict::Error), count(Verdict::Warning)) {
        (0, 0) => "all is well".to_owned(),
        (0, 1) => "workflows can run; 1 warning".to_owned(),
        (0, warnings) => format!("workflows can run; {warnings} warnings"),
        (1, _) => "1 error: workflows cannot run here".to_owned(),
        (errors, _) => format!("{errors} errors: workflows cannot run here"),
    };
    text.push_str(&format!("\n{}\n", style.bold(&verdict)));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::style::Style;

    #[test]
    fn a_report_says_what_to_do() {
        let findings = [
            Finding::ok("home", "/home/a"),
            Finding::warning("session bus", "there is none", "log in at a desktop"),
            Finding::error("disk", "full", "free some space"),
        ];
        insta::assert_snapshot!(render(&findings, Style::PLAIN), @r"
        ok       home         /home/a
        warning  session bus  there is none
                              help: log in at a desktop
        error    disk         full
                              help: free some space

        1 error: workflows cannot run here
        ");
    }
}
