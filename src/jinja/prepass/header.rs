//! The opening tag of a macro: its parameters, their types and defaults.

use std::ops::Range;

use super::rewrite::Rewriter;
use crate::jinja::expression::{Expression, ExpressionKind, Parser};

/// A parameter as it stands in the tag.
pub struct WrittenParameter {
    /// Bytes of the name.
    pub name: Range<usize>,
    /// Bytes of the type note, without the colon.
    pub note: Option<Range<usize>>,
    /// Where the equals sign stands, and the default.
    pub default: Option<(Range<usize>, Expression)>,
}

/// Name and parameters of a macro's tag.
pub struct Header {
    /// Bytes of the macro's name.
    pub name: Range<usize>,
    /// Where the parenthesis opens.
    pub open: usize,
    /// The parameters.
    pub parameters: Vec<WrittenParameter>,
}

/// Reads what follows the word `macro` or `test`; `None` if it is not a name with parameters.
pub fn header(source: &str, range: Range<usize>) -> Option<Header> {
    let mut parser = Parser::new(source, range)?;
    let name = parser.name()?;
    let (open, parameters) = parameters(&mut parser)?;
    let _ = parser.take(":");
    parser.is_done().then_some(Header { name, open, parameters })
}

/// Reads `(a, b: type = 1)`; also where the parenthesis opens.
pub fn parameters(parser: &mut Parser<'_>) -> Option<(usize, Vec<WrittenParameter>)> {
    let open = parser.take("(")?.start;
    let mut all = Vec::new();
    loop {
        if parser.take(")").is_some() {
            return Some((open, all));
        }
        let name = parser.name()?;
        let note = match parser.take(":") {
            Some(_) => Some(type_note(parser)?),
            None => None,
        };
        let default = match parser.take("=") {
            Some(equals) => Some((equals, parser.expression()?)),
            None => None,
        };
        all.push(WrittenParameter { name, note, default });
        if parser.peek() != ")" {
            parser.take(",")?;
        }
    }
}

fn type_note(parser: &mut Parser<'_>) -> Option<Range<usize>> {
    let mut depth = 0_usize;
    let mut note = parser.here();
    loop {
        match parser.peek() {
            "" => return None,
            "," | "=" | ")" if depth == 0 => return Some(note),
            "[" | "(" => depth += 1,
            "]" | ")" => depth = depth.saturating_sub(1),
            _ => {}
        }
        note.end = parser.skip()?.end;
    }
}

impl Rewriter<'_> {
    /// Writes parameters without their types.
    ///
    /// The engine evaluates defaults from last to first, Jinja2 from first to last, so if a default names a parameter
    /// all defaults are left out here; gives back the tags that set them, to stand behind the macro's tag.
    pub fn parameters(&mut self, parameters: &[WrittenParameter]) -> String {
        let names: Vec<&str> = parameters.iter().map(|it| &self.source[it.name.clone()]).collect();
        let defaults = || parameters.iter().filter_map(|it| it.default.as_ref());
        let are_moved = defaults().any(|(_, default)| mentions_any(self.source, default, &names));
        let mut moved = String::new();
        for parameter in parameters {
            self.name(parameter.name.clone());
            if let Some(note) = &parameter.note {
                self.buffer.replace(parameter.name.end..note.end, "");
            }
            let Some((equals, default)) = &parameter.default else { continue };
            if are_moved {
                self.buffer.replace(equals.start..default.span.end, "");
                moved.push_str(&self.late_default(&parameter.name, default));
            } else {
                self.expression(default);
            }
        }
        moved
    }

    fn late_default(&mut self, name: &Range<usize>, default: &Expression) -> String {
        let mut apart = Rewriter::new(self.source, default.span.start, "");
        apart.expression(default);
        let (value, _) = apart.buffer.finish(default.span.end);
        let name = &self.source[name.clone()];
        format!("{{% if {name} is _unset %}}{{% set {name} = ({}) %}}{{% endif %}}", value.replace('\n', " "))
    }
}

fn mentions_any(source: &str, expression: &Expression, names: &[&str]) -> bool {
    let mut found = false;
    expression.walk(&mut |inner| {
        let is_name = matches!(inner.kind, ExpressionKind::Name);
        found |= is_name && names.contains(&&source[inner.span.clone()]);
    });
    found
}
