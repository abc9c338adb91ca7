//! How a hook tells people: by a channel of the settings, with a text of its own if it likes.

use crate::document::Json;
use crate::suggest::nearest;
use crate::template::Template;

/// By which channel a hook tells, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// A channel of the settings, `desktop`, or [`Notice::NONE`].
    pub channel: String,
    /// The text in place of the usual one.
    pub text: Option<Template>,
}

/// Why the value of `notify` says nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadNotice {
    /// The key within it; none = the value as a whole.
    pub key: Option<String>,
    /// What is wrong.
    pub message: String,
    /// It is the template that is wrong, and not the shape.
    pub is_template: bool,
}

impl Notice {
    /// Nobody is told who would be told by the settings.
    pub const NONE: &str = "none";

    /// Reads the value of `notify`: a channel's name, or `{"channel": …, "text": …}`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(value: &Json) -> Result<Self, BadNotice> {
        let members = match value {
            Json::String(channel) => return Self::new(channel, None),
            Json::Object(members) => members,
            other => {
                let message = format!(
                    "the name of a channel or an object with `channel` is expected, and {} is here",
                    other.described()
                );
                return Err(bad(None, message));
            }
        };
        let mut channel = None;
        let mut text = None;
        for (key, value) in members {
            let place = match key.as_str() {
                "channel" => &mut channel,
                "text" => &mut text,
                _ => {
                    let near = nearest(key, ["channel", "text"]);
                    let near = near.map(|near| format!("; did you mean `{near}`?"));
                    let message = format!("`{key:.64}` is not known{}", near.unwrap_or_default());
                    return Err(bad(Some(key), message));
                }
            };
            let Json::String(value) = value else {
                let message = format!("a text is expected, and {} is here", value.described());
                return Err(bad(Some(key), message));
            };
            *place = Some(value);
        }
        match channel {
            Some(channel) => Self::new(channel, text),
            None => Err(bad(None, "`channel` is missing: who is told?".to_owned())),
        }
    }

    /// The text in the value of `notify`, as it is written.
    pub(crate) fn text_in(value: &Json) -> Option<&str> {
        value.get("text")?.as_str()
    }

    /// The same, to change it.
    pub(crate) fn text_in_mut(value: &mut Json) -> Option<&mut String> {
        let Json::Object(members) = value else { return None };
        match members.iter_mut().find(|(key, _)| key == "text") {
            Some((_, Json::String(text))) => Some(text),
            _ => None,
        }
    }

    fn new(channel: &str, text: Option<&String>) -> Result<Self, BadNotice> {
        if channel.is_empty() {
            return Err(bad(None, "the name of a channel is empty".to_owned()));
        }
        let text =
            text.map(|text| Template::parse(text)).transpose().map_err(|error| BadNotice {
                key: Some("text".to_owned()),
                message: error.to_string(),
                is_template: true,
            })?;
        Ok(Self { channel: channel.to_owned(), text })
    }
}

fn bad(key: Option<&str>, message: String) -> BadNotice {
    BadNotice { key: key.map(str::to_owned), message, is_template: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Notice, BadNotice> {
        let text =
            format!(r#"{{"millrace":1,"name":"w","hooks":[{{"on":"failure","notify":{text}}}]}}"#);
        let workflow = crate::read::Document::parse(text.as_bytes()).workflow.unwrap();
        let crate::document::HookAction::Notify(value) = &workflow.hooks[0].action else {
            unreachable!("it notifies")
        };
        Notice::read(value)
    }

    #[test]
    fn a_name_or_a_name_with_a_text() {
        let plain = read(r#""ops""#).unwrap();
        assert_eq!((plain.channel.as_str(), plain.text), ("ops", None));
        let own = read(r#"{"channel":"ops","text":"no sales for ${params.day}"}"#).unwrap();
        assert_eq!(own.text.unwrap().source(), "no sales for ${params.day}");
    }

    #[test]
    fn what_says_nothing_says_why() {
        let message = |text: &str| read(text).unwrap_err().message;
        assert_eq!(message("{}"), "`channel` is missing: who is told?");
        assert_eq!(
            message(r#"{"chanel":"ops"}"#),
            "`chanel` is not known; did you mean `channel`?"
        );
        assert_eq!(
            message("4"),
            "the name of a channel or an object with `channel` is expected, and a number is here"
        );
        let error = read(r#"{"channel":"ops","text":"${"}"#).unwrap_err();
        assert!(error.is_template && error.key.as_deref() == Some("text"), "{error:?}");
    }
}
