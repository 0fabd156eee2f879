"""Where the goods of a late line could come from instead: suppliers, own warehouses, models that stand in."""

from datetime import date

import polars as pl

from ml.schedule.alternative_frames import AlternativeConfig, AlternativeFrames

#: What a source of goods has beside the columns of its line.
_FOUND = (
    "option_code",
    "arrival_on",
    "cost_amount",
    "cost_currency_code",
    "risk_share",
    "supplier_id",
    "warehouse_id",
    "substitute_id",
    "quantity",
    "quantity_available",
    "lead_time_days",
    "unit_price_amount",
    "is_approval_needed",
)
_LINE = ("purchase_line_id", "milestone_id", "project_id")


def other_goods(
    lines: pl.DataFrame, frames: AlternativeFrames, as_of_on: date, config: AlternativeConfig
) -> pl.DataFrame:
    """Every source that the data show to have the goods sooner than the line expects them.

    lines: late lines with wanted_quantity, unit_amount (what one costs now), expected_on and region_code
    (where the goods are wanted). A supplier must quote the product today, for that quantity, with a lead
    time; a warehouse must have it free, whole, and a tariff to the region. One row a line and source.
    """
    asked = lines.select(
        *_LINE,
        "product_id",
        "expected_on",
        "region_code",
        "unit_amount",
        "currency_code",
        line_supplier_id="supplier_id",
        line_quantity="wanted_quantity",
        wanted_quantity="wanted_quantity",
        substitute_id=pl.lit(None, pl.String),
        is_approval_needed=pl.lit(False),
    )
    stand_ins = (
        asked.drop("substitute_id", "is_approval_needed")
        .join(frames["substitutes"].unique(["product_id", "substitute_id"], keep="first"), on="product_id")
        .filter(pl.col("substitute_id") != pl.col("product_id"))
        .with_columns(
            product_id="substitute_id",
            wanted_quantity=pl.col("line_quantity") * pl.col("conversion").fill_null(1.0),
            is_approval_needed=pl.col("is_approval_needed").fill_null(True),
        )
        .select(asked.columns)
    )
    wanted = pl.concat([asked, stand_ins]).filter(pl.col("wanted_quantity") > 0)
    found = pl.concat(
        [_suppliers(wanted, frames, as_of_on, config), _warehouses(wanted, frames, as_of_on, config)],
        how="diagonal_relaxed",
    )
    return _told(found, config).filter(pl.col("arrival_on") < pl.col("expected_on")).select(*_LINE, *_FOUND)


def _suppliers(
    wanted: pl.DataFrame, frames: AlternativeFrames, as_of_on: date, config: AlternativeConfig
) -> pl.DataFrame:
    """Of each supplier the bracket of its newest price that the quantity reaches."""
    prices = frames["prices"].filter(_in_force(as_of_on), pl.col("lead_time_days") >= 0)
    suppliers = frames["suppliers"].unique("supplier_id", keep="first")
    return (
        wanted.join(prices.rename({"currency_code": "price_currency_code"}), on="product_id")
        .filter(
            pl.col("supplier_id").ne_missing(pl.col("line_supplier_id"))
            | pl.col("substitute_id").is_not_null(),
            pl.col("min_quantity").fill_null(0) <= pl.col("wanted_quantity"),
        )
        .sort(
            "valid_from_on",
            "min_quantity",
            "unit_price_amount",
            descending=[True, True, False],
            nulls_last=True,
        )
        .unique([*_LINE, "product_id", "supplier_id"], keep="first", maintain_order=True)
        .join(suppliers, on="supplier_id", how="left")
        .filter(pl.col("is_active").fill_null(True))
        .with_columns(
            option_code=pl.lit("other_supplier"),
            ready_days="lead_time_days",
            risk=(1 - pl.col("on_time_share")).fill_null(config.unknown_risk_share),
            # Prices in two currencies are not compared: no cost is better than a wrong one.
            cost_amount=pl.when(pl.col("price_currency_code").eq_missing(pl.col("currency_code"))).then(
                pl.col("unit_price_amount") * pl.col("wanted_quantity")
                - pl.col("unit_amount") * pl.col("line_quantity")
            ),
            cost_currency_code="price_currency_code",
            as_of_on=pl.lit(as_of_on),
        )
    )


