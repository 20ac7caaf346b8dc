//! Text to nodes, on the spans of dbt-yaml.
//!
//! dbt-yaml reads YAML 1.2 and gives no account of quotes, anchors and tags; but the start of each span is exact, so these are read off
//! the source there. Spans go wrong behind an alias, so every `*` is hidden from dbt-yaml and aliases are resolved here.

use std::borrow::Cow;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use serde_yaml::Value as Raw;
use serde_yaml::mapping::DuplicateKey;

use super::resolve::{self, Tag};
use super::{Entry, Map, Node, Origin, Value};
use crate::error::{Error, Place, Result};

/// A YAML text as a tree, and the keys it gave twice.
#[derive(Debug)]
pub struct Document {
    /// The tree; a null node for an empty text.
    pub root: Node,
    /// Keys given twice in one mapping; the last one counts.
    pub doubled: Vec<DoubledKey>,
}

/// A key that stands twice in one mapping.
#[derive(Debug, Clone)]
pub struct DoubledKey {
    /// The key.
    pub name: String,
    /// Where the later one stands.
    pub origin: Origin,
}

/// The tree of `text`, which stands in `file`.
///
/// # Errors
///
/// `Parsing` when it is not one YAML document.
pub fn parse(text: &str, file: &Arc<Path>) -> Result<Document> {
    let star = text.contains('*').then(|| unused_letter(text));
    let hidden = star.map_or(Cow::Borrowed(text), |star| Cow::Owned(text.replace('*', star.encode_utf8(&mut [0; 4]))));
    let mut doubled = Vec::new();
    let raw = Raw::from_str(&hidden, |_, key, _| {
        let start = key.span().start;
        let origin = Origin { file: file.clone(), line: start.line as u32, column: start.column as u32 };
        doubled.push(DoubledKey { name: key.as_str().unwrap_or_default().to_owned(), origin });
        DuplicateKey::Overwrite
    })
    .map_err(|error| foreign(&error, text, file))?;
    let mut reader = Reader { source: &hidden, star, file, anchors: HashMap::new() };
    let root = reader.node(raw)?;
    Ok(Document { root, doubled })
}

/// The tree of `text` that no file holds, such as the argument of `fromyaml`; `shown` stands for the file in errors.
///
/// # Errors
///
/// `Parsing` when it is not one YAML document.
pub fn parse_text(text: &str, shown: &str) -> Result<Node> {
    parse(text, &Arc::from(Path::new(shown))).map(|document| document.root)
}

/// A letter for private use that `text` does not hold.
fn unused_letter(text: &str) -> char {
    ('\u{e000}'..'\u{f8ff}').find(|letter| !text.contains(*letter)).unwrap_or('\u{f8ff}')
}

fn foreign(error: &serde_yaml::Error, text: &str, file: &Arc<Path>) -> Error {
    let place = error.location().map_or_else(
        || Place::file(file.to_path_buf()),
        |mark| Place::at(file.to_path_buf(), mark.line() as u32, mark.column() as u32),
    );
    let full = error.display_no_mark().to_string();
    let message = full.split(" at line ").next().unwrap_or(&full);
    let line_at = |place: &Place| text.lines().nth((place.line as usize).saturating_sub(1)).unwrap_or_default();
    // What is never closed shows at the end of the file; it is found where it begins.
    let place = match beginning(&full, file) {
        Some(start) if line_at(&place).trim().is_empty() => start,
        Some(_) | None => place,
    };
    let line = line_at(&place).to_owned();
    let error = Error::parsing(format!("this is no valid YAML: {message}")).at(place);
    if line.trim_start_matches([' ', '-']).starts_with('\t') || line.contains("\t-") {
        return error.hint("YAML is indented with spaces, not with tabs");
    }
    if line.contains("{{") || line.contains("{%") {
        return error.hint("put quotes around a value that holds Jinja");
    }
    error
}

/// The place that libyaml names second: where the list, mapping or text begins that it was reading.
fn beginning(message: &str, file: &Arc<Path>) -> Option<Place> {
    let (_, mark) = message.split_once(", ")?.1.rsplit_once(" at line ")?;
    let (line, column) = mark.split_once(" column ")?;
    Some(Place::at(file.to_path_buf(), line.parse().ok()?, column.parse().ok()?))
}

struct Reader<'a> {
    source: &'a str,
    /// The letter that stands for `*`.
    star: Option<char>,
    file: &'a Arc<Path>,
    anchors: HashMap<String, Node>,
}

/// What stands before a value: its anchor and tag, and the rest of the source from its first character.
struct Head<'a> {
    anchor: Option<&'a str>,
    tag: Option<&'a str>,
    rest: &'a str,
}

