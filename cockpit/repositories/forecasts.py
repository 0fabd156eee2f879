"""Queries about forecasts: what each question's nightly tables say, their records, cards and back-tests."""

from decimal import Decimal

import polars as pl

from actions.policy import OVERRIDE_LIMIT
from cockpit.repositories.published import Reader
from cockpit.repositories.tables import has_table

#: Customers and devices listed; the rest is reached by the pages of their own.
RANKED = 500


def delay_by_class(reader: Reader) -> pl.DataFrame:
    """The delay bands by reference class: how many open milestones use it and what it says, in days."""
    return reader.rows(
        """
        select
            reference_class, method_code,
            count(*) as milestone_count,
            max(reference_count) as reference_count,
            round(median(delay_p10_days))::bigint as delay_p10_days,
            round(median(delay_p50_days))::bigint as delay_p50_days,
            round(median(delay_p80_days))::bigint as delay_p80_days,
            round(median(delay_p90_days))::bigint as delay_p90_days
        from marts.mart_milestone_outlook
        where has_forecast
        group by all
        order by milestone_count desc, reference_class
        """
    )


def products_with_forecast(reader: Reader, limit: int) -> pl.DataFrame:
    """Products with a forecast, the largest expected demand first."""
    return reader.rows(
        """
        select
            product_id, coalesce(any_value(product_name), product_id) as product_name,
            any_value(category_code) as category_code, any_value(unit_code) as unit_code,
            any_value(method_code) as method_code, max(history_months) as history_months,
            sum(quantity_p50) as quantity_p50, sum(quantity_p90) as quantity_p90, count(*) as month_count
        from marts.mart_demand_outlook
        where is_forecast
        group by product_id
        order by sum(quantity_p50) desc nulls last, product_id
        limit ?
        """,
        limit,
    )


def demand(reader: Reader, product_id: str) -> pl.DataFrame:
    """One product's months, oldest first: what was ordered and what is forecast."""
    return reader.rows(
        "select period_on, is_forecast, is_whole_month, quantity_actual,"
        " quantity_p10, quantity_p50, quantity_p80, quantity_p90, method_code, unit_code"
        " from marts.mart_demand_outlook where product_id = ? order by period_on",
        product_id,
    )


def demand_total(reader: Reader) -> pl.DataFrame:
    """One row: products with a forecast and how many months of it."""
    return reader.rows(
        "select count(distinct product_id) as product_count, max(horizon_months) as horizon_months"
        " from marts.mart_demand_outlook where is_forecast"
    )


def demand_naive(reader: Reader, product_id: str) -> pl.DataFrame:
    """What last year's month says of one product's coming months: period_on, quantity_naive."""
    return _rows(
        reader,
        "ml_demand_forecast",
        "select period_on, quantity_naive from ml.ml_demand_forecast where product_id = ? order by period_on",
        product_id,
    )


def demand_regions(reader: Reader, product_id: str) -> pl.DataFrame:
    """The regions that buy a product, the largest expected demand first."""
    return _rows(
        reader,
        "ml_demand_region_forecast",
        """
        select region_code, sum(quantity_p50) as quantity_p50
        from ml.ml_demand_region_forecast
        where product_id = ?
        group by region_code
        order by quantity_p50 desc nulls last, region_code
        """,
        product_id,
    )


def region_demand(reader: Reader, product_id: str, region_code: str) -> pl.DataFrame:
    """One product's coming months in one region, with last year's month."""
    return _rows(
        reader,
        "ml_demand_region_forecast",
        """
        select
            period_on, quantity_naive, quantity_p10, quantity_p50, quantity_p80, quantity_p90, method_code
        from ml.ml_demand_region_forecast
        where product_id = ? and region_code = ?
        order by period_on
        """,
        product_id,
        region_code,
    )


def region_history(reader: Reader, product_id: str, region_code: str) -> pl.DataFrame:
    """What a region ordered of a product by month, oldest first: period_on, quantity_actual.

    A customer without a region is of `unknown`, as in the forecast by region. Cancelled lines don't count.
    """
    return reader.rows(
        """
        select
            cast(date_trunc('month', lines.ordered_on) as date) as period_on,
            sum(lines.quantity) as quantity_actual
        from marts.fct_order_line as lines
        left join marts.dim_customer as customers on lines.customer_id = customers.customer_id
        where lines.product_id = ? and coalesce(customers.region_code, 'unknown') = ?
            and not lines.is_cancelled and lines.ordered_on <= ?
        group by period_on
        order by period_on
        """,
        product_id,
        region_code,
        reader.publication.as_of_on,
    )


def override_limit(reader: Reader) -> Decimal:
    """The change, as a share of the model's figure, above which another person must approve.

    Zero where the publication names none: then every change is approved.
    """
    found = reader.rows("select value from marts.figure_default where name = ?", OVERRIDE_LIMIT)
    return Decimal(0) if found.is_empty() else Decimal(str(found["value"][0]))


