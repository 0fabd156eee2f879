"""What the project system and the CRM show of the projects, as of the world's day."""

from __future__ import annotations

from datetime import date, timedelta

from sandbox.phases import PHASE_TEAMS
from sandbox.projects import Milestone, Project, is_pilot, site_kind, stage_entries
from sandbox.reference import Staff
from sandbox.world import World, days, moment, pick

_REASONS = {
    "supplier_late": "供应商到货延迟,安装顺延",
    "weather": "连续降雨,室外作业停工",
    "customer_change": "客户调整使用功能,图纸返工",
    "design_change": "设计院变更机房布置",
    "labour": "班组人手不足",
}


def write_project(world: World, project: Project, staff: Staff) -> None:
    """Write a project's site, funnel, contract, and all that belongs to its milestones."""
    _site(world, project)
    _funnel(world, project)
    _project(world, project)
    _stage_events(world, project)
    _links(world, project)
    for sequence, node in enumerate(_alive(project), start=1):
        _milestone(world, project, node, sequence, staff)


def _alive(project: Project) -> list[Milestone]:
    """A cancelled project stops after its design."""
    nodes = list(project.milestones.values())
    return nodes[:3] if project.is_cancelled else nodes


def _site(world: World, project: Project) -> None:
    dice = world.dice("site", project.code)
    place = project.city
    world.add(
        "ref__sites",
        site_id=project.site_id,
        name=f"{project.customer.name}工地{project.code}",
        kind_code=site_kind(project),
        region_code=place.region_code,
        province=place.province,
        city=place.name,
        country_code="CN",
        postal_code=place.postal_code,
        address=f"{place.name}市学院路{int(dice.integers(1, 400))}号",
        latitude=round(place.latitude + float(dice.uniform(-0.15, 0.15)), 5),
        longitude=round(place.longitude + float(dice.uniform(-0.15, 0.15)), 5),
        floor_count=int(dice.integers(2, 26)),
        gross_floor_area_m2=round(project.size * 12000, -2),
    )


def _funnel(world: World, project: Project) -> None:
    """Lead, opportunity, quote and contract of the project, and a lost opportunity beside each second one."""
    dice = world.dice("funnel", project.code)
    customer, place = project.customer, project.city
    created = project.initiated_on - days(dice.integers(50, 120))
    signed = project.signed_on
    lead, opportunity = f"L-{project.code}", f"O-{project.code}"
    has_twin = dice.random() < 0.5 and not project.is_golden
    for suffix, is_won in (("", True), *((("X", False),) if has_twin else ())):
        closed = signed if is_won else project.initiated_on + days(dice.integers(20, 60))
        known = world.seen(closed)
        world.add(
            "crm__leads",
            lead_id=lead + suffix,
            customer_id=customer.customer_id,
            name=project.name if is_won else f"{customer.name}二期空调项目",
            source_code=pick(dice, ("referral", "tender", "exhibition", "website", "existing")),
            status_code="converted" if is_won else "lost" if known else "qualified",
            segment_code=customer.segment,
            region_code=place.region_code,
            province=place.province,
            city=place.name,
            owner_id=customer.manager_id,
            expected_amount=round(project.amount * float(dice.uniform(0.8, 1.2)), -3),
            currency_code="CNY",
            created_at=moment(dice, created),
            qualified_at=moment(dice, created + days(10)),
            closed_at=world.seen(moment(dice, closed)),
        )
        world.add(
            "crm__opportunities",
            opportunity_id=opportunity + suffix,
            lead_id=lead + suffix,
            customer_id=customer.customer_id,
            name=project.name if is_won else f"{customer.name}二期空调项目",
            stage_code=("won" if is_won else "lost") if known else "negotiation",
            expected_amount=project.amount,
            currency_code="CNY",
            opened_on=project.initiated_on - days(30),
            closed_on=known,
            is_won=is_won if known else None,
            win_probability_share=(1.0 if is_won else 0.0) if known else 0.6,
        )
    _quote(world, project, opportunity)
    _contract(world, project, opportunity)


