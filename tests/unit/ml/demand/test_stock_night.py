"""What the night asks about stock: warehouses as one, the company's own service level, nothing at all."""

from datetime import date

import polars as pl

from ml.demand.config import INPUT_SCHEMA
from ml.demand.lead_times import PRODUCT_SCHEMA, RECEIPT_SCHEMA
from ml.demand.peak_record import PEAK_SCHEMA
from ml.demand.policy import FORECAST_READS, FORETOLD_SCHEMA, POLICY_SCHEMA
from ml.demand.stock_night import TOLD_SCHEMA, peaks, policies, record
from ml.demand.warning import WARNING_SCHEMA

AS_OF = date(2025, 6, 10)
STAMP = {"publication_name": "night", "run_id": "r"}
#: A first night: nothing has been foretold yet.
UNTOLD = pl.DataFrame(schema=FORETOLD_SCHEMA)
STAMPED = {"publication_name": pl.String, "_run_id": pl.String}
STOCK = ["product_id", "warehouse_id", "quantity_on_hand", "quantity_on_order"]
HELD = {"product_id": pl.String, "safety_stock_quantity": pl.Float64, "lead_time_p90_days": pl.Float64}


def service(share: float) -> pl.DataFrame:
    return pl.DataFrame({"name": ["idle_days", "stock_service_share"], "value": [90, share]}, strict=False)


def lines() -> pl.DataFrame:
    months = pl.date_range(date(2022, 6, 1), date(2025, 5, 1), "1mo", eager=True).to_list()
    rows = [("p", "c", on, "sale", 200.0 if on.month == 7 else 10.0, False) for on in months]
    return pl.DataFrame(rows, schema=INPUT_SCHEMA, orient="row")


def forecasts() -> pl.DataFrame:
    rows = [
        ("p", date(2025, 6, 1), 8.0, 10.0, 12.0, 14.0),
        ("p", date(2025, 7, 1), 190.0, 200.0, 220.0, 240.0),
    ]
    return pl.DataFrame(rows, schema=FORECAST_READS, orient="row")


def test_a_company_without_sales_has_empty_tables_with_their_columns() -> None:
    nothing = lines().head(0)
    held = policies(
        forecasts().head(0), nothing, pl.DataFrame(schema=RECEIPT_SCHEMA),
        pl.DataFrame(schema=PRODUCT_SCHEMA), service(0.95), UNTOLD, AS_OF, **STAMP,
    )  # fmt: skip
    assert (held.schema, held.height) == (pl.Schema(POLICY_SCHEMA | STAMPED), 0)
    stock = pl.DataFrame(schema=dict.fromkeys(STOCK[:2], pl.String) | dict.fromkeys(STOCK[2:], pl.Float64))
    found = peaks(
        forecasts().select("product_id", "period_on", "quantity_p50", "quantity_p80").head(0),
        nothing, stock, held.select(*HELD), pl.DataFrame(schema=TOLD_SCHEMA), AS_OF, **STAMP,
    )  # fmt: skip
    assert (found.schema, found.height) == (pl.Schema(WARNING_SCHEMA | STAMPED), 0)
    told = record(nothing, AS_OF, **STAMP)
    assert (set(told.columns), told.height) == ({*PEAK_SCHEMA, "as_of_on", *STAMPED}, 0)


def test_the_companys_own_service_level_counts() -> None:
    products = pl.DataFrame([("p", 20.0)], schema=PRODUCT_SCHEMA, orient="row")
    low, high = (
        policies(
            forecasts(),
            lines(),
            pl.DataFrame(schema=RECEIPT_SCHEMA),
            products,
            service(share),
            UNTOLD,
            AS_OF,
            **STAMP,
        ).row(0, named=True)
        for share in (0.6, 0.99)
    )
    assert (low["service_share"], high["service_share"]) == (0.6, 0.99)
    assert low["lead_demand_quantity"] == high["lead_demand_quantity"]
    assert low["safety_stock_quantity"] < high["safety_stock_quantity"]
    assert (low["publication_name"], low["_run_id"]) == ("night", "r")


def test_all_warehouses_are_one_stock() -> None:
    stock = pl.DataFrame(
        [("p", "W1", 100.0, 20.0), ("p", "W2", 30.0, 0.0), ("q", "W1", 5.0, 0.0)], schema=STOCK, orient="row"
    )
    held = pl.DataFrame([("p", 15.0, 24.2)], schema=HELD, orient="row")
    told = pl.DataFrame([("p", date(2025, 7, 1), date(2025, 5, 25), True)], schema=TOLD_SCHEMA, orient="row")
    found = peaks(forecasts(), lines(), stock, held, told, AS_OF, **STAMP).row(0, named=True)
    assert (found["quantity_on_hand"], found["quantity_on_order"], found["quantity_short"]) == (130, 20, 85)
    # The first of July lies 21 days ahead: it was told in time, and its order should have left a while ago.
    assert (found["is_told"], found["told_on"]) == (True, date(2025, 5, 25))
    assert found["order_by_on"] == date(2025, 6, 6)


def test_the_record_tells_its_date_and_its_peaks() -> None:
    found = record(lines(), AS_OF, **STAMP)
    assert found.select("product_id", "period_on", "is_peak", "is_told", "as_of_on").rows() == [
        # After a single year nobody can know that a month comes again: the first return is missed.
        ("p", date(2023, 7, 1), True, False, AS_OF),
        ("p", date(2024, 7, 1), True, True, AS_OF),
    ]
