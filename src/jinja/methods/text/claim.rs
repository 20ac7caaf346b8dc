//! Yes or no questions on a whole text.

use minijinja::{Error, Value};

use crate::jinja::value::bind;

/// Calls `method` if it is of this group.
pub fn call(text: &str, method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    let all = |claim: fn(char) -> bool| !text.is_empty() && text.chars().all(claim);
    let answer = match method {
        "isdigit" => all(|letter| letter.is_ascii_digit() || is_digit(letter)),
        "isdecimal" => all(|letter| letter.is_ascii_digit() || letter.is_numeric() && !is_other_number(letter)),
        "isnumeric" => all(char::is_numeric),
        "isalpha" => all(char::is_alphabetic),
        "isalnum" => all(char::is_alphanumeric),
        "isspace" => all(char::is_whitespace),
        "isascii" => text.is_ascii(),
        "isprintable" => text.chars().all(|letter| letter == ' ' || !letter.is_control() && !letter.is_whitespace()),
        "isupper" => is_cased(text, char::is_uppercase, char::is_lowercase),
        "islower" => is_cased(text, char::is_lowercase, char::is_uppercase),
        "istitle" => is_title(text),
        "isidentifier" => {
            all(|letter| letter == '_' || letter.is_alphanumeric())
                && !text.starts_with(|first: char| first.is_numeric())
        }
        _ => return Ok(None),
    };
    bind(&format!("str.{method}"), arguments, [], 0)?;
    Ok(Some(Value::from(answer)))
}

/// Digits of other scripts and superscripts, without fractions and the like.
fn is_digit(letter: char) -> bool {
    matches!(letter, '²' | '³' | '¹') || letter.is_numeric() && !is_other_number(letter)
}

/// Numbers that are no decimal digits: superscripts, fractions, Roman and circled numbers, ideographs.
fn is_other_number(letter: char) -> bool {
    matches!(letter, '²' | '³' | '¹' | '¼'..='¾' | '\u{2070}'..='\u{218f}' | '\u{2460}'..='\u{24ff}'
        | '\u{2776}'..='\u{2793}' | '\u{3000}'..='\u{9fff}')
}

fn is_cased(text: &str, wanted: fn(char) -> bool, other: fn(char) -> bool) -> bool {
    text.chars().any(wanted) && !text.chars().any(other)
}

fn is_title(text: &str) -> bool {
    let (mut is_inside, mut has_letter) = (false, false);
    for letter in text.chars() {
        if letter.is_uppercase() == is_inside && (letter.is_uppercase() || letter.is_lowercase()) {
            return false;
        }
        is_inside = letter.is_alphabetic();
        has_letter |= is_inside;
    }
    has_letter
}
