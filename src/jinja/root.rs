//! The root of a render: answers every name that the template did not define itself.

use std::fmt;
use std::sync::Arc;

use minijinja::State;
use minijinja::value::{Object, Value};

use super::engine::Mode;

/// The object of type `T` that the layer above put into its root under the name `_node`.
///
/// Functions that are shared by all nodes find the node of the current render with it.
pub fn node<T: Object + 'static>(state: &State<'_, '_>) -> Option<Arc<T>> {
    state.lookup("_node")?.downcast_object::<T>()
}

/// Whether this render parses or runs.
pub fn mode(_state: &State<'_, '_>) -> Mode {
    todo!("mode")
}

/// Wraps what the layer above gave as root.
pub(super) struct Root {
    inner: Value,
}

impl fmt::Debug for Root {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("root")
    }
}

impl Object for Root {
    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.inner.get_item(key).ok()
    }
}
