"""The links within projects, and in what order their milestones can be asked."""

from dataclasses import dataclass

import numpy as np
import polars as pl


@dataclass(frozen=True)
class Edges:
    """Links within projects by node number, with the days of slack that the plan leaves between the two.

    to_start: whether what comes after waits with its start, not with its finish alone.
    """

    before: np.ndarray
    after: np.ndarray
    slack: np.ndarray
    to_start: np.ndarray


def edges_of(nodes: pl.DataFrame, links: pl.DataFrame) -> Edges:
    """The links that lie within one project, by the successor's row.

    nodes: milestone_id, project_no, planned_start_on, planned_finish_on, a row a node. links: LINK_SCHEMA.
    """
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
    told = joined.select(
        "node", "node_after", slack=slack.clip(lower_bound=0).cast(pl.Float32), to_start=to_start
    )
    return Edges(
        told["node"].to_numpy().astype(np.int64),
        told["node_after"].to_numpy().astype(np.int64),
        told["slack"].to_numpy(),
        told["to_start"].to_numpy(),
    )


def levels_of(count: int, edges: Edges) -> tuple[np.ndarray, np.ndarray]:
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
