//! YAML text as PyYAML's `safe_dump` prints it.

use serde_json::Value as Json;

use super::Value;
use super::resolve::is_special;

// PyYAML breaks lines at the first blank beyond this column.
const WIDTH: usize = 80;

/// `value` as YAML, mappings in block style, a newline at the end.
pub fn to_yaml(value: &Json, is_sorted: bool) -> String {
    let mut writer = Writer { out: String::new(), is_sorted, list_indent: 0 };
    writer.node(value, 0, Within::Top);
    if is_plain_scalar(value) {
        writer.out.push_str("\n...");
    }
    writer.out.push('\n');
    writer.out
}

/// The same in the order of its keys, with lists indented below their keys, as dbt has it in files of the user.
pub fn to_indented_yaml(value: &Json) -> String {
    let mut writer = Writer { out: String::new(), is_sorted: false, list_indent: 2 };
    writer.node(value, 0, Within::Top);
    writer.out.push('\n');
    writer.out
}

/// `str()` of a value.
pub fn python_text(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Int(it) => it.to_string(),
        Value::Float(it) => float(*it),
        Value::Text(text) => text.clone(),
        Value::Time(text) => text.replacen('T', " ", 1),
        Value::Seq(items) => {
            let items: Vec<String> = items.iter().map(|item| representation(&item.value)).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Map(map) => {
            let entries: Vec<String> = map
                .entries
                .iter()
                .map(|entry| format!("{}: {}", representation(&entry.key.value), representation(&entry.value.value)))
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

/// Python's `repr` of a value, with its choice of quotes.
fn representation(value: &Value) -> String {
    let Value::Text(text) = value else { return python_text(value) };
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let escaped = text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r");
    let escaped = if quote == '\'' { escaped.replace('\'', "\\'") } else { escaped };
    format!("{quote}{escaped}{quote}")
}

/// A float as Python's `repr` has it: with an exponent from 1e16 on and below 1e-4.
fn float(number: f64) -> String {
    if number.is_nan() {
        return "nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if number == 0.0 || (1e-4..1e16).contains(&number.abs()) {
        return format!("{number:?}");
    }
    let text = format!("{number:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |rest| ('-', rest));
    format!("{digits}e{sign}{exponent:0>2}")
}

fn is_plain_scalar(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(_) | Json::Number(_) => true,
        Json::String(text) => style(text, false) == Style::Plain,
        Json::Array(_) | Json::Object(_) => false,
    }
}

/// Where a node is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// At the start of the document.
    Top,
    /// Behind a key and its colon.
    Value,
    /// Behind the dash of a list.
    Item,
}

struct Writer {
    out: String,
    is_sorted: bool,
    /// How far lists stand to the right of their keys.
    list_indent: usize,
}

impl Writer {
    fn node(&mut self, value: &Json, indent: usize, within: Within) {
        match value {
            Json::Array(items) if !items.is_empty() => self.sequence(items, indent, within),
            Json::Object(members) if !members.is_empty() => self.mapping(members, indent, within),
            Json::Array(_) => self.word("[]", within),
            Json::Object(_) => self.word("{}", within),
            Json::Null => self.word("null", within),
            Json::Bool(it) => self.word(if *it { "true" } else { "false" }, within),
            Json::Number(number) => self.word(&number_text(number), within),
            Json::String(text) => {
                self.word("", within);
                self.text(text, indent, false);
            }
        }
    }

    fn word(&mut self, word: &str, within: Within) {
        if within != Within::Top {
            self.out.push(' ');
        }
        self.out.push_str(word);
    }

    fn line(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
    }

    /// A list; behind a key it is indented by `list_indent`, which PyYAML has at nothing.
    fn sequence(&mut self, items: &[Json], indent: usize, within: Within) {
        let own = match within {
            Within::Top => indent,
            Within::Value => indent + self.list_indent,
            Within::Item => {
                self.out.push(' ');
                indent + 2
            }
        };
        for (index, item) in items.iter().enumerate() {
            if index > 0 || within == Within::Value {
                self.line(own);
            }
            self.out.push('-');
            self.node(item, own, Within::Item);
        }
    }

    fn mapping(&mut self, members: &serde_json::Map<String, Json>, indent: usize, within: Within) {
        let own = match within {
            Within::Top => indent,
            Within::Value => indent + 2,
            Within::Item => {
                self.out.push(' ');
                indent + 2
            }
        };
        let mut names: Vec<&String> = members.keys().collect();
        if self.is_sorted {
            names.sort();
        }
        for (index, name) in names.into_iter().enumerate() {
            if index > 0 || within == Within::Value {
                self.line(own);
            }
            self.text(name, own, true);
            self.out.push(':');
            self.node(&members[name], own, Within::Value);
        }
    }

    fn text(&mut self, text: &str, indent: usize, is_key: bool) {
        match style(text, is_key) {
            Style::Plain => self.folded(text, indent, is_key, None),
            Style::Single => self.folded(&text.replace('\'', "''"), indent, is_key, Some('\'')),
            Style::Double => self.double(text),
        }
    }

    /// Plain or single-quoted text, broken at a blank beyond the width; newlines are doubled, as folding takes one away.
    fn folded(&mut self, text: &str, indent: usize, is_key: bool, quote: Option<char>) {
        self.out.extend(quote);
        let indent = if indent == 0 && self.out.contains('\n') || indent > 0 || is_key { indent + 2 } else { 2 };
        let letters: Vec<char> = text.chars().collect();
        for (index, letter) in letters.iter().enumerate() {
            let is_inner = index > 0 && index + 1 < letters.len();
            let is_alone = is_inner && letters[index - 1] != ' ' && letters[index + 1] != ' ';
            if *letter == '\n' {
                let is_first = index == 0 || letters[index - 1] != '\n';
                self.out.push_str(if is_first { "\n\n" } else { "\n" });
                if letters.get(index + 1) != Some(&'\n') {
                    self.out.extend(std::iter::repeat_n(' ', indent));
                }
            } else if *letter == ' ' && is_alone && !is_key && self.column() > WIDTH {
                self.line(indent);
            } else {
                self.out.push(*letter);
            }
        }
        self.out.extend(quote);
    }

    fn column(&self) -> usize {
        self.out.rsplit('\n').next().map_or(0, |line| line.chars().count())
    }

    fn double(&mut self, text: &str) {
        self.out.push('"');
        for letter in text.chars() {
            match letter {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\t' => self.out.push_str("\\t"),
                '\r' => self.out.push_str("\\r"),
                '\0' => self.out.push_str("\\0"),
                '\x1b' => self.out.push_str("\\e"),
                '\u{a0}' => self.out.push_str("\\_"),
                '\u{85}' => self.out.push_str("\\N"),
                ' '..='~' => self.out.push(letter),
                _ => match letter as u32 {
                    code @ ..=0xff => self.out.push_str(&format!("\\x{code:02X}")),
                    code @ ..=0xffff => self.out.push_str(&format!("\\u{code:04X}")),
                    code => self.out.push_str(&format!("\\U{code:08X}")),
                },
            }
        }
        self.out.push('"');
    }
}

fn number_text(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(it) if number.is_f64() => {
            let text = float(it);
            // PyYAML writes 1e+17 as 1.0e+17, for its own reader wants the point.
            if text.contains('.') || !text.contains('e') { text } else { text.replacen('e', ".0e", 1) }
        }
        Some(_) | None => number.to_string(),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
}

/// The style that PyYAML chooses, which writes ASCII only.
fn style(text: &str, is_key: bool) -> Style {
    let is_odd = |c: char| !(c == '\n' || (' '..='~').contains(&c));
    let has_blank_by_break = text.contains("\n ") || text.contains(" \n");
    if text.contains(is_odd) || has_blank_by_break || (is_key && text.contains('\n')) {
        return Style::Double;
    }
    let starts_badly = text
        .starts_with(['#', ',', '[', ']', '{', '}', '&', '*', '!', '|', '>', '\'', '"', '%', '@', '`'])
        || text.starts_with("---")
        || text.starts_with("...")
        || matches!(text.as_bytes(), [b'?' | b':' | b'-'] | [b'?' | b':' | b'-', b' ' | b'\n', ..]);
    let is_broken = text.contains('\n') || text.starts_with(' ') || text.ends_with(' ');
    let has_mark = text.contains(": ") || text.contains(" #") || text.ends_with(':') || text.contains(":\n");
    if text.is_empty() || is_special(text) || starts_badly || is_broken || has_mark {
        return Style::Single;
    }
    Style::Plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn collections_are_written_as_pyyaml_writes_them() {
        let value =
            json!({"b": [1, [2, 3], {"x": null, "y": []}], "a": {"k": "no", "l": "it's: so", "m": "é"}, "f": 1e17});
        let wanted =
            "b:\n- 1\n- - 2\n  - 3\n- x: null\n  y: []\na:\n  k: 'no'\n  l: 'it''s: so'\n  m: \"\\xE9\"\nf: 1.0e+17\n";
        assert_eq!(to_yaml(&value, false), wanted);
        assert!(to_yaml(&value, true).starts_with("a:\n"));
    }

    #[test]
    fn a_plain_scalar_alone_ends_the_document() {
        assert_eq!(to_yaml(&json!("a b"), false), "a b\n...\n");
        assert_eq!(to_yaml(&json!("010"), false), "'010'\n");
    }

    #[test]
    fn floats_are_pythons() {
        assert_eq!(float(1e16), "1e+16");
        assert_eq!(float(0.00001), "1e-05");
        assert_eq!(float(100.0), "100.0");
    }
}