def churn(reader: Reader) -> pl.DataFrame:
    """Customers by what their silence puts at stake: silent ones first, then by probability.

    With what speaks for their leaving, and the care that answers it, where the publication tells them.
    """
    outlook = reader.rows(
        "select * from marts.mart_churn_outlook order by is_silent desc nulls last,"
        " churn_probability_share desc nulls last, order_amount desc nulls last, customer_id"
    )
    if not has_table(reader, "ml", "ml_churn_risk"):
        return outlook
    risks = reader.rows("select * from ml.ml_churn_risk")
    told = [name for name in CHURN_TOLD if name in risks.columns]
    return outlook.join(
        risks.select("customer_id", *told), on="customer_id", how="left", maintain_order="left"
    )


CHURN_TOLD = (
    "churn_probability_low_share",
    "churn_probability_high_share",
    "driver_1_code",
    "driver_2_code",
    "driver_3_code",
    "care_code",
    "expected_value_amount",
)


def value(reader: Reader) -> pl.DataFrame:
    """What each customer brings in the coming year, the most first."""
    return _rows(
        reader,
        "ml_value_forecast",
        """
        select coalesce(customers.name, told.customer_id) as customer_name, told.*
        from ml.ml_value_forecast as told
        left join marts.dim_customer as customers on told.customer_id = customers.customer_id
        order by told.margin_p50_amount desc nulls last, told.score_share desc nulls last, told.customer_id
        limit ?
        """,
        RANKED,
    )


def currency(reader: Reader) -> str | None:
    """The reporting currency, as the portraits of customers have it."""
    found = reader.rows("select any_value(currency_code) as currency_code from marts.mart_customer_portrait")
    return None if found.is_empty() else found["currency_code"][0]


def device_risk(reader: Reader) -> pl.DataFrame:
    """Devices that wear out, the surest failure and the greatest wear first."""
    return _rows(
        reader,
        "ml_device_risk",
        """
        select * from ml.ml_device_risk
        order by
            is_suggested desc, failure_probability_share desc nulls last,
            wear_index desc nulls last, device_id
        limit ?
        """,
        RANKED,
    )


def coverage(reader: Reader) -> pl.DataFrame:
    """How the published bands of delay held, over all and by phase and tier."""
    return _rows(
        reader, "ml_coverage_card", "select * from ml.ml_coverage_card order by segment_kind, segment"
    )


def drift(reader: Reader, question: str) -> pl.DataFrame:
    """How far each feature of a question moved from its training snapshot; none while it is not watched."""
    return _rows(
        reader,
        "ml_drift_card",
        "select * from ml.ml_drift_card where question_code = ? order by psi desc nulls first, feature_code",
        question,
    )


def milestone_trust(reader: Reader) -> pl.DataFrame:
    """What the bands of open milestones stand on: milestone_id, tier_code, is_schedule_trusted.

    The tier is the customer's present one; NULL where nothing is known.
    """
    return reader.rows(
        """
        select milestones.milestone_id, tiers.tier_code, milestones.is_schedule_trusted
        from marts.mart_milestone_outlook as milestones
        left join marts.dim_customer_tier as tiers
            on milestones.customer_id = tiers.customer_id and tiers.is_current
        """
    )


def delay_drivers(reader: Reader) -> pl.DataFrame:
    """What makes each open milestone late: milestone_id, driver_1_code, driver_1_value."""
    return _rows(
        reader,
        "ml_delay_forecast",
        "select milestone_id, driver_1_code, driver_1_value from ml.ml_delay_forecast",
    )


def card(reader: Reader, question: str) -> pl.DataFrame:
    """The model card of a question: one row a method and measure; none before its first training."""
    return _rows(reader, f"ml_{question}_card", f"select * from ml.ml_{question}_card order by all")


def backtest(reader: Reader, question: str) -> pl.DataFrame:
    """The back-test behind the card: one row a method, measure, origin, segment and horizon."""
    return _rows(reader, f"ml_{question}_backtest", f"select * from ml.ml_{question}_backtest order by all")


def booked(reader: Reader) -> pl.DataFrame:
    """Forecasts and words against them that met their actuals, the newest month first."""
    return _rows(
        reader,
        "ml_override_backtest",
        """
        select coalesce(products.name, told.product_id) as product_name, told.*
        from ml.ml_override_backtest as told
        left join marts.dim_product as products on told.product_id = products.product_id
        order by told.period_on desc, told.product_id, told.region_code nulls first, told.lag_days
        """,
    )


def value_added(reader: Reader) -> pl.DataFrame:
    """What naive, model, override and agreed were worth, by group."""
    return _rows(reader, "ml_override_card", "select * from ml.ml_override_card order by all")


def _rows(reader: Reader, table: str, sql: str, *parameters: object) -> pl.DataFrame:
    """The result, or no rows and no columns while the publication holds no such table."""
    return reader.rows(sql, *parameters) if has_table(reader, "ml", table) else pl.DataFrame()
