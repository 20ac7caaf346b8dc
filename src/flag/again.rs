//! The settings of an earlier run, which `retry` takes up.

use std::path::PathBuf;

use serde_json::{Map, Value};

use super::{Flags, IndirectSelection};
use crate::window::Window;

/// The part of an earlier run that is done again.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Retried {
    /// Unique ids of what failed or was skipped.
    pub ids: Vec<String>,
    /// `batch_results` of microbatch models of which some batches were done: only the failed ones are to be done again.
    pub batches: Map<String, Value>,
    /// When the earlier run began, as `run_results.json` has it; the batches are those of that time.
    pub started_at: Option<String>,
}

impl Flags {
    /// These settings with those of an earlier run (`args` of its `run_results.json`) below them.
    ///
    /// Folders and how things are told stay as they are; `--vars`, `--threads`, `--target`, `--profile` and `--full-refresh`
    /// count where they are given.
    pub fn again(mut self, args: &Map<String, Value>) -> Flags {
        let text = |key: &str| args.get(key).and_then(Value::as_str).map(str::to_owned);
        let is_on = |key: &str| args.get(key).and_then(Value::as_bool).unwrap_or(false);
        let texts = |key: &str| -> Vec<String> {
            let items = args.get(key).and_then(Value::as_array).into_iter().flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        let path = |key: &str| text(key).map(PathBuf::from);
        self.which = text("which").unwrap_or(self.which);
        self.target = self.target.or_else(|| text("target"));
        self.profile = self.profile.or_else(|| text("profile"));
        if let (true, Some(Value::Object(vars))) = (self.vars.is_empty(), args.get("vars")) {
            self.vars = vars.clone();
        }
        let threads = args.get("threads").and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok());
        self.threads = self.threads.or(threads);
        self.full_refresh |= is_on("full_refresh");
        self.fail_fast |= is_on("fail_fast");
        self.empty = is_on("empty");
        self.store_failures = is_on("store_failures");
        self.show = is_on("show");
        self.sample = args.get("sample").and_then(Window::from_json);
        self.event_time_start = text("event_time_start");
        self.event_time_end = text("event_time_end");
        self.select = texts("select");
        self.exclude = texts("exclude");
        self.selector = text("selector");
        self.resource_types = texts("resource_types");
        self.exclude_resource_types = texts("exclude_resource_types");
        let mode = text("indirect_selection").and_then(|word| IndirectSelection::from_word(&word));
        self.indirect_selection = mode.unwrap_or(self.indirect_selection);
        self.state = path("state");
        self.defer_state = path("defer_state");
        self.defer = is_on("defer");
        self.favor_state = is_on("favor_state");
        self.extra = extra(args);
        self
    }
}

/// The parameters that only one command has.
fn extra(args: &Map<String, Value>) -> Map<String, Value> {
    let keys = ["macro", "args", "output", "inline", "limit", "compile", "empty_catalog", "static"];
    let found = keys.into_iter().filter_map(|key| Some((key.to_owned(), args.get(key)?.clone())));
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_earlier_run_gives_all_but_what_is_said_anew() {
        let args = json!({
            "which": "run", "full_refresh": true, "vars": {"a": 1}, "threads": 3, "target": "prod", "quiet": true,
            "select": ["x"], "indirect_selection": "cautious", "defer": true, "state": "/s",
        });
        let flags = Flags { threads: Some(8), ..Flags::default() }.again(args.as_object().unwrap());
        assert_eq!((flags.which.as_str(), flags.threads, flags.full_refresh), ("run", Some(8), true));
        assert_eq!((flags.vars["a"].as_i64(), flags.target.as_deref()), (Some(1), Some("prod")));
        assert_eq!(flags.indirect_selection, IndirectSelection::Cautious);
        assert!(flags.defer && flags.state == Some(PathBuf::from("/s")) && !flags.quiet);
    }
}
