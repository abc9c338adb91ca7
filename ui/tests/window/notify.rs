//! Notifications in the settings: what is told, by which channels, tests of them, and what the engine does not take.

use egui::{Key, Modifiers, vec2};
use egui_kittest::kittest::Queryable as _;
use millrace_api::secret::SecretSource;
use millrace_api::settings::{
    HomeSettings, MailChannel, MailSecurity, Notify, Occasion, Retention, SecretName, Settings,
    TextOrSecret, WebhookChannel, WebhookFormat,
};
use millrace_api::{ApiError, Code};
use millrace_ui::ThemeChoice;

use crate::pictures::{check, themes};
use crate::world::{Window, World};

fn secret(name: &str) -> SecretName {
    SecretName { secret: name.to_owned() }
}

/// The channels of a team: mail, a chat, a webhook.
fn channels() -> Notify {
    let mail = MailChannel {
        server: "smtp.example.org".to_owned(),
        port: None,
        security: MailSecurity::Starttls,
        user: Some("millrace".to_owned()),
        password: Some(secret("smtp_password")),
        from: "Millrace <millrace@example.org>".to_owned(),
        to: vec!["ada@example.org".to_owned(), "ops@example.org".to_owned()],
    };
    let webhook = |url: TextOrSecret, format: WebhookFormat| WebhookChannel {
        url,
        format,
        headers: std::collections::BTreeMap::new(),
    };
    let team = TextOrSecret::Secret(secret("team_webhook"));
    let pager = TextOrSecret::Text("https://pager.example.org/in?key=abc".to_owned());
    let mut notify = Notify::default();
    notify.send.push("ops".to_owned());
    notify.mail.insert("ops".to_owned(), mail);
    notify.webhook.insert("team".to_owned(), webhook(team, WebhookFormat::Slack));
    notify.webhook.insert("pager".to_owned(), webhook(pager, WebhookFormat::Json));
    notify
}

/// The settings of a home with these channels.
pub fn settings_of_a_team() -> HomeSettings {
    home(channels())
}

fn home(notify: Notify) -> HomeSettings {
    HomeSettings {
        settings: Settings { notify, ..Settings::default() },
        path: "/home/ada/.local/share/millrace/config.toml".to_owned(),
        digest: Some("1".to_owned()),
        at_next_start: Vec::new(),
        troubles: std::collections::BTreeMap::new(),
    }
}

fn over(theme: ThemeChoice, scale: f32, make: impl FnOnce(&mut World)) -> Window {
    let mut window = Window::with(theme, vec2(1280.0, 1160.0), scale, None, |world| {
        for name in ["smtp_password", "team_webhook"] {
            world.secrets.insert(name.to_owned(), SecretSource::Keyring {});
        }
        world.settings = Some(settings_of_a_team());
        make(world);
    });
    window.press(Modifiers::COMMAND, Key::Comma);
    window.push("Notifications");
    window
}

fn window() -> Window {
    over(ThemeChoice::Dark, 1.0, |_| {})
}

fn notify(window: &Window) -> Notify {
    window.world.borrow().settings.clone().unwrap().settings.notify
}

#[test]
fn what_is_told_and_how_often_is_chosen() {
    let mut window = window();
    window.push("Any run succeeded");
    window.push("A run takes unusually long");
    let on = notify(&window).on;
    assert!(on.contains(&Occasion::Success) && !on.contains(&Occasion::Slow), "{on:?}");
    assert!(on.contains(&Occasion::Waiting), "what was not touched is kept");
    window.push("A run waits for an answer");
    assert!(!notify(&window).on.contains(&Occasion::Waiting));
    window.push("More: messages an hour");
    window.push("More: messages an hour");
    assert_eq!(notify(&window).per_hour.get(), 22);
    window.fill("Messages an hour", "0");
    window.harness.get_by_label("A number from 1 on.");
    window.fill("Messages an hour", "5");
    assert_eq!(notify(&window).per_hour.get(), 22, "not before it is typed to its end");
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(notify(&window).per_hour.get(), 5);
    window.push("team tells of every workflow");
    window.push("ops tells of every workflow");
    assert_eq!(notify(&window).send, ["desktop", "team"]);
    window.push("Show notifications on the desktop");
    assert!(!notify(&window).desktop);
    window.did(&["Notify::Set"]);
}

#[test]
fn how_long_artifacts_are_kept_is_typed() {
    let mut window = window();
    window.push("Storage");
    let kept = |window: &Window| window.world.borrow().settings.clone().unwrap().settings.retention;
    window.fill("Keep artifacts for", "5m");
    window.harness.get_by_label("A time from 1 h on, such as 30 d.");
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(kept(&window), Retention::default(), "what makes no sense is not sent");
    window.fill("Keep artifacts for", "30 d");
    assert_eq!(kept(&window), Retention::default(), "not before it is typed to its end");
    window.press(Modifiers::NONE, Key::Enter);
    let age = "30d".parse().ok();
    assert_eq!(kept(&window), Retention { artifacts_for: age, ..Retention::default() });
    window.fill("All artifacts together, in GiB at most", "0.5");
    window.press(Modifiers::NONE, Key::Enter);
    let size = Some(512 << 20);
    assert_eq!(
        kept(&window),
        Retention { artifacts_for: age, artifacts_bytes: size, ..Retention::default() }
    );
    window.fill("Keep artifacts for", "2h");
    window.press(Modifiers::COMMAND, Key::A);
    window.press(Modifiers::NONE, Key::Delete);
    window.press(Modifiers::NONE, Key::Enter);
    assert_eq!(kept(&window), Retention { artifacts_bytes: size, ..Retention::default() });
    window.did(&["Notify::Set"]);
}

