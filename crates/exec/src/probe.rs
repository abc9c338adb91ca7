//! Tries a connection, as a person does who just wrote it down.

use millrace_model::connection::{Connection, HttpLogin, HttpService, TextOrSecret};

use crate::http::Web;
use crate::secrets::SecretValues;
use crate::{deed, smtp, sql};

/// Connects, logs in, and changes nothing. What it found there, in half a sentence. `secrets` by the keys of
/// [`Connection::secrets`].
///
/// # Errors
/// Why that does not work; without secrets.
pub async fn probe(connection: &Connection, secrets: &SecretValues) -> Result<String, String> {
    let password = secrets.get("password").map(|value| value.reveal().trim_ascii().to_vec());
    let found = match connection {
        Connection::Postgres(database) => sql::probe_postgres(database, password.as_deref()).await,
        Connection::Sqlite(database) => {
            let database = database.clone();
            let looking = tokio::task::spawn_blocking(move || sql::probe_sqlite(&database));
            looking.await.unwrap_or_else(|error| Err(error.to_string()))
        }
        Connection::Http(service) => http(service, secrets).await,
        Connection::Smtp(server) => {
            let password = password.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
            smtp::probe(server, password.as_deref()).await.map(|()| "it lets us in".to_owned())
        }
    };
    let masks = millrace_keeper::mask::MaskSet::new(crate::secrets::forms(secrets));
    found.map(|text| deed::masked(&masks, &text)).map_err(|text| deed::masked(&masks, &text))
}

/// Any answer is one, but for those that say that the login is wrong.
async fn http(service: &HttpService, secrets: &SecretValues) -> Result<String, String> {
    let text = |key: &str| {
        let value = secrets.get(key).map(|value| value.reveal().trim_ascii());
        value.map(|value| String::from_utf8_lossy(value).into_owned()).unwrap_or_default()
    };
    let client = Web::default().client().map_err(|error| error.to_string())?;
    let mut request = client.get(&service.url);
    for (name, value) in &service.headers {
        let value = match value {
            TextOrSecret::Text(text) => text.clone(),
            TextOrSecret::Secret(_) => text(&format!("headers.{name}")),
        };
        request = request.header(name, value);
    }
    request = match service.auth {
        None => request,
        Some(HttpLogin::Bearer) => request.bearer_auth(text("secret")),
        Some(HttpLogin::Basic) => {
            request.basic_auth(service.user.as_deref().unwrap_or_default(), Some(text("secret")))
        }
    };
    let answer = request.send().await.map_err(|error| {
        let mut root: &dyn std::error::Error = &error;
        while let Some(source) = root.source() {
            root = source;
        }
        format!("it cannot be reached: {root}")
    })?;
    match answer.status().as_u16() {
        401 | 403 => Err(format!("it answers {}: look at the login", answer.status())),
        _ => Ok(format!("it answers {}", answer.status())),
    }
}
