//! Unit tests: found, their rows put into one form, and tied to the models that they test.

use std::path::Path;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::csv;
use crate::error::{Error, Place, Result};
use crate::name::UniqueId;
use crate::project::{FixtureProperties, Node as Yaml, Package, UnitTestProperties};

use super::collect::{in_resource_folder, split_folders};
use super::column::texts;
use super::config::Config;
use super::draft::{Drafter, fqn};
use super::merge::lay_over;
use super::node::{Manifest, Node, NodeKind};
use super::resource::{Fixture, RowFormat, UnitTest};
use super::version::version_text;
use super::{defaults, tree};

impl Drafter<'_> {
    /// Adds all unit tests to the manifest, whose nodes are complete.
    pub fn add_unit_tests(&self, manifest: &mut Manifest, errors: &mut Vec<Error>) {
        for package in self.project.all_packages() {
            for properties in &package.properties.unit_tests {
                let place = properties.origin.place();
                match self.unit_tests(package, properties, manifest) {
                    Ok(tests) => tests.into_iter().for_each(|test| add(manifest, test)),
                    Err(error) => errors.push(if error.place().is_some() { error } else { error.at(place) }),
                }
            }
        }
    }

    /// The unit test, once for each version of its model that it is for.
    fn unit_tests(
        &self,
        package: &Package,
        properties: &UnitTestProperties,
        manifest: &Manifest,
    ) -> Result<Vec<UnitTest>> {
        let config = self.unit_config(package, properties);
        let given = properties.given.iter().map(|fixture| self.fixture(package, properties, fixture));
        let given: Vec<Fixture> = given.collect::<Result<_>>()?;
        let expect = self.fixture(package, properties, &properties.expect)?;
        let models = tested(package, properties, manifest)?;
        let one = |model: &Node| {
            let suffix = model.version.as_ref().map(|v| format!("_v{}", version_text(v))).unwrap_or_default();
            let in_root = in_resource_folder(&properties.file, &package.settings.model_paths);
            let (mut folders, _) = split_folders(in_root);
            folders.push(&model.name);
            let id = format!("unit_test.{}.{}.{}{suffix}", package.name, model.name, properties.name);
            UnitTest {
                unique_id: UniqueId::new(id),
                name: properties.name.clone(),
                package: package.name.as_str().into(),
                path: in_root.to_owned(),
                original_path: properties.file.to_string(),
                file: properties.origin.file.to_path_buf(),
                place: properties.origin.place(),
                fqn: fqn(package, &folders, &properties.name),
                model: properties.model.clone(),
                version: model.version.clone(),
                given: given.clone(),
                expect: expect.clone(),
                overrides: properties.overrides.as_ref().map(overrides),
                versions: properties.versions.as_ref().map(versions),
                description: properties.description.clone().unwrap_or_default(),
                tags: texts(config.0.get("tags").unwrap_or(&Value::Null)),
                config: config.clone(),
                depends_on: vec![model.unique_id.clone()],
                schema: model.schema.clone(),
                created_at: self.now,
            }
        };
        Ok(models.into_iter().map(one).collect())
    }

    fn unit_config(&self, package: &Package, properties: &UnitTestProperties) -> Config {
        let in_root = in_resource_folder(&properties.file, &package.settings.model_paths);
        let (mut folders, _) = split_folders(in_root);
        folders.push(&properties.model);
        let fqn = fqn(package, &folders, &properties.name);
        let mut config = defaults::of_unit_test();
        let is_root = std::ptr::eq(package, &self.project.root);
        let lay_tree = |config: &mut Config, package: &Package| {
            for layer in package.settings.tree("unit_tests").map(|tree| tree::layers(tree, &fqn)).unwrap_or_default() {
                lay_over(config, &layer);
            }
        };
        lay_tree(&mut config, package);
        lay_over(&mut config, &properties.config.to_json());
        if !is_root {
            lay_tree(&mut config, &self.project.root);
        }
        config
    }

    fn fixture(&self, package: &Package, test: &UnitTestProperties, written: &FixtureProperties) -> Result<Fixture> {
        let name = &test.name;
        let format = match written.format.as_deref() {
            None | Some("dict") => RowFormat::Dict,
            Some("csv") => RowFormat::Csv,
            Some("sql") => RowFormat::Sql,
            Some(other) => {
                let message = format!("'{other}' is not one of ['csv', 'dict', 'sql'] in unit test '{name}'");
                return Err(Error::parsing(message).at(written.origin.place()));
            }
        };
        let rows = written.rows.as_ref().filter(|rows| !rows.is_null()).map(Yaml::to_json);
        let rows = match (format, rows, &written.fixture) {
            (RowFormat::Dict, Some(rows @ Value::Array(_)), _) => rows,
            (RowFormat::Dict, Some(_), _) => {
                let message = format!("Unit test {name} has input rows which do not match format dict");
                return Err(Error::parsing(message).at(written.origin.place()).hint("write a list of mappings"));
            }
            (RowFormat::Dict, None, _) => self.seed_rows(package, test, written)?,
            (RowFormat::Csv, Some(Value::String(text)), _) => csv_rows(&text, &written.origin.file)?,
            (RowFormat::Csv, None, Some(_)) => {
                let (text, file) = self.fixture_file(package, test, written)?;
                csv_rows(&text, &file)?
            }
            (RowFormat::Sql, Some(Value::String(text)), _) => json!(text),
            (RowFormat::Sql, None, Some(_)) => json!(self.fixture_file(package, test, written)?.0),
            (RowFormat::Csv | RowFormat::Sql, Some(_) | None, _) => {
                let format = format.word();
                let message = format!(
                    "Unit test {name} has input rows or fixtures which do not match format {format}.  Expected string."
                );
                return Err(Error::parsing(message).at(written.origin.place()));
            }
        };
        Ok(Fixture { input: written.input.clone(), rows, format, fixture: written.fixture.clone() })
    }

    /// Text and path of the file `fixture: name`, of the package itself, else of any.
    fn fixture_file(
        &self,
        package: &Package,
        test: &UnitTestProperties,
        written: &FixtureProperties,
    ) -> Result<(String, std::sync::Arc<Path>)> {
        let wanted = written.fixture.as_deref().unwrap_or_default();
        let packages = std::iter::once(package).chain(self.project.all_packages());
        let found = packages.flat_map(|package| &package.fixtures).find(|file| file.file.stem() == wanted);
        found.map(|file| (file.code().to_owned(), file.file.origin.file.clone())).ok_or_else(|| {
            let message = format!("File not found for fixture '{wanted}' in unit tests in {}", test.file);
            Error::parsing(message).at(written.origin.place()).hint("fixtures stand in `tests/fixtures/`")
        })
    }

    /// The rows of a seed that is given without rows of its own.
    fn seed_rows(&self, package: &Package, test: &UnitTestProperties, written: &FixtureProperties) -> Result<Value> {
        let Some(input) = &written.input else {
            let message = format!("Unit test {} expects no rows at all", test.name);
            return Err(Error::parsing(message).at(written.origin.place()).hint("write `rows: []` for none"));
        };
        let call = Input::read(input);
        let name = match &call {
            Some(Input::Ref { name, .. }) => name.as_str(),
            Some(Input::Source(..) | Input::This) | None => input,
        };
        let seed = package.seeds.iter().find(|seed| seed.file.stem() == name);
        let Some(seed) = seed else {
            let message = format!("Unable to find seed '{}.{name}' for unit tests", package.name);
            return Err(Error::parsing(message).at(written.origin.place()).hint("write the `rows` of this input"));
        };
        let text = std::fs::read_to_string(&seed.absolute)
            .map_err(|cause| Error::io("read", &seed.file.origin.file, cause))?;
        csv_rows(&text, &seed.file.origin.file)
    }
}

