//! kiln as the parser of dbt 1.12: what `dbt --use-v2-parser --v2-parser "kiln parse"` asks of it.

use serde_json::Value;

use crate::sandbox::Sandbox;

/// What dbt adds to the command, after the options of the user.
const ADDED: &str =
    "--target-path handoff --invocation-id 0b1c2d3e-0000-4000-8000-000000000000 --log-format otel --log-level-file off";

/// The lines on stdout; each must be a record that dbt reads, else it would print it as it is.
fn records(stdout: &str) -> Vec<(u64, String)> {
    let record = |line: &str| {
        let record: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&record["record_type"], record["attributes"].is_object()), (&"LogRecord".into(), true));
        assert_eq!(record["event_type"], "v1.public.events.fusion.log.LogMessage");
        (record["severity_number"].as_u64().unwrap(), record["body"].as_str().unwrap().to_owned())
    };
    stdout.lines().map(record).collect()
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn dbt_is_handed_both_manifests_and_records_to_tell() {
    let shop = Sandbox::new()
        .file("models/a.sql", "select '{{ var(\"x\") }}' as id")
        .file("models/a.yml", "models: [{name: a}, {name: nothing}]\n");
    let output = shop.succeeds(&format!("parse --vars '{{x: y}}' {ADDED}"));
    let told = records(&output.stdout);
    assert!(told.iter().any(|(level, text)| *level == 9 && text.starts_with("Running with dbt=")), "{output}");
    let warning = told.iter().find(|(level, _)| *level == 13).unwrap();
    assert!(warning.1.starts_with("Did not find matching node for patch with name 'nothing'"), "{output}");
    let manifest: Value = serde_json::from_str(&shop.read("handoff/manifest.json")).unwrap();
    assert_eq!(manifest["metadata"]["invocation_id"], "0b1c2d3e-0000-4000-8000-000000000000");
    assert_eq!(manifest["nodes"]["model.shop.a"]["raw_code"], "select '{{ var(\"x\") }}' as id");
    assert!(shop.read("handoff/semantic_manifest.json").contains("project_configuration"));
    assert!(!shop.path().join("logs").exists() && !shop.path().join("target").exists());
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn mistakes_are_records_and_an_exit_code() {
    let shop = Sandbox::new().file("models/a.sql", "select * from {{ ref('nothing') }}");
    let output = shop.kiln(&format!("parse {ADDED}"));
    assert_eq!(output.code, 2, "{output}");
    let told = records(&output.stdout);
    assert!(told.iter().any(|(level, text)| *level == 17 && text.contains("nothing")), "{output}");
}
