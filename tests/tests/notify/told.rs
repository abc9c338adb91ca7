//! Messages by mail and to addresses of the web: what they say, who gets them, and that none is lost.

use millrace_tests::processes;
use millrace_tests::until;
use serde_json::json;

use crate::smtp::By;
use crate::tls::Authority;
use crate::{Site, http, smtp, workflow};

fn webhook(server: &http::Server, more: &str) -> String {
    let address = &server.address;
    format!(
        "[notify]\ndesktop = false\nsend = [\"chat\"]\n[notify.webhook.chat]\nurl = \"{address}/in\"\n{more}"
    )
}

#[test]
fn a_failure_goes_to_an_address_with_everything() {
    let server = http::Server::start();
    let site = Site::new("");
    // The daemon runs already: what is set up holds at once.
    assert_eq!(site.call(&["secret", "set", "token", "--from-command", "echo", "hunter2"]).0, 0);
    site.settings(&webhook(&server, "headers = { X-Token = { secret = \"token\" } }\n"));
    until("the settings are read", || {
        site.call(&["notify", "list"]).1.contains("chat").then_some(())
    });
    assert!(!site.run(&workflow("daily", "echo refused; exit 3", &json!([]))));
    let posted = server.next().answer("204 No Content");
    assert_eq!(posted.path, "/in");
    assert!(posted.headers.contains(&"x-token: hunter2".to_owned()), "{:?}", posted.headers);
    let message = &posted.body["messages"][0];
    assert_eq!(posted.body["title"], "Daily <sales> failed");
    assert_eq!(message["occasion"], "failure");
    assert_eq!((&message["workflow"], &message["task"]), (&json!("daily"), &json!("load")));
    assert_eq!(message["reason"], "load failed: exit code 3");
    assert_eq!(message["last_line"], "refused");
    assert_eq!(message["run"], json!(site.last_run()));
    assert!(site.run(&workflow("daily", "true", &json!([]))));
    let posted = server.next().answer("200 OK");
    assert_eq!(posted.body["messages"][0]["occasion"], "recovery");
    assert!(site.run(&workflow("daily", "true", &json!([]))));
    let (posted, (code, text)) = std::thread::scope(|scope| {
        let answer = scope.spawn(|| server.next().answer("200 OK"));
        let said = site.call(&["notify", "test", "chat"]);
        (answer.join().unwrap(), said)
    });
    assert_eq!(posted.body["messages"][0]["occasion"], "test", "and of the success nobody was");
    assert_eq!(code, 0, "{text}");
}

#[test]
fn hooks_add_channels_and_words_and_silence() {
    let (chat, ops) = (http::Server::start(), http::Server::start());
    let more = format!("[notify.webhook.ops]\nurl = \"{}\"\nformat = \"slack\"\n", ops.address);
    let site = Site::new(&webhook(&chat, &more));
    let hooks = json!([
        { "on": "failure", "notify": "none" },
        { "on": "finish", "notify": { "channel": "ops", "text": "load is ${tasks.load.state} & done" } },
    ]);
    assert!(!site.run(&workflow("daily", "exit 3", &hooks)));
    let posted = ops.next().answer("200 OK");
    assert_eq!(posted.body["text"], "*Daily &lt;sales&gt; failed*\nload is failed &amp; done");
    assert!(site.run(&workflow("daily", "true", &hooks)));
    assert_eq!(chat.next().answer("200 OK").body["title"], "Daily <sales> works again");
    let posted = ops.next().answer("200 OK");
    assert!(posted.body["text"].as_str().unwrap().ends_with("load is succeeded &amp; done"));
    assert!(chat.is_quiet(), "of the failure it was not told");
}

