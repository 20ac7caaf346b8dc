//! Python literals in text, for `as_bool`, `as_number` and `as_native` of YAML values.

use minijinja::value::{Tuple, ValueKind};
use minijinja::{Error, Value};

use crate::jinja::value::{Dict, List, Set, failure, integer, text};

/// Nesting beyond which text is taken for no literal.
const DEPTH: usize = 60;

/// `value|as_bool`: `True` or `False`.
///
/// # Errors
///
/// dbt's words for text that is neither.
pub fn as_bool(value: &Value) -> Result<Value, Error> {
    let native = as_native(value);
    if native.kind() == ValueKind::Bool { Ok(native) } else { Err(unfit(value, "bool")) }
}

/// `value|as_number`: an integer or float.
///
/// # Errors
///
/// dbt's words for text that is none.
pub fn as_number(value: &Value) -> Result<Value, Error> {
    let native = as_native(value);
    if native.is_number() { Ok(native) } else { Err(unfit(value, "number")) }
}

/// `value|as_native`: the value of a Python literal, else the text itself.
pub fn as_native(value: &Value) -> Value {
    match value.as_str() {
        Some(text) => literal(text).unwrap_or_else(|| value.clone()),
        None => value.clone(),
    }
}

fn unfit(value: &Value, wanted: &str) -> Error {
    failure(format!("Could not convert value '{}' into type '{wanted}'", text(value)))
}

/// The value of a Python literal: numbers, strings, lists, tuples, dicts, sets, `True`, `False`, `None`.
pub fn literal(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text.trim(), depth: 0 };
    let value = reader.value()?;
    reader.skip();
    reader.rest.is_empty().then_some(value)
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl Reader<'_> {
    fn skip(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, mark: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self) -> Option<Value> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        self.skip();
        let value = match self.rest.chars().next()? {
            '[' => self.items("[", "]").map(|(items, _)| List::value(items)),
            '(' => {
                let (mut items, has_comma) = self.items("(", ")")?;
                match (items.len(), has_comma) {
                    (1, false) => items.pop(),
                    (_, _) => Some(Value::from(Tuple::new(items))),
                }
            }
            '{' => self.braces(),
            '\'' | '"' => self.string(),
            _ => self.word(),
        };
        self.depth -= 1;
        value
    }

    fn items(&mut self, open: &str, close: &str) -> Option<(Vec<Value>, bool)> {
        self.take(open);
        let (mut items, mut has_comma) = (Vec::new(), false);
        while !self.take(close) {
            if !items.is_empty() && !has_comma {
                return None;
            }
            items.push(self.value()?);
            has_comma = self.take(",");
        }
        Some((items, has_comma))
    }

    fn braces(&mut self) -> Option<Value> {
        let start = self.rest;
        self.take("{");
        let mut pairs = Vec::new();
        let mut has_comma = true;
        while !self.take("}") {
            let key = has_comma.then(|| self.value())??;
            if !self.take(":") {
                self.rest = start;
                return self.items("{", "}").map(|(items, _)| Set::value(items));
            }
            pairs.push((key, self.value()?));
            has_comma = self.take(",");
        }
        Some(Dict::value(pairs))
    }

    fn string(&mut self) -> Option<Value> {
        let mut letters = self.rest.chars();
        let quote = letters.next()?;
        let mut text = String::new();
        loop {
            match letters.next()? {
                letter if letter == quote => break,
                '\n' => return None,
                '\\' => match letters.next()? {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    letter @ ('\\' | '\'' | '"') => text.push(letter),
                    letter => text.extend(['\\', letter]),
                },
                letter => text.push(letter),
            }
        }
        self.rest = letters.as_str();
        Some(Value::from(text))
    }

    fn word(&mut self) -> Option<Value> {
        let is_part = |letter: char| letter.is_alphanumeric() || "+-._".contains(letter);
        let end = self.rest.find(|letter| !is_part(letter)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "True" => Some(Value::from(true)),
            "False" => Some(Value::from(false)),
            "None" => Some(Value::from(())),
            word => {
                let digits = word.trim_start_matches(['+', '-']);
                let is_octal_looking = digits.len() > 1
                    && digits.starts_with('0')
                    && digits.chars().all(|digit| digit.is_ascii_digit())
                    && digits.contains(|digit| digit != '0');
                let is_number = digits.starts_with(|first: char| first.is_ascii_digit() || first == '.');
                if !is_number || is_octal_looking {
                    return None;
                }
                match super::number::parse_integer(word, 10) {
                    Some(number) => Some(integer(number)),
                    None => super::number::parse_float(word).map(Value::from),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::literal;
    use crate::jinja::value::repr;

    #[test]
    fn literals_are_read_as_python_reads_them() {
        for text in ["[1, 'a', None]", "{'a': [1.5, True]}", "(1,)", "{1, 2}", "-5", "()"] {
            assert_eq!(literal(text).map(|value| repr(&value)).as_deref(), Some(text));
        }
        for text in ["true", "007", "1 2", "abc", "", "nan", "[1 2]"] {
            assert!(literal(text).is_none(), "{text}");
        }
    }
}
