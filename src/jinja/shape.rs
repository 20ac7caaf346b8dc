//! The shape of an expression in the words of Jinja2's syntax tree: dbt writes it for configs as they stand in a text.

use super::expression::{self, Argument, ArgumentKind, Binary, Comparison, Expression, ExpressionKind, Literal, Unary};
use super::filters::literal;
use super::mentions::calls_of;
use super::scan::{self, Piece, PieceKind};
use super::value::repr;

/// The named arguments of the first call of `config` in `text`, each with its shape.
///
/// None without such a call, when arguments are passed in another way, or when an expression is none that this module shows:
/// dbt then has what the call gave.
pub fn config_shapes(text: &str) -> Option<Vec<(String, String)>> {
    let first = calls_of(text, "config").into_iter().next();
    let arguments = first.filter(|arguments| !arguments.is_empty())?;
    arguments
        .iter()
        .map(|argument| match &argument.kind {
            ArgumentKind::Named(name) => Some((text[name.clone()].to_owned(), keyword(text, argument)?)),
            ArgumentKind::Positional | ArgumentKind::Star | ArgumentKind::DoubleStar => None,
        })
        .collect()
}

/// Whether dbt reads the text of a model without rendering it: only calls of `ref`, `source` and `config` with constants.
pub fn is_plain(text: &str) -> bool {
    let mut at = 0;
    loop {
        match scan::next(text, at) {
            Ok(None) => return true,
            Ok(Some(piece)) if is_plain_piece(text, &piece) => at = piece.span.end,
            Ok(Some(_)) | Err(_) => return false,
        }
    }
}

fn is_plain_piece(text: &str, piece: &Piece) -> bool {
    let tag = &text[piece.span.clone()];
    match piece.kind {
        PieceKind::Comment => true,
        PieceKind::Statement | PieceKind::Raw => false,
        PieceKind::Expression if tag.starts_with("{{-") || tag.ends_with("-}}") => false,
        PieceKind::Expression => {
            expression::parse(text, piece.inner.clone()).is_some_and(|inner| is_plain_call(text, &inner))
        }
    }
}

fn is_plain_call(text: &str, expression: &Expression) -> bool {
    let ExpressionKind::Call { operand, arguments } = &expression.kind else {
        return matches!(expression.kind, ExpressionKind::Literal(Literal::String));
    };
    let is_constant = |argument: &Argument| is_constant(text, &argument.value);
    let is_text = |argument: &Argument| matches!(argument.value.kind, ExpressionKind::Literal(Literal::String));
    let name = |argument: &Argument| match &argument.kind {
        ArgumentKind::Named(name) => text[name.clone()].to_owned(),
        ArgumentKind::Positional | ArgumentKind::Star | ArgumentKind::DoubleStar => String::new(),
    };
    matches!(operand.kind, ExpressionKind::Name)
        && match &text[operand.span.clone()] {
            "ref" => arguments.iter().all(|argument| is_text(argument) || matches!(&*name(argument), "v" | "version")),
            "source" => arguments.iter().all(is_text),
            "config" => arguments.iter().all(|argument| {
                matches!(argument.kind, ArgumentKind::Named(_))
                    && !matches!(&*name(argument), "pre_hook" | "post_hook")
                    && is_constant(argument)
            }),
            _ => false,
        }
}

/// A string, `True` or `False`, or a list or mapping of such: no numbers, and no words of Jinja alone.
fn is_constant(text: &str, expression: &Expression) -> bool {
    let written = &text[expression.span.clone()];
    match &expression.kind {
        ExpressionKind::Literal(Literal::String) => literal(written).is_some(),
        ExpressionKind::Literal(Literal::Bool) => matches!(written, "True" | "False"),
        ExpressionKind::List(items) => items.iter().all(|item| is_constant(text, item)),
        ExpressionKind::Dict(pairs) => {
            pairs.iter().all(|(key, value)| is_constant(text, key) && is_constant(text, value))
        }
        _ => false,
    }
}

fn keyword(text: &str, argument: &Argument) -> Option<String> {
    let ArgumentKind::Named(name) = &argument.kind else { return None };
    Some(format!("Keyword(key='{}', value={})", &text[name.clone()], shape(text, &argument.value)?))
}

