//! How well a text fits what was typed: the one rule of all search boxes.

/// Smaller is better; none = it does not fit. Every word of the query must stand in the text.
pub(crate) fn fit(text: &str, query: &str) -> Option<u8> {
    let text = text.to_lowercase();
    let mut worst = 0;
    for word in query.to_lowercase().split_whitespace() {
        let of_word = if text.starts_with(word) {
            0
        } else if starts_a_word(&text, word) {
            1
        } else if text.contains(word) {
            2
        } else {
            return None;
        };
        worst = worst.max(of_word);
    }
    Some(worst)
}

fn starts_a_word(text: &str, word: &str) -> bool {
    let mut places = text.match_indices(word);
    places.any(|(at, _)| !text[..at].ends_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_beginning_is_best_then_a_word_then_anywhere() {
        assert_eq!(fit("Daily sales report", "dai"), Some(0));
        assert_eq!(fit("Daily sales report", "REP"), Some(1));
        assert_eq!(fit("Daily sales report", "ales"), Some(2));
        assert_eq!(fit("Daily sales report", "rep sal"), Some(1));
        assert_eq!(fit("Daily sales report", "rep x"), None);
        assert_eq!(fit("anything", " "), Some(0));
        assert_eq!(fit("Überblick_täglich", "täg"), Some(1));
    }
}