def _warehouses(
    wanted: pl.DataFrame, frames: AlternativeFrames, as_of_on: date, config: AlternativeConfig
) -> pl.DataFrame:
    """Each warehouse that has it all free, by its quickest tariff, of equals the cheapest."""
    free = (pl.col("quantity_on_hand") - pl.col("quantity_reserved").fill_null(0)).alias("quantity_available")
    stock = frames["stock"].group_by("warehouse_id", "product_id").agg(free.sum())
    warehouses = frames["warehouses"].filter(pl.col("is_active").fill_null(True)).drop("is_active")
    weights = frames["products"].unique("product_id", keep="first")
    tariffs = frames["tariffs"].filter(_in_force(as_of_on), pl.col("transit_days") >= 0)
    weight = pl.col("weight_kg") * pl.col("wanted_quantity")
    # Of goods of unknown weight the way is known, the price is not.
    freight = pl.col("base_amount").fill_null(0) + pl.col("price_per_kg_amount").fill_null(0) * weight
    return (
        wanted.join(stock, on="product_id")
        .filter(pl.col("quantity_available") >= pl.col("wanted_quantity"))
        .join(warehouses.rename({"region_code": "origin_region_code"}), on="warehouse_id")
        .join(weights, on="product_id", how="left")
        .join(
            tariffs.rename({"currency_code": "cost_currency_code"}),
            left_on=["origin_region_code", "region_code"],
            right_on=["origin_region_code", "destination_region_code"],
        )
        .filter(
            weight.is_null()
            | (
                (weight >= pl.col("min_weight_kg").fill_null(0))
                & (weight < pl.col("max_weight_kg").fill_null(float("inf")))
            )
        )
        .with_columns(cost_amount=freight)
        .sort("transit_days", "cost_amount", "tariff_id", nulls_last=True)
        .unique([*_LINE, "product_id", "warehouse_id"], keep="first", maintain_order=True)
        .with_columns(
            option_code=pl.lit("other_warehouse"),
            ready_days="transit_days",
            lead_time_days="transit_days",
            risk=pl.lit(config.transit_risk_share),
            as_of_on=pl.lit(as_of_on),
        )
    )


def _told(found: pl.DataFrame, config: AlternativeConfig) -> pl.DataFrame:
    """Arrival and risk, a customer's consent to a substitute included."""
    is_asked = pl.col("is_approval_needed").fill_null(False)
    waits = pl.when(is_asked).then(config.approval_days).otherwise(0)
    refused = pl.when(is_asked).then(config.approval_risk_share).otherwise(0.0)
    none = [
        pl.lit(None, dtype).alias(name)
        for name, dtype in (
            ("supplier_id", pl.String),
            ("warehouse_id", pl.String),
            ("quantity_available", pl.Float64),
            ("unit_price_amount", pl.Float64),
        )
        if name not in found.columns
    ]
    return found.with_columns(
        *none,
        arrival_on=pl.col("as_of_on") + pl.duration(days=pl.col("ready_days") + waits),
        lead_time_days=pl.col("ready_days") + waits,
        option_code=pl.when(pl.col("substitute_id").is_not_null())
        .then(pl.lit("substitute_model"))
        .otherwise("option_code"),
        risk_share=(1 - (1 - pl.col("risk")) * (1 - refused)).round(4),
        cost_amount=pl.col("cost_amount").round(2),
        quantity=pl.col("wanted_quantity"),
    )


def _in_force(as_of_on: date) -> pl.Expr:
    return (pl.col("valid_from_on") <= as_of_on).fill_null(True) & (
        pl.col("valid_to_on") >= as_of_on
    ).fill_null(True)
