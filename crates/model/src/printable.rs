//! Text of files, made fit for a terminal.

use std::borrow::Cow;

/// The text with everything that steers a terminal written out: control characters (an escape sequence may clear the screen,
/// retitle the window or hide what follows), line and paragraph separators, and the characters that turn the direction of
/// writing. `\u{1b}[2J` becomes the letters `\u{1b}[2J`. All else, Cyrillic as any, stays as it is.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.contains(steers) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\t' | '\r' | '\n' => out.extend(c.escape_default()),
            c if steers(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn steers(c: char) -> bool {
    // U+2028, U+2029: separators. The rest: marks, embeddings, overrides and isolates of UAX 9.
    c.is_control()
        || matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_written_out_and_words_stay() {
        assert!(matches!(printable("п/ст \"Північна\" – 110 кВ\\"), Cow::Borrowed(_)));
        assert_eq!(printable("a\u{1b}]0;b\u{7}\tc\0"), "a\\u{1b}]0;b\\u{7}\\tc\\u{0}");
        assert_eq!(printable("\u{2066}x\u{85}\u{7f}"), "\\u{2066}x\\u{85}\\u{7f}");
    }
}
