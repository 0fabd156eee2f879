"""Customers of the make-believe company, counted a second time: money, tiers, health, portrait, reminders."""

import datetime as dt
import itertools
import shutil
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from sandbox.company import Simulation
from tests.support.warehouse import Warehouse

Frames = dict[str, pl.DataFrame]
TODAY = dt.date(2026, 6, 30)
YEAR_AGO, TWO_YEARS_AGO, THREE_YEARS_AGO = (dt.date(2026 - years, 6, 30) for years in (1, 2, 3))
GRADE_BOUNDS = (0.05, 0.15, 0.30, 0.50)
SHANGHAI = dt.timedelta(hours=8)


@pytest.fixture(scope="module")
def left(frames: Frames) -> dict[str, str]:
    """The customer that each customer's rows count for."""
    rows = frames["crm__customers"].select("customer_id", "merged_into_id").iter_rows()
    return {customer: into or customer for customer, into in rows}


@pytest.fixture(scope="module")
def customers(frames: Frames) -> dict[str, dict]:
    """Master data of the customers that are not merged into another, by id."""
    kept = frames["crm__customers"].filter(pl.col("merged_into_id").is_null())
    return {row["customer_id"]: row for row in kept.iter_rows(named=True)}


@pytest.fixture(scope="module")
def lines(frames: Frames, left: dict[str, str]) -> pl.DataFrame:
    """Order lines that count, with their customer, day and signed quantity and amount as floats."""
    orders = frames["erp__orders"].filter(pl.col("status_code") != "cancelled")
    sign = pl.when(pl.col("kind_code") == "return").then(-1).otherwise(1)
    return (
        frames["erp__order_lines"]
        .join(orders.select("order_id", "customer_id", "ordered_at"), on="order_id")
        .with_columns(
            customer=pl.col("customer_id").replace(left),
            day=pl.col("ordered_at").dt.date(),
            amount=(pl.col("line_amount").abs() * sign).cast(pl.Float64),
            is_sale=pl.col("kind_code").fill_null("sale") == "sale",
        )
    )


@pytest.fixture(scope="module")
def invoices(frames: Frames, left: dict[str, str]) -> list[dict]:
    """Invoices that are not cancelled, each with its customer and payments; all in one currency."""
    paid = (
        frames["erp__payments"]
        .group_by("invoice_id")
        .agg(pl.struct("paid_on", "paid_amount").alias("payments"))
    )
    kept = (
        frames["erp__invoices"]
        .filter(pl.col("status_code") != "cancelled")
        .join(paid, on="invoice_id", how="left")
    )
    return [row | {"customer": left[row["customer_id"]]} for row in kept.iter_rows(named=True)]


def test_a_merged_customer_has_no_portrait_and_its_orders_count_for_the_one_left(
    built: Warehouse, frames: Frames, left: dict[str, str], lines: pl.DataFrame
) -> None:
    merged = [customer for customer, into in left.items() if into != customer]
    assert merged, "the company has a customer twice"
    for twin in merged:
        theirs = lines.filter(pl.col("customer_id") == twin)
        assert theirs.height > 0
        assert built.rows(f"select 1 from marts.mart_customer_portrait where customer_id = '{twin}'") == []
        found = built.rows(
            f"select count(*) from marts.fct_order_line join marts.fct_order using (order_id, customer_id)"
            f" where customer_id = '{left[twin]}' and not fct_order_line.is_cancelled"
        )
        assert found == [(lines.filter(pl.col("customer") == left[twin]).height,)]


def test_order_amounts_of_all_time_and_of_twelve_months(built: Warehouse, lines: pl.DataFrame) -> None:
    expected = {}
    for (customer,), own in lines.group_by("customer"):
        recent = own.filter(pl.col("day").is_between(YEAR_AGO, TODAY, closed="right"))
        expected[customer] = (own["amount"].sum(), recent["amount"].sum(), recent["order_id"].n_unique())
    found = built.rows(
        "select customer_id, order_amount, coalesce(order_12m_amount, 0), order_12m_count"
        " from marts.mart_customer_portrait where order_count > 0"
    )
    same(found, expected)


