"""Forecasts as findings and tables: how much, how late, who leaves, what it is worth, by which method."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import polars as pl

from cockpit.services import numbers
from cockpit.services.labels import filled, labelled
from cockpit.services.overrides import Standing, state_words
from cockpit.services.words import code_label, say
from lake.text import catalogue, text
from ml.delay.read import driver_words

Question = Literal["demand", "delay", "churn", "value", "devices"]
QUESTIONS: tuple[Question, ...] = ("demand", "delay", "churn", "value", "devices")
VALUE_AMOUNTS = (
    "last_year_amount",
    "margin_p10_amount",
    "margin_p50_amount",
    "margin_p90_amount",
    "lifetime_value_amount",
)
#: Months of history that a chart shows.
MONTHS_SHOWN = 36
_CHURN = (
    "customer_name",
    "segment_code",
    "last_order_on",
    "order_count",
    "median_gap_days",
    "silence_days",
    "silence_limit_days",
    "churn_probability_share",
    "churn_probability_low_share",
    "churn_probability_high_share",
    "drivers",
    "care_code",
    "is_silent",
    "has_open_project",
    "order_amount",
    "order_12m_amount",
    "currency_code",
)


def delay_finding(milestones: pl.DataFrame, language: str) -> str:
    """How late half and eight in ten of the open milestones will be."""
    known = milestones.filter(pl.col("has_forecast"))
    if known.is_empty():
        return say("delay_none", language)
    return say(
        "delay_finding",
        language,
        n=numbers.count(known.height, language),
        p50=numbers.days_late(known["delay_p50_days"].median()),
        p80=numbers.days_late(known["delay_p80_days"].median()),
    )


def demand_finding(products: pl.DataFrame, totals: dict, language: str) -> str:
    """What will be wanted most over the horizon, and how much it may become."""
    if products.is_empty():
        return say("demand_none", language)
    first = products.row(0, named=True)
    return say(
        "demand_finding",
        language,
        months=numbers.count(totals["horizon_months"], language),
        product=first["product_name"],
        p50=numbers.quantity(first["quantity_p50"], language),
        n=numbers.count(totals["product_count"], language),
    )


def churn_finding(churn: pl.DataFrame, language: str) -> str:
    """How many are silent beyond their limit and what they used to order."""
    if churn.is_empty():
        return say("churn_none", language)
    silent = churn.filter(pl.col("is_silent"))
    amounts = silent["order_amount"].drop_nulls()
    currency = next(iter(churn["currency_code"].drop_nulls()), None)
    return say(
        "churn_finding",
        language,
        silent=numbers.count(silent.height, language),
        n=numbers.count(churn.height, language),
        amount=numbers.money(float(amounts.sum()) if len(amounts) else None, currency, language),
    )


def value_finding(value: pl.DataFrame, currency_code: str | None, language: str) -> str:
    """What the customers bring in the coming year, and how much of it the first tenth."""
    known = value["margin_p50_amount"].drop_nulls() if value.height else pl.Series(dtype=pl.Float64)
    if known.is_empty():
        return say("value_none" if value.is_empty() else "value_no_band", language, n=value.height)
    total = float(known.sort().sum())
    top = float(known.sort(descending=True).head(max(1, len(known) // 10)).sum())
    return say(
        "value_finding",
        language,
        n=numbers.count(value.height, language),
        amount=numbers.money(total, currency_code, language),
        share=numbers.share(top / total if total else None),
    )


def devices_finding(risks: pl.DataFrame, language: str) -> str:
    """How many devices are watched, and how many a visit is suggested for."""
    if risks.is_empty():
        return say("devices_risk_none", language)
    return say(
        "devices_risk_finding",
        language,
        n=numbers.count(risks.height, language),
        suggested=numbers.count(int(risks["is_suggested"].fill_null(value=False).sum()), language),
        silent=numbers.count(int(risks["is_silent"].fill_null(value=False).sum()), language),
    )


# -- demand --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DemandLines:
    """What the chart of demand draws, by month: ordered, last year's month, the model's band, overrides."""

    months: list[dt.date]
    actual: list[float]
    naive_months: list[dt.date]
    naive: list[float | None]
    ahead: list[dt.date]
    p10: list[float | None]
    p50: list[float | None]
    p90: list[float | None]
    override_months: list[dt.date] = field(default_factory=list)
    override: list[float] = field(default_factory=list)
    is_agreed: list[bool] = field(default_factory=list)
    override_words: list[str] = field(default_factory=list)


def demand_lines(
    history: pl.DataFrame,
    ahead: pl.DataFrame,
    naive: Mapping[dt.date, float | None],
    overrides: Mapping[dt.date, Standing],
    language: str,
) -> DemandLines:
    """The lines of one product, in one region or all.

    history: period_on, quantity_actual of whole months; a month without an order between the first and the
    last is zero. ahead: period_on, quantity_p10, _p50, _p90. naive: what the forecast's own baseline says of
    coming months; elsewhere it is what was ordered in the same month a year before.
    """
    ordered = _whole_months(history)
    coming = ahead["period_on"].to_list()
    shown = list(ordered)[-MONTHS_SHOWN:]
    before = {month: ordered.get(_year_before(month)) for month in [*shown, *coming]}
    known = {month: value for month, value in (before | dict(naive)).items() if month in before}
    said = {month: overrides[month] for month in coming if month in overrides}
    return DemandLines(
        months=shown,
        actual=[ordered[month] for month in shown],
        naive_months=list(known),
        naive=list(known.values()),
        ahead=coming,
        p10=ahead["quantity_p10"].to_list(),
        p50=ahead["quantity_p50"].to_list(),
        p90=ahead["quantity_p90"].to_list(),
        override_months=list(said),
        override=[float(each.payload.new_quantity) for each in said.values()],
        is_agreed=[each.is_agreed for each in said.values()],
        override_words=[state_words(each.state_code, language) for each in said.values()],
    )


def _whole_months(history: pl.DataFrame) -> dict[dt.date, float]:
    """What was ordered in each month from the first to the last, in order."""
    if history.is_empty():
        return {}
    months = history["period_on"].sort()
    every = pl.date_range(months[0], months[-1], "1mo", eager=True).alias("period_on").to_frame()
    found = every.join(history, on="period_on", how="left", maintain_order="left")
    return dict(zip(found["period_on"], found["quantity_actual"].fill_null(0).cast(pl.Float64), strict=True))


def _year_before(month: dt.date) -> dt.date:
    return month.replace(year=month.year - 1)


def methods(frame: pl.DataFrame, publication: str, language: str) -> str:
    """Which methods made the rows, and in which publication they stand."""
    names = sorted({code_label("method", code, language) for code in frame["method_code"].drop_nulls()})
    return (
        say("made_by", language, method=say("list_comma", language).join(names), publication=publication)
        if names
        else ""
    )


def churn_table(churn: pl.DataFrame, language: str, *, has_band: bool = True) -> pl.DataFrame:
    """The columns of the churn table with codes as words, those without any value left out.

    Without the band of the probability where that is muted.
    """
    told = churn.with_columns(pl.col("customer_name").fill_null(pl.col("customer_id")))
    told = _with_drivers(told, "driver", "churn", language)
    if "care_code" in told.columns:
        cares = {
            code: text(f"churn.care_{code}", language) for code in told["care_code"].drop_nulls().unique()
        }
        told = told.with_columns(
            pl.col("care_code").replace_strict(cares, default=None, return_dtype=pl.String)
        )
    band = {"churn_probability_low_share", "churn_probability_high_share"}
    kept = told.select([name for name in _CHURN if name in told.columns and (has_band or name not in band)])
    return filled(labelled(kept, {"segment_code": "segment"}, language), "customer_name")


def value_table(value: pl.DataFrame, language: str, *, has_band: bool = True) -> pl.DataFrame:
    """What each customer brings and what speaks for it, with its band unless that is muted."""
    told = _with_drivers(value, "reason", "value", language)
    band = {"margin_p10_amount", "margin_p90_amount"}
    kept = (
        "customer_name",
        "last_year_amount",
        "margin_p10_amount",
        "margin_p50_amount",
        "margin_p90_amount",
        "lifetime_value_amount",
        "alive_share",
        "drivers",
        "order_count",
        "method_code",
    )
    shown = told.select([name for name in kept if has_band or name not in band])
    return filled(labelled(shown, {"method_code": "method"}, language), "customer_name")


def device_table(risks: pl.DataFrame, language: str) -> pl.DataFrame:
    """Devices by how worn they are, with what is wrong, in words."""
    kept = (
        "device_id",
        "wear_index",
        "anomaly_score_share",
        "fault_code",
        "failure_probability_share",
        "failure_p10_days",
        "failure_p50_days",
        "failure_p90_days",
        "is_suggested",
        "has_open_work",
        "last_read_on",
        "method_code",
    )
    kinds = {"fault_code": "fault", "method_code": "method"}
    return filled(labelled(risks.select(kept), kinds, language), "device_id")


def with_delay_driver(milestones: pl.DataFrame, drivers: pl.DataFrame, language: str) -> pl.DataFrame:
    """The open milestones with what makes each late, in words; without it where no model told."""
    if drivers.is_empty():
        return milestones
    told = {
        row["milestone_id"]: driver_words(row["driver_1_code"], row["driver_1_value"], language)
        for row in drivers.iter_rows(named=True)
        if row["driver_1_code"]
    }
    words = pl.col("milestone_id").replace_strict(told, default=None, return_dtype=pl.String)
    return milestones.with_columns(drivers=words)


def _with_drivers(frame: pl.DataFrame, prefix: str, room: str, language: str) -> pl.DataFrame:
    """The frame with column `drivers`: the codes of `<prefix>_1_code` to 3 in words, joined."""
    names = [name for place in (1, 2, 3) if (name := f"{prefix}_{place}_code") in frame.columns]
    comma = say("list_comma", language)
    joined = [
        comma.join(_driver(room, prefix, code, language) for code in codes if code) or None
        for codes in frame.select(names).iter_rows()
    ]
    return frame.with_columns(drivers=pl.Series(joined or [None] * frame.height, dtype=pl.String))


def _driver(room: str, prefix: str, code: str, language: str) -> str:
    key = f"{prefix}_{code}"
    return text(f"{room}.{key}", language) if key in catalogue(room) else code


#: The vocabulary of a column's codes, where it is not the column's own name.
_VOCABULARY = {"type_code": "project_type"}


def class_label(reference_class: str | None, language: str) -> str:
    """A reference class in words: «phase_code=design; type_code=school» reads «design · school»."""
    if not reference_class:
        return numbers.NO_DATA
    if reference_class == "all":
        return say("class_all", language)
    parts = [part.strip().partition("=") for part in reference_class.split(";")]
    values = [
        code_label(_VOCABULARY.get(kind, kind.removesuffix("_code")), code, language) if code else kind
        for kind, _, code in parts
    ]
    return " · ".join(values)
