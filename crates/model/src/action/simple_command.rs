//! Whether a shell script is one plain command, so that its shell can become it by `exec`.
//!
//! A shell forks for its last command unless it is told not to, and that costs as much as the rest of the shell.
//! Not a shell parser: whatever is not beyond doubt is not a simple command.

/// Words that mean something to some shell, so that `exec WORD` would not do what `WORD` does: reserved words and
/// the built-ins of dash, bash, zsh, ksh and busybox.
const NOT_PROGRAMS: &[&str] = &[
    "alias",
    "autoload",
    "bg",
    "bind",
    "bindkey",
    "break",
    "builtin",
    "bye",
    "caller",
    "case",
    "cd",
    "chdir",
    "command",
    "compgen",
    "complete",
    "compopt",
    "continue",
    "coproc",
    "declare",
    "dirs",
    "disable",
    "disown",
    "do",
    "done",
    "echo",
    "elif",
    "else",
    "emulate",
    "enable",
    "end",
    "esac",
    "eval",
    "exec",
    "exit",
    "export",
    "false",
    "fc",
    "fg",
    "fi",
    "float",
    "for",
    "foreach",
    "function",
    "functions",
    "getopts",
    "hash",
    "help",
    "history",
    "if",
    "in",
    "integer",
    "jobs",
    "kill",
    "let",
    "limit",
    "local",
    "logout",
    "mapfile",
    "nameref",
    "nocorrect",
    "noglob",
    "popd",
    "print",
    "printf",
    "pushd",
    "pwd",
    "read",
    "readarray",
    "readonly",
    "rehash",
    "repeat",
    "return",
    "sched",
    "select",
    "set",
    "setopt",
    "shift",
    "shopt",
    "source",
    "suspend",
    "test",
    "then",
    "time",
    "times",
    "trap",
    "true",
    "ttyctl",
    "type",
    "typeset",
    "ulimit",
    "umask",
    "unalias",
    "unfunction",
    "unhash",
    "unlimit",
    "unset",
    "unsetopt",
    "until",
    "vared",
    "wait",
    "whence",
    "where",
    "which",
    "while",
    "zcompile",
    "zformat",
    "zle",
    "zmodload",
    "zparseopts",
    "zregexparse",
    "zstyle",
];

/// Characters that can make more of a line than one command.
const OPERATORS: &[char] =
    &['\n', '\r', '\0', ';', '&', '|', '<', '>', '(', ')', '{', '}', '`', '#', '!', '\\', '^'];

/// Whether `script` is one program with arguments (plain words, quoted texts, variables) and nothing else.
#[must_use]
pub fn is_simple_command(script: &str) -> bool {
    let line = script.trim_matches([' ', '\t', '\n']);
    let Some(program) = line.split([' ', '\t']).next() else { return false };
    is_plain_program(program)
        && !line.contains(OPERATORS)
        && line.matches('"').count().is_multiple_of(2)
        && line.matches('\'').count().is_multiple_of(2)
}

fn is_plain_program(word: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'/' | b'-' | b'+');
    let starts = word
        .bytes()
        .next()
        .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'/' | b'.'));
    // `.` reads a file into the shell; a path to a program is `./x`, `../x`, `/x` or `a/x`.
    starts && word != "." && word.bytes().all(plain) && !NOT_PROGRAMS.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_one_command_from_all_else() {
        for simple in [
            "python3 report.py",
            "/bin/true",
            "./fetch.sh \"$DAY\"\n",
            "rsync -a src/ dst/ --exclude='*.tmp'",
            "  make  -j2 ",
            "grep -c x $FILE",
        ] {
            assert!(is_simple_command(simple), "{simple}");
        }
        for other in [
            "",
            "#",
            "cd /tmp",
            "exit 3",
            ". ./env.sh",
            "echo hi",
            "true",
            "X=1 make",
            "make; echo",
            "make && make test",
            "make &",
            "cat a | wc",
            "date > f",
            "ls $(pwd)",
            "ls `pwd`",
            "! grep x",
            "{ make",
            "(make)",
            "make\nmake test",
            "make \\\n test",
            "time make",
            "if true",
            "$CMD a",
            "\"make\" a",
            "ls 'a",
            "-a b",
            "[ -f x ]",
            "f() x",
            "ls ${x}",
        ] {
            assert!(!is_simple_command(other), "{other}");
        }
    }

    proptest::proptest! {
        /// Of letters that make more than one command, or another one than is written.
        #[test]
        fn what_a_shell_has_to_work_out_is_not_simple(
            command in "[a-z]{1,3}(-[a-z])?", more in "[a-z /;&|<>()$`!{}#*\\\\\n-]{0,12}",
        ) {
            let script = format!("{command} {more}");
            let is_open = |c: char| ";&|<>()`!{}#\\\n".contains(c);
            proptest::prop_assert!(
                !is_simple_command(&script) || !script.trim().contains(is_open),
                "{script:?}"
            );
        }
    }
}
