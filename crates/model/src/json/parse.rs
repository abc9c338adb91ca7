//! From text to tree, with the spans of every value.
//!
//! The grammar is jsonc-parser's with every leniency off; what that crate lets pass all the same
//! (control characters, odd white space, depth) is checked here in one pass before it, so that bad
//! text never reaches a recursion.

use std::collections::HashMap;

use jsonc_parser::ast::Value;
use jsonc_parser::common::Ranged;
use jsonc_parser::errors::ParseErrorKind as Kind;
use jsonc_parser::{CollectOptions, ParseOptions, ParseStringErrorKind, parse_to_ast};

use super::decode::decode;
use super::place::{Source, SpanTree, place_in};
use crate::document::Json;
use crate::problem::{Code, Path, Problem, Problems, Step};

/// The deepest nesting of objects and arrays.
pub const MAX_DEPTH: usize = 128;

/// The most values and keys of one document: forty for each of a hundred thousand tasks. Each takes a hundred times the
/// memory that `0,` takes in the text.
pub const MAX_VALUES: usize = 4_000_000;

/// A text that is JSON, with what is wrong with it all the same.
#[derive(Debug)]
pub struct Parsed {
    /// Text, tree and spans.
    pub source: Source,
    /// Duplicate keys and numbers out of range. A tree with duplicate keys holds the first of them.
    pub problems: Vec<Problem>,
    /// Whether the tree lacks something that is in the text.
    pub is_partial: bool,
}

/// Parses strict JSON.
///
/// # Errors
/// The first reason why the bytes are not JSON, with its place.
pub fn parse(bytes: &[u8]) -> Result<Parsed, Box<Problem>> {
    let text = decode(bytes)?;
    let value = parse_value(text).map_err(|problem| {
        // A conflict mark is never valid JSON, and the better explanation of what follows it.
        conflict_mark(text).unwrap_or(problem)
    })?;
    let mut cx = Conversion::default();
    let (tree, spans) = cx.convert(value);
    let source = Source::new(text, tree, spans);
    let mut problems = cx.problems.finish();
    for (problem, range) in problems.iter_mut().zip(&cx.ranges) {
        problem.place = Some(source.place_of(range.0, range.1));
    }
    source.locate(&mut problems);
    Ok(Parsed { source, problems, is_partial: cx.is_partial })
}

#[expect(clippy::result_large_err, reason = "one a document at most; boxed where it leaves")]
fn parse_value(text: &str) -> Result<Value<'_>, Problem> {
    precheck(text)?;
    let options = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    match parse_to_ast(text, &CollectOptions::default(), &options) {
        Ok(parsed) => parsed.value.ok_or_else(|| {
            at(text, text.len(), 0, Code::Empty, "the document is empty".to_owned())
                .help("a workflow needs at least { \"millrace\": 1, \"name\": \"…\" }")
        }),
        Err(error) => {
            let range = error.range();
            let (message, help) = explain(error.kind());
            let problem =
                at(text, range.start, range.end.saturating_sub(range.start), Code::Syntax, message);
            Err(match help {
                Some(help) => problem.help(help),
                None => problem,
            })
        }
    }
}

fn at(text: &str, offset: usize, length: usize, code: Code, message: String) -> Problem {
    let mut problem = Problem::new(code, Path::root(), message);
    problem.place = Some(place_in(text, offset, length));
    problem
}

