"""What the churn forecast takes, gives and lets a company choose."""

from dataclasses import dataclass

import polars as pl

#: Columns of `int_customer_activity`, one row a customer and day with an order (not cancelled, no return) or
#: a signed contract. `order_count` is 0 on a day that only has a contract.
ACTIVITY_SCHEMA: dict[str, type[pl.DataType]] = {
    "customer_id": pl.String,
    "active_on": pl.Date,
    "order_count": pl.Int64,
}

#: Columns of `dim_project`, one row a project.
PROJECT_SCHEMA: dict[str, type[pl.DataType]] = {
    "customer_id": pl.String,
    "initiated_on": pl.Date,
    "started_on": pl.Date,
    "finished_on": pl.Date,
    "is_open": pl.Boolean,
}

#: `ml_churn_risk`: one row a customer that ever ordered or signed, at one business date.
OUTPUT_SCHEMA: dict[str, type[pl.DataType]] = {
    "customer_id": pl.String,
    "as_of_on": pl.Date,
    "method_code": pl.String,
    "last_order_on": pl.Date,
    "order_count": pl.Int64,
    "median_gap_days": pl.Float64,
    "silence_days": pl.Int64,
    "silence_limit_days": pl.Int64,
    "churn_probability_share": pl.Float64,
    "is_silent": pl.Boolean,
    "has_open_project": pl.Boolean,
    "publication_name": pl.String,
    "_run_id": pl.String,
}

#: How the probability was made.
METHODS: tuple[str, ...] = (
    "silence_rate",  # how often customers as silent as this one went on to pass their limit
    "already_silent",  # past the limit: it has happened, 1
    "open_project",  # a customer with an open project is not judged by silence: NULL
    "no_history",  # too few past cases are decided, as in a company younger than the limit: NULL
)


@dataclass(frozen=True)
class ChurnConfig:
    """What silence is, and how its rate is learnt.

    floor_days, gap_factor: silent is who has not ordered for more than max(floor_days, gap_factor × the
        median gap between the customer's own active days).
    origin_step_days, origin_count: how often and how far back earlier states are looked at.
    bucket_count: parts into which silence, from 0 to the limit, is cut to count rates.
    minimum_cases: below this many decided cases no probability is given.
    """

    floor_days: int = 365
    gap_factor: float = 2.0
    origin_step_days: int = 30
    origin_count: int = 36
    bucket_count: int = 10
    minimum_cases: int = 30

    def __post_init__(self) -> None:
        counts = (
            self.floor_days,
            self.origin_step_days,
            self.origin_count,
            self.bucket_count,
            self.minimum_cases,
        )
        if min(counts) < 1 or self.gap_factor <= 0:
            raise ValueError("ChurnConfig: days and counts must be at least 1 and gap_factor above 0")
