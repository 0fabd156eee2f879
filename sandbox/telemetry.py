"""Devices and site sensors: what they measure, and the events that faults bring."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import numpy as np

from sandbox.projects import Project
from sandbox.world import START, World, days, pick

#: Devices written a project; a project with hundreds of units would drown a small example.
DEVICES_A_PROJECT = 8
READING_DEVICES = 20
READING_DAYS = 14

_FAULTS = (
    ("HIGH_PRESSURE", "fault", "高压保护动作"),
    ("FILTER_DIRTY", "warning", "滤网压差偏高"),
    ("SENSOR_DRIFT", "warning", "温度传感器偏差"),
    ("COMM_LOST", "info", "通信中断"),
)


def write_telemetry(world: World, projects: list[Project]) -> None:
    """Write devices of all projects, two weeks of hourly readings of some, and events."""
    talking: list[tuple[str, bool]] = []
    for project in projects:
        if project.is_cancelled or not world.has_come(project.milestones["PRODUCTION"].finish):
            continue
        for number in range(1, DEVICES_A_PROJECT + 1):
            device_id, talks = _device(world, project, number)
            if talks:
                talking.append((device_id, number == DEVICES_A_PROJECT))
                _events(world, project, device_id)
    chosen = talking[-round(READING_DEVICES * max(world.scale, 0.1)) :]
    for device_id, is_sensor in chosen:
        for back in range(READING_DAYS):
            _readings(world, device_id, is_sensor, world.until - timedelta(days=back))


def _device(world: World, project: Project, number: int) -> tuple[str, bool]:
    """One device; the last of a project is its site sensor, which talks from the first day of work."""
    dice = world.dice("device", project.number, number)
    device_id = f"D-{project.number:04d}-{number:02d}"
    is_sensor = number == DEVICES_A_PROJECT
    product = project.equipment[number % len(project.equipment)][0]
    nodes = project.milestones
    delivered = world.seen(nodes["PIPING"].start if is_sensor else nodes["DELIVERY"].finish)
    installed = world.seen(nodes["PIPING"].start if is_sensor else nodes["INSTALLATION"].finish)
    running = world.seen(nodes["PIPING"].start if is_sensor else nodes["COMMISSIONING"].finish)
    order_id = f"SO-P{project.number:04d}"
    world.add(
        "iot__devices",
        device_id=device_id,
        serial_number=f"SN{project.number:04d}{number:02d}{int(dice.integers(1000, 9999))}",
        name="工地温湿度传感器" if is_sensor else f"{product.category.upper()}-{number}",
        kind_code="sensor" if is_sensor else product.category,
        product_id=None if is_sensor else product.product_id,
        customer_id=project.customer.customer_id,
        project_id=project.project_id,
        site_id=project.site_id,
        order_id=None if is_sensor else order_id,
        shipment_id=None if is_sensor else f"SH-{order_id}",
        floor=f"{int(dice.integers(1, 12))}F",
        room=f"{int(dice.integers(101, 1230))}",
        state_code="in_service"
        if running
        else "installed"
        if installed
        else "delivered"
        if delivered
        else "produced",
        delivered_on=delivered,
        installed_on=installed,
        commissioned_on=running,
        warranty_ends_on=running + days(730) if running else None,
        firmware_version=pick(dice, ("2.4.1", "2.5.0", "3.0.2")),
    )
    return device_id, running is not None


def _readings(world: World, device_id: str, is_sensor: bool, day: date) -> None:
    """Hourly values of one device and day: the day's course, the season and a little noise."""
    dice = world.dice("readings", device_id, day.toordinal())
    hours = np.arange(24)
    season = float(np.sin((day.timetuple().tm_yday - 105) / 365 * 2 * np.pi))
    outside = 15 + 13 * season + 4 * np.sin((hours - 9) / 24 * 2 * np.pi) + dice.normal(0, 0.8, 24)
    load = np.clip((np.abs(outside - 21) / 18) * (0.4 + 0.6 * ((hours > 7) & (hours < 20))), 0.05, 1)
    if is_sensor:
        course = {
            "air_temperature_c": outside,
            "humidity_pct": np.clip(62 + 18 * season - (outside - 15), 12, 98),
        }
        course["dust_ppm"] = np.clip(dice.gamma(2, 20, 24), 0, 900)
    else:
        course = {"supply_air_c": 13 + 4 * (1 - load) + dice.normal(0, 0.3, 24)}
        course |= {"return_air_c": 24 + 0.2 * (outside - 20) + dice.normal(0, 0.3, 24), "power_kw": 48 * load}
    for metric, values in course.items():
        for hour, value in enumerate(values):
            read_at = datetime.combine(day, time()) + timedelta(hours=hour - 8)
            world.add(
                "iot__readings",
                device_id=device_id,
                metric_code=metric,
                read_at=read_at,
                value=round(float(value), 2),
                received_at=read_at + timedelta(seconds=4),
                quality_code="good",
            )


def _events(world: World, project: Project, device_id: str) -> None:
    dice = world.dice("events", device_id)
    day = max(project.milestones["COMMISSIONING"].finish, START)
    for number in range(1, 200):
        day += timedelta(days=int(dice.exponential(320)) + 1)
        code, severity, message = pick(dice, _FAULTS)
        started = datetime.combine(day, time()) + timedelta(minutes=int(dice.integers(0, 900)))
        length = timedelta(minutes=int(dice.exponential(300)) + 1)
        if not world.has_come(day):
            break
        world.add(
            "iot__events",
            event_id=f"EV-{device_id}-{number:03d}",
            device_id=device_id,
            event_code=code,
            severity_code=severity,
            started_at=started,
            ended_at=world.seen(started + length),
            message=message,
            is_confirmed=bool(dice.random() < 0.6),
        )
