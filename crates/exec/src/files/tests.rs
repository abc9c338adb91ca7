//! What is done with files, in folders of the test's own; and what must not be.

mod hostile;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use millrace_keeper::log::LogLimits;
use millrace_keeper::mask::MaskSet;
use millrace_model::action::Action;
use millrace_model::document::{Json, Task};
use millrace_model::expr::Scope;
use millrace_model::ident::Ident;
use serde_json::{Value, json};

use super::*;

/// A root with a neighbour that nobody may touch.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new(files: &[&str]) -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(place.root()).unwrap();
        fs::write(place.outside(), "outside").unwrap();
        for name in files {
            place.write(name, name);
        }
        place
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn outside(&self) -> PathBuf {
        self.folder.path().join("outside.txt")
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.root().join(name)).unwrap()
    }

    /// All that is in the root, folders with a slash.
    fn all(&self) -> Vec<String> {
        fn below(folder: &Path, root: &Path, all: &mut Vec<String>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(root).unwrap().display().to_string();
                let is_folder = fs::symlink_metadata(&path).unwrap().is_dir();
                all.push(if is_folder { format!("{name}/") } else { name });
                if is_folder {
                    below(&path, root, all);
                }
            }
        }
        let mut all = Vec::new();
        below(&self.root(), &self.root(), &mut all);
        all.sort();
        all
    }

    fn work(&self, spec: &Value) -> Work {
        let mut task = Task::new(Ident::new("tidy").unwrap(), "files");
        task.spec = Json::from_value(spec);
        let Action::Files(action) = Action::for_task(&task).unwrap() else { panic!("{spec}") };
        let resolved = action.resolve(&Scope::default()).unwrap();
        Work { resolved, action: *action, workdir: self.root(), mark: "7-tidy".to_owned() }
    }

    fn run(&self, spec: &Value) -> Result<Value, Fault> {
        self.run_with(spec, &Brake::default())
    }

    fn run_with(&self, spec: &Value, brake: &Brake) -> Result<Value, Fault> {
        let path = self.folder.path().join("log");
        let log = Log::new(path, LogLimits::default(), MaskSet::new([]));
        self.work(spec).carry_out(&log, brake).map(Value::Object)
    }

    fn fails(&self, spec: &Value, why: &str) {
        let before = self.all();
        match self.run(spec).unwrap_err() {
            Fault::NotBegun(message) | Fault::Unusable(message) => {
                assert!(message.contains(why), "{spec}: {message}");
            }
            other => panic!("{spec}: {other:?}"),
        }
        assert_eq!(self.all(), before, "{spec}");
        assert_eq!(fs::read_to_string(self.outside()).unwrap(), "outside", "{spec}");
    }
}

#[test]
fn a_file_is_copied_under_its_new_name() {
    let place = Place::new(&["a.txt"]);
    fs::set_permissions(place.root().join("a.txt"), fs::Permissions::from_mode(0o750)).unwrap();
    let given =
        place.run(&json!({ "operation": "copy", "from": ["a.txt"], "to": "x/b.txt" })).unwrap();
    assert_eq!(given, json!({ "files": ["x/b.txt"], "count": 1, "bytes": 5 }));
    assert_eq!(place.all(), ["a.txt", "x/", "x/b.txt"]);
    assert_eq!(place.read("x/b.txt"), "a.txt");
    let mode = fs::metadata(place.root().join("x/b.txt")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o750);
}

#[test]
fn patterns_and_folders_go_into_a_folder() {
    let place = Place::new(&["a.csv", "b.csv", "b.txt", ".c.csv", "d/e.csv", "d/f/g.txt"]);
    let given = place.run(&json!({ "operation": "copy", "from": ["*.csv", "d"], "to": "kept" }));
    assert_eq!(
        given.unwrap()["files"],
        json!(["kept/a.csv", "kept/b.csv", "kept/d/e.csv", "kept/d/f/g.txt"])
    );
    // What lies within a folder that is found too goes along once.
    let given = place.run(&json!({ "operation": "copy", "from": ["d/**/*", "d"], "to": "again/" }));
    assert_eq!(given.unwrap()["files"], json!(["again/d/e.csv", "again/d/f/g.txt"]));
    // With a folder that is there a single name goes into it.
    place.run(&json!({ "operation": "copy", "from": ["b.txt"], "to": "d" })).unwrap();
    assert_eq!(place.read("d/b.txt"), "b.txt");
}

#[test]
fn what_is_there_already_fails_stays_or_is_replaced() {
    let place = Place::new(&["a", "b", "d/x", "e/x", "e/y"]);
    let spec = |if_exists: &str| json!({ "operation": "copy", "from": ["a"], "to": "b", "if_exists": if_exists });
    place.fails(&spec("fail"), "b is there already; set `if_exists`");
    assert_eq!(place.run(&spec("skip")).unwrap()["count"], 0);
    assert_eq!(place.read("b"), "b");
    assert_eq!(place.run(&spec("replace")).unwrap()["count"], 1);
    assert_eq!(place.read("b"), "a");
    place.fails(
        &json!({ "operation": "copy", "from": ["a"], "to": "n/..x", "if_exists": "replace", "root": "gone" }),
        "the root",
    );
    // Folders are merged, and what is kept stays where it was.
    let merge = json!({ "operation": "move", "from": ["e"], "to": "f/", "if_exists": "skip" });
    place.write("f/e/x", "old");
    assert_eq!(place.run(&merge).unwrap()["files"], json!(["f/e/y"]));
    assert_eq!((place.read("f/e/x"), place.read("e/x")), ("old".to_owned(), "e/x".to_owned()));
    assert!(!place.root().join("e/y").exists());
}

