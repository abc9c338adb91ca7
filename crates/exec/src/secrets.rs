//! The port through which values of stored secrets come in, and which of them an attempt needs.
//!
//! Where values are kept is the business of whoever implements [`Secrets`]. From here a value goes into the environment of
//! its process or the headers of its request, and to the list of what to mask, and nowhere else.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use millrace_engine::core::StartAttempt;
use millrace_keeper::mask::mask_forms;
use millrace_model::action::{Action, Doer};
use millrace_model::connection::Connection;
use millrace_model::document::EnvValue;
use millrace_model::expr::Scope;
use millrace_model::template::Template;

use crate::ports::Connections;

/// A value, or a sentence that says why there is none and what to do; later.
pub type Reading<'a> = Pin<Box<dyn Future<Output = Result<SecretValue, String>> + Send + 'a>>;

/// Reads stored secrets.
pub trait Secrets: fmt::Debug + Send + Sync {
    /// The value of the secret of this name. Takes a bounded time and blocks no thread.
    fn read<'a>(&'a self, name: &'a str) -> Reading<'a>;
}

/// The value of a secret. Not shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(Vec<u8>);

impl SecretValue {
    /// Takes a value that can be a variable and can be told from ordinary text.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub fn new(bytes: Vec<u8>) -> Result<Self, &'static str> {
        match bytes.len() {
            0 => Err("it is empty"),
            1..Self::MIN_BYTES => {
                Err("it has fewer than 4 characters, and nothing so short can be kept out of logs")
            }
            _ if bytes.len() > Self::MAX_BYTES => Err("it is larger than 64 KiB"),
            _ if bytes.contains(&0) => Err("it has a NUL byte, which no variable can have"),
            _ => Ok(Self(bytes)),
        }
    }

    /// The fewest bytes. Masking less would blot out ordinary text.
    const MIN_BYTES: usize = 4;
    /// The most bytes: half of what the system lets a variable have.
    pub const MAX_BYTES: usize = 64 << 10;

    /// The value.
    #[must_use]
    pub fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Values by the variables, or the places in a request, that get them.
pub type SecretValues = BTreeMap<String, SecretValue>;

/// A secret that an attempt needs.
pub(crate) struct Needed {
    /// What it is found by in [`SecretValues`].
    pub(crate) key: String,
    /// What needs it, for people.
    what: String,
    /// Its name.
    name: String,
}

/// The variables of an attempt's process, or the places in its request, and the names of the secrets that they get.
///
/// # Errors
/// When the name of a secret cannot be told.
pub(crate) fn needed(
    start: &StartAttempt,
    connections: &dyn Connections,
) -> Result<Vec<Needed>, String> {
    let wanted: Vec<Needed> = match Action::for_task(start.task()) {
        Ok(Action::Process(_) | Action::Container(_)) => effective(start)
            .into_iter()
            .filter_map(|(variable, value)| match value {
                EnvValue::Secret(name) => Some((variable.to_owned(), name.clone())),
                EnvValue::Template(_) => None,
            })
            .map(|(key, name)| Needed { what: format!("its variable {key}"), key, name })
            .collect(),
        Ok(action) if action.doer() == Doer::Daemon => {
            let scope = start.scope();
            let connection = connection_of(&action, &scope, connections)?;
            let own = action.secrets().into_iter().map(|(key, name)| Needed {
                what: key.clone(),
                key,
                name: name.source().to_owned(),
            });
            let mut all: Vec<Needed> = own.collect();
            all.extend(connection.iter().flat_map(of_connection));
            all
        }
        Ok(_) | Err(_) => Vec::new(),
    };
    let mut scope = None;
    let name_of = |mut needed: Needed| {
        if needed.name.contains("${") {
            let scope = scope.get_or_insert_with(|| start.scope());
            needed.name = Template::parse(&needed.name)
                .and_then(|template| template.render(scope))
                .map_err(|error| format!("{}: {error}", needed.what))?;
        }
        Ok(needed)
    };
    wanted.into_iter().map(name_of).collect()
}

/// The secrets that a connection needs.
pub(crate) fn of_connection(connection: &Connection) -> impl Iterator<Item = Needed> + '_ {
    connection.secrets().into_iter().map(|(key, name)| Needed {
        what: format!("its connection, {key}"),
        key: format!("{CONNECTION}{key}"),
        name: name.to_owned(),
    })
}

