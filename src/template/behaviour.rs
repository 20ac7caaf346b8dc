//! What templates see, by small templates: each name of a node's context at least once.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::*;
use crate::error::Error;
use crate::flag::Flags;
use crate::name::{Parts, RelationKind};
use crate::report::Reporter;

/// Answers for two models, an ephemeral one and a source.
struct Shop;

impl Resolver for Shop {
    fn resolve_ref(&self, from: &UniqueId, _: Option<&str>, name: &str, version: Option<&str>) -> Result<Target> {
        let name = version.map_or(name.to_owned(), |version| format!("{name}_v{version}"));
        if !["orders", "orders_v2", "stage"].contains(&name.as_str()) {
            return Err(Error::compilation(format!("'{from}' depends on a node named '{name}' which was not found")));
        }
        Ok(Target {
            deferred: None,
            unique_id: UniqueId::new(format!("model.shop.{name}")),
            relation: Relation::new("db", "dev", &name).of_kind(RelationKind::Table),
            is_ephemeral: name == "stage",
            event_time: Some("at".to_owned()),
        })
    }

    fn resolve_source(&self, _: &UniqueId, source: &str, table: &str) -> Result<Target> {
        Ok(Target {
            deferred: None,
            unique_id: UniqueId::new(format!("source.shop.{source}.{table}")),
            relation: Relation::new("db", source, table),
            is_ephemeral: false,
            event_time: None,
        })
    }

    fn resolve_function(&self, _: &UniqueId, _: Option<&str>, name: &str) -> Result<Target> {
        self.resolve_source(&UniqueId::new("x"), "functions", name)
    }

    fn graph(&self) -> Json {
        json!({ "nodes": { "model.shop.orders": { "name": "orders" } }, "sources": {} })
    }

    fn selected_resources(&self) -> Vec<String> {
        vec!["model.shop.orders".to_owned()]
    }

    fn doc(&self, _: &str, _: Option<&str>, name: &str) -> Option<String> {
        (name == "orders").then(|| "All orders.".to_owned())
    }
}

/// A project to render in.
struct Bench {
    macros: Vec<MacroSource>,
    dispatch: Vec<DispatchRule>,
    flags: Flags,
    config: Map<String, Json>,
    extra: Vec<(Arc<str>, Json)>,
    package: &'static str,
    is_empty: bool,
}

fn bench() -> Bench {
    let mut macros = Vec::new();
    for (package, path, text) in crate::macros::FILES {
        macros.extend(sources(package, path, text));
    }
    Bench {
        macros,
        dispatch: Vec::new(),
        flags: Flags::default(),
        config: Map::new(),
        extra: Vec::new(),
        package: "shop",
        is_empty: false,
    }
}

fn sources(package: &str, path: &str, text: &str) -> Vec<MacroSource> {
    let source = |block: crate::jinja::Block<'_>| {
        let definition = crate::jinja::MacroDef::from_block(&package.into(), path, &block)?;
        Some(MacroSource {
            unique_id: UniqueId::new(format!("macro.{package}.{}", definition.name)),
            package: definition.package.clone(),
            name: definition.name.clone(),
            kind: match block.kind {
                crate::jinja::BlockKind::Test => MacroKind::Test,
                crate::jinja::BlockKind::Materialization => MacroKind::Materialization,
                _ => MacroKind::Macro,
            },
            text: definition.text.clone(),
            told: definition.text.clone(),
            file: Path::new(path).into(),
            first_line: definition.line,
        })
    };
    crate::jinja::blocks(text).unwrap().into_iter().filter_map(source).collect()
}

impl Bench {
    fn with(mut self, package: &str, text: &str) -> Bench {
        self.macros.extend(sources(package, "macros/own.sql", text));
        self
    }

    fn config(mut self, config: Json) -> Bench {
        self.config = config.as_object().cloned().unwrap();
        self
    }

