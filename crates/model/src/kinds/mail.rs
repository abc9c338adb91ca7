//! `mail`: sends a mail.

use super::field::{Field, FieldShape};
use super::spec::{Reader, SpecProblem};
use super::{Category, Kind, NaturalOutput};
use crate::action::{Action, MailAction};
use crate::connection::ConnectionKind;
use crate::document::Json;

pub(super) static KIND: Kind = Kind {
    id: "mail",
    title: "Mail",
    category: Category::Network,
    icon: "mail",
    summary: "Sends a mail, with files if you like.",
    docs: DOCS,
    fields: &[
        Field::new(
            "to",
            "To",
            FieldShape::TextList,
            "Who gets it: addresses such as `ada@example.org` or `Ada <ada@example.org>`. An expression that gives a list gives several.",
        )
        .required()
        .template()
        .placeholder("ada@example.org"),
        Field::new(
            "subject",
            "Subject",
            FieldShape::Text { multiline: false, language: None },
            "What it is about.",
        )
        .required()
        .template()
        .placeholder("Sales of ${params.day}"),
        Field::new(
            "text",
            "Text",
            FieldShape::Text { multiline: true, language: None },
            "What it says.",
        )
        .template(),
        Field::new(
            "attachments",
            "Attachments",
            FieldShape::TextList,
            "Files that go along, relative to the task's working directory; together at most 25 MiB.",
        )
        .template()
        .placeholder("out/report.pdf"),
        Field::new(
            "connection",
            "Mail server",
            FieldShape::Connection { kinds: &[ConnectionKind::Smtp] },
            "The connection to the mail server, or a mail channel of the settings. It can be left out where there is only one.",
        )
        .template(),
        Field::new(
            "from",
            "From",
            FieldShape::Text { multiline: false, language: None },
            "Who it is from; as the connection says where it is left out.",
        )
        .template()
        .advanced(),
        Field::new("cc", "Copy to", FieldShape::TextList, "Who gets a copy.").template().advanced(),
        Field::new(
            "bcc",
            "Hidden copy to",
            FieldShape::TextList,
            "Who gets a copy that the others do not see.",
        )
        .template()
        .advanced(),
        Field::new(
            "html",
            "Page",
            FieldShape::Text { multiline: true, language: None },
            "The same as HTML, for programs that show it. Values are put in as they are: escape what may hold `<`.",
        )
        .template()
        .advanced(),
    ],
    outputs: &[
        NaturalOutput { name: "message_id", help: "the name that the mail has, `<…@…>`." },
        NaturalOutput { name: "recipients", help: "how many addresses it was sent to." },
    ],
    lower,
};

const DOCS: &str = r#"
Use it to send what a run made to those who wait for it.

```json
{
  "name": "send",
  "kind": "mail",
  "spec": {
    "to": ["Ada <ada@example.org>", "${params.others}"],
    "subject": "Sales of ${params.day}",
    "text": "${tasks.load.outputs.rows} rows. The report is attached.",
    "attachments": ["out/report.pdf"]
  }
}
```

**The server** is a [connection](../connections.md) of kind `smtp`, or a mail channel of the [notifications](../notify.md#by-mail), of which server, login and
sender are taken. Where there is only one of all these it need not be named.

**How it ends.** It has succeeded when the server took the mail for all addresses. (That it reached them is another matter, which mail
does not tell.) An address that makes no sense, a file that cannot be read, a server that cannot be reached or refuses is an
*Error*: nothing was sent. Where the connection breaks after the mail was handed over and before the server said that it has it, nobody can know: it
is an Error, *unknown*, and is sent again only where `on` of `retry` has `unknown`. That also holds for one that was under way when
Millrace was killed.

**Limits.** A server that is silent for 20 seconds is given up, the whole after the task's `timeout`, or 10 minutes.
"#;

fn lower(spec: &Json) -> Result<Action, Vec<SpecProblem>> {
    let mut reader = Reader::new(KIND.fields, spec);
    let to = reader.templates("to");
    if reader.given("to").is_some_and(|given| given.elements().is_empty())
        && matches!(reader.given("to"), Some(Json::Array(_)))
    {
        reader.fail("to", "empty: name at least one address".to_owned());
    }
    let subject = reader.template("subject");
    let (text, html) = (reader.template("text"), reader.template("html"));
    let attachments = reader.templates("attachments");
    let (connection, from) = (reader.template("connection"), reader.template("from"));
    let (cc, bcc) = (reader.templates("cc"), reader.templates("bcc"));
    let action = subject.map(|subject| {
        Action::Mail(Box::new(MailAction {
            connection,
            from,
            to,
            cc,
            bcc,
            subject,
            text,
            html,
            attachments,
        }))
    });
    reader.finish(action)
}
