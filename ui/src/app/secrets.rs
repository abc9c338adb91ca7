//! Stored secrets as the window knows them: names, places, and how reading them went. Values are in the sheet alone,
//! while a person types them.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use millrace_api::run::Done;
use millrace_api::secret::{
    CheckSecret, HiddenText, ListSecrets, RemoveSecret, SecretList, SecretSource, SetSecret,
    StoredSecret,
};
use millrace_api::{ApiError, Command as _};

use super::{App, Purpose, Sheet};
use crate::command::{Command, SecretCommand};

/// What is known of the stored secrets.
#[derive(Debug, Default)]
pub(crate) struct Secrets {
    /// By name; none until the daemon has answered.
    pub(crate) list: Option<Vec<StoredSecret>>,
    /// Why there is no list.
    pub(crate) error: Option<String>,
    /// How the last test of each went.
    pub(crate) checks: BTreeMap<String, Check>,
    /// The one whose removal is asked about.
    pub(crate) removing: Option<String>,
    names: Rc<Vec<String>>,
    is_fresh: bool,
}

/// How a test went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Check {
    /// There is no answer yet.
    Asking,
    /// It can be read.
    Good,
    /// It cannot: why, and what to do.
    Bad(String, Option<String>),
}

/// Where the value of a secret is kept, to choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keeper {
    Keyring,
    Variable,
    Command,
}

/// The sheet for a secret.
#[derive(Clone, PartialEq)]
pub(crate) struct SecretForm {
    /// It replaces one of this name.
    pub(crate) replaces: bool,
    pub(crate) name: String,
    pub(crate) keeper: Keeper,
    /// The value for the keyring.
    pub(crate) value: String,
    /// The variable of the daemon's environment.
    pub(crate) variable: String,
    /// The program and its arguments.
    pub(crate) argv: Vec<String>,
    /// It was drawn once: the first field has the keyboard.
    pub(crate) was_shown: bool,
    /// The daemon has not answered yet.
    pub(crate) is_storing: bool,
    /// Why the daemon did not take it, and what to do.
    pub(crate) refusal: Option<(String, Option<String>)>,
    field: Option<String>,
}

impl fmt::Debug for SecretForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SecretForm").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Secrets {
    /// All names, in order.
    pub(crate) fn names(&self) -> Rc<Vec<String>> {
        Rc::clone(&self.names)
    }

    /// The list may be another one by now.
    pub(super) fn outdated(&mut self) {
        self.is_fresh = false;
    }
}

impl SecretForm {
    fn new(name: String, field: Option<String>) -> Self {
        Self {
            replaces: false,
            name,
            keeper: Keeper::Keyring,
            value: String::new(),
            variable: String::new(),
            argv: vec![String::new()],
            was_shown: false,
            is_storing: false,
            refusal: None,
            field,
        }
    }

    fn of(secret: StoredSecret) -> Self {
        let mut form = Self { replaces: true, ..Self::new(secret.name, None) };
        match secret.source {
            SecretSource::Keyring {} => {}
            SecretSource::Environment { variable } => {
                (form.keeper, form.variable) = (Keeper::Variable, variable);
            }
            SecretSource::Command { argv } => (form.keeper, form.argv) = (Keeper::Command, argv),
        }
        form
    }

    /// Why it cannot be stored as it is.
    pub(crate) fn problem(&self) -> Option<String> {
        let text = if self.is_storing {
            "it is being stored"
        } else if self.name.trim().is_empty() {
            "a name is required"
        } else {
            match self.keeper {
                Keeper::Keyring if self.value.is_empty() => "a value is required",
                Keeper::Keyring if self.value.chars().count() < 4 => {
                    "a value needs at least 4 characters: nothing so short can be kept out of logs"
                }
                Keeper::Variable if self.variable.trim().is_empty() => "a variable is required",
                Keeper::Command if self.argv.first().is_none_or(|it| it.trim().is_empty()) => {
                    "a program is required"
                }
                _ => return None,
            }
        };
        Some(super::sentence(text))
    }

    fn request(&self) -> SetSecret {
        let (source, value) = match self.keeper {
            Keeper::Keyring => {
                (SecretSource::Keyring {}, Some(HiddenText::new(self.value.clone())))
            }
            Keeper::Variable => {
                let variable = self.variable.trim().to_owned();
                (SecretSource::Environment { variable }, None)
            }
            Keeper::Command => {
                let last = self.argv.iter().rposition(|part| !part.is_empty());
                let argv = self.argv[..last.map_or(0, |last| last + 1)].to_vec();
                (SecretSource::Command { argv }, None)
            }
        };
        SetSecret { secret: StoredSecret { name: self.name.trim().to_owned(), source }, value }
    }
}

