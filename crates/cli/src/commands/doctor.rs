//! `millrace doctor`: what is well on this machine, what is not, and what to do about it.
//!
//! What is looked at, and what a bundle has in it, is the app's: a window shows the same. Here it is printed, also where no daemon runs.

use std::path::Path;

use millrace_api::diagnostics::{Check, NEVER_IN_IT, SaveDiagnostics, Verdict};
use millrace_api::home::Home;
use millrace_api::{ApiError, Code};
use millrace_app::diagnostics::{self, Bundle, DaemonSeen};

use crate::args::Doctor;
use crate::failure::{Exit, Failure};
use crate::link::block_on;
use crate::out::Out;
use crate::text::escape::one_line;
use crate::text::human;

pub(crate) fn run(args: &Doctor, out: &mut Out) -> Result<Exit, Failure> {
    let (checks, bundle) = block_on(look())??;
    if let Some(to) = &args.bundle {
        write(&bundle, to, out)?;
        return Ok(Exit::Succeeded);
    }
    if args.json {
        out.json(&serde_json::json!({ "checks": checks }))?;
    } else {
        let text = render(&checks, out.style());
        out.write(&text)?;
    }
    let bad = checks.iter().any(|check| check.verdict == Verdict::Error);
    Ok(if bad { Exit::Environment } else { Exit::Succeeded })
}

/// Asks the daemon where one runs; none is started.
async fn look() -> Result<(Vec<Check>, Bundle), ApiError> {
    let home = Home::of_user();
    let seen = match &home {
        Err(_) => DaemonSeen::default(),
        Ok(home) => match millrace_client::connect_running(home).await {
            Ok(None) => DaemonSeen::default(),
            Ok(Some(client)) => DaemonSeen::ask(&client).await,
            Err(error) => DaemonSeen { state: Some(Err(error)), ..DaemonSeen::default() },
        },
    };
    diagnostics::look(home, seen).await
}

/// Says what is in the bundle, and writes it.
fn write(bundle: &Bundle, to: &Path, out: &mut Out) -> Result<(), Failure> {
    for part in bundle.parts() {
        let size = human::bytes(part.bytes);
        out.note(&format!("{:<14} {size:>10}  {}", part.name, part.what))?;
    }
    out.note(NEVER_IN_IT)?;
    let here = std::env::current_dir().map_err(|error| {
        Failure::new(Code::File, format!("there is no current folder: {error}"))
    })?;
    let path = here.join(to).display().to_string();
    let saved = bundle.save(&SaveDiagnostics { path, replace: false })?;
    out.write(&format!("{}\n", one_line(&saved.path)))?;
    Ok(())
}

fn render(checks: &[Check], style: crate::text::style::Style) -> String {
    let pad = checks.iter().map(|check| check.about.len()).max().unwrap_or(0);
    let mut text = String::new();
    for check in checks {
        let word = match check.verdict {
            Verdict::Ok => style.good("ok     "),
            Verdict::Warning => style.warning("warning"),
            Verdict::Error => style.error("error  "),
        };
        let found = one_line(&check.found);
        text.push_str(&format!("{word}  {:<pad$}  {found}\n", check.about));
        if let Some(help) = &check.help {
            text.push_str(&format!("         {:<pad$}  {}: {help}\n", "", style.help("help")));
        }
    }
    let count = |verdict| checks.iter().filter(|check| check.verdict == verdict).count();
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
        let checks = [
            Check::ok("home", "/home/a"),
            Check::warning("session bus", "there is none", "log in at a desktop"),
            Check::error("disk", "full", "free some space"),
        ];
        insta::assert_snapshot!(render(&checks, Style::PLAIN), @r"
        ok       home         /home/a
        warning  session bus  there is none
                              help: log in at a desktop
        error    disk         full
                              help: free some space

        1 error: workflows cannot run here
        ");
    }
}
