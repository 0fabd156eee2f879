"""Stages, hand-offs, cycles, pilot, devices and health of the company, computed a second time."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from itertools import pairwise
from math import sqrt
from typing import Any

import polars as pl
import pytest

from sandbox.company import simulate
from tests.integration.dbt.figures.conftest import UNTIL
from tests.support.warehouse import Warehouse

Frames = dict[str, pl.DataFrame]

STAGES = ["lead", "solution", "contract", "production", "delivery", "installation", "maintenance"]
#: The company's clock: Asia/Shanghai is eight hours ahead of the systems' UTC, all year.
AHEAD = dt.timedelta(hours=8)
DAY_ENDS = dt.datetime.combine(UNTIL + dt.timedelta(days=1), dt.time()) - AHEAD


def test_the_ribbon_of_every_project(built: Warehouse, frames: Frames) -> None:
    states = dict(frames["projects__projects"].select("project_id", "status_code").iter_rows())
    expected: dict[tuple[str, str], tuple[str, str | None, float | None, float | None]] = {}
    for project_id, trace in _traces(frames).items():
        reached = STAGES.index(trace[-1]["stage_code"])
        for place, stage in enumerate(STAGES):
            found = [number for number, event in enumerate(trace) if event["stage_code"] == stage]
            if place > reached:
                state = "ahead"
            elif place == reached:
                state = "stopped" if states[project_id] == "cancelled" else "current"
            else:
                state = "passed" if found else "skipped"
            # From an event to the hand-over told with the next one, and from there to the next one.
            left = [(trace[n], trace[n + 1]) for n in found if n + 1 < len(trace)]
            worked = [_days(_released(one, after) - one["entered_at"]) for one, after in left]
            waited = [_days(after["entered_at"] - _released(one, after)) for one, after in left]
            ids = ",".join(trace[number]["event_id"] for number in found) or None
            expected[project_id, stage] = (state, ids, _sum(worked), _sum(waited))
    found_rows = built.rows(
        "select project_id, stage_code, state_code, event_ids, stage_days, wait_days"
        " from marts.mart_project_lifecycle"
    )
    assert {(p, s) for p, s, *_ in found_rows} == set(expected)
    for project_id, stage, state, ids, worked_days, waited_days in found_rows:
        right = expected[project_id, stage]
        assert (state, ids) == right[:2], (project_id, stage)
        _assert_close({0: worked_days, 1: waited_days}, {0: right[2], 1: right[3]})


def test_every_passed_stage_has_its_trace(built: Warehouse) -> None:
    """Who, when and the source's row: nothing on the ribbon that no event stands behind."""
    silent = built.rows(
        "select project_stage_id from marts.mart_project_lifecycle"
        " where state_code in ('passed', 'current', 'stopped')"
        " and (event_count = 0 or not has_trace or entered_at is null or first_event_id is null)"
    )
    assert silent == []


def test_history_begins_before_the_pilot(built: Warehouse) -> None:
    ((first, last),) = built.rows("select min(entered_on), max(entered_on) from marts.fct_stage_event")
    assert first < dt.date(2023, 1, 1)
    assert last <= UNTIL


def test_waits_between_teams(built: Warehouse, frames: Frames) -> None:
    waits: dict[tuple[str, str, str], list[float | None]] = {}
    for kind, source, target, released, taken in _hand_offs(frames):
        if released >= DAY_ENDS:
            continue
        is_taken = taken is not None and taken < DAY_ENDS
        wait = max((taken - released).total_seconds() / 3600, 0) if taken is not None and is_taken else None
        waits.setdefault((kind, source, target), []).append(wait)
    medians = {
        pair: pl.Series([one for one in each if one is not None], dtype=pl.Float64).median()
        for pair, each in waits.items()
    }
    found = built.rows(
        "select kind_code, from_team_code, to_team_code, hand_off_count, waiting_count, median_wait_hours,"
        " queue_rank from marts.mart_team_hand_off"
    )
    assert {row[:3]: row[3] for row in found} == {pair: len(each) for pair, each in waits.items()}
    assert {row[:3]: row[4] for row in found} == {pair: each.count(None) for pair, each in waits.items()}
    _assert_close({row[:3]: row[5] for row in found}, medians)
    worst = max(medians, key=lambda pair: medians[pair] or 0)
    assert {row[:3] for row in found if row[6] == 1} == {worst}


