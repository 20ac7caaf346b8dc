//! The node of one render, which is also the root that its names are looked up in.

use std::collections::HashMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use serde_json::{Value as Json, json};

use super::objects::Statement;
use super::runtime::Runtime;
use super::shared::Shared;
use super::subject::Subject;
use super::{Recorded, names};
use crate::jinja::{DateTime, Dict, Mode, Object, ObjectRepr, Value, from_json};
use crate::name::UniqueId;

/// The name under which the text of a generic test finds its arguments.
pub(super) const TEST_ARGUMENTS: &str = "_dbt_generic_test_kwargs";

/// A node being parsed or run.
pub(super) struct Node {
    /// The node.
    pub(super) subject: Arc<Subject>,
    /// What is shared by all nodes.
    pub(super) shared: Arc<Shared>,
    /// What it runs with; none while parsing.
    pub(super) runtime: Option<Arc<Runtime>>,
    /// Its compiled text, once there is one.
    pub(super) sql: Option<Arc<str>>,
    /// What was recorded so far.
    pub(super) recorded: Mutex<Recorded>,
    /// Ephemeral parents in the order of first use.
    pub(super) ephemerals: Mutex<Vec<UniqueId>>,
    /// Stored results by name; none for one that was read.
    pub(super) statements: Mutex<HashMap<String, Option<Arc<Statement>>>>,
    /// The last text given to `write`.
    pub(super) written: Mutex<Option<String>>,
    /// What stands before each of its statements, once rendered.
    pub(super) comment: OnceLock<String>,
    /// Arguments and the like that its text sees, by name.
    pub(super) extra: Vec<(Arc<str>, Value)>,
    /// The evaluated arguments of a generic test.
    pub(super) arguments: OnceLock<Value>,
    overlay: Mutex<HashMap<String, Value>>,
    has_overlay: AtomicBool,
    config: OnceLock<Value>,
    model: OnceLock<Value>,
}

impl Node {
    /// A node about to be rendered.
    pub(super) fn new(shared: &Arc<Shared>, subject: &Arc<Subject>, runtime: Option<&Arc<Runtime>>) -> Node {
        Node {
            subject: subject.clone(),
            shared: shared.clone(),
            runtime: runtime.cloned(),
            sql: None,
            recorded: Mutex::default(),
            ephemerals: Mutex::default(),
            statements: Mutex::default(),
            written: Mutex::default(),
            comment: OnceLock::new(),
            extra: subject.extra.iter().map(|(name, json)| (name.clone(), from_json(json))).collect(),
            arguments: OnceLock::new(),
            overlay: Mutex::default(),
            has_overlay: AtomicBool::new(false),
            config: OnceLock::new(),
            model: OnceLock::new(),
        }
    }

    /// The same with its compiled text.
    pub(super) fn with_sql(mut self, sql: &str) -> Node {
        self.sql = Some(sql.into());
        self
    }

    /// Whether it is parsed or run.
    pub(super) fn mode(&self) -> Mode {
        if self.runtime.is_some() { Mode::Run } else { Mode::Parse }
    }

    /// What a log line says of the node that does something: its unique id; nothing while it is parsed.
    pub(super) fn who(&self) -> Json {
        if self.is_parsing() { Json::Null } else { json!({ "unique_id": self.subject.unique_id.as_str() }) }
    }

    /// Whether it is only being parsed.
    pub(super) fn is_parsing(&self) -> bool {
        self.runtime.is_none()
    }

