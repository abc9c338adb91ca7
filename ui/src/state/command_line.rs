//! A run as the command line that starts such a run, quoted for a POSIX shell.

use millrace_model::document::{ParamKind, Workflow};
use millrace_model::event::Run;

/// The line, and what to say of it: parameters that are secrets are left out, for they are names of this machine.
pub(crate) fn command_line(run: &Run, workflow: Option<&Workflow>) -> (String, &'static str) {
    let mut line = String::from("millrace run ");
    line.push_str(&quoted(run.head.path.as_deref().unwrap_or(run.head.workflow.as_str())));
    let mut has_secrets = false;
    for (name, value) in &run.head.params {
        let declared = workflow.into_iter().flat_map(|workflow| &workflow.params);
        let mut declared = declared.filter(|param| param.name.as_str() == name);
        if declared.any(|param| param.kind == ParamKind::Secret) {
            has_secrets = true;
            continue;
        }
        line.push_str(" -p ");
        line.push_str(&quoted(&format!("{name}={}", crate::words::value(value))));
    }
    for task in run.head.only.iter().flatten() {
        line.push_str(" --only ");
        line.push_str(&quoted(task.as_str()));
    }
    let said = match has_secrets {
        false => "Command line copied",
        true => "Command line copied, without the parameters that are secrets",
    };
    (line, said)
}

/// One word for a shell, whatever is in it.
fn quoted(text: &str) -> String {
    let is_plain = |letter: char| {
        letter.is_ascii_alphanumeric()
            || matches!(letter, '/' | '.' | '_' | '-' | '=' | ':' | ',' | '+' | '@' | '%')
    };
    if !text.is_empty() && text.chars().all(is_plain) && !text.starts_with(['-', '=']) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::quoted;

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for text in [
            "plain",
            "",
            "two words",
            "it's",
            "$HOME `id` \"x\" \\ !",
            "a\nb",
            "海 🌊",
            "-p",
            "*?[]{}~#;&|<>()",
        ] {
            let script = format!("printf %s {}", quoted(text));
            let said = Command::new("sh").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(said.stdout).unwrap(), text, "{script}");
        }
        assert_eq!(quoted("/a/b.json"), "/a/b.json");
    }
}
