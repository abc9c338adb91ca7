//! Connections: where databases, services and mail servers are, and who logs in there. The settings of a home have them,
//! tasks name them.
//!
//! What is secret is named and never written. How one connects is for whoever does.

mod text_or_secret;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use text_or_secret::{SecretName, TextOrSecret};

/// A connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Connection {
    /// A database of a PostgreSQL server.
    Postgres(PostgresDatabase),
    /// A database in a file.
    Sqlite(SqliteDatabase),
    /// A service that is spoken to over HTTP.
    Http(HttpService),
    /// A server that takes mail.
    Smtp(MailServer),
}

/// What a connection leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "they are those of `Connection`")]
pub enum ConnectionKind {
    Postgres,
    Sqlite,
    Http,
    Smtp,
}

/// A database of a PostgreSQL server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresDatabase {
    /// The server's name, or the folder of its socket: what begins with `/`.
    #[serde(default = "localhost")]
    pub host: String,
    /// Its port; none = 5432.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// The database.
    pub database: String,
    /// Who logs in; none = the user of this system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Their password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretName>,
    /// Whether the connection is encrypted; none = `verify`, and `none` where the server is on this machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<PostgresTls>,
    /// A file with the certificates of those who are trusted; none = those of this system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificates: Option<String>,
}

/// Whether a connection to a PostgreSQL server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PostgresTls {
    /// Always, and the certificate must be that of the host.
    Verify,
    /// Never.
    None,
}

/// A database in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqliteDatabase {
    /// The file: a whole path.
    pub path: String,
    /// Nothing is changed in it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub read_only: bool,
}

/// A service that is spoken to over HTTP.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HttpService {
    /// Where its addresses begin.
    pub url: String,
    /// How one logs in; none = not at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<HttpLogin>,
    /// The name for `basic`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// The password or token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<SecretName>,
    /// Headers that go along with each request.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, TextOrSecret>,
}

/// How one logs in over HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HttpLogin {
    /// By a name and a password.
    Basic,
    /// By a token.
    Bearer,
}

/// A server that takes mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailServer {
    /// The server's name.
    pub server: String,
    /// Its port; none = the usual one: 465 with `tls`, 587 with `starttls`, 25 with `none`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
    /// How the connection is kept private.
    #[serde(default)]
    pub security: MailSecurity,
    /// Who logs in; none = nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Their password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<SecretName>,
    /// Who mail is from, where a task does not say.
    pub from: String,
}

/// How a connection to a mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailSecurity {
    /// Encrypted from the first byte.
    #[default]
    Tls,
    /// Encrypted before anything is said; a server that cannot is refused.
    Starttls,
    /// Not at all.
    None,
}

/// What makes a connection useless: its key, and why.
pub type Fault = (&'static str, String);

impl ConnectionKind {
    /// All, in the order in which people see them.
    pub const ALL: [Self; 4] = [Self::Postgres, Self::Sqlite, Self::Http, Self::Smtp];

    /// The word in settings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Sqlite => "sqlite",
            Self::Http => "http",
            Self::Smtp => "smtp",
        }
    }

    /// What people see.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Sqlite => "SQLite",
            Self::Http => "HTTP service",
            Self::Smtp => "Mail server",
        }
    }
}

impl fmt::Display for ConnectionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl Connection {
    /// What it leads to.
    #[must_use]
    pub fn kind(&self) -> ConnectionKind {
        match self {
            Self::Postgres(_) => ConnectionKind::Postgres,
            Self::Sqlite(_) => ConnectionKind::Sqlite,
            Self::Http(_) => ConnectionKind::Http,
            Self::Smtp(_) => ConnectionKind::Smtp,
        }
    }

    /// Where it leads, in one line, without anything that could be secret.
    #[must_use]
    pub fn place(&self) -> String {
        match self {
            Self::Postgres(it) => {
                let user = it.user.as_ref().map(|user| format!("{user}@")).unwrap_or_default();
                format!("{user}{}:{}/{}", it.host, it.port(), it.database)
            }
            Self::Sqlite(it) => it.path.clone(),
            Self::Http(it) => it.url.clone(),
            Self::Smtp(it) => format!("{}:{}", it.server, it.port()),
        }
    }