def test_days_outstanding_overdue_ratio_and_collection(built: Warehouse, invoices: list[dict]) -> None:
    expected = {}
    for customer in {one["customer"] for one in invoices}:
        state = receivables([one for one in invoices if one["customer"] == customer], TODAY)
        collected, late = state["collected"], state["overdue"]
        expected[customer] = (
            state["open"], late, ratio(late, state["open"]), times_90(state["open"], state["sold"]),
            times_90(late, state["sold"]), ratio(collected, collected + late), grade(state),
        )  # fmt: skip
    found = built.rows(
        "select customer_id, receivable_amount, overdue_amount, overdue_share, dso_days,"
        " mean_delinquent_days, collection_share, payment_grade"
        " from marts.mart_customer_portrait where invoice_count > 0"
    )
    same(found, expected)
    assert len({row[-1] for row in found}) > 1, "customers pay differently"


def test_ageing_adds_up_to_what_is_overdue(built: Warehouse, invoices: list[dict]) -> None:
    expected = {}
    for customer in {one["customer"] for one in invoices}:
        buckets = [0.0] * 4
        for one in invoices:
            days = (TODAY - one["due_on"]).days
            if one["customer"] == customer and days > 0:
                buckets[0 if days <= 30 else 1 if days <= 60 else 2 if days <= 90 else 3] += open_on(
                    one, TODAY
                )
        expected[customer] = tuple(buckets)
    found = built.rows(
        "select customer_id, overdue_1_30_amount, overdue_31_60_amount, overdue_61_90_amount,"
        " overdue_over_90_amount from marts.mart_customer_portrait where invoice_count > 0"
    )
    same(found, expected)


def test_countback_days(built: Warehouse, invoices: list[dict]) -> None:
    expected = {}
    for customer in {one["customer"] for one in invoices}:
        own = [one for one in invoices if one["customer"] == customer and one["issued_on"] <= TODAY]
        expected[customer] = (countback(own, receivables(own, TODAY)["open"]),)
    same(
        built.rows(
            "select customer_id, dso_countback_days from marts.mart_customer_portrait where invoice_count > 0"
        ),
        expected,
    )


@pytest.fixture(scope="module")
def ratings(frames: Frames, left: dict[str, str]) -> list[tuple[str, dt.date, int]]:
    """Customer, local day and stars of the newest rating of each work order or order."""
    orders = dict(frames["erp__orders"].select("order_id", "customer_id").iter_rows())
    visits = dict(frames["work__work_orders"].select("work_order_id", "customer_id").iter_rows())
    newest: dict[object, dict] = {}
    for row in frames["work__ratings"].sort("rated_at", "rating_id").iter_rows(named=True):
        newest[row["work_order_id"] or row["order_id"] or row["rating_id"]] = row
    found = []
    for row in newest.values():
        customer = row["customer_id"] or visits.get(row["work_order_id"]) or orders.get(row["order_id"])
        found.append((left[customer], (row["rated_at"] + SHANGHAI).date(), row["stars"]))
    return [one for one in found if one[1] <= TODAY]


def test_satisfied_customers(built: Warehouse, ratings: list[tuple[str, dt.date, int]]) -> None:
    stars: dict[str, list[int]] = {}
    for customer, _, given in ratings:
        stars.setdefault(customer, []).append(given)
    expected = {
        customer: (sum(given) / len(given), sum(one >= 4 for one in given) / len(given))
        for customer, given in stars.items()
    }
    same(
        built.rows(
            "select customer_id, mean_rating, csat_share from marts.mart_customer_portrait"
            " where rating_count > 0"
        ),
        expected,
    )


