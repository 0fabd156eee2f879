"""Inspections, complaints and the use of material: how well the work was done, in the eyes of others."""

from __future__ import annotations

from datetime import datetime, timedelta

from sandbox.catalogue import Catalogue
from sandbox.projects import Milestone, Project
from sandbox.reference import Staff
from sandbox.world import World, days, moment, pick

_COMPLAINTS = {
    "delay": ("工期一再推迟,影响启用", "承诺的到货时间三次变更", "开学前未能完工,要求书面说明"),
    "quality": ("机组投运后多次停机", "制冷效果达不到设计要求", "冷凝水漏到吊顶,要求修复"),
    "noise": ("室外机噪声过大,住户反映强烈", "夜间机房振动明显", "末端风口啸叫"),
    "service": ("工程师未按约定时间到场", "同一故障反复维修", "客服电话多次无人接听"),
    "billing": ("结算金额与合同不符", "增项未事先确认", "发票抬头开错,迟迟未更换"),
}
_FINDINGS = (
    "保温接缝开裂",
    "支架间距超标",
    "线缆标识缺失",
    "排水坡度不足",
    "法兰渗漏",
    "减振器未锁定",
    "风管漏风",
)
_INSPECTED = {"PIPING": "stage", "INSTALLATION": "stage", "ELECTRICAL": "safety"}


def write_quality(world: World, project: Project, staff: Staff, catalogue: Catalogue) -> None:
    """Write a project's inspections, its use of material, and the complaint that its lateness brings."""
    for phase, kind in _INSPECTED.items():
        if project.of(phase):
            _inspect(world, project, project.last(phase), kind, staff)
    _inspect(world, project, project.last("ACCEPTANCE"), "acceptance", staff)
    for phase in _INSPECTED:
        for node in project.of(phase):
            _material_use(world, project, node, catalogue)
    dice = world.dice("complaint", project.code)
    received = moment(dice, project.finish_of("INSTALLATION"))
    category = pick(dice, ("quality", "noise", "billing"))
    if project.is_golden or not world.has_come(received):
        return
    if dice.random() < 0.05 + 0.012 * max(project.days_late, 0):
        category = "delay" if project.days_late > 15 else category
        complain(world, f"CP-{project.project_id}", project, received, category, None)
        if project.days_late > 0:
            world.cause(
                "late_project", project.project_id, "complaint", f"CP-{project.project_id}",
                project.days_late, received.date(),
            )  # fmt: skip


def complain(
    world: World,
    complaint_id: str,
    project: Project,
    received: datetime,
    category: str,
    work_order_id: str | None,
) -> None:
    """Write a complaint and how it was dealt with."""
    dice = world.dice("complaint", complaint_id)
    answered = received + timedelta(hours=float(dice.exponential(8)))
    resolved = world.seen(max(received + timedelta(hours=float(dice.gamma(2, 60))), answered))
    severity = pick(dice, ("minor", "major", "critical"), (6, 3, 1))
    paid = float(dice.integers(1, 20) * 500)
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
        description=pick(dice, _COMPLAINTS[category]),
        root_cause=project.last("INSTALLATION").cause if resolved else None,
        owner_id=project.manager_id,
        responded_at=world.seen(answered),
        resolved_at=resolved,
        compensation_amount=paid if resolved and severity != "minor" else 0,
        currency_code="CNY",
        status_code="resolved" if resolved else "investigating",
    )


def _inspect(world: World, project: Project, node: Milestone, kind: str, staff: Staff) -> None:
    """Inspect until it passes; haste after a delay makes failures likelier."""
    day = node.finish
    for attempt in range(1, 4):
        dice = world.dice("inspection", node.milestone_id, attempt)
        haste = 0.003 * max(node.days_late, 0)
        passes = attempt == 3 or project.is_golden or dice.random() > 0.07 + haste
        if not world.has_come(day):
            break
        items = int(dice.integers(12, 40))
        inspection_id = f"IN-{node.milestone_id}-{attempt}"
        world.add(
            "work__inspections",
            inspection_id=inspection_id,
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
            findings=None if passes else pick(dice, _FINDINGS),
        )
        if passes:
            break
        if haste > 0:
            world.cause("haste", node.milestone_id, "failed_inspection", inspection_id, haste, day)
        day += timedelta(days=int(dice.integers(2, 9)))


def _material_use(world: World, project: Project, node: Milestone, catalogue: Catalogue) -> None:
    dice = world.dice("use", node.milestone_id)
    for number in range(1, 4):
        day = node.start + days((node.finish - node.start).days * number / 4)
        planned = float(dice.integers(5, 120))
        used = round(planned * float(dice.normal(1.03, 0.08)), 1)
        product, wasted = pick(dice, catalogue.materials), round(used * float(dice.uniform(0, 0.05)), 1)
        if world.has_come(day):
            world.add(
                "work__material_use",
                material_use_id=f"MU-{node.milestone_id}-{number}",
                project_id=project.project_id,
                milestone_id=node.milestone_id,
                crew_id=node.crew.crew_id if node.crew else None,
                product_id=product.product_id,
                used_on=day,
                quantity_used=used,
                quantity_planned=planned,
                quantity_wasted=wasted,
                reported_by=project.manager_id,
            )
