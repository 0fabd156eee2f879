"""Service and devices of the small published lake, row by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from tests.support.published_partners import AS_OF, CUSTOMERS

MONTHS = [dt.date(2024 + (9 + i) // 12, (9 + i) % 12 + 1, 1) for i in range(12)]
NOON = dt.datetime(2025, 9, 30, 12)
REGIONS = ("east", "south")
SITES = (("L1", "市一院工地", "上海", 31.2, 121.5), ("L2", "理工大学工地", "武汉", 30.5, 114.3))


def field_rows() -> dict[str, list[dict[str, object]]]:
    """The rows by table."""
    return {
        "marts.mart_service_month": list(_service_months()),
        "marts.mart_service_group": list(_service_groups()),
        "marts.mart_rating_sequence": [_sequence()],
        "marts.fct_work_order": list(_work_orders()),
        "marts.dim_site": list(_sites()),
        "marts.mart_project_device": list(_project_devices()),
        "marts.mart_device_day": list(_device_days()),
        "marts.mart_site_day": list(_site_days()),
        "marts.mart_site_condition": list(_conditions()),
        "marts.fct_reading_day": list(_readings()),
    }


def _service(n: int, weak: int = 0) -> dict[str, object]:
    """Counts of a month or group in which `n` orders were finished."""
    return {
        "finished_order_count": n,
        "rework_order_count": 2 + weak,
        "sla_due_count": n,
        "sla_met_count": n - 6 - 3 * weak,
        "rated_order_count": n // 2,
        "rating_count": n // 2,
        "star_count": n // 2 * 5 - 12,
        "satisfied_count": n // 2 - 2 - weak,
        "complaint_count": 2 + weak,
        "repeat_complaint_count": 0,
        "first_inspection_count": 20,
        "first_passed_count": 19 - weak,
        "first_item_count": 200,
        "first_failed_item_count": 3,
    }


def _service_months() -> Iterable[dict[str, object]]:
    for region in REGIONS:
        for i, month in enumerate(MONTHS):
            yield {
                "service_month_id": f"{month}/{region}",
                "period_on": month,
                "region_code": region,
                "as_of_on": AS_OF,
                "is_whole_month": True,
                **_service(60 + i, i % 3),
            }


def _service_groups() -> Iterable[dict[str, object]]:
    members = {
        "company": ("company",),
        "region": REGIONS,
        "crew": ("T1", "T2", "T3"),
        "product": ("A-100",),
        "city": ("上海",),
        "kind": ("repair",),
        "stage": ("installation",),
    }
    for dimension, codes in members.items():
        for weak, member in enumerate(codes):
            counts = _service(700, weak)
            yield {
                "service_group_id": f"{dimension}/{member}",
                "dimension_code": dimension,
                "member_code": member,
                "as_of_on": AS_OF,
                "currency_code": "CNY",
                **counts,
                "rework_order_share": counts["rework_order_count"] / 700,
                "response_share": 0.5,
                "sla_share": counts["sla_met_count"] / 700,
                "star_mean": 4.7,
                "csat_share": counts["satisfied_count"] / 350,
                "complaint_rate": counts["complaint_count"] / 7,
                "complaint_change_pct": -14.2,
                "first_pass_share": counts["first_passed_count"] / 20,
                "rework_cost_amount": 380_000,
                "project_cost_amount": 21_000_000,
                "rework_cost_share": 0.018095,
            }
    for cause, count, cumulative in (("delay", 14, 0.56), ("quality", 8, 0.88), ("noise", 3, 1.0)):
        yield {
            "service_group_id": f"cause/{cause}",
            "dimension_code": "cause",
            "member_code": cause,
            "as_of_on": AS_OF,
            "complaint_count": count,
            "repeat_complaint_count": 1,
            "repeat_complaint_share": 1 / count,
            "cumulative_complaint_share": cumulative,
        }


def _sequence() -> dict[str, object]:
    return {
        "rating_sequence_id": "R2",
        "customer_id": "C2",
        "customer_name": "滨江地产",
        "region_code": "east",
        "first_work_order_id": "WO-1",
        "first_stars": 2,
        "second_work_order_id": "WO-2",
        "second_stars": 1,
        "found_on": dt.date(2025, 9, 12),
        "found_month_on": dt.date(2025, 9, 1),
        "low_rating_count": 2,
        "manager_id": "E2",
        "is_national_queue": False,
        "is_recent": True,
        "as_of_on": AS_OF,
    }


def _work_orders() -> Iterable[dict[str, object]]:
    for i in range(12):
        is_finished = i > 7
        is_late = i in (1, 4) and not is_finished
        yield {
            "work_order_id": f"WO-{i}",
            "kind_code": "repair" if i % 2 else "maintenance",
            "priority_code": "urgent" if is_late else "normal",
            "status_code": "closed" if is_finished else "assigned",
            "customer_id": CUSTOMERS[i % len(CUSTOMERS)][0],
            "project_id": "P1",
            "site_id": SITES[i % 2][0],
            "engineer_id": None if i == 3 else "G1",
            "region_code": REGIONS[i % 2],
            "city": SITES[i % 2][2],
            "created_on": AS_OF - dt.timedelta(days=3 + i),
            "due_on": AS_OF - dt.timedelta(days=1) if is_late else AS_OF + dt.timedelta(days=4),
            "working_hours_used": 30 if is_late else 8,
            "target_hours": 16,
            "is_rework": False,
            "is_cancelled": False,
            "is_finished": is_finished,
            "is_unassigned": i == 3,
            "is_sla_due": is_late or is_finished,
            "is_sla_met": False if is_late else True if is_finished else None,
            "is_rated": False,
        }


def _sites() -> Iterable[dict[str, object]]:
    for site_id, name, city, latitude, longitude in SITES:
        yield {
            "site_id": site_id,
            "name": name,
            "kind_code": "construction",
            "region_code": "east",
            "city": city,
            "country_code": "CN",
            "latitude": latitude,
            "longitude": longitude,
        }


def _project_devices() -> Iterable[dict[str, object]]:
    for i, (state, units) in enumerate(
        (("in_service", 1), ("in_service", 1), ("installed", 1), ("delivered", 1), ("ordered", 6))
    ):
        yield {
            "project_device_id": f"D{i}",
            "project_id": "P1",
            "project_name": "市一院新院区",
            "device_id": f"D{i}" if units == 1 else None,
            "is_registered": units == 1,
            "name": f"机组 {i}",
            "kind_code": "chiller" if i % 2 else "pump",
            "unit_count": units,
            "state_code": state,
        }


def _device_days() -> Iterable[dict[str, object]]:
    for d in range(2):
        for i in range(20):
            lost = 6 if (d, i) == (1, 8) else 0
            yield {
                "device_day_id": f"D{d}/{i}",
                "device_id": f"D{d}",
                "day_on": AS_OF - dt.timedelta(days=19 - i),
                "kind_code": "chiller" if d else "pump",
                "project_id": "P1",
                "site_id": SITES[d][0],
                "as_of_on": AS_OF,
                "is_in_service": True,
                "is_reporting": not (d == 0 and i == 19),
                "reading_count": 96,
                "last_read_at": NOON - dt.timedelta(days=19 - i),
                "energy_kwh": 410 + 7 * (i % 6),
                "outage_count": int(lost > 0),
                "service_hours": 24,
                "lost_hours": lost,
                "uptime_share": 1 - lost / 24,
            }


def _site_days() -> Iterable[dict[str, object]]:
    for s, (site_id, name, city, _, _) in enumerate(SITES):
        for i in range(20):
            is_reporting = not (s == 0 and i == 19)
            yield {
                "site_day_id": f"{site_id}/{i}",
                "site_id": site_id,
                "site_name": name,
                "city": city,
                "project_id": "P1",
                "day_on": AS_OF - dt.timedelta(days=19 - i),
                "as_of_on": AS_OF,
                "is_newest": i == 19,
                "is_active": True,
                "is_reporting": is_reporting,
                "is_covered": is_reporting,
                "coverage_share": int(is_reporting) if i == 19 else None,
                "photo_count": 2,
                "last_photo_at": NOON - dt.timedelta(days=19 - i),
            }


def _conditions() -> Iterable[dict[str, object]]:
    for s, (site_id, *_) in enumerate(SITES):
        for metric, value in (("air_temperature_c", 26.4), ("humidity_pct", 61.0)):
            yield {
                "site_id": site_id,
                "metric_code": metric,
                "last_read_at": NOON - dt.timedelta(days=1 - s),
                "device_count": 1,
                "reading_count_24h": 96,
                "value_last": value + s,
                "is_reporting": s == 1,
            }


def _readings() -> Iterable[dict[str, object]]:
    for metric, level in (("power_kw", 18.0), ("supply_air_c", 14.0)):
        for i in range(20):
            yield {
                "device_id": "D1",
                "metric_code": metric,
                "day_on": AS_OF - dt.timedelta(days=19 - i),
                "reading_count": 96,
                "hour_count": 24,
                "value_mean": level + i % 4,
                "value_min": level - 2,
                "value_max": level + 6,
                "value_last": level,
            }