fn add(manifest: &mut Manifest, test: UnitTest) {
    if test.config.is_enabled() {
        manifest.unit_tests.insert(test.unique_id.clone(), test);
    } else {
        manifest.disabled.entry(test.unique_id.clone()).or_default().push(super::json::to_json(&test));
    }
}

/// The models that a unit test is for; none when they are switched off.
fn tested<'m>(package: &Package, test: &UnitTestProperties, manifest: &'m Manifest) -> Result<Vec<&'m Node>> {
    let is_model = |node: &&Node| node.kind == NodeKind::Model && node.name == test.model;
    let all = || manifest.nodes.values().filter(is_model);
    let own: Vec<&Node> = all().filter(|node| *node.package == package.name).collect();
    let models = if own.is_empty() { all().collect() } else { own };
    let Some(first) = models.first() else {
        let id = format!("model.{}.{}", package.name, test.model);
        let is_off = |off: &UniqueId| off.as_str() == id || off.as_str().starts_with(&format!("{id}.v"));
        if manifest.disabled.keys().any(is_off) || manifest.index.is_unparsed(&test.model) {
            return Ok(Vec::new());
        }
        let message = format!(
            "Unable to find model '{}.{}' for unit test '{}' in {}",
            package.name, test.model, test.name, test.file
        );
        return Err(Error::parsing(message));
    };
    let rule = |key: &str| -> Option<Vec<String>> {
        let list = test.versions.as_ref()?.as_map()?.get(key).filter(|node| !node.is_null())?.to_json();
        let items = list.as_array().cloned().unwrap_or_else(|| vec![list.clone()]);
        Some(items.iter().map(version_text).collect())
    };
    let (include, exclude) = (rule("include"), rule("exclude"));
    if first.version.is_none() && (include.is_some() || exclude.is_some()) {
        let message = format!(
            "Unit test '{}' should not have a versions include or exclude when referencing non-versioned model '{}'",
            test.name, test.model
        );
        return Err(Error::parsing(message));
    }
    let is_meant = |node: &&Node| {
        let version = node.version.as_ref().map(version_text).unwrap_or_default();
        include.as_ref().is_none_or(|list| list.contains(&version))
            && !exclude.as_ref().is_some_and(|list| list.contains(&version))
    };
    Ok(models.into_iter().filter(is_meant).collect())
}

