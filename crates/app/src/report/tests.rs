//! What a report makes of texts that are not meant well.

use super::words::plain;

#[test]
fn what_a_terminal_obeys_is_left_out() {
    for (text, shown) in [
        ("plain\nlines\t.", "plain\nlines\t."),
        ("\u{1b}[31mred\u{1b}[0m", "red"),
        ("\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\", "link"),
        ("\u{1b}[", ""),
        ("\u{1b}", ""),
        ("\u{1b}(Bx", "Bx"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("\u{0}\u{8}", "\u{fffd}\u{fffd}"),
        ("海 🌊", "海 🌊"),
    ] {
        assert_eq!(plain(text), shown, "{text:?}");
    }
}
