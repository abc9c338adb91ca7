//! PostgreSQL databases.
//!
//! A pulled brake has the server cancel the statement, and the connection is closed, which rolls back. Only between the
//! word COMMIT and its answer nobody knows.

use std::error::Error as _;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use millrace_model::Values;
use millrace_model::connection::{PostgresDatabase, PostgresTls};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::ConfigVerifierExt;
use tokio_postgres::config::SslMode;
use tokio_postgres::{CancelToken, Client, Config, Error, NoTls};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::cells::{self, Bound};
use super::{Asked, names};
use crate::deed::{Brake, Fault, Log};

/// How long a server may take to be connected to.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long is waited for it to cancel.
const CANCEL_LIMIT: Duration = Duration::from_secs(10);

/// A way to a database. The connection ends with it.
struct Open {
    client: Client,
    cancel: CancelToken,
    tls: Option<MakeRustlsConnect>,
}

pub(super) async fn carry_out(
    database: &PostgresDatabase,
    password: Option<&[u8]>,
    mut asked: Asked,
    log: &Log,
    brake: &Brake,
) -> Result<Values, Fault> {
    let place = format!("{}:{}/{}", database.host, database.port(), database.database);
    let connecting = open(database, password);
    let open = tokio::select! {
        open = connecting => open.map_err(|why| Fault::Unreachable(format!("cannot connect to {place}: {why}")))?,
        () = brake.pulled() => return Err(Fault::Stopped),
    };
    log.line(&format!("connected to {place}"));
    let outputs = {
        let mut asking = pin!(ask(&open.client, &mut asked));
        tokio::select! {
            outputs = &mut asking => outputs?,
            () = brake.pulled() => {
                open.cancel().await;
                // Told to cancel, the server answers soon; where it does not, the connection is closed all the same.
                let _ended = tokio::time::timeout(CANCEL_LIMIT, asking).await;
                return Err(Fault::Stopped);
            }
        }
    };
    asked.check.look(&outputs)?;
    if brake.is_pulled() {
        return Err(Fault::Stopped);
    }
    open.client.batch_execute("COMMIT").await.map_err(|error| match error.as_db_error() {
        Some(_) => Fault::Unusable(words(&error)),
        None => Fault::Broke(format!("the connection to {place} was lost at COMMIT")),
    })?;
    asked.rows.put().map_err(Fault::Unusable)?;
    log.line(&format!("{}, committed", asked.rows.described()));
    Ok(outputs)
}

/// Whether it can be connected to; what it is.
///
/// # Errors
/// Why not.
pub(crate) async fn probe(
    database: &PostgresDatabase,
    password: Option<&[u8]>,
) -> Result<String, String> {
    let open = open(database, password).await?;
    let row =
        open.client.query_one("select version()", &[]).await.map_err(|error| words(&error))?;
    let version: String = row.try_get(0).map_err(|error| words(&error))?;
    Ok(version.split(" on ").next().unwrap_or_default().to_owned())
}

impl Open {
    async fn cancel(&self) {
        let canceled = async {
            match &self.tls {
                Some(tls) => self.cancel.cancel_query(tls.clone()).await,
                None => self.cancel.cancel_query(NoTls).await,
            }
        };
        if let Ok(Err(error)) = tokio::time::timeout(CANCEL_LIMIT, canceled).await {
            tracing::warn!(%error, "a statement could not be cancelled");
        }
    }
}

async fn open(database: &PostgresDatabase, password: Option<&[u8]>) -> Result<Open, String> {
    let mut config = Config::new();
    config
        .port(database.port())
        .dbname(&database.database)
        .application_name("millrace")
        .connect_timeout(CONNECT_LIMIT);
    match database.host.starts_with('/') {
        true => config.host_path(&database.host),
        false => config.host(&database.host),
    };
    match &database.user {
        Some(user) => config.user(user),
        None => config.user(std::env::var("USER").unwrap_or_else(|_| "postgres".to_owned())),
    };
    if let Some(password) = password {
        config.password(password);
    }
    let opened = async {
        match database.tls() {
            PostgresTls::None => {
                config.ssl_mode(SslMode::Disable);
                let (client, connection) = config.connect(NoTls).await.map_err(|e| words(&e))?;
                tokio::spawn(async move { _ = connection.await });
                Ok((client, None))
            }
            PostgresTls::Verify => {
                config.ssl_mode(SslMode::Require);
                let tls = MakeRustlsConnect::new(trusting(database)?);
                let connecting = config.connect(tls.clone());
                let (client, connection) = connecting.await.map_err(|error| words(&error))?;
                tokio::spawn(async move { _ = connection.await });
                Ok((client, Some(tls)))
            }
        }
    };
    // Of the whole: a server that takes connections and says nothing is none.
    match tokio::time::timeout(CONNECT_LIMIT, opened).await {
        Ok(Ok((client, tls))) => Ok(Open { cancel: client.cancel_token(), client, tls }),
        Ok(Err(why)) => Err(why),
        Err(_late) => Err("it does not answer within 10 s".to_owned()),
    }
}

