//! A workflow's graph as text, for Graphviz and for Mermaid.

use std::fmt::Write as _;

use super::Graph;
use crate::artifact::is_direction;
use crate::document::{Atom, AtomSet, Dependency, Join, Task, Workflow};

/// Lines for people: tasks in the order in which they can run, indented by level, each with what it waits for.
#[must_use]
pub fn text(workflow: &Workflow) -> String {
    let graph = Graph::of(workflow);
    let levels = graph.levels();
    let mut order = graph.order();
    let mut is_ordered = vec![false; graph.len()];
    order.iter().for_each(|task| is_ordered[*task] = true);
    // Tasks of a cycle have no order; they come last.
    order.extend((0..graph.len()).filter(|task| !is_ordered[*task]));
    let waits = waits_of(workflow);
    let mut out = format!(
        "{}: {}, {}\n",
        plain(workflow.shown_name()),
        counted(workflow.tasks.len(), "task", "tasks"),
        counted(workflow.dependencies.len(), "dependency", "dependencies"),
    );
    for at in order {
        let task = &workflow.tasks[at];
        let indent = "  ".repeat(levels[at].min(40) + 1);
        _ = write!(out, "{indent}{} ({})", task.name, plain(&task.kind));
        if let Some(waits) = waits.get(task.name.as_str()) {
            let waits: Vec<String> = waits
                .iter()
                .map(|edge| plain(format!("{} {}", edge.from, mark(edge, task)).trim_end()))
                .collect();
            _ = write!(out, "  after {}", waits.join(", "));
        }
        if !task.teardown_for.is_empty() {
            let setups: Vec<&str> = task.teardown_for.iter().map(AsRef::as_ref).collect();
            _ = write!(out, "  cleans up after {}", setups.join(", "));
        }
        match &task.join {
            Join::All => {}
            Join::Any => out.push_str("  (any)"),
            Join::None => out.push_str("  (waits for nothing)"),
            Join::Expr(expr) => _ = write!(out, "  ({expr})"),
        }
        if task.disabled {
            out.push_str("  (disabled)");
        }
        out.push('\n');
    }
    out
}

/// A digraph in Graphviz's language.
#[must_use]
pub fn dot(workflow: &Workflow) -> String {
    let mut out = format!("digraph {} {{\n", quoted(workflow.name.as_str()));
    out.push_str("  rankdir=LR;\n  node [shape=box, style=rounded];\n");
    for task in &workflow.tasks {
        let label = format!("{}\n{}", task.shown_name(), task.kind);
        let style = if task.disabled { ", style=\"rounded,dashed\"" } else { "" };
        _ = writeln!(out, "  {} [label={}{style}];", quoted(task.name.as_str()), quoted(&label));
    }
    for edge in &workflow.dependencies {
        let label = edge_label(edge);
        let label = if label.is_empty() { label } else { format!(" [label={}]", quoted(&label)) };
        _ = writeln!(
            out,
            "  {} -> {}{label};",
            quoted(edge.from.as_str()),
            quoted(edge.to.as_str())
        );
    }
    for task in &workflow.tasks {
        for setup in &task.teardown_for {
            _ = writeln!(
                out,
                "  {} -> {} [label=\"teardown\", style=dashed];",
                quoted(setup.as_str()),
                quoted(task.name.as_str())
            );
        }
    }
    out.push_str("}\n");
    out
}

/// A flowchart in Mermaid's language.
#[must_use]
pub fn mermaid(workflow: &Workflow) -> String {
    let index = super::task_index(workflow);
    let mut out = String::from("flowchart LR\n");
    for (at, task) in workflow.tasks.iter().enumerate() {
        _ = writeln!(out, "  t{at}[\"{}\"]", escaped(task.shown_name()));
    }
    let mut link = |from: &str, to: &str, arrow: &str, label: &str| {
        if let Some((from, to)) = index.get(from).zip(index.get(to)) {
            let label =
                if label.is_empty() { String::new() } else { format!("|\"{}\"|", escaped(label)) };
            _ = writeln!(out, "  t{from} {arrow}{label} t{to}");
        }
    };
    for edge in &workflow.dependencies {
        link(edge.from.as_str(), edge.to.as_str(), "-->", &edge_label(edge));
    }
    for task in &workflow.tasks {
        for setup in &task.teardown_for {
            link(setup.as_str(), task.name.as_str(), "-.->", "teardown");
        }
    }
    out
}

