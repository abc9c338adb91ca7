//! The connections of the home, as the window changes and tries them. What they are comes with the settings.

use std::collections::BTreeMap;

use millrace_api::settings::{
    ConnectionKind, SettingChange, Settings, TestConnection, TestedConnection,
};
use millrace_api::{ApiError, Command as _};

use super::connection::ConnectionForm;
use super::notify::After;
use super::{App, Purpose, Sheet};
use crate::command::{Command, ConnectionCommand, SecretCommand};

/// The field of a sheet's connection that a new secret is for; no form has such a key.
const SECRET_FIELD: &str = "connection: secret";

/// How a try went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Tried {
    /// There is no answer yet.
    Asking,
    /// It works; what is there.
    Good(String),
    /// It does not: why, and what to do.
    Bad(String, Option<String>),
}

/// What is known of connections beside the settings.
#[derive(Debug, Default)]
pub(crate) struct ConnectionsShown {
    /// How the last test of each went.
    pub(crate) tests: BTreeMap<String, Tried>,
    /// The sheet of a connection, while a secret is made for it.
    behind: Option<Box<ConnectionForm>>,
}

/// The names that fields of documents can have, each with what it leads to.
pub(crate) fn names(settings: &Settings) -> Vec<(String, ConnectionKind)> {
    let own = settings.connections.iter().map(|(name, it)| (name.clone(), it.kind()));
    let is_new = |name: &&String| !settings.connections.contains_key(*name);
    let mail = settings.notify.mail.keys().filter(is_new);
    own.chain(mail.map(|name| (name.clone(), ConnectionKind::Smtp))).collect()
}

impl App {
    /// The settings of the home, where they are known.
    pub(crate) fn home_settings(&self) -> Option<&Settings> {
        self.notify.home.as_ref().map(|home| &home.settings)
    }

    pub(super) fn apply_to_connection(&mut self, command: ConnectionCommand) {
        match command {
            ConnectionCommand::Add(kind, field) => {
                self.sheet = Some(Sheet::Connection(Box::new(ConnectionForm::new(kind, field))));
            }
            ConnectionCommand::Edit(name) => {
                let form = self.home_settings().and_then(|it| ConnectionForm::of(it, &name));
                self.sheet = form.map(|form| Sheet::Connection(Box::new(form)));
            }
            ConnectionCommand::Store => {
                let Some(Sheet::Connection(mut form)) = self.sheet.take() else { return };
                let is_good =
                    self.home_settings().is_some_and(|settings| form.problem(settings).is_none());
                let changes = form.changes().filter(|_| is_good);
                form.is_storing = changes.is_some();
                form.refusal = None;
                self.sheet = Some(Sheet::Connection(form));
                if let Some(changes) = changes {
                    self.change_settings(changes, After::CloseSheet);
                }
            }
            ConnectionCommand::TryOut => {
                let Some(Sheet::Connection(form)) = &mut self.sheet else { return };
                let Ok(connection) = form.connection() else { return };
                form.tried = Some(Tried::Asking);
                let name = form.name.trim().to_owned();
                let request = TestConnection { name, connection: Some(connection) };
                self.backend.ask(request.into_request(), Purpose::TriedOut);
            }
            ConnectionCommand::NewSecret => {
                let Some(Sheet::Connection(form)) = self.sheet.take() else { return };
                let name = form.name.trim().to_owned();
                self.connections.behind = Some(form);
                let field = Some(SECRET_FIELD.to_owned());
                self.apply_to_secret(SecretCommand::New { name, field });
            }
            ConnectionCommand::Remove(name) => {
                let Some(old) = self.home_settings().and_then(|it| it.connections.get(&name))
                else {
                    return;
                };
                let back =
                    SettingChange::Connection { name: name.clone(), value: Some(old.clone()) };
                let gone = SettingChange::Connection { name: name.clone(), value: None };
                self.connections.tests.remove(&name);
                let undo = Command::Connection(ConnectionCommand::PutBack(vec![back]));
                self.change_settings(vec![gone], After::OfferConnection(name, Box::new(undo)));
            }
            ConnectionCommand::PutBack(changes) => self.change_settings(changes, After::Nothing),
            ConnectionCommand::Test(name) => {
                self.connections.tests.insert(name.clone(), Tried::Asking);
                let request = TestConnection { name: name.clone(), connection: None };
                self.backend.ask(request.into_request(), Purpose::Tried(name));
            }
        }
    }

    /// Of the connection of this name, or of what is in the sheet.
    pub(super) fn take_tried(
        &mut self,
        name: Option<String>,
        answer: Result<TestedConnection, ApiError>,
    ) {
        let tried = match answer {
            Ok(tested) => Tried::Good(tested.found),
            Err(error) => Tried::Bad(error.message, error.help),
        };
        match (name, &mut self.sheet) {
            (Some(name), _) => _ = self.connections.tests.insert(name, tried),
            (None, Some(Sheet::Connection(form))) => form.tried = Some(tried),
            (None, _) => {}
        }
    }

    /// A connection of the sheet is stored: it is named in the form that it was made for.
    pub(super) fn connection_stored(&mut self, form: &ConnectionForm) {
        let name = form.name.trim().to_owned();
        self.connections.tests.remove(&name);
        if let Some(field) = form.field.clone() {
            self.forms.picked = Some((field, name));
        }
    }

    /// The secret that the sheet of a connection asked for is stored, or not made: the sheet goes on.
    pub(crate) fn back_to_connection(&mut self) {
        if self.sheet.is_some() {
            return;
        }
        if let Some(form) = self.connections.behind.take() {
            self.sheet = Some(Sheet::Connection(form));
        }
    }

    /// Whether a secret was made for the sheet of a connection; it is named there then.
    pub(super) fn take_secret_of_connection(&mut self, field: &str, name: &str) -> bool {
        if field != SECRET_FIELD {
            return false;
        }
        if let Some(form) = &mut self.connections.behind {
            form.take_secret(name);
        }
        self.back_to_connection();
        true
    }
}
