//! `http`: sends an HTTP request and gives what is answered.

use super::field::{Field, FieldDefault, FieldShape, PathPick};
use super::spec::{Reader, SpecProblem};
use super::{Category, Kind, NaturalOutput};
use crate::action::{Action, Auth, Body, HttpAction, Method, StatusSet};
use crate::connection::{ConnectionKind, is_header_name};
use crate::document::Json;

/// The most of an answer that is kept where a spec does not say, in MiB.
const DEFAULT_MAX_SIZE: i64 = 100;
/// How many redirects are followed where a spec does not say.
const DEFAULT_REDIRECTS: i64 = 5;

pub(super) static KIND: Kind = Kind {
    id: "http",
    title: "HTTP request",
    category: Category::Network,
    icon: "globe",
    summary: "Sends an HTTP request and gives what is answered.",
    docs: DOCS,
    fields: &[
        Field::new(
            "method",
            "Method",
            FieldShape::Choice {
                choices: &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"],
                open: false,
            },
            "What is asked for.",
        )
        .default(FieldDefault::Text("GET")),
        Field::new(
            "url",
            "Address",
            FieldShape::Text { multiline: false, language: None },
            "The address, `http://` or `https://`. What an expression gives is percent-encoded, unless the address begins with it.",
        )
        .required()
        .template()
        .placeholder("https://example.com/items/${params.id}"),
        Field::new(
            "query",
            "Query",
            FieldShape::KeyValue,
            "Pairs that are put behind the address, encoded. An expression that gives a list gives several of a name, null gives none.",
        )
        .template(),
        Field::new(
            "headers",
            "Headers",
            FieldShape::KeyValueOrSecret,
            "Headers by name. In place of a text there can be a stored secret, `{\"secret\": \"NAME\"}`.",
        )
        .template(),
        Field::new(
            "json",
            "JSON",
            FieldShape::Text { multiline: true, language: None },
            "What is sent along: an expression whose value is sent as JSON. JSON itself is one.",
        )
        .expression()
        .placeholder("{\"day\": params.day}"),
        Field::new(
            "connection",
            "Connection",
            FieldShape::Connection { kinds: &[ConnectionKind::Http] },
            "The connection of the settings where the address begins: `url` is then what comes behind. It also has login and headers.",
        )
        .template()
        .advanced(),
        Field::new(
            "auth",
            "Login",
            FieldShape::Choice { choices: &["basic", "bearer"], open: false },
            "How it says who asks: by a name and a password (`basic`), or by a token (`bearer`). Not at all where it is left out.",
        )
        .advanced(),
        Field::new(
            "user",
            "User",
            FieldShape::Text { multiline: false, language: None },
            "The name for `basic`.",
        )
        .template()
        .advanced(),
        Field::new(
            "secret",
            "Secret",
            FieldShape::Text { multiline: false, language: None },
            "The stored secret that is the password or the token.",
        )
        .secret()
        .advanced(),
        Field::new(
            "body",
            "Text",
            FieldShape::Text { multiline: true, language: None },
            "What is sent along: a text, as `text/plain` unless a header `Content-Type` says otherwise.",
        )
        .template()
        .advanced(),
        Field::new(
            "form",
            "Form",
            FieldShape::KeyValue,
            "What is sent along: pairs, as a form on a page sends them.",
        )
        .template()
        .advanced(),
        Field::new(
            "file",
            "File",
            FieldShape::Path { pick: PathPick::File },
            "What is sent along: a file as it is, at most 64 MiB; relative to the task's working directory.",
        )
        .template()
        .advanced(),
        Field::new(
            "expect",
            "Expected status",
            FieldShape::Text { multiline: false, language: None },
            "The statuses that are a success: numbers and ranges with commas between.",
        )
        .default(FieldDefault::Text("200-299"))
        .advanced(),
        Field::new(
            "redirects",
            "Redirects",
            FieldShape::Int { min: 0, max: 20 },
            "So many redirects are followed, 5 where it is left out. With 0 the redirect itself is the answer.",
        )
        .placeholder("5")
        .advanced(),
        Field::new(
            "max_size",
            "Largest answer",
            FieldShape::Int { min: 1, max: 10_240 },
            "The largest answer that is taken, in MiB; 100 where it is left out.",
        )
        .placeholder("100")
        .advanced(),
    ],
    outputs: &[
        NaturalOutput { name: "status", help: "the status, such as 200." },
        NaturalOutput {
            name: "headers",
            help: "the headers of the answer by their names in lower case; several of a name are put together with commas.",
        },
        NaturalOutput {
            name: "json",
            help: "what was answered, where its content type says that it is JSON; else null.",
        },
        NaturalOutput {
            name: "body",
            help: "what was answered, where it is another text; else null.",
        },
        NaturalOutput {
            name: "file",
            help: "the path of a file with what was answered, where it is larger than an output can be (896 KiB) or no text; else null. It is deleted with the run.",
        },
    ],
    lower,
};

