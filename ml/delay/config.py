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

#: What the model says beside its quantiles: a driver's code, its value (see `drivers.py`) and its effect on
#: the chance of being late, strongest first.
DRIVER_SCHEMA: dict[str, type[pl.DataType]] = {
    f"driver_{number}_{name}": dtype
    for number in (1, 2, 3)
    for name, dtype in (("code", pl.String), ("value", pl.Float64), ("effect_share", pl.Float64))
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
    "late_probability_share": pl.Float64,
    **DRIVER_SCHEMA,
    "publication_name": pl.String,
    "_run_id": pl.String,
}

#: The method of rows that the model made.
MODEL_METHOD = "model"

#: How a row of the reference classes was made, from the best founded to the least. A row has the code of
#: its weakest quantile.
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


#: One piece of work with a promised date, whatever it is: a milestone, a purchase line, an order. Columns
#: that a company does not have are NULL. `size` is an amount known when the work began; where it is not
#: known by then it must stay NULL. `supplier_known_on` is when the supplier was chosen.
ITEM_SCHEMA: dict[str, type[pl.DataType]] = {
    "item_id": pl.String,
    "parent_id": pl.String,
    "segment_code": pl.String,
    "type_code": pl.String,
    "region_code": pl.String,
    "site_id": pl.String,
    "customer_id": pl.String,
    "owner_id": pl.String,
    "crew_id": pl.String,
    "supplier_id": pl.String,
    "supplier_known_on": pl.Date,
    "product_id": pl.String,
    "label": pl.String,
    "sequence_no": pl.Float64,
    "size": pl.Float64,
    "planned_start_on": pl.Date,
    "started_on": pl.Date,
    "planned_finish_on": pl.Date,
    "finished_on": pl.Date,
    "state_code": pl.String,
}

#: Columns of an item that name something met again and again: each brings its record of lateness.
RECURRING: tuple[str, ...] = (
    "parent_id",
    "type_code",
    "region_code",
    "site_id",
    "customer_id",
    "owner_id",
    "crew_id",
    "supplier_id",
    "product_id",
    "label",
)


@dataclass(frozen=True)
class ModelConfig:
    """How the delay model learns.

    prior_count: how many average outcomes a record of lateness starts from, so that one or two say little.
    recent_days: the window of the recent part of a record.
    observed_days: items that started longer before the business date teach nothing: registers forget.
    grid_points: how many delays the distribution is held at. trees, minimum_leaf: of the forest.
    folds: how many later parts of the past are forecast from what came before, to calibrate by.
    calibration_minimum: a segment with fewer known outcomes is corrected by less than half of what it shows.
    class_prior_count: a segment's curve starts from that of all work, as if so many more had been open.
    maximum_rows: more snapshots than this are thinned, the latest kept.
    snapshot_step_days: how often work under way is looked at again while it is open.
    longest_extension_days: no quantile lies further beyond the grid than this.
    assumed_lead_days: work without a known start counts as known this long before its date.
    """

    prior_count: int = 8
    recent_days: int = 365
    observed_days: int = 3 * 365
    grid_points: int = 40
    trees: int = 100
    minimum_leaf: int = 8
    folds: int = 3
    calibration_minimum: int = 120
    class_prior_count: int = 60
    maximum_rows: int = 12_000
    minimum_rows: int = 60
    snapshot_step_days: int = 60
    longest_extension_days: int = 3650
    assumed_lead_days: int = 90
    seed: int = 0


_BANDS = {f"delay_p{share}_days": pl.Int64 for share in (10, 50, 80, 90)} | {
    f"finish_p{share}_on": pl.Date for share in (10, 50, 80, 90)
}

#: `ml_project_forecast`: one row a project with open milestones that have a forecast, at one business date.
PROJECT_OUTPUT_SCHEMA: dict[str, type[pl.DataType]] = {
    "project_id": pl.String,
    "as_of_on": pl.Date,
    "method_code": pl.String,
    "open_milestone_count": pl.Int64,
    "planned_finish_on": pl.Date,
    **_BANDS,
    "late_probability_share": pl.Float64,
    **{f"driver_{number}_id": pl.String for number in (1, 2, 3)},
    **{f"driver_{number}_share": pl.Float64 for number in (1, 2, 3)},
    "publication_name": pl.String,
    "_run_id": pl.String,
}

#: A batch still to come: a purchase line or a production order, and the milestone that needs it.
BATCH_SCHEMA: dict[str, type[pl.DataType]] = {
    "batch_id": pl.String,
    "kind_code": pl.String,
    "project_id": pl.String,
    "milestone_id": pl.String,
    "due_on": pl.Date,
    "expected_p50_on": pl.Date,
    "expected_p80_on": pl.Date,
}

#: `ml_batch_risk`: one row a late batch and milestone that it moves, at one business date. `steps`: links
#: away from the milestone that needs it.
BATCH_OUTPUT_SCHEMA: dict[str, type[pl.DataType]] = {
    **BATCH_SCHEMA,
    "as_of_on": pl.Date,
    "steps": pl.Int64,
    "shift_p50_days": pl.Int64,
    "shift_p80_days": pl.Int64,
    "project_shift_p50_days": pl.Int64,
    "project_shift_p80_days": pl.Int64,
    "publication_name": pl.String,
    "_run_id": pl.String,
}

#: `ml_delay_record`: one row a segment (all, a phase, a tier): how archived 80% bands held in the last
#: months.
RECORD_SCHEMA: dict[str, type[pl.DataType]] = {
    "segment_kind": pl.String,
    "segment": pl.String,
    "as_of_on": pl.Date,
    "outcome_count": pl.Int64,
    "below_count": pl.Int64,
    "above_count": pl.Int64,
    "coverage_share": pl.Float64,
    "finished_count": pl.Int64,
    "pinball_days": pl.Float64,
    "late_auc": pl.Float64,
    "is_muted": pl.Boolean,
    "reason_code": pl.String,
}
