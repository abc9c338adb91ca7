//! Something outside that a task waits for: a file, an answer, a port, what a database says. How it is looked for is not known here.

use super::http::StatusSet;
use super::sql::{Database, ResolvedDatabase, ResolvedSql, SqlAction, SqlSource};
use super::{Body, HttpAction, Method};
use crate::expr::{Expr, References, Scope};
use crate::produces;
use crate::template::Template;
use crate::time::Span;

/// So many rows are outputs of a task that waited for them.
const MAX_ROWS: u64 = 1_000;

/// Something outside, its values not yet put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// What has to be there.
    pub what: Outside,
    /// Between two looks.
    pub poll: Span,
    /// The end of the task's `timeout` makes it Skipped instead of Failed.
    pub soft_fail: bool,
    /// A service or database that cannot be reached makes it an Error; else it is not there yet.
    pub fail_unreachable: bool,
}

/// What has to be there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outside {
    /// A file or folder of this pattern, which has not changed for so long.
    File {
        /// The pattern; relative to the task's working directory.
        pattern: Template,
        /// Not changed for so long.
        stable: Span,
    },
    /// An answer to a GET of this address with one of these statuses.
    Http {
        /// The request.
        request: Box<HttpAction>,
    },
    /// Somebody who takes connections at this `host:port`.
    Port(Template),
    /// An answer of a database that is true.
    Rows {
        /// The query. It only reads.
        query: Box<SqlAction>,
        /// What has to be true of its outputs; none = the first value of its first row.
        until: Option<Expr>,
    },
}

/// The same with its values put in.
#[derive(Debug, Clone, PartialEq)]
pub enum ResolvedOutside {
    /// A file or folder.
    File {
        /// The pattern.
        pattern: String,
        /// Not changed for so long.
        stable: Span,
    },
    /// An answer.
    Http {
        /// The address.
        url: String,
        /// The statuses that count.
        expect: StatusSet,
    },
    /// Somebody who takes connections.
    Port {
        /// Where.
        host: String,
        /// At which port.
        port: u16,
    },
    /// An answer of a database.
    Rows {
        /// The query.
        query: Box<SqlAction>,
        /// Its values.
        resolved: Box<ResolvedSql>,
        /// What has to be true of its outputs; none = the first value of its first row.
        until: Option<Expr>,
    },
}

impl Condition {
    /// What its templates read.
    #[must_use]
    pub fn references(&self) -> References {
        let mut all = References::default();
        match &self.what {
            Outside::File { pattern: text, .. } | Outside::Port(text) => {
                all.merge(text.references(), 0);
            }
            Outside::Http { request } => all.merge(request.url.references(), 0),
            Outside::Rows { query, until } => {
                query.templates().for_each(|text| all.merge(text.references(), 0));
                let values = query.expressions().chain(until);
                values.for_each(|value| all.merge(value.references(), 0));
            }
        }
        all
    }

    /// The connection of the settings that it needs.
    #[must_use]
    pub fn connection(&self) -> Option<&Template> {
        match &self.what {
            Outside::Rows { query, .. } => match &query.database {
                Database::Connection(name) => Some(name),
                Database::File(_) => None,
            },
            Outside::File { .. } | Outside::Http { .. } | Outside::Port(_) => None,
        }
    }

    /// Puts the values in.
    ///
    /// # Errors
    /// A text has no value, or one that names nothing that can be looked for.
    pub fn resolve(&self, scope: &Scope) -> Result<ResolvedOutside, String> {
        match &self.what {
            Outside::File { pattern, stable } => {
                let pattern = pattern.render(scope).map_err(|error| format!("`file`: {error}"))?;
                produces::check(&pattern).map_err(|error| format!("`file`: {error}"))?;
                Ok(ResolvedOutside::File { pattern, stable: *stable })
            }
            Outside::Http { request } => {
                let resolved = request.resolve(scope).map_err(|error| format!("`url`: {error}"))?;
                Ok(ResolvedOutside::Http { url: resolved.url, expect: request.expect.clone() })
            }
            Outside::Port(address) => {
                let address = address.render(scope).map_err(|error| format!("`port`: {error}"))?;
                let (host, port) = host_and_port(&address).map_err(|it| format!("`port`: {it}"))?;
                Ok(ResolvedOutside::Port { host, port })
            }
            Outside::Rows { query, until } => {
                let resolved = query.resolve(scope).map_err(|error| error.to_string())?;
                let (query, resolved) = (query.clone(), Box::new(resolved));
                Ok(ResolvedOutside::Rows { query, resolved, until: until.clone() })
            }
        }
    }
}

