"""The outside view places milestones whose classes have a known answer."""

from datetime import date, timedelta
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from ml.delay import INPUT_SCHEMA, OUTPUT_SCHEMA, DelayConfig, forecast
from ml.frames import MissingColumnsError

AS_OF = date(2025, 6, 30)
DELAYS = ["delay_p10_days", "delay_p50_days", "delay_p80_days", "delay_p90_days"]


def milestone(name: str, planned: date | None, finished: date | None = None, **other: object) -> dict:
    row = {
        "milestone_id": name,
        "phase_code": "design",
        "type_code": "school",
        "budget_amount": 100.0,
        "currency_code": "CNY",
        "planned_finish_on": planned,
        "started_on": date(2025, 1, 2),
        "finished_on": finished,
        "state_code": "finished" if finished else "started",
    }
    return row | other


def finished_with_delays(delays: range | list[int], **other: object) -> list[dict]:
    plan = date(2025, 3, 1)
    return [
        milestone(f"{other.get('phase_code', '')}{i:03}", plan, plan + timedelta(days=delay), **other)
        for i, delay in enumerate(delays)
    ]


def run(rows: list[dict], as_of_on: date = AS_OF, config: DelayConfig | None = None) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=INPUT_SCHEMA)
    return forecast(frame, as_of_on, publication_name="night-2025-06-30", run_id="r1", config=config)


def test_quantiles_are_those_of_the_class() -> None:
    ahead = milestone("open", AS_OF + timedelta(days=60))
    row = run([*finished_with_delays(range(1, 101)), ahead]).row(0, named=True)
    assert [row[name] for name in DELAYS] == [10, 50, 80, 90]
    assert row["finish_p80_on"] == date(2025, 8, 29) + timedelta(days=80)
    assert (row["method_code"], row["reference_count"]) == ("reference_class", 100)
    assert row["reference_class"] == "phase_code=design; type_code=school; size_code=small"
    assert (row["as_of_on"], row["publication_name"], row["_run_id"]) == (AS_OF, "night-2025-06-30", "r1")


def test_days_already_run_over_are_known() -> None:
    overdue = milestone("open", AS_OF - timedelta(days=50))
    done = finished_with_delays([delay for delay in range(1, 101) for _ in range(2)])
    row = run([*done, overdue]).row(0, named=True)
    # Of those later than 50 days: 51 … 100, two of each.
    assert [row[name] for name in DELAYS] == [55, 75, 90, 95]
    assert row["reference_count"] == 100


def test_open_milestones_are_censored_not_dropped() -> None:
    done, ahead = finished_with_delays(range(1, 61)), milestone("ahead", AS_OF + timedelta(days=90))
    waiting = [milestone(f"w{i}", AS_OF - timedelta(days=100)) for i in range(60)]
    with_waiting = run([*done, *waiting, ahead]).row(
        by_predicate=pl.col("milestone_id") == "ahead", named=True
    )
    assert run([*done, ahead]).row(0, named=True)["delay_p50_days"] == 30
    assert with_waiting["delay_p50_days"] == 60


def test_a_small_class_falls_back_to_a_wider_one_by_name() -> None:
    other_type = [
        row | {"type_code": "hospital", "milestone_id": f"h{i}"}
        for i, row in enumerate(finished_with_delays(range(1, 101)))
    ]
    row = run([*other_type, milestone("open", AS_OF + timedelta(days=5))]).row(0, named=True)
    assert row["reference_class"] == "phase_code=design"
    unheard_of = run([*other_type, milestone("open", AS_OF, phase_code="roof")]).row(0, named=True)
    assert unheard_of["reference_class"] == "all"


def test_a_tail_beyond_the_class_comes_from_a_wider_one() -> None:
    own = finished_with_delays([5] * 40)
    wide = finished_with_delays([5] * 100 + [100] * 100, phase_code="build")
    row = run([*own, *wide, milestone("open", AS_OF - timedelta(days=5))]).row(0, named=True)
    assert row["delay_p50_days"] == 100
    assert row["reference_class"] == "all"
    ten_left = [milestone(f"w{i}", AS_OF - timedelta(days=6)) for i in range(30)]
    rows = run([*own, *ten_left, *wide, milestone("ahead", AS_OF + timedelta(days=9))])
    row = rows.row(by_predicate=pl.col("milestone_id") == "ahead", named=True)
    assert (row["delay_p50_days"], row["delay_p90_days"]) == (5, 100)
    assert row["method_code"] == "reference_class_tail"