    /// What was recorded so far.
    pub(super) fn record(&self) -> MutexGuard<'_, Recorded> {
        lock(&self.recorded)
    }

    /// `config` as a dict that `config.set` writes to.
    pub(super) fn config(&self) -> &Value {
        self.config.get_or_init(|| {
            let mut config = self.subject.config.clone();
            if let Some(runtime) = &self.runtime {
                let trace = lock(&runtime.trace);
                let own = trace.set.iter().filter(|(id, _, _)| *id == self.subject.unique_id);
                config.extend(own.map(|(_, key, value)| (key.clone(), value.clone())));
            }
            Dict::value(config.iter().map(|(key, value)| (key.as_str(), from_json(value))))
        })
    }

    /// `model`.
    pub(super) fn model(&self) -> &Value {
        self.model.get_or_init(|| {
            let model = from_json(&without_nulls((self.subject.model.0)()));
            if let (Some(sql), Some(dict)) = (&self.sql, Dict::of(&model)) {
                dict.insert("compiled", true);
                dict.insert("compiled_code", &**sql);
                dict.insert("compiled_sql", &**sql);
            }
            if let (Some(batch), Some(dict)) =
                (self.runtime.as_ref().and_then(|runtime| runtime.batch.as_ref()), Dict::of(&model))
            {
                let (start, end) = (DateTime::utc(batch.whole.start), DateTime::utc(batch.whole.end));
                if let Some(config) = dict.get_str("config").as_ref().and_then(Dict::of) {
                    config.insert("__dbt_internal_microbatch_event_time_start", start.clone());
                    config.insert("__dbt_internal_microbatch_event_time_end", end.clone());
                }
                let id = Value::from(batch.id.as_str());
                dict.insert("batch", Dict::value([("id", id), ("event_time_start", start), ("event_time_end", end)]));
            }
            model
        })
    }

    /// Puts names in front of all others; what `context.update` does.
    pub(super) fn overlay(&self, pairs: Vec<(String, Value)>) {
        lock(&self.overlay).extend(pairs);
        self.has_overlay.store(true, Ordering::Release);
    }

    /// Names that were put in front.
    pub(super) fn overlaid(&self, name: &str) -> Option<Value> {
        if !self.has_overlay.load(Ordering::Acquire) {
            return None;
        }
        lock(&self.overlay).get(name).cloned()
    }

    /// Everything that a name can be: what was put in front, arguments, macros, the node's own, then what all nodes share.
    pub(super) fn lookup(self: &Arc<Self>, name: &str) -> Option<Value> {
        if name == "_node" {
            return Some(Value::from_dyn_object(self.clone()));
        }
        if name == TEST_ARGUMENTS {
            return self.arguments.get().cloned();
        }
        self.overlaid(name)
            .or_else(|| self.extra.iter().rev().find(|(known, _)| **known == *name).map(|(_, value)| value.clone()))
            .or_else(|| self.overridden_macro(name))
            .or_else(|| self.shared.macro_named(&self.subject.package, name))
            .or_else(|| self.original(name))
    }

    /// What `name` is for dbt itself, whatever macros the project has under that name.
    pub(super) fn original(self: &Arc<Self>, name: &str) -> Option<Value> {
        names::of_node(self, name).or_else(|| self.shared.values.get(name).cloned())
    }

    /// The names that [`Node::original`] knows, sorted.
    pub(super) fn original_names(&self) -> Vec<String> {
        let mut all: Vec<String> = self.shared.values.keys().cloned().collect();
        all.extend(names::OF_NODE.iter().map(|name| (*name).to_owned()));
        all.sort();
        all
    }

    /// A macro that a unit test answers for.
    fn overridden_macro(&self, name: &str) -> Option<Value> {
        let value = self.runtime.as_ref()?.overrides.macros.get(name)?;
        Some(names::constant_macro(value))
    }

    /// The JSON that a unit test puts in the stead of a var or environment variable.
    pub(super) fn overridden<'a>(
        &'a self,
        kind: fn(&'a super::Overrides) -> &'a serde_json::Map<String, Json>,
        name: &str,
    ) -> Option<&'a Json> {
        kind(&self.runtime.as_ref()?.overrides).get(name)
    }

    /// All names that it knows, for `context.keys()`.
    pub(super) fn names(&self) -> Vec<String> {
        let mut all = self.original_names();
        all.extend(self.extra.iter().map(|(name, _)| name.to_string()));
        all.extend(self.shared.library.visible(&self.subject.package));
        all.extend(lock(&self.overlay).keys().cloned());
        all.sort();
        all.dedup();
        all
    }

    /// The value that names of this node are looked up in.
    pub(super) fn root(self: &Arc<Self>) -> Value {
        Value::from_dyn_object(self.clone())
    }

    /// How messages name it: `model orders`.
    pub(super) fn what(&self) -> String {
        format!("{} {}", self.subject.resource_type, self.subject.name)
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<context of {}>", self.subject.unique_id)
    }
}

impl Object for Node {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        self.lookup(key.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<Value> {
        self.lookup(key)
    }
}

/// `json` without the entries that are null, at every depth, as dbt shows a node to its templates.
fn without_nulls(json: Json) -> Json {
    match json {
        Json::Object(entries) => {
            let kept = entries.into_iter().filter(|(_, value)| !value.is_null());
            Json::Object(kept.map(|(key, value)| (key, without_nulls(value))).collect())
        }
        Json::Array(items) => items.into_iter().map(without_nulls).collect(),
        scalar => scalar,
    }
}

/// What a mutex holds, also after a panic elsewhere: the data are plain.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
