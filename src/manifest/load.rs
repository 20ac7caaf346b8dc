//! From a loaded project to its manifest.

use std::ops::Range;
use std::path::Path;

use crate::error::{BUILT_IN, Error, Place};
use crate::jinja;
use crate::name::UniqueId;
use crate::project::{BlockKind, Project, Warning};
use crate::template::{DispatchRule, Library, MacroKind, MacroSource, Templates};

use super::draft::{Draft, Drafter, Identity, fqn, text_checksum};
use super::generic_test::Inherited;
use super::json::to_json;
use super::node::{Manifest, Node, NodeKind};
use super::version::version_text;
use super::{
    annotation, contract, deprecation, describe, doubled, entry, link, old_form, overload, parse, semantic, source,
    unique, unused,
};

/// What parsing gives besides the manifest.
pub struct Parsed {
    /// The manifest.
    pub manifest: Manifest,
    /// What should be told but does not stop the command.
    pub warnings: Vec<Warning>,
}

/// The macros of all packages and the built-in ones.
///
/// # Errors
///
/// `Parsing` for each name that a package has twice.
pub fn library(project: &Project, built_in: &[(&str, &str, &str)]) -> Result<Library, Vec<Error>> {
    let mut macros = Vec::new();
    for package in project.all_packages() {
        for file in &package.macros {
            let text = &file.text.text;
            let mut told = 0;
            for block in file.blocks.iter().filter(|block| block.kind != BlockKind::Snapshot) {
                let range = with_blanks(text, block.range.clone(), told);
                told = range.end;
                macros.push(MacroSource {
                    unique_id: UniqueId::new(format!("macro.{}.{}", package.name, block.name)),
                    package: package.name.as_str().into(),
                    name: block.name.as_str().into(),
                    kind: kind_of(block.kind),
                    text: text[block.range.clone()].into(),
                    told: text[range].into(),
                    file: file.text.file.origin.file.clone(),
                    first_line: block.origin.line,
                });
            }
        }
    }
    for (package, path, text) in built_in {
        let blocks = jinja::blocks(text).map_err(|error| vec![error.moved_to(Place::file(*path))])?;
        macros.extend(blocks.into_iter().map(|block| {
            let (name, kind) = built_in_name(&block);
            MacroSource {
                unique_id: UniqueId::new(format!("macro.{package}.{name}")),
                package: (*package).into(),
                name: name.into(),
                kind,
                text: block.text.into(),
                told: block.text.into(),
                file: Path::new(BUILT_IN).join(path).into(),
                first_line: block.line,
            }
        }));
    }
    let rules = project.root.settings.dispatch.iter();
    let rules = rules
        .map(|rule| DispatchRule { namespace: rule.macro_namespace.clone(), search_order: rule.search_order.clone() })
        .collect();
    Library::new(&project.root.name, macros, rules)
}

/// The range of a block with the blanks around it that `{%-` and `-%}` take away, but for those before `start`.
fn with_blanks(text: &str, block: Range<usize>, start: usize) -> Range<usize> {
    let (mut from, mut to) = (block.start, block.end);
    if text[block.clone()].starts_with("{%-") {
        from = start.min(from) + text[start.min(from)..from].trim_end().len();
    }
    if text[block].ends_with("-%}") {
        to = text.len() - text[to..].trim_start().len();
    }
    from..to
}

fn built_in_name(block: &jinja::Block<'_>) -> (String, MacroKind) {
    match block.kind {
        jinja::BlockKind::Test => (format!("test_{}", block.name), MacroKind::Test),
        jinja::BlockKind::Materialization => {
            let adapter = if block.arguments.contains("postgres") { "postgres" } else { "default" };
            (format!("materialization_{}_{adapter}", block.name), MacroKind::Materialization)
        }
        jinja::BlockKind::Macro | jinja::BlockKind::Snapshot | jinja::BlockKind::Docs => {
            (block.name.to_owned(), MacroKind::Macro)
        }
    }
}

fn kind_of(kind: BlockKind) -> MacroKind {
    match kind {
        BlockKind::Macro | BlockKind::Snapshot => MacroKind::Macro,
        BlockKind::Test => MacroKind::Test,
        BlockKind::Materialization => MacroKind::Materialization,
    }
}

