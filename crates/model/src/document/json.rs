//! JSON as it was written: key order, number lexemes, nothing lost.

/// A JSON value that keeps the order of keys and the digits of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Json {
    /// `null`
    #[default]
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as its lexeme in the document.
    Number(String),
    /// A string, unescaped.
    String(String),
    /// An array.
    Array(Vec<Json>),
    /// An object, its members in the order of the document. No key stands twice.
    Object(Vec<(String, Json)>),
}

/// Members of an object that this version does not know, in the order of the document.
/// They survive load → edit → save.
pub type Extra = Vec<(String, Json)>;