def _quote(world: World, project: Project, opportunity: str) -> None:
    dice = world.dice("quote", project.code)
    quoted = project.start_of("CONTRACT")
    versions = 1 + int(dice.random() < 0.4)
    for version in range(1, versions + 1):
        day = quoted + days(5 * (version - 1))
        if not world.has_come(day):
            return
        for line, (product, count) in enumerate(project.equipment, start=1):
            price = product.price * (1 - 0.03 * version)
            world.add(
                "crm__quotes",
                quote_id=f"Q-{project.code}",
                version_no=version,
                line_no=line,
                customer_id=project.customer.customer_id,
                opportunity_id=opportunity,
                product_id=product.product_id,
                quoted_on=day,
                valid_until_on=day + days(45),
                region_code=project.city.region_code,
                quantity=count,
                unit_price_amount=price,
                discount_pct=3.0 * version,
                line_amount=price * count,
                freight_amount=round(product.weight_kg * count * 1.2, 2),
                cost_amount=product.cost * count,
                currency_code="CNY",
                promised_on=project.last("DELIVERY").planned_finish,
                status_code="accepted" if version == versions else "rejected",
                prepared_by=project.customer.manager_id,
            )


def _contract(world: World, project: Project, opportunity: str) -> None:
    signed = project.signed_on
    if not world.has_come(signed):
        return
    ends = project.last("ACCEPTANCE").planned_finish + days(730)
    world.add(
        "crm__contracts",
        contract_id=project.contract_id,
        customer_id=project.customer.customer_id,
        opportunity_id=opportunity,
        name=f"{project.name}合同",
        kind_code="project",
        signed_on=signed,
        starts_on=signed,
        ends_on=ends,
        contract_amount=project.amount,
        currency_code="CNY",
        retention_pct=5,
        retention_due_on=ends,
        status_code="cancelled" if project.is_cancelled else "closed" if world.has_come(ends) else "signed",
        file_path=f"contracts/{project.project_id}/v1.pdf",
        version_no=1,
    )


def _project(world: World, project: Project) -> None:
    site_work = project.of("PIPING")[0]
    started, finished = world.seen(site_work.start), world.seen(project.finish)
    signed = world.seen(project.signed_on)
    reached = [stage for stage, day in stage_entries(project) if world.has_come(day)]
    is_over = project.is_cancelled and world.has_come(project.finish_of("DESIGN"))
    world.add(
        "projects__projects",
        project_id=project.project_id,
        customer_id=project.customer.customer_id,
        contract_id=project.contract_id if signed else None,
        name=project.name,
        type_code=site_kind(project),
        region_code=project.city.region_code,
        province=project.city.province,
        city=project.city.name,
        site_id=project.site_id,
        manager_id=project.manager_id,
        stage_code="contract" if project.is_cancelled else reached[-1] if reached else "lead",
        status_code="cancelled"
        if is_over
        else "completed"
        if finished and not project.is_cancelled
        else "active",
        contract_amount=project.amount,
        budget_amount=project.budget,
        currency_code="CNY",
        initiated_on=project.initiated_on,
        contract_signed_on=signed,
        planned_start_on=site_work.planned_start,
        planned_finish_on=project.last("ACCEPTANCE").planned_finish,
        started_on=None if project.is_cancelled else started,
        finished_on=None if project.is_cancelled else finished,
        is_pilot=is_pilot(project),
        device_count=sum(count for _, count in project.equipment),
    )


def _stage_events(world: World, project: Project) -> None:
    teams = {"lead": "sales", "solution": "technical", "contract": "sales", "production": "production"}
    teams |= {"delivery": "supply", "installation": "technical", "maintenance": "service"}
    for number, (stage, day) in enumerate(stage_entries(project), start=1):
        if not world.has_come(day) or (project.is_cancelled and number > 3):
            continue
        dice = world.dice("stage", project.code, number)
        entered = moment(dice, day)
        world.add(
            "projects__stage_events",
            event_id=f"{project.project_id}-E{number}",
            project_id=project.project_id,
            stage_code=stage,
            entered_at=entered,
            actor_id=project.customer.manager_id if number < 4 else project.manager_id,
            team_code=teams[stage],
            handed_over_at=entered - timedelta(hours=float(dice.exponential(30))),
            source_row=f"PMS-{project.code}-{number}",
        )


def _links(world: World, project: Project) -> None:
    alive = {node.node.key for node in _alive(project)}
    for key in alive:
        for before in project.milestones[key].node.before:
            world.add(
                "projects__milestone_links",
                predecessor_id=project.milestones[before].milestone_id,
                successor_id=project.milestones[key].milestone_id,
                type_code="FS",
                lag_days=0,
            )


