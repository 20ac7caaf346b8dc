//! What the engine does beyond giving text: errors with places and calls, returned values, native values.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::error::{Error, Result};

/// An engine with the macros of one file of package `shop`, and a root that knows them and some functions.
struct Bench {
    engine: Engine,
    root: Value,
}

impl Bench {
    fn new(file: &str) -> Bench {
        let package: Arc<str> = "shop".into();
        let found = blocks(file).unwrap();
        let macros: Vec<MacroDef> =
            found.iter().filter_map(|block| MacroDef::from_block(&package, "macros/m.sql", block)).collect();
        let names: Vec<String> = macros.iter().map(|it| it.name.to_string()).collect();
        let engine = Engine::new(macros, globals(None));
        let members = names.into_iter().enumerate();
        let members: Vec<(String, Value)> =
            members.map(|(at, name)| (name, engine.macro_value(MacroId(at as u32)))).collect();
        let boom = Value::from_function(|text: String| -> std::result::Result<Value, CallError> {
            Err(raise(Error::database(text).detail("DETAIL", "more").hint("do this")))
        });
        let mut all = members.clone();
        all.push(("shop".to_string(), MacroNamespace::value("shop", members)));
        all.push(("boom".to_string(), boom));
        all.push(("one".to_string(), Value::from(1)));
        all.push(("row".to_string(), from_json(&serde_json::json!({"a": [1]}))));
        Bench { engine, root: Dict::value(all) }
    }

    fn render(&self, mode: Mode, text: &str) -> Result<Output> {
        let template = Template { what: "model m", file: Path::new("models/m.sql"), line: 1, column: 1, text };
        self.engine.render(mode, &template, &self.root)
    }

    /// The error of a run: message, place, hints, then each call.
    fn error(&self, text: &str) -> String {
        let error = self.render(Mode::Run, text).unwrap_err();
        let mut lines = vec![format!("{}: {}", error.kind().title(), error.message())];
        lines.extend(error.hints().iter().map(|hint| format!("hint: {hint}")));
        for call in error.calls() {
            let place = call.place.as_ref().map(ToString::to_string).unwrap_or_default();
            lines.push(format!("{place} {}", call.what));
        }
        let first = error.calls().iter().find_map(|call| call.place.as_ref());
        assert_eq!(error.place(), first, "the chain begins where it happened");
        lines.join("\n")
    }

    fn value(&self, text: &str) -> Value {
        let template = Template { what: "yaml", file: Path::new("a.yml"), line: 3, column: 5, text };
        self.engine.evaluate(Mode::Run, &template, &self.root).unwrap()
    }
}