def test_beyond_everything_seen_late_ones_finish_at_their_steady_rate() -> None:
    # 50 finishes in 50 × 10 late days and none later: one in ten days, less the waiting one's own 100 days.
    rows = [*finished_with_delays([10] * 50), milestone("open", AS_OF - timedelta(days=100))]
    row = run(rows).row(0, named=True)
    assert row["method_code"] == "reference_class_extended"
    assert [row[name] for name in DELAYS] == [102, 109, 120, 128]


def test_the_first_day_has_names_but_no_figures() -> None:
    row = run([milestone("open", AS_OF, started_on=None, state_code="not_started")]).row(0, named=True)
    assert row["method_code"] == "no_reference"
    assert row["delay_p50_days"] is None
    assert row["finish_p50_on"] is None


def test_who_gets_a_row() -> None:
    plan = AS_OF - timedelta(days=3)
    rows = run(
        [
            *finished_with_delays(range(1, 101)),
            milestone("started", plan),
            milestone("not_started", plan, started_on=None, state_code="not_started"),
            milestone("cancelled", plan, state_code="cancelled"),
            milestone("without_plan", None),
            milestone("finished_some_day", plan, state_code="finished"),
        ]
    )
    assert rows["milestone_id"].to_list() == ["not_started", "started"]


def test_nothing_after_the_business_date_is_used() -> None:
    later = finished_with_delays(range(150, 190), phase_code="later")
    known = [*finished_with_delays(range(1, 101)), milestone("open", AS_OF)]
    before = date(2025, 6, 10)
    unfinished = [row | {"finished_on": None, "state_code": "started"} for row in later]
    assert_frame_equal(run([*known, *later], before), run([*known, *unfinished], before))


def test_experience_older_than_the_observed_days_is_forgotten() -> None:
    plan = date(2015, 1, 1)
    old = [
        milestone(f"o{i}", plan, plan + timedelta(days=900), started_on=date(2014, 1, 1)) for i in range(100)
    ]
    rows = [*finished_with_delays(range(1, 101)), milestone("open", AS_OF + timedelta(days=9))]
    assert run([*old, *rows])["delay_p50_days"].item() == run(rows)["delay_p50_days"].item()
    assert run([*old, *rows], config=DelayConfig(observed_days=20_000))["delay_p80_days"].item() == 900


def test_an_empty_frame_keeps_its_types() -> None:
    assert run([]).schema == pl.Schema(OUTPUT_SCHEMA)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(MissingColumnsError, match="milestones: missing columns finished_on"):
        forecast(
            pl.DataFrame(schema=INPUT_SCHEMA).drop("finished_on"), AS_OF, publication_name="n", run_id="r"
        )


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(-300, 400), st.integers(-200, 300), st.booleans(), st.sampled_from(["a", "b", None])
        ),
        max_size=80,
    ),
    st.integers(1, 12),
)
def test_bands_are_ordered_later_than_today_and_stable(rows: list[tuple], minimum: int) -> None:
    made = [
        milestone(
            f"{i:03}",
            AS_OF - timedelta(days=plan),
            AS_OF - timedelta(days=plan) + timedelta(days=delay) if done else None,
            phase_code=phase,
            started_on=None if delay % 7 == 0 else AS_OF - timedelta(days=abs(plan) + 350),
        )
        for i, (plan, delay, done, phase) in enumerate(rows)
    ]
    config = DelayConfig(minimum_class_size=minimum)
    result = run(made, config=config)
    bands = result.drop_nulls("delay_p10_days")
    assert (bands["finish_p10_on"] > AS_OF).all()
    for low, high in pairwise(DELAYS):
        assert (bands[low] <= bands[high]).all()
    assert (result["delay_p10_days"].is_null() == (result["method_code"] == "no_reference")).all()
    assert_frame_equal(run(made[::-1], config=config), result)