/// Rows of CSV text as mappings; an empty field is null, as in seeds.
fn csv_rows(text: &str, file: &Path) -> Result<Value> {
    let records = csv::records(text.trim(), &csv::Options::new(file))
        .map_err(|error| if error.place().is_some() { error } else { error.at(Place::file(file)) })?;
    let Some((header, rows)) = records.split_first() else { return Ok(json!([])) };
    let row = |fields: &Vec<String>| {
        let value = |at: usize| fields.get(at).filter(|field| !field.is_empty()).map_or(Value::Null, |it| json!(it));
        header.iter().enumerate().map(|(at, name)| (name.trim().to_owned(), value(at))).collect::<Map<_, _>>()
    };
    Ok(rows.iter().filter(|fields| !fields.is_empty()).map(row).map(Value::Object).collect())
}

fn overrides(node: &Yaml) -> Value {
    let mut all = json!({"macros": {}, "vars": {}, "env_vars": {}});
    for key in ["macros", "vars", "env_vars"] {
        if let Some(written) = node.as_map().and_then(|map| map.get(key)).filter(|node| !node.is_null()) {
            all[key] = written.to_json();
        }
    }
    all
}

fn versions(node: &Yaml) -> Value {
    let key = |key: &str| node.as_map().and_then(|map| map.get(key)).map(Yaml::to_json).unwrap_or_default();
    json!({"include": key("include"), "exclude": key("exclude")})
}

/// What `input` stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// `ref('orders')`
    Ref {
        /// First of two names.
        package: Option<String>,
        /// Name of the node.
        name: String,
        /// `v=` or `version=`.
        version: Option<String>,
    },
    /// `source('shop', 'orders')`
    Source(String, String),
    /// `this`
    This,
}

