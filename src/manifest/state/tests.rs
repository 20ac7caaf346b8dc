use serde_json::json;

use super::*;

#[test]
fn a_folder_without_artifacts_is_an_empty_state() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::load(folder.path()).unwrap();
    assert!(state.manifest.is_none() && state.results.is_none() && state.sources.is_none());
}

#[test]
fn artifacts_are_read_as_far_as_they_are_needed() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, content: serde_json::Value| {
        std::fs::write(folder.path().join(name), content.to_string()).unwrap();
    };
    write(
        "manifest.json",
        json!({"metadata": {}, "nodes": {"model.a.b": {
            "resource_type": "model", "database": "d", "schema": null, "alias": "b", "unknown": [1],
            "config": {"materialized": "ephemeral"}, "checksum": {"name": "sha256", "checksum": "00"},
        }}}),
    );
    write("run_results.json", json!({"results": [{"unique_id": "model.a.b", "status": "error", "x": 1}]}));
    write(
        "sources.json",
        json!({"results": [
            {"unique_id": "source.a.b.c", "max_loaded_at": "2026-01-01T00:00:00Z"},
            {"unique_id": "source.a.b.d", "error": "no", "status": "runtime error"},
        ]}),
    );
    let state = State::load(folder.path()).unwrap();
    let node = &state.manifest.unwrap().nodes["model.a.b"];
    assert!(node.is_ephemeral() && node.schema.is_none());
    assert_eq!(state.results.unwrap()["model.a.b"], "error");
    let sources = state.sources.unwrap();
    assert_eq!(sources["source.a.b.c"].as_deref(), Some("2026-01-01T00:00:00Z"));
    assert_eq!(sources["source.a.b.d"], None);
}

#[test]
fn what_is_no_artifact_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("manifest.json"), "{").unwrap();
    let error = State::load(folder.path()).unwrap_err().to_string();
    assert!(error.contains("manifest.json` is no artifact"), "{error}");
}
