//! Reads the recipes off their page.

use std::fs;
use std::path::Path;

/// A section of the page that has documents.
#[derive(Debug)]
pub(crate) struct Recipe {
    /// The heading as a name: lower case, words with `_` between.
    pub(crate) name: String,
    /// The blocks of JSON, in their order; the first is what is run.
    pub(crate) documents: Vec<String>,
}

/// All of them, in the order of the page.
pub(crate) fn recipes() -> Vec<Recipe> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/cookbook.md");
    let text = fs::read_to_string(page).unwrap();
    let mut recipes: Vec<Recipe> = Vec::new();
    let mut block: Option<String> = None;
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            recipes.push(Recipe { name: name(heading), documents: Vec::new() });
        } else if line == "```json" {
            block = Some(String::new());
        } else if line == "```" {
            if let (Some(block), Some(recipe)) = (block.take(), recipes.last_mut()) {
                recipe.documents.push(block);
            }
        } else if let Some(block) = &mut block {
            block.push_str(line);
            block.push('\n');
        }
    }
    recipes
}

fn name(heading: &str) -> String {
    let words: Vec<String> = heading
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    words.join("_")
}
