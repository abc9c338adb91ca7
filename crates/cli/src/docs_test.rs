//! `docs/cli.md` is the introduction in `docs_intro.md` and the help of every command.
//!
//! `UPDATE_DOCS=1 cargo test -p millrace docs` writes it.

use std::fmt::Write as _;
use std::path::Path;

use clap::CommandFactory;

use crate::args::Cli;

/// So that the page does not depend on somebody's terminal.
const WIDTH: usize = 96;

fn page() -> String {
    let mut command = Cli::command().term_width(WIDTH).max_term_width(WIDTH);
    command.build();
    let mut page = include_str!("docs_intro.md").to_owned();
    let names: Vec<String> =
        command.get_subcommands().map(|subcommand| subcommand.get_name().to_owned()).collect();
    for name in names {
        let Some(subcommand) = command.find_subcommand_mut(&name) else { continue };
        block(&mut page, &format!("millrace {name}"), subcommand);
        let inner: Vec<String> =
            subcommand.get_subcommands().map(|inner| inner.get_name().to_owned()).collect();
        for inner in inner.iter().filter(|inner| *inner != "help") {
            let Some(command) = subcommand.find_subcommand_mut(inner) else { continue };
            block(&mut page, &format!("millrace {name} {inner}"), command);
        }
    }
    page
}

fn block(page: &mut String, title: &str, command: &mut clap::Command) {
    let mut command = command.clone().term_width(WIDTH).max_term_width(WIDTH);
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    _ = write!(page, "\n### {title}\n\n```text\n{}\n```\n", lines.join("\n").trim_end());
}

#[test]
fn docs_are_what_the_help_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/cli.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "{} differs; UPDATE_DOCS=1 makes it anew", path.display());
}