#[test]
fn an_error_carries_the_chain_of_calls() {
    let bench = Bench::new(
        "\n{% macro inner(x) %}\n  {{ boom(x) }}\n{% endmacro %}\n\n{% macro outer() %}{% call wrap() %}\n  {{ shop.inner('no\n such') }}\n{% endcall %}{% endmacro %}\n{% macro wrap() %}{{ caller() }}{% endmacro %}",
    );
    insta::assert_snapshot!(bench.error("select 1\n  from {% do shop.outer() %}"), @r"
    Database Error: no
     such
    hint: do this
    macros/m.sql:3:6 macro shop.inner
    macros/m.sql:7:10 macro shop.outer
    macros/m.sql:6:20 macro shop.outer
    models/m.sql:2:18 model m
    ");
}

#[test]
fn what_is_undefined_is_named() {
    let bench = Bench::new(
        "{% macro m(a) %}{{ nothing.at.all }}{% endmacro %}{% macro n(a) %}\n{{ nope(a) }}{% endmacro %}{% macro p(a) %}{{ a.b }}{% endmacro %}{% macro q(a) %}{{ a.b() }}{% endmacro %}{% macro r(a) %}{{ a() }}{% endmacro %}{% macro surrogate_key(a) %}{% endmacro %}",
    );
    insta::assert_snapshot!(bench.error("{{ nothing() }}"), @r"
    Compilation Error: 'nothing' is undefined
    hint: check the spelling, and that the package it comes from is installed
    models/m.sql:1:4 model m
    ");
    insta::assert_snapshot!(bench.error("{{ nothing.a }}"), @r"
    Compilation Error: 'nothing' is undefined
    hint: check the spelling, and that the package it comes from is installed
    models/m.sql:1:4 model m
    ");
    insta::assert_snapshot!(bench.error("{{ row.nope.deeper }}"), @r"
    Compilation Error: 'row.nope' is undefined
    models/m.sql:1:7 model m
    ");
    insta::assert_snapshot!(bench.error("{{ row.a.nope() }}"), @r"
    Compilation Error: 'list object' has no attribute 'nope'
    models/m.sql:1:9 model m
    ");
    insta::assert_snapshot!(bench.error("{{ shop.outher() }}"), @r"
    Compilation Error: 'shop.outher' is undefined: the package `shop` has no such macro
    models/m.sql:1:8 model m
    ");
    insta::assert_snapshot!(bench.error("{{ m() }}"), @r"
    Compilation Error: 'nothing' is undefined
    hint: check the spelling, and that the package it comes from is installed
    macros/m.sql:1:20 macro shop.m
    models/m.sql:1:4 model m
    ");
    insta::assert_snapshot!(bench.error("{{ n(1) }}"), @r"
    Compilation Error: 'nope' is undefined
    hint: check the spelling, and that the package it comes from is installed
    macros/m.sql:2:4 macro shop.n
    models/m.sql:1:4 model m
    ");
    insta::assert_snapshot!(bench.error("{{ p() }}"), @r"
    Compilation Error: 'a' is undefined
    hint: check the spelling, and that the package it comes from is installed
    macros/m.sql:2:47 macro shop.p
    models/m.sql:1:4 model m
    ");
    insta::assert_snapshot!(bench.error("{{ q() }}"), @r"
    Compilation Error: 'a' is undefined
    hint: check the spelling, and that the package it comes from is installed
    macros/m.sql:2:87 macro shop.q
    models/m.sql:1:4 model m
    ");
    insta::assert_snapshot!(bench.error("{{ r() }}"), @r"
    Compilation Error: 'a' is undefined
    hint: check the spelling, and that the package it comes from is installed
    macros/m.sql:2:127 macro shop.r
    models/m.sql:1:4 model m
    ");
    insta::assert_snapshot!(bench.error("{{ surogate_key() }}"), @r"
    Compilation Error: 'surogate_key' is undefined
    hint: did you mean the macro `surrogate_key`?
    models/m.sql:1:4 model m
    ");
}

#[test]
fn wrong_calls_and_values_are_errors() {
    let bench = Bench::new("{% macro m(a) %}{{ a }}{% endmacro %}");
    insta::assert_snapshot!(bench.error("{{ m(1, 2) }}"), @r"
    Compilation Error: macro 'm' takes not more than 1 argument(s)
    models/m.sql:1:4 model m
    ");
    insta::assert_snapshot!(bench.error("{{ m(b=2) }}"), @r"
    Compilation Error: macro 'm' takes no keyword argument 'b'
    models/m.sql:1:4 model m
    ");
    insta::assert_snapshot!(bench.error("{% call m(1) %}\n\n{% endcall %}"), @r"
    Compilation Error: macro 'm' takes no keyword argument 'caller'
    models/m.sql:1:9 model m
    ");
    insta::assert_snapshot!(bench.error("{{ one + 'a' }}"), @r"
    Compilation Error: unsupported operand type(s) for +: 'int' and 'str'
    models/m.sql:1:8 model m
    ");
    insta::assert_snapshot!(bench.error("{{ one | nope }}"), @r"
    Compilation Error: No filter named 'nope'
    models/m.sql:1:10 model m
    ");
    insta::assert_snapshot!(bench.error("{% if one is nope %}{% endif %}"), @r"
    Compilation Error: No test named 'nope'
    models/m.sql:1:14 model m
    ");
}

#[test]
fn bad_syntax_is_a_parsing_error_at_its_place() {
    let bench = Bench::new("{% macro m() %}\n{% if one %}{% endmacro %}{% macro n() %}{{ 1 + }}{% endmacro %}");
    insta::assert_snapshot!(bench.error("a\n {{ one two }}"), @r"
    Parsing Error: unexpected identifier, expected end of variable block
    models/m.sql:2:9 model m
    ");
    insta::assert_snapshot!(bench.error("a\n {% if one %}\n{% for x in [] %}{% endfor %}"), @r"
    Parsing Error: `{% if %}` is never closed by `{% endif %}`
    models/m.sql:2:2 model m
    ");
    insta::assert_snapshot!(bench.error("{% if one %}\n{% endfor %}"), @r"
    Parsing Error: `{% endfor %}` stands where `{% endif %}` is needed
    hint: `{% if %}` is opened at models/m.sql:1:1
    models/m.sql:2:1 model m
    ");
    insta::assert_snapshot!(bench.error("{% else %}"), @r"
    Parsing Error: `{% else %}` belongs to no `{% if %}`
    models/m.sql:1:1 model m
    ");
    insta::assert_snapshot!(bench.error("a {{ one"), @r"
    Parsing Error: `{{` is never closed by `}}`
    models/m.sql:1:3 model m
    ");
    insta::assert_snapshot!(bench.error("{% nope %}"), @r"
    Parsing Error: unknown statement nope
    models/m.sql:1:4 model m
    ");
    insta::assert_snapshot!(bench.error("{{ m() }}"), @r"
    Parsing Error: `{% if %}` is never closed by `{% endif %}`
    macros/m.sql:2:1 macro shop.m
    models/m.sql:1:4 model m
    ");
    insta::assert_snapshot!(bench.error("{{ n() }}"), @r"
    Parsing Error: unexpected end of variable block
    macros/m.sql:2:49 macro shop.n
    models/m.sql:1:4 model m
    ");
    assert_eq!(bench.engine.check(MacroId(1)).unwrap_err().place().unwrap().to_string(), "macros/m.sql:2:49");
}

#[test]
fn parsing_never_fails_on_a_name() {
    let bench = Bench::new("");
    let text = "{{ nosuch('a')[3].z }}{{ a.b().c }}{{ shop.nope(1).x }}{% for x in y.z %}{% endfor %}{{ q is defined }}{{ row.no.such(1) }}{{ row.no()[1].a }}{{ m(row.a) }}{{ _key() }}";
    assert_eq!(bench.render(Mode::Parse, text).unwrap().text, "False");
}

#[test]
fn top_level_calls_are_listed_once_and_a_return_ends_the_text() {
    let bench =
        Bench::new("{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}b{% endmacro %}{% macro c() %}{% endmacro %}");
    let output = bench.render(Mode::Run, "{{ c() }}{{ a() }}{{ c() }}").unwrap();
    assert_eq!((output.calls, output.text.as_str()), (vec![MacroId(2), MacroId(0)], "b"));
    let output = bench.render(Mode::Run, "x{{ return([1]) }}y").unwrap();
    assert_eq!(output.returned.map(|it| it.to_string()).as_deref(), Some("[1]"));
}

#[test]
fn macros_can_be_called_from_rust() {
    let bench = Bench::new("{% macro a(x, y=2) %}{% do return({'x': x, 'y': y, 'k': kwargs}) %}{% endmacro %}");
    let named = vec![("z".to_string(), Value::from(3))];
    let arguments = Arguments { positional: vec![Value::from(1)], named };
    let value = bench.engine.call_macro(Mode::Run, MacroId(0), arguments, &bench.root).unwrap();
    assert_eq!(value.to_string(), "{'x': 1, 'y': 2, 'k': {'z': 3}}");
}

#[test]
fn a_default_may_name_an_earlier_parameter() {
    let bench = Bench::new("{% macro m(a,\n b=[1,\n 2],\n c={'k': a}) -%}\n {{ a }}{{ b }}{{ c }}{% endmacro %}");
    assert_eq!(bench.render(Mode::Run, "{{ m(1) }}{{ m(1, c=2) }}").unwrap().text, "1[1, 2]{'k': 1}1[1, 2]2");
}

#[test]
fn yaml_strings_become_values() {
    let bench = Bench::new("");
    let given = [
        "{{ one == 1 }}",
        "{{ 1 == 1 }}",
        "{{ row }}",
        " {{ one }}",
        "{{ '5' | as_number }}",
        "plain",
        "{{ row.a | as_text }}",
        "{{ one ~ '' }}",
        "{{ ('[1, ' ~ one ~ ']') | as_native }}",
        "{{ ((one == 1) ~ '') | as_bool }}",
    ];
    let values: Vec<String> = given.iter().map(|text| repr(&bench.value(text))).collect();
    insta::assert_snapshot!(values.join("\n"), @r"
    True
    'True'
    {'a': [1]}
    ' 1'
    '5'
    'plain'
    '[1]'
    '1'
    [1, 1]
    True
    ");
    let template =
        Template { what: "yaml", file: Path::new("a.yml"), line: 3, column: 5, text: "{{ ('yes' ~ one) | as_bool }}" };
    let error = bench.engine.evaluate(Mode::Run, &template, &bench.root);
    insta::assert_snapshot!(error.map(|_| ()).unwrap_err().message(), @"Could not convert value 'yes1' into type 'bool'");
}

#[test]
fn a_text_can_be_rendered_inside_a_render() {
    let bench =
        Bench::new("{% macro m() %}{{ render('<{{ one }}{{ b() }}>') }}{% endmacro %}{% macro b() %}b{% endmacro %}");
    assert_eq!(bench.render(Mode::Run, "{{ m() }}").unwrap().text, "<1b>");
    insta::assert_snapshot!(bench.error("{{ render('a\n{{ boom(\"no\") }}') }}"), @r"
    Database Error: no
    hint: do this
     rendered text, line 2
    models/m.sql:1:4 model m
    ");
}

#[test]
fn a_macro_has_the_name_under_which_dbt_calls_it() {
    let package: Arc<str> = "shop".into();
    let source = "{% macro m(a: string, b: optional[list[int]] = [1, 2]) %}{% endmacro %}{% materialization t, adapter = \"postgres\" %}{% endmaterialization %}{% test u(model) %}{% endtest %}";
    let found = blocks(source).unwrap();
    let macros: Vec<MacroDef> = found.iter().filter_map(|it| MacroDef::from_block(&package, "m.sql", it)).collect();
    let names: Vec<&str> = macros.iter().map(|it| &*it.name).collect();
    assert_eq!(names, ["m", "materialization_t_postgres", "test_u"]);
}

#[test]
fn places_of_the_rendered_text_lead_back_to_the_template() {
    let bench = Bench::new("{% macro m() %}\nx\ny{% endmacro %}");
    let text = "a\n{% set q %}no{% endset %}{%- for i in [1, 2] -%}\n  b{{ m() }}\n{% endfor %}\n c {{- one }} d\n  {%- if true -%}  {{ one }}{% endif -%}\n  e\n";
    let output = bench.render(Mode::Run, text).unwrap();
    assert_eq!(output.text, bench.render(Mode::Parse, text).unwrap().text);
    let template = Template { what: "model m", file: Path::new("m.sql"), line: 1, column: 1, text };
    let places = output.text.char_indices().filter(|(_, letter)| !letter.is_whitespace());
    let places: Vec<String> =
        places.map(|(at, letter)| format!("{letter} {}", template.place(output.map.source_of(at)))).collect();
    insta::assert_snapshot!(places.join("\n"), @r"
    a m.sql:1:1
    b m.sql:3:3
    x m.sql:3:4
    y m.sql:3:4
    b m.sql:3:3
    x m.sql:3:4
    y m.sql:3:4
    c m.sql:5:2
    1 m.sql:5:3
    d m.sql:5:15
    1 m.sql:5:16
    e m.sql:7:3
    ");
}

#[test]
fn a_recursive_loop_leaves_nothing_behind_in_the_text() {
    let bench = Bench::new("");
    let text = "a {% for n in [{'v': 1, 'c': [{'v': 2, 'c': []}]}] recursive %}{{ n.v }}({{ loop(n.c) }}){% endfor %} b {{ 1 }}";
    let output = bench.render(Mode::Run, text).unwrap();
    assert_eq!(output.text, "a 1(2()) b 1");
    assert_eq!(output.map.source_of(0), 0);
}

#[test]
fn a_loop_over_a_text_knows_where_it_ends() {
    let bench = Bench::new("");
    let text = "{% for a in 'AB' %}{{ a }}{{ loop.length }}{% if not loop.last %}, {% endif %}{% endfor %}";
    assert_eq!(bench.render(Mode::Run, text).unwrap().text, "A2, B2");
}
