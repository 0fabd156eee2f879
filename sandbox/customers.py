"""Customers with their hidden natures; contacts and tags; who is loyal enough to begin a project."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from sandbox import names
from sandbox.geography import CITIES, PILOT_CITIES, City, city
from sandbox.reference import Staff
from sandbox.sizes import sizes
from sandbox.world import START, World, days, pick

_SEGMENTS = ("school", "hospital", "developer", "government", "manufacturer", "retail", "other")
_SEGMENT_WEIGHTS = (24, 20, 18, 15, 14, 6, 3)
_INDUSTRY = {
    "school": "education", "hospital": "healthcare", "developer": "real_estate", "government": "public",
    "manufacturer": "manufacturing", "retail": "retail", "other": "hospitality",
}  # fmt: skip
_DEPTHS = ("strategic", "framework", "project", "transactional")
_TAGS = (
    ("quiet", "偏好静音机型", "preference"),
    ("energy_saving", "重视节能", "preference"),
    ("night_install", "要求夜间施工", "preference"),
    ("price_sensitive", "价格敏感", "behaviour"),
    ("single_contact", "只认固定联系人", "relation"),
    ("slow_payer", "付款偏慢", "risk"),
)
#: The customer that the CRM has twice until somebody merges the two; small orders went to either.
_TWICE, _MERGED_ON = 4, date(2024, 1, 15)
#: So often does a customer of middling patience leave after one low rating, and after another in a year.
_LEAVES, _LEAVES_AFTER_TWO = 0.12, 0.25


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
    depth: str
    #: Above 1 a customer forgives less.
    impatience: float = 1.0
    silent_after: date | None = None
    #: The same customer once more in the CRM, by mistake.
    twin_id: str | None = None
    grievances: list[date] = field(default_factory=list)
    low_ratings: list[date] = field(default_factory=list)

    def is_silent(self, day: date) -> bool:
        """Silent for good after a hidden day, or for a year after a project that went badly late."""
        if self.silent_after is not None and day > self.silent_after:
            return True
        return any(0 <= (day - grief).days < 365 for grief in self.grievances)

    def booked_as(self, day: date) -> str:
        """The id under which an order of a day is booked: the twin's in every other month until the merge."""
        if self.twin_id is not None and day < _MERGED_ON and day.month % 2:
            return self.twin_id
        return self.customer_id

    def falls_silent(self, day: date) -> None:
        """Orders nothing after ``day``, unless it had fallen silent before."""
        self.silent_after = min(self.silent_after or day, day)


def build_customers(world: World, staff: Staff) -> list[Customer]:
    """Write customers and their contacts and tags; the first nine were there before and share the pilot."""
    return [_customer(world, staff, number) for number in range(sizes(world.scale).customers)]


def _customer(world: World, staff: Staff, number: int) -> Customer:
    dice = world.dice("customer", number)
    segment = pick(dice, _SEGMENTS, _SEGMENT_WEIGHTS)
    place = pick(dice, CITIES, [item.weight for item in CITIES])
    is_old = dice.random() < 0.7
    if number < 3 * len(PILOT_CITIES):
        place, is_old = city(PILOT_CITIES[number % len(PILOT_CITIES)]), True
    size = float(dice.lognormal(0, 0.6))
    is_slow = dice.random() < 0.25
    customer = Customer(
        customer_id=f"C{number + 1:04d}",
        name=names.organisation(dice, segment, place.name),
        segment=segment,
        city=place,
        since_on=START + days(-dice.integers(0, 2500) if is_old else dice.integers(0, 900)),
        size=size,
        orders_a_year=float(dice.uniform(2.0, 6.0)) * min(size, 2.0),
        pay_delay_days=float(dice.gamma(6, 9)) if is_slow else float(dice.gamma(1.5, 4)),
        credit_days=int(pick(dice, (30, 45, 60, 90))),
        manager_id=pick(dice, staff.near("sales", place)),
        depth=pick(dice, _DEPTHS, (1, 3, 5, 3)),
        impatience=float(dice.gamma(3, 1 / 3)),
        twin_id=f"C{number + 1:04d}D" if number == _TWICE else None,
    )
    # Slow payers drift away: the first sign of a customer who will fall silent.
    if is_slow and dice.random() < 0.7:
        customer.falls_silent(max(customer.since_on, START) + days(dice.integers(400, 1600)))
        world.cause(
            "slow_payment", customer.customer_id, "churn", customer.customer_id, customer.pay_delay_days,
            customer.silent_after or START,
        )  # fmt: skip
    if world.has_come(customer.since_on):
        write_customer(world, customer, dice)
        if customer.twin_id is not None:
            _write_twin(world, customer, customer.twin_id)
    return customer


