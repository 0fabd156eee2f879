"""Regions, cities and where they lie."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import asin, cos, radians, sin, sqrt


@dataclass(frozen=True)
class City:
    """A city the company works in; ``weight`` is its share of the business."""

    name: str
    province: str
    region_code: str
    latitude: float
    longitude: float
    postal_code: str
    weight: float


#: The pilot's cities, their short codes, and the day on which the pilot began there.
PILOT = {
    "青岛": ("QD", date(2023, 7, 1)),
    "武汉": ("WH", date(2023, 10, 1)),
    "成都": ("CD", date(2024, 1, 1)),
}
PILOT_CITIES = tuple(PILOT)

CITIES = (
    City("青岛", "山东省", "EAST", 36.067, 120.383, "266000", 22),
    City("武汉", "湖北省", "CENTRAL", 30.593, 114.305, "430000", 18),
    City("成都", "四川省", "SOUTHWEST", 30.573, 104.066, "610000", 17),
    City("上海", "上海市", "EAST", 31.230, 121.474, "200000", 7),
    City("南京", "江苏省", "EAST", 32.060, 118.797, "210000", 5),
    City("杭州", "浙江省", "EAST", 30.274, 120.155, "310000", 5),
    City("北京", "北京市", "NORTH", 39.904, 116.407, "100000", 7),
    City("郑州", "河南省", "CENTRAL", 34.747, 113.625, "450000", 4),
    City("长沙", "湖南省", "CENTRAL", 28.228, 112.939, "410000", 4),
    City("广州", "广东省", "SOUTH", 23.129, 113.264, "510000", 6),
    City("深圳", "广东省", "SOUTH", 22.543, 114.058, "518000", 5),
    City("西安", "陕西省", "NORTHWEST", 34.342, 108.940, "710000", 5),
)

REGIONS = ("EAST", "NORTH", "CENTRAL", "SOUTH", "SOUTHWEST", "NORTHWEST")


def city(name: str) -> City:
    """The city called ``name``."""
    return next(item for item in CITIES if item.name == name)


def pilot_start(place: City) -> date | None:
    """The day on which the pilot began in a city; None where there is no pilot."""
    return PILOT[place.name][1] if place.name in PILOT else None


def region_city(region_code: str) -> City:
    """The first, leading city of a region."""
    return next(item for item in CITIES if item.region_code == region_code)


def distance_km(a: City, b: City) -> float:
    """Great-circle distance between two cities."""
    lat_a, lat_b = radians(a.latitude), radians(b.latitude)
    half = sin((lat_b - lat_a) / 2) ** 2
    half += cos(lat_a) * cos(lat_b) * sin(radians(b.longitude - a.longitude) / 2) ** 2
    return 2 * 6371.0 * asin(sqrt(half))
