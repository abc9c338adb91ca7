//! `millrace kinds`: the kinds of tasks and their fields. Needs no daemon.

use millrace_model::kinds::{self, Category, FieldDefault, Kind};

use crate::args::Kinds;
use crate::failure::{Exit, Failure};
use crate::out::Out;
use crate::text::table::Table;

pub(crate) fn run(args: &Kinds, out: &mut Out) -> Result<Exit, Failure> {
    match &args.kind {
        Some(name) => {
            let kind = kinds::kind(name).ok_or_else(|| {
                Failure::usage(
                    format!("there is no kind `{name}`"),
                    "`millrace kinds` lists all of them",
                )
            })?;
            if args.json {
                out.json(&as_json(kind))?;
            } else {
                out.write(&page(kind))?;
            }
        }
        None if args.json => {
            let all: Vec<_> = kinds::all().iter().map(|kind| as_json(kind)).collect();
            out.json(&serde_json::json!({ "kinds": all }))?;
        }
        None => {
            let text = list(out);
            out.write(&text)?;
        }
    }
    Ok(Exit::Succeeded)
}

fn list(out: &Out) -> String {
    let style = out.style();
    let head = ["KIND", "GROUP", "FIELDS", "WHAT IT DOES"];
    let mut table = Table::new(head.map(|cell| style.dim(cell)).to_vec()).elastic(2);
    for category in Category::ALL {
        for kind in kinds::all().iter().filter(|kind| kind.category == category) {
            let fields: Vec<&str> = kind.fields.iter().map(|field| field.key).collect();
            table.row(vec![
                style.bold(kind.id),
                category.title().to_owned(),
                fields.join(" "),
                kind.summary.to_owned(),
            ]);
        }
    }
    let more = style.dim("`millrace kinds KIND` says everything about one\n");
    format!("{}\n{more}", table.render(out.width(), style.ellipsis()))
}

/// The page of the documentation, without the remark that it is generated.
fn page(kind: &Kind) -> String {
    let page = kinds::page(kind);
    match page.split_once("-->\n") {
        Some((comment, rest)) if comment.starts_with("<!--") => rest.to_owned(),
        _ => page,
    }
}

fn as_json(kind: &Kind) -> serde_json::Value {
    let fields: Vec<_> = kind
        .fields
        .iter()
        .map(|field| {
            let default = match field.default {
                FieldDefault::None => serde_json::Value::Null,
                FieldDefault::Text(text) => text.into(),
                FieldDefault::Bool(value) => value.into(),
            };
            serde_json::json!({
                "key": field.key,
                "title": field.title,
                "help": field.help,
                "holds": field.shape.described(),
                "text": field.text.word(),
                "required": field.required,
                "default": default,
            })
        })
        .collect();
    let outputs: Vec<_> = kind
        .outputs
        .iter()
        .map(|output| serde_json::json!({ "name": output.name, "help": output.help }))
        .collect();
    serde_json::json!({
        "kind": kind.id,
        "title": kind.title,
        "group": kind.category.title(),
        "icon": kind.icon,
        "summary": kind.summary,
        "fields": fields,
        "outputs": outputs,
        "spec_schema": kinds::spec_schema(kind),
    })
}
