//! An HTTP request: what is sent, before and after its values are put in.
//!
//! How it is sent, and what an answer means, is for whoever carries it out.

mod status;
mod url;

use super::{render, within};
use crate::expr::{Expr, ExprError, Scope, to_text};
use crate::template::Template;

pub use status::StatusSet;

/// An HTTP request, its values not yet put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpAction {
    /// The connection where its address begins, and that says who asks.
    pub connection: Option<Template>,
    /// What is asked for.
    pub method: Method,
    /// The address. What an expression gives in it is percent-encoded, unless it stands at the very beginning.
    pub url: Template,
    /// Pairs behind the `?`. A list gives several of a name, null gives none.
    pub query: Vec<(String, Template)>,
    /// Headers.
    pub headers: Vec<(String, ValueText)>,
    /// Who asks.
    pub auth: Option<Auth>,
    /// What is sent along.
    pub body: Body,
    /// The answers that are a success.
    pub expect: StatusSet,
    /// So many redirects are followed.
    pub redirects: u32,
    /// The most bytes of an answer that are kept.
    pub max_bytes: u64,
}

/// A text, or the name of a secret in place of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ValueText {
    /// The text.
    Text(Template),
    /// The name of a stored secret.
    Secret(Template),
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Auth {
    /// By a name and a password.
    Basic {
        /// The name.
        user: Template,
        /// The secret that is the password.
        secret: Template,
    },
    /// By a token.
    Bearer {
        /// The secret that is the token.
        secret: Template,
    },
}

/// What is sent along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    None,
    /// A text.
    Text(Template),
    /// The value of an expression, as JSON.
    Json(Expr),
    /// Pairs, as a form sends them.
    Form(Vec<(String, Template)>),
    /// A file as it is; relative to the task's working directory.
    File(Template),
}

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "they are what HTTP calls them")]
pub enum Method {
    Get,
    Head,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

/// A request with its values put in, but for secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedHttp {
    /// The address with its query; where there is a connection, what comes behind that of the connection.
    pub url: String,
    /// Headers in the order in which they are given.
    pub headers: Vec<(String, ResolvedValue)>,
    /// The name for [`Auth::Basic`]; its password is the secret of [`HttpAction::AUTH`].
    pub user: Option<String>,
    /// What is sent along.
    pub body: ResolvedBody,
}

/// A text, or a secret that whoever sends the request has read by its place ([`HttpAction::secrets`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolvedValue {
    /// The text.
    Text(String),
    /// The place of a secret.
    Secret(String),
}

/// What is sent along, its values put in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResolvedBody {
    /// Nothing.
    None,
    /// These bytes, of this media type unless a header says otherwise.
    Bytes {
        /// The bytes.
        bytes: Vec<u8>,
        /// Their media type.
        media_type: &'static str,
    },
    /// The content of the file of this path; relative to the task's working directory.
    File(String),
}

impl Method {
    /// All, the usual ones first.
    pub const ALL: [Self; 7] =
        [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete, Self::Head, Self::Options];

    /// The word that is sent.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
            Self::Options => "OPTIONS",
        }
    }

    /// Whether sending it twice does what sending it once does, as HTTP promises of some methods.
    #[must_use]
    pub fn is_repeatable(self) -> bool {
        !matches!(self, Self::Post | Self::Patch)
    }
}

impl HttpAction {
    /// The place of the secret of [`Auth`].
    pub const AUTH: &'static str = "secret";

    /// The secrets that it needs: their places, such as `headers.x-api-key`, and their names.
    pub fn secrets(&self) -> impl Iterator<Item = (String, &Template)> {
        let headers = self.headers.iter().filter_map(|(name, value)| match value {
            ValueText::Secret(secret) => Some((place(name), secret)),
            ValueText::Text(_) => None,
        });
        let auth = self.auth.as_ref().map(|auth| match auth {
            Auth::Basic { secret, .. } | Auth::Bearer { secret } => (Self::AUTH.to_owned(), secret),
        });
        headers.chain(auth)
    }

    /// Puts the values in.
    ///
    /// # Errors
    /// A template or expression cannot be evaluated, or the address cannot be used.
    pub fn resolve(&self, scope: &Scope) -> Result<ResolvedHttp, ExprError> {
        let mut headers = Vec::with_capacity(self.headers.len());
        for (name, value) in &self.headers {
            let value = match value {
                ValueText::Text(text) => ResolvedValue::Text(render("headers", text, scope)?),
                ValueText::Secret(_) => ResolvedValue::Secret(place(name)),
            };
            headers.push((name.clone(), value));
        }
        let user = match &self.auth {
            Some(Auth::Basic { user, .. }) => Some(render("user", user, scope)?),
            Some(Auth::Bearer { .. }) | None => None,
        };
        let query = pairs("query", &self.query, scope)?;
        let url = url::address(&self.url, &query, self.connection.is_some(), scope)?;
        Ok(ResolvedHttp { url, headers, user, body: self.body.resolve(scope)? })
    }

    pub(super) fn templates(&self) -> impl Iterator<Item = &Template> {
        let headers = self.headers.iter().map(|(_, value)| match value {
            ValueText::Text(text) | ValueText::Secret(text) => text,
        });
        let (user, secret) = match &self.auth {
            Some(Auth::Basic { user, secret }) => (Some(user), Some(secret)),
            Some(Auth::Bearer { secret }) => (None, Some(secret)),
            None => (None, None),
        };
        let (body, form) = match &self.body {
            Body::Text(text) | Body::File(text) => (Some(text), [].as_slice()),
            Body::Form(pairs) => (None, pairs.as_slice()),
            Body::None | Body::Json(_) => (None, [].as_slice()),
        };
        let pairs = self.query.iter().chain(form).map(|(_, value)| value);
        [&self.url]
            .into_iter()
            .chain(&self.connection)
            .chain(headers)
            .chain(user)
            .chain(secret)
            .chain(body)
            .chain(pairs)
    }

    pub(super) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        match &self.body {
            Body::Json(value) => Some(value).into_iter(),
            _ => None.into_iter(),
        }
    }
}

impl Body {
    fn resolve(&self, scope: &Scope) -> Result<ResolvedBody, ExprError> {
        let (bytes, media_type) = match self {
            Self::None => return Ok(ResolvedBody::None),
            Self::File(path) => return Ok(ResolvedBody::File(render("file", path, scope)?)),
            Self::Text(text) => (render("body", text, scope)?, "text/plain; charset=utf-8"),
            Self::Json(value) => {
                let value = value.eval(scope).map_err(|error| within("json", error))?;
                (value.to_string(), "application/json")
            }
            Self::Form(form) => {
                let pairs = pairs("form", form, scope)?;
                (url::encoded(&pairs), "application/x-www-form-urlencoded")
            }
        };
        Ok(ResolvedBody::Bytes { bytes: bytes.into_bytes(), media_type })
    }
}

fn place(header: &str) -> String {
    format!("headers.{header}")
}

/// A list gives several of a name, null gives none.
fn pairs(
    field: &str,
    templates: &[(String, Template)],
    scope: &Scope,
) -> Result<Vec<(String, String)>, ExprError> {
    let mut pairs = Vec::with_capacity(templates.len());
    for (name, template) in templates {
        match template.eval(scope).map_err(|error| within(field, error))? {
            serde_json::Value::Null => {}
            serde_json::Value::Array(elements) => {
                pairs.extend(elements.iter().map(|value| (name.clone(), to_text(value))));
            }
            value => pairs.push((name.clone(), to_text(&value))),
        }
    }
    Ok(pairs)
}
