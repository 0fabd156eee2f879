"""Field service: work orders, inspections, ratings, complaints, expenses, material use, photos.

Stars follow what the customer lived through: a late project and a late engineer cost stars, and few stars
bring complaints.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

import numpy as np

from sandbox import names
from sandbox.catalogue import Catalogue, Product
from sandbox.projects import Milestone, Project
from sandbox.reference import Staff, holiday
from sandbox.world import World, days, moment, pick

_SITE_WORK = (
    ("PIPING", "installation", "管线施工"),
    ("PIPING", "installation", "管道试压"),
    ("INSTALLATION", "installation", "机组吊装"),
    ("INSTALLATION", "installation", "末端安装"),
    ("ELECTRICAL", "installation", "配电接线"),
    ("COMMISSIONING", "commissioning", "系统调试"),
    ("ACCEPTANCE", "inspection", "验收配合"),
)
_COMPLAINTS = {
    "delay": "工期一再推迟,影响启用", "quality": "机组投运后多次停机", "noise": "室外机噪声过大,住户反映强烈",
    "service": "工程师未按约定时间到场", "billing": "结算金额与合同不符",
}  # fmt: skip
_FAULTS = ("HIGH_PRESSURE", "LOW_REFRIGERANT", "SENSOR", "FAN", "CONTROL_BOARD", "LEAK")
_PRAISE = {
    5: "响应及时,安装规范",
    4: "总体满意",
    3: "一般,沟通可以更主动",
    2: "等了很久,问题反复",
    1: "非常不满意,要求整改",
}


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


def write_engineers(world: World, staff: Staff) -> None:
    """Write the service engineers; engineer id and person id are the same."""
    offices = {
        row["city"]: row["site_id"] for row in world.rows["ref__sites"] if row["kind_code"] == "office"
    }
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
            base_site_id=offices[home.name],
            daily_capacity_hours=8,
            grade_code=pick(dice, ("junior", "senior", "expert"), (4, 4, 2)),
            is_subcontractor=bool(dice.random() < 0.2),
            is_active=True,
        )


def write_service(world: World, projects: list[Project], staff: Staff, catalogue: Catalogue) -> None:
    """Write all field work of the projects and what follows from it."""
    for project in projects:
        if project.is_cancelled:
            continue
        _inspections(world, project, staff)
        _material_use(world, project, catalogue)
        for job in [*_site_jobs(world, project), *_after_sales(world, project)]:
            if world.has_come(job.created_at):
                _work_order(world, job, staff)
        _project_complaint(world, project)


def _site_jobs(world: World, project: Project) -> list[Job]:
    jobs = []
    for number, (phase, kind, text) in enumerate(_SITE_WORK, start=1):
        node = project.milestones[phase]
        dice = world.dice("job", project.number, number)
        created, finished = moment(dice, node.start), moment(dice, node.finish, 15, 18)
        due = datetime.combine(node.planned_finish, datetime.min.time()) + timedelta(hours=10)
        hours = max(4.0, float(dice.lognormal(3.2, 0.4)) * project.size)
        name = f"WO-{project.number:04d}-{number:02d}"
        job = Job(name, kind, project, node, project.equipment[0][0], text, created, finished, due, hours)
        jobs.append(job)
        if dice.random() < 0.08:
            again = finished + timedelta(days=int(dice.integers(2, 12)))
            jobs.append(
                Job(
                    work_order_id=f"{name}R",
                    kind="rework",
                    project=project,
                    milestone=node,
                    product=job.product,
                    description=f"返工:{text}",
                    created_at=finished + timedelta(hours=2),
                    finished_at=again,
                    due_at=finished + timedelta(days=7),
                    hours=hours * 0.4,
                    is_rework=True,
                    parent_id=name,
                )
            )
    return jobs


def _after_sales(world: World, project: Project) -> list[Job]:
    """Upkeep before summer and winter, and repairs that come with the heat."""
    jobs = []
    day = project.finish
    for number in range(1, 400):
        dice = world.dice("after", project.number, number)
        day += timedelta(days=int(dice.exponential(36)) + 1)
        if not world.has_come(day):
            break
        is_upkeep = day.month in (3, 4, 10, 11)
        heat = 1.0 + 0.9 * float(np.sin((day.timetuple().tm_yday - 105) / 365 * 2 * np.pi))
        if not is_upkeep and dice.random() > heat / 1.9:
            continue
        created = moment(dice, day, 8, 18)
        due = created + timedelta(hours=168 if is_upkeep else 48)
        took = float(dice.gamma(2.0, 40 if is_upkeep else 14)) * (2.5 if holiday(day) else 1.0)
        product = pick(dice, project.equipment)[0]
        text = "季前保养" if is_upkeep else "现场维修"
        jobs.append(
            Job(
                work_order_id=f"WO-{project.number:04d}-S{number:03d}",
                kind="maintenance" if is_upkeep else "repair",
                project=project,
                milestone=None,
                product=product,
                description=text,
                created_at=created,
                finished_at=created + timedelta(hours=took),
                due_at=due,
                hours=float(dice.lognormal(1.2, 0.4)),
            )
        )
    return jobs


def _work_order(world: World, job: Job, staff: Staff) -> None:
    dice = world.dice("work-order", job.work_order_id)
    engineer = pick(dice, staff.near("engineer", job.project.city))
    finished = world.seen(job.finished_at)
    assigned = world.seen(min(job.created_at + timedelta(hours=float(dice.exponential(3))), job.finished_at))
    arrived = world.seen(job.finished_at - timedelta(hours=min(job.hours, 6) * 0.5))
    cost = round(job.hours * float(dice.uniform(55, 80)), 2)
    world.add(
        "work__work_orders",
        work_order_id=job.work_order_id,
        kind_code=job.kind,
        customer_id=job.project.customer.customer_id,
        project_id=job.project.project_id,
        milestone_id=job.milestone.milestone_id if job.milestone else None,
        site_id=job.project.site_id,
        device_id=f"D-{job.project.number:04d}-01" if job.kind == "repair" else None,
        product_id=job.product.product_id,
        engineer_id=engineer if assigned else None,
        crew_id=job.milestone.crew.crew_id if job.milestone and job.milestone.crew else None,
        parent_id=job.parent_id,
        priority_code="high" if job.kind == "repair" and dice.random() < 0.3 else "normal",
        created_at=job.created_at,
        assigned_at=assigned,
        due_at=job.due_at,
        scheduled_on=job.due_at.date(),
        arrived_at=arrived if arrived and arrived >= job.created_at else None,
        finished_at=finished,
        closed_at=world.seen(job.finished_at + timedelta(days=1)),
        status_code=_status(world, job, assigned, arrived),
        estimated_hours=round(job.hours * float(dice.uniform(0.7, 1.1)), 1),
        labour_hours=round(job.hours, 1) if finished else None,
        cost_amount=cost if finished else None,
        currency_code="CNY",
        is_rework=job.is_rework,
        fault_code=pick(dice, _FAULTS) if job.kind == "repair" else None,
        description=f"{job.project.name}:{job.description}",
        resolution="已处理,运行正常" if finished else None,
    )
    if finished:
        _expense(world, job, cost, engineer, staff)
        _rating(world, job)
        _photo(world, job, engineer)


def _status(world: World, job: Job, assigned: datetime | None, arrived: datetime | None) -> str:
    if world.has_come(job.finished_at):
        return "closed" if world.has_come(job.finished_at + timedelta(days=1)) else "finished"
    return "on_site" if arrived else "assigned" if assigned else "created"


def _expense(world: World, job: Job, cost: float, engineer: str, staff: Staff) -> None:
    dice = world.dice("expense", job.work_order_id)
    spent = job.finished_at.date()
    booked = world.seen(spent + days(dice.integers(1, 12)))
    world.add(
        "erp__expenses",
        expense_id=f"EX-{job.work_order_id}",
        project_id=job.project.project_id,
        work_order_id=job.work_order_id,
        milestone_id=job.milestone.milestone_id if job.milestone else None,
        cost_code="labour" if job.kind != "repair" else pick(dice, ("material", "travel", "labour")),
        spent_on=spent,
        booked_on=booked,
        expense_amount=cost,
        currency_code="CNY",
        claimed_by=engineer,
        approved_by=pick(dice, staff.by_role["finance"]) if booked else None,
        status_code="booked" if booked else "claimed",
        description=job.description,
    )


def _rating(world: World, job: Job) -> None:
    """Half of the customers answer; lateness of the project and of the job costs stars."""
    dice = world.dice("rating", job.work_order_id)
    rated = job.finished_at + timedelta(hours=float(dice.exponential(30)) + 1)
    answers = dice.random() < 0.55
    lateness = max((job.finished_at - job.due_at).total_seconds() / 86400, 0)
    project_late = max(job.project.days_late, 0) if job.milestone else 0
    mood = (
        4.9
        - 0.035 * min(project_late, 60)
        - 0.35 * min(lateness, 4)
        - 0.8 * job.is_rework
        + float(dice.normal(0, 0.5))
    )
    stars = int(np.clip(round(mood), 1, 5))
    if not answers or not world.has_come(rated):
        return
    world.add(
        "work__ratings",
        rating_id=f"RT-{job.work_order_id}",
        work_order_id=job.work_order_id,
        customer_id=job.project.customer.customer_id,
        stars=stars,
        rated_at=rated,
        channel_code=pick(dice, ("wechat", "app", "phone"), (7, 2, 1)),
        comment=_PRAISE[stars] if dice.random() < 0.6 else None,
    )
    if stars <= 2 and dice.random() < 0.45:
        _complaint(world, f"CP-{job.work_order_id}", job.project, rated, "service", job.work_order_id)


def _project_complaint(world: World, project: Project) -> None:
    dice = world.dice("complaint", project.number)
    received = moment(dice, project.milestones["INSTALLATION"].finish)
    if dice.random() < 0.05 + 0.012 * max(project.days_late, 0) and world.has_come(received):
        category = "delay" if project.days_late > 15 else pick(dice, ("quality", "noise", "billing"))
        _complaint(world, f"CP-{project.project_id}", project, received, category, None)


def _complaint(
    world: World,
    complaint_id: str,
    project: Project,
    received: datetime,
    category: str,
    work_order_id: str | None,
) -> None:
    dice = world.dice("complaint", complaint_id)
    resolved = world.seen(received + timedelta(hours=float(dice.gamma(2, 60))))
    severity = pick(dice, ("minor", "major", "critical"), (6, 3, 1))
    world.add(
        "work__complaints",
        complaint_id=complaint_id,
        customer_id=project.customer.customer_id,
        project_id=project.project_id,
        work_order_id=work_order_id,
        received_at=received,
        channel_code=pick(dice, ("hotline", "wechat", "email", "visit")),
        category_code=category,
        severity_code=severity,
        description=_COMPLAINTS[category],
        root_cause=project.milestones["INSTALLATION"].cause if resolved else None,
        owner_id=project.manager_id,
        responded_at=world.seen(received + timedelta(hours=float(dice.exponential(8)))),
        resolved_at=resolved,
        compensation_amount=float(dice.integers(1, 20) * 500) if resolved and severity != "minor" else 0,
        currency_code="CNY",
        status_code="resolved" if resolved else "investigating",
    )


def _inspections(world: World, project: Project, staff: Staff) -> None:
    """Each site phase is inspected until it passes; haste after a delay makes failures likelier."""
    for phase, kind in (
        ("PIPING", "stage"),
        ("INSTALLATION", "stage"),
        ("ELECTRICAL", "safety"),
        ("ACCEPTANCE", "acceptance"),
    ):
        node = project.milestones[phase]
        day = node.finish
        for attempt in range(1, 4):
            dice = world.dice("inspection", project.number, phase, attempt)
            passes = attempt == 3 or dice.random() > 0.07 + 0.003 * max(node.days_late, 0)
            if not world.has_come(day):
                break
            items = int(dice.integers(12, 40))
            world.add(
                "work__inspections",
                inspection_id=f"IN-{node.milestone_id}-{attempt}",
                project_id=project.project_id,
                milestone_id=node.milestone_id,
                site_id=project.site_id,
                crew_id=node.crew.crew_id if node.crew else None,
                kind_code=kind,
                attempt_no=attempt,
                inspector_id=pick(dice, staff.by_role["quality"]),
                inspected_on=day,
                is_passed=passes,
                item_count=items,
                failed_count=0 if passes else int(dice.integers(1, 5)),
                findings=None
                if passes
                else pick(dice, ("保温接缝开裂", "支架间距超标", "线缆标识缺失", "排水坡度不足")),
            )
            if passes:
                break
            day += timedelta(days=int(dice.integers(2, 9)))


def _material_use(world: World, project: Project, catalogue: Catalogue) -> None:
    for phase in ("PIPING", "INSTALLATION", "ELECTRICAL"):
        node = project.milestones[phase]
        for number in range(1, 6):
            dice = world.dice("use", project.number, phase, number)
            day = node.start + days((node.finish - node.start).days * number / 6)
            planned = float(dice.integers(5, 120))
            used = round(planned * float(dice.normal(1.03, 0.08)), 1)
            if world.has_come(day):
                world.add(
                    "work__material_use",
                    material_use_id=f"MU-{node.milestone_id}-{number}",
                    project_id=project.project_id,
                    milestone_id=node.milestone_id,
                    crew_id=node.crew.crew_id if node.crew else None,
                    product_id=pick(dice, catalogue.materials).product_id,
                    used_on=day,
                    quantity_used=used,
                    quantity_planned=planned,
                    quantity_wasted=round(used * float(dice.uniform(0, 0.05)), 1),
                    reported_by=project.manager_id,
                )


def _photo(world: World, job: Job, engineer: str) -> None:
    dice = world.dice("photo", job.work_order_id)
    if dice.random() > 0.5:
        return
    taken = job.finished_at - timedelta(minutes=int(dice.integers(1, 90)))
    site = job.project.city
    world.add(
        "work__photos",
        photo_id=f"PH-{job.work_order_id}",
        project_id=job.project.project_id,
        site_id=job.project.site_id,
        milestone_id=job.milestone.milestone_id if job.milestone else None,
        work_order_id=job.work_order_id,
        taken_at=taken,
        uploaded_at=world.seen(taken + timedelta(minutes=int(dice.exponential(50)))),
        taken_by=engineer,
        file_path=f"photos/{job.project.project_id}/{job.work_order_id}.jpg",
        content_hash=sha256(job.work_order_id.encode()).hexdigest(),
        size_bytes=int(dice.integers(180_000, 2_400_000)),
        latitude=round(site.latitude + float(dice.uniform(-0.1, 0.1)), 5),
        longitude=round(site.longitude + float(dice.uniform(-0.1, 0.1)), 5),
        caption=f"{job.description}完成照片",
    )
