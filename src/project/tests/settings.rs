//! What the profile, the project file and the list of packages say.

use super::*;

#[test]
fn the_target_has_dbts_keys_and_no_password() {
    let project = Sandbox::new().load();
    let keys: Vec<&str> = project.profile.target.keys().map(String::as_str).collect();
    assert_eq!(
        keys.join(" "),
        "host port user database schema connect_timeout role search_path keepalives_idle sslmode sslcert sslkey sslrootcert application_name autocommit retries dbname type threads name target_name profile_name"
    );
    assert_eq!(project.profile.output.password.as_deref(), Some("p"));
    assert_eq!(project.profile.engine, Engine::Server);
}

#[test]
fn only_the_chosen_output_is_rendered_and_a_password_stays_as_it_is() {
    let text = "shop:\n  target: \"{{ 'dev' }}\"\n  outputs:\n    dev: {type: postgres, embedded: local, password: 'a{{b', schema: \"{{ env_var('KILN_NONE', 'x') }}\", threads: \"{{ env_var('KILN_NONE', '3') | int }}\"}\n    prod: {type: postgres, host: \"{{ env_var('KILN_NONE') }}\"}\n";
    let project = Sandbox::new().file("profiles.yml", text).load();
    let profile = &project.profile;
    assert_eq!(profile.engine, Engine::Embedded(Flavor::Local));
    assert_eq!((profile.output.schema.as_str(), profile.threads), ("x", 3));
    assert_eq!(profile.output.password.as_deref(), Some("a{{b"));
}

#[test]
fn mistakes_in_a_profile_say_what_to_do() {
    let output = |text: &str| {
        let text = format!("shop:\n  outputs:\n    default: {text}\n");
        Sandbox::new().file("profiles.yml", &text).errors()
    };
    let shown = [
        output("{type: postgres, schema: s, port: four}"),
        output("{type: postgres, schema: s, port: \"{{ env_var('KILN_NONE', '5') }}\"}"),
        output("{type: postgres, schema: s, host: \"{{ env_var('KILN_NONE') }}\"}"),
        output("{type: snowflake, schema: s}"),
        output("{type: postgres}"),
        output("{type: postgres, schema: s, password: 0123}"),
        output("{type: postgres, schema: s, sslmode: x, pasword: y}"),
        Sandbox::new().file("profiles.yml", "shp: {}\n").errors(),
        Sandbox::new()
            .file("profiles.yml", "shop:\n  outputs: {default: {type: postgres}, prod: {}}\n  target: prd\n")
            .errors(),
    ];
    insta::assert_snapshot!(shown.join("\n---\n"), @r#"
    profiles.yml:3:48: `port` must be a whole number, not `four`
    ---
    profiles.yml:3:48: `port` must be a whole number, not `5` (end the expression with `| int` or `| as_bool`)
    ---
    profiles.yml:3:51: the environment variable `KILN_NONE` is not set (set it, or give a default: `env_var('KILN_NONE', '..')`)
    ---
    profiles.yml:3:21: `type` must be `postgres` or `embedded`, not `snowflake` (kiln works with Postgres only)
    ---
    profiles.yml:3:14: the output has no `schema` (name the schema that models go to, such as `schema: dev`)
    ---
    profiles.yml:3:52: `password` must be a text, and YAML reads it as something else (put quotes around it)
    ---
    profiles.yml:3:51: `x` is no sslmode (use disable, allow, prefer, require, verify-ca or verify-full)
    ---
    profiles.yml:1:1: Could not find profile named 'shop' (did you mean `shp`?)
    ---
    profiles.yml:2:12: The profile 'shop' does not have a target named 'prd'. (did you mean `prod`?)
    "#);
}

#[test]
fn mistakes_in_a_project_file_are_told_together() {
    let text = "name: ref\nprofile: shop\nmodel-path: [models]\nseed-paths: seeds\nvars: [1]\non-run-start: {a: b}\ndispatch: [{a: b}]\n";
    insta::assert_snapshot!(Sandbox::new().file("dbt_project.yml", text).errors(), @r#"
    dbt_project.yml:1:7: the project name `ref` is a word of templates (choose another name)
    dbt_project.yml:3:1: `model-path` is no key of a project file (did you mean `model-paths`?)
    dbt_project.yml:4:13: `seed-paths` must be a list, not `seeds`
    dbt_project.yml:5:7: `vars` must be a mapping, not a list
    dbt_project.yml:6:15: `on-run-start` must be a text, not a mapping
    dbt_project.yml:7:12: an entry of `dispatch` needs `macro_namespace` and `search_order`
    "#);
}

#[test]
fn a_project_of_an_old_version_of_dbt_is_refused_unless_told_otherwise() {
    let text = "name: shop\nprofile: shop\nrequire-dbt-version: ['>=1.0.0', '<1.5.0']\n";
    let sandbox = Sandbox::new().file("dbt_project.yml", text);
    insta::assert_snapshot!(sandbox.errors(), @r"
    dbt_project.yml:1:1: project `shop` asks for dbt <1.5.0; kiln behaves as dbt 1.11 (use `--no-version-check` to run it all the same)
    ");
    assert!(load(&Options { check_version: false, ..sandbox.options() }).is_ok());
}

#[test]
fn a_project_yml_counts_where_there_is_no_dbt_project_yml() {
    let own = Sandbox::new().without("dbt_project.yml").file("project.yml", "name: own\nprofile: shop\n").load();
    assert_eq!(own.root.name, "own");
    let both = Sandbox::new().file("project.yml", "name: own\nprofile: shop\n").load();
    assert_eq!(both.root.name, "shop");
    assert_eq!(
        warnings(&both),
        "project.yml:1:1: ProjectFileIgnored: `project.yml` differs from `dbt_project.yml`, which is the one that counts"
    );
    let foreign = Sandbox::new().file("project.yml", "pipeline: x\n").load();
    assert_eq!(foreign.warnings, []);
}

#[test]
fn packages_are_those_installed_and_local_ones() {
    let project = Sandbox::new()
        .file("packages.yml", "packages:\n  - local: libs/inner\n  - package: x/utils\n    version: 1.0.0\n")
        .file("dbt_packages/utils/dbt_project.yml", "name: utils\n")
        .file("dbt_packages/utils/models/m.sql", "select 1")
        .file("libs/inner/dbt_project.yml", "name: inner\n")
        .file("libs/inner/macros/m.sql", "{% macro a() %}{% endmacro %}")
        .load();
    let shown: Vec<(&str, &Path)> =
        project.packages.iter().map(|package| (package.name.as_str(), package.shown_dir.as_path())).collect();
    assert_eq!(shown, [("inner", Path::new("libs/inner")), ("utils", Path::new("dbt_packages/utils"))]);
    let model = &project.packages[1].models[0].file;
    assert_eq!(model.path, "models/m.sql");
    assert_eq!(model.origin.place().to_string(), "dbt_packages/utils/models/m.sql");
}

#[test]
fn a_package_that_is_not_installed_is_named() {
    let sandbox = Sandbox::new().file("packages.yml", "packages:\n  - package: x/utils\n    version: 1.0.0\n");
    insta::assert_snapshot!(sandbox.errors(), @r"
    packages.yml:2:5: the package `x/utils` is not installed (run `dbt deps`, or name it with `local:`)
    ");
}