fn shape(text: &str, expression: &Expression) -> Option<String> {
    let written = &text[expression.span.clone()];
    let of = |inner: &Expression| shape(text, inner);
    Some(match &expression.kind {
        ExpressionKind::Literal(kind) => format!("Const(value={})", constant(written, *kind)?),
        ExpressionKind::Name => format!("Name(name='{written}', ctx='load')"),
        ExpressionKind::Group(inner) => of(inner)?,
        ExpressionKind::List(items) => format!("List(items=[{}])", list(text, items)?),
        ExpressionKind::Tuple { items, .. } => format!("Tuple(items=[{}], ctx='load')", list(text, items)?),
        ExpressionKind::Dict(pairs) => {
            let pair = |(key, value): &(Expression, Expression)| {
                Some(format!("Pair(key={}, value={})", shape(text, key)?, shape(text, value)?))
            };
            format!("Dict(items=[{}])", pairs.iter().map(pair).collect::<Option<Vec<_>>>()?.join(", "))
        }
        ExpressionKind::Unary { operator, operand, .. } => {
            let name = match operator {
                Unary::Not => "Not",
                Unary::Minus => "Neg",
                Unary::Plus => "Pos",
            };
            format!("{name}(node={})", of(operand)?)
        }
        ExpressionKind::Binary { operator: Binary::Concatenate, .. } => {
            let mut parts = Vec::new();
            joined(expression, &mut parts);
            let parts: Option<Vec<String>> = parts.into_iter().map(of).collect();
            format!("Concat(nodes=[{}])", parts?.join(", "))
        }
        ExpressionKind::Binary { operator, left, right, .. } => {
            format!("{}(left={}, right={})", binary(*operator), of(left)?, of(right)?)
        }
        ExpressionKind::Comparison { first, rest } => {
            let operand = |(operator, _, right): &(Comparison, _, Expression)| {
                Some(format!("Operand(op='{}', expr={})", comparison(*operator), shape(text, right)?))
            };
            let operands: Option<Vec<String>> = rest.iter().map(operand).collect();
            format!("Compare(expr={}, ops=[{}])", of(first)?, operands?.join(", "))
        }
        ExpressionKind::Conditional { value, condition, otherwise } => {
            let otherwise = optional(text, otherwise.as_deref())?;
            format!("CondExpr(test={}, expr1={}, expr2={otherwise})", of(condition)?, of(value)?)
        }
        ExpressionKind::Filter { operand, name, arguments } => {
            let (node, name) = (of(operand)?, &text[name.clone()]);
            format!("Filter(node={node}, name='{name}', {})", passed(text, arguments)?)
        }
        ExpressionKind::Attribute { operand, name } => {
            format!("Getattr(node={}, attr='{}', ctx='load')", of(operand)?, &text[name.clone()])
        }
        ExpressionKind::Item { operand, key } => {
            format!("Getitem(node={}, arg={}, ctx='load')", of(operand)?, of(key)?)
        }
        ExpressionKind::Call { operand, arguments } => {
            format!("Call(node={}, {})", of(operand)?, passed(text, arguments)?)
        }
        ExpressionKind::Test { .. } | ExpressionKind::Slice { .. } => return None,
    })
}

fn constant(written: &str, kind: Literal) -> Option<String> {
    Some(match kind {
        Literal::String | Literal::Number => repr(&literal(written)?),
        Literal::Bool if written.eq_ignore_ascii_case("true") => "True".to_owned(),
        Literal::Bool => "False".to_owned(),
        Literal::None => "None".to_owned(),
    })
}

fn list(text: &str, items: &[Expression]) -> Option<String> {
    let shapes: Option<Vec<String>> = items.iter().map(|item| shape(text, item)).collect();
    Some(shapes?.join(", "))
}

fn optional(text: &str, expression: Option<&Expression>) -> Option<String> {
    expression.map_or_else(|| Some("None".to_owned()), |inner| shape(text, inner))
}

/// The parts of `a ~ b ~ c`, which are one node.
fn joined<'e>(expression: &'e Expression, parts: &mut Vec<&'e Expression>) {
    match &expression.kind {
        ExpressionKind::Binary { operator: Binary::Concatenate, left, right, .. } => {
            joined(left, parts);
            parts.push(right);
        }
        _ => parts.push(expression),
    }
}

fn passed(text: &str, arguments: &[Argument]) -> Option<String> {
    let (mut positional, mut named) = (Vec::new(), Vec::new());
    let (mut star, mut double_star) = ("None".to_owned(), "None".to_owned());
    for argument in arguments {
        match &argument.kind {
            ArgumentKind::Positional => positional.push(shape(text, &argument.value)?),
            ArgumentKind::Named(_) => named.push(keyword(text, argument)?),
            ArgumentKind::Star => star = shape(text, &argument.value)?,
            ArgumentKind::DoubleStar => double_star = shape(text, &argument.value)?,
        }
    }
    let (positional, named) = (positional.join(", "), named.join(", "));
    Some(format!("args=[{positional}], kwargs=[{named}], dyn_args={star}, dyn_kwargs={double_star}"))
}

