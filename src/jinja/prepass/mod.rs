//! Rewrites a template from Jinja2 with Python's semantics to what the engine understands.
//!
//! Works tag by tag; a tag that our parser does not understand stays as it is, and the engine complains about it.
//! Newlines are never added or dropped, so lines of the rewritten text are lines of the source.

mod balance;
mod buffer;
mod header;
mod lazy;
mod rewrite;
mod tags;

use super::expression::{self, Expression, ExpressionKind};
use super::position::PositionMap;
use super::scan::{self, PieceKind, Unclosed};
use tags::Tags;

/// What every rendered text starts with: it hands the engine's only way to load macros to the render (see `call`).
pub const PRELUDE: &str = "{% from \"boot\" import importer as _ki %}{{ _boot(_ki) }}";

/// A rewritten text.
#[derive(Debug)]
pub struct Prepared {
    /// What the engine compiles.
    pub text: String,
    /// Leads back from `text` to the source.
    pub map: PositionMap,
    /// Its `{% call %}` tags.
    pub calls: Vec<CallTag>,
    /// The rendered text holds marks.
    pub has_marks: bool,
}

/// Where a `{% call %}` block stands.
#[derive(Debug)]
pub struct CallTag {
    /// Byte at which its opening tag begins.
    pub at: usize,
    /// Line of that tag, counted from 1.
    pub first_line: u32,
    /// Line of its `{% endcall %}`, counted from 1.
    pub last_line: u32,
}

/// How a macro is called.
#[derive(Debug, Default)]
pub struct Signature {
    /// Names of the parameters, and whether they have a default.
    pub parameters: Vec<(Box<str>, bool)>,
    /// The macro asks for `varargs`, as a hidden first parameter.
    pub has_varargs: bool,
    /// The macro asks for `kwargs`, as a hidden parameter after that.
    pub has_kwargs: bool,
}

/// Why a text cannot be rewritten.
#[derive(Debug)]
pub struct Fault {
    /// Byte of the source.
    pub at: usize,
    /// What is wrong.
    pub message: String,
    /// Another place that belongs to it, and what is there.
    pub also: Option<(usize, String)>,
}

/// Rewrites a text to render.
pub fn template(source: &str) -> Result<Prepared, Fault> {
    all(source, Tags::new(source, PRELUDE))
}

/// As [`template`], with marks that lead from the rendered text back to the source.
pub fn marked_template(source: &str) -> Result<Prepared, Fault> {
    all(source, Tags::new(source, PRELUDE).with_marks())
}

fn all(source: &str, mut tags: Tags<'_>) -> Result<Prepared, Fault> {
    let pieces = scan::pieces(source).map_err(unclosed)?;
    tags.expect(&pieces);
    for piece in &pieces {
        tags.piece(piece)?;
    }
    tags.finish(source.len(), "")
}

/// Rewrites a text that is one `{{ expression }}` so that its value is captured; `None` if it is something else, or a
/// constant, which Jinja2 turns to text when it compiles.
pub fn single_expression(source: &str) -> Option<Prepared> {
    let pieces = scan::pieces(source).ok()?;
    let [piece] = &pieces[..] else { return None };
    if piece.kind != PieceKind::Expression || piece.span != (0..source.len()) {
        return None;
    }
    let expression = expression::parse(source, piece.inner.clone())?;
    if is_constant(source, &expression) {
        return None;
    }
    let mut rewriter = rewrite::Rewriter::new(source, 0, PRELUDE);
    rewriter.buffer.insert(expression.span.start, "_capture(");
    rewriter.expression(&expression);
    rewriter.buffer.insert(expression.span.end, ")");
    let (text, map) = rewriter.buffer.finish(source.len());
    Some(Prepared { text, map, calls: Vec::new(), has_marks: false })
}

/// What Jinja2's optimizer computes while it compiles: no names, no calls, no filter that asks for the context.
fn is_constant(source: &str, expression: &Expression) -> bool {
    let mut is_constant = true;
    expression.walk(&mut |inner| match &inner.kind {
        ExpressionKind::Name | ExpressionKind::Call { .. } => is_constant = false,
        ExpressionKind::Filter { name, .. } => {
            let asks = ["map", "select", "reject", "selectattr", "rejectattr", "random"];
            is_constant &= !asks.contains(&&source[name.clone()]);
        }
        _ => {}
    });
    is_constant
}

/// Rewrites a macro, materialization or test block, which must fill `source`.
pub fn macro_block(source: &str) -> Result<(Prepared, Signature), Fault> {
    let pieces = scan::pieces(source).map_err(unclosed)?;
    let (first, last) = match &pieces[..] {
        [first, .., last] if first.kind == PieceKind::Statement && last.kind == PieceKind::Statement => (first, last),
        _ => return Err(Fault { at: 0, message: "this is no macro block".to_string(), also: None }),
    };
    let mut tags = Tags::new(source, "");
    tags.expect(&pieces);
    let signature = tags.macro_header(first)?;
    for piece in &pieces[1..pieces.len() - 1] {
        tags.piece(piece)?;
    }
    tags.macro_end(last);
    Ok((tags.finish(source.len(), "{{ _reg(_km) }}")?, signature))
}

fn unclosed(tag: Unclosed) -> Fault {
    Fault { at: tag.at, message: tag.message(), also: None }
}
