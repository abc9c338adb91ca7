//! Crontabs, Makefiles and shell scripts become workflows: what comes out of real-looking files, and that nothing at all
//! makes it fail.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::fmt::Write as _;

use millrace_model::import::{Import, MAX_TEXT, Source, import};
use millrace_model::problem::Severity;
use millrace_model::read::Document;
use millrace_model::validate::Surroundings;
use millrace_model::write::canonical_text;
use proptest::collection::vec;
use proptest::prelude::*;

/// All that came out, as text.
fn shown(import: &Import) -> String {
    let mut text = String::new();
    for remark in &import.remarks {
        writeln!(text, "- {}: {remark}", remark.what.words()).unwrap();
    }
    for made in &import.workflows {
        for remark in &made.remarks {
            writeln!(text, "- {}: {}: {remark}", made.workflow.name, remark.what.words()).unwrap();
        }
        text.push_str(&canonical_text(&made.workflow));
    }
    text
}

/// Every workflow can be saved, read again, and run.
fn assert_valid(import: &Import) {
    let mut names = Vec::new();
    for made in &import.workflows {
        let text = canonical_text(&made.workflow);
        let document = Document::parse(text.as_bytes());
        let errors: Vec<_> = document
            .check(&Surroundings::default())
            .into_iter()
            .filter(|problem| problem.severity == Severity::Error)
            .collect();
        assert_eq!(errors, [], "{text}");
        assert!(document.workflow.as_ref() == Some(&made.workflow), "read otherwise: {text}");
        names.push(made.workflow.name.clone());
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), import.workflows.len(), "two have one name");
}

fn of(source: Source, path: &str, text: &str) -> String {
    let import = import(source, path, text);
    assert_valid(&import);
    shown(&import)
}

#[test]
fn a_crontab_of_a_user() {
    insta::assert_snapshot!(of(Source::Crontab, "-", include_str!("fixtures/user.crontab")));
}

#[test]
fn the_crontab_of_the_system() {
    let text = include_str!("fixtures/system.crontab");
    insta::assert_snapshot!(of(Source::Crontab, "/etc/crontab", text));
    assert_eq!(import(Source::Crontab, "-", text), import(Source::Crontab, "/etc/crontab", text));
}

#[test]
fn a_makefile() {
    let text = include_str!("fixtures/site.mk");
    insta::assert_snapshot!(of(Source::Makefile, "/home/ann/site/Makefile", text));
}

#[test]
fn a_shell_script() {
    insta::assert_snapshot!(of(Source::Shell, "nightly.sh", include_str!("fixtures/nightly.sh")));
}

#[test]
fn a_shell_script_that_does_not_stop() {
    insta::assert_snapshot!(of(Source::Shell, "plain.sh", include_str!("fixtures/plain.sh")));
}

#[test]
fn nothing_comes_of_nothing() {
    for source in Source::ALL {
        for text in ["", "\n\n", "# only words\n", "\u{feff}", "\0"] {
            let import = import(source, "x", text);
            assert_eq!(import.workflows, [], "{source:?} {text:?}");
        }
        let long = "a: b\n".repeat(MAX_TEXT / 5 + 1);
        let import = import(source, "x", &long);
        assert_eq!((import.workflows.len(), import.remarks.len()), (0, 1));
    }
    let python = import(Source::Shell, "x", "#!/usr/bin/python3\nprint(1)\n");
    assert_eq!((python.workflows.len(), python.remarks.len()), (0, 1));
}

#[test]
fn a_long_chain_of_targets_is_no_trouble() {
    let text: String = (0..4_000).map(|at| format!("t{at}: t{}\n\techo {at}\n", at + 1)).collect();
    let import = import(Source::Makefile, "Makefile", &text);
    assert_eq!(import.workflows[0].workflow.dependencies.len(), 3_999);
    assert_valid(&import);
}

#[test]
fn more_than_a_person_writes_is_refused_soon() {
    let crontab: String = (0..100_000).map(|at| format!("* * * * * a{at}\n")).collect();
    let names: String = (0..100_000).map(|at| format!("t{at} ")).collect();
    let lines = "\tx\n".repeat(10_000);
    for (source, text) in [
        (Source::Crontab, crontab),
        (Source::Makefile, format!("{names}: {names}\n")),
        (Source::Makefile, format!("{names}:\n{lines}")),
    ] {
        let import = import(source, "x", &text);
        assert_eq!(import.workflows, []);
        let [remark] = import.remarks.as_slice() else { panic!("{:?}", import.remarks) };
        assert!(remark.message.contains("nothing was made"), "{remark}");
    }
}

/// Pieces that mean something to one of the sources, put together at random.
fn piece() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "* * * * *",
        "*/5",
        "@daily",
        "@reboot",
        "root",
        "MAILTO=",
        "CRON_TZ=UTC",
        "RANDOM_DELAY=",
        "%",
        "\\%",
        "a:",
        "b c:",
        "all: a b",
        ":",
        "::",
        "|",
        ";",
        "\t",
        "\\",
        "\n",
        "\n\t",
        "\n\t@-",
        "$(",
        ")",
        "${",
        "}",
        "$@",
        "$<",
        "$(A)",
        "A",
        "=",
        ":=",
        "+=",
        "?=",
        "!=",
        "define X\n",
        "endef\n",
        "ifdef A\n",
        "endif\n",
        ".PHONY:",
        ".ONESHELL:\n",
        "export ",
        "include x\n",
        "%.o: %.c",
        "a.txt",
        "../x",
        "out/",
        "[",
        "# --- ",
        "\n# --- part\n",
        "#!/bin/sh -e\n",
        "set -e\n",
        "if ",
        "then",
        "fi\n",
        "do",
        "done\n",
        "{",
        "cat <<EOF\n",
        "EOF\n",
        "'",
        "\"",
        "`",
        "f() {\n",
        "cd x",
        "exit 1\n",
        "x=$(date)\n",
        "echo $x",
        "1 2 3 4 5 ",
        "60 24 0 13 8 x",
        "\r\n",
        "\0",
        "ä",
        "😀",
        "#",
        "##",
        "&",
        "(",
        "true",
        "import",
        "-",
        "@",
    ]);
    prop_oneof![8 => words.prop_map(str::to_owned), 1 => ".{0,6}", 1 => Just(" ".to_owned())]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn whatever_comes_in_what_comes_out_is_valid(
        pieces in vec(piece(), 0..60),
        path in prop::sample::select(vec!["", "/", "Makefile", "/etc/crontab", "a/b.sh", "-", "..", "1"]),
    ) {
        let text = pieces.concat();
        let _guessed = Source::guess(path, &text);
        for source in Source::ALL {
            let import = import(source, path, &text);
            assert_valid(&import);
            for made in &import.workflows {
                let lines = text.lines().count();
                prop_assert!(made.remarks.iter().all(|remark| remark.line <= lines));
            }
        }
    }
}
