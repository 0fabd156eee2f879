"""What a signal of a device measures, read from its name: «Mixed Air Temperature», `sa_temp`, 送风温度."""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

#: Words of building services by what they say. A word counts whole, except Chinese ones, found anywhere.
WORDS: Mapping[str, frozenset[str]] = {
    concept: frozenset(words.split())
    for concept, words in {
        "supply": "supply sup sa discharge disch da leaving 送风 出风 供风",
        "return": "return ret ra returned extract 回风",
        "mixed": "mixed mix ma mixing 混风 混合风",
        "outdoor": "outdoor outside oa ambient fresh outdoors external 新风 室外 外气",
        "exhaust": "exhaust exh ea relief 排风",
        "room": "room zone space indoor 室内 房间 区域",
        "temperature": "temperature temp tmp temps t c f degc degf celsius fahrenheit 温度",
        "setpoint": "setpoint setpt stpt sp setpnt target 设定 设定值 目标",
        "damper": "damper dmpr dpr dmp dampers 风阀",
        "valve": "valve vlv vlave valves 水阀 冷阀 热阀 阀门",
        "heating": "heating heat htg hot hw hc hwc reheat preheat 加热 热水 热盘管 制热 热阀",
        "cooling": "cooling cool clg chilled chw cc cwc 冷却 冷水 冷盘管 制冷 冷冻 冷阀",
        "fan": "fan fans blower vfd 风机",
        "status": "status state run running on sts proof enable 状态 运行 启停",
        "speed": "speed spd vfd freq frequency rpm hz 转速 频率 风速",
        "pressure": "pressure press pa kpa dp static 压力 压差 静压",
        "filter": "filter filters flt 滤网 过滤",
        "occupancy": "occupancy occupied occ 占用 有人",
        "power": "power kw watt watts 功率",
        "water": "water 水温 供水 回水",
        "humidity": "humidity rh 湿度",
        "flow": "flow airflow cfm 风量 流量",
    }.items()
}
#: Abbreviations that stand for several words.
ABBREVIATIONS: Mapping[str, str] = {
    "sat": "supply temperature",
    "dat": "supply temperature",
    "mat": "mixed temperature",
    "rat": "return temperature",
    "oat": "outdoor temperature",
    "oad": "outdoor damper",
    "rad": "return damper",
    "ead": "exhaust damper",
    "ccv": "cooling valve",
    "hcv": "heating valve",
    "sf": "supply fan",
    "rf": "return fan",
    "satsp": "supply temperature setpoint",
    "datsp": "supply temperature setpoint",
}
#: Role: the concepts that its name must have, and those that it must not have.
ROLES: Mapping[str, tuple[str, str]] = {
    "supply_air_heating_setpoint": ("supply temperature setpoint heating", "water fan damper room"),
    "supply_air_cooling_setpoint": ("supply temperature setpoint cooling", "water fan damper room"),
    "supply_air_setpoint": ("supply temperature setpoint", "water fan damper room heating cooling"),
    "supply_air_temperature": (
        "supply temperature",
        "setpoint water fan damper valve room heating cooling humidity",
    ),
    "mixed_air_temperature": ("mixed temperature", "setpoint water fan damper valve humidity"),
    "return_air_temperature": ("return temperature", "setpoint water fan damper valve humidity"),
    "outdoor_air_temperature": ("outdoor temperature", "setpoint water fan damper valve humidity"),
    "outdoor_damper": ("outdoor damper", "setpoint fan"),
    "cooling_valve": ("cooling valve", "setpoint temperature"),
    "heating_valve": ("heating valve", "setpoint temperature"),
    "supply_fan_speed": ("fan speed", "return exhaust setpoint temperature"),
    "supply_fan_status": ("fan status", "return exhaust setpoint temperature speed"),
    "return_fan_status": ("fan status return", "setpoint temperature speed"),
    "duct_pressure_setpoint": ("pressure setpoint", "filter water temperature"),
    "duct_pressure": ("supply pressure", "setpoint filter water temperature"),
    "filter_pressure": ("filter pressure", "setpoint"),
    "occupancy": ("occupancy", "setpoint temperature"),
    "power": ("power", "setpoint"),
}


def role_of(name: str) -> str | None:
    """The role in `ROLES` of the signal called `name`, or None for one that no rule of the physics reads."""
    concepts = _concepts(name)
    for role, (needed, barred) in ROLES.items():
        if concepts.issuperset(needed.split()) and not concepts.intersection(barred.split()):
            return role
    return None


def roles_of(names: Iterable[str]) -> dict[str, str]:
    """Signal name by role. Of two names for a role the shorter has it, then the first by alphabet."""
    found: dict[str, str] = {}
    for name in sorted(names, key=lambda one: (len(one.strip()), one)):
        role = role_of(name)
        if role is not None:
            found.setdefault(role, name)
    return found


def _concepts(name: str) -> frozenset[str]:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
    words = re.findall(r"[a-z]+|[\u4e00-\u9fff]+", parted)
    words += [first + second for first, second in pairwise(words)]
    words += [part for word in words for part in ABBREVIATIONS.get(word, "").split()]
    said = set(words)
    chinese = [word for word in words if word > "\u4e00"]
    return frozenset(
        concept
        for concept, known in WORDS.items()
        if said & known or any(word in text for word in known if word > "\u4e00" for text in chinese)
    )
