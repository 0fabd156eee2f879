"""What forecasts and the words against them were worth, booked by sales as the forecasts mean them."""

from datetime import date

import polars as pl

from actions.value_booking import booked
from ml.demand.night import sold


def book_overrides(  # noqa: PLR0913 - the frames that the night has, and what every table takes
    events: pl.DataFrame,
    order_lines: pl.DataFrame,
    customers: pl.DataFrame,
    archive: pl.DataFrame,
    regions: pl.DataFrame,
    told: pl.DataFrame,
    as_of_on: date,
    *,
    publication_name: str,
    run_id: str,
) -> pl.DataFrame:
    """`ml_override_backtest`, of actions, order lines with their customers, and what the archive has."""
    actuals = sold(order_lines, customers, as_of_on)
    return booked(
        events, actuals, archive, regions, told, as_of_on, publication_name=publication_name, run_id=run_id
    )