    fn templates(&self) -> Templates {
        let library =
            Library::new("shop", self.macros.clone(), self.dispatch.clone()).map_err(|all| all[0].to_string());
        let vars = json!({ "limit": 5, "greeting": "hello {{ 1 + 1 }}" });
        Templates::new(
            library.unwrap(),
            Globals {
                project_name: "shop".to_owned(),
                target: json!({ "name": "dev", "target_name": "dev", "profile_name": "p", "schema": "dev", "database": "db", "threads": 4 })
                    .as_object()
                    .cloned()
                    .unwrap(),
                flags: self.flags.clone(),
                vars: Arc::new(move |_, name| vars.get(name).cloned()),
                project_vars: json!({ "limit": 5 }).as_object().cloned().unwrap(),
                env: json!({ "HOME": "/root" }).as_object().cloned().unwrap(),
                invocation_id: "0a1b2c3d-0000".to_owned(),
                run_started_at: "2024-05-06T07:08:09Z".parse().unwrap(),
                metadata_envs: Map::new(),
                quoting: Parts::ALL,
                query_comment: QueryComment::default(),
                packages: vec![("utils".to_owned(), "1.2.3".to_owned())],
                reporter: Reporter::silent(),
            },
        )
    }

    fn subject(&self, text: &str) -> Arc<Subject> {
        Arc::new(Subject {
            unique_id: UniqueId::new("model.shop.customers"),
            resource_type: "model",
            name: "customers".into(),
            file: Path::new("models/customers.sql").into(),
            this: Some(Relation::new("db", "dev", "customers")),
            config: self.config.clone(),
            model: SubjectModel(Arc::new(
                || json!({ "name": "customers", "alias": "c", "columns": {}, "group": null, "config": { "alias": null } }),
            )),
            extra: self.extra.clone(),
            ..Subject::nameless("model", self.package, text)
        })
    }

    fn runtime(&self) -> Arc<Runtime> {
        let mut runtime = Runtime::new(Arc::new(Shop), Arc::default(), None);
        runtime.is_empty = self.is_empty;
        Arc::new(runtime)
    }

    fn compile(&self, text: &str) -> String {
        match self.templates().compile(&self.subject(text), &self.runtime()) {
            Ok(compiled) => compiled.text,
            Err(error) => format!("error: {}", error.message()),
        }
    }

    fn parse(&self, text: &str) -> Recorded {
        self.templates().parse(&self.subject(text)).unwrap()
    }
}

fn run(text: &str) -> String {
    bench().compile(text)
}

#[test]
fn parsing_records_refs_sources_and_configs() {
    let recorded = bench().parse(
        "{{ config(materialized='table', tags='a', pre_hook='x') }}{{ config(tags=['b'], meta={'k': 1}) }}\
         select * from {{ ref('orders') }}, {{ ref('utils', 'stage', v=2) }}, {{ source('raw', 'x') }} {{ nosuch('a')[3].z }}",
    );
    assert_eq!(recorded.refs[0], RefCall { package: None, name: "orders".into(), version: None });
    assert_eq!(
        recorded.refs[1],
        RefCall { package: Some("utils".into()), name: "stage".into(), version: Some("2".into()) }
    );
    assert_eq!(recorded.sources, [("raw".to_owned(), "x".to_owned())]);
    let config = json!({ "materialized": "table", "tags": ["a", "b"], "pre-hook": "x", "meta": { "k": 1 } });
    assert_eq!(Json::Object(recorded.config), config);
}

#[test]
fn parsing_lists_the_macros_that_the_text_calls() {
    let bench = bench().with(
        "shop",
        "{% macro outer() %}{{ inner() }}{{ ref('orders') }}{% endmacro %}{% macro inner() %}1{% endmacro %}",
    );
    let recorded = bench.parse("{{ outer() }}");
    assert_eq!(recorded.macros, [UniqueId::new("macro.shop.outer")]);
    assert_eq!(recorded.refs.len(), 1);
}

