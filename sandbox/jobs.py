"""Field work to be done: on the site while a project is built, and after it for years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from sandbox.catalogue import Product
from sandbox.devices import Unit
from sandbox.projects import Milestone, Project
from sandbox.reference import holiday
from sandbox.world import World, moment, pick

#: Phase, kind of work order, what is done on each milestone of the phase.
_SITE_WORK = (
    ("MOBILISATION", "survey", "现场复测"),
    ("PIPING", "installation", "管线施工"),
    ("INSTALLATION", "installation", "设备就位安装"),
    ("ELECTRICAL", "installation", "接线施工"),
    ("COMMISSIONING", "commissioning", "系统调试"),
    ("ACCEPTANCE", "inspection", "验收配合"),
)
_UPKEEP = ("季前保养", "滤网清洗", "冷却塔清洗", "机组巡检", "冷媒检漏")
_REPAIRS = ("现场维修", "更换控制面板", "处理漏水", "排除异响", "更换阀门执行器")
#: Days between two pieces of work on a finished project, before the thinning outside the seasons.
_GAP = 32
_REWORK = 0.08


@dataclass(frozen=True)
class Job:
    """A piece of field work and the truth of how it went."""

    work_order_id: str
    kind: str
    project: Project
    milestone: Milestone | None
    product: Product
    description: str
    created_at: datetime
    finished_at: datetime
    due_at: datetime
    hours: float
    is_rework: bool = False
    parent_id: str | None = None
    device_id: str | None = None
    fault_code: str | None = None


def site_jobs(world: World, project: Project) -> list[Job]:
    """One piece of work on each milestone of the site, and again where it was done badly."""
    jobs: list[Job] = []
    dice = world.dice("jobs", project.code)
    for phase, kind, text in _SITE_WORK:
        for node in project.of(phase):
            jobs += _site_job(project, node, kind, text, len(jobs) + 1, dice)
    return jobs


def _site_job(
    project: Project, node: Milestone, kind: str, text: str, number: int, dice: np.random.Generator
) -> list[Job]:
    name = f"WO-{project.code}-{number:02d}"
    finished = moment(dice, node.finish, 15, 18)
    hours = max(4.0, float(dice.lognormal(2.8, 0.4)) * project.size)
    is_redone, wait = dice.random() < _REWORK, int(dice.integers(2, 12))
    job = Job(
        work_order_id=name,
        kind=kind,
        project=project,
        milestone=node,
        product=project.equipment[0][0],
        description=f"{text}({node.node.name})",
        created_at=moment(dice, node.start, 9, 14),
        finished_at=finished,
        due_at=datetime.combine(node.planned_finish, datetime.min.time()) + timedelta(hours=10),
        hours=hours,
    )
    if not is_redone or project.is_golden:
        return [job]
    again = Job(
        work_order_id=f"{name}R",
        kind="rework",
        project=project,
        milestone=node,
        product=job.product,
        description=f"返工:{job.description}",
        created_at=finished + timedelta(hours=2),
        finished_at=finished + timedelta(days=wait),
        due_at=finished + timedelta(days=7),
        hours=hours * 0.4,
        is_rework=True,
        parent_id=name,
    )
    return [job, again]


def after_sales(world: World, project: Project, units: list[Unit]) -> list[Job]:
    """Repairs of units that failed, upkeep before summer and winter, small repairs that heat brings."""
    jobs = [job for unit in units for job in _failed(world, unit)]
    dice = world.dice("after", project.code)
    day, number = project.finish, 0
    while True:
        day += timedelta(days=int(dice.exponential(_GAP)) + 1)
        is_upkeep = day.month in (3, 4, 10, 11)
        heat = 1.0 + 0.9 * float(np.sin((day.timetuple().tm_yday - 105) / 365 * 2 * np.pi))
        is_wanted = dice.random() <= heat / 1.9 or is_upkeep
        created = moment(dice, day, 8, 18)
        took = float(dice.gamma(2.0, 40 if is_upkeep else 14)) * (2.5 if holiday(day) else 1.0)
        product, hours = pick(dice, project.equipment)[0], float(dice.lognormal(1.2, 0.4))
        text = pick(dice, _UPKEEP if is_upkeep else _REPAIRS)
        if not world.has_come(day):
            return jobs
        if is_wanted:
            number += 1
            jobs.append(
                Job(
                    work_order_id=f"WO-{project.code}-S{number:03d}",
                    kind="maintenance" if is_upkeep else "repair",
                    project=project,
                    milestone=None,
                    product=product,
                    description=text,
                    created_at=created,
                    finished_at=created + timedelta(hours=took),
                    due_at=created + timedelta(hours=168 if is_upkeep else 48),
                    hours=hours,
                    fault_code=None if is_upkeep else "OTHER",
                )
            )


def _failed(world: World, unit: Unit) -> list[Job]:
    """A work order for each failure of a unit; the unit runs again when it is done."""
    jobs = []
    dice = world.dice("repair", unit.device_id)
    for number, failure in enumerate(unit.failures, start=1):
        created = failure.fails_at + timedelta(minutes=int(dice.integers(20, 600)))
        failure.repaired_at = created + timedelta(hours=4 + float(dice.gamma(2.0, 16)))
        hours = float(dice.lognormal(1.5, 0.4))
        if unit.product and world.has_come(created):
            jobs.append(
                Job(
                    work_order_id=f"WO-{unit.project.code}-F{unit.number}{number:02d}",
                    kind="repair",
                    project=unit.project,
                    milestone=None,
                    product=unit.product,
                    description=f"故障抢修:{unit.product.name}",
                    created_at=created,
                    finished_at=failure.repaired_at,
                    due_at=created + timedelta(hours=24),
                    hours=hours,
                    device_id=unit.device_id,
                    fault_code=failure.code,
                )
            )
    return jobs
