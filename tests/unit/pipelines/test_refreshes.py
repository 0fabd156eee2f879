"""Which refresh comes next: that of the batch which waits longest, with all batches of its tables."""

from pathlib import Path

from ingest.intake.names import batch_name
from lake.contracts import load_contracts
from pipelines.refreshes import (
    INTAKE_TABLES,
    READINGS,
    REPORTS,
    next_refresh,
    refresh_of,
    replayable,
    touched_by,
)


def batches(*tables: str) -> list[Path]:
    return [Path(batch_name(f"{number:04}", table)) for number, table in enumerate(tables)]


def test_nothing_waits() -> None:
    assert next_refresh([]) is None


def test_the_longest_waiting_batch_goes_first_and_takes_its_like_along() -> None:
    photo, reading, order = batches("work__photos", "iot__readings", "work__work_orders")
    assert next_refresh([photo, reading, order]) == (REPORTS, [photo, order])
    assert next_refresh([reading, order]) == (READINGS, [reading])


def test_refreshes_take_in_tables_that_there_are() -> None:
    assert set(INTAKE_TABLES) <= set(load_contracts())
    assert refresh_of("night") is None
    assert refresh_of(READINGS.job_name) == READINGS


def model(name: str, parent: str) -> dict:
    return {"name": name, "resource_type": "model", "depends_on": {"nodes": [parent]}}


def test_a_word_against_a_forecast_shows_at_once_and_books_nothing() -> None:
    manifest = {
        "nodes": {
            "event": model("fct_action_event", "raw"),
            "override": model("fct_forecast_override", "event"),
        },
        "sources": {"raw": {"name": "raw_actions__events"}},
    }
    forecasts = {
        "ml_override_backtest": ["fct_action_event"],
        "ml_override_card": ["ml_override_backtest"],
    }
    told = touched_by(["override_forecast"], manifest, forecasts, ["raw_actions__events"])
    assert told == {"fct_action_event", "fct_forecast_override"}


def test_rows_enter_a_table_whose_readers_are_all_built_forecasts_too() -> None:
    manifest = {
        "nodes": {
            "order": model("stg_erp__orders", "orders"),
            "quote": model("stg_crm__quotes", "quotes"),
            "months": model("mart_demand", "order"),
        },
        "sources": {"orders": {"name": "raw_erp__orders"}, "quotes": {"name": "raw_crm__quotes"}},
    }
    forecasts = {"ml_demand_forecast": ["stg_erp__orders"]}

    def enters(*selected: str) -> set[str]:
        return {"erp__orders", "crm__quotes"} & replayable(selected, manifest, forecasts)

    assert enters() == set()
    assert enters("stg_crm__quotes") == {"crm__quotes"}
    assert enters("stg_erp__orders", "mart_demand") == set()
    assert enters("stg_erp__orders", "mart_demand", "ml_demand_forecast") == {"erp__orders"}
