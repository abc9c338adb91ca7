//! `millrace connection`: the databases, services and mail servers that tasks name.

use millrace_api::Code;
use millrace_api::settings::{
    ChangeSettings, Connection, ConnectionKind, HomeSettings, ReadSettings, SettingChange,
    TestConnection,
};
use serde_json::{Map, Value, json};

use crate::args::connection::{AddConnection, Connection as Args, ConnectionCommand};
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::escape::one_line;
use crate::text::style::Style;
use crate::text::table::Table;

/// What stands before the name of a secret in place of a value.
const SECRET: &str = "secret:";

pub(crate) fn run(args: &Args, out: &mut Out) -> Result<Exit, Failure> {
    match &args.command {
        ConnectionCommand::Add(args) => block_on(add(args, out))?,
        ConnectionCommand::List { json } => block_on(list(*json, out))?,
        ConnectionCommand::Show { name, json } => block_on(show(name, *json, out))?,
        ConnectionCommand::Test { name } => block_on(test(name, out))?,
        ConnectionCommand::Remove { name } => block_on(remove(name, out))?,
    }
}

async fn add(args: &AddConnection, out: &mut Out) -> Result<Exit, Failure> {
    let connection = parsed(args.kind.into(), &args.fields)?;
    let link = Link::to_daemon().await?;
    let read = link.backend().read_settings(ReadSettings {}).await?;
    if read.settings.connections.contains_key(&args.name) && !args.replace {
        let message = format!("there is a connection `{}` already", args.name);
        return Err(Failure::usage(message, "--replace writes it anew"));
    }
    let place = connection.place();
    change(&link, read, &args.name, Some(connection)).await?;
    let name = &args.name;
    out.note(&format!(
        "added {name}: {}; `millrace connection test {name}` tries it",
        one_line(&place)
    ))?;
    Ok(Exit::Succeeded)
}

async fn list(json: bool, out: &mut Out) -> Result<Exit, Failure> {
    let link = Link::to_daemon().await?;
    let read = link.backend().read_settings(ReadSettings {}).await?;
    let connections = &read.settings.connections;
    if json {
        out.json(&json!({ "connections": connections }))?;
    } else if connections.is_empty() {
        out.note("there are no connections; `millrace connection add` adds one")?;
    } else {
        let all = connections.iter().map(|(name, it)| (name.as_str(), it));
        let table = table(all, out.style());
        out.write(&table.render(out.width(), out.style().ellipsis()))?;
    }
    Ok(Exit::Succeeded)
}

async fn show(name: &str, json: bool, out: &mut Out) -> Result<Exit, Failure> {
    let link = Link::to_daemon().await?;
    let read = link.backend().read_settings(ReadSettings {}).await?;
    let connection = read.settings.connections.get(name).ok_or_else(|| unknown(name))?;
    if json {
        out.json(connection)?;
        return Ok(Exit::Succeeded);
    }
    let mut text = String::new();
    for (key, value) in fields(connection) {
        text.push_str(&format!("{key}={}\n", one_line(&value)));
    }
    out.write(&text)?;
    Ok(Exit::Succeeded)
}

async fn test(name: &str, out: &mut Out) -> Result<Exit, Failure> {
    let link = Link::to_daemon().await?;
    let request = TestConnection { name: name.to_owned(), connection: None };
    let tested = link.backend().test_connection(request).await?;
    out.note(&format!("{name}: {}", one_line(&tested.found)))?;
    Ok(Exit::Succeeded)
}

async fn remove(name: &str, out: &mut Out) -> Result<Exit, Failure> {
    let link = Link::to_daemon().await?;
    let read = link.backend().read_settings(ReadSettings {}).await?;
    if !read.settings.connections.contains_key(name) {
        return Err(unknown(name));
    }
    change(&link, read, name, None).await?;
    out.note(&format!("removed {name}"))?;
    Ok(Exit::Succeeded)
}

async fn change(
    link: &Link,
    read: HomeSettings,
    name: &str,
    value: Option<Connection>,
) -> Result<(), Failure> {
    let change = SettingChange::Connection { name: name.to_owned(), value };
    let changes = ChangeSettings { expected_digest: read.digest, changes: vec![change] };
    link.backend().change_settings(changes).await?;
    Ok(())
}

fn unknown(name: &str) -> Failure {
    Failure::new(Code::NotFound, format!("there is no connection `{name}`"))
}

