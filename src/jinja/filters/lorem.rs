//! `lipsum`: text that says nothing, to fill a page with.

use minijinja::{Error, Value};

use super::attribute::is_set;
use crate::jinja::value::{as_integer, bind};

const WORDS: [&str; 24] = [
    "lorem",
    "ipsum",
    "dolor",
    "sit",
    "amet",
    "consectetur",
    "adipiscing",
    "elit",
    "sed",
    "do",
    "eiusmod",
    "tempor",
    "incididunt",
    "ut",
    "labore",
    "et",
    "dolore",
    "magna",
    "aliqua",
    "enim",
    "minim",
    "veniam",
    "quis",
    "nostrud",
];

/// `lipsum(n=5, html=True, min=20, max=100)`: paragraphs with so many words; the same each time.
pub fn lipsum(arguments: &[Value]) -> Result<Value, Error> {
    let [count, html, least, most] = bind("lipsum", arguments, ["n", "html", "min", "max"], 0)?;
    let number = |given: Option<Value>, absent: i64| given.map_or(Ok(absent), |given| as_integer(&given));
    let (count, least, most) = (number(count, 5)?.max(0), number(least, 20)?.max(0), number(most, 100)?);
    let is_html = html.is_none() || is_set(html);
    let paragraph = |at: i64| {
        let spread = (most - least).max(1);
        let words = least + at * 37 % spread;
        let text = (0..words).map(|word| WORDS[((at * 7 + word * 5) % WORDS.len() as i64) as usize]);
        let text = format!("{}.", text.collect::<Vec<_>>().join(" "));
        let text = format!("{}{}", text[..1].to_uppercase(), &text[1..]);
        if is_html { format!("<p>{text}</p>") } else { text }
    };
    let separator = if is_html { "\n" } else { "\n\n" };
    Ok(Value::from((0..count).map(paragraph).collect::<Vec<_>>().join(separator)))
}
