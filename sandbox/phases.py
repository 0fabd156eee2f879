"""How projects of this company are laid out: their milestones, who does them, what comes before what."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Node:
    """A milestone of the usual plan: planned days for a middling project, share of the work, predecessors."""

    key: str
    phase: str
    name: str
    days: int
    weight: float
    before: tuple[str, ...] = ()


#: The usual project: twenty milestones of twelve phases; the building works go floor by floor.
USUAL: tuple[Node, ...] = (
    Node("SOLUTION", "SOLUTION", "方案确认", 18, 0.03),
    Node("CONTRACT", "CONTRACT", "合同签订", 12, 0.02, ("SOLUTION",)),
    Node("DESIGN", "DESIGN", "深化设计", 14, 0.04, ("CONTRACT",)),
    Node("REVIEW", "DESIGN", "图纸会审", 6, 0.02, ("DESIGN",)),
    Node("ORDERING", "ORDERING", "物料下单", 7, 0.04, ("REVIEW",)),
    Node("PRODUCTION", "PRODUCTION", "设备生产", 30, 0.20, ("ORDERING",)),
    Node("FACTORY", "PRODUCTION", "出厂检验", 5, 0.05, ("PRODUCTION",)),
    Node("DELIVERY", "DELIVERY", "物流到货", 12, 0.10, ("FACTORY",)),
    Node("SITE", "MOBILISATION", "进场准备", 6, 0.02, ("ORDERING",)),
    Node("PIPING-1", "PIPING", "地下室管线施工", 14, 0.05, ("SITE",)),
    Node("PIPING-2", "PIPING", "标准层管线施工", 14, 0.05, ("PIPING-1",)),
    Node("PIPING-3", "PIPING", "屋面管线施工", 8, 0.04, ("PIPING-2",)),
    Node("INSTALL-1", "INSTALLATION", "机组吊装就位", 12, 0.08, ("DELIVERY", "PIPING-1")),
    Node("INSTALL-2", "INSTALLATION", "末端设备安装", 16, 0.08, ("DELIVERY", "PIPING-2")),
    Node("ELECTRIC-1", "ELECTRICAL", "配电接线", 8, 0.04, ("INSTALL-1", "PIPING-3")),
    Node("ELECTRIC-2", "ELECTRICAL", "楼控布线", 8, 0.03, ("INSTALL-2",)),
    Node("TEST-1", "COMMISSIONING", "单机调试", 6, 0.03, ("ELECTRIC-1",)),
    Node("TEST-2", "COMMISSIONING", "联合调试", 9, 0.03, ("TEST-1", "ELECTRIC-2")),
    Node("TRAINING", "ACCEPTANCE", "操作培训与资料移交", 4, 0.02, ("TEST-2",)),
    Node("ACCEPTANCE", "ACCEPTANCE", "竣工验收", 6, 0.03, ("TRAINING",)),
)
#: Eight milestones whose critical path is solved by hand: A C D F G H, 85 days; B and E float 15.
EIGHT: tuple[Node, ...] = (
    Node("A", "CONTRACT", "合同签订", 10, 0.05),
    Node("B", "PRODUCTION", "设备生产", 20, 0.25, ("A",)),
    Node("C", "DESIGN", "深化设计", 15, 0.10, ("A",)),
    Node("D", "PIPING", "管线施工", 25, 0.20, ("C",)),
    Node("E", "DELIVERY", "物流到货", 5, 0.10, ("B",)),
    Node("F", "INSTALLATION", "设备安装", 20, 0.15, ("D", "E")),
    Node("G", "COMMISSIONING", "系统调试", 10, 0.10, ("F",)),
    Node("H", "ACCEPTANCE", "竣工验收", 5, 0.05, ("G",)),
)
PHASE_TEAMS = {
    "SOLUTION": "sales", "CONTRACT": "sales", "DESIGN": "technical", "ORDERING": "supply",
    "PRODUCTION": "production", "DELIVERY": "supply", "MOBILISATION": "technical", "PIPING": "technical",
    "INSTALLATION": "technical", "ELECTRICAL": "technical", "COMMISSIONING": "service",
    "ACCEPTANCE": "quality",
}  # fmt: skip
#: Stage, and the phase whose first start or last finish brings the project into it.
STAGES = (
    ("solution", "SOLUTION", "start"),
    ("contract", "CONTRACT", "start"),
    ("production", "ORDERING", "finish"),
    ("delivery", "PRODUCTION", "finish"),
    ("installation", "INSTALLATION", "start"),
    ("maintenance", "ACCEPTANCE", "finish"),
)
CREW_TRADE = {
    "PIPING": "piping",
    "INSTALLATION": "hvac",
    "ELECTRICAL": "electrical",
    "COMMISSIONING": "commissioning",
}
#: What a customer of each segment builds: kind of site, and words for the project's name.
BUILDINGS = {
    "school": ("campus", ("教学楼空调工程", "图书馆暖通工程", "学生公寓空调工程", "体育馆通风空调工程")),
    "hospital": ("hospital", ("住院楼中央空调工程", "门诊楼空调改造工程", "手术部洁净空调工程")),
    "developer": ("building", ("商业综合体暖通工程", "住宅小区多联机工程", "写字楼中央空调工程")),
    "government": ("building", ("公共建筑空调改造工程", "政务中心空调工程", "会议中心暖通工程")),
    "manufacturer": ("plant", ("厂房洁净空调工程", "车间通风降温工程", "研发楼空调工程")),
    "retail": ("building", ("门店空调工程", "购物中心暖通工程")),
    "other": ("building", ("酒店空调工程", "数据中心冷却工程")),
}
