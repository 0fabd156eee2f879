"""How much of each product to hold: what may be asked for until more can come, by forecast and lead time."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from ml.demand.classes import demand_class
from ml.demand.config import INPUT_SCHEMA, QUANTILES
from ml.demand.history import last_complete_month, monthly_series, sold_by_month
from ml.demand.lead_times import LEAD_SCHEMA
from ml.demand.stock import (
    StockPolicy,
    claim_for_fill,
    level_for_claim,
    normal_policy,
    service_z,
    stock_policy,
)
from ml.frames import with_schema

#: Columns of `ml_demand_forecast` that the policy reads.
FORECAST_READS: dict[str, type[pl.DataType]] = {
    "product_id": pl.String,
    "period_on": pl.Date,
    **{f"quantity_p{round(100 * share)}": pl.Float64 for share in QUANTILES},
}
#: What earlier nights foretold of months that are over: how much their distributions may be relied on.
FORETOLD_SCHEMA: dict[str, type[pl.DataType]] = {
    **FORECAST_READS,
    "horizon_months": pl.Int64,
    "as_of_on": pl.Date,
}
FORETOLD_QUANTITIES = tuple(FORECAST_READS)[2:]
#: One row a product that has a forecast.
POLICY_SCHEMA: dict[str, type[pl.DataType]] = {
    "product_id": pl.String,
    "as_of_on": pl.Date,
    "method_code": pl.String,
    "class_code": pl.String,
    "service_share": pl.Float64,
    "lead_time_days": pl.Float64,
    "lead_time_deviation_days": pl.Float64,
    "lead_time_p90_days": pl.Float64,
    "lead_time_count": pl.Int64,
    "lead_time_source_code": pl.String,
    "lead_demand_quantity": pl.Float64,
    "safety_stock_quantity": pl.Float64,
    "reorder_point_quantity": pl.Float64,
}
#: How a policy was made. `empirical`: the quantile of the lead time's demand, one for all such products and
#: never below that of the service level. `normal`: z deviations, for steady demand, whose law is near to
#: normal. The others are refused by name: quantities are NULL.
METHODS = ("empirical", "normal", "no_forecast", "no_lead_time")
STEADY = ("smooth", "constant")

#: Levels at which the distribution of a month is read, and shares between which a policy's point is sought.
_LEVELS = (np.arange(100) + 0.5) / 100
_SHARES = np.arange(1, 1000) / 1000
#: With fewer foretold months of unsteady demand, what they met is chance.
_FEWEST_FORETOLD = 200
_P10_TO_P90 = 2 * 1.2815515655446004


@dataclass(frozen=True)
class _Ahead:
    """A product's coming months: days of each that are still to come, days it has, and its quantiles."""

    left: np.ndarray
    days: np.ndarray
    quantiles: np.ndarray


@dataclass(frozen=True)
class _LeadDemand:
    """A product's demand of a lead time: its mean, and its quantiles at _SHARES."""

    mean: float
    points: np.ndarray


@dataclass(frozen=True)
class _Service:
    """A service level, the normal law's deviations for it, and the quantile held of unsteady demand."""

    share: float
    z: float
    level: float


