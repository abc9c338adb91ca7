//! `files`: copies, moves, deletes, packs and unpacks files within one folder.

use super::field::{Field, FieldDefault, FieldShape, PathPick};
use super::spec::{Reader, SpecProblem};
use super::{Category, Kind, NaturalOutput};
use crate::action::{Action, ArchiveFormat, FileOperation, FilesAction, IfExists};
use crate::document::Json;

/// The most that an archive may hold where a spec does not say, in MiB.
const DEFAULT_MAX_SIZE: i64 = 4_096;
/// The most files and folders in an archive where a spec does not say.
const DEFAULT_MAX_ENTRIES: i64 = 100_000;

pub(super) static KIND: Kind = Kind {
    id: "files",
    title: "Files",
    category: Category::Data,
    icon: "files",
    summary: "Copies, moves, deletes, packs or unpacks files.",
    docs: DOCS,
    fields: &[
        Field::new(
            "operation",
            "What to do",
            FieldShape::Choice {
                choices: &["copy", "move", "delete", "archive", "unpack", "make_folder"],
                open: false,
            },
            "What is done: copies, moves or deletes what `from` names; packs it into the archive `to`; unpacks archives into the folder `to`; or makes a folder.",
        )
        .required(),
        Field::new(
            "from",
            "From",
            FieldShape::TextList,
            "What it is done with: names within the root, or patterns with `*`, `?`, `[ab]` and `**`.",
        )
        .template()
        .placeholder("reports/*.csv"),
        Field::new(
            "to",
            "To",
            FieldShape::Text { multiline: false, language: None },
            "Where it goes, within the root. A `/` at its end says that it is a folder. Of an archive: its name, which ends with `.tar.gz`, `.tgz`, `.tar` or `.zip`.",
        )
        .template()
        .placeholder("archive/${params.day}/"),
        Field::new(
            "root",
            "Root",
            FieldShape::Path { pick: PathPick::Folder },
            "The folder that no name leaves; relative to the task's working directory, and that folder itself where it is left out.",
        )
        .template(),
        Field::new(
            "if_exists",
            "If it exists",
            FieldShape::Choice { choices: &["fail", "replace", "skip"], open: false },
            "What happens to a file that would be written and is there already: the task is an error (`fail`), the file is replaced (`replace`), or it stays (`skip`).",
        )
        .default(FieldDefault::Text("fail")),
        Field::new(
            "allow_missing",
            "Nothing found is fine",
            FieldShape::Bool,
            "A name or pattern in `from` by which nothing is found is passed over, instead of being an error.",
        )
        .default(FieldDefault::Bool(false))
        .advanced(),
        Field::new(
            "max_size",
            "Largest content",
            FieldShape::Int { min: 1, max: 1_048_576 },
            "The most that an archive may hold when it is unpacked, in MiB; 4096 where it is left out.",
        )
        .placeholder("4096")
        .advanced(),
        Field::new(
            "max_entries",
            "Most entries",
            FieldShape::Int { min: 1, max: 10_000_000 },
            "The most files and folders that an archive may hold when it is unpacked; 100000 where it is left out.",
        )
        .placeholder("100000")
        .advanced(),
    ],
    outputs: &[
        NaturalOutput {
            name: "files",
            help: "the names, from the root on, of the files that were written or deleted, in order; at most 1,000 of them.",
        },
        NaturalOutput { name: "count", help: "how many files were copied, moved, deleted, packed or unpacked." },
        NaturalOutput { name: "bytes", help: "how many bytes they have together." },
    ],
    lower,
};

const DOCS: &str = r#"
Use it where a script would only call `cp`, `mv`, `rm`, `tar` or `unzip`. It says what it did, can be looked at before it runs, and
never touches anything outside its root.

```json
{
  "name": "keep",
  "kind": "files",
  "spec": { "operation": "archive", "from": ["reports/*.csv"], "to": "kept/${params.day}.tar.gz" }
}
```

```json
{
  "name": "tidy",
  "kind": "files",
  "spec": {
    "operation": "move",
    "root": "/home/me/Downloads",
    "from": ["*.pdf", "**/*.epub"],
    "to": "books/",
    "if_exists": "skip",
    "allow_missing": true
  }
}
```

