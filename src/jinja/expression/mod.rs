//! A parser of Jinja2's expressions: what the pre-pass, the static listing and the native rendering look at.
//!
//! It follows Jinja2's grammar, not the engine's: that of the environment in which projects were written.

mod lexer;
mod parser;
mod suffix;

use std::ops::Range;

pub use lexer::TokenKind;
pub use parser::{Parser, parse};

/// An expression and where it stands in the source.
#[derive(Debug, Clone)]
pub struct Expression {
    /// Bytes in the source.
    pub span: Range<usize>,
    /// What it is.
    pub kind: ExpressionKind,
}

/// Kinds of expressions.
#[derive(Debug, Clone)]
pub enum ExpressionKind {
    /// A constant.
    Literal(Literal),
    /// A name.
    Name,
    /// `(a)`
    Group(Box<Expression>),
    /// `[a, b]`
    List(Vec<Expression>),
    /// `{a: b}`
    Dict(Vec<(Expression, Expression)>),
    /// `a, b` or `(a, b)`
    Tuple {
        /// The members.
        items: Vec<Expression>,
        /// Whether it stands in parentheses, which then are part of the span.
        is_enclosed: bool,
    },
    /// `not a`, `-a`, `+a`
    Unary {
        /// The operator.
        operator: Unary,
        /// Where the operator stands.
        at: Range<usize>,
        /// What it applies to.
        operand: Box<Expression>,
    },
    /// `a + b`
    Binary {
        /// The operator.
        operator: Binary,
        /// Where the operator stands.
        at: Range<usize>,
        /// The left side.
        left: Box<Expression>,
        /// The right side.
        right: Box<Expression>,
    },
    /// `a < b <= c`
    Comparison {
        /// The first operand.
        first: Box<Expression>,
        /// Operators, their places, and the operands behind them.
        rest: Vec<(Comparison, Range<usize>, Expression)>,
    },
    /// `a if b else c`
    Conditional {
        /// The value if the condition holds.
        value: Box<Expression>,
        /// The condition.
        condition: Box<Expression>,
        /// The value if not.
        otherwise: Option<Box<Expression>>,
    },
    /// `a|name(b)`
    Filter {
        /// What is filtered.
        operand: Box<Expression>,
        /// Bytes of the name.
        name: Range<usize>,
        /// Arguments.
        arguments: Vec<Argument>,
    },
    /// `a is not name(b)`
    Test {
        /// What is tested.
        operand: Box<Expression>,
        /// Arguments.
        arguments: Vec<Argument>,
    },
    /// `a.name` or `a.0`
    Attribute {
        /// What has it.
        operand: Box<Expression>,
        /// Bytes of the name.
        name: Range<usize>,
    },
    /// `a[b]`
    Item {
        /// What has it.
        operand: Box<Expression>,
        /// The key.
        key: Box<Expression>,
    },
    /// `a[b:c:d]`
    Slice {
        /// What is sliced.
        operand: Box<Expression>,
        /// Where the opening bracket stands.
        open: usize,
        /// The bounds, one for each side of a colon, two or three.
        bounds: Vec<Option<Expression>>,
        /// Where the colons stand.
        colons: Vec<usize>,
    },
    /// `a(b)`
    Call {
        /// What is called.
        operand: Box<Expression>,
        /// Arguments.
        arguments: Vec<Argument>,
    },
}

/// Kinds of constants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Literal {
    /// One or several adjacent strings.
    String,
    /// An integer or a float.
    Number,
    /// `true` or `false`.
    Bool,
    /// `none`.
    None,
}

/// Operators with one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    Not,
    Minus,
    Plus,
}

/// Operators with two operands, without comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    Or,
    And,
    Add,
    Subtract,
    Concatenate,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

/// Comparing operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

/// One argument of a call, filter or test.
#[derive(Debug, Clone)]
pub struct Argument {
    /// How it is passed.
    pub kind: ArgumentKind,
    /// Its value.
    pub value: Expression,
}

/// How an argument is passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArgumentKind {
    /// By position.
    Positional,
    /// `name=`; bytes of the name.
    Named(Range<usize>),
    /// `*a`
    Star,
    /// `**a`
    DoubleStar,
}

impl Expression {
    /// The expressions directly in this one, in the order in which they stand in the source.
    pub fn children(&self) -> Vec<&Expression> {
        match &self.kind {
            ExpressionKind::Literal(_) | ExpressionKind::Name => Vec::new(),
            ExpressionKind::Group(inner) => vec![inner],
            ExpressionKind::List(items) | ExpressionKind::Tuple { items, .. } => items.iter().collect(),
            ExpressionKind::Dict(pairs) => pairs.iter().flat_map(|(key, value)| [key, value]).collect(),
            ExpressionKind::Unary { operand, .. } | ExpressionKind::Attribute { operand, .. } => vec![operand],
            ExpressionKind::Binary { left, right, .. } => vec![left, right],
            ExpressionKind::Comparison { first, rest } => {
                std::iter::once(&**first).chain(rest.iter().map(|(_, _, operand)| operand)).collect()
            }
            ExpressionKind::Conditional { value, condition, otherwise } => {
                [&**value, condition].into_iter().chain(otherwise.as_deref()).collect()
            }
            ExpressionKind::Filter { operand, arguments, .. }
            | ExpressionKind::Test { operand, arguments }
            | ExpressionKind::Call { operand, arguments } => {
                std::iter::once(&**operand).chain(arguments.iter().map(|argument| &argument.value)).collect()
            }
            ExpressionKind::Item { operand, key } => vec![operand, key],
            ExpressionKind::Slice { operand, bounds, .. } => {
                std::iter::once(&**operand).chain(bounds.iter().flatten()).collect()
            }
        }
    }

    /// Calls `visit` with this expression and all in it.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Expression)) {
        visit(self);
        for child in self.children() {
            child.walk(visit);
        }
    }
}