def _milestone(world: World, project: Project, node: Milestone, sequence: int, staff: Staff) -> None:
    dice = world.dice("milestone", node.milestone_id)
    started, finished = world.seen(node.start), world.seen(node.finish)
    reports = _progress(world, project, node)
    progress = 100.0 if finished else reports[-1] if reports else 0.0
    budget = round(project.budget * node.node.weight, 2)
    moved = _date_change(world, project, node)
    overrun = 1 + max(node.days_late, 0) / 200 + float(dice.normal(0, 0.03))
    world.add(
        "projects__milestones",
        milestone_id=node.milestone_id,
        project_id=project.project_id,
        name=node.node.name,
        phase_code=node.phase,
        sequence_no=sequence,
        owner_id=_owner(project, node, staff),
        crew_id=node.crew.crew_id if node.crew else None,
        planned_start_on=node.planned_start,
        planned_finish_on=node.planned_finish,
        forecast_finish_on=finished or moved or node.planned_finish,
        started_on=started,
        finished_on=finished,
        progress_pct=progress,
        threshold_days=3,
        weight=node.node.weight,
        budget_amount=budget,
        estimate_amount=round(budget * overrun, 2),
        actual_amount=round(budget * overrun * progress / 100, 2),
        currency_code="CNY",
        status_code="finished" if finished else "started" if started else "not_started",
    )
    _baseline(world, project, node, budget)


def _owner(project: Project, node: Milestone, staff: Staff) -> str:
    team = PHASE_TEAMS[node.phase]
    if team == "sales":
        return project.customer.manager_id
    roles = {"supply": "procurement", "production": "planner", "quality": "quality", "service": "engineer"}
    people = staff.by_role.get(roles.get(team, ""), [])
    return people[sum(map(ord, project.code)) % len(people)] if people else project.manager_id


def _date_change(world: World, project: Project, node: Milestone) -> date | None:
    """The planner moves the date of a late milestone some days before it falls due; returns the new date."""
    if node.days_late <= 3:
        return None
    dice = world.dice("change", node.milestone_id)
    noticed = node.planned_finish - days(dice.integers(0, 12))
    new = node.planned_finish + days(max(1, node.days_late * float(dice.uniform(0.5, 1.1))))
    if not world.has_come(noticed):
        return None
    world.add(
        "projects__date_changes",
        date_change_id=f"DC-{node.milestone_id}",
        milestone_id=node.milestone_id,
        field_code="forecast_finish_on",
        old_on=node.planned_finish,
        new_on=new,
        reason_code=node.cause,
        reason=_REASONS[node.cause],
        changed_by=project.manager_id,
        changed_at=moment(dice, noticed),
        origin_code="source",
        version=1,
    )
    return new


def _baseline(world: World, project: Project, node: Milestone, budget: float) -> None:
    world.add(
        "projects__baselines",
        milestone_id=node.milestone_id,
        version_no=0,
        project_id=project.project_id,
        approved_on=project.initiated_on,
        approved_by=project.manager_id,
        planned_start_on=node.planned_start,
        planned_finish_on=node.planned_finish,
        budget_amount=budget,
        currency_code="CNY",
        reason="立项批准",
    )


def _progress(world: World, project: Project, node: Milestone) -> list[float]:
    """Write weekly progress while the work goes on; returns what was reported."""
    dice = world.dice("progress", node.milestone_id)
    length = max((node.finish - node.start).days, 1)
    told: list[float] = []
    for number, offset in enumerate(range(7, length, 10), start=1):
        day = node.start + timedelta(days=offset)
        share = round(min(98.0, max([*told[-1:], 100 * offset / length * float(dice.uniform(0.85, 1.1))])), 1)
        if not world.has_come(day):
            break
        told.append(share)
        world.add(
            "projects__progress_reports",
            report_id=f"{node.milestone_id}-R{number:02d}",
            milestone_id=node.milestone_id,
            reported_at=moment(dice, day),
            reported_by=project.manager_id,
            progress_pct=share,
            note=pick(dice, ("按计划推进", "作业面已移交", "夜间赶工", "等待配合单位", "材料陆续进场")),
            origin_code="source",
            version_no=number,
        )
    return told
