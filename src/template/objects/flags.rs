//! `flags`: the settings of the invocation under upper-case names.

use std::fmt;
use std::sync::Arc;

use crate::flag::Flags;
use crate::jinja::{Dict, Enumerator, Object, ObjectRepr, Value, from_json};

/// Settings that are left out of `invocation_args_dict` where they are off, but are false here.
const OFF: [&str; 10] = [
    "full_refresh",
    "store_failures",
    "empty",
    "debug",
    "fail_fast",
    "warn_error",
    "defer",
    "favor_state",
    "log_cache_events",
    "quiet",
];

/// The object `flags`.
pub(super) fn value(flags: &Flags) -> Value {
    let mut all: Vec<(String, Value)> = OFF.iter().map(|name| (name.to_uppercase(), Value::from(false))).collect();
    all.extend(flags.to_json().iter().map(|(name, value)| (name.to_uppercase(), from_json(value))));
    all.push(("EMPTY".to_owned(), Value::from(flags.empty)));
    Value::from_object(FlagsValue(Dict::value(all)))
}

struct FlagsValue(Value);

impl fmt::Debug for FlagsValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, out)
    }
}

impl Object for FlagsValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    // `flags.full_refresh` and `flags.FULL_REFRESH` are the same.
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?.to_uppercase();
        Dict::of(&self.0)?.get_str(&name)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(Dict::of(&self.0).map(Dict::keys).unwrap_or_default())
    }
}