impl Input {
    /// Reads the call; none for anything else.
    pub fn read(text: &str) -> Option<Input> {
        let text = text.trim();
        if text == "this" {
            return Some(Input::This);
        }
        let (name, inside) = text.strip_suffix(')')?.split_once('(')?;
        let bare = |word: &str| word.trim().trim_matches(['\'', '"']).to_owned();
        let (named, plain): (Vec<&str>, Vec<&str>) = inside.split(',').partition(|part| part.contains('='));
        let version = named.iter().find_map(|part| {
            let (key, value) = part.split_once('=')?;
            matches!(key.trim(), "v" | "version").then(|| bare(value))
        });
        match (name.trim(), &plain[..]) {
            ("ref", [name]) => Some(Input::Ref { package: None, name: bare(name), version }),
            ("ref", [package, name]) => Some(Input::Ref { package: Some(bare(package)), name: bare(name), version }),
            ("source", [source, table]) => Some(Input::Source(bare(source), bare(table))),
            _ => None,
        }
    }
}

impl UnitTest {
    /// Name with the version: the last part of the id.
    pub fn full_name(&self) -> &str {
        let id = self.unique_id.as_str();
        id.find(&self.name).and_then(|_| id.rfind(&format!(".{}", self.name))).map_or(&self.name, |at| &id[at + 1..])
    }
}

impl Serialize for Fixture {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(input) = &self.input {
            map.serialize_entry("input", input)?;
        }
        map.serialize_entry("rows", &self.rows)?;
        map.serialize_entry("format", self.format.word())?;
        map.serialize_entry("fixture", &self.fixture)?;
        map.end()
    }
}

impl Serialize for UnitTest {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("model", &self.model)?;
        map.serialize_entry("given", &self.given)?;
        map.serialize_entry("expect", &self.expect)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("resource_type", "unit_test")?;
        map.serialize_entry("package_name", &self.package)?;
        map.serialize_entry("path", &self.path)?;
        map.serialize_entry("original_file_path", &self.original_path)?;
        map.serialize_entry("unique_id", &self.unique_id)?;
        map.serialize_entry("fqn", &self.fqn)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("overrides", &self.overrides)?;
        map.serialize_entry("depends_on", &json!({"macros": [], "nodes": self.depends_on}))?;
        map.serialize_entry("config", &self.config.0)?;
        map.serialize_entry("checksum", &self.checksum())?;
        map.serialize_entry("schema", &self.schema)?;
        map.serialize_entry("created_at", &self.created_at)?;
        map.serialize_entry("versions", &self.versions)?;
        map.serialize_entry("version", &self.version)?;
        map.end()
    }
}

impl UnitTest {
    /// Digest of what the test says, as dbt makes it: of the text that Python shows for it.
    fn checksum(&self) -> String {
        let given: Vec<String> = self.given.iter().map(Fixture::python).collect();
        let group = |kind: &str, value: &Option<Value>, keys: &[&str], missing: &Value| match value {
            Some(Value::Object(map)) => {
                let part = |key: &&str| format!("{key}={}", python(map.get(*key).unwrap_or(missing)));
                format!("{kind}({})", keys.iter().map(part).collect::<Vec<_>>().join(", "))
            }
            Some(_) | None => "None".to_owned(),
        };
        let versions = group("UnitTestNodeVersions", &self.versions, &["include", "exclude"], &Value::Null);
        let overrides = group("UnitTestOverrides", &self.overrides, &["macros", "vars", "env_vars"], &json!({}));
        let given = given.join(", ");
        let mut said = format!("{}-{versions}-[{given}]-{}-{overrides}", self.model, self.expect.python());
        for fixture in self.given.iter().chain([&self.expect]).filter(|fixture| fixture.fixture.is_some()) {
            said.push_str(&format!("-{}", python(&fixture.rows)));
        }
        Sha256::digest(said.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl Fixture {
    fn python(&self) -> String {
        let (kind, input) = match &self.input {
            Some(input) => ("UnitTestInputFixture", format!("input={}, ", python(&json!(input)))),
            None => ("UnitTestOutputFixture", String::new()),
        };
        let word = self.format.word();
        let mut name = word.to_uppercase();
        if word == "dict" {
            name = "Dict".to_owned();
        }
        let (rows, fixture) = (python(&self.rows), python(&json!(self.fixture)));
        format!("{kind}({input}rows={rows}, format=<UnitTestFormat.{name}: '{word}'>, fixture={fixture})")
    }
}

fn python(value: &Value) -> String {
    crate::jinja::repr(&crate::jinja::from_json(value))
}
