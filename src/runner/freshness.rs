//! How old the newest rows of a source are, by the clock of Postgres.

use std::sync::Arc;

use chrono::Utc;

use crate::check;
use crate::error::Result;
use crate::manifest::{Source, to_json};
use crate::report::{Freshness, Status, Step, Timing};
use crate::template::{AgeQuestion, Subject, SubjectModel};

use super::Run;
use super::execute::response_json;
use super::session::SharedSession;

impl Run {
    /// Asks for the age of a source and judges it.
    ///
    /// # Errors
    ///
    /// `Database` when the question cannot be asked.
    pub fn freshness(&self, source: &Source, session: &SharedSession) -> Result<Freshness> {
        let started_at = Utc::now();
        let rules = source.freshness.clone().unwrap_or_default();
        let runtime = Arc::new(self.runtime(session));
        let question = match (&source.loaded_at_query, &source.loaded_at_field) {
            (Some(query), _) => {
                let asking = Subject { text: query.as_str().into(), ..subject(source) };
                AgeQuestion::Query(self.templates.compile(&Arc::new(asking), &runtime)?.text)
            }
            (None, field) => AgeQuestion::Field {
                field: field.clone().unwrap_or_default(),
                filter: rules["filter"].as_str().map(str::to_owned),
            },
        };
        let rendered_at = Utc::now();
        let age = self.templates.age(&Arc::new(subject(source)), &runtime, &source.relation, &question)?;
        let seconds = age.max_loaded_at.map(|loaded| (age.snapshotted_at - loaded).as_seconds_f64());
        Ok(Freshness {
            unique_id: source.unique_id.clone(),
            status: check::judge_age(&rules, seconds),
            max_loaded_at: age.max_loaded_at,
            snapshotted_at: Some(age.snapshotted_at),
            age: seconds,
            criteria: check::criteria(&rules),
            adapter_response: age.response.as_ref().map(response_json).unwrap_or_default(),
            timing: vec![
                Timing { step: Step::Compile, started_at, completed_at: rendered_at },
                Timing { step: Step::Execute, started_at: rendered_at, completed_at: Utc::now() },
            ],
            thread_id: "Thread-1 (worker)".to_owned(),
            seconds: 0.0,
            error: None,
        })
    }
}

/// The result of a source that could not be asked.
pub fn unasked(source: &Source, error: String) -> Freshness {
    Freshness {
        unique_id: source.unique_id.clone(),
        status: Status::RuntimeError,
        max_loaded_at: None,
        snapshotted_at: None,
        age: None,
        criteria: check::criteria(&source.freshness.clone().unwrap_or_default()),
        adapter_response: serde_json::Map::new(),
        timing: Vec::new(),
        thread_id: "Thread-1 (worker)".to_owned(),
        seconds: 0.0,
        error: Some(error),
    }
}

fn subject(source: &Source) -> Subject {
    let model = source.clone();
    Subject {
        unique_id: source.unique_id.clone(),
        resource_type: "source",
        name: source.name.as_str().into(),
        package: source.package.clone(),
        file: source.place.file.as_path().into(),
        first_line: source.place.line.max(1),
        text: "".into(),
        this: Some(source.relation.clone()),
        config: source.config.0.clone(),
        model: SubjectModel(Arc::new(move || to_json(&model))),
        extra: Vec::new(),
    }
}