#[test]
fn moves_leave_nothing_where_it_was() {
    let place = Place::new(&["in/a.pdf", "in/b.pdf", "in/c/d.pdf", "in/e.txt"]);
    symlink("a.pdf", place.root().join("in/link")).unwrap();
    let spec =
        json!({ "operation": "move", "from": ["in/*.pdf", "in/c", "in/link"], "to": "out/" });
    assert_eq!(place.run(&spec).unwrap()["count"], 4);
    assert_eq!(
        place.all(),
        ["in/", "in/e.txt", "out/", "out/a.pdf", "out/b.pdf", "out/c/", "out/c/d.pdf", "out/link"]
    );
    assert_eq!(place.read("out/link"), "in/a.pdf");
}

#[test]
fn nothing_is_done_where_names_would_collide() {
    let place = Place::new(&["a/x", "b/x", "c/d/x"]);
    let of = |from: &[&str], to: &str| json!({ "operation": "move", "from": from, "to": to });
    place.fails(&of(&["*/x"], "to/"), "a/x and b/x would both become to/x");
    place.fails(&of(&["a"], "a/b/c"), "one lies within the other");
    place.fails(&of(&["a/x"], "a/x"), "would go to itself");
    place.fails(&of(&["gone", "a"], "to"), "nothing of the name gone");
    place.fails(&of(&["z*"], "to"), "nothing of the name z*");
    place.fails(&of(&["."], "to"), "the root itself");
    place.fails(&json!({ "operation": "delete", "from": ["."] }), "the root itself");
    let spec =
        json!({ "operation": "move", "from": ["z*", "a/x"], "to": "to/", "allow_missing": true });
    assert_eq!(place.run(&spec).unwrap()["files"], json!(["to/x"]));
}

#[test]
fn deleting_takes_folders_and_only_links() {
    let place = Place::new(&["a/b/c", "a/d", "e", "kept/f"]);
    symlink("kept", place.root().join("link")).unwrap();
    symlink(place.outside(), place.root().join("out")).unwrap();
    let given = place.run(&json!({ "operation": "delete", "from": ["a", "link", "o*"] })).unwrap();
    assert_eq!(given["files"], json!(["a/b/c", "a/d", "link", "out"]));
    assert_eq!(place.all(), ["e", "kept/", "kept/f"]);
    assert!(place.outside().exists());
}

#[test]
fn what_is_packed_is_unpacked_again() {
    let long = format!("deep/{}/{}.txt", "n".repeat(120), "ü".repeat(60));
    for name in ["x/all.tar", "x/all.tar.gz", "x/all.TGZ", "x/all.zip"] {
        let place = Place::new(&["a.txt", "b/run.sh", &long]);
        let script = place.root().join("b/run.sh");
        fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(place.root().join("empty")).unwrap();
        symlink("../a.txt", place.root().join("b/link")).unwrap();
        let given = place
            .run(&json!({ "operation": "archive", "from": ["a.txt", "b", "deep", "empty"], "to": name }))
            .unwrap();
        assert_eq!((&given["files"], &given["count"]), (&json!([name]), &json!(3)));
        place.run(&json!({ "operation": "unpack", "from": [name], "to": "back" })).unwrap();
        assert_eq!(place.read("back/a.txt"), "a.txt");
        assert_eq!(place.read(&format!("back/{long}")), long);
        assert_eq!(place.read("back/b/link"), "a.txt");
        assert!(place.root().join("back/empty").is_dir());
        let mode = fs::metadata(place.root().join("back/b/run.sh")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o755, "{name}");
        // The archive does not pack itself, and the whole root can be packed.
        let whole = json!({ "operation": "archive", "from": ["."], "to": "whole.zip", "if_exists": "replace" });
        let count = place.run(&whole).unwrap()["count"].clone();
        assert_eq!(place.run(&whole).unwrap()["count"], count);
        assert!(!place.all().iter().any(|name| name.contains("millrace")));
    }
}

#[test]
fn a_stop_leaves_nothing_half_done() {
    let place = Place::new(&["a"]);
    let brake = Brake::default();
    brake.pull();
    for spec in [
        json!({ "operation": "copy", "from": ["*"], "to": "x/" }),
        json!({ "operation": "archive", "from": ["a"], "to": "x.zip" }),
        json!({ "operation": "delete", "from": ["a"] }),
    ] {
        assert!(matches!(place.run_with(&spec, &brake), Err(Fault::Stopped)), "{spec}");
    }
    assert_eq!(place.all(), ["a"]);
}

#[test]
fn what_a_killed_try_left_is_removed() {
    let place = Place::new(&["a", ".millrace-7-tidy.part/1", ".millrace-7-other.part/1"]);
    place.run(&json!({ "operation": "copy", "from": ["a"], "to": "b" })).unwrap();
    assert_eq!(place.all(), [".millrace-7-other.part/", ".millrace-7-other.part/1", "a", "b"]);
}
