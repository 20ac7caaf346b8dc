//! Which macro, context or name is meant, and what it gives.

use super::*;

#[test]
fn dispatch_finds_the_root_s_default_before_the_built_in_one() {
    let bench = bench()
        .with("shop", "{% macro default__type_x() %}root{% endmacro %}{% macro helper() %}shop's{% endmacro %}")
        .with("utils", "{% macro default__type_x() %}utils{% endmacro %}{% macro call() %}{{ helper() }}{% endmacro %}")
        .with("dbt", "{% macro type_x() %}{{ adapter.dispatch('type_x', 'dbt')() }}{% endmacro %}{% macro default__type_x() %}dbt{% endmacro %}")
        .with("dbt_postgres", "{% macro postgres__type_x() %}postgres{% endmacro %}");
    assert_eq!(
        bench.compile("{{ dbt.type_x() }}{{ adapter.dispatch('type_x', 'utils')() }}{{ utils.call() }}"),
        "rootrootshop's"
    );
    assert!(bench.compile("{{ adapter.dispatch('nope', 'utils') }}").contains("'utils.postgres__nope'"));
}

#[test]
fn dispatch_follows_the_project_s_order() {
    let mut bench = bench()
        .with("shop", "{% macro default__x() %}root{% endmacro %}")
        .with("utils", "{% macro default__x() %}utils{% endmacro %}");
    bench.dispatch =
        vec![DispatchRule { namespace: "utils".into(), search_order: vec!["utils".into(), "shop".into()] }];
    assert_eq!(bench.compile("{{ adapter.dispatch('x', 'utils')() }}"), "utils");
}

#[test]
fn a_macro_named_twice_in_a_package_is_refused() {
    let all = bench().with("shop", "{% macro a() %}{% endmacro %}\n{% macro a() %}{% endmacro %}");
    let errors = Library::new("shop", all.macros, Vec::new()).unwrap_err();
    assert!(errors[0].message().contains("two macros named `a`: at macros/own.sql:1:1 and at macros/own.sql:2:1"));
}

#[test]
fn the_root_s_materialization_beats_a_package_s_and_a_built_in_one() {
    let bench = bench().with("utils", "{% materialization view, default %}{% endmaterialization %}");
    let named = |bench: &Bench| {
        let library = Library::new("shop", bench.macros.clone(), Vec::new()).unwrap();
        library.unique_id(library.materialization("view").unwrap()).to_string()
    };
    assert_eq!(named(&bench), "macro.dbt.materialization_view_default");
    let bench = bench.with("shop", "{% materialization view, default %}{% endmaterialization %}");
    assert_eq!(named(&bench), "macro.shop.materialization_view_default");
}

#[test]
fn exceptions_carry_their_message_and_place() {
    let bench = bench();
    let text = "select 1\n{{ exceptions.raise_compiler_error('no good') }}";
    let error = bench.templates().compile(&bench.subject(text), &bench.runtime()).unwrap_err();
    assert_eq!(error.message(), "no good");
    assert_eq!(error.place().unwrap().to_string(), "models/customers.sql:2:14");
    assert_eq!(error.kind(), crate::error::Kind::Compilation);
}

