//! A writer that cannot forget to escape: markup comes from the program text only, all else is escaped on the way in.

use crate::text::Both;
use std::fmt::Write as _;

/// HTML or inline SVG in the making.
#[derive(Debug, Default)]
pub(crate) struct Html(String);

impl Html {
    /// Markup. Only literals of this crate fit, so no text of a scenario can come this way.
    pub(crate) fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text from anywhere, escaped for element content and for quoted attributes alike.
    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            match c {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                // Control characters are not allowed in XML, and those that turn the writing direction can make a
                // name look like another one.
                '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => self.0.push(' '),
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => {}
                _ => self.0.push(c),
            }
        }
        self
    }

    /// A coordinate with one decimal, the shortest way to write it.
    pub(crate) fn number(&mut self, value: f64) -> &mut Self {
        let rounded = (value * 10.0).round() / 10.0;
        // `+ 0.0` turns a negative zero into a plain one.
        write!(self.0, "{}", rounded + 0.0).expect("invariant: writing to a string cannot fail");
        self
    }

    /// A text in both languages, of which the page shows one. What reads the same in both is written once.
    pub(crate) fn both(&mut self, both: &Both) -> &mut Self {
        if both.en == both.uk {
            return self.text(&both.en);
        }
        self.raw("<span lang=\"en\">").text(&both.en).raw("</span><span lang=\"uk\">").text(&both.uk).raw("</span>")
    }

    /// A text in both languages inside an element that opens with `open` (without its `>`) and ends with `close`.
    pub(crate) fn both_in(&mut self, open: &'static str, both: &Both, close: &'static str) -> &mut Self {
        self.raw(open).raw(">").both(both).raw(close)
    }

    /// What `write` makes, in place.
    pub(crate) fn with(&mut self, write: impl FnOnce(&mut Self)) -> &mut Self {
        write(self);
        self
    }

    /// The finished document.
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_escaped_for_content_and_attributes() {
        let mut html = Html::default();
        html.text("<script>alert('1' & \"2\")</script>\u{0}\u{202e}x");
        assert_eq!(html.finish(), "&lt;script&gt;alert(&#39;1&#39; &amp; &quot;2&quot;)&lt;/script&gt; x");
    }

    #[test]
    fn coordinates_are_short_and_have_no_negative_zero() {
        let mut html = Html::default();
        html.number(-0.04).raw(" ").number(12.349).raw(" ").number(7.0);
        assert_eq!(html.finish(), "0 12.3 7");
    }
}
