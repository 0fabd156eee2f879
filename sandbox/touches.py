"""What customers and account managers say to each other: visits, calls, and mail in Chinese."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np

from sandbox import names
from sandbox.customers import Customer
from sandbox.world import START, World, moment, pick

_SUBJECTS = (
    "项目进展沟通",
    "需求调研",
    "回款沟通",
    "设备运行回访",
    "方案交流",
    "年度合作洽谈",
    "现场踏勘",
    "验收安排",
)
_SUMMARIES = (
    "客户对进度表示认可", "客户要求加快供货", "约定下月复访", "收集到新楼需求", "客户反映预算收紧",
    "客户希望提供节能改造方案", "确认付款计划,本月底前安排", "客户提出增加备用机组",
    "介绍了维保合同,客户有意向",
    "客户更换了基建负责人,需重新对接",
)  # fmt: skip
_PLACES = (
    "图书馆",
    "三号教学楼",
    "住院部",
    "门诊楼",
    "A座写字楼",
    "地下车库",
    "二期厂房",
    "行政楼",
    "食堂",
    "数据机房",
)
_UNITS = ("螺杆机组", "多联机", "风机盘管", "新风机组", "冷却塔", "分体空调", "空气源热泵")
_WHEN = ("本周五", "下周一", "月底前", "开学前", "三天内", "节前")
#: Need, subject, body; placeholders: place, unit, when, count.
_MAILS = (
    ("quotation", "请提供{place}空调系统报价", "请提供{place}空调系统的报价,{unit}约{count}台,{when}回复。"),
    ("quotation", "{unit}询价", "王经理您好,我单位拟采购{unit}{count}台,用于{place},请报含税价及质保年限。"),
    ("delivery", "关于{unit}到货时间", "请确认本批{unit}的到货日期,{place}吊装已预约在{when},不能再推迟。"),
    ("delivery", "催货:{place}", "{place}现场等{unit}已经{count}天了,请{when}给出准确的发货计划。"),
    ("installation", "{place}安装进场安排", "{place}土建已移交,请安排安装班组{when}进场,共{count}个作业面。"),
    ("repair", "{place}机组报警", "{place}的{unit}今早报高压故障,房间温度偏高,请尽快安排工程师到场。"),
    ("repair", "{unit}漏水", "{place}的{unit}漏水,已影响使用,累计报修{count}次,请{when}彻底解决。"),
    ("invoice", "发票开具", "请按{place}验收金额开具专用发票,{when}寄至财务处。"),
    ("invoice", "发票信息更正", "上月发票抬头有误,请红冲后重开,{when}送达,以免影响付款。"),
    ("complaint", "对{place}施工噪声的投诉", "施工人员上课时在{place}钻孔,影响教学,请{when}整改并回复。"),
    ("complaint", "对服务态度的投诉", "{place}维修工程师迟到{count}小时且未说明原因,请给出处理意见。"),
    ("spare_parts", "滤网采购", "需采购{unit}滤网{count}片及冷媒一批,请告知库存和价格,{when}要货。"),
    ("other", "参观考察事宜", "我校拟{when}组织{count}人参观贵公司样板工程,请协助安排。"),
)  # fmt: skip
_ANSWERS = (
    "您好,来信收悉,{place}一事已转相关同事,{when}给您答复。",
    "已安排工程师{when}前往{place},请保持电话畅通。",
    "{unit}的清单和报价见附件,如有疑问请随时联系。",
    "非常抱歉给您带来不便,我们{when}提交整改方案。",
    "发票已按要求开具,{when}寄出,请注意查收。",
)


def write_touches(world: World, customers: list[Customer]) -> None:
    """Write about one touch in six weeks; it goes on for a while after a customer has fallen silent."""
    for customer in customers:
        dice = world.dice("touches", customer.customer_id)
        day = max(customer.since_on, START)
        number = 0
        while True:
            day += timedelta(days=int(dice.exponential(55)) + 5)
            if not world.has_come(day):
                break
            number += 1
            if not (customer.silent_after and day > customer.silent_after + timedelta(days=120)):
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
        subject=pick(dice, _SUBJECTS),
        summary=pick(dice, _SUMMARIES),
        duration_minutes=int(dice.integers(5, 120)),
        is_automatic=kind == "reminder",
    )
    if dice.random() < 0.5:
        _write_mail(world, customer, f"{customer.customer_id}-{number:03d}", contact_id, happened, dice)


def _write_mail(
    world: World, customer: Customer, name: str, contact_id: str, sent: datetime, dice: np.random.Generator
) -> None:
    """A mail of the customer's, with the need that a reader may have noted, and often an answer."""
    need, subject, body = pick(dice, _MAILS)
    words = {
        "place": pick(dice, _PLACES), "unit": pick(dice, _UNITS), "when": pick(dice, _WHEN),
        "count": int(dice.integers(2, 60)),
    }  # fmt: skip
    is_read, is_answered = dice.random() < 0.7, dice.random() < 0.6
    answered = sent + timedelta(minutes=int(dice.integers(20, 2000)))
    theirs, ours = names.email(contact_id.lower()), names.email(customer.manager_id.lower())
    mail = {"customer_id": customer.customer_id, "contact_id": contact_id, "thread_id": f"T-{name}"}
    world.add(
        "crm__emails",
        **mail,
        email_id=f"M-{name}",
        direction_code="in",
        sent_at=sent,
        from_address=theirs,
        to_address=ours,
        subject=subject.format(**words),
        body=body.format(**words),
        need_code=need if is_read else None,
    )
    world.truth.setdefault("emails", []).append({"email_id": f"M-{name}", "need_code": need})
    if is_answered and world.has_come(answered):
        world.add(
            "crm__emails",
            **mail,
            email_id=f"M-{name}-R",
            direction_code="out",
            sent_at=answered,
            from_address=ours,
            to_address=theirs,
            subject=f"回复:{subject.format(**words)}",
            body=pick(dice, _ANSWERS).format(**words),
        )
