"""What each customer will bring in the coming year, how sure that is, why, and in its life."""

from datetime import date

import numpy as np
import polars as pl

from ml.churn.cases import history_of
from ml.churn.frames import ChurnFrames
from ml.value.cases import basis_of, customers_on, worth_of
from ml.value.config import METHODS, OUTPUT_SCHEMA, ValueConfig
from ml.value.lifetime import lifetime
from ml.value.model import ValueModel, cases_before, fit, reasons

_MODEL, _LAST_YEAR, _NO_HISTORY = METHODS


def forecast(
    frames: ChurnFrames,
    as_of_on: date,
    *,
    publication_name: str,
    run_id: str,
    model: ValueModel | None = None,
    config: ValueConfig | None = None,
) -> pl.DataFrame:
    """The coming year's worth of every customer that ever ordered or signed, as OUTPUT_SCHEMA.

    model: of `ml.value.train`, only if its gate was passed; unset, last year's worth is the score and the
    band is what such years were followed by. One row a customer, by customer_id; amounts in reporting
    currency, rounded to 2 digits; score_share is the rank of the score, 1 the highest.
    """
    config = config or ValueConfig()
    history = history_of(frames)
    worth = worth_of(history)
    table = customers_on(history, worth, [as_of_on], config).sort("customer_id")
    model = model or fit(cases_before(history, worth, as_of_on, config, _LAST_YEAR), config, _LAST_YEAR)
    quantiles = model.quantiles(table)
    score = pl.Series("score", model.score(table), dtype=pl.Float64)
    found = reasons(model, table)
    columns: dict[str, pl.Series] = {}
    for place in range(3):
        named = [row[place] if len(row) > place else (None, None) for row in found]
        columns[f"reason_{place + 1}_code"] = pl.Series([code for code, _ in named], dtype=pl.String)
        columns[f"reason_{place + 1}_value"] = pl.Series([value for _, value in named], dtype=pl.Float64)
    return (
        lifetime(table, worth.filter(pl.col("day_on") <= as_of_on), config)
        .with_columns(
            as_of_on=pl.lit(as_of_on),
            method_code=pl.lit(model.method),
            basis_code=pl.lit(basis_of(history)),
            last_year_amount=pl.col("last_year").round(2),
            score_share=(score.rank() / max(1, table.height)).round(6),
            publication_name=pl.lit(publication_name),
            _run_id=pl.lit(run_id),
            **{
                f"margin_{name}_amount": pl.Series(
                    np.round(quantiles[:, place], 2), dtype=pl.Float64
                ).fill_nan(None)
                for place, name in enumerate(("p10", "p50", "p90"))
            },
            **{
                name: values.round(6) if values.dtype == pl.Float64 else values
                for name, values in columns.items()
            },
        )
        .sort("customer_id")
        .select(pl.col(name).cast(dtype) for name, dtype in OUTPUT_SCHEMA.items())
    )
