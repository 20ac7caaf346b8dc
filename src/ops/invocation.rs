//! What every command does first: read the project, parse it, and know what was chosen.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::error::{Error, Place, Result};
use crate::flag::{Flags, IndirectSelection};
use crate::graph::{self, Graph, Indirect, Selectors, Wish};
use crate::manifest::{self, Answers, CompiledNodes, Manifest, NodeKind, Parsed, Past, Strictness};
use crate::name::UniqueId;
use crate::postgres::Server;
use crate::project::{self, Project, ProjectFile};
use crate::report::{Batches, DebugEvent, Event, Found, Reporter, Warning};
use crate::runner::{Compiler, Run};
use crate::template::{RelationCache, Templates};

use super::state::{Reading, States};
use super::{alone, mistakes, opening};

/// A project, parsed, with the settings of this invocation.
pub struct Invocation {
    /// Final settings.
    pub flags: Arc<Flags>,
    /// Who tells.
    pub reporter: Reporter,
    /// Files and profile.
    pub project: Arc<Project>,
    /// Macros and contexts.
    pub templates: Arc<Templates>,
    /// All nodes.
    pub manifest: Arc<Manifest>,
    /// Who needs whom.
    pub graph: Graph,
    /// `selectors.yml`.
    pub selectors: Selectors,
    /// Artifacts of earlier runs.
    pub states: States,
    /// Folder of artifacts, absolute.
    pub target: PathBuf,
    /// The same as messages show it.
    pub shown_target: String,
}

/// Leaves project, manifest and states to the end of the process: to take them apart piece by piece before would only cost time.
impl Drop for Invocation {
    fn drop(&mut self) {
        std::mem::forget((Arc::clone(&self.project), Arc::clone(&self.manifest), Arc::clone(&self.templates)));
        std::mem::forget(std::mem::take(&mut self.states));
    }
}

impl Invocation {
    /// Reads and parses the project, tells its warnings, writes `manifest.json`.
    ///
    /// # Errors
    ///
    /// Every mistake in every file, sorted by place.
    pub fn load(flags: Flags, reporter: &Reporter) -> std::result::Result<Invocation, Vec<Error>> {
        reporter.tell(Event::Version { args: flags.args() });
        let reading = Reading::begin(&flags);
        let (project, errors) = opening::read(&flags, reporter)?;
        let project = Arc::new(project);
        let flags = Arc::new(opening::with_folders(flags, &project));
        let (target, shown_target) = target_folder(&project.root.dir, &project.root.settings, &flags);
        std::fs::create_dir_all(&target).map_err(|cause| alone(Error::io("create", &target, cause)))?;
        reporter.tell(Event::Adapter);
        warn(reporter, &project.warnings)?;
        let parsed = parse(&project, &flags, reporter);
        let (templates, parsed) = match parsed {
            Ok(parsed) if errors.is_empty() => parsed,
            Ok(_) => return Err(errors),
            Err(further) => return Err(mistakes::together(errors, further, &project.root.dir)),
        };
        warn(reporter, &parsed.warnings)?;
        let mut manifest = parsed.manifest;
        let is_batched = flags.switch("require_batched_execution_for_custom_microbatch_strategy");
        manifest.has_whole_microbatch = manifest.has_own_microbatch() && !is_batched;
        warn_of_whole_microbatch(&manifest, reporter).map_err(alone)?;
        let manifest = Arc::new(manifest);
        let graph = Graph::new(&manifest).map_err(alone)?;
        let selectors = match &project.selectors {
            Some(node) => Selectors::from_yaml(&node.to_json(), &places_of_selectors(node)).map_err(alone)?,
            None => Selectors::default(),
        };
        let states = States::load(reading, &flags, &target, reporter).map_err(alone)?;
        let invocation = Invocation {
            flags,
            reporter: reporter.clone(),
            project,
            templates,
            manifest,
            graph,
            selectors,
            states,
            target,
            shown_target,
        };
        // `docs generate` writes it when it has compiled, and leaves it alone otherwise.
        if invocation.flags.which != "generate" {
            invocation.write_manifest(&CompiledNodes::new()).map_err(alone)?;
        }
        invocation.write_summary().map_err(alone)?;
        Ok(invocation)
    }

    /// Name of the chosen output.
    pub fn target_name(&self) -> &str {
        &self.project.profile.target_name
    }

    /// Tells how much of each kind the project holds.
    pub fn tell_found(&self) {
        let count = |kind: NodeKind| self.manifest.nodes.values().filter(|node| node.kind == kind).count();
        self.reporter.tell(Event::Found(Found {
            models: count(NodeKind::Model),
            snapshots: count(NodeKind::Snapshot),
            analyses: count(NodeKind::Analysis),
            data_tests: count(NodeKind::Test),
            has_singular_tests: self.manifest.nodes.values().any(manifest::Node::is_singular_test),
            sql_operations: count(NodeKind::SqlOperation),
            seeds: count(NodeKind::Seed),
            operations: count(NodeKind::Operation),
            sources: self.manifest.sources.len(),
            exposures: self.manifest.exposures.len(),
            metrics: self.manifest.metrics.len(),
            semantic_models: self.manifest.semantic_models.len(),
            saved_queries: self.manifest.saved_queries.len(),
            macros: self.manifest.macros.len(),
            groups: self.manifest.groups.len(),
            functions: count(NodeKind::Function),
            unit_tests: self.manifest.unit_tests.len(),
        }));
    }

