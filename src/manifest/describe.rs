//! Descriptions: `doc` calls answered, and which blocks they used.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use regex::Regex;
use serde_json::{Value, json};

use crate::error::{Error, Place, Result};
use crate::jinja;
use crate::name::UniqueId;
use crate::template::{Resolver, Templates};

use super::answers::Answers;
use super::node::{Column, Manifest};
use super::reference::Index;

static DOC_CALL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"doc\(\s*['"]([^'"]+)['"](?:\s*,\s*['"]([^'"]+)['"])?\s*\)"#).expect("a constant pattern")
});

/// Renders descriptions while the manifest is being made.
pub struct Describer<'a> {
    /// Templates.
    pub templates: &'a Templates,
    /// The manifest so far: its docs blocks are complete.
    pub docs: Arc<Manifest>,
    /// The same, as templates ask it.
    pub resolver: Arc<dyn Resolver>,
    /// What texts came to, by package and text: many columns are described in the same words.
    pub known: RefCell<HashMap<(String, String), Described>>,
}

/// A rendered description and the docs blocks that it uses.
#[derive(Debug, Clone)]
pub struct Described {
    text: String,
    blocks: Vec<UniqueId>,
}

impl Describer<'_> {
    /// Renders `text` in place and gives back the ids of the blocks that it uses.
    pub fn describe(&self, text: &mut String, package: &str, place: &Place) -> Result<Vec<UniqueId>> {
        if !jinja::has_jinja(text) {
            return Ok(Vec::new());
        }
        let key = (package.to_owned(), text.clone());
        let known = self.known.borrow().get(&key).cloned();
        let described = match known {
            Some(described) => described,
            None => self.described(text, package, place)?,
        };
        text.clone_from(&described.text);
        let blocks = described.blocks.clone();
        self.known.borrow_mut().insert(key, described);
        Ok(blocks)
    }

    fn described(&self, text: &str, package: &str, place: &Place) -> Result<Described> {
        let mut blocks = Vec::new();
        for call in DOC_CALL.captures_iter(text) {
            let (wanted, name) = match call.get(2) {
                Some(name) => (Some(&call[1]), name.as_str()),
                None => (None, &call[1]),
            };
            let Some((id, _)) = self.docs.doc(package, wanted, name) else {
                let message = format!("Documentation for '{name}' not found");
                let hint = format!("write a block `{{% docs {name} %}}` in a `.md` file");
                return Err(Error::compilation(message).at(place.clone()).hint(hint));
            };
            if !blocks.contains(&id) {
                blocks.push(id);
            }
        }
        let rendered = self.templates.describe(text, package, &self.resolver);
        let text = rendered.map_err(|error| error.forget_calls().moved_to(place.clone()))?;
        Ok(Described { text, blocks })
    }

    /// The same for columns.
    pub fn columns<'c>(
        &self,
        columns: impl Iterator<Item = &'c mut Column>,
        package: &str,
        place: &Place,
    ) -> Result<()> {
        for column in columns {
            column.doc_blocks = self.describe(&mut column.description, package, place)?;
        }
        Ok(())
    }
}

/// Renders all descriptions.
pub fn all(manifest: Manifest, templates: &Templates, errors: &mut Vec<Error>) -> Manifest {
    let shared = Arc::new(Manifest {
        project_name: manifest.project_name.clone(),
        docs: manifest.docs.clone(),
        index: docs_index(&manifest, super::load::prefers_own(templates)),
        ..Manifest::default()
    });
    let resolver: Arc<dyn Resolver> =
        Arc::new(Answers { manifest: shared.clone(), selected: Vec::new(), deferral: None });
    let describer = Describer { templates, docs: shared, resolver, known: RefCell::default() };
    let mut manifest = manifest;
    for node in manifest.nodes.values_mut() {
        let place = node.described.clone().or_else(|| node.declared.clone()).unwrap_or_else(|| Place::file(&node.file));
        let mut run = || {
            node.doc_blocks = describer.describe(&mut node.description, &node.package, &place)?;
            describer.columns(node.columns.values_mut(), &node.package, &place)
        };
        errors.extend(run().err());
    }
    for source in manifest.sources.values_mut() {
        let place = source.place.clone();
        let mut run = || {
            describer.describe(&mut source.source_description, &source.package, &place)?;
            source.doc_blocks = describer.describe(&mut source.description, &source.package, &place)?;
            describer.columns(source.columns.values_mut(), &source.package, &place)
        };
        errors.extend(run().err());
    }
    for exposure in manifest.exposures.values_mut() {
        let mut text = exposure.facts["description"].as_str().unwrap_or_default().to_owned();
        match describer.describe(&mut text, &exposure.package, &exposure.place) {
            Ok(_) => exposure.facts["description"] = json!(text),
            Err(error) => errors.push(error),
        }
    }
    let semantic = manifest.metrics.values_mut().chain(manifest.semantic_models.values_mut());
    for entry in semantic.chain(manifest.saved_queries.values_mut()) {
        let (package, place) = (entry.package.clone(), entry.place.clone());
        for description in entry.descriptions() {
            let Some(mut text) = description.as_str().map(str::to_owned) else { continue };
            match describer.describe(&mut text, &package, &place) {
                Ok(_) => *description = json!(text),
                Err(error) => errors.push(error),
            }
        }
    }
    for entry in manifest.macros.values_mut().filter(|entry| jinja::has_jinja(described(&entry.json))) {
        let mut text = described(&entry.json).to_owned();
        let place = Place::file(entry.json["original_file_path"].as_str().unwrap_or_default());
        match describer.describe(&mut text, &entry.package, &place) {
            Ok(_) => entry.json["description"] = json!(text),
            Err(error) => errors.push(error),
        }
    }
    manifest
}

fn described(json: &Value) -> &str {
    json["description"].as_str().unwrap_or_default()
}

fn docs_index(manifest: &Manifest, prefers_own: bool) -> Index {
    let mut index = Index::default();
    index.prefers_own = prefers_own;
    for (id, doc) in &manifest.docs {
        index.add_doc(&doc.package, &doc.name, id);
    }
    index
}
