"""Which projects and milestones a late batch moves: purchase lines and production orders on their way."""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import polars as pl

from ml.delay.config import BATCH_OUTPUT_SCHEMA, BATCH_SCHEMA
from ml.frames import with_schema
from ml.schedule.config import LINK_SCHEMA, MILESTONE_SCHEMA
from ml.schedule.network import milestone_network

_LINE_COLUMNS = (
    "purchase_line_id",
    "milestone_id",
    "project_id",
    "promised_on",
    "current_promised_on",
    "ordered_on",
)
_ORDER_COLUMNS = (
    "production_order_id",
    "project_id",
    "planned_finish_on",
    "started_at",
    "finished_at",
    "status_code",
)
_DAYS = {"p50": "delay_p50_days", "p80": "delay_p80_days"}


def open_batches(
    lines: pl.DataFrame,
    as_of_on: date,
    *,
    line_forecasts: pl.DataFrame | None = None,
    production_orders: pl.DataFrame | None = None,
    milestones: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """The batches still to come (BATCH_SCHEMA): when each was due, and when it comes at P50 and P80.

    lines: rows of `fct_purchase_line`; one that names no milestone delays none and is left out.
    line_forecasts: milestone_id (here the purchase line's), delay_p50_days and delay_p80_days; a line
    without one comes on the supplier's current promise. What is overdue comes tomorrow at the earliest.
    production_orders: rows of `stg_mes__production_orders`; their milestone is the first open one of their
    project that is planned to finish on or after them, so `milestones` is needed with them; they are
    late by what has passed.
    """
    frames = [_line_batches(lines, line_forecasts, as_of_on)]
    if production_orders is not None and milestones is not None:
        frames.append(_order_batches(production_orders, milestones, as_of_on))
    return pl.concat(frames).sort("kind_code", "batch_id")


def batch_risk(
    milestones: pl.DataFrame,
    links: pl.DataFrame,
    batches: pl.DataFrame,
    as_of_on: date,
    *,
    publication_name: str,
    run_id: str,
) -> pl.DataFrame:
    """What each late batch moves (BATCH_OUTPUT_SCHEMA): a row a batch and milestone moved at P80, by both.

    milestones, links: MILESTONE_SCHEMA and LINK_SCHEMA. batches: BATCH_SCHEMA. The network is laid once as if
    every batch came when it was due; a milestone that needs a batch cannot finish before it comes, and what
    follows moves but for its slack. Days are against that network; nothing moves that has finished, nor the
    start of what has begun. project_shift_*: by how much the project's last finish moves. Batches are judged
    one by one. Raises MissingColumnsError.
    """
    milestones = with_schema(milestones, MILESTONE_SCHEMA, "milestones")
    asked = with_schema(batches, BATCH_SCHEMA, "batches")
    late = asked.filter(pl.col("expected_p80_on") > pl.col("due_on")).sort("kind_code", "batch_id")
    # A batch moves nothing outside the project of its milestone, and nothing at all once that is done.
    waiting = milestones.filter(~_is_done(as_of_on)).select("milestone_id", "project_id")
    late = late.join(waiting.select("milestone_id"), on="milestone_id", how="semi", maintain_order="left")
    hit = waiting.join(late, on="milestone_id", how="semi")
    milestones = milestones.join(hit, on="project_id", how="semi", nulls_equal=True, maintain_order="left")
    links = with_schema(links, LINK_SCHEMA, "links").join(
        milestones, left_on="predecessor_id", right_on="milestone_id", how="semi", maintain_order="left"
    )
    network = milestone_network(milestones, links, as_of_on).filter("is_computable").sort("milestone_id")
    net = _Network(network, milestones, links, as_of_on)
    rows = [row for batch in late.iter_rows(named=True) for row in net.moved_by(batch)]
    return (
        pl.DataFrame(rows, schema=_MOVED, orient="row")
        .with_columns(
            as_of_on=pl.lit(as_of_on), publication_name=pl.lit(publication_name), _run_id=pl.lit(run_id)
        )
        .select(pl.col(name).cast(dtype) for name, dtype in BATCH_OUTPUT_SCHEMA.items())
    )


_MOVED: Mapping[str, type[pl.DataType]] = {
    "batch_id": pl.String,
    "kind_code": pl.String,
    "project_id": pl.String,
    "milestone_id": pl.String,
    "due_on": pl.Date,
    "expected_p50_on": pl.Date,
    "expected_p80_on": pl.Date,
    "shift_p50_days": pl.Int64,
    "shift_p80_days": pl.Int64,
    "project_shift_p50_days": pl.Int64,
    "project_shift_p80_days": pl.Int64,
    "steps": pl.Int64,
}


def _line_batches(lines: pl.DataFrame, forecasts: pl.DataFrame | None, as_of_on: date) -> pl.DataFrame:
    is_open = (pl.col("quantity_open") > 0) & ~pl.col("is_cancelled").fill_null(False)
    batches = lines.filter(is_open, pl.col("milestone_id").is_not_null(), pl.col("promised_on").is_not_null())
    batches = batches.select(*_LINE_COLUMNS)
    days = dict.fromkeys(_DAYS.values(), pl.Int64)
    if forecasts is None:
        forecasts = pl.DataFrame(schema={"milestone_id": pl.String, **days})
    given = forecasts.select(purchase_line_id="milestone_id", **{name: pl.col(name) for name in days})
    batches = batches.join(given, on="purchase_line_id", how="left")
    # A supplier who says that it will be later is believed; one who says nothing, or sooner, is forecast.
    told = (
        pl.col("current_promised_on").fill_null(pl.col("promised_on")) - pl.col("promised_on")
    ).dt.total_days()
    tomorrow = pl.lit(as_of_on + timedelta(days=1))
    promised = pl.col("promised_on")
    expected = {
        f"expected_{key}_on": pl.max_horizontal(
            promised + pl.duration(days=pl.max_horizontal(told, pl.col(name).fill_null(told))), tomorrow
        )
        for key, name in _DAYS.items()
    }
    return batches.select(
        batch_id="purchase_line_id",
        kind_code=pl.lit("purchase_line"),
        project_id="project_id",
        milestone_id="milestone_id",
        due_on=promised,
        **expected,
    ).cast(BATCH_SCHEMA)


def _order_batches(orders: pl.DataFrame, milestones: pl.DataFrame, as_of_on: date) -> pl.DataFrame:
    as_of = pl.lit(as_of_on)
    open_orders = orders.select(*_ORDER_COLUMNS).filter(
        pl.col("project_id").is_not_null(),
        pl.col("planned_finish_on").is_not_null(),
        pl.col("status_code").ne_missing("cancelled"),
        (pl.col("finished_at").cast(pl.Date) > as_of).fill_null(True),
    )
    needing = milestones.filter(
        pl.col("planned_finish_on").is_not_null(), (pl.col("finished_on") > as_of).fill_null(True)
    ).select("project_id", "milestone_id", needed_on="planned_finish_on")
    due = pl.col("planned_finish_on")
    expected = pl.max_horizontal(due, as_of + pl.duration(days=1))
    return (
        open_orders.join(needing, on="project_id")
        .filter(pl.col("needed_on") >= due)
        .sort("production_order_id", "needed_on", "milestone_id")
        .unique("production_order_id", keep="first", maintain_order=True)
        .select(
            batch_id="production_order_id",
            kind_code=pl.lit("production_order"),
            project_id="project_id",
            milestone_id="milestone_id",
            due_on=due,
            expected_p50_on=expected,
            expected_p80_on=expected,
        )
        .cast(BATCH_SCHEMA)
    )


def _is_done(as_of_on: date) -> pl.Expr:
    is_finished = (pl.col("finished_on") <= pl.lit(as_of_on)).fill_null(False)
    return is_finished | pl.col("state_code").eq_missing("finished")


class _Network:
    """Early dates of the milestones and the slack of each link, ready to be asked what a shift moves."""

    def __init__(
        self, network: pl.DataFrame, milestones: pl.DataFrame, links: pl.DataFrame, as_of_on: date
    ) -> None:
        about = milestones.select("milestone_id", "state_code", "started_on", "finished_on")
        as_of = pl.lit(as_of_on)
        nodes = network.join(about, on="milestone_id").with_columns(
            is_begun=(pl.col("started_on") <= as_of).fill_null(False), is_done=_is_done(as_of_on)
        )
        self.names = nodes["milestone_id"].to_list()
        self.number = {name: at for at, name in enumerate(self.names)}
        self.start, self.finish = (
            nodes[name].to_physical().to_numpy().astype(np.int64)
            for name in ("early_start_on", "early_finish_on")
        )
        self.begun, self.done = nodes["is_begun"].to_list(), nodes["is_done"].to_list()
        self.project = nodes["project_id"].to_list()
        self.members: dict[str, list[int]] = {}
        for at, project in enumerate(self.project):
            self.members.setdefault(project, []).append(at)
        self.followers: dict[int, list[tuple[int, int, bool, bool]]] = {}
        for link in links.sort("predecessor_id", "successor_id").iter_rows(named=True):
            before, after = (self.number.get(link[f"{end}_id"]) for end in ("predecessor", "successor"))
            if before is None or after is None or self.project[before] != self.project[after]:
                continue
            kind, lag = link["type_code"] or "FS", link["lag_days"] or 0
            leaves = self.finish[before] if kind[0] == "F" else self.start[before]
            arrives = self.finish[after] if kind[1] == "F" else self.start[after]
            slack = int(arrives - leaves - lag)
            self.followers.setdefault(before, []).append((after, slack, kind[0] == "F", kind[1] == "F"))

    def moved_by(self, batch: Mapping[str, object]) -> list[tuple[object, ...]]:
        """A row for each milestone that the batch moves at P80, the one that needs it first."""
        at = self.number.get(batch["milestone_id"])
        if at is None or self.done[at]:
            return []
        shifts = {key: self._shifts(at, batch["due_on"], batch[f"expected_{key}_on"]) for key in _DAYS}
        members = self.members[self.project[at]]
        last = max(self.finish[one] for one in members)
        ends = {
            key: max(self.finish[one] + moved.get(one, (0, 0))[0] for one in members) - last
            for key, moved in shifts.items()
        }
        told = ("batch_id", "kind_code"), ("due_on", "expected_p50_on", "expected_p80_on")
        return [
            (
                *(batch[name] for name in told[0]),
                self.project[at],
                self.names[one],
                *(batch[name] for name in told[1]),
                int(shifts["p50"].get(one, (0, 0))[0]),
                int(days),
                int(ends["p50"]),
                int(ends["p80"]),
                steps,
            )
            for one, (days, steps) in sorted(shifts["p80"].items(), key=lambda item: (item[1][1], item[0]))
        ]

    def _shifts(self, at: int, due_on: date, expected_on: date) -> dict[int, tuple[int, int]]:
        """Days by which finishes move, and how many links away, of those that move at all."""
        expected, due = (pl.Series([day]).to_physical().item() for day in (expected_on, due_on))
        # A batch that comes after its node is expected to finish anyway, as the plan has it, moves it by
        # what is late.
        days = expected - max(int(self.finish[at]), due)
        if days <= 0:
            return {}
        moved, waiting = {at: (days, 0)}, [at]
        started: dict[int, int] = {at: 0}
        for node in waiting:
            for after, slack, from_finish, to_finish in self.followers.get(node, []):
                own = moved[node][0] if from_finish else started.get(node, 0)
                arriving = own - slack
                if arriving <= 0 or self.done[after] or (self.begun[after] and not to_finish):
                    continue
                if arriving > moved.get(after, (0, 0))[0]:
                    moved[after] = (arriving, moved[node][1] + 1)
                    started[after] = 0 if to_finish or self.begun[after] else arriving
                    waiting.append(after)
        return moved
