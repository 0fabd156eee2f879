"""A company without any source still gets every model, empty and typed, and the rules hold in unit tests."""

import json

import duckdb

from tests.support.warehouse import Warehouse


def _models(warehouse: Warehouse) -> dict[str, str]:
    nodes = warehouse.manifest.nodes.values() if warehouse.manifest else ()
    return {node.name: node.schema for node in nodes if str(node.resource_type) == "model"}


def test_every_model_is_built_in_its_schema(empty_warehouse: Warehouse) -> None:
    built = dict(
        empty_warehouse.rows(
            "select table_name, table_schema from information_schema.tables"
            " where table_schema in ('staging', 'intermediate', 'marts')"
        )
    )
    models = _models(empty_warehouse)
    assert {name: built.get(name) for name in models} == models
    assert len(models) >= 40


def test_no_other_schema_appears(empty_warehouse: Warehouse) -> None:
    schemas = {name for (name,) in empty_warehouse.rows("select distinct schema_name from duckdb_tables()")}
    assert schemas == {"intermediate", "marts", "ml", "ops"}


def test_only_the_calendar_of_the_overview_has_rows(empty_warehouse: Warehouse) -> None:
    filled = [
        name
        for name, schema in _models(empty_warehouse).items()
        if schema != "staging" and empty_warehouse.rows(f"select count(*) from {schema}.{name}") != [(0,)]
    ]
    assert filled == ["mart_overview_month"]
    newest = empty_warehouse.row("select * from marts.mart_overview_month order by period_on desc limit 1")
    assert (newest["milestone_due_count"], newest["milestone_on_time_share"]) == (0, None)
    assert newest["purchase_otif_share"] is None


def test_rules_of_the_figures_hold(empty_warehouse: Warehouse) -> None:
    # dbt finds the tables of unit tests in a whole parse only, not in one carried on from an earlier state.
    empty_warehouse.manifest = None
    empty_warehouse.dbt("test", "--select", "test_type:unit")
    assert len(empty_warehouse.results) >= 10


def test_the_build_file_is_free_after_a_build(empty_warehouse: Warehouse) -> None:
    with duckdb.connect(str(empty_warehouse.build_file)) as con:
        assert con.execute("select count(*) from ops.build_context").fetchone() == (1,)


def test_no_usage_is_reported(empty_warehouse: Warehouse) -> None:
    written = json.loads(
        (empty_warehouse.build_file.parent / "target" / "run_results.json").read_text("utf-8")
    )
    assert written["args"]["send_anonymous_usage_stats"] is False
