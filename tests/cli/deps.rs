//! `deps`: packages from repositories and folders, the lock file, and what a project does with them.

use crate::sandbox::Sandbox;

/// A project that asks for a package in a repository and for one in a folder.
fn shop() -> Sandbox {
    let shop = Sandbox::new()
        .file("near/dbt_project.yml", "name: near\nversion: '1.0'\nconfig-version: 2\n")
        .file("near/macros/n.sql", "{% macro five() %}5{% endmacro %}")
        .file("far/dbt_project.yml", "name: remote\nversion: '1.0'\nconfig-version: 2\n")
        .file("far/models/f.sql", "select 1 as id")
        .file("models/m.sql", "select {{ near.five() }} as x from {{ ref('remote', 'f') }}")
        .file("packages.yml", "packages:\n  - local: near\n  - git: \"{{ env_var('DBT_ENV_SECRET_PLACE') }}/far\"\n");
    let made = shop.shell("cd far && git init -q && git add -A && git -c user.name=a -c user.email=a@b commit -qm one");
    assert_eq!(made.code, 0, "{made}");
    shop
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn packages_are_installed_locked_and_used() {
    let shop = shop();
    let run = |words: &str| shop.shell(&format!("DBT_ENV_SECRET_PLACE=$PWD kiln {words}"));
    assert!(shop.kiln("ls").stdout.contains("packages.yml"), "a list with a secret that is not set");
    let first = run("deps");
    assert_eq!(first.code, 0, "{first}");
    assert!(
        first.stdout.contains("Installed from <local @ near>")
            && first.stdout.contains("is not pinned, using HEAD (default branch)")
    );
    assert!(!first.stdout.contains("PROJECT/far"), "{first}");
    let lock = shop.read("package-lock.yml");
    assert!(
        lock.contains("  - git: '{{ env_var(''DBT_ENV_SECRET_PLACE'') }}/far'") || lock.contains("env_var("),
        "{lock}"
    );
    assert!(lock.contains("name: remote") && lock.contains("sha1_hash: "));
    assert!(!run("deps").stdout.contains("Updating lock file"));
    shop.shell("cd far && echo 'select 2 as id' > models/f.sql && git add -A && git -c user.name=a -c user.email=a@b commit -qm two");
    assert_eq!(run("deps").code, 0);
    assert!(shop.read("dbt_packages/remote/models/f.sql").contains("select 1"));
    assert!(run("deps --upgrade").stdout.contains("Updating lock file"));
    assert!(shop.read("dbt_packages/remote/models/f.sql").contains("select 2"));
    assert_eq!(run("run").code, 0);
    assert_eq!(shop.sql("select x from shop.m"), "5");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_package_is_added_to_the_list_and_the_lock_alone_written() {
    let shop = Sandbox::new().file("near/dbt_project.yml", "name: near\nversion: '1.0'\nconfig-version: 2\n");
    assert!(shop.succeeds("deps").stdout.contains("No packages were found"));
    shop.succeeds("deps --add-package near --source local --lock");
    assert_eq!(shop.read("packages.yml"), "packages:\n  - local: near\n");
    assert!(shop.path().join("package-lock.yml").exists() && !shop.path().join("dbt_packages/near").exists());
    let refused = shop.kiln("deps --add-package a/b");
    assert_eq!(refused.code, 2);
    assert!(refused.stdout.contains("names no version"), "{refused}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn an_installed_local_package_outlives_the_folder_that_it_came_from() {
    let shop = Sandbox::new()
        .file("packages.yml", "packages:\n  - local: ../near\n")
        .file("dbt_packages/near/dbt_project.yml", "name: near\nversion: '1.0'\nconfig-version: 2\n")
        .file("dbt_packages/near/models/n.sql", "select 1 as id");
    assert_eq!(shop.succeeds("ls -q").stdout, "near.n\n");
    std::fs::remove_dir_all(shop.path().join("dbt_packages")).unwrap();
    let output = shop.kiln("ls -q");
    assert!(output.code == 2 && output.stdout.contains("the local package `../near` is no project"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_local_package_may_be_installed_as_a_copy_under_its_own_name() {
    let shop = Sandbox::new()
        .file("packages.yml", "packages:\n  - local: folder\n")
        .file("folder/dbt_project.yml", "name: near\nversion: '1.0'\nconfig-version: 2\n")
        .file("folder/models/here.sql", "select 1 as id")
        .file("dbt_packages/near/dbt_project.yml", "name: near\nversion: '1.0'\nconfig-version: 2\n")
        .file("dbt_packages/near/models/copied.sql", "select 1 as id");
    assert_eq!(shop.succeeds("ls -q").stdout, "near.copied\n");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn packages_stand_in_one_of_two_files() {
    let shop = Sandbox::new()
        .file("near/dbt_project.yml", "name: near\nversion: '1.0'\nconfig-version: 2\n")
        .file("packages.yml", "packages:\n  - local: near\n")
        .file("dependencies.yml", "packages:\n  - local: near\n");
    let output = shop.kiln("deps");
    assert_eq!(output.code, 2);
    assert!(output.stdout.contains("`packages` cannot be in both packages.yml and dependencies.yml"), "{output}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn without_the_network_the_hub_is_named() {
    let shop = Sandbox::new().file("packages.yml", "packages:\n  - package: a/b\n    version: 1.0.0\n");
    let output = shop.shell("DBT_PACKAGE_HUB_URL=http://127.0.0.1:1 kiln deps");
    assert_eq!(output.code, 2);
    assert!(output.stdout.contains("could not reach `http://127.0.0.1:1/api/v1/a/b.json`"), "{output}");
}
