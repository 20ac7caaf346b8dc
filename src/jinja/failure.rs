//! Errors: ours into the engine's while templates run, the engine's into ours at the door.

use std::fmt;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use minijinja::{Error as CallError, ErrorKind};

use super::engine::Template;
use super::macros::MacroId;
use super::prepass::{CallTag, Prepared};
use super::registry::{Origin, Registry};
use crate::error::{Call, Error, Kind, Place, closest};

/// Lets a function that templates call fail with one of our errors; kind, place and hints arrive at the caller of the engine.
pub fn raise(error: Error) -> CallError {
    let message = error.message().to_string();
    CallError::new(ErrorKind::InvalidOperation, message).with_source(Carried(Mutex::new(Some(error))))
}

/// Lets a function that templates call fail with dbt's kind for macros' own errors, `Compilation`.
pub fn fail(message: impl Into<String>) -> CallError {
    CallError::new(ErrorKind::InvalidOperation, message.into())
}

/// One of our errors on its way through the engine.
struct Carried(Mutex<Option<Error>>);

impl fmt::Debug for Carried {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an error of ours")
    }
}

impl fmt::Display for Carried {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}

impl std::error::Error for Carried {}

/// The texts to which an error of the engine can point.
pub struct Sources<'a> {
    /// The rendered text and its rewritten form; neither when Rust called a macro.
    pub template: Option<(&'a Template<'a>, &'a Prepared)>,
    /// The macros.
    pub registry: &'a Registry,
}

/// Our error for the engine's: kind and message of the innermost, its place, and the chain of calls.
///
/// The first of the calls is where it happened; those behind it called one another.
pub fn convert(error: &CallError, sources: &Sources<'_>) -> Error {
    let mut links = Vec::new();
    let mut innermost = error;
    let mut carried = None;
    let mut next = Some(error);
    while let Some(link) = next {
        innermost = link;
        links.push(link);
        let source = std::error::Error::source(link);
        next = source.and_then(|source| source.downcast_ref::<CallError>());
        carried = source.and_then(|source| source.downcast_ref::<Carried>());
    }
    let spots: Vec<Spot<'_>> = links.iter().rev().filter_map(|link| sources.spot(link)).collect();
    let carried = carried.and_then(|it| it.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    let mut result = carried.unwrap_or_else(|| own_words(innermost, spots.first(), sources.registry));
    for Spot { what, place, .. } in spots {
        result = if place.file.as_os_str().is_empty() {
            result.called_from(Call { what: format!("{what}, line {}", place.line), place: None })
        } else {
            result.at(place.clone()).called_from(Call { what, place: Some(place) })
        };
    }
    result
}

/// Where a link of the chain points.
struct Spot<'a> {
    what: String,
    place: Place,
    /// The source at that place, if the engine said which bytes.
    text: Option<&'a str>,
}

impl<'a> Sources<'a> {
    fn spot(&self, link: &CallError) -> Option<Spot<'a>> {
        let name = link.name()?;
        if name == TEMPLATE {
            let (template, prepared) = self.template?;
            let origin = Origin { file: template.file, line: template.line, column: template.column };
            return Some(spot(link, template.what.to_string(), origin, template.text, prepared));
        }
        let id = MacroId(name.strip_prefix('m')?.parse().ok()?);
        let definition = self.registry.definition(id);
        let prepared = &self.registry.ready(id).ok()?.prepared;
        let origin = Origin { file: &definition.file, line: definition.line, column: definition.column };
        let what = format!("macro {}.{}", definition.package, definition.name);
        Some(spot(link, what, origin, &definition.text, prepared))
    }
}

/// Name of the template of a rendered text; macros have theirs from `call`.
pub const TEMPLATE: &str = "node";

