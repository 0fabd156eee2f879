"""What the demand forecast takes, gives and lets a company choose."""

from dataclasses import dataclass

import polars as pl

QUANTILES: tuple[float, ...] = (0.10, 0.50, 0.80, 0.90)

#: Columns of `fct_order_line` that the forecast reads, one row an order line. Types are cast, others ignored.
#: The sign of a return's quantity does not matter: `kind_code` says what it is.
INPUT_SCHEMA: dict[str, type[pl.DataType]] = {
    "product_id": pl.String,
    "customer_id": pl.String,
    "ordered_on": pl.Date,
    "kind_code": pl.String,
    "quantity": pl.Float64,
    "is_cancelled": pl.Boolean,
}

#: `ml_demand_forecast`: one row a product and coming month, at one business date. `quantity_naive` is what
#: the rule says that every method must beat: the same month a year ago, of a young product its mean month.
OUTPUT_SCHEMA: dict[str, type[pl.DataType]] = {
    "product_id": pl.String,
    "period_on": pl.Date,
    "horizon_months": pl.Int64,
    "as_of_on": pl.Date,
    "method_code": pl.String,
    "history_months": pl.Int64,
    "quantity_naive": pl.Float64,
    "quantity_p10": pl.Float64,
    "quantity_p50": pl.Float64,
    "quantity_p80": pl.Float64,
    "quantity_p90": pl.Float64,
    "publication_name": pl.String,
    "_run_id": pl.String,
}

#: How a row was made: by the product's own history and its class. `_known` is added where commitments or
#: deals count.
METHODS: tuple[str, ...] = (
    "seasonal_naive",  # the same month a year ago, plus the quantiles of such forecasts' past errors
    "naive_mean",  # the mean month of the last year, plus the quantiles of the months' distance from it
    "too_short",  # refused by name: quantiles are NULL
    "blend",  # sold nearly every month: library members and a pooled correction, weighted by back-test
    "pooled",  # intermittent: a pooled regression over all products
    "ses",  # intermittent, as the four below: the classical method that did best at an inner origin
    "croston",
    "croston_sba",
    "tsb",
    "imapa",
    "constant",  # never sold any other quantity
)


@dataclass(frozen=True)
class DemandConfig:
    """How far ahead, and from how much history.

    horizons: months ahead, 1 to `horizons`; month 1 is the first that is not complete at the business date.
    season_months: how far back the same season lies; no horizon may exceed it.
    minimum_errors: seasonal naive needs a season and this many past errors, else the mean month is used.
    minimum_months: below this many complete months of history a product is refused.
    """

    horizons: int = 6
    season_months: int = 12
    minimum_errors: int = 6
    minimum_months: int = 3

    def __post_init__(self) -> None:
        if not 1 <= self.horizons <= self.season_months:
            raise ValueError(f"DemandConfig.horizons must be 1 to {self.season_months}, not {self.horizons}")
        if min(self.minimum_errors, self.minimum_months) < 1:
            raise ValueError("DemandConfig: minimum_errors and minimum_months must be at least 1")


#: A panel: one row a series and period; `t` counts periods.
PANEL_SCHEMA: dict[str, type[pl.DataType]] = {"unique_id": pl.String, "t": pl.Int64, "y": pl.Float64}


@dataclass(frozen=True)
class PanelConfig:
    """How a panel of series is forecast.

    quantiles: shares, in order. past_origins: how many past origins teach the correction. weight_series: for
    how many series the slow members forecast the past, to set the blend's weights. workers: processes;
    results do not depend on it. lead_periods: over how many periods stock must last until more can come.
    fill_share: what part of demand stock shall meet.
    """

    quantiles: tuple[float, ...] = (0.05, 0.10, 0.25, 0.50, 0.75, 0.80, 0.90, 0.95, 0.98, 0.99)
    past_series: int = 1000
    weight_series: int = 300
    workers: int = 1
    seed: int = 0
    lead_periods: int = 1
    fill_share: float = 0.95

    def __post_init__(self) -> None:
        if list(self.quantiles) != sorted(set(self.quantiles)) or not all(0 < q < 1 for q in self.quantiles):
            raise ValueError("PanelConfig.quantiles must rise and lie between 0 and 1")
        if min(self.past_series, self.weight_series, self.workers) < 1:
            raise ValueError("PanelConfig: past_series, weight_series and workers must be at least 1")
