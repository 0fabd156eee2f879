"""Whether the forecasts find what was planted in made-up companies nobody has seen: one company a seed.

`python -m tests.support.seeds --scale 0.05 1 2 3` builds each company's facts as a night does, learns on
them, and prints what was found beside what is wanted.
"""

import argparse
import datetime as dt
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import duckdb
import polars as pl

from lake.settings import Settings
from ml.backtest import metrics
from ml.delay.drivers import COUNT, drivers
from ml.delay.features import asked_at, features
from ml.delay.items import milestone_items
from ml.delay.model import DelayModel
from pipelines.defs.forecasts import LESSONS, STEPS, _made
from sandbox.company import Simulation, simulate
from tests.support.warehouse import Warehouse

#: Thirty days before the campuses begin to buy: the last day on which their peak may be told.
UNTIL = dt.date(2026, 6, 10)
UNREAD = ("iot__readings", "iot__events")
G4_STEPS = ("ml_demand_forecast", "ml_stock_forecast", "ml_stock_risk")
LOW, HIGH = 0.75, 0.85


@dataclass(frozen=True)
class Check:
    """One thing that is wanted of every company: what was found, in words, and whether that will do."""

    name: str
    found: str
    is_met: bool


def company(seed: int, scale: float, folder: Path, until: dt.date = UNTIL) -> tuple[Warehouse, Simulation]:
    """The facts of a made-up company in a build file, and its truth."""
    world = simulate(seed, scale, until)
    warehouse = Warehouse(Settings(lake=folder / "lake"), folder / "build.duckdb", until).create()
    warehouse.load_frames({name: frame for name, frame in world.frames.items() if name not in UNREAD})
    warehouse.prepare()
    warehouse.manifest = warehouse.dbt("parse").result
    nightly = ("--no-write-json", "--exclude-resource-type", "test", "unit_test")
    warehouse.dbt("build", "--select", "tag:before_ml", *nightly)
    return warehouse, world


def checks(seed: int, scale: float) -> list[Check]:
    """Everything that is wanted of the company of a seed."""
    with tempfile.TemporaryDirectory(prefix="seed-") as folder:
        warehouse, world = company(seed, scale, Path(folder))
        with duckdb.connect(str(warehouse.build_file)) as con:
            return [*_delay(con, world), *_churn(con, world), *_peaks(con, warehouse)]


def _frames(con: duckdb.DuckDBPyConnection, question: str) -> tuple[SimpleNamespace, dict[str, pl.DataFrame]]:
    [lesson] = [each for each in LESSONS if each.question == question]
    frames = {
        table.partition(".")[2]: con.execute(f"select {', '.join(columns)} from {table}").pl()
        for table, columns in lesson.reads.items()
    }
    return lesson, frames


def _delay(con: duckdb.DuckDBPyConnection, world: Simulation) -> list[Check]:
    """The bands of what is published hold, and slow crews are told as what makes work late."""
    lesson, frames = _frames(con, "delay")
    model, result, gate = lesson.learn(frames, UNTIL)
    method = "model" if gate.ships else "reference_class"
    told = {name: result.metrics.get(name, {}).get("coverage_80") for name in ("model", "reference_class")}
    shares = ", ".join(f"{name} {_short(share)}" for name, share in told.items())
    unmet = ", ".join(each.code for each in gate.reasons if not each.is_met) or "–"
    held = Check(
        "delay coverage 75–85%",
        f"published {method}; {shares}; of {result.n}; points not met: {unmet}",
        told[method] is not None and LOW <= told[method] <= HIGH,
    )
    return [held, _crews(model, frames, world)]