/// The password of a connection among the values, where it has one.
pub(crate) fn password(values: &SecretValues) -> Option<Vec<u8>> {
    let value = values.get(&format!("{CONNECTION}password"));
    value.map(|value| value.reveal().trim_ascii().to_vec())
}

/// What stands before the keys of a connection's secrets among those of an attempt.
pub(crate) const CONNECTION: &str = "connection.";

/// The connection that an action needs, as it is now.
///
/// # Errors
/// Why there is none that can be used.
pub(crate) fn connection_of(
    action: &Action,
    scope: &Scope,
    connections: &dyn Connections,
) -> Result<Option<Connection>, String> {
    let Some(name) = action.connection() else {
        return match action {
            Action::Mail(_) => connections.only_mail().map(Some),
            _ => Ok(None),
        };
    };
    let name = name.render(scope).map_err(|error| format!("connection: {error}"))?;
    connections.find(&name).map(Some)
}

/// Reads them, each once.
///
/// # Errors
/// The first that cannot be read, with what needs it.
pub(crate) async fn read(
    secrets: &dyn Secrets,
    needed: Vec<Needed>,
) -> Result<SecretValues, String> {
    let mut known: BTreeMap<String, SecretValue> = BTreeMap::new();
    let mut values = SecretValues::new();
    for Needed { key, what, name } in needed {
        let value = match known.get(&name) {
            Some(value) => value.clone(),
            None => {
                let read = secrets.read(&name).await;
                let value = read.map_err(|error| format!("{what}: {error}"))?;
                known.entry(name).or_insert(value).clone()
            }
        };
        values.insert(key, value);
    }
    Ok(values)
}

/// All byte strings that must reach no log.
pub(crate) fn forms(values: &SecretValues) -> impl Iterator<Item = Vec<u8>> + '_ {
    values.values().flat_map(|value| mask_forms(value.reveal()))
}

/// The variables of an attempt's document: the workflow's, then the defaults', then the task's; later ones win.
pub(crate) fn effective(start: &StartAttempt) -> BTreeMap<&str, &EnvValue> {
    let workflow = start.workflow();
    let maps = [&workflow.env, &workflow.defaults.env, &start.task().env];
    maps.into_iter().flatten().map(|(name, value)| (name.as_str(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Debug, Default)]
    struct Counted(Mutex<Vec<String>>);

    impl Secrets for Counted {
        fn read<'a>(&'a self, name: &'a str) -> Reading<'a> {
            self.0.lock().unwrap().push(name.to_owned());
            Box::pin(async move {
                match name {
                    "gone" => Err("there is none".to_owned()),
                    _ => Ok(SecretValue(format!("value of {name}").into_bytes())),
                }
            })
        }
    }

    fn needs(pairs: &[(&str, &str)]) -> Vec<Needed> {
        let needed = |(key, name): &(&str, &str)| Needed {
            key: (*key).to_owned(),
            what: format!("its variable {key}"),
            name: (*name).to_owned(),
        };
        pairs.iter().map(needed).collect()
    }

    #[tokio::test]
    async fn each_secret_is_read_once() {
        let secrets = Counted::default();
        let values = read(&secrets, needs(&[("A", "x"), ("B", "y"), ("C", "x")])).await.unwrap();
        assert_eq!(*secrets.0.lock().unwrap(), ["x", "y"]);
        assert_eq!(values["C"].reveal(), b"value of x");
        assert!(!format!("{values:?}").contains("value"));
        assert!(forms(&values).any(|form| form == b"value of y"));
    }

    #[tokio::test]
    async fn the_variable_is_named_with_what_is_wrong() {
        let error = read(&Counted::default(), needs(&[("TOKEN", "gone")])).await.unwrap_err();
        assert_eq!(error, "its variable TOKEN: there is none");
    }

    #[test]
    fn a_value_must_be_one_that_can_be_masked() {
        for (bytes, why) in [("", "empty"), ("abc", "fewer"), ("a\0bcd", "NUL")] {
            assert!(SecretValue::new(bytes.into()).unwrap_err().contains(why), "{bytes:?}");
        }
        assert!(SecretValue::new(vec![b'x'; SecretValue::MAX_BYTES + 1]).is_err());
        assert!(SecretValue::new(b"1234".to_vec()).is_ok());
    }
}
