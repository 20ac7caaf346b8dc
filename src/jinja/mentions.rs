//! What a text mentions without rendering it: called names and literal refs and sources.

use std::ops::Range;

use super::expression::{Argument, ArgumentKind, Expression, ExpressionKind, Literal, Parser, TokenKind};
use super::scan::{self, Piece, PieceKind};

/// A call that stands in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// What is called: `ref`, `dbt_utils.star`, `adapter.dispatch`.
    pub name: String,
    /// The arguments that are string or number literals, as text; `None` for other arguments and for named ones.
    pub arguments: Vec<Option<String>>,
    /// Literal arguments passed by name, with their names.
    pub named: Vec<(String, String)>,
    /// Bytes of the call in the text.
    pub span: Range<usize>,
}

/// All calls of plain or dotted names in the tags of `text`, in order; tags that cannot be parsed are passed over.
pub fn mentions(text: &str) -> Vec<Mention> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Ok(Some(piece)) = scan::next(text, at) {
        at = piece.span.end;
        for expression in expressions(text, &piece) {
            expression.walk(&mut |inner| all.extend(mention(text, inner)));
        }
    }
    all.sort_by_key(|mention| mention.span.start);
    all
}

/// The arguments of each call of the plain name `name` in the tags of `text`.
pub(super) fn calls_of(text: &str, name: &str) -> Vec<Vec<Argument>> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Ok(Some(piece)) = scan::next(text, at) {
        at = piece.span.end;
        for expression in expressions(text, &piece) {
            expression.walk(&mut |inner| {
                if let ExpressionKind::Call { operand, arguments } = &inner.kind
                    && matches!(operand.kind, ExpressionKind::Name)
                    && &text[operand.span.clone()] == name
                {
                    all.push(arguments.clone());
                }
            });
        }
    }
    all
}

/// The expressions of a tag: in statements whatever stands between words that begin none.
fn expressions(text: &str, piece: &Piece) -> Vec<Expression> {
    let range = match piece.kind {
        PieceKind::Expression => piece.inner.clone(),
        PieceKind::Statement => piece.after_word(text),
        PieceKind::Comment | PieceKind::Raw => return Vec::new(),
    };
    let mut all = Vec::new();
    let Some(mut parser) = Parser::new(text, range) else { return all };
    // The name of a macro is not called by its tag, but its defaults may call others.
    if piece.kind == PieceKind::Statement && matches!(piece.word(text), "macro" | "test" | "data_test" | "snapshot") {
        let _ = parser.name();
    }
    while !parser.is_done() {
        if parser.peek_kind() == Some(TokenKind::Name) && matches!(parser.peek(), "in" | "if" | "recursive") {
            let _ = parser.skip();
            continue;
        }
        let before = parser.here().start;
        all.extend(parser.plain_list());
        if parser.here().start == before {
            let _ = parser.skip();
        }
    }
    all
}

fn mention(text: &str, expression: &Expression) -> Option<Mention> {
    let ExpressionKind::Call { operand, arguments } = &expression.kind else { return None };
    let name = dotted(text, operand)?;
    let is_named = |argument: &&Argument| matches!(argument.kind, ArgumentKind::Named(_));
    let positional = arguments.iter().filter(|argument| !is_named(argument));
    let named = arguments.iter().filter_map(|argument| match &argument.kind {
        ArgumentKind::Named(name) => Some((text[name.clone()].to_string(), literal(text, &argument.value)?)),
        ArgumentKind::Positional | ArgumentKind::Star | ArgumentKind::DoubleStar => None,
    });
    Some(Mention {
        name,
        arguments: positional.map(|argument| literal(text, &argument.value)).collect(),
        named: named.collect(),
        span: expression.span.clone(),
    })
}

fn dotted(text: &str, expression: &Expression) -> Option<String> {
    match &expression.kind {
        ExpressionKind::Name => Some(text[expression.span.clone()].to_string()),
        ExpressionKind::Attribute { operand, name } => {
            Some(format!("{}.{}", dotted(text, operand)?, &text[name.clone()]))
        }
        _ => None,
    }
}

fn literal(text: &str, expression: &Expression) -> Option<String> {
    let written = &text[expression.span.clone()];
    match expression.kind {
        ExpressionKind::Literal(Literal::Number) => Some(written.to_string()),
        // A string with escapes or of several parts is not worth the trouble.
        ExpressionKind::Literal(Literal::String) if !written.contains('\\') => {
            let inner = &written[1..written.len() - 1];
            (!inner.contains(&written[..1])).then(|| inner.to_string())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_in_all_kinds_of_tags() {
        let text = "{# ref('no') #}{{ ref('a') }}{% if x and adapter.dispatch('m', 'p')(1) %}{% for r in source('s', \"t\") if f(r) %}{{ ref(n, v=2) }}";
        let found = mentions(text);
        let seen: Vec<(&str, Vec<Option<&str>>)> =
            found.iter().map(|it| (it.name.as_str(), it.arguments.iter().map(Option::as_deref).collect())).collect();
        let wanted = [
            ("ref", vec![Some("a")]),
            ("adapter.dispatch", vec![Some("m"), Some("p")]),
            ("source", vec![Some("s"), Some("t")]),
            ("f", vec![None]),
            ("ref", vec![None]),
        ];
        assert_eq!(seen, wanted);
        assert_eq!(found[4].named, [("v".to_string(), "2".to_string())]);
    }
}
