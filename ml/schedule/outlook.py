"""When milestones finish at P50 and P80: what each is late by itself, carried through the network.

A milestone's forecast says by how much it will be late all in all; part of that it inherits from what comes
before it. Its own share is what is left when the network has brought it its predecessors' lateness, so that
the outlook of an unchanged snapshot is the published forecast, and a change moves all that waits for it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import polars as pl

from ml.frames import with_schema
from ml.schedule.calendar import Calendar, CalendarDays
from ml.schedule.critical_path import FINISH_STARTS, TO_FINISH, Link, precedence_order, solve
from ml.schedule.network import cycle_texts, dates_of, day_numbers, network_nodes

#: Columns of `ml_delay_forecast` that the outlook reads; a milestone without a row is late by nothing.
DELAY_SCHEMA: dict[str, type[pl.DataType]] = {
    "milestone_id": pl.String,
    "finish_p50_on": pl.Date,
    "finish_p80_on": pl.Date,
}

#: One row a milestone that is not cancelled, with the finish of its whole project.
OUTLOOK_SCHEMA: dict[str, type[pl.DataType]] = {
    "milestone_id": pl.String,
    "project_id": pl.String,
    "as_of_on": pl.Date,
    "finish_p50_on": pl.Date,
    "finish_p80_on": pl.Date,
    "project_finish_p50_on": pl.Date,
    "project_finish_p80_on": pl.Date,
    "is_computable": pl.Boolean,
    "cycle_text": pl.String,
}

#: Draws of each milestone's own lateness in days: in go rows with milestone_id, project_id, is_finished and
#: duration, out comes an array (rows, draws). A project's draws must not depend on who else is asked for.
Sampler = Callable[[pl.DataFrame], np.ndarray]

#: Before every date there is: a floor that holds nobody up.
NO_FLOOR = -(10**9)


@dataclass(frozen=True)
class Delta:
    """What a scenario changes of a snapshot, by milestone, in days of the calendar.

    planned_days: new planned durations. floors: the milestone is done on that day, or later only because of
    what it waits for; its own forecast no longer counts. releases: it starts no earlier. added, removed:
    links (predecessor, successor, type, lag); a removed one without a type stands for all types.
    """

    planned_days: Mapping[str, int] = field(default_factory=dict)
    floors: Mapping[str, int] = field(default_factory=dict)
    releases: Mapping[str, int] = field(default_factory=dict)
    added: Sequence[tuple[str, str, str, int]] = ()
    removed: Sequence[tuple[str, str, str | None]] = ()


@dataclass(frozen=True)
class Snapshot:
    """Milestones, links and forecasts of a business date, of all projects or of some."""

    milestones: pl.DataFrame
    links: pl.DataFrame
    delays: pl.DataFrame
    as_of_on: date
    calendar: Calendar = field(default_factory=CalendarDays)
    sampler: Sampler | None = None

    def of_projects(self, project_ids: Sequence[str]) -> "Snapshot":
        """The part of the snapshot that concerns these projects."""
        chosen = self.milestones.filter(pl.col("project_id").is_in(list(project_ids)))
        return Snapshot(chosen, self.links, self.delays, self.as_of_on, self.calendar, self.sampler)


def finish_outlook(snapshot: Snapshot, delta: Delta | None = None) -> pl.DataFrame:
    """P50 and P80 finish of every milestone and project, as they stand or with a scenario's changes.

    Gives OUTLOOK_SCHEMA, by milestone_id. With a sampler the quantiles are those of its draws; without one
    each quantile is carried through the network by itself. A project with a cycle is not computable: its rows
    have no dates and name the cycle; the others go on. Raises MissingColumnsError.
    """
    delta = delta or Delta()
    state = _State(snapshot, delta)
    ends, _ = forward_pass(Work.of(state.nodes), state.links, state.own, state.floors)
    if snapshot.sampler is not None:
        ends = np.quantile(ends, (0.5, 0.8), axis=1, method="inverted_cdf").T
    return _told(state, ends.astype(np.int64), snapshot)


class _State:
    """The nodes and links with a scenario's changes, each node's own lateness as before them."""

    def __init__(self, snapshot: Snapshot, delta: Delta) -> None:
        asked = (snapshot.milestones, snapshot.links, snapshot.as_of_on, snapshot.calendar)
        before, links = network_nodes(*asked)
        own = own_lateness(before, links, snapshot)
        self.nodes, links = network_nodes(*asked, planned_days=delta.planned_days)
        ids = self.nodes["milestone_id"].to_list()
        place = {milestone: at for at, milestone in enumerate(ids)}
        self.links = changed_links(links, place, delta)
        floors = np.array([delta.floors.get(each, NO_FLOOR) for each in ids], dtype=np.int64)
        self.floors = floors[:, None]
        self.own = np.where(self.floors > NO_FLOOR, 0, own)
        releases = [
            max(each, delta.releases.get(ids[at], each)) for at, each in enumerate(self.nodes["release"])
        ]
        self.nodes = self.nodes.with_columns(release=pl.Series(releases, dtype=pl.Int64))


def changed_links(links: Sequence[Link], place: Mapping[str, int], delta: Delta) -> list[Link]:
    """The links by row number with those of the scenario, without those that it takes away."""
    gone = {(place.get(before), place.get(after), code) for before, after, code in delta.removed}
    kept = [
        link
        for link in links
        if not {(link.before, link.after, None), (link.before, link.after, link.type_code)} & gone
    ]
    return kept + [
        Link(place[before], place[after], code, lag)
        for before, after, code, lag in delta.added
        if before in place and after in place
    ]


def own_lateness(nodes: pl.DataFrame, links: Sequence[Link], snapshot: Snapshot) -> np.ndarray:
    """Days that each node is late by itself (rows, draws): drawn, or what its P50 and P80 add."""
    if snapshot.sampler is not None:
        asked = nodes.select("milestone_id", "project_id", "is_finished", "duration")
        drawn = np.asarray(snapshot.sampler(asked), dtype=np.int64)
        if drawn.ndim != 2 or len(drawn) != nodes.height:
            raise ValueError(
                f"the sampler gave an array of shape {drawn.shape} for {nodes.height} milestones"
            )
        return np.where(nodes["is_finished"].to_numpy()[:, None], 0, drawn)
    delays = with_schema(snapshot.delays, DELAY_SCHEMA, "delays").unique("milestone_id", keep="first")
    joined = nodes.select("milestone_id").join(delays, on="milestone_id", how="left", maintain_order="left")
    numbers = [day_numbers(joined[f"finish_p{share}_on"], snapshot.calendar) for share in (50, 80)]
    wanted = np.column_stack([each.fill_null(NO_FLOOR).to_numpy() for each in numbers])
    wanted[(nodes["is_finished"] | nodes["is_cancelled"]).to_numpy()] = NO_FLOOR
    # Of two quantiles the wider is never the earlier one.
    wanted[:, 1] = np.maximum(wanted[:, 0], wanted[:, 1])
    return forward_pass(Work.of(nodes), links, np.zeros_like(wanted), wanted)[1]


@dataclass(frozen=True)
class Work:
    """What `network_nodes` says of each node: duration, earliest start, and the start of what has begun."""

    durations: Sequence[int]
    releases: Sequence[int]
    fixed: Sequence[int | None]

    @classmethod
    def of(cls, nodes: pl.DataFrame) -> "Work":
        """The work of rows of `network_nodes`."""
        return cls(*(nodes[name].to_list() for name in ("duration", "release", "fixed")))


def forward_pass(
    work: Work, links: Sequence[Link], own: np.ndarray, floors: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The finish of each node (rows, draws), none before its floor, and the days it waited for that.

    own: days that each node takes longer than its duration. Nodes on a cycle or behind one have 0.
    """
    count = len(work.durations)
    incoming: list[list[Link]] = [[] for _ in range(count)]
    for link in links:
        incoming[link.after].append(link)
    starts, ends, waits = np.zeros_like(own), np.zeros_like(own), np.zeros_like(own)
    durations = work.durations
    for node in precedence_order(links, count)[0]:
        begun = work.fixed[node]
        start = np.full(own.shape[1], work.releases[node] if begun is None else begun)
        for link in incoming[node] if begun is None else ():
            held = ends[link.before] if link.type_code in FINISH_STARTS else starts[link.before]
            # A node that must finish with another starts by its plan: what it is late by itself comes on top.
            start = np.maximum(start, held + link.lag - durations[node] * (link.type_code in TO_FINISH))
        starts[node] = start
        waits[node] = np.maximum(floors[node] - start - durations[node] - own[node], 0)
        ends[node] = start + durations[node] + own[node] + waits[node]
    return ends, waits


