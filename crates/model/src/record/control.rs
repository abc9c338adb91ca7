//! Dependencies, joins and retries.

use serde_json::{Value, json};

use super::declare::record;
use super::scalars::read_word;
use super::{Definitions, Member, Reader, refuse};
use crate::document::{Atom, AtomSet, Dependency, Join, Json, RetryOn, RetryPolicy};
use crate::ident::Ident;
use crate::problem::Code;
use crate::time::Span;

record! {
    Dependency, "dependency", "An edge: what has to have happened to `from` before `to` starts.",
    blank: Dependency::new(Ident::placeholder(), Ident::placeholder()),
    {
        need from "from": "The upstream task.";
        need to "to": "The downstream task.";
        or (AtomSet::SUCCEEDED) on "on": "The endings of `from` for which the edge holds.";
        maybe branch "branch": "The label that the `branch` task `from` must have chosen.";
    }
}

const ATOM_WORDS: [&str; 5] = ["succeeded", "failed", "skipped", "upstream_failed", "canceled"];

impl Member for AtomSet {
    fn read<'a>(json: &'a Json, reader: &mut Reader<'a>) -> Option<Self> {
        match json {
            Json::String(word) if word == "finished" => Some(Self::FINISHED),
            Json::Array(words) => {
                let mut set = Some(Self::EMPTY);
                for (index, word) in words.iter().enumerate() {
                    let atom = reader
                        .at_index(index, |reader| read_word(word, reader, "an ending", &ATOM_WORDS))
                        .and_then(Atom::from_word);
                    set = set.zip(atom).map(|(set, atom)| set.with(atom));
                }
                set
            }
            Json::String(word) if Atom::from_word(word).is_some() => refuse(
                reader,
                Code::WrongType,
                format!("a list of endings is expected, and the text \"{word}\" is here"),
                Some(format!("write [\"{word}\"]")),
            ),
            other => {
                reader.wrong_type(
                    other,
                    "a list of endings, such as [\"failed\", \"upstream_failed\"], or \"finished\"",
                );
                None
            }
        }
    }

    fn write(&self) -> Json {
        if *self == Self::FINISHED {
            return Json::from("finished");
        }
        Json::Array(self.iter().map(|atom| Json::from(atom.word())).collect())
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.named("endings", |_| {
            json!({
                "description": "A set of endings; \"finished\" is all of them.",
                "anyOf": [
                    { "const": "finished" },
                    { "type": "array", "items": { "enum": ATOM_WORDS }, "minItems": 1 },
                ],
            })
        })
    }
}

impl Member for Join {
    fn read<'a>(json: &'a Json, reader: &mut Reader<'a>) -> Option<Self> {
        match json {
            Json::Object(members) => match members.as_slice() {
                [(key, Json::String(text))] if key == "expr" => Some(Self::Expr(text.clone())),
                _ => {
                    reader.wrong_type(json, "{\"expr\": \"…\"} and nothing else");
                    None
                }
            },
            other => match read_word(other, reader, "a join", &["all", "any", "none"])? {
                "any" => Some(Self::Any),
                "none" => Some(Self::None),
                _ => Some(Self::All),
            },
        }
    }

    fn write(&self) -> Json {
        match self {
            Self::All => Json::from("all"),
            Self::Any => Json::from("any"),
            Self::None => Json::from("none"),
            Self::Expr(text) => Json::Object(vec![("expr".to_owned(), Json::String(text.clone()))]),
        }
    }

    fn schema(definitions: &mut Definitions) -> Value {
        definitions.named("join", |_| {
            json!({
                "description": "When a task starts, given its dependencies.",
                "anyOf": [
                    { "enum": ["all", "any", "none"] },
                    {
                        "type": "object",
                        "properties": { "expr": {
                            "type": "string",
                            "description": "A condition over upstreams, such as a.succeeded && (b.failed || c.skipped).",
                        } },
                        "required": ["expr"],
                        "additionalProperties": false,
                    },
                ],
            })
        })
    }
}

record! {
    RetryPolicy, "retry", "When a failed attempt is followed by another, and after how long.",
    blank: RetryPolicy::default(),
    {
        or (1) attempts "attempts": "Total tries, the first counted.";
        or (Span::ZERO) delay "delay": "Time before the second try.";
        or (1.0) backoff "backoff": "Factor from one delay to the next, at least 1.";
        maybe max_delay "max_delay": "Longest delay.";
        or (false) jitter "jitter": "Whether each delay is changed by up to 20 % at random.";
        or (vec![RetryOn::Failed, RetryOn::Timeout]) on "on": "Which ends are tried again.";
    }
}

impl Member for RetryOn {
    fn read<'a>(json: &'a Json, reader: &mut Reader<'a>) -> Option<Self> {
        if let Some(number) = json.as_str().and_then(|text| text.strip_prefix("exit:")) {
            let is_plain = number.bytes().all(|byte| byte.is_ascii_digit());
            let code = number.parse::<i32>().ok().filter(|code| is_plain && *code <= 255);
            return code.map(Self::Exit).or_else(|| {
                let message = format!(
                    "`exit:{number:.20}` is not an exit code: exit:0 to exit:255 are expected"
                );
                refuse(reader, Code::BadWord, message, None)
            });
        }
        if let Some(number) = json.as_str().and_then(|text| text.strip_prefix("status:")) {
            let is_plain = number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit());
            let status = number.parse::<u16>().ok().filter(|it| (100..=599).contains(it));
            return status.filter(|_| is_plain).map(Self::Status).or_else(|| {
                let message = format!(
                    "`status:{number:.20}` is not an HTTP status: status:100 to status:599 are expected"
                );
                refuse(reader, Code::BadWord, message, None)
            });
        }
        const WORDS: [&str; 7] =
            ["failed", "timeout", "lost", "unknown", "error", "exit:N", "status:N"];
        match read_word(json, reader, "an end to try again", &WORDS)? {
            "failed" => Some(Self::Failed),
            "timeout" => Some(Self::Timeout),
            "lost" => Some(Self::Lost),
            "unknown" => Some(Self::Unknown),
            "error" => Some(Self::Error),
            _ => None,
        }
    }

    fn write(&self) -> Json {
        match self {
            Self::Failed => Json::from("failed"),
            Self::Timeout => Json::from("timeout"),
            Self::Lost => Json::from("lost"),
            Self::Unknown => Json::from("unknown"),
            Self::Error => Json::from("error"),
            Self::Exit(code) => Json::String(format!("exit:{code}")),
            Self::Status(status) => Json::String(format!("status:{status}")),
        }
    }

    fn schema(_: &mut Definitions) -> Value {
        json!({
            "anyOf": [
                { "enum": ["failed", "timeout", "lost", "unknown", "error"] },
                { "type": "string", "pattern": "^exit:0*(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[0-9]{1,2})$" },
                { "type": "string", "pattern": "^status:[1-5][0-9]{2}$" },
            ],
        })
    }
}
