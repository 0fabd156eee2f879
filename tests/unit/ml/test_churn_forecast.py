"""Churn by silence on customers whose rhythm and fate are known."""

from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ml.churn import ACTIVITY_SCHEMA, OUTPUT_SCHEMA, PROJECT_SCHEMA, ChurnConfig, forecast
from ml.frames import MissingColumnsError

AS_OF = date(2025, 6, 30)


def orders(customer: str, *silences: int) -> list[dict]:
    """Orders of a customer so many days before the business date."""
    return [
        {"customer_id": customer, "active_on": AS_OF - timedelta(days=days), "order_count": 1}
        for days in silences
    ]


def project(customer: str, **other: object) -> dict:
    row = {
        "customer_id": customer,
        "initiated_on": date(2020, 1, 1),
        "started_on": None,
        "finished_on": None,
        "is_open": True,
    }
    return row | other


def run(
    activity: list[dict], projects: list[dict] | None = None, config: ChurnConfig | None = None
) -> pl.DataFrame:
    return forecast(
        pl.DataFrame(activity, schema=ACTIVITY_SCHEMA),
        pl.DataFrame(projects or [], schema=PROJECT_SCHEMA),
        AS_OF,
        publication_name="night-2025-06-30",
        run_id="r1",
        config=config,
    )


def test_silence_is_measured_against_the_own_rhythm() -> None:
    result = run(
        [
            *orders("weekly", 366, 373, 380),
            *orders("yearly", 366, 800, 1300),
            *orders("on_the_day", 365, 372),
            *orders("once", 10),
        ]
    )
    rows = {row["customer_id"]: row for row in result.to_dicts()}
    assert {name: row["silence_limit_days"] for name, row in rows.items()} == {
        "weekly": 365,
        "yearly": 934,
        "on_the_day": 365,
        "once": 365,
    }
    assert {name for name, row in rows.items() if row["is_silent"]} == {"weekly"}
    assert rows["weekly"]["churn_probability_share"] == 1.0
    assert rows["weekly"]["method_code"] == "already_silent"
    assert rows["yearly"]["median_gap_days"] == 467.0
    assert rows["once"]["median_gap_days"] is None
    assert rows["yearly"]["order_count"] == 3
    assert rows["yearly"]["last_order_on"] == AS_OF - timedelta(days=366)
    assert result.select("as_of_on", "publication_name", "_run_id").row(0) == (
        AS_OF,
        "night-2025-06-30",
        "r1",
    )


def test_an_open_project_is_no_silence() -> None:
    silent = [row for name in ("open", "done", "ended", "not_yet", "gone") for row in orders(name, 900)]
    result = run(
        silent,
        [
            project("open"),
            project("done", finished_on=AS_OF - timedelta(days=1), is_open=False),
            project("ended", is_open=False),
            project("not_yet", initiated_on=AS_OF + timedelta(days=1)),
        ],
    )
    open_ones = result.filter("has_open_project")
    assert open_ones["customer_id"].to_list() == ["open"]
    assert open_ones.select("method_code", "churn_probability_share", "is_silent").row(0) == (
        "open_project",
        None,
        False,
    )
    assert result.filter(~pl.col("has_open_project"))["is_silent"].all()


def test_a_young_company_has_no_probabilities() -> None:
    result = run([row for i in range(50) for row in orders(f"c{i}", i, i + 100)])
    assert result["method_code"].unique().to_list() == ["no_history"]
    assert result["churn_probability_share"].null_count() == 50


def fates() -> list[dict]:
    """Two hundred customers a few years back: every second of them never came again."""
    return [
        row
        for i in range(200)
        for row in orders(f"past{i:03}", *([900] if i % 2 else [*range(20, 900, 100), 900]))
    ]


def test_the_rate_is_that_of_the_past() -> None:
    now = [row for day in (0, 90, 200, 350) for row in orders(f"now{day:03}", day)]
    result = run([*fates(), *now], config=ChurnConfig(origin_count=60))
    rates = result.filter(pl.col("customer_id").str.starts_with("now"))["churn_probability_share"].to_list()
    # Whoever came again did so within 100 days: longer silences have no one who did.
    assert rates == sorted(rates)
    assert rates[0] < 0.6
    assert rates[2] > 0.95
    assert rates[3] < 1.0


def test_undecided_cases_are_left_out_whichever_way_they_lean() -> None:
    # All ordered 300 days ago; half came back since. No limit has run out, so nothing is decided.
    waiting = [row for i in range(100) for row in orders(f"c{i}", *([300] if i % 2 else [200, 300]))]
    assert run(waiting)["method_code"].unique().to_list() == ["no_history"]


def test_nothing_after_the_business_date_is_used() -> None:
    known = [*fates(), *orders("now", 30)]
    assert_frame_equal(run([*known, *orders("now", -5), *orders("later", -1)]), run(known))


def test_order_and_repetition_of_rows_change_nothing() -> None:
    known = [*fates(), *orders("now", 30)]
    assert_frame_equal(run(known[::-1]), run(known))
    twice = run([*known, *orders("now", 30)]).filter(customer_id="now")
    assert twice["order_count"].item() == 2
    assert twice["median_gap_days"].item() is None


def test_empty_frames_keep_their_types() -> None:
    assert run([]).schema == pl.Schema(OUTPUT_SCHEMA)
    assert run([], [project("c")]).is_empty()


def test_a_missing_column_is_named() -> None:
    with pytest.raises(MissingColumnsError, match="projects: missing columns is_open"):
        forecast(
            pl.DataFrame(schema=ACTIVITY_SCHEMA),
            pl.DataFrame(schema=PROJECT_SCHEMA).drop("is_open"),
            AS_OF,
            publication_name="n",
            run_id="r",
        )
