//! What follows an operand: attributes, subscripts, calls, filters, tests.

use std::ops::Range;

use super::lexer::TokenKind;
use super::{Argument, ArgumentKind, Expression, ExpressionKind, Parser};

impl Parser<'_> {
    pub(super) fn postfix(&mut self, mut value: Expression) -> Option<Expression> {
        loop {
            let start = value.span.start;
            if self.take(".").is_some() {
                let name = match self.peek_kind()? {
                    TokenKind::Name | TokenKind::Integer => self.skip()?,
                    TokenKind::Float | TokenKind::String | TokenKind::Operator => return None,
                };
                let kind = ExpressionKind::Attribute { operand: value.into(), name: name.clone() };
                value = Expression { span: start..name.end, kind };
            } else if let Some(open) = self.take("[") {
                value = self.subscript(value, open.start)?;
            } else if self.peek() == "(" && self.peek_kind() == Some(TokenKind::Operator) {
                value = self.call(value)?;
            } else {
                return Some(value);
            }
        }
    }

    fn call(&mut self, operand: Expression) -> Option<Expression> {
        let (arguments, end) = self.arguments()?;
        let start = operand.span.start;
        Some(Expression { span: start..end, kind: ExpressionKind::Call { operand: operand.into(), arguments } })
    }

    fn subscript(&mut self, operand: Expression, open: usize) -> Option<Expression> {
        let start = operand.span.start;
        let mut bounds = vec![self.bound()?];
        let mut colons = Vec::new();
        while let Some(colon) = self.take(":") {
            colons.push(colon.start);
            bounds.push(self.bound()?);
        }
        if bounds.len() > 1 {
            let end = self.take("]")?.end;
            let kind = ExpressionKind::Slice { operand: operand.into(), open, bounds, colons };
            return Some(Expression { span: start..end, kind });
        }
        let mut key = bounds.pop().flatten()?;
        if self.peek() == "," {
            let first = std::cell::Cell::new(Some(key));
            key = self.list_of(|parser| first.take().or_else(|| parser.expression()))?;
        }
        let end = self.take("]")?.end;
        Some(Expression { span: start..end, kind: ExpressionKind::Item { operand: operand.into(), key: key.into() } })
    }

    fn bound(&mut self) -> Option<Option<Expression>> {
        if matches!(self.peek(), ":" | "]") { Some(None) } else { self.expression().map(Some) }
    }

    fn arguments(&mut self) -> Option<(Vec<Argument>, usize)> {
        self.take("(")?;
        let mut all = Vec::new();
        loop {
            if let Some(close) = self.take(")") {
                return Some((all, close.end));
            }
            let kind = if self.take("**").is_some() {
                ArgumentKind::DoubleStar
            } else if self.take("*").is_some() {
                ArgumentKind::Star
            } else if self.peek_kind() == Some(TokenKind::Name) && self.peek_at(1) == "=" {
                let name = self.skip()?;
                self.skip()?;
                ArgumentKind::Named(name)
            } else {
                ArgumentKind::Positional
            };
            all.push(Argument { kind, value: self.expression()? });
            if self.peek() != ")" {
                self.take(",")?;
            }
        }
    }

    pub(super) fn filters(&mut self, mut value: Expression) -> Option<Expression> {
        loop {
            let start = value.span.start;
            if self.take("|").is_some() {
                let name = self.dotted_name()?;
                let (arguments, end) = if self.peek() == "(" { self.arguments()? } else { (Vec::new(), name.end) };
                let kind = ExpressionKind::Filter { operand: value.into(), name, arguments };
                value = Expression { span: start..end, kind };
            } else if self.take("is").is_some() {
                value = self.test(value)?;
            } else if self.peek() == "(" && self.peek_kind() == Some(TokenKind::Operator) {
                value = self.call(value)?;
            } else {
                return Some(value);
            }
        }
    }

    fn test(&mut self, operand: Expression) -> Option<Expression> {
        let start = operand.span.start;
        let _ = self.take("not");
        let name = self.dotted_name()?;
        let is_argument = match self.peek_kind() {
            Some(TokenKind::Name) => !matches!(self.peek(), "else" | "or" | "and" | "if" | "is" | "in" | "not"),
            Some(TokenKind::Integer | TokenKind::Float | TokenKind::String) => true,
            Some(TokenKind::Operator) => matches!(self.peek(), "[" | "{"),
            None => false,
        };
        let (arguments, end) = if self.peek() == "(" && self.peek_kind() == Some(TokenKind::Operator) {
            self.arguments()?
        } else if is_argument {
            let value = self.primary()?;
            let value = self.postfix(value)?;
            let end = value.span.end;
            (vec![Argument { kind: ArgumentKind::Positional, value }], end)
        } else {
            (Vec::new(), name.end)
        };
        Some(Expression { span: start..end, kind: ExpressionKind::Test { operand: operand.into(), arguments } })
    }

    fn dotted_name(&mut self) -> Option<Range<usize>> {
        let mut name = self.name()?;
        while self.peek() == "." {
            self.skip()?;
            name.end = self.name()?.end;
        }
        Some(name)
    }
}
