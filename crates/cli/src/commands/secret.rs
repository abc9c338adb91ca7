//! `millrace secret`: which secrets are stored and where; storing, checking and forgetting them.
//!
//! A value is typed or piped in, never an argument: those can be read by every process of the machine.

use std::io::{IsTerminal, Read};

use millrace_api::secret::{
    CheckSecret, HiddenText, ListSecrets, RemoveSecret, SecretSource, SetSecret, StoredSecret,
};

use crate::args::{Secret, SecretCommand, SetSecret as SetArgs};
use crate::failure::{Exit, Failure};
use crate::link::{Link, block_on};
use crate::out::Out;
use crate::text::escape::one_line;
use crate::text::style::Style;
use crate::text::table::Table;

/// The largest value that is read, in bytes: more than any secret can have.
const MAX_VALUE: u64 = 1 << 20;

pub(crate) fn run(args: &Secret, out: &mut Out) -> Result<Exit, Failure> {
    match &args.command {
        SecretCommand::Set(args) => set(args, out),
        SecretCommand::List { json } => block_on(list(*json, out))?,
        SecretCommand::Check { name } => block_on(check(name, out))?,
        SecretCommand::Rm { name } => block_on(remove(name, out))?,
    }
}

fn set(args: &SetArgs, out: &mut Out) -> Result<Exit, Failure> {
    let (source, value) = match (&args.from_env, args.from_command.as_slice()) {
        (Some(variable), _) => (SecretSource::Environment { variable: variable.clone() }, None),
        (None, []) => (SecretSource::Keyring {}, Some(value(&args.name)?)),
        (None, argv) => (SecretSource::Command { argv: argv.to_vec() }, None),
    };
    let secret = StoredSecret { name: args.name.clone(), source };
    let place = place(&secret.source);
    block_on(async {
        let link = Link::to_daemon().await?;
        link.backend().set_secret(SetSecret { secret, value }).await?;
        out.note(&format!("stored {}: {place}", args.name))?;
        Ok(Exit::Succeeded)
    })?
}

/// Asks for the value without showing it, or takes what is piped in.
fn value(name: &str) -> Result<HiddenText, Failure> {
    if std::io::stdin().is_terminal() {
        return Ok(HiddenText::new(rpassword::prompt_password(format!("Value of {name}: "))?));
    }
    let mut text = String::new();
    let read = std::io::stdin().lock().take(MAX_VALUE).read_to_string(&mut text);
    read.map_err(|error| {
        let help = "pipe a text in, such as `millrace secret set NAME < FILE`";
        Failure::usage(format!("standard input cannot be read: {error}"), help)
    })?;
    // That of `echo` and of files: it is no part of the value.
    let value = text.strip_suffix('\n').unwrap_or(&text);
    Ok(HiddenText::new(value))
}

async fn list(json: bool, out: &mut Out) -> Result<Exit, Failure> {
    let link = Link::to_daemon().await?;
    let listed = link.backend().list_secrets(ListSecrets {}).await?;
    if json {
        out.json(&listed)?;
    } else if listed.secrets.is_empty() {
        out.note("no secrets are stored; `millrace secret set NAME` stores one")?;
    } else {
        let table = table(&listed.secrets, out.style());
        out.write(&table.render(out.width(), out.style().ellipsis()))?;
    }
    Ok(Exit::Succeeded)
}

async fn check(name: &str, out: &mut Out) -> Result<Exit, Failure> {
    let link = Link::to_daemon().await?;
    link.backend().check_secret(CheckSecret { name: name.to_owned() }).await?;
    out.note(&format!("{name} can be read"))?;
    Ok(Exit::Succeeded)
}

async fn remove(name: &str, out: &mut Out) -> Result<Exit, Failure> {
    let link = Link::to_daemon().await?;
    link.backend().remove_secret(RemoveSecret { name: name.to_owned() }).await?;
    out.note(&format!("removed {name}"))?;
    Ok(Exit::Succeeded)
}

fn table(secrets: &[StoredSecret], style: Style) -> Table {
    let mut table =
        Table::new(["SECRET", "KEPT IN"].map(|cell| style.dim(cell)).to_vec()).elastic(1);
    for secret in secrets {
        table.row(vec![one_line(&secret.name), place(&secret.source)]);
    }
    table
}

/// Where a value is kept, in words.
fn place(source: &SecretSource) -> String {
    match source {
        SecretSource::Keyring {} => "keyring".to_owned(),
        SecretSource::Environment { variable } => format!("environment: {}", one_line(variable)),
        SecretSource::Command { argv } => format!("command: {}", one_line(&argv.join(" "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_where_and_never_what() {
        let secret = |name: &str, source| StoredSecret { name: name.to_owned(), source };
        let argv = ["pass", "show", "x"].map(str::to_owned).to_vec();
        let secrets = [
            secret("api", SecretSource::Keyring {}),
            secret("ci_token", SecretSource::Environment { variable: "CI_TOKEN".to_owned() }),
            secret("x", SecretSource::Command { argv }),
        ];
        insta::assert_snapshot!(table(&secrets, Style::PLAIN).render(None, "…"), @r"
        SECRET    KEPT IN
        api       keyring
        ci_token  environment: CI_TOKEN
        x         command: pass show x
        ");
    }
}
