//! The PostgreSQL that kiln runs itself for a project: from installed binaries, and the one compiled in.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use sqlx::{ConnectOptions, Connection};

use crate::example::example_in;
use crate::sandbox::{Running, Sandbox, wait_until};

const SLOW: &str = "{{ config(materialized='table') }} select 1 as id from pg_sleep(4)";
const QUICK: &str = "{{ config(materialized='table') }} select 2 as id";

/// The folder of the project's only local server.
fn local_folder(shop: &Sandbox) -> PathBuf {
    let folders = std::fs::read_dir(shop.path().join(".kiln")).unwrap().map(|entry| entry.unwrap().path());
    let is_local = |path: &PathBuf| {
        path.file_name().unwrap().to_string_lossy().starts_with("local-") && path.join("data").exists()
    };
    folders.into_iter().find(is_local).unwrap()
}

/// Lines of the pid file of a local server, from its process to its state; none while there is no such file.
fn pid_file(shop: &Sandbox) -> Option<Vec<String>> {
    if !shop.path().join(".kiln").exists() {
        return None;
    }
    let folders = std::fs::read_dir(shop.path().join(".kiln")).unwrap().flatten();
    let text =
        folders.into_iter().find_map(|entry| std::fs::read_to_string(entry.path().join("data/postmaster.pid")).ok())?;
    Some(text.lines().map(|line| line.trim().to_owned()).collect())
}

fn is_running(shop: &Sandbox) -> bool {
    pid_file(shop).is_some_and(|lines| lines.get(7).is_some_and(|state| state == "ready"))
}

/// Starts a run and waits until its model is at work.
fn run_in_the_middle(shop: &Sandbox) -> Running<'_> {
    let run = shop.spawn("run");
    let started = shop.path().join("target/run/shop/models/slow.sql");
    let compiled = shop.path().join("target/compiled/shop/models/slow.sql");
    wait_until("the model is at work", || started.exists() || compiled.exists());
    std::thread::sleep(std::time::Duration::from_millis(700));
    run
}

#[test]
#[cfg_attr(not(kiln_binaries), ignore = "no PostgreSQL binaries")]
fn the_example_builds_on_a_private_server_that_ends_with_it() {
    let shop = example_in(Sandbox::embedded("local"));
    let built = shop.succeeds("build");
    assert!(built.says("ERROR=0"), "{built}");
    assert!(!is_running(&shop), "the last command stops it");
    shop.succeeds("build --select aggregation_layer");
    assert!(shop.sql("select count(*) from shop_ingestion.fct_sales").parse::<u32>().unwrap() > 1000);
    let debug = shop.succeeds("debug");
    assert!(debug.says("a private PostgreSQL") && debug.says(".kiln/local-"), "{debug}");
    assert!(!is_running(&shop));
    assert_eq!(shop.read(".kiln/.gitignore"), "*\n");
}

#[test]
#[cfg_attr(not(kiln_binaries), ignore = "no PostgreSQL binaries")]
fn commands_at_the_same_time_share_a_server_and_the_last_stops_it() {
    let shop = Sandbox::embedded("local").file("models/slow.sql", SLOW);
    let run = run_in_the_middle(&shop);
    let first = pid_file(&shop).unwrap();
    let shown = shop.succeeds("show --inline 'select count(*) as sleepers from pg_stat_activity where pid <> pg_backend_pid() and query like chr(37) || $$pg_sleep(4)$$ || chr(37)' --output json");
    assert!(shown.stdout.contains("\"sleepers\": 1"), "it sees what the other one does: {shown}");
    assert_eq!(pid_file(&shop).unwrap()[0], first[0], "it is the same server, and runs on for the other one");
    let output = run.wait();
    assert_eq!(output.code, 0, "{output}");
    assert!(!is_running(&shop), "the last command stops it");
    assert_eq!(shop.sql("select id from shop.slow"), "1");
}

