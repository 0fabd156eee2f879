"""What the churn forecast takes, gives and lets a company choose."""

from dataclasses import dataclass, field

import polars as pl

from ml.churn.blend import BlendConfig

Schema = dict[str, type[pl.DataType]]

#: Columns of `int_customer_activity`, one row a customer and day with an order (not cancelled, no return) or
#: a signed contract. `order_count` is 0 on a day that only has a contract.
ACTIVITY_SCHEMA: Schema = {"customer_id": pl.String, "active_on": pl.Date, "order_count": pl.Int64}

#: Columns of `dim_project`, one row a project.
PROJECT_SCHEMA: Schema = {
    "customer_id": pl.String,
    "initiated_on": pl.Date,
    "started_on": pl.Date,
    "finished_on": pl.Date,
    "is_open": pl.Boolean,
}

#: What a project adds to it where its plan is known: `planned_finish_on` is the approved date, never moved.
PLAN_SCHEMA: Schema = PROJECT_SCHEMA | {"planned_finish_on": pl.Date}

#: Columns of `fct_order_line`, one row a line; returns are lines of their own.
LINE_SCHEMA: Schema = {
    "customer_id": pl.String,
    "order_id": pl.String,
    "product_id": pl.String,
    "ordered_on": pl.Date,
    "kind_code": pl.String,
    "is_cancelled": pl.Boolean,
    "quantity": pl.Float64,
    "line_amount": pl.Float64,
    "line_reporting_amount": pl.Float64,
}

#: Columns of `fct_rating`, `fct_complaint`, `fct_invoice`, `fct_payment` and `fct_interaction`.
RATING_SCHEMA: Schema = {"customer_id": pl.String, "rated_on": pl.Date, "stars": pl.Float64}
COMPLAINT_SCHEMA: Schema = {"customer_id": pl.String, "received_on": pl.Date, "is_counted": pl.Boolean}
INVOICE_SCHEMA: Schema = {
    "invoice_id": pl.String,
    "customer_id": pl.String,
    "issued_on": pl.Date,
    "due_on": pl.Date,
}
PAYMENT_SCHEMA: Schema = {"invoice_id": pl.String, "paid_on": pl.Date}
INTERACTION_SCHEMA: Schema = {"customer_id": pl.String, "happened_on": pl.Date, "is_human": pl.Boolean}

#: Columns of `fct_profit_entry`: what each booking leaves of margin; costs are below zero.
MARGIN_SCHEMA: Schema = {"customer_id": pl.String, "booked_on": pl.Date, "margin_amount": pl.Float64}

#: `ml_churn_risk`: one row a customer that ever ordered or signed, at one business date.
OUTPUT_SCHEMA: Schema = {
    "customer_id": pl.String,
    "as_of_on": pl.Date,
    "method_code": pl.String,
    "last_order_on": pl.Date,
    "order_count": pl.Int64,
    "median_gap_days": pl.Float64,
    "silence_days": pl.Int64,
    "silence_limit_days": pl.Int64,
    "churn_probability_share": pl.Float64,
    "churn_probability_low_share": pl.Float64,
    "churn_probability_high_share": pl.Float64,
    "driver_1_code": pl.String,
    "driver_1_value": pl.Float64,
    "driver_2_code": pl.String,
    "driver_2_value": pl.Float64,
    "driver_3_code": pl.String,
    "driver_3_value": pl.Float64,
    "care_code": pl.String,
    "expected_value_amount": pl.Float64,
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
    "model",  # what else is known of the customer counts too; only where the gate was passed
)


@dataclass(frozen=True)
class ChurnConfig:
    """What silence is, and how its rate is learnt.

    floor_days, gap_factor: silent is who has not ordered for more than max(floor_days, gap_factor × the
        median gap between the customer's own active days).
    origin_step_days, origin_count: how often and how far back earlier states are looked at.
    bucket_count: parts into which silence, from 0 to the limit, is cut to count rates.
    minimum_cases: below this many decided cases no probability is given.
    minimum_events: below this many customers who left (or stayed) only the plain member of the model is
        fitted; below minimum_plain_events nothing is.
    interval_share: of the interval beside each probability.
    saved_share, contact_amount: what a care action is assumed to do and cost, for its expected value;
        margin_share: the part of the amount ordered that is margin where no margins are booked. All three
        are assumptions until they have been measured (the first by a group kept without contact).
    blend: how the model's members are fitted; ties between its rows are why they are held back strongly.
    """

    floor_days: int = 365
    gap_factor: float = 2.0
    origin_step_days: int = 30
    origin_count: int = 36
    bucket_count: int = 10
    minimum_cases: int = 30
    minimum_events: int = 20
    minimum_plain_events: int = 5
    interval_share: float = 0.8
    saved_share: float = 0.2
    contact_amount: float = 0.0
    margin_share: float = 0.25
    blend: BlendConfig = field(
        default_factory=lambda: BlendConfig(
            strengths=(0.003, 0.03, 0.3),
            tree_weights=(0.0, 0.3),
            curves=0,
            tree_count=60,
            tree_rate=0.08,
            leaf_rows=60,
        )
    )

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
