"""A planted leak is found and named; features cut at the origin pass."""

from datetime import date, timedelta

import polars as pl
import pytest

from ml.backtest.leaks import LeakError, check_no_leak

ORIGIN = date(2025, 6, 1)
ORDERS = pl.DataFrame(
    {
        "customer_id": [f"C{i % 7}" for i in range(200)],
        "ordered_on": [date(2025, 1, 1) + timedelta(days=2 * i) for i in range(200)],
        "amount": [float(i * 37 % 101) for i in range(200)],
    }
)
KNOWN_ON = {"orders": {"ordered_on": ["amount"]}}


def cut_features(frames, origin):
    orders = frames["orders"].filter(pl.col("ordered_on") <= origin)
    return orders.group_by("customer_id").agg(pl.col("amount").sum(), last_on=pl.col("ordered_on").max())


def leaking_features(frames, origin):
    mean = frames["orders"].group_by("customer_id").agg(mean_amount=pl.col("amount").mean())
    return cut_features(frames, origin).join(mean, on="customer_id")


def test_features_of_the_past_alone_pass():
    check_no_leak(cut_features, {"orders": ORDERS}, KNOWN_ON, ORIGIN, key="customer_id")


def test_a_mean_over_all_time_is_named():
    with pytest.raises(LeakError, match="mean_amount") as caught:
        check_no_leak(leaking_features, {"orders": ORDERS}, KNOWN_ON, ORIGIN, key="customer_id")
    assert caught.value.columns == ["mean_amount"]


def test_rows_that_only_the_future_brings_are_named():
    def all_customers(frames, origin):
        late = frames["orders"].filter(pl.col("ordered_on") > pl.lit(origin) + pl.duration(days=400))
        return late.select("customer_id").unique().with_columns(one=pl.lit(1))

    with pytest.raises(LeakError, match="which rows"):
        check_no_leak(all_customers, {"orders": ORDERS}, KNOWN_ON, ORIGIN, key="customer_id")
