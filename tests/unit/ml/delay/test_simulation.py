"""Projects finish with their last milestone: bands of the whole are not sums of the parts."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.delay.config import PROJECT_OUTPUT_SCHEMA
from ml.delay.durations import common_share_of
from ml.delay.simulation import SimulationConfig, simulate_projects

AS_OF = date(2025, 6, 30)


def node(
    name: str, begins: int, ends: int, finished: int | None = None, project: str = "P"
) -> dict[str, object]:
    day = lambda number: None if number is None else AS_OF + timedelta(days=number)  # noqa: E731
    return {
        "milestone_id": name,
        "project_id": project,
        "planned_start_on": day(begins),
        "planned_finish_on": day(ends),
        "started_on": None if finished is None else day(begins),
        "finished_on": day(finished),
        "state_code": None,
        "phase_code": "build",
    }


def band(name: str, p10: int, p50: int, p80: int, p90: int) -> dict[str, object]:
    days = {"delay_p10_days": p10, "delay_p50_days": p50, "delay_p80_days": p80, "delay_p90_days": p90}
    return {"milestone_id": name, "method_code": "reference_class"} | days


def link(before: str, after: str) -> dict[str, object]:
    return {"predecessor_id": before, "successor_id": after, "type_code": "FS", "lag_days": 0}


LINKS = {"predecessor_id": pl.String, "successor_id": pl.String, "type_code": pl.String, "lag_days": pl.Int64}


def run(nodes: list[dict], links: list[dict], bands: list[dict], **config: object) -> pl.DataFrame:
    return simulate_projects(
        pl.DataFrame(nodes, infer_schema_length=None),
        pl.DataFrame(links, schema=LINKS),
        pl.DataFrame(bands),
        AS_OF,
        publication_name="n",
        run_id="r",
        config=SimulationConfig(draws=4000, **config),
    )


def test_one_milestone_keeps_its_band() -> None:
    row = run([node("A", 0, 50)], [], [band("A", -10, 5, 20, 30)]).row(0, named=True)
    found = [row[f"delay_p{share}_days"] for share in (10, 50, 80, 90)]
    assert np.abs(np.array(found) - [-10, 5, 20, 30]).max() <= 2
    assert row["method_code"] == "simulation_no_links"
    assert row["driver_1_id"] == "A"
    assert row["driver_1_share"] == 1


def test_a_delay_is_handed_on_but_for_the_slack() -> None:
    nodes = [node("A", 0, 20), node("B", 25, 40)]
    bands = [band("A", 30, 30, 30, 30), band("B", 0, 0, 0, 0)]
    row = run(nodes, [link("A", "B")], bands).row(0, named=True)
    assert row["delay_p50_days"] == 25
    assert row["late_probability_share"] == 1
    assert row["finish_p50_on"] == AS_OF + timedelta(days=65)
    finished = run([node("A", 0, 20, -5), node("B", 25, 40)], [link("A", "B")], bands).row(0, named=True)
    assert finished["delay_p50_days"] == 0


def past(longer: list[int], phase: str = "build", planned: int = 10) -> list[dict[str, object]]:
    """Finished work of other projects, planned to take ten days, by how much longer each took."""
    return [
        node(f"O{i}", -60, -60 + planned, -60 + planned + days, project=f"O{i}") | {"phase_code": phase}
        for i, days in enumerate(longer)
    ]


def test_what_waits_takes_as_long_as_such_work_took_once_it_may_start() -> None:
    nodes = [node("A", 0, 10), node("B", 10, 20), *past([2] * 40)]
    # A by its forecast; B by what such work took, and not by a forecast that holds the waiting already.
    bands = [band("A", 5, 5, 5, 5), band("B", 30, 30, 30, 30)]
    row = run(nodes, [link("A", "B")], bands).row(0, named=True)
    assert [row[f"delay_p{share}_days"] for share in (10, 50, 80, 90)] == [7, 7, 7, 7]
    early = run(nodes, [link("A", "B")], [band("A", -4, -4, -4, -4), bands[1]]).row(0, named=True)
    assert early["delay_p50_days"] == -2


def test_what_waits_begins_tomorrow_at_the_earliest() -> None:
    nodes = [node("A", -40, -30, -30), node("B", -30, -20), *past([0] * 40)]
    row = run(nodes, [link("A", "B")], [band("B", 0, 0, 0, 0)]).row(0, named=True)
    assert row["finish_p50_on"] == AS_OF + timedelta(days=11)


def test_what_runs_ends_by_its_start_unless_the_model_says_when() -> None:
    begun = node("B", -10, 0) | {"started_on": AS_OF - timedelta(days=5)}
    nodes = [node("A", -20, -10, -5), begun, *past([-8] * 20 + [3] * 40)]
    told = band("B", 20, 20, 20, 20)
    by_start = run(nodes, [link("A", "B")], [told]).row(0, named=True)
    # Five days late to begin; two days would be over by now, so that three more than planned are left.
    assert [by_start[f"delay_p{share}_days"] for share in (10, 50, 90)] == [8, 8, 8]
    by_model = run(nodes, [link("A", "B")], [told | {"method_code": "model"}]).row(0, named=True)
    assert by_model["delay_p50_days"] == 20
    stuck = begun | {"started_on": AS_OF - timedelta(days=50)}
    assert run([nodes[0], stuck, *nodes[2:]], [link("A", "B")], [told])["delay_p50_days"].item() == 20


def test_a_phase_is_like_itself_where_enough_of_it_is_known() -> None:
    other = [
        each | {"milestone_id": f"X{i}", "phase_code": "other"} for i, each in enumerate(past([9] * 200))
    ]
    nodes = [node("A", 0, 10), node("B", 10, 20), *past([2] * 40), *other]
    bands = [band("A", 0, 0, 0, 0), band("B", 0, 0, 0, 0)]
    assert run(nodes, [link("A", "B")], bands)["delay_p90_days"].item() == 2
    few = [node("A", 0, 10), node("B", 10, 20), *past([2] * 10), *other]
    assert run(few, [link("A", "B")], bands)["delay_p50_days"].item() == 9


def test_what_is_correlated_spreads_less_at_the_end_of_many() -> None:
    nodes = [node(f"M{i}", 0, 50) for i in range(10)]
    bands = [band(f"M{i}", -20, 0, 13, 20) for i in range(10)]
    apart, together = (
        run(nodes, [], bands, common_share=share)["delay_p50_days"].item() for share in (0.0, 0.9)
    )
    assert together < apart
    # The later of ten that have nothing in common is far above the middle of each, and no sum of them.
    assert 15 < apart < 40


def test_a_cycle_binds_nobody_and_is_told() -> None:
    nodes = [node("A", 0, 20), node("B", 25, 40)]
    bands = [band("A", 0, 1, 2, 3), band("B", 0, 1, 2, 3)]
    row = run(nodes, [link("A", "B"), link("B", "A")], bands).row(0, named=True)
    assert row["method_code"] == "simulation_cycle"
    assert row["delay_p50_days"] == 1


def test_nothing_open_gives_an_empty_frame() -> None:
    rows = run([node("A", 0, 20, -5)], [], [band("B", 0, 1, 2, 3)])
    assert rows.schema == pl.Schema(PROJECT_OUTPUT_SCHEMA)
    assert rows.is_empty()


def test_common_share_is_found() -> None:
    from scipy.special import ndtr

    rng = np.random.default_rng(0)
    parents = np.repeat(np.arange(400), 5)
    scores = np.sqrt(0.4) * rng.standard_normal(400)[parents] + np.sqrt(0.6) * rng.standard_normal(2000)
    assert common_share_of(ndtr(scores), parents) == pytest.approx(0.4, abs=0.06)
    assert common_share_of(rng.random(2000), parents) < 0.05
    assert common_share_of(rng.random(5), np.arange(5)) == 0
