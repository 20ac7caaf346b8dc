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

const OVERLOADED: &str = "\
functions:
  - name: twice
    config: {type: scalar, volatility: deterministic}
    arguments: [{name: x, data_type: int}]
    returns: {data_type: int}
    overloads:
      - defined_in: twice_text
        description: for words
        arguments: [{name: x, data_type: text}]
        returns: {data_type: text}
      - defined_in: twice_flag
        arguments: [{name: x, data_type: boolean}]
        returns: {data_type: boolean}
";

fn overloaded() -> Sandbox {
    Sandbox::new()
        .file("functions/twice.sql", "select x * 2")
        .file("functions/twice_text.sql", "select x || x || '{{ ref('base').identifier }}'")
        .file("functions/twice_flag.sql", "select x")
        .file("functions/all.yml", OVERLOADED)
        .file("models/base.sql", "select 1 as extra")
        .file("models/uses.sql", "select {{ function('twice') }}(5) as a, {{ function('twice') }}('z'::text) as b")
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn overloads_are_made_after_their_function_and_are_none_of_their_own() {
    let shop = overloaded();
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
    TIME  2 of 3 START function shop.twice ............................................... [RUN]
    TIME  Overload 1 of 2 START function twice overload twice_text ................................ [RUN]
    TIME  Overload 1 of 2 OK created function twice overload twice_text ........................... [SUCCESS in 0.00s]
    TIME  Overload 2 of 2 START function twice overload twice_flag ................................ [RUN]
    TIME  Overload 2 of 2 OK created function twice overload twice_flag ........................... [SUCCESS in 0.00s]
    TIME  2 of 3 OK created function shop.twice .......................................... [SUCCESS in 0.00s]
    TIME  3 of 3 START sql view model shop.uses .......................................... [RUN]
    TIME  3 of 3 OK created sql view model shop.uses ..................................... [CREATE VIEW in 0.00s]
    TIME
    TIME  Finished running 1 function, 2 view models in 0 hours 0 minutes and 0.00 seconds (0.00s).
    TIME
    TIME  Completed successfully
    TIME
    TIME  Done. PASS=3 WARN=0 ERROR=0 SKIP=0 NO-OP=0 TOTAL=3
    ");
    assert_eq!(shop.sql("select * from shop.uses"), "10 | zzbase");
    let manifest: serde_json::Value = serde_json::from_str(&shop.read("target/manifest.json")).unwrap();
    assert_eq!(manifest["functions"].as_object().unwrap().len(), 1);
    let function = &manifest["functions"]["function.shop.twice"];
    assert_eq!(function["depends_on"]["nodes"], serde_json::json!(["model.shop.base"]));
    insta::assert_snapshot!(function["overloads"][0], @r#"{"defined_in":"twice_text","arguments":[{"name":"x","data_type":"text","description":null,"default_value":null}],"returns":{"data_type":"text","description":null},"description":"for words","raw_body":"select x || x || '{{ ref('base').identifier }}'","compiled_body":"select x || x || 'base'"}"#);
    let results: serde_json::Value = serde_json::from_str(&shop.read("target/run_results.json")).unwrap();
    let result = results["results"].as_array().unwrap().iter().find(|it| it["unique_id"] == "function.shop.twice");
    let wanted = serde_json::json!({"successful": ["twice_text", "twice_flag"], "failed": []});
    assert_eq!(result.unwrap()["overload_results"], wanted);
    assert_eq!(shop.succeeds("ls -q --resource-type function").stdout, "shop.twice\n");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn an_overload_that_fails_leaves_the_next_and_skips_what_uses_the_function() {
    let shop = overloaded();
    shop.write("functions/twice_text.sql", "select y || '{{ ref('base').identifier }}'");
    let built = shop.kiln("build");
    assert_eq!(built.code, 1);
    insta::assert_snapshot!(built.stdout, @r#"
    TIME  Running with dbt=1.11.16 (kiln 0.1.0)
    TIME  Registered adapter: postgres=1.11.0
    TIME  Found 2 models, MANY macros, 1 function
    TIME
    TIME  Concurrency: 2 threads (target='dev')
    TIME
    TIME  1 of 3 START sql view model shop.base .......................................... [RUN]
    TIME  1 of 3 OK created sql view model shop.base ..................................... [CREATE VIEW in 0.00s]
    TIME  2 of 3 START function shop.twice ............................................... [RUN]
    TIME  Overload 1 of 2 START function twice overload twice_text ................................ [RUN]
    TIME  Overload 1 of 2 ERROR creating function twice overload twice_text: Database Error
      column "y" does not exist  [ERROR in 0.00s]
    TIME  Overload 2 of 2 START function twice overload twice_flag ................................ [RUN]
    TIME  Overload 2 of 2 OK created function twice overload twice_flag ........................... [SUCCESS in 0.00s]
    TIME  2 of 3 OK created function shop.twice .......................................... [PARTIAL SUCCESS in 0.00s]
    TIME  3 of 3 SKIP relation shop.uses ................................................. [SKIP]
    TIME
    TIME  Finished running 1 function, 2 view models in 0 hours 0 minutes and 0.00 seconds (0.00s).
    TIME
    TIME  Completed with 1 partial success and 0 warnings
    TIME
    TIME  Failure in function twice (functions/twice.sql)
    TIME    PARTIAL SUCCESS twice
    TIME
    TIME    compiled code at target/compiled/shop/functions/twice.sql
    TIME
    TIME  Done. PASS=1 WARN=0 ERROR=1 SKIP=1 NO-OP=0 TOTAL=3
    "#);
    shop.write("functions/twice_text.sql", "select x || '{{ ref('base').identifier }}'");
    let again = shop.succeeds("retry").stdout;
    assert!(again.contains("Done. PASS=2 WARN=0 ERROR=0 SKIP=0 NO-OP=0 TOTAL=2"), "{again}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_change_of_an_overload_is_a_change_of_its_function() {
    let shop = overloaded();
    shop.succeeds("parse --target-path before");
    let changed = |what: &str| shop.succeeds(&format!("ls -q --state before -s {what}")).stdout;
    shop.write("functions/all.yml", &OVERLOADED.replace("for words", "for all words"));
    assert_eq!(changed("state:modified"), "");
    shop.write("functions/all.yml", &OVERLOADED.replace("data_type: boolean}\n", "data_type: bool}\n"));
    assert_eq!(changed("state:modified"), "shop.twice\n");
    shop.write("functions/all.yml", OVERLOADED);
    shop.write("functions/twice_flag.sql", "select not x");
    assert_eq!(changed("state:modified"), "shop.twice\n");
    assert_eq!(changed("state:modified.body"), "");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn wrong_overloads_are_refused_when_parsed() {
    let refused = |from: &str, to: &str| {
        let shop = overloaded().file("functions/all.yml", &OVERLOADED.replace(from, to));
        let parsed = shop.kiln("parse");
        assert_eq!(parsed.code, 2, "{}", parsed.stdout);
        let start = parsed.stdout.find("Encountered an error").unwrap_or_default();
        parsed.stdout[start..].trim_end().to_owned()
    };
    insta::assert_snapshot!([
        refused("defined_in: twice_text", "defined_in: twice"),
        refused("defined_in: twice_text", "defined_in: twice_txt"),
        refused("defined_in: twice_flag", "defined_in: twice_text"),
        refused("description: for words", "descriptions: for words"),
        refused("defined_in: twice_flag", "description: none"),
        refused("volatility: deterministic", "volatility: weird"),
        refused("type: scalar", "type: weird"),
    ].join("\n\n"), @r"
    Encountered an error:
              Parsing Error
                Function 'twice' cannot list itself in overloads (defined_in: 'twice')
                 --> functions/all.yml:7:9
                  |
                7 |       - defined_in: twice
                  |         ^

    Encountered an error:
              Parsing Error
                Function overload 'twice_txt' (defined_in) not found: there is no functions/twice_txt.sql
                 --> functions/all.yml:7:9
                  |
                7 |       - defined_in: twice_txt
                  |         ^
                hint: did you mean `twice_text`?

    Encountered an error:
              Parsing Error
                Function overload 'twice_text' (defined_in) is already used by 'function.shop.twice'
                 --> functions/all.yml:11:9
                   |
                11 |       - defined_in: twice_text
                   |         ^
                hint: each file with a body belongs to one function

    Encountered an error:
              Parsing Error
                an overload of function `twice` has a key `descriptions`, which means nothing there
                 --> functions/all.yml:8:9
                  |
                8 |         descriptions: for words
                  |         ^
                hint: did you mean `description`?

    Encountered an error:
              Parsing Error
                an overload of function `twice` has no `defined_in`
                 --> functions/all.yml:11:9
                   |
                11 |       - description: none
                   |         ^
                hint: name the file with its body, without `.sql`

    Encountered an error:
              Parsing Error
                function `twice`: `volatility` must be one of `deterministic`, `stable`, `non-deterministic`, not `weird`
                 --> functions/all.yml:3:40
                  |
                3 |     config: {type: scalar, volatility: weird}
                  |                                        ^

    Encountered an error:
              Parsing Error
                function `twice`: `type` must be one of `scalar`, `aggregate`, `table`, not `weird`
                 --> functions/all.yml:3:20
                  |
                3 |     config: {type: weird, volatility: deterministic}
                  |                    ^
    ");
}
