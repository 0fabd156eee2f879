"""What a refresh has to build again: all that is downstream, through dbt and forecasts alike."""

from pipelines.lineage import downstream

MANIFEST = {
    "sources": {
        "source.raw_readings": {"name": "raw_readings"},
        "source.raw_orders": {"name": "raw_orders"},
        "source.ml_demand": {"name": "ml_demand"},
    },
    "nodes": {
        "model.stg_readings": {
            "name": "stg_readings",
            "resource_type": "model",
            "depends_on": {"nodes": ["source.raw_readings"]},
        },
        "model.fct_reading": {
            "name": "fct_reading",
            "resource_type": "model",
            "depends_on": {"nodes": ["model.stg_readings"]},
        },
        "model.fct_order": {
            "name": "fct_order",
            "resource_type": "model",
            "depends_on": {"nodes": ["source.raw_orders"]},
        },
        "model.mart_demand": {
            "name": "mart_demand",
            "resource_type": "model",
            "depends_on": {"nodes": ["source.ml_demand", "model.fct_order"]},
        },
        "test.key": {
            "name": "key",
            "resource_type": "test",
            "depends_on": {"nodes": ["model.fct_reading"]},
        },
    },
}
FORECASTS = {"ml_demand": ["fct_order"]}


def test_models_follow_models() -> None:
    assert downstream(MANIFEST, FORECASTS, ["raw_readings"]) == {"stg_readings", "fct_reading"}


def test_forecasts_stand_between_facts_and_marts() -> None:
    assert downstream(MANIFEST, FORECASTS, ["raw_orders"]) == {"fct_order", "ml_demand", "mart_demand"}


def test_nothing_depends_on_a_table_that_nobody_reads() -> None:
    assert downstream(MANIFEST, FORECASTS, ["raw_emails"]) == set()