def _crews(model: DelayModel | None, frames: dict[str, pl.DataFrame], world: Simulation) -> Check:
    """Where a crew is among the drivers told, slow ones make lateness likelier, quick ones less."""
    name = "planted driver: crews"
    if model is None:
        return Check(name, "no model", is_met=False)
    items = milestone_items(frames["fct_milestone"], frames["dim_project"], frames["fct_purchase_line"])
    asked = asked_at(items, pl.col("started_on"))
    told = pl.concat(
        [
            asked.select(milestone_id="item_id"),
            drivers(model, features(items, asked, model.config), asked["segment_code"]),
        ],
        how="horizontal",
    )
    effects = pl.concat(
        told.select("milestone_id", code=f"driver_{n}_code", effect=f"driver_{n}_effect_share")
        for n in range(1, COUNT + 1)
    ).filter(pl.col("code") == "crew")
    pace = world.truth["milestones"].select("milestone_id", "crew_pace")
    joined = effects.join(pace, on="milestone_id").filter(pl.col("crew_pace") != 1)
    return _separated(name, (joined["crew_pace"] > 1).to_list(), joined["effect"].to_list(), least=0.6)


def _churn(con: duckdb.DuckDBPyConnection, world: Simulation) -> list[Check]:
    """Churn passes its gate; those who have left for good are told as likelier to than those who have not."""
    lesson, frames = _frames(con, "churn")
    model, result, gate = lesson.learn(frames, UNTIL)
    told = [f"{code} {_short(value)} / {_short(limit)}" for code, value, limit, _ in gate.reasons]
    passed = Check("churn passes its gate", "; ".join([f"n {result.n}", *told]), gate.ships)
    [step] = [each for each in STEPS if each.question == "churn"]
    rows = step.make(frames, UNTIL, publication_name="n", run_id="r", model=model if gate.ships else None)
    fate = world.truth["customers"].select("customer_id", "silent_after_on")
    joined = rows.join(fate, on="customer_id").drop_nulls("churn_probability_share")
    left = (joined["silent_after_on"] <= UNTIL).fill_null(value=False).to_list()
    share = joined["churn_probability_share"].to_list()
    return [passed, _separated("planted driver: silence", left, share, least=0.7)]


def _short(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _separated(name: str, is_so: list[bool], told: list[float], *, least: float) -> Check:
    auc = metrics.auc(is_so, told) if is_so else None
    found = f"AUC {_short(auc)}, wanted {least}, of {sum(is_so)} and {len(is_so) - sum(is_so)}"
    return Check(name, found, auc is not None and auc >= least)


def _peaks(con: duckdb.DuckDBPyConnection, warehouse: Warehouse) -> list[Check]:
    """The campus peak is told thirty days ahead; what is short is short, what is covered is not."""
    night = SimpleNamespace(
        con=con, settings=warehouse.settings, run=SimpleNamespace(run_id="r", as_of_on=UNTIL)
    )
    con.execute("create schema if not exists ml")
    for table in G4_STEPS:
        [step] = [each for each in STEPS if each.table == table]
        con.register("made", _made(step, night, con, "n").to_arrow())
        con.execute(f"create or replace table ml.{table} as from made")
        con.unregister("made")
    told = con.execute(
        "select product_id, ahead_days, is_told, is_short from ml.ml_stock_risk"
        " where starts_with(product_id, 'P-G4-') order by product_id"
    ).fetchall()
    wanted = [("P-G4-COVERED", 30, True, False), ("P-G4-SHORT", 30, True, True)]
    return [Check("G4 told at day −30", str(told), told == wanted)]


def main() -> None:
    """Print each company's checks; ends with 1 where one was not met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=0.3)
    parser.add_argument("seeds", type=int, nargs="*", default=[7])
    asked = parser.parse_args()
    is_met = True
    for seed in asked.seeds:
        for check in checks(seed, asked.scale):
            is_met &= check.is_met
            sys.stdout.write(f"seed {seed}: {'●' if check.is_met else '■'} {check.name}: {check.found}\n")
            sys.stdout.flush()
    sys.exit(0 if is_met else 1)


if __name__ == "__main__":
    main()
