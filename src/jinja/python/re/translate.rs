//! Python's syntax of patterns in that of the crate `fancy-regex`.

/// `pattern` with what the crate reads differently rewritten.
///
/// Python: `\Z` is the very end, `$` also matches before a last newline, `[` is a letter inside of a class, `{` is a
/// letter where no count follows, `{,3}` starts at zero.
pub fn translate(pattern: &str, is_multiline: bool) -> String {
    let letters: Vec<char> = pattern.chars().collect();
    let is_multiline = is_multiline || has_inline_flag(pattern, 'm');
    let mut out = String::with_capacity(pattern.len() + 8);
    let mut at = 0;
    // Where the open class started, if one is open.
    let mut class_start = None;
    while at < letters.len() {
        let letter = letters[at];
        match (letter, class_start) {
            ('\\', _) => {
                at += 1;
                push_escape(&mut out, letters.get(at).copied());
            }
            ('[', None) => {
                out.push('[');
                if letters.get(at + 1) == Some(&'^') {
                    at += 1;
                    out.push('^');
                }
                class_start = Some(at + 1);
            }
            (']', Some(start)) if at > start => {
                out.push(']');
                class_start = None;
            }
            (']' | '[' | '&' | '~', Some(_)) => out.extend(['\\', letter]),
            ('-', Some(_)) if letters.get(at + 1) == Some(&'-') => out.push_str("\\-"),
            ('$', None) if !is_multiline => out.push_str("(?=\\n?\\z)"),
            ('{', None) => out.push_str(&count(&letters[at..])),
            (letter, _) => out.push(letter),
        }
        at += 1;
    }
    out
}

fn push_escape(out: &mut String, escaped: Option<char>) {
    match escaped {
        Some('Z') => out.push_str("\\z"),
        Some('0') => out.push_str("\\x00"),
        Some(letter) if letter.is_alphanumeric() => out.extend(['\\', letter]),
        Some(letter) if "<>_\"'/@,:;=!%` ".contains(letter) => out.push_str(&escape_space(letter)),
        Some(letter) => out.extend(['\\', letter]),
        None => out.push('\\'),
    }
}

/// A space must stay escaped, because it means nothing in verbose patterns.
fn escape_space(letter: char) -> String {
    if letter == ' ' { "\\x20".to_string() } else { letter.to_string() }
}

/// The brace at the start of `letters`, as the start of a count or as a letter.
fn count(letters: &[char]) -> String {
    let inside: String = letters[1..].iter().take_while(|letter| **letter != '}').collect();
    let is_closed = letters.len() > inside.chars().count() + 1;
    let is_count = inside.chars().all(|letter| letter.is_ascii_digit() || letter == ',')
        && inside.chars().filter(|letter| *letter == ',').count() <= 1
        && inside.chars().any(|letter| letter.is_ascii_digit());
    match (is_closed && is_count, inside.starts_with(',')) {
        (true, true) => "{0".to_string(),
        (true, false) => "{".to_string(),
        (false, _) => "\\{".to_string(),
    }
}

fn has_inline_flag(pattern: &str, flag: char) -> bool {
    let Some(flags) = pattern.strip_prefix("(?") else { return false };
    flags.chars().take_while(|letter| letter.is_ascii_lowercase()).any(|letter| letter == flag)
}

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn what_differs_is_rewritten() {
        assert_eq!(translate(r"a\Z", false), r"a\z");
        assert_eq!(translate(r"^a$", false), r"^a(?=\n?\z)");
        assert_eq!(translate(r"[[\]a]", false), r"[\[\]a]");
        assert_eq!(translate(r"{{ x{2} y{,3}", false), r"\{\{ x{2} y{0,3}");
        assert_eq!(translate(r"\<a\/", false), "<a/");
        assert_eq!(translate("[]a]", false), r"[\]a]");
    }
}
