//! Running a unit test: its model compiled over the given rows, and what it gives compared with what is expected.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::Utc;
use serde_json::{Map, Value, json};

use crate::check;
use crate::error::{Error, Kind, Result};
use crate::manifest::{Answers, Fixture, Input, Node, RowFormat, UnitTest, subject, to_json};
use crate::name::{Parts, Relation, RelationKind, UniqueId};
use crate::report::{Outcome, Status, Step};
use crate::sql::{Cte, inject_ctes};
use crate::template::{Overrides, Resolver, Runtime, Subject, SubjectModel, Target};

use super::Run;
use super::execute::{Progress, response_json, timing};
use super::session::SharedSession;

/// What the tested text may refer to: the given inputs, and nothing else.
struct Given {
    answers: Arc<Answers>,
    caller: String,
    /// Names of the queries that stand for nodes and sources.
    names: HashMap<UniqueId, String>,
}

impl Given {
    fn stand_in(&self, found: Result<Target>, what: &str) -> Result<Target> {
        let target = found?;
        let missing = || {
            let message = format!("{} depends on a node named '{what}' which was not found", self.caller);
            Error::compilation(message).hint(format!("add `{what}` to the test's `given`"))
        };
        let name = self.names.get(&target.unique_id).ok_or_else(missing)?;
        let relation = Relation { identifier: Some(name.clone()), ..target.relation };
        Ok(Target { relation, is_ephemeral: true, event_time: None, ..target })
    }
}

impl Resolver for Given {
    fn resolve_ref(&self, from: &UniqueId, package: Option<&str>, name: &str, version: Option<&str>) -> Result<Target> {
        self.stand_in(self.answers.resolve_ref(from, package, name, version), name)
    }

    fn resolve_source(&self, from: &UniqueId, source: &str, table: &str) -> Result<Target> {
        self.stand_in(self.answers.resolve_source(from, source, table), &format!("{source}.{table}"))
    }

    fn resolve_function(&self, from: &UniqueId, package: Option<&str>, name: &str) -> Result<Target> {
        self.answers.resolve_function(from, package, name)
    }

    fn graph(&self) -> Value {
        self.answers.graph()
    }

    fn selected_resources(&self) -> Vec<String> {
        self.answers.selected_resources()
    }

    fn doc(&self, package: &str, wanted_package: Option<&str>, name: &str) -> Option<String> {
        self.answers.doc(package, wanted_package, name)
    }
}

/// A given input, and what it stands for.
struct Stand<'t> {
    fixture: &'t Fixture,
    /// What its query is called, without the prefix.
    name: String,
    target: Target,
}

impl Run {
    /// Runs a unit test.
    pub(super) fn unit_test(
        &self,
        test: &UnitTest,
        session: &SharedSession,
        progress: &mut Progress,
    ) -> Result<Outcome> {
        let model = self.answers.manifest.nodes.get(&test.depends_on[0]);
        let model = model.ok_or_else(|| Error::internal(format!("the model of `{}` is gone", test.unique_id)))?;
        let started = Utc::now();
        let sql = self.compile_tested(test, model, session)?;
        let written = super::compile::unit_test_path(test);
        self.write_text("compiled", &written, &sql)?;
        progress.timing.push(timing(Step::Compile, started));
        let started = Utc::now();
        let outcome = self.compare(test, model, session, &sql);
        progress.timing.push(timing(Step::Execute, started));
        progress.compiled = Some(sql);
        outcome
    }

    fn compare(&self, test: &UnitTest, model: &Node, session: &SharedSession, sql: &str) -> Result<Outcome> {
        let runtime = Arc::new(self.runtime_of_test(session));
        let subject = Arc::new(self.subject_of(test, model, session)?);
        let rows = self.templates.run_unit_test(&subject, &runtime, sql);
        if let Some(main) = runtime.written_sql() {
            self.write_text("run", &super::compile::unit_test_path(test), &main)?;
        }
        let rows = rows.map_err(|error| in_test(test, error))?;
        let message = check::difference(&rows);
        let status = if message.is_some() { Status::Fail } else { Status::Pass };
        Ok(Outcome {
            failures: Some(i64::from(message.is_some())),
            message,
            adapter_response: runtime.main_response().as_ref().map(response_json).unwrap_or_default(),
            ..Outcome::new(test.unique_id.clone(), status)
        })
    }

