//! The docs page of a kind, from its declaration.

use std::fmt::Write as _;

use super::Kind;
use super::field::{Field, FieldDefault, FieldText};

/// The page `docs/kinds/<kind>.md`: Markdown.
#[must_use]
pub fn page(kind: &Kind) -> String {
    let mut page = format!(
        "<!-- Generated from crates/model/src/kinds/{}.rs by UPDATE_DOCS=1 cargo test -p millrace-model docs -->\n# {}\n\n`\"kind\": \"{}\"` · {}\n{}",
        kind.id, kind.title, kind.id, kind.summary, kind.docs
    );
    page.push_str("\n## Fields of `spec`\n\n");
    if kind.fields.is_empty() {
        page.push_str("None.\n");
    } else {
        page.push_str("| field | holds | default | meaning |\n|---|---|---|---|\n");
        for field in kind.fields {
            row(&mut page, field);
        }
    }
    page.push_str("\n## Outputs\n\n");
    if kind.outputs.is_empty() {
        page.push_str("None by itself");
        page.push_str(if kind.fields.is_empty() {
            ".\n"
        } else {
            "; a task sets its own with `millrace-task output`.\n"
        });
    }
    for output in kind.outputs {
        _ = writeln!(page, "* `{}`: {}", output.name, output.help);
    }
    page
}

fn row(page: &mut String, field: &Field) {
    let text = match field.text {
        FieldText::Literal => "",
        FieldText::Template => "; template",
        FieldText::Expression | FieldText::OwnOutputs => "; expression",
        FieldText::Secret => "; name of a stored secret",
    };
    let default = match field.default {
        FieldDefault::None if field.required => "required".to_owned(),
        FieldDefault::None => "—".to_owned(),
        FieldDefault::Text(text) => format!("`{text}`"),
        FieldDefault::Bool(value) => format!("`{value}`"),
    };
    let help = field.help.replace('|', "\\|");
    _ = writeln!(
        page,
        "| `{}` | {}{text} | {default} | {help} |",
        field.key,
        field.shape.described()
    );
}
