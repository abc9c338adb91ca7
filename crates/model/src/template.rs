//! Text with expressions in it: `sales-${params.day}.csv`.
//!
//! Not a language of its own: what stands between `${` and `}` is an expression (`expr`), and `$${` is the two
//! characters `${`. Whatever an expression gives is put in as text and not looked at again.

use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use crate::expr::{Allowance, Expr, ExprError, MAX_RESULT, References, Scope, to_text};

/// The most expressions of one template.
pub const MAX_EXPRESSIONS: usize = 1000;

/// A parsed template. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct Template(Arc<Parsed>);

#[derive(PartialEq, Eq)]
struct Parsed {
    source: String,
    parts: Vec<Part>,
    references: References,
}

#[derive(PartialEq, Eq)]
enum Part {
    Text(String),
    /// An expression, and how many characters of the template stand before it.
    Expr(Expr, usize),
}

impl Template {
    /// Reads `source`.
    ///
    /// # Errors
    /// An expression in it cannot be read, or is not closed; the column counts from the start of the template.
    pub fn parse(source: &str) -> Result<Self, ExprError> {
        let mut parts = Vec::new();
        let mut references = References::default();
        let mut text = String::new();
        let mut rest = source;
        // How much of the source has been counted, and how many characters it has.
        let mut counted = (0, 0);
        while let Some(at) = rest.find("${") {
            let escaped = rest[..at].ends_with('$');
            text.push_str(&rest[..if escaped { at - 1 } else { at }]);
            rest = &rest[at + 2..];
            if escaped {
                text.push_str("${");
                continue;
            }
            let here = source.len() - rest.len();
            counted = (here, counted.1 + source[counted.0..here].chars().count());
            let before = counted.1;
            let Some(length) = expression_length(rest) else {
                let message =
                    "`${` is not closed by `}`; write `$${` for the two characters themselves";
                return Err(ExprError { message: message.to_owned(), column: Some(before - 1) });
            };
            if parts.iter().filter(|part| matches!(part, Part::Expr(..))).count() >= MAX_EXPRESSIONS
            {
                let message = format!(
                    "a text has at most {MAX_EXPRESSIONS} expressions: put it together in a task and use its output"
                );
                return Err(ExprError { message, column: Some(before - 1) });
            }
            let expr = Expr::parse(&rest[..length]).map_err(|error| error.moved(before))?;
            references.merge(expr.references(), before);
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            parts.push(Part::Expr(expr, before));
            rest = &rest[length + 1..];
        }
        text.push_str(rest);
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Self(Arc::new(Parsed { source: source.to_owned(), parts, references })))
    }

    /// A template that gives exactly `text`, whatever stands in it.
    #[must_use]
    pub fn literal(text: &str) -> Self {
        let parts = if text.is_empty() { Vec::new() } else { vec![Part::Text(text.to_owned())] };
        let source = text.replace("${", "$${");
        Self(Arc::new(Parsed { source, parts, references: References::default() }))
    }

    /// The text that it was read from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// What its expressions read. Columns count from the start of the template.
    #[must_use]
    pub fn references(&self) -> &References {
        &self.0.references
    }

    /// Its text where it has no expressions.
    #[must_use]
    pub fn as_literal(&self) -> Option<&str> {
        match self.0.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }

    /// Whether it is one expression and nothing else, so that its value keeps its type.
    #[must_use]
    pub fn is_one_expression(&self) -> bool {
        matches!(self.0.parts.as_slice(), [Part::Expr(..)])
    }

    /// Its text, each expression replaced by the text form of its value ([`to_text`]).
    ///
    /// # Errors
    /// An expression cannot be evaluated, or the text becomes longer than [`MAX_RESULT`].
    pub fn render(&self, scope: &Scope) -> Result<String, ExprError> {
        self.render_within(scope, &Allowance::new())
    }

    /// The same, at the cost of an allowance that it shares with others.
    ///
    /// # Errors
    /// As [`Template::render`].
    pub fn render_within(&self, scope: &Scope, allowance: &Allowance) -> Result<String, ExprError> {
        self.put_together(scope, allowance, &|_, value| value)
    }

    /// The same, with the text of each value passed through `put`, which also sees the text that stands before it.
    ///
    /// # Errors
    /// As [`Template::render`].
    pub fn render_by(
        &self,
        scope: &Scope,
        put: &dyn Fn(&str, String) -> String,
    ) -> Result<String, ExprError> {
        self.put_together(scope, &Allowance::new(), put)
    }

    fn put_together(
        &self,
        scope: &Scope,
        allowance: &Allowance,
        put: &dyn Fn(&str, String) -> String,
    ) -> Result<String, ExprError> {
        let mut text = String::new();
        for part in &self.0.parts {
            match part {
                Part::Text(part) => text.push_str(part),
                Part::Expr(expr, before) => {
                    let value = expr.eval_within(scope, allowance);
                    let value = value.map_err(|error| error.moved(*before))?;
                    let value = put(&text, to_text(&value));
                    text.push_str(&value);
                    if text.len() > MAX_RESULT.max(self.0.source.len()) {
                        let message = format!(
                            "the text becomes longer than {} MiB; pass it on as a file",
                            MAX_RESULT / (1024 * 1024)
                        );
                        return Err(ExprError { message, column: Some(before + 1) });
                    }
                }
            }
        }
        Ok(text)
    }

    /// Its value: that of its expression, type kept, where the whole text is one expression; else its text.
    ///
    /// # Errors
    /// As [`Template::render`].
    pub fn eval(&self, scope: &Scope) -> Result<Value, ExprError> {
        match self.0.parts.as_slice() {
            [Part::Expr(expr, before)] => expr.eval(scope).map_err(|error| error.moved(*before)),
            _ => self.render(scope).map(Value::String),
        }
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.source())
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({:?})", self.source())
    }
}