/// Whether calls mean what their own package has before what the root has.
pub fn prefers_own(templates: &Templates) -> bool {
    templates.globals().flags.switch("require_ref_searches_node_package_before_root")
}

/// Parses everything; all mistakes are collected, sorted by place.
///
/// `now` is in seconds since 1970.
pub fn parse_project(project: &Project, templates: &Templates, now: f64) -> Result<Parsed, Vec<Error>> {
    let drafter = Drafter::new(project, templates, now);
    let mut errors = templates.check();
    errors.extend(drafter.wrong_versions());
    errors.extend(doubled::errors(project));
    let quoting = project.root.settings.quoting;
    let (nodes, unparsed) = parse::parse_all(drafter.all(&mut errors), templates, quoting);
    let nodes = overload::absorb(nodes, project, &unparsed, &mut errors);
    let mut drafts = generic_tests(&drafter, &nodes);
    let mut manifest = Manifest { project_name: project.root.name.clone(), ..Manifest::default() };
    manifest.index.prefers_own = prefers_own(templates);
    for problem in unparsed {
        manifest.index.add_unparsed(problem.name);
        errors.push(problem.error);
    }
    drafts.extend(add_sources(&drafter, &mut manifest, &mut errors));
    let (tests, unparsed) = parse::parse_all(drafts, templates, quoting);
    errors.extend(unparsed.into_iter().map(|problem| problem.error));
    for node in nodes.into_iter().chain(tests) {
        errors.extend(drafter.wrong_configs(&node));
        add(&mut manifest, node, &mut errors);
    }
    drafter.add_unit_tests(&mut manifest, &mut errors);
    add_exposures(&drafter, &mut manifest, &mut errors);
    semantic::add(&drafter, &mut manifest, &mut errors);
    errors.extend(drafter.wrong_names(&manifest));
    manifest.groups = entry::groups(project);
    manifest.docs = entry::docs(project);
    manifest.macros = entry::macros(project, templates.library(), now);
    for (id, doc) in &manifest.docs {
        manifest.index.add_doc(&doc.package, &doc.name, id);
    }
    errors.extend(manifest.microbatch_errors());
    manifest.spell_out_begin();
    let index = std::mem::take(&mut manifest.index);
    let (problems, mut warnings) = link::link(&mut manifest, &index, project);
    manifest.index = index;
    errors.extend(problems);
    unique::check(&manifest, &templates.globals().flags, &mut errors, &mut warnings);
    errors.extend(manifest.nodes.values().filter_map(|node| contract::check(node).err()));
    errors.extend(semantic::older_form(&manifest, &templates.globals().flags));
    warnings.extend(all_warnings(&drafter, &manifest, templates));
    let manifest = describe::all(manifest, templates, &mut errors);
    if errors.is_empty() {
        return Ok(Parsed { manifest, warnings });
    }
    errors.sort_by(|one, other| one.place().cmp(&other.place()));
    Err(errors)
}

/// What should be said of a project whose nodes are all linked.
fn all_warnings(drafter: &Drafter<'_>, manifest: &Manifest, templates: &Templates) -> Vec<Warning> {
    let (project, flags) = (drafter.project, &templates.globals().flags);
    let mut warnings = old_form::warnings(project, manifest);
    warnings.extend(manifest.microbatch_warnings());
    warnings.extend(unused::warnings(drafter, manifest));
    warnings.extend(contract::warnings(manifest));
    warnings.extend(source::warnings(manifest));
    if flags.switch("validate_macro_args") {
        warnings.extend(annotation::warnings(project, manifest));
    }
    warnings.extend(semantic::warnings(manifest, flags));
    warnings.extend(deprecation::warnings(manifest, chrono::Local::now()));
    warnings
}

/// Adds the sources; gives the drafts of the tests of those that take part.
fn add_sources<'p>(drafter: &Drafter<'p>, manifest: &mut Manifest, errors: &mut Vec<Error>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for (source, tests) in drafter.sources(errors) {
        if source.config.is_enabled() {
            drafts.extend(tests);
            manifest.index.add_source(&source);
            manifest.sources.insert(source.unique_id.clone(), source);
        } else {
            manifest.index.add_disabled_source(&source);
            manifest.disabled.entry(source.unique_id.clone()).or_default().push(to_json(&source));
        }
    }
    drafts
}