#[test]
fn hooks_of_a_task_tell_of_each_try_and_of_its_end() {
    let (chat, ops) = (http::Server::start(), http::Server::start());
    let more = format!("[notify.webhook.ops]\nurl = \"{}\"\n", ops.address);
    let site = Site::new(&webhook(&chat, &more));
    let text = "${hook.task}, try ${hook.attempt}: ${hook.reason} (${hook.on})";
    let with = |script: &str| {
        let mut document = workflow("daily", script, &json!([]));
        let task = &mut document["tasks"][0];
        task["retry"] = json!({ "attempts": 2 });
        task["hooks"] = json!([
            { "on": "retry", "notify": { "channel": "ops", "text": text } },
            { "on": "failure", "notify": "ops" },
            { "on": "recovery", "notify": "ops" },
        ]);
        document
    };
    let (first, second) = std::thread::scope(|scope| {
        let told = scope.spawn(|| (ops.next().answer("200 OK"), ops.next().answer("200 OK")));
        assert!(!site.run(&with("echo refused; exit 3")));
        told.join().unwrap()
    });
    let message = &first.body["messages"][0];
    assert_eq!(message["occasion"], "retry", "{}", first.body);
    assert_eq!(first.body["title"], "Daily <sales>: load failed and is tried again");
    assert!(first.body.to_string().contains("load, try 1: exit code 3 (retry)"), "{}", first.body);
    let message = &second.body["messages"][0];
    assert_eq!(second.body["title"], "Daily <sales>: load failed");
    assert_eq!((&message["occasion"], &message["task"]), (&json!("failure"), &json!("load")));
    assert_eq!(
        (&message["reason"], &message["last_line"]),
        (&json!("exit code 3"), &json!("refused"))
    );
    assert_eq!(chat.next().answer("200 OK").body["title"], "Daily <sales> failed", "of the run");
    assert!(site.run(&with("true")));
    let again = ops.next().answer("200 OK");
    assert_eq!(again.body["title"], "Daily <sales>: load works again");
    assert_eq!(again.body["messages"][0]["occasion"], "recovery");
}

#[test]
fn what_does_not_get_through_says_why_without_the_address() {
    let server = http::Server::start();
    let site = Site::new(&webhook(&server, ""));
    for (status, why) in [
        ("302 Found", "its address answers 302 Found"),
        ("403 Forbidden", "look whether its address and headers hold the right secret"),
        ("500 Internal Server Error", "its address answers 500 Internal Server Error"),
    ] {
        let answered = std::thread::scope(|scope| {
            let answer = scope.spawn(|| server.next().answer(status));
            let said = site.call(&["notify", "test", "chat"]);
            assert_eq!(answer.join().unwrap().path, "/in");
            said
        });
        assert_eq!(answered.0, 4);
        assert!(answered.1.contains("MR2018") && answered.1.contains(why), "{}", answered.1);
        assert!(!answered.1.contains("127.0.0.1"), "an address may be secret: {}", answered.1);
    }
    assert!(site.warnings().contains("notifications by `chat` do not get through"));
}

