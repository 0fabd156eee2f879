"""A planner's year: what was published, said and sold becomes what is booked, once, and told by kind."""

import datetime as dt
import json

import polars as pl
import pytest

from actions.kinds import forecast_subject
from actions.value_added import poor_record
from actions.value_booking import (
    ACTUAL_SCHEMA,
    ARCHIVE_SCHEMA,
    BOOKED_SCHEMA,
    CARD_SCHEMA,
    EVENT_COLUMNS,
    REGION_ARCHIVE_SCHEMA,
    booked,
    card,
    told_in,
)

MAY, JUNE = dt.date(2025, 5, 1), dt.date(2025, 6, 1)
NAMED = {"publication_name": "night-2025-06-02", "run_id": "r"}
NOTHING = pl.DataFrame(schema=BOOKED_SCHEMA)


def archive(*rows, product="P", period=MAY) -> pl.DataFrame:
    """Published forecasts of a month, from (day, naive, P50)."""
    made = [(product, period, on, naive, 0.8 * p50, p50, 1.2 * p50, f"night-{on}") for on, naive, p50 in rows]
    return pl.DataFrame(made, schema=ARCHIVE_SCHEMA, orient="row")


APRIL_1, MARCH_1 = dt.date(2025, 4, 1), dt.date(2025, 3, 1)
PUBLISHED = archive((MARCH_1, 130.0, 90.0), (APRIL_1, 120.0, 100.0), (dt.date(2025, 4, 20), 1.0, 1.0))
NO_REGIONS = pl.DataFrame(schema=REGION_ARCHIVE_SCHEMA)


def sales(*rows) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=ACTUAL_SCHEMA, orient="row")


SOLD = sales(("P", None, MAY, 140.0), ("Q", None, JUNE, 1.0))


def override(action_id, quantity, done_on, *, region=None, period=MAY, by="Li Na", **event) -> dict:
    payload = {
        "product_id": "P",
        "region_code": region,
        "period_on": period.isoformat(),
        "model_quantity": "100",
        "quantity": str(quantity),
        "factor": None,
        "expires_on": "2025-12-31",
        "limit_share": "1",
    }
    return {
        "action_id": action_id,
        "kind_code": "override_forecast",
        "subject_type_code": "forecast",
        "subject_id": forecast_subject("P", region, period),
        "payload": json.dumps(payload),
        "reason_code": "customer",
        "done_by": by,
        "done_at": dt.datetime.combine(done_on, dt.time(9)),
        "undoes_action_id": None,
    } | event


def events(*rows) -> pl.DataFrame:
    kinds = dict.fromkeys(EVENT_COLUMNS, pl.String) | {
        "sequence_no": pl.Int64,
        "done_at": pl.Datetime("us"),
    }
    numbered = [{"sequence_no": number, **row} for number, row in enumerate(rows, 1)]
    return pl.DataFrame(numbered, schema=kinds)


def book_on(day, *actions, sold=SOLD, told=NOTHING, published=PUBLISHED, regions=NO_REGIONS):
    return booked(events(*actions), sold, published, regions, told, day, **NAMED)


def test_a_month_is_booked_from_what_stood_at_each_lag():
    found = book_on(dt.date(2025, 6, 2), override("a", 150, APRIL_1))
    assert found.schema == pl.Schema(BOOKED_SCHEMA)
    columns = ("lag_days", "quantity_naive", "quantity_model", "quantity_override", "quantity_actual")
    assert found.select(columns).rows() == [(30, 120, 100, 150, 140), (60, 130, 90, 90, 140)]
    assert found.select("done_by", "size_code", "quantity_p10").rows() == [
        ("Li Na", "up_to_50", 80),
        (None, None, 72),
    ]


def test_neither_a_late_edit_nor_a_corrected_sale_changes_what_is_booked():
    first = book_on(dt.date(2025, 6, 2), override("a", 150, APRIL_1))
    edits = [override("a", 150, APRIL_1), override("b", 1, dt.date(2025, 4, 2)), override("c", 2, JUNE)]
    later = book_on(
        dt.date(2025, 6, 9), *edits, told=first, sold=sales(("P", None, MAY, 7.0), ("Q", None, JUNE, 1.0))
    )
    assert later.equals(first)
    # The same edits before the first booking are no different: they came after the lag.
    assert book_on(dt.date(2025, 6, 2), *edits).equals(first)


