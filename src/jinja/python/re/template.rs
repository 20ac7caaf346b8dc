//! Replacement templates of `sub`: `\1`, `\g<1>`, `\g<name>`, `\n`.

use minijinja::Error;

use super::Captures;

use crate::jinja::value::failure;

/// `template` with the groups of a match put in.
///
/// # Errors
///
/// Python's words for groups that the pattern does not have.
pub fn expand(template: &str, found: &Captures<'_>) -> Result<String, Error> {
    if !template.contains('\\') {
        return Ok(template.to_string());
    }
    expand_groups(template, |name| match name.parse::<usize>() {
        Ok(place) if place < found.len() => {
            Some(found.get(place).map_or_else(String::new, |part| part.as_str().to_string()))
        }
        Ok(_) => None,
        Err(_) => found.name(name).map(|part| part.as_str().to_string()),
    })
}

/// `template` with groups put in that `group` knows by number or name.
///
/// # Errors
///
/// As [`expand`].
pub fn expand_groups(template: &str, group: impl Fn(&str) -> Option<String>) -> Result<String, Error> {
    let mut out = String::new();
    let mut letters = template.chars().peekable();
    let find = |name: &str| group(name).ok_or_else(|| failure(format!("invalid group reference {name}")));
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('g') if letters.next_if_eq(&'<').is_some() => {
                let name: String = letters.by_ref().take_while(|letter| *letter != '>').collect();
                out.push_str(&find(&name)?);
            }
            Some('0') => out.push('\0'),
            Some(digit) if digit.is_ascii_digit() => {
                let mut name = digit.to_string();
                name.extend(letters.next_if(char::is_ascii_digit));
                out.push_str(&find(&name)?);
            }
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('\\') => out.push('\\'),
            Some(letter) if letter.is_ascii_alphabetic() => return Err(failure(format!("bad escape \\{letter}"))),
            Some(letter) => out.extend(['\\', letter]),
            None => return Err(failure("bad escape (end of pattern)")),
        }
    }
    Ok(out)
}
