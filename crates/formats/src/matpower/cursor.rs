//! A position in the text of a case file, and the lexical rules of its language: blanks, comments, continuations, names.

/// Longest name, bytes.
const NAME_BYTES_MAX: usize = 63;

/// A position in the text. Copying it remembers the position.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    pub text: &'a [u8],
    pub at: usize,
}

impl<'a> Cursor<'a> {
    pub fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    #[inline]
    pub fn peek_at(&self, ahead: usize) -> Option<u8> {
        self.text.get(self.at + ahead).copied()
    }

    /// 1-based line of an offset. Counted when a message needs it, so that reading does not pay for it.
    pub fn line_of(&self, offset: usize) -> u32 {
        let before = &self.text[..offset.min(self.text.len())];
        u32::try_from(1 + before.iter().filter(|&&b| b == b'\n').count()).unwrap_or(u32::MAX)
    }

    pub fn line(&self) -> u32 {
        self.line_of(self.at)
    }

    /// Skips the rest of the line, not its end.
    pub fn skip_line(&mut self) {
        let rest = &self.text[self.at.min(self.text.len())..];
        self.at += rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
    }

    fn at_continuation(&self) -> bool {
        self.text[self.at.min(self.text.len())..].starts_with(b"...")
    }

    /// Skips blanks and continued line ends; whether it skipped anything.
    #[inline]
    pub fn skip_blanks(&mut self) -> bool {
        let start = self.at;
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r') => self.at += 1,
                Some(b'.') if self.at_continuation() => {
                    self.skip_line();
                    self.at = (self.at + 1).min(self.text.len());
                }
                _ => return self.at > start,
            }
        }
    }

    /// Skips blanks, line ends, comments, block comments and stray separators: whatever may stand between statements.
    pub fn skip_to_statement(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\r' | b'\n' | b';' | b',') => self.at += 1,
                Some(b'%' | b'#') => {
                    if self.block_comment_begins() {
                        self.skip_block_comment();
                    } else {
                        self.skip_line();
                    }
                }
                Some(b'.') if self.at_continuation() => self.skip_line(),
                _ => return,
            }
        }
    }

    /// `%{` alone on its line.
    fn block_comment_begins(&self) -> bool {
        let line_start = self.text[..self.at].iter().rposition(|&b| b == b'\n').map_or(0, |i| i + 1);
        let end = self.text[self.at..].iter().position(|&b| b == b'\n').map_or(self.text.len(), |i| self.at + i);
        let line = self.text[line_start..end].trim_ascii();
        line == b"%{" || line == b"#{"
    }

    /// To the line after the `%}` that closes this comment, nested ones counted; to the end where none does.
    fn skip_block_comment(&mut self) {
        let mut depth = 0usize;
        while self.at < self.text.len() {
            let start = self.at;
            self.skip_line();
            match self.text[start..self.at].trim_ascii() {
                b"%{" | b"#{" => depth += 1,
                b"%}" | b"#}" => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return;
            }
            self.at = (self.at + 1).min(self.text.len());
        }
    }

    /// A name: letter or underscore, then letters, digits, underscores.
    pub fn name(&mut self) -> Option<&'a str> {
        let rest = &self.text[self.at.min(self.text.len())..];
        let first = *rest.first()?;
        if !(first.is_ascii_alphabetic() || first == b'_') {
            return None;
        }
        let len = rest.iter().position(|&b| !(b.is_ascii_alphanumeric() || b == b'_')).unwrap_or(rest.len());
        if len > NAME_BYTES_MAX {
            return None;
        }
        self.at += len;
        std::str::from_utf8(&rest[..len]).ok()
    }

    /// Takes the byte if it comes next after blanks.
    pub fn take(&mut self, byte: u8) -> bool {
        let back = self.at;
        self.skip_blanks();
        if self.peek() == Some(byte) {
            self.at += 1;
            true
        } else {
            self.at = back;
            false
        }
    }

    /// A quoted string, `'it''s'` or `"so"`, as it is meant. It may not span lines.
    pub fn string(&mut self) -> Option<String> {
        let quote = self.peek().filter(|b| matches!(b, b'\'' | b'"'))?;
        let mut out = Vec::new();
        let mut i = self.at + 1;
        loop {
            match *self.text.get(i)? {
                b'\n' => return None,
                b if b == quote => {
                    if self.text.get(i + 1) != Some(&quote) {
                        break;
                    }
                    out.push(quote);
                    i += 2;
                }
                b => {
                    out.push(b);
                    i += 1;
                }
            }
        }
        self.at = i + 1;
        String::from_utf8(out).ok()
    }

    /// Whether nothing but a separator, a comment or the end follows on this line.
    pub fn at_statement_end(&mut self) -> bool {
        self.skip_blanks();
        matches!(self.peek(), None | Some(b'\n' | b';' | b',' | b'%' | b'#'))
    }

    /// Skips one statement whatever it says: to the line end or `;` outside brackets, strings and comments.
    /// `false` if a bracket stays open to the end of the text.
    pub fn skip_statement(&mut self) -> bool {
        let mut depth = 0usize;
        // A quote right after a value is a transpose, elsewhere it opens a string.
        let mut after_value = false;
        loop {
            if self.at_continuation() {
                self.skip_blanks();
                continue;
            }
            let Some(byte) = self.peek() else { return depth == 0 };
            match byte {
                b'%' | b'#' => {
                    self.skip_line();
                    continue;
                }
                b'\n' | b';' if depth == 0 => return true,
                b'[' | b'{' | b'(' => depth += 1,
                b']' | b'}' | b')' => depth = depth.saturating_sub(1),
                b'\'' | b'"' if !(after_value && byte == b'\'') && self.string().is_some() => {
                    after_value = true;
                    continue;
                }
                _ => {}
            }
            after_value = byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b')' | b']' | b'}' | b'\'' | b'.');
            self.at += 1;
        }
    }

    /// The beginning of the current line or cell, for messages.
    pub fn excerpt(&self, from: usize) -> &'a str {
        let rest = &self.text[from.min(self.text.len())..];
        let line = rest.iter().position(|&b| b == b'\n').map_or(rest, |i| &rest[..i]);
        let cut = &line[..line.len().min(240)];
        match std::str::from_utf8(cut) {
            Ok(text) => text.trim(),
            Err(e) => std::str::from_utf8(&cut[..e.valid_up_to()]).unwrap_or("").trim(),
        }
    }
}
