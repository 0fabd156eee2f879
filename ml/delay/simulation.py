"""When will each project finish? Milestones' delays drawn together, handed on through the network."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from scipy.special import ndtri

from ml.delay.config import PROJECT_OUTPUT_SCHEMA
from ml.frames import with_schema
from ml.schedule.config import LINK_SCHEMA

#: Columns read of the milestones and of their forecasts.
NODE_SCHEMA: dict[str, type[pl.DataType]] = {
    "milestone_id": pl.String,
    "project_id": pl.String,
    "planned_start_on": pl.Date,
    "planned_finish_on": pl.Date,
    "finished_on": pl.Date,
    "state_code": pl.String,
}
FORECAST_SCHEMA: dict[str, type[pl.DataType]] = {
    "milestone_id": pl.String,
    **{f"delay_p{share}_days": pl.Int64 for share in (10, 50, 80, 90)},
}
_LEVELS = (0.1, 0.5, 0.8, 0.9)
_TOLD = (0.1, 0.5, 0.8, 0.9)
#: Draws of this many node × draw are held at once.
_CELLS = 4_000_000


@dataclass(frozen=True)
class SimulationConfig:
    """How projects are simulated.

    draws: of each project. common_share: how much of the spread of a milestone's delay its project's other
    milestones share, 0 to 1 (`common_share_of` estimates it from the past). seed: of the draws.
    """

    draws: int = 400
    common_share: float = 0.3
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
    `ml_delay_forecast`, which hold what each milestone's delay is on its own. Its draws are correlated within
    the project by a common factor (Gaussian copula); a delay is handed on to a successor but for the slack
    that the plan has between the two. A project finishes with its last milestone. On a cycle links bind
    nobody: method_code says so. driver_*: the milestones whose delay moves the project's finish most, with
    their share. Raises MissingColumnsError.
    """
    config = config or SimulationConfig()
    nodes = _nodes(milestones, forecasts, as_of_on)
    if nodes.is_empty():
        return pl.DataFrame(schema=PROJECT_OUTPUT_SCHEMA)
    edges = _edges(nodes, with_schema(links, LINK_SCHEMA, "links"))
    level, on_cycle = _levels(nodes.height, edges)
    quantiles, late, drivers = _simulated(nodes, edges, level, as_of_on, config)
    return (
        _told(nodes, edges, on_cycle, quantiles, late, drivers)
        .with_columns(
            as_of_on=pl.lit(as_of_on), publication_name=pl.lit(publication_name), _run_id=pl.lit(run_id)
        )
        .select(pl.col(name).cast(dtype) for name, dtype in PROJECT_OUTPUT_SCHEMA.items())
    )


def common_share_of(shares: np.ndarray, parents: np.ndarray) -> float:
    """How much of the spread milestones of a project have in common, 0 to 0.95; 0 with fewer than 10 pairs.

    shares: of each past forecast's chance that its outcome used up (even if forecasts are right). Method: the
    intraclass correlation of their normal scores (one-way analysis of variance).
    """
    scores = ndtri(np.clip(shares, 0.005, 0.995))
    _, number, count = np.unique(parents, return_inverse=True, return_counts=True)
    several = count[number] > 1
    if several.sum() < 20:
        return 0.0
    scores, number = scores[several], np.unique(number[several], return_inverse=True)[1]
    count = np.bincount(number)
    mean = np.bincount(number, scores) / count
    within = ((scores - mean[number]) ** 2).sum() / max(len(scores) - len(count), 1)
    between = (count * (mean - scores.mean()) ** 2).sum() / max(len(count) - 1, 1)
    size = (len(scores) - (count**2).sum() / len(scores)) / max(len(count) - 1, 1)
    total = between + (size - 1) * within
    return float(np.clip((between - within) / total, 0.0, 0.95)) if total > 0 else 0.0


def _nodes(milestones: pl.DataFrame, forecasts: pl.DataFrame, as_of_on: date) -> pl.DataFrame:
    """Milestones of projects that have a forecast, by project and id, with their delay if they are done."""
    given = with_schema(forecasts, FORECAST_SCHEMA, "forecasts").drop_nulls("delay_p50_days")
    nodes = with_schema(milestones, NODE_SCHEMA, "milestones").filter(
        pl.col("planned_finish_on").is_not_null(),
        pl.col("project_id").is_not_null(),
        pl.col("state_code").ne_missing("cancelled"),
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
        .with_columns(project_no=pl.col("project_id").rank("dense").cast(pl.Int64) - 1, is_open=is_open)
    )


@dataclass(frozen=True)
class _Edges:
    """Links within projects by node number, with the days of slack that the plan leaves between the two."""

    before: np.ndarray
    after: np.ndarray
    slack: np.ndarray


