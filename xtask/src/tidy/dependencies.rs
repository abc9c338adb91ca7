//! Who may import whom, as `docs/architecture.md` draws it.
//!
//! Looks at each crate's `Cargo.toml`, so that a forbidden import cannot even be written, and at the sources of the
//! parts that must stay pure, because the standard library is in no `Cargo.toml`.

mod purity;
mod reasons;

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::sources::Sources;

/// A crate of the product, what it imports directly, and the foreign crates it must never see.
struct Allowed {
    package: &'static str,
    imports: &'static [&'static str],
    never: &'static [&'static str],
}

const NO_RUNTIME: &[&str] = &["tokio", "rusqlite"];
const NO_SURROUNDINGS: &[&str] =
    &["axum", "eframe", "egui", "egui_graphs", "egui_plot", "reqwest", "rusqlite", "tauri"];

/// The drawing as a table. What a crate may import, its importers may import too.
#[rustfmt::skip]
const ALLOWED: &[Allowed] = &[
    Allowed { package: "millrace-model", imports: &[], never: NO_RUNTIME },
    Allowed { package: "millrace-api", imports: &["millrace-model"], never: NO_RUNTIME },
    Allowed { package: "millrace-ui", imports: &["millrace-api"], never: NO_RUNTIME },
    Allowed { package: "millrace-engine", imports: &["millrace-model"], never: NO_SURROUNDINGS },
    Allowed { package: "millrace-keeper", imports: &[], never: &["rusqlite", "tokio", "axum", "petgraph"] },
    Allowed { package: "millrace-task", imports: &[], never: NO_RUNTIME },
    Allowed { package: "millrace-exec", imports: &["millrace-engine", "millrace-keeper"], never: &["axum", "tauri"] },
    Allowed { package: "millrace-store", imports: &["millrace-engine"], never: &["axum", "tauri"] },
    Allowed { package: "millrace-app", imports: &["millrace-engine", "millrace-exec", "millrace-store", "millrace-api"], never: &["tauri"] },
    Allowed { package: "millrace-server", imports: &["millrace-app"], never: &["tauri"] },
    Allowed { package: "millrace-client", imports: &["millrace-api"], never: &["rusqlite"] },
    Allowed { package: "millrace", imports: &["millrace-client", "millrace-server", "millrace-app"], never: &["tauri"] },
    Allowed { package: "millrace-desktop", imports: &["millrace-client"], never: &["rusqlite"] },
];

/// Not part of the product: these may import what they test and measure.
const FREE: &[&str] = &[
    "millrace-fuzz",
    "millrace-fuzz-driver",
    "millrace-tests",
    "xtask",
    "xtask-bindgen",
    "xtask-frames",
];

pub(super) fn check(sources: &Sources) -> Vec<String> {
    let mut complaints = purity::check(sources);
    complaints.extend(reasons::check(sources));
    for source in sources.iter().filter(|source| source.path.ends_with("/Cargo.toml")) {
        match source.text.parse::<Table>() {
            Ok(manifest) => complaints.extend(check_manifest(&source.path, &manifest)),
            Err(error) => complaints.push(format!("{}: {error}", source.path)),
        }
    }
    complaints
}

fn check_manifest(path: &str, manifest: &Table) -> Vec<String> {
    let Some(package) = manifest.get("package").and_then(|p| p.get("name")).and_then(Value::as_str)
    else {
        return Vec::new();
    };
    if FREE.contains(&package) {
        return Vec::new();
    }
    let Some(allowed) = ALLOWED.iter().find(|allowed| allowed.package == package) else {
        return vec![format!("{path}: {package} is not in tidy's table of who may import whom")];
    };
    let reachable = reachable_from(package);
    let mut complaints = Vec::new();
    for name in imports_of(manifest) {
        let is_ours =
            ALLOWED.iter().any(|other| other.package == name) || FREE.contains(&name.as_str());
        if is_ours && !reachable.contains(name.as_str()) {
            complaints.push(format!("{path}: {package} must not import {name}"));
        }
        if allowed.never.contains(&name.as_str()) {
            complaints.push(format!("{path}: {package} must never see {name}"));
        }
    }
    complaints
}

/// Everything that can be reached along allowed imports.
fn reachable_from(package: &str) -> BTreeSet<&'static str> {
    let mut reachable = BTreeSet::new();
    let mut open = vec![package];
    while let Some(next) = open.pop() {
        for import in ALLOWED.iter().filter(|a| a.package == next).flat_map(|a| a.imports) {
            if reachable.insert(*import) {
                open.push(import);
            }
        }
    }
    reachable
}

/// What a crate is built with, for any target. Dependencies of tests alone are free.
fn imports_of(manifest: &Table) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let targets = manifest.get("target").and_then(Value::as_table);
    let tables = std::iter::once(manifest)
        .chain(targets.into_iter().flat_map(Table::values).filter_map(Value::as_table));
    for table in tables {
        for section in ["dependencies", "build-dependencies"] {
            for (name, value) in table.get(section).and_then(Value::as_table).into_iter().flatten()
            {
                // `other = { package = "name" }` imports `name`.
                let real = value.get("package").and_then(Value::as_str).unwrap_or(name);
                names.insert(real.to_owned());
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(package: &str, rest: &str) -> Vec<String> {
        let text = format!("[package]\nname = \"{package}\"\n{rest}");
        check(&Sources::of(&[("crates/x/Cargo.toml", &text)]))
    }

    #[test]
    fn an_import_against_the_arrows_is_told() {
        let complaints =
            manifest("millrace-model", "[dependencies]\nmillrace-api.workspace = true\n");
        assert_eq!(
            complaints,
            ["crates/x/Cargo.toml: millrace-model must not import millrace-api"]
        );
    }

    #[test]
    fn what_an_import_may_import_may_be_imported_too() {
        assert!(
            manifest("millrace", "[dependencies]\nmillrace-model.workspace = true\n").is_empty()
        );
        assert!(
            !manifest("millrace-desktop", "[dependencies]\nmillrace-app.workspace = true\n")
                .is_empty()
        );
    }

    #[test]
    fn a_forbidden_foreign_crate_is_told_however_it_is_written() {
        for section in [
            "[dependencies]\ntokio = \"1\"\n",
            "[dependencies.tokio]\nversion = \"1\"\n",
            "[dependencies]\nruntime = { package = \"tokio\", version = \"1\" }\n",
            "[build-dependencies]\ntokio = \"1\"\n",
            "[target.'cfg(unix)'.dependencies]\ntokio = \"1\"\n",
        ] {
            let complaints = manifest("millrace-api", section);
            assert_eq!(complaints.len(), 1, "{section}");
            assert!(complaints[0].contains("must never see tokio"));
        }
        for name in NO_SURROUNDINGS {
            assert_eq!(
                manifest("millrace-engine", &format!("[dependencies]\n{name} = \"1\"\n")).len(),
                1
            );
        }
    }

    #[test]
    fn tests_may_use_what_the_crate_may_not() {
        assert!(manifest("millrace-ui", "[dev-dependencies]\ntokio = \"1\"\n").is_empty());
    }

    #[test]
    fn a_new_crate_must_be_put_into_the_table() {
        assert!(manifest("millrace-new", "")[0].contains("not in tidy's table"));
    }
}
