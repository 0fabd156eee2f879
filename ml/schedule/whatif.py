"""What if a date, supplier, crew, duration or sequence were another: a few changes over a snapshot.

Only the projects that a scenario hits are computed again; all others keep their rows to the bit.
"""

from collections.abc import Callable, Sequence
from typing import Any

import polars as pl

from ml.frames import with_schema
from ml.schedule.network import day_numbers
from ml.schedule.outlook import OUTLOOK_SCHEMA, Delta, Snapshot, finish_outlook

#: One row a change; a scenario is all rows of its id.
#:
#: kind_code `date`: the milestone is done on `new_on`. `supplier`: its goods come from supplier `other_id`,
#: `days` after the business date, or on `new_on`. `duration`: it takes `days` instead of its planned ones.
#: `crew`: crew `other_id` does it, from `new_on` on and in `days` where these are given. `link`: it waits for
#: milestone `other_id` by a link of `type_code` (FS unless given) with a lag of `days`. `unlink`: it waits no
#: longer for `other_id` (by links of `type_code`, of all types unless given).
CHANGE_SCHEMA: dict[str, type[pl.DataType]] = {
    "scenario_id": pl.String,
    "kind_code": pl.String,
    "milestone_id": pl.String,
    "other_id": pl.String,
    "new_on": pl.Date,
    "days": pl.Int64,
    "type_code": pl.String,
}

#: One row a scenario and milestone of the projects that it hits, as it stands beside as it would be.
WHATIF_SCHEMA: dict[str, type[pl.DataType]] = {
    "scenario_id": pl.String,
    "milestone_id": pl.String,
    "project_id": pl.String,
    "as_of_on": pl.Date,
    "is_changed": pl.Boolean,
    "base_finish_p50_on": pl.Date,
    "base_finish_p80_on": pl.Date,
    "finish_p50_on": pl.Date,
    "finish_p80_on": pl.Date,
    "shift_p50_days": pl.Int64,
    "shift_p80_days": pl.Int64,
    "project_base_finish_p50_on": pl.Date,
    "project_base_finish_p80_on": pl.Date,
    "project_finish_p50_on": pl.Date,
    "project_finish_p80_on": pl.Date,
    "project_shift_p50_days": pl.Int64,
    "project_shift_p80_days": pl.Int64,
    "is_computable": pl.Boolean,
    "cycle_text": pl.String,
}

#: One row a change that cannot be made, and why.
PROBLEM_SCHEMA: dict[str, type[pl.DataType]] = {
    "scenario_id": pl.String,
    "row_no": pl.Int64,
    "milestone_id": pl.String,
    "reason_code": pl.String,
}

LINK_TYPES = ("FS", "SS", "FF", "SF")
Row = dict[str, Any]


def what_if(base: pl.DataFrame, snapshot: Snapshot, changes: pl.DataFrame) -> pl.DataFrame:
    """Every milestone of the projects that each scenario hits, before and after it, with shifts in days.

    base: `finish_outlook` of the snapshot. changes: CHANGE_SCHEMA; rows that cannot be made
    (`change_problems`) are left out. Gives WHATIF_SCHEMA, by scenario and milestone; nothing for a scenario
    that changes nothing. Shifts are calendar days, positive for later, NULL where a scenario closes a circle:
    is_computable is false then and cycle_text names it. Raises MissingColumnsError.
    """
    parts = [
        _side_by_side(base, _hit_outlook(snapshot, rows), scenario, rows)
        for scenario, rows in _scenarios(snapshot, changes)
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema=WHATIF_SCHEMA)


def scenario_outlook(base: pl.DataFrame, snapshot: Snapshot, changes: pl.DataFrame) -> pl.DataFrame:
    """The outlook of the whole snapshot under one scenario: hit projects anew, all others as in `base`.

    Equal to `finish_outlook(snapshot, delta)` of everything. Raises ValueError for more than one scenario.
    """
    scenarios = _scenarios(snapshot, changes)
    if len(scenarios) > 1:
        raise ValueError(f"one scenario at a time, not {[scenario for scenario, _ in scenarios]}")
    if not scenarios:
        return base
    hit = _hit_outlook(snapshot, scenarios[0][1])
    untouched = base.filter(~pl.col("project_id").is_in(hit["project_id"].unique().to_list()))
    return pl.concat([untouched, hit]).sort("milestone_id")


def change_problems(snapshot: Snapshot, changes: pl.DataFrame) -> pl.DataFrame:
    """The changes that cannot be made: PROBLEM_SCHEMA, by scenario and row number within it (from 1).

    reason_code: `unknown_kind`, `unknown_milestone` (or one of no project), `already_finished`, `cancelled`,
    `missing_value`, `unknown_other` (a link to no milestone of the same project), `unknown_link_type`.
    """
    found = []
    known = _known(snapshot)
    for scenario, rows in _by_scenario(changes):
        for number, row in enumerate(rows, start=1):
            reason = _problem(row, known)
            if reason:
                found.append((scenario, number, row["milestone_id"], reason))
    return pl.DataFrame(found, schema=PROBLEM_SCHEMA, orient="row")


def delta_of(snapshot: Snapshot, changes: Sequence[Row]) -> Delta:
    """The changes of one scenario in days of the snapshot's calendar; of two of a kind the last counts."""
    dates = pl.Series([snapshot.as_of_on, *(row["new_on"] for row in changes)], dtype=pl.Date)
    today, *numbers = day_numbers(dates, snapshot.calendar).to_list()
    delta = Delta({}, {}, {}, [], [])
    for row, number in zip(changes, numbers, strict=True):
        _DO[row["kind_code"]](delta, row, number, today)
    return delta