#[test]
#[cfg_attr(not(kiln_binaries), ignore = "no PostgreSQL binaries")]
fn a_server_that_a_killed_run_has_left_is_used_again() {
    let shop = Sandbox::embedded("local").file("models/slow.sql", SLOW);
    let run = run_in_the_middle(&shop);
    run.signal("KILL");
    run.wait();
    let left = pid_file(&shop).unwrap();
    assert!(Path::new("/proc").join(&left[0]).exists() || !Path::new("/proc/self").exists(), "it runs on");
    // The server takes the time once for the file and once more when it is ready.
    let asked = format!(
        "show -q --inline 'select abs(extract(epoch from pg_postmaster_start_time()) - {}) < 2 as same' --output json",
        left[2]
    );
    let same = shop.succeeds(&asked);
    assert!(same.stdout.contains("true"), "started when the one of the pid file was, {}: {same}", left[2]);
    assert!(!is_running(&shop), "the last command stops it");
    shop.write("models/slow.sql", QUICK);
    shop.succeeds("build");
    assert_eq!(shop.sql("select id from shop.slow"), "2");
}

#[test]
#[cfg_attr(not(kiln_binaries), ignore = "no PostgreSQL binaries")]
fn a_build_after_a_kill_of_both_succeeds() {
    let shop = Sandbox::embedded("local").file("models/first.sql", QUICK).file("models/slow.sql", SLOW);
    let run = run_in_the_middle(&shop);
    run.signal("KILL");
    let server = pid_file(&shop).unwrap()[0].clone();
    assert!(std::process::Command::new("kill").args(["-9", &server]).status().unwrap().success());
    run.wait();
    shop.write("models/slow.sql", "{{ config(materialized='table') }} select id from {{ ref('first') }}");
    shop.succeeds("build");
    assert_eq!(shop.sql("select id from shop.slow"), "2");
    assert!(!is_running(&shop));
}

#[test]
#[cfg_attr(not(kiln_binaries), ignore = "no PostgreSQL binaries")]
fn data_of_another_version_is_left_alone_and_named() {
    let shop = Sandbox::embedded("local")
        .file("models/quick.sql", QUICK)
        .file(".kiln/local-9/KILN", "PostgreSQL 9\n")
        .file(".kiln/local-9/data/PG_VERSION", "9\n");
    let built = shop.succeeds("build");
    assert!(built.says("the data of another PostgreSQL in `.kiln/local-9` is left alone"), "{built}");
    assert!(!shop.succeeds("build").says("left alone"), "that is said once");
    assert_eq!(shop.read(".kiln/local-9/data/PG_VERSION"), "9\n");
}

#[test]
#[cfg_attr(not(kiln_binaries), ignore = "no PostgreSQL binaries")]
fn a_server_is_kept_running_until_it_is_stopped() {
    let shop = Sandbox::embedded("local").file("models/slow.sql", SLOW);
    let address = |words: &str| {
        let output = shop.succeeds(words);
        output
            .stdout
            .lines()
            .find(|line| line.starts_with("postgresql://"))
            .unwrap_or_else(|| panic!("{output}"))
            .to_owned()
    };
    let started = address("db start");
    shop.succeeds("show --inline 'select 1 as one'");
    assert!(is_running(&shop), "no command stops it");
    assert_eq!(address("db url"), started);
    let socket = local_folder(&shop).join("socket");
    let reachable = started
        .replace("PROJECT", &shop.path().canonicalize().unwrap().to_string_lossy())
        .replace("DATABASE", shop.database());
    assert!(reachable.contains(&*socket.canonicalize().unwrap().to_string_lossy()), "{started}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = sqlx::postgres::PgConnectOptions::from_str(&reachable).unwrap();
        options.connect().await.unwrap().close().await.unwrap();
    });
    let run = run_in_the_middle(&shop);
    let later = shop.succeeds("db stop");
    assert!(later.says("another kiln uses it now"), "{later}");
    assert_eq!(run.wait().code, 0);
    assert!(!is_running(&shop), "the last command stops it again");
    assert!(shop.succeeds("db stop").says("it was not running"));
    address("db start");
    assert!(shop.succeeds("db stop").says("stopped"));
    assert!(!is_running(&shop));
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_server_of_the_profile_is_not_started_or_stopped() {
    let shop = Sandbox::new();
    let refused = shop.kiln("db stop");
    assert!(refused.code == 2 && refused.says("is a server, which kiln does not run"), "{refused}");
    assert!(shop.succeeds("db url").stdout.contains("DATABASE"));
}

