"""A made-up fleet under one weather, some of whose devices fade for weeks before they fail."""

from datetime import date, timedelta
from functools import cache

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.backtest.leaks import LeakError, check_no_leak
from ml.devices.backtest import backtest
from ml.devices.config import OUTPUT_SCHEMA, RiskConfig
from ml.devices.forecast import forecast, train
from ml.devices.gate import verdict
from ml.devices.night import learn, score
from ml.frames import MissingColumnsError

AS_OF = date(2026, 6, 30)
DAYS, DEVICES = 260, 60
FIRST = AS_OF - timedelta(days=DAYS - 1)
NAMES = {"publication_name": "night-test", "run_id": "run-1"}
METRICS = {"energy_kwh": (100.0, 0.35), "filter_pressure_pa": (150.0, 0.6)}


@cache
def fleet(seed: int = 0) -> tuple[dict[str, pl.DataFrame], dict[str, list[tuple[int, int]]]]:
    """Tables of the fleet, and by device when it began to fade and when it failed (days after the first)."""
    dice = np.random.default_rng(seed)
    weather = np.sin(np.arange(DAYS) / 30) + 0.3 * dice.normal(size=DAYS)
    lives, parts, orders = {}, [], []
    for number in range(DEVICES):
        device = f"D{number:03d}"
        wear, day = np.zeros(DAYS), int(dice.integers(20, 300))
        lives[device] = []
        while day < DAYS + 40:
            begin = day - int(dice.integers(20, 41))
            lives[device].append((begin, day))
            fading = np.arange(max(begin, 0), min(day, DAYS))
            wear[fading] = (fading - begin) / (day - begin)
            if day < DAYS:
                wear[day : day + 2] = np.nan
                orders.append((device, day, day + 2))
            day += int(dice.integers(90, 400))
        for metric, (usual, worn) in METRICS.items():
            noise = 0.05 * dice.normal(size=DAYS)
            values = usual * (1 + number / DEVICES) * np.exp(0.3 * weather + noise) * (1 + worn * wear)
            parts.append(
                pl.DataFrame(
                    {"device_id": device, "metric_code": metric, "day": range(DAYS), "value_mean": values}
                )
            )
    readings = pl.concat(parts).filter(pl.col("value_mean").is_not_nan())
    day_on = pl.lit(FIRST) + pl.duration(days="day")
    work = pl.DataFrame(orders, schema=["device_id", "created", "finished"], orient="row").with_row_index()
    frames = {
        "readings": readings.with_columns(day_on=day_on.cast(pl.Date)).drop("day"),
        "devices": pl.DataFrame({"device_id": list(lives)}).with_columns(
            kind_code=pl.lit("vrf_indoor"), place_code=pl.lit("X"), commissioned_on=pl.lit(FIRST)
        ),
        "work_orders": work.select(
            "device_id",
            work_order_id=pl.format("W{}", "index"),
            kind_code=pl.lit("repair"),
            created_on=(pl.lit(FIRST) + pl.duration(days="created")).cast(pl.Date),
            finished_on=(pl.lit(FIRST) + pl.duration(days="finished")).cast(pl.Date),
        ),
    }
    return frames, lives


def told(frames: dict[str, pl.DataFrame], as_of_on: date = AS_OF, **more: object) -> pl.DataFrame:
    return forecast(frames["readings"], frames["devices"], frames["work_orders"], as_of_on, **NAMES, **more)


def test_devices_that_fade_are_told_with_a_band_and_a_cause() -> None:
    frames, lives = fleet()
    found = told(frames)
    assert dict(found.schema) == OUTPUT_SCHEMA
    today = DAYS - 1
    fading = {d for d, ends in lives.items() if any(b + 10 <= today and f - today >= 7 for b, f in ends)}
    suggested = set(found.filter("is_suggested")["device_id"])
    assert len(fading & suggested) >= 0.6 * len(fading)
    assert len(suggested - {d for d, ends in lives.items() if any(b <= today < f for b, f in ends)}) <= 2
    rows = found.filter("is_suggested")
    assert set(rows["method_code"]) == {"wear_and_lifetime"}
    assert set(rows["fault_code"]) <= {"filter_clogged", "energy_excess"}
    assert (rows["failure_p10_days"] <= rows["failure_p50_days"]).all()
    assert rows["suggestion_id"].is_unique().all()


def test_the_same_input_gives_the_same_rows_in_any_order() -> None:
    frames, _ = fleet()
    shuffled = {name: frame.sample(fraction=1, shuffle=True, seed=1) for name, frame in frames.items()}
    assert told(frames).equals(told(shuffled))


def test_what_was_trained_is_what_is_learnt_on_the_spot() -> None:
    frames, _ = fleet()
    model = train(frames["readings"], frames["devices"], frames["work_orders"], AS_OF)
    assert told(frames, model=model).equals(told(frames))


def test_open_work_is_not_suggested_again() -> None:
    frames, _ = fleet()
    device = told(frames).filter("is_suggested")["device_id"][0]
    opened = pl.DataFrame(
        {"device_id": [device], "work_order_id": ["W-open"], "kind_code": ["maintenance"]}
    ).with_columns(created_on=pl.lit(AS_OF), finished_on=pl.lit(None, pl.Date))
    orders = pl.concat([frames["work_orders"], opened.select(frames["work_orders"].columns)])
    row = told(frames | {"work_orders": orders}).row(by_predicate=pl.col("device_id") == device, named=True)
    assert row["has_open_work"]
    assert not row["is_suggested"]
    assert row["suggestion_id"] is None