def _date(delta: Delta, row: Row, number: int | None, today: int) -> None:
    delta.floors[row["milestone_id"]] = today + row["days"] if number is None else max(number, today)


def _duration(delta: Delta, row: Row, number: int | None, today: int) -> None:
    delta.planned_days[row["milestone_id"]] = row["days"]


def _crew(delta: Delta, row: Row, number: int | None, today: int) -> None:
    if row["days"] is not None:
        delta.planned_days[row["milestone_id"]] = row["days"]
    if number is not None:
        delta.releases[row["milestone_id"]] = number


def _link(delta: Delta, row: Row, number: int | None, today: int) -> None:
    ends = row["other_id"], row["milestone_id"]
    delta.added.append((*ends, row["type_code"] or "FS", row["days"] or 0))


def _unlink(delta: Delta, row: Row, number: int | None, today: int) -> None:
    delta.removed.append((row["other_id"], row["milestone_id"], row["type_code"]))


_DO: dict[str, Callable[[Delta, Row, int | None, int], None]] = {
    "date": _date,
    "supplier": _date,
    "duration": _duration,
    "crew": _crew,
    "link": _link,
    "unlink": _unlink,
}
#: What a change needs one of at least.
_NEEDS = {
    "date": ("new_on",),
    "supplier": ("new_on", "days"),
    "duration": ("days",),
    "crew": ("other_id", "new_on", "days"),
    "link": ("other_id",),
    "unlink": ("other_id",),
}


def _known(snapshot: Snapshot) -> dict[str, Row]:
    columns = ["milestone_id", "project_id", "state_code", "finished_on"]
    rows = snapshot.milestones.select(columns).with_columns(
        is_done=(pl.col("state_code") == "finished").fill_null(False)
        & ~(pl.col("finished_on") > snapshot.as_of_on).fill_null(False)
    )
    return {row["milestone_id"]: row for row in rows.iter_rows(named=True)}


def _problem(row: Row, known: dict[str, Row]) -> str | None:
    kind, milestone = row["kind_code"], known.get(row["milestone_id"])
    other = known.get(row["other_id"])
    checks = (
        ("unknown_kind", kind not in _DO),
        ("unknown_milestone", milestone is None or milestone["project_id"] is None),
        ("already_finished", milestone is not None and milestone["is_done"]),
        ("cancelled", milestone is not None and milestone["state_code"] == "cancelled"),
        ("missing_value", all(row[name] is None for name in _NEEDS.get(kind, ()))),
        ("missing_value", kind in ("duration", "crew", "supplier") and (row["days"] or 0) < 0),
        ("unknown_other", kind in ("link", "unlink") and not _are_mates(milestone, other)),
        ("unknown_link_type", kind == "link" and (row["type_code"] or "FS") not in LINK_TYPES),
    )
    return next((reason for reason, is_so in checks if is_so), None)


def _are_mates(milestone: Row | None, other: Row | None) -> bool:
    if milestone is None or other is None:
        return False
    return milestone["project_id"] is not None and milestone["project_id"] == other["project_id"]


def _by_scenario(changes: pl.DataFrame) -> list[tuple[str, list[Row]]]:
    rows: dict[str, list[Row]] = {}
    for row in with_schema(changes, CHANGE_SCHEMA, "changes").iter_rows(named=True):
        rows.setdefault(row["scenario_id"] or "", []).append(row)
    return sorted(rows.items())


def _scenarios(snapshot: Snapshot, changes: pl.DataFrame) -> list[tuple[str, list[Row]]]:
    """The scenarios that change something, with the changes that can be made."""
    known = _known(snapshot)
    kept = [
        (scenario, [row for row in rows if _problem(row, known) is None])
        for scenario, rows in _by_scenario(changes)
    ]
    return [(scenario, rows) for scenario, rows in kept if rows]


def _hit_outlook(snapshot: Snapshot, rows: Sequence[Row]) -> pl.DataFrame:
    known = _known(snapshot)
    projects = sorted({known[row["milestone_id"]]["project_id"] for row in rows})
    return finish_outlook(snapshot.of_projects(projects), delta_of(snapshot, rows))


def _side_by_side(
    base: pl.DataFrame, after: pl.DataFrame, scenario: str, rows: Sequence[Row]
) -> pl.DataFrame:
    names = ("finish_p50_on", "finish_p80_on", "project_finish_p50_on", "project_finish_p80_on")
    before = base.select("milestone_id", *(pl.col(name).alias(f"_{name}") for name in names))
    changed = [row["milestone_id"] for row in rows]
    shifts = {name: (pl.col(name) - pl.col(f"_{name}")).dt.total_days() for name in names}
    return (
        with_schema(after, OUTLOOK_SCHEMA, "outlook")
        .join(before, on="milestone_id", how="left", maintain_order="left")
        .with_columns(
            scenario_id=pl.lit(scenario),
            is_changed=pl.col("milestone_id").is_in(changed),
            base_finish_p50_on="_finish_p50_on",
            base_finish_p80_on="_finish_p80_on",
            project_base_finish_p50_on="_project_finish_p50_on",
            project_base_finish_p80_on="_project_finish_p80_on",
            shift_p50_days=shifts["finish_p50_on"],
            shift_p80_days=shifts["finish_p80_on"],
            project_shift_p50_days=shifts["project_finish_p50_on"],
            project_shift_p80_days=shifts["project_finish_p80_on"],
        )
        .select(pl.col(name).cast(dtype) for name, dtype in WHATIF_SCHEMA.items())
    )
