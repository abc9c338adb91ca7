//! What people type to find runs: read, printed, read again; completed; changed by chips.

use chrono::NaiveDate;
use millrace_model::run_query::{
    Filter, Key, Known, RunQuery, add_word, complete, parse, set_values, without, without_key,
};
use millrace_model::time::Timestamp;

const KEYS: [Key; 5] = [Key::State, Key::Workflow, Key::Task, Key::Text, Key::Since];

/// Any text is read; what was understood is printed so that it is understood the same; a chip changes its own term.
pub fn run_query(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let parsed = parse(&text);
    assert_eq!(parsed.query.terms.len(), parsed.spans.len());
    for span in parsed.spans.iter().chain(parsed.problems.iter().map(|problem| &problem.at)) {
        assert!(text.get(span.clone()).is_some(), "{span:?} is not within the text");
    }
    match RunQuery::read(&text) {
        Ok(query) => {
            assert!(parsed.problems.is_empty());
            assert_eq!(query, parsed.query);
        }
        Err(_) => assert!(!parsed.problems.is_empty()),
    }
    let printed = parsed.query.to_string();
    if printed.len() <= millrace_model::run_query::MAX_QUERY {
        let again = RunQuery::read(&printed);
        assert_eq!(again.as_ref(), Ok(&parsed.query), "printed: {printed}");
    }
    for term in &parsed.query.terms {
        if let Filter::Since(when) | Filter::Until(when) = &term.filter {
            let today = NaiveDate::from_ymd_opt(2026, 11, 30).unwrap_or_default();
            for end in [false, true] {
                let utc = |time: chrono::NaiveDateTime| {
                    Some(Timestamp(time.and_utc().timestamp_micros()))
                };
                let _instant = when.instant(end, (Timestamp(0), today), utc);
            }
        }
    }
    change(&text);
    let known = Known { workflows: &["daily load", "report"], tasks: &["a", "ü"] };
    for cursor in 0..=text.len().min(80) {
        for offer in complete(&text, cursor, known) {
            let mut new = text.clone().into_owned();
            new.replace_range(offer.replaces, &offer.text);
        }
    }
}

fn change(text: &str) {
    if text.len() > 1_000 {
        return;
    }
    for key in KEYS {
        let _none_left = without_key(text, key);
    }
    for looked_for in ["x y", "\"", "state:failed", "-a", text] {
        if looked_for.trim().is_empty() {
            continue;
        }
        let added = add_word("", looked_for);
        let words = Filter::Text(vec![looked_for.to_owned()]);
        let is_one =
            parse(&added).query.terms.iter().any(|term| !term.negated && term.filter == words);
        assert!(is_one || looked_for == text, "{looked_for:?} became {added:?}");
        let set = set_values("since:2d", Key::Workflow, &[looked_for]);
        let named = Filter::Workflow(vec![looked_for.to_owned()]);
        let is_one = parse(&set).query.terms.iter().any(|term| term.filter == named);
        assert!(is_one || looked_for == text, "{looked_for:?} became {set:?}");
    }
    for span in parse(text).spans {
        assert!(without(text, &span).len() <= text.len());
    }
}