impl Reader<'_> {
    fn node(&mut self, raw: Raw) -> Result<Node> {
        let span = raw.span();
        let (start, end) = (span.start, span.end.index);
        let origin = Origin { file: self.file.clone(), line: start.line as u32, column: start.column as u32 };
        let source = self.source;
        let text = source.get(start.index..end.max(start.index)).unwrap_or_default();
        let head = Head::of(text);
        if let Some(name) = self.alias(&raw, head.rest) {
            let found = self.anchors.get(name).cloned();
            return found.ok_or_else(|| Error::parsing(format!("nothing has the anchor `&{name}`")).at(origin.place()));
        }
        let anchor = head.anchor.map(ToOwned::to_owned);
        let value = self.value(raw, &head).map_err(|error| error.at(origin.place()))?;
        let node = Node::new(value, origin);
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    /// The name of the anchor that a plain scalar refers to.
    fn alias<'r>(&self, raw: &'r Raw, rest: &str) -> Option<&'r str> {
        let star = self.star?;
        let Raw::String(text, ..) = raw else { return None };
        text.strip_prefix(star).filter(|_| rest.starts_with(star))
    }

    fn value(&mut self, raw: Raw, head: &Head<'_>) -> Result<Value> {
        let tag = Tag::of(head.tag)?;
        match raw {
            Raw::Null(..) => Ok(if tag == Tag::Text { Value::Text(String::new()) } else { Value::Null }),
            Raw::Bool(..) | Raw::Number(..) => resolve::plain(resolve::token(head.rest), tag),
            Raw::String(text, ..) => {
                let text = self.restore(text);
                match head.rest.starts_with(['\'', '"', '|', '>']) {
                    true => resolve::quoted(text, tag),
                    false => resolve::plain(&text, tag),
                }
            }
            Raw::Sequence(items, ..) => {
                Ok(Value::Seq(items.into_iter().map(|item| self.node(item)).collect::<Result<_>>()?))
            }
            Raw::Mapping(mapping, ..) => self.mapping(mapping).map(Value::Map),
            Raw::Tagged(tagged, ..) => {
                Err(Error::parsing(format!("the tag `{}` means nothing here", tagged.tag)).hint("leave the tag out"))
            }
        }
    }

    fn restore(&self, text: String) -> String {
        match self.star {
            Some(star) if text.contains(star) => text.replace(star, "*"),
            Some(_) | None => text,
        }
    }

    fn mapping(&mut self, mapping: serde_yaml::Mapping) -> Result<Map> {
        let mut own = Map { entries: Vec::with_capacity(mapping.len()) };
        let mut merged = Map::default();
        for (key, value) in mapping {
            let is_merge = self.is_merge(&key);
            let key = self.node(key)?;
            let value = self.node(value)?;
            if is_merge {
                merge(&mut merged, value)?;
                continue;
            }
            if let Value::Seq(_) | Value::Map(_) = key.value {
                // Placed at the mapping, which is where the quotes have to go.
                return Err(Error::parsing("a list or mapping cannot be a key")
                    .hint("put quotes around a value that holds Jinja"));
            }
            own.entries.push(Entry { key, value });
        }
        if merged.is_empty() {
            return Ok(own);
        }
        for entry in own.entries {
            put(&mut merged, entry, true);
        }
        Ok(merged)
    }

    /// True for an unquoted `<<`.
    fn is_merge(&self, key: &Raw) -> bool {
        let start = key.span().start.index;
        key.as_str() == Some("<<") && self.source.get(start..).is_some_and(|rest| rest.starts_with("<<"))
    }
}

