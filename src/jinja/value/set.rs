//! `Set`: Python's set; iterates in the order of insertion, where Python's order is arbitrary.

use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use indexmap::IndexSet;
use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr};
use minijinja::{Error, State, Value};

use super::print;
use crate::jinja::methods;

/// A set that all its holders share; the lock is held for one access, never across a call.
#[derive(Default)]
pub struct Set(RwLock<IndexSet<Value>>);

impl Set {
    /// A new set of `items`, each once.
    pub fn value(items: impl IntoIterator<Item = Value>) -> Value {
        Value::from_object(Set(RwLock::new(items.into_iter().collect())))
    }

    /// The set inside `value`, if it is one.
    pub fn of(value: &Value) -> Option<&Set> {
        value.downcast_object_ref()
    }

    /// A copy of the members as they are now.
    pub fn snapshot(&self) -> Vec<Value> {
        self.read().iter().cloned().collect()
    }

    /// True if `item` is a member.
    pub fn contains(&self, item: &Value) -> bool {
        self.read().contains(item)
    }

    /// Gives back what `change` gives back after changing the members; `change` must not run template code.
    pub fn edit<T>(&self, change: impl FnOnce(&mut IndexSet<Value>) -> T) -> T {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn read(&self) -> RwLockReadGuard<'_, IndexSet<Value>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Set {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members = self.snapshot();
        if members.is_empty() {
            return out.write_str("set()");
        }
        print::write_sequence(out, &members, ("{", "}"))
    }
}

impl Object for Set {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Iterable
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::Values(self.snapshot())
    }

    fn enumerator_len(self: &Arc<Self>) -> Option<usize> {
        Some(self.read().len())
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<std::cmp::Ordering> {
        let other = other.downcast_ref::<Set>()?;
        let (mut left, mut right) = (self.snapshot(), other.snapshot());
        left.sort();
        right.sort();
        Some(left.cmp(&right))
    }

    fn call_method(
        self: &Arc<Self>,
        state: &mut State<'_, '_>,
        method: &str,
        arguments: &[Value],
    ) -> Result<Value, Error> {
        methods::set(state, self, method, arguments)
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}
