"""What the search for alternatives takes, gives and lets a company choose."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from ml.frames import Schema, with_schema
from ml.schedule.config import LINK_SCHEMA, MILESTONE_SCHEMA
from ml.schedule.outlook import DELAY_SCHEMA

#: Of these frames, by name, the search reads these columns. All but the first three may be left out: what
#: they would offer is then not offered.
INPUT_SCHEMAS: dict[str, dict[str, type[pl.DataType]]] = {
    # `fct_purchase_line`, cancelled ones left out; `current_promised_on` is the supplier's newest date.
    "lines": {
        "purchase_line_id": pl.String,
        "project_id": pl.String,
        "milestone_id": pl.String,
        "product_id": pl.String,
        "supplier_id": pl.String,
        "quantity": pl.Float64,
        "quantity_open": pl.Float64,
        "line_amount": pl.Float64,
        "currency_code": pl.String,
        "promised_on": pl.Date,
        "current_promised_on": pl.Date,
    },
    # `fct_milestone`
    "milestones": MILESTONE_SCHEMA | {"crew_id": pl.String, "region_code": pl.String},
    # `fct_milestone_link`
    "links": LINK_SCHEMA,
    # `ml_delay_forecast`
    "delays": DELAY_SCHEMA,
    # `erp__supplier_prices`
    "prices": {
        "supplier_id": pl.String,
        "product_id": pl.String,
        "valid_from_on": pl.Date,
        "valid_to_on": pl.Date,
        "min_quantity": pl.Float64,
        "unit_price_amount": pl.Float64,
        "currency_code": pl.String,
        "lead_time_days": pl.Int64,
    },
    # `dim_supplier` with the share of its receipts that came on time, NULL where nothing is known
    "suppliers": {"supplier_id": pl.String, "is_active": pl.Boolean, "on_time_share": pl.Float64},
    # `fct_stock_level` of the business date
    "stock": {
        "warehouse_id": pl.String,
        "product_id": pl.String,
        "quantity_on_hand": pl.Float64,
        "quantity_reserved": pl.Float64,
    },
    # `dim_warehouse`
    "warehouses": {"warehouse_id": pl.String, "region_code": pl.String, "is_active": pl.Boolean},
    # `dim_product`
    "products": {"product_id": pl.String, "weight_kg": pl.Float64},
    # `ref__freight_tariffs`
    "tariffs": {
        "tariff_id": pl.String,
        "origin_region_code": pl.String,
        "destination_region_code": pl.String,
        "min_weight_kg": pl.Float64,
        "max_weight_kg": pl.Float64,
        "base_amount": pl.Float64,
        "price_per_kg_amount": pl.Float64,
        "currency_code": pl.String,
        "transit_days": pl.Int64,
        "valid_from_on": pl.Date,
        "valid_to_on": pl.Date,
    },
    # `ref__product_substitutes`
    "substitutes": {
        "product_id": pl.String,
        "substitute_id": pl.String,
        "conversion": pl.Float64,
        "is_approval_needed": pl.Boolean,
    },
    # `projects__crews`
    "crews": {
        "crew_id": pl.String,
        "trade_code": pl.String,
        "region_code": pl.String,
        "head_count": pl.Int64,
        "hourly_cost_amount": pl.Float64,
        "currency_code": pl.String,
        "is_active": pl.Boolean,
    },
}
NEEDED = ("lines", "milestones", "links")

#: What an option is; `wait`, of rank 0, is what comes of doing nothing.
OPTIONS = ("other_supplier", "other_warehouse", "substitute_model", "resequence", "more_crew")

#: `ml_alternative_forecast`: one row a late purchase line and option, best first.
ALTERNATIVE_SCHEMA: dict[str, type[pl.DataType]] = {
    "purchase_line_id": pl.String,
    "option_rank": pl.Int64,
    "option_code": pl.String,
    "milestone_id": pl.String,
    "project_id": pl.String,
    "product_id": pl.String,
    "as_of_on": pl.Date,
    "promised_on": pl.Date,
    "expected_on": pl.Date,
    "project_shift_p50_days": pl.Int64,
    "project_shift_p80_days": pl.Int64,
    "moved_count": pl.Int64,
    "arrival_on": pl.Date,
    "line_days_saved": pl.Int64,
    "project_days_saved_p50": pl.Int64,
    "project_days_saved_p80": pl.Int64,
    "cost_amount": pl.Float64,
    "currency_code": pl.String,
    "risk_share": pl.Float64,
    "supplier_id": pl.String,
    "warehouse_id": pl.String,
    "substitute_id": pl.String,
    "crew_id": pl.String,
    "work_milestone_id": pl.String,
    "work_days": pl.Int64,
    "work_new_days": pl.Int64,
    "quantity": pl.Float64,
    "quantity_available": pl.Float64,
    "lead_time_days": pl.Int64,
    "unit_price_amount": pl.Float64,
    "is_approval_needed": pl.Boolean,
    "publication_name": pl.String,
    "_run_id": pl.String,
}


@dataclass(frozen=True)
class AlternativeConfig:
    """What a company assumes where its data say nothing.

    transit_risk_share, overlap_risk_share, crew_risk_share, approval_risk_share: chance that an option fails.
    unknown_risk_share: that of a supplier without a record. approval_days: until a customer has agreed to a
    substitute. overlap_share: of a task's days so many need nothing of what its predecessor brings.
    hours_per_day: of a crew. most_options: a line, the best of each kind kept besides. most_lines: so many
    late lines get options, the latest first: more than anybody decides in a day, and a bound on the night.
    """

    transit_risk_share: float = 0.05
    overlap_risk_share: float = 0.2
    crew_risk_share: float = 0.1
    approval_risk_share: float = 0.2
    unknown_risk_share: float = 0.3
    approval_days: int = 3
    overlap_share: float = 0.5
    hours_per_day: float = 8.0
    most_options: int = 6
    most_lines: int = 3_000

    def __post_init__(self) -> None:
        shares = [value for name, value in vars(self).items() if name.endswith("_share")]
        if not all(0 <= share <= 1 for share in shares):
            raise ValueError("AlternativeConfig: shares must lie between 0 and 1")
        if self.most_options < 1 or self.most_lines < 1 or self.approval_days < 0:
            raise ValueError(
                "AlternativeConfig: most_options and most_lines must be positive, approval_days not negative"
            )


@dataclass(frozen=True)
class AlternativeFrames:
    """The frames of INPUT_SCHEMAS by name, in their types; those left out are empty.

    Raises MissingColumnsError for a frame that lacks columns, ValueError for one that is needed or unknown.
    """

    frames: Mapping[str, pl.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lacking, unknown = set(NEEDED) - set(self.frames), set(self.frames) - set(INPUT_SCHEMAS)
        if lacking or unknown:
            raise ValueError(f"frames needed and not given: {sorted(lacking)}; unknown: {sorted(unknown)}")

    def __getitem__(self, name: str) -> pl.DataFrame:
        schema: Schema = INPUT_SCHEMAS[name]
        if name not in self.frames:
            return pl.DataFrame(schema=schema)
        return with_schema(self.frames[name], schema, name)
