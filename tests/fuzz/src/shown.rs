//! Texts of strangers as they are shown: lines of logs on the screen and in a terminal, notes in Markdown.

use std::cell::OnceCell;

use millrace_ui::fuzz;

/// The command line is a program and no library: its file is read here as well.
#[expect(dead_code, reason = "the command line needs more of it")]
#[path = "../../../crates/cli/src/text/escape.rs"]
mod terminal;

/// Nothing of a line is obeyed: on the screen it is text, in a terminal text with colours.
pub fn log_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for line in text.split('\n') {
        let (pieces, plain) = fuzz::log_line(line);
        assert_eq!(pieces, plain);
        assert!(!plain.chars().any(char::is_control), "{plain:?}");
        let one_line = terminal::one_line(line);
        assert!(!one_line.chars().any(char::is_control), "{one_line:?}");
        assert_eq!(terminal::one_line(&one_line), one_line);
    }
    let shown = terminal::for_terminal(data);
    let mut rest = shown.as_str();
    while let Some(at) = rest.find('\u{1b}') {
        let colour = rest[at..].strip_prefix("\u{1b}[").expect("a sequence that is no colour");
        let end = colour.find(|c: char| !c.is_ascii_digit() && c != ';' && c != ':').unwrap();
        assert_eq!(colour.as_bytes()[end], b'm', "a sequence that is no colour: {shown:?}");
        rest = &colour[end..];
    }
    let obeyed = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\u{1b}');
    assert!(!shown.contains(obeyed), "{shown:?}");
}

thread_local! {
    static CONTEXT: OnceCell<egui::Context> = const { OnceCell::new() };
}

/// Any note is laid out, in any width, and has a size.
pub fn markdown(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    CONTEXT.with(|context| {
        let context = context.get_or_init(fuzz::context);
        for width in [0.0, 240.0] {
            let (size, shapes, first) = fuzz::markdown(context, &text, width);
            assert!(size.iter().all(|side| side.is_finite() && *side >= 0.0), "{size:?}");
            assert!(shapes <= 8 * text.len() + 8, "{shapes} shapes");
            assert!(!first.contains('\n'));
        }
    });
}
