//! Whose nodes, docs and configs count where a package and the root have the same.

use crate::sandbox::Sandbox;

/// A root and a package `alpha` that both have a model `base` and a block `shared`.
fn shop() -> Sandbox {
    Sandbox::new()
        .file("packages.yml", "packages:\n  - local: local/alpha\n")
        .file("local/alpha/dbt_project.yml", "name: alpha\nversion: '1.0'\n")
        .file("local/alpha/models/base.sql", "select 'alpha' as who")
        .file(
            "local/alpha/models/user.sql",
            "{{ config(post_hook=\"select 'inline'\") }}\nselect * from {{ ref('base') }}",
        )
        .file("local/alpha/models/m.yml", "models:\n  - name: user\n    description: \"{{ doc('shared') }}\"\n")
        .file("local/alpha/models/d.md", "{% docs shared %}of alpha{% enddocs %}")
        .file("models/base.sql", "{{ config(alias='root_base') }}\nselect 'root' as who")
        .file("models/d.md", "{% docs shared %}of the root{% enddocs %}")
}

fn user(shop: &Sandbox) -> serde_json::Value {
    let manifest: serde_json::Value = serde_json::from_str(&shop.read("target/manifest.json")).unwrap();
    manifest["nodes"]["model.alpha.user"].clone()
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn names_in_a_package_mean_the_root_first() {
    let shop = shop();
    shop.succeeds("deps");
    let output = shop.succeeds("parse");
    assert!(
        output.stdout.contains("'user' in package 'alpha' depends on the root project node 'model.shop.base'"),
        "{output}"
    );
    assert_eq!(user(&shop)["depends_on"]["nodes"][0], "model.shop.base");
    assert_eq!(user(&shop)["description"], "of the root");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_flag_makes_a_package_look_into_itself_first() {
    let shop = shop();
    shop.succeeds("deps");
    let project = shop.read("dbt_project.yml");
    shop.write(
        "dbt_project.yml",
        &format!("{project}\nflags:\n  require_ref_searches_node_package_before_root: true\n"),
    );
    let output = shop.succeeds("parse");
    assert!(!output.stdout.contains("the root project node"), "{output}");
    assert_eq!(user(&shop)["depends_on"]["nodes"][0], "model.alpha.base");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn the_roots_configs_stand_above_those_in_a_packages_file() {
    let shop = shop();
    shop.succeeds("deps");
    let project = shop.read("dbt_project.yml");
    shop.write("dbt_project.yml", &format!("{project}\nmodels:\n  alpha:\n    +post-hook: \"select 'root'\"\n"));
    shop.succeeds("parse");
    assert_eq!(user(&shop)["unrendered_config"]["post-hook"], "select 'root'");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_node_of_another_database_ends_the_command() {
    let shop = Sandbox::new().file("models/far.sql", "{{ config(database='elsewhere') }} select 1 as id");
    let output = shop.kiln("run");
    assert_eq!(output.code, 2, "{output}");
    assert!(output.says("cross-db references not allowed in postgres (elsewhere vs "), "{output}");
    shop.succeeds("ls");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn init_in_a_project_leaves_it_as_it_is() {
    let shop = Sandbox::new().file("models/a.sql", "select 1 as id");
    for words in ["init --skip-profile-setup", "init other -s"] {
        assert!(shop.succeeds(words).says("this is a project already"));
    }
    assert!(!shop.path().join("other").exists());
}
