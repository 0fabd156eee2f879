"""Units and site sensors: their lives, how they degrade before they fail, and the events they send."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import numpy as np

from sandbox.catalogue import Product
from sandbox.projects import Project
from sandbox.world import World, days, pick

#: Shares of projects with a third unit and with a site sensor, and of units that report every hour.
_THIRD_UNIT, _SENSOR, _INSTRUMENTED = 0.44, 0.25, 0.11
#: Days between two failures of a unit in the mean, and how far ahead of ``until`` failures are known.
_MEAN_LIFE, _AHEAD = 480, 400
FAULTS = {
    "HIGH_PRESSURE": "高压保护动作", "LOW_REFRIGERANT": "冷媒压力偏低", "FAN": "风机电流异常",
    "CONTROL_BOARD": "主控板通信异常", "LEAK": "冷媒泄漏报警", "SENSOR": "温度传感器失效",
}  # fmt: skip
_SMALL = (
    ("FILTER_DIRTY", "warning", "滤网压差偏高"),
    ("SENSOR_DRIFT", "warning", "温度传感器偏差"),
    ("COMM_LOST", "info", "通信中断"),
)


@dataclass
class Failure:
    """A unit's failure: from ``degrades_on`` its readings go bad, at ``fails_at`` it stops until repaired."""

    code: str
    degrades_on: date
    fails_at: datetime
    repaired_at: datetime | None = None


@dataclass
class Unit:
    """A device and the truth about it. ``product`` is None for a site sensor."""

    device_id: str
    number: int
    project: Project
    product: Product | None
    is_instrumented: bool
    delivered_on: date
    installed_on: date
    runs_from: date
    #: The day on which a site sensor is taken down; None for what stays.
    runs_to: date | None = None
    failures: list[Failure] = field(default_factory=list)


def build_units(world: World, project: Project) -> list[Unit]:
    """The devices of a project: two or three of its units, and in some a site sensor while work goes on."""
    dice = world.dice("units", project.code)
    third, sensor = dice.random() < _THIRD_UNIT, dice.random() < _SENSOR
    units = [_unit(world, project, number) for number in range(1, 4 if third else 3)]
    if sensor or project.is_golden:
        starts = project.start_of("PIPING")
        site = Unit(f"D-{project.code}-S1", 9, project, None, True, starts, starts, starts, project.finish)
        units.append(site)
    return units


def _unit(world: World, project: Project, number: int) -> Unit:
    device_id = f"D-{project.code}-{number:02d}"
    dice = world.dice("unit", device_id)
    unit = Unit(
        device_id=device_id,
        number=number,
        project=project,
        product=project.equipment[(number - 1) % len(project.equipment)][0],
        is_instrumented=bool(dice.random() < _INSTRUMENTED),
        delivered_on=project.finish_of("DELIVERY"),
        installed_on=project.finish_of("INSTALLATION"),
        runs_from=project.finish_of("COMMISSIONING"),
    )
    day = unit.runs_from
    while True:
        day += timedelta(days=40 + int(dice.exponential(_MEAN_LIFE)))
        degrading, minute = int(dice.integers(14, 41)), int(dice.integers(0, 24 * 60))
        code = pick(dice, list(FAULTS))
        if day > world.until + timedelta(days=_AHEAD):
            return unit
        fails = datetime.combine(day, time()) + timedelta(minutes=minute)
        unit.failures.append(Failure(code, day - timedelta(days=degrading), fails))


def write_units(world: World, units: list[Unit]) -> None:
    """Write the devices that exist by now, their events, and how failures came about."""
    for unit in units:
        if not world.has_come(unit.project.finish_of("PRODUCTION") if unit.product else unit.runs_from):
            continue
        _write_device(world, unit)
        dice = world.dice("events", unit.device_id)
        if unit.product:
            _write_failures(world, unit)
            _small_events(world, unit, dice)


def _write_device(world: World, unit: Unit) -> None:
    dice = world.dice("device", unit.device_id)
    project, product = unit.project, unit.product
    delivered, installed = world.seen(unit.delivered_on), world.seen(unit.installed_on)
    running = world.seen(unit.runs_from)
    order_id = f"SO-P{project.code}"
    states = (("in_service", running), ("installed", installed), ("delivered", delivered))
    state = next((name for name, is_so in states if is_so), "produced")
    world.add(
        "iot__devices",
        device_id=unit.device_id,
        serial_number=f"SN{project.code.replace('-', '')}{unit.number:02d}{int(dice.integers(1000, 9999))}",
        name=product.name if product else "工地温湿度传感器",
        kind_code=product.category if product else "sensor",
        product_id=product.product_id if product else None,
        customer_id=project.customer.customer_id,
        project_id=project.project_id,
        site_id=project.site_id,
        order_id=order_id if product else None,
        shipment_id=f"SH-{order_id}" if product else None,
        floor=f"{int(dice.integers(1, 12))}F",
        room=f"{int(dice.integers(101, 1230))}",
        state_code="retired" if unit.runs_to and world.has_come(unit.runs_to) else state,
        delivered_on=delivered,
        installed_on=installed,
        commissioned_on=running,
        warranty_ends_on=running + days(730) if running else None,
        firmware_version=pick(dice, ("2.4.1", "2.5.0", "3.0.2")),
    )


def _write_failures(world: World, unit: Unit) -> None:
    for number, failure in enumerate(unit.failures, start=1):
        degrading = (failure.fails_at.date() - failure.degrades_on).days
        world.truth.setdefault("failures", []).append(
            {
                "device_id": unit.device_id,
                "fault_code": failure.code,
                "degrades_on": failure.degrades_on,
                "fails_at": failure.fails_at,
                "repaired_at": failure.repaired_at,
                "is_instrumented": unit.is_instrumented,
            }
        )
        event_id = f"EV-{unit.device_id}-F{number:02d}"
        world.cause("degradation", unit.device_id, "failure", event_id, degrading, failure.fails_at.date())
        if world.has_come(failure.fails_at):
            world.add(
                "iot__events",
                event_id=event_id,
                device_id=unit.device_id,
                event_code=failure.code,
                severity_code="fault",
                started_at=failure.fails_at,
                ended_at=world.seen(failure.repaired_at),
                message=FAULTS[failure.code],
                is_confirmed=True,
            )


def _small_events(world: World, unit: Unit, dice: np.random.Generator) -> None:
    day = unit.runs_from
    for number in range(1, 200):
        day += timedelta(days=int(dice.exponential(250)) + 1)
        code, severity, message = pick(dice, _SMALL)
        started = datetime.combine(day, time()) + timedelta(minutes=int(dice.integers(0, 900)))
        length = timedelta(minutes=int(dice.exponential(300)) + 1)
        is_confirmed = bool(dice.random() < 0.6)
        if not world.has_come(day):
            break
        world.add(
            "iot__events",
            event_id=f"EV-{unit.device_id}-{number:03d}",
            device_id=unit.device_id,
            event_code=code,
            severity_code=severity,
            started_at=started,
            ended_at=world.seen(started + length),
            message=message,
            is_confirmed=is_confirmed,
        )