def _told(state: _State, ends: np.ndarray, snapshot: Snapshot) -> pl.DataFrame:
    nodes = state.nodes
    durations, groups = nodes["duration"].to_list(), nodes["project_no"].to_list()
    cycles = solve(durations, state.links, groups=groups).cycles
    rows = (
        nodes.with_columns(p50=pl.Series(ends[:, 0]), p80=pl.Series(ends[:, 1]))
        .with_columns(
            project_p50=pl.col("p50").max().over("project_no"),
            project_p80=pl.col("p80").max().over("project_no"),
        )
        .join(cycle_texts(nodes, cycles), on="project_no", how="left", maintain_order="left")
        .with_columns(is_computable=pl.col("cycle_text").is_null(), as_of_on=pl.lit(snapshot.as_of_on))
        .filter(~pl.col("is_cancelled"))
    )
    numbers = {
        "finish_p50_on": "p50",
        "finish_p80_on": "p80",
        "project_finish_p50_on": "project_p50",
        "project_finish_p80_on": "project_p80",
    }
    shown = {name: rows.select(pl.when("is_computable").then(each))[each] for name, each in numbers.items()}
    return rows.with_columns(
        dates_of(each, snapshot.calendar).alias(name) for name, each in shown.items()
    ).select(pl.col(name).cast(dtype) for name, dtype in OUTLOOK_SCHEMA.items())