@pytest.fixture(scope="module")
def standing(
    frames: Frames,
    left: dict[str, str],
    customers: dict[str, dict],
    lines: pl.DataFrame,
    invoices: list[dict],
    ratings: list[tuple[str, dt.date, int]],
) -> Callable[[dt.date], dict[str, dict]]:
    """How every customer stands on a day: the inputs of tier and portrait, from the definitions."""

    def at(day: dt.date) -> dict[str, dict]:
        year, two = day.replace(year=day.year - 1), day.replace(year=day.year - 2)
        opinions: dict[str, list[int]] = {customer: [] for customer in customers}
        for customer, rated_on, given in ratings:
            if two < rated_on <= day:
                opinions[customer].append(given)
        all_stars = [one for given in opinions.values() for one in given]
        found = {}
        for customer, row in customers.items():
            own = lines.filter(pl.col("customer") == customer)
            last = own.filter(pl.col("day").is_between(year, day, closed="right"))["amount"].sum()
            before = own.filter(pl.col("day").is_between(two, year, closed="right"))["amount"].sum()
            bills = [one for one in invoices if one["customer"] == customer and one["issued_on"] <= day]
            given = opinions[customer]
            found[customer] = {
                "segment": row["segment_code"],
                "industry": row["industry_code"],
                "last": last,
                "before": before,
                "all": own.filter(pl.col("day") <= day)["amount"].sum(),
                "depth": depth(frames, left, customer, row["depth_code"], day, two),
                "strategic": is_strategic(frames, left, customer, day),
                "grade": grade(receivables(bills, day)) if bills else None,
                "stars": half_up((sum(given) + 3 * sum(all_stars) / len(all_stars)) / (len(given) + 3), 2),
            }
        return found

    return at


def test_tiers_follow_the_score_within_the_segment(
    built: Warehouse, world: Simulation, standing: Callable[[dt.date], dict[str, dict]]
) -> None:
    state = standing(TODAY)
    weights = {"order_amount": 30, "depth": 20, "payment": 20, "satisfaction": 15, "growth": 15}
    scores = {}
    for customer, own in state.items():
        peers = [one for one in state.values() if one["segment"] == own["segment"]]
        points = {
            part: percentile(part_of(own, part), [part_of(one, part) for one in peers]) for part in weights
        }
        known = {part: half_up(100 * value, 2) for part, value in points.items() if value is not None}
        scores[customer] = half_up(
            sum(weights[part] * value for part, value in known.items())
            / sum(weights[part] for part in known),
            2,
        )
    expected = {}
    for customer, own in state.items():
        place = percentile(
            scores[customer],
            [scores[one] for one, other in state.items() if other["segment"] == own["segment"]],
        )
        assert place is not None
        tier = "S" if own["strategic"] or place >= 0.95 else "A" if place >= 0.75 else "B"
        expected[customer] = (scores[customer], tier)
    found = built.rows("select customer_id, tier_score, tier_code from marts.mart_customer_portrait")
    same(found, expected)
    golden = {
        row["item"]: row["value"]
        for row in world.truth["golden"].iter_rows(named=True)
        if row["case_code"] == "G1"
    }
    assert expected[golden["customer_id"]][1] == golden["tier_code"] == "S"
    assert {tier for _, tier in expected.values()} >= {"A", "B"}


def test_every_tier_has_three_reasons_and_one_current_row(
    built: Warehouse, customers: dict[str, dict]
) -> None:
    reasons = built.rows(
        "select tier_reason_1_code, tier_reason_2_code, tier_reason_3_code from marts.mart_customer_portrait"
    )
    assert all(None not in row and len(set(row)) == 3 for row in reasons)
    current = built.rows("select customer_id from marts.dim_customer_tier where is_current")
    assert sorted(customer for (customer,) in current) == sorted(customers)


def test_the_portrait_has_five_dimensions_with_trend_and_peers(
    built: Warehouse, standing: Callable[[dt.date], dict[str, dict]]
) -> None:
    present, earlier = standing(TODAY), standing(YEAR_AGO)
    expected: dict[str, tuple] = {}
    for customer, own in present.items():
        then = earlier[customer]
        industry = [one for one in present.values() if one["industry"] == own["industry"]]
        values = {
            "industry": (
                percent(own["last"], sum(one["last"] for one in industry)),
                percent(own["before"], sum(one["before"] for one in industry)),
            ),
            "depth": (own["depth"], then["depth"]),
            "order_amount": (own["all"], then["all"]),
            "payment": (own["grade"], then["grade"]),
            "satisfaction": (own["stars"], then["stars"]),
        }
        for code, (value, before) in values.items():
            trend = None if value is None or before is None else value - before
            if code == "order_amount":
                trend = own["last"] - own["before"]
            expected[f"{customer}/{code}"] = (value, trend)
    found = built.rows(
        "select customer_dimension_id, dimension_value, trend_value from marts.mart_customer_dimension"
    )
    same(found, expected)


