"""Reference data: people, calendar, terms, rates, tariffs, policies."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache

import numpy as np

from sandbox import names
from sandbox.geography import CITIES, REGIONS, City, distance_km, region_city
from sandbox.sizes import sizes
from sandbox.world import HORIZON, START, World, days

SPRING_FESTIVALS = {
    2022: date(2022, 2, 1), 2023: date(2023, 1, 22), 2024: date(2024, 2, 10), 2025: date(2025, 1, 29),
    2026: date(2026, 2, 17), 2027: date(2027, 2, 6), 2028: date(2028, 1, 26), 2029: date(2029, 2, 13),
    2030: date(2030, 2, 3),
}  # fmt: skip

_STAFF = (
    ("executive", "management", 2),
    ("planner", "supply", 3),
    ("procurement", "supply", 4),
    ("finance", "finance", 3),
    ("quality", "quality", 4),
    ("warehouse", "supply", 3),
    ("service", "service", 3),
    ("sales", "sales", 12),
    ("project_manager", "technical", 10),
    ("engineer", "service", 24),
    ("data_engineer", "data", 1),
)


#: These do not grow in number with the company.
_FIXED = {"executive", "data_engineer", "region_manager"}


@dataclass(frozen=True)
class Staff:
    """Who works here: person ids by role, and the manager of each region."""

    by_role: dict[str, list[str]]
    managers: dict[str, str]
    homes: dict[str, City]
    teams: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def near(self, role: str, city: City) -> list[str]:
        """People of a role in the city's region; all of the role where none is."""
        key = (role, city.region_code)
        if key not in self.teams:
            team = self.by_role[role]
            self.teams[key] = [one for one in team if self.homes[one].region_code == city.region_code] or team
        return self.teams[key]


def build_reference(world: World) -> Staff:
    """Write the reference tables and return the staff."""
    staff = _people(world)
    _sites(world)
    _calendar(world)
    _school_terms(world)
    _exchange_rates(world)
    _freight_tariffs(world)
    _compensation_policy(world)
    _skills_and_shifts(world, staff)
    return staff


def _people(world: World) -> Staff:
    by_role: dict[str, list[str]] = {}
    homes: dict[str, City] = {}
    number = 0
    positions = [*_STAFF, *(("region_manager", "sales", 1) for _ in REGIONS)]
    times = sizes(world.scale).staff_times
    for role, team, count in positions:
        for _ in range(count if role in _FIXED else round(count * times)):
            number += 1
            dice = world.dice("person", number)
            person_id = f"E{number:04d}"
            weights = np.array([item.weight for item in CITIES])
            home = CITIES[int(dice.choice(len(CITIES), p=weights / weights.sum()))]
            if role == "region_manager":
                home = region_city(REGIONS[len(by_role.get(role, []))])
            by_role.setdefault(role, []).append(person_id)
            homes[person_id] = home
            _person(world, person_id, role, team, home)
    managers = dict(zip(REGIONS, by_role["region_manager"], strict=True))
    _terms_of_managers(world, managers, by_role["executive"][1])
    return Staff(by_role, managers, homes)


def _terms_of_managers(world: World, managers: dict[str, str], stand_in: str) -> None:
    """One manager a region; an executive stood in for the first until the middle of 2023."""
    handed_over = date(2023, 7, 1)
    for region, person_id in managers.items():
        since = START
        if region == REGIONS[0]:
            is_over = world.has_come(handed_over)
            world.add(
                "ref__region_managers",
                region_code=region,
                valid_from_on=START,
                valid_to_on=handed_over - days(1) if is_over else None,
                person_id=stand_in,
            )
            if not is_over:
                continue
            since = handed_over
        world.add("ref__region_managers", region_code=region, valid_from_on=since, person_id=person_id)


def _person(world: World, person_id: str, role: str, team: str, home: City) -> None:
    dice = world.dice("person", "details", person_id)
    world.add(
        "ref__people",
        person_id=person_id,
        name=names.person(dice),
        role_code=role,
        team_code=team,
        region_code=home.region_code,
        language_code="zh",
        phone=names.phone(dice),
        email=names.email(person_id.lower()),
        manager_id=None if role == "executive" else "E0001",
        hired_on=START - days(dice.integers(30, 3000)),
        is_active=True,
    )


def office_id(place: City) -> str:
    """The site id of a city's service office."""
    return f"ST-OFFICE-{CITIES.index(place) + 1:02d}"


def _sites(world: World) -> None:
    for number, place in enumerate(CITIES, start=1):
        world.add(
            "ref__sites",
            site_id=office_id(place),
            name=f"{place.name}服务网点",
            kind_code="office",
            region_code=place.region_code,
            province=place.province,
            city=place.name,
            country_code="CN",
            postal_code=place.postal_code,
            address=f"{place.name}市建设路{number * 7}号",
            latitude=place.latitude,
            longitude=place.longitude,
            floor_count=3,
            gross_floor_area_m2=1200,
        )


def holiday(day: date) -> str | None:
    """Name of the public holiday on ``day``, if it is one."""
    festival = SPRING_FESTIVALS.get(day.year)
    if festival and 0 <= (day - festival).days + 1 < 8:
        return "春节"
    fixed = {(1, 1): "元旦", (4, 5): "清明节", (5, 1): "劳动节", (5, 2): "劳动节", (5, 3): "劳动节"}
    return "国庆节" if day.month == 10 and day.day <= 7 else fixed.get((day.month, day.day))