def test_cycles_of_every_project(built: Warehouse, frames: Frames) -> None:
    expected = _cycles(frames)
    found = {
        row[0]: row[1:]
        for row in built.rows(
            "select project_id, pilot_code, cycle_days, delivery_cycle_days, start_days, planned_days,"
            " compression_share, start_wait_days, start_work_days from marts.mart_project_cycle"
        )
    }
    assert set(found) == set(expected)
    for project_id, (pilot, cycle, delivery, start, planned, compression, waited, worked) in found.items():
        right = expected[project_id]
        assert (pilot, cycle, delivery, start, planned) == (
            right["pilot"], right["project_cycle"], right["delivery_cycle"], right["start"], right["planned"],
        ), project_id  # fmt: skip
        saved = None if cycle is None or not planned else (planned - cycle) / planned
        _assert_close({0: compression, 1: waited}, {0: saved, 1: right["waited"]})
        if worked is not None:
            assert worked + waited == start


def test_stages_and_waits_make_the_whole_life(built: Warehouse, frames: Frames) -> None:
    found = built.rows(
        "select project_id, lifecycle_days, stage_days + wait_days from marts.mart_project_cycle"
    )
    traces = _traces(frames)
    whole = {name: _days(each[-1]["entered_at"] - each[0]["entered_at"]) for name, each in traces.items()}
    _assert_close({row[0]: row[1] for row in found}, whole)
    _assert_close({row[0]: row[2] for row in found}, whole)


@pytest.mark.parametrize("figure", ["project_cycle", "delivery_cycle", "start"])
def test_the_pilot_before_and_after(built: Warehouse, frames: Frames, figure: str) -> None:
    cohort = [one for one in _cycles(frames).values() if one["pilot"] != "none"]
    middle = pl.Series([one["amount"] for one in cohort]).median()
    assert isinstance(middle, float)
    found = built.rows(
        "select city, before_count, after_count, before_mean_days, after_mean_days, change_share,"
        " change_low_share, change_high_share, like_for_like_count, like_for_like_change_share"
        f" from marts.mart_pilot_comparison where figure_code = '{figure}'"
    )
    assert {row[0] for row in found} == {None, *(one["city"] for one in cohort)}
    for city, *cells in found:
        scope = [one for one in cohort if city in (None, one["city"]) and one[figure] is not None]
        before = [one for one in scope if one["pilot"] == "before"]
        after = [one for one in scope if one["pilot"] == "after"]
        right = [
            len(before),
            len(after),
            *_comparison(before, after, figure),
            *_alike(before, after, figure, middle),
        ]
        _assert_close(dict(enumerate(cells)), dict(enumerate(right)))


def test_the_cohort_of_the_pilot(built: Warehouse, frames: Frames) -> None:
    projects = frames["projects__projects"].filter("is_pilot")
    ((count, cities),) = built.rows(
        "select count(*), count(distinct city) from marts.dim_project where pilot_code = 'after'"
    )
    assert (count, cities) == (len(projects), 3)
    assert built.rows(
        "select distinct after_project_count from marts.mart_pilot_comparison where scope_code = 'all'"
    ) == [(len(projects),)]


def test_a_claim_is_a_line_beside_the_figure_and_nothing_it_is_made_of(
    built: Warehouse, frames: Frames
) -> None:
    """Another company, other outcomes: what the tiles say is what the dice brought, not what was claimed."""
    other = simulate(seed=8, scale=0.01, until=UNTIL).frames
    claims = dict(
        built.rows("select comparison_code, value from marts.source_claim where comparison_code is not null")
    )
    assert set(claims) == {"project_cycle", "delivery_cycle", "start"}
    for figure, claimed in claims.items():
        changes = []
        for company in (frames, other):
            cohort = [one for one in _cycles(company).values() if one[figure] is not None]
            before = [one for one in cohort if one["pilot"] == "before"]
            after = [one for one in cohort if one["pilot"] == "after"]
            changes.append(_comparison(before, after, figure)[2])
        assert changes[0] != changes[1]
        assert all(abs((change or 0) - float(claimed)) > 0.01 for change in changes)


