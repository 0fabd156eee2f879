"""What the critical path takes and gives."""

import polars as pl

#: So much is added to the first open critical milestone of each project, to see whether its finish follows.
TEST_DAYS = 600

#: Columns of `fct_milestone` that the network reads, one row a milestone. Types are cast, others ignored.
MILESTONE_SCHEMA: dict[str, type[pl.DataType]] = {
    "milestone_id": pl.String,
    "project_id": pl.String,
    "planned_start_on": pl.Date,
    "planned_finish_on": pl.Date,
    "started_on": pl.Date,
    "finished_on": pl.Date,
    "progress_pct": pl.Float64,
    "state_code": pl.String,
}

#: Columns of `fct_milestone_link` that the network reads, one row a link.
LINK_SCHEMA: dict[str, type[pl.DataType]] = {
    "predecessor_id": pl.String,
    "successor_id": pl.String,
    "type_code": pl.String,
    "lag_days": pl.Int64,
}

#: `int_milestone_network`: one row a milestone that is not cancelled.
OUTPUT_SCHEMA: dict[str, type[pl.DataType]] = {
    "milestone_id": pl.String,
    "project_id": pl.String,
    "as_of_on": pl.Date,
    "early_start_on": pl.Date,
    "early_finish_on": pl.Date,
    "late_start_on": pl.Date,
    "late_finish_on": pl.Date,
    "total_float_days": pl.Int64,
    "free_float_days": pl.Int64,
    "is_critical": pl.Boolean,
    "has_duration": pl.Boolean,
    "is_computable": pl.Boolean,
    "cycle_text": pl.String,
    "project_finish_on": pl.Date,
    "critical_test_days": pl.Int64,
    "_run_id": pl.String,
}
