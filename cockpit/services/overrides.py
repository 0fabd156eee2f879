"""Words against a forecast: how each stands, what a form would say, what such words were worth before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from actions.kinds import OverrideForecast, forecast_subject
from actions.kinds.approvals import approval_of
from actions.kinds.base import effective
from actions.reasons import reason_label
from actions.records import Action, step_of
from actions.value_added import PoorRecord, poor_record, size_of
from actions.value_booking import told_in
from cockpit.services import numbers
from cockpit.services.items import Names
from cockpit.services.words import code_label, say

#: A change is typed as a quantity or as a factor on the model's.
MEANS = ("quantity", "factor")
#: Over what the page tells value added.
GROUPINGS = ("step", "person", "reason", "size")
_GROUP_COLUMNS = {"person": "done_by", "reason": "reason_code", "size": "size_code"}


@dataclass(frozen=True)
class Standing:
    """The newest override of one forecast that holds: `is_agreed` while it counts for the plan."""

    action: Action
    approval_code: str
    is_expired: bool
    version: int

    @property
    def payload(self) -> OverrideForecast:
        """What was said."""
        assert isinstance(self.action.payload, OverrideForecast)
        return self.action.payload

    @property
    def is_agreed(self) -> bool:
        """Approved, or small enough to need nobody, and not expired."""
        return self.approval_code in ("approved", "not_needed") and not self.is_expired

    @property
    def state_code(self) -> str:
        """One word for it."""
        return "expired" if self.is_expired else self.approval_code


def standing(chains: Iterable[Sequence[Action]], as_of_on: dt.date) -> list[Standing]:
    """The override that stands for each forecast, by product, region and month; none where it was undone."""
    found = []
    for chain in chains:
        steps = [step_of(each) for each in chain]
        holding = {step.action_id for step in effective(steps)}
        newest = [
            each for each in chain if each.action_id in holding and isinstance(each.payload, OverrideForecast)
        ]
        if newest:
            payload = newest[-1].payload
            assert isinstance(payload, OverrideForecast)
            is_expired = payload.expires_on < as_of_on
            found.append(Standing(newest[-1], approval_of(steps), is_expired, chain[-1].version))
    return sorted(found, key=lambda each: each.action.subject_id)


def of_forecast(
    overrides: Iterable[Standing], product_id: str, region_code: str | None
) -> dict[dt.date, Standing]:
    """Those of one product and region (None: all) by month."""
    return {
        each.payload.period_on: each
        for each in overrides
        if (each.payload.product_id, each.payload.region_code) == (product_id, region_code)
    }


def table(overrides: Sequence[Standing], products: dict[str, str], names: Names) -> pl.DataFrame:
    """One row an override: what the model said, what the person says, how it stands and why."""
    language = names.language
    rows = [
        {
            "product_name": products.get(each.payload.product_id, each.payload.product_id),
            "region_code": region_label(each.payload.region_code, language),
            "period_on": each.payload.period_on,
            "model_quantity": float(each.payload.model_quantity),
            "override_quantity": float(each.payload.new_quantity),
            "change_share": None
            if each.payload.change_share is None
            else round(float(each.payload.change_share), 6),
            "override_state": state_words(each.state_code, language),
            "expires_on": each.payload.expires_on,
            "reason_code": reason_label(each.action.reason_code, language),
            "reason": each.action.reason,
            "done_by": names.author(each.action.done_by),
        }
        for each in overrides
    ]
    kinds = {
        "product_name": pl.String,
        "region_code": pl.String,
        "period_on": pl.Date,
        "model_quantity": pl.Float64,
        "override_quantity": pl.Float64,
        "change_share": pl.Float64,
        "override_state": pl.String,
        "expires_on": pl.Date,
        "reason_code": pl.String,
        "reason": pl.String,
        "done_by": pl.String,
    }
    return pl.DataFrame(rows, schema=kinds)


def region_label(region_code: str | None, language: str) -> str:
    """A region in words; none is all of them."""
    if region_code is None:
        return say("all_regions", language)
    return (
        say("region_unknown", language)
        if region_code == "unknown"
        else code_label("region", region_code, language)
    )


def state_words(code: str, language: str) -> str:
    """How an override stands, with a mark beside the word."""
    return say(f"override_{code}", language)


# -- the form ------------------------------------------------------------------------------------------------


def draft(
    target: tuple[str, str | None, dt.date],
    model_quantity: float | None,
    said: tuple[str, float | None],
    expires_on: dt.date,
    limit_share: Decimal,
) -> OverrideForecast | None:
    """The override that the form would store; None while nothing is typed.

    said: one of MEANS and the number. Where the model says nothing its figure is zero, and a factor on it
    would say nothing either: then only a quantity can be typed.
    """
    means, number = said
    if number is None:
        return None
    typed = Decimal(str(number))
    product_id, region_code, period_on = target
    return OverrideForecast(
        product_id=product_id,
        region_code=region_code,
        period_on=period_on,
        model_quantity=Decimal(str(round(model_quantity or 0.0, 3))),
        quantity=typed if means == "quantity" else None,
        factor=typed if means == "factor" else None,
        expires_on=expires_on,
        limit_share=limit_share,
    )


def subject(payload: OverrideForecast) -> str:
    """The subject of the forecast that it speaks of."""
    return forecast_subject(payload.product_id, payload.region_code, payload.period_on)


def preview(payload: OverrideForecast, language: str) -> str:
    """What saving would mean, before it is saved: the change, and whether a second person is needed."""
    change = payload.change_share
    words = say(
        "override_preview",
        language,
        model=numbers.quantity(float(payload.model_quantity), language),
        new=numbers.quantity(float(payload.new_quantity), language),
        change=numbers.NO_DATA if change is None else f"{numbers.difference(float(change) * 100)}%",
    )
    limit = numbers.share(float(payload.limit_share))
    key = "override_needs" if payload.needs_approval() else "override_alone"
    return f"{words} {say(key, language, limit=limit)}"


def warning(
    card: pl.DataFrame, payload: OverrideForecast, done_by: str, reason_code: str, names: Names
) -> str:
    """What to say before an override of a kind whose record is poor; empty where there is none such.

    card: rows of `ml_override_card`.
    """
    if card.is_empty():
        return ""
    size_code = size_of(payload.change_share)
    kind = {"done_by": done_by, "reason_code": reason_code, "size_code": size_code}
    found = poor_record(lambda by: told_in(card, by), kind)
    return "" if found is None else _poor_words(found, kind, names)


def _poor_words(found: PoorRecord, kind: dict[str, str], names: Names) -> str:
    language = names.language
    labels = {
        kind["done_by"]: names.author(kind["done_by"]),
        kind["reason_code"]: reason_label(kind["reason_code"], language),
        kind["size_code"]: say(f"size_{kind['size_code']}", language),
    }
    return say(
        "override_poor",
        language,
        kind=" · ".join(labels[each] for each in found.group),
        n=numbers.count(found.count, language),
        value=points(found.value),
        low=points(found.low),
        high=points(found.high),
    )


# -- value added ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Worth:
    """Value added of one step or kind of override, in shares of what was sold."""

    label: str
    count: int
    before: float | None
    after: float | None
    value: float | None
    low: float | None
    high: float | None


def points(value: float | None) -> str:
    """A difference of shares in percentage points, signed."""
    return numbers.NO_DATA if value is None else numbers.difference(value * 100)


def worth(card: pl.DataFrame, grouping: str, lag_days: int, names: Names) -> list[Worth]:
    """What the page shows of `ml_override_card`: the steps over all, or overrides by a grouping."""
    if card.is_empty():
        return []
    rows = card.filter(lag_days=lag_days)
    if grouping == "step":
        rows = rows.filter(group_code="all")
        order = {code: place for place, code in enumerate(("model", "override", "agreed"))}
        shown = sorted(rows.iter_rows(named=True), key=lambda row: order[row["step_code"]])
    else:
        rows = rows.filter(group_code=grouping, step_code="override")
        shown = sorted(
            rows.iter_rows(named=True), key=lambda row: (-row["cell_count"], row[_GROUP_COLUMNS[grouping]])
        )
    return [
        Worth(
            _worth_label(row, grouping, names),
            row["cell_count"],
            row["wape_before_share"],
            row["wape_share"],
            row["value_added_share"],
            row["low_share"],
            row["high_share"],
        )
        for row in shown
    ]


def _worth_label(row: dict, grouping: str, names: Names) -> str:
    if grouping == "step":
        return say(f"fva_{row['step_code']}", names.language)
    code = row[_GROUP_COLUMNS[grouping]]
    if grouping == "person":
        return names.author(code)
    return reason_label(code, names.language) if grouping == "reason" else say(f"size_{code}", names.language)


def worth_table(worths: Sequence[Worth]) -> pl.DataFrame:
    """The same as a table: errors before and after, value added with its interval, n."""
    return pl.DataFrame(
        [(w.label, w.count, w.before, w.after, w.value, w.low, w.high) for w in worths],
        schema={
            "fva_group": pl.String,
            "cell_count": pl.Int64,
            "wape_before_share": pl.Float64,
            "wape_share": pl.Float64,
            "value_added_share": pl.Float64,
            "low_share": pl.Float64,
            "high_share": pl.Float64,
        },
        orient="row",
    )


def worth_finding(card: pl.DataFrame, lag_days: int, language: str) -> str:
    """What model and overrides were worth over all, in one line; which is certain and which is not."""
    rows = {
        (row["group_code"], row["step_code"]): row
        for row in (card.filter(lag_days=lag_days) if card.height else card).iter_rows(named=True)
    }
    told = []
    for key, name in ((("all", "model"), "model"), (("overridden", "override"), "override")):
        row = rows.get(key)
        if row is None or row["value_added_share"] is None:
            told.append(say(f"fva_{name}_none", language))
            continue
        sure = row["low_share"] is not None and (row["low_share"] > 0 or row["high_share"] < 0)
        told.append(
            say(
                f"fva_{name}_told",
                language,
                value=points(row["value_added_share"]),
                n=numbers.count(row["cell_count"], language),
                sure="" if sure else say("fva_unsure", language),
            )
        )
    return say("list_semicolon", language).join(told)


def booked_table(rows: pl.DataFrame, names: Names) -> pl.DataFrame:
    """Each booked month as a table, with codes as words."""
    language = names.language
    words = {
        "region_code": lambda code: region_label(code, language),
        "done_by": lambda code: None if code is None else names.author(code),
        "reason_code": lambda code: None if code is None else reason_label(code, language),
        "size_code": lambda code: None if code is None else say(f"size_{code}", language),
    }
    told = {name: pl.Series(name, map(word, rows[name]), dtype=pl.String) for name, word in words.items()}
    return rows.with_columns(**told).select(
        "product_name",
        "region_code",
        "period_on",
        "lag_days",
        "quantity_naive",
        "quantity_model",
        "quantity_override",
        "quantity_agreed",
        "quantity_actual",
        "done_by",
        "reason_code",
        "size_code",
        "booked_on",
    )
