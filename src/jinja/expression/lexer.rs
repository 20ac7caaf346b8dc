//! Cuts the inside of a tag into tokens.

use std::ops::Range;

use crate::jinja::scan::string_end;

/// What kind of token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A name or a word operator.
    Name,
    /// An integer.
    Integer,
    /// A number with a point or an exponent.
    Float,
    /// A string with its quotes.
    String,
    /// Punctuation: one operator.
    Operator,
}

/// One token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its kind.
    pub kind: TokenKind,
    /// Bytes in the source.
    pub span: Range<usize>,
}

const LONG_OPERATORS: [&str; 7] = ["**", "//", "==", "!=", "<=", ">=", "->"];

/// The tokens in the bytes `range` of `source`; `None` if a letter belongs to no token.
pub fn tokens(source: &str, range: Range<usize>) -> Option<Vec<Token>> {
    let text = &source[..range.end];
    let mut at = range.start;
    let mut all = Vec::new();
    while let Some(letter) = text[at..].chars().next() {
        if letter.is_whitespace() {
            at += letter.len_utf8();
            continue;
        }
        let (kind, end) = token(text, at, letter)?;
        all.push(Token { kind, span: at..end });
        at = end;
    }
    Some(all)
}

fn token(text: &str, at: usize, first: char) -> Option<(TokenKind, usize)> {
    let rest = &text[at..];
    if first.is_alphabetic() || first == '_' {
        let length = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
        return Some((TokenKind::Name, at + length));
    }
    if first.is_ascii_digit() {
        let (kind, length) = number(rest.as_bytes());
        return Some((kind, at + length));
    }
    if let '\'' | '"' = first {
        let end = string_end(text.as_bytes(), at, text.as_bytes()[at])?;
        return Some((TokenKind::String, end));
    }
    if LONG_OPERATORS.iter().any(|operator| rest.starts_with(operator)) {
        return Some((TokenKind::Operator, at + 2));
    }
    "+-*/%~<>=()[]{}.,:;|".contains(first).then_some((TokenKind::Operator, at + 1))
}

/// Kind and length of the number at the start of `text`.
fn number(text: &[u8]) -> (TokenKind, usize) {
    let digits = |from: usize| {
        let is_digit = |byte: &u8| byte.is_ascii_digit() || *byte == b'_';
        from + text[from..].iter().take_while(|byte| is_digit(byte)).count()
    };
    if text[0] == b'0' && matches!(text.get(1), Some(b'x' | b'X' | b'o' | b'O' | b'b' | b'B')) {
        let is_digit = |byte: &&u8| byte.is_ascii_hexdigit() || **byte == b'_';
        return (TokenKind::Integer, 2 + text[2..].iter().take_while(is_digit).count());
    }
    let mut end = digits(0);
    let mut kind = TokenKind::Integer;
    if text.get(end) == Some(&b'.') && text.get(end + 1).is_some_and(u8::is_ascii_digit) {
        end = digits(end + 1);
        kind = TokenKind::Float;
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        if text.get(end + 1 + sign).is_some_and(u8::is_ascii_digit) {
            end = digits(end + 1 + sign);
            kind = TokenKind::Float;
        }
    }
    (kind, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_names_strings_and_operators_are_told_apart() {
        let source = "größe.0 1_000 0x1f 1.5e-3 5 .foo 'it\\'s' a**b!=c";
        let found: Vec<&str> =
            tokens(source, 0..source.len()).unwrap().into_iter().map(|it| &source[it.span]).collect();
        let wanted =
            ["größe", ".", "0", "1_000", "0x1f", "1.5e-3", "5", ".", "foo", "'it\\'s'", "a", "**", "b", "!=", "c"];
        assert_eq!(found, wanted);
        assert_eq!(tokens("a ? b", 0..5), None);
    }
}