/// Bounds depth and number of values, and refuses what JSON does not allow between and in its strings.
#[expect(clippy::result_large_err, reason = "one a document at most; boxed where it leaves")]
fn precheck(text: &str) -> Result<(), Problem> {
    let (mut depth, mut values) = (0_usize, 0_usize);
    let mut in_string = false;
    let mut bytes = text.bytes().enumerate();
    while let Some((offset, byte)) = bytes.next() {
        if in_string {
            match byte {
                b'"' => in_string = false,
                b'\\' => {
                    bytes.next();
                }
                0..=0x1f => {
                    let message = format!("a text holds the control character U+{byte:04X}");
                    let help = match byte {
                        b'\n' | b'\r' => {
                            "end the text with a quote before the line ends; write a line break as \\n"
                        }
                        b'\t' => "write a tab as \\t",
                        _ => "write it as \\u and four hexadecimal digits",
                    };
                    return Err(at(text, offset, 1, Code::Syntax, message).help(help));
                }
                _ => {}
            }
            continue;
        }
        if matches!(byte, b'{' | b'[' | b',' | b':') {
            values += 1;
            if values > MAX_VALUES {
                let message = format!(
                    "the document has more than the {} million values that are allowed",
                    MAX_VALUES / 1_000_000
                );
                return Err(at(text, offset, 1, Code::TooLarge, message)
                    .help("keep data in files of their own and name them in the tasks"));
            }
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    let message = format!(
                        "lists and objects are nested more than {MAX_DEPTH} levels deep here"
                    );
                    return Err(at(text, offset, 1, Code::TooDeep, message).help(
                        "a workflow needs no more than a few levels; is this the right file?",
                    ));
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            0x0b | 0x0c | 0x80.. => {
                let odd = text.get(offset..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
                let shown = if odd.is_alphanumeric() {
                    format!("`{odd}`")
                } else {
                    format!("U+{:04X}", u32::from(odd))
                };
                let message = format!("the character {shown} cannot stand between JSON values");
                return Err(at(text, offset, odd.len_utf8(), Code::Syntax, message)
                    .help("put texts between double quotes (\"); use plain spaces elsewhere"));
            }
            // From here on strings can't be told from the rest; the parser says what is wrong.
            b'\'' | b'/' => return Ok(()),
            _ => {}
        }
    }
    Ok(())
}

/// The first line that a version control system left to mark a conflict.
fn conflict_mark(text: &str) -> Option<Problem> {
    let mut offset = 0;
    for line in text.split_inclusive('\n') {
        let is_mark = ["<<<<<<<", ">>>>>>>", "|||||||", "======="].iter().any(|mark| {
            line.strip_prefix(mark)
                .is_some_and(|rest| rest.trim_end().is_empty() || rest.starts_with(' '))
        });
        if is_mark {
            let shown = line.trim_end();
            let shown: String = shown.chars().take(40).collect();
            let message = format!("an unresolved merge conflict begins here: `{shown}`");
            return Some(
                at(text, offset, line.trim_end().len(), Code::ConflictMark, message)
                    .help("choose one of the two versions and delete the lines with <<<<<<<, ======= and >>>>>>>"),
            );
        }
        offset += line.len();
    }
    None
}

fn explain(kind: &Kind) -> (String, Option<&'static str>) {
    let (message, help) = match kind {
        Kind::CommentsNotAllowed | Kind::UnterminatedCommentBlock => (
            "comments are not allowed in JSON",
            Some("put the remark into a `description`, or into a note on the canvas"),
        ),
        Kind::TrailingCommasNotAllowed => {
            ("a comma stands after the last element", Some("delete the comma"))
        }
        Kind::ExpectedComma => {
            ("a comma is missing here", Some("put a comma between the elements"))
        }
        Kind::SingleQuotedStringsNotAllowed => {
            ("texts stand between double quotes, not single ones", Some("write \"text\""))
        }
        Kind::ExpectedStringObjectProperty => {
            ("a key must stand between double quotes", Some("write \"key\": value"))
        }
        Kind::ExpectedColonAfterObjectKey => ("a colon is expected after the key", None),
        Kind::ExpectedObjectValue => ("a value is expected after the colon", None),
        Kind::UnterminatedArray => {
            ("the list that begins here is never closed", Some("add the missing ]"))
        }
        Kind::UnterminatedObject => {
            ("the object that begins here is never closed", Some("add the missing }"))
        }
        Kind::MultipleRootJsonValues => ("something stands after the end of the document", None),
        Kind::HexadecimalNumbersNotAllowed => ("hexadecimal numbers are not allowed in JSON", None),
        Kind::UnaryPlusNumbersNotAllowed => ("a number must not start with +", None),
        Kind::BareDecimalPointNumbersNotAllowed => {
            ("a number needs digits on both sides of its decimal point", None)
        }
        Kind::NonFiniteNumbersNotAllowed => ("Infinity and NaN are not allowed in JSON", None),
        Kind::ExpectedDigit
        | Kind::ExpectedDigitFollowingNegativeSign
        | Kind::ExpectedPlusMinusOrDigitInNumberLiteral => ("a digit is expected here", None),
        Kind::UnexpectedWord => {
            ("a bare word cannot stand here", Some("put texts between double quotes (\")"))
        }
        Kind::UnexpectedCloseBrace => ("a value is expected here, and not }", None),
        Kind::UnexpectedCloseBracket => ("a value is expected here, and not ]", None),
        Kind::UnexpectedColon => ("a colon cannot stand here", None),
        Kind::UnexpectedComma => ("a comma cannot stand here; a value is expected", None),
        Kind::UnexpectedTokenInObject => ("a key between double quotes is expected here", None),
        Kind::UnexpectedToken => ("this character cannot stand here", None),
        Kind::NestingDepthExceeded => ("lists and objects are nested too deep here", None),
        Kind::String(ParseStringErrorKind::UnterminatedStringLiteral) => {
            ("the text that begins here is never closed", Some("add the missing double quote (\")"))
        }
        Kind::String(problem) => return (lower_first(&problem.to_string()), None),
        #[expect(unreachable_patterns, reason = "the crate has more kinds with other features on")]
        other => return (lower_first(&other.to_string()), None),
    };
    (message.to_owned(), help)
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().chain(chars).collect())
}

