//! Where words stand in the documents.

use std::path::PathBuf;

use millrace_api::library::{FoundWorkflow, FoundWorkflows, SearchHit, SearchWorkflows};
use millrace_api::{ApiError, Code};
use millrace_model::find::{FoundText, Query, place_of};

use super::shelf::{Shelf, Shelved, TaskTexts, Texts};
use crate::settings::Settings;

/// So many workflows are answered at most.
const MOST: u32 = 500;
/// So many places of each.
const MOST_HITS: usize = 8;

/// Looks through these documents. Blocks on files.
///
/// # Errors
/// `InvalidRequest` where the limit makes no sense.
pub(crate) fn search(
    settings: &Settings,
    shelf: &Shelf,
    paths: &[PathBuf],
    args: &SearchWorkflows,
) -> Result<FoundWorkflows, ApiError> {
    if args.limit == 0 || args.limit > MOST {
        let message = format!("the limit is {}, and must be from 1 to {MOST}", args.limit);
        return Err(ApiError::new(Code::InvalidRequest, message));
    }
    let query = Query::read(&args.text);
    let mut found: Vec<(u8, FoundWorkflow)> = Vec::new();
    let mut searched = 0;
    for path in paths.iter().filter(|_| !query.words.is_empty()) {
        let Some((shelved, texts)) = shelf.texts(settings, path) else { continue };
        searched += 1;
        if let Some(hits) = hits(&query, &shelved, &texts) {
            let more = hits.len().saturating_sub(MOST_HITS);
            let rank = u8::from(!is_in_names(&query, &shelved));
            let workflow = FoundWorkflow {
                path: path.display().to_string(),
                name: shelved.name.clone(),
                title: shelved.title.clone(),
                hits: hits.into_iter().take(MOST_HITS).collect(),
                more_hits: u32::try_from(more).unwrap_or(u32::MAX),
            };
            found.push((rank, workflow));
        }
    }
    found.sort_by(|(rank, a), (other, b)| (rank, &a.name, &a.path).cmp(&(other, &b.name, &b.path)));
    let all = u32::try_from(found.len()).unwrap_or(u32::MAX);
    found.truncate(args.limit as usize);
    let workflows = found.into_iter().map(|(_, workflow)| workflow).collect();
    Ok(FoundWorkflows { workflows, found: all, searched })
}

fn is_in_names(query: &Query, shelved: &Shelved) -> bool {
    let names = [Some(&shelved.name), shelved.title.as_ref()];
    let names: Vec<String> = names.into_iter().flatten().map(|name| name.to_lowercase()).collect();
    !query.is_of_tasks() && query.texts().all(|word| names.iter().any(|name| name.contains(word)))
}

/// Where the words stand: in the workflow's own texts where all are there, and in each task that has some of them while the
/// workflow has the others.
fn hits(query: &Query, shelved: &Shelved, texts: &Texts) -> Option<Vec<SearchHit>> {
    let file = shelved.name.to_lowercase();
    let in_own = |word: &str| texts.own_lower.contains(word) || file.contains(word);
    let own: Vec<bool> = query.texts().map(in_own).collect();
    let mut hits = Vec::new();
    if !query.is_of_tasks() && own.iter().all(|fits| *fits) {
        let hit = query.texts().find_map(|word| in_texts(&texts.own, word));
        hits.push(hit.unwrap_or_else(|| SearchHit {
            field: "name".to_owned(),
            line: shelved.name.clone(),
            ..empty()
        }));
    }
    hits.extend(texts.tasks.iter().filter_map(|task| in_task(query, &own, task)));
    (!hits.is_empty()).then_some(hits)
}

fn in_task(query: &Query, own: &[bool], task: &TaskTexts) -> Option<SearchHit> {
    if !query.admits(&task.kind, || task.is_invalid, task.is_disabled) {
        return None;
    }
    let mut first = None;
    let mut asks = false;
    for (word, is_in_own) in query.texts().zip(own) {
        asks = true;
        match task.lower.contains(word) {
            true => drop(first.get_or_insert(word)),
            false if *is_in_own => {}
            false => return None,
        }
    }
    let place = match (first, asks) {
        (Some(word), _) => in_texts(&task.texts, word)?,
        // Only the workflow has the words, and only the kind of the task was asked for.
        (None, true) if !query.is_of_tasks() => return None,
        (None, _) => empty(),
    };
    Some(SearchHit {
        task: Some(task.name.clone()),
        title: task.title.clone(),
        kind: task.kind.clone(),
        ..place
    })
}

