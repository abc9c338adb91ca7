//! The tables in `docs/benchmarks.md`, between marks that name the bench.

use anyhow::Context as _;

use crate::workspace::Workspace;

const END: &str = "<!-- end of figures -->";

/// Puts the report of this bench in place of its last one.
pub(super) fn write(workspace: &Workspace, bench: &str, report: &str) -> anyhow::Result<()> {
    let path = workspace.root().join("docs/benchmarks.md");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    std::fs::write(&path, replaced(&text, bench, report)?)?;
    Ok(())
}

fn replaced(text: &str, bench: &str, report: &str) -> anyhow::Result<String> {
    let begin = format!("<!-- figures: cargo xtask bench {bench} --write -->");
    let lacks = || format!("docs/benchmarks.md lacks the marks of bench {bench}");
    let (before, rest) = text.split_once(&begin).with_context(lacks)?;
    let (_, after) = rest.split_once(END).with_context(lacks)?;
    Ok(format!("{before}{begin}\n\n{}\n{END}{after}", report.trim()))
}

#[cfg(test)]
mod tests {
    use super::replaced;

    #[test]
    fn only_the_figures_of_this_bench_are_replaced() {
        let mark = |bench: &str| format!("<!-- figures: cargo xtask bench {bench} --write -->");
        let end = "<!-- end of figures -->";
        let page = format!("a\n{}\n1\n{end}\nb\n{}\n2\n{end}\nc", mark("engine"), mark("ui"));
        let next = replaced(&page, "ui", "3\n").unwrap();
        assert_eq!(
            next,
            format!("a\n{}\n1\n{end}\nb\n{}\n\n3\n{end}\nc", mark("engine"), mark("ui"))
        );
        assert!(replaced("", "ui", "").is_err());
    }
}
