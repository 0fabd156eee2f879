"""One customer and one supplier of the small published lake in depth: what their own pages read."""

from __future__ import annotations

import datetime as dt

from tests.support.published_partners import CUSTOMERS, SUPPLIERS

Rows = dict[str, list[dict[str, object]]]


def partner_rows() -> Rows:
    """The rows by table."""
    return {**_customers(), **_suppliers()}


def _customers() -> Rows:
    return {
        "marts.mart_customer_portrait": [_tiered(c) for c in range(len(CUSTOMERS))],
        "marts.dim_customer_tier": [
            {
                "customer_tier_id": "C1/1",
                "customer_id": "C1",
                "tier_code": "S",
                "previous_tier_code": "A",
                "tier_score": 88.0,
                "valid_from_on": dt.date(2025, 3, 1),
                "is_current": True,
            }
        ],
        "marts.mart_customer_dimension": [_dimension(i) for i in range(5)],
        "marts.mart_customer_health": [_customer_health()],
        "marts.fct_customer_reminder": [
            {
                "reminder_id": "visit/1",
                "customer_id": "C1",
                "kind_code": "visit",
                "subject_id": "W1",
                "due_on": dt.date(2025, 10, 6),
                "reminded_on": dt.date(2025, 9, 29),
                "state_code": "open",
                "is_past": False,
                "is_missed": False,
                "has_contact": False,
            }
        ],
        "marts.mart_standard_flow": [
            {
                "customer_id": customer_id,
                "customer_name": None,
                "segment_code": "school",
                "tier_code": "B",
                "due_count": 3,
                "reminded_count": 3 - missed,
                "missed_count": missed,
                "contact_count": 2,
                "open_count": 1,
                "next_due_on": dt.date(2025, 10, 6),
                "next_kind_code": "standard_service",
                "touch_count": touches,
                "touch_limit": 6,
                "is_over_touch_limit": touches > 6,
            }
            for customer_id, missed, touches in (("C2", 0, 4), ("C3", 1, 7))
        ],
        "marts.mart_rating_sequence": [
            {
                "rating_sequence_id": "C1-RT2",
                "customer_id": "C1",
                "found_on": dt.date(2025, 4, 8),
                "low_rating_count": 2,
                "first_stars": 2,
                "second_stars": 1,
                "manager_id": "E70",
                "is_recent": False,
            }
        ],
        "marts.fct_order": [{"order_id": "C1-SO1", "customer_id": "C1", "ordered_on": dt.date(2025, 5, 3)}],
        "marts.fct_order_line": [
            {
                "order_line_id": f"C1-SO{i}/1",
                "order_id": f"C1-SO{i}",
                "customer_id": "C1",
                "line_reporting_amount": 46_000_000,
                "ordered_month_on": dt.date(2025, 4 + i, 1),
                "ordered_on": dt.date(2025, 4 + i, 3),
                "is_cancelled": i == 3,
            }
            for i in (1, 2, 3)
        ],
    }


def _tiered(c: int) -> dict[str, object]:
    return {
        "customer_id": CUSTOMERS[c][0],
        "tier_code": "SABB"[c],
        "tier_alias_code": ("strategic", "vip", "standard", "standard")[c],
        "tier_score": 88.0 - 15 * c,
        "tier_method_code": "value",
        "tier_value_told_on": dt.date(2025, 9, 29),
        "tier_reason_1_code": "depth_high",
        "tier_reason_2_code": "order_amount_high",
        "tier_reason_3_code": "payment_middle",
        "touch_count": 4,
        "dso_days": 30.0,
        "best_dso_days": 21.0,
        "current_amount": 2_100_000,
        "overdue_1_30_amount": 600_000,
        "overdue_31_60_amount": 300_000,
        "collection_share": 0.9,
    }


def _dimension(i: int) -> dict[str, object]:
    code, word, value, trend = (
        ("industry", "healthcare", 12.5, -3.0),
        ("depth", "strategic", 92.0, 4.0),
        ("order_amount", None, 92_000_000.0, 4_000_000.0),
        ("payment", None, 2.0, -1.0),
        ("satisfaction", None, 4.6, 0.1),
    )[i]
    return {
        "customer_dimension_id": f"C1/{code}",
        "customer_id": "C1",
        "currency_code": "CNY",
        "dimension_no": i + 1,
        "dimension_code": code,
        "value_code": word,
        "dimension_value": value,
        "trend_value": trend,
        "peer_share": 0.75,
        "peer_count": 4,
        "row_count": 12,
    }


def _customer_health() -> dict[str, object]:
    """Without a service level: 30, 25, 15 and 15 of 85 parts, in points that add up to the score."""
    scores = {"orders": 100.0, "ratings": 90.0, "complaints": 80.0, "payment": 100.0}
    weights = {"orders": 0.3, "ratings": 0.25, "complaints": 0.15, "payment": 0.15}
    points = {part: round(weights[part] / 0.85 * scores[part], 2) for part in scores}
    return {
        "customer_id": "C1",
        "health_score": round(sum(points.values()), 2),
        "health_code": "good",
        "part_count": 4,
        **{f"{part}_score": score for part, score in scores.items()},
        **{f"{part}_weight_share": weight / 0.85 for part, weight in weights.items()},
        **{f"{part}_points": value for part, value in points.items()},
        "sla_weight_share": 0.0,
    }


def _suppliers() -> Rows:
    return {
        "marts.scorecard_weight": [
            {"part": part, "weight": weight, "target": 0.9, "version": 2}
            for part, weight in (
                ("otif", 0.3),
                ("on_time", 0.15),
                ("lead_time", 0.15),
                ("quality", 0.2),
                ("price", 0.1),
                ("response", 0.1),
            )
        ],
        "marts.mart_supplier_scorecard": [
            {
                "supplier_id": f"S{s + 1}",
                "padding_share": 0.08,
                "padding_days": 4.5,
                "trend_code": "better",
                "otif_points": 90.0,
                "on_time_points": 80.0,
                "quality_points": 100.0,
                "response_points": 70.0,
            }
            for s in range(len(SUPPLIERS))
        ],
        "marts.fct_purchase_line": [_purchase(i) for i in range(10)],
        "marts.fct_receipt_line": [
            {
                "receipt_id": f"S1-RC{i}",
                "supplier_id": "S1",
                "lead_time_days": 18 + i,
                "quoted_lead_time_days": 20,
            }
            for i in range(10)
        ],
    }


def _purchase(i: int) -> dict[str, object]:
    """Ten lines of S1: four by the requested date, seven by the promised one, eight later, nine by now."""
    promised = dt.date(2025, 6, 10) + dt.timedelta(days=i)
    return {
        "purchase_line_id": f"S1-PL{i}",
        "supplier_id": "S1",
        "product_id": "M-1",
        "ordered_on": dt.date(2025, 5, 1),
        "requested_on": promised - dt.timedelta(days=5),
        "promised_on": promised,
        "current_promised_on": promised,
        "last_received_on": promised + dt.timedelta(days=i - 6),
        "padding_days": 5,
        "quantity": 10,
        "quantity_accepted": 10 if i < 9 else 6,
        "line_reporting_amount": 3_000,
        "is_cancelled": False,
        "is_due": True,
        "is_otif_requested": i < 4,
        "is_otif": i < 7,
        "is_otif_window": i < 8,
        "is_otif_current": i < 8,
    }
