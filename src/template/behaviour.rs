//! What templates see, by small templates: each name of a node's context at least once.

mod lookup;

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