fn trusting(database: &PostgresDatabase) -> Result<ClientConfig, String> {
    let _chosen = rustls::crypto::ring::default_provider().install_default();
    let Some(path) = &database.certificates else {
        return ClientConfig::with_platform_verifier().map_err(|error| error.to_string());
    };
    let cannot =
        |error: &dyn std::fmt::Display| format!("certificates: cannot read {path}: {error}");
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|error| cannot(&error))? {
        let certificate = certificate.map_err(|error| cannot(&error))?;
        roots.add(certificate).map_err(|error| cannot(&error))?;
    }
    Ok(ClientConfig::builder().with_root_certificates(Arc::new(roots)).with_no_client_auth())
}

/// All but the COMMIT.
async fn ask(client: &Client, asked: &mut Asked) -> Result<Values, Fault> {
    let begin = if asked.is_read_only { "BEGIN READ ONLY" } else { "BEGIN" };
    client.batch_execute(begin).await.map_err(|error| fault(&error))?;
    if asked.is_query {
        query(client, asked).await?;
    } else {
        client.batch_execute(&asked.text).await.map_err(|error| fault(&error))?;
    }
    asked.rows.outputs().map_err(|error| unwritten(&error))
}

async fn query(client: &Client, asked: &mut Asked) -> Result<(), Fault> {
    let numbered = names::numbered(&asked.text, &asked.params).map_err(Fault::NotBegun)?;
    let statement = client.prepare(&numbered.text).await.map_err(|error| fault(&error))?;
    let columns = statement.columns().iter().map(|column| column.name().to_owned()).collect();
    asked.rows.columns(columns).map_err(|error| unwritten(&error))?;
    let values: Vec<Bound<'_>> = numbered.values.iter().map(Bound).collect();
    let found = client.query_raw(&statement, values.iter()).await.map_err(|error| fault(&error))?;
    let mut found = pin!(found);
    while let Some(row) = found.try_next().await.map_err(|error| fault(&error))? {
        let cells = cells::of_row(&row).map_err(Fault::Unusable)?;
        asked.rows.row(cells).map_err(|error| unwritten(&error))?;
    }
    let affected = if statement.columns().is_empty() { found.rows_affected() } else { None };
    asked.rows.affected(affected);
    Ok(())
}

/// What the server refuses, or that it is gone: then it has rolled back.
fn fault(error: &Error) -> Fault {
    match error.is_closed() || (error.as_db_error().is_none() && is_io(error)) {
        true => Fault::Lost(format!(
            "the connection was lost, and what was done is rolled back: {}",
            words(error)
        )),
        false => Fault::Unusable(words(error)),
    }
}

fn is_io(error: &Error) -> bool {
    let mut source = error.source();
    while let Some(inner) = source {
        if inner.is::<std::io::Error>() {
            return true;
        }
        source = inner.source();
    }
    false
}

fn unwritten(error: &std::io::Error) -> Fault {
    Fault::Unusable(format!("save_to: the rows cannot be written: {error}"))
}

/// What the server says, with the place and what it advises, on one line.
fn words(error: &Error) -> String {
    let Some(said) = error.as_db_error() else {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            if !text.contains(&inner.to_string()) {
                text.push_str(&format!(": {inner}"));
            }
            source = inner.source();
        }
        return text;
    };
    let mut text = format!("{} ({})", said.message(), said.code().code());
    for more in [said.detail(), said.hint()].into_iter().flatten() {
        text.push_str(&format!("; {more}"));
    }
    if let Some(tokio_postgres::error::ErrorPosition::Original(at)) = said.position() {
        text.push_str(&format!("; at character {at}"));
    }
    text.lines().collect::<Vec<_>>().join(" ")
}
