"""From published forecasts, actions and sales to what each word was worth: frames in, frames out.

The rules of freezing and booking are those of `value_added`; here they meet the archive.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import polars as pl
from pydantic import ValidationError

from actions.kinds import KINDS
from actions.kinds.base import Step
from actions.kinds.forecasts import OverrideForecast
from actions.value_added import LAGS, Booked, Cell, Frozen, ValueAdded, book, freeze, value_added

log = logging.getLogger(__name__)

#: Columns of `fct_action_event`, of the archived forecasts (by region with `region_code`), and of the sales.
EVENT_COLUMNS = (
    "action_id",
    "sequence_no",
    "kind_code",
    "subject_type_code",
    "subject_id",
    "payload",
    "reason_code",
    "done_by",
    "done_at",
    "undoes_action_id",
)
ARCHIVE_SCHEMA: dict[str, type[pl.DataType]] = {
    "product_id": pl.String,
    "period_on": pl.Date,
    "as_of_on": pl.Date,
    "quantity_naive": pl.Float64,
    "quantity_p10": pl.Float64,
    "quantity_p50": pl.Float64,
    "quantity_p90": pl.Float64,
    "publication_name": pl.String,
}
REGION_ARCHIVE_SCHEMA = ARCHIVE_SCHEMA | {"region_code": pl.String}
ACTUAL_SCHEMA: dict[str, type[pl.DataType]] = {
    "product_id": pl.String,
    "region_code": pl.String,
    "period_on": pl.Date,
    "quantity": pl.Float64,
}

#: `ml_override_backtest`: one row a product, region (NULL: all), month and lag, written once. What was known
#: at the lag: naive, the model with its band, the override and what was agreed; beside it what was sold.
BOOKED_SCHEMA: dict[str, type[pl.DataType]] = {
    "product_id": pl.String,
    "region_code": pl.String,
    "period_on": pl.Date,
    "lag_days": pl.Int64,
    "frozen_on": pl.Date,
    "quantity_naive": pl.Float64,
    "quantity_p10": pl.Float64,
    "quantity_model": pl.Float64,
    "quantity_p90": pl.Float64,
    "quantity_override": pl.Float64,
    "quantity_agreed": pl.Float64,
    "quantity_actual": pl.Float64,
    "forecast_override_id": pl.String,
    "done_by": pl.String,
    "reason_code": pl.String,
    "size_code": pl.String,
    "age_days": pl.Int64,
    "booked_on": pl.Date,
    "publication_name": pl.String,
    "_run_id": pl.String,
}

#: Over what value added is told. `all` counts products once, over all regions; `overridden` and those below
#: it the cells that somebody changed.
GROUPS: dict[str, tuple[str, ...]] = {
    "all": (),
    "overridden": (),
    "person": ("done_by",),
    "reason": ("reason_code",),
    "size": ("size_code",),
    "person_reason": ("done_by", "reason_code"),
    "person_reason_size": ("done_by", "reason_code", "size_code"),
}
#: `ml_override_card`: one row a group, its values, a step and a lag. Shares of what was sold.
CARD_SCHEMA: dict[str, type[pl.DataType]] = {
    "as_of_on": pl.Date,
    "lag_days": pl.Int64,
    "group_code": pl.String,
    "done_by": pl.String,
    "reason_code": pl.String,
    "size_code": pl.String,
    "step_code": pl.String,
    "cell_count": pl.Int64,
    "wape_before_share": pl.Float64,
    "wape_share": pl.Float64,
    "value_added_share": pl.Float64,
    "low_share": pl.Float64,
    "high_share": pl.Float64,
    "publication_name": pl.String,
    "_run_id": pl.String,
}
_KEYS = ("product_id", "region_code", "period_on", "lag_days")


# -- booking ------------------------------------------------------------------------------------------------


def booked(  # noqa: PLR0913 - the frames that the night has, and what every table takes
    events: pl.DataFrame,
    actuals: pl.DataFrame,
    archive: pl.DataFrame,
    regions: pl.DataFrame,
    told: pl.DataFrame,
    as_of_on: dt.date,
    *,
    publication_name: str,
    run_id: str,
) -> pl.DataFrame:
    """`ml_override_backtest`: what earlier publications booked (`told`), and what this one newly books.

    events: EVENT_COLUMNS. actuals: ACTUAL_SCHEMA, months without a sale may be absent. archive and regions:
    every published forecast; of a region only cells that somebody changed are booked. A month is booked once
    sales of a later one are known too: a source that has fallen behind says nothing of its last month. What
    a later publication booked is neither shown nor booked again.
    """
    steps = _steps(events)
    cells = {cell for cell, found in steps.items() if any(_is_override(each) for each in found)}
    last_on = actuals["period_on"].max()
    ended = pl.col("period_on") < (last_on or dt.date.min)
    frozen_rows = _frozen_rows(archive, regions, cells, ended, as_of_on).join(
        told.select(_KEYS), on=_KEYS, how="anti", nulls_equal=True
    )
    forecasts = {
        (_cell(row), row["lag_days"]): (_decimal(row["quantity_naive"]), _decimal(row["quantity_p50"]))
        for row in frozen_rows.iter_rows(named=True)
    }
    frozen = freeze(forecasts, {cell: steps.get(cell, ()) for cell, _ in forecasts}, as_of_on)
    sold = {_cell(row): _decimal(row["quantity"]) for row in actuals.iter_rows(named=True)}
    known = {each.cell: sold.get(each.cell, Decimal(0)) for each in frozen}
    bands = {(_cell(row), row["lag_days"]): row for row in frozen_rows.iter_rows(named=True)}
    made = [
        _row(each, bands[each.frozen.cell, each.frozen.lag_days], publication_name, run_id)
        for each in book((), frozen, known, as_of_on)
    ]
    shown = told.filter(pl.col("booked_on") <= as_of_on).select(
        pl.col(name).cast(dtype) for name, dtype in BOOKED_SCHEMA.items()
    )
    return pl.concat([shown, pl.DataFrame(made, schema=BOOKED_SCHEMA)]).sort(_KEYS)


def _frozen_rows(
    archive: pl.DataFrame, regions: pl.DataFrame, cells: set[Cell], ended: pl.Expr, as_of_on: dt.date
) -> pl.DataFrame:
    """Of each cell and lag the newest forecast published by its last day; of a day the first publication."""
    changed = pl.DataFrame(
        [(cell.product_id, cell.region_code, cell.period_on) for cell in cells if cell.region_code],
        schema={name: ACTUAL_SCHEMA[name] for name in ("product_id", "region_code", "period_on")},
        orient="row",
    )
    rows = pl.concat(
        [
            archive.with_columns(region_code=pl.lit(None, pl.String)).select(list(REGION_ARCHIVE_SCHEMA)),
            regions.join(changed, on=changed.columns, how="semi").select(list(REGION_ARCHIVE_SCHEMA)),
        ]
    ).filter(ended, pl.col("as_of_on") <= as_of_on)
    rows = rows.drop_nulls(["quantity_naive", "quantity_p50"])
    keys = ["product_id", "region_code", "period_on"]
    return pl.concat(
        rows.filter(pl.col("as_of_on") <= pl.col("period_on").dt.offset_by(f"-{lag}d"))
        .sort(*keys, "as_of_on", "publication_name", descending=[False] * 3 + [True, False])
        .unique(keys, keep="first", maintain_order=True)
        .with_columns(lag_days=pl.lit(lag, pl.Int64))
        for lag in LAGS
    )


def _steps(events: pl.DataFrame) -> dict[Cell, list[Step]]:
    """What was done to each cell, oldest first; an action that cannot be read is named and left out."""
    found: dict[str, list[Step]] = defaultdict(list)
    about = events.filter(pl.col("subject_type_code") == OverrideForecast.subject_type).sort("sequence_no")
    for row in about.iter_rows(named=True):
        try:
            payload = KINDS[row["kind_code"]].model_validate_json(row["payload"])
        except (KeyError, ValidationError) as error:
            log.warning("action %s is left out of forecast value added: %s", row["action_id"], error)
            continue
        found[row["subject_id"]].append(
            Step(
                row["action_id"],
                payload,
                row["done_by"],
                row["done_at"],
                row["undoes_action_id"],
                row["reason_code"] or "",
            )
        )
    return dict(_by_cell(found.values()))


def _by_cell(chains: Iterable[list[Step]]) -> Iterator[tuple[Cell, list[Step]]]:
    for steps in chains:
        for step in steps:
            if isinstance(step.payload, OverrideForecast):
                told = step.payload
                yield Cell(told.product_id, told.region_code, told.period_on), steps
                break


def _is_override(step: Step) -> bool:
    return isinstance(step.payload, OverrideForecast)


def _cell(row: dict) -> Cell:
    return Cell(row["product_id"], row["region_code"], row["period_on"])


def _decimal(value: float) -> Decimal:
    return Decimal(str(round(value, 4)))


def _row(each: Booked, band: dict, publication_name: str, run_id: str) -> dict[str, object]:
    frozen = each.frozen
    return {
        "product_id": frozen.cell.product_id,
        "region_code": frozen.cell.region_code,
        "period_on": frozen.cell.period_on,
        "lag_days": frozen.lag_days,
        "frozen_on": frozen.frozen_on,
        "quantity_naive": float(frozen.naive),
        "quantity_p10": band["quantity_p10"],
        "quantity_model": float(frozen.model),
        "quantity_p90": band["quantity_p90"],
        "quantity_override": float(frozen.override),
        "quantity_agreed": float(frozen.agreed),
        "quantity_actual": float(each.actual),
        "forecast_override_id": frozen.override_id,
        "done_by": frozen.done_by,
        "reason_code": frozen.reason_code,
        "size_code": frozen.size_code,
        "age_days": frozen.age_days,
        "booked_on": each.booked_on,
        "publication_name": publication_name,
        "_run_id": run_id,
    }


# -- telling ------------------------------------------------------------------------------------------------


def card(rows: pl.DataFrame, as_of_on: dt.date, *, publication_name: str, run_id: str) -> pl.DataFrame:
    """`ml_override_card`: value added of model, override and agreed by group, with n and interval.

    rows: BOOKED_SCHEMA.
    """
    cells = [_booked(row) for row in rows.sort(_KEYS).iter_rows(named=True)]
    made = [
        _card_row(code, by, lag, told)
        for code, by in GROUPS.items()
        for lag in LAGS
        for told in value_added(_of_group(code, cells), by, lag)
    ]
    stamped = {
        "as_of_on": pl.lit(as_of_on),
        "publication_name": pl.lit(publication_name),
        "_run_id": pl.lit(run_id),
    }
    own = {name: dtype for name, dtype in CARD_SCHEMA.items() if name not in stamped}
    return pl.DataFrame(made, schema=own).with_columns(**stamped).select(list(CARD_SCHEMA))


def _of_group(code: str, cells: Sequence[Booked]) -> list[Booked]:
    if code == "all":  # a region's cell is part of its product's: counted once
        return [each for each in cells if each.frozen.cell.region_code is None]
    return [each for each in cells if each.frozen.override_id is not None]


def _card_row(code: str, by: tuple[str, ...], lag: int, told: ValueAdded) -> dict[str, object]:
    group = dict.fromkeys(("done_by", "reason_code", "size_code")) | dict(zip(by, told.group, strict=True))
    values = {
        "wape_before_share": told.wape_before,
        "wape_share": told.wape,
        "value_added_share": told.value,
        "low_share": told.low,
        "high_share": told.high,
    }
    rounded = {name: None if value is None else round(value, 6) for name, value in values.items()}
    key = {"lag_days": lag, "group_code": code, "step_code": told.step, "cell_count": told.count}
    return key | group | rounded


def _booked(row: dict) -> Booked:
    frozen = Frozen(
        _cell(row),
        row["lag_days"],
        row["frozen_on"],
        _decimal(row["quantity_naive"]),
        _decimal(row["quantity_model"]),
        _decimal(row["quantity_override"]),
        _decimal(row["quantity_agreed"]),
        row["forecast_override_id"],
        row["done_by"],
        row["reason_code"],
        row["size_code"],
        row["age_days"],
    )
    return Booked(frozen, _decimal(row["quantity_actual"]), row["booked_on"])


def told_in(rows: pl.DataFrame, by: tuple[str, ...], lag_days: int = LAGS[0]) -> list[ValueAdded]:
    """The values of a card (CARD_SCHEMA) by these columns, as `value_added` told them."""
    code = next(name for name, columns in reversed(GROUPS.items()) if columns == by)
    return [
        ValueAdded(
            tuple(row[name] for name in by),
            row["step_code"],
            row["cell_count"],
            row["wape_before_share"],
            row["wape_share"],
            row["value_added_share"],
            row["low_share"],
            row["high_share"],
        )
        for row in rows.filter(group_code=code, lag_days=lag_days).iter_rows(named=True)
    ]
