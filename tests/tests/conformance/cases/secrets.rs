//! Stored secrets, kept with commands and in variables. Those of a keyring are in `secrets.rs` beside this suite: they
//! need a session of their own.

use millrace_api::Code;
use millrace_api::document::{Source, Validate};
use millrace_api::secret::{
    CheckSecret, HiddenText, ListSecrets, RemoveSecret, SecretSource, SetSecret, StoredSecret,
};
use millrace_model::event::{Outcome, RunState};
use serde_json::{Value, json};

use crate::document::workflow;
use crate::site::{Site, code, key};

fn by_command(name: &str, argv: &[&str]) -> SetSecret {
    let argv = argv.iter().map(|&part| part.to_owned()).collect();
    let source = SecretSource::Command { argv };
    SetSecret { secret: StoredSecret { name: name.to_owned(), source }, value: None }
}

async fn names(site: &Site) -> Vec<String> {
    let listed = site.api().list_secrets(ListSecrets {}).await.unwrap().secrets;
    listed.into_iter().map(|secret| secret.name).collect()
}

/// A workflow of one task that gets a secret.
fn needing(secret: &str) -> Value {
    let script =
        "printf 'got %s\\n' \"$TOKEN\"; millrace-task output length=${#TOKEN} as=\"$TOKEN\"";
    let env = json!({ "TOKEN": { "secret": secret } });
    let task = json!({ "name": "a", "kind": "shell", "env": env, "spec": { "script": script } });
    workflow("needing", &[task], &[])
}

pub(crate) async fn secrets_are_listed_by_name_with_their_places(site: &mut Site) {
    assert_eq!(names(site).await, Vec::<String>::new());
    for name in ["b", "a"] {
        site.api().set_secret(by_command(name, &["echo", "value"])).await.unwrap();
    }
    site.replace_host(false).await;
    let listed = site.api().list_secrets(ListSecrets {}).await.unwrap().secrets;
    assert_eq!(listed[0], by_command("a", &["echo", "value"]).secret);
    assert_eq!(names(site).await, ["a", "b"]);
}

pub(crate) async fn a_secret_reaches_its_task_and_no_log(site: &mut Site) {
    site.api().set_secret(by_command("api", &["printf", "hunter2\\n"])).await.unwrap();
    let run = site.run("needing.json", &needing("api")).await;
    let ended = site.ended(run).await;
    assert_eq!(ended.state, RunState::Succeeded);
    let outputs = &ended.tasks[&key("a")].outputs;
    assert_eq!((&outputs["length"], &outputs["as"]), (&json!("7"), &json!("***")));
    assert_eq!(site.printed(run, "a").await.unwrap(), "got ***\n");
}

pub(crate) async fn a_secret_that_makes_no_sense_is_refused(site: &mut Site) {
    let mut with_value = by_command("a", &["echo"]);
    with_value.value = Some(HiddenText::new("hunter2"));
    let mut without = by_command("a", &[]);
    without.secret.source = SecretSource::Keyring {};
    for request in [with_value, without, by_command("a b", &["echo"]), by_command("a", &[])] {
        let error = site.api().set_secret(request).await.unwrap_err();
        assert_eq!(error.code, Code::InvalidRequest);
        assert!(!format!("{error:?}").contains("hunter2"));
    }
    assert_eq!(names(site).await, Vec::<String>::new());
}

pub(crate) async fn a_secret_that_is_not_there_is_a_warning_and_an_error_of_its_task(
    site: &mut Site,
) {
    site.api().set_secret(by_command("sales_api", &["echo"])).await.unwrap();
    let text = needing("sales_apii").to_string();
    let source = Source::Text { text, path: None };
    let problems = site.api().validate(Validate { source }).await.unwrap().problems;
    assert_eq!(problems[0].code, "MR1608");
    assert!(problems[0].help.as_ref().unwrap().contains("did you mean `sales_api`?"));
    let run = site.run("needing.json", &needing("sales_apii")).await;
    let ended = site.ended(run).await;
    assert_eq!(ended.state, RunState::Failed);
    let attempt = &ended.tasks[&key("a")].attempts[0];
    let Some(Outcome::Error { message }) = attempt.end.as_ref().map(|end| &end.outcome) else {
        panic!("{attempt:?}");
    };
    assert!(message.contains("TOKEN") && message.contains("`sales_apii`"), "{message}");
}

pub(crate) async fn a_cancel_does_not_wait_for_a_secret(site: &mut Site) {
    let begun = site.path("begun");
    let script = format!("touch {}; exec tail -f /dev/null", begun.display());
    site.api().set_secret(by_command("slow", &["sh", "-c", &script])).await.unwrap();
    let run = site.run("needing.json", &needing("slow")).await;
    crate::site::until("the command runs", async || begun.exists().then_some(())).await;
    let cancel = millrace_api::run::CancelRun { run, kill: false };
    site.api().cancel_run(cancel).await.unwrap();
    assert_eq!(site.ended(run).await.state, RunState::Canceled);
}

pub(crate) async fn a_removed_secret_is_gone(site: &mut Site) {
    site.api().set_secret(by_command("a", &["echo"])).await.unwrap();
    let remove = async || site.api().remove_secret(RemoveSecret { name: "a".to_owned() }).await;
    remove().await.unwrap();
    assert_eq!(names(site).await, Vec::<String>::new());
    assert_eq!(code(remove().await), Code::NotFound);
}

pub(crate) async fn a_check_says_whether_a_secret_can_be_read(site: &mut Site) {
    site.api().set_secret(by_command("good", &["echo", "hunter2"])).await.unwrap();
    site.api().set_secret(by_command("bad", &["false"])).await.unwrap();
    let variable = "MILLRACE_NO_SUCH_VARIABLE".to_owned();
    let source = SecretSource::Environment { variable };
    let secret = StoredSecret { name: "unset".to_owned(), source };
    site.api().set_secret(SetSecret { secret, value: None }).await.unwrap();
    let check =
        async |name: &str| site.api().check_secret(CheckSecret { name: name.to_owned() }).await;
    check("good").await.unwrap();
    for name in ["bad", "unset"] {
        let error = check(name).await.unwrap_err();
        assert_eq!(error.code, Code::Secret);
        assert!(error.message.contains(&format!("`{name}`")) && error.help.is_some(), "{error}");
    }
    assert_eq!(code(check("nowhere").await), Code::NotFound);
}
