//! Who is told of what: the settings' channels, and those that the workflow's hooks name.

use std::sync::Arc;

use millrace_api::settings::{Notify, Occasion};
use millrace_model::document::{Hook, HookAction, HookOn};
use millrace_model::event::{Firing, Run};
use millrace_model::expr::{RunScope, Scope, TaskScope};
use millrace_model::ids::TaskKey;
use millrace_model::notice::Notice;

use super::message::{Kind, Message};

/// The channels that a message goes through, each with the message as it is told there. A hook adds a channel or gives one
/// its own text; with `none` it takes away those of the settings.
pub(super) fn deliveries(
    message: &Message,
    notify: &Notify,
    hooks: &[Hook],
    scope: &Scope,
    is_default: bool,
) -> Vec<(String, Message)> {
    let notices: Vec<(HookOn, Notice)> = hooks
        .iter()
        .filter(|hook| message.kind.is_for(hook.on))
        .filter_map(|hook| match &hook.action {
            HookAction::Notify(value) => Some((hook.on, Notice::read(value).ok()?)),
            HookAction::Task(_) => None,
        })
        .collect();
    let is_silenced = notices.iter().any(|(_, notice)| notice.channel == Notice::NONE);
    let mut deliveries: Vec<(String, Message)> = Vec::new();
    for (on, notice) in notices.iter().filter(|(_, notice)| notice.channel != Notice::NONE) {
        if deliveries.iter().all(|(channel, _)| *channel != notice.channel) {
            let mut scope = scope.clone();
            let mut hook = scope.hook.as_deref().cloned().unwrap_or_default();
            hook.insert("on".to_owned(), on.word().into());
            scope.hook = Some(Arc::new(hook));
            deliveries.push((notice.channel.clone(), worded(message, notice, &scope)));
        }
    }
    if is_default && !is_silenced && is_told(message.kind, notify) {
        for channel in &notify.send {
            if deliveries.iter().all(|(other, _)| other != channel) {
                deliveries.push((channel.clone(), message.clone()));
            }
        }
    }
    deliveries.retain(|(channel, _)| notify.desktop || channel != Notify::DESKTOP);
    deliveries
}

/// Whether the settings want it told.
fn is_told(kind: Kind, notify: &Notify) -> bool {
    let Some(occasion) = kind.occasion() else { return false };
    notify.on.contains(&occasion)
        // A success after a failure is a success, too.
        || occasion == Occasion::Recovery && notify.on.contains(&Occasion::Success)
}

fn worded(message: &Message, notice: &Notice, scope: &Scope) -> Message {
    let Some(text) = &notice.text else { return message.clone() };
    message.with_text(&text.render(scope).unwrap_or_else(|error| {
        let usual = message.details().join("; ");
        format!("{usual} (the text of the hook cannot be made: {error})")
    }))
}

/// What the text of a hook on what happens to the run can name: the run, its parameters, all its tasks, and what happened.
pub(super) fn scope_of(run: &Run) -> Scope {
    let reason = run.cause.as_ref().map(ToString::to_string).unwrap_or_default();
    scope_about(run, None, run.state.word(), &reason)
}

/// The same where no run was started: what happened alone.
pub(super) fn scope_of_missed(reason: &str) -> Scope {
    let firing = Firing {
        on: HookOn::Missed,
        hook_of: None,
        task: None,
        state: HookOn::Missed.word().to_owned(),
        reason: reason.to_owned(),
        attempt: None,
        round: 0,
    };
    Scope { hook: Some(Arc::new(firing.values())), ..Scope::default() }
}