#[test]
fn clicks_in_one_breath_are_sent_one_after_the_other() {
    let mut window = window();
    window.world.borrow_mut().is_silent = true;
    for name in ["Any run succeeded", "A run failed", "Show notifications on the desktop"] {
        window.push(name);
    }
    let asked = |window: &Window| window.world.borrow().asked("change_settings");
    assert_eq!(asked(&window), 1, "the others name the file that comes of it");
    window.world.borrow_mut().is_silent = false;
    window.settle();
    assert_eq!(asked(&window), 3);
    let told = notify(&window);
    assert!(told.on.contains(&Occasion::Success) && !told.on.contains(&Occasion::Failure));
    assert!(!told.desktop);
}

#[test]
fn what_waits_behind_a_change_that_is_refused_can_be_stored_again() {
    let mut window = window();
    let error = ApiError::new(Code::ChangedOutside, "config.toml was changed since");
    window.world.borrow_mut().refuse.insert("change_settings", error);
    window.world.borrow_mut().is_silent = true;
    window.push("Any run succeeded");
    window.world.borrow_mut().refuse.clear();
    window.push("Add chat");
    window.fill("Channel's name", "dev");
    window.push("Address");
    window.push("team_webhook");
    window.push("Store");
    window.world.borrow_mut().is_silent = false;
    window.settle();
    window.harness.get_by_label_contains("a change before it was refused");
    assert!(!notify(&window).webhook.contains_key("dev"));
    window.push("Store");
    assert!(notify(&window).webhook.contains_key("dev"));
    assert!(window.has("Stored dev"));
}

#[test]
fn a_channel_for_mail_is_added_with_its_secret_changed_and_removed() {
    let mut window = window();
    window.push("Add mail");
    window.push("Store");
    assert_eq!(window.world.borrow().asked("change_settings"), 0, "a name is missing");
    window.fill("Channel's name", "night");
    window.fill("Server", "mail.example.org");
    window.push("STARTTLS");
    window.fill("User", "millrace");
    window.push("Password");
    window.push("New secret…");
    assert_eq!(window.value("Secret's name"), "night");
    window.press(Modifiers::NONE, Key::Escape);
    assert_eq!(window.value("Server"), "mail.example.org", "the channel's sheet is there again");
    window.push("Password");
    window.push("New secret…");
    window.fill("Secret's name", "night_password");
    window.fill("Value", "hunter2 hunter2");
    window.push("Store");
    assert_eq!(window.value("Password"), "night_password");
    window.fill("From", "millrace@example.org");
    window.fill("To 1", "ada@example.org");
    window.push("Store");
    let mail = notify(&window).mail["night"].clone();
    assert_eq!(mail.server, "mail.example.org");
    assert_eq!((mail.port, mail.security), (None, MailSecurity::Starttls));
    assert_eq!(mail.password, Some(secret("night_password")));
    assert_eq!(notify(&window).send, ["desktop", "ops", "night"]);
    assert!(window.has("Stored night") && window.has("Mail to ada@example.org"));

    window.push("Change night");
    window.fill("Port", "2525");
    window.push("Tells of every workflow");
    window.push("Store");
    assert_eq!(notify(&window).mail["night"].port, Some(2525));
    assert_eq!(notify(&window).send, ["desktop", "ops"]);

    let before = notify(&window);
    window.push("Remove ops");
    assert!(!notify(&window).mail.contains_key("ops"));
    assert_eq!(notify(&window).send, ["desktop"]);
    window.push("Undo");
    assert_eq!(notify(&window), before);
    window.did(&["Notify::Add", "Notify::NewSecret", "Notify::Store", "Notify::Edit"]);
    window.did(&["Notify::Remove", "Notify::PutBack"]);
    let text = window.probe().to_string();
    assert!(!text.contains("hunter2"));
}

