"""Money: from budget to cash, what was earned, who owes, what finance has to clear up, the way to cash."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Literal

import polars as pl

from cockpit.services import numbers
from cockpit.services.figures import Figure, Standing
from cockpit.services.labels import filled, labelled
from cockpit.services.tiles import Doubt, Tile, number_tile, share_tile
from cockpit.services.words import say

Period = Literal["month", "quarter"]
PERIODS: tuple[Period, ...] = ("month", "quarter")
QUEUES = ("expense", "invoice", "payment", "lead")
FUNNEL = ("lead", "opportunity", "quote", "contract", "delivery", "acceptance", "invoice", "cash")
AGES = ("current", "overdue_1_30", "overdue_31_60", "overdue_61_90", "overdue_over_90")
PROFIT_AMOUNTS = (
    "revenue_amount",
    "material_amount",
    "labour_amount",
    "subcontract_amount",
    "freight_amount",
    "overhead_amount",
    "cost_amount",
    "gross_margin_amount",
    "gross_margin_difference_amount",
)
RECEIVABLE_AMOUNTS = ("receivable_amount", *(f"{age}_amount" for age in AGES))
AMOUNTS = ("reporting_amount", "invoice_reporting_amount", "open_reporting_amount")
WATERFALL_FIGURES = tuple(
    f"project_{what}_amount" for what in ("budget", "actual", "committed", "invoiced", "collected", "overdue")
)
PROFIT_FIGURES = (
    "profit_revenue_amount",
    "profit_cost_amount",
    "gross_margin_amount",
    "gross_margin_restated_amount",
)
STEPS = (
    ("budget", "budget_amount", "plan"),
    ("actual", "actual_amount", "actual"),
    ("committed", "committed_amount", "committed"),
    ("left", "", "left"),
    ("invoiced", "invoiced_amount", "actual"),
    ("collected", "collected_amount", "collected"),
    ("open", "receivable_amount", "left"),
    ("overdue", "overdue_amount", "overdue"),
)


@dataclass(frozen=True)
class Step:
    """One bar of the waterfall: from `base` up by `amount`; `kind` says how it is drawn."""

    key: str
    base: float
    amount: float
    kind: str


def finding(year: dict, receivables: pl.DataFrame, cash: pl.DataFrame, language: str) -> str:
    """What twelve months earned, and what of the receivables is overdue; else what projects are bound to."""
    overdue, owed = _overdue(receivables)
    currency = _currency(cash, receivables)
    if year["entry_count"] and year["revenue_amount"]:
        margin = year["gross_margin_amount"]
        first = say(
            "money_year" if margin is not None else "money_year_revenue",
            language,
            revenue=numbers.money(year["revenue_amount"], currency, language),
            share=numbers.share(margin / year["revenue_amount"] if margin is not None else None),
        )
    elif _sum(cash, "actual_amount") or _sum(cash, "budget_amount"):
        what = "actual_amount" if _sum(cash, "actual_amount") else "budget_amount"
        first = say(
            "money_projects" if what == "actual_amount" else "money_budgets",
            language,
            n=numbers.count(cash.height, language),
            amount=numbers.money(_sum(cash, what), currency, language),
        )
    elif owed:
        return say("money_owed", language, amount=numbers.money(owed, currency, language))
    else:
        return say("money_none", language)
    if not overdue:
        return first
    return first + say("money_overdue", language, amount=numbers.money(overdue, currency, language))


def tiles(  # noqa: PLR0913 - a strip takes that many frames
    year: dict,
    months: pl.DataFrame,
    cash: pl.DataFrame,
    receivables: pl.DataFrame,
    funnel: pl.DataFrame,
    figures: dict[str, Figure],
    doubt: Doubt,
    language: str,
) -> list[Tile]:
    """Revenue and margin of twelve months, margin ahead, what is overdue, expenses traced, lead to cash."""
    is_profit = doubt.touches("profit", "expense", "invoice")
    whole = months.tail(24)
    overdue, owed = _overdue(receivables)
    currency = _currency(cash, receivables)
    known = cash.drop_nulls("margin_forecast_amount")
    margin = year["gross_margin_amount"]
    return [
        number_tile(
            figures.get("profit_revenue_amount"),
            say("tile_revenue", language),
            year["revenue_amount"] if year["entry_count"] else None,
            numbers.quantity(year["revenue_amount"] if year["entry_count"] else None, language),
            language,
            trend=whole["revenue_amount"].to_list(),
            left=currency or "",
            right=say("last_12_months", language),
            is_doubtful=is_profit,
        ),
        share_tile(
            figures.get("gross_margin_share"),
            say("tile_margin", language),
            margin,
            year["revenue_amount"] if margin is not None else None,
            language,
            trend=whole["gross_margin_share"].to_list(),
            right=say("last_12_months", language),
            is_doubtful=is_profit,
        ),
        share_tile(
            figures.get("margin_forecast_share"),
            say("tile_margin_ahead", language),
            _sum(known, "margin_forecast_amount"),
            _sum(known, "contract_amount"),
            language,
            right=say("of_projects", language, n=numbers.count(known.height, language)),
            is_doubtful=is_profit,
        ),
        share_tile(
            figures.get("customer_overdue_share"),
            say("tile_overdue_receivables", language),
            overdue,
            owed,
            language,
            right=numbers.money(overdue, currency, language),
            is_doubtful=doubt.touches("invoice", "customer"),
        ),
        share_tile(
            figures.get("traced_expense_share"),
            say("tile_traced", language),
            _sum(cash, "traced_expense_count"),
            _sum(cash, "expense_count"),
            language,
            right=say("untraced", language, amount=numbers.quantity(_sum(cash, "untraced_amount"), language)),
            is_doubtful=doubt.touches("expense"),
        ),
        share_tile(
            figures.get("funnel_lead_to_cash_share"),
            say("tile_lead_to_cash", language),
            _sum(funnel, "cash_count"),
            _sum(funnel, "lead_count"),
            language,
            trend=_ratio(funnel.tail(24), "cash_count", "lead_count"),
            is_doubtful=doubt.touches("lead"),
        ),
    ]


def year_before(as_of_on: dt.date) -> dt.date:
    """The day after which the last twelve months begin."""
    day = min(as_of_on.day, 28) if as_of_on.month == 2 else as_of_on.day
    return as_of_on.replace(year=as_of_on.year - 1, day=day)


def waterfall(cash: pl.DataFrame) -> list[Step]:
    """From budget down to what is left of it, and from what was invoiced down to what is overdue.

    An amount that nobody knows is left out of its sum; `unknown_budgets` tells how many projects that is.
    """
    if cash.is_empty():
        return []
    known = {key: _sum(cash, column) for key, column, _ in STEPS if column}
    amounts = {key: amount or 0.0 for key, amount in known.items()}
    kinds = {key: kind for key, _, kind in STEPS}
    # Without any budget nothing can be left of it: cost stands alone, from nothing up.
    has_budget = known["budget"] is not None
    spent = amounts["budget"] - amounts["actual"] if has_budget else 0.0
    left = spent - amounts["committed"] if has_budget else amounts["actual"]
    bases = {
        "budget": (0.0, amounts["budget"]),
        "actual": (spent, amounts["actual"]),
        "committed": (left, amounts["committed"]),
        "left": (0.0, left),
        "invoiced": (0.0, amounts["invoiced"]),
        "collected": (amounts["invoiced"] - amounts["collected"], amounts["collected"]),
        "open": (0.0, amounts["open"]),
        "overdue": (0.0, amounts["overdue"]),
    }
    return [
        Step(key, base, amount, "short" if key == "left" and amount < 0 else kinds[key])
        for key, (base, amount) in bases.items()
        if has_budget or key not in ("budget", "left")
    ]


def unknown_budgets(cash: pl.DataFrame) -> int:
    """Projects whose budget nobody knows: they lower what seems to be left."""
    return cash["budget_amount"].null_count()


def profit_table(periods: pl.DataFrame, period: Period, language: str) -> pl.DataFrame:
    """Profit and loss, the newest period first, restated ones marked with their difference."""
    kept = periods.sort("period_on", descending=True).select(
        pl.col("period_on")
        .map_elements(lambda on: period_name(on, period, language), return_dtype=pl.String)
        .alias("period_name"),
        *PROFIT_AMOUNTS[:-1],
        "gross_margin_share",
        pl.when(pl.col("is_closed"))
        .then(pl.lit(say("period_closed", language)))
        .otherwise(pl.lit(say("period_open", language)))
        .alias("period_state"),
        pl.when(pl.col("is_restated")).then(pl.lit(say("restated", language))).alias("is_restated"),
        "gross_margin_difference_amount",
        "seen_on",
    )
    kept = kept.with_columns(
        pl.when(pl.col("is_restated").is_not_null()).then(pl.col("seen_on")).alias("seen_on")
    )
    return filled(kept, "period_name")


def period_name(on: dt.date, period: Period, language: str) -> str:
    """A period in words: «2025年9月» or «2025 Q3»."""
    return f"{on.year} Q{(on.month + 2) // 3}" if period == "quarter" else numbers.month(on, language)


def restated_note(periods: pl.DataFrame, language: str) -> str:
    """How many closed periods changed after they were closed, and by how much in all."""
    restated = periods.filter(pl.col("is_restated"))
    if restated.is_empty():
        return say("restated_none", language)
    return say(
        "restated_some",
        language,
        n=numbers.count(restated.height, language),
        amount=_signed(_sum(restated, "gross_margin_difference_amount"), language),
    )


def ages(receivables: pl.DataFrame, language: str) -> list[tuple[str, float, str, str, Standing | None]]:
    """What is owed by age: label, part of the largest, amount, share of all, standing."""
    amounts = {age: _sum(receivables, f"{age}_amount") or 0.0 for age in AGES}
    total, most = sum(amounts.values()), max(amounts.values(), default=0.0)
    standings: dict[str, Standing | None] = {"overdue_1_30": "watch", "overdue_31_60": "watch"}
    return [
        (
            say(f"age_{age}", language),
            amount / most if most > 0 else 0.0,
            numbers.quantity(amount, language),
            numbers.share(amount / total) if total else "",
            None if age == "current" or not amount else standings.get(age, "bad"),
        )
        for age, amount in amounts.items()
    ]


def receivable_table(receivables: pl.DataFrame) -> pl.DataFrame:
    """The columns of the table of who owes."""
    kept = receivables.select(
        "customer_name", *RECEIVABLE_AMOUNTS, "overdue_share", "dso_days", "payment_grade", "currency_code"
    )
    return filled(kept, "customer_name")


def funnel_bars(
    funnel: pl.DataFrame, days: dict[str, float | None], language: str
) -> list[tuple[str, float, str, str]]:
    """How far leads got: stage, part of all leads, count, and share and median days from the stage before."""
    counts = [_sum(funnel, f"{stage}_count") or 0.0 for stage in FUNNEL]
    if not counts[0]:
        return []
    bars = []
    for position, stage in enumerate(FUNNEL):
        before = counts[position - 1] if position else None
        step = numbers.share(counts[position] / before) if before else ""
        median = days.get(f"funnel_{stage}_median_days")
        if median is not None:
            step += " · " + say("days_short", language, n=numbers.decimal(median, 0))
        shown = numbers.count(counts[position], language)
        bars.append((say(f"funnel_{stage}", language), counts[position] / counts[0], shown, step))
    return bars


def queue_labels(queues: pl.DataFrame, language: str) -> dict[str, str]:
    """The queues with something in them: name and count."""
    counted = queues.group_by("queue_code").agg(pl.col("row_count").sum())
    counts = dict(counted.iter_rows())
    return {
        code: f"{say(f'queue_{code}', language)} {numbers.count(counts[code], language)}"
        for code in QUEUES
        if counts.get(code)
    }


def queue_table(rows: pl.DataFrame, language: str) -> pl.DataFrame:
    """The rows of a queue with reasons in words."""
    return filled(labelled(rows, {"reason_code": "clear"}, language), "source_id")


def cost_table(rows: pl.DataFrame, language: str) -> pl.DataFrame:
    """A project's cost by line and work order, in words."""
    kinds = {"line_code": "line", "source_code": "from", "work_order_kind_code": "work"}
    return filled(labelled(rows, kinds, language), "line_code")


def invoice_table(rows: pl.DataFrame, language: str) -> pl.DataFrame:
    """Open invoices in words."""
    return filled(labelled(rows, {"kind_code": "invoice_kind"}, language), "invoice_id")


def _overdue(receivables: pl.DataFrame) -> tuple[float | None, float | None]:
    return _sum(receivables, "overdue_amount"), _sum(receivables, "receivable_amount")


def _currency(*frames: pl.DataFrame) -> str | None:
    return next((code for frame in frames for code in frame["currency_code"].drop_nulls().head(1)), None)


def _sum(frame: pl.DataFrame, column: str) -> float | None:
    known = frame[column].drop_nulls()
    return float(known.sum()) if len(known) else None


def _ratio(frame: pl.DataFrame, part: str, whole: str) -> list[float | None]:
    return [p / w if w else None for p, w in frame.select(part, whole).iter_rows()]


def _signed(value: float | None, language: str) -> str:
    if value is None:
        return numbers.NO_DATA
    return ("+" if value > 0 else "") + numbers.quantity(value, language)
