"""Reads the artifacts of a project with the packages that other tools read them with.

    read_artifacts.py PROJECT_FOLDER

The folder holds a project that kiln has built, with `target/`. Ends with 1 and a line for each mistake.
"""

import json
import os
import sys
import tempfile
from pathlib import Path

# Airflow makes its folder when it is imported, and neither of the two may tell anyone of it.
os.environ.setdefault("AIRFLOW_HOME", tempfile.mkdtemp(prefix="kiln-airflow-"))
os.environ.setdefault("DAGSTER_DISABLE_TELEMETRY", "yes")
os.environ.setdefault("DO_NOT_TRACK", "true")

PROJECT = Path(sys.argv[1]).resolve()
TARGET = PROJECT / "target"
WRONG = []


def expect(is_right, words):
    """Notes a mistake, in words, unless `is_right`."""
    if not is_right:
        WRONG.append(words)


def artifact(name):
    return json.loads((TARGET / name).read_text())


def schemas():
    """Each artifact has the fields and types of its schema, as far as the parser's classes state them."""
    from dbt_artifacts_parser import parser

    readers = {
        "manifest.json": parser.parse_manifest_v12,
        "run_results.json": parser.parse_run_results_v6,
        "catalog.json": parser.parse_catalog_v1,
        "sources.json": parser.parse_sources_v3,
    }
    for name, read in readers.items():
        try:
            parsed = read(artifact(name))
        except Exception as error:  # Whatever a reader throws is what a user of it would see.
            WRONG.append(f"{name}: {error}")
            continue
        keys = artifact(name).keys()
        expect(all(hasattr(parsed, key) for key in keys), f"{name}: the parser does not know all of {sorted(keys)}")


def dagster():
    """Dagster makes an asset of each model, seed and snapshot, with what it depends on, and checks of tests."""
    from dagster import AssetKey
    from dagster_dbt import dbt_assets

    manifest = artifact("manifest.json")

    @dbt_assets(manifest=manifest)
    def assets():
        yield from ()

    nodes = manifest["nodes"].values()
    wanted = {node["alias"] for node in nodes if node["resource_type"] in ("model", "seed", "snapshot")}
    found = {key.path[-1] for key in assets.keys}
    expect(found == wanted, f"dagster: {sorted(found)} are its assets, not {sorted(wanted)}")
    upstream = {key.path[-1] for key in assets.asset_deps[AssetKey(["orders"])]}
    expect(upstream == {"raw_orders"}, f"dagster: `orders` stands on {sorted(upstream)}")
    checks = {spec.name for spec in assets.check_specs}
    expect("unique_orders_id" in checks, f"dagster: {sorted(checks)} are its checks")


def cosmos():
    """Cosmos loads the manifest as a graph of tasks, with resource types, tags and dependencies."""
    from cosmos.config import ExecutionConfig, ProfileConfig, ProjectConfig, RenderConfig
    from cosmos.constants import ExecutionMode, LoadMode
    from cosmos.dbt.graph import DbtGraph

    graph = DbtGraph(
        project=ProjectConfig(
            dbt_project_path=PROJECT, manifest_path=TARGET / "manifest.json", project_name="shop"
        ),
        profile_config=ProfileConfig(
            profile_name="shop", target_name="dev", profiles_yml_filepath=PROJECT / "profiles.yml"
        ),
        render_config=RenderConfig(dbt_project_path=PROJECT, load_method=LoadMode.DBT_MANIFEST),
        execution_config=ExecutionConfig(dbt_project_path=PROJECT, execution_mode=ExecutionMode.LOCAL),
    )
    graph.load(method=LoadMode.DBT_MANIFEST, execution_mode=ExecutionMode.LOCAL)
    orders = graph.nodes.get("model.shop.orders")
    expect(orders is not None, f"cosmos: no orders among {sorted(graph.nodes)}")
    if orders is not None:
        expect(orders.depends_on == ["seed.shop.raw_orders"], f"cosmos: orders stands on {orders.depends_on}")
        expect(orders.tags == ["mart"], f"cosmos: the tags of orders are {orders.tags}")
        expect(orders.has_test, "cosmos: orders has no test")


def listing():
    """The lines of `ls --output json` are what Cosmos reads where it has no manifest."""
    from cosmos.dbt.graph import parse_dbt_ls_output

    nodes = parse_dbt_ls_output(PROJECT, (PROJECT / "ls.txt").read_text())
    orders = nodes.get("model.shop.orders")
    expect(orders is not None and orders.depends_on == ["seed.shop.raw_orders"], f"cosmos: ls gives {sorted(nodes)}")


def events():
    """Dagster turns the lines of the JSON log into results of assets and checks."""
    from dagster import AssetCheckEvaluation, AssetCheckResult, AssetMaterialization, Output
    from dagster_dbt import DagsterDbtTranslator
    from dagster_dbt.core.dbt_cli_event import DbtCoreCliEventMessage

    lines = [json.loads(line) for line in (PROJECT / "build.jsonl").read_text().splitlines()]
    names = [line["info"]["name"] for line in lines]
    for name in ("MainReportVersion", "LogModelResult", "LogTestResult", "NodeFinished", "CommandCompleted"):
        expect(name in names, f"log: no {name}")
    manifest = artifact("manifest.json")
    told = []
    for line in lines:
        message = DbtCoreCliEventMessage(raw_event=line, event_history_metadata={})
        if message.is_result_event:
            told.extend(message.to_default_asset_events(manifest=manifest, dagster_dbt_translator=DagsterDbtTranslator()))
    made = {event.metadata["unique_id"].value for event in told if isinstance(event, (AssetMaterialization, Output))}
    expect("model.shop.orders" in made, f"dagster: the log says that {sorted(made)} were made")
    checked = {event.check_name for event in told if isinstance(event, (AssetCheckEvaluation, AssetCheckResult))}
    expect("unique_orders_id" in checked, f"dagster: the log says that {sorted(checked)} were checked")


for check in (schemas, dagster, cosmos, listing, events):
    try:
        check()
    except Exception as error:
        WRONG.append(f"{check.__name__}: {type(error).__name__}: {error}")
for words in WRONG:
    print(words)
print(f"{len(WRONG)} mistakes")
sys.exit(1 if WRONG else 0)