fn spot<'a>(link: &CallError, what: String, origin: Origin<'_>, text: &'a str, prepared: &Prepared) -> Spot<'a> {
    if let Some(range) = link.range() {
        let source = source_range(&range, prepared);
        return Spot { what, place: origin.place(text, source.start), text: text.get(source) };
    }
    let line = link.line().unwrap_or(1);
    // The engine gives calls with a body a line near the end of the body.
    let is_around = |call: &&CallTag| call.first_line as usize <= line && line <= call.last_line as usize;
    let call = prepared.calls.iter().rev().find(is_around);
    let place = call.map_or_else(|| origin.line(line), |call| origin.place(text, call.at));
    Spot { what, place, text: None }
}

fn source_range(range: &Range<usize>, prepared: &Prepared) -> Range<usize> {
    let start = prepared.map.source_of(range.start);
    start..prepared.map.source_of(range.end).max(start)
}

fn own_words(error: &CallError, spot: Option<&Spot<'_>>, registry: &Registry) -> Error {
    let detail = error.detail().unwrap_or_default();
    let kind = error.kind();
    if kind == ErrorKind::SyntaxError {
        return Error::new(Kind::Parsing, if detail.is_empty() { "bad syntax" } else { detail });
    }
    if let Some(name) = undefined_name(error, spot) {
        return undefined(&name, registry);
    }
    let message = match (detail.is_empty(), kind) {
        (true, _) => kind.to_string(),
        (false, ErrorKind::UnknownFilter) => unknown(detail, "filter"),
        (false, ErrorKind::UnknownTest) => unknown(detail, "test"),
        (false, _) => match detail.strip_suffix(" is not iterable") {
            Some(kind) if !kind.contains(' ') || kind == "plain object" => not_iterable(kind),
            Some(_) | None => detail.to_string(),
        },
    };
    Error::compilation(message)
}

fn undefined(name: &str, registry: &Registry) -> Error {
    let error = Error::compilation(format!("'{name}' is undefined"));
    if let Some(package) = registry.package_of(name) {
        return error.hint(format!("it is a macro of package `{package}`: call `{package}.{name}`"));
    }
    match closest(name, registry.names()) {
        Some(known) => error.hint(format!("did you mean the macro `{known}`?")),
        None if name.contains('.') => error,
        None => error.hint("check the spelling, and that the package it comes from is installed"),
    }
}

/// `filter nope is unknown` in Jinja2's words.
fn unknown(detail: &str, what: &str) -> String {
    let name = detail.strip_prefix(what).and_then(|rest| rest.strip_suffix(" is unknown")).unwrap_or(detail);
    format!("No {what} named '{}'", name.trim())
}

/// Python's words for a loop over what is no sequence; the engine names its own kinds.
fn not_iterable(kind: &str) -> String {
    let name = match kind {
        "number" => "int",
        "none" => "NoneType",
        "plain object" => "object",
        name => name,
    };
    format!("'{name}' object is not iterable")
}

/// What is undefined, if that is what the error is about.
fn undefined_name(error: &CallError, spot: Option<&Spot<'_>>) -> Option<String> {
    let detail = error.detail().unwrap_or_default();
    if let Some(name) = detail.strip_prefix('\'').and_then(|rest| rest.strip_suffix("' is undefined")) {
        return Some(name.to_string());
    }
    if let Some((before, _)) = detail.split_once("` is undefined")
        && let Some((_, name)) = before.rsplit_once('`')
    {
        return Some(name.to_string());
    }
    match error.kind() {
        ErrorKind::UnknownFunction => detail.strip_suffix(" is unknown").map(str::to_string),
        ErrorKind::UndefinedError if detail.is_empty() => {
            let name = called_name(spot?.text?);
            Some(name.rsplit_once('.').map_or(name, |(owner, _)| owner).to_string())
        }
        ErrorKind::InvalidOperation if detail == "value of type undefined is not callable" => {
            Some(called_name(spot?.text?).to_string())
        }
        _ => None,
    }
}

/// The name at the start of `text`, with its dots.
fn called_name(text: &str) -> &str {
    let end = text.find(|letter: char| !letter.is_alphanumeric() && !matches!(letter, '_' | '.'));
    text[..end.unwrap_or(text.len())].trim_end_matches('.')
}
