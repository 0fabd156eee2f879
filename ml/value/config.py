"""What the value forecast gives and lets a company choose; it reads the frames of `ml.churn.frames`."""

from dataclasses import dataclass

import polars as pl

#: `ml_value_forecast`: one row a customer that ever ordered or signed, at one business date.
OUTPUT_SCHEMA: dict[str, type[pl.DataType]] = {
    "customer_id": pl.String,
    "as_of_on": pl.Date,
    "method_code": pl.String,
    "basis_code": pl.String,
    "order_count": pl.Int64,
    "last_year_amount": pl.Float64,
    "margin_p10_amount": pl.Float64,
    "margin_p50_amount": pl.Float64,
    "margin_p90_amount": pl.Float64,
    "score_share": pl.Float64,
    "alive_share": pl.Float64,
    "lifetime_value_amount": pl.Float64,
    "lifetime_method_code": pl.String,
    "reason_1_code": pl.String,
    "reason_1_value": pl.Float64,
    "reason_2_code": pl.String,
    "reason_2_value": pl.Float64,
    "reason_3_code": pl.String,
    "reason_3_value": pl.Float64,
    "publication_name": pl.String,
    "_run_id": pl.String,
}

#: How the score and the band were made.
METHODS: tuple[str, ...] = (
    "model",  # by all that is known of the customer; only where the gate was passed
    "last_year",  # by what the customer brought in the last year: the rule that a model must beat
    "no_history",  # no whole year after an earlier date has passed: no band, last year's rank
)

#: What the amounts are: booked margin where a company books it, else net amount ordered.
BASES: tuple[str, ...] = ("margin", "revenue")


@dataclass(frozen=True)
class ValueConfig:
    """How value is learnt.

    horizon_days: of the coming year. origin_step_days, origin_count: earlier dates whose coming year has
    passed. minimum_cases: below this many no band is given. restraint: of the ridge regression.
    neighbours: earlier cases whose outcomes make the band. life_years, discount_rate: of the lifetime value.
    minimum_buyers: repeat buyers from which on buying rates are learnt.
    """

    horizon_days: int = 365
    origin_step_days: int = 91
    origin_count: int = 8
    minimum_cases: int = 30
    restraint: float = 30.0
    neighbours: int = 100
    life_years: int = 3
    discount_rate: float = 0.1
    minimum_buyers: int = 30

    def __post_init__(self) -> None:
        if min(self.horizon_days, self.origin_step_days, self.origin_count, self.neighbours) < 1:
            raise ValueError("ValueConfig: days and counts must be at least 1")
