//! Tests of what the page may do: read from the files that decide it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn the_page_may_load_nothing_from_elsewhere() {
    let config = read(&folder().join("tauri.conf.json"));
    let policy = config["app"]["security"]["csp"].as_str().unwrap();
    let rules: BTreeMap<&str, Vec<&str>> = policy
        .split(';')
        .map(|rule| {
            let mut words = rule.split_ascii_whitespace();
            (words.next().unwrap(), words.collect())
        })
        .collect();
    let expected = [
        ("base-uri", vec!["'none'"]),
        ("connect-src", vec!["'self'", "ipc:", "http://ipc.localhost"]),
        ("default-src", vec!["'self'"]),
        ("form-action", vec!["'none'"]),
        ("frame-ancestors", vec!["'none'"]),
        ("img-src", vec!["'self'", "data:", "blob:"]),
        ("object-src", vec!["'none'"]),
        ("script-src", vec!["'self'", "'wasm-unsafe-eval'"]),
        // egui's runner places its text agent by a style of the element.
        ("style-src", vec!["'self'", "'unsafe-inline'"]),
    ];
    assert_eq!(rules, BTreeMap::from(expected));
    let security = config["app"]["security"].as_object().unwrap();
    assert_eq!(security.keys().collect::<Vec<_>>(), ["capabilities", "csp"], "nothing loosens it");
}

#[test]
fn the_page_may_call_its_own_commands_and_nothing_else() {
    let all: Vec<PathBuf> = fs::read_dir(folder().join("capabilities"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(all, [folder().join("capabilities/main.json")], "one capability, for one window");
    let capability = read(&all[0]);
    assert_eq!((&capability["windows"], &capability["local"]), (&json!(["main"]), &json!(true)));
    assert_eq!(capability.get("remote"), None, "no other origin may call anything");

    let allowed: BTreeSet<String> = capability["permissions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|permission| permission.as_str().unwrap().to_owned())
        .collect();
    let build = fs::read_to_string(folder().join("build.rs")).unwrap();
    let (_, list) = build.split_once("COMMANDS: &[&str] = &[").unwrap();
    let (list, _) = list.split_once("];").unwrap();
    let commands = list.split(',').map(|name| name.trim().trim_matches('"'));
    let commands = commands.filter(|name| !name.is_empty());
    let expected = commands.map(|name| format!("allow-{}", name.replace('_', "-")));
    assert_eq!(allowed, expected.collect());
}
