"""Watches of the forecasts: they warn, they name what moved, and Dagster shows the same."""

from datetime import date

import dagster as dg
import polars as pl

from ml.delay.config import RECORD_SCHEMA
from ml.drift import DRIFT_SCHEMA
from pipelines.watching import asset_check, coverage_check, drift_check

NIGHT = date(2026, 7, 3)


def card(*rows: tuple[str, str, float | None, bool]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {"question_code": q, "feature_code": f, "psi": p, "is_drifted": d, "as_of_on": NIGHT}
            for q, f, p, d in rows
        ],
        schema=DRIFT_SCHEMA,
    )


def test_drift_fails_as_a_warning_and_names_the_features_that_moved_most() -> None:
    result = drift_check(
        card(
            ("churn", "log_amount", 1.5, True),
            ("churn", "lost", None, True),
            ("churn", "log_orders", 0.1, False),
            ("delay", "plan__days", 0.4, True),
        )
    )
    assert (result.is_passed, result.severity_code, result.is_failed_error) == (False, "warn", False)
    assert result.message.startswith("churn: lost gone, log_amount 1.50; delay: plan__days 0.40: the bands")
    assert result.actual == "3 of 4 features drifted"
    shown = asset_check(result)
    assert (shown.passed, shown.severity) == (False, dg.AssetCheckSeverity.WARN)


def test_calm_nights_and_nights_without_a_model_pass() -> None:
    for calm in (card(), card(("churn", "log_amount", 0.01, False))):
        assert drift_check(calm).is_passed
        assert drift_check(calm).message == ""
    assert coverage_check(pl.DataFrame(schema=RECORD_SCHEMA)).is_passed


def test_bands_that_stopped_holding_fail_the_watch_of_coverage() -> None:
    row = {
        "segment_kind": "phase",
        "segment": "design",
        "as_of_on": NIGHT,
        "outcome_count": 40,
        "below_count": 0,
        "above_count": 20,
        "coverage_share": 0.5,
        "is_muted": True,
        "reason_code": "drift",
    }
    held = row | {"segment_kind": "all", "segment": "all", "is_muted": False, "reason_code": "held"}
    result = coverage_check(pl.DataFrame([row, held], schema=RECORD_SCHEMA))
    assert not result.is_passed
    assert "phase design: 50.0% of 40, drift" in result.message
    assert result.actual == "1 of 2 segments muted"
