//! Drafts of all nodes that stand in files: models, seeds, snapshots, singular tests, analyses, functions, hooks.

use serde_json::{Value, json};

use crate::error::Error;
use crate::project::{BlockKind, MacroFile, Node as Yaml, Package, TextFile, without_jinja};
use crate::template::Recorded;

use super::draft::{Draft, Drafter, Identity, fqn, no_checksum, shown, text_checksum};
use super::node::{FunctionFacts, NodeKind};
use super::version::version_text;

impl Drafter<'_> {
    /// Drafts of all nodes with files of their own, the root's first, in the order of their paths.
    pub fn all(&self, errors: &mut Vec<Error>) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for package in self.project.all_packages() {
            drafts.extend(package.models.iter().map(|file| self.text(package, NodeKind::Model, file)));
            drafts.extend(package.seeds.iter().map(|file| self.seed(package, file)));
            drafts.extend(package.snapshots.iter().flat_map(|file| self.snapshots(package, file)));
            self.yaml_snapshots(package, &mut drafts, errors);
            drafts.extend(package.tests.iter().map(|file| self.text(package, NodeKind::Test, file)));
            drafts.extend(package.analyses.iter().map(|file| self.text(package, NodeKind::Analysis, file)));
            drafts.extend(package.functions.iter().map(|file| self.function(package, file)));
            self.hooks(package, "on-run-start", &package.settings.on_run_start, &mut drafts);
            self.hooks(package, "on-run-end", &package.settings.on_run_end, &mut drafts);
        }
        drafts
    }

    fn text(&self, package: &Package, kind: NodeKind, file: &TextFile) -> Draft {
        // dbt puts analyses below a folder of this name, whatever theirs is called, unless a flag says otherwise.
        let is_below_analysis = kind == NodeKind::Analysis && !self.corrects_analyses;
        let mut folders = file.file.folders();
        if is_below_analysis {
            folders.insert(0, "analysis");
        }
        let path = match kind {
            NodeKind::Analysis if is_below_analysis => format!("analysis/{}", file.file.path_in_root),
            // A singular test is a file of its own for dbt, whatever the extension of its text.
            NodeKind::Test => without_jinja(&file.file.path_in_root).to_owned(),
            NodeKind::Model
            | NodeKind::Analysis
            | NodeKind::Seed
            | NodeKind::Snapshot
            | NodeKind::Operation
            | NodeKind::SqlOperation
            | NodeKind::Function => file.file.path_in_root.clone(),
        };
        let version = self.versions.of_file(&package.name, file.file.stem()).filter(|_| kind == NodeKind::Model);
        let name = version.map_or(file.file.stem(), |version| &version.properties.name);
        let mut fqn = fqn(package, &folders, name);
        fqn.extend(version.map(|version| format!("v{}", version_text(&version.v))));
        let identity = Identity {
            kind,
            name,
            fqn,
            path,
            original_path: file.file.path.clone(),
            origin: file.code_origin(),
            raw_code: file.code().into(),
            checksum: (&file.checksum).into(),
        };
        let mut draft = match version {
            Some(version) => self.draft_of_version(package, identity, version),
            None => self.draft(package, identity),
        };
        if draft.node.language() == "python" {
            draft.known = Some(super::python::recorded(file.code()));
        }
        draft
    }

    fn function(&self, package: &Package, file: &TextFile) -> Draft {
        let mut draft = self.text(package, NodeKind::Function, file);
        let is_python = file.file.path.ends_with(".py");
        let name = file.file.stem();
        let properties = package.properties.functions.iter().find(|function| function.node.name == name);
        draft.node.function = Some(FunctionFacts {
            language: if is_python { "python" } else { "sql" },
            arguments: properties.map_or_else(Vec::new, |it| it.arguments.iter().map(argument).collect()),
            returns: properties
                .map_or_else(|| json!({"data_type": null, "description": null}), |it| returns(&it.returns)),
            overloads: Vec::new(),
        });
        // Python is no template.
        draft.known = is_python.then(Recorded::default);
        draft
    }

    fn seed(&self, package: &Package, file: &crate::project::SeedFile) -> Draft {
        let identity = Identity {
            kind: NodeKind::Seed,
            name: file.file.stem(),
            fqn: fqn(package, &file.file.folders(), file.file.stem()),
            path: file.file.path_in_root.clone(),
            original_path: file.file.path.clone(),
            origin: file.file.origin.clone(),
            raw_code: "".into(),
            checksum: (&file.checksum).into(),
        };
        self.draft(package, identity)
    }

    fn snapshots(&self, package: &Package, file: &MacroFile) -> Vec<Draft> {
        let source = &file.text.file;
        let blocks = file.blocks.iter().filter(|block| block.kind == BlockKind::Snapshot);
        blocks
            .map(|block| {
                let mut folders = source.folders();
                folders.push(source.long_stem());
                let body = &file.text.text[block.body.clone()];
                let before = &file.text.text[..block.body.start];
                let line = before.matches('\n').count() as u32 + 1;
                let identity = Identity {
                    kind: NodeKind::Snapshot,
                    name: &block.name,
                    fqn: fqn(package, &folders, &block.name),
                    path: source.path_in_root.clone(),
                    original_path: source.path.clone(),
                    origin: crate::project::Origin { line, ..block.origin.clone() },
                    raw_code: body.into(),
                    checksum: (&file.text.checksum).into(),
                };
                self.draft(package, identity)
            })
            .collect()
    }

    /// Snapshots declared in YAML with `relation:`.
    fn yaml_snapshots(&self, package: &Package, drafts: &mut Vec<Draft>, errors: &mut Vec<Error>) {
        for properties in &package.properties.snapshots {
            let Some(relation) = &properties.relation else { continue };
            let Some(text) = relation.as_text() else {
                let message =
                    format!("`relation` of snapshot `{}` must be a text such as `ref('orders')`", properties.name);
                errors.push(Error::parsing(message).at(relation.origin.place()));
                continue;
            };
            let in_root = in_any_folder(&properties.file, package);
            let (folders, _) = split_folders(in_root);
            let code = format!("select * from {{{{ {text} }}}}");
            let identity = Identity {
                kind: NodeKind::Snapshot,
                name: &properties.name,
                fqn: fqn(package, &folders, &properties.name),
                path: format!("{in_root}/{}.sql", properties.name),
                original_path: properties.file.to_string(),
                origin: relation.origin.clone(),
                checksum: file_checksum(&relation.origin.file),
                raw_code: code.into(),
            };
            let mut draft = self.draft(package, identity);
            draft.node.declared = Some(properties.origin.place());
            drafts.push(draft);
        }
    }

    fn hooks(&self, package: &Package, when: &str, hooks: &[Yaml], drafts: &mut Vec<Draft>) {
        for (index, hook) in hooks.iter().enumerate() {
            let Some(text) = hook.as_text() else { continue };
            let name = format!("{}-{when}-{index}", package.name);
            let file = package.settings.origin.file.file_name().map(|name| name.to_string_lossy().into_owned());
            let file = file.unwrap_or_default();
            let identity = Identity {
                kind: NodeKind::Operation,
                name: &name,
                fqn: fqn(package, &["hooks"], &name),
                path: format!("hooks/{name}.sql"),
                original_path: format!("./{file}"),
                origin: crate::project::Origin { file: shown(package, &file), ..hook.origin.clone() },
                raw_code: text.into(),
                checksum: file_checksum(&package.settings.origin.file),
            };
            let mut draft = self.draft(package, identity);
            draft.node.index = Some(index);
            draft.node.tags.push(when.to_owned());
            drafts.push(draft);
        }
    }
}

