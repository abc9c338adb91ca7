//! The sheet for a connection: where it leads, who logs in, and the secrets that it needs, by name.

use egui::{Id, Ui};
use millrace_api::settings::{ConnectionKind, HttpLogin, MailSecurity, PostgresTls};

use super::channel_sheet::{SECURITIES, part_ui, secret_ui};
use super::connections::tried_ui;
use super::sheet::buttons;
use crate::app::{App, ConnectionForm, Sheet, full_sentence};
use crate::command::{Command, ConnectionCommand};
use crate::theme::{self, Palette};
use crate::widgets::{
    Button, Field, Pairs, checkbox, field_label, label, pairs, problem_line, segmented, wrapped,
};

/// Draws the form.
pub(super) fn connection_ui(app: &mut App, ui: &mut Ui, mut form: Box<ConnectionForm>) {
    let p = Palette::of(ui);
    ui.set_width(460.0);
    let title = match form.is_known {
        true => format!("Change {}", form.name),
        false => format!("New connection: {}", form.kind.title()),
    };
    label(ui, &title, theme::semibold(theme::TITLE), p.text);
    ui.add_space(4.0);
    name_ui(ui, &mut form);
    let secrets = app.secrets.names();
    let before = form.connection();
    let wants_secret = match form.kind {
        ConnectionKind::Postgres => postgres_ui(ui, &mut form, &secrets),
        ConnectionKind::Sqlite => sqlite_ui(ui, &mut form),
        ConnectionKind::Http => http_ui(ui, &mut form, &secrets),
        ConnectionKind::Smtp => mail_ui(ui, &mut form, &secrets),
    };
    if form.connection() != before {
        // What was tried is not what stands here.
        form.tried = None;
    }
    if let Some(refusal) = &form.refusal {
        problem_line(ui, &full_sentence(&refusal.text));
        if let Some(help) = &refusal.help {
            wrapped(ui, &full_sentence(help), theme::sans(theme::SMALL), p.dim);
        }
    }
    if let Some(tried) = &form.tried {
        tried_ui(ui, tried);
    }
    let problem = app.home_settings().and_then(|settings| form.problem(settings));
    let unfit = form.connection().err();
    buttons(ui, |ui| {
        let store = Button::primary("Store").refused(problem).show(ui).clicked();
        let test = Button::secondary("Test").refused(unfit).show(ui).clicked();
        let cancel = Button::secondary("Cancel").show(ui).clicked();
        app.sheet = (!cancel).then_some(Sheet::Connection(form));
        let command = match () {
            () if store => ConnectionCommand::Store,
            () if test => ConnectionCommand::TryOut,
            () if wants_secret => ConnectionCommand::NewSecret,
            () => return,
        };
        app.send(Command::Connection(command));
    });
}

/// The name; one that is there keeps its own.
fn name_ui(ui: &mut Ui, form: &mut ConnectionForm) {
    if form.is_known {
        return;
    }
    field_label(ui, "Name", true);
    let hint = match form.kind {
        ConnectionKind::Postgres | ConnectionKind::Sqlite => "e.g. warehouse",
        ConnectionKind::Http => "e.g. tracker",
        ConnectionKind::Smtp => "e.g. office",
    };
    let field = Field::new(&mut form.name, "Connection's name").hint(hint).mono(true).show(ui);
    if !std::mem::replace(&mut form.was_shown, true) {
        field.request_focus();
    }
    let text = "Small letters, digits and _. Workflows call it so.";
    wrapped(ui, text, theme::sans(theme::SMALL), Palette::of(ui).faint);
}

/// A host and its port, in a row.
fn host_ui(
    ui: &mut Ui,
    form: &mut ConnectionForm,
    (name, hint, port): (&str, &str, &str),
    required: bool,
) {
    let gap = ui.spacing().item_spacing.x;
    let narrow = 96.0;
    ui.horizontal_top(|ui| {
        let wide = ui.available_width() - narrow - gap;
        part_ui(ui, wide, |ui| {
            field_label(ui, name, required);
            Field::new(&mut form.host, name).hint(hint).mono(true).show(ui);
        });
        part_ui(ui, narrow, |ui| {
            field_label(ui, "Port", false);
            Field::new(&mut form.port, "Port").hint(port).mono(true).show(ui);
        });
    });
}

