//! `List`: Python's list, one shared mutable object.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use minijinja::value::{Enumerator, Object, ObjectRepr};
use minijinja::{Error, State, Value};

use super::print;
use crate::jinja::methods;

/// A list that all its holders share; the lock is held for one access, never across a call.
#[derive(Default)]
pub struct List(RwLock<Vec<Value>>);

impl List {
    /// A new list of `items`.
    pub fn value(items: Vec<Value>) -> Value {
        Value::from_object(List(RwLock::new(items)))
    }

    /// The list inside `value`, if it is one.
    pub fn of(value: &Value) -> Option<&List> {
        value.downcast_object_ref()
    }

    /// A copy of the items as they are now.
    pub fn snapshot(&self) -> Vec<Value> {
        self.read().clone()
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.read().len()
    }

    /// True without items.
    pub fn is_empty(&self) -> bool {
        self.read().is_empty()
    }

    /// Item `index`, counted from 0.
    pub fn get(&self, index: usize) -> Option<Value> {
        self.read().get(index).cloned()
    }

    /// Adds `item` at the end.
    pub fn push(&self, item: Value) {
        self.edit(|items| items.push(item));
    }

    /// Gives back what `change` gives back after changing the items; `change` must not run template code.
    pub fn edit<T>(&self, change: impl FnOnce(&mut Vec<Value>) -> T) -> T {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn read(&self) -> RwLockReadGuard<'_, Vec<Value>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Items of a list one after the other, those among them that are added on the way, as Python walks.
struct Walk {
    list: Arc<List>,
    at: usize,
}

impl Iterator for Walk {
    type Item = Value;

    fn next(&mut self) -> Option<Value> {
        let item = self.list.get(self.at)?;
        self.at += 1;
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.list.len().saturating_sub(self.at);
        (left, Some(left))
    }
}

impl fmt::Debug for List {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        print::write_sequence(out, &self.snapshot(), ("[", "]"))
    }
}

impl Object for List {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Seq
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.get(key.as_usize()?)
    }

    fn get_value_by_str(self: &Arc<Self>, _key: &str) -> Option<Value> {
        None
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Iter(Box::new(Walk { list: self.clone(), at: 0 }))
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
        methods::list(state, self, method, arguments)
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}