#[test]
fn context_is_live() {
    let cases = [
        ("{{ context['project_name'] }} {{ 'ref' in context }} {{ 'nope' in context }}", "shop True False"),
        ("{{ context.get('nope', 3) }} {{ context['is_incremental'] is defined }}", "3 True"),
        ("{% do context.update({'colour': 'red'}) %}{{ context['colour'] }}", "red"),
        ("{{ builtins.ref('orders') }}", r#""db"."dev"."orders""#),
        ("{{ builtins.print is callable }} {{ builtins['var']('limit') }}", "True 5"),
        ("{{ ref('orders')['include'](database=false) }}", r#""dev"."orders""#),
        ("{{ ref('orders')['nothing'] is defined }} {{ ref('orders').nothing is defined }}", "False False"),
        ("{{ graph.nodes.values() | map(attribute='name') | list }}", "['orders']"),
        ("{{ selected_resources }}", "['model.shop.orders']"),
        ("{{ builtins.ref.config.dependencies['utils'].version }} {{ builtins.ref.config.args.which }}", "1.2.3 build"),
        ("{{ builtins.ref.config.vars.to_dict() }} {{ builtins.ref.config.project_name }}", "{'limit': 5} shop"),
        ("{{ model.name }} {{ model['alias'] }}", "customers c"),
        ("{{ context['return'] is defined }} {{ context.items() | list | length > 100 }}", "True True"),
        ("{{ render('{{ this.name }}') }}", "customers"),
    ];
    for (text, wanted) in cases {
        assert_eq!(run(text), wanted, "{text}");
    }
}

#[test]
fn the_graph_can_be_changed_for_all_nodes() {
    let bench = bench();
    let templates = bench.templates();
    let render = |text: &str| templates.compile(&bench.subject(text), &bench.runtime()).unwrap().text;
    render("{% do graph.nodes.update({'x': {'name': 'new'}}) %}");
    assert_eq!(render("{{ graph.nodes['x'].name }}"), "new");
}

#[test]
fn a_project_s_macro_named_ref_can_wrap_the_original() {
    let bench = bench()
        .with("shop", "{% macro ref(name) %}{{ return(builtins.ref(name).include(database=false)) }}{% endmacro %}");
    assert_eq!(bench.compile("{{ ref('orders') }}"), r#""dev"."orders""#);
    assert_eq!(bench.parse("{{ ref('orders') }}").refs.len(), 1);
}

#[test]
fn builtins_are_what_dbt_gives_whatever_macros_are_called() {
    let bench = bench().with("shop", "{% macro tojson(value) %}mine{% endmacro %}");
    let text = "{{ tojson([1]) }} {{ builtins.tojson([1]) }} {{ builtins['target'].name }} {{ builtins.this.name }} \
                {{ builtins.sql_now }} {{ 'run_query' in builtins }}";
    assert_eq!(bench.compile(text), "mine [1] dev customers now() False");
}

#[test]
fn what_a_macro_returns_may_be_undefined() {
    let text = "{% macro pick(default=none) %}{% set default = [] if not default %}{{ return(default) }}{% endmacro %}";
    let bench = bench().with("shop", text);
    let text = "{{ pick(['a']) | join('-') }}|{{ pick(['a']) is defined }}|{{ pick(['a']) is none }}|{{ pick() }}";
    assert_eq!(bench.compile(text), "|False|False|[]");
    // While parsing, too, filters take it for nothing.
    bench.parse(text);
}

#[test]
fn a_model_has_no_entries_that_are_null() {
    let text = "{{ model.get('group', 'unset') }} {{ 'version' in model }} {{ model.config.get('alias', 'unset') }}";
    assert_eq!(run(text), "unset False unset");
}

#[test]
fn yaml_keeps_its_dates() {
    let text = "{% set y = fromyaml('a: 2024-01-31') %}{{ y.a.year }} {{ [y.a] }} {{ fromyaml('1: x')[1] }}";
    assert_eq!(run(text), "2024 [datetime.date(2024, 1, 31)] x");
}

#[test]
fn results_other_than_main_can_be_read_once() {
    let text = "{% do store_raw_result('r', message='OK 1', code='OK', rows_affected='1') %}\
                {% set r = load_result('r') %}{{ r.response }} {{ r['response'].code }} {{ r.data }} {{ r.table.rows | length }} {{ load_result('nope') }}";
    assert_eq!(run(text), "OK 1 OK [] 0 None");
    assert!(run(&format!("{text}{{{{ load_result('r') }}}}")).contains("already been loaded"));
}

#[test]
fn names_come_from_the_project_s_macros() {
    let templates = bench().templates();
    let json = || json!({ "name": "orders", "version": null });
    let orders = Named { package: "shop", name: "orders", version: None, json: &json };
    let name = |part, custom| templates.generate_name(part, custom, &orders).unwrap();
    assert_eq!(name(NamePart::Schema, None), "dev");
    assert_eq!(name(NamePart::Schema, Some("mart")), "dev_mart");
    assert_eq!(name(NamePart::Alias, None), "orders");
    assert_eq!(name(NamePart::Alias, Some("o")), "o");
    assert_eq!(name(NamePart::Database, None), "db");
    let own = bench()
        .with("shop", "{% macro generate_schema_name(name, node) %} {{ name }}_{{ node.name }}\n{% endmacro %}")
        .templates();
    assert_eq!(own.generate_name(NamePart::Schema, Some("x"), &orders).unwrap(), "x_orders");
}

#[test]
fn an_alias_is_the_same_with_and_without_a_call_of_its_macro() {
    let templates = bench().templates();
    let json = || json!({});
    for custom in [None, Some(""), Some(" o ")] {
        for version in [json!(null), json!(0), json!(2), json!(2.1), json!("beta.1")] {
            let named = Named { package: "shop", name: "orders", version: Some(&version), json: &json };
            let found = templates.generate_name(NamePart::Alias, custom, &named).unwrap();
            let custom = custom.map_or("none".to_owned(), |custom| format!("'{custom}'"));
            let version = version.to_string().replace("null", "none");
            let call = format!("{{{{ generate_alias_name({custom}, {{'name': 'orders', 'version': {version}}}) }}}}");
            assert_eq!(found, bench().compile(&call), "{call}");
        }
    }
}

#[test]
fn descriptions_know_doc() {
    let resolver: Arc<dyn Resolver> = Arc::new(Shop);
    let templates = bench().templates();
    assert_eq!(templates.describe("See: {{ doc('orders') }}", "shop", &resolver).unwrap(), "See: All orders.");
    assert!(templates.describe("{{ doc('nope') }}", "shop", &resolver).is_err());
}

#[test]
fn incremental_strategies_are_found_by_name() {
    let text = "{{ adapter.get_incremental_strategy_macro(context, 'delete+insert') is callable }}";
    assert_eq!(run(text), "True");
    assert!(run("{{ adapter.get_incremental_strategy_macro(context, 'nope') }}").contains("get_incremental_nope_sql"));
}

#[test]
fn constraints_are_written_as_ddl() {
    let text = "{{ adapter.render_raw_columns_constraints({'a': {'name': 'a', 'data_type': 'int', 'constraints': [{'type': 'not_null'}, \
                {'type': 'foreign_key', 'to': \"ref('orders')\", 'to_columns': ['id']}]}}) }} \
                {{ adapter.render_raw_model_constraints([{'type': 'primary_key', 'columns': ['a', 'b'], 'name': 'pk'}]) }}";
    assert_eq!(
        run(text),
        r#"['a int not null references "db"."dev"."orders" (id)'] ['constraint pk primary key (a, b)']"#
    );
}

#[test]
fn the_comment_is_dbt_s() {
    let bench = bench();
    let node = Node::new(&bench.templates().shared, &bench.subject(""), Some(&bench.runtime()));
    let comment = comment::of(&Arc::new(node)).unwrap();
    assert_eq!(
        comment,
        r#"{"app": "dbt", "dbt_version": "1.11.16", "profile_name": "p", "target_name": "dev", "node_id": "model.shop.customers"}"#
    );
}

#[test]
fn macros_are_called_by_name_with_arguments() {
    let bench = bench().with("shop", "{% macro add(a, b=2) %}{{ return({'sum': a + b}) }}{% endmacro %}");
    let arguments = json!({ "a": 1 }).as_object().cloned().unwrap();
    let given = bench.templates().call_macro("add", arguments, &bench.subject(""), &bench.runtime()).unwrap();
    assert_eq!(given.text, "{'sum': 3}");
}

#[test]
fn every_built_in_macro_compiles() {
    let templates = bench().templates();
    for (at, source) in templates.library().macros().iter().enumerate() {
        let id = crate::jinja::MacroId(u32::try_from(at).unwrap());
        if let Err(error) = templates.shared.engine.check(id) {
            panic!("{}: {error} at {:?}", source.unique_id, error.place());
        }
    }
}