/// Adds what `<<` names; of a list, earlier mappings win.
fn merge(target: &mut Map, value: Node) -> Result<()> {
    let place = value.place();
    match value.value {
        Value::Map(map) => {
            for entry in map.entries {
                put(target, entry, true);
            }
            Ok(())
        }
        Value::Seq(items) => items.into_iter().rev().try_for_each(|item| merge(target, item)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Time(_) => {
            Err(Error::parsing("`<<` must be a mapping or a list of mappings").at(place))
        }
    }
}

fn put(map: &mut Map, entry: Entry, is_stronger: bool) {
    match map.entries.iter_mut().find(|existing| existing.key == entry.key) {
        Some(existing) if is_stronger => existing.value = entry.value,
        Some(_) => {}
        None => map.entries.push(entry),
    }
}

impl<'a> Head<'a> {
    fn of(text: &'a str) -> Head<'a> {
        let mut head = Head { anchor: None, tag: None, rest: text.trim_start() };
        loop {
            let end = head.rest.find([' ', '\t', '\n', '\r', ',', ']', '}']).unwrap_or(head.rest.len());
            let word = &head.rest[..end];
            if let Some(anchor) = word.strip_prefix('&').filter(|_| head.anchor.is_none()) {
                head.anchor = Some(anchor);
            } else if word.starts_with('!') && head.tag.is_none() {
                head.tag = Some(word);
            } else {
                return head;
            }
            head.rest = head.rest[end..].trim_start();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Node {
        parse_text(text, "x.yml").unwrap()
    }

    /// The value as Python's `json` would show it, dates and numbers that JSON lacks as in the file of cases.
    fn shown(node: &Node) -> serde_json::Value {
        match &node.value {
            Value::Float(it) if !it.is_finite() => {
                serde_json::json!({"python": "float", "text": node.value.python_text()})
            }
            Value::Time(text) => {
                let kind = if text.len() == 10 { "date" } else { "datetime" };
                serde_json::json!({"python": kind, "text": node.value.python_text()})
            }
            Value::Seq(items) => items.iter().map(shown).collect(),
            Value::Map(map) if map.entries.iter().any(|entry| entry.key.as_text().is_none()) => {
                let pairs: Vec<_> = map
                    .entries
                    .iter()
                    .map(|entry| [representation(&entry.key), representation(&entry.value)])
                    .collect();
                serde_json::json!({ "non_string_keys": pairs })
            }
            Value::Map(map) => {
                serde_json::Value::Object(map.iter().map(|(key, value)| (key.to_owned(), shown(value))).collect())
            }
            _ => node.to_json(),
        }
    }

    fn representation(node: &Node) -> String {
        match &node.value {
            Value::Text(text) => format!("'{text}'"),
            other => other.python_text(),
        }
    }

    #[test]
    fn every_text_is_read_as_pyyaml_reads_it() {
        let cases: serde_json::Value = serde_json::from_str(include_str!("cases.json")).unwrap();
        let mut wrong = Vec::new();
        for case in cases["cases"].as_array().unwrap() {
            let text = case["yaml"].as_str().unwrap();
            let found = parse_text(text, "x.yml").map(|node| shown(&node));
            let is_right = match (&found, case.get("value")) {
                (Ok(found), Some(wanted)) => found == wanted,
                (Err(_), None) => true,
                (Ok(_), None) | (Err(_), Some(_)) => false,
            };
            if !is_right {
                wrong.push(format!("{text:?}: {found:?} instead of {case}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn what_follows_an_alias_has_its_own_place() {
        let root = tree("a: &x [1]\nb: *x\nc: 010\nd: '*x'\ne: a * b\n");
        let map = root.as_map().unwrap();
        assert_eq!(root.to_json().to_string(), r#"{"a":[1],"b":[1],"c":8,"d":"*x","e":"a * b"}"#);
        assert_eq!(map.entry("c").unwrap().key.place().to_string(), "x.yml:3:1");
        assert_eq!(map.get("c").unwrap().place().to_string(), "x.yml:3:4");
    }

    #[test]
    fn a_merge_list_is_won_by_its_first_mapping() {
        let root = tree("- &a {p: 1, q: 1}\n- &b {q: 2, r: 2}\n- {<<: [*a, *b], r: 3}");
        assert_eq!(root.as_seq().unwrap()[2].to_json().to_string(), r#"{"q":1,"r":3,"p":1}"#);
    }

    #[test]
    fn a_key_given_twice_is_named_with_its_line() {
        let document = parse("a: 1\nb: 2\na: 3\n", &Arc::from(Path::new("x.yml"))).unwrap();
        assert_eq!(document.doubled[0].name, "a");
        assert_eq!(document.doubled[0].origin.place().to_string(), "x.yml:3:1");
    }

    #[test]
    fn jinja_without_quotes_gets_a_hint() {
        let error = parse_text("a: {{ x }}", "x.yml").unwrap_err();
        assert_eq!(error.hints(), ["put quotes around a value that holds Jinja"]);
    }

    #[test]
    fn jinja_without_quotes_is_placed_at_its_first_brace() {
        let error = parse_text("a:\n  b: {{ x }}", "x.yml").unwrap_err();
        assert_eq!(error.place().unwrap().to_string(), "x.yml:2:6");
    }

    #[test]
    fn what_is_never_closed_is_placed_where_it_begins() {
        let place = |text: &str| parse_text(text, "x.yml").unwrap_err().place().unwrap().to_string();
        assert_eq!(place("a: 1\nb: [x, y\n"), "x.yml:2:4");
        assert_eq!(place("a: 1\nb: \"x\n"), "x.yml:2:4");
    }

    #[test]
    fn a_type_mistake_says_what_was_found_and_where() {
        let root = tree("a: 1\nthreads: four\n");
        let error = root.as_map().unwrap().get("threads").unwrap().int::<u32>("threads").unwrap_err();
        assert_eq!(error.message(), "`threads` must be a whole number, not `four`");
        assert_eq!(error.place().unwrap().to_string(), "x.yml:2:10");
    }
}