fn add_exposures(drafter: &Drafter<'_>, manifest: &mut Manifest, errors: &mut Vec<Error>) {
    for exposure in drafter.exposures(errors) {
        if exposure.config.is_enabled() {
            manifest.exposures.insert(exposure.unique_id.clone(), exposure);
        } else {
            manifest.disabled.entry(exposure.unique_id.clone()).or_default().push(to_json(&exposure));
        }
    }
}

/// Adds SQL of the command line to a parsed manifest, as a node of the root project.
///
/// # Errors
///
/// What its Jinja raises, and calls that lead nowhere.
pub fn add_inline(
    manifest: &mut Manifest,
    project: &Project,
    templates: &Templates,
    text: &str,
) -> Result<UniqueId, Vec<Error>> {
    let drafter = Drafter::new(project, templates, 0.0);
    let origin = crate::project::Origin { file: Path::new("inline query").into(), line: 1, column: 1 };
    let identity = Identity {
        kind: NodeKind::SqlOperation,
        name: "inline_query",
        fqn: fqn(&project.root, &["sql"], "inline_query"),
        path: "sql/inline_query".to_owned(),
        original_path: "from remote system.sql".to_owned(),
        origin,
        raw_code: text.into(),
        checksum: text_checksum(text),
    };
    let draft = drafter.draft(&project.root, identity);
    let mut node = parse::parse(draft, templates, project.root.settings.quoting).map_err(|error| vec![error])?;
    node.depends_on = link::targets_of_node(&node, manifest, &manifest.index)?;
    let id = node.unique_id.clone();
    manifest.nodes.insert(id.clone(), node);
    Ok(id)
}

fn generic_tests(drafter: &Drafter<'_>, nodes: &[Node]) -> Vec<Draft> {
    let mut by_name = std::collections::HashMap::new();
    for node in nodes {
        if super::reference::is_referable(node.kind) {
            let version = node.version.as_ref().map(version_text);
            by_name.entry((&*node.package, node.name.as_str(), version)).or_insert(node);
        }
    }
    let mut drafts = Vec::new();
    for package in drafter.project.all_packages() {
        for (section, list) in source::sections(&package.properties) {
            for properties in list {
                let versions =
                    drafter.versions.of_model(&package.name, &properties.name).filter(|_| section == "models");
                let mut each: Vec<_> = versions.map(|it| (Some(version_text(&it.v)), &it.properties)).collect();
                if each.is_empty() {
                    each.push((None, properties));
                }
                for (version, properties) in each {
                    let key = (package.name.as_str(), properties.name.as_str(), version.clone());
                    let Some(node) = by_name.get(&key) else { continue };
                    let inherited = Inherited { unique_id: node.unique_id.clone(), group: node.group.clone(), version };
                    drafts.extend(drafter.tests_of_node(package, section, properties, inherited));
                }
            }
        }
    }
    drafts
}

fn add(manifest: &mut Manifest, node: Node, errors: &mut Vec<Error>) {
    if !node.config.is_enabled() {
        manifest.index.add_disabled_node(&node);
        manifest.disabled.entry(node.unique_id.clone()).or_default().push(to_json(&node));
        return;
    }
    if let Some(other) = manifest.nodes.get(&node.unique_id) {
        // A version and its model may both ask for the same test.
        if node.test.is_some() && node.refs.iter().any(|call| call.version.is_some()) {
            return;
        }
        let message = format!(
            "dbt found two {}s with the name \"{}\": `{}` and `{}`",
            node.kind.as_str(),
            node.name,
            other.original_path,
            node.original_path
        );
        let place = node.declared.clone().unwrap_or_else(|| Place::file(&node.file));
        errors.push(Error::compilation(message).at(place).hint("rename one of them"));
        return;
    }
    manifest.index.add_node(&node);
    manifest.index.add_function(&node);
    manifest.nodes.insert(node.unique_id.clone(), node);
}