impl App {
    pub(super) fn apply_to_secret(&mut self, command: SecretCommand) {
        match command {
            SecretCommand::New { name, field } => {
                self.sheet = Some(Sheet::Secret(Box::new(SecretForm::new(name, field))));
            }
            SecretCommand::Replace(secret) => {
                self.sheet = Some(Sheet::Secret(Box::new(SecretForm::of(secret))));
            }
            SecretCommand::Store => {
                let Some(Sheet::Secret(form)) = &mut self.sheet else { return };
                if form.problem().is_some() {
                    return;
                }
                form.is_storing = true;
                form.refusal = None;
                let (request, name) = (form.request(), form.name.trim().to_owned());
                let purpose = Purpose::SecretStored(name, form.field.clone());
                self.backend.ask(request.into_request(), purpose);
            }
            SecretCommand::Remove(secret) => {
                self.secrets.removing = None;
                let request = RemoveSecret { name: secret.name.clone() };
                self.backend.ask(request.into_request(), Purpose::SecretRemoved(secret));
            }
            SecretCommand::PutBack(secret) => {
                let name = secret.name.clone();
                let request = SetSecret { secret, value: None };
                self.backend.ask(request.into_request(), Purpose::SecretStored(name, None));
            }
            SecretCommand::Check(name) => {
                self.secrets.checks.insert(name.clone(), Check::Asking);
                let request = CheckSecret { name: name.clone() };
                self.backend.ask(request.into_request(), Purpose::SecretChecked(name));
            }
        }
    }

    /// Asks for the list where it may be another one by now.
    pub(super) fn ask_secrets(&mut self) {
        if !self.secrets.is_fresh && !self.backend.is_asking(|p| *p == Purpose::Secrets) {
            self.secrets.is_fresh = true;
            self.backend.ask(ListSecrets {}.into_request(), Purpose::Secrets);
        }
    }

    pub(super) fn take_secrets(&mut self, answer: Result<SecretList, ApiError>) {
        match answer {
            Ok(list) => {
                let names = list.secrets.iter().map(|secret| secret.name.clone());
                self.secrets.names = Rc::new(names.collect());
                self.secrets.list = Some(list.secrets);
                self.secrets.error = None;
            }
            Err(error) => self.secrets.error = Some(error.message),
        }
    }

    pub(super) fn take_stored(
        &mut self,
        name: String,
        field: Option<String>,
        answer: Result<Done, ApiError>,
        time: f64,
    ) {
        let in_sheet = match &mut self.sheet {
            Some(Sheet::Secret(form)) if form.name.trim() == name => Some(form),
            _ => None,
        };
        if let Err(error) = answer {
            match in_sheet {
                Some(form) => {
                    form.is_storing = false;
                    form.refusal = Some((error.message, error.help));
                }
                None => self.fail(error),
            }
            return;
        }
        if in_sheet.is_some() {
            self.sheet = None;
        }
        let field = field.filter(|field| {
            !self.take_secret_of_channel(field, &name)
                && !self.take_secret_of_connection(field, &name)
        });
        self.toasts.say(format!("Stored {name}"), time);
        self.secrets.checks.remove(&name);
        if let Some(field) = field {
            self.forms.picked = Some((field, name));
        }
        self.secrets_changed();
    }

    pub(super) fn take_removed(
        &mut self,
        secret: StoredSecret,
        answer: Result<Done, ApiError>,
        time: f64,
    ) {
        if let Err(error) = answer {
            return self.fail(error);
        }
        let text = format!("Removed {}", secret.name);
        self.secrets.checks.remove(&secret.name);
        match secret.source {
            // Its value is gone.
            SecretSource::Keyring {} => self.toasts.say(text, time),
            _ => {
                let undo = Command::Secret(SecretCommand::PutBack(secret));
                self.toasts.offer(text, ("Undo", undo), time);
            }
        }
        self.secrets_changed();
    }

    pub(super) fn take_checked(&mut self, name: String, answer: Result<Done, ApiError>) {
        let check = match answer {
            Ok(_) => Check::Good,
            Err(error) => Check::Bad(error.message, error.help),
        };
        self.secrets.checks.insert(name, check);
    }

    /// Documents that name secrets may have other problems now.
    fn secrets_changed(&mut self) {
        self.secrets.outdated();
        for editor in self.tabs.iter_mut() {
            editor.checked = u64::MAX;
        }
    }
}
