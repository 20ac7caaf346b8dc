//! What a snapshot asks before it begins.

use std::sync::Arc;

use crate::error::Error;
use crate::jinja::{Dict, State, Value, bind, raise};
use crate::template::function::{Answer, optional_text, text_of};
use crate::template::node::Node;
use crate::template::objects::ColumnValue;

use super::columns::columns_of;

/// Columns that a snapshot's table has besides those of its query.
const OWN: [&str; 4] = ["dbt_scd_id", "dbt_valid_from", "dbt_valid_to", "dbt_updated_at"];

/// `valid_snapshot_target(relation, column_names=None)`, and
/// `assert_valid_snapshot_target_given_strategy(relation, column_names, strategy)`: the table has the columns of a snapshot.
pub(super) fn valid_target(node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let names = ["relation", "column_names", "strategy"];
    let [relation, names, strategy] = bind("valid_snapshot_target", arguments, names, 1)?;
    let relation = relation.unwrap_or_default();
    let found = columns_of(node, state, &relation)?;
    let present: Vec<String> =
        found.iter().filter_map(ColumnValue::of).map(|column| column.name.to_lowercase()).collect();
    let named = |name: &str| -> String {
        let given = names.as_ref().and_then(Dict::of).and_then(|names| names.get_str(name));
        optional_text(given.as_ref()).unwrap_or_else(|| name.to_owned())
    };
    let mut wanted: Vec<String> = OWN.iter().map(|name| named(name)).collect();
    let hard_deletes = strategy.and_then(|strategy| strategy.get_attr("hard_deletes").ok());
    if hard_deletes.is_some_and(|behavior| text_of(&behavior) == "new_record") {
        wanted.push(named("dbt_is_deleted"));
    }
    let missing: Vec<String> = wanted
        .into_iter()
        .filter(|name| !present.contains(&name.to_lowercase()))
        .map(|name| format!("`{name}`"))
        .collect();
    if missing.is_empty() {
        return Ok(Value::from(()));
    }
    Err(raise(Error::compilation(format!(
        "Snapshot target is missing configured columns: {} is no snapshot table, or was made with other names: {}",
        text_of(&relation),
        missing.join(", ")
    ))))
}

/// `get_hard_deletes_behavior(config)`: `ignore`, `invalidate` or `new_record`.
pub(super) fn hard_deletes(node: &Arc<Node>, state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
    let [config] = bind("get_hard_deletes_behavior", arguments, ["config"], 1)?;
    let config = config.unwrap_or_default();
    let mut get = |name: &str| -> Result<Option<Value>, crate::jinja::CallError> {
        let value = config.call_method(state, "get", &[Value::from(name)])?;
        Ok(Some(value).filter(|value| !value.is_none() && !value.is_undefined()))
    };
    let (old, new) = (get("invalidate_hard_deletes")?, get("hard_deletes")?);
    let what = &node.subject.name;
    match (old, new.as_ref().map(text_of)) {
        (Some(_), Some(_)) => Err(raise(Error::compilation(format!(
            "snapshot `{what}` sets both `hard_deletes` and `invalidate_hard_deletes`; use `hard_deletes` alone"
        )))),
        (Some(old), None) => Ok(Value::from(if old.is_true() { "invalidate" } else { "ignore" })),
        (None, None) => Ok(Value::from("ignore")),
        (None, Some(word)) if ["ignore", "invalidate", "new_record"].contains(&word.as_str()) => Ok(Value::from(word)),
        (None, Some(word)) => Err(raise(Error::compilation(format!(
            "snapshot `{what}`: `hard_deletes` must be `ignore`, `invalidate` or `new_record`, not `{word}`"
        )))),
    }
}
