//! Letters as numbers: `encode`, `translate`, `maketrans`; and `format_map`.

use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Error, Value};

use crate::jinja::format;
use crate::jinja::value::{Dict, as_text, bind, encode, failure, pairs, text, type_name};

/// Calls `method` if it is of this group.
pub fn call(letters: &str, method: &str, arguments: &[Value]) -> Result<Option<Value>, Error> {
    match method {
        "encode" => encode(letters, arguments).map(Some),
        "translate" => {
            let [table] = bind("str.translate", arguments, ["table"], 1)?;
            translate(letters, &table.unwrap_or_default()).map(Some)
        }
        "maketrans" => make_table(arguments).map(Some),
        "format_map" => {
            let [mapping] = bind("str.format_map", arguments, ["mapping"], 1)?;
            let named = pairs(&mapping.unwrap_or_default())?;
            let named = Kwargs::from_iter(named.into_iter().map(|(key, value)| (text(&key), value)));
            format::format(letters, &[Value::from(named)]).map(|text| Some(Value::from(text)))
        }
        _ => Ok(None),
    }
}

fn translate(letters: &str, table: &Value) -> Result<Value, Error> {
    let mut translated = String::with_capacity(letters.len());
    for letter in letters.chars() {
        let found = table.get_item(&Value::from(u32::from(letter)))?;
        match found.kind() {
            ValueKind::Undefined => translated.push(letter),
            ValueKind::None => {}
            ValueKind::Number => match u32::try_from(found).ok().and_then(char::from_u32) {
                Some(letter) => translated.push(letter),
                None => return Err(failure("character mapping must be in range(0x110000)")),
            },
            ValueKind::String => translated.push_str(&text(&found)),
            _ => return Err(failure("character mapping must return integer, None or str")),
        }
    }
    Ok(Value::from(translated))
}

fn make_table(arguments: &[Value]) -> Result<Value, Error> {
    let [from, to, gone] = bind("maketrans", arguments, ["x", "y", "z"], 1)?;
    let from = from.unwrap_or_default();
    let code = |letter: char| Value::from(u32::from(letter));
    let Some(to) = to else {
        if from.kind() != ValueKind::Map {
            return Err(failure("if you give only one argument to maketrans it must be a dict"));
        }
        let entries = pairs(&from)?.into_iter().map(|(key, value)| match key.as_str() {
            None => Ok((key, value)),
            Some(letter) => match (letter.chars().next(), letter.chars().count()) {
                (Some(letter), 1) => Ok((code(letter), value)),
                (_, _) => Err(failure("string keys in translate table must be of length 1")),
            },
        });
        return Ok(Dict::value(entries.collect::<Result<Vec<_>, Error>>()?));
    };
    let Some(before) = from.as_str() else {
        let found = type_name(&from);
        return Err(failure(format!(
            "first maketrans argument must be a string if there is a second argument, not {found}"
        )));
    };
    let after = as_text("maketrans", &to)?;
    if before.chars().count() != after.chars().count() {
        return Err(failure("the first two maketrans arguments must have equal length"));
    }
    let gone = gone.map(|gone| text(&gone)).unwrap_or_default();
    let changed = before.chars().zip(after.chars()).map(|(from, to)| (code(from), code(to)));
    Ok(Dict::value(changed.chain(gone.chars().map(|letter| (code(letter), Value::from(()))))))
}