#[test]
fn a_mail_says_it_in_words_and_nothing_is_said_in_clear_unasked() {
    let server = smtp::Server::start(By::Clear);
    let settings = |security: &str| {
        format!(
            "[notify]\ndesktop = false\nsend = [\"ops\"]\n[notify.mail.ops]\nserver = \"127.0.0.1\"\n\
             port = {}\nsecurity = \"{security}\"\nuser = \"ada\"\npassword = {{ secret = \"smtp\" }}\n\
             from = \"Millrace <millrace@example.org>\"\nto = [\"ops@example.org\"]\n",
            server.port
        )
    };
    let site = Site::new(&settings("none"));
    assert_eq!(site.call(&["secret", "set", "smtp", "--from-command", "echo", "hunter2"]).0, 0);
    assert!(!site.run(&workflow("daily", "echo refused; exit 3", &json!([]))));
    let said = server.next();
    // `ada` and the password, as AUTH PLAIN has them.
    assert!(said.contains(&"AUTH PLAIN AGFkYQBodW50ZXIy".to_owned()), "{said:?}");
    assert!(said.contains(&"RCPT TO:<ops@example.org>".to_owned()), "{said:?}");
    assert!(said.contains(&"Subject: [Millrace] Daily <sales> failed".to_owned()), "{said:?}");
    for line in ["load failed: exit code 3", "Last line of its log: refused", "Workflow: daily"] {
        assert!(said.contains(&line.to_owned()), "{line}: {said:?}");
    }
    assert!(said.iter().any(|line| line.contains(&site.last_run())), "{said:?}");

    site.settings(&settings("starttls"));
    until("the settings are read", || {
        site.call(&["notify", "list"]).1.contains("starttls").then_some(())
    });
    let (code, text) = site.call(&["notify", "test", "ops"]);
    assert_eq!(code, 4);
    assert!(text.contains("the mail server 127.0.0.1:"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    let said = server.next();
    assert!(!said.iter().any(|line| line.starts_with("AUTH") || line.starts_with("MAIL")));
}

/// A home with a webhook and mail in both ways, all encrypted; `trusts` says whose certificates count.
struct Encrypted {
    web: http::Server,
    mail: [smtp::Server; 2],
    site: Site,
}

impl Encrypted {
    fn new(shown_by: &Authority, trusts: &Authority) -> Self {
        let web = http::Server::encrypted(shown_by);
        let mail = [By::Tls(shown_by.clone()), By::StartTls(shown_by.clone())];
        let mail = mail.map(smtp::Server::start);
        let channel = |name: &str, security: &str, port: u16| {
            format!(
                "[notify.mail.{name}]\nserver = \"127.0.0.1\"\nport = {port}\nsecurity = \"{security}\"\n\
                 user = \"ada\"\npassword = {{ secret = \"smtp\" }}\nfrom = \"millrace@example.org\"\n\
                 to = [\"ops@example.org\"]\n"
            )
        };
        let (one, other) = (mail[0].port, mail[1].port);
        let more = channel("ops", "tls", one) + &channel("others", "starttls", other);
        let mut site = Site::new(&webhook(&web, &more));
        site.variables.push(trusts.trusted());
        let (code, text) =
            site.call(&["secret", "set", "smtp", "--from-command", "echo", "hunter2"]);
        assert_eq!(code, 0, "{text}");
        Self { web, mail, site }
    }
}

#[test]
fn what_is_encrypted_reaches_a_server_that_is_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(&folder.path().join("authority.pem"));
    let Encrypted { web, mail, site } = Encrypted::new(&authority, &authority);
    let (posted, said) = std::thread::scope(|scope| {
        let answer = scope.spawn(|| web.next().answer("200 OK"));
        let said = site.call(&["notify", "test", "chat"]);
        (answer.join().unwrap(), said)
    });
    assert_eq!(said, (0, "chat: delivered\n".to_owned()));
    assert_eq!(posted.body["messages"][0]["occasion"], "test");
    for (server, channel) in mail.iter().zip(["ops", "others"]) {
        assert_eq!(site.call(&["notify", "test", channel]), (0, format!("{channel}: delivered\n")));
        let said = server.next();
        assert!(said.contains(&"AUTH PLAIN AGFkYQBodW50ZXIy".to_owned()), "{said:?}");
        assert!(said.contains(&"RCPT TO:<ops@example.org>".to_owned()), "{said:?}");
    }
}

#[test]
fn nothing_is_said_to_a_server_that_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(&folder.path().join("authority.pem"));
    let another = Authority::new(&folder.path().join("another.pem"));
    let Encrypted { web, mail, site } = Encrypted::new(&authority, &another);
    for channel in ["chat", "ops", "others"] {
        let (code, text) = site.call(&["notify", "test", channel]);
        assert_eq!(code, 4, "{channel}: {text}");
        assert!(text.contains("certificate") && !text.contains("hunter2"), "{channel}: {text}");
    }
    assert!(web.is_quiet());
    let [encrypted, asked] = mail.map(|server| server.next());
    assert!(encrypted.is_empty(), "{encrypted:?}");
    assert!(asked.ends_with(&["STARTTLS".to_owned()]), "nothing is said in the clear: {asked:?}");
}

#[test]
fn what_was_not_told_before_a_crash_is_told_after_it_and_only_then() {
    let server = http::Server::start();
    let site = Site::new(&webhook(&server, ""));
    assert!(!site.run(&workflow("daily", "exit 3", &json!([]))));
    let run = json!(site.last_run());
    // It is on its way, and nobody has taken it.
    let lost = server.next();
    assert_eq!(lost.body["messages"][0]["run"], run);
    let pid = site.json(&["daemon", "status", "--json"])["pid"].as_u64().unwrap();
    processes::kill(u32::try_from(pid).unwrap());
    drop(lost);
    site.call(&["runs"]);
    let told = server.next().answer("200 OK");
    assert_eq!(told.body["messages"][0]["run"], run);
    // The next daemon knows that it was taken.
    assert_eq!(site.call(&["daemon", "stop"]).0, 0);
    assert!(site.run(&workflow("other", "true", &json!([{ "on": "success", "notify": "chat" }]))));
    let next = server.next().answer("200 OK");
    assert_eq!(next.body["messages"][0]["workflow"], "other");
}
