"""Records count what was known on a day, and features of a day do not know the next."""

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from ml.backtest.leaks import LeakError, check_no_leak
from ml.delay.config import ITEM_SCHEMA, ModelConfig
from ml.delay.features import asked_at, features
from ml.delay.history import History, day_numbers, shared_codes
from ml.delay.items import as_items, purchase_items
from tests.unit.ml.delay.made_up import company, item

DAY = date(2024, 3, 1)


def day(number: int) -> date:
    return DAY + timedelta(days=number)


def test_a_record_counts_overdue_work_as_late_from_the_day_after_its_date() -> None:
    items = as_items(
        pl.DataFrame(
            [
                item("on_time", day(0), day(10), day(8), site_id="s"),
                item("late", day(0), day(10), day(30), site_id="s"),
                item("open", day(0), day(10), None, site_id="s"),
                item("elsewhere", day(0), day(10), day(90), site_id="t"),
            ],
            schema=ITEM_SCHEMA,
        )
    )
    history = History(items, 8)
    keys, asked = shared_codes(history.items["site_id"], pl.Series(["s"] * 4))
    days = day_numbers(pl.Series([day(9), day(10), day(11), day(40)]))
    record = history.record(keys, asked, days)
    assert record.open_count.tolist() == [2, 2, 2, 1]
    assert record.known_count.tolist() == [1, 1, 3, 3]
    assert record.late_count.tolist() == [0, 0, 2, 2]
    assert record.overdue_count.tolist() == [0, 0, 2, 1]
    # Two days early; then two more, a day over each; then 20 late for good and 30 so far.
    assert record.mean_delay.tolist() == [-2, -2, 0, 16]
    assert history.last_delay(keys, asked, days).tolist() == [-2, -2, -2, 20]


def test_features_do_not_change_with_what_comes_later() -> None:
    items = company(seed=1, count=300)
    origin = items["started_on"].sort()[180]
    config = ModelConfig()

    def make(frames: dict[str, pl.DataFrame], at: date) -> pl.DataFrame:
        known = frames["items"].filter(pl.col("item_id").is_in(wanted["item_id"].to_list()))
        return features(frames["items"], asked_at(known, pl.lit(at)), config).drop("as_of_on")

    wanted = items.filter(pl.col("started_on") <= origin)
    known_on = {"items": {"finished_on": [], "started_on": [], "supplier_known_on": ["supplier_id"]}}
    check_no_leak(make, {"items": items}, known_on, origin, key="item_id")


def test_a_planted_leak_is_found() -> None:
    items = company(seed=1, count=300)
    origin = items["started_on"].sort()[180]

    def make(frames: dict[str, pl.DataFrame], at: date) -> pl.DataFrame:
        asked = asked_at(
            frames["items"].filter(pl.col("started_on") <= items["started_on"].min()), pl.lit(at)
        )
        peeked = frames["items"]["finished_on"].is_not_null().mean()
        return (
            features(frames["items"], asked, ModelConfig()).drop("as_of_on").with_columns(peek=pl.lit(peeked))
        )

    with pytest.raises(LeakError, match="peek"):
        check_no_leak(make, {"items": items}, {"items": {"finished_on": []}}, origin, key="item_id")


def test_what_nobody_has_and_what_nobody_has_seen() -> None:
    items = company(seed=2, count=80).with_columns(pl.lit(None, pl.String).alias("region_code"))
    stranger = as_items(pl.DataFrame([item("new", None, day(900), None, site_id="never", label="")]))
    asked = asked_at(stranger, pl.lit(day(800)))
    made = features(pl.concat([items, stranger]), asked, ModelConfig())
    assert not any(name.startswith("region__") for name in made.columns)
    assert np.isfinite(made.drop("item_id", "as_of_on").to_numpy()).all()
    assert made["site__known"].item() == 0
    empty = features(items.head(0), asked_at(items.head(0), pl.lit(DAY)), ModelConfig())
    assert empty.height == 0


def test_a_purchase_line_is_open_until_all_of_it_has_come() -> None:
    line = {
        "purchase_line_id": "P/1", "purchase_order_id": "P", "project_id": "j", "supplier_id": "s",
        "product_id": "x", "quantity": 5.0, "line_amount": 10.0, "milestone_id": None, "ordered_on": None,
        "promised_on": day(100), "quantity_open": 2.0, "last_received_on": day(90), "is_cancelled": False,
    }  # fmt: skip
    lines = pl.DataFrame([line, line | {"purchase_line_id": "P/2", "quantity_open": 0.0}])
    items = purchase_items(lines)
    assert items["finished_on"].to_list() == [None, day(90)]
    assert items["started_on"].to_list() == [day(10), day(10)]
