//! The way from the root of a document to a value in it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One step down.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    /// To the member of this key.
    Key(Box<str>),
    /// To the element of this index, from 0.
    Index(usize),
}

/// A way down from the root. Written as `tasks[3].retry.delay`; keys that are not plain words are
/// quoted: `env["a.b"]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Path(Vec<Step>);

/// The text is not a path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a path into a document; one looks like tasks[3].retry.delay")]
pub struct BadPath(pub String);

impl Path {
    /// The root.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The steps, from the root.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    /// Whether it leads to what starts the workflow by itself: a schedule or a trigger.
    #[must_use]
    pub fn is_about_starting(&self) -> bool {
        match self.0.first() {
            Some(Step::Key(list)) => matches!(&**list, "schedules" | "triggers"),
            Some(Step::Index(_)) | None => false,
        }
    }

    /// The path with a step to a member.
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.0.push(Step::Key(key.into()));
        self
    }

    /// The path with a step to an element.
    #[must_use]
    pub fn index(mut self, index: usize) -> Self {
        self.0.push(Step::Index(index));
        self
    }

    /// The path with these steps below it.
    #[must_use]
    pub fn join(mut self, below: &Self) -> Self {
        self.0.extend(below.0.iter().cloned());
        self
    }

    /// `tasks[index]`
    #[must_use]
    pub fn task(index: usize) -> Self {
        Self::root().key("tasks").index(index)
    }

    /// `dependencies[index]`
    #[must_use]
    pub fn dependency(index: usize) -> Self {
        Self::root().key("dependencies").index(index)
    }

    /// The index of the task that it leads into, if it does.
    #[must_use]
    pub fn task_index(&self) -> Option<usize> {
        match self.0.as_slice() {
            [Step::Key(list), Step::Index(index), ..] if &**list == "tasks" => Some(*index),
            _ => None,
        }
    }

    pub(crate) fn steps_mut(&mut self) -> &mut [Step] {
        &mut self.0
    }
}

impl From<Vec<Step>> for Path {
    fn from(steps: Vec<Step>) -> Self {
        Self(steps)
    }
}

fn is_plain(key: &str) -> bool {
    !key.is_empty()
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | b'-'))
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Key(key) if is_plain(key) => {
                    write!(f, "{}{key}", if at == 0 { "" } else { "." })?;
                }
                Step::Key(key) => {
                    write!(f, "[{}]", serde_json::Value::from(&**key))?;
                }
            }
        }
        Ok(())
    }
}

impl FromStr for Path {
    type Err = BadPath;

    fn from_str(text: &str) -> Result<Self, BadPath> {
        let bad = || BadPath(text.to_owned());
        let mut steps = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(quoted) = rest.strip_prefix("[\"") {
                let end = quoted_end(quoted).ok_or_else(bad)?;
                let literal = &rest[1..end + 3];
                let key: String = serde_json::from_str(literal).map_err(|_| bad())?;
                steps.push(Step::Key(key.into()));
                rest = rest[end + 3..].strip_prefix(']').ok_or_else(bad)?;
            } else if let Some(index) = rest.strip_prefix('[') {
                let (digits, tail) = index.split_once(']').ok_or_else(bad)?;
                steps.push(Step::Index(digits.parse().map_err(|_| bad())?));
                rest = tail;
            } else {
                let word = match rest.strip_prefix('.') {
                    Some(word) if !steps.is_empty() => word,
                    None if steps.is_empty() => rest,
                    _ => return Err(bad()),
                };
                let (key, tail) = word.split_at(word.find(['.', '[']).unwrap_or(word.len()));
                if !is_plain(key) {
                    return Err(bad());
                }
                steps.push(Step::Key(key.into()));
                rest = tail;
            }
        }
        Ok(Self(steps))
    }
}

/// The offset of the quote that ends a JSON string whose opening quote has been taken.
fn quoted_end(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|byte| match byte {
        _ if escaped => {
            escaped = false;
            false
        }
        b'\\' => {
            escaped = true;
            false
        }
        byte => byte == b'"',
    })
}

impl TryFrom<String> for Path {
    type Error = BadPath;

    fn try_from(text: String) -> Result<Self, BadPath> {
        text.parse()
    }
}

impl From<Path> for String {
    fn from(path: Path) -> Self {
        path.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let path = Path::task(3).key("retry").key("delay");
        assert_eq!(path.to_string(), "tasks[3].retry.delay");
        let odd = Path::root().key("env").key("a.b\"]").index(0).key("").key("$schema");
        for path in [path, odd, Path::root(), Path::root().index(2)] {
            assert_eq!(path.to_string().parse(), Ok(path));
        }
        for bad in ["[", "a..b", ".a", "a[x]", "a[\"b", "a b"] {
            assert!(bad.parse::<Path>().is_err(), "{bad}");
        }
    }
}