impl std::str::FromStr for Template {
    type Err = ExprError;

    fn from_str(source: &str) -> Result<Self, ExprError> {
        Self::parse(source)
    }
}

/// The length of the expression at the start of `rest`, up to the `}` that closes it.
pub(crate) fn expression_length(rest: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(next) = rest[at..].chars().next() {
        match next {
            '}' if depth == 0 => return Some(at),
            '}' => depth -= 1,
            '{' => depth += 1,
            '"' | '\'' => {
                let raw = rest[..at].ends_with(['r', 'R'])
                    || rest[..at].ends_with(['b', 'B']) && rest[..at - 1].ends_with(['r', 'R']);
                at += crate::expr::text_length(&rest[at..], raw);
                continue;
            }
            _ => {}
        }
        at += next.len_utf8();
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn scope() -> Scope {
        let values =
            json!({"n": 3, "name": "it's ${params.n}", "list": [1, "a"], "on": true, "none": null});
        Scope { params: Arc::new(values.as_object().unwrap().clone()), ..Scope::default() }
    }

    #[test]
    fn renders() {
        for (source, text) in [
            ("", ""),
            ("plain $HOME $(x) $5 }", "plain $HOME $(x) $5 }"),
            ("${params.n}", "3"),
            ("a${params.n}b${ params.n + 1 }c", "a3b4c"),
            ("$${params.n}", "${params.n}"),
            ("$$${params.n}", "$${params.n}"),
            ("${params.name}", "it's ${params.n}"),
            ("${'}' + \"}\"}", "}}"),
            ("${{'a': {'b': 1}}['a']['b']}", "1"),
            ("${params.list}/${params.on}/${params.none}", "[1,\"a\"]/true/"),
            ("ä${'ö'}", "äö"),
        ] {
            assert_eq!(
                Template::parse(source).unwrap().render(&scope()).as_deref(),
                Ok(text),
                "{source}"
            );
        }
    }

    #[test]
    fn keeps_the_type_of_a_single_expression() {
        let eval = |source: &str| Template::parse(source).unwrap().eval(&scope()).unwrap();
        assert_eq!(eval("${params.n}"), json!(3));
        assert_eq!(eval("${params.list}"), json!([1, "a"]));
        assert_eq!(eval(" ${params.n}"), json!(" 3"));
        assert_eq!(eval("3"), json!("3"));
    }

    #[test]
    fn a_literal_gives_itself() {
        for text in ["", "${params.n}", "$${x}", "$"] {
            let literal = Template::literal(text);
            assert_eq!(literal.render(&scope()).as_deref(), Ok(text));
            assert_eq!(Template::parse("a").unwrap().as_literal(), Some("a"));
            assert_eq!(literal.as_literal(), Some(text));
        }
    }

    #[test]
    fn errors_count_columns_from_the_start() {
        let error = Template::parse("ä ${params.n} ${").unwrap_err();
        assert_eq!(error.column, Some(15));
        let error = Template::parse("ab ${ 1 + }").unwrap_err();
        assert!(error.column.is_some_and(|column| (6..=11).contains(&column)), "{error}");
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(source in "\\PC{0,60}|[a1${}'\" .+]{0,60}") {
            if let Ok(template) = Template::parse(&source) {
                let _rendered = template.render(&scope());
            }
        }

        #[test]
        fn a_literal_reads_back(text in "[a${} ]{0,20}") {
            let literal = Template::literal(&text);
            let read = Template::parse(literal.source()).unwrap();
            proptest::prop_assert_eq!(read.render(&scope()).unwrap(), text);
        }
    }
}
