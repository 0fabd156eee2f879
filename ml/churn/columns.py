"""What the columns of a table are, found in their values, and how models read them.

Nothing here knows a column's name: a number written as text with blanks, a yes or no, a category, a category
of many values and a mere identifier are told apart by what is in them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

#: So many of a text column's filled values must read as numbers for it to be one; the rest count as missing.
NUMBER_SHARE = 0.95
#: A text column with more levels than rows × this is an identifier or free text: it says nothing of others.
IDENTIFIER_SHARE = 0.5
#: Levels seen in fewer rows are read together as «other»; beyond so many levels too.
LEVEL_ROWS, LEVEL_COUNT = 10, 40
#: Numbers with at least so many different values get a curve, others a straight line.
CURVE_VALUES = 12
_BLANK = ("", "na", "n/a", "nan", "null", "none", "-", "?")


@dataclass(frozen=True)
class NumberColumn:
    """A number: filled with its median where missing; `knots` (in its own unit) where it gets a curve."""

    name: str
    middle: float
    mean: float
    spread: float
    has_missing: bool
    knots: tuple[float, ...] = ()


@dataclass(frozen=True)
class CategoryColumn:
    """A category: the levels worth a coefficient, most frequent first; any other value is none of them."""

    name: str
    levels: tuple[str, ...]


@dataclass(frozen=True)
class Columns:
    """How a table is read: learnt from training rows only, so that no row scored bears on another.

    left_out: columns that say nothing, with the reason: empty, constant, identifier.
    """

    numbers: tuple[NumberColumn, ...]
    categories: tuple[CategoryColumn, ...]
    left_out: tuple[tuple[str, str], ...] = ()

    def for_linear(self, table: pl.DataFrame) -> np.ndarray:
        """Standardised numbers, their curves (cubic B-splines), flags for missing ones, a column a level."""
        parts = [np.zeros((table.height, 0))]
        for number in self.numbers:
            value = as_number(table[number.name])
            is_missing = np.isnan(value)
            filled = np.where(is_missing, number.middle, value)
            limit = 6 * number.spread
            parts.append(np.clip((filled - number.mean), -limit, limit)[:, None] / number.spread)
            if number.knots:
                parts.append(_curve(filled, number.knots))
            if number.has_missing:
                parts.append(is_missing[:, None].astype(float))
        for category in self.categories:
            values = as_text(table[category.name]).to_numpy()
            levels = category.levels[1:] if len(category.levels) == 2 else category.levels
            parts.extend((values == level)[:, None].astype(float) for level in levels)
        return np.hstack(parts)

    def for_trees(self, table: pl.DataFrame) -> np.ndarray:
        """Numbers as they are, NaN where missing; categories by their place in frequency, −1 for others."""
        parts = [np.zeros((table.height, 0))]
        parts.extend(as_number(table[number.name])[:, None] for number in self.numbers)
        for category in self.categories:
            place = {level: float(number) for number, level in enumerate(category.levels)}
            values = as_text(table[category.name]).to_list()
            parts.append(np.array([place.get(value, -1.0) for value in values])[:, None])
        return np.hstack(parts)


def learn_columns(table: pl.DataFrame, *, curves: int = 5) -> Columns:
    """The kind of each column from training rows. `curves`: knots of each number's curve, 0 for none."""
    numbers, categories, left_out = [], [], []
    for name in table.columns:
        found = _column(table[name], curves)
        if isinstance(found, NumberColumn):
            numbers.append(found)
        elif isinstance(found, CategoryColumn):
            categories.append(found)
        else:
            left_out.append((name, found))
    return Columns(tuple(numbers), tuple(categories), tuple(left_out))


def as_text(column: pl.Series) -> pl.Series:
    """Values as text, trimmed; «missing» where blank, a level like any other."""
    text = column.cast(pl.String).str.strip_chars()
    is_blank = text.is_null() | text.str.to_lowercase().is_in(_BLANK)
    return pl.select(pl.when(is_blank).then(pl.lit("missing")).otherwise(text)).to_series()


def as_number(column: pl.Series) -> np.ndarray:
    """Values as floats: thousands separators, percent signs and ISO dates are read, anything else is NaN."""
    if column.dtype.is_temporal():
        number = column.cast(pl.Date).to_physical().cast(pl.Float64)
    elif column.dtype == pl.String:
        text = column.str.strip_chars()
        plain = text.str.replace_all(r"(\d),(\d{3})", "${1}${2}").str.strip_suffix("%")
        days = text.str.to_date("%Y-%m-%d", strict=False).to_physical().cast(pl.Float64)
        number = plain.cast(pl.Float64, strict=False).fill_null(days)
    else:
        number = column.cast(pl.Float64, strict=False)
    values = number.to_numpy().astype(float)
    return np.where(np.isfinite(values), values, np.nan)


def _column(column: pl.Series, curves: int) -> NumberColumn | CategoryColumn | str:
    text = as_text(column)
    filled = int((text != "missing").sum())
    if not filled:
        return "empty"
    if text.n_unique() == 1:
        return "constant"
    value = as_number(column)
    known = value[~np.isnan(value)]
    if len(known) >= NUMBER_SHARE * filled and len(np.unique(known)) > 2:
        return _number(column.name, known, len(known) < len(value), curves)
    return _category(column.name, text)


def _number(name: str, known: np.ndarray, has_missing: bool, curves: int) -> NumberColumn:
    different = np.unique(known)
    knots: Sequence[float] = ()
    if curves and len(different) >= CURVE_VALUES:
        knots = np.unique(np.quantile(known, np.linspace(0, 1, curves)))
    spread = float(known.std()) or 1.0
    return NumberColumn(
        name,
        float(np.median(known)),
        float(known.mean()),
        spread,
        has_missing,
        tuple(float(knot) for knot in knots) if len(knots) > 2 else (),
    )


def _category(name: str, text: pl.Series) -> CategoryColumn | str:
    counts = text.value_counts().sort(["count", text.name or "value"], descending=[True, False])
    if len(counts) > max(LEVEL_COUNT, IDENTIFIER_SHARE * len(text)):
        return "identifier"
    kept = counts.filter(pl.col("count") >= min(LEVEL_ROWS, max(1, len(text) // 20))).head(LEVEL_COUNT)
    return CategoryColumn(name, tuple(kept[kept.columns[0]].to_list())) if len(kept) else "identifier"


def _curve(values: np.ndarray, knots: tuple[float, ...]) -> np.ndarray:
    """Cubic B-splines over the knots; beyond the outer ones the curve goes on flat."""
    from scipy.interpolate import BSpline

    inner = np.asarray(knots)
    first, last = inner[1] - inner[0], inner[-1] - inner[-2]
    padded = np.r_[inner[0] - first * np.arange(3, 0, -1), inner, inner[-1] + last * np.arange(1, 4)]
    clipped = np.clip(values, inner[0], inner[-1])
    return BSpline.design_matrix(clipped, padded, 3).toarray()