def stock_policies(
    forecasts: pl.DataFrame,
    order_lines: pl.DataFrame,
    leads: pl.DataFrame,
    as_of_on: date,
    *,
    service_share: float = 0.95,
    foretold: pl.DataFrame | None = None,
) -> pl.DataFrame:
    """For each product with a forecast what to hold (POLICY_SCHEMA), by product_id.

    forecasts: FORECAST_READS of this date. order_lines: INPUT_SCHEMA, which say how steady demand is. leads:
    LEAD_SCHEMA. service_share: how often stock shall outlast the lead time, and what share of demand it shall
    meet, above 0 and below 1; else ValueError. foretold: FORETOLD_SCHEMA, earlier forecasts of months that
    are over by now.

    All products of unsteady demand hold the same quantile of their lead time's demand, which takes the least
    stock for a share of demand met: that of the service level, or the first that is expected to meet the
    share. If the forecasts of past months expected to meet more than they did, it must expect as much more.

    The demand of a part of a month has that part of its mean and of its variance, as in King's rule («Crack
    the code», APICS 2011); a month that runs high is followed by one that does. Lead times that receipts
    show weigh alike. Beyond the forecast's months demand goes on as in their mean. Quantities have 3 digits.
    """
    if not 0 < service_share < 1:
        raise ValueError(f"service_share must lie between 0 and 1, not {service_share}")
    rows = with_schema(forecasts, FORECAST_READS, "forecasts")
    lines = with_schema(order_lines, INPUT_SCHEMA, "order_lines")
    classes = _classes(lines, as_of_on)
    known = {row["product_id"]: row for row in with_schema(leads, LEAD_SCHEMA, "leads").iter_rows(named=True)}
    ahead = _ahead(rows, as_of_on)
    demands = {
        product: _lead_demand(ahead[product], known[product]["days"])
        for product in sorted(ahead.keys() & known.keys())
        if known[product]["days"] and classes.get(product, "empty") not in STEADY
    }
    claim = service_share if foretold is None else _claim(foretold, lines, classes, as_of_on, service_share)
    service = _Service(service_share, service_z(service_share), _level(demands, claim, service_share))
    found = [
        (
            product,
            as_of_on,
            *_row(
                ahead.get(product),
                classes.get(product, "empty"),
                known.get(product),
                demands.get(product),
                service,
            ),
        )
        for product in rows["product_id"].unique().sort().to_list()
    ]
    return pl.DataFrame(found, schema=POLICY_SCHEMA, orient="row")


def _classes(lines: pl.DataFrame, as_of_on: date) -> dict[str, str]:
    series = monthly_series(sold_by_month(lines, as_of_on), last_complete_month(as_of_on))
    by_product = series.group_by("product_id", maintain_order=True).agg("quantity")
    return {product: demand_class(np.array(sold)) for product, sold in by_product.iter_rows()}


def _level(demands: dict[str, _LeadDemand], claim: float, service_share: float) -> float:
    """The quantile that all hold: of the service level, or the first that is expected to meet the claim."""
    if not demands:
        return service_share
    points = np.column_stack([demand.points for demand in demands.values()])
    return max(service_share, float(_SHARES[level_for_claim(points, _SHARES, claim)]))


def _claim(
    foretold: pl.DataFrame, lines: pl.DataFrame, classes: dict[str, str], as_of_on: date, share: float
) -> float:
    """What share of demand a forecast must expect to meet for `share` to be met, by months that are over.

    Of each product and month what was told on the eve of it: the first word that had it next.
    """
    last_on = last_complete_month(as_of_on)
    sold = sold_by_month(lines, as_of_on).select("product_id", "period_on", "quantity")
    unsteady = [product for product, name in classes.items() if name not in STEADY]
    months = (
        with_schema(foretold, FORETOLD_SCHEMA, "foretold")
        .drop_nulls()
        .filter(
            pl.col("horizon_months") == 1,
            pl.col("period_on") <= last_on,
            pl.col("product_id").is_in(unsteady),
        )
        .sort("product_id", "period_on", "as_of_on")
        .unique(["product_id", "period_on"], keep="first", maintain_order=True)
        .join(sold, on=["product_id", "period_on"], how="left", maintain_order="left")
    )
    if months.height < _FEWEST_FORETOLD:
        return share
    came = months["quantity"].fill_null(0.0).to_numpy()[:, None]
    told = _curve(months.select(FORETOLD_QUANTITIES).to_numpy()).T
    return claim_for_fill(came, told, _LEVELS, share)


def _row(
    ahead: _Ahead | None,
    class_code: str,
    lead: dict | None,
    demand: _LeadDemand | None,
    service: _Service,
) -> tuple[object, ...]:
    """The columns of POLICY_SCHEMA from `method_code` on."""
    lead = lead or {"lead_time_count": 0, "lead_time_source_code": "none", "days": []}
    policy: StockPolicy | None = None
    if ahead is None:
        method = "no_forecast"
    elif not lead["days"]:
        method = "no_lead_time"
    else:
        policy = (
            _normal(ahead, lead["lead_time_days"], lead["lead_time_deviation_days"], service.z)
            if demand is None
            else stock_policy(demand.mean, demand.points, _SHARES, service.level)
        )
        method = policy.method_code
    return (
        method,
        class_code,
        service.share,
        lead.get("lead_time_days"),
        lead.get("lead_time_deviation_days"),
        lead.get("lead_time_p90_days"),
        lead["lead_time_count"],
        lead["lead_time_source_code"],
        *((None,) * 3 if policy is None else _quantities(policy)),
    )