def test_nearly_every_dimension_has_a_value(built: Warehouse) -> None:
    # Customers of golden cases that never ordered are left out: they are here to be rated, not to be sold to.
    [(share, count)] = built.rows(
        "select avg((dimension_value + trend_value + peer_share is not null)::int), count(*)"
        " from marts.mart_customer_dimension where customer_id in (select customer_id from marts.fct_order)"
    )
    assert share >= 0.95
    assert count > 50


def test_peers_are_those_of_the_segment(built: Warehouse) -> None:
    rows = built.rows(
        "select segment_code, dimension_code, customer_id, dimension_value, peer_share"
        " from marts.mart_customer_dimension where dimension_value is not null"
    )
    for segment, code, customer, value, share in rows:
        peers = [float(row[3]) for row in rows if row[:2] == (segment, code)]
        direction = -1 if code == "payment" else 1
        expected = percentile(direction * float(value), [direction * one for one in peers])
        assert float(share) == pytest.approx(expected, abs=1e-6), (customer, code)


def test_health(
    built: Warehouse,
    frames: Frames,
    left: dict[str, str],
    customers: dict[str, dict],
    lines: pl.DataFrame,
    invoices: list[dict],
    ratings: list[tuple[str, dt.date, int]],
) -> None:
    # Which service levels were due and met is counted a second time in the tests of service.
    levels = {
        left[customer]: (due, met)
        for customer, due, met in built.rows(
            "select customer_id, count(*) filter (is_sla_due), count(*) filter (is_sla_met)"
            " from intermediate.int_work_order_sla where due_on > date '2025-06-30' group by 1"
        )
    }
    expected = {}
    for customer in customers:
        parts = {
            "orders": (30, rhythm_points(frames, left, lines, customer)),
            "ratings": (25, rating_points(customer, ratings)),
            "complaints": (15, complaint_points(frames, left, customer)),
            "payment": (15, payment_points(customer, invoices)),
            "sla": (15, level_points(*levels.get(customer, (0, 0)))),
        }
        known = {name: (weight, points) for name, (weight, points) in parts.items() if points is not None}
        total = sum(weight for weight, _ in known.values())
        score = (
            sum(half_up(weight * points / total, 2) for weight, points in known.values()) if known else None
        )
        expected[customer] = (score, len(known))
    same(built.rows("select customer_id, health_score, part_count from marts.mart_customer_health"), expected)
    waterfall = built.rows(
        "select count(*) from marts.mart_customer_health where health_score is distinct from"
        " orders_points + ratings_points + complaints_points + payment_points + sla_points"
    )
    assert waterfall == [(0,)]


@pytest.mark.parametrize("stars", [1, 2, 3, 4])
def test_lowering_a_rating_never_raises_health(built: Warehouse, tmp_path: Path, stars: int) -> None:
    model = "gantry/models/marts/customers/mart_customer_health.sql"
    query = (built.build_file.parent / "target" / "compiled" / model).read_text("utf-8")
    # The model's own SQL names the database by its file.
    copy = shutil.copy(built.build_file, tmp_path / built.build_file.name)
    with duckdb.connect(str(copy)) as con:
        before = dict(con.execute(f"select customer_id, health_score from ({query})").fetchall())
        lowered = con.execute(
            f"update intermediate.int_customer_relation set star_12m_count = star_12m_count - {stars}"
            f" where star_12m_count - {stars} >= rating_12m_count returning customer_id"
        ).fetchall()
        after = dict(con.execute(f"select customer_id, health_score from ({query})").fetchall())
    assert lowered
    for (customer,) in lowered:
        assert after[customer] < before[customer]
    assert {one: after[one] for one in before if (one,) not in lowered} == {
        one: score for one, score in before.items() if (one,) not in lowered
    }