def hear_rating(
    world: World, customer: Customer, rating_id: str, day: date, stars: int, dice: np.random.Generator
) -> None:
    """A low rating may be the last straw: the customer leaves some weeks later; two in a year weigh more."""
    if stars > 2:
        return
    is_second = any(0 <= (day - before).days <= 365 for before in customer.low_ratings)
    customer.low_ratings.append(day)
    chance = (_LEAVES_AFTER_TWO if is_second else _LEAVES) * customer.impatience
    if dice.random() < chance:
        leaves = day + timedelta(days=int(dice.integers(10, 90)))
        if customer.silent_after is None or leaves < customer.silent_after:
            customer.falls_silent(leaves)
            world.cause("low_rating", rating_id, "churn", customer.customer_id, chance, leaves)


def write_customer(world: World, customer: Customer, dice: np.random.Generator) -> None:
    """Write a customer with two contacts and its tags."""
    world.add(
        "crm__customers",
        **_master_data(customer),
        customer_id=customer.customer_id,
        name=customer.name,
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


def _master_data(customer: Customer) -> dict[str, object]:
    """What the CRM knows of a customer but its id, name and state."""
    place = customer.city
    return {
        "segment_code": customer.segment,
        "industry_code": _INDUSTRY[customer.segment],
        "depth_code": customer.depth,
        "region_code": place.region_code,
        "province": place.province,
        "city": place.name,
        "country_code": "CN",
        "postal_code": place.postal_code,
        "account_manager_id": customer.manager_id,
        "credit_days": customer.credit_days,
        "credit_limit_amount": round(customer.size * 2_000_000, -4),
        "currency_code": "CNY",
        "since_on": customer.since_on,
    }


def _write_twin(world: World, customer: Customer, twin_id: str) -> None:
    """Write the customer once more; from the day of the merge on the twin points to the one that stays."""
    is_merged = world.has_come(_MERGED_ON)
    world.add(
        "crm__customers",
        **_master_data(customer),
        customer_id=twin_id,
        name=f"{customer.name}(重复)",
        is_active=not is_merged,
        merged_into_id=customer.customer_id if is_merged else None,
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


class Market:
    """The customers as an array, so that a project finds its customer among thousands quickly."""

    def __init__(self, customers: list[Customer]) -> None:
        self.customers = customers
        self.since = np.array([one.since_on.toordinal() for one in customers])
        self.appetite = np.array([one.size for one in customers])
        self.schools = np.array([one.segment == "school" for one in customers])
        self.cities = np.array([one.city.name for one in customers])

    def choose(self, dice: np.random.Generator, day: date, place: str | None = None) -> Customer:
        """Who begins a project on ``day``: a known, loyal customer; big ones and schools in spring likelier.

        Schools build when pupils are away, so they begin projects from March to June. ``place`` limits the
        choice to a city.
        """
        weights = self.appetite * np.where(self.schools & (3 <= day.month <= 6), 2.2, 1.0)
        here = self.cities == place if place else np.ones(len(weights), dtype=bool)
        known = here & (self.since <= day.toordinal() - 30)
        share = np.cumsum(weights * (known if known.any() else here))
        if not len(share) or not share[-1]:
            raise ValueError(f"there is no customer in {place}")
        # Thrown again while the lot falls on someone silent; where all are, the last one begins again.
        for place_of_lot in np.searchsorted(share, dice.random(40) * share[-1], side="right"):
            chosen = self.customers[int(place_of_lot)]
            if not chosen.is_silent(day):
                break
        return chosen
