//! How long, how deep and how much: the bounds of expressions.
//!
//! The length and an upper bound of the depth are checked on the text, before the parser sees it: the parser and
//! the evaluator recurse once a level.

use super::ExprError;

/// The longest expression, in bytes.
pub const MAX_LEN: usize = 16 * 1024;
/// The deepest nesting: brackets, operators in a row, selections in a row.
pub const MAX_DEPTH: usize = 64;
/// The most work of one evaluation, in steps of about one operation or 64 bytes of text each.
pub const MAX_WORK: u64 = 4_000_000;
/// The most work of all items of a mapped task together, where each is asked the same.
pub const MAX_WORK_OF_ITEMS: u64 = 4 * MAX_WORK;
/// The largest value that an expression may give, in bytes of its JSON, and the longest text that it may build.
pub const MAX_RESULT: usize = 4 * 1024 * 1024;

/// An upper bound of the depth of a text; refuses one that is too long or may be nested too deep.
pub(super) fn check_source(source: &str) -> Result<usize, ExprError> {
    if source.len() > MAX_LEN {
        return Err(ExprError::new(format!(
            "the expression has {} bytes; at most {MAX_LEN} are allowed: compute it in a task and use its output",
            source.len()
        )));
    }
    let mut levels = vec![Level::default()];
    let mut below = 0;
    let mut deepest = 0;
    let mut tokens = Tokens { rest: source };
    while let Some(token) = tokens.next() {
        let level = match levels.last_mut() {
            Some(level) => level,
            None => return Ok(deepest),
        };
        match token {
            Token::Open => {
                level.chain += 1;
                below += level.depth();
                levels.push(Level::default());
            }
            // A bracket too many is the parser's to report; it stops there.
            Token::Close => {
                levels.pop();
                below -= levels.last().map_or(0, Level::depth);
            }
            Token::Separator => *level = Level::default(),
            Token::Logic => {
                level.logic += 1;
                level.chain = 0;
            }
            Token::Operator => level.chain += 1,
            Token::Other => {}
        }
        deepest = deepest.max(below + levels.last().map_or(0, Level::depth));
        if deepest > MAX_DEPTH {
            let column = source[..source.len() - tokens.rest.len()].chars().count();
            return Err(ExprError::at(
                column,
                format!(
                    "nested deeper than {MAX_DEPTH} levels: split the expression over several tasks"
                ),
            ));
        }
    }
    Ok(deepest)
}

/// What can add depth at one level of brackets.
#[derive(Default)]
struct Level {
    /// Operators since the last `,`, `&&`, `||`, `?` or `:`.
    chain: usize,
    /// `&&`, `||`, `?` and `:` since the last `,`.
    logic: usize,
}

impl Level {
    fn depth(&self) -> usize {
        self.chain + self.logic
    }
}

enum Token {
    Open,
    Close,
    Separator,
    Logic,
    Operator,
    Other,
}

/// Just enough of a lexer to tell operators from what stands in texts and comments.
struct Tokens<'a> {
    rest: &'a str,
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let rest = self.rest;
        let first = rest.chars().next()?;
        let (length, token) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), Token::Other)
        } else if rest.starts_with("&&") || rest.starts_with("||") {
            (2, Token::Logic)
        } else {
            match first {
                '"' | '\'' => (text_length(rest, false), Token::Other),
                '(' | '[' | '{' => (1, Token::Open),
                ')' | ']' | '}' => (1, Token::Close),
                ',' => (1, Token::Separator),
                '?' | ':' => (1, Token::Logic),
                '.' | '!' | '+' | '-' | '*' | '/' | '%' | '<' | '>' | '=' => (1, Token::Operator),
                _ if first.is_alphanumeric() || first == '_' => word(rest),
                _ => (first.len_utf8(), Token::Other),
            }
        };
        self.rest = &rest[length..];
        Some(token)
    }
}

/// A word: a name, a number, `in`, or the prefix of a text (`r"…"`, `b"…"`).
fn word(rest: &str) -> (usize, Token) {
    let length = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
    let name = &rest[..length];
    if rest[length..].starts_with(['"', '\''])
        && name.len() <= 2
        && name.chars().all(|c| "rRbB".contains(c))
    {
        let raw = name.contains(['r', 'R']);
        return (length + text_length(&rest[length..], raw), Token::Other);
    }
    (length, if name == "in" { Token::Operator } else { Token::Other })
}

/// The length of the text literal at the start of `rest`, quotes included; all of it where it is not closed.
pub(crate) fn text_length(rest: &str, raw: bool) -> usize {
    let Some(quote) = rest.get(..1) else { return rest.len() };
    let triple = quote.repeat(3);
    let close = if rest.starts_with(&triple) { triple.as_str() } else { quote };
    let bytes = rest.as_bytes();
    let mut at = close.len();
    while at < bytes.len() {
        if bytes[at] == b'\\' && !raw {
            at += 2;
        } else if bytes[at..].starts_with(close.as_bytes()) {
            return at + close.len();
        } else {
            at += 1;
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_can_be_deep() {
        let too_deep = |source: &str| check_source(source).is_err();
        assert!(!too_deep(&"a && ".repeat(60)));
        assert!(!too_deep(&format!("[{}]", "tasks.a.outputs.rows > 3,".repeat(400))));
        assert!(!too_deep(&format!("'{}'", "((((".repeat(400))));
        assert!(!too_deep(&format!("r'\\' + '{}'", ".".repeat(400))));
        assert!(!too_deep(&format!("1 // {}", "(".repeat(400))));
        for part in ["(", "[", "{", "-", "!", "1+", "a.", "a?b:", "f(", "[[],[", "x.map(x,", "''+"]
        {
            assert!(too_deep(&part.repeat(101)), "{part}");
        }
        assert!(too_deep(&"a".repeat(MAX_LEN + 1)));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_counted(source in "\\PC{0,80}|[()\\[\\]{}'\"\\\\.,?:&|rb/ ]{0,80}") {
            let _checked = check_source(&source);
        }
    }
}
