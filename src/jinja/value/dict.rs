//! `Dict`: Python's dict, one shared mutable object that keeps the order of insertion.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use indexmap::IndexMap;
use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, State, Value};

use super::print;
use crate::jinja::methods;

/// A dict that all its holders share; the lock is held for one access, never across a call.
#[derive(Default)]
pub struct Dict {
    map: RwLock<IndexMap<Value, Value>>,
    /// Prints as an `OrderedDict`.
    is_ordered: bool,
}

impl Dict {
    /// A new dict of `pairs`; a later pair with the same key replaces the value of the earlier one.
    pub fn value<K: Into<Value>, V: Into<Value>>(pairs: impl IntoIterator<Item = (K, V)>) -> Value {
        let map = pairs.into_iter().map(|(key, value)| (key.into(), value.into())).collect();
        Value::from_object(Dict { map: RwLock::new(map), is_ordered: false })
    }

    /// The same as Python's `OrderedDict`, which only prints differently.
    pub fn ordered(pairs: impl IntoIterator<Item = (Value, Value)>) -> Value {
        Value::from_object(Dict { map: RwLock::new(pairs.into_iter().collect()), is_ordered: true })
    }

    /// True for an `OrderedDict`.
    pub fn is_ordered(&self) -> bool {
        self.is_ordered
    }

    /// A new empty dict.
    pub fn empty() -> Value {
        Value::from_object(Dict::default())
    }

    /// A new dict of a JSON object, deep: its arrays are lists, its objects dicts. Other JSON becomes what it is.
    pub fn from_json(json: &serde_json::Value) -> Value {
        super::from_json(json)
    }

    /// The dict inside `value`, if it is one.
    pub fn of(value: &Value) -> Option<&Dict> {
        value.downcast_object_ref()
    }

    /// A copy of keys and values as they are now.
    pub fn snapshot(&self) -> Vec<(Value, Value)> {
        self.read().iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// A copy of the keys as they are now.
    pub fn keys(&self) -> Vec<Value> {
        self.read().keys().cloned().collect()
    }

    /// Number of entries.
    pub fn len(&self) -> usize {
        self.read().len()
    }

    /// True without entries.
    pub fn is_empty(&self) -> bool {
        self.read().is_empty()
    }

    /// The value under `key`.
    pub fn get(&self, key: &Value) -> Option<Value> {
        self.read().get(key).cloned()
    }

    /// The value under the text `key`.
    pub fn get_str(&self, key: &str) -> Option<Value> {
        self.get(&Value::from(key))
    }

    /// Sets the value under `key`; gives back the one that it replaces.
    pub fn insert(&self, key: impl Into<Value>, value: impl Into<Value>) -> Option<Value> {
        let (key, value) = (key.into(), value.into());
        self.edit(|map| map.insert(key, value))
    }

    /// Takes out the value under `key`; the order of the others stays.
    pub fn remove(&self, key: &Value) -> Option<Value> {
        self.edit(|map| map.shift_remove(key))
    }

    /// Gives back what `change` gives back after changing the entries; `change` must not run template code.
    pub fn edit<T>(&self, change: impl FnOnce(&mut IndexMap<Value, Value>) -> T) -> T {
        change(&mut self.map.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn read(&self) -> RwLockReadGuard<'_, IndexMap<Value, Value>> {
        self.map.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Dict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::write_mapping(out, &self.snapshot())
    }
}

impl Object for Dict {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get(key)
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::RevKeyValueIter(Box::new(self.snapshot().into_iter()))
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.len())
    }

    fn is_true(self: &Arc<Self>) -> bool {
        !self.is_empty()
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        methods::dict(state, self, method, arguments)
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}