fn binary(operator: Binary) -> &'static str {
    match operator {
        Binary::Or => "Or",
        Binary::And => "And",
        Binary::Add => "Add",
        Binary::Subtract => "Sub",
        Binary::Concatenate => "Concat",
        Binary::Multiply => "Mul",
        Binary::Divide => "Div",
        Binary::FloorDivide => "FloorDiv",
        Binary::Modulo => "Mod",
        Binary::Power => "Pow",
    }
}

fn comparison(operator: Comparison) -> &'static str {
    match operator {
        Comparison::Equal => "eq",
        Comparison::NotEqual => "ne",
        Comparison::Less => "lt",
        Comparison::LessOrEqual => "lteq",
        Comparison::Greater => "gt",
        Comparison::GreaterOrEqual => "gteq",
        Comparison::In => "in",
        Comparison::NotIn => "notin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The shape of one expression, without the keyword around it.
    fn shown(expression: &str) -> String {
        let all = config_shapes(&format!("{{{{ config(a={expression}) }}}}")).unwrap();
        all[0].1.strip_prefix("Keyword(key='a', value=").unwrap().strip_suffix(')').unwrap().to_owned()
    }

    // The wanted texts are those of Jinja2 3.1.
    #[test]
    fn shapes_are_those_of_jinja2() {
        assert_eq!(shown("\"it's\""), "Const(value=\"it's\")");
        assert_eq!(
            shown("[1.5, true, none, -1]"),
            "List(items=[Const(value=1.5), Const(value=True), Const(value=None), Neg(node=Const(value=1))])"
        );
        assert_eq!(
            shown("'a' ~ var('x') ~ 1"),
            "Concat(nodes=[Const(value='a'), Call(node=Name(name='var', ctx='load'), args=[Const(value='x')], kwargs=[], \
             dyn_args=None, dyn_kwargs=None), Const(value=1)])"
        );
        assert_eq!(
            shown("1 if x == 'y' else {'k': target.name}"),
            "CondExpr(test=Compare(expr=Name(name='x', ctx='load'), ops=[Operand(op='eq', expr=Const(value='y'))]), \
             expr1=Const(value=1), expr2=Dict(items=[Pair(key=Const(value='k'), value=Getattr(node=Name(name='target', \
             ctx='load'), attr='name', ctx='load'))]))"
        );
        assert_eq!(
            shown("x['y'] | default(1, k=2)"),
            "Filter(node=Getitem(node=Name(name='x', ctx='load'), arg=Const(value='y'), ctx='load'), name='default', \
             args=[Const(value=1)], kwargs=[Keyword(key='k', value=Const(value=2))], dyn_args=None, dyn_kwargs=None)"
        );
    }

    // As dbt 1.11 was seen to take them.
    #[test]
    fn plain_texts_are_those_that_dbt_does_not_render() {
        let plain = [
            "select 1 as x",
            "{{ config(a='x', full_refresh=False) }}{# c #}select '}}' as x {{ 'x' }}",
            "{{ config(a=\"x\", meta={'k': ['y']},) }}{{config(b=[])}} from {{ source('raw','t') }} {{ ref('p', 'm', v=1) }}",
        ];
        let rendered = [
            "{{ config(meta={'a': 1}) }}",
            "{{ config(full_refresh=true) }}",
            "{{ config(x=none) }}",
            "{{ config(pre_hook='select 1') }}",
            "{{- config(a='x') -}}",
            "{{ config(a=('x')) }}",
            "{{ config(a='x') }}{{ this }}",
            "{{ config(a='x') }}{% set x = 1 %}",
            "{{ config(a='x') }}{% raw %}x{% endraw %}",
            "{{ ref('a').identifier }}",
            "{{ ref('a') | lower }}",
            "{{ ref('a' ~ 'b') }}",
        ];
        plain.iter().for_each(|text| assert!(is_plain(text), "{text}"));
        rendered.iter().for_each(|text| assert!(!is_plain(text), "{text}"));
    }

    #[test]
    fn the_first_call_has_shapes_when_its_arguments_have_names() {
        assert_eq!(config_shapes("{{ config(a=1) }}{{ config(b=2, c=3) }}").map(|all| all.len()), Some(1));
        assert_eq!(config_shapes("{{ config({'a': 1}) }}"), None);
        assert_eq!(config_shapes("select 1"), None);
        assert_eq!(config_shapes("{# {{ config(b=2) }} #}{{ config(a=1) }}").map(|all| all.len()), Some(1));
    }
}