def test_the_bill_of_devices(built: Warehouse, frames: Frames) -> None:
    devices = frames["iot__devices"].filter(pl.col("project_id").is_not_null())
    states = {"produced": "ordered", "shipped": "ordered"}
    units: dict[tuple[str, str], int] = {}
    registered: dict[tuple[str, str], int] = {}
    for device in devices.iter_rows(named=True):
        key = (device["project_id"], states.get(device["state_code"], device["state_code"]))
        units[key] = units.get(key, 0) + 1
        line = (device["order_id"], device["product_id"])
        registered[line] = registered.get(line, 0) + 1
    orders = frames["erp__orders"].filter(pl.col("project_id").is_not_null()).select("order_id", "project_id")
    kinds = devices["kind_code"].unique().to_list()
    lines = frames["erp__order_lines"].join(orders, on="order_id").join(
        frames["erp__products"].filter(pl.col("category_code").is_in(kinds)), on="product_id"
    )  # fmt: skip
    for line in lines.iter_rows(named=True):
        rest = int(line["quantity"]) - registered.pop((line["order_id"], line["product_id"]), 0)
        key = (line["project_id"], "delivered" if line["delivered_on"] else "ordered")
        units[key] = units.get(key, 0) + rest
    found = built.rows(
        "select project_id, state_code, sum(unit_count)::bigint from marts.mart_project_device group by all"
    )
    assert {(p, s): n for p, s, n in found} == {key: count for key, count in units.items() if count}
    assert built.rows(
        "select count(*) from marts.mart_project_device where kind_code <> 'sensor'"
        " and (order_line_id is null or shipment_id is null or production_order_id is null)"
    ) == [(0,)]


def test_the_health_of_every_project(built: Warehouse, frames: Frames) -> None:
    expected = {one: _health(parts) for one, parts in _parts(built, frames).items()}
    found = built.rows(
        "select project_id, schedule_score, cost_score, quality_score, supply_score, customer_score,"
        " health_score from marts.mart_project_health"
    )
    assert {row[0] for row in found} == set(expected)
    for project_id, *scores in found:
        _assert_close(dict(enumerate(scores)), dict(enumerate(expected[project_id])))


def test_every_health_says_why(built: Warehouse, frames: Frames) -> None:
    """Up to three reasons, in both languages; the first is what takes most from the score."""
    found = built.rows(
        "select project_id, reason_1_code, reason_2_code, reason_3_code,"
        " concat(reason_1_zh, reason_2_zh, reason_3_zh, reason_1_en, reason_2_en, reason_3_en)"
        " from marts.mart_project_health"
    )
    parts = _parts(built, frames)
    for project_id, *codes, text in found:
        losses = _losses(parts[project_id])
        told = [code for code in codes if code is not None]
        assert len(told) == len(set(told)) == min(3, len(losses))
        assert losses[told[0]] == pytest.approx(max(losses.values()), abs=0.01)
        assert text
        assert "{" not in text


def test_the_campus_of_the_documents(built: Warehouse) -> None:
    """86.4 million, planned for six months, done in four, nobody complained."""
    campus = built.row("select * from marts.mart_project_cycle where project_id = 'PJ-G2-1'")
    assert campus["budget_amount"] == Decimal("86400000.00")
    assert campus["budget_amount"] > 80_000_000
    assert (campus["planned_days"], campus["cycle_days"]) == (180, 120)
    assert round(100 * campus["compression_share"], 1) == Decimal("33.3")
    health = built.row("select * from marts.mart_project_health where project_id = 'PJ-G2-1'")
    assert round(health["time_performance_index"], 2) == Decimal("1.50")
    assert health["major_complaint_count"] == 0
    assert health["finish_slip_days"] == -60


def test_months_of_the_overview(built: Warehouse, frames: Frames) -> None:
    cycles = list(_cycles(frames).values())
    for column, figure, ended in (
        ("project_cycle_days", "project_cycle", "accepted_on"),
        ("delivery_cycle_days", "delivery_cycle", "commissioned_on"),
        ("project_start_days", "start", "begun_on"),
    ):
        days: dict[dt.date, list[int]] = {}
        for one in cycles:
            if one[figure] is not None:
                days.setdefault(one[ended].replace(day=1), []).append(one[figure])
        found = dict(built.rows(f"select period_on, {column} from marts.mart_overview_month"))
        _assert_close(found, {month: _mean(days.get(month, [])) for month in found})


def _traces(frames: Frames) -> dict[str, list[dict[str, Any]]]:
    """The stage events of each project in order of time, as far as the business date knows them."""
    events = frames["projects__stage_events"].filter(pl.col("entered_at") < DAY_ENDS)
    events = events.sort("project_id", "entered_at")
    return {
        str(name): group.to_dicts() for (name,), group in events.group_by("project_id", maintain_order=True)
    }