const DOCS: &str = r#"
Use it to ask a service for something, to tell it something, or to fetch a file.

```json
{
  "name": "weather",
  "kind": "http",
  "spec": { "url": "https://example.com/weather", "query": { "city": "${params.city}" } }
}
```

Later tasks read the answer: `${tasks.weather.outputs.json.temperature}`, `${tasks.weather.outputs.status}`.

Secrets are named and never written down, here as a token and as a header:

```json
{
  "name": "report",
  "kind": "http",
  "spec": {
    "method": "POST",
    "url": "https://example.com/reports/${params.day}",
    "headers": { "X-Team": { "secret": "team_key" } },
    "json": "{\"rows\": tasks.load.outputs.rows, \"day\": params.day}",
    "auth": "bearer",
    "secret": "reports_token"
  }
}
```

**What is sent.** At most one of `json`, `body`, `form` and `file`. Values never become a part of the address that they were not
meant for: in `url` an expression gives one step of the path or one value of the query, whatever is in it. An address that
begins with an expression, as in `${params.server}/items`, takes that as it is. Steps `.` and `..` are refused.

**A connection** of the settings (`millrace connection`) is a service with its address, login and headers. With it `url` is what comes behind that
address, such as `/items/${params.id}`; a login and headers of the task itself come before those of the connection.

**How it ends.** It has succeeded when the status is one of `expect`. Any other status is *Failed*, with the status as the cause
and the beginning of the answer in the log. Where there is no connection (nobody listens, no such name, a certificate that is
not trusted) it is an *Error*: nothing was sent. The certificate is always checked.

Where the connection breaks after something was sent, it depends on the method. `GET`, `HEAD`, `OPTIONS`, `PUT` and `DELETE` can be
sent again, and the attempt is *lost*. Whether a `POST` or `PATCH` had its effect nobody can know: it is an Error, *unknown*. That also
holds for a `POST` or `PATCH` that reaches its `timeout`, and for one that was under way when Millrace was killed.

**Trying again** is what `retry` of the task says, and by default it does so after a status that was not expected and after a time-out.
`"on": ["status:429", "status:503"]` tries again after these statuses only, and
`"on": ["failed", "timeout", "error", "lost"]` also where there was no connection or where it broke. A `POST` whose fate is
unknown is sent again only where `on` has `unknown`.

**Limits.** A connection is given up after 10 seconds, an answer that stands still after 5 minutes, and the whole after the task's
`timeout`, or an hour where it has none. A cancel ends the request at once.

**Redirects** are followed as browsers do: after 303, and after 301 and 302 to a `POST`, with a `GET` without a body. From https to
http none is followed. To another server no login goes along: neither `auth` nor `Authorization` nor `Cookie` nor a header with a secret.

