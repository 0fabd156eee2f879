"""A late batch moves the milestones that need it and what follows, and no other project (golden case G3)."""

from datetime import date, timedelta

import polars as pl

from ml.delay.batches import batch_risk, open_batches
from ml.delay.config import BATCH_OUTPUT_SCHEMA
from ml.schedule.config import LINK_SCHEMA, MILESTONE_SCHEMA

AS_OF = date(2026, 6, 9)
#: Eight milestones; goods (A B E) are critical, works (C D) float five days beside them.
DAYS = {
    "A": (0, 20),
    "B": (20, 45),
    "C": (20, 35),
    "D": (35, 45),
    "E": (45, 50),
    "F": (50, 70),
    "G": (70, 80),
    "H": (80, 85),
}
LINKS = ("AB", "AC", "CD", "BE", "DF", "EF", "FG", "GH")


def day(number: int) -> date:
    return AS_OF + timedelta(days=number - 40)


def milestones(project: str) -> list[dict[str, object]]:
    return [
        {
            "milestone_id": f"{project}-{key}",
            "project_id": project,
            "planned_start_on": day(start),
            "planned_finish_on": day(finish),
            "started_on": day(start) if start <= 40 else None,
            "finished_on": day(finish) if finish <= 40 else None,
            "progress_pct": (40 - start) * 100 / (finish - start) if start < 40 < finish else None,
            "state_code": None,
        }
        for key, (start, finish) in DAYS.items()
    ]


def frames() -> tuple[pl.DataFrame, pl.DataFrame]:
    nodes = [*milestones("P"), *milestones("Q")]
    links = [
        {
            "predecessor_id": f"{p}-{pair[0]}",
            "successor_id": f"{p}-{pair[1]}",
            "type_code": "FS",
            "lag_days": 0,
        }
        for p in "PQ"
        for pair in LINKS
    ]
    return pl.DataFrame(nodes, schema=MILESTONE_SCHEMA), pl.DataFrame(links, schema=LINK_SCHEMA)


def line(name: str, milestone: str | None, **other: object) -> dict[str, object]:
    row = {
        "purchase_line_id": name, "milestone_id": milestone, "project_id": "P", "ordered_on": day(10),
        "promised_on": day(50), "current_promised_on": None, "quantity_open": 12.0, "is_cancelled": False,
    }  # fmt: skip
    return row | other


def risk(lines: list[dict], forecasts: pl.DataFrame | None = None) -> pl.DataFrame:
    nodes, links = frames()
    batches = open_batches(pl.DataFrame(lines, infer_schema_length=None), AS_OF, line_forecasts=forecasts)
    return batch_risk(nodes, links, batches, AS_OF, publication_name="n", run_id="r")


def test_twelve_days_late_move_only_what_needs_the_batch() -> None:
    rows = risk([line("late", "P-E", current_promised_on=day(62)), line("fine", "Q-E", project_id="Q")])
    assert rows.schema == pl.Schema(BATCH_OUTPUT_SCHEMA)
    assert rows["milestone_id"].to_list() == ["P-E", "P-F", "P-G", "P-H"]
    assert rows["shift_p50_days"].to_list() == [12] * 4
    assert rows["shift_p80_days"].to_list() == [12] * 4
    assert rows["project_shift_p80_days"].unique().to_list() == [12]
    assert rows["steps"].to_list() == [0, 1, 2, 3]


def test_slack_swallows_what_it_can() -> None:
    # D may be five days late before F feels it.
    rows = risk([line("late", "P-D", promised_on=day(45), current_promised_on=day(53))])
    moved = dict(zip(rows["milestone_id"], rows["shift_p80_days"], strict=True))
    assert moved == {"P-D": 8, "P-F": 3, "P-G": 3, "P-H": 3}


def test_forecasts_move_more_at_p80_than_at_p50() -> None:
    forecasts = pl.DataFrame({"milestone_id": ["late"], "delay_p50_days": [4], "delay_p80_days": [9]})
    rows = risk([line("late", "P-E")], forecasts)
    assert rows["shift_p50_days"].to_list() == [4] * 4
    assert rows["shift_p80_days"].to_list() == [9] * 4


def test_what_moves_nothing() -> None:
    assert risk([line("in_time", "P-E")]).is_empty()
    assert risk([line("nowhere", None, current_promised_on=day(70))]).is_empty()
    assert risk([line("done", "P-A", current_promised_on=day(70))]).is_empty()
    assert risk([line("unknown", "X-1", current_promised_on=day(70))]).is_empty()


def test_an_overdue_production_order_moves_the_milestone_that_waits_for_it() -> None:
    nodes, links = frames()
    order = {
        "production_order_id": "MO-1", "project_id": "P", "planned_finish_on": day(30), "started_at": None,
        "finished_at": None, "status_code": "started",
    }  # fmt: skip
    orders = pl.DataFrame(
        [order, order | {"production_order_id": "MO-2", "status_code": "cancelled"}], infer_schema_length=None
    )
    batches = open_batches(
        pl.DataFrame([line("x", None)], infer_schema_length=None),
        AS_OF,
        production_orders=orders,
        milestones=nodes,
    )
    assert batches.select("batch_id", "milestone_id", "expected_p80_on").rows() == [
        ("MO-1", "P-B", AS_OF + timedelta(days=1))
    ]
    # It comes before B finishes anyway: nothing moves.
    assert batch_risk(nodes, links, batches, AS_OF, publication_name="n", run_id="r").is_empty()
