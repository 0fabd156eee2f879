"""What nightly forecasts left in the small published lake: bands, records, cards, what words were worth."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl

from actions import value_booking
from ml.churn.config import OUTPUT_SCHEMA as CHURN
from ml.delay.config import BATCH_OUTPUT_SCHEMA, RECORD_SCHEMA
from ml.delay.config import OUTPUT_SCHEMA as DELAY
from ml.demand.config import OUTPUT_SCHEMA as DEMAND
from ml.demand.regions import REGION_OUTPUT_SCHEMA
from ml.devices.config import OUTPUT_SCHEMA as DEVICES
from ml.value.config import OUTPUT_SCHEMA as VALUE
from pipelines.defs.training import CARD_SCHEMA as CARD
from pipelines.defs.training import ROW_SCHEMA as BACKTEST
from tests.support.published_partners import AS_OF, CUSTOMERS, demand

Rows = dict[str, list[dict[str, object]]]

SCHEMAS: dict[str, Mapping[str, type[pl.DataType]]] = {
    "ml_demand_forecast": DEMAND,
    "ml_demand_region_forecast": REGION_OUTPUT_SCHEMA,
    "ml_delay_forecast": DELAY,
    "ml_coverage_card": RECORD_SCHEMA,
    "ml_batch_risk": BATCH_OUTPUT_SCHEMA,
    "ml_churn_risk": CHURN,
    "ml_value_forecast": VALUE,
    "ml_device_risk": DEVICES,
    "ml_override_backtest": value_booking.BOOKED_SCHEMA,
    "ml_override_card": value_booking.CARD_SCHEMA,
    **{f"ml_{question}_card": CARD for question in ("demand", "delay", "churn", "value", "devices")},
    **{f"ml_{question}_backtest": BACKTEST for question in ("demand", "delay", "churn", "value", "devices")},
}
_KINDS = {
    pl.String: "varchar",
    pl.Date: "date",
    pl.Int64: "bigint",
    pl.Float64: "double",
    pl.Boolean: "boolean",
}
NAMED = {"publication_name": "night-2025-09-30", "_run_id": "run-1"}
REASONS = {
    "demand": "smooth: not_better: pinball 12.5 against 11.25 on 60",
    "delay": "",
    "churn": "lift_10",
    "value": "",
}
METRICS = {
    "demand": {
        "model": {"wape_30": 0.31, "wape_60": 0.33, "bias": 0.02, "coverage_80": 0.82},
        "seasonal_naive": {"wape_30": 0.28, "wape_60": 0.3, "bias": -0.01, "coverage_80": 0.7},
    },
    "delay": {
        "model": {"pinball": 1.02, "mae_p50": 2.8, "brier": 0.077, "coverage_80": 0.81},
        "reference_class": {"pinball": 1.56, "mae_p50": 4.6, "brier": 0.134, "coverage_80": 0.8},
    },
    "churn": {
        "model": {"pr_auc": 0.72, "brier": 0.131},
        "recency_only": {"pr_auc": 0.69, "brier": 0.128},
    },
    "value": {"model": {"spearman": 0.58, "coverage_80": 0.66}, "last_year": {"spearman": 0.35}},
}


def ml_columns() -> dict[str, dict[str, str]]:
    """Columns with their types of the forecasts' tables, from what the models write."""
    return {table: {name: _KINDS[kind] for name, kind in schema.items()} for table, schema in SCHEMAS.items()}


def forecast_rows() -> Rows:
    """The rows by table. Devices have none: they were never diagnosed here."""
    booked = _booked()
    told = value_booking.card(
        pl.DataFrame(booked, schema=value_booking.BOOKED_SCHEMA),
        AS_OF,
        publication_name=NAMED["publication_name"],
        run_id=NAMED["_run_id"],
    )
    ahead = [row for row in demand() if row["is_forecast"]]
    return {
        "ml.ml_demand_forecast": [_demand(row, 1.0) for row in ahead],
        "ml.ml_demand_region_forecast": [
            _demand(row, share) | {"region_code": region}
            for row in ahead
            for region, share in (("east", 0.6), ("south", 0.4))
        ],
        "ml.ml_delay_forecast": [
            {
                "milestone_id": "P1-3",
                "as_of_on": AS_OF,
                "driver_1_code": "load",
                "driver_1_value": 7.0,
                **NAMED,
            }
        ],
        "ml.ml_coverage_card": list(_coverage()),
        "ml.ml_churn_risk": [
            {
                "customer_id": "C1",
                "driver_1_code": "amount_trend",
                "driver_2_code": "complaints",
                "care_code": "complaint_talk",
                "churn_probability_low_share": 0.2,
                "churn_probability_high_share": 0.6,
                "expected_value_amount": 1_200_000.0,
                **NAMED,
            }
        ],
        "ml.ml_value_forecast": [
            {
                "customer_id": f"C{c + 1}",
                "as_of_on": AS_OF,
                "method_code": "model",
                "basis_code": "margin",
                "order_count": 12,
                "last_year_amount": 3_000_000.0 - 500_000 * c,
                "margin_p10_amount": 1_000_000.0,
                "margin_p50_amount": 2_500_000.0 - 400_000 * c,
                "margin_p90_amount": 5_000_000.0,
                "score_share": 0.9 - 0.1 * c,
                "reason_1_code": "frequency",
                **NAMED,
            }
            for c in range(len(CUSTOMERS))
        ],
        "ml.ml_override_backtest": booked,
        "ml.ml_override_card": told.to_dicts(),
        **{f"ml.ml_{question}_card": _card(question) for question in METRICS},
        **{f"ml.ml_{question}_backtest": _backtest(question) for question in METRICS},
    }


