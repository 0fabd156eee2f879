"""How good the plans are on networks whose best known makespans are published."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

import polars as pl

from ml.backtest.results import ROW_SCHEMA, BacktestResult
from ml.schedule.bounds import critical_path_length, lower_bound
from ml.schedule.constraint_model import PlanConfig, shortest_plan
from ml.schedule.priority_rules import latest_finish, serial_plan
from ml.schedule.resource_project import ResourceProject, conflicts, problems


@dataclass(frozen=True)
class Network:
    """A project to plan. best_known: its shortest known makespan, None where nobody tells."""

    name: str
    set_name: str
    project: ResourceProject
    best_known: int | None = None


@dataclass(frozen=True)
class _Answer:
    """What a method made of a network: a makespan, or a bound on it that is no plan; `bound` is proven."""

    network: Network
    makespan: int
    bound: int
    seconds: float
    is_plan: bool = True

    @property
    def gap_pct(self) -> float | None:
        best = self.network.best_known
        return None if not best else 100 * (self.makespan / best - 1)


class WrongPlanError(AssertionError):
    """A method gave a plan that breaks its project: a mistake in the program, never in the data."""


def backtest(
    networks: Sequence[Network],
    config: PlanConfig | None = None,
    done: Callable[[str], None] = lambda name: None,
) -> BacktestResult:
    """Plan every network by the model and by its baselines, and hold the makespans against the best known.

    model: priority rules, then CP-SAT, within `config`. priority_rule: serial generation by latest finish.
    critical_path: the length without resources, a bound and no plan; its gap is how far resources stretch.
    Every plan is checked against its network. Networks that no plan can hold are named in the notes and left
    out. done: told the name of each network when it has been planned.
    """
    config = config or PlanConfig()
    answers: dict[str, list[_Answer]] = {"model": [], "priority_rule": [], "critical_path": []}
    notes = []
    for network in networks:
        wrong = problems(network.project)
        if wrong or not len(network.project):
            told = "; ".join(f"task {one.task}: {one.reason_code} ({one.detail})" for one in wrong[:3])
            notes.append(f"{network.name}: left out, {told or 'it has no tasks'}")
        else:
            for method, answer in _answers(network, config):
                answers[method].append(answer)
        done(network.name)
    unknown = [each.network.name for each in answers["model"] if not each.network.best_known]
    if unknown:
        notes.append(f"no best known makespan, gap not counted: {_listed(unknown)}")
    return BacktestResult(
        task="schedule",
        n=len(answers["model"]),
        origins=list(dict.fromkeys(each.network.set_name for each in answers["model"])),
        seconds={method: sum(each.seconds for each in found) for method, found in answers.items()},
        metrics={method: _measures(found) for method, found in answers.items()},
        rows=_rows(answers),
        notes=notes,
    )


def _answers(network: Network, config: PlanConfig) -> Iterator[tuple[str, _Answer]]:
    project = network.project
    begun = time.perf_counter()
    plan = shortest_plan(project, config)
    taken = time.perf_counter() - begun
    _check(network, "model", plan.starts)
    yield "model", _Answer(network, project.end(plan.starts), plan.bound, taken)
    begun = time.perf_counter()
    starts = serial_plan(project, latest_finish(project))
    bound = lower_bound(project)
    taken = time.perf_counter() - begun
    _check(network, "priority_rule", starts)
    yield "priority_rule", _Answer(network, project.end(starts), bound, taken)
    begun = time.perf_counter()
    length = critical_path_length(project)
    yield "critical_path", _Answer(network, length, length, time.perf_counter() - begun, is_plan=False)


def _check(network: Network, method: str, starts: Sequence[int]) -> None:
    broken = conflicts(network.project, starts)
    if broken:
        raise WrongPlanError(f"{network.name}: {method} gave a plan that does not hold: {broken[0]}")


def _measures(answers: Sequence[_Answer]) -> dict[str, float | int | None]:
    """Shares of all networks; gaps over those whose best is known; the model's own gap to its bound."""
    if not answers:
        return {"n": 0}
    plans = [each for each in answers if each.is_plan]
    gaps = [each.gap_pct for each in answers if each.gap_pct is not None]
    open_gaps = [100 * (each.makespan / each.bound - 1) for each in plans if each.bound]
    return {
        "n": len(answers),
        "proven_optimal_share": _share([each.makespan <= each.bound for each in plans]),
        "best_known_share": _share([gap <= 0 for gap in gaps]) if plans else None,
        "mean_gap_pct": fmean(gaps) if gaps else None,
        "worst_gap_pct": (max(gaps) if plans else min(gaps)) if gaps else None,
        "mean_bound_gap_pct": fmean(open_gaps) if open_gaps else None,
        "mean_seconds": fmean(each.seconds for each in answers),
        "worst_seconds": max(each.seconds for each in answers),
    }


def _share(kept: Sequence[bool]) -> float | None:
    return sum(kept) / len(kept) if kept else None


def _rows(answers: Mapping[str, Sequence[_Answer]]) -> pl.DataFrame:
    rows = []
    for method, found in answers.items():
        for each in found:
            values = {"makespan": each.makespan, "bound": each.bound, "gap_pct": each.gap_pct}
            rows += [
                (each.network.set_name, each.network.name, "all", method, metric, value, 1)
                for metric, value in values.items()
            ]
    return pl.DataFrame(rows, schema=ROW_SCHEMA, orient="row", strict=False)


def _listed(names: Sequence[str], most: int = 5) -> str:
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
