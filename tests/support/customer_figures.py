"""How customers buy and pay, from the definitions: for figures of customers that are computed twice."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest

from tests.support.figure_day import UNTIL, Frames

#: A year before the business date.
YEAR_AGO = UNTIL.replace(year=UNTIL.year - 1)
#: Overdue ratios above which a payment grade is one worse.
GRADE_BOUNDS = (0.05, 0.15, 0.30, 0.50)


def same(found: list[tuple], expected: dict[str, tuple]) -> None:
    """Rows of an id and figures equal what is expected by id, to 0.01; NULL only where NULL is expected."""
    rows = {row[0]: row[1:] for row in found}
    assert rows.keys() == expected.keys()
    for name, values in expected.items():
        for value, other in zip(rows[name], values, strict=True):
            if isinstance(other, str) or other is None or value is None:
                assert value == other, (name, rows[name], values)
            else:
                assert float(value) == pytest.approx(float(other), abs=0.0100001), (name, rows[name], values)


def half_up(value: float, digits: int) -> float:
    """Rounded as the database rounds."""
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP))


def ratio(part: float, whole: float) -> float | None:
    """Part of the whole; None for nothing."""
    return part / whole if whole else None


def percent(part: float, whole: float) -> float | None:
    """Part of the whole in percent."""
    return 100 * part / whole if whole else None


def times_90(amount: float, sold: float) -> float | None:
    """How many days of the sales of 90 days an amount is."""
    return 90 * amount / sold if sold else None


def percentile(value: float | None, peers: list[float | None]) -> float | None:
    """Share of the peers that stand lower, equals counted half."""
    if value is None:
        return None
    known = [one for one in peers if one is not None]
    return (sum(one < value for one in known) + 0.5 * sum(one == value for one in known)) / len(known)


def open_on(invoice: dict, day: dt.date) -> float:
    """What of an invoice is unpaid on a day."""
    paid = sum(float(one["paid_amount"]) for one in invoice["payments"] or () if one["paid_on"] <= day)
    return max(float(invoice["invoice_amount"]) - paid, 0.0)


def receivables(invoices: list[dict], day: dt.date) -> dict[str, float]:
    """Open, overdue, sold and collected within 90 days, in days of the countback what of it is overdue."""
    known = [one for one in invoices if one["issued_on"] <= day]
    late = sum(open_on(one, day) for one in known if one["due_on"] < day)
    total = sum(open_on(one, day) for one in known)
    start = day - dt.timedelta(days=90)
    return {
        "open": round(total, 2),
        "overdue": round(late, 2),
        "sold": sum(float(one["invoice_amount"]) for one in known if one["issued_on"] > start),
        "collected": sum(
            float(pay["paid_amount"])
            for one in known
            for pay in one["payments"] or ()
            if start < pay["paid_on"] <= day
        ),
        "back": (countback(known, round(total, 2), day) or 0)
        - (countback(known, round(total - late, 2), day) or 0),
    }


def grade(state: dict[str, float]) -> int:
    """1 to 5 from the overdue ratio, one worse when delinquent for more than 30 days."""
    share = ratio(state["overdue"], state["open"]) or 0
    days = times_90(state["overdue"], state["sold"])
    late = state["back"] if days is None else days
    return min(5, 1 + sum(share > bound for bound in GRADE_BOUNDS) + (late > 30))


def countback(invoices: list[dict], amount: float, day: dt.date = UNTIL) -> float | None:
    """Days of the latest sales that make up the amount, month of 30 days by month; None when all are less."""
    if amount <= 0:
        return 0.0
    last = max(((day - one["issued_on"]).days // 30 for one in invoices), default=-1)
    for number in range(last + 1):
        sold = sum(
            float(one["invoice_amount"]) for one in invoices if (day - one["issued_on"]).days // 30 == number
        )
        if sold >= amount:
            return 30 * number + 30 * amount / sold
        amount -= sold
    return None


def contracts_of(frames: Frames, left: dict[str, str], customer: str, day: dt.date) -> list[dict]:
    """Contracts of a customer signed by a day."""
    rows = (
        frames["crm__contracts"]
        .filter(pl.col("status_code").is_in(["signed", "closed"]))
        .iter_rows(named=True)
    )
    return [row for row in rows if left[row["customer_id"]] == customer and row["signed_on"] <= day]


def is_strategic(frames: Frames, left: dict[str, str], customer: str, day: dt.date) -> bool:
    """Whether a strategic contract is in force."""
    return any(
        row["kind_code"] == "strategic" and row["starts_on"] <= day <= row["ends_on"]
        for row in contracts_of(frames, left, customer, day)
    )


def depth(
    frames: Frames, left: dict[str, str], customer: str, code: str, day: dt.date, since: dt.date
) -> float:
    """Depth of cooperation: its kind for 60 points, what began in two years for 40."""
    points = {"strategic": 100, "framework": 70, "project": 40, "transactional": 10}
    kinds = [points[code]]
    begun = 0
    for row in contracts_of(frames, left, customer, day):
        if row["starts_on"] <= day <= row["ends_on"]:
            kinds.append(points[row["kind_code"]])
        begun += row["signed_on"] > since
    for row in (
        frames["projects__projects"].filter(pl.col("status_code") != "cancelled").iter_rows(named=True)
    ):
        if left[row["customer_id"]] == customer and row["initiated_on"] <= day:
            kinds.append(points["project"])
            begun += row["initiated_on"] > since
    return 0.6 * max(kinds) + 40 * min(1, begun / 4)
