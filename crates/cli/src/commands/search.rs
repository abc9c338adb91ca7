//! `millrace search`: where words stand in the documents.

use millrace_api::library::{FoundWorkflows, SearchHit, SearchWorkflows};

use crate::args::Search;
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::style::Style;
use crate::text::{escape, human};

pub(crate) fn run(args: &Search, out: &mut Out) -> Result<Exit, Failure> {
    let request = SearchWorkflows { text: args.text.join(" "), limit: args.limit };
    let text = request.text.clone();
    let found = block_on(read(request))??;
    if args.json {
        out.json(&found)?;
    } else if found.workflows.is_empty() {
        let searched = human::count(found.searched.into());
        out.note(&format!(
            "nothing is like `{}`, in {searched} documents",
            escape::one_line(&text)
        ))?;
    } else {
        let style = out.style();
        out.write(&shown(&found, style))?;
        let left = found.found as usize - found.workflows.len().min(found.found as usize);
        if left > 0 && out.is_terminal() {
            let left = human::count(left as u64);
            out.note(&format!("{left} more workflows: ask for them with --limit"))?;
        }
    }
    Ok(Exit::Succeeded)
}

async fn read(request: SearchWorkflows) -> Result<FoundWorkflows, Failure> {
    let link = Link::to_daemon().await?;
    Ok(link.backend().search_workflows(request).await?)
}

/// The file as a heading, and a line for each place.
fn shown(found: &FoundWorkflows, style: Style) -> String {
    let mut text = String::new();
    for (number, workflow) in found.workflows.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        let title = workflow.title.as_deref().unwrap_or(&workflow.name);
        let (title, path) = (escape::one_line(title), escape::one_line(&workflow.path));
        text.push_str(&format!("{}  {}\n", style.bold(&title), style.dim(&path)));
        for hit in &workflow.hits {
            text.push_str(&format!("  {}\n", line(hit, style)));
        }
        if workflow.more_hits > 0 {
            text.push_str(&style.dim(&format!("  and {} more\n", workflow.more_hits)));
        }
    }
    text
}

/// `fetch spec.script:2  curl $URL`
fn line(hit: &SearchHit, style: Style) -> String {
    let mut place = hit.task.as_ref().map(ToString::to_string).unwrap_or_default();
    if !hit.field.is_empty() {
        if !place.is_empty() {
            place.push(' ');
        }
        place.push_str(&escape::one_line(&hit.field));
    }
    if hit.line_number > 1 {
        place.push_str(&format!(":{}", hit.line_number));
    }
    if hit.line.is_empty() {
        let kind = if hit.kind.is_empty() { String::new() } else { format!("  {}", hit.kind) };
        return format!("{place}{}", style.dim(&kind));
    }
    let letters: Vec<char> = hit.line.chars().collect();
    let (from, to) = (hit.from as usize, hit.to as usize);
    let (from, to) = (from.min(letters.len()), to.clamp(from.min(letters.len()), letters.len()));
    let part = |letters: &[char]| escape::one_line(&letters.iter().collect::<String>());
    let (before, found, after) = (&letters[..from], &letters[from..to], &letters[to..]);
    format!("{}  {}{}{}", style.dim(&place), part(before), style.bold(&part(found)), part(after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_api::library::FoundWorkflow;
    use millrace_model::ident::Ident;

    #[test]
    fn places_stand_below_their_workflow() {
        let hit = |task: &str, field: &str, line_number, line: &str, from, to| SearchHit {
            task: Ident::new(task).ok(),
            title: String::new(),
            kind: if task.is_empty() { String::new() } else { "shell".to_owned() },
            field: field.to_owned(),
            line_number,
            line: line.to_owned(),
            from,
            to,
        };
        let workflow = |name: &str, title: Option<&str>, hits, more_hits| FoundWorkflow {
            path: format!("/lib/{name}.json"),
            name: name.to_owned(),
            title: title.map(str::to_owned),
            hits,
            more_hits,
        };
        let found = FoundWorkflows {
            workflows: vec![
                workflow(
                    "sales",
                    Some("Daily sales"),
                    vec![
                        hit("", "title", 1, "Daily sales", 0, 5),
                        hit("fetch", "spec.script", 2, "curl 每日\u{1b}", 5, 7),
                    ],
                    3,
                ),
                workflow("other", None, vec![hit("load", "", 0, "", 0, 0)], 0),
            ],
            found: 2,
            searched: 9,
        };
        insta::assert_snapshot!(shown(&found, Style::PLAIN));
    }
}