def _released(event: dict[str, Any], after: dict[str, Any]) -> dt.datetime:
    """When the team of `event` let go, as the event `after` it tells."""
    told = after["handed_over_at"] or after["entered_at"]
    moment: dt.datetime = min(max(told, event["entered_at"]), after["entered_at"])
    return moment


def _hand_offs(frames: Frames) -> Iterable[tuple[str, str, str, dt.datetime, dt.datetime | None]]:
    """Kind, both teams, released, taken of every hand-off."""
    for trace in _traces(frames).values():
        for one, after in pairwise(trace):
            yield "stage", one["team_code"], after["team_code"], _released(one, after), after["entered_at"]
    made = frames["mes__production_orders"]
    orders = frames["erp__orders"].select("order_id", "confirmed_at")
    for row in made.join(orders, on="order_id").iter_rows(named=True):
        yield "production", "sales", "production", row["confirmed_at"], row["received_at"]
    picks = frames["wms__picks"].select("order_id", "line_no", pl.col("started_at").alias("picked_from_at"))
    done = made.filter(pl.col("finished_at").is_not_null())
    for row in done.join(picks, on=["order_id", "line_no"]).iter_rows(named=True):
        yield "picking", "production", "supply", row["finished_at"], row["picked_from_at"]
    for row in frames["work__work_orders"].iter_rows(named=True):
        source = "technical" if row["milestone_id"] else "service"
        yield "dispatch", source, "service", row["created_at"], row["assigned_at"]


def _cycles(frames: Frames) -> dict[str, dict[str, Any]]:
    """Each project's dates and days by the three clocks."""
    accepted = _by(frames["erp__acceptances"].filter(pl.col("kind_code") == "final"), "accepted_on", min)
    last = frames["projects__milestones"].filter(pl.col("phase_code") == "COMMISSIONING")
    commissioned = _by(last, "finished_on", lambda days: None if None in days else max(days))
    projects = frames["projects__projects"].to_dicts()
    starts = _by(frames["projects__projects"].filter("is_pilot"), "initiated_on", min, "city")
    traces = _traces(frames)
    found = {}
    for project in projects:
        name, initiated = project["project_id"], project["initiated_on"]
        is_cancelled = project["status_code"] == "cancelled"
        start = starts.get(project["city"])
        end, ready, begun = (
            accepted.get(name) or project["finished_on"],
            commissioned.get(name),
            project["started_on"],
        )
        found[name] = {
            "city": project["city"],
            "type": project["type_code"],
            "amount": float(project["contract_amount"]),
            "pilot": "after" if project["is_pilot"] else "before" if start and initiated < start else "none",
            "accepted_on": end,
            "commissioned_on": ready,
            "begun_on": begun,
            "project_cycle": None if is_cancelled or end is None else (end - initiated).days,
            "delivery_cycle": None
            if is_cancelled or ready is None
            else (ready - project["contract_signed_on"]).days,
            "start": None if is_cancelled or begun is None else (begun - initiated).days,
            "planned": (project["planned_finish_on"] - initiated).days,
            "waited": None if is_cancelled or begun is None else _waited(traces[name], initiated, begun),
        }
    return found


def _waited(trace: list[dict[str, Any]], since: dt.date, until: dt.date) -> float:
    """Days between the local midnights of two days that a project waited to be taken over."""
    first, last = (dt.datetime.combine(day, dt.time()) - AHEAD for day in (since, until))
    total = dt.timedelta()
    for one, after in pairwise(trace):
        total += max(min(after["entered_at"], last) - max(_released(one, after), first), dt.timedelta())
    return _days(total)


def _comparison(
    before: list[dict[str, Any]], after: list[dict[str, Any]], figure: str
) -> tuple[float | None, ...]:
    """Both means, the relative change and its 95% interval by the delta method."""
    old, new = ([float(one[figure]) for one in each] for each in (before, after))
    a, b = _mean(old), _mean(new)
    if a is None or b is None:
        return a, b, None, None, None
    if len(old) < 2 or len(new) < 2:
        return a, b, b / a - 1, None, None
    variances = [sum((x - sum(xs) / len(xs)) ** 2 for x in xs) / (len(xs) - 1) / len(xs) for xs in (old, new)]
    width = 1.96 * sqrt(variances[1] / a**2 + variances[0] * b**2 / a**4)
    return a, b, b / a - 1, b / a - 1 - width, b / a - 1 + width


