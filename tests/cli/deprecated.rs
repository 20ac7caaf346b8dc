//! Deprecated forms: they work, each is told once, and counted at the end.

use crate::sandbox::Sandbox;

fn with_old_forms() -> Sandbox {
    let shop = Sandbox::new()
        .file("old/a.sql", "select 1 as id, 'x' as word")
        .file(
            "old/a.yml",
            "models:
  - name: a
    columns:
      - name: word
        tests:
          - accepted_values: {values: [x], severity: warn}
          - accepted_values: {values: [y], severity: warn, arguments: {quote: true}}
  - name: missing
macros:
  - name: missing
",
        )
        .file("macros/m.sql", "{% macro m() %}{% endmacro %}{% endmacro %}");
    let project = shop.read("dbt_project.yml");
    shop.write("dbt_project.yml", &format!("{project}source-paths: [old]\nlog-path: elsewhere\n"));
    shop
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn each_deprecated_form_is_told_once_and_summed_up() {
    insta::assert_snapshot!(with_old_forms().kiln("ls --models a"), @r#"
    exit code: 0
    --- stdout
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  [WARNING]: Deprecated functionality
    `--models`, `--model` and `-m` are old names of `--select`.
    TIME  Registered adapter: postgres=1.11.0
    TIME  [WARNING]: Deprecated functionality
    `source-paths` is the old name of `model-paths` (dbt_project.yml:5:1)
    TIME  [WARNING]: Deprecated functionality
    `log-path` of the project file is deprecated; use `--log-path` or `DBT_LOG_PATH` (dbt_project.yml:6:1)
    TIME  [WARNING][UnexpectedJinjaBlockDeprecation]: Deprecated functionality
    the tag `{% endmacro %}` stands outside of every block and counts for nothing (macros/m.sql:1:30)
    TIME  [WARNING][MissingArgumentsPropertyInGenericTestDeprecation]: Deprecated functionality
    the arguments of the test `accepted_values` of column `word` should stand in its `arguments` (old/a.yml:6:31)
    TIME  [WARNING][PropertyMovedToConfigDeprecation]: Deprecated functionality
    `severity` of the test `accepted_values` of column `word` should stand in its `config` (old/a.yml:6:44)
    TIME  [WARNING]: Did not find matching node for patch with name 'missing' in the 'models' section of file 'old/a.yml' (old/a.yml:8:5)
    TIME  [WARNING]: Found patch for macro "missing" which was not found (old/a.yml:10:5)
    TIME  Found 1 model, 2 data tests, MANY macros
    shop.a
    TIME  [WARNING][DeprecationsSummary]: Deprecated functionality
    Summary of encountered deprecations:
    - ModelParamUsageDeprecation: 1 occurrence
    - ConfigSourcePathDeprecation: 1 occurrence
    - ConfigLogPathDeprecation: 1 occurrence
    - UnexpectedJinjaBlockDeprecation: 1 occurrence
    - MissingArgumentsPropertyInGenericTestDeprecation: 1 occurrence
    - PropertyMovedToConfigDeprecation: 2 occurrences

    `--show-all-deprecations` tells each of them, not only the first of its kind.

    --- stderr
    "#);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn every_use_of_a_deprecated_form_is_told_on_demand() {
    let told = with_old_forms().succeeds("ls --show-all-deprecations").stdout;
    assert_eq!(told.matches("[WARNING][PropertyMovedToConfigDeprecation]").count(), 2, "{told}");
    assert!(!told.contains("--show-all-deprecations"), "{told}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn deprecations_are_errors_or_silent_by_name_and_by_group() {
    let shop = Sandbox::new().file("models/a.sql", "select 1 as id");
    let run = |options: &str| shop.kiln(&format!("ls --models a --warn-error-options '{options}'"));
    assert_eq!(run("{error: [Deprecations]}").code, 2);
    assert_eq!(run("{error: [ModelParamUsageDeprecation]}").code, 2);
    assert_eq!(run("{error: all}").code, 2);
    let silent = run("{error: all, silence: [Deprecations]}");
    assert_eq!((silent.code, silent.stdout.contains("Deprecat")), (0, false), "{silent}");
    let spared = run("{error: [Deprecations], warn: [ModelParamUsageDeprecation]}");
    assert_eq!((spared.code, spared.stdout.contains("ModelParamUsage")), (0, true), "{spared}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn what_only_kiln_warns_of_is_no_error_by_warn_error() {
    let shop =
        Sandbox::new().file("models/a.sql", "select 1 as id").file("models/a.yml", "models:\n  - {name: a, own: 1}");
    assert!(shop.succeeds("ls --warn-error").stdout.contains("`own` is no key of model `a`"));
    assert_eq!(shop.kiln("ls --warn-error-options '{error: [UnknownKey]}'").code, 2);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn nodes_of_two_types_may_share_a_name_unless_a_flag_forbids_it() {
    let snapshot = "{% snapshot a %}{{ config(unique_key='id', strategy='check', check_cols='all', schema='kept') }} select 1 as id{% endsnapshot %}";
    let shop = Sandbox::new().file("models/a.sql", "select 1 as id").file("snapshots/a.sql", snapshot);
    assert!(shop.succeeds("ls").stdout.contains("DuplicateNameDistinctNodeTypesDeprecation"));
    let project = shop.read("dbt_project.yml");
    shop.write("dbt_project.yml", &format!("{project}flags: {{require_unique_project_resource_names: true}}\n"));
    assert_eq!(shop.kiln("ls").code, 2);
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn names_with_blanks_are_refused_unless_a_flag_allows_them() {
    let shop = Sandbox::new().file("models/my model.sql", "select 1 as id");
    let refused = shop.kiln("ls");
    assert!(refused.code == 2 && refused.stdout.contains("has a space in it"), "{refused}");
    let project = shop.read("dbt_project.yml");
    shop.write("dbt_project.yml", &format!("{project}flags: {{require_resource_names_without_spaces: false}}\n"));
    assert!(shop.succeeds("ls").stdout.contains("ResourceNamesWithSpacesDeprecation: 1 occurrence"));
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_source_of_a_package_may_be_described_anew() {
    let base = "sources:
  - name: src
    schema: base
    tables:
      - {name: t, columns: [{name: id, data_tests: [unique]}]}
      - {name: u, identifier: uu}
";
    let over = "sources:
  - name: src
    overrides: pkg
    schema: mine
    tables:
      - {name: t, identifier: tt, columns: [{name: id, data_tests: [not_null]}]}
";
    let shop = Sandbox::new()
        .file("packages.yml", "packages: [{local: pkg}]")
        .file("pkg/dbt_project.yml", "name: pkg\nversion: '1.0'\n")
        .file("pkg/models/s.yml", base)
        .file("pkg/models/m.sql", "select * from {{ source('src', 't') }}, {{ source('src', 'u') }}")
        .file("models/s.yml", over);
    shop.succeeds("deps");
    let told = shop.succeeds("ls --output name").stdout;
    assert!(told.contains("SourceOverrideDeprecation") && told.contains("source_not_null_src_t_id"), "{told}");
    assert!(!told.contains("source_unique"), "{told}");
    let compiled = shop.succeeds("compile -q -s m").stdout;
    assert!(compiled.contains("\"mine\".\"tt\", ") && compiled.contains("\"mine\".\"uu\""), "{compiled}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn flags_of_profiles_yml_count_where_the_project_has_none() {
    let shop = Sandbox::new().file("models/a.sql", "select 1 as id").file("models/upper.SQL", "select 2 as id");
    shop.write(
        "profiles.yml",
        &format!("config:\n  log_level: error\n  log_level_file: debug\n{}", shop.read("profiles.yml")),
    );
    insta::assert_snapshot!(shop.succeeds("ls").stdout, @r"
    shop.a
    shop.upper
    ");
    assert!(shop.read("logs/dbt.log").contains("ProjectFlagsMovedDeprecation: 1 occurrence"));
    let project = shop.read("dbt_project.yml");
    shop.write("dbt_project.yml", &format!("{project}flags: {{log_level: info}}\n"));
    let told = shop.succeeds("ls").stdout;
    assert!(told.contains("Found 2 models") && !told.contains("ProjectFlagsMoved"), "{told}");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn deprecations_are_summed_up_below_what_ended_the_command() {
    let shop = Sandbox::new().file("models/a.sql", "select * from {{ ref('nowhere') }}");
    let refused = shop.kiln("ls --models a");
    let at = |words: &str| refused.stdout.find(words).unwrap_or_else(|| panic!("{words} is missing in {refused}"));
    assert!(refused.code == 2 && at("Encountered an error") < at("Summary of encountered deprecations"), "{refused}");
}
