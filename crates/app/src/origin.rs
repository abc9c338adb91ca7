//! By what and where runs are accepted: found out once, the same for all runs of a process.

use std::sync::OnceLock;

use millrace_exec::environment;
use millrace_model::event::Origin;

/// What is written into the first event of a run.
pub(crate) fn origin() -> Box<Origin> {
    static ORIGIN: OnceLock<Origin> = OnceLock::new();
    Box::new(ORIGIN.get_or_init(find).clone())
}

fn find() -> Origin {
    let system = rustix::system::uname();
    let word = |text: &std::ffi::CStr| text.to_string_lossy().into_owned();
    let user = ["USER", "LOGNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    Origin {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        machine: word(system.nodename()),
        system: [system.sysname(), system.release(), system.machine()].map(word).join(" "),
        // In a service there may be no variable that says it.
        user: user.unwrap_or_else(|| format!("user {}", rustix::process::getuid().as_raw())),
        environment: environment::inherited_names(),
        // Another one for each run.
        git: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_says_where_it_was_accepted_and_no_values() {
        let origin = origin();
        assert_eq!(origin.version, env!("CARGO_PKG_VERSION"));
        assert!(!origin.machine.is_empty() && origin.system.split(' ').count() >= 3, "{origin:?}");
        assert!(!origin.user.is_empty());
        assert!(origin.environment.is_sorted() && origin.environment.contains(&"PATH".to_owned()));
        let text = serde_json::to_string(&origin).unwrap();
        let home = std::env::var("HOME").unwrap_or_default();
        assert!(home.is_empty() || !text.contains(&format!("\"{home}\"")), "{text}");
    }
}