def _alike(
    before: list[dict[str, Any]], after: list[dict[str, Any]], figure: str, middle: float
) -> tuple[int, float | None]:
    """How many of the pilot's projects have a like before them, and the change among these."""
    like: dict[tuple[str, bool], list[int]] = {}
    for one in before:
        like.setdefault((one["type"], one["amount"] > middle), []).append(one[figure])
    pairs = [(one[figure], _mean(like.get((one["type"], one["amount"] > middle), []))) for one in after]
    known = [(days, usual) for days, usual in pairs if usual is not None]
    if not known:
        return 0, None
    return len(known), sum(days for days, _ in known) / sum(usual for _, usual in known) - 1


def _parts(built: Warehouse, frames: Frames) -> dict[str, dict[str, float | None]]:
    """Each component of each project's health; what other tests count a second time is read from its mart."""
    firsts = frames["work__inspections"].filter(
        (pl.col("attempt_no") == 1) & (pl.col("kind_code") != "incoming")
    )
    passed = _by(firsts, "is_passed", lambda each: sum(each) / len(each))
    stars = _current_stars(frames)
    said = _complaints(frames)
    rework = _rework(built, frames)
    cost = dict(
        built.rows(
            "select project_id, sum(actual_amount) from intermediate.int_project_expense_month group by 1"
        )
    )
    earned = {
        row[0]: row[1:]
        for row in built.rows(
            "select project_id, schedule_time_index, cost_performance_index, estimate_at_completion_amount,"
            " budget_at_completion_amount, is_estimate_unstable from marts.mart_project_earned_value"
        )
    }
    supply, slips = _path_supply(built), _slips(frames)
    parts: dict[str, dict[str, float | None]] = {}
    for project in frames["projects__projects"].iter_rows(named=True):
        name = project["project_id"]
        pace, index, estimate, budget, is_unstable = earned.get(name, (None, None, None, None, True))
        parts[name] = {
            "time_index": pace,
            "finish_slip": slips[name],
            "cost_index": None if is_unstable else index,
            "estimate_overrun": None if is_unstable or not budget else float(estimate) / float(budget) - 1,
            "first_acceptance": passed.get(name),
            "rework_share": float(rework.get(name, 0)) / float(cost[name]) if cost.get(name) else None,
            "path_supply": supply.get(name),
            "mean_stars": stars.get(name),
            "complaints": said.get(name, 0) if project["started_on"] or name in said else None,
        }
    return parts


def _rework(built: Warehouse, frames: Frames) -> dict[str, Decimal]:
    """Booked expenses of rework by project."""
    again = set(frames["work__work_orders"].filter("is_rework")["work_order_id"])
    found: dict[str, Decimal] = {}
    for project_id, order_id, amount in built.rows(
        "select project_id, work_order_id, expense_reporting_amount from marts.fct_expense where is_cost"
    ):
        if order_id in again:
            found[project_id] = found.get(project_id, Decimal(0)) + amount
    return found


def _current_stars(frames: Frames) -> dict[str, float]:
    """Mean of the newest rating of each work order, by project."""
    orders = frames["work__work_orders"].select("work_order_id", "project_id")
    newest = frames["work__ratings"].sort("rated_at").group_by("work_order_id", maintain_order=True).last()
    rated = newest.join(orders, on="work_order_id").filter(pl.col("project_id").is_not_null())
    return dict(rated.group_by("project_id").agg(pl.col("stars").mean()).iter_rows())


def _complaints(frames: Frames) -> dict[str, int]:
    """Complaints by project; one about the same order within a day of the one before says nothing new."""
    found: dict[str, int] = {}
    newest: dict[str, dt.datetime] = {}
    for row in frames["work__complaints"].sort("received_at").iter_rows(named=True):
        subject = row["work_order_id"] or row["order_id"]
        is_again = subject in newest and row["received_at"] - newest[subject] <= dt.timedelta(days=1)
        if subject:
            newest[subject] = row["received_at"]
        if not is_again:
            found[row["project_id"]] = found.get(row["project_id"], 0) + 1
    return found