**Names.** All names lie in the root. A name that is a whole path, or that has `..` in it, is refused, and so is one that would leave
the root by a link. A text with `*`, `?` or `[` is a pattern, as in
[`produces`](../semantics.md#files-that-a-task-makes): `*` and `?` stay within a name, `**` is any number of folders, and
hidden files match only where the pattern names the dot. What a value brings in counts as part of the pattern.

**Copy and move.** With one name in `from`, `to` is the new name. It is a folder, in which names stay what they are, where it ends
with `/`, is a folder already, or where `from` has patterns or more than one name. Folders go with all that is in them; onto
a folder of the same name they are merged. Folders on the way are made. Two files that would get the same name are an error before
anything is done. Links within folders stay links.

**Delete** takes folders with all that is in them, and of a link only the link. The root itself cannot be deleted, moved or replaced.

**Archive** packs what is found, with names from the root on, in the order of names. **Unpack** tells the format by what
is in the file. An archive is refused as a whole, and leaves nothing behind, where a name in it leaves the folder (`..`, a whole path), where a link in it
leads outside, where it holds devices, or where it holds more than `max_size` or `max_entries` allow. Rights are
kept as far as they say who may read, write and run a file.

**Nothing half done.** Each file is written beside its place and then put there in one step, and what is unpacked is put in
its place only when the whole archive has been read. What is not a whole file lies meanwhile in a folder `.millrace-….part` in the root, which
is removed at the end, and by the next try where Millrace was killed.

**How it ends.** What cannot be done is an *Error* with the name in it; what was done until then stays. A task that was under way when
Millrace was killed is *lost*: try it again with `"on": ["lost"]` in `retry`, and with `if_exists` set to `replace` or `skip`. A cancel
and a time-out end it between two files, or within a large one.
"#;

fn lower(spec: &Json) -> Result<Action, Vec<SpecProblem>> {
    let mut reader = Reader::new(KIND.fields, spec);
    let operation = reader.text("operation");
    let operation =
        FileOperation::ALL.into_iter().find(|it| operation.as_deref() == Some(it.word()));
    let from = reader.templates("from");
    let to = reader.template("to");
    let root = reader.template("root");
    let if_exists = reader.text("if_exists");
    let if_exists = IfExists::ALL.into_iter().find(|it| if_exists.as_deref() == Some(it.word()));
    let allow_missing = reader.bool("allow_missing");
    let max_size = reader.int("max_size").unwrap_or(DEFAULT_MAX_SIZE);
    let max_entries = reader.int("max_entries").unwrap_or(DEFAULT_MAX_ENTRIES);
    if let Some(operation) = operation {
        check_needed(&mut reader, operation);
    }
    let action = match (operation, if_exists) {
        (Some(operation), Some(if_exists)) => Some(Action::Files(Box::new(FilesAction {
            operation,
            root,
            from,
            to,
            if_exists,
            allow_missing,
            max_bytes: u64::try_from(max_size).unwrap_or_default() << 20,
            max_entries: u64::try_from(max_entries).unwrap_or_default(),
        }))),
        _ => None,
    };
    reader.finish(action)
}

/// Each operation has what it needs, and nothing that would have no effect.
fn check_needed(reader: &mut Reader<'_>, operation: FileOperation) {
    let word = operation.word();
    let given = |reader: &Reader<'_>, key: &str| match reader.given(key) {
        Some(Json::Array(elements)) => !elements.is_empty(),
        Some(Json::String(text)) => !text.is_empty(),
        given => given.is_some(),
    };
    for (key, needed, what) in [
        ("from", operation.has_sources(), "what it is done with"),
        ("to", operation.has_target(), "where it goes"),
    ] {
        if needed && !given(reader, key) {
            reader.fail(key, format!("missing: {what}"));
        }
        if !needed && given(reader, key) {
            reader.fail(key, format!("has no effect with `{word}`; leave it out"));
        }
    }
    let unpacks = operation == FileOperation::Unpack;
    for (key, has_effect) in [
        ("if_exists", !matches!(operation, FileOperation::Delete | FileOperation::MakeFolder)),
        ("allow_missing", operation.has_sources()),
        ("max_size", unpacks),
        ("max_entries", unpacks),
    ] {
        let is_given = !matches!(reader.given(key), None | Some(Json::Bool(false)));
        if is_given && !has_effect {
            reader.fail(key, format!("has no effect with `{word}`; leave it out"));
        }
    }
    if operation == FileOperation::Archive
        && let Some(Json::String(to)) = reader.given("to")
        && !to.ends_with('}')
        && ArchiveFormat::of_name(to).is_none()
    {
        let ends = ArchiveFormat::ENDS;
        reader.fail("to", format!("`{to}` says no format: its name must end with {ends}"));
    }
}
