"""Whether the health of projects foretells their fate: built on an earlier day, judged by a later one.

`python -m tests.support.foresight --scale 0.3` prints what docs/decisions/0012 quotes.
"""

import argparse
import datetime as dt
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import polars as pl

from lake.settings import Settings
from ml.delay.config import INPUT_SCHEMA
from ml.delay.forecast import forecast
from sandbox.company import generate
from tests.support.warehouse import Warehouse

#: Days after the planned finish from which a project counts as late: those of its milestones' threshold.
THRESHOLD_DAYS = 3
UNREAD = ("iot__readings", "iot__events")
#: Costs of the made-up company scatter round their budget, so that half a percent above it says little.
FAR_OVER_SHARE = 0.05
OUTCOMES = ("is_late", "is_over_budget", "is_far_over_budget", "is_overrun")


def health_on(day: dt.date, frames: Mapping[str, pl.DataFrame], folder: Path) -> pl.DataFrame:
    """Health of the projects open on `day` by what was recorded until then, delay forecast included.

    `frames` are the company's tables as of `day`. Gives project_id, health_score and health_code; the golden
    cases, whose fate is laid down by hand, and projects without a score are left out.
    """
    warehouse = Warehouse(Settings(lake=folder / "lake"), folder / "build.duckdb", day).create()
    warehouse.load_frames({name: frame for name, frame in frames.items() if name not in UNREAD})
    warehouse.prepare()
    warehouse.project()
    models = ("--no-write-json", "--exclude-resource-type", "test", "unit_test", "--select")
    warehouse.dbt("build", *models, "+mart_project_health,tag:before_ml")
    with duckdb.connect(str(warehouse.build_file)) as con:
        milestones = con.sql(f"select {', '.join(INPUT_SCHEMA)} from marts.fct_milestone").pl()
    delays = forecast(milestones, day, publication_name="night-test", run_id="run-1")
    warehouse.write_ml({"ml_delay_forecast": delays.to_dicts()})
    warehouse.dbt("build", *models, "+mart_project_health,tag:after_ml")
    with duckdb.connect(str(warehouse.build_file), read_only=True) as con:
        return con.sql(
            "select health.project_id, health.health_score, health.health_code"
            " from marts.mart_project_health as health"
            " inner join marts.dim_project as project on health.project_id = project.project_id"
            " where project.is_open and health.health_score is not null"
            " and health.project_id not like 'PJ-G%' order by all"
        ).pl()


def fates(frames: Mapping[str, pl.DataFrame], until: dt.date) -> pl.DataFrame:
    """What became of each project by `until`: whether it was late, over its budget, or either (`is_overrun`).

    Late: finished more than THRESHOLD_DAYS after its plan, or open still so long after it. Far over budget:
    by more than FAR_OVER_SHARE of it.
    """
    spent, budget = pl.col("actual_amount"), pl.col("budget_amount")
    costs = (
        frames["projects__milestones"]
        .group_by("project_id")
        .agg(spent.cast(pl.Float64).sum(), budget.cast(pl.Float64).sum())
        .select(
            "project_id",
            is_over_budget=spent > budget,
            is_far_over_budget=spent > (1 + FAR_OVER_SHARE) * budget,
        )
    )
    late_days = pl.col("finished_on").fill_null(until) - pl.col("planned_finish_on")
    projects = frames["projects__projects"].filter(pl.col("status_code") != "cancelled")
    return (
        projects.select("project_id", is_late=late_days > pl.duration(days=THRESHOLD_DAYS))
        .join(costs, on="project_id")
        .with_columns(is_overrun=pl.col("is_late") | pl.col("is_over_budget"))
    )


def area_under_curve(scores: Sequence[float], outcomes: Sequence[bool]) -> float | None:
    """The chance that one that overran had the lower score than one that did not; equal scores count half.

    None when there are none of either kind.
    """
    bad = [score for score, outcome in zip(scores, outcomes, strict=True) if outcome]
    good = [score for score, outcome in zip(scores, outcomes, strict=True) if not outcome]
    if not bad or not good:
        return None
    wins = sum((low < high) + 0.5 * (low == high) for low in bad for high in good)
    return wins / (len(bad) * len(good))


def foresight(seed: int, scale: float, days: Sequence[dt.date], until: dt.date) -> pl.DataFrame:
    """Health of the projects open on each of `days` beside what became of them by `until`."""
    found = []
    later = fates(generate(seed, scale, until), until)
    for day in days:
        with tempfile.TemporaryDirectory() as folder:
            health = health_on(day, generate(seed, scale, day), Path(folder))
        found.append(health.join(later, on="project_id").with_columns(known_on=pl.lit(day)))
    return pl.concat(found)


def told(found: pl.DataFrame) -> list[str]:
    """The figures of a sample, a line each."""
    lines = [f"{found.height} open projects"]
    for outcome in OUTCOMES:
        area = area_under_curve(found["health_score"].to_list(), found[outcome].to_list())
        shares = [
            f"{code} {chosen[outcome].sum()}/{chosen.height}"
            for code in ("bad", "watch", "good")
            if (chosen := found.filter(pl.col("health_code") == code)).height
        ]
        lines.append(
            f"{outcome}: AUC {'none' if area is None else f'{area:.3f}'}; of all {found[outcome].sum()};"
            f" {', '.join(shares)}"
        )
    return lines


def main() -> None:
    """Print the figures for one company and some days."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--scale", type=float, default=0.15)
    parser.add_argument("--until", type=dt.date.fromisoformat, default=dt.date(2026, 6, 30))
    parser.add_argument("days", type=dt.date.fromisoformat, nargs="*", default=[dt.date(2025, 6, 30)])
    asked = parser.parse_args()
    found = foresight(asked.seed, asked.scale, asked.days, asked.until)
    sys.stdout.write("\n".join(told(found)) + "\n")


if __name__ == "__main__":
    main()