def _path_supply(built: Warehouse) -> dict[str, float]:
    """Share of due purchase lines on the critical path that came on time in full, by project."""
    critical = dict(built.rows("select milestone_id, is_critical from intermediate.int_milestone_network"))
    lines: dict[str, list[bool]] = {}
    for project_id, milestone_id, is_otif in built.rows(
        "select project_id, milestone_id, is_otif from marts.fct_purchase_line"
        " where is_due and project_id is not null"
    ):
        if critical.get(milestone_id, True):
            lines.setdefault(project_id, []).append(is_otif)
    return {project_id: sum(each) / len(each) for project_id, each in lines.items()}


def _slips(frames: Frames) -> dict[str, int]:
    """Days from the last planned finish to the last one, actual or expected; this build has no forecasts."""
    slips = {}
    for (name,), group in frames["projects__milestones"].group_by("project_id"):
        rows = group.to_dicts()
        expected = [
            row["finished_on"]
            or max(row["planned_finish_on"], UNTIL if row["planned_finish_on"] < UNTIL else dt.date.min)
            for row in rows
        ]
        slips[str(name)] = (max(expected) - max(row["planned_finish_on"] for row in rows)).days
    return slips


#: Part, weight within the part, value of 0 points, value of 100 points.
COMPONENTS = {
    "time_index": ("schedule", 0.5, 0.5, 1), "finish_slip": ("schedule", 0.5, 93, 3),
    "cost_index": ("cost", 0.5, 0.5, 1), "estimate_overrun": ("cost", 0.5, 0.5, 0),
    "first_acceptance": ("quality", 0.6, 0, 1), "rework_share": ("quality", 0.4, 0.2, 0),
    "path_supply": ("supply", 1, 0, 1),
    "mean_stars": ("customer", 0.6, 1, 5), "complaints": ("customer", 0.4, 5, 0),
}  # fmt: skip
WEIGHTS = {"schedule": 30, "cost": 25, "quality": 15, "supply": 15, "customer": 15}


def _health(components: dict[str, float | None]) -> list[float | None]:
    """The scores of the five parts and of the whole; what has no data passes its weight on."""
    points: dict[str, list[tuple[float, float]]] = {part: [] for part in WEIGHTS}
    for name, value in components.items():
        part, weight, zero, full = COMPONENTS[name]
        if value is not None:
            points[part].append((weight, 100 * max(0.0, min(1.0, (float(value) - zero) / (full - zero)))))
    parts = [_weighed(points[part]) for part in WEIGHTS]
    known = [
        (float(WEIGHTS[part]), score) for part, score in zip(WEIGHTS, parts, strict=True) if score is not None
    ]
    return [*parts, _weighed(known)]


def _losses(components: dict[str, float | None]) -> dict[str, float]:
    """By component with data, how many points it takes from the whole."""
    known = {name: float(value) for name, value in components.items() if value is not None}
    used = {part for name in known for part in [COMPONENTS[name][0]]}
    losses = {}
    for name, value in known.items():
        part, weight, zero, full = COMPONENTS[name]
        beside = sum(COMPONENTS[other][1] for other in known if COMPONENTS[other][0] == part)
        share = WEIGHTS[part] / sum(WEIGHTS[one] for one in used) * weight / beside
        losses[name] = share * (100 - 100 * max(0.0, min(1.0, (value - zero) / (full - zero))))
    return losses


def _weighed(each: list[tuple[float, float]]) -> float | None:
    return sum(weight * value for weight, value in each) / sum(weight for weight, _ in each) if each else None


def _by(frame: pl.DataFrame, column: str, fold: Any, key: str = "project_id") -> dict[str, Any]:
    """What `fold` makes of the values of a column, by key."""
    return {str(name): fold(group[column].to_list()) for (name,), group in frame.group_by(key)}


def _days(length: dt.timedelta) -> float:
    return length.total_seconds() / 86400


def _sum(values: list[float]) -> float | None:
    return sum(values) if values else None


def _mean(values: list[Any]) -> float | None:
    return sum(values) / len(values) if values else None


def _assert_close(found: dict[Any, Any], expected: dict[Any, Any]) -> None:
    """Equal keys, both without a value or equal to 0.01."""
    assert set(found) == set(expected)
    for key, value in found.items():
        right = expected[key]
        assert (value is None) == (right is None), (key, value, right)
        assert value is None or abs(float(value) - float(right)) < 0.01, (key, value, right)