/// A connection from its fields.
fn parsed(kind: ConnectionKind, fields: &[String]) -> Result<Connection, Failure> {
    let usage =
        |message: String| Failure::usage(message, "`millrace connection add --help` has examples");
    let mut object = Map::from_iter([("kind".to_owned(), json!(kind.word()))]);
    for field in fields {
        let (key, text) = field
            .split_once('=')
            .ok_or_else(|| usage(format!("`{field}` is no field; write KEY=VALUE")))?;
        let value = match text.strip_prefix(SECRET) {
            Some(name) => json!({ "secret": name }),
            None => match key {
                "port" => text.parse::<u16>().map_or_else(|_| json!(text), |port| json!(port)),
                "read_only" => text.parse::<bool>().map_or_else(|_| json!(text), |on| json!(on)),
                _ => json!(text),
            },
        };
        let taken = match key.strip_prefix("headers.") {
            None => object.insert(key.to_owned(), value),
            Some(header) => {
                let headers = object.entry("headers").or_insert_with(|| json!({}));
                headers.as_object_mut().and_then(|headers| headers.insert(header.to_owned(), value))
            }
        };
        if taken.is_some() {
            return Err(usage(format!("`{key}` is given twice")));
        }
    }
    let connection: Connection = serde_json::from_value(Value::Object(object))
        .map_err(|error| usage(format!("that is no connection: {error}")))?;
    connection.check().map_err(|(key, message)| usage(format!("{key}: {message}")))?;
    Ok(connection)
}

/// Its fields as they are given.
fn fields(connection: &Connection) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let Ok(Value::Object(object)) = serde_json::to_value(connection) else { return all };
    let text = |value: &Value| match (value, value.get("secret")) {
        (_, Some(Value::String(name))) => format!("{SECRET}{name}"),
        (Value::String(text), _) => text.clone(),
        (other, _) => other.to_string(),
    };
    for (key, value) in &object {
        match (key.as_str(), value) {
            ("headers", Value::Object(headers)) => {
                all.extend(
                    headers.iter().map(|(name, value)| (format!("headers.{name}"), text(value))),
                );
            }
            _ => all.push((key.clone(), text(value))),
        }
    }
    // What it is comes first.
    all.sort_by_key(|(key, _)| key != "kind");
    all
}

fn table<'c>(connections: impl Iterator<Item = (&'c str, &'c Connection)>, style: Style) -> Table {
    let mut table =
        Table::new(["CONNECTION", "KIND", "LEADS TO"].map(|cell| style.dim(cell)).to_vec())
            .elastic(2);
    for (name, connection) in connections {
        let kind = connection.kind().word().to_owned();
        table.row(vec![one_line(name), kind, one_line(&connection.place())]);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(kind: ConnectionKind, fields: &[&str]) -> Result<Connection, String> {
        let fields: Vec<String> = fields.iter().map(|&field| field.to_owned()).collect();
        parsed(kind, &fields).map_err(|failure| format!("{failure:?}"))
    }

    #[test]
    fn what_is_given_is_what_is_shown() {
        let given =
            ["host=db.example.org", "port=5433", "database=sales", "user=me", "password=secret:db"];
        let postgres = made(ConnectionKind::Postgres, &given).unwrap();
        let mut shown: Vec<String> =
            fields(&postgres).into_iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(shown.remove(0), "kind=postgres");
        let mut given = given.to_vec();
        given.sort_unstable();
        shown.sort_unstable();
        assert_eq!(shown, given);
        let http = made(
            ConnectionKind::Http,
            &["url=https://a", "headers.X-Key=secret:k", "headers.A=b=c"],
        );
        let shown = fields(&http.unwrap());
        assert!(shown.contains(&("headers.X-Key".to_owned(), "secret:k".to_owned())), "{shown:?}");
        assert!(shown.contains(&("headers.A".to_owned(), "b=c".to_owned())), "{shown:?}");
        let sqlite = made(ConnectionKind::Sqlite, &["path=/a.db", "read_only=true"]).unwrap();
        let all = [("a", &postgres), ("b", &sqlite)];
        insta::assert_snapshot!(table(all.into_iter(), Style::PLAIN).render(None, "…"), @r"
        CONNECTION  KIND      LEADS TO
        a           postgres  me@db.example.org:5433/sales
        b           sqlite    /a.db
        ");
    }

    #[test]
    fn what_is_no_connection_says_why() {
        for (kind, fields, why) in [
            (ConnectionKind::Postgres, vec!["database"], "write KEY=VALUE"),
            (ConnectionKind::Postgres, vec!["database=a", "database=b"], "is given twice"),
            (ConnectionKind::Postgres, vec!["host=a"], "missing field `database`"),
            (ConnectionKind::Postgres, vec!["database=a", "port=x"], "that is no connection"),
            (
                ConnectionKind::Postgres,
                vec!["database=a", "user=u", "password=hunter2"],
                "millrace secret set",
            ),
            (ConnectionKind::Sqlite, vec!["path=a.db"], "a whole path"),
            (ConnectionKind::Smtp, vec!["server=a", "from=b@c", "path=x"], "unknown field `path`"),
        ] {
            let error = made(kind, &fields).unwrap_err();
            assert!(error.contains(why) && !error.contains("hunter2"), "{error}");
        }
    }
}