def test_touches_and_reminders(
    built: Warehouse, frames: Frames, left: dict[str, str], customers: dict[str, dict]
) -> None:
    touches = dict.fromkeys(customers, 0)
    for row in frames["crm__interactions"].filter(~pl.col("is_automatic")).iter_rows(named=True):
        day = (row["happened_at"] + SHANGHAI).date()
        touches[left[row["customer_id"]]] += TODAY - dt.timedelta(days=90) < day <= TODAY
    past = dict.fromkeys(customers, 0)
    missed = dict.fromkeys(customers, 0)
    for customer, due_on, known_on in due_days(frames):
        if TODAY - dt.timedelta(days=365) <= due_on <= TODAY and known_on <= TODAY:
            past[left[customer]] += 1
            missed[left[customer]] += known_on >= due_on
    expected = {customer: (touches[customer], past[customer], missed[customer]) for customer in customers}
    found = built.rows(
        "select customer_id, touch_count, reminder_past_count, reminder_missed_count"
        " from marts.mart_customer_portrait"
    )
    same(found, expected)
    assert sum(past.values()) > 50


def test_every_due_thing_of_a_b_customer_had_a_reminder_and_touches_stay_below_the_limit(
    built: Warehouse,
) -> None:
    [row] = built.rows(
        "select sum(reminder_missed_count), sum(reminder_past_count) > 0, bool_or(is_over_touch_limit),"
        " max(touch_count) > 0"
        " from marts.mart_customer_portrait where tier_code = 'B'"
    )
    assert row == (0, True, False, True)


def test_segments_by_year_and_who_bought_again(
    built: Warehouse, frames: Frames, customers: dict[str, dict], lines: pl.DataFrame
) -> None:
    bought: dict[str, set[int]] = {}
    for row in lines.filter("is_sale").iter_rows(named=True):
        bought.setdefault(row["customer"], set()).add(row["day"].year)
    amounts = lines.group_by("customer", pl.col("day").dt.year().alias("year")).agg(pl.col("amount").sum())
    expected = {}
    for segment in {customers[one]["segment_code"] for one in bought}:
        own = {one: years for one, years in bought.items() if customers[one]["segment_code"] == segment}
        for year in range(min(min(years) for years in own.values()), TODAY.year + 1):
            rate, before = again(own, year), again(own, year - 1)
            is_whole = year < TODAY.year
            theirs = amounts.filter((pl.col("year") == year) & pl.col("customer").is_in(list(own)))
            expected[f"{segment}/{year}"] = (
                theirs["amount"].sum(),
                rate,
                rate / before - 1 if is_whole and rate is not None and before else None,
                100 * (rate - before) if is_whole and rate is not None and before is not None else None,
            )
    found = built.rows(
        "select customer_segment_id, order_amount, repurchase_share, repurchase_growth_share,"
        " repurchase_growth_points"
        " from marts.mart_customer_segment"
    )
    same(found, expected)
    total = built.rows("select sum(order_amount) from marts.mart_customer_segment")
    assert float(total[0][0]) == pytest.approx(lines["amount"].sum(), abs=0.01)


# What the definitions say, plainly.


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


def part_of(state: dict, part: str) -> float | None:
    """What a part of the tier's score compares."""
    if part == "order_amount":
        return round(state["last"] + state["before"], 2)
    if part == "payment":
        return None if state["grade"] is None else -state["grade"]
    if part == "growth":
        both = state["last"] + state["before"]
        return round((state["last"] - state["before"]) / both, 6) if both else None
    return state["depth" if part == "depth" else "stars"]


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


def countback(invoices: list[dict], amount: float, day: dt.date = TODAY) -> float | None:
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


def line_between(value: float, worst: float, best: float) -> float:
    """0 at the worst, 100 at the best, straight between."""
    return half_up(100 * max(0.0, min(1.0, (value - worst) / (best - worst))), 2)


def rhythm_points(frames: Frames, left: dict[str, str], lines: pl.DataFrame, customer: str) -> float | None:
    """Silence against the own rhythm; a project under way is none."""
    days = sorted(set(lines.filter((pl.col("customer") == customer) & pl.col("is_sale"))["day"]))
    signed = [row["signed_on"] for row in contracts_of(frames, left, customer, TODAY)]
    if not days and not signed:
        return None
    projects = frames["projects__projects"].filter(~pl.col("status_code").is_in(["completed", "cancelled"]))
    if any(left[one] == customer for one in projects["customer_id"]):
        return 100.0
    gaps = pl.Series([(after - before).days for before, after in itertools.pairwise(days)], dtype=pl.Float64)
    if gaps.is_empty():
        return None
    return line_between((TODAY - max([*days, *signed])).days / half_up(float(gaps.median()), 2), 3, 1)  # type: ignore[arg-type]


