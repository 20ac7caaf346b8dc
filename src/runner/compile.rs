//! A node's SQL: rendered, with its ephemeral parents put at the top, and written to `compiled/`.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Result};
use crate::manifest::{CompiledNode, CompiledNodes, Node, NodeKind, UnitTest, subject};
use crate::name::UniqueId;
use crate::report::{DebugEvent, Event};
use crate::sql::{Cte, inject_ctes};
use crate::template::{Runtime, Subject};

use super::Run;

/// Texts of ephemeral models, each rendered once.
#[derive(Default)]
pub struct Compiler {
    ephemerals: Mutex<HashMap<UniqueId, Arc<Ephemeral>>>,
    /// What has been rendered so far, for the manifest.
    compiled: Mutex<CompiledNodes>,
}

impl Compiler {
    /// What has been rendered so far.
    pub fn compiled(&self) -> MutexGuard<'_, CompiledNodes> {
        self.compiled.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Ephemeral {
    cte: Cte,
    /// Ephemeral models that it uses itself.
    parents: Vec<UniqueId>,
}

/// Why a node has no SQL.
#[derive(Debug)]
pub enum Failure {
    /// Its own text.
    Own(Error),
    /// The text of an ephemeral model that it uses: the named node and the error.
    OfParent(Box<(UniqueId, Error)>),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Own(error)
    }
}

impl Failure {
    /// The error alone.
    pub fn into_error(self) -> Error {
        match self {
            Failure::Own(error) => error,
            Failure::OfParent(parent) => parent.1,
        }
    }
}

/// Text and the ephemeral models in it.
type Whole = (String, Vec<(UniqueId, Cte)>);

/// The same, and macros.
type Rendered = (Whole, Vec<UniqueId>);

/// The SQL of a node.
#[derive(Debug, Clone)]
pub struct Sql {
    /// With the ephemeral parents at the top.
    pub text: String,
    /// Where it was written below the project, as messages show it.
    pub shown_path: Option<String>,
}

impl Run {
    /// Renders a node; `subject` is the same that its materialization will get.
    ///
    /// # Errors
    ///
    /// What rendering the node raises, or one of its ephemeral parents.
    pub fn compile(
        &self,
        node: &Node,
        subject: &Arc<Subject>,
        runtime: &Arc<Runtime>,
    ) -> std::result::Result<Sql, Failure> {
        for note in self.answers.manifest.prerelease_notes(node) {
            self.reporter.tell(Event::Note(note));
        }
        let ((text, ctes), macros) = self.render(subject, runtime)?;
        let shown_path = self.keep_compiled(node, &text, &ctes, macros)?;
        Ok(Sql { text, shown_path })
    }

    /// As `compile`, with the texts of the node's overloads, if it is a function that has some.
    pub(super) fn compile_whole(
        &self,
        node: &Node,
        subject: &Arc<Subject>,
        runtime: &Arc<Runtime>,
    ) -> std::result::Result<(Sql, Vec<String>), Failure> {
        let own = self.compile(node, subject, runtime)?;
        Ok((own, self.compile_overloads(node, runtime)?))
    }

    /// Renders the bodies of a function's overloads, and notes them for the manifest.
    ///
    /// # Errors
    ///
    /// What rendering a body raises, or one of its ephemeral parents.
    fn compile_overloads(&self, node: &Node, runtime: &Arc<Runtime>) -> std::result::Result<Vec<String>, Failure> {
        let overloads = node.function.iter().flat_map(|function| &function.overloads);
        let subjects = overloads.map(|overload| Arc::new(subject(&Arc::new(overload.of(node)), Vec::new())));
        let render = |subject: Arc<Subject>| self.render(&subject, runtime).map(|((text, _), _)| text);
        let texts = subjects.map(render).collect::<std::result::Result<Vec<String>, Failure>>()?;
        if !texts.is_empty() {
            self.compiler.compiled().entry(node.unique_id.clone()).or_default().overloads.clone_from(&texts);
        }
        Ok(texts)
    }

    /// The text of a node with its ephemeral parents at the top, those parents, and the macros that it called.
    fn render(&self, subject: &Arc<Subject>, runtime: &Arc<Runtime>) -> std::result::Result<Rendered, Failure> {
        let compiled = self.templates.compile(subject, runtime)?;
        let whole = self.with_parents(compiled.text, &compiled.ephemerals, runtime, Vec::new());
        Ok((whole.map_err(|failed| Failure::OfParent(Box::new(failed)))?, compiled.macros))
    }

    /// A rendered text with the ephemeral models that it uses at the top, and these; those that are `open` already stay out.
    fn with_parents(
        &self,
        text: String,
        parents: &[UniqueId],
        runtime: &Arc<Runtime>,
        mut open: Vec<UniqueId>,
    ) -> std::result::Result<Whole, (UniqueId, Error)> {
        let mut ctes = Vec::new();
        for id in parents {
            self.add_ephemeral(id, runtime, &mut ctes, &mut open)?;
        }
        let texts: Vec<Cte> = ctes.iter().map(|(_, cte)| cte.clone()).collect();
        let text = if texts.is_empty() { text } else { inject_ctes(&text, &texts).sql };
        Ok((text, ctes))
    }

