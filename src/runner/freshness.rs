//! How old the newest rows of a source are, by the clock of Postgres.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};

use crate::check;
use crate::error::{Error, Result};
use crate::manifest::{Source, to_json};
use crate::report::{DebugEvent, Event, Freshness, Outcome, Status, Step, Timing, Turn, excerpt};
use crate::template::{AgeQuestion, Subject, SubjectModel};

use super::execute::response_json;
use super::session::{SharedSession, is_broken};
use super::{Run, dispatch, facts, open};

/// What all workers share.
struct Asking<'a> {
    run: &'a Run,
    sources: &'a [Source],
    next: AtomicUsize,
    is_stopped: AtomicBool,
    /// By the number of the source.
    results: Mutex<Vec<Option<Freshness>>>,
}

/// Asks all `sources`, as many at a time as the run has threads; with `--fail-fast` those before the first failure.
///
/// `first` is the session that is open already.
///
/// # Errors
///
/// `Internal` when no thread can be started.
pub fn freshness_of(run: &Run, sources: &[Source], first: &SharedSession) -> Result<Vec<Freshness>> {
    let count = run.workers(sources.len());
    let results = Mutex::new(vec![None; sources.len()]);
    let asking = Asking { run, sources, next: AtomicUsize::new(0), is_stopped: AtomicBool::new(false), results };
    std::thread::scope(|scope| {
        for number in 0..count {
            let (asking, session) = (&asking, (number == 0).then(|| Arc::clone(first)));
            std::thread::Builder::new()
                .name(dispatch::thread_name(number))
                .spawn_scoped(scope, move || asking.work(number, session))
                .map_err(|cause| Error::internal("could not start a worker").because(cause))?;
        }
        Ok(())
    })?;
    let results = asking.results.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(results.into_iter().flatten().collect())
}

impl Asking<'_> {
    fn work(&self, number: usize, mut session: Option<SharedSession>) {
        loop {
            if self.is_stopped.load(Ordering::SeqCst) || self.run.cancelled.load(Ordering::SeqCst) {
                return;
            }
            let index = self.next.fetch_add(1, Ordering::SeqCst);
            let Some(source) = self.sources.get(index) else { return };
            session = session.filter(|session| !is_broken(session));
            let turn = Turn { index: index + 1, total: self.sources.len() };
            let mut result = self.one(source, turn, &mut session);
            result.thread_id = dispatch::thread_name(number);
            if result.status.is_failure() && self.run.flags.fail_fast {
                self.is_stopped.store(true, Ordering::SeqCst);
            }
            self.results.lock().unwrap_or_else(PoisonError::into_inner)[index] = Some(result);
        }
    }

    /// Asks one source, on `session` or a new one that stays open for the next.
    fn one(&self, source: &Source, turn: Turn, session: &mut Option<SharedSession>) -> Freshness {
        let run = self.run;
        let Some(facts) = facts(&run.answers.manifest, &source.unique_id) else {
            return unasked(source, "the source is not in the manifest".to_owned());
        };
        run.reporter.tell(Event::NodeStart { turn, facts: Arc::clone(&facts), at: Utc::now() });
        let started = Instant::now();
        let opened = session.take().map_or_else(|| open(run), Ok);
        let asked = opened.and_then(|opened| {
            *session = Some(Arc::clone(&opened));
            let asked = run.freshness(source, &opened);
            let _ = opened.lock().unwrap_or_else(PoisonError::into_inner).rollback();
            asked
        });
        let asked = asked.and_then(|result| {
            let is_refused = result.status == Status::Warn && run.reporter.is_promoted("LogFreshnessResult");
            let refusal = || Error::compilation(format!("the rows of {} are too old", facts.label));
            if is_refused { Err(refusal()) } else { Ok(result) }
        });
        let mut result = asked.unwrap_or_else(|error| {
            let text = run.reporter.scrub(&excerpt::failure(&error, &facts, None, &run.root));
            let failed = DebugEvent::Failed { facts: Arc::clone(&facts), message: text.clone() };
            run.reporter.tell(Event::Debug(failed));
            unasked(source, text)
        });
        result.seconds = started.elapsed().as_secs_f64();
        let outcome = Outcome {
            message: result.error.clone(),
            seconds: result.seconds,
            ..Outcome::new(source.unique_id.clone(), result.status)
        };
        run.reporter.tell(Event::NodeEnd { turn, facts, outcome: Arc::new(outcome) });
        result
    }
}

impl Run {
    fn tell_source_step(&self, source: &Source, step: Step) {
        let facts = facts(&self.answers.manifest, &source.unique_id);
        if let Some(facts) = facts.filter(|_| self.reporter.hears_details()) {
            self.reporter.tell(Event::NodeStep { facts, step });
        }
    }

    /// Asks for the age of a source and judges it.
    fn freshness(&self, source: &Source, session: &SharedSession) -> Result<Freshness> {
        let started_at = Utc::now();
        let rules = source.freshness.clone().unwrap_or_default();
        let runtime = Arc::new(self.runtime(session));
        self.tell_source_step(source, Step::Compile);
        let question = match (&source.loaded_at_query, &source.loaded_at_field) {
            (Some(query), _) => {
                let asking = Subject { text: query.as_str().into(), ..subject(source) };
                AgeQuestion::Query(self.templates.compile(&Arc::new(asking), &runtime)?.text)
            }
            (None, Some(field)) => {
                AgeQuestion::Field { field: field.clone(), filter: rules["filter"].as_str().map(str::to_owned) }
            }
            (None, None) => return Err(unknown_age(source)),
        };
        let rendered_at = Utc::now();
        self.tell_source_step(source, Step::Execute);
        let age = self.templates.age(&Arc::new(subject(source)), &runtime, &source.relation, &question)?;
        // dbt's word for an empty source: as old as its clock can tell. Its readers of sources.json take no null.
        let newest = age.max_loaded_at.unwrap_or_else(beginning);
        let seconds = (age.snapshotted_at - newest).as_seconds_f64();
        Ok(Freshness {
            unique_id: source.unique_id.clone(),
            status: check::judge_age(&rules, Some(seconds)),
            max_loaded_at: Some(newest),
            snapshotted_at: Some(age.snapshotted_at),
            age: Some(seconds),
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

/// Python's first moment.
fn beginning() -> DateTime<Utc> {
    NaiveDate::from_ymd_opt(1, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN).and_utc()
}

fn unknown_age(source: &Source) -> Error {
    let name = format!("{}.{}", source.source_name, source.name);
    let message = format!("source `{name}` has rules of freshness, but no `loaded_at_field` and no `loaded_at_query`");
    Error::runtime(message).hint("Postgres does not know when a table was written last")
}

/// The result of a source that could not be asked.
fn unasked(source: &Source, error: String) -> Freshness {
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
        connection: None,
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