def _quantities(policy: StockPolicy) -> tuple[float, float, float]:
    return round(policy.lead_demand, 3), round(policy.safety_stock, 3), round(policy.reorder_point, 3)


def _ahead(forecasts: pl.DataFrame, as_of_on: date) -> dict[str, _Ahead]:
    """By product the months that are not over, and one more that stands for all later ones."""
    quantities = list(FORETOLD_QUANTITIES)
    left = (pl.col("next_on") - as_of_on).dt.total_days() - 1
    days = (pl.col("next_on") - pl.col("period_on")).dt.total_days()
    rows = (
        forecasts.drop_nulls(quantities)
        .with_columns(next_on=pl.col("period_on").dt.offset_by("1mo"))
        .with_columns(left=left.cast(pl.Float64), days=days.cast(pl.Float64))
        .filter(pl.col("left") > 0)
        .sort("product_id", "period_on")
    )
    by_product = rows.group_by("product_id", maintain_order=True).agg("left", "days", *quantities)
    return {product: _months(*map(np.array, months)) for product, *months in by_product.iter_rows()}


def _months(left: np.ndarray, days: np.ndarray, *quantities: np.ndarray) -> _Ahead:
    quantiles = np.column_stack(quantities)
    return _Ahead(
        np.append(np.minimum(left, days), np.inf),
        np.append(days, days.mean()),
        np.vstack([quantiles, quantiles.mean(axis=0)]),
    )


def _lead_demand(ahead: _Ahead, lead_days: list[float]) -> _LeadDemand:
    """The demand of lead times that are all as likely."""
    curve = _curve(ahead.quantiles)
    mean = curve.mean(axis=1)
    apart = curve - mean[:, None]
    pooled = []
    for days in lead_days:
        parts = _parts(ahead, days)
        swing = parts @ (np.sign(apart) * apart**2)
        pooled.append(np.maximum(parts @ mean + np.sign(swing) * np.sqrt(np.abs(swing)), 0.0))
    drawn = np.concatenate(pooled)
    # Drawn at the middles of equal parts, which Hazen's rule reads back.
    return _LeadDemand(float(drawn.mean()), np.quantile(drawn, _SHARES, method="hazen"))


def _normal(ahead: _Ahead, lead: float, lead_deviation: float, z: float) -> StockPolicy:
    if lead <= 0:
        return StockPolicy(0.0, 0.0, 0.0, "normal")
    parts = _parts(ahead, lead)
    deviation = (ahead.quantiles[:, -1] - ahead.quantiles[:, 0]) / _P10_TO_P90
    demand = float(parts @ _curve(ahead.quantiles).mean(axis=1)) / lead
    a_day = float(np.sqrt(parts @ deviation**2 / lead))
    return normal_policy(demand, a_day, lead, lead_deviation, z)


def _parts(ahead: _Ahead, days: float) -> np.ndarray:
    """What part of each month the next so many days are."""
    before = np.concatenate([[0.0], np.cumsum(ahead.left[:-1])])
    return np.clip(days - before, 0.0, ahead.left) / ahead.days


def _curve(quantiles: np.ndarray) -> np.ndarray:
    """Months × levels: straight lines between the quantiles, beyond the last as far as that lies from P50."""
    low, high = quantiles[:, 0], quantiles[:, -1]
    middle = quantiles[:, QUANTILES.index(0.5)]
    ends = np.maximum(2 * low - middle, 0.0), 2 * high - middle
    knots = np.column_stack([ends[0], quantiles, ends[1]])
    shares = np.array([0.0, *QUANTILES, 1.0])
    return np.vstack([np.interp(_LEVELS, shares, row) for row in knots])
