//! Recursive descent over the tokens of a tag, in Jinja2's order of precedence.

use std::ops::Range;

use super::lexer::{Token, TokenKind, tokens};
use super::{Binary, Comparison, Expression, ExpressionKind, Literal, Unary};

/// Nesting beyond which a tag counts as one that cannot be parsed.
const DEPTH: usize = 200;

/// The expression, or the tuple without parentheses, that fills the bytes `range` of `source`; `None` if it is none.
pub fn parse(source: &str, range: Range<usize>) -> Option<Expression> {
    let mut parser = Parser::new(source, range)?;
    let expression = parser.list()?;
    parser.is_done().then_some(expression)
}

/// A cursor over the tokens of a tag.
pub struct Parser<'a> {
    source: &'a str,
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    /// Where the tag's inside ends.
    end: usize,
}

impl<'a> Parser<'a> {
    /// A parser of the bytes `range` of `source`; `None` if they hold something that is no token.
    pub fn new(source: &'a str, range: Range<usize>) -> Option<Parser<'a>> {
        let end = range.end;
        Some(Parser { source, tokens: tokens(source, range)?, at: 0, depth: 0, end })
    }

    /// True when no token is left.
    pub fn is_done(&self) -> bool {
        self.at == self.tokens.len()
    }

    /// The next token as text; empty at the end.
    pub fn peek(&self) -> &'a str {
        self.peek_at(0)
    }

