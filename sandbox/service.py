"""Field service as its systems show it: engineers, work orders, expenses, ratings, photos.

Stars follow what the customer lived through: a late project, work done twice and a late engineer cost stars,
and few stars bring complaints and cost customers.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from hashlib import sha256

import numpy as np

from sandbox import names
from sandbox.customers import hear_rating
from sandbox.jobs import Job
from sandbox.quality import complain
from sandbox.reference import Staff, office_id
from sandbox.world import World, days, pick

_COMMENTS = {
    5: ("响应及时,安装规范", "师傅很专业,讲解清楚", "比约定时间还早到", "非常满意,值得推荐"),
    4: ("总体满意", "处理得不错,收尾可以再干净些", "问题解决了,谢谢", "服务态度好"),
    3: ("一般,沟通可以更主动", "能用了,但等得有点久", "勉强满意"),
    2: ("等了很久,问题反复", "返工一次,影响使用", "工期拖延,解释不到位"),
    1: ("非常不满意,要求整改", "多次催促无人理会", "又坏了,要求更换设备"),
}
#: What a day of the project's lateness, a day of the visit's and doing it twice cost, in stars.
_PROJECT_DAY, _VISIT_DAY, _REWORK = 0.045, 0.4, 1.2


def write_engineers(world: World, staff: Staff) -> None:
    """Write the service engineers; engineer id and person id are the same."""
    for engineer in staff.by_role["engineer"]:
        dice = world.dice("engineer", engineer)
        home = staff.homes[engineer]
        world.add(
            "work__engineers",
            engineer_id=engineer,
            person_id=engineer,
            name=names.person(dice),
            phone=names.phone(dice),
            region_code=home.region_code,
            city=home.name,
            base_site_id=office_id(home),
            daily_capacity_hours=8,
            grade_code=pick(dice, ("junior", "senior", "expert"), (4, 4, 2)),
            is_subcontractor=bool(dice.random() < 0.2),
            is_active=True,
        )


def write_job(world: World, job: Job, staff: Staff) -> None:
    """Write a work order that exists by now, and what follows from it."""
    if not world.has_come(job.created_at):
        return
    dice = world.dice("work-order", job.work_order_id)
    engineer = pick(dice, staff.near("engineer", job.project.city))
    cost = round(job.hours * float(dice.uniform(55, 80)), 2)
    _work_order(world, job, engineer, cost, dice)
    if world.has_come(job.finished_at):
        _expense(world, job, cost, engineer, staff, dice)
        _photo(world, job, engineer, dice)
        _rate(world, job, world.dice("rating", job.work_order_id))


def _work_order(world: World, job: Job, engineer: str, cost: float, dice: np.random.Generator) -> None:
    finished = world.seen(job.finished_at)
    assigned = world.seen(min(job.created_at + timedelta(hours=float(dice.exponential(3))), job.finished_at))
    arrived = world.seen(max(job.finished_at - timedelta(hours=min(job.hours, 6) * 0.5), job.created_at))
    is_urgent, guess = dice.random() < 0.3, float(dice.uniform(0.7, 1.1))
    node = job.milestone
    world.add(
        "work__work_orders",
        work_order_id=job.work_order_id,
        kind_code=job.kind,
        customer_id=job.project.customer.customer_id,
        project_id=job.project.project_id,
        milestone_id=node.milestone_id if node else None,
        site_id=job.project.site_id,
        device_id=job.device_id,
        product_id=job.product.product_id,
        engineer_id=engineer if assigned else None,
        crew_id=node.crew.crew_id if node and node.crew else None,
        parent_id=job.parent_id,
        priority_code="high" if job.kind == "repair" and is_urgent else "normal",
        created_at=job.created_at,
        assigned_at=assigned,
        due_at=job.due_at,
        scheduled_on=job.due_at.date(),
        arrived_at=arrived,
        finished_at=finished,
        closed_at=world.seen(job.finished_at + timedelta(days=1)),
        status_code=_status(world, job, assigned, arrived),
        estimated_hours=round(job.hours * guess, 1),
        labour_hours=round(job.hours, 1) if finished else None,
        waiting_hours=_waiting(world, job) if finished else None,
        cost_amount=cost if finished else None,
        currency_code="CNY",
        is_rework=job.is_rework,
        fault_code=job.fault_code,
        description=f"{job.project.name}:{job.description}",
        resolution=("已处理,运行正常" if job.kind == "repair" else "已完成,现场确认") if finished else None,
    )


def _waiting(world: World, job: Job) -> float:
    """Hours for which one job in six rests until the customer is there or a part has come."""
    dice = world.dice("waiting", job.work_order_id)
    rests, hours = dice.random() < 1 / 6, float(dice.exponential(4))
    lasts = (job.finished_at - job.created_at).total_seconds() / 3600
    return round(min(hours, lasts / 10), 1) if rests else 0.0


def _status(world: World, job: Job, assigned: datetime | None, arrived: datetime | None) -> str:
    if world.has_come(job.finished_at):
        return "closed" if world.has_come(job.finished_at + timedelta(days=1)) else "finished"
    return "on_site" if arrived else "assigned" if assigned else "created"


def _expense(
    world: World, job: Job, cost: float, engineer: str, staff: Staff, dice: np.random.Generator
) -> None:
    spent = job.finished_at.date()
    booked = world.seen(spent + days(dice.integers(1, 12)))
    kind, approver = pick(dice, ("material", "travel", "labour")), pick(dice, staff.by_role["finance"])
    world.add(
        "erp__expenses",
        expense_id=f"EX-{job.work_order_id}",
        project_id=job.project.project_id,
        work_order_id=job.work_order_id,
        milestone_id=job.milestone.milestone_id if job.milestone else None,
        cost_code=kind if job.kind == "repair" else "labour",
        spent_on=spent,
        booked_on=booked,
        expense_amount=cost,
        currency_code="CNY",
        claimed_by=engineer,
        approved_by=approver if booked else None,
        status_code="booked" if booked else "claimed",
        description=job.description,
    )


def _photo(world: World, job: Job, engineer: str, dice: np.random.Generator) -> None:
    """Half of the finished work is photographed; a photo is known once it has been sent."""
    taken = job.finished_at - timedelta(minutes=int(dice.integers(1, 90)))
    sent = taken + timedelta(minutes=int(dice.exponential(50)))
    size, place = int(dice.integers(180_000, 2_400_000)), dice.uniform(-0.1, 0.1, 2).tolist()
    if dice.random() > 0.5 or not world.has_come(sent):
        return
    home = job.project.city
    world.add(
        "work__photos",
        photo_id=f"PH-{job.work_order_id}",
        project_id=job.project.project_id,
        site_id=job.project.site_id,
        milestone_id=job.milestone.milestone_id if job.milestone else None,
        work_order_id=job.work_order_id,
        taken_at=taken,
        uploaded_at=sent,
        taken_by=engineer,
        file_path=f"photos/{job.project.project_id}/{job.work_order_id}.jpg",
        content_hash=sha256(job.work_order_id.encode()).hexdigest(),
        size_bytes=size,
        latitude=round(home.latitude + place[0], 5),
        longitude=round(home.longitude + place[1], 5),
        caption=f"{job.description}完成照片",
    )


def _rate(world: World, job: Job, dice: np.random.Generator) -> None:
    """Half of the customers answer; lateness of the project and of the job and rework cost stars."""
    rated = job.finished_at + timedelta(hours=float(dice.exponential(30)) + 1)
    answers, spirits = dice.random() < 0.55, float(dice.normal(0, 0.85))
    if not answers or not world.has_come(rated) or job.project.is_golden:
        return
    losses = _losses(job)
    stars = int(np.clip(round(4.75 - sum(losses.values()) + spirits), 1, 5))
    rating_id = f"RT-{job.work_order_id}"
    for cause, size in losses.items():
        if size > 0:
            world.cause(cause, job.work_order_id, "rating", rating_id, size, rated.date())
    write_rating(world, rating_id, job.work_order_id, job.project.customer.customer_id, stars, rated, dice)
    hear_rating(world, job.project.customer, rating_id, rated.date(), stars, dice)
    if stars <= 2 and dice.random() < 0.45:
        complain(world, f"CP-{job.work_order_id}", job.project, rated, "service", job.work_order_id)


def _losses(job: Job) -> dict[str, float]:
    """Stars lost by cause."""
    late = max((job.finished_at - job.due_at).total_seconds() / 86400, 0)
    project_late = max(job.project.days_late, 0) if job.milestone else 0
    # A project known to be late angers by itself; its visits are not counted late once more.
    return {
        "late_project": _PROJECT_DAY * min(project_late, 60),
        "late_visit": 0.0 if job.milestone else _VISIT_DAY * min(late, 4),
        "rework": _REWORK * job.is_rework,
    }


def write_rating(
    world: World,
    rating_id: str,
    work_order_id: str,
    customer_id: str,
    stars: int,
    rated_at: datetime,
    dice: np.random.Generator,
) -> None:
    """Write a rating, with words to it more often than not."""
    words = pick(dice, _COMMENTS[stars])
    world.add(
        "work__ratings",
        rating_id=rating_id,
        work_order_id=work_order_id,
        customer_id=customer_id,
        stars=stars,
        rated_at=rated_at,
        channel_code=pick(dice, ("wechat", "app", "phone"), (7, 2, 1)),
        comment=words if dice.random() < 0.6 else None,
    )
