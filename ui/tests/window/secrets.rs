//! Secrets: kept in the settings, chosen and made where a variable or a parameter needs one. A value is never shown.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use millrace_api::secret::{HiddenText, SecretSource, SetSecret, StoredSecret};
use millrace_api::{ApiError, Code, Request};
use millrace_model::document::EnvValue;
use millrace_ui::ThemeChoice;

use crate::inspector::{SIZE, TEXT};
use crate::pictures::{check, themes};
use crate::world::{SALES, Window};

fn command(argv: &[&str]) -> SecretSource {
    SecretSource::Command { argv: argv.iter().map(|&part| part.to_owned()).collect() }
}

/// A window over a home with three secrets.
fn window_in(theme: ThemeChoice, text: &str) -> Window {
    Window::with(theme, SIZE, 1.0, Some(SALES), |world| {
        world.files.insert(SALES.to_owned(), text.to_owned());
        let variable = "CI_TOKEN".to_owned();
        world.secrets.insert("ci_token".to_owned(), SecretSource::Environment { variable });
        world.secrets.insert("sales_api".to_owned(), SecretSource::Keyring {});
        world.secrets.insert("warehouse".to_owned(), command(&["pass", "show", "work/warehouse"]));
    })
}

fn window() -> Window {
    window_in(ThemeChoice::Dark, TEXT)
}

fn settings(window: &mut Window) {
    window.press(Modifiers::COMMAND, Key::Comma);
    window.push("Secrets");
}

fn settings_left(window: &mut Window) {
    window.push("Nightly load");
}

/// What was stored last, with its value.
fn stored(window: &Window) -> SetSecret {
    let world = window.world.borrow();
    let sets = world.requests.iter().rev();
    let found = sets.clone().find_map(|request| match request {
        Request::SetSecret(set) => Some(set.clone()),
        _ => None,
    });
    found.unwrap()
}

#[test]
fn a_secret_is_stored_tested_replaced_and_removed() {
    let mut window = window();
    settings(&mut window);
    assert!(window.has("sales_api") && window.has("Keyring"));
    assert!(window.has("pass show work/warehouse") && window.has("Variable CI_TOKEN"));
    window.push("Add secret");
    window.fill("Secret's name", "mail");
    window.fill("Value", "hunter2 hunter2");
    assert_eq!(window.value("Value"), "•".repeat(15), "not told to anybody");
    let checked = window.world.borrow().asked("validate");
    window.push("Store");
    let set = stored(&window);
    assert_eq!(
        set.secret,
        StoredSecret { name: "mail".to_owned(), source: SecretSource::Keyring {} }
    );
    assert_eq!(set.value, Some(HiddenText::new("hunter2 hunter2")));
    assert!(!window.has("New secret") && window.has("mail"));
    settings_left(&mut window);
    assert!(window.world.borrow().asked("validate") > checked, "problems may be others now");
    settings(&mut window);

    window.push("Test mail");
    assert!(window.has("It can be read."));
    let error =
        ApiError::new(Code::Secret, "the secret `mail` cannot be read: the keyring is locked")
            .help("unlock it");
    window.world.borrow_mut().refuse.insert("check_secret", error);
    window.push("Test mail");
    assert!(window.has("The secret “mail” cannot be read: the keyring is locked."));
    assert!(window.has("Unlock it."));

    window.push("Replace mail");
    assert!(window.has("Replace mail") && window.value("Value").is_empty());
    window.push("Command");
    window.fill("Argument 1", "pass");
    window.push("Add argument");
    window.fill("Argument 2", "mail");
    window.push("Store");
    assert_eq!(stored(&window).secret.source, command(&["pass", "mail"]));
    assert_eq!(stored(&window).value, None);

    window.push("Remove mail");
    assert!(!window.has("Test mail"));
    window.push("Undo");
    assert!(window.has("Test mail"), "what is with a command can be put back");
    window.did(&[
        "Secret::New",
        "Secret::Store",
        "Secret::Check",
        "Secret::Replace",
        "Secret::Remove",
        "Secret::PutBack",
    ]);
}

#[test]
fn a_value_is_in_one_request_and_nowhere_else() {
    const CANARY: &str = "Can4ry of the window 7531";
    let mut window = window();
    settings(&mut window);
    window.push("Add secret");
    window.fill("Secret's name", "mail");
    window.fill("Value", CANARY);
    let told = format!("{:?}", window.harness.root());
    assert!(!told.contains(CANARY), "assistive technology is not told");
    window.push("Store");
    let holds = |request: &Request| serde_json::to_string(request).unwrap().contains(CANARY);
    {
        let world = window.world.borrow();
        let asked: Vec<&str> =
            world.requests.iter().filter(|it| holds(it)).map(Request::name).collect();
        assert_eq!(asked, ["set_secret"]);
        let shown = world.requests.iter().any(|it| format!("{it:?}").contains(CANARY));
        assert!(!shown, "not even where a request is logged");
    }
    // What lies in the page's storage.
    let kept = serde_json::to_string(window.harness.state().settings()).unwrap();
    assert!(!kept.contains(CANARY), "{kept}");
    // A sheet that is opened anew is empty.
    window.push("Add secret");
    assert_eq!(window.value("Value"), "");
}