    pub(super) fn peek_at(&self, ahead: usize) -> &'a str {
        self.tokens.get(self.at + ahead).map_or("", |token| &self.source[token.span.clone()])
    }

    /// The kind of the next token.
    pub fn peek_kind(&self) -> Option<TokenKind> {
        self.tokens.get(self.at).map(|token| token.kind)
    }

    /// Bytes of the next token; an empty range at the end of the tag if there is none.
    pub fn here(&self) -> Range<usize> {
        self.tokens.get(self.at).map_or(self.end..self.end, |token| token.span.clone())
    }

    /// Takes the next token if it is `text` and no string.
    pub fn take(&mut self, text: &str) -> Option<Range<usize>> {
        let token = self.tokens.get(self.at)?;
        if token.kind == TokenKind::String || self.source[token.span.clone()] != *text {
            return None;
        }
        self.at += 1;
        Some(token.span.clone())
    }

    /// Takes the next token if it is a name.
    pub fn name(&mut self) -> Option<Range<usize>> {
        let token = self.tokens.get(self.at).filter(|token| token.kind == TokenKind::Name)?;
        self.at += 1;
        Some(token.span.clone())
    }

    /// Takes the next token, whatever it is.
    pub fn skip(&mut self) -> Option<Range<usize>> {
        let token = self.tokens.get(self.at)?;
        self.at += 1;
        Some(token.span.clone())
    }

    /// One or more expressions with commas between them: a tuple if there is a comma.
    pub fn list(&mut self) -> Option<Expression> {
        self.list_of(Parser::expression)
    }

    /// As [`Parser::list`], of expressions without a conditional: what a loop iterates over.
    pub fn plain_list(&mut self) -> Option<Expression> {
        self.list_of(Parser::or)
    }

    pub(super) fn list_of(&mut self, mut item: impl FnMut(&mut Self) -> Option<Expression>) -> Option<Expression> {
        let first = item(self)?;
        if self.peek() != "," {
            return Some(first);
        }
        let start = first.span.start;
        let mut end = first.span.end;
        let mut items = vec![first];
        while let Some(comma) = self.take(",") {
            end = comma.end;
            if self.is_done() || matches!(self.peek(), ")" | "]" | "}") {
                break;
            }
            let next = item(self)?;
            end = next.span.end;
            items.push(next);
        }
        Some(Expression { span: start..end, kind: ExpressionKind::Tuple { items, is_enclosed: false } })
    }

    /// One expression.
    pub fn expression(&mut self) -> Option<Expression> {
        self.depth += 1;
        if self.depth > DEPTH {
            return None;
        }
        let mut value = self.or()?;
        while self.take("if").is_some() {
            let condition = self.or()?;
            let otherwise = match self.take("else") {
                Some(_) => Some(Box::new(self.expression()?)),
                None => None,
            };
            let end = otherwise.as_ref().map_or(condition.span.end, |otherwise| otherwise.span.end);
            value = Expression {
                span: value.span.start..end,
                kind: ExpressionKind::Conditional { value: value.into(), condition: condition.into(), otherwise },
            };
        }
        self.depth -= 1;
        Some(value)
    }

    fn or(&mut self) -> Option<Expression> {
        self.binary(&[("or", Binary::Or)], Parser::and)
    }

    fn and(&mut self) -> Option<Expression> {
        self.binary(&[("and", Binary::And)], Parser::not)
    }

    fn not(&mut self) -> Option<Expression> {
        if self.peek() == "not" && self.peek_at(1) != "in" {
            let at = self.skip()?;
            let operand = self.not()?;
            return Some(unary(Unary::Not, at, operand));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Option<Expression> {
        let first = self.sum()?;
        let mut rest = Vec::new();
        while let Some((operator, at)) = self.comparing_operator() {
            rest.push((operator, at, self.sum()?));
        }
        match rest.last() {
            None => Some(first),
            Some((_, _, last)) => Some(Expression {
                span: first.span.start..last.span.end,
                kind: ExpressionKind::Comparison { first: first.into(), rest },
            }),
        }
    }

    fn comparing_operator(&mut self) -> Option<(Comparison, Range<usize>)> {
        if self.peek() == "not" && self.peek_at(1) == "in" {
            let start = self.skip()?.start;
            return Some((Comparison::NotIn, start..self.skip()?.end));
        }
        let operators = [
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<", Comparison::Less),
            ("<=", Comparison::LessOrEqual),
            (">", Comparison::Greater),
            (">=", Comparison::GreaterOrEqual),
            ("in", Comparison::In),
        ];
        operators.iter().find_map(|(text, operator)| Some((*operator, self.take(text)?)))
    }

    fn sum(&mut self) -> Option<Expression> {
        self.binary(&[("+", Binary::Add), ("-", Binary::Subtract)], Parser::concatenation)
    }

    fn concatenation(&mut self) -> Option<Expression> {
        self.binary(&[("~", Binary::Concatenate)], Parser::product)
    }

    fn product(&mut self) -> Option<Expression> {
        let operators =
            [("*", Binary::Multiply), ("/", Binary::Divide), ("//", Binary::FloorDivide), ("%", Binary::Modulo)];
        self.binary(&operators, Parser::power)
    }

    // Jinja2's power is left-associative, unlike Python's.
    fn power(&mut self) -> Option<Expression> {
        self.binary(&[("**", Binary::Power)], |parser| parser.unary(true))
    }

    fn binary(
        &mut self,
        operators: &[(&str, Binary)],
        mut operand: impl FnMut(&mut Self) -> Option<Expression>,
    ) -> Option<Expression> {
        let mut left = operand(self)?;
        while let Some((operator, at)) = operators.iter().find_map(|(text, it)| Some((*it, self.take(text)?))) {
            let right = operand(self)?;
            left = Expression {
                span: left.span.start..right.span.end,
                kind: ExpressionKind::Binary { operator, at, left: left.into(), right: right.into() },
            };
        }
        Some(left)
    }

    fn unary(&mut self, with_filters: bool) -> Option<Expression> {
        let sign = [("-", Unary::Minus), ("+", Unary::Plus)];
        let mut value = match sign.iter().find_map(|(text, operator)| Some((*operator, self.take(text)?))) {
            Some((operator, at)) => {
                self.depth += 1;
                if self.depth > DEPTH {
                    return None;
                }
                let operand = self.unary(false)?;
                self.depth -= 1;
                unary(operator, at, operand)
            }
            None => self.primary()?,
        };
        value = self.postfix(value)?;
        if with_filters { self.filters(value) } else { Some(value) }
    }

    pub(super) fn primary(&mut self) -> Option<Expression> {
        let token = self.tokens.get(self.at)?.clone();
        self.at += 1;
        let mut span = token.span;
        let kind = match token.kind {
            TokenKind::Name => match &self.source[span.clone()] {
                "true" | "false" | "True" | "False" => ExpressionKind::Literal(Literal::Bool),
                "none" | "None" => ExpressionKind::Literal(Literal::None),
                "in" | "is" | "and" | "or" | "if" | "else" | "not" => return None,
                _ => ExpressionKind::Name,
            },
            TokenKind::Integer | TokenKind::Float => ExpressionKind::Literal(Literal::Number),
            TokenKind::String => {
                while self.peek_kind() == Some(TokenKind::String) {
                    span.end = self.skip()?.end;
                }
                ExpressionKind::Literal(Literal::String)
            }
            TokenKind::Operator => match &self.source[span.clone()] {
                "(" => return self.parenthesis(span.start),
                "[" => return self.list_literal(span.start),
                "{" => return self.dict_literal(span.start),
                _ => return None,
            },
        };
        Some(Expression { span, kind })
    }

    fn parenthesis(&mut self, start: usize) -> Option<Expression> {
        if let Some(close) = self.take(")") {
            let kind = ExpressionKind::Tuple { items: Vec::new(), is_enclosed: true };
            return Some(Expression { span: start..close.end, kind });
        }
        let inner = self.list()?;
        let span = start..self.take(")")?.end;
        let kind = match inner.kind {
            ExpressionKind::Tuple { items, is_enclosed: false } => ExpressionKind::Tuple { items, is_enclosed: true },
            _ => ExpressionKind::Group(inner.into()),
        };
        Some(Expression { span, kind })
    }

    fn list_literal(&mut self, start: usize) -> Option<Expression> {
        let mut items = Vec::new();
        let end = loop {
            if let Some(close) = self.take("]") {
                break close.end;
            }
            items.push(self.expression()?);
            if self.peek() != "]" {
                self.take(",")?;
            }
        };
        Some(Expression { span: start..end, kind: ExpressionKind::List(items) })
    }

    fn dict_literal(&mut self, start: usize) -> Option<Expression> {
        let mut pairs = Vec::new();
        let end = loop {
            if let Some(close) = self.take("}") {
                break close.end;
            }
            let key = self.expression()?;
            self.take(":")?;
            pairs.push((key, self.expression()?));
            if self.peek() != "}" {
                self.take(",")?;
            }
        };
        Some(Expression { span: start..end, kind: ExpressionKind::Dict(pairs) })
    }
}

fn unary(operator: Unary, at: Range<usize>, operand: Expression) -> Expression {
    let span = at.start..operand.span.end;
    Expression { span, kind: ExpressionKind::Unary { operator, at, operand: operand.into() } }
}