def _calendar(world: World) -> None:
    last = date(world.until.year + 1, 12, 31)
    for offset in range((last - START).days + 1):
        day = START + timedelta(days=offset)
        name = holiday(day)
        works = name is None and day.weekday() < 5
        world.add(
            "ref__work_calendar",
            calendar_code="CN",
            day_on=day,
            is_working=works,
            name=name,
            working_hours=8 if works else 0,
        )


@dataclass(frozen=True)
class Term:
    """A school term or the holiday before it."""

    term_id: str
    kind: str
    name: str
    starts_on: date
    ends_on: date


@cache
def school_terms(year: int) -> tuple[Term, ...]:
    """Holidays and terms that begin in a year, in order."""
    return tuple(
        Term(f"{starts:%Y%m%d}-{kind}", kind, f"{year}年{name}", starts, ends)
        for kind, name, starts, ends in (
            ("winter_break", "寒假", date(year, 1, 16), date(year, 2, 19)),
            ("term", "春季学期", date(year, 2, 20), date(year, 7, 5)),
            ("summer_break", "暑假", date(year, 7, 6), date(year, 8, 31)),
            ("term", "秋季学期", date(year, 9, 1), date(year + 1, 1, 15)),
        )
    )


def coming_term(day: date) -> tuple[Term, int]:
    """The next term that begins after ``day``, and in how many days."""
    terms = [term for year in (day.year, day.year + 1) for term in school_terms(year)]
    term = next(term for term in terms if term.kind == "term" and term.starts_on > day)
    return term, (term.starts_on - day).days


def _school_terms(world: World) -> None:
    for year in range(START.year, world.until.year + 1):
        for term in school_terms(year):
            world.add(
                "ref__school_terms",
                term_id=term.term_id,
                kind_code=term.kind,
                name=term.name,
                starts_on=term.starts_on,
                ends_on=term.ends_on,
            )


def _exchange_rates(world: World) -> None:
    for currency, level in (("USD", 6.9), ("EUR", 7.5)):
        deviation = 0.0
        for offset, step in enumerate(world.dice("rates", currency).normal(0, 0.003, (HORIZON - START).days)):
            day = START + timedelta(days=offset)
            if not world.has_come(day):
                break
            deviation = 0.995 * deviation + float(step)
            world.add(
                "ref__exchange_rates",
                from_currency_code=currency,
                to_currency_code="CNY",
                rate_on=day,
                rate=level * (1 + deviation),
            )


def _freight_tariffs(world: World) -> None:
    bands = ((0, 500, 180, 1.9), (500, 3000, 420, 1.4), (3000, None, 1500, 1.05))
    for origin in REGIONS:
        for destination in REGIONS:
            reach = distance_km(region_city(origin), region_city(destination))
            for number, (low, high, base, per_kg) in enumerate(bands, start=1):
                world.add(
                    "ref__freight_tariffs",
                    tariff_id=f"{origin}-{destination}-{number}",
                    origin_region_code=origin,
                    destination_region_code=destination,
                    mode_code="road",
                    min_weight_kg=low,
                    max_weight_kg=high,
                    base_amount=base + reach * 0.2,
                    price_per_kg_amount=round(per_kg * (0.4 + reach / 1500), 4),
                    currency_code="CNY",
                    transit_days=1 + round(reach / 500),
                    valid_from_on=START,
                )


def _compensation_policy(world: World) -> None:
    limits = {
        "S": (50000, 0.05, "executive"),
        "A": (20000, 0.03, "region_manager"),
        "B": (5000, 0.02, "service"),
    }
    for tier, (amount, share, approver) in limits.items():
        for cause in ("delay", "quality", "noise", "service", "billing", "safety", "other"):
            world.add(
                "ref__compensation_policy",
                tier_code=tier,
                cause_code=cause,
                valid_from_on=START,
                max_amount=amount,
                max_share=share,
                currency_code="CNY",
                approver_role_code=approver,
            )


def _skills_and_shifts(world: World, staff: Staff) -> None:
    skills = ("survey", "installation", "commissioning", "maintenance", "repair", "inspection", "refrigerant")
    for engineer in staff.by_role["engineer"]:
        dice = world.dice("skills", engineer)
        for skill in skills:
            level, certified = int(dice.integers(1, 6)), START - days(dice.integers(100, 2000))
            if skill in ("maintenance", "repair") or dice.random() < 0.6:
                world.add(
                    "ref__engineer_skills",
                    engineer_id=engineer,
                    skill_code=skill,
                    level=level,
                    certified_on=certified,
                    valid_to_on=certified + days(365 * 12),
                )
        _shifts(world, engineer)


def _shifts(world: World, engineer: str) -> None:
    """Shifts of the last four weeks and the coming two: the window a dispatcher keeps."""
    for offset in range(-28, 15):
        day = world.until + timedelta(days=offset)
        kind = "leave" if world.dice("shift", engineer, day.toordinal()).random() < 0.06 else "work"
        if day.weekday() == 6 or holiday(day):
            continue
        starts = datetime.combine(day, time()) + timedelta(hours=0.5)
        world.add(
            "ref__shifts",
            shift_id=f"{engineer}-{day:%Y%m%d}",
            engineer_id=engineer,
            kind_code=kind,
            starts_at=starts,
            ends_at=starts + timedelta(hours=9),
        )
