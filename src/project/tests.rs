//! Loading as a whole, on projects written inline.

mod settings;

use std::path::Path;

use tempfile::TempDir;

use super::profile::Flavor;
use super::{Engine, Options, Project, load, scaffold};
use crate::error::Error;

const PROJECT: &str = "name: shop\nprofile: shop\n";
const PROFILES: &str = "shop:\n  target: dev\n  outputs:\n    dev: {type: postgres, host: h, user: u, password: p, port: 5432, dbname: d, schema: s}\n";

struct Sandbox(TempDir);

impl Sandbox {
    fn new() -> Sandbox {
        Sandbox(tempfile::tempdir().unwrap()).file("dbt_project.yml", PROJECT).file("profiles.yml", PROFILES)
    }

    fn file(self, path: &str, text: &str) -> Sandbox {
        let path = self.0.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    fn without(self, path: &str) -> Sandbox {
        std::fs::remove_file(self.0.path().join(path)).unwrap();
        self
    }

    fn options(&self) -> Options {
        let dir = Some(self.0.path().to_path_buf());
        Options { project_dir: dir.clone(), profiles_dir: dir, check_version: true, ..Options::default() }
    }

    fn load(&self) -> Project {
        load(&self.options()).unwrap_or_else(|errors| panic!("{}", told(&errors)))
    }

    fn errors(&self) -> String {
        told(&load(&self.options()).unwrap_err())
    }
}

fn told(errors: &[Error]) -> String {
    let lines: Vec<String> = errors
        .iter()
        .map(|error| {
            let place = error.place().map(|place| format!("{place}: ")).unwrap_or_default();
            let hints: String = error.hints().iter().map(|hint| format!(" ({hint})")).collect();
            format!("{place}{error}{hints}")
        })
        .collect();
    lines.join("\n")
}

fn warnings(project: &Project) -> String {
    let place = |warning: &super::Warning| warning.place.as_ref().map(ToString::to_string).unwrap_or_default();
    let lines: Vec<String> = project
        .warnings
        .iter()
        .map(|warning| format!("{}: {}: {}", place(warning), warning.name, warning.message))
        .collect();
    lines.join("\n")
}

#[test]
fn files_are_sorted_by_what_they_are_for() {
    let project = Sandbox::new()
        .file("models/marts/b.sql", "\n\n  select 1\n")
        .file("models/a.sql", "select 2")
        .file("models/readme.md", "{% docs a %} Text {{ x }}{% raw %}{{ y }}{% endraw %} {% enddocs %}")
        .file("seeds/s.csv", "a\n1\n")
        .file("seeds/not.sql", "select 3")
        .file("tests/t.sql", "select 4")
        .file("tests/generic/g.sql", "{% test even(model) %}select 1{% endtest %}")
        .file("tests/fixtures/f.csv", "a\n1\n")
        .file(
            "macros/m.sql",
            "{% macro one() %}1{% endmacro %} text {% materialization x, adapter='postgres' %}{% endmaterialization %}",
        )
        .file("snapshots/h.sql", "{% snapshot h %}select 1{% endsnapshot %}")
        .file("analyses/x.sql", "select 5")
        .load();
    let root = &project.root;
    let models: Vec<(&str, &str, Vec<&str>)> =
        root.models.iter().map(|it| (it.file.path.as_str(), it.file.stem(), it.file.folders())).collect();
    assert_eq!(models, [("models/a.sql", "a", vec![]), ("models/marts/b.sql", "b", vec!["marts"])]);
    assert_eq!(root.models[1].code(), "select 1");
    assert_eq!(root.models[1].code_origin().place().to_string(), "models/marts/b.sql:3:3");
    assert_eq!(root.docs[0].text, "Text {{ y }}");
    let blocks: Vec<&str> = root.macros.iter().flat_map(|it| &it.blocks).map(|it| it.name.as_str()).collect();
    assert_eq!(blocks, ["test_even", "one", "materialization_x_postgres"]);
    assert_eq!(root.snapshots[0].blocks[0].name, "h");
    let counts = [root.seeds.len(), root.tests.len(), root.fixtures.len(), root.analyses.len()];
    assert_eq!(counts, [1, 1, 1, 1]);
}

#[test]
fn a_checksum_passes_over_the_white_space_around_a_model() {
    let project = Sandbox::new().file("models/a.sql", "  select 1\n\n").file("seeds/s.csv", "a\n1\n").load();
    // `printf 'select 1' | sha256sum`, and the bytes of the seed.
    let model = &project.root.models[0].checksum.checksum;
    assert_eq!(model, "822ae07d4783158bc1912bb623e5107cc9002d519e1143a9c200ed6ee18b6d0f");
    let seed = &project.root.seeds[0].checksum;
    assert_eq!((seed.name, seed.checksum.len()), ("sha256", 64));
}

#[test]
fn ignored_files_and_projects_below_are_left_out() {
    let project = Sandbox::new()
        .file(".dbtignore", "*_old.sql\nmodels/private/\n")
        .file("models/a.sql", "")
        .file("models/a_old.sql", "")
        .file("models/.#a.sql", "")
        .file("models/~a.sql", "")
        .file("models/._a.yml", "\u{0}")
        .file("models/private/b.sql", "")
        .file("models/other/dbt_project.yml", "name: other\n")
        .file("models/other/c.sql", "")
        .file("models/tool/project.yml", "unrelated: true\n")
        .file("models/tool/d.sql", "")
        .load();
    let stems: Vec<&str> = project.root.models.iter().map(|it| it.file.stem()).collect();
    assert_eq!(stems, ["a", "d"]);
}

#[test]
fn a_file_of_an_ignored_folder_can_be_taken_back() {
    let project = Sandbox::new()
        .file(".dbtignore", "models/private/\n!models/private/keep.sql\n")
        .file("models/private/keep.sql", "")
        .file("models/private/b.sql", "")
        .file("models/private/deep/c.sql", "")
        .load();
    let stems: Vec<&str> = project.root.models.iter().map(|it| it.file.stem()).collect();
    assert_eq!(stems, ["keep"]);
}

#[test]
fn mistakes_of_all_files_come_together_and_in_order() {
    let errors = Sandbox::new()
        .file("models/b.yml", "models:\n  - nam: x\n  - name: y\n    columns: 3\n")
        .file("models/a.yml", "models: {a: b\n")
        .file("models/c.yml", "sources:\n  - name: s\n    tables: [{name: t, tests: [unique], data_tests: [unique]}]\n")
        .errors();
    insta::assert_snapshot!(errors, @r#"
    models/a.yml:1:9: this is no valid YAML: did not find expected ',' or '}'
    models/b.yml:2:5: this model has no `name`
    models/b.yml:4:14: `columns` must be a list, not `3`
    models/c.yml:3:24: table `t` has both `tests` and `data_tests`, which are one thing (put all tests under `data_tests`)
    "#);
}

#[test]
fn unknown_keys_and_doubled_keys_warn_with_their_place() {
    let project = Sandbox::new()
        .file(
            "models/a.yml",
            "model: []\nmodels:\n  - name: a\n    descripton: x\n    owner: me\n  - name: b\n    name: c\n",
        )
        .load();
    insta::assert_snapshot!(warnings(&project), @r"
    models/a.yml:1:1: UnknownKey: `model` is no section of a property file; did you mean `models`?
    models/a.yml:4:5: UnknownKey: `descripton` is no key of model `a`; did you mean `description`?
    models/a.yml:5:5: UnknownKey: `owner` is no key of model `a`; own keys belong under `config: meta:`
    models/a.yml:7:5: DuplicateYAMLKeysDeprecation: the key `name` is given twice; the last one counts
    ");
}

#[test]
fn tests_are_read_in_all_their_forms() {
    let text = "
models:
  - name: a
    tests:
      - unique
      - accepted_values: {values: [1], severity: warn}
      - accepted_values:
          name: own
          arguments: {values: ['{{ x }}']}
          config: {where: a}
      - {test_name: unique, name: other, column_name: b}
      - name: beside
        dbt_utils.at_least_one:
          group_by: [c]
";
    let project = Sandbox::new().file("models/a.yml", text).load();
    let shown: Vec<String> = project.root.properties.models[0]
        .tests
        .iter()
        .map(|test| {
            let arguments = serde_json::Value::Object(test.arguments.to_json());
            let config = serde_json::Value::Object(test.config.to_json());
            let name = test.custom_name.as_deref().unwrap_or("-");
            format!("{:?} {} {name} {arguments} {config}", test.namespace, test.name)
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    None unique - {} {}
    None accepted_values - {"values":[1]} {"severity":"warn"}
    None accepted_values own {"values":["{{ x }}"]} {"where":"a"}
    None unique other {"column_name":"b"} {}
    Some("dbt_utils") at_least_one beside {"group_by":["c"]} {}
    "#);
}

#[test]
fn values_are_rendered_natively_but_descriptions_tests_and_hooks_are_not() {
    let text = "
models:
  - name: a
    description: \"{{ doc('a') }}\"
    meta: {n: \"{{ var('n') | as_number }}\", t: \"{{ target.schema }}x\"}
    config:
      enabled: \"{{ target.name == 'dev' }}\"
      pre-hook: \"{{ this }}\"
";
    let project = Sandbox::new()
        .file("dbt_project.yml", "name: shop\nprofile: shop\nvars: {shop: {n: '5'}}\nmodels:\n  +schema: \"{{ target.name }}\"\n  +post-hook: \"{{ this }}\"\non-run-start: \"{{ x }}\"\n")
        .file("models/a.yml", text)
        .load();
    let model = &project.root.properties.models[0];
    assert_eq!(model.description.as_deref(), Some("{{ doc('a') }}"));
    assert_eq!(model.meta.as_ref().unwrap().to_json().to_string(), r#"{"n":5,"t":"sx"}"#);
    assert_eq!(
        serde_json::Value::Object(model.config.to_json()).to_string(),
        r#"{"enabled":true,"pre-hook":"{{ this }}"}"#
    );
    let enabled = model.config.get("enabled").unwrap();
    assert_eq!(enabled.to_unrendered_json(), "{{ target.name == 'dev' }}");
    let tree = project.root.settings.tree("models").unwrap();
    assert_eq!(serde_json::Value::Object(tree.to_json()).to_string(), r#"{"+schema":"dev","+post-hook":"{{ this }}"}"#);
    assert_eq!(project.root.settings.on_run_start[0].as_text(), Some("{{ x }}"));
}

#[test]
fn a_file_in_another_encoding_is_named_with_its_line() {
    let sandbox = Sandbox::new().file("models/a.sql", "");
    std::fs::write(sandbox.0.path().join("models/a.sql"), b"select 1,\n  'caf\xe9'").unwrap();
    assert_eq!(sandbox.errors(), "models/a.sql:2:7: this file is not encoded as UTF-8 (save it as UTF-8)");
}

#[test]
fn a_config_given_twice_is_refused() {
    let text = "models:\n  - name: a\n    meta: {x: 1}\n    config: {meta: {y: 2}}\n";
    insta::assert_snapshot!(Sandbox::new().file("models/a.yml", text).errors(), @r"
    models/a.yml:3:5: model `a` has `meta` both in `config` and beside it (keep the one in `config`)
    ");
}

#[test]
fn secrets_are_for_profiles_alone() {
    let project = "name: shop\nprofile: shop\nversion: \"{{ env_var('DBT_ENV_SECRET_KILN') }}\"\n";
    insta::assert_snapshot!(Sandbox::new().file("dbt_project.yml", project).errors(), @r"
    dbt_project.yml:3:13: `DBT_ENV_SECRET_KILN` is a secret, which only profiles.yml and packages.yml may read
    ");
}

#[test]
fn versions_of_a_model_keep_their_rules_for_columns() {
    let text = "
models:
  - name: a
    latest_version: 2
    columns: [{name: id}, {name: old}]
    versions:
      - v: 1
      - v: 2
        defined_in: a_new
        columns:
          - include: all
            exclude: [old]
          - name: more
        config: {materialized: table}
";
    let project = Sandbox::new().file("models/a.yml", text).load();
    let model = &project.root.properties.models[0];
    let second = &model.versions[1];
    assert_eq!(second.v.value.python_text(), "2");
    assert_eq!(second.defined_in.as_deref(), Some("a_new"));
    assert_eq!(second.include.as_ref().unwrap().as_text(), Some("all"));
    assert_eq!(second.exclude.as_ref().unwrap().to_json().to_string(), r#"["old"]"#);
    assert_eq!(second.columns[0].name, "more");
    assert!(second.tests.is_none());
}

#[test]
fn a_source_keeps_what_its_tables_override() {
    let text = "
sources:
  - name: raw
    schema: \"{{ var('s', 'land') }}\"
    freshness: {warn_after: {count: 1, period: day}}
    tables:
      - name: a
        freshness: null
        loaded_at_query: \"select {{ this }}\"
        columns: [{name: id, note: kept, data_tests: [unique]}]
      - name: b
        identifier: b_2024
";
    let project = Sandbox::new().file("models/s.yml", text).load();
    let source = &project.root.properties.sources[0];
    assert_eq!(source.schema.as_deref(), Some("land"));
    let table = &source.tables[0];
    assert!(table.freshness.as_ref().unwrap().is_null());
    assert_eq!(table.loaded_at_query.as_deref(), Some("select {{ this }}"));
    assert_eq!(table.columns[0].extra.get("note").unwrap().as_text(), Some("kept"));
    assert_eq!(source.tables[1].identifier.as_deref(), Some("b_2024"));
    assert!(source.tables[1].freshness.is_none());
}

#[test]
fn a_new_project_loads() {
    let dir = tempfile::tempdir().unwrap();
    let written = scaffold(&dir.path().join("shop"), "shop").unwrap();
    assert_eq!(written.len(), 6);
    let shop = dir.path().join("shop");
    let options = Options { project_dir: Some(shop.clone()), profiles_dir: Some(shop.clone()), ..Options::default() };
    let project = load(&options).unwrap_or_else(|errors| panic!("{}", told(&errors)));
    assert_eq!((project.root.models.len(), project.root.seeds.len()), (1, 1));
    assert_eq!(project.profile.engine, Engine::Embedded(Flavor::Any));
    assert!(scaffold(&shop, "shop").is_err());
}