    /// `--empty` and samples are not for unit tests, which name their rows.
    fn runtime_of_test(&self, session: &SharedSession) -> Runtime {
        let mut runtime = self.runtime(session);
        runtime.is_empty = false;
        runtime.batch = None;
        runtime
    }

    /// The model's SQL over the given rows, which come first as common table expressions.
    fn compile_tested(&self, test: &UnitTest, model: &Node, session: &SharedSession) -> Result<String> {
        let stands = test.given.iter().map(|fixture| self.stand(test, model, fixture));
        let stands: Vec<Stand<'_>> = stands.collect::<Result<_>>()?;
        let mut runtime = self.runtime_of_test(session);
        runtime.overrides = overrides(test);
        runtime.resolver = Arc::new(Given {
            answers: Arc::clone(&self.answers),
            caller: format!("Unit_Test '{}' ({})", test.unique_id, test.original_path),
            names: stands.iter().map(|it| (it.target.unique_id.clone(), it.name.clone())).collect(),
        });
        let mut tested = subject(&Arc::new(model.clone()), Vec::new());
        let is_this = |stand: &&Stand<'_>| stand.fixture.input.as_deref().is_some_and(|input| input.trim() == "this");
        let own = stands.iter().find(is_this);
        if let Some(own) = own {
            tested.this = Some(plain(&cte_name(&own.name)));
        }
        let compiled = self.templates.compile(&Arc::new(tested), &Arc::new(runtime))?;
        let mut ctes: Vec<Cte> = Vec::new();
        for stand in &stands {
            let is_used = compiled.ephemerals.contains(&stand.target.unique_id) || is_this(&stand);
            let name = cte_name(&stand.name);
            if is_used && !ctes.iter().any(|cte| cte.name == name) {
                let body = self.fixture_sql(test, stand, session)?;
                ctes.push(Cte { name, body });
            }
        }
        Ok(if ctes.is_empty() { compiled.text } else { inject_ctes(&compiled.text, &ctes).sql })
    }