fn in_texts(texts: &[FoundText], word: &str) -> Option<SearchHit> {
    texts.iter().find_map(|text| {
        let place = place_of(&text.text, word)?;
        Some(SearchHit {
            field: text.field.clone(),
            line_number: place.line_number,
            line: place.line,
            from: place.from,
            to: place.to,
            ..empty()
        })
    })
}

fn empty() -> SearchHit {
    SearchHit {
        task: None,
        title: String::new(),
        kind: String::new(),
        field: String::new(),
        line_number: 0,
        line: String::new(),
        from: 0,
        to: 0,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn found(documents: &[(&str, &str)], text: &str) -> Vec<String> {
        let dir = tempfile::tempdir().unwrap();
        let paths = documents.iter().map(|(name, text)| {
            let path = dir.path().join(name);
            fs::write(&path, text).unwrap();
            path
        });
        let paths: Vec<PathBuf> = paths.collect();
        let args = SearchWorkflows { text: text.to_owned(), limit: 100 };
        let found = search(&Settings::default(), &Shelf::default(), &paths, &args).unwrap();
        let shown = |workflow: &FoundWorkflow| {
            let hits = workflow.hits.iter().map(|hit| {
                let letters: Vec<char> = hit.line.chars().collect();
                let word: String = letters[hit.from as usize..hit.to as usize].iter().collect();
                let task = hit.task.as_ref().map(|task| format!("{task}.")).unwrap_or_default();
                format!("{task}{}:{}={word}", hit.field, hit.line_number)
            });
            format!("{} {}", workflow.name, hits.collect::<Vec<_>>().join(" "))
        };
        found.workflows.iter().map(shown).collect()
    }

    const SALES: &str = r#"{"millrace": 1, "name": "sales", "title": "Daily sales", "tasks": [
        {"name": "fetch", "title": "Get exports", "kind": "shell", "spec": {"script": "cd /tmp\ncurl $URL\n"}},
        {"name": "load", "kind": "sql", "disabled": true, "spec": {"query": "SELECT 1"}},
        {"name": "tell", "kind": "shell", "pool": {"name": "none"}, "spec": {"script": "true"}}]}"#;
    const CURL: &str = r#"{"millrace": 1, "name": "curl_all", "tasks": []}"#;

    #[test]
    fn words_are_found_in_names_scripts_and_fields() {
        let documents =
            [("sales.json", SALES), ("curl.json", CURL), ("half.json", "{\"millrace\" CURL")];
        for (text, expected) in [
            (
                "CURL",
                vec!["curl_all name:1=curl", "half :1=CURL", "sales fetch.spec.script:2=curl"],
            ),
            ("daily", vec!["sales title:1=Daily"]),
            // One word is the workflow's, the other a task's.
            ("daily curl", vec!["sales fetch.spec.script:2=curl"]),
            ("exports curl", vec!["sales fetch.title:1=exports"]),
            ("kind:sql", vec!["sales load.:0="]),
            ("is:disabled select", vec!["sales load.spec.query:1=SELECT"]),
            ("is:invalid", vec!["sales load.:0= tell.:0="]),
            ("kind:sql daily", vec!["sales load.:0="]),
            ("script", vec![]),
            ("nowhere", vec![]),
            ("  ", vec![]),
        ] {
            assert_eq!(found(&documents, text), expected, "{text}");
        }
    }

    #[test]
    fn a_limit_that_makes_no_sense_is_refused() {
        for limit in [0, 501] {
            let args = SearchWorkflows { text: "a".to_owned(), limit };
            let error = search(&Settings::default(), &Shelf::default(), &[], &args).unwrap_err();
            assert_eq!(error.code, Code::InvalidRequest);
        }
    }
}
