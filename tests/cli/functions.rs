//! Functions of the database: how they are made, what waits for them, and what is said of wrong ones.

use crate::sandbox::Sandbox;

const PROPERTIES: &str = "\
functions:
  - name: doubled
    description: twice the price
    arguments:
      - {name: price, data_type: numeric, description: what it costs}
      - {name: times, data_type: int, default_value: 2}
    returns: {data_type: numeric}
    config: {volatility: deterministic, schema: tools}
";

fn shop() -> Sandbox {
    Sandbox::new()
        .file("functions/doubled.sql", "select price * times + (select extra from {{ ref('base') }})\n")
        .file("functions/all.yml", PROPERTIES)
        .file("models/base.sql", "select 1 as extra")
        .file("models/uses.sql", "select {{ function('doubled') }}(5) as two, {{ function('doubled') }}(5, 3) as three")
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_function_is_built_between_its_parents_and_its_users() {
    let shop = shop();
    let built = shop.succeeds("build");
    insta::assert_snapshot!(built.stdout, @r"
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Found 2 models, MANY macros, 1 function
    TIME
    TIME  Concurrency: 2 threads (target='dev')
    TIME
    TIME  1 of 3 START sql view model shop.base .......................................... [RUN]
    TIME  1 of 3 OK created sql view model shop.base ..................................... [CREATE VIEW in 0.00s]
    TIME  2 of 3 START function shop_tools.doubled ....................................... [RUN]
    TIME  2 of 3 OK created function shop_tools.doubled .................................. [SUCCESS in 0.00s]
    TIME  3 of 3 START sql view model shop.uses .......................................... [RUN]
    TIME  3 of 3 OK created sql view model shop.uses ..................................... [CREATE VIEW in 0.00s]
    TIME
    TIME  Finished running 1 function, 2 view models in 0 hours 0 minutes and 0.00 seconds (0.00s).
    TIME
    TIME  Completed successfully
    TIME
    TIME  Done. PASS=3 WARN=0 ERROR=0 SKIP=0 NO-OP=0 TOTAL=3
    ");
    assert_eq!(shop.sql("select * from shop.uses"), "11 | 16");
    let kind = "select provolatile::text, pronargdefaults from pg_proc where pronamespace = 'shop_tools'::regnamespace";
    assert_eq!(shop.sql(kind), "i | 1");
    // Again: what stands on it stays.
    shop.succeeds("build -s doubled");
    assert_eq!(shop.sql("select * from shop.uses"), "11 | 16");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn functions_are_listed_and_stand_in_a_map_of_their_own() {
    let shop = shop();
    assert_eq!(
        shop.succeeds("ls -q -s +uses --resource-type function model").stdout,
        "shop.doubled\nshop.base\nshop.uses\n"
    );
    assert_eq!(shop.succeeds("ls -q --resource-type function --output name").stdout, "doubled\n");
    shop.succeeds("parse");
    let manifest: serde_json::Value = serde_json::from_str(&shop.read("target/manifest.json")).unwrap();
    let function = &manifest["functions"]["function.shop.doubled"];
    assert_eq!(function["arguments"][1]["default_value"], 2);
    assert_eq!(function["returns"]["data_type"], "numeric");
    assert_eq!(function["depends_on"]["nodes"][0], "model.shop.base");
    assert_eq!(manifest["nodes"]["model.shop.uses"]["functions"][0][0], "doubled");
    assert!(manifest["nodes"].as_object().unwrap().keys().all(|id| !id.starts_with("function")));
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_function_of_a_kind_that_postgres_lacks_fails_with_the_missing_macro() {
    let shop = shop();
    shop.write("functions/all.yml", &PROPERTIES.replace("config: {", "config: {type: aggregate, "));
    let built = shop.kiln("build -s doubled");
    assert_eq!(built.code, 1);
    assert!(built.stdout.contains("No macro named 'aggregate_function_sql'"), "{}", built.stdout);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_call_of_no_function_is_refused_before_anything_runs() {
    let shop = shop().file("models/wrong.sql", "select {{ function('doubles') }}(1)");
    let parsed = shop.kiln("parse");
    assert_eq!(parsed.code, 2);
    assert!(parsed.stdout.contains(
        "Model 'model.shop.wrong' (models/wrong.sql) depends on a function named 'doubles' which was not found"
    ));
    assert!(parsed.stdout.contains("--> models/wrong.sql:1:11"), "{}", parsed.stdout);
    assert!(parsed.stdout.contains("did you mean `doubled`?"), "{}", parsed.stdout);
}
