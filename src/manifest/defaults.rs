//! Defaults of the config keys that dbt declares, in its order, for each kind of node.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::config::Config;
use super::node::NodeKind;

static MODEL: LazyLock<Config> =
    LazyLock::new(|| Config(extended(relation_keys("view"), json!({"access": "protected", "freshness": null}))));
static SEED: LazyLock<Config> =
    LazyLock::new(|| Config(extended(relation_keys("seed"), json!({"delimiter": ",", "quote_columns": null}))));
static SNAPSHOT: LazyLock<Config> = LazyLock::new(|| Config(extended(relation_keys("snapshot"), snapshot_keys())));
static TEST: LazyLock<Config> = LazyLock::new(|| Config(test_keys()));
static FUNCTION: LazyLock<Config> = LazyLock::new(|| Config(extended(relation_keys("function"), function_keys())));
static OTHER: LazyLock<Config> = LazyLock::new(|| Config(relation_keys("view")));

/// Config of a node of `kind` of which nothing is said.
pub fn of(kind: NodeKind) -> Config {
    let config = match kind {
        NodeKind::Model => &MODEL,
        NodeKind::Seed => &SEED,
        NodeKind::Snapshot => &SNAPSHOT,
        NodeKind::Test => &TEST,
        NodeKind::Function => &FUNCTION,
        NodeKind::Analysis | NodeKind::Operation | NodeKind::SqlOperation => &OTHER,
    };
    Config::clone(config)
}

/// Config of a source of which nothing is said.
pub fn of_source() -> Config {
    Config(object(json!({
        "enabled": true, "event_time": null, "freshness": null, "loaded_at_field": null, "loaded_at_query": null,
        "meta": {}, "tags": [], "static_analysis": null,
    })))
}

/// Config of an exposure of which nothing is said.
pub fn of_exposure() -> Config {
    Config(object(json!({"enabled": true, "tags": [], "meta": {}})))
}

/// Config of a unit test of which nothing is said.
pub fn of_unit_test() -> Config {
    Config(object(json!({"tags": [], "meta": {}, "enabled": true, "static_analysis": null})))
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

fn extended(mut keys: Map<String, Value>, more: Value) -> Map<String, Value> {
    keys.extend(object(more));
    keys
}

fn relation_keys(materialized: &str) -> Map<String, Value> {
    object(json!({
        "enabled": true, "alias": null, "schema": null, "database": null, "tags": [], "meta": {}, "group": null,
        "static_analysis": null, "materialized": materialized, "incremental_strategy": null, "batch_size": null,
        "lookback": 1, "begin": null, "persist_docs": {}, "post-hook": [], "pre-hook": [], "quoting": {},
        "column_types": {}, "full_refresh": null, "unique_key": null, "on_schema_change": "ignore",
        "on_configuration_change": "apply", "grants": {}, "packages": [],
        "docs": {"show": true, "node_color": null},
        "contract": {"enforced": false, "alias_types": true}, "event_time": null, "concurrent_batches": null,
    }))
}

fn snapshot_keys() -> Value {
    json!({
        "strategy": null, "target_schema": null, "target_database": null, "updated_at": null, "check_cols": null,
        "snapshot_meta_column_names": {
            "dbt_valid_to": null, "dbt_valid_from": null, "dbt_scd_id": null, "dbt_updated_at": null,
            "dbt_is_deleted": null,
        },
        "dbt_valid_to_current": null,
    })
}

fn function_keys() -> Value {
    json!({"type": "scalar", "volatility": null, "runtime_version": null, "entry_point": null})
}

fn test_keys() -> Map<String, Value> {
    object(json!({
        "enabled": true, "alias": null, "schema": "dbt_test__audit", "database": null, "tags": [], "meta": {},
        "group": null, "static_analysis": null, "materialized": "test", "severity": "ERROR",
        "store_failures": null, "store_failures_as": null, "where": null, "limit": null, "fail_calc": "count(*)",
        "warn_if": "!= 0", "error_if": "!= 0",
    }))
}
