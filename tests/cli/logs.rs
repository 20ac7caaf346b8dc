//! What programs read of a run: JSON lines under dbt's event names.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::sandbox::{Output, Sandbox};

/// The lines of a command as JSON.
fn events(output: &Output) -> Vec<Value> {
    output.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How often each event was told.
fn counts(events: &[Value]) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    events.iter().for_each(|event| *counts.entry(event["info"]["name"].as_str().unwrap()).or_default() += 1);
    counts
}

fn first<'a>(events: &'a [Value], name: &str) -> &'a Value {
    events.iter().find(|event| event["info"]["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_run_tells_sessions_transactions_and_refusals() {
    let shop = Sandbox::new()
        .file("models/a.sql", "{{ config(materialized='table') }} select 1 as id")
        .file("models/bad.sql", "{{ config(materialized='table') }} select 1 / 0 as id from {{ ref('a') }}")
        .file("models/last.sql", "select * from {{ ref('bad') }}");
    let project = shop.read("dbt_project.yml");
    shop.write("dbt_project.yml", &format!("{project}on-run-start: select 'hook' as it\n"));
    let output = shop.kiln("--log-format json --log-level debug run --threads 1");
    assert_eq!(output.code, 1, "{output}");
    let events = events(&output);
    let counts = counts(&events);
    for (name, count) in [
        ("NewConnection", 1),
        ("ConnectionReused", 2),
        ("PartialParsingNotEnabled", 1),
        ("AdapterEventDebug", 1),
        ("CatchableExceptionOnRun", 1),
        ("MarkSkippedChildren", 2),
        ("Rollback", 1),
        ("EndRunResult", 1),
        ("ResourceReport", 1),
        ("CommandCompleted", 1),
    ] {
        assert_eq!(counts.get(name), Some(&count), "{name} in {counts:?}");
    }
    let hook = events.iter().find(|event| event["data"]["sql"].as_str().is_some_and(|sql| sql.contains("'hook'")));
    let hook = &hook.unwrap()["data"];
    assert_eq!(
        (hook["conn_name"].as_str(), hook["node_info"]["resource_type"].as_str()),
        (Some("master"), Some("operation"))
    );
    assert!(hook["sql"].as_str().unwrap().contains(r#""connection_name": "master""#));
    let commit =
        events.iter().find(|event| event["data"]["conn_name"] == "model.shop.a" && event["info"]["code"] == "E018");
    assert_eq!(commit.unwrap()["data"]["node_info"]["node_name"], "a");
    let refused = &first(&events, "AdapterEventDebug")["data"];
    assert_eq!(refused["base_msg"], "Postgres error: division by zero");
    assert_eq!(refused["node_info"]["unique_id"], "model.shop.bad");
    let ended = &first(&events, "EndRunResult")["data"];
    assert_eq!((ended["results"].as_array().unwrap().len(), ended["success"].as_bool()), (4, Some(false)));
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn nodes_that_are_not_built_begin_and_end_in_the_log() {
    let shop = Sandbox::new().file("models/a.sql", "select 1 as id");
    for command in ["compile -s a", "show -s a", "docs generate"] {
        let output = shop.succeeds(&format!("--log-format json --log-level debug {command}"));
        let events = events(&output);
        let counts = counts(&events);
        for name in ["NodeStart", "NodeCompiling", "WritingInjectedSQLForNode", "NodeExecuting", "NodeFinished"] {
            assert_eq!(counts.get(name), Some(&1), "{name} in `{command}`");
            assert_eq!(first(&events, name)["data"]["node_info"]["unique_id"], "model.shop.a");
        }
        assert!(!counts.contains_key("LogStartLine"));
        let words = if command.starts_with("docs") { command } else { &command[..command.find(' ').unwrap()] };
        assert_eq!(first(&events, "CommandCompleted")["data"]["command"], format!("dbt {words}"));
    }
    let output = shop.succeeds("--log-format json compile -s a");
    let events = events(&output);
    let shown = first(&events, "CompiledNode");
    assert_eq!(shown["info"]["msg"], "Compiled node 'a' is:\nselect 1 as id");
    assert_eq!(shown["data"]["quiet"], false);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn an_operation_names_its_session_after_the_macro() {
    let macros = "{% macro ask() %}{{ log('hello') }}{% do run_query('select 41') %}{% endmacro %}\n\
                  {% macro fail() %}{% do run_query('select 1/0') %}{% endmacro %}";
    let shop = Sandbox::new().file("macros/m.sql", macros);
    let output = shop.succeeds("--log-format json --log-level debug run-operation ask");
    let told = events(&output);
    let query = &first(&told, "SQLQuery")["data"];
    assert_eq!(query["conn_name"], "macro_ask");
    assert!(query["sql"].as_str().unwrap().contains(r#""connection_name": "macro_ask""#), "{query}");
    assert!(query.get("node_info").is_none() && first(&told, "JinjaLogDebug")["data"].get("node_info").is_none());
    let failed = shop.kiln("--log-format json run-operation fail");
    assert_eq!(failed.code, 1);
    let told = events(&failed);
    let caught = first(&told, "RunningOperationCaughtError");
    assert!(caught["data"]["exc"].as_str().unwrap().contains("division by zero"), "{caught}");
}