/// Who logs in. Says whether another secret is wanted.
fn login_ui(ui: &mut Ui, form: &mut ConnectionForm, hint: &str, secrets: &[String]) -> bool {
    let mut wants_secret = false;
    ui.columns(2, |columns| {
        field_label(&mut columns[0], "User", false);
        Field::new(&mut form.user, "User").hint(hint).mono(true).show(&mut columns[0]);
        field_label(&mut columns[1], "Password, a secret", false);
        wants_secret = secret_ui(&mut columns[1], "Password", &mut form.secret, (secrets, true));
    });
    wants_secret
}

fn postgres_ui(ui: &mut Ui, form: &mut ConnectionForm, secrets: &[String]) -> bool {
    host_ui(ui, form, ("Host", "localhost", "5432"), false);
    field_label(ui, "Database", true);
    Field::new(&mut form.database, "Database").hint("e.g. sales").mono(true).show(ui);
    let wants_secret = login_ui(ui, form, "that of this system", secrets);
    field_label(ui, "Encryption", false);
    let choices = [None, Some(PostgresTls::Verify), Some(PostgresTls::None)];
    let now = choices.iter().position(|tls| *tls == form.tls).unwrap_or(0);
    if let Some(index) = segmented(ui, &["Automatic", "Always", "Never"], now) {
        form.tls = choices[index];
    }
    if form.tls.is_none() {
        let text = "Always, but for a server on this machine.";
        wrapped(ui, text, theme::sans(theme::SMALL), Palette::of(ui).faint);
    }
    if form.tls != Some(PostgresTls::None) {
        field_label(ui, "Trusted certificates", false);
        let field = Field::new(&mut form.certificates, "Trusted certificates");
        field.hint("a file; those of the system where it is empty").mono(true).show(ui);
    }
    wants_secret
}

fn sqlite_ui(ui: &mut Ui, form: &mut ConnectionForm) -> bool {
    field_label(ui, "File", true);
    Field::new(&mut form.path, "File").hint("/home/me/sales.db").mono(true).show(ui);
    ui.add_space(2.0);
    checkbox(ui, &mut form.read_only, "Nothing is changed in it");
    false
}

fn http_ui(ui: &mut Ui, form: &mut ConnectionForm, secrets: &[String]) -> bool {
    field_label(ui, "Address", true);
    let hint = "https://tracker.example.org/api";
    Field::new(&mut form.url, "Address").hint(hint).mono(true).show(ui);
    field_label(ui, "Login", false);
    let choices = [None, Some(HttpLogin::Bearer), Some(HttpLogin::Basic)];
    let now = choices.iter().position(|auth| *auth == form.auth).unwrap_or(0);
    if let Some(index) = segmented(ui, &["None", "Token", "User and password"], now) {
        form.auth = choices[index];
    }
    let mut wants_secret = match form.auth {
        None => false,
        Some(HttpLogin::Bearer) => {
            field_label(ui, "Token, a secret", true);
            secret_ui(ui, "Token", &mut form.secret, (secrets, false))
        }
        Some(HttpLogin::Basic) => login_ui(ui, form, "", secrets),
    };
    field_label(ui, "Headers", false);
    let how = Pairs {
        name: "Headers",
        item: "header",
        secrets: Some(secrets),
        help: None,
        read_only: false,
    };
    ui.scope(|ui| {
        let (_, wanted) = pairs(ui, Id::new("connection headers"), &how, &mut form.headers);
        form.secret_for = wanted.map(|(index, _)| index);
        wants_secret |= form.secret_for.is_some();
    });
    wants_secret
}

fn mail_ui(ui: &mut Ui, form: &mut ConnectionForm, secrets: &[String]) -> bool {
    let now = SECURITIES.iter().position(|(security, ..)| *security == form.security).unwrap_or(0);
    host_ui(ui, form, ("Server", "smtp.example.org", SECURITIES[now].2), true);
    field_label(ui, "Encryption", false);
    if let Some(index) = segmented(ui, &SECURITIES.map(|(_, words, _)| words), now) {
        form.security = SECURITIES[index].0;
    }
    if form.security == MailSecurity::None {
        let text = "Everything goes in the clear, the password too: for a server on this machine or in \
                    a trusted network.";
        wrapped(ui, text, theme::sans(theme::SMALL), Palette::of(ui).retry);
    }
    let wants_secret = login_ui(ui, form, "nobody logs in", secrets);
    field_label(ui, "From", true);
    let hint = "Millrace <millrace@example.org>";
    Field::new(&mut form.from, "From").hint(hint).mono(true).show(ui);
    wants_secret
}