/// The same for a hook on what happens to a task of it, in this attempt.
pub(super) fn scope_about(
    run: &Run,
    about: Option<(&TaskKey, Option<u32>)>,
    state: &str,
    reason: &str,
) -> Scope {
    let firing = Firing {
        // Each hook has its own word.
        on: HookOn::Finish,
        hook_of: None,
        task: about.map(|(key, _)| key.clone()),
        state: state.to_owned(),
        reason: reason.to_owned(),
        attempt: about.and_then(|(_, attempt)| attempt),
        round: run.round,
    };
    let tasks = run.tasks.iter().filter(|(key, _)| key.item.is_none()).map(|(key, task)| {
        let outputs = (!task.outputs.is_empty()).then(|| Arc::new(task.outputs.clone()));
        (key.task.clone(), TaskScope { state: task.state, outputs })
    });
    Scope {
        params: Arc::new(run.head.params.clone()),
        run: RunScope {
            run: run.run.to_string(),
            logical_time: run.head.logical_time,
            trigger: run.head.trigger.kind().word().to_owned(),
            event: run.head.trigger.event(),
            try_number: run.round,
        },
        tasks: tasks.collect(),
        hook: Some(Arc::new(firing.values())),
        ..Scope::default()
    }
}

#[cfg(test)]
mod tests {
    use millrace_model::read::Document;
    use millrace_model::time::Timestamp;

    use super::*;

    fn hooks(text: &str) -> Vec<Hook> {
        let text = format!(r#"{{"millrace":1,"name":"w","hooks":[{text}]}}"#);
        Document::parse(text.as_bytes()).workflow.unwrap().hooks
    }

    fn told(kind: Kind, notify: &Notify, text: &str, is_default: bool) -> Vec<String> {
        let message = Message { kind, ..Message::test(Timestamp(0)) };
        let told = deliveries(&message, notify, &hooks(text), &Scope::default(), is_default);
        told.into_iter()
            .map(|(channel, message)| match message.text {
                Some(text) => format!("{channel}: {text}"),
                None => channel,
            })
            .collect()
    }

    #[test]
    fn the_settings_say_who_is_told_of_what() {
        let mut notify = Notify { send: vec!["desktop".into(), "ops".into()], ..Notify::default() };
        assert_eq!(told(Kind::Failure, &notify, "", true), ["desktop", "ops"]);
        assert_eq!(told(Kind::Recovery, &notify, "", true), ["desktop", "ops"]);
        assert!(told(Kind::Success, &notify, "", true).is_empty());
        assert!(told(Kind::Failure, &notify, "", false).is_empty(), "its parent tells");
        notify.desktop = false;
        assert_eq!(told(Kind::Failure, &notify, "", true), ["ops"]);
        notify.on = vec![Occasion::Success];
        assert_eq!(told(Kind::Recovery, &notify, "", true), ["ops"]);
        assert!(told(Kind::Failure, &notify, "", true).is_empty());
    }

    #[test]
    fn hooks_add_say_it_in_their_words_and_silence() {
        let notify = Notify::default();
        let ops = r#"{"on":"failure","notify":"ops"}"#;
        assert_eq!(told(Kind::Failure, &notify, ops, true), ["ops", "desktop"]);
        assert_eq!(told(Kind::Failure, &notify, ops, false), ["ops"]);
        let own = r#"{"on":"finish","notify":{"channel":"desktop","text":"${1 + 1} rows"}}"#;
        assert_eq!(told(Kind::Failure, &notify, own, true), ["desktop: 2 rows"]);
        assert_eq!(told(Kind::Success, &notify, own, true), ["desktop: 2 rows"]);
        assert!(told(Kind::Slow, &notify, own, false).is_empty());
        let none = format!(r#"{{"on":"failure","notify":"none"}},{ops}"#);
        assert_eq!(told(Kind::Failure, &notify, &none, true), ["ops"]);
        assert_eq!(told(Kind::Recovery, &notify, &none, true), ["desktop"]);
        let missed = Message { kind: Kind::Missed, ..Message::test(Timestamp(0)) };
        let hook =
            r#"{"on":"missed","notify":{"channel":"ops","text":"${hook.on}: ${hook.reason}"}}"#;
        let told_of =
            deliveries(&missed, &notify, &hooks(hook), &scope_of_missed("due at 3"), false);
        assert_eq!(told_of[0].1.text.as_deref(), Some("missed: due at 3"));
        let wrong = r#"{"on":"failure","notify":{"channel":"ops","text":"${params.day}"}}"#;
        let told = told(Kind::Failure, &notify, wrong, false);
        assert!(told[0].contains("the text of the hook cannot be made: "), "{told:?}");
    }
}