def test_a_month_waits_for_its_end_and_for_sales_after_it():
    assert book_on(dt.date(2025, 5, 31)).is_empty()
    assert book_on(dt.date(2025, 6, 2), sold=sales(("P", None, MAY, 140.0))).is_empty()
    (row,) = book_on(dt.date(2025, 6, 2), sold=SOLD.filter(product_id="Q")).filter(lag_days=30).to_dicts()
    assert row["quantity_actual"] == 0  # nothing was sold of it, and that is an answer


def test_an_earlier_day_does_not_know_what_a_later_one_booked():
    first = book_on(dt.date(2025, 6, 2))
    assert book_on(JUNE, told=first).is_empty()


def test_of_a_region_only_what_somebody_changed_is_booked_and_counts_once():
    regions = pl.concat(
        [PUBLISHED.with_columns(region_code=pl.lit(region)) for region in ("east", "west")]
    ).select(list(REGION_ARCHIVE_SCHEMA))
    sold = pl.concat([SOLD, sales(("P", "east", MAY, 60.0))])
    found = book_on(
        dt.date(2025, 6, 2), override("a", 70, APRIL_1, region="east"), sold=sold, regions=regions
    )
    assert found["region_code"].to_list() == [None, None, "east", "east"]
    told = card(found, dt.date(2025, 6, 2), **NAMED)
    counts = dict(told.filter(lag_days=30, step_code="override").select("group_code", "cell_count").rows())
    assert counts["all"] == 1
    assert counts["person"] == counts["overridden"] == 1


def test_an_action_that_cannot_be_read_is_named_and_left_out(caplog):
    broken = override("x", 150, APRIL_1, payload="{}")
    unknown = override("y", 150, APRIL_1, kind_code="prophesy")
    found = book_on(dt.date(2025, 6, 2), broken, unknown)
    assert found["done_by"].null_count() == 2
    assert "action x" in caplog.text
    assert "action y" in caplog.text


def test_without_any_forecast_or_sale_both_tables_are_empty_with_their_columns():
    none = book_on(
        JUNE, sold=pl.DataFrame(schema=ACTUAL_SCHEMA), published=pl.DataFrame(schema=ARCHIVE_SCHEMA)
    )
    assert (none.height, none.schema) == (0, pl.Schema(BOOKED_SCHEMA))
    told = card(none, JUNE, **NAMED)
    assert (told.height, told.schema) == (0, pl.Schema(CARD_SCHEMA))


@pytest.mark.parametrize(("last_rows", "is_told"), [(8, True), (7, False)])
def test_the_card_has_the_vector_and_what_the_next_override_is_warned_by(last_rows, is_told):
    vector = [(100, 120, 90, 95), (80, 90, 100, 85), (120, 100, 120, 120), (100, 100, 110, 105)]
    rows = [
        _row(number, *values, by="Wang Wei", why="weather", size="up_to_10")
        for number, values in enumerate(vector)
    ]
    rows += [_row(4 + n, 100, 100, 100, 120 + n, by="Li Na") for n in range(last_rows)]
    told = card(pl.DataFrame(rows, schema=BOOKED_SCHEMA), JUNE, **NAMED)
    good = told.filter(group_code="person", done_by="Wang Wei").sort("step_code")
    assert good["value_added_share"].to_list() == [0.0, 0.025, 0.0625]  # agreed, model, override
    assert good["cell_count"].to_list() == [4, 4, 4]
    poor = told.filter(group_code="person", done_by="Li Na", step_code="override").row(0, named=True)
    assert poor["low_share"] <= poor["value_added_share"] <= poor["high_share"] < 0
    kind = {"done_by": "Li Na", "reason_code": "customer", "size_code": "up_to_25"}
    found = poor_record(lambda by: told_in(told, by), kind)
    assert (found is not None) == is_told


def _row(number, actual, naive, model, said, *, by, why="customer", size="up_to_25"):
    period = dt.date(2024 + number // 12, 1 + number % 12, 1)
    row = dict.fromkeys(BOOKED_SCHEMA)
    return row | {
        "product_id": "P",
        "period_on": period,
        "lag_days": 30,
        "frozen_on": period,
        "quantity_naive": float(naive),
        "quantity_model": float(model),
        "quantity_override": float(said),
        "quantity_agreed": float(said),
        "quantity_actual": float(actual),
        "forecast_override_id": f"o{number}",
        "done_by": by,
        "reason_code": why,
        "size_code": size,
        "booked_on": JUNE,
    }