#[test]
fn a_chat_and_a_webhook_are_added() {
    let mut window = window();
    assert!(window.has("Chat, address in team_webhook"));
    assert!(window.has("Webhook at pager.example.org"), "the address itself may be a secret");
    window.push("Add chat");
    window.fill("Channel's name", "dev");
    window.push("Address");
    window.push("team_webhook");
    window.push("Store");
    let chat = notify(&window).webhook["dev"].clone();
    assert_eq!(chat.format, WebhookFormat::Slack);
    assert_eq!(chat.url, TextOrSecret::Secret(secret("team_webhook")));
    window.push("Add webhook");
    window.fill("Channel's name", "log");
    window.push("Written out");
    window.fill("Address", "http://127.0.0.1:8080/in");
    window.push("Add header");
    window.fill("Headers 1 name", "Authorization");
    window.push("Secret: Headers 1");
    window.push("Choose a secret: Headers 1");
    window.push("smtp_password");
    window.push("Store");
    let webhook = notify(&window).webhook["log"].clone();
    assert_eq!(webhook.url, TextOrSecret::Text("http://127.0.0.1:8080/in".to_owned()));
    assert_eq!(webhook.headers["Authorization"], TextOrSecret::Secret(secret("smtp_password")));
}

#[test]
fn what_the_engine_does_not_take_is_said_beside_its_field() {
    let mut window = window();
    let refuse = |window: &Window, what: &str| {
        let message = format!("the settings make no sense so: {what}");
        let error = ApiError::new(Code::InvalidRequest, message).help("nothing was changed");
        window.world.borrow_mut().refuse.insert("change_settings", error);
    };
    refuse(&window, "notify.mail.ops.server: this is no name of a server, such as a.example");
    window.push("Change ops");
    window.fill("Server", "smtp example");
    window.push("Store");
    let said = window.harness.get_by_label("This is no name of a server, such as a.example.");
    let field = window.harness.get_all_by_label("Server").last().unwrap().rect();
    assert!(said.rect().top() >= field.bottom() && said.rect().top() < field.bottom() + 16.0);
    assert!(window.has("Nothing was changed."));
    window.push("Cancel");
    refuse(&window, "notify.send: there is no channel `ops`");
    window.push("pager tells of every workflow");
    window.harness.get_by_label("There is no channel “ops”.");
    window.settle();
    assert_eq!(notify(&window).send, ["desktop", "ops"]);
    window.world.borrow_mut().refuse.clear();
    window.push("pager tells of every workflow");
    assert!(!window.has("There is no channel “ops”."));
    assert_eq!(notify(&window).send, ["desktop", "ops", "pager"]);
    // The file was changed by hand meanwhile: nothing of it is overwritten, and it is read again.
    let mut other = home(Notify::default());
    other.digest = Some("77".to_owned());
    window.world.borrow_mut().settings = Some(other);
    window.push("Any run succeeded");
    window.harness.get_by_label_contains("config.toml was changed since");
    assert!(!window.has("Remove ops"));
    window.push("Any run succeeded");
    assert!(notify(&window).on.contains(&Occasion::Success));
}

#[test]
fn a_test_says_whether_it_was_taken_or_what_to_do() {
    let mut window = window();
    window.push("Send a test by team");
    assert!(window.has("Sent, and taken."));
    let error =
        ApiError::new(Code::NotDelivered, "the mail server smtp.example.org does not answer");
    let error = error.help("look at server and port");
    window.world.borrow_mut().refuse.insert("test_notifier", error);
    window.push("Send a test by ops");
    assert!(window.has("The mail server smtp.example.org does not answer."));
    assert!(window.has("Look at server and port."));
    window.world.borrow_mut().refuse.clear();
    window.push("Send a test by ops");
    assert_eq!(window.harness.query_all_by_label("Sent, and taken.").count(), 2);
    window.did(&["Notify::Test"]);
}

#[test]
fn what_does_not_get_through_is_a_warning() {
    let window = over(ThemeChoice::Dark, 1.0, trouble);
    window
        .harness
        .get_by_label_contains("This desktop does not show them: there is no session bus");
    window.harness.get_by_label_contains("did not get through: the server refuses the password");
}

fn trouble(world: &mut World) {
    let home = world.settings.as_mut().unwrap();
    let mut note = |name: &str, why: &str| home.troubles.insert(name.to_owned(), why.to_owned());
    note("desktop", "there is no session bus");
    note("ops", "the server refuses the password");
}

#[test]
fn pictures_of_notifications() {
    for (theme, word) in themes() {
        let mut window = over(theme, 1.0, |_| {});
        window.push("Send a test by team");
        check(&mut window, &format!("notify_{word}"));
        window.push("Change ops");
        check(&mut window, &format!("channel_mail_{word}"));
        window.push("Cancel");
        window.push("Add webhook");
        check(&mut window, &format!("channel_webhook_{word}"));
        let mut window = over(theme, 1.0, trouble);
        check(&mut window, &format!("notify_trouble_{word}"));
    }
    let mut window = over(ThemeChoice::Light, 2.0, trouble);
    check(&mut window, "notify_trouble_sharp");
}

#[test]
fn pictures_of_what_is_kept() {
    for (theme, word) in themes() {
        let mut window = over(theme, 1.0, |world| {
            let home = world.settings.as_mut().unwrap();
            home.settings.retention.artifacts_for = "90d".parse().ok();
        });
        window.push("Storage");
        let mut named = window.harness.get_all_by_label("All artifacts together, in GiB at most");
        named.next_back().unwrap().scroll_to_me();
        drop(named);
        window.settle();
        check(&mut window, &format!("retention_{word}"));
    }
}