    /// Tells how many of its `nodes` the run does at a time.
    pub fn tell_threads(&self, run: &Run, nodes: usize) {
        let target = self.target_name().to_owned();
        self.reporter.tell(Event::Concurrency { threads: run.threads, target, nodes });
    }

    /// What the command is about: the user's selection among the kinds that the command takes.
    ///
    /// # Errors
    ///
    /// `Usage` for a selection that cannot be read.
    pub fn choose(&self) -> std::result::Result<BTreeSet<UniqueId>, Vec<Error>> {
        self.choose_by(&self.flags)
    }

    /// The same with the words of other settings.
    ///
    /// # Errors
    ///
    /// As [`Invocation::choose`].
    pub fn choose_by(&self, flags: &Flags) -> std::result::Result<BTreeSet<UniqueId>, Vec<Error>> {
        if let Some(retried) = &flags.retried {
            return Ok(self.still_there(&retried.ids));
        }
        let kinds = kinds(flags);
        let compares_unrendered = flags.switch("state_modified_compare_more_unrendered_values");
        let state = self.states.compared.as_ref();
        let past =
            Past::new(&self.manifest, state, Strictness { compares_unrendered }, self.target.join("sources.json"));
        let wish = Wish {
            select: flags.select.clone(),
            exclude: flags.exclude.clone(),
            selector: flags.selector.clone(),
            indirect: match flags.indirect_selection {
                IndirectSelection::Eager => Indirect::Eager,
                IndirectSelection::Cautious => Indirect::Cautious,
                IndirectSelection::Buildable => Indirect::Buildable,
                IndirectSelection::Empty => Indirect::Empty,
            },
            has_empty_nodes: flags.which == "list",
            resource_types: kinds.into_iter().map(str::to_owned).collect(),
            past: Some(&past),
        };
        let selection = graph::select(&self.manifest, &self.graph, &self.selectors, &wish).map_err(alone)?;
        for text in selection.warnings {
            self.reporter.warn(Warning { name: "NoNodesForSelectionCriteria", text }).map_err(alone)?;
        }
        for (name, text) in past.warnings() {
            self.reporter.warn(Warning::new(name, text.clone())).map_err(alone)?;
        }
        Ok(selection.ids)
    }

    /// Those of `ids` that the project has.
    fn still_there(&self, ids: &[String]) -> BTreeSet<UniqueId> {
        let ids = ids.iter().map(|id| UniqueId::new(id.as_str()));
        ids.filter(|id| self.manifest.parent_map.contains_key(id)).collect()
    }

    /// The runnable nodes with the chosen exposures and saved queries, which `build` lists without doing anything.
    pub fn with_exposures(&self, runnable: &BTreeSet<UniqueId>, chosen: &BTreeSet<UniqueId>) -> BTreeSet<UniqueId> {
        let is_listed =
            |id: &&UniqueId| self.manifest.exposures.contains_key(*id) || self.manifest.saved_queries.contains_key(*id);
        let exposures = chosen.iter().filter(is_listed);
        runnable.iter().chain(exposures).cloned().collect()
    }

    /// The server of the profile; an embedded one is started.
    ///
    /// # Errors
    ///
    /// `Connection` when it cannot be used.
    pub fn server(&self) -> Result<Server> {
        let found = super::server::of(&self.project, &self.flags)?;
        for note in found.notes {
            self.reporter.tell(Event::Note(note));
        }
        self.reporter.tell(Event::Detail(format!("database: {}", found.about)));
        Ok(found.server)
    }

    /// A run of the chosen nodes.
    pub fn run(&self, server: Server, chosen: &BTreeSet<UniqueId>) -> Arc<Run> {
        Arc::new(Run {
            answers: Arc::new(Answers {
                manifest: Arc::clone(&self.manifest),
                selected: chosen.iter().map(ToString::to_string).collect(),
                deferral: self.states.deferral(&self.flags.which, &self.manifest, chosen),
            }),
            templates: Arc::clone(&self.templates),
            cache: Arc::new(RelationCache::default()),
            server,
            reporter: self.reporter.clone(),
            flags: Arc::clone(&self.flags),
            threads: self.flags.threads.unwrap_or(self.project.profile.threads as usize),
            root: self.project.root.dir.clone(),
            target: self.target.clone(),
            shown_target: self.shown_target.clone(),
            cancelled: Arc::new(AtomicBool::new(false)),
            clock: earlier_start(&self.flags).unwrap_or_else(chrono::Utc::now),
            earlier_batches: earlier_batches(&self.flags),
            compiler: Compiler::default(),
        })
    }
}

