//! Templates with the text that dbt 1.11's own Jinja gives for them, in `cases.json`.

use std::path::Path;
use std::sync::Arc;

use minijinja::value::Rest;
use serde_json::Value as Json;

use super::*;

/// Cases in which we differ from dbt, with the reason.
const DIFFERENT: &[(&str, &str)] = &[
    ("hugeint", "integers have 128 bits"),
    ("trailing", "the cases were made below the function of dbt that leaves text without tags alone"),
];

struct Fixture {
    engine: Engine,
    names: Vec<(String, Value)>,
}

impl Fixture {
    fn new(macros: &str, context: &Json) -> Fixture {
        let package: Arc<str> = "test".into();
        let found = blocks(macros).unwrap();
        let macros: Vec<MacroDef> =
            found.iter().filter_map(|block| MacroDef::from_block(&package, "macros/m.sql", block)).collect();
        let names: Vec<String> = macros.iter().map(|it| it.name.to_string()).collect();
        let mut all = globals(None);
        for name in ["log", "print"] {
            all.push((name.to_string(), Value::from_function(|_: Rest<Value>| "")));
        }
        let engine = Engine::new(macros, all);
        let mut known: Vec<(String, Value)> = Vec::new();
        for (at, name) in names.into_iter().enumerate() {
            known.push((name, engine.macro_value(MacroId(at as u32))));
        }
        for (name, value) in context.as_object().unwrap() {
            known.push((name.clone(), from_json(value)));
        }
        known.push(("t".to_string(), table()));
        Fixture { engine, names: known }
    }

    fn render(&self, mode: Mode, text: &str) -> crate::error::Result<Output> {
        let template = Template { what: "model m", file: Path::new("models/m.sql"), line: 1, column: 1, text };
        self.engine.render(mode, &template, &Dict::value(self.names.clone()))
    }
}

/// The rows of a query with one column of each type.
fn table() -> Value {
    let none = || Value::from(());
    let number = |text: &str| Decimal::parse(text).unwrap();
    let day = |text: &str| Date::value(text.parse().unwrap());
    let moment = |text: &str| DateTime::value(text.parse().unwrap());
    let row = |id: i64, letter: &str, rest: [Value; 4]| {
        [Value::from(id), Value::from(letter)].into_iter().chain(rest).collect::<Vec<_>>()
    };
    let rows = vec![
        row(1, "a", [number("1.5"), day("2024-01-02"), moment("2024-01-02T03:04:05"), Value::from(true)]),
        row(2, "b", [number("2.25"), none(), none(), Value::from(false)]),
        row(3, "a", [none(), day("2024-03-01"), moment("2024-03-01T00:00:00"), none()]),
        row(4, "c", [number("10"), day("2023-12-31"), moment("2023-12-31T23:59:59"), Value::from(true)]),
    ];
    Table::infer(["id", "g", "n", "d", "ts", "b"].map(String::from).to_vec(), rows)
}

#[test]
fn templates_give_the_text_that_dbt_gives() {
    let file: Json = serde_json::from_str(include_str!("cases.json")).unwrap();
    let mut wrong = Vec::new();
    for case in file["cases"].as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        for (key, mode) in [("run", Mode::Run), ("parse", Mode::Parse)] {
            let Some(wanted) = case.get(key) else { continue };
            let fixture = Fixture::new(case["macros"].as_str().unwrap_or_default(), &file["context"]);
            let text = case["template"].as_str().unwrap();
            let given = fixture.render(mode, text).map(|output| output.text);
            let is_same = match (wanted["out"].as_str(), &given) {
                (Some(wanted), Ok(given)) => wanted == given,
                (None, Err(_)) => true,
                (Some(_), Err(_)) | (None, Ok(_)) => false,
            };
            let is_known = DIFFERENT.iter().any(|(known, _)| *known == name);
            if is_same == is_known {
                wrong.push(format!("{name} ({key})\n  {text:?}\n  wanted {wanted}\n  given  {given:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}
