//! Contracts: columns and constraints that a table is declared with, and what becomes of them in later runs; and indexes.

use crate::sandbox::Sandbox;

/// Properties of `sales`, with constraints of every type.
const CONTRACT: &str = "\
models:
  - name: sales
    config: {contract: {enforced: true}}
    constraints:
      - {type: check, expression: 'amount > 0', name: positive}
      - {type: unique, columns: [name, amount], name: sold_once}
      - {type: custom, expression: 'exclude using btree (amount with =)', name: apart}
    columns:
      - {name: id, data_type: int, constraints: [{type: not_null}, {type: primary_key}]}
      - {name: name, data_type: string, constraints: [{type: unique}, {type: check, expression: \"name <> 'x'\"}]}
      - {name: amount, data_type: int, constraints: [{type: custom, expression: 'default 7'}]}
";

/// The constraints of a table with their names; the text of the check is that of Postgres.
fn constraints(shop: &Sandbox) -> String {
    shop.sql(
        "select conname, pg_get_constraintdef(oid) from pg_constraint
         where conrelid = 'shop.sales'::regclass and contype <> 'n' order by 1",
    )
}

fn model(config: &str, row: &str) -> String {
    format!("{{{{ config({config}) }}}}\nselect * from (values ({row})) as x (id, name, amount)")
}

fn rows(shop: &Sandbox) -> String {
    shop.sql("select id, name, amount from shop.sales order by id")
}

const DECLARED: &str = "\
apart | EXCLUDE USING btree (amount WITH =)
positive | CHECK ((amount > 0))
sales_name_check | CHECK ((name <> 'x'::text))
sales_name_key | UNIQUE (name)
sales_pkey | PRIMARY KEY (id)
sold_once | UNIQUE (name, amount)";

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_table_has_its_constraints_under_the_same_names_after_every_run() {
    let shop = Sandbox::new()
        .file("models/sales.sql", &model("materialized='table'", "1, 'a', 10"))
        .file("models/sales.yml", CONTRACT);
    for row in ["1, 'a', 10", "2, 'b', 20"] {
        shop.write("models/sales.sql", &model("materialized='table'", row));
        for words in ["run", "run --full-refresh"] {
            shop.succeeds(words);
            assert_eq!(constraints(&shop), DECLARED, "{words}");
        }
    }
    assert_eq!(shop.sql("insert into shop.sales (id) values (3) returning amount"), "7");
    shop.succeeds("run");
    for row in ["null::int, 'c', 30", "3, 'x', 30", "3, 'c', -30"] {
        shop.write("models/sales.sql", &model("materialized='table'", row));
        let failed = shop.kiln("run");
        assert!(failed.code == 1 && failed.says("violates"), "{failed}");
        assert_eq!((rows(&shop), constraints(&shop).as_str()), ("2 | b | 20".into(), DECLARED));
    }
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn an_incremental_table_keeps_its_constraints_and_refuses_a_batch_as_a_whole() {
    let config = "materialized='incremental', unique_key='id', on_schema_change='append_new_columns'";
    let shop = Sandbox::new().file("models/sales.sql", &model(config, "1, 'a', 10")).file("models/sales.yml", CONTRACT);
    shop.succeeds("run");
    shop.write("models/sales.sql", &model(config, "2, 'b', 20"));
    shop.succeeds("run");
    assert_eq!((rows(&shop).as_str(), constraints(&shop).as_str()), ("1 | a | 10\n2 | b | 20", DECLARED));
    shop.write("models/sales.sql", &model(config, "1, 'c', 30), (3, 'c', 31"));
    let failed = shop.kiln("run");
    assert!(failed.code == 1 && failed.says("sales_name_key"), "{failed}");
    shop.write("models/sales.sql", &model(config, "1, 'c', 30), (3, 'd', -1"));
    let failed = shop.kiln("run");
    assert!(failed.code == 1 && failed.says("positive"), "{failed}");
    assert_eq!(rows(&shop), "1 | a | 10\n2 | b | 20");
    shop.write("models/sales.sql", &model(config, "4, 'e', 40"));
    shop.succeeds("run --full-refresh");
    assert_eq!((rows(&shop).as_str(), constraints(&shop).as_str()), ("4 | e | 40", DECLARED));
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn a_contract_on_a_view_is_compared_before_the_view_changes() {
    let shop = Sandbox::new()
        .file("models/sales.sql", &model("materialized='view'", "1, 'a'::text, 10"))
        .file("models/sales.yml", CONTRACT);
    shop.succeeds("run");
    shop.write("models/sales.sql", &model("materialized='view'", "2, 'a'::text, 'many'::text"));
    let failed = shop.kiln("run");
    assert!(failed.code == 1 && failed.says("data type mismatch"), "{failed}");
    assert!(failed.says("| amount") && failed.says("TEXT") && failed.says("INTEGER"), "{failed}");
    assert_eq!(rows(&shop), "1 | a | 10");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn the_order_of_the_yaml_is_that_of_the_table() {
    let shop = Sandbox::new()
        .file("models/sales.sql", "{{ config(materialized='table') }} select 10 as amount, 'a' as name, 1 as id")
        .file("models/sales.yml", CONTRACT);
    shop.succeeds("run");
    assert_eq!(shop.sql("select * from shop.sales"), "1 | a | 10");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn contracts_that_cannot_be_kept_are_told_at_parsing() {
    let parsed = |config: &str, properties: &str| {
        let shop = Sandbox::new()
            .file("models/sales.sql", &format!("{{{{ config({config}) }}}} select 1 as id"))
            .file("models/sales.yml", &format!("models: [{{name: sales, {properties}}}]\n"));
        let output = shop.kiln("parse");
        let told = output.stdout.lines().find(|line| line.contains("`sales`:"));
        format!("{} {}", output.code, told.unwrap_or_default().trim()).trim().to_owned()
    };
    let column = |constraints: &str| {
        format!(
            "config: {{contract: {{enforced: true}}}}, columns: [{{name: id, data_type: int, constraints: [{constraints}]}}]"
        )
    };
    let told = [
        parsed("materialized='incremental'", &column("")),
        parsed("materialized='incremental', on_schema_change='fail'", &column("")),
        parsed("materialized='table'", &column("{type: NOT_NULL}")),
        parsed("materialized='table'", "constraints: [{expression: 'id > 0'}]"),
        parsed(
            "materialized='table'",
            &format!("{}, constraints: [{{type: primary_key, columns: [id]}}]", column("{type: primary_key}")),
        ),
        parsed("materialized='table'", "config: {contract: {enforced: true}}"),
        parsed("materialized='table'", "config: {contract: true}"),
        parsed("materialized='ephemeral'", &column("")),
    ];
    insta::assert_snapshot!(told.join("\n"), @r"
    2 model `sales`: Invalid value for on_schema_change: ignore. Models materialized as incremental with contracts enabled must set on_schema_change to 'append_new_columns' or 'fail'
    0
    2 model `sales`: Invalid constraint type on column id: use `check`, `not_null`, `unique`, `primary_key`, `foreign_key`, `custom`
    2 model `sales`: Invalid constraint type on the model: use `check`, `not_null`, `unique`, `primary_key`, `foreign_key`, `custom`
    2 model `sales`: Primary key constraint error: 1 at the model level and 1 at the column level. A table has one primary key, defined at the model level or at one column
    2 model `sales`: Constraints must be defined in a `yml` schema configuration file like `schema.yml`: it has an enforced contract and no columns
    2 model `sales`: `contract` must be a mapping, not `true`
    0
    ");
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn everything_that_stores_rows_has_its_indexes_after_every_run() {
    let indexes = "indexes=[{'columns': ['id'], 'unique': true}, {'columns': ['amount', 'id']}, {'columns': ['id'], 'type': 'hash'}]";
    let shop = Sandbox::new()
        .file("dbt_project.yml", "name: shop\nversion: '1.0'\nprofile: shop\nseeds: {+indexes: [{columns: [id], unique: true}, {columns: [amount, id]}, {columns: [id], type: hash}]}\n")
        .file("seeds/raw.csv", "id,amount\n1,10\n2,20\n")
        .file("models/plain.sql", &format!("{{{{ config(materialized='table', {indexes}) }}}} select * from {{{{ ref('raw') }}}}"))
        .file("models/added.sql", &format!("{{{{ config(materialized='incremental', unique_key='id', {indexes}) }}}} select * from {{{{ ref('raw') }}}}"))
        .file("models/stored.sql", &format!("{{{{ config(materialized='materialized_view', {indexes}) }}}} select * from {{{{ ref('raw') }}}}"))
        .file("models/seen.sql", &format!("{{{{ config(materialized='view', {indexes}) }}}} select * from {{{{ ref('raw') }}}}"))
        .file("snapshots/kept.sql", &format!("{{% snapshot kept %}}{{{{ config(unique_key='id', strategy='check', check_cols='all', {indexes}) }}}} select * from {{{{ ref('raw') }}}}{{% endsnapshot %}}"));
    let there = "select tablename, string_agg(what, ', ' order by what) from (
                   select tablename, regexp_replace(indexdef, '^CREATE (UNIQUE )?INDEX .* USING ', '\\1') as what
                   from pg_indexes where schemaname = 'shop') as x group by 1 order by 1";
    for words in ["build", "build", "build --full-refresh", "build"] {
        shop.succeeds(words);
        insta::allow_duplicates! {
            insta::assert_snapshot!(shop.sql(there), @r"
            added | UNIQUE btree (id), btree (amount, id), hash (id)
            kept | UNIQUE btree (id), btree (amount, id), hash (id)
            plain | UNIQUE btree (id), btree (amount, id), hash (id)
            raw | UNIQUE btree (id), btree (amount, id), hash (id)
            stored | UNIQUE btree (id), btree (amount, id), hash (id)
            ");
        }
    }
}

#[test]
#[cfg_attr(not(kiln_database), ignore = "no PostgreSQL")]
fn an_index_that_cannot_be_made_leaves_the_old_table() {
    let model =
        |config: &str, id: u32| format!("{{{{ config(materialized='table', indexes={config}) }}}} select {id} as id");
    let shop = Sandbox::new().file("models/sales.sql", &model("[{'columns': ['id']}]", 1));
    shop.succeeds("run");
    for config in
        ["[{'columns': ['nothing']}]", "[{'columns': ['id'], 'type': 'nonsense'}]", "[{'unique': true}]", "['id']"]
    {
        shop.write("models/sales.sql", &model(config, 2));
        let failed = shop.kiln("run");
        assert_eq!(failed.code, 1, "{config}\n{failed}");
        assert_eq!(shop.sql("select id from shop.sales"), "1");
        assert_eq!(shop.sql("select count(*) from pg_indexes where schemaname = 'shop'"), "1");
    }
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn tables_that_a_foreign_key_ties_without_a_ref_are_built_at_once() {
    let shop = Sandbox::new()
        .file("models/parent.sql", "{{ config(materialized='table') }} select 1 as id")
        .file("models/child.sql", "{{ config(materialized='table') }} select 1 as id")
        .file(
            "models/all.yml",
            "models:
  - name: parent
    config: {contract: {enforced: true}}
    columns: [{name: id, data_type: int, constraints: [{type: primary_key}]}]
  - name: child
    config: {contract: {enforced: true}}
    constraints: [{type: foreign_key, columns: [id], expression: 'shop.parent (id)'}]
    columns: [{name: id, data_type: int}]
",
        );
    shop.succeeds("run -s parent");
    for _ in 0..5 {
        shop.succeeds("run");
    }
}
