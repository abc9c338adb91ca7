//! What a new workflow can start as: nothing, or one of the samples, which work without a network.

use std::sync::LazyLock;

use millrace_model::document::Workflow;
use millrace_model::edit::new_document;
use millrace_model::ident::Ident;
use millrace_model::read::Document;

/// The samples, by the name that a person chooses them by.
const SAMPLES: &[&str] = &[
    include_str!("../../../workflows/hello.json"),
    include_str!("../../../workflows/csv_report.json"),
    include_str!("../../../workflows/backup.json"),
    include_str!("../../../workflows/health_check.json"),
];

/// The template that greets a person: hello.
pub(crate) const GREETING: usize = 1;

/// All templates: first the empty one, which has no tasks.
pub(crate) fn templates() -> &'static [Workflow] {
    static ALL: LazyLock<Vec<Workflow>> = LazyLock::new(|| {
        let samples = SAMPLES.iter().filter_map(|text| Document::parse(text.as_bytes()).workflow);
        let samples = samples.map(|mut workflow| {
            // What is made of it is the person's own.
            workflow.tags.retain(|tag| tag != "sample");
            workflow.schema = None;
            workflow
        });
        std::iter::once(new_document("")).chain(samples).collect()
    });
    &ALL
}

/// The first name of `base`, `base_2`, `base_3`, … that is not taken.
pub(crate) fn free_name(base: &Ident, is_taken: impl Fn(&str) -> bool) -> Ident {
    if !is_taken(base.as_str()) {
        return base.clone();
    }
    let stem: String = base.as_str().chars().take(Ident::MAX_LEN - 8).collect();
    let names = (2_u32..).map(|number| format!("{stem}_{number}"));
    let free = names.filter(|name| !is_taken(name)).find_map(|name| Ident::new(&name).ok());
    free.unwrap_or_else(|| base.clone())
}

/// A copy with a name and a title of its own.
pub(crate) fn copy_of(workflow: &Workflow, is_taken: impl Fn(&str) -> bool) -> Workflow {
    let stem: String = workflow.name.as_str().chars().take(Ident::MAX_LEN - 16).collect();
    let base = Ident::new(&format!("{stem}_copy")).unwrap_or_else(|_| workflow.name.clone());
    Workflow {
        name: free_name(&base, is_taken),
        title: workflow.title.as_ref().map(|title| format!("{title} (copy)")),
        ..workflow.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::validate::Surroundings;
    use millrace_model::write::canonical_text;

    #[test]
    fn every_template_is_a_valid_document_and_only_the_first_is_empty() {
        let templates = templates();
        assert_eq!(templates.len(), SAMPLES.len() + 1);
        for (index, workflow) in templates.iter().enumerate() {
            let text = canonical_text(workflow);
            let problems = Document::parse(text.as_bytes()).check(&Surroundings::default());
            assert!(problems.is_empty(), "{}: {problems:?}", workflow.name);
            assert_eq!(workflow.tasks.is_empty(), index == 0);
            assert!(workflow.description.is_some() || index == 0, "{}", workflow.name);
        }
    }

    #[test]
    fn copies_have_names_of_their_own() {
        let workflow = new_document("Daily sales");
        let copy = copy_of(&workflow, |name| name == "daily_sales_copy");
        assert_eq!(copy.name.as_str(), "daily_sales_copy_2");
        assert_eq!(copy.title.as_deref(), Some("Daily sales (copy)"));
        let long = Workflow::new(Ident::new(&"a".repeat(Ident::MAX_LEN)).unwrap());
        assert_ne!(copy_of(&long, |_| false).name, long.name);
        assert_ne!(free_name(&long.name, |name| name == long.name.as_str()), long.name);
    }
}
