"""Drift: what is asked about has moved from the training snapshot, beyond what chance does."""

from datetime import date
from math import log

import numpy as np
import polars as pl
import pytest

from ml.demand.night import look
from ml.drift import DRIFT_SCHEMA, DriftConfig, drift, profile_of, psi

ANCHOR, NIGHT = date(2026, 6, 29), date(2026, 7, 3)


def asked(rows: int = 400, *, seed: int = 1, shift: float = 0.0) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame({"size": rng.normal(shift, 1, rows), "kind": rng.integers(0, 3, rows).astype(float)})


def moved(now: pl.DataFrame, then: pl.DataFrame | None = None, **config: float) -> dict[str, str]:
    card = drift(
        "churn",
        profile_of(asked() if then is None else then),
        now,
        anchor_on=ANCHOR,
        as_of_on=NIGHT,
        config=DriftConfig(**config),
    )
    assert card.schema == pl.Schema(DRIFT_SCHEMA)
    return dict(card.select("feature_code", "state_code").iter_rows())


def test_the_index_of_shares_solved_by_hand() -> None:
    # 50/50 becomes 80/20: 0.3 ln 1.6 − 0.3 ln 0.4.
    assert psi([50, 50], [80, 20], pseudo_count=0) == pytest.approx(0.3 * log(1.6) - 0.3 * log(0.4))
    assert psi([10, 30], [20, 60], pseudo_count=0) == 0


def test_the_same_company_does_not_drift_and_another_sample_of_it_neither() -> None:
    assert set(moved(asked()).values()) == {"stable"}
    assert set(moved(asked(seed=2)).values()) == {"stable"}
    # Forty cases of the same population move the index past 0.25 by chance alone.
    small = drift("q", profile_of(asked(40)), asked(40, seed=3), anchor_on=ANCHOR, as_of_on=NIGHT)
    assert not small["is_drifted"].any()
    assert (small["psi_limit"] > 0.25).all()


def test_forced_drift_is_seen_feature_by_feature() -> None:
    assert moved(asked(shift=1.0)) == {"size": "drifted", "kind": "stable"}
    # A kind that was never seen, values that are missing, and a constant that changes.
    assert moved(asked().with_columns(kind=pl.lit(7.0)))["kind"] == "drifted"
    assert moved(asked().with_columns(kind=pl.lit(None, pl.Float64)))["kind"] == "drifted"
    constant = asked().with_columns(kind=pl.lit(1.0))
    assert moved(constant, then=constant)["kind"] == "stable"
    assert moved(constant.with_columns(kind=pl.lit(0.0)), then=constant)["kind"] == "drifted"
    assert moved(asked().drop("kind"))["kind"] == "gone"


def test_a_handful_of_cases_and_none_say_nothing() -> None:
    assert set(moved(asked(29, shift=9.0)).values()) == {"too_few"}
    assert set(moved(asked().head(0)).values()) == {"too_few"}
    assert set(moved(asked(), then=asked(10)).values()) == {"too_few"}
    assert profile_of(pl.DataFrame()) == {}


def test_infinite_and_missing_numbers_are_a_cell_of_their_own() -> None:
    odd = pl.DataFrame({"size": [None, float("inf"), float("nan"), 1.0, 2.0]})
    kept = profile_of(odd)["size"]
    assert (kept["counts"][-1], sum(kept["counts"]), kept["rows"]) == (3, 5, 5)


def sales(factor: float) -> dict[str, pl.DataFrame]:
    """Forty products sold each month for two years; from June 2026 `factor` times as much is booked."""
    months = pl.date_range(date(2024, 7, 15), date(2026, 6, 15), "1mo", eager=True)
    lines = pl.DataFrame({"product_id": [f"M{n:02}" for n in range(40)], "size": range(10, 50)})
    made = lines.join(pl.DataFrame({"ordered_on": months}), how="cross").select(
        "product_id",
        "ordered_on",
        customer_id=pl.lit("C"),
        kind_code=pl.lit("sale"),
        quantity=pl.col("size")
        * pl.when(pl.col("ordered_on") >= date(2026, 6, 1)).then(factor).otherwise(1.0),
        is_cancelled=pl.lit(value=False),
    )
    return {"fct_order_line": made}


def test_a_feed_that_counts_in_another_unit_is_drift_of_demand() -> None:
    profile = profile_of(look(sales(1), ANCHOR))
    same = drift("demand", profile, look(sales(1), NIGHT), anchor_on=ANCHOR, as_of_on=NIGHT)
    assert not same["is_drifted"].any()
    forced = drift("demand", profile, look(sales(1000), NIGHT), anchor_on=ANCHOR, as_of_on=NIGHT)
    assert set(forced.filter("is_drifted")["feature_code"]) == {"level", "trend", "variation"}