def _edges(nodes: pl.DataFrame, links: pl.DataFrame) -> _Edges:
    at = nodes.select("milestone_id", "project_no", "planned_start_on", "planned_finish_on").with_row_index(
        "node"
    )
    joined = (
        links.join(at, left_on="predecessor_id", right_on="milestone_id")
        .join(
            at,
            left_on=["successor_id", "project_no"],
            right_on=["milestone_id", "project_no"],
            suffix="_after",
        )
        .sort("node_after", "node", "type_code", "lag_days", nulls_last=True)
    )
    from_finish = pl.col("type_code").fill_null("FS").is_in(["FS", "FF"])
    to_start = pl.col("type_code").fill_null("FS").is_in(["FS", "SS"])
    begin = (
        pl.when(from_finish)
        .then("planned_finish_on")
        .otherwise(pl.coalesce("planned_start_on", "planned_finish_on"))
    )
    end = (
        pl.when(to_start)
        .then(pl.coalesce("planned_start_on_after", "planned_finish_on_after"))
        .otherwise("planned_finish_on_after")
    )
    slack = (end - begin).dt.total_days() - pl.col("lag_days").fill_null(0)
    told = joined.select("node", "node_after", slack=slack.clip(lower_bound=0).cast(pl.Float32))
    return _Edges(
        told["node"].to_numpy().astype(np.int64),
        told["node_after"].to_numpy().astype(np.int64),
        told["slack"].to_numpy(),
    )


def _levels(count: int, edges: _Edges) -> tuple[np.ndarray, np.ndarray]:
    """How many steps of predecessors each node has behind it, and which nodes lie on or behind a cycle."""
    level = np.zeros(count, np.int64)
    waiting = np.bincount(edges.after, minlength=count)
    is_done = waiting == 0
    frontier = is_done.copy()
    while frontier.any():
        leaving = frontier[edges.before]
        np.maximum.at(level, edges.after[leaving], level[edges.before[leaving]] + 1)
        waiting = waiting - np.bincount(edges.after[leaving], minlength=count)
        frontier = (waiting == 0) & ~is_done
        is_done |= frontier
    return level, ~is_done


def _simulated(
    nodes: pl.DataFrame, edges: _Edges, level: np.ndarray, as_of_on: date, config: SimulationConfig
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
        part = _Edges(
            edges.before[edges_at] - starts[first],
            edges.after[edges_at] - starts[first],
            edges.slack[edges_at],
        )
        # Each chunk draws from its own place in the stream, so that projects do not hang on the chunk's size.
        drawn = _drawn(nodes[nodes_at], project[nodes_at], as_of_on, config)
        delay = _handed_on(drawn, part, level[nodes_at])
        at = starts[first:last] - starts[first]
        finish = np.maximum.reduceat(delay + plan[nodes_at, None], at, axis=0)
        planned = np.maximum.reduceat(plan[nodes_at], at)[:, None]
        quantiles[first:last] = np.quantile(finish - planned, _TOLD, axis=1, method="inverted_cdf").T
        late[first:last] = (finish > planned).mean(axis=1)
        drivers[nodes_at] = _shares(drawn, finish, at, nodes["is_open"].to_numpy()[nodes_at])
        first = last
    return quantiles, late, drivers


def _drawn(nodes: pl.DataFrame, project: np.ndarray, as_of_on: date, config: SimulationConfig) -> np.ndarray:
    """Delays of each node in each draw, correlated within its project; those done keep theirs."""
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
    np.maximum(delay, least[:, None], out=delay)
    done = nodes["known_delay"].cast(pl.Float32).fill_null(float("nan")).to_numpy()[:, None]
    return np.where(np.isnan(done), np.round(delay), done)


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


def _handed_on(drawn: np.ndarray, edges: _Edges, level: np.ndarray) -> np.ndarray:
    """Delays after each node has waited for its predecessors, but for the slack between them."""
    delay = drawn.copy()
    of_edge = level[edges.after] if len(edges.after) else np.empty(0, np.int64)
    is_downhill = level[edges.before] < of_edge if len(edges.before) else np.empty(0, bool)
    for step in range(1, int(of_edge.max(initial=0)) + 1):
        chosen = np.flatnonzero((of_edge == step) & is_downhill)
        if not len(chosen):
            continue
        arriving = delay[edges.before[chosen]] - edges.slack[chosen, None]
        nodes, first = np.unique(edges.after[chosen], return_index=True)
        delay[nodes] = np.maximum(delay[nodes], np.maximum.reduceat(arriving, first, axis=0))
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
    edges: _Edges,
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
