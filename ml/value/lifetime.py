"""Probability of being alive, and the worth of the years ahead, from buying rates where orders suffice."""

import numpy as np
import polars as pl

from ml.churn.bgnbd import BgNbd, alive_share, expected_repeats, fit_bgnbd
from ml.value.config import ValueConfig
from ml.value.gamma_gamma import expected_amount, fit_gamma_gamma

_RATES, _MEAN = "buying_rates", "mean"


def lifetime(table: pl.DataFrame, worth: pl.DataFrame, config: ValueConfig) -> pl.DataFrame:
    """alive_share, lifetime_value_amount and lifetime_method_code beside each row of `table`.

    table: of `customers_on` for one origin; worth: of `worth_of` up to it. With `minimum_buyers` repeat
    buyers: BG/NBD and Gamma-Gamma, each coming year's orders discounted to now. With fewer, what all
    customers brought a year on average, as long as it lasts, and no probability of being alive.
    """
    orders = table["log_orders"].exp().round().to_numpy()
    repeats, age = orders - 1, np.expm1(table["log_age"].to_numpy())
    last = age - table["silence_days"].to_numpy()
    total = table.select("customer_id").join(
        worth.group_by("customer_id").agg(pl.col("worth").sum().round(6)),
        on="customer_id",
        how="left",
        maintain_order="left",
    )
    mean = np.maximum(total["worth"].fill_null(0.0).to_numpy() / np.maximum(orders, 1), 0.0)
    discounts = [(1 + config.discount_rate) ** -(year + 0.5) for year in range(config.life_years)]
    if (repeats > 0).sum() < config.minimum_buyers or not (mean > 0).any():
        average = float(np.maximum(table["last_year"].to_numpy(), 0).mean()) if table.height else 0.0
        return table.with_columns(
            alive_share=pl.lit(None, pl.Float64),
            lifetime_value_amount=pl.lit(average * sum(discounts)).round(2),
            lifetime_method_code=pl.lit(_MEAN),
        )
    model = fit_bgnbd(repeats, last, age, penalty=0.001)
    amount = expected_amount(fit_gamma_gamma(orders, mean), orders, mean)
    value = amount * _discounted(model, repeats, last, age, discounts)
    return table.with_columns(
        alive_share=pl.Series(alive_share(model, repeats, last, age)).round(6),
        lifetime_value_amount=pl.Series(value).round(2),
        lifetime_method_code=pl.lit(_RATES),
    )


def _discounted(
    model: BgNbd, repeats: np.ndarray, last: np.ndarray, age: np.ndarray, discounts: list[float]
) -> np.ndarray:
    so_far, total = np.zeros(len(repeats)), np.zeros(len(repeats))
    for year, discount in enumerate(discounts, 1):
        until = expected_repeats(model, repeats, last, age, 365.0 * year)
        total += discount * np.maximum(until - so_far, 0)
        so_far = until
    return np.nan_to_num(total)
