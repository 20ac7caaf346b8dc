//! Semantic models, metrics and saved queries: parsed, checked and handed on.

use serde_json::Value;

use crate::sandbox::Sandbox;

const SPINE: &str = "models:\n  - name: days\n    time_spine: {standard_granularity_column: day}\n    \
    columns: [{name: day, granularity: day}]\n";

const ORDERS: &str = "semantic_models:\n  - name: order_facts\n    model: ref('orders')\n    \
    defaults: {agg_time_dimension: at}\n    config: {meta: {of: model}}\n    \
    entities: [{name: order_id, type: primary, expr: id}]\n    \
    dimensions: [{name: at, type: time, type_params: {time_granularity: day}, description: \"{{ doc('moment') }}\"}]\n    \
    measures: [{name: order_count, agg: count, expr: id}, {name: order_sum, agg: sum, expr: id, create_metric: true}]\n";

fn shop(more: &str) -> Sandbox {
    Sandbox::new()
        .file("models/orders.sql", "select 1 as id, current_date as at\n")
        .file("models/days.sql", "select current_date as day\n")
        .file("models/docs.md", "{% docs moment %}When it was ordered.{% enddocs %}\n")
        .file("models/semantic.yml", &format!("{SPINE}{ORDERS}{more}"))
}

fn artifact(shop: &Sandbox, name: &str) -> Value {
    serde_json::from_str(&shop.read(&format!("target/{name}"))).unwrap()
}

/// The words that name what is wrong.
fn refusal(more: &str) -> String {
    let told = shop(more).kiln("parse").to_string();
    assert!(told.contains("exit code: 2"), "{told}");
    let lines: Vec<&str> =
        told.lines().skip_while(|line| !line.contains("Error\n") && !line.ends_with(" Error")).collect();
    lines.get(1).map(|line| line.trim().to_owned()).unwrap_or_default()
}

