"""When will each project finish? What is begun ends as forecast, what waits starts when the network lets it.

A delay that a milestone was late by in the past holds what it had waited for. To draw it for work that still
waits, and to hand on the delays before it as well, counts the waiting twice; so what waits is given how much
longer or shorter than planned such work took, and starts when what it waits for is done. What runs in a
network ends by its start and the same, unless a model that has proved itself says when.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import polars as pl
from scipy.special import ndtri

from ml.delay.config import PROJECT_OUTPUT_SCHEMA
from ml.delay.durations import common_share, durations_before, longer_days, run_share_on
from ml.delay.project_links import Edges, edges_of, levels_of
from ml.frames import with_schema
from ml.schedule.config import LINK_SCHEMA

#: Columns read of the milestones and of their forecasts.
NODE_SCHEMA: dict[str, type[pl.DataType]] = {
    "milestone_id": pl.String,
    "project_id": pl.String,
    "planned_start_on": pl.Date,
    "planned_finish_on": pl.Date,
    "started_on": pl.Date,
    "finished_on": pl.Date,
    "state_code": pl.String,
    "phase_code": pl.String,
}
FORECAST_SCHEMA: dict[str, type[pl.DataType]] = {
    "milestone_id": pl.String,
    "method_code": pl.String,
    **{f"delay_p{share}_days": pl.Int64 for share in (10, 50, 80, 90)},
}
_BY_MODEL = "model"
#: Work that has run longer than all but this share of the past is stuck: its own forecast knows more.
_STUCK = 0.05
_LEVELS = (0.1, 0.5, 0.8, 0.9)
_TOLD = (0.1, 0.5, 0.8, 0.9)
#: Draws of this many node × draw are held at once.
_CELLS = 4_000_000


@dataclass(frozen=True)
class SimulationConfig:
    """How projects are simulated.

    draws: of each project. common_share: how much of the spread of a milestone's delay its project's other
    milestones share, 0 to 1; unset, as much as in the past (`common_share_of`), or usual_share if the past is
    short. observed_days: how far back it counts. least_cases: a phase with fewer finished milestones is like
    all; where there are fewer of all, work that waits has its own forecast, or waits longer. seed: of the
    draws.
    """

    draws: int = 400
    common_share: float | None = None
    usual_share: float = 0.3
    observed_days: int = 3 * 365
    least_cases: int = 30
    seed: int = 0


def simulate_projects(
    milestones: pl.DataFrame,
    links: pl.DataFrame,
    forecasts: pl.DataFrame,
    as_of_on: date,
    *,
    publication_name: str,
    run_id: str,
    config: SimulationConfig | None = None,
) -> pl.DataFrame:
    """The finish of every project with open milestones that have a forecast (PROJECT_OUTPUT_SCHEMA), by id.

    milestones: NODE_SCHEMA (of `fct_milestone`); links: LINK_SCHEMA; forecasts: FORECAST_SCHEMA, those of
    `ml_delay_forecast`. Draws are correlated within the project by a common factor (Gaussian copula). What
    waits for others starts when they let it, not before tomorrow, and takes as much longer or shorter than
    planned as finished work of its phase did; so does what runs beside them, given how long it has run,
    unless the model forecast it. All else has its forecast delay. A project finishes with its last
    milestone. On a cycle links bind nobody: method_code says so. driver_*: the milestones whose delay moves
    the project's finish most, with their share. Method: schedule risk analysis (Hulett, Practical Schedule
    Risk Analysis, 2009). Raises MissingColumnsError.
    """
    config = config or SimulationConfig()
    milestones = with_schema(milestones, NODE_SCHEMA, "milestones")
    nodes = _nodes(milestones, forecasts, as_of_on)
    if nodes.is_empty():
        return pl.DataFrame(schema=PROJECT_OUTPUT_SCHEMA)
    past = durations_before(milestones, as_of_on, config.observed_days)
    if config.common_share is None:
        config = replace(config, common_share=common_share(past, config.least_cases, config.usual_share))
    edges = edges_of(nodes, with_schema(links, LINK_SCHEMA, "links"))
    level, on_cycle = levels_of(nodes.height, edges)
    kind = _kinds(nodes, edges, level, past, as_of_on, config)
    quantiles, late, drivers = _simulated(nodes, edges, level, kind, past, as_of_on, config)
    return (
        _told(nodes, edges, on_cycle, quantiles, late, drivers)
        .with_columns(
            as_of_on=pl.lit(as_of_on), publication_name=pl.lit(publication_name), _run_id=pl.lit(run_id)
        )
        .select(pl.col(name).cast(dtype) for name, dtype in PROJECT_OUTPUT_SCHEMA.items())
    )


def _is_live() -> pl.Expr:
    return pl.col("state_code").ne_missing("cancelled")


def _nodes(milestones: pl.DataFrame, forecasts: pl.DataFrame, as_of_on: date) -> pl.DataFrame:
    """Milestones of projects that have a forecast, by project and id, with their delay if they are done."""
    given = with_schema(forecasts, FORECAST_SCHEMA, "forecasts").drop_nulls("delay_p50_days")
    nodes = milestones.filter(
        pl.col("planned_finish_on").is_not_null(), pl.col("project_id").is_not_null(), _is_live()
    )
    done = pl.when(pl.col("finished_on") <= pl.lit(as_of_on)).then("finished_on")
    nodes = nodes.join(given, on="milestone_id", how="left").with_columns(
        known_delay=(done - pl.col("planned_finish_on")).dt.total_days()
    )
    nodes = nodes.filter(pl.col("known_delay").is_not_null() | pl.col("delay_p50_days").is_not_null())
    is_open = pl.col("known_delay").is_null()
    return (
        nodes.filter(is_open.any().over("project_id"))
        .sort("project_id", "milestone_id")
        .with_columns(
            project_no=pl.col("project_id").rank("dense").cast(pl.Int64) - 1,
            is_open=is_open,
            is_begun=(pl.col("started_on") <= as_of_on).fill_null(value=False),
        )
    )


#: How a node's part is drawn: from its forecast, as a duration from when it may start, or from its start.
_FORECAST, _WAITS, _RUNS = range(3)


def _kinds(
    nodes: pl.DataFrame,
    edges: Edges,
    level: np.ndarray,
    past: pl.DataFrame,
    as_of_on: date,
    config: SimulationConfig,
) -> np.ndarray:
    """By node how its part is drawn; all from their forecasts where too little is known of durations."""
    kind = np.full(nodes.height, _FORECAST)
    if past.height < config.least_cases:
        return kind
    is_held, is_linked = np.zeros(nodes.height, bool), np.zeros(nodes.height, bool)
    is_held[edges.after[edges.to_start & (level[edges.before] < level[edges.after])]] = True
    is_linked[np.concatenate([edges.before, edges.after])] = True
    is_timed = pl.col("is_open") & pl.col("planned_start_on").is_not_null()
    longest = past["longer_share"].quantile(1 - _STUCK)
    shares = nodes.select(
        idle=is_timed & ~pl.col("is_begun"),
        runs=is_timed
        & pl.col("is_begun")
        & pl.col("method_code").ne_missing(_BY_MODEL)
        & (run_share_on(as_of_on) < longest).fill_null(value=False),
    )
    kind[is_held & shares["idle"].to_numpy()] = _WAITS
    kind[is_linked & shares["runs"].to_numpy()] = _RUNS
    return kind


def _simulated(
    nodes: pl.DataFrame,
    edges: Edges,
    level: np.ndarray,
    kind: np.ndarray,
    past: pl.DataFrame,
    as_of_on: date,
    config: SimulationConfig,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By project: quantiles of the delay of its finish, the chance of a late one; by node its share in it."""
    project = nodes["project_no"].to_numpy()
    starts = np.searchsorted(project, np.arange(project[-1] + 2))
    quantiles = np.empty((project[-1] + 1, len(_TOLD)))
    late, drivers = np.empty(project[-1] + 1), np.zeros(nodes.height)
    edge_starts = np.searchsorted(edges.after, starts)
    plan = nodes["planned_finish_on"].to_physical().cast(pl.Float32).to_numpy()
    per_chunk = max(_CELLS // config.draws, 1)
    first = 0
    while first <= project[-1]:
        last = max(int(np.searchsorted(starts, starts[first] + per_chunk, "right")) - 1, first + 1)
        nodes_at, edges_at = slice(starts[first], starts[last]), slice(edge_starts[first], edge_starts[last])
        part = Edges(
            edges.before[edges_at] - starts[first],
            edges.after[edges_at] - starts[first],
            edges.slack[edges_at],
            edges.to_start[edges_at],
        )
        # Each chunk draws from its own place in the stream, so that projects do not hang on the chunk's size.
        own = _drawn(nodes[nodes_at], project[nodes_at], kind[nodes_at], past, as_of_on, config)
        delay = _handed_on(own, part, level[nodes_at], nodes[nodes_at], kind[nodes_at] == _WAITS, as_of_on)
        at = starts[first:last] - starts[first]
        finish = np.maximum.reduceat(delay + plan[nodes_at, None], at, axis=0)
        planned = np.maximum.reduceat(plan[nodes_at], at)[:, None]
        quantiles[first:last] = np.quantile(finish - planned, _TOLD, axis=1, method="inverted_cdf").T
        late[first:last] = (finish > planned).mean(axis=1)
        drivers[nodes_at] = _shares(own, finish, at, nodes["is_open"].to_numpy()[nodes_at])
        first = last
    return quantiles, late, drivers


def _drawn(
    nodes: pl.DataFrame,
    project: np.ndarray,
    kind: np.ndarray,
    past: pl.DataFrame,
    as_of_on: date,
    config: SimulationConfig,
) -> np.ndarray:
    """Each node's own part in each draw, correlated within its project: its delay, those done keep theirs.

    Of what waits: the days by which it takes longer than planned.
    """
    rng = np.random.default_rng([config.seed, int(project[0])])
    _, own = np.unique(project, return_inverse=True)
    shared = rng.standard_normal((own.max() + 1, config.draws), dtype=np.float32)[own]
    score = np.sqrt(np.float32(config.common_share)) * shared
    score += np.sqrt(np.float32(1 - config.common_share)) * rng.standard_normal(score.shape, dtype=np.float32)
    known = nodes.select(
        pl.col(f"delay_p{round(100 * q)}_days").fill_null(0).cast(pl.Float32) for q in _LEVELS
    )
    delay = _read_off(score, known.to_numpy())
    plan = nodes["planned_finish_on"]
    least = (pl.Series([as_of_on] * nodes.height) - plan).dt.total_days().cast(pl.Float32).to_numpy() + 1
    runs = kind == _RUNS
    if runs.any():
        running = nodes.filter(pl.Series(runs))
        begun_late = (running["started_on"] - running["planned_start_on"]).dt.total_days().to_numpy()
        run = running.select(run_share_on(as_of_on)).to_series().to_numpy()
        delay[runs] = begun_late[:, None] + longer_days(running, score[runs], past, config.least_cases, run)
    np.maximum(delay, least[:, None], out=delay)
    done = nodes["known_delay"].cast(pl.Float32).fill_null(float("nan")).to_numpy()[:, None]
    own = np.where(np.isnan(done), np.round(delay), done)
    waits = kind == _WAITS
    own[waits] = longer_days(nodes.filter(pl.Series(waits)), score[waits], past, config.least_cases)
    return own


def _read_off(score: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Quantiles at normal scores: even between those told, the outer slopes carried on."""
    at = ndtri(np.array(_LEVELS)).astype(np.float32)
    slopes = np.diff(knots, axis=1) / np.diff(at)
    delay = knots[:, :1] + slopes[:, :1] * (score - at[0])
    for step in (1, 2):
        np.copyto(
            delay, knots[:, step, None] + slopes[:, step, None] * (score - at[step]), where=score > at[step]
        )
    return delay


def _handed_on(
    own: np.ndarray,
    edges: Edges,
    level: np.ndarray,
    nodes: pl.DataFrame,
    waits: np.ndarray,
    as_of_on: date,
) -> np.ndarray:
    """Delays after each node has waited for its predecessors, but for the slack between them.

    What waits starts when the last one lets it, sooner than planned only if the plan has it follow at once,
    and ends by its own days later; what was begun waits for nobody any more.
    """
    delay = own.copy()
    begun = nodes["is_begun"].to_numpy()
    planned_start = nodes["planned_start_on"]
    tomorrow = (as_of_on - planned_start).dt.total_days().cast(pl.Float32).to_numpy()[:, None] + 1
    of_edge = level[edges.after] if len(edges.after) else np.empty(0, np.int64)
    is_downhill = level[edges.before] < of_edge if len(edges.before) else np.empty(0, bool)
    for step in range(1, int(of_edge.max(initial=0)) + 1):
        chosen = np.flatnonzero((of_edge == step) & is_downhill)
        if not len(chosen):
            continue
        after, starts = edges.after[chosen], edges.to_start[chosen]
        for is_start, kept in (
            (True, chosen[starts & waits[after]]),
            (False, chosen[~(starts & (waits | begun)[after])]),
        ):
            if not len(kept):
                continue
            arriving = delay[edges.before[kept]] - edges.slack[kept, None]
            held, first = np.unique(edges.after[kept], return_index=True)
            latest = np.maximum.reduceat(arriving, first, axis=0)
            if is_start:
                delay[held] = np.maximum(latest, tomorrow[held]) + own[held]
            else:
                delay[held] = np.maximum(delay[held], latest)
    return delay


def _shares(drawn: np.ndarray, finish: np.ndarray, at: np.ndarray, is_open: np.ndarray) -> np.ndarray:
    """How much of the spread of its project's finish goes with each open node's own delay, 0 to 1."""
    count = np.diff(np.append(at, len(drawn)))
    finish = np.repeat(finish - finish.mean(axis=1, keepdims=True), count, axis=0)
    own = drawn - drawn.mean(axis=1, keepdims=True)
    common = np.where(is_open, np.maximum((own * finish).mean(axis=1), 0), 0)
    total = np.repeat(np.add.reduceat(common, at), count)
    return np.divide(common, total, out=np.zeros_like(common), where=total > 0)


def _told(
    nodes: pl.DataFrame,
    edges: Edges,
    on_cycle: np.ndarray,
    quantiles: np.ndarray,
    late: np.ndarray,
    drivers: np.ndarray,
) -> pl.DataFrame:
    has_link = np.zeros(nodes.height, bool)
    has_link[edges.after] = True
    nodes = nodes.with_columns(
        share=pl.Series(drivers), on_cycle=pl.Series(on_cycle), has_link=pl.Series(has_link)
    )
    strongest = (
        nodes.filter("is_open")
        .sort("project_no", "share", "milestone_id", descending=[False, True, False])
        .group_by("project_no", maintain_order=True)
        .agg(pl.col("milestone_id").head(3), pl.col("share").round(4).head(3))
        .select(
            "project_no",
            *(
                pl.col("milestone_id").list.get(i, null_on_oob=True).alias(f"driver_{i + 1}_id")
                for i in range(3)
            ),
            *(pl.col("share").list.get(i, null_on_oob=True).alias(f"driver_{i + 1}_share") for i in range(3)),
        )
    )
    days = [f"delay_p{round(100 * q)}_days" for q in _TOLD]
    return (
        nodes.group_by("project_no", maintain_order=True)
        .agg(
            pl.col("project_id").first(),
            pl.col("planned_finish_on").max(),
            open_milestone_count=pl.col("is_open").sum(),
            method_code=pl.when(pl.col("on_cycle").any())
            .then(pl.lit("simulation_cycle"))
            .when(pl.col("has_link").any())
            .then(pl.lit("simulation"))
            .otherwise(pl.lit("simulation_no_links")),
        )
        .with_columns(
            *(pl.Series(name, quantiles[:, i]).round().cast(pl.Int64) for i, name in enumerate(days)),
            late_probability_share=pl.Series(late).round(4),
        )
        .with_columns(
            (pl.col("planned_finish_on") + pl.duration(days=pl.col(name))).alias(
                name.replace("delay_", "finish_").replace("_days", "_on")
            )
            for name in days
        )
        .join(strongest, on="project_no", how="left", maintain_order="left")
    )