#[test]
fn the_value_of_the_keyring_is_asked_for_before_it_goes() {
    let mut window = window();
    settings(&mut window);
    window.push("Remove sales_api");
    assert_eq!(window.world.borrow().asked("remove_secret"), 0);
    window.push("Cancel");
    assert!(window.has("Test sales_api"));
    window.push("Remove sales_api");
    window.push("Delete sales_api");
    assert!(!window.has("Test sales_api") && window.has("Removed sales_api"));
}

#[test]
fn what_the_keyring_does_not_take_stays_in_the_sheet() {
    let mut window = window();
    settings(&mut window);
    let error =
        ApiError::new(Code::Secret, "the secret `mail` cannot be stored: there is no keyring")
            .help("start one");
    window.world.borrow_mut().refuse.insert("set_secret", error);
    window.push("Add secret");
    window.push("Store");
    assert_eq!(window.world.borrow().asked("set_secret"), 0, "a name is missing");
    window.fill("Secret's name", "mail");
    window.fill("Value", "abc");
    window.push("Store");
    assert_eq!(window.world.borrow().asked("set_secret"), 0, "too short to be masked");
    window.fill("Value", "hunter2");
    window.press(Modifiers::NONE, Key::Enter);
    assert!(window.has("The secret “mail” cannot be stored: there is no keyring."));
    assert!(window.has("Start one."));
    window.world.borrow_mut().refuse.clear();
    window.push("Variable");
    window.fill("Variable", "MAIL_TOKEN");
    window.press(Modifiers::NONE, Key::Enter);
    let variable = "MAIL_TOKEN".to_owned();
    assert_eq!(stored(&window).secret.source, SecretSource::Environment { variable });
    assert!(!window.has("New secret"));
}

#[test]
fn a_variable_takes_a_stored_secret_or_a_new_one() {
    let mut window = window();
    window.select("load");
    window.push("Environment");
    window.push("Add variable");
    window.fill("Variables 3 name", "MAIL_TOKEN");
    window.push("Secret: Variables 3");
    window.push("Choose a secret: Variables 3");
    window.push("warehouse");
    let env = |window: &Window| window.workflow().task("load").unwrap().env["MAIL_TOKEN"].clone();
    assert_eq!(env(&window), EnvValue::Secret("warehouse".to_owned()));

    window.push("Choose a secret: Variables 3");
    window.push("New secret…");
    assert_eq!(window.value("Secret's name"), "mail_token");
    window.fill("Secret's name", "mail");
    window.fill("Value", "hunter2");
    window.push("Store");
    assert_eq!(env(&window), EnvValue::Secret("mail".to_owned()));
    let text = window.probe().to_string();
    assert!(!text.contains("hunter2"));
}

#[test]
fn a_secret_parameter_is_chosen_among_those_that_are_stored() {
    let text = TEXT.replacen(
        "\"params\": [",
        "\"params\": [{ \"name\": \"account\", \"type\": \"secret\", \"required\": true },",
        1,
    );
    assert_ne!(text, TEXT);
    let mut window = window_in(ThemeChoice::Dark, &text);
    window.press(Modifiers::COMMAND, Key::Enter);
    window.push("account");
    window.push("warehouse");
    assert_eq!(window.value("account"), "warehouse");
    window.push("Run now");
    let world = window.world.borrow();
    let started = world.requests.iter().find_map(|request| match request {
        Request::StartRun(start) => Some(start.param_texts.clone()),
        _ => None,
    });
    assert_eq!(started.unwrap()["account"], "warehouse");
}

#[test]
fn pictures_of_secrets() {
    for (theme, word) in themes() {
        let mut window = window_in(theme, TEXT);
        settings(&mut window);
        window.push("Test ci_token");
        let error = ApiError::new(
            Code::Secret,
            "the secret `sales_api` cannot be read: the keyring is locked",
        )
        .help("unlock it: log in at the desktop, or try once more and type its password");
        window.world.borrow_mut().refuse.insert("check_secret", error);
        window.push("Test sales_api");
        window.push("Remove sales_api");
        window.harness.get_by_label("Add secret").scroll_to_me();
        window.settle();
        check(&mut window, &format!("secrets_{word}"));
        window.push("Cancel");
        window.push("Add secret");
        window.fill("Secret's name", "mail");
        window.fill("Value", "hunter2");
        check(&mut window, &format!("secret_sheet_{word}"));
        window.press(Modifiers::NONE, Key::Escape);
        window.push("Nightly load");
        window.select("load");
        window.push("Environment");
        window.push("Secret: Variables 2");
        window.push("Choose a secret: Variables 2");
        check(&mut window, &format!("secret_choice_{word}"));
    }
}
