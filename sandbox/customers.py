"""Customers with their hidden loyalty and slowness to pay; contacts, tags, touches and mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from sandbox import names
from sandbox.geography import CITIES, City
from sandbox.reference import Staff
from sandbox.world import START, World, days, moment, pick

_SEGMENTS = ("school", "hospital", "developer", "government", "manufacturer", "retail", "other")
_SEGMENT_WEIGHTS = (24, 20, 18, 15, 14, 6, 3)
_INDUSTRY = {
    "school": "education", "hospital": "healthcare", "developer": "real_estate", "government": "public",
    "manufacturer": "manufacturing", "retail": "retail", "other": "hospitality",
}  # fmt: skip
_TAGS = (
    ("quiet", "偏好静音机型", "preference"),
    ("energy_saving", "重视节能", "preference"),
    ("night_install", "要求夜间施工", "preference"),
    ("price_sensitive", "价格敏感", "behaviour"),
    ("single_contact", "只认固定联系人", "relation"),
    ("slow_payer", "付款偏慢", "risk"),
)
_MAILS = (
    ("quotation", "请提供报价", "您好,请按附件清单提供新楼空调系统的报价,并说明交货周期。"),
    ("delivery", "关于到货时间", "请确认本批机组的到货日期,现场吊装已预约,不能再推迟。"),
    ("repair", "机房机组报警", "三号机组今早报高压故障,房间温度偏高,请尽快安排工程师到场。"),
    ("invoice", "发票开具", "请按验收金额开具增值税专用发票,并寄至财务处。"),
    ("complaint", "对施工噪声的投诉", "施工人员在上课时间钻孔,影响教学,请立即整改并书面回复。"),
    ("spare_parts", "滤网采购", "需采购滤网与冷媒一批,请告知库存和价格。"),
)


@dataclass
class Customer:
    """A customer and the truth about it; ``silent_after`` is set by what it lives through."""

    customer_id: str
    name: str
    segment: str
    city: City
    since_on: date
    size: float
    orders_a_year: float
    pay_delay_days: float
    credit_days: int
    manager_id: str
    silent_after: date | None = None
    grievances: list[date] = field(default_factory=list)


def build_customers(world: World, staff: Staff) -> list[Customer]:
    """Write customers and their contacts and tags."""
    return [_customer(world, staff, number) for number in range(max(8, round(60 * world.scale)))]


def _customer(world: World, staff: Staff, number: int) -> Customer:
    dice = world.dice("customer", number)
    segment = pick(dice, _SEGMENTS, _SEGMENT_WEIGHTS)
    place = pick(dice, CITIES, [item.weight for item in CITIES])
    size = float(dice.lognormal(0, 0.6))
    is_slow = dice.random() < 0.25
    customer = Customer(
        customer_id=f"C{number + 1:04d}",
        name=names.organisation(dice, segment, place.name),
        segment=segment,
        city=place,
        since_on=START - days(dice.integers(0, 2500))
        if dice.random() < 0.7
        else START + days(dice.integers(0, 900)),
        size=size,
        orders_a_year=float(dice.uniform(2.0, 6.0)) * min(size, 2.0),
        pay_delay_days=float(dice.gamma(6, 9)) if is_slow else float(dice.gamma(1.5, 4)),
        credit_days=int(pick(dice, (30, 45, 60, 90))),
        manager_id=pick(dice, staff.near("sales", place)),
    )
    # Slow payers drift away: the first sign of a customer who will fall silent.
    if is_slow and dice.random() < 0.85:
        customer.silent_after = max(customer.since_on, START) + days(dice.integers(400, 1400))
    if world.has_come(customer.since_on):
        _write(world, customer, dice)
    return customer


def _write(world: World, customer: Customer, dice: np.random.Generator) -> None:
    depth = pick(dice, ("strategic", "framework", "project", "transactional"), (1, 3, 5, 3))
    place = customer.city
    world.add(
        "crm__customers",
        customer_id=customer.customer_id,
        name=customer.name,
        segment_code=customer.segment,
        industry_code=_INDUSTRY[customer.segment],
        depth_code=depth,
        region_code=place.region_code,
        province=place.province,
        city=place.name,
        country_code="CN",
        postal_code=place.postal_code,
        account_manager_id=customer.manager_id,
        credit_days=customer.credit_days,
        credit_limit_amount=round(customer.size * 2_000_000, -4),
        currency_code="CNY",
        since_on=customer.since_on,
        is_active=True,
    )
    for number in range(1, 3):
        _contact(world, customer, number)
    for code, name, kind in _TAGS:
        chance = 0.8 if code == "slow_payer" and customer.pay_delay_days > 25 else 0.25
        if dice.random() < chance and (code != "slow_payer" or customer.pay_delay_days > 25):
            world.add(
                "crm__tags",
                customer_id=customer.customer_id,
                tag_code=code,
                name=name,
                kind_code=kind,
                weight_share=round(float(dice.uniform(0.5, 1)), 2),
                tagged_on=max(customer.since_on, START),
                tagged_by=customer.manager_id,
            )


def _contact(world: World, customer: Customer, number: int) -> None:
    dice = world.dice("contact", customer.customer_id, number)
    contact_id = f"{customer.customer_id}-{number}"
    world.add(
        "crm__contacts",
        contact_id=contact_id,
        customer_id=customer.customer_id,
        name=names.person(dice),
        title=pick(dice, ("基建处处长", "后勤主任", "采购经理", "设备科科长", "工程总监")),
        role_code=pick(dice, ("decision_maker", "influencer", "user", "finance", "purchasing")),
        phone=names.phone(dice),
        email=names.email(contact_id.lower()),
        wechat=f"wx_{contact_id.lower().replace('-', '_')}",
        language_code="zh",
        is_primary=number == 1,
        is_active=True,
    )


def build_touches(world: World, customers: list[Customer]) -> None:
    """Write visits, calls and mail: about one touch in six weeks, until the customer falls silent."""
    for customer in customers:
        dice = world.dice("touches", customer.customer_id)
        day = max(customer.since_on, START)
        number = 0
        while True:
            day += timedelta(days=int(dice.exponential(55)) + 5)
            if not world.has_come(day):
                break
            number += 1
            _touch(world, customer, number, day)


def _touch(world: World, customer: Customer, number: int, day: date) -> None:
    dice = world.dice("touch", customer.customer_id, number)
    kind = pick(dice, ("visit", "call", "meeting", "message", "reminder"), (3, 4, 2, 3, 2))
    contact_id = f"{customer.customer_id}-{1 + number % 2}"
    happened = moment(dice, day)
    world.add(
        "crm__interactions",
        interaction_id=f"I-{customer.customer_id}-{number:03d}",
        customer_id=customer.customer_id,
        contact_id=contact_id,
        kind_code=kind,
        happened_at=happened,
        employee_id=customer.manager_id,
        subject=pick(dice, ("项目进展沟通", "需求调研", "回款沟通", "设备运行回访", "方案交流")),
        summary=pick(dice, ("客户对进度表示认可", "客户要求加快供货", "约定下月复访", "收集到新楼需求")),
        duration_minutes=int(dice.integers(5, 120)),
        is_automatic=kind == "reminder",
    )
    if dice.random() < 0.5:
        need, subject, body = pick(dice, _MAILS)
        world.add(
            "crm__emails",
            email_id=f"M-{customer.customer_id}-{number:03d}",
            customer_id=customer.customer_id,
            contact_id=contact_id,
            direction_code="in",
            sent_at=happened,
            from_address=names.email(contact_id.lower()),
            to_address=names.email(customer.manager_id.lower()),
            subject=subject,
            body=body,
            need_code=need if dice.random() < 0.7 else None,
            thread_id=f"T-{customer.customer_id}-{number:03d}",
        )
