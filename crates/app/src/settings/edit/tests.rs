//! Changes of files that people wrote by hand, and of none.

use std::num::NonZeroU32;

use millrace_api::settings::{MailChannel, MailSecurity, SecretName};

use super::*;

const BY_HAND: &str = "\
# Two cores are for others.
parallel_tasks = 3 # of 5

[notify] # who is told
send = [\"desktop\"]

[pools]
db = 4   # connections
api = 1
";

fn home_with(text: &str) -> (tempfile::TempDir, Home) {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path()).unwrap();
    std::fs::write(home.config(), text).unwrap();
    (dir, home)
}

fn changed(home: &Home, changes: Vec<SettingChange>) -> Result<String, ApiError> {
    let expected_digest = ConfigFile::read(home).unwrap().digest();
    change(home, &ChangeSettings { expected_digest, changes })?;
    Ok(std::fs::read_to_string(home.config()).unwrap())
}

fn mail() -> MailChannel {
    MailChannel {
        server: "smtp.example.org".to_owned(),
        port: None,
        security: MailSecurity::Starttls,
        user: Some("ops".to_owned()),
        password: Some(SecretName { secret: "smtp".to_owned() }),
        from: "millrace@example.org".to_owned(),
        to: vec!["ops@example.org".to_owned()],
    }
}

#[test]
fn what_people_wrote_survives_a_change() {
    let (_dir, home) = home_with(BY_HAND);
    let text = changed(
        &home,
        vec![
            SettingChange::ParallelTasks { value: NonZeroU32::new(4) },
            SettingChange::Pool { name: "db".to_owned(), value: Some(5) },
            SettingChange::Pool { name: "api".to_owned(), value: None },
            SettingChange::Mail { name: "ops".to_owned(), value: Some(mail()) },
            SettingChange::NotifySend { value: Some(vec!["desktop".to_owned(), "ops".to_owned()]) },
        ],
    );
    assert_eq!(
        text.unwrap(),
        "\
# Two cores are for others.
parallel_tasks = 4 # of 5

[notify] # who is told
send = [\"desktop\", \"ops\"]

[notify.mail.ops]
server = \"smtp.example.org\"
security = \"starttls\"
user = \"ops\"
password = { secret = \"smtp\" }
from = \"millrace@example.org\"
to = [\"ops@example.org\"]

[pools]
db = 5   # connections
"
    );
}

#[test]
fn a_channel_is_changed_key_by_key_and_taken_out() {
    let (_dir, home) = home_with("");
    changed(&home, vec![SettingChange::Mail { name: "ops".to_owned(), value: Some(mail()) }])
        .unwrap();
    let with_comment = std::fs::read_to_string(home.config())
        .unwrap()
        .replace("user = \"ops\"", "user = \"ops\" # not mine");
    std::fs::write(home.config(), with_comment).unwrap();
    let other = MailChannel { port: Some(2525), security: MailSecurity::Tls, ..mail() };
    let text =
        changed(&home, vec![SettingChange::Mail { name: "ops".to_owned(), value: Some(other) }])
            .unwrap();
    assert!(text.contains("user = \"ops\" # not mine\n"), "{text}");
    assert!(text.contains("port = 2525\n"), "{text}");
    let text = changed(&home, vec![SettingChange::Mail { name: "ops".to_owned(), value: None }]);
    assert!(!text.unwrap().contains("ops"));
}

#[test]
fn a_file_that_changed_since_it_was_read_is_left_alone() {
    let (_dir, home) = home_with(BY_HAND);
    let changes = vec![SettingChange::ParallelTasks { value: NonZeroU32::new(4) }];
    let args = ChangeSettings { expected_digest: None, changes };
    assert_eq!(change(&home, &args).unwrap_err().code, Code::ChangedOutside);
    assert_eq!(std::fs::read_to_string(home.config()).unwrap(), BY_HAND);
}

#[test]
fn a_change_that_makes_no_sense_is_refused_and_changes_nothing() {
    let (_dir, home) = home_with(BY_HAND);
    let send = SettingChange::NotifySend { value: Some(vec!["pager".to_owned()]) };
    let error = changed(&home, vec![send]).unwrap_err();
    assert_eq!(error.code, Code::InvalidRequest);
    assert!(error.message.contains("notify.send: there is no channel `pager`"), "{error}");
    assert_eq!(std::fs::read_to_string(home.config()).unwrap(), BY_HAND);
}

#[test]
fn the_first_change_makes_the_file() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path()).unwrap();
    let text = changed(&home, vec![SettingChange::LogTail { value: Some(1024) }]).unwrap();
    assert_eq!(text, "[log]\ntail = 1024\n");
}
