"""What the delay forecast takes, gives and lets a company choose."""

from dataclasses import dataclass

import polars as pl

QUANTILES: tuple[float, ...] = (0.10, 0.50, 0.80, 0.90)

#: Columns of `fct_milestone` that the forecast reads, one row a milestone. Types are cast, others ignored.
#: `forecast_finish_on`, the planner's own date, is deliberately absent: the outside view does not read it.
INPUT_SCHEMA: dict[str, type[pl.DataType]] = {
    "milestone_id": pl.String,
    "phase_code": pl.String,
    "type_code": pl.String,
    "budget_amount": pl.Float64,
    "currency_code": pl.String,
    "planned_finish_on": pl.Date,
    "started_on": pl.Date,
    "finished_on": pl.Date,
    "state_code": pl.String,
}

#: `ml_delay_forecast`: one row an unfinished milestone with a planned finish, at one business date.
OUTPUT_SCHEMA: dict[str, type[pl.DataType]] = {
    "milestone_id": pl.String,
    "as_of_on": pl.Date,
    "method_code": pl.String,
    "reference_class": pl.String,
    "reference_count": pl.Int64,
    "delay_p10_days": pl.Int64,
    "delay_p50_days": pl.Int64,
    "delay_p80_days": pl.Int64,
    "delay_p90_days": pl.Int64,
    "finish_p10_on": pl.Date,
    "finish_p50_on": pl.Date,
    "finish_p80_on": pl.Date,
    "finish_p90_on": pl.Date,
    "publication_name": pl.String,
    "_run_id": pl.String,
}

#: How a row was made, from the best founded to the least. A row has the code of its weakest quantile.
METHODS: tuple[str, ...] = (
    "reference_class",  # all quantiles read off the milestone's own class
    "reference_class_tail",  # some lie beyond what its class can tell: read off a wider class from there on
    "reference_class_extended",  # some lie beyond what any class can tell: the steady rate of late ones
    "no_reference",  # no milestone is known to have finished: quantiles are NULL
)


@dataclass(frozen=True)
class DelayConfig:
    """What «like milestones» means.

    levels: classes from fine to coarse, each by the columns that its members share; the last one, (), is all
        milestones. `size_code` is the third of the budgets known within phase and currency.
    minimum_class_size: a class is big enough when this many of its milestones were open at once at the age
        of the one in question, or later. The class of all always is.
    minimum_at_risk: a curve is read only where this many were still open; one or two decide nothing.
    observed_days: how far back from the business date experience counts. Registers forget: of the projects
        of long ago they keep the troubled ones, and an unbounded look back makes all seem to last for ever.
    longest_extension_days: no quantile is extended further than this beyond what the curves tell.
    """

    levels: tuple[tuple[str, ...], ...] = (
        ("phase_code", "type_code", "size_code"),
        ("phase_code", "type_code"),
        ("phase_code",),
        (),
    )
    minimum_class_size: int = 20
    minimum_at_risk: int = 10
    observed_days: int = 3 * 365
    longest_extension_days: int = 3650

    def __post_init__(self) -> None:
        if not self.levels or self.levels[-1] != ():
            raise ValueError("DelayConfig.levels must end with (), the class of all milestones")
        if (
            min(
                self.minimum_class_size, self.minimum_at_risk, self.observed_days, self.longest_extension_days
            )
            < 1
        ):
            raise ValueError("DelayConfig: sizes and days must be at least 1")
