//! The store without a keyring: the register, variables, refusals.

use super::*;

fn store() -> (tempfile::TempDir, Home, Store) {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path()).unwrap();
    let store = Store::new(&home, Arc::new(BaseEnv::new(None)));
    (dir, home, store)
}

fn command(name: &str, argv: &[&str]) -> StoredSecret {
    let argv = argv.iter().map(|&part| part.to_owned()).collect();
    StoredSecret { name: name.to_owned(), source: SecretSource::Command { argv } }
}

#[tokio::test]
async fn secrets_are_kept_by_name_and_the_file_is_private() {
    use std::os::unix::fs::PermissionsExt;
    let (_dir, home, store) = store();
    assert_eq!(store.list().unwrap(), []);
    assert_eq!(store.names(), Some(BTreeSet::new()));
    store.set(command("b", &["echo", "four"]), None).await.unwrap();
    store.set(command("a", &["false"]), None).await.unwrap();
    store.set(command("a", &["echo", "value of a"]), None).await.unwrap();
    let listed: Vec<_> = store.list().unwrap().into_iter().map(|secret| secret.name).collect();
    assert_eq!(listed, ["a", "b"]);
    let mode = std::fs::metadata(home.secrets()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(store.read("a").await.unwrap().reveal(), b"value of a");
    store.remove("a").await.unwrap();
    assert_eq!(store.remove("a").await.unwrap_err().code, Code::NotFound);
}

#[tokio::test]
async fn of_many_that_are_stored_at_once_none_is_lost() {
    let (_dir, _home, store) = store();
    let names: Vec<String> = (10..60).map(|number| format!("s{number}")).collect();
    let storing: Vec<_> = names
        .iter()
        .map(|name| {
            let (store, secret) = (store.clone(), command(name, &["echo", "four"]));
            tokio::spawn(async move { store.set(secret, None).await })
        })
        .collect();
    for stored in storing {
        stored.await.unwrap().unwrap();
    }
    let listed: Vec<_> = store.list().unwrap().into_iter().map(|secret| secret.name).collect();
    assert_eq!(listed, names);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let (_dir, _home, store) = store();
    let keyring =
        |name: &str| StoredSecret { name: name.to_owned(), source: SecretSource::Keyring {} };
    let value = || Some(HiddenText::new("value"));
    let refused = [
        store.set(command("", &["x"]), None).await,
        store.set(command("a b", &["x"]), None).await,
        store.set(command("${x}", &["x"]), None).await,
        store.set(command("a", &[]), None).await,
        store.set(command("a", &["x"]), value()).await,
        store.set(keyring("a"), None).await,
        store.set(keyring("a"), Some(HiddenText::new("abc"))).await,
    ];
    for answer in refused {
        assert_eq!(answer.unwrap_err().code, Code::InvalidRequest);
    }
    assert_eq!(store.list().unwrap(), []);
}

#[tokio::test]
async fn a_task_is_told_what_to_do() {
    let (_dir, _home, store) = store();
    let error = store.read("nowhere").await.unwrap_err();
    assert!(
        error.contains("millrace secret set nowhere") && error.ends_with("(MR2001)"),
        "{error}"
    );
    let source = SecretSource::Environment { variable: "MILLRACE_NO_SUCH".to_owned() };
    store.set(StoredSecret { name: "a".to_owned(), source }, None).await.unwrap();
    let error = store.read("a").await.unwrap_err();
    assert!(
        error.contains("no variable MILLRACE_NO_SUCH") && error.ends_with("(MR2017)"),
        "{error}"
    );
    store.set(command("short", &["echo", "abc"]), None).await.unwrap();
    let error = store.read("short").await.unwrap_err();
    assert!(error.contains("fewer than 4 characters") && !error.contains("abc"), "{error}");
}

#[tokio::test]
async fn a_file_that_was_spoilt_by_hand_is_named() {
    let (_dir, home, store) = store();
    std::fs::write(home.secrets(), "{").unwrap();
    let error = store.list().unwrap_err();
    assert!(error.code == Code::File && error.message.contains("secrets.json"), "{error}");
    assert_eq!(store.names(), None);
}
