"""Believable Chinese names of people and organisations."""

from __future__ import annotations

import numpy as np

from sandbox.world import pick

_SURNAMES = tuple("王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧")
_GIVEN = (
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊",
    "军", "洋", "勇", "艳", "杰", "娟", "涛", "明",
    "超", "秀兰", "建国", "志强", "晓东", "海燕", "文博", "子涵",
    "雨桐", "浩然", "思远", "嘉怡", "国栋", "立新",
)  # fmt: skip
#: Names of organisations are two of these: some 900 different ones a city and kind.
_FIRST = tuple("华恒瑞金东鸿绿天广嘉新博盛启安正长汇远中永宏泰德信明海辰云康")
_SECOND = (
    "盛", "景", "泰", "科", "丰", "桥", "方", "基", "源", "元", "厦", "和", "海", "远", "世", "航",
    "居", "大", "青", "通",
    "达", "润", "诚", "兴", "悦", "川", "宇", "城", "林", "合",
)  # fmt: skip
_SCHOOLS = (
    "实验中学",
    "第一中学",
    "理工大学",
    "师范大学",
    "职业技术学院",
    "外国语学校",
    "第三小学",
    "医科大学",
)
_HOSPITALS = ("人民医院", "中心医院", "中医院", "妇幼保健院", "儿童医院", "肿瘤医院")
_OFFICES = ("公共工程建设管理中心", "轨道交通集团", "城市投资建设集团", "机关事务管理局", "会展中心")
_FACTORIES = ("电子有限公司", "汽车部件有限公司", "生物医药有限公司", "食品有限公司", "精密制造有限公司")
_SUPPLY = {
    "pipe": "管业",
    "valve": "阀门",
    "cable": "电缆",
    "insulation": "保温材料",
    "control": "自控",
    "compressor": "压缩机",
    "bracket": "金属制品",
    "refrigerant": "化工",
    "fan": "风机",
}


def person(dice: np.random.Generator) -> str:
    """A person's name."""
    return pick(dice, _SURNAMES) + pick(dice, _GIVEN)


def phone(dice: np.random.Generator) -> str:
    """A mobile number in a range that no operator has given out."""
    return f"100{int(dice.integers(10**8)):08d}"


def email(handle: str) -> str:
    """An address in a domain that is reserved for examples."""
    return f"{handle}@example.com"


def _word(dice: np.random.Generator) -> str:
    return pick(dice, _FIRST) + pick(dice, _SECOND)


def organisation(dice: np.random.Generator, segment: str, city: str) -> str:
    """A customer's name that tells its segment."""
    word = _word(dice)
    return {
        "school": f"{city}{word}{pick(dice, _SCHOOLS)}",
        "hospital": f"{city}市{word}{pick(dice, _HOSPITALS)}",
        "government": f"{city}市{word}{pick(dice, _OFFICES)}",
        "developer": f"{city}{word}房地产开发有限公司",
        "manufacturer": f"{city}{word}{pick(dice, _FACTORIES)}",
        "retail": f"{city}{word}商业管理有限公司",
        "other": f"{city}{word}酒店管理有限公司",
    }[segment]


def supplier(dice: np.random.Generator, category: str, city: str) -> str:
    """A supplier's name that tells what it makes."""
    return f"{city}{_word(dice)}{_SUPPLY[category]}有限公司"
