//! The connections of the settings, for tasks and for whoever tries them. Mail channels of the notifications are some, too.

use std::collections::BTreeMap;
use std::sync::Arc;

use millrace_api::settings::{
    Connection, ConnectionKind, MailChannel, MailServer, TestConnection, TestedConnection,
};
use millrace_api::{ApiError, Code};
use millrace_exec::ports::Connections;
use millrace_exec::secrets::{SecretValue, SecretValues};
use tokio::sync::watch;

use crate::app::App;
use crate::settings::Settings;

/// The connections of a home.
#[derive(Debug)]
pub(crate) struct Known(pub(crate) watch::Receiver<Arc<Settings>>);

/// What each name leads to.
pub(crate) fn kinds(settings: &Settings) -> BTreeMap<String, ConnectionKind> {
    let mail = settings.notify.mail.keys().map(|name| (name.clone(), ConnectionKind::Smtp));
    let own = settings.connections.iter().map(|(name, it)| (name.clone(), it.kind()));
    // Where a name is both, the connection is meant.
    mail.chain(own).collect()
}

fn find(settings: &Settings, name: &str) -> Option<Connection> {
    let own = settings.connections.get(name).cloned();
    own.or_else(|| settings.notify.mail.get(name).map(|mail| Connection::Smtp(server_of(mail))))
}

fn server_of(mail: &MailChannel) -> MailServer {
    MailServer {
        server: mail.server.clone(),
        port: mail.port,
        security: mail.security,
        user: mail.user.clone(),
        password: mail.password.clone(),
        from: mail.from.clone(),
    }
}

impl Connections for Known {
    fn find(&self, name: &str) -> Result<Connection, String> {
        let settings = Arc::clone(&self.0.borrow());
        find(&settings, name).ok_or_else(|| {
            let known: Vec<String> = kinds(&settings).into_keys().collect();
            let known = match known.is_empty() {
                true => "there are none".to_owned(),
                false => format!("there are {}", known.join(", ")),
            };
            format!("the settings have no connection `{name:.64}` ({known}); add it with `millrace connection add`")
        })
    }

    fn only_mail(&self) -> Result<Connection, String> {
        let settings = Arc::clone(&self.0.borrow());
        let mut names: Vec<String> = kinds(&settings)
            .into_iter()
            .filter(|(_, kind)| *kind == ConnectionKind::Smtp)
            .map(|(name, _)| name)
            .collect();
        match names.len() {
            0 => Err("the settings have no mail server; add one with `millrace connection add NAME smtp …`".to_owned()),
            1 => self.find(&names.remove(0)),
            _ => Err(format!(
                "the settings have several mail servers ({}); name one as `connection`",
                names.join(", ")
            )),
        }
    }
}

impl App {
    /// Tries a connection. Whoever asks is there, so the keyring may ask for its password.
    ///
    /// # Errors
    /// `NotFound`; `InvalidRequest`; `Secret`; `NotConnected`.
    pub(crate) async fn try_connection(
        &self,
        args: TestConnection,
    ) -> Result<TestedConnection, ApiError> {
        let settings = self.settings.get();
        let TestConnection { name, connection } = args;
        let connection = match connection {
            Some(connection) => connection,
            None => find(&settings, &name).ok_or_else(|| {
                let message = format!("there is no connection `{name:.64}`");
                ApiError::new(Code::NotFound, message)
                    .help("`millrace connection list` has those that there are")
            })?,
        };
        connection.check().map_err(|(key, message)| {
            ApiError::new(Code::InvalidRequest, format!("{key}: {message}"))
        })?;
        let mut secrets = SecretValues::new();
        for (key, secret) in connection.secrets() {
            let text = self.secrets.text(secret).await?;
            let value = SecretValue::new(text.into_bytes()).map_err(|why| {
                ApiError::new(Code::Secret, format!("the secret `{secret}` cannot be used: {why}"))
            })?;
            secrets.insert(key, value);
        }
        match millrace_exec::probe(&connection, &secrets).await {
            Ok(found) => Ok(TestedConnection { found }),
            Err(why) => {
                let message = format!("{}: {why}", connection.place());
                Err(ApiError::new(Code::NotConnected, message)
                    .help("look at its fields and secrets, and whether what it leads to runs"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(text: &str) -> Known {
        let written = toml::from_str(text).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let home = millrace_api::home::Home::at(dir.path()).unwrap();
        Known(watch::channel(Arc::new(Settings::of(written, &home))).1)
    }

    #[test]
    fn a_mail_channel_is_a_connection_and_an_only_one_needs_no_name() {
        let mail = "[notify.mail.ops]\nserver = \"a.example\"\nfrom = \"me@a.example\"\nto = [\"b@a.example\"]\n";
        let one = known(mail);
        assert_eq!(one.find("ops"), one.only_mail());
        assert!(one.find("opps").unwrap_err().contains("there are ops"));
        let other =
            "[connections.out]\nkind = \"smtp\"\nserver = \"b.example\"\nfrom = \"me@b.example\"\n";
        let two = known(&format!("{mail}{other}"));
        assert!(two.only_mail().unwrap_err().contains("(ops, out)"));
        assert_eq!(two.find("out").unwrap().place(), "b.example:465");
        assert!(known("").only_mail().unwrap_err().contains("no mail server"));
    }
}