def _demand(row: dict[str, object], share: float) -> dict[str, object]:
    quantities = {name: row[name] * share for name in row if name.startswith("quantity_p")}
    return {
        "product_id": row["product_id"],
        "period_on": row["period_on"],
        "horizon_months": row["horizon_months"],
        "as_of_on": AS_OF,
        "method_code": row["method_code"],
        "history_months": row["history_months"],
        "quantity_naive": (row["quantity_p50"] - 5) * share,
        **quantities,
        **NAMED,
    }


def _coverage() -> list[dict[str, object]]:
    segments = (
        ("all", "all", 120, 0.79, False, "held"),
        ("phase", "design", 60, 0.82, False, "held"),
        ("phase", "construction", 40, 0.55, True, "coverage_low"),
        ("tier", "A", 12, 0.75, False, "too_few"),
    )
    return [
        {
            "segment_kind": kind,
            "segment": segment,
            "as_of_on": AS_OF,
            "outcome_count": count,
            "below_count": 0,
            "above_count": round(count * (1 - share)),
            "coverage_share": share,
            "is_muted": is_muted,
            "reason_code": reason,
        }
        for kind, segment, count, share, is_muted, reason in segments
    ]


def _card(question: str) -> list[dict[str, object]]:
    return [
        {
            "question_code": question,
            "as_of_on": AS_OF,
            "anchor_on": dt.date(2025, 9, 29),
            "method_code": method,
            "metric_code": metric,
            "value": value,
            "outcome_count": 175,
            "is_shipped": question in ("delay", "value"),
            "reason_codes": REASONS[question],
            "notes": "",
            **NAMED,
        }
        for method, measures in METRICS[question].items()
        for metric, value in measures.items()
    ]


def _backtest(question: str) -> list[dict[str, object]]:
    shared = {"question_code": question, "anchor_on": dt.date(2025, 9, 29), "horizon_code": "all", **NAMED}
    rows = [
        {
            "origin": origin,
            "segment_code": "all",
            "method_code": "model",
            "metric_code": "brier",
            "value": 0.1,
            "outcome_count": 60,
            **shared,
        }
        for origin in ("2025-03-31", "2025-06-30")
    ]
    if question == "churn":
        rows += [
            {
                "origin": "all",
                "segment_code": f"bin_{number:02}",
                "method_code": method,
                "metric_code": metric,
                "value": value,
                "outcome_count": 17,
                **shared,
            }
            for method, lean in (("model", 0.02), ("recency_only", -0.04))
            for number in range(1, 11)
            for metric, value in (
                ("probability_mean", number / 11),
                ("event_share", min(1.0, max(0.0, number / 11 + lean))),
            )
        ]
    return rows


def _booked() -> list[dict[str, object]]:
    """A year of two planners: one adds to the model, one takes away from it."""
    vector = ((100, 120, 90, 95), (80, 90, 100, 85), (120, 100, 120, 120), (100, 100, 110, 105))
    good = [
        _booked_row("A-100", n, *values, by="P01", why="customer", size="up_to_10")
        for n, values in enumerate(vector)
    ]
    poor = [
        _booked_row("B-200", n, 100, 100, 100, 120 + n, by="Li Na", why="weather", size="up_to_25")
        for n in range(9)
    ]
    return good + poor


def _booked_row(
    product_id: str, number: int, *quantities: int, by: str, why: str, size: str
) -> dict[str, object]:
    actual, naive, model, said = map(float, quantities)
    period = dt.date(2024, 10, 1) if number == 0 else _months_after(dt.date(2024, 10, 1), number)
    return {
        "product_id": product_id,
        "region_code": None,
        "period_on": period,
        "lag_days": 30,
        "frozen_on": period - dt.timedelta(days=30),
        "quantity_naive": naive,
        "quantity_p10": 0.8 * model,
        "quantity_model": model,
        "quantity_p90": 1.2 * model,
        "quantity_override": said,
        "quantity_agreed": said,
        "quantity_actual": actual,
        "forecast_override_id": f"{product_id}-{number}",
        "done_by": by,
        "reason_code": why,
        "size_code": size,
        "age_days": 3,
        "booked_on": _months_after(period, 1),
        **NAMED,
    }


def _months_after(day: dt.date, months: int) -> dt.date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, 1)