    fn stand<'t>(&self, test: &UnitTest, model: &Node, fixture: &'t Fixture) -> Result<Stand<'t>> {
        let written = fixture.input.as_deref().unwrap_or_default();
        let missing = |_: Error| {
            let message =
                format!("Unit test '{}' had an input ({written}) which was not found in the manifest.", test.name);
            Error::parsing(message).at(test.place.clone())
        };
        // Asked in the name of the test, which is no node, so that also what the model does not refer to is found.
        let from = &test.unique_id;
        let (name, target) = match Input::read(written) {
            Some(Input::This) => (model.name.clone(), self.answers.target(model.unique_id.clone())?),
            Some(Input::Source(source, table)) => {
                let target = self.answers.resolve_source(from, &source, &table).map_err(missing)?;
                (format!("{source}__{table}"), target)
            }
            Some(Input::Ref { package, name, version }) => {
                let found = self.answers.resolve_ref(from, package.as_deref(), &name, version.as_deref());
                let target = found.map_err(missing)?;
                let version = target.unique_id.as_str().rsplit_once(".v").map(|(_, v)| v.replace('.', "_"));
                let is_versioned =
                    self.answers.manifest.nodes.get(&target.unique_id).is_some_and(|node| node.version.is_some());
                (version.filter(|_| is_versioned).map_or(name.clone(), |v| format!("{name}_v{v}")), target)
            }
            None => {
                let message = format!(
                    "Unit test given inputs must be either a 'ref', 'source' or 'this' call. Got: '{written}'."
                );
                return Err(Error::parsing(message).at(test.place.clone()));
            }
        };
        Ok(Stand { fixture, name, target })
    }

    /// The query that gives the rows of an input.
    fn fixture_sql(&self, test: &UnitTest, stand: &Stand<'_>, session: &SharedSession) -> Result<String> {
        let text = match stand.fixture.format {
            RowFormat::Sql => stand.fixture.rows.as_str().unwrap_or_default().to_owned(),
            RowFormat::Dict | RowFormat::Csv => "{{ get_fixture_sql(rows, none) }}".to_owned(),
        };
        let name = match stand.target.unique_id.as_str().rsplit_once('.') {
            Some((_, table)) if stand.target.unique_id.resource_type() == "source" => table.to_owned(),
            Some(_) | None => stand.name.clone(),
        };
        let model =
            json!({"name": name, "resource_type": "model", "unique_id": format!("model.{}.{name}", test.package)});
        let mut subject = Subject::nameless("model", &test.package, &text);
        subject.name = name.as_str().into();
        subject.file = test.file.as_path().into();
        subject.first_line = test.place.line.max(1);
        let deferred = stand.target.deferred.as_ref();
        let favored = deferred.filter(|deferred| deferred.is_favored);
        subject.this = Some(favored.map_or(&stand.target.relation, |deferred| &deferred.relation).clone());
        subject.model = SubjectModel(Arc::new(move || model.clone()));
        subject.extra = vec![("rows".into(), stand.fixture.rows.clone())];
        let mut runtime = self.runtime_of_test(session);
        runtime.defer_relation = deferred.map(|deferred| deferred.relation.clone());
        let compiled = self.templates.compile(&Arc::new(subject), &Arc::new(runtime))?;
        Ok(compiled.text)
    }

    /// The test as its materialization sees it.
    fn subject_of(&self, test: &UnitTest, model: &Node, session: &SharedSession) -> Result<Subject> {
        let mut config = test.config.0.clone();
        config.insert("materialized".to_owned(), json!("unit"));
        let (rows, sql) = match test.expect.format {
            RowFormat::Dict | RowFormat::Csv => (test.expect.rows.clone(), Value::Null),
            RowFormat::Sql => {
                let text = test.expect.rows.as_str().unwrap_or_default();
                let subject = Arc::new(Subject::nameless("unit_test", &test.package, text));
                let runtime = Arc::new(self.runtime_of_test(session));
                (json!([]), json!(self.templates.compile(&subject, &runtime)?.text))
            }
        };
        config.insert("expected_rows".to_owned(), rows);
        config.insert("expected_sql".to_owned(), sql);
        config.insert("tested_node_unique_id".to_owned(), json!(model.unique_id));
        let mut subject = Subject::nameless("unit_test", &test.package, "");
        subject.unique_id = test.unique_id.clone();
        subject.name = test.name.as_str().into();
        subject.file = test.file.as_path().into();
        subject.first_line = test.place.line.max(1);
        subject.this = Some(Relation::new(&model.database, &model.schema, test.full_name()));
        subject.config = config.clone();
        let mut json = to_json(test);
        json["config"] = Value::Object(config);
        json["database"] = json!(model.database);
        json["alias"] = json!(test.full_name());
        json["columns"] = json!({});
        subject.model = SubjectModel(Arc::new(move || json.clone()));
        Ok(subject)
    }
}

/// The error of a statement of the test, which its user can only explain by what the test says.
fn in_test(test: &UnitTest, error: Error) -> Error {
    if error.kind() == Kind::Cancelled {
        return error;
    }
    let mut message = format!(
        "An error occurred during execution of unit test '{}'. There may be an error in the unit test definition: \
         check the data types.\n {}",
        test.name,
        error.kind().title()
    );
    let details = error.details().iter().map(|(name, text)| format!("{name}:  {text}"));
    for line in error.message().lines().map(str::to_owned).chain(details) {
        message.push_str(&format!("\n  {line}"));
    }
    Error::runtime(message).because(error)
}

fn cte_name(name: &str) -> String {
    format!("__dbt__cte__{name}")
}

/// A relation that prints as its name alone.
fn plain(name: &str) -> Relation {
    let none = Parts { database: false, schema: false, identifier: false };
    let include = Parts { identifier: true, ..none };
    Relation { quote: none, include, kind: Some(RelationKind::Cte), ..Relation::new("", "", name) }
}

fn overrides(test: &UnitTest) -> Overrides {
    let of = |key: &str| -> Map<String, Value> {
        let written = test.overrides.as_ref().and_then(|overrides| overrides.get(key)?.as_object());
        written.cloned().unwrap_or_default()
    };
    Overrides { macros: of("macros"), vars: of("vars"), env_vars: of("env_vars") }
}