#[test]
fn arguments_of_generic_tests_are_evaluated() {
    let mut bench = bench();
    let arguments = json!({ "model": "{{ get_where_subquery(ref('orders')) }}", "column_name": "id", "to": "ref('stage')", "field": "id" });
    bench.extra = vec![("_dbt_generic_test_kwargs".into(), arguments)];
    let recorded = bench.parse("{{ test_relationships(**_dbt_generic_test_kwargs) }}");
    let names: Vec<&str> = recorded.refs.iter().map(|call| call.name.as_str()).collect();
    assert_eq!(names, ["orders", "stage"]);
    assert_eq!(
        recorded.macros.iter().map(UniqueId::as_str).collect::<Vec<_>>(),
        ["macro.dbt.get_where_subquery", "macro.dbt.test_relationships"]
    );
    let compiled = bench.compile("{{ test_relationships(**_dbt_generic_test_kwargs) }}");
    assert!(compiled.contains(r#""db"."dev"."orders""#) && compiled.contains("__dbt__cte__stage"), "{compiled}");
}

#[test]
fn a_ref_prints_its_relation_and_notes_ephemeral_parents() {
    let bench = bench();
    let text =
        "{{ ref('orders') }} {{ ref('orders', version=2) }} {{ ref('stage') }} {{ source('raw', 'x') }} {{ this }}";
    let compiled = bench.templates().compile(&bench.subject(text), &bench.runtime()).unwrap();
    assert_eq!(
        compiled.text,
        r#""db"."dev"."orders" "db"."dev"."orders_v2" __dbt__cte__stage "db"."raw"."x" "db"."dev"."customers""#
    );
    assert_eq!(compiled.ephemerals, [UniqueId::new("model.shop.stage")]);
}

#[test]
fn with_empty_parents_give_no_rows_and_render_opts_out() {
    let mut bench = bench();
    bench.is_empty = true;
    assert_eq!(
        bench.compile("{{ ref('orders') }} {{ ref('orders').render() }}"),
        r#"(select * from "db"."dev"."orders" where false limit 0) _dbt_limit_subq_orders "db"."dev"."orders""#
    );
}

#[test]
fn a_relation_answers_as_dbt_s_does() {
    assert_eq!(
        run("{{ ref('orders').to_dict().path }} {{ ref('orders').to_dict(omit_none=true).limit is defined }}"),
        "{'database': 'db', 'schema': 'dev', 'identifier': 'orders'} False"
    );
    assert_eq!(run("{{ ref('orders') is mapping }} {{ ref('orders') is sequence }}"), "True False");
    let cases = [
        ("{{ ref('orders').identifier }} {{ ref('orders').type }} {{ ref('orders').is_table }}", "orders table True"),
        ("{{ ref('orders').include(database=false) }}", r#""dev"."orders""#),
        ("{{ ref('orders').quote(identifier=false) }}", r#""db"."dev".orders"#),
        ("{{ ref('orders').incorporate(path={'identifier': 'o'}, type='view').is_view }}", "True"),
        ("{{ ref('orders').without_identifier() }}", r#""db"."dev""#),
        ("{{ ref('orders').information_schema('columns') }}", r#""db".INFORMATION_SCHEMA.columns"#),
        (
            "{{ ref('orders').get('metadata', {}).get('type', '') }} {{ ref('orders') is mapping }}",
            "PostgresRelation True",
        ),
        (
            "{{ ref('orders') == ref('orders') }} {{ this == ref('orders') }} {{ ref('orders') in [ref('orders')] }}",
            "True False True",
        ),
        (
            "{{ 'x' if this else 'y' }}{{ this | string }}{{ this ~ '' }}",
            r#"x"db"."dev"."customers""db"."dev"."customers""#,
        ),
        (
            "{{ api.Relation.create(schema='s', identifier='i', type='view') }} {{ api.Relation.View }}",
            r#""s"."i" view"#,
        ),
        ("{{ ref('orders').matches(identifier='orders') }}", "True"),
        ("{{ this.render() | replace('\"', '') }}", "db.dev.customers"),
    ];
    for (text, wanted) in cases {
        assert_eq!(run(text), wanted, "{text}");
    }
    assert!(
        run(&format!("{{{{ api.Relation.create(identifier='{}', type='table') }}}}", "x".repeat(64)))
            .contains("longer than 63")
    );
    assert!(run("{{ ref('orders').matches(identifier='Orders') }}").contains("approximate match"));
}

#[test]
fn a_column_answers_as_dbt_s_does() {
    let cases = [
        ("{{ api.Column('a', 'character varying', 10).data_type }}", "character varying(10)"),
        (
            "{{ api.Column('a', 'text').data_type }} {{ api.Column('a', 'varchar').data_type }}",
            "text character varying(256)",
        ),
        ("{{ api.Column('a', 'numeric', none, 10, 2).data_type }}", "numeric(10,2)"),
        ("{{ api.Column('a', 'varchar', 5).can_expand_to(api.Column('a', 'varchar', 6)) }}", "True"),
        (
            "{{ api.Column.translate_type('string') }} {{ api.Column.from_description('a', 'varchar(7)').char_size }}",
            "TEXT 7",
        ),
        ("{{ api.Column.create('a', 'integer').name }} {{ api.Column('a', 'int4').is_integer() }}", "a True"),
        (
            "{{ api.Column('a', 'text').quoted }} {{ api.Column('a', 'text') }}",
            "\"a\" PostgresColumn(column='a', dtype='text', char_size=None, numeric_precision=None, numeric_scale=None)",
        ),
    ];
    for (text, wanted) in cases {
        assert_eq!(run(text), wanted, "{text}");
    }
}

#[test]
fn vars_and_environment() {
    let cases = [
        ("{{ var('limit') }} {{ var('nope', 'x') }} {{ var('greeting') }}", "5 x hello 2"),
        ("{{ var.has_var('limit') }} {{ var.has_var('nope') }}", "True False"),
        ("{{ env_var('HOME') }} {{ env_var('NOPE', 'd') }}", "/root d"),
        (
            "{{ target.name }} {{ target.schema }} {{ project_name }} {{ dbt_version }} {{ schema }}",
            "dev dev shop 1.11.16 dev",
        ),
        (
            "{{ flags.FULL_REFRESH }} {{ flags.WHICH }} {{ execute }} {{ invocation_id }}",
            "False build True 0a1b2c3d-0000",
        ),
        ("{{ run_started_at.strftime('%Y-%m-%d') }}", "2024-05-06"),
        ("{{ invocation_args_dict.which }}", "build"),
    ];
    for (text, wanted) in cases {
        assert_eq!(run(text), wanted, "{text}");
    }
    assert!(run("{{ var('nope') }}").contains("required var `nope` not found"));
    assert!(run("{{ env_var('NOPE') }}").contains("env var required but not provided: `NOPE`"));
    assert!(run("{{ env_var('DBT_ENV_SECRET_X') }}").contains("secret env vars are allowed only"));
    assert_eq!(bench().parse("{{ var('nope') }}").vars, ["nope"]);
}

#[test]
fn config_is_read_while_running() {
    let bench = bench()
        .config(json!({ "materialized": "table", "meta": { "owner": "me" }, "persist_docs": { "relation": true } }));
    let cases = [
        (
            "{{ config.get('materialized') }} {{ config.get('unique_key', 'd') }} {{ config.get('nope', 'd') }}",
            "table None d",
        ),
        ("{{ config.get('severity', 'd') }} {{ config.get('updated_at', 'd') }} {{ config.get('limit', 5) }}", "d d 5"),
        ("{{ config.require('materialized') }}", "table"),
        ("{{ config.meta_get('owner') }} {{ config.meta_get('x', 1) }}", "me 1"),
        ("{{ config.persist_relation_docs() }} {{ config.persist_column_docs() }}", "True False"),
        ("{% do config.set('sql_header', 'h') %}{{ config.get('sql_header') }}", "h"),
        ("{{ config.get('materialized', validator=validation.any[list, basestring]) }}", "table"),
    ];
    for (text, wanted) in cases {
        assert_eq!(bench.compile(text), wanted, "{text}");
    }
    assert!(bench.compile("{{ config.require('nope') }}").contains("required config `nope`"));
}

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