const METRICS: &str = "metrics:\n  - {name: orders, label: Orders, type: simple, type_params: {measure: order_count}}\n  \
    - {name: share, label: Share, type: ratio, type_params: {numerator: orders, denominator: order_sum}, \
    config: {group: sales}, filter: \"{{ Dimension('order_id__at') }} > '2024-01-01'\"}\n  \
    - {name: week, label: Week, type: cumulative, type_params: {measure: order_count, cumulative_type_params: {window: 7 days}}}\n\
    groups: [{name: sales, owner: {name: a}}]\n\
    saved_queries:\n  - name: weekly\n    config: {group: sales}\n    query_params: {metrics: [share], group_by: [\"TimeDimension('metric_time', 'day')\"]}\n    \
    exports: [{name: table_of_weeks, config: {export_as: table}}]\n\
    exposures:\n  - {name: board, type: dashboard, owner: {email: a@b.org}, depends_on: [\"metric('share')\"]}\n";

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn metrics_need_measures_and_metrics_and_are_needed_by_saved_queries() {
    let shop = shop(METRICS);
    shop.succeeds("parse");
    let manifest = artifact(&shop, "manifest.json");
    let parents = |id: &str| manifest["parent_map"][id].to_string();
    assert_eq!(parents("semantic_model.shop.order_facts"), r#"["model.shop.orders"]"#);
    assert_eq!(parents("metric.shop.orders"), r#"["semantic_model.shop.order_facts"]"#);
    assert_eq!(parents("metric.shop.share"), r#"["metric.shop.order_sum","metric.shop.orders"]"#);
    assert_eq!(parents("saved_query.shop.weekly"), r#"["metric.shop.share"]"#);
    assert_eq!(parents("exposure.shop.board"), r#"["metric.shop.share"]"#);
    let share = &manifest["metrics"]["metric.shop.share"];
    insta::assert_snapshot!(share["filter"], @r#"{"where_filters":[{"where_sql_template":"{{ Dimension('order_id__at') }} > '2024-01-01'"}]}"#);
    let inputs = share["type_params"]["input_measures"].as_array().unwrap();
    assert_eq!(inputs.iter().map(|it| it["name"].as_str().unwrap()).collect::<Vec<_>>(), ["order_count", "order_sum"]);
    insta::assert_snapshot!(manifest["metrics"]["metric.shop.week"]["type_params"]["cumulative_type_params"], @r#"{"window":{"count":7,"granularity":"day"},"grain_to_date":null,"period_agg":"first","metric":null}"#);
    assert_eq!(manifest["metrics"]["metric.shop.order_sum"]["description"], "Metric created from measure order_sum");
    let model = &manifest["semantic_models"]["semantic_model.shop.order_facts"];
    insta::assert_snapshot!(model["dimensions"][0], @r#"{"name":"at","type":"time","description":"When it was ordered.","label":null,"is_partition":false,"type_params":{"time_granularity":"day","validity_params":null},"expr":null,"metadata":null,"config":{"meta":{"of":"model"}}}"#);
    assert_eq!(model["node_relation"]["alias"], "orders");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn the_semantic_manifest_holds_the_same_for_engines_of_metrics() {
    let shop = shop(METRICS);
    shop.succeeds("parse");
    let semantic = artifact(&shop, "semantic_manifest.json");
    insta::assert_snapshot!(semantic["metrics"][0], @r#"{"name":"orders","description":"","type":"simple","type_params":{"measure":{"name":"order_count","filter":null,"alias":null,"join_to_timespine":false,"fill_nulls_with":null},"numerator":null,"denominator":null,"expr":null,"window":null,"grain_to_date":null,"metrics":[],"conversion_type_params":null,"cumulative_type_params":null,"input_measures":[{"name":"order_count","filter":null,"alias":null,"join_to_timespine":false,"fill_nulls_with":null}]},"filter":null,"metadata":null,"label":"Orders","config":{"meta":{}},"time_granularity":null}"#);
    insta::assert_snapshot!(semantic["saved_queries"][0]["exports"], @r#"[{"name":"table_of_weeks","config":{"export_as":"table","schema_name":"shop","alias":"table_of_weeks"}}]"#);
    assert_eq!(semantic["project_configuration"]["time_spines"][0]["primary_column"]["name"], "day");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn the_semantic_layer_is_listed_selected_and_passed_by_when_building() {
    let shop = shop(METRICS);
    let list = shop.succeeds("ls --resource-type metric saved_query semantic_model").to_string();
    let listed: Vec<&str> =
        list.lines().filter(|line| line.contains(':') && line.contains(".shop") || line.contains("shop.")).collect();
    insta::assert_snapshot!(listed.join("\n"), @r"
    metric:shop.order_sum
    metric:shop.orders
    metric:shop.share
    metric:shop.week
    saved_query:shop.weekly
    semantic_model:shop.order_facts
    ");
    let above = shop.succeeds("ls --select +metric:share --output name").to_string();
    assert!(
        above.contains("\norders\n") && above.contains("\norder_facts\n") && !above.contains("\nweekly\n"),
        "{above}"
    );
    let of_group = shop.succeeds("ls --select group:sales config.group:sales --output name").to_string();
    assert!(of_group.contains("\nshare\n") && !of_group.contains("weekly"), "{of_group}");
    let built = shop.succeeds("build").to_string();
    assert!(built.contains("NO-OP saved_query weekly"), "{built}");
    let results = artifact(&shop, "run_results.json");
    let of = |id: &str| results["results"].as_array().unwrap().iter().find(|it| it["unique_id"] == id).unwrap().clone();
    assert_eq!(of("saved_query.shop.weekly")["status"], "no-op");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn mistakes_in_the_semantic_layer_are_refused_in_dbts_words() {
    let refused = |metric: &str| refusal(&format!("metrics:\n  - {{name: it, label: It, {metric}}}\n"));
    let told = [
        refused("type: simple, type_params: {measure: nothing}"),
        refused("type: ratio, type_params: {numerator: nothing, denominator: order_sum}"),
        refused("type: ration, type_params: {measure: order_count}"),
        refused("type: derived, type_params: {metrics: [order_sum]}"),
        refusal("metrics:\n  - {name: it, type: simple, type_params: {measure: order_count}}\n"),
        refusal("metrics:\n  - {name: It, label: It, type: simple, type_params: {measure: order_count}}\n")
            .chars()
            .take(60)
            .collect(),
        refusal("saved_queries:\n  - {name: saved, query_params: {metrics: [nothing]}}\n"),
        refusal(
            "exposures:\n  - {name: board, type: dashboard, owner: {email: a@b.org}, depends_on: [\"metric('nothing')\"]}\n",
        ),
    ];
    insta::assert_snapshot!(told.join("\n"), @r"
    A semantic model having a measure `nothing` does not exist but was referenced.
    The metric `nothing` does not exist but was referenced by metric `it`.
    `ration` is no type of a metric
    No `expr` set for derived metric it. Please add an `expr` that references all input metrics.
    metric `it` has no `label`, which must be a text
    Invalid name `It` - names may only contain lower case letter
    Saved_Query 'saved_query.shop.saved' (models/semantic.yml) depends on a metric named 'nothing' which was not found
    Exposure 'exposure.shop.board' (models/semantic.yml) depends on a metric named 'nothing' which was not found
    ");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn models_may_hold_their_semantic_model_and_metrics() {
    let shop = Sandbox::new()
        .file("models/orders.sql", "select 1 as id, current_date as at\n")
        .file("models/days.sql", "select current_date as day\n")
        .file(
            "models/models.yml",
            "models:\n  - name: orders\n    semantic_model: {name: order_facts, config: {meta: {of: model}}}\n    \
             agg_time_dimension: at\n    \
             columns:\n      - {name: id, entity: {type: primary, name: order_id}}\n      \
             - {name: at, granularity: day, dimension: time}\n    \
             derived_semantics: {dimensions: [{name: is_first, type: categorical, expr: id = 1}]}\n    \
             metrics:\n      - {name: order_count, type: simple, label: Orders, agg: count, expr: id, hidden: true}\n      \
             - {name: week, type: cumulative, label: Week, input_metric: order_count, window: 7 days}\n  \
             - name: days\n    time_spine: {standard_granularity_column: day}\n    columns: [{name: day, granularity: day}]\n\
             metrics:\n  - {name: twice, type: derived, label: Twice, expr: order_count * 2, input_metrics: [order_count]}\n",
        );
    let told = shop.succeeds("parse").to_string();
    assert!(!told.contains("WARNING"), "{told}");
    let manifest = artifact(&shop, "manifest.json");
    let model = &manifest["semantic_models"]["semantic_model.shop.order_facts"];
    insta::assert_snapshot!(model["entities"], @r#"[{"name":"order_id","type":"primary","description":"","label":null,"role":null,"expr":"id","config":{"meta":{"of":"model"}}}]"#);
    let dimensions = model["dimensions"].as_array().unwrap();
    assert_eq!(dimensions.iter().map(|it| it["name"].as_str().unwrap()).collect::<Vec<_>>(), ["at", "is_first"]);
    assert_eq!(dimensions[0]["type_params"]["time_granularity"], "day");
    let params = |name: &str| &manifest["metrics"][format!("metric.shop.{name}")]["type_params"];
    insta::assert_snapshot!(params("order_count")["metric_aggregation_params"], @r#"{"semantic_model":"order_facts","agg":"count","agg_params":{"percentile":null,"use_discrete_percentile":false,"use_approximate_percentile":false},"agg_time_dimension":"at","non_additive_dimension":null}"#);
    assert_eq!(params("order_count")["is_private"], true);
    assert_eq!(params("week")["cumulative_type_params"]["metric"]["name"], "order_count");
    let parents = |id: &str| manifest["parent_map"][id].to_string();
    assert_eq!(parents("metric.shop.order_count"), r#"["semantic_model.shop.order_facts"]"#);
    assert_eq!(parents("metric.shop.week"), r#"["metric.shop.order_count"]"#);
    assert_eq!(parents("metric.shop.twice"), r#"["metric.shop.order_count"]"#);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn templates_that_no_engine_can_read_are_refused() {
    let metric = |more: &str| {
        refusal(&format!(
            "metrics:\n  - {{name: few, label: F, type: simple, type_params: {{measure: order_count}}, {more}}}\n"
        ))
    };
    let told = metric(r#"filter: "{{ Dimension('at') }} > 1""#);
    assert!(told.contains("filter of metric `few`") && told.contains("incorrect format: 'at'"), "{told}");
    assert!(metric(r#"filter: "{{ var('x') }} = 1""#).contains("undefined"));
    let queries =
        "saved_queries: [{name: weekly, query_params: {metrics: [order_sum], group_by: [\"Dimension('at')\"]}}]\n";
    assert!(refusal(queries).contains("group-by in saved query `weekly`"));
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_cumulative_metric_has_one_window_of_a_known_grain() {
    let cumulative = |params: &str| {
        format!(
            "metrics:\n  - {{name: few, label: F, type: cumulative, type_params: {{measure: order_count, {params}}}}}\n"
        )
    };
    let refused = |params: &str| refusal(&cumulative(&format!("cumulative_type_params: {{{params}}}")));
    assert!(refused("window: 7 days, grain_to_date: month").starts_with("Both window and grain_to_date set"));
    assert_eq!(refused("window: 7 moons"), "Invalid time granularity 'moons' in window: '7 moons'");
    assert_eq!(refused("grain_to_date: moon"), "Invalid time granularity found in `grain_to_date`: 'moon'.");
    let old = shop(&cumulative("window: 7 days"));
    let told = old.succeeds("parse");
    assert!(told.says("- MFCumulativeTypeParamsDeprecation: 1 occurrence"), "{told}");
    let project = old.read("dbt_project.yml");
    old.write("dbt_project.yml", &format!("{project}flags: {{require_nested_cumulative_type_params: true}}\n"));
    let told = old.kiln("parse");
    assert!(told.code == 2 && told.says("Invalid metrics: few."), "{told}");
}
