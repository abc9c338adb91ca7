//! `millrace connection`: its subcommands.

use clap::{Args, Subcommand, ValueEnum};
use millrace_api::settings::ConnectionKind;

#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  millrace connection add warehouse postgres host=db.example.org database=sales user=me password=secret:db
  millrace connection add history sqlite path=/home/me/history.db
  millrace connection add tracker http url=https://tracker.example.org/api auth=bearer secret=secret:tracker
  millrace connection add out smtp server=smtp.example.org user=me password=secret:mail from=me@example.org
  millrace connection test warehouse         connects, logs in, changes nothing

A document names a connection where a task needs it: \"connection\": \"warehouse\". Connections are
in this machine's config.toml, so the same document works elsewhere with another database of
that name. What is secret is stored with `millrace secret set` and named as secret:NAME.")]
pub(crate) struct Connection {
    #[command(subcommand)]
    pub(crate) command: ConnectionCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConnectionCommand {
    /// Add a connection, or write one anew.
    Add(AddConnection),
    /// List the connections: what each leads to, and where.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show a connection as config.toml has it. Secrets are named, never shown.
    Show {
        /// The connection.
        name: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Connect and log in, and say what is there or why that does not work.
    Test {
        /// The connection, or a mail channel of the notifications.
        name: String,
    },
    /// Take a connection out of config.toml. Its secrets stay stored.
    Remove {
        /// The connection.
        name: String,
    },
}

#[derive(Debug, Args)]
pub(crate) struct AddConnection {
    /// Its name, as documents write it: small letters, digits and _.
    pub(crate) name: String,
    /// What it leads to.
    pub(crate) kind: Kind,
    /// Its fields: host, port, database, user, password, tls, certificates (postgres); path,
    /// read_only (sqlite); url, auth, user, secret, headers.NAME (http); server, port,
    /// security, user, password, from (smtp).
    #[arg(value_name = "KEY=VALUE")]
    pub(crate) fields: Vec<String>,
    /// Write it anew where there is one of this name.
    #[arg(long)]
    pub(crate) replace: bool,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum Kind {
    /// A PostgreSQL database.
    Postgres,
    /// An SQLite file.
    Sqlite,
    /// A service that is spoken to over HTTP.
    Http,
    /// A server that takes mail.
    Smtp,
}

impl From<Kind> for ConnectionKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Postgres => Self::Postgres,
            Kind::Sqlite => Self::Sqlite,
            Kind::Http => Self::Http,
            Kind::Smtp => Self::Smtp,
        }
    }
}
