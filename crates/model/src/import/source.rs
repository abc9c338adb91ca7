//! What a file is, by its name and its first lines.

/// A sort of file that workflows can be made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A table of cron, a user's or the system's.
    Crontab,
    /// A Makefile.
    Makefile,
    /// A shell script.
    Shell,
}

impl Source {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Crontab, Self::Makefile, Self::Shell];

    /// The word for it on a command line.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Crontab => "crontab",
            Self::Makefile => "makefile",
            Self::Shell => "shell",
        }
    }

    /// What the file at `path` is; none where neither its name nor its text tells.
    #[must_use]
    pub fn guess(path: &str, text: &str) -> Option<Self> {
        Self::of_name(path).or_else(|| Self::of_text(text))
    }

    /// What a file of this name is.
    #[must_use]
    pub fn of_name(path: &str) -> Option<Self> {
        let file = path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase();
        let ending = file.rsplit_once('.').map_or("", |(_, ending)| ending);
        if matches!(file.as_str(), "makefile" | "gnumakefile") || matches!(ending, "mk" | "mak") {
            Some(Self::Makefile)
        } else if file == "crontab"
            || matches!(ending, "cron" | "crontab")
            || path.contains("/cron.d/")
            || path.contains("/crontabs/")
        {
            Some(Self::Crontab)
        } else if matches!(ending, "sh" | "bash" | "ksh" | "zsh" | "dash") {
            Some(Self::Shell)
        } else {
            None
        }
    }

    fn of_text(text: &str) -> Option<Self> {
        let first = text.lines().next().unwrap_or_default();
        if first.starts_with("#!") {
            return super::shell::shell_of(first).is_some().then_some(Self::Shell);
        }
        let mut lines = text
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .skip_while(|line| super::crontab::is_setting(line));
        if lines.next().is_some_and(super::crontab::is_entry) {
            return Some(Self::Crontab);
        }
        let is_rule = text.lines().any(|line| line.starts_with('\t'))
            && text.lines().any(|line| {
                !line.starts_with(['\t', '#']) && line.contains(':') && !line.contains(":=")
            });
        is_rule.then_some(Self::Makefile)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_first_lines_tell() {
        for (path, text, expected) in [
            ("/home/ann/Makefile", "", Some(Source::Makefile)),
            ("rules.mk", "", Some(Source::Makefile)),
            ("/etc/cron.d/backup", "", Some(Source::Crontab)),
            ("/etc/crontab", "", Some(Source::Crontab)),
            ("nightly.sh", "", Some(Source::Shell)),
            ("nightly", "#!/usr/bin/env bash\nls", Some(Source::Shell)),
            ("report", "#!/usr/bin/python3\n", None),
            ("-", "# mine\n*/5 * * * * date\n", Some(Source::Crontab)),
            ("-", "MAILTO=x\n\n@daily backup\n", Some(Source::Crontab)),
            ("-", "all: a\n\techo x\n", Some(Source::Makefile)),
            ("-", "Dear Ann:\nhello\n", None),
            ("-", "", None),
        ] {
            assert_eq!(Source::guess(path, text), expected, "{path} {text:?}");
        }
    }
}
