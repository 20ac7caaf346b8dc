//! Templates on values with the text, or the error, that Python gives for them, in `cases.json`.

use std::path::Path;

use serde_json::Value as Json;

use super::{Decimal, Dict, text};
use crate::jinja::{Engine, Mode, Table, Template, globals};
use minijinja::Value;

fn names() -> Vec<(String, Value)> {
    let decimal = |number: &str| Decimal::parse(number).unwrap();
    let none = || Value::from(());
    let rows = vec![
        vec![Value::from(1), Value::from("x"), decimal("1.50"), none()],
        vec![Value::from(2), none(), decimal("2"), none()],
        vec![Value::from(2), Value::from("a"), none(), none()],
    ];
    let columns = ["a", "b", "c", "d"].map(String::from).to_vec();
    let make_decimal = Value::from_function(move |number: Value| Decimal::parse(&text(&number)).unwrap());
    vec![("t".to_string(), Table::infer(columns, rows)), ("dec".to_string(), make_decimal)]
}

#[test]
fn values_behave_as_in_python() {
    let engine = Engine::new(Vec::new(), globals(None));
    let cases: Json = serde_json::from_str(include_str!("cases.json")).unwrap();
    let mut wrong = Vec::new();
    for case in cases.as_array().unwrap() {
        let source = case["template"].as_str().unwrap();
        let template = Template { what: "model m", file: Path::new("m.sql"), line: 1, column: 1, text: source };
        let given = engine.render(Mode::Run, &template, &Dict::value(names())).map(|output| output.text);
        let (is_same, wanted) = match (case["out"].as_str(), case["err"].as_str(), &given) {
            (Some(wanted), _, Ok(given)) => (wanted == given, wanted),
            (_, Some(wanted), Err(error)) => (error.to_string().contains(wanted), wanted),
            (wanted, error, _) => (false, wanted.or(error).unwrap_or_default()),
        };
        if !is_same {
            let given = given.unwrap_or_else(|error| format!("ERROR {error}"));
            wrong.push(format!("{source}\n  wanted {wanted}\n  given  {given}"));
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}
