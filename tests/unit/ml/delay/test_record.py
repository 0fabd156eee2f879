"""The record recounts archived bands, and forced drift mutes them."""

from datetime import date, timedelta

import polars as pl

from ml.backtest.results import BacktestResult
from ml.delay.gate import verdict
from ml.delay.record import muted_milestones, recount

AS_OF = date(2026, 6, 30)
PLAN = date(2026, 3, 1)


def archive_and_milestones(
    delays: list[int | None], phase: str = "design"
) -> tuple[pl.DataFrame, pl.DataFrame]:
    names = [f"{phase}{i}" for i in range(len(delays))]
    archive = pl.DataFrame(
        {
            "milestone_id": names * 2,
            # The first forecast counts; the second would have been right about everything.
            "as_of_on": [date(2025, 12, 1)] * len(names) + [date(2026, 2, 1)] * len(names),
            "delay_p10_days": [0] * len(names) + [-500] * len(names),
            "delay_p50_days": [4] * len(names) + [0] * len(names),
            "delay_p90_days": [10] * len(names) + [500] * len(names),
            "late_probability_share": [0.3 if (d or 99) <= 0 else 0.7 for d in delays] * 2,
        }
    )
    milestones = pl.DataFrame(
        {
            "milestone_id": names,
            "project_id": ["p"] * len(names),
            "phase_code": [phase] * len(names),
            "tier_code": ["A"] * len(names),
            "planned_finish_on": [PLAN] * len(names),
            "finished_on": [None if d is None else PLAN + timedelta(days=d) for d in delays],
        },
        schema_overrides={"finished_on": pl.Date},
    )
    return archive, milestones


def test_the_share_is_recounted_open_misses_included() -> None:
    archive, milestones = archive_and_milestones([5] * 80 + [-3] * 10 + [20] * 6 + [None] * 4)
    record = recount(archive, milestones, AS_OF)
    row = record.row(by_predicate=pl.col("segment_kind") == "all", named=True)
    assert (row["outcome_count"], row["below_count"], row["above_count"]) == (100, 10, 10)
    assert (row["coverage_share"], row["is_muted"], row["reason_code"]) == (0.8, False, "held")
    assert set(record["segment_kind"]) == {"all", "phase", "tier"}


def test_losses_are_of_what_finished_and_lateness_of_all_that_is_decided() -> None:
    archive, milestones = archive_and_milestones([5] * 80 + [-3] * 10 + [20] * 6 + [None] * 4)
    row = recount(archive, milestones, AS_OF).row(by_predicate=pl.col("segment_kind") == "all", named=True)
    # By hand, days: P10 0, P50 4, P90 10 against 5, −3 and 20.
    of_5 = 0.1 * 5 + 0.5 * 1 + 0.1 * 5
    of_early, of_late = 0.9 * 3 + 0.5 * 7 + 0.1 * 13, 0.1 * 20 + 0.5 * 16 + 0.9 * 10
    expected = (80 * of_5 + 10 * of_early + 6 * of_late) / 3 / 96
    assert (row["finished_count"], row["pinball_days"]) == (96, round(expected, 6))
    assert row["late_auc"] == 1.0
    same = recount(archive.sample(fraction=1, shuffle=True, seed=3), milestones, AS_OF)
    assert same.equals(recount(archive, milestones, AS_OF))
    all_late = recount(*archive_and_milestones([5] * 40), AS_OF)
    assert all_late["late_auc"].to_list() == [None] * all_late.height


def test_forced_drift_mutes() -> None:
    archive, milestones = archive_and_milestones([5] * 80 + [-3] * 10 + [20] * 10)
    later = milestones.with_columns(pl.col("finished_on") + pl.duration(days=60))
    record = recount(archive, later, AS_OF)
    assert record["reason_code"].unique().to_list() == ["drift"]
    muted = muted_milestones(milestones, record)
    assert muted["is_muted"].all()


def test_one_phase_out_of_range_mutes_that_phase_and_a_failing_schedule_its_project() -> None:
    frames = [
        archive_and_milestones([5] * 320 + [-3] * 40 + [20] * 40),
        archive_and_milestones([5] * 36 + [-3] * 6 + [20] * 9, "roof"),
    ]
    archive, milestones = (pl.concat([pair[i] for pair in frames]) for i in (0, 1))
    milestones = milestones.with_columns(
        project_id=pl.when(pl.col("milestone_id") == "design0").then(pl.lit("bad")).otherwise("project_id")
    )
    record = recount(archive, milestones, AS_OF)
    assert dict(record.filter(segment_kind="phase").select("segment", "reason_code").iter_rows()) == {
        "design": "held",
        "roof": "coverage_low",
    }
    failing = pl.DataFrame({"project_id": ["bad"]})
    muted = muted_milestones(milestones, record, failing).filter("is_muted")
    assert set(muted["reason_code"]) == {"coverage_low", "schedule_fails"}
    assert muted.height == 52


def test_few_outcomes_mute_nothing_and_none_give_no_rows() -> None:
    archive, milestones = archive_and_milestones([90] * 5)
    assert recount(archive, milestones, AS_OF)["reason_code"].unique().to_list() == ["too_few"]
    assert recount(archive.head(0), milestones, AS_OF).is_empty()


def result(**changes: float) -> BacktestResult:
    model = {"pinball": 8.0, "brier": 0.1, "coverage_80": 0.8} | changes
    others = {"reference_class": {"pinball": 10.0}, "planned_date": {"pinball": 12.0}}
    metrics = {"model": model, **others, "hist_gradient_boosting": {"brier": 0.2}}
    return BacktestResult("delay", 500, [], {}, metrics)


def test_the_gate_says_what_it_found() -> None:
    assert verdict(result()).ships
    worse = verdict(result(pinball=11.0))
    assert not worse.ships
    assert [reason.code for reason in worse.reasons if not reason.is_met] == ["pinball_below_reference_class"]
    assert not verdict(result(coverage_80=0.95)).ships
    assert not verdict(BacktestResult("delay", 0, [], {}, {})).ships
