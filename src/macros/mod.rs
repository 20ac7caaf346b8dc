//! The built-in macro library: naming rules, materializations, tests and everything they call, as dbt's users know them.
//!
//! A file is found by the name a user would search for. What is Postgres' own stands in `postgres/` and makes up the
//! package `dbt_postgres`; all else is the package `dbt`.

macro_rules! files {
    ($($package:literal: $($path:literal)+;)+) => {
        &[$($(($package, concat!("macros/", $path), include_str!($path)),)+)+]
    };
}

/// Every file: its package, its path inside the package, its text; `dbt` first.
pub const FILES: &[(&str, &str, &str)] = files! {
    "dbt":
        "catalog.sql"
        "columns/alter_columns.sql"
        "columns/contract.sql"
        "columns/get_columns_in_query.sql"
        "columns/get_columns_in_relation.sql"
        "configs.sql"
        "freshness.sql"
        "grants.sql"
        "hooks.sql"
        "incremental/columns.sql"
        "incremental/is_incremental.sql"
        "incremental/merge.sql"
        "incremental/on_schema_change.sql"
        "incremental/strategies.sql"
        "materializations/incremental.sql"
        "materializations/materialized_view.sql"
        "materializations/seed.sql"
        "materializations/snapshot.sql"
        "materializations/table.sql"
        "materializations/test.sql"
        "materializations/view.sql"
        "names/generate_alias_name.sql"
        "names/generate_database_name.sql"
        "names/generate_schema_name.sql"
        "names/suffixed_names.sql"
        "persist_docs.sql"
        "relations/build_aside.sql"
        "relations/create.sql"
        "relations/create_materialized_view.sql"
        "relations/create_table.sql"
        "relations/create_view.sql"
        "relations/drop.sql"
        "relations/indexes.sql"
        "relations/load_relation.sql"
        "relations/rename.sql"
        "relations/replace.sql"
        "relations/schema.sql"
        "relations/truncate.sql"
        "seeds/csv_table.sql"
        "seeds/insert_parameters.sql"
        "show.sql"
        "snapshots/build_snapshot_table.sql"
        "snapshots/columns.sql"
        "snapshots/snapshot_merge.sql"
        "snapshots/snapshot_staging_table.sql"
        "snapshots/strategies.sql"
        "statement.sql"
        "tests/accepted_values.sql"
        "tests/get_test_sql.sql"
        "tests/get_where_subquery.sql"
        "tests/not_null.sql"
        "tests/relationships.sql"
        "tests/unique.sql"
        "timestamps.sql";
    "dbt_postgres":
        "postgres/catalog.sql"
        "postgres/create_materialized_view.sql"
        "postgres/create_table.sql"
        "postgres/drop.sql"
        "postgres/get_columns_in_relation.sql"
        "postgres/grants.sql"
        "postgres/indexes.sql"
        "postgres/persist_docs.sql"
        "postgres/rename.sql"
        "postgres/replace.sql"
        "postgres/schema.sql"
        "postgres/snapshot_merge.sql"
        "postgres/strategies.sql"
        "postgres/suffixed_names.sql"
        "postgres/timestamps.sql";
};