/// An argument of a function in manifest form.
pub(super) fn argument(node: &Yaml) -> Value {
    let written = node.to_json();
    let key = |name: &str| written.get(name).cloned().unwrap_or_default();
    json!({
        "name": key("name"), "data_type": key("data_type"), "description": key("description"),
        "default_value": key("default_value"),
    })
}

/// What a function returns, in manifest form.
pub(super) fn returns(node: &Yaml) -> Value {
    let written = node.to_json();
    json!({"data_type": written["data_type"], "description": written.get("description")})
}

/// Digest of a file that declares nodes without files of their own.
fn file_checksum(file: &std::path::Path) -> super::node::Checksum {
    std::fs::read_to_string(file).map_or_else(|_| no_checksum(), |text| text_checksum(&text))
}

/// The path below whichever of the resource folders it lies in.
pub fn in_resource_folder<'a>(path: &'a str, folders: &[String]) -> &'a str {
    let inside = folders.iter().find_map(|folder| path.strip_prefix(folder.trim_end_matches('/'))?.strip_prefix('/'));
    inside.unwrap_or(path)
}

/// The path below whichever resource folder of any kind it lies in: properties may stand in each of them.
pub fn in_any_folder<'a>(file: &'a str, package: &Package) -> &'a str {
    let settings = &package.settings;
    let lists = [
        &settings.model_paths,
        &settings.seed_paths,
        &settings.snapshot_paths,
        &settings.test_paths,
        &settings.analysis_paths,
        &settings.macro_paths,
    ];
    let inside = lists.into_iter().map(|folders| in_resource_folder(file, folders)).find(|inside| *inside != file);
    inside.unwrap_or(file)
}

/// Folders and file name of a path.
pub fn split_folders(path: &str) -> (Vec<&str>, &str) {
    let mut parts: Vec<&str> = path.split('/').collect();
    let file = parts.pop().unwrap_or_default();
    (parts, file)
}
