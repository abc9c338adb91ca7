//! The address of a request. No value can become more of it than its place says.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::expr::{ExprError, Scope};
use crate::template::Template;

/// What stands for itself in every part of an address.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The address with `query` behind what it has already; a `#` and what follows is left out.
///
/// # Errors
/// A value cannot be put in, or what comes out is no address.
pub(super) fn address(
    template: &Template,
    query: &[(String, String)],
    is_relative: bool,
    scope: &Scope,
) -> Result<String, ExprError> {
    // The beginning, `${params.server}/items`, is the address of a server and not a part of a path.
    let put = |before: &str, value: String| match before.is_empty() && !is_relative {
        true => value,
        false => utf8_percent_encode(&value, ENCODED).to_string(),
    };
    let mut url = template
        .render_by(scope, &put)
        .map_err(|error| ExprError { message: format!("url: {}", error.message), ..error })?;
    url.truncate(url.find('#').unwrap_or(url.len()));
    let url = url.trim();
    let checked = match is_relative {
        // Behind that of the connection, whatever that is.
        true => check_path(url),
        false => check(url),
    };
    checked.map_err(|what| ExprError { message: format!("url: {what}"), column: None })?;
    if query.is_empty() {
        return Ok(url.to_owned());
    }
    let joint = match url.split_once('?') {
        None => "?",
        Some((_, given)) if given.is_empty() || given.ends_with('&') => "",
        Some(_) => "&",
    };
    Ok(format!("{url}{joint}{}", encoded(query)))
}

/// Pairs as they stand behind a `?` and in a form.
pub(super) fn encoded(pairs: &[(String, String)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// An address that begins where another ends.
fn check_path(url: &str) -> Result<(), String> {
    let lower = url.to_ascii_lowercase();
    if lower.starts_with("http://") || lower.starts_with("https://") {
        return Err(format!(
            "`{url:.200}` is a whole address; with a `connection` it is what comes behind that of the connection"
        ));
    }
    check(&format!("http://host/{url}"))
}

fn check(url: &str) -> Result<(), String> {
    let shown: String = url.chars().take(200).collect();
    let lower = url.to_ascii_lowercase();
    let rest = ["https://", "http://"].iter().find_map(|scheme| lower.strip_prefix(scheme));
    let Some(rest) = rest else {
        return Err(format!("`{shown}` does not begin with http:// or https://"));
    };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (server, path) = rest.split_at(end);
    if server.is_empty() {
        return Err(format!("`{shown}` names no server"));
    }
    if server.contains('@') {
        return Err("a name and a password do not belong into an address; use `auth`".to_owned());
    }
    let path = path.split('?').next().unwrap_or_default();
    let climbs = |segment: &str| {
        let segment = percent_decode_str(segment).decode_utf8_lossy();
        segment == "." || segment == ".."
    };
    if path.split(['/', '\\']).any(climbs) {
        return Err(format!("`{shown}` has a step `.` or `..` in its path"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::sync::Arc;

    fn made(template: &str, query: &[(&str, &str)]) -> Result<String, String> {
        let params = json!({
            "base": "http://127.0.0.1:80/api", "id": "a b/../c?x=1#y", "up": "..", "n": 7,
            "name": "Jürgen & Söhne", "bad": "file:///etc/passwd",
        });
        let params = Arc::new(params.as_object().unwrap().clone());
        let scope = Scope { params, ..Scope::default() };
        let query: Vec<_> =
            query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let template = Template::parse(template).unwrap();
        address(&template, &query, false, &scope).map_err(|error| error.message)
    }

    #[test]
    fn values_stay_within_their_place() {
        for (template, expected) in [
            ("${params.base}/items/${params.n}", "http://127.0.0.1:80/api/items/7"),
            ("https://h/${params.id}/x", "https://h/a%20b%2F..%2Fc%3Fx%3D1%23y/x"),
            ("https://h/?q=${params.name}", "https://h/?q=J%C3%BCrgen%20%26%20S%C3%B6hne"),
            ("https://h:${params.n}/a#part", "https://h:7/a"),
        ] {
            assert_eq!(made(template, &[]).as_deref(), Ok(expected), "{template}");
        }
    }

    #[test]
    fn the_query_is_put_behind_what_is_there() {
        let query = [("a b", "1&2"), ("c", "ü")];
        let encoded = "a+b=1%262&c=%C3%BC";
        for (url, joint) in [("http://h/x", "?"), ("http://h/x?", ""), ("http://h/x?y=1", "&")] {
            assert_eq!(made(url, &query), Ok(format!("{url}{joint}{encoded}")));
        }
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for (template, what) in [
            ("ftp://h/x", "does not begin with"),
            ("${params.bad}", "does not begin with"),
            ("http:///x", "names no server"),
            ("http://user:word@h/", "use `auth`"),
            ("http://h/a/${params.up}/b", "a step"),
            ("http://h/a/%2E%2e/b", "a step"),
            ("http://h/a\\..\\b", "a step"),
            ("http://h/${params.nothing}", "url: "),
        ] {
            let error = made(template, &[]).unwrap_err();
            assert!(error.contains(what), "{template}: {error}");
        }
    }
}