fn waits_of(workflow: &Workflow) -> std::collections::HashMap<&str, Vec<&Dependency>> {
    let mut waits: std::collections::HashMap<&str, Vec<&Dependency>> = Default::default();
    for edge in &workflow.dependencies {
        waits.entry(edge.to.as_str()).or_default().push(edge);
    }
    waits
}

/// The sign of the port that an edge leaves, or its set in words. An expression's edges have none.
fn mark(edge: &Dependency, task: &Task) -> String {
    let on = if matches!(task.join, Join::Expr(_)) { String::new() } else { on_label(edge.on) };
    match &edge.branch {
        Some(branch) => format!("{on} {branch}").trim_start().to_owned(),
        None => on,
    }
}

fn on_label(on: AtomSet) -> String {
    match on {
        AtomSet::SUCCEEDED => "✓".to_owned(),
        AtomSet::FAILED => "✗".to_owned(),
        AtomSet::FINISHED => "●".to_owned(),
        other => other.iter().map(Atom::word).collect::<Vec<_>>().join("/"),
    }
}

fn edge_label(edge: &Dependency) -> String {
    let on = if edge.on == AtomSet::SUCCEEDED { String::new() } else { on_label(edge.on) };
    match &edge.branch {
        Some(branch) if on.is_empty() => branch.clone(),
        Some(branch) => format!("{on} {branch}"),
        None => on,
    }
}

/// On one line, without what a terminal obeys or what turns text around.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_direction(c) { ' ' } else { c }).collect()
}

/// A text of Graphviz, where a line may end.
fn quoted(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(plain).collect();
    let text = lines.join("\n");
    let text = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    format!("\"{text}\"")
}

/// A text of Mermaid, which takes some for HTML, `#…;` for a character, and what is in backticks for Markdown.
fn escaped(text: &str) -> String {
    plain(text)
        .replace('#', "#35;")
        .replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('`', "#96;")
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Task;
    use crate::ident::Ident;

    #[test]
    fn hostile_names_stay_names() {
        let name = |text: &str| Ident::new(text).unwrap();
        let title = "\u{1b}]0;x\u{7}\u{202e}</text><script>`a`\"];\n  t9[\"more\"]\nclick t0 href #lt; \\\" }";
        let mut workflow = Workflow::new(name("w"));
        workflow.title = Some(title.to_owned());
        let mut task = Task::new(name("a"), title);
        task.title = Some(title.to_owned());
        workflow.tasks = vec![task, Task::new(name("b"), "noop")];
        let mut edge = Dependency::new(name("a"), name("b"));
        edge.branch = Some(title.to_owned());
        workflow.dependencies = vec![edge];

        let shown = [text(&workflow), dot(&workflow), mermaid(&workflow)];
        for drawn in &shown {
            assert!(
                !drawn.contains(|c: char| (c.is_control() && c != '\n') || is_direction(c)),
                "{drawn:?}"
            );
        }
        let [text, dot, mermaid] = shown;
        assert_eq!(text.lines().count(), 3, "a line for the workflow and each task:\n{text}");
        // Three lines around two nodes and an edge, and none of them ends its text too early.
        assert_eq!(dot.lines().count(), 7, "{dot}");
        for line in dot.lines().filter(|line| line.contains("label=")) {
            let ends = line.replace("\\\\", "").replace("\\\"", "").matches('"').count();
            assert_eq!(ends % 2, 0, "{line}");
        }
        assert_eq!(mermaid.lines().count(), 4, "{mermaid}");
        assert!(!mermaid.contains(['<', '`']), "{mermaid}");
        for line in mermaid.lines().skip(1) {
            assert_eq!(line.matches('"').count() % 2, 0, "{line}");
            assert!(line.starts_with("  t0") || line.starts_with("  t1"), "{line}");
        }
    }
}