impl Outside {
    /// An answer to a GET of `url` with one of the statuses `expect`.
    #[must_use]
    pub fn answer(url: Template, expect: StatusSet) -> Self {
        let request = HttpAction {
            connection: None,
            method: Method::Get,
            url,
            query: Vec::new(),
            headers: Vec::new(),
            auth: None,
            body: Body::None,
            expect,
            redirects: 0,
            max_bytes: 0,
        };
        Self::Http { request: Box::new(request) }
    }

    /// An answer of `database` to `query` that is true.
    #[must_use]
    pub fn rows(
        database: Database,
        query: String,
        params: Vec<(String, Expr)>,
        until: Option<Expr>,
    ) -> Self {
        let query = SqlAction {
            database,
            source: SqlSource::Query(query),
            params,
            read_only: true,
            max_rows: MAX_ROWS,
            save_to: None,
            assert: None,
        };
        Self::Rows { query: Box::new(query), until }
    }
}

impl std::fmt::Display for ResolvedOutside {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File { pattern, .. } => write!(f, "the file {pattern}"),
            Self::Http { url, .. } => write!(f, "an answer of {url}"),
            Self::Port { host, port } => write!(f, "somebody at {host}:{port}"),
            Self::Rows { resolved, .. } => match &resolved.database {
                ResolvedDatabase::Connection(name) | ResolvedDatabase::File(name) => {
                    write!(f, "the database {name} to say yes")
                }
            },
        }
    }
}

/// Reads `host:port`; an IPv6 address stands in brackets.
///
/// # Errors
/// The text is none.
pub(crate) fn host_and_port(text: &str) -> Result<(String, u16), String> {
    let wrong = || format!("`{text:.64}` is no address such as db.example.com:5432 or [::1]:5432");
    let (host, port) = text.trim().rsplit_once(':').ok_or_else(wrong)?;
    let port: u16 = port.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?;
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_plain = |host: &str| !host.is_empty() && !host.contains([':', '/', ' ', '[', ']', '@']);
    // Whether it is one is found out when somebody connects.
    let is_v6 = |bare: &str| {
        bare.contains(':') && bare.chars().all(|c| c.is_ascii_hexdigit() || ":.".contains(c))
    };
    match bare {
        Some(bare) if is_v6(bare) => Ok((bare.to_owned(), port)),
        None if is_plain(host) => Ok((host.to_owned(), port)),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let read = |text| host_and_port(text).ok();
        assert_eq!(read("localhost:80"), Some(("localhost".to_owned(), 80)));
        assert_eq!(read("[::1]:5432"), Some(("::1".to_owned(), 5432)));
        assert_eq!(read(" 10.0.0.1:1 "), Some(("10.0.0.1".to_owned(), 1)));
        for bad in [
            "",
            "localhost",
            "localhost:0",
            "localhost:70000",
            ":80",
            "::1:80",
            "a b:80",
            "[x]:1",
            "http://a:1",
        ] {
            assert!(host_and_port(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn values_are_put_in_and_checked() {
        let condition = |what| Condition {
            what,
            poll: Span::from_secs(1),
            soft_fail: false,
            fail_unreachable: false,
        };
        let text = |text: &str| Template::parse(text).unwrap();
        let file = |pattern: &str| {
            condition(Outside::File { pattern: text(pattern), stable: Span::ZERO })
                .resolve(&Scope::default())
                .map(|it| it.to_string())
        };
        assert_eq!(file("in/${'a'}.csv").unwrap(), "the file in/a.csv");
        assert!(file("${'..'}/x").unwrap_err().contains("`..`"));
        let url = Outside::answer(text("http://h/${'a b'}"), StatusSet::parse("200").unwrap());
        let resolved = condition(url).resolve(&Scope::default()).unwrap();
        assert_eq!(resolved.to_string(), "an answer of http://h/a%20b");
        let port = condition(Outside::Port(text("h:${1 + 1}"))).resolve(&Scope::default());
        assert_eq!(port.unwrap().to_string(), "somebody at h:2");
        let database = Database::Connection(text("w${1}"));
        let day = vec![("day".to_owned(), Expr::parse("'x'").unwrap())];
        let until = Expr::parse("outputs.count > 2").unwrap();
        let rows = Outside::rows(database, "select :day".to_owned(), day, Some(until));
        let rows = condition(rows);
        assert_eq!(rows.connection().map(Template::source), Some("w${1}"));
        assert!(rows.references().own_outputs);
        let resolved = rows.resolve(&Scope::default()).unwrap();
        assert_eq!(resolved.to_string(), "the database w1 to say yes");
        let ResolvedOutside::Rows { query, resolved, .. } = resolved else { panic!() };
        assert!(query.read_only);
        assert_eq!(resolved.params, [("day".to_owned(), serde_json::json!("x"))]);
    }
}