Answers are asked for without compression. One that comes packed with gzip all the same is unpacked, and `max_size` counts what comes out; other
compressions are refused. Proxies are those of the variables
`HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY` that the daemon was started with. Secrets do not show up in the log and in the outputs; an
answer that is kept as a `file` is kept as it came. Such a task has no process: `env` is there for expressions only.
"#;

fn lower(spec: &Json) -> Result<Action, Vec<SpecProblem>> {
    let mut reader = Reader::new(KIND.fields, spec);
    let method = reader.text("method");
    let method = Method::ALL.into_iter().find(|it| method.as_deref() == Some(it.word()));
    let url = reader.template("url");
    let connection = reader.template("connection");
    let query = reader.named_templates("query");
    let headers = reader.named_values("headers");
    let names: Vec<&String> = headers.iter().map(|(name, _)| name).collect();
    for name in names {
        if let Some(problem) = header_problem(name) {
            reader.fail("headers", problem);
        }
    }
    let auth = auth(&mut reader);
    let body = body(&mut reader);
    let expect = reader.text("expect").and_then(|text| {
        StatusSet::parse(&text).map_err(|message| reader.fail("expect", message)).ok()
    });
    let redirects = reader.int("redirects").unwrap_or(DEFAULT_REDIRECTS);
    let max_size = reader.int("max_size").unwrap_or(DEFAULT_MAX_SIZE);
    let action = match (method, url, expect) {
        (Some(method), Some(url), Some(expect)) => Some(Action::Http(Box::new(HttpAction {
            connection,
            method,
            url,
            query,
            headers,
            auth,
            body,
            expect,
            redirects: redirects.try_into().unwrap_or_default(),
            max_bytes: u64::try_from(max_size).unwrap_or_default() << 20,
        }))),
        _ => None,
    };
    reader.finish(action)
}

/// Why no request can have a header of this name.
fn header_problem(name: &str) -> Option<String> {
    if !is_header_name(name) {
        return Some(format!("`{name}` cannot be the name of a header"));
    }
    let own = ["connection", "content-length", "transfer-encoding"];
    let is_own = own.iter().any(|own| name.eq_ignore_ascii_case(own));
    is_own.then(|| format!("`{name}` is set by Millrace itself; leave it out"))
}

fn auth(reader: &mut Reader<'_>) -> Option<Auth> {
    let (auth, user, secret) =
        (reader.text("auth"), reader.template("user"), reader.template("secret"));
    match auth.as_deref() {
        None => {
            for key in ["user", "secret"] {
                if reader.given(key).is_some() {
                    reader.fail(key, "has no effect without `auth`".to_owned());
                }
            }
            None
        }
        Some(auth) => {
            if auth == "basic" && reader.given("user").is_none() {
                reader.fail("user", "missing: the name for `basic`".to_owned());
            }
            if reader.given("secret").is_none() {
                let message = "missing: the stored secret that is the password or the token";
                reader.fail("secret", message.to_owned());
            }
            match (auth, user, secret?) {
                ("basic", user, secret) => Some(Auth::Basic { user: user?, secret }),
                (_, _, secret) => Some(Auth::Bearer { secret }),
            }
        }
    }
}

fn body(reader: &mut Reader<'_>) -> Body {
    let given: Vec<&str> = ["json", "body", "form", "file"]
        .into_iter()
        .filter(|key| reader.given(key).is_some())
        .collect();
    if let [first, second, ..] = given.as_slice() {
        reader.fail(second, format!("`{first}` is sent already; at most one of them can be"));
    }
    let (json, text) = (reader.expression("json"), reader.template("body"));
    let (form, file) = (reader.named_templates("form"), reader.template("file"));
    match (json, text, file) {
        (Some(json), _, _) => Body::Json(json),
        (_, Some(text), _) => Body::Text(text),
        (_, _, Some(file)) => Body::File(file),
        _ if reader.given("form").is_some() => Body::Form(form),
        _ => Body::None,
    }
}
