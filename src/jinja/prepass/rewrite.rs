//! Rewrites expressions so that the engine computes what Python would; the table is in `jinja`'s first lines.

use super::buffer::Buffer;
use crate::jinja::expression::{Argument, Binary, Comparison, Expression, ExpressionKind, Literal, Unary};

/// Names that are kept apart from those of the engine: `self` and `loop` can be assigned in Jinja2.
const SELF: &str = "_kself";
const LOOP: &str = "_kloop";

/// Writes rewritten expressions into a buffer.
pub struct Rewriter<'a> {
    pub source: &'a str,
    pub buffer: Buffer<'a>,
    /// `loop` is a name of the template's own here, not the engine's.
    pub owns_loop: bool,
}

impl<'a> Rewriter<'a> {
    /// A rewriter that has written `prelude`.
    pub fn new(source: &'a str, from: usize, prelude: &str) -> Rewriter<'a> {
        Rewriter { source, buffer: Buffer::new(source, from, prelude), owns_loop: false }
    }

    /// Writes the right side of `set`: as [`Rewriter::expression`], and sequences of the engine become lists.
    pub fn assigned(&mut self, expression: &Expression) {
        if !gives_engine_values(expression) {
            return self.expression(expression);
        }
        self.buffer.insert(expression.span.start, "(");
        self.expression(expression);
        self.buffer.insert(expression.span.end, ")|_own");
    }

    /// Writes `expression`.
    pub fn expression(&mut self, expression: &Expression) {
        let span = expression.span.clone();
        match &expression.kind {
            ExpressionKind::Name => self.name(span),
            ExpressionKind::List(_) => self.wrapped(expression, "(", "|_l)"),
            ExpressionKind::Dict(_) => self.wrapped(expression, "(", "|_d)"),
            ExpressionKind::Tuple { is_enclosed: false, .. } => self.wrapped(expression, "(", ")"),
            ExpressionKind::Unary { operator, at, operand } => self.unary(span, *operator, at.clone(), operand),
            ExpressionKind::Binary { operator, .. } => match binary_filter(*operator) {
                Some(_) => self.chain(expression),
                None => self.children(expression),
            },
            ExpressionKind::Comparison { first, rest } => match &rest[..] {
                [(operator, at, second)] => match comparison_filter(*operator, [first, second]) {
                    Some(filter) => {
                        let before = if *operator == Comparison::NotIn { "(not (" } else { "((" };
                        self.operation(before, filter, at.clone(), first, second);
                    }
                    None => self.children(expression),
                },
                _ => self.children(expression),
            },
            ExpressionKind::Slice { operand, open, bounds, colons } => {
                self.slice(span, operand, *open, bounds, colons);
            }
            ExpressionKind::Literal(_)
            | ExpressionKind::Group(_)
            | ExpressionKind::Tuple { is_enclosed: true, .. }
            | ExpressionKind::Conditional { .. }
            | ExpressionKind::Filter { .. }
            | ExpressionKind::Test { .. }
            | ExpressionKind::Item { .. }
            | ExpressionKind::Call { .. } => self.children(expression),
            ExpressionKind::Attribute { operand, name } => self.attribute(span, operand, name.clone()),
        }
    }

    /// Writes an attribute; the engine's numbers and texts have none, so a filter asks for those that Python's have.
    fn attribute(&mut self, span: std::ops::Range<usize>, operand: &Expression, name: std::ops::Range<usize>) {
        let is_part = match &self.source[name.clone()] {
            "real" | "imag" | "numerator" | "denominator" => true,
            "value" | "name" => self.is_attribute(operand, "status"),
            _ => false,
        };
        if !is_part {
            return self.expression(operand);
        }
        self.buffer.insert(span.start, "((");
        self.expression(operand);
        self.buffer.replace(operand.span.end..name.start, ")|_part('");
        self.buffer.insert(name.end, "'))");
    }

    fn is_attribute(&self, expression: &Expression, wanted: &str) -> bool {
        match &expression.kind {
            ExpressionKind::Attribute { name, .. } => &self.source[name.clone()] == wanted,
            _ => false,
        }
    }

    /// Writes the arguments of a call whose operand stays as it is.
    pub fn arguments(&mut self, arguments: &[Argument]) {
        for argument in arguments {
            self.expression(&argument.value);
        }
    }

    /// Writes a name, under another name if the engine has it for itself.
    pub fn name(&mut self, span: std::ops::Range<usize>) {
        match &self.source[span.clone()] {
            "self" => self.buffer.replace(span, SELF),
            "loop" if self.owns_loop => self.buffer.replace(span, LOOP),
            _ => {}
        }
    }

    fn children(&mut self, expression: &Expression) {
        for child in expression.children() {
            self.expression(child);
        }
    }

    fn wrapped(&mut self, expression: &Expression, before: &str, after: &str) {
        self.buffer.insert(expression.span.start, before);
        self.children(expression);
        self.buffer.insert(expression.span.end, after);
    }

    fn unary(
        &mut self,
        span: std::ops::Range<usize>,
        operator: Unary,
        at: std::ops::Range<usize>,
        operand: &Expression,
    ) {
        let is_number = matches!(operand.kind, ExpressionKind::Literal(Literal::Number));
        match (operator, is_number) {
            (Unary::Not, _) => self.expression(operand),
            (Unary::Plus, true) => self.buffer.replace(at, " "),
            // Jinja2 takes the sign before a filter, the engine after it.
            (Unary::Minus, true) => {
                self.buffer.insert(span.start, "(");
                self.buffer.insert(span.end, ")");
            }
            (Unary::Minus | Unary::Plus, false) => {
                self.buffer.insert(span.start, "((");
                self.buffer.replace(at, "");
                self.expression(operand);
                self.buffer.insert(span.end, if operator == Unary::Minus { ")|_neg)" } else { ")|_pos)" });
            }
        }
    }

    /// Writes `a ~ b ~ c` as one chain of filters: the engine refuses parentheses that are nested as deep as a chain is long.
    fn chain(&mut self, expression: &Expression) {
        let mut first = expression;
        let mut steps = Vec::new();
        while let ExpressionKind::Binary { operator, at, left, right } = &first.kind
            && let Some(filter) = binary_filter(*operator)
        {
            steps.push((filter, at.clone(), right));
            first = left;
        }
        self.buffer.insert(first.span.start, "((");
        self.expression(first);
        self.buffer.insert(first.span.end, ")");
        for (filter, at, right) in steps.into_iter().rev() {
            self.buffer.replace(at, filter);
            self.expression(right);
            self.buffer.insert(right.span.end, ")");
        }
        self.buffer.insert(expression.span.end, ")");
    }

    fn operation(
        &mut self,
        before: &str,
        filter: &str,
        at: std::ops::Range<usize>,
        left: &Expression,
        right: &Expression,
    ) {
        self.buffer.insert(left.span.start, before);
        self.expression(left);
        self.buffer.replace(at, filter);
        self.expression(right);
        self.buffer.insert(right.span.end, "))");
    }

    fn slice(
        &mut self,
        span: std::ops::Range<usize>,
        operand: &Expression,
        open: usize,
        bounds: &[Option<Expression>],
        colons: &[usize],
    ) {
        self.buffer.insert(span.start, "((");
        self.expression(operand);
        self.buffer.replace(open..open + 1, ")|_slice(");
        let ends = colons.iter().copied().chain([span.end - 1]);
        for (at, (bound, end)) in bounds.iter().zip(ends).enumerate() {
            match bound {
                Some(bound) => self.expression(bound),
                None => self.buffer.insert(end, "none"),
            }
            let is_last = at + 1 == bounds.len();
            self.buffer.replace(end..end + 1, if is_last { "))" } else { "," });
        }
    }
}

fn binary_filter(operator: Binary) -> Option<&'static str> {
    match operator {
        Binary::Or | Binary::And => None,
        Binary::Concatenate => Some("|_cat("),
        Binary::Add => Some("|_add("),
        Binary::Subtract => Some("|_sub("),
        Binary::Multiply => Some("|_mul("),
        Binary::Divide => Some("|_div("),
        Binary::FloorDivide => Some("|_floordiv("),
        Binary::Modulo => Some("|_mod("),
        Binary::Power => Some("|_pow("),
    }
}