/// Turns the crate's tree into ours. Recursion is bounded by [`MAX_DEPTH`].
#[derive(Default)]
struct Conversion {
    steps: Vec<Step>,
    problems: Problems,
    /// Offset and length of each problem that is listed.
    ranges: Vec<(usize, usize)>,
    is_partial: bool,
}

impl Conversion {
    fn convert(&mut self, value: Value<'_>) -> (Json, SpanTree) {
        let range = value.range();
        let mut spans = SpanTree { value: to_range(range.start, range.end), ..SpanTree::default() };
        let tree = match value {
            Value::NullKeyword(_) => Json::Null,
            Value::BooleanLit(literal) => Json::Bool(literal.value),
            Value::StringLit(literal) => Json::String(literal.value.into_owned()),
            Value::NumberLit(literal) => {
                self.check_number(literal.value, range.start);
                Json::Number(literal.value.to_owned())
            }
            Value::Array(array) => {
                let mut elements = Vec::with_capacity(array.elements.len());
                spans.children.reserve_exact(array.elements.len());
                for (index, element) in array.elements.into_iter().enumerate() {
                    self.steps.push(Step::Index(index));
                    let (element, below) = self.convert(element);
                    self.steps.pop();
                    elements.push(element);
                    spans.children.push(below);
                }
                Json::Array(elements)
            }
            Value::Object(object) => {
                let mut members: Vec<(String, Json)> = Vec::with_capacity(object.properties.len());
                spans.children.reserve_exact(object.properties.len());
                let mut seen: HashMap<String, usize> = HashMap::new();
                let is_large = object.properties.len() > 16;
                for property in object.properties {
                    let key_range = property.name.range();
                    let key = property.name.into_string();
                    let first = if is_large {
                        seen.get(&key).copied()
                    } else {
                        members.iter().position(|(name, _)| *name == key)
                    };
                    if let Some(first) = first {
                        self.duplicate(
                            &key,
                            key_range.start,
                            key_range.end,
                            &spans.children[first],
                        );
                        continue;
                    }
                    if is_large {
                        seen.insert(key.clone(), members.len());
                    }
                    self.steps.push(Step::Key(key.as_str().into()));
                    let (value, mut below) = self.convert(property.value);
                    self.steps.pop();
                    below.key = to_range(key_range.start, key_range.end);
                    members.push((key, value));
                    spans.children.push(below);
                }
                Json::Object(members)
            }
        };
        (tree, spans)
    }

    fn path(&self) -> Path {
        Path::from(self.steps.clone())
    }

    fn duplicate(&mut self, key: &str, start: usize, end: usize, first: &SpanTree) {
        self.is_partial = true;
        let path = self.path().key(key);
        let mut problem = Problem::new(
            Code::DuplicateKey,
            path.clone(),
            format!("the key `{key}` stands twice in one object"),
        )
        .related(path, format!("`{key}` stands here first"))
        .help("delete one of the two");
        // Resolved to line and column once the text's lines are known.
        problem.related[0].place = None;
        debug_assert!(!first.key.is_empty(), "the first of two members has a key");
        self.push(problem, (start, end - start));
    }

    fn check_number(&mut self, lexeme: &str, offset: usize) {
        if lexeme.len() <= 15 && !lexeme.bytes().any(|byte| matches!(byte, b'e' | b'E')) {
            return;
        }
        let is_whole = !lexeme.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
        let fits = if is_whole {
            lexeme.parse::<i64>().is_ok() || lexeme.parse::<u64>().is_ok()
        } else {
            lexeme.parse::<f64>().is_ok_and(f64::is_finite)
        };
        if !fits {
            let shown: String = lexeme.chars().take(40).collect();
            let message = format!("the number {shown} does not fit into 64 bits");
            let problem = Problem::new(Code::NumberRange, self.path(), message)
                .help("write a smaller number, or put it between quotes as a text");
            self.push(problem, (offset, lexeme.len()));
        }
    }

    fn push(&mut self, problem: Problem, range: (usize, usize)) {
        if self.problems.push(problem) {
            self.ranges.push(range);
        }
    }
}

fn to_range(start: usize, end: usize) -> std::ops::Range<u32> {
    // Documents are at most 64 MiB.
    let narrow = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    narrow(start)..narrow(end)
}