def rating_points(customer: str, ratings: list[tuple[str, dt.date, int]]) -> float | None:
    """Mean stars of twelve months."""
    given = [stars for one, day, stars in ratings if one == customer and day > YEAR_AGO]
    return line_between(sum(given) / len(given), 1, 5) if given else None


def complaint_points(frames: Frames, left: dict[str, str], customer: str) -> float | None:
    """Complaints of twelve months per job; within a day about one order they are one."""
    jobs = sum(
        left[row["customer_id"]] == customer and YEAR_AGO < row["delivered_on"] <= TODAY
        for row in frames["erp__orders"]
        .filter(pl.col("status_code") != "cancelled")
        .drop_nulls("delivered_on")
        .iter_rows(named=True)
    )
    jobs += sum(
        left[row["customer_id"]] == customer and YEAR_AGO < (row["finished_at"] + SHANGHAI).date() <= TODAY
        for row in frames["work__work_orders"]
        .filter(pl.col("status_code") != "cancelled")
        .drop_nulls("finished_at")
        .iter_rows(named=True)
    )
    heard: dict[str, dt.datetime] = {}
    complaints = 0
    for row in frames["work__complaints"].sort("received_at", "complaint_id").iter_rows(named=True):
        subject = row["work_order_id"] or row["order_id"] or row["complaint_id"]
        is_again = subject in heard and row["received_at"] - heard[subject] <= dt.timedelta(hours=24)
        heard[subject] = row["received_at"]
        day = (row["received_at"] + SHANGHAI).date()
        complaints += left[row["customer_id"]] == customer and not is_again and YEAR_AGO < day <= TODAY
    return line_between(complaints / max(jobs, complaints), 0.2, 0) if jobs or complaints else None


def payment_points(customer: str, invoices: list[dict]) -> float | None:
    """Payment grade as points."""
    own = [one for one in invoices if one["customer"] == customer and one["issued_on"] <= TODAY]
    return line_between(grade(receivables(own, TODAY)), 5, 1) if own else None


def level_points(due: int, met: int) -> float | None:
    """Service levels kept: all is 100, half is 0."""
    return line_between(met / due, 0.5, 1) if due else None


def due_days(frames: Frames) -> list[tuple[str, dt.date, dt.date]]:
    """What falls due for customers: whom for, the day, and the day from which it was known."""
    found = []
    for row in (
        frames["crm__contracts"]
        .filter(pl.col("status_code").is_in(["signed", "closed"]))
        .iter_rows(named=True)
    ):
        if row["status_code"] == "signed" and row["ends_on"]:
            found.append((row["customer_id"], row["ends_on"], row["signed_on"]))
        if row["retention_due_on"]:
            found.append((row["customer_id"], row["retention_due_on"], row["signed_on"]))
    visits = frames["work__work_orders"].filter(
        (pl.col("kind_code") == "maintenance") & (pl.col("status_code") != "cancelled")
    )
    found += [
        (row["customer_id"], row["scheduled_on"], row["created_at"].date())
        for row in visits.iter_rows(named=True)
    ]
    units: dict[tuple, dt.date] = {}
    for row in frames["iot__devices"].drop_nulls("warranty_ends_on").iter_rows(named=True):
        key = (row["customer_id"], row["project_id"], row["warranty_ends_on"])
        known = row["commissioned_on"] or row["installed_on"] or row["delivered_on"]
        units[key] = min(units.get(key, known), known)
    return found + [(customer, due_on, known_on) for (customer, _, due_on), known_on in units.items()]


def again(bought: dict[str, set[int]], year: int) -> float | None:
    """Customers who buy in a year and bought before / customers who bought before."""
    before = [years for years in bought.values() if min(years) < year]
    return sum(year in years for years in before) / len(before) if before else None