    /// The secrets that it needs: the key of each, such as `password` or `headers.x-key`, and its name.
    #[must_use]
    pub fn secrets(&self) -> Vec<(String, &str)> {
        match self {
            Self::Postgres(it) => named("password", it.password.as_ref()),
            Self::Sqlite(_) => Vec::new(),
            Self::Http(it) => {
                let mut all = named("secret", it.secret.as_ref());
                all.extend(it.headers.iter().filter_map(|(name, value)| match value {
                    TextOrSecret::Secret(name_of) => {
                        Some((format!("headers.{name}"), name_of.secret.as_str()))
                    }
                    TextOrSecret::Text(_) => None,
                }));
                all
            }
            Self::Smtp(it) => named("password", it.password.as_ref()),
        }
    }

    /// Whether it can be used.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), Fault> {
        match self {
            Self::Postgres(it) => {
                one_line("host", &it.host)?;
                one_line("database", &it.database)?;
                port(it.port)?;
                optional("user", it.user.as_deref())?;
                needs(
                    it.user.is_some() || it.password.is_none(),
                    "user",
                    "missing: whose password is it?",
                )
            }
            Self::Sqlite(it) => {
                one_line("path", &it.path)?;
                needs(
                    it.path.starts_with('/'),
                    "path",
                    "a whole path is needed, such as /home/me/sales.db",
                )
            }
            Self::Http(it) => http(it),
            Self::Smtp(it) => {
                one_line("server", &it.server)?;
                one_line("from", &it.from)?;
                port(it.port)?;
                needs(it.from.contains('@'), "from", "it is no mail address")?;
                optional("user", it.user.as_deref())?;
                needs(
                    it.user.is_some() == it.password.is_some(),
                    "password",
                    "user and password belong together",
                )
            }
        }
    }
}

fn named<'c>(key: &str, secret: Option<&'c SecretName>) -> Vec<(String, &'c str)> {
    secret.map(|name| (key.to_owned(), name.secret.as_str())).into_iter().collect()
}

fn http(it: &HttpService) -> Result<(), Fault> {
    one_line("url", &it.url)?;
    let rest = it.url.strip_prefix("https://").or_else(|| it.url.strip_prefix("http://"));
    let is_address =
        rest.is_some_and(|rest| !rest.is_empty() && !rest.starts_with(['/', '?', '#']));
    needs(is_address, "url", "it begins with https:// or http:// and names a host")?;
    needs(!it.url.contains(['?', '#']), "url", "it is where addresses begin: without ? and #")?;
    needs(
        !rest.unwrap_or_default().split('/').next().unwrap_or_default().contains('@'),
        "url",
        "a login is not written here; use user and secret",
    )?;
    optional("user", it.user.as_deref())?;
    match it.auth {
        None => {
            needs(it.user.is_none(), "user", "it has no effect without auth")?;
            needs(it.secret.is_none(), "secret", "it has no effect without auth")?;
        }
        Some(auth) => {
            needs(
                it.secret.is_some(),
                "secret",
                "missing: the stored secret that is the password or the token",
            )?;
            let is_basic = auth == HttpLogin::Basic;
            needs(it.user.is_some() || !is_basic, "user", "missing: the name for basic")?;
            needs(it.user.is_none() || is_basic, "user", "it has no effect with bearer")?;
        }
    }
    for (name, value) in &it.headers {
        needs(
            is_header_name(name),
            "headers",
            &format!("`{}` cannot be the name of a header", name.escape_debug()),
        )?;
        if let TextOrSecret::Text(text) = value {
            let is_value = text.chars().all(|c| c.is_ascii() && !c.is_ascii_control());
            needs(
                is_value,
                "headers",
                &format!("the value of `{name}` has characters that no header can have"),
            )?;
        }
    }
    Ok(())
}

/// Names of connections are those of everything: they stand in documents and on the command line.
///
/// # Errors
/// What is wrong with it.
pub fn check_name(name: &str) -> Result<(), String> {
    crate::ident::Ident::new(name).map(drop).map_err(|error| error.to_string())
}

/// Whether it is a token, as RFC 9110 has it.
pub(crate) fn is_header_name(name: &str) -> bool {
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    !name.is_empty() && name.chars().all(is_token)
}

impl PostgresDatabase {
    /// The port in force.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(5_432)
    }

    /// Whether it is encrypted.
    #[must_use]
    pub fn tls(&self) -> PostgresTls {
        let is_here = self.host.starts_with('/')
            || self.host == "localhost"
            || self.host.parse::<core::net::IpAddr>().is_ok_and(|address| address.is_loopback());
        self.tls.unwrap_or(if is_here { PostgresTls::None } else { PostgresTls::Verify })
    }
}

