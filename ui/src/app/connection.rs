//! The sheet for a connection: what is typed, and the setting that it becomes.

use millrace_api::settings::{
    Connection, ConnectionKind, HttpLogin, HttpService, MailSecurity, MailServer, PostgresDatabase,
    PostgresTls, SecretName, SettingChange, Settings, SqliteDatabase,
};

use super::Tried;
use super::notify::Refusal;
use super::text_or_secret::{headers, rows, some};
use crate::widgets::Pair;

/// The sheet for a connection. Which fields count its kind says.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ConnectionForm {
    pub(crate) kind: ConnectionKind,
    /// It is there already, and keeps its name.
    pub(crate) is_known: bool,
    pub(crate) name: String,
    /// The field of a form that it is made for.
    pub(crate) field: Option<String>,
    /// Of a database or a mail server.
    pub(crate) host: String,
    /// As it is typed; empty: the usual one.
    pub(crate) port: String,
    pub(crate) database: String,
    pub(crate) user: String,
    /// The name of a secret; empty: none.
    pub(crate) secret: String,
    /// None: as the host says.
    pub(crate) tls: Option<PostgresTls>,
    pub(crate) certificates: String,
    pub(crate) path: String,
    pub(crate) read_only: bool,
    pub(crate) url: String,
    pub(crate) auth: Option<HttpLogin>,
    pub(crate) headers: Vec<Pair>,
    /// The header that a new secret is for; none: it is for the password or token.
    pub(crate) secret_for: Option<usize>,
    pub(crate) security: MailSecurity,
    pub(crate) from: String,
    /// It was drawn once: the first field has the keyboard.
    pub(crate) was_shown: bool,
    /// The daemon has not answered yet.
    pub(crate) is_storing: bool,
    /// Why the daemon did not take it.
    pub(crate) refusal: Option<Refusal>,
    /// How a try of what stands here went.
    pub(crate) tried: Option<Tried>,
}

impl ConnectionForm {
    /// Of a connection that is not there yet.
    pub(super) fn new(kind: ConnectionKind, field: Option<String>) -> Self {
        Self {
            kind,
            is_known: false,
            name: String::new(),
            field,
            host: String::new(),
            port: String::new(),
            database: String::new(),
            user: String::new(),
            secret: String::new(),
            tls: None,
            certificates: String::new(),
            path: String::new(),
            read_only: false,
            url: String::new(),
            auth: None,
            headers: Vec::new(),
            secret_for: None,
            security: MailSecurity::Tls,
            from: String::new(),
            was_shown: false,
            is_storing: false,
            refusal: None,
            tried: None,
        }
    }

    /// Of the connection of this name, where there is one.
    pub(super) fn of(settings: &Settings, name: &str) -> Option<Self> {
        let connection = settings.connections.get(name)?;
        let base =
            Self { is_known: true, name: name.to_owned(), ..Self::new(connection.kind(), None) };
        let secret = |name: &Option<SecretName>| {
            name.as_ref().map(|name| name.secret.clone()).unwrap_or_default()
        };
        let port = |port: Option<u16>| port.map(|port| port.to_string()).unwrap_or_default();
        Some(match connection {
            Connection::Postgres(it) => Self {
                host: it.host.clone(),
                port: port(it.port),
                database: it.database.clone(),
                user: it.user.clone().unwrap_or_default(),
                secret: secret(&it.password),
                tls: it.tls,
                certificates: it.certificates.clone().unwrap_or_default(),
                ..base
            },
            Connection::Sqlite(it) => {
                Self { path: it.path.clone(), read_only: it.read_only, ..base }
            }
            Connection::Http(it) => Self {
                url: it.url.clone(),
                auth: it.auth,
                user: it.user.clone().unwrap_or_default(),
                secret: secret(&it.secret),
                headers: rows(&it.headers),
                ..base
            },
            Connection::Smtp(it) => Self {
                host: it.server.clone(),
                port: port(it.port),
                security: it.security,
                user: it.user.clone().unwrap_or_default(),
                secret: secret(&it.password),
                from: it.from.clone(),
                ..base
            },
        })
    }

    /// Names a secret where one was asked for.
    pub(super) fn take_secret(&mut self, name: &str) {
        match self.secret_for.take().and_then(|at| self.headers.get_mut(at)) {
            Some(row) => (row.value, row.is_secret) = (name.to_owned(), true),
            None => name.clone_into(&mut self.secret),
        }
    }

    /// The connection that it becomes.
    ///
    /// # Errors
    /// Why it becomes none, as a sentence.
    pub(crate) fn connection(&self) -> Result<Connection, String> {
        let port = match self.port.trim() {
            "" => None,
            text => match text.parse() {
                Ok(port) => Some(port),
                Err(_) => return Err("The port is no number up to 65535.".to_owned()),
            },
        };
        let password = some(&self.secret).map(|secret| SecretName { secret });
        let connection = match self.kind {
            ConnectionKind::Postgres => Connection::Postgres(PostgresDatabase {
                host: some(&self.host).unwrap_or_else(|| "localhost".to_owned()),
                port,
                database: self.database.trim().to_owned(),
                user: some(&self.user),
                password,
                tls: self.tls,
                certificates: some(&self.certificates),
            }),
            ConnectionKind::Sqlite => Connection::Sqlite(SqliteDatabase {
                path: self.path.trim().to_owned(),
                read_only: self.read_only,
            }),
            ConnectionKind::Http => Connection::Http(HttpService {
                url: self.url.trim().to_owned(),
                auth: self.auth,
                user: some(&self.user).filter(|_| self.auth == Some(HttpLogin::Basic)),
                secret: password.filter(|_| self.auth.is_some()),
                headers: headers(&self.headers),
            }),
            ConnectionKind::Smtp => Connection::Smtp(MailServer {
                server: self.host.trim().to_owned(),
                port,
                security: self.security,
                user: some(&self.user),
                password,
                from: self.from.trim().to_owned(),
            }),
        };
        match connection.check() {
            Ok(()) => Ok(connection),
            Err((key, message)) => Err(super::sentence(&format!("{}: {message}", words(key)))),
        }
    }

    /// Why it cannot be stored as it is.
    pub(crate) fn problem(&self, settings: &Settings) -> Option<String> {
        let name = self.name.trim();
        if self.is_storing {
            return Some("It is being stored.".to_owned());
        }
        if name.is_empty() {
            return Some("A name is required.".to_owned());
        }
        if !self.is_known && settings.connections.contains_key(name) {
            return Some("There is a connection of this name already.".to_owned());
        }
        self.connection().err()
    }

    /// The setting that it becomes.
    pub(super) fn changes(&self) -> Option<Vec<SettingChange>> {
        let (name, value) = (self.name.trim().to_owned(), self.connection().ok()?);
        Some(vec![SettingChange::Connection { name, value: Some(value) }])
    }
}

/// A key as the sheet calls it.
fn words(key: &str) -> &str {
    match key {
        "url" => "address",
        "path" => "file",
        other => other,
    }
}