def test_a_device_that_falls_silent_is_named_and_not_scored() -> None:
    frames, _ = fleet()
    gone = (pl.col("device_id") == "D001") & (pl.col("day_on") > AS_OF - timedelta(days=5))
    found = told(frames | {"readings": frames["readings"].filter(~gone)})
    row = found.row(by_predicate=pl.col("device_id") == "D001", named=True)
    assert row["is_silent"]
    assert row["method_code"] == "silent"
    assert row["last_read_on"] == AS_OF - timedelta(days=5)
    assert row["anomaly_score_share"] is None
    assert row["failure_p50_days"] is None
    assert not row["is_suggested"]


def test_without_failures_wear_is_told_without_a_band() -> None:
    frames, _ = fleet()
    found = told(frames | {"work_orders": frames["work_orders"].clear()})
    assert set(found["method_code"]) == {"wear_only"}
    assert found["failure_probability_share"].null_count() == found.height
    assert found["anomaly_score_share"].null_count() == 0


def test_no_readings_and_no_devices() -> None:
    frames, _ = fleet()
    assert set(told(frames | {"readings": frames["readings"].clear()})["method_code"]) == {"silent"}
    assert told({name: frame.clear() for name, frame in frames.items()}).height == 0
    young = frames["readings"].filter(pl.col("day_on") > AS_OF - timedelta(days=10))
    assert set(told(frames | {"readings": young})["method_code"]) == {"short_history"}


def test_missing_columns_are_named() -> None:
    frames, _ = fleet()
    with pytest.raises(MissingColumnsError, match="readings: missing columns value_mean"):
        told(frames | {"readings": frames["readings"].drop("value_mean")})


def _as_of(frames: dict[str, pl.DataFrame], origin: date) -> pl.DataFrame:
    return told(dict(frames), origin)


KNOWN_ON = {
    "readings": {"day_on": ["value_mean"]},
    "work_orders": {"created_on": ["kind_code", "device_id"], "finished_on": []},
}


def test_nothing_after_the_day_is_used() -> None:
    frames, _ = fleet()
    check_no_leak(_as_of, frames, KNOWN_ON, AS_OF - timedelta(days=40), key="device_id")


def test_a_planted_leak_is_found() -> None:
    frames, _ = fleet()
    origin = AS_OF - timedelta(days=40)

    def peeking(later: dict[str, pl.DataFrame], day: date) -> pl.DataFrame:
        return told(dict(later), day + timedelta(days=20))

    with pytest.raises(LeakError):
        check_no_leak(peeking, frames, KNOWN_ON, origin, key="device_id")


@settings(max_examples=10, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("abc"),
            st.sampled_from(["power_kw", "x", "温度"]),
            st.integers(-5, 250),
            st.floats(),
        ),
        max_size=60,
    )
)
def test_no_reading_stops_the_night(rows: list[tuple[str, str, int, float]]) -> None:
    frames, _ = fleet()
    table = pl.DataFrame(
        {
            "device_id": [row[0] for row in rows],
            "metric_code": [row[1] for row in rows],
            "day_on": [AS_OF - timedelta(days=row[2]) for row in rows],
            "value_mean": [row[3] for row in rows],
        },
        schema={
            "device_id": pl.String,
            "metric_code": pl.String,
            "day_on": pl.Date,
            "value_mean": pl.Float64,
        },
    ).unique(["device_id", "metric_code", "day_on"], keep="first", maintain_order=True)
    devices = pl.DataFrame({"device_id": ["a", "b", "c"]}).with_columns(
        kind_code=pl.lit(None, pl.String),
        place_code=pl.lit(None, pl.String),
        commissioned_on=pl.lit(None, pl.Date),
    )
    found = told(frames | {"readings": table, "devices": devices})
    assert found["device_id"].to_list() == ["a", "b", "c"]
    assert (found["anomaly_score_share"].drop_nulls().is_between(0, 1)).all()


def company(seed: int) -> dict[str, pl.DataFrame]:
    """The fleet's tables under the names that the command reads."""
    frames, _ = fleet(seed)
    return {
        "fct_reading_day": frames["readings"],
        "dim_device": frames["devices"].with_columns(place_code=pl.lit("X")),
        "fct_work_order": frames["work_orders"],
    }


@pytest.mark.parametrize("seed", [1, 2])
def test_failures_are_foreseen_better_than_by_a_fixed_interval(seed: int) -> None:
    result = backtest(company(seed), AS_OF)
    model, interval = result.metrics["model"], result.metrics["fixed_interval"]
    assert model["precision_at_cap"] > interval["precision_at_cap"] + 0.2
    assert model["flagged_7d_share"] >= 0.6
    assert verdict(result).ships


def test_a_night_without_a_model_names_wear_and_sends_nobody() -> None:
    frames = company(1)
    model, _, verdict_now = learn(frames, AS_OF)
    named = {"publication_name": "night", "run_id": "r"}
    with_model = score(frames, AS_OF, model=model, **named)
    without = score(frames, AS_OF, model=None, **named)
    assert verdict_now.ships
    assert with_model["is_suggested"].any()
    assert not without["is_suggested"].any()
    assert without["failure_probability_share"].null_count() == without.height
    assert without["anomaly_score_share"].to_list() == with_model["anomaly_score_share"].to_list()
    assert without.schema == with_model.schema


def test_a_company_without_devices_is_told_so() -> None:
    result = backtest({name: frame.clear() for name, frame in company(1).items()}, AS_OF)
    assert result.n == 0
    assert result.notes == ["no device reported in the scored weeks"]
    assert not verdict(result).ships


def test_config_is_kept() -> None:
    frames, _ = fleet()
    shy = told(frames, config=RiskConfig(suggest_from=1.1))
    assert not shy["is_suggested"].any()