impl MailServer {
    /// The port in force.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.security {
            MailSecurity::Tls => 465,
            MailSecurity::Starttls => 587,
            MailSecurity::None => 25,
        })
    }
}

fn localhost() -> String {
    "localhost".to_owned()
}

fn needs(holds: bool, key: &'static str, message: &str) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err((key, message.to_owned())) }
}

fn one_line(key: &'static str, text: &str) -> Result<(), Fault> {
    needs(!text.trim().is_empty(), key, "it is empty")?;
    needs(
        text.trim() == text && !text.contains(char::is_control),
        key,
        "it is one line without spaces at its ends",
    )
}

fn optional(key: &'static str, text: Option<&str>) -> Result<(), Fault> {
    text.map_or(Ok(()), |text| one_line(key, text))
}

fn port(port: Option<u16>) -> Result<(), Fault> {
    needs(port != Some(0), "port", "0 is no port")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Connection, String> {
        let connection: Connection =
            serde_json::from_str(text).map_err(|error| error.to_string())?;
        connection.check().map_err(|(key, message)| format!("{key}: {message}"))?;
        Ok(connection)
    }

    #[test]
    fn a_connection_says_where_it_leads_and_what_it_needs() {
        let postgres = read(
            r#"{"kind":"postgres","host":"db.example.org","database":"sales","user":"me","password":{"secret":"db"}}"#,
        )
        .unwrap();
        assert_eq!(postgres.place(), "me@db.example.org:5432/sales");
        assert_eq!(postgres.secrets(), [("password".to_owned(), "db")]);
        let Connection::Postgres(it) = &postgres else { panic!("{postgres:?}") };
        assert_eq!(it.tls(), PostgresTls::Verify);
        for host in ["localhost", "127.0.0.1", "::1", "/run/postgresql"] {
            let local = PostgresDatabase { host: host.to_owned(), ..it.clone() };
            assert_eq!(local.tls(), PostgresTls::None, "{host}");
        }
        let http = read(
            r#"{"kind":"http","url":"https://api.example.org/v1","headers":{"X-Key":{"secret":"k"},"X":"y"}}"#,
        );
        assert_eq!(http.unwrap().secrets(), [("headers.X-Key".to_owned(), "k")]);
        let mail = r#"{"kind":"smtp","server":"smtp.example.org","from":"me@example.org"}"#;
        assert_eq!(read(mail).unwrap().place(), "smtp.example.org:465");
        let text = serde_json::to_string(&postgres).unwrap();
        assert_eq!(read(&text).unwrap(), postgres);
    }

    #[test]
    fn what_cannot_be_used_says_why() {
        for (text, why) in [
            (r#"{"kind":"mysql"}"#, "unknown variant `mysql`"),
            (r#"{"kind":"sqlite","path":"sales.db"}"#, "path: a whole path"),
            (r#"{"kind":"sqlite","path":"/a","mode":"x"}"#, "unknown field `mode`"),
            (r#"{"kind":"postgres","database":"a","password":{"secret":"x"}}"#, "user: missing"),
            (r#"{"kind":"postgres","database":"a\nb"}"#, "database: it is one line"),
            (r#"{"kind":"postgres","database":"a","port":0}"#, "port: 0"),
            (
                r#"{"kind":"postgres","database":"a","user":"u","password":"hunter2"}"#,
                "it is not written here",
            ),
            (r#"{"kind":"http","url":"ftp://a"}"#, "url: it begins with"),
            (r#"{"kind":"http","url":"https://a/b?c"}"#, "url: it is where addresses begin"),
            (r#"{"kind":"http","url":"https://me:pw@a/b"}"#, "url: a login is not written here"),
            (
                r#"{"kind":"http","url":"https://a","secret":{"secret":"x"}}"#,
                "secret: it has no effect",
            ),
            (
                r#"{"kind":"http","url":"https://a","auth":"basic","secret":{"secret":"x"}}"#,
                "user: missing",
            ),
            (r#"{"kind":"http","url":"https://a","headers":{"a b":"c"}}"#, "headers: `a b` cannot"),
            (r#"{"kind":"smtp","server":"a","from":"me"}"#, "from: it is no mail address"),
            (
                r#"{"kind":"smtp","server":"a","from":"me@a","user":"me"}"#,
                "password: user and password",
            ),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
