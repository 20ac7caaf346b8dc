//! Filters that write HTML: `urlize`, `xmlattr`, `escape`.

use std::sync::LazyLock;

use minijinja::{Error, State, Value};
use regex::Regex;

use crate::jinja::is_undefined;
use crate::jinja::value::{as_optional_integer, bind, failure, items, pairs, repr, text};

/// What Jinja2 takes for a link: with a scheme or `www.`, with one of the old endings, or the number of a host.
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    const PATTERN: &str = r"(?i)^(?:(?:https?://|www\.)(?:(?:[\w%-]+\.)+)?(?:[a-z]{2,63}|xn--[\w%]{2,59})|(?:[\w%-]{2,63}\.)+(?:com|net|int|edu|gov|org|info|mil)|https?://(?:\d{1,3}(?:\.\d{1,3}){3}|\[(?:[\da-f]{0,4}:){2}(?:[\da-f]{0,4}:?){1,6}\]))(?::\d{1,5})?(?:[/?#]\S*)?$";
    Regex::new(PATTERN).expect("a constant pattern")
});

static ADDRESS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^\S+@\w[\w.-]*\.\w+$").expect("a constant pattern"));

static HEAD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"^(?:[(<]|&lt;)+").expect("a constant pattern"));
static TAIL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?:[)>.,\n]|&gt;)+$").expect("a constant pattern"));
static SPACE: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\s+").expect("a constant pattern"));

/// `text` with the letters that HTML needs for itself written as entities.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// The filter `xmlattr`.
pub fn xml_attributes(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let [space] = bind("do_xmlattr", arguments, ["autospace"], 0)?;
    let mut written = Vec::new();
    for (key, value) in pairs(value)? {
        if value.is_none() || is_undefined(&value) {
            continue;
        }
        let name = text(&key);
        if name.contains(|letter: char| letter.is_whitespace() || "/>=".contains(letter)) {
            return Err(failure(format!("Invalid character in attribute name: {}", repr(&key))));
        }
        written.push(format!("{}=\"{}\"", escape(&name), escape(&text(&value))));
    }
    let has_space = !written.is_empty() && space.is_none_or(|space| space.is_true());
    Ok(Value::from(format!("{}{}", if has_space { " " } else { "" }, written.join(" "))))
}

/// How links are written.
struct Links {
    longest: Option<usize>,
    attributes: String,
    schemes: Vec<String>,
}

/// The filter `urlize`.
pub fn urlize(_: &mut State<'_, '_>, value: &Value, arguments: &[Value]) -> Result<Value, Error> {
    let names = ["trim_url_limit", "nofollow", "target", "rel", "extra_schemes"];
    let [longest, no_follow, target, relation, schemes] = bind("do_urlize", arguments, names, 0)?;
    let longest = as_optional_integer(longest.as_ref())?.map(|longest| longest.max(0) as usize);
    let given = relation.filter(|relation| !relation.is_none()).map(|relation| text(&relation)).unwrap_or_default();
    let mut relations: Vec<&str> = given.split_whitespace().chain(["noopener"]).collect();
    if no_follow.is_some_and(|flag| flag.is_true()) {
        relations.push("nofollow");
    }
    relations.sort_unstable();
    relations.dedup();
    let mut attributes = format!(" rel=\"{}\"", escape(&relations.join(" ")));
    if let Some(target) = target.filter(Value::is_true) {
        attributes.push_str(&format!(" target=\"{}\"", escape(&text(&target))));
    }
    let schemes = schemes.filter(|schemes| !schemes.is_none()).map_or(Ok(Vec::new()), |schemes| items(&schemes))?;
    let links = Links { longest, attributes, schemes: schemes.iter().map(text).collect() };
    let escaped = escape(&text(value));
    let mut written = String::with_capacity(escaped.len());
    let mut end = 0;
    for space in SPACE.find_iter(&escaped) {
        written.push_str(&links.word(&escaped[end..space.start()]));
        written.push_str(space.as_str());
        end = space.end();
    }
    written.push_str(&links.word(&escaped[end..]));
    Ok(Value::from(written))
}

impl Links {
    /// A word, as a link if it is one; brackets around it and stops behind it stay outside.
    fn word(&self, word: &str) -> String {
        let head = HEAD.find(word).map_or("", |found| found.as_str());
        let body = &word[head.len()..];
        let cut = TAIL.find(body).map_or(body.len(), |found| found.start());
        let middle = &body[..closed(body, cut)];
        let tail = &body[middle.len()..];
        format!("{head}{}{tail}", self.link(middle).unwrap_or_else(|| middle.to_string()))
    }

    fn link(&self, middle: &str) -> Option<String> {
        let attributes = &self.attributes;
        if LINK.is_match(middle) {
            let scheme = if middle.starts_with("https://") || middle.starts_with("http://") { "" } else { "https://" };
            return Some(format!("<a href=\"{scheme}{middle}\"{attributes}>{}</a>", self.shown(middle)));
        }
        if let Some(address) = middle.strip_prefix("mailto:").filter(|address| ADDRESS.is_match(address)) {
            return Some(format!("<a href=\"{middle}\">{address}</a>"));
        }
        let is_address = middle.contains('@') && !middle.starts_with("www.") && !middle.contains(':');
        if is_address && ADDRESS.is_match(middle) {
            return Some(format!("<a href=\"mailto:{middle}\">{middle}</a>"));
        }
        let has_scheme = |scheme: &String| middle != scheme && middle.starts_with(scheme.as_str());
        self.schemes.iter().any(has_scheme).then(|| format!("<a href=\"{middle}\"{attributes}>{middle}</a>"))
    }

    fn shown(&self, link: &str) -> String {
        match self.longest {
            Some(longest) if link.chars().count() > longest => {
                link.chars().take(longest).chain("...".chars()).collect()
            }
            Some(_) | None => link.to_string(),
        }
    }
}

/// Where `body`, cut at `cut`, ends when brackets that are opened in it are closed in it, too.
fn closed(body: &str, mut cut: usize) -> usize {
    for (open, close) in [("(", ")"), ("<", ">"), ("&lt;", "&gt;")] {
        let opened = body[..cut].matches(open).count();
        if opened <= body[..cut].matches(close).count() {
            continue;
        }
        for _ in 0..opened.min(body[cut..].matches(close).count()) {
            cut += body[cut..].find(close).map_or(0, |at| at + close.len());
        }
    }
    cut
}