#[test]
#[cfg_attr(not(feature = "embedded"), ignore = "built without a PostgreSQL")]
fn the_example_builds_on_the_compiled_in_database() {
    let shop = example_in(Sandbox::embedded("builtin"));
    let built = shop.succeeds("build");
    assert!(built.says("ERROR=0"), "{built}");
    shop.succeeds("build --select aggregation_layer");
    assert!(shop.sql("select count(*) from shop_ingestion.fct_sales").parse::<u32>().unwrap() > 1000);
    let debug = shop.succeeds("debug");
    assert!(debug.says("compiled into kiln") && debug.says(".kiln/builtin-"), "{debug}");
}

#[test]
#[cfg_attr(not(feature = "embedded"), ignore = "built without a PostgreSQL")]
fn the_compiled_in_database_takes_one_command_at_a_time() {
    let slow = SLOW.replace("pg_sleep(4)", "pg_sleep(20)");
    let shop = Sandbox::embedded("builtin").file("models/slow.sql", &slow);
    let run = run_in_the_middle(&shop);
    let refused = shop.kiln("run --no-wait");
    assert!(refused.code != 0 && refused.says("which takes one at a time") && refused.says("process"), "{refused}");
    let refused = shop.kiln("run --wait 1s");
    assert!(refused.code != 0 && refused.says("which takes one at a time"), "{refused}");
    let waited = shop.succeeds("show --inline 'select id from shop.slow'");
    assert!(waited.says("waiting for kiln"), "{waited}");
    assert_eq!(run.wait().code, 0);
    let started = shop.kiln("db start");
    assert!(started.code != 0 && started.says("takes one session only"), "{started}");
}

#[test]
#[cfg_attr(not(feature = "embedded"), ignore = "built without a PostgreSQL")]
fn the_compiled_in_database_is_whole_after_a_kill() {
    let shop = Sandbox::embedded("builtin").file("models/first.sql", QUICK).file("models/slow.sql", SLOW);
    let run = run_in_the_middle(&shop);
    run.signal("KILL");
    run.wait();
    shop.write("models/slow.sql", "{{ config(materialized='table') }} select id from {{ ref('first') }}");
    shop.succeeds("build");
    assert_eq!(shop.sql("select id from shop.slow"), "2");
}

#[test]
#[cfg_attr(not(feature = "embedded"), ignore = "built without a PostgreSQL")]
fn the_compiled_in_database_is_made_again_after_a_kill_at_its_making() {
    let shop = Sandbox::embedded("builtin").file("models/quick.sql", QUICK);
    let run = shop.spawn("run");
    let data = shop.path().join(".kiln/builtin-18/data");
    wait_until("the data is being made", || data.exists());
    run.signal("KILL");
    run.wait();
    shop.succeeds("build");
    assert_eq!(shop.sql("select id from shop.quick"), "2");
}

#[test]
#[cfg_attr(not(feature = "embedded"), ignore = "built without a PostgreSQL")]
fn the_compiled_in_database_says_that_it_keeps_no_time() {
    let shop = Sandbox::embedded("builtin")
        .file("models/quick.sql", "{{ config(pre_hook=\"set statement_timeout = '1s'\") }} select 1 as id")
        .file(".kiln/builtin-9/KILN", "PostgreSQL 9\n")
        .file(".kiln/builtin-9/data/PG_VERSION", "9\n");
    let built = shop.succeeds("build");
    assert!(built.says("accepts `statement_timeout` and never ends a statement for it"), "{built}");
    assert!(built.says("the data of another PostgreSQL in `.kiln/builtin-9` is left alone"), "{built}");
}