/// Equality with a string or none is the same in the engine.
fn comparison_filter(operator: Comparison, operands: [&Expression; 2]) -> Option<&'static str> {
    let is_plain =
        operands.iter().any(|operand| matches!(operand.kind, ExpressionKind::Literal(Literal::String | Literal::None)));
    match operator {
        Comparison::Equal | Comparison::NotEqual if is_plain => None,
        Comparison::Equal => Some(")|_eq("),
        Comparison::NotEqual => Some(")|_ne("),
        Comparison::Less => Some(")|_lt("),
        Comparison::LessOrEqual => Some(")|_le("),
        Comparison::Greater => Some(")|_gt("),
        Comparison::GreaterOrEqual => Some(")|_ge("),
        Comparison::In | Comparison::NotIn => Some(")|_in("),
    }
}

fn gives_engine_values(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Literal(_)
        | ExpressionKind::List(_)
        | ExpressionKind::Dict(_)
        | ExpressionKind::Unary { .. }
        | ExpressionKind::Comparison { .. }
        | ExpressionKind::Test { .. }
        | ExpressionKind::Slice { .. } => false,
        ExpressionKind::Binary { operator, .. } => matches!(operator, Binary::Or | Binary::And),
        ExpressionKind::Name
        | ExpressionKind::Group(_)
        | ExpressionKind::Tuple { .. }
        | ExpressionKind::Conditional { .. }
        | ExpressionKind::Filter { .. }
        | ExpressionKind::Attribute { .. }
        | ExpressionKind::Item { .. }
        | ExpressionKind::Call { .. } => true,
    }
}
