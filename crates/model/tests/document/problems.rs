//! Every kind of bad document with the problem it gives, as a person reads it.

use millrace_model::read::Document;

fn report(bytes: &[u8]) -> String {
    let document = Document::parse(bytes);
    let lines: Vec<String> =
        document.problems.iter().map(|problem| problem.render("bad.json")).collect();
    let end = match document.read_only {
        Some(reason) => format!("\n(read-only: {reason})"),
        None => String::new(),
    };
    lines.join("\n") + &end
}

/// Many documents in one snapshot: each with its title, then its problems.
fn reports(cases: &[(&str, &[u8])]) -> String {
    let parts: Vec<String> =
        cases.iter().map(|(title, bytes)| format!("## {title}\n{}", report(bytes))).collect();
    parts.join("\n\n")
}

#[test]
fn text_that_is_not_json() {
    insta::assert_snapshot!(reports(&[
        ("empty", b""),
        ("white space", b"  \n"),
        ("byte order mark", b"\xef\xbb\xbf{}"),
        ("UTF-16, little-endian", b"\xff\xfe{\0}\0"),
        ("UTF-16 without a mark", b"{\0\"\0a\0\"\0"),
        ("not UTF-8", b"{\n  \"name\": \"gr\xfc\xdfe\"\n}"),
        ("conflict", b"{\n  \"millrace\": 1,\n<<<<<<< HEAD\n  \"name\": \"a\"\n=======\n  \"name\": \"b\"\n>>>>>>> theirs\n}"),
        ("comment", b"{\n  // remark, don't\n  \"millrace\": 1 }"),
        ("trailing comma", b"{ \"millrace\": 1, }"),
        ("missing comma", b"{ \"millrace\": 1\n  \"name\": \"w\" }"),
        ("single quotes", b"{ 'millrace': 1 }"),
        ("bare key", b"{ millrace: 1 }"),
        ("no colon", b"{ \"millrace\" 1 }"),
        ("no value", b"{ \"millrace\": }"),
        ("unclosed object", b"{ \"tasks\": [\n  {\"name\": \"a\"]\n}"),
        ("unclosed list", b"{ \"tasks\": [1, 2"),
        ("unclosed text", b"{ \"name\": \"abc"),
        ("line break in a text", b"{ \"name\": \"ab\nc\" }"),
        ("two documents", b"{} {}"),
        ("bad escape", b"{ \"a\": \"\\x41\" }"),
        ("lone surrogate", b"{ \"a\": \"\\ud800\" }"),
        ("leading zero", b"{ \"a\": 01 }"),
        ("hexadecimal", b"{ \"a\": 0x10 }"),
        ("NaN", b"{ \"a\": NaN }"),
        ("odd space", "{\u{a0}\"a\": 1 }".as_bytes()),
        ("curly quotes", "{ \u{201c}a\u{201d}: 1 }".as_bytes()),
        ("a list", b"[1]"),
    ]));
}

#[test]
fn numbers_and_keys() {
    insta::assert_snapshot!(reports(&[
        ("1e999", b"{ \"millrace\": 1, \"name\": \"w\", \"x\": [0, 1e999] }"),
        ("too many digits", b"{ \"millrace\": 1, \"name\": \"w\", \"tasks\": [{\"name\": \"a\", \"kind\": \"noop\", \"priority\": 99999999999999999999}] }"),
        ("duplicate keys", b"{\n  \"millrace\": 1,\n  \"name\": \"a\",\n  \"name\": \"b\"\n}"),
        ("newer", b"{ \"millrace\": 7, \"name\": \"w\", \"colours\": [], \"tasks\": {} }"),
        ("version 0", b"{ \"millrace\": 0, \"name\": \"w\" }"),
        ("version text", b"{ \"millrace\": \"1\", \"name\": \"w\" }"),
        ("nothing", b"{}"),
    ]));
}

#[test]
fn wrong_shapes_are_all_listed_at_once() {
    let text = r#"{
  "millrace": 1,
  "name": "Daily Sales",
  "titel": "x",
  "env": { "PORT": 8080 },
  "limits": { "overlap": "skipp", "active_runs": 1.5 },
  "schedules": [ { "name": "a", "cron": "* * * * *", "every": "5m" }, { "name": "b" } ],
  "tasks": [
    { "name": "ä", "kind": "shell" },
    { "kind": "shell" },
    5,
    { "name": "fetch", "kind": "shell", "retry": { "delay": "10 s", "attempts": -1, "on": ["exit:900"] }, "tiemout": "5m" },
    { "name": "load", "join": "some", "timeout": 60 }
  ],
  "dependencies": [ { "from": "fetch", "to": "load", "on": "failed" }, { "from": "fetch" } ],
  "layout": { "tasks": { "fetch": [1] } }
}"#;
    insta::assert_snapshot!(report(text.as_bytes()));
}