/// The templates and the manifest of a project that was read.
fn parse(
    project: &Arc<Project>,
    flags: &Flags,
    reporter: &Reporter,
) -> std::result::Result<(Arc<Templates>, Parsed), Vec<Error>> {
    reporter.tell(Event::Debug(DebugEvent::WholeParse));
    let library = manifest::library(project, crate::macros::FILES)?;
    let templates = Arc::new(Templates::new(library, super::globals::globals(project, flags, reporter)));
    let now = reporter.started_at().timestamp_micros() as f64 / 1e6;
    let parsed = manifest::parse_project(project, &templates, now)?;
    Ok((templates, parsed))
}

/// When the run began that is done again.
fn earlier_start(flags: &Flags) -> Option<chrono::DateTime<chrono::Utc>> {
    crate::window::instant(flags.retried.as_ref()?.started_at.as_deref()?)
}

/// The batches of the run that is done again.
fn earlier_batches(flags: &Flags) -> HashMap<String, Batches> {
    let listed = flags.retried.iter().flat_map(|retried| &retried.batches);
    listed.map(|(id, json)| (id.clone(), Batches::from_json(json))).collect()
}

/// Tells of microbatch models that a strategy of the project's own gets whole.
fn warn_of_whole_microbatch(manifest: &Manifest, reporter: &Reporter) -> Result<()> {
    let is_used = manifest.has_whole_microbatch && manifest.nodes.values().any(manifest::Node::is_microbatch);
    if !is_used {
        return Ok(());
    }
    let text = "The use of a custom microbatch macro outside of batched execution is deprecated. To use it with batched \
                execution, set `flags.require_batched_execution_for_custom_microbatch_strategy` to `True` in \
                `dbt_project.yml`.";
    reporter.warn(Warning::new("MicrobatchMacroOutsideOfBatchesDeprecation", text))
}

fn warn(reporter: &Reporter, warnings: &[project::Warning]) -> std::result::Result<(), Vec<Error>> {
    for warning in warnings {
        let text = match &warning.place {
            Some(place) => format!("{} ({place})", warning.message),
            None => warning.message.clone(),
        };
        if warning.name == "InvalidDisabledTargetInTestNode" {
            reporter.tell(Event::Detail(text));
            continue;
        }
        reporter.warn(Warning { name: warning.name, text }).map_err(alone)?;
    }
    Ok(())
}

/// Folder of artifacts: absolute, and as messages show it.
pub fn target_folder(root: &Path, settings: &ProjectFile, flags: &Flags) -> (PathBuf, String) {
    match (&flags.target_path, &settings.target_path) {
        (Some(path), _) => (std::path::absolute(path).unwrap_or_else(|_| path.clone()), path.display().to_string()),
        (None, Some(path)) => (root.join(path), path.clone()),
        (None, None) => (root.join("target"), "target".to_owned()),
    }
}

/// Kinds that the command is about, after `--resource-type` and `--exclude-resource-type`.
fn kinds(flags: &Flags) -> Vec<&str> {
    let all: &[&str] = match flags.which.as_str() {
        "run" => &["model"],
        "test" => &["test", "unit_test"],
        "seed" => &["seed"],
        "snapshot" => &["snapshot"],
        "clone" => &["model", "seed", "snapshot"],
        "freshness" => &["source"],
        "show" => &["model", "test", "snapshot", "seed", "analysis"],
        "compile" => &["model", "test", "snapshot", "seed", "analysis", "function", "operation"],
        "generate" => &["model", "test", "snapshot", "seed", "analysis", "function", "operation", "source"],
        "build" => &["model", "seed", "snapshot", "test", "unit_test", "exposure", "function", "saved_query"],
        _ => &[
            "model",
            "seed",
            "snapshot",
            "test",
            "unit_test",
            "analysis",
            "source",
            "exposure",
            "metric",
            "semantic_model",
            "saved_query",
            "function",
        ],
    };
    let wanted = |kind: &&str| {
        let is_named = |list: &[String]| list.iter().any(|word| word == kind || word == "all");
        let is_in = match flags.resource_types.is_empty() {
            // Analyses are listed only when they are asked for.
            true => *kind != "analysis" || ["compile", "generate", "show"].contains(&flags.which.as_str()),
            false => is_named(&flags.resource_types) || flags.resource_types.iter().any(|word| word == "default"),
        };
        is_in && !flags.exclude_resource_types.iter().any(|word| word == kind)
    };
    all.iter().copied().filter(wanted).collect()
}

/// Where each entry of `selectors.yml` stands.
fn places_of_selectors(content: &project::Node) -> Vec<Place> {
    let list = content.as_map().and_then(|map| map.get("selectors")?.as_seq());
    list.unwrap_or_default().iter().map(|entry| entry.origin.place()).collect()
}