    /// Writes a rendered text below `compiled/`, but for snapshots and empty ones, and notes it for the manifest.
    fn keep_compiled(
        &self,
        node: &Node,
        text: &str,
        ctes: &[(UniqueId, Cte)],
        macros: Vec<UniqueId>,
    ) -> Result<Option<String>> {
        let is_written = node.kind != NodeKind::Snapshot && !text.is_empty();
        if is_written {
            self.reporter.tell(Event::Debug(DebugEvent::Writing(node.unique_id.to_string())));
        }
        let path = if is_written { Some(self.write_below("compiled", node, text)?) } else { None };
        let as_manifest = |(id, cte): &(UniqueId, Cte)| (id.clone(), format!(" {} as (\n{}\n)", cte.name, cte.body));
        let compiled = CompiledNode {
            code: Some(text.to_owned()),
            ctes: ctes.iter().map(as_manifest).collect(),
            macros,
            overloads: Vec::new(),
            compiled_path: path.clone(),
            build_path: None,
        };
        self.compiler.compiled().insert(node.unique_id.clone(), compiled);
        Ok(path)
    }

    /// Writes the main statement of a node below `run/`, notes it for the manifest, and gives its path as messages show it.
    ///
    /// # Errors
    ///
    /// `Io` when the target folder does not accept it.
    pub fn keep_built(&self, node: &Node, statement: &str) -> Result<String> {
        let path = self.write_below("run", node, statement)?;
        self.compiler.compiled().entry(node.unique_id.clone()).or_default().build_path = Some(path.clone());
        Ok(path)
    }

    /// Adds an ephemeral model after those that it uses, each once.
    fn add_ephemeral(
        &self,
        id: &UniqueId,
        runtime: &Arc<Runtime>,
        ctes: &mut Vec<(UniqueId, Cte)>,
        open: &mut Vec<UniqueId>,
    ) -> std::result::Result<(), (UniqueId, Error)> {
        if ctes.iter().any(|(known, _)| known == id) || open.contains(id) {
            return Ok(());
        }
        open.push(id.clone());
        let ephemeral = self.ephemeral(id, runtime).map_err(|error| (id.clone(), error))?;
        for parent in &ephemeral.parents {
            self.add_ephemeral(parent, runtime, ctes, open)?;
        }
        ctes.push((id.clone(), ephemeral.cte.clone()));
        open.pop();
        Ok(())
    }

    fn ephemeral(&self, id: &UniqueId, runtime: &Arc<Runtime>) -> Result<Arc<Ephemeral>> {
        let known = self.compiler.ephemerals.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned();
        if let Some(known) = known {
            return Ok(known);
        }
        let node = self
            .answers
            .manifest
            .nodes
            .get(id)
            .ok_or_else(|| Error::internal(format!("the ephemeral model `{id}` is not in the manifest")))?;
        // It is the same for all batches that use it, so none of them cuts its parents.
        let mut own = (**runtime).clone();
        (own.batch, own.sample) = (None, self.flags.sample);
        let runtime = &Arc::new(own);
        let compiled = self.templates.compile(&Arc::new(subject(&Arc::new(node.clone()), Vec::new())), runtime)?;
        // It is written as any other: with those at the top that it uses itself.
        let own = vec![node.unique_id.clone()];
        let whole = self.with_parents(compiled.text.clone(), &compiled.ephemerals, runtime, own);
        let (text, ctes) = whole.map_err(|(_, error)| error)?;
        self.keep_compiled(node, &text, &ctes, compiled.macros)?;
        let cte = Cte { name: format!("__dbt__cte__{}", node.alias), body: compiled.text };
        let ephemeral = Arc::new(Ephemeral { cte, parents: compiled.ephemerals });
        let mut all = self.compiler.ephemerals.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(all.entry(id.clone()).or_insert(ephemeral)))
    }

    /// Writes a text of a node below a folder (`compiled`, `run`) of the target, and gives its path as messages show it.
    pub(super) fn write_below(&self, folder: &str, node: &Node, text: &str) -> Result<String> {
        self.write_text(folder, &PathBuf::from(&*node.package).join(written_path(node)), text)
    }

    /// The same for any path below the folder.
    pub(super) fn write_text(&self, folder: &str, below: &Path, text: &str) -> Result<String> {
        let below = PathBuf::from(folder).join(below);
        let path = self.target.join(&below);
        let written = std::fs::write(&path, text).or_else(|cause| match path.parent() {
            Some(parent) if cause.kind() == ErrorKind::NotFound => {
                std::fs::create_dir_all(parent).and_then(|()| std::fs::write(&path, text))
            }
            Some(_) | None => Err(cause),
        });
        written.map_err(|cause| Error::io("write", &path, cause))?;
        Ok(format!("{}/{}", self.shown_target, below.display()))
    }
}

/// Path of a node's texts: that of its file, and below it where several nodes come from one file.
fn written_path(node: &Node) -> PathBuf {
    let (own, file) = (PathBuf::from(&node.path), PathBuf::from(node.original_path.trim_start_matches("./")));
    if own.file_name() == file.file_name() { file } else { file.join(own) }
}

/// Path of a unit test's texts, below the folder of its package.
pub(super) fn unit_test_path(test: &UnitTest) -> PathBuf {
    let file = format!("{}.sql", test.full_name());
    PathBuf::from(&*test.package).join(&test.original_path).join("models").join(file)
}
