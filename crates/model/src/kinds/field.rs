//! A field of a kind's spec, as it is declared.

use crate::connection::ConnectionKind;

/// A field of a kind's spec.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The key in the spec.
    pub key: &'static str,
    /// The label in a form.
    pub title: &'static str,
    /// What it means: one or two sentences of Markdown.
    pub help: &'static str,
    /// What it holds, and so how it is edited.
    pub shape: FieldShape,
    /// How its texts are read.
    pub text: FieldText,
    /// A spec without it cannot run.
    pub required: bool,
    /// What it is where a spec leaves it out.
    pub default: FieldDefault,
    /// Shown in an empty input.
    pub placeholder: &'static str,
    /// Folded away in a form until asked for.
    pub advanced: bool,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldShape {
    /// A text.
    Text {
        /// More than one line.
        multiline: bool,
        /// The language for highlighting: `sh`, `python`.
        language: Option<&'static str>,
    },
    /// A whole number.
    Int {
        /// The smallest.
        min: i64,
        /// The largest.
        max: i64,
    },
    /// True or false.
    Bool,
    /// One of a few texts.
    Choice {
        /// The texts.
        choices: &'static [&'static str],
        /// Any other text is allowed too.
        open: bool,
    },
    /// A list of texts.
    TextList,
    /// Texts by name.
    KeyValue,
    /// Texts by name, or in place of a text the name of a stored secret: `{"secret": "NAME"}`.
    KeyValueOrSecret,
    /// The name of a connection in the settings.
    Connection {
        /// What it may lead to.
        kinds: &'static [ConnectionKind],
    },
    /// Parameters, declared as those of a workflow are.
    Params,
    /// The path of a file or folder.
    Path {
        /// Which.
        pick: PathPick,
    },
}

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathPick {
    /// A file.
    File,
    /// A folder.
    Folder,
    /// A workflow: its name in the library instead of a path is good too.
    Workflow,
}

/// How the texts of a field are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldText {
    /// As they are.
    Literal,
    /// With `${ … }` expressions in them.
    Template,
    /// As an expression.
    Expression,
    /// As an expression that also sees what the task itself gives, as `outputs`.
    OwnOutputs,
    /// As the name of a stored secret: a template that may name nothing but parameters.
    Secret,
}

/// What a field is where a spec leaves it out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldDefault {
    /// Nothing.
    None,
    /// This text.
    Text(&'static str),
    /// True or false.
    Bool(bool),
}

impl Field {
    /// A field of this shape: literal, not required, without default.
    pub(super) const fn new(
        key: &'static str,
        title: &'static str,
        shape: FieldShape,
        help: &'static str,
    ) -> Self {
        Self {
            key,
            title,
            help,
            shape,
            text: FieldText::Literal,
            required: false,
            default: FieldDefault::None,
            placeholder: "",
            advanced: false,
        }
    }

    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    pub(super) const fn template(self) -> Self {
        Self { text: FieldText::Template, ..self }
    }

    pub(super) const fn expression(self) -> Self {
        Self { text: FieldText::Expression, ..self }
    }

    pub(super) const fn own_outputs(self) -> Self {
        Self { text: FieldText::OwnOutputs, ..self }
    }

    pub(super) const fn secret(self) -> Self {
        Self { text: FieldText::Secret, ..self }
    }

    pub(super) const fn default(self, default: FieldDefault) -> Self {
        Self { default, ..self }
    }

    pub(super) const fn placeholder(self, placeholder: &'static str) -> Self {
        Self { placeholder, ..self }
    }

    pub(super) const fn advanced(self) -> Self {
        Self { advanced: true, ..self }
    }

    /// `skip_exit_code`, the same in every kind that runs a process.
    pub(super) const fn skip_exit_code() -> Self {
        Self::new(
            "skip_exit_code",
            "Skip exit code",
            FieldShape::Int { min: 1, max: 255 },
            "A process that ends with this exit code makes the task Skipped instead of Failed. Off by default.",
        )
        .placeholder("99")
        .advanced()
    }
}

impl FieldText {
    /// The word in listings.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Literal => "literal",
            Self::Template => "template",
            Self::Expression | Self::OwnOutputs => "expression",
            Self::Secret => "name of a secret",
        }
    }
}

impl FieldShape {
    /// What it holds, for people.
    #[must_use]
    pub fn described(self) -> String {
        match self {
            Self::Text { .. } => "text".to_owned(),
            Self::Int { min, max } => format!("whole number, {min} to {max}"),
            Self::Bool => "true or false".to_owned(),
            Self::Choice { choices, open } => {
                let choices = choices
                    .iter()
                    .map(|choice| format!("`{choice}`"))
                    .collect::<Vec<_>>()
                    .join(", ");
                if open {
                    format!("{choices}, or any other text")
                } else {
                    format!("one of {choices}")
                }
            }
            Self::TextList => "list of texts".to_owned(),
            Self::KeyValue => "object of texts".to_owned(),
            Self::KeyValueOrSecret => "object of texts or `{\"secret\": NAME}`".to_owned(),
            Self::Connection { kinds } => {
                let kinds: Vec<&str> = kinds.iter().map(|kind| kind.title()).collect();
                format!("name of a connection ({})", kinds.join(", "))
            }
            Self::Params => "list of [parameters](../document.md#a-parameter)".to_owned(),
            Self::Path { pick: PathPick::File } => "path of a file".to_owned(),
            Self::Path { pick: PathPick::Folder } => "path of a folder".to_owned(),
            Self::Path { pick: PathPick::Workflow } => "name or path of a workflow".to_owned(),
        }
    }
}
