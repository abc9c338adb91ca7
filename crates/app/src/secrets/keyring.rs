//! Secrets in the keyring of the person's session, by the Secret Service of the desktop (GNOME Keyring, KWallet, KeePassXC).
//!
//! A task never makes the keyring ask for its password: nobody may be there. What a person does may.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use millrace_api::{ApiError, Code};
use millrace_exec::secrets::SecretValue;
use secret_service::{Collection, EncryptionType, Error, Item, SecretService};

/// How long the keyring may take to answer.
const LIMIT: Duration = Duration::from_secs(10);
/// How long a person may take to type its password.
const PROMPT_LIMIT: Duration = Duration::from_secs(60);
const UNLOCK: &str = "unlock it: log in at the desktop, or let `millrace secret check NAME` or the window's \
     settings ask for its password; then try again";
const ABSENT: &str = "start one (GNOME Keyring, KWallet, KeePassXC) in the session of the daemon, or keep the secret in \
     an environment variable or with a command";

/// Whether the keyring may ask for its password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Prompts {
    Allowed,
    Never,
}

/// How the keyring of this session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyringState {
    /// It can be read.
    Unlocked,
    /// It needs its password first.
    Locked,
    /// No program of this session keeps secrets.
    Absent,
}

/// The keyring's part that belongs to a home.
#[derive(Debug, Clone)]
pub(super) struct Keyring {
    home: String,
}

/// Looks at the keyring of this session. Asks nobody.
pub(crate) async fn state() -> KeyringState {
    let look = async {
        let service = SecretService::connect(EncryptionType::Dh).await?;
        service.get_default_collection().await?.is_locked().await
    };
    match tokio::time::timeout(LIMIT, look).await {
        Ok(Ok(false)) => KeyringState::Unlocked,
        Ok(Ok(true)) => KeyringState::Locked,
        // The service is there and has no keyring yet; the first secret makes one.
        Ok(Err(Error::NoResult)) => KeyringState::Locked,
        Ok(Err(_)) | Err(_) => KeyringState::Absent,
    }
}

impl Keyring {
    pub(super) fn new(home: &Path) -> Self {
        Self { home: home.display().to_string() }
    }

    /// The value of a secret.
    ///
    /// # Errors
    /// `Secret`: locked, absent, not there.
    pub(super) async fn read(&self, name: &str, prompts: Prompts) -> Result<Vec<u8>, ApiError> {
        let limit = if prompts == Prompts::Allowed { PROMPT_LIMIT } else { LIMIT };
        let read = async {
            let service = SecretService::connect(EncryptionType::Dh).await?;
            match self.find(&service, name).await? {
                Found::Nothing => Ok(None),
                Found::Unlocked(item) => item.get_secret().await.map(Some),
                Found::Locked(item) if prompts == Prompts::Allowed => {
                    item.unlock().await?;
                    item.get_secret().await.map(Some)
                }
                Found::Locked(_) => Err(Error::Locked),
            }
        };
        let read = within(limit, read).await.map_err(|failure| failure.of("read", name))?;
        read.ok_or_else(|| {
            let message = format!(
                "the secret `{name}` cannot be read: the keyring does not have it any more"
            );
            ApiError::new(Code::Secret, message)
                .help(format!("store it anew: `millrace secret set {name}`"))
        })
    }

    /// Stores a value.
    ///
    /// # Errors
    /// `Secret`.
    pub(super) async fn write(&self, name: &str, value: &SecretValue) -> Result<(), ApiError> {
        let write = async {
            let service = SecretService::connect(EncryptionType::Dh).await?;
            let collection = default_collection(&service).await?;
            if collection.is_locked().await? {
                collection.unlock().await?;
            }
            let label = format!("Millrace: {name}");
            let attributes = self.attributes(name);
            let kind = "text/plain";
            collection.create_item(&label, attributes, value.reveal(), true, kind).await.map(drop)
        };
        within(PROMPT_LIMIT, write).await.map_err(|failure| failure.of("stored", name))
    }

    /// Takes a value away; one that is not there is no error.
    ///
    /// # Errors
    /// `Secret`.
    pub(super) async fn delete(&self, name: &str) -> Result<(), ApiError> {
        let delete = async {
            let service = SecretService::connect(EncryptionType::Dh).await?;
            match self.find(&service, name).await? {
                Found::Nothing => Ok(()),
                Found::Unlocked(item) => item.delete().await,
                Found::Locked(item) => {
                    item.unlock().await?;
                    item.delete().await
                }
            }
        };
        within(PROMPT_LIMIT, delete).await.map_err(|failure| failure.of("removed", name))
    }

    async fn find<'s>(
        &self,
        service: &'s SecretService<'_>,
        name: &str,
    ) -> Result<Found<'s>, Error> {
        let mut found = service.search_items(self.attributes(name)).await?;
        Ok(match (found.unlocked.pop(), found.locked.pop()) {
            (Some(item), _) => Found::Unlocked(item),
            (None, Some(item)) => Found::Locked(item),
            (None, None) => Found::Nothing,
        })
    }

    /// What tells an item from all others. Two homes may have secrets of one name.
    fn attributes<'a>(&'a self, name: &'a str) -> HashMap<&'a str, &'a str> {
        HashMap::from([
            ("xdg:schema", "app.millrace.Secret"),
            ("home", self.home.as_str()),
            ("name", name),
        ])
    }
}

enum Found<'s> {
    Nothing,
    Unlocked(Item<'s>),
    Locked(Item<'s>),
}

/// The keyring that is meant where none is named. A session that never kept a secret has none: it is made, and the
/// desktop asks for its password.
async fn default_collection<'s>(service: &'s SecretService<'_>) -> Result<Collection<'s>, Error> {
    match service.get_default_collection().await {
        Err(Error::NoResult) => service.create_collection("Login", "default").await,
        found => found,
    }
}

enum Failure {
    Service(Error),
    TooLong,
}

async fn within<T>(
    limit: Duration,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(limit, work).await {
        Ok(done) => done.map_err(Failure::Service),
        Err(_) => Err(Failure::TooLong),
    }
}

impl Failure {
    fn of(self, what: &str, name: &str) -> ApiError {
        let (why, help) = match self {
            Self::Service(Error::Locked | Error::Prompt) => {
                ("the keyring is locked".to_owned(), UNLOCK)
            }
            Self::Service(Error::Unavailable) => ("there is no keyring".to_owned(), ABSENT),
            Self::Service(error @ (Error::Zbus(_) | Error::ZbusFdo(_))) if is_absent(&error) => {
                ("there is no keyring".to_owned(), ABSENT)
            }
            Self::Service(error) => (format!("the keyring failed: {error}"), UNLOCK),
            Self::TooLong => ("the keyring did not answer in time".to_owned(), UNLOCK),
        };
        ApiError::new(Code::Secret, format!("the secret `{name}` cannot be {what}: {why}"))
            .help(help)
    }
}

/// The bus is there, and nobody on it keeps secrets; or there is no bus.
fn is_absent(error: &Error) -> bool {
    let text = error.to_string();
    ["ServiceUnknown", "NameHasNoOwner", "No such file", "Connection refused", "Spawn."]
        .iter()
        .any(|mark| text.contains(mark))
}
