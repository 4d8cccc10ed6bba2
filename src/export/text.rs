//! How ids and texts stand in text files: nothing in them can be taken for a separator.
//!
//! Numbers need no care: Rust writes the shortest digits that read back to the same `f32`.

use std::fmt::Write;

/// An id as one word: white space, control characters, `%`, `"`, `#` and `|` are percent-encoded.
///
/// Different ids stay different, and most stay as they are.
pub(super) fn word(id: &str) -> String {
    let is_plain = |letter: char| {
        !(letter.is_whitespace() || letter.is_control() || ['%', '"', '#', '|'].contains(&letter))
    };
    let mut text = String::with_capacity(id.len());
    let mut bytes = [0; 4];
    for letter in id.chars() {
        if is_plain(letter) {
            text.push(letter);
            continue;
        }
        for byte in letter.encode_utf8(&mut bytes).bytes() {
            // Writing to a string cannot fail.
            let _written = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// A text on one line: each tab, line end or other control character becomes a space.
pub(super) fn one_line(text: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    text.chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_becomes_one_word_and_different_ids_stay_different() {
        assert_eq!(word("B0001-x_é/:"), "B0001-x_é/:");
        let ids = [
            "a b", "a\tb", "a\nb", "a%20b", "a\u{a0}b", "a#b", "a\"b", "a|b",
        ];
        let words: Vec<String> = ids.iter().map(|id| word(id)).collect();
        assert_eq!(words[0], "a%20b");
        assert_eq!(words[3], "a%2520b");
        assert_eq!(words[4], "a%C2%A0b");
        let different: std::collections::BTreeSet<&String> = words.iter().collect();
        assert_eq!(different.len(), ids.len());
    }

    #[test]
    fn a_text_keeps_its_words_on_one_line() {
        assert_eq!(one_line("a\tb\r\nc \"d\""), "a b  c \"d\"");
    }
}
